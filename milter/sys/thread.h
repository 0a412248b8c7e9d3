/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.h - threads that no signal reaches, and waiting by the monotonic
 * clock.
 *
 * Only the main thread takes signals: every other one, those that a library
 * starts included, is made with all of them blocked. Without that, an
 * unblocked thread of a library dies of SIGTERM, and the process with it.
 */
#ifndef WAX_MILTER_SYS_THREAD_H
#define WAX_MILTER_SYS_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/status.h"

/*
 * Start a thread with all signals blocked; so are those that it starts.
 * `name` (at most 15 octets) is what ps(1) and debuggers show. The caller
 * joins. Errors: WAX_E_IO.
 */
enum wax_status wax_thread_start(pthread_t *out, const char *name,
    void *(*run)(void *), void *arg, struct wax_err *err) WAX_MUST_USE;

/* A condition that is waited for by wax_clock_ms(). */
void wax_cond_init(pthread_cond_t *cond);

/*
 * Wait, at most until `deadline` in milliseconds of wax_clock_ms(); false
 * when that is over. As with every condition, look again after true.
 */
bool wax_cond_wait(
    pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline);

#endif
