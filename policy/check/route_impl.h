/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * route_impl.h - what route.c and route_host.c share.
 */
#ifndef WAX_POLICY_CHECK_ROUTE_IMPL_H
#define WAX_POLICY_CHECK_ROUTE_IMPL_H

#include "policy/check/route.h"

struct wax_route_check {
	struct wax_findings *findings;
	struct wax_resolver *resolver;
	struct wax_domain domain;
	wax_deadline deadline;
};

/* Ask ahead for a host's addresses, if its name can have any. */
void wax_route_host_prefetch(
    const struct wax_route_check *check, struct wax_str name);

/* Ask for an MX host's addresses, and say what is wrong with it. */
void wax_route_host_check(
    const struct wax_route_check *check, struct wax_route_host *host);

/* Addresses that no stranger can reach: of a host, or, without MX, of the
 * domain. */
void wax_route_addresses_check(
    const struct wax_route_check *check, const struct wax_route_host *host);

/* With odd octets escaped. */
struct wax_str wax_route_shown(struct wax_arena *arena, struct wax_str name);

#endif
