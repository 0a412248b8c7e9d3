/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals.h - the signals of the daemon, as bytes that can be waited for.
 *
 * The main thread is the only one that takes signals; its handlers write to
 * a pipe that its loop reads. SIGHUP and SIGPIPE are ignored, and SIGHUP is
 * left unblocked in the main thread: the kernel then throws it away, and
 * libmilter, whose own thread waits for it, never sees one (it would stop).
 * Handlers, not signalfd(2), for the same reason: a blocked SIGTERM would be
 * taken by libmilter.
 */
#ifndef WAX_MILTER_SYS_SIGNALS_H
#define WAX_MILTER_SYS_SIGNALS_H

#include <stdbool.h>

#include "policy/base/status.h"

enum wax_signal {
	WAX_SIGNAL_RELOAD,   /* SIGUSR1 */
	WAX_SIGNAL_COUNTERS, /* SIGUSR2 */
	WAX_SIGNAL_STOP      /* SIGTERM, SIGINT */
};

/*
 * Once, from the main thread, before any other is made. *fd_out becomes
 * readable when a signal came; it stays open for the life of the process.
 */
enum wax_status wax_signals_install(int *fd_out, struct wax_err *err)
    WAX_MUST_USE;

/* The next signal that came; false if there is none. Never blocks. */
bool wax_signals_next(int fd, enum wax_signal *out);

#endif
