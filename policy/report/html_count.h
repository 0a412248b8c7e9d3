/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_count.h - how many messages have what in common.
 *
 * Records are seen one by one under a key; equal keys make a group. Sorting
 * brings them together, so that no choice of names makes it slow.
 */
#ifndef WAX_POLICY_REPORT_HTML_COUNT_H
#define WAX_POLICY_REPORT_HTML_COUNT_H

#include "policy/base/vec.h"
#include "policy/report/aggregate.h"

#define WAX_HTML_RESULTS (WAX_PERMERROR + 1)
#define WAX_HTML_DISPOSITIONS (WAX_DISPOSITION_REJECT + 1)

struct wax_html_key {
	struct wax_str part[3];
};

struct wax_html_counts {
	uint64_t messages;
	uint64_t pass; /* DMARC: SPF or DKIM is aligned; RFC 9989 s5.3.5 */
	uint64_t spf, dkim;
	uint64_t disposition[WAX_HTML_DISPOSITIONS];
	/* By the result that each was seen with. */
	uint64_t result[WAX_HTML_RESULTS];
};

struct wax_html_group {
	struct wax_html_key key;
	struct wax_html_counts counts;
};

struct wax_html_groups {
	size_t n;
	struct wax_html_group *v;
};

struct wax_html_seen {
	struct wax_html_key key;
	const struct wax_report_record *record;
	enum wax_result result;
};

struct wax_html_tally {
	struct wax_arena *arena;
	WAX_VEC(struct wax_html_seen) seen;
};

enum wax_html_order {
	WAX_HTML_BY_KEY,
	WAX_HTML_BY_MESSAGES, /* the most first, then by key */
	WAX_HTML_BY_FAILURES  /* the same, of those that did not pass */
};

/* The text of keys has to live as long as the groups. `result` is what the
 * record had where the key says; WAX_NONE if it says nothing of a result. */
void wax_html_see(struct wax_html_tally *tally, struct wax_html_key key,
    const struct wax_report_record *record, enum wax_result result);

struct wax_html_groups wax_html_groups_make(
    struct wax_html_tally *tally, enum wax_html_order order);
void wax_html_groups_sort(
    struct wax_html_groups *groups, enum wax_html_order order);

void wax_html_counts_add(struct wax_html_counts *counts,
    const struct wax_report_record *record, enum wax_result result);

/* All counts of a report together. */
uint64_t wax_html_messages(const struct wax_aggregate *report);

static inline uint64_t
wax_html_failed(const struct wax_html_counts *counts)
{
	return counts->messages - counts->pass;
}

#endif
