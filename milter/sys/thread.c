/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/thread.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "milter/sys/clock.h"

enum wax_status
wax_thread_start(pthread_t *out, const char *name, void *(*run)(void *),
    void *arg, struct wax_err *err)
{
	sigset_t all, before;
	int error;

	/* A new thread takes over the mask of the one that makes it. */
	(void)sigfillset(&all);
	WAX_ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	error = pthread_create(out, NULL, run, arg);
	WAX_ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	if (error != 0)
		return wax_fail(err, WAX_E_IO, "cannot start thread %s: %s",
		    name, strerror(error));
	(void)pthread_setname_np(*out, name); /* a nicety for ps */
	return WAX_OK;
}

void
wax_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	WAX_ASSERT(pthread_condattr_init(&attr) == 0);
	WAX_ASSERT(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
	WAX_ASSERT(pthread_cond_init(cond, &attr) == 0);
	(void)pthread_condattr_destroy(&attr);
}

bool
wax_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline)
{
	struct timespec until = wax_clock_timespec(deadline);
	int error = pthread_cond_timedwait(cond, mutex, &until);

	WAX_ASSERT(error == 0 || error == ETIMEDOUT);
	return error == 0;
}
