/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_record.h - one SPF record: syntax, all of it.     RFC 7208 s4.6, s12
 *
 * A record is checked as a whole, and then read term by term without any
 * memory of its own. No term is evaluated here.
 */
#ifndef WAX_POLICY_AUTH_SPF_RECORD_H
#define WAX_POLICY_AUTH_SPF_RECORD_H

#include "policy/auth/result.h"
#include "policy/auth/spf_macro.h"

enum wax_spf_kind {
	WAX_SPF_ALL,
	WAX_SPF_INCLUDE,
	WAX_SPF_A,
	WAX_SPF_MX,
	WAX_SPF_PTR,
	WAX_SPF_IP4,
	WAX_SPF_IP6,
	WAX_SPF_EXISTS,
	WAX_SPF_REDIRECT,
	WAX_SPF_EXP,
	WAX_SPF_UNKNOWN_MODIFIER
};

struct wax_spf_term {
	enum wax_spf_kind kind;
	/* Mechanisms: what a match means, by the qualifier. */
	enum wax_result on_match;
	struct wax_str text; /* as published, with the qualifier */
	/* The domain-spec; empty if a, mx or ptr have none. The macro-string
	 * of an unknown modifier. */
	struct wax_str spec;
	/* CIDR lengths of a and mx; 32 and 128 if none is given. */
	unsigned prefix4, prefix6;
	/* ip4 and ip6. An ip6 network never is IPv4 here, ::ffff:0:0/96
	 * neither: it matches no client.                RFC 7208 s5 */
	struct wax_network network;
};

struct wax_spf_record {
	struct wax_str text;          /* as published */
	size_t n_terms;               /* modifiers, too */
	bool has_all;                 /* then redirect= has no effect */
	struct wax_str redirect, exp; /* domain-specs; empty: absent */
};

/* Whether a TXT text is an SPF record at all.             RFC 7208 s4.5 */
bool wax_spf_record_is(struct wax_str text);

/*
 * Check one that is. False and the fault at the first syntax error anywhere
 * in it (RFC 7208 s4.6). The result points into `text`.
 */
bool wax_spf_record_parse(struct wax_str text, struct wax_spf_record *out,
    struct wax_spf_fault *fault) WAX_MUST_USE;

/*
 * The next term of a record that was parsed; *at begins with 0 and moves
 * behind it. False at the end.
 */
bool wax_spf_record_next(
    const struct wax_spf_record *record, size_t *at, struct wax_spf_term *out);

/* Whether evaluating it needs the DNS, and so counts. RFC 7208 s4.6.4 */
bool wax_spf_kind_counts(enum wax_spf_kind kind);

#endif
