/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_ours.c - --ours: what the configuration and this host are.
 */
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "milter/cmd/domain.h"

static struct wax_network_set
relays_of(struct wax_arena *arena, const struct wax_relay_list *relays)
{
	WAX_VEC(struct wax_network) list = { 0 };

	for (size_t i = 0; i < relays->n; i++)
		for (size_t j = 0; j < relays->v[i].networks.n; j++)
			WAX_PUSH(arena, &list, relays->v[i].networks.v[j]);
	return (struct wax_network_set){ list.n, list.v };
}

static struct wax_ip
address_of(const struct sockaddr *address)
{
	const struct wax_ip none = { .family = WAX_IP_NONE };

	if (address == NULL)
		return none;
	if (address->sa_family == AF_INET)
		return wax_ip_from4(
		    &((const struct sockaddr_in *)(const void *)address)
		         ->sin_addr);
	if (address->sa_family == AF_INET6)
		return wax_ip_from6(
		    &((const struct sockaddr_in6 *)(const void *)address)
		         ->sin6_addr);
	return none;
}

/* None if the system does not tell: then the first MX host counts. */
static void
add_own(struct wax_arena *arena, struct wax_ours *ours)
{
	WAX_VEC(struct wax_ip) list = { 0 };
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) != 0)
		return;
	for (const struct ifaddrs *one = all; one != NULL;
	     one = one->ifa_next) {
		struct wax_ip ip = address_of(one->ifa_addr);

		if (ip.family != WAX_IP_NONE && !wax_ip_is_loopback(ip))
			WAX_PUSH(arena, &list, ip);
	}
	freeifaddrs(all);
	ours->n_own = list.n;
	ours->own = list.v;
}

struct wax_ours
wax_domain_ours(struct wax_arena *arena, const struct wax_local_policy *policy)
{
	struct wax_ours ours = {
		.relays = relays_of(arena, &policy->relays),
		.internal = policy->internal_networks,
	};

	add_own(arena, &ours);
	return ours;
}
