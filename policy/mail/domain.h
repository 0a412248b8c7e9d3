/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain.h - a domain name that may be asked, compared, printed and stored.
 *
 * A struct wax_domain is only made by wax_domain_parse(): lower-case A-labels
 * of letters, digits, hyphens and underscores, without a trailing dot, at
 * most 253 octets, labels of 1 to 63, the top label not all digits. So two
 * domains are equal if their octets are, and nothing that is printed from one
 * can be mistaken for syntax. The empty domain ({ { NULL, 0 } }) says "none".
 */
#ifndef WAX_POLICY_MAIL_DOMAIN_H
#define WAX_POLICY_MAIL_DOMAIN_H

#include "policy/base/str.h"

struct wax_domain {
	struct wax_str text;
};

/*
 * Check and normalise. One trailing dot is dropped; U-labels become A-labels
 * by IDNA2008 without mappings beyond NFC and ASCII case (RFC 5891 s5): what
 * it disallows is not a domain. The result lives in the arena.
 */
bool wax_domain_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_domain *out) WAX_MUST_USE;

bool wax_domain_is_none(struct wax_domain domain);
bool wax_domain_eq(struct wax_domain a, struct wax_domain b);

/* How many labels; 0 for none. */
size_t wax_domain_labels(struct wax_domain domain);

/* Without the leftmost label; false at the top. */
bool wax_domain_parent(struct wax_domain domain, struct wax_domain *out)
    WAX_MUST_USE;

/* The rightmost n labels (all of them, if there are fewer). */
struct wax_domain wax_domain_suffix(struct wax_domain domain, size_t n);

/* Label by label, never by suffix of text; equal counts. */
bool wax_domain_is_under(struct wax_domain sub, struct wax_domain top);

/* How many of the rightmost labels are the same. */
size_t wax_domain_common(struct wax_domain a, struct wax_domain b);

#endif
