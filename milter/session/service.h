/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service.h - what all sessions of the daemon share.
 *
 * Made by main before there are threads, and never freed: libmilter's
 * workers may still run when smfi_main() has returned. Each lock is declared
 * beside what it guards; everything else is constant or atomic.
 */
#ifndef WAX_MILTER_SESSION_SERVICE_H
#define WAX_MILTER_SESSION_SERVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "milter/conf/snapshot.h"
#include "policy/auth/engines.h"
#include "policy/dns/resolver.h"

/* Since the start. Any thread. */
struct wax_counters {
	atomic_uint_fast64_t connections;
	atomic_uint_fast64_t messages; /* that got their verdict */
	atomic_uint_fast64_t accepted, quarantined, rejected, tempfailed;
	atomic_uint_fast64_t exempt;    /* accepted without being judged */
	atomic_uint_fast64_t overloads; /* sessions and messages */
	atomic_uint_fast64_t errors;    /* internal ones */
};

/* One message at its end, between the first question and the answer. */
struct wax_running {
	struct wax_running *previous, *next;
	int64_t overdue_ms; /* later than this, something hangs */
};

struct wax_journal;

struct wax_service {
	const struct wax_engines *engines;
	struct wax_resolver *resolver;
	/* Called by a message that is about to wait (waiting.h); set once. */
	void (*on_wait)(void *arg);
	void *on_wait_arg;
	/* Where rows of reports go; NULL: nowhere. Set once. */
	struct wax_journal *journal;
	struct wax_counters counters;
	atomic_size_t sessions;

	pthread_mutex_t config_lock; /* guards: snapshot */
	struct wax_snapshot *snapshot;

	pthread_mutex_t running_lock; /* guards: n_running, newest, links */
	pthread_cond_t idle;          /* n_running has become 0 */
	size_t n_running;
	struct wax_running *newest;
};

/* Takes over the caller's reference to the snapshot. */
void wax_service_init(struct wax_service *service,
    const struct wax_engines *engines, struct wax_resolver *resolver,
    struct wax_snapshot *snapshot);

/* The configuration of now; the caller unrefs. */
struct wax_snapshot *wax_service_config(struct wax_service *service);
/* For the connections to come; takes over the reference. */
void wax_service_reconfigure(
    struct wax_service *service, struct wax_snapshot *snapshot);

/* One more session; false (and not counted) beyond `max`. Never waits. */
bool wax_service_enter(struct wax_service *service, size_t max);
void wax_service_leave(struct wax_service *service);

/* One more message at its end; false beyond `max`. Never waits. */
bool wax_service_begin(struct wax_service *service, struct wax_running *running,
    int64_t overdue_ms, size_t max);
void wax_service_end(struct wax_service *service, struct wax_running *running);

/* How many there are now. */
size_t wax_service_running(struct wax_service *service);
/* Whether any of them should have ended before `now_ms`. */
bool wax_service_is_stuck(struct wax_service *service, int64_t now_ms);

/* Wait until there is none; false when the deadline is over. */
bool wax_service_wait_idle(struct wax_service *service, wax_deadline deadline);

#endif
