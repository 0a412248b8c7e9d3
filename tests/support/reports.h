/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reports.h - sets of aggregate reports to be shown, written and read: the
 * same ones for unit tests, browser and other people's parsers.
 */
#ifndef WAX_TESTS_SUPPORT_REPORTS_H
#define WAX_TESTS_SUPPORT_REPORTS_H

#include "policy/report/aggregate.h"

struct sample_reports {
	const char *name;
	bool is_ours; /* valid: it may be written as XML and sent */
	size_t n;
	const struct wax_aggregate **v;
};

/* No report at all. */
struct sample_reports sample_reports_empty(struct wax_arena *arena);
/* One report, one record. */
struct sample_reports sample_reports_single(struct wax_arena *arena);
/* A month of an organization that knows most of its sources. */
struct sample_reports sample_reports_month(struct wax_arena *arena);
/* As ours could be, with the worst that a sender can put into them: names
 * are valid domains, the other texts are not well-behaved at all. */
struct sample_reports sample_reports_hostile(struct wax_arena *arena);
/* One record with as many signatures as a report may have. */
struct sample_reports sample_reports_signatures(struct wax_arena *arena);
/* As others could write them: nothing is valid. */
struct sample_reports sample_reports_foreign(struct wax_arena *arena);
/* 10,000 records, most sources once. */
struct sample_reports sample_reports_many(struct wax_arena *arena);

/* All of the above; NULL ends it. */
extern struct sample_reports (*const sample_reports_all[])(
    struct wax_arena *arena);

#endif
