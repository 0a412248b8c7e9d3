/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_keys.h - the DKIM keys of given selectors.           RFC 6376 s3.6
 *
 * Selectors cannot be listed by DNS: who asks names them, or has a few common
 * ones tried. One of those that has no key is no finding.
 */
#ifndef WAX_POLICY_CHECK_DKIM_KEYS_H
#define WAX_POLICY_CHECK_DKIM_KEYS_H

#include "policy/auth/keyrec.h"
#include "policy/check/finding.h"
#include "policy/dns/resolver.h"

struct wax_dkim_key {
	struct wax_str selector;
	bool is_guess; /* one of the common ones */
	bool has_key;  /* usable; then type, bits, testing hold */
	struct wax_keyrec record;
	struct wax_str remark; /* what is wrong with it; empty: nothing */
};

/* The common ones, for --common-selectors. */
extern const char *const wax_common_selectors[];
extern const size_t wax_n_common_selectors;

/* A selector is valid if it is what stands before "._domainkey." in a struct
 * wax_domain. Keys in the order of `selector`, then guesses that have a record; *n of
 * them. Text lives in the arena of `findings`. */
const struct wax_dkim_key *wax_check_dkim(struct wax_findings *findings,
    struct wax_resolver *resolver, struct wax_domain domain, size_t n_selectors,
    const struct wax_str *selector, bool tries_common, wax_deadline deadline,
    size_t *n);

#endif
