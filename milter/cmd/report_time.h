/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_time.h - points of time on the command line and in tables: UTC only.
 */
#ifndef WAX_MILTER_CMD_REPORT_TIME_H
#define WAX_MILTER_CMD_REPORT_TIME_H

#include <stdint.h>

#include "policy/report/aggregate.h"

/*
 * "2026-11-24", "2026-11-24T10:00", "2026-11-24T10:00:30", each also with a Z
 * behind the time, or seconds since 1970; years 1970 to 9999. A day is its
 * first second, or its last with `is_end`; a minute likewise.
 */
bool wax_time_parse(struct wax_str text, bool is_end, int64_t *out)
    WAX_MUST_USE;

/* "2026-11-24T10:00:30Z"; a number of seconds where it is out of range. */
struct wax_str wax_time_format(struct wax_arena *arena, int64_t time);

/* "2026-11-24" if it is that day, else both ends with a slash. */
struct wax_str wax_period_format(
    struct wax_arena *arena, struct wax_period period);

/* "45 s", "12 min", "5 h", "3 d": rounded down. */
struct wax_str wax_age_format(struct wax_arena *arena, int64_t seconds);

#endif
