/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A handler has no argument of its own: set once, before any signal. */
static int pipe_in = -1;

static void
on_signal(int number)
{
	int saved = errno;
	char byte = (char)number;

	/* A full pipe already holds more than will be looked at. */
	if (write(pipe_in, &byte, 1) < 0)
		errno = saved;
	errno = saved;
}

static bool
handle(int number, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof action);
	action.sa_handler = handler;
	action.sa_flags = SA_RESTART;
	sigfillset(&action.sa_mask);
	return sigaction(number, &action, NULL) == 0;
}

enum wax_status
wax_signals_install(int *fd_out, struct wax_err *err)
{
	int ends[2];
	sigset_t ours;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return wax_fail(
		    err, WAX_E_IO, "pipe for signals: %s", strerror(errno));
	pipe_in = ends[1];
	if (!handle(SIGHUP, SIG_IGN) || !handle(SIGPIPE, SIG_IGN) ||
	    /* A limit on the size of files is a disk that is full. */
	    !handle(SIGXFSZ, SIG_IGN) || !handle(SIGUSR1, on_signal) ||
	    !handle(SIGUSR2, on_signal) || !handle(SIGTERM, on_signal) ||
	    !handle(SIGINT, on_signal))
		return wax_fail(
		    err, WAX_E_IO, "signal handlers: %s", strerror(errno));
	/* Whoever started us may have blocked them. */
	sigemptyset(&ours);
	sigaddset(&ours, SIGHUP);
	sigaddset(&ours, SIGUSR1);
	sigaddset(&ours, SIGUSR2);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	if (pthread_sigmask(SIG_UNBLOCK, &ours, NULL) != 0)
		return wax_fail(err, WAX_E_IO, "signals cannot be unblocked");
	*fd_out = ends[0];
	return WAX_OK;
}

bool
wax_signals_next(int fd, enum wax_signal *out)
{
	char byte;

	while (read(fd, &byte, 1) == 1) {
		switch (byte) {
		case SIGUSR1:
			*out = WAX_SIGNAL_RELOAD;
			return true;
		case SIGUSR2:
			*out = WAX_SIGNAL_COUNTERS;
			return true;
		case SIGTERM:
		case SIGINT:
			*out = WAX_SIGNAL_STOP;
			return true;
		default:
			break;
		}
	}
	return false;
}
