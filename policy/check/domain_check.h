/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_check.h - all that is looked at of one domain, in its order.
 */
#ifndef WAX_POLICY_CHECK_DOMAIN_CHECK_H
#define WAX_POLICY_CHECK_DOMAIN_CHECK_H

#include "policy/check/dkim_keys.h"
#include "policy/check/dmarc_view.h"
#include "policy/check/route.h"
#include "policy/check/spf_tree.h"

struct wax_domain_check_options {
	size_t n_selectors;
	const struct wax_str *selector; /* valid: see dkim_keys.h */
	bool tries_common;
	const struct wax_engines *psl; /* see dmarc_view.h; or NULL */
	/* The resolver's clock now; each part has to be done `patience_ms`
	 * later than the one before it had. */
	wax_deadline start, patience_ms;
};

struct wax_domain_check {
	struct wax_domain domain;
	struct wax_route route;
	/* The domain does not exist: nothing else was looked at. */
	bool is_absent;
	struct wax_spf_tree spf;
	size_t n_keys;
	const struct wax_dkim_key *key;
	struct wax_dmarc_view dmarc;
};

/* Text lives in the arena of `findings`. */
struct wax_domain_check wax_check_domain(struct wax_findings *findings,
    struct wax_resolver *resolver, struct wax_domain domain,
    const struct wax_domain_check_options *options);

#endif
