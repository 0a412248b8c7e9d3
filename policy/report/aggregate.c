/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/report/aggregate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"

#define DAY_S 86400

struct wax_period
wax_period_of(int64_t time)
{
	int64_t in_day = time % DAY_S;
	int64_t begin = time - (in_day < 0 ? in_day + DAY_S : in_day);

	return (struct wax_period){ begin, begin + DAY_S - 1 };
}

uint64_t
wax_aggregate_messages(const struct wax_aggregate *report)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < report->n; i++)
		sum += report->record[i].count;
	return sum;
}

/* A record with the text that it was made of. */
struct entry {
	struct wax_str text;
	struct wax_report_record record;
};

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_sources(const struct wax_ip *a, const struct wax_ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->octet, b->octet, sizeof a->octet);
}

static int
compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = compare_numbers(b->record.count, a->record.count);

	if (order == 0)
		order = compare_sources(
		    &a->record.tuple.source, &b->record.tuple.source);
	return order != 0 ? order : wax_str_cmp(a->text, b->text);
}

static enum wax_status
read_entries(struct wax_arena *arena, size_t n,
    const struct wax_stored_record *stored, struct entry *entry,
    struct wax_err *err)
{
	for (size_t i = 0; i < n; i++) {
		entry[i].text = stored[i].tuple;
		entry[i].record.count = stored[i].count;
		if (wax_report_tuple_parse(
		        arena, stored[i].tuple, &entry[i].record.tuple))
			continue;
		return wax_fail(err, WAX_E_SYNTAX,
		    "a record of the store is not one of ours: \"%.*s\"",
		    WAX_FMT(wax_str_head(stored[i].tuple, 100)));
	}
	return WAX_OK;
}

/* Short, for the Domain Owner.                       RFC 9990 s3.1.5 */
static struct wax_str
error_of(struct wax_arena *arena, struct wax_str in_record, uint64_t n_unlisted)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	if (in_record.n > 0)
		wax_text_addf(
		    &text, "DMARC Policy Record: %.*s", WAX_FMT(in_record));
	if (n_unlisted > 0)
		wax_text_addf(&text,
		    "%s%" PRIu64 " more message%s in records beyond the"
		    " first %d",
		    text.n > 0 ? "; " : "", n_unlisted,
		    n_unlisted == 1 ? "" : "s", WAX_REPORT_RECORDS_MAX);
	return wax_text_str(&text);
}

enum wax_status
wax_aggregate_fill(struct wax_arena *arena, struct wax_aggregate *report,
    struct wax_str policy, size_t n, const struct wax_stored_record *stored,
    uint64_t n_unlisted, struct wax_err *err)
{
	struct entry *entry = wax_alloc(arena, n, sizeof *entry);
	struct wax_report_record *record;
	enum wax_status status;

	if (!wax_report_policy_parse(arena, policy, &report->policy))
		return wax_fail(err, WAX_E_SYNTAX,
		    "a policy of the store is not one of ours: \"%.*s\"",
		    WAX_FMT(wax_str_head(policy, 100)));
	status = read_entries(arena, n, stored, entry, err);
	if (status != WAX_OK)
		return status;
	if (n > 0)
		qsort(entry, n, sizeof *entry, compare);
	for (; n > WAX_REPORT_RECORDS_MAX; n--)
		n_unlisted += entry[n - 1].record.count;
	record = wax_alloc(arena, n, sizeof *record);
	for (size_t i = 0; i < n; i++)
		record[i] = entry[i].record;
	report->n = n;
	report->record = record;
	report->error = error_of(arena, report->policy.error, n_unlisted);
	return WAX_OK;
}
