/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lifecycle.h - what the main thread does while the others serve: signals,
 * reloads, counters, the watchdog, and the end.
 */
#ifndef WAX_MILTER_CMD_LIFECYCLE_H
#define WAX_MILTER_CMD_LIFECYCLE_H

#include "milter/cmd/daemon.h"

/* Start the thread of libmilter. */
enum wax_status wax_lifecycle_start(
    struct wax_daemon *daemon, struct wax_err *err) WAX_MUST_USE;

/* One line of the log: what was started. Asks the resolver, for up to a
 * second. */
void wax_lifecycle_announce(struct wax_daemon *daemon);

/*
 * Serve until SIGTERM or SIGINT, then drain: no new connections, the
 * messages that are at their end get their verdict. The exit status: 0, or
 * EX_OSERR if libmilter gave up by itself.
 */
int wax_lifecycle_run(struct wax_daemon *daemon);

#endif
