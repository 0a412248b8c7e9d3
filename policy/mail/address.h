/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address.h - the Author Domain of a message, and reverse-paths.
 *
 * Made for hostile input: one grammar (RFC 5322 with the obsolete forms that
 * are harmless), lengths instead of terminators, no recursion, bounds of
 * limits.h. Where readers could differ about the author, there is none.
 */
#ifndef WAX_POLICY_MAIL_ADDRESS_H
#define WAX_POLICY_MAIL_ADDRESS_H

#include "policy/mail/domain.h"
#include "policy/mail/field.h"

/* What reading the From field(s) gave.                RFC 9989 s5.3.1 */
enum wax_author_status {
	WAX_AUTHOR_OK,
	WAX_AUTHOR_NONE,    /* no From field, or no address in it */
	WAX_AUTHOR_SEVERAL, /* several fields, or several distinct domains;
			     * a source route through another domain counts */
	WAX_AUTHOR_SYNTAX   /* malformed, beyond a bound, or no usable domain:
			   * fewer than two labels, an address literal, code
			   * points that IDNA2008 disallows */
};

/*
 * The one domain of the one From field; *out is set with WAX_AUTHOR_OK only.
 * `reason` (may be NULL) gets our own words about what is wrong.
 *                                       RFC 9989 s5.3.1, RFC 5322 s3.6.2
 */
enum wax_author_status wax_author_domain(struct wax_arena *arena,
    const struct wax_field_list *fields, size_t max_addresses,
    struct wax_domain *out, struct wax_str *reason);

struct wax_reverse_path {
	bool is_null;              /* <> */
	bool is_valid;             /* null, or a usable local-part and domain */
	struct wax_str local_part; /* quotes removed */
	struct wax_domain domain;  /* none if null or not valid */
};

/*
 * The argument of MAIL FROM as an MTA hands it over: with or without angle
 * brackets, a source route removed, quoted local-parts; the domain is what
 * follows the last "@" outside quotes.            RFC 5321 s4.1.2
 */
struct wax_reverse_path wax_reverse_path_parse(
    struct wax_arena *arena, struct wax_str argument);

/*
 * The domain in a List-Id field's angle brackets (RFC 2919 s2); false if
 * there is none of valid syntax.
 */
bool wax_list_id_parse(struct wax_arena *arena, struct wax_str raw_value,
    struct wax_domain *out) WAX_MUST_USE;

/*
 * Whether a local-part was rewritten by SRS (SRS0=hash=tt=domain=local, or
 * SRS1=hash=host==hash=tt=domain=local), and which domain it names; "+" and
 * "-" may stand in place of the first "=". True only with *original set.
 */
bool wax_srs_parse(struct wax_arena *arena, struct wax_str local_part,
    struct wax_domain *original) WAX_MUST_USE;

#endif
