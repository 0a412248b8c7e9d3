/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authres.h - the syntax of Authentication-Results.         RFC 8601
 *
 * Knows nothing of SPF or DKIM. This is the only writer of the fields we add:
 * every value that came from outside is written as a token or a
 * quoted-string, or refused; CR, LF and NUL cannot pass it.
 */
#ifndef WAX_POLICY_MAIL_AUTHRES_H
#define WAX_POLICY_MAIL_AUTHRES_H

#include "policy/base/str.h"

/* ptype.property=value */
struct wax_authres_property {
	const char *ptype;    /* our own word: "smtp", "header", "policy" */
	const char *property; /* our own word */
	struct wax_str value; /* anything; written as a pvalue */
};

/* One resinfo. */
struct wax_authres_result {
	const char *method;     /* our own word */
	const char *result;     /* our own word */
	struct wax_str comment; /* of our own words; empty: none */
	struct wax_str reason;  /* of our own words; empty: none */
	size_t n_properties;
	const struct wax_authres_property *property;
};

struct wax_authres {
	struct wax_str authserv_id;
	size_t n_results; /* 0 is written as "none" */
	const struct wax_authres_result *result;
};

/*
 * The field's value, without the name: folded with LF and a tab below 78
 * columns where that is possible (counting the name), no line above 998; it
 * begins with the blank that follows the colon. A value that has a control
 * (CR, LF, NUL ...) or is not UTF-8 or does not fit a line is left out, with
 * its property. Empty if that is so for the authserv-id itself.
 */
struct wax_str wax_authres_format(
    struct wax_arena *arena, const struct wax_authres *authres);

/*
 * Whether a field claims to be written by `authserv_id`: whatever its case,
 * quoting, comments, folding, version number or trailing dot; and whatever
 * does not parse, but has the id where an authserv-id is looked for by a
 * lenient reader. A field that names nobody counts, too: its reader can only
 * take it for ours.                                       RFC 8601 s5
 */
bool wax_authres_claims(struct wax_arena *arena, struct wax_str raw_value,
    struct wax_str authserv_id);

/*
 * One value as a pvalue of RFC 8601 s2.2: as it is if it is a token or an
 * address of plain characters, else as a quoted-string; false if it has a
 * control or is not UTF-8.
 */
bool wax_pvalue_add(struct wax_arena *arena, struct wax_str value,
    struct wax_str *out) WAX_MUST_USE;

/* The same for Received-SPF, where it is a dot-atom or a quoted-string:
 * RFC 7208 s9.1. */
bool wax_dot_atom_add(struct wax_arena *arena, struct wax_str value,
    struct wax_str *out) WAX_MUST_USE;

#endif
