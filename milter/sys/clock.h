/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h - the two clocks: one that measures, one that tells the date.
 *
 * Deadlines (wax_deadline of policy/dns/resolver.h) are points of the
 * monotonic clock, which no administrator and no time server can move. Wall
 * time is only shown, and compared with dates that others wrote (t=, x=).
 */
#ifndef WAX_MILTER_SYS_CLOCK_H
#define WAX_MILTER_SYS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since some point before the start of the process. */
int64_t wax_clock_ms(void);

/* Seconds since 1970. */
int64_t wax_clock_wall(void);

/* A point of the monotonic clock, for pthread_cond_timedwait() and such. */
struct timespec wax_clock_timespec(int64_t ms);

#endif
