/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/lifecycle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/cmd/rows.h"
#include "milter/conf/report.h"
#include "milter/session/callbacks.h"
#include "milter/sys/clock.h"
#include "milter/sys/keycache.h"
#include "milter/sys/log.h"
#include "milter/sys/signals.h"
#include "milter/sys/thread.h"
#include "policy/base/limits.h"

#define PROBE_MS 1000
/* After the last verdict: until libmilter's workers have sent it. */
#define LAST_WORDS_MS 100
/* How often the listener is woken at the end, and how long each is waited. */
#define SOFT_WAKES 25
#define WAKES_MAX 50
#define WAKE_MS 20

/* --- the thread of libmilter ----------------------------------------------- */

static void *
serve(void *arg)
{
	struct wax_daemon *daemon = arg;
	struct wax_err err;

	if (wax_milter_run(&err) != WAX_OK) {
		daemon->milter_failed = true;
		wax_log(WAX_LOG_ERROR, "%s", err.text);
	}
	/* The pipe is empty: one octet always fits. */
	WAX_ASSERT(write(daemon->finishing, "", 1) == 1);
	return NULL;
}

enum wax_status
wax_lifecycle_start(struct wax_daemon *daemon, struct wax_err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return wax_fail(err, WAX_E_IO, "pipe: %s", strerror(errno));
	daemon->finished = ends[0];
	daemon->finishing = ends[1];
	return wax_thread_start(&daemon->milter, "milter", serve, daemon, err);
}

void
wax_lifecycle_announce(struct wax_daemon *daemon)
{
	const struct wax_config *config = daemon->config;
	bool monitors = config->policy.mode == WAX_MONITOR;
	bool answers =
	    wax_unbound_probe(daemon->unbound, wax_clock_ms() + PROBE_MS);

	wax_log(WAX_LOG_NOTICE,
	    "started version=%s mode=%s authserv-id=%.*s socket=%.*s"
	    " resolver=\"%s\" resolver-answers=%s store=%.*s config=%.*s%s",
	    PACKAGE_VERSION, monitors ? "monitor" : "enforce",
	    WAX_FMT(config->policy.authserv_id), WAX_FMT(config->socket),
	    wax_unbound_servers(daemon->unbound),
	    answers ? "yes" : "no (not within a second)",
	    WAX_FMT(wax_conf_mask(daemon->texts, config->store)),
	    config->file.n > 0 ? (int)config->file.n : 4,
	    config->file.n > 0 ? config->file.p : "none",
	    monitors ? "; monitor mode: nothing is refused, held or deferred,"
	               " would= says what enforce mode would do"
	             : "");
	if (!answers)
		wax_log(WAX_LOG_WARNING,
		    "the resolver (%s) does not answer: until it does, no"
		    " result is better than temperror",
		    wax_unbound_servers(daemon->unbound));
}

/* --- signals --------------------------------------------------------------- */

static void
on_error(void *arg, const char *line)
{
	(void)arg;
	wax_log(WAX_LOG_ERROR, "%s", line);
}

static void
on_warning(void *arg, const char *line)
{
	(void)arg;
	wax_log(WAX_LOG_WARNING, "%s", line);
}

static void
reload(struct wax_daemon *daemon)
{
	struct wax_snapshot *running = wax_service_config(&daemon->service);
	struct wax_snapshot *read = wax_config_reload(
	    &daemon->options.source, running, on_error, on_warning, NULL);

	wax_snapshot_unref(running);
	if (read == NULL) {
		wax_log(WAX_LOG_ERROR,
		    "the configuration is wrong; the old one stays");
		return;
	}
	wax_log(WAX_LOG_NOTICE,
	    "the configuration was read again; mode=%s; connections that"
	    " exist keep the one they began with",
	    wax_snapshot_config(read)->policy.mode == WAX_MONITOR ? "monitor"
	                                                          : "enforce");
	wax_rows_reconfigure(daemon, wax_snapshot_config(read));
	wax_service_reconfigure(&daemon->service, read);
}

/* Everything that is counted but rows. */
static void
log_counters(struct wax_daemon *daemon)
{
	struct wax_service *service = &daemon->service;
	struct wax_counters *counters = &service->counters;
	struct wax_answers_counters dns;
	struct wax_keycache_counters keys;

	wax_log(WAX_LOG_NOTICE,
	    "counters connections=%" PRIuFAST64 " sessions=%zu running=%zu"
	    " messages=%" PRIuFAST64 " accepted=%" PRIuFAST64
	    " quarantined=%" PRIuFAST64 " rejected=%" PRIuFAST64
	    " tempfailed=%" PRIuFAST64 " not-judged=%" PRIuFAST64
	    " overloads=%" PRIuFAST64 " errors=%" PRIuFAST64
	    " memory=%zu log-lines-lost=%" PRIu64,
	    atomic_load(&counters->connections),
	    atomic_load(&service->sessions), wax_service_running(service),
	    atomic_load(&counters->messages), atomic_load(&counters->accepted),
	    atomic_load(&counters->quarantined),
	    atomic_load(&counters->rejected),
	    atomic_load(&counters->tempfailed), atomic_load(&counters->exempt),
	    atomic_load(&counters->overloads), atomic_load(&counters->errors),
	    wax_arena_total(), wax_log_lost());
	wax_unbound_count(daemon->unbound, &dns);
	wax_log(WAX_LOG_NOTICE,
	    "dns-counters asked=%" PRIu64 " hits=%" PRIu64 " failed=%" PRIu64
	    " expired=%" PRIu64 " dropped=%" PRIu64 " evicted=%" PRIu64
	    " kept=%zu kept-bytes=%zu in-flight=%zu",
	    dns.asked, dns.hits, dns.failed, dns.expired, dns.dropped,
	    dns.evicted, dns.kept, dns.kept_bytes, dns.in_flight);
	if (wax_keycache_count(&keys))
		wax_log(WAX_LOG_NOTICE,
		    "key-counters decoded=%" PRIu64 " hits=%" PRIu64
		    " evicted=%" PRIu64 " kept=%zu kept-bytes=%zu",
		    keys.decoded, keys.hits, keys.evicted, keys.kept,
		    keys.kept_bytes);
}

/* True: the daemon shall end. */
static bool
take_signals(struct wax_daemon *daemon)
{
	enum wax_signal signal;

	while (wax_signals_next(daemon->signals, &signal)) {
		switch (signal) {
		case WAX_SIGNAL_RELOAD:
			reload(daemon);
			break;
		case WAX_SIGNAL_COUNTERS:
			log_counters(daemon);
			wax_rows_log_counters(daemon);
			break;
		case WAX_SIGNAL_STOP:
			return true;
		}
	}
	return false;
}

/* --- watchdog -------------------------------------------------------------- */

/* Tell the manager that all is well, if it is. */
static void
beat(struct wax_daemon *daemon, uint64_t *last_ticks)
{
	uint64_t ticks = wax_unbound_ticks(daemon->unbound);
	bool stuck = wax_service_is_stuck(&daemon->service, wax_clock_ms());

	if (ticks != *last_ticks && !stuck)
		wax_sd_notify_send(&daemon->notify, "WATCHDOG=1");
	else
		wax_log(WAX_LOG_ERROR,
		    "not well: %s; the watchdog is not told otherwise",
		    stuck ? "a message takes longer than twice dns-deadline"
		          : "the resolver's thread stands still");
	*last_ticks = ticks;
}

/* --- the end --------------------------------------------------------------- */

static void *
stop(void *arg)
{
	(void)arg;
	wax_milter_stop();
	return NULL;
}

static bool
has_finished(const struct wax_daemon *daemon, int timeout_ms)
{
	struct pollfd one = { .fd = daemon->finished, .events = POLLIN };

	return poll(&one, 1, timeout_ms) == 1;
}

/*
 * smfi_stop() waits for a lock that the listener holds while it waits for
 * connections, up to 5 s. So it is called by a thread of its own, and the
 * listener woken until it is gone: a connection may come just before it
 * looks whether it has to stop.
 */
static void
stop_milter(struct wax_daemon *daemon)
{
	struct wax_err err;
	pthread_t stopper;

	if (has_finished(daemon, 0)) {
		(void)pthread_join(daemon->milter, NULL);
		return;
	}
	if (wax_thread_start(&stopper, "stop", stop, daemon, &err) != WAX_OK) {
		wax_log(WAX_LOG_ERROR, "%s", err.text);
		wax_socket_wake(&daemon->socket, true);
		wax_milter_stop();
		return;
	}
	(void)poll(NULL, 0, 1);
	for (int i = 0; i < WAKES_MAX; i++) {
		wax_socket_wake(&daemon->socket, i >= SOFT_WAKES);
		if (has_finished(daemon, WAKE_MS))
			break;
	}
	/* The other one is left alone: libmilter's listener destroys the lock
	 * that it may still be about to get. */
	(void)pthread_detach(stopper);
	(void)pthread_join(daemon->milter, NULL);
}

static void
drain(struct wax_daemon *daemon)
{
	bool busy = wax_service_running(&daemon->service) > 0;
	wax_deadline deadline =
	    wax_clock_ms() + WAX_DNS_DEADLINE_MS_MAX + PROBE_MS;

	wax_sd_notify_send(&daemon->notify, "STOPPING=1");
	stop_milter(daemon);
	if (!busy && wax_service_running(&daemon->service) == 0)
		return;
	if (!wax_service_wait_idle(&daemon->service, deadline))
		wax_log(WAX_LOG_ERROR, "%zu messages did not end in time",
		    wax_service_running(&daemon->service));
	(void)poll(NULL, 0, LAST_WORDS_MS);
}

int
wax_lifecycle_run(struct wax_daemon *daemon)
{
	struct pollfd wait[] = {
		{ .fd = daemon->signals, .events = POLLIN },
		{ .fd = daemon->finished, .events = POLLIN },
	};
	int timeout_ms = daemon->notify.watchdog_ms > 0
	                     ? (int)daemon->notify.watchdog_ms
	                     : -1;
	int64_t next_beat = wax_clock_ms() + timeout_ms;
	uint64_t ticks = UINT64_MAX;

	while (!take_signals(daemon)) {
		if (daemon->notify.watchdog_ms > 0 &&
		    wax_clock_ms() >= next_beat) {
			beat(daemon, &ticks);
			next_beat = wax_clock_ms() + timeout_ms;
		}
		(void)poll(wait, 2, timeout_ms); /* EINTR: look again */
		/* Its failure was logged; else a thread of its own was faster
		 * than ours in taking a TERM. */
		if ((wait[1].revents & POLLIN) != 0)
			break;
	}
	wax_log(WAX_LOG_NOTICE, "stopping");
	drain(daemon);
	log_counters(daemon);
	wax_rows_stop(daemon);
	wax_log(WAX_LOG_NOTICE, "stopped");
	return daemon->milter_failed ? EX_OSERR : EX_OK;
}
