/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * same_report.h - whether two aggregate reports say the same.
 */
#ifndef WAX_TESTS_SUPPORT_SAME_REPORT_H
#define WAX_TESTS_SUPPORT_SAME_REPORT_H

#include "policy/report/aggregate.h"

/* NULL if they do, or what the first difference is in. Error and rua of the
 * policy are no part of a report. */
const char *wax_report_difference(
    const struct wax_aggregate *a, const struct wax_aggregate *b);

/*
 * A report as it is told to others: texts made fit, and only the signatures
 * that RFC 9990 has a place for.
 */
struct wax_aggregate wax_report_told(
    struct wax_arena *arena, struct wax_aggregate report);

#endif
