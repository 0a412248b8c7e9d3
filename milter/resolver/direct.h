/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * direct.h - the DNS port over one name server of a zone, asked by itself.
 *
 * For sealwax-check: what that server says, not what a resolver has of it.
 * libunbound is no help there, as it takes no answers from a forwarder that
 * does not look up for others. UDP, repeated, then TCP if an answer is cut;
 * each question is asked once. It belongs to one thread.
 */
#ifndef WAX_MILTER_RESOLVER_DIRECT_H
#define WAX_MILTER_RESOLVER_DIRECT_H

#include "policy/base/ip.h"
#include "policy/dns/resolver.h"

/* How long is waited for each of the packets that are sent, in ms. */
#define WAX_DIRECT_WAITS_MS     \
	{                       \
		700, 1300, 2000 \
	}

/*
 * A resolver in the arena, on wax_clock_ms(); its sockets are closed with
 * the arena. NULL: this host has no way to such an address (no IPv6).
 */
struct wax_resolver *wax_direct_new(
    struct wax_arena *arena, struct wax_ip ip, uint16_t port);

#endif
