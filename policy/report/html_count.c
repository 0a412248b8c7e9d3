/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/report/html_count.h"

#include <stdlib.h>

#include "policy/report/html_text.h"

void
wax_html_see(struct wax_html_tally *tally, struct wax_html_key key,
    const struct wax_report_record *record, enum wax_result result)
{
	WAX_PUSH(tally->arena, &tally->seen,
	    (struct wax_html_seen){ key, record, result });
}

static void
add(uint64_t *sum, uint64_t count)
{
	*sum = wax_html_sum(*sum, count);
}

void
wax_html_counts_add(struct wax_html_counts *counts,
    const struct wax_report_record *record, enum wax_result result)
{
	const struct wax_report_tuple *tuple = &record->tuple;

	add(&counts->messages, record->count);
	if (tuple->dkim_aligned || tuple->spf_aligned)
		add(&counts->pass, record->count);
	if (tuple->dkim_aligned)
		add(&counts->dkim, record->count);
	if (tuple->spf_aligned)
		add(&counts->spf, record->count);
	add(&counts->disposition[tuple->disposition], record->count);
	add(&counts->result[result], record->count);
}

static int
compare_keys(const struct wax_html_key *a, const struct wax_html_key *b)
{
	int order = 0;

	for (size_t i = 0; order == 0 && i < 3; i++)
		order = wax_str_cmp(a->part[i], b->part[i]);
	return order;
}

static int
compare_seen(const void *a, const void *b)
{
	return compare_keys(&((const struct wax_html_seen *)a)->key,
	    &((const struct wax_html_seen *)b)->key);
}

static int
by_key(const void *a, const void *b)
{
	return compare_keys(&((const struct wax_html_group *)a)->key,
	    &((const struct wax_html_group *)b)->key);
}

static int
most_first(uint64_t a, uint64_t b, const void *group_a, const void *group_b)
{
	if (a != b)
		return a > b ? -1 : 1;
	return by_key(group_a, group_b);
}

static int
by_messages(const void *a, const void *b)
{
	return most_first(((const struct wax_html_group *)a)->counts.messages,
	    ((const struct wax_html_group *)b)->counts.messages, a, b);
}

static int
by_failures(const void *a, const void *b)
{
	return most_first(
	    wax_html_failed(&((const struct wax_html_group *)a)->counts),
	    wax_html_failed(&((const struct wax_html_group *)b)->counts), a, b);
}

void
wax_html_groups_sort(struct wax_html_groups *groups, enum wax_html_order order)
{
	if (groups->n == 0)
		return;
	switch (order) {
	case WAX_HTML_BY_KEY:
		qsort(groups->v, groups->n, sizeof *groups->v, by_key);
		return;
	case WAX_HTML_BY_MESSAGES:
		qsort(groups->v, groups->n, sizeof *groups->v, by_messages);
		return;
	case WAX_HTML_BY_FAILURES:
		qsort(groups->v, groups->n, sizeof *groups->v, by_failures);
		return;
	}
}

struct wax_html_groups
wax_html_groups_make(struct wax_html_tally *tally, enum wax_html_order order)
{
	struct wax_html_groups groups = { 0 };
	size_t n = tally->seen.n;
	struct wax_html_seen *seen = tally->seen.v;

	if (n == 0)
		return groups;
	qsort(seen, n, sizeof *seen, compare_seen);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare_seen(&seen[i - 1], &seen[i]) != 0)
			groups.n++;
	groups.v = wax_alloc(tally->arena, groups.n, sizeof *groups.v);
	groups.n = 0;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || compare_seen(&seen[i - 1], &seen[i]) != 0)
			groups.v[groups.n++].key = seen[i].key;
		wax_html_counts_add(&groups.v[groups.n - 1].counts,
		    seen[i].record, seen[i].result);
	}
	wax_html_groups_sort(&groups, order);
	return groups;
}

uint64_t
wax_html_messages(const struct wax_aggregate *report)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < report->n; i++)
		sum = wax_html_sum(sum, report->record[i].count);
	return sum;
}
