/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_servers.c - --authoritative: a domain's own name servers, each asked
 * by itself.
 */
#include "milter/cmd/domain.h"
#include "milter/resolver/direct.h"
#include "milter/sys/clock.h"

#define PORT_DNS 53

/* Those that are known to have a key, too. */
static const struct wax_str *
selectors_of(struct wax_arena *arena, const struct wax_domain_check *check)
{
	struct wax_str *out = wax_alloc(arena, check->n_keys + 1, sizeof *out);

	for (size_t i = 0; i < check->n_keys; i++)
		out[i] = check->key[i].selector;
	return out;
}

const struct wax_name_servers *
wax_domain_servers(struct wax_findings *findings,
    const struct wax_domain_means *means, const struct wax_domain_check *check)
{
	struct wax_arena *arena = findings->arena;
	struct wax_name_servers *servers =
	    WAX_NEW(arena, struct wax_name_servers);

	*servers = wax_check_servers_find(findings, means->resolver,
	    check->domain, wax_clock_ms() + means->patience_ms);
	for (size_t i = 0; i < servers->n; i++)
		servers->server[i].resolver =
		    wax_direct_new(arena, servers->server[i].address, PORT_DNS);
	wax_check_servers(findings, means->resolver, check->domain, servers,
	    check->n_keys, selectors_of(arena, check),
	    wax_clock_ms() + means->patience_ms);
	return servers;
}
