/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * waiting.h - a resolver that measures how long a message waits for it.
 *
 * policy/ has no clock; the log line has dns_ms. Only lookup and wait_any
 * ever block, so only they are timed.
 *
 * Before a message blocks for the first time, `on_wait` is called. libmilter
 * 8.17.1 starts a worker for each ready connection only if none is idle, and
 * counts a worker as idle until it has woken: of fifty messages that end at
 * once, nine were judged and the others waited behind them. So whoever is
 * about to block makes sure that another worker comes.
 */
#ifndef WAX_MILTER_SESSION_WAITING_H
#define WAX_MILTER_SESSION_WAITING_H

#include "policy/dns/resolver.h"

struct wax_waiting {
	struct wax_resolver resolver; /* what the message asks */
	struct wax_resolver *shared;
	void (*on_wait)(void *arg); /* NULL: nothing */
	void *arg;
	bool has_waited;
	int64_t waited_ms;
};

void wax_waiting_init(struct wax_waiting *waiting, struct wax_resolver *shared,
    void (*on_wait)(void *arg), void *arg);

#endif
