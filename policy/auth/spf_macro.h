/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_macro.h - macros in SPF records: their syntax and their expansion.
 *                                                          RFC 7208 s7
 * Nothing here asks the DNS: who expands %{p} has looked for the validated
 * name before.
 */
#ifndef WAX_POLICY_AUTH_SPF_MACRO_H
#define WAX_POLICY_AUTH_SPF_MACRO_H

#include <time.h>

#include "policy/base/ip.h"

/* What is wrong, and where: an octet's place in the text that was checked. */
struct wax_spf_fault {
	size_t at;
	const char *what; /* a literal, lower case; NULL: nothing is wrong */
};

/* One macro-expand, or a run of literal octets.         RFC 7208 s7.1 */
struct wax_spf_token {
	char letter;            /* lower case; 0: literal text */
	bool url_escape;        /* the letter was upper case */
	bool reverse;           /* transformer r */
	unsigned parts;         /* right-hand parts to use; 0: all */
	struct wax_str splits;  /* the delimiters; "." if none were given */
	struct wax_str literal; /* also what %%, %_ and %- stand for */
};

/*
 * Take the next token from the front of *rest. False at the end, and at a
 * syntax error: then *what says which, and *rest begins where it is.
 */
bool wax_spf_token_next(
    struct wax_str *rest, struct wax_spf_token *out, const char **what);

/*
 * Whether the text is a domain-spec, a macro-string or an explain-string.
 * The letters c, r and t are for explain-strings and for the values of
 * unknown modifiers only (RFC 7208 s7.2). The fault is filled if not.
 */
bool wax_spf_is_domain_spec(struct wax_str text, struct wax_spf_fault *fault);
bool wax_spf_is_macro_string(struct wax_str text, struct wax_spf_fault *fault);
bool wax_spf_is_explain_string(struct wax_str text);

/* Whether a macro of this (lower-case) letter is in a valid text. */
bool wax_spf_uses_letter(struct wax_str text, char letter);

/* What the macros stand for.                            RFC 7208 s7.2 */
struct wax_spf_values {
	struct wax_str local_part;    /* l */
	struct wax_str sender_domain; /* o */
	struct wax_str domain;        /* d */
	struct wax_ip client;         /* i, v, c */
	struct wax_str validated;     /* p; empty gives "unknown" */
	struct wax_str helo;          /* h */
	struct wax_str receiver;      /* r; empty gives "unknown" */
	time_t now;                   /* t */
};

/*
 * A valid domain-spec as a name to ask: lower case, without the trailing
 * dot, labels cut from the left down to 253 octets. It may still be no
 * possible name: see wax_qname_is_askable().            RFC 7208 s7.3
 */
struct wax_str wax_spf_expand_name(struct wax_arena *arena,
    struct wax_str domain_spec, const struct wax_spf_values *values);

/*
 * A valid explain-string as text of printable ASCII. False if it would not
 * be that, or would be longer than WAX_SPF_EXPLANATION_MAX.
 */
bool wax_spf_expand_text(struct wax_arena *arena, struct wax_str explain_string,
    const struct wax_spf_values *values, struct wax_str *out) WAX_MUST_USE;

#endif
