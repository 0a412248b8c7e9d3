/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ours.h - whether the receiver's configuration knows the hosts that pass a
 * domain's mail on to it.
 *
 * Mail flows from hosts with higher numbers to those with lower ones. So the
 * hosts behind ours, or behind the first if none of the addresses is ours,
 * have to be relays of the configuration.
 */
#ifndef WAX_POLICY_CHECK_OURS_H
#define WAX_POLICY_CHECK_OURS_H

#include "policy/base/ip.h"
#include "policy/check/route.h"

struct wax_ours {
	struct wax_network_set relays;   /* of all entries */
	struct wax_network_set internal; /* internal-networks */
	size_t n_own;
	const struct wax_ip *own; /* addresses of this host */
};

void wax_check_ours(struct wax_findings *findings,
    const struct wax_route *route, const struct wax_ours *ours);

#endif
