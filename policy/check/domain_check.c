/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/domain_check.h"

/* What all parts begin with, so that they do not wait one after another. */
static void
ask_ahead(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain domain)
{
	wax_dns_prefetch(resolver, domain.text, WAX_RR_MX);
	wax_dns_prefetch(resolver, domain.text, WAX_RR_TXT);
	wax_walk_prefetch(arena, resolver, domain);
}

struct wax_domain_check
wax_check_domain(struct wax_findings *findings, struct wax_resolver *resolver,
    struct wax_domain domain, const struct wax_domain_check_options *options)
{
	struct wax_domain_check check = { .domain = domain };
	wax_deadline deadline = options->start + options->patience_ms;

	ask_ahead(findings->arena, resolver, domain);
	check.route = wax_check_route(findings, resolver, domain, deadline);
	check.is_absent = wax_findings_have(findings, WAX_F_MX_DOMAIN_ABSENT);
	if (check.is_absent)
		return check;
	deadline += options->patience_ms;
	check.spf = wax_check_spf(findings, resolver, domain,
	    check.route.kind == WAX_ROUTE_NULL, deadline);
	deadline += options->patience_ms;
	check.key = wax_check_dkim(findings, resolver, domain,
	    options->n_selectors, options->selector, options->tries_common,
	    deadline, &check.n_keys);
	deadline += options->patience_ms;
	check.dmarc = wax_check_dmarc(findings, resolver, options->psl, domain,
	    check.route.kind == WAX_ROUTE_NULL, deadline);
	return check;
}
