/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aggregate.h - one aggregate report: who reports, what was published, and
 * the records with their counts.                    RFC 9990 s3.1
 *
 * Built from what a store keeps, or read from somebody's XML (xml.h); shown
 * as XML, as HTML (html.h) and as text. Plain data in an arena.
 */
#ifndef WAX_POLICY_REPORT_AGGREGATE_H
#define WAX_POLICY_REPORT_AGGREGATE_H

#include "policy/report/row.h"

/* UTC. `end` is the last second that belongs to it: periods do not overlap.
 *                                                  RFC 9990 s3.1.1.4 */
struct wax_period {
	int64_t begin, end;
};

/* The UTC day of a time. */
struct wax_period wax_period_of(int64_t time);

struct wax_report_record {
	uint64_t count;
	struct wax_report_tuple tuple;
};

struct wax_aggregate {
	/* report_metadata */
	struct wax_str org_name, email, extra_contact_info, report_id, error,
	    generator;
	struct wax_period period;
	struct wax_report_policy policy;
	size_t n;
	const struct wax_report_record *record;
};

/* What a store keeps of one record. */
struct wax_stored_record {
	uint64_t count;
	struct wax_str tuple; /* canonical text */
};

/*
 * Fill policy and records from canonical texts, the largest counts first,
 * then by source address and text: the same rows give the same report. What
 * identifies the reporter is left as it is. `n_unlisted` messages were
 * counted beyond WAX_REPORT_RECORDS_MAX: the report's error says so.
 * WAX_E_SYNTAX if a text is not what we wrote.
 */
enum wax_status wax_aggregate_fill(struct wax_arena *arena,
    struct wax_aggregate *report, struct wax_str policy, size_t n,
    const struct wax_stored_record *stored, uint64_t n_unlisted,
    struct wax_err *err) WAX_MUST_USE;

/* All counts together. */
uint64_t wax_aggregate_messages(const struct wax_aggregate *report);

#endif
