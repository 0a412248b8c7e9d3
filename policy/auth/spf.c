/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which engine judges, and what needs none.
 */
#include "policy/auth/spf.h"

#include "policy/auth/engines_impl.h"
#include "policy/auth/spf_impl.h"

bool
wax_spf_is_none(const struct wax_spf_query *query, struct wax_spf_result *out)
{
	*out = (struct wax_spf_result){ .result = WAX_NONE,
		.scope = query->scope,
		.domain = query->domain };
	if (query->client.family == WAX_IP_NONE)
		out->reason = WAX_STR("the client has no IP address");
	else if (wax_domain_is_none(query->domain))
		out->reason = WAX_STR("no usable domain");
	else if (wax_domain_labels(query->domain) < 2)
		out->reason = WAX_STR("a domain of one label");
	return out->reason.n > 0;
}

struct wax_spf_result
wax_spf_evaluate(struct wax_arena *arena, const struct wax_engines *engines,
    struct wax_resolver *resolver, const struct wax_spf_query *query,
    wax_deadline deadline)
{
	switch (engines->spf) {
	case WAX_SPF_OWN:
		break;
	case WAX_SPF_LIBSPF2:
		return wax_spf_libspf2(arena, resolver, query, deadline);
	}
	return wax_spf_rfc7208(arena, resolver, query, deadline);
}
