/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * waiting.h - a resolver that measures how long a message waits for it.
 *
 * policy/ has no clock; the log line has dns_ms. Only lookup and wait_any
 * ever block, so only they are timed.
 */
#ifndef WAX_MILTER_SESSION_WAITING_H
#define WAX_MILTER_SESSION_WAITING_H

#include "policy/dns/resolver.h"

struct wax_waiting {
	struct wax_resolver resolver; /* what the message asks */
	struct wax_resolver *shared;
	int64_t waited_ms;
};

void wax_waiting_init(struct wax_waiting *waiting, struct wax_resolver *shared);

#endif
