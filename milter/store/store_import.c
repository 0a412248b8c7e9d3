/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_import.c - the rows of a segment: sorted, counted, and added to their
 * reports in few statements.
 *
 * Nothing of a row can make the import fail: a segment that could not be
 * imported would be in the way of all that follow.
 */
#include <stdlib.h>
#include <string.h>

#include "milter/store/store_impl.h"
#include "policy/base/limits.h"
#include "policy/base/vec.h"

#define LATE WAX_STR("rows-late")

struct item {
	const struct wax_report_line *line;
	int64_t day;    /* its beginning */
	int64_t report; /* once it is found */
	uint64_t count;
	uint64_t affected;
};

struct import {
	const uint8_t *id;
	const struct wax_report_line *line;
	size_t n;
	int64_t now;
	bool already;
	struct item *item; /* of n; later of n_items */
	size_t n_items;
	uint64_t late;
};

/* --- to which report --------------------------------------------------- */

static int
order(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* By policy, then by day. */
static int
compare_groups(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = wax_str_cmp(x->line->policy, y->line->policy);

	return c != 0 ? c : order(x->day, y->day);
}

/* By report, then by tuple. */
static int
compare_records(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = order(x->report, y->report);

	return c != 0 ? c : wax_str_cmp(x->line->tuple, y->line->tuple);
}

/* Its id; 0: it is not known yet. */
static enum wax_status
find_policy(struct wax_store *store, struct wax_str text, int64_t *id,
    struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	status = wax_store_query(store, store->scratch, WAX_SQL_POLICY_FIND,
	    (struct wax_value[]){ WAX_TEXT(text) }, &rows, err);
	*id = status == WAX_OK && rows.n > 0 ? rows.v[0].number : 0;
	return status;
}

/* The report of a policy and day; *id is 0 if it is not open any more. */
static enum wax_status
report_of_day(struct wax_store *store, int64_t policy,
    const struct wax_period *period, bool *is_there, int64_t *id,
    struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	*is_there = false;
	*id = 0;
	if (policy == 0)
		return WAX_OK;
	status = wax_store_query(store, store->scratch, WAX_SQL_REPORT_OF_DAY,
	    (struct wax_value[]){ WAX_INT(policy), WAX_INT(period->begin) },
	    &rows, err);
	if (status != WAX_OK || rows.n == 0)
		return status;
	*is_there = true;
	*id = rows.v[1].number == WAX_REPORT_OPEN ? rows.v[0].number : 0;
	return WAX_OK;
}

/*
 * A domain with as many policies that day as it may have: the last of them
 * takes the row. A name server that answers otherwise each time would else
 * have us write a report for each message.                  RFC 9990 s3.1
 */
static enum wax_status
last_of_day(struct wax_store *store, struct wax_str domain,
    const struct wax_period *period, bool *is_full, int64_t *id,
    struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	status = wax_store_query(store, store->scratch, WAX_SQL_REPORTS_OF_DAY,
	    (struct wax_value[]){ WAX_TEXT(domain), WAX_INT(period->begin),
	        WAX_INT(WAX_REPORT_POLICIES_MAX) },
	    &rows, err);
	*is_full = status == WAX_OK && rows.n >= WAX_REPORT_POLICIES_MAX;
	if (*is_full)
		*id =
		    rows.v[1].number == WAX_REPORT_OPEN ? rows.v[0].number : 0;
	return status;
}

static enum wax_status
add_report(struct wax_store *store, const struct wax_report_line *line,
    struct wax_str domain, const struct wax_period *period, int64_t *policy,
    int64_t *id, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	if (*policy == 0) {
		status =
		    wax_store_query(store, store->scratch, WAX_SQL_POLICY_ADD,
		        (struct wax_value[]){
		            WAX_TEXT(domain), WAX_TEXT(line->policy) },
		        &rows, err);
		if (status != WAX_OK)
			return status;
		*policy = rows.v[0].number;
	}
	status = wax_store_query(store, store->scratch, WAX_SQL_REPORT_ADD,
	    (struct wax_value[]){ WAX_INT(*policy), WAX_INT(period->begin),
	        WAX_INT(period->end) },
	    &rows, err);
	if (status == WAX_OK)
		*id = rows.v[0].number;
	return status;
}

/* The report of this day; *id is 0 if it is not open any more. A policy that
 * is not known yet (0) gets its id with its first report. */
static enum wax_status
find_report(struct wax_store *store, const struct wax_report_line *line,
    int64_t day, int64_t *policy, int64_t *id, struct wax_err *err)
{
	struct wax_period period = wax_period_of(day);
	struct wax_str domain = wax_plain(store->scratch, line->domain);
	enum wax_status status;
	bool is_found, is_full;

	status = report_of_day(store, *policy, &period, &is_found, id, err);
	if (status != WAX_OK || is_found)
		return status;
	status = last_of_day(store, domain, &period, &is_full, id, err);
	if (status != WAX_OK || is_full)
		return status;
	return add_report(store, line, domain, &period, policy, id, err);
}

/* That of `day` or, if it is closed, of `now` or the first day after it that
 * is not: there are as many closed ones as were claimed ahead of time. */
static enum wax_status
find_open(struct wax_store *store, const struct wax_report_line *line,
    int64_t day, int64_t now, int64_t *policy, int64_t *id, bool *is_late,
    struct wax_err *err)
{
	enum wax_status status;

	status = find_report(store, line, day, policy, id, err);
	*is_late = status == WAX_OK && *id == 0;
	for (; status == WAX_OK && *id == 0; now = wax_period_of(now).end + 1)
		status = find_report(store, line, now, policy, id, err);
	return status;
}

/* Gives each item its report. */
static enum wax_status
place(struct wax_store *store, struct import *import, struct wax_err *err)
{
	struct item *item = import->item;
	enum wax_status status = WAX_OK;
	int64_t policy = 0;
	bool is_late = false;

	qsort(item, import->n, sizeof *item, compare_groups);
	for (size_t i = 0; i < import->n && status == WAX_OK; i++) {
		bool other = i == 0 || !wax_str_eq(item[i].line->policy,
		                           item[i - 1].line->policy);

		if (other)
			status = find_policy(
			    store, item[i].line->policy, &policy, err);
		if (status != WAX_OK)
			break;
		if (other || item[i].day != item[i - 1].day)
			status = find_open(store, item[i].line, item[i].day,
			    import->now, &policy, &item[i].report, &is_late,
			    err);
		else
			item[i].report = item[i - 1].report;
		import->late += is_late;
	}
	return status;
}

/* --- counting ---------------------------------------------------------- */

/* Equal rows of a report become one. */
static void
merge(struct import *import)
{
	struct item *item = import->item;
	size_t n = 0;

	qsort(item, import->n, sizeof *item, compare_records);
	for (size_t i = 0; i < import->n; i++) {
		if (n > 0 && compare_records(&item[i], &item[n - 1]) == 0)
			item[n - 1].count += item[i].count;
		else
			item[n++] = item[i];
	}
	import->n_items = n;
}

static enum wax_status
run_all(struct wax_store *store, enum wax_sql sql, struct item *const *item,
    size_t n, struct wax_err *err)
{
	struct wax_value *value =
	    wax_alloc(store->scratch, n, sizeof *value * 3);
	uint64_t *affected = wax_alloc(store->scratch, n, sizeof *affected);
	enum wax_status status;

	for (size_t i = 0; i < n; i++) {
		value[3 * i].number = item[i]->report;
		value[3 * i + 1].text = item[i]->line->tuple;
		value[3 * i + 2].number = (int64_t)item[i]->count;
	}
	status =
	    store->db->driver->run(store->db, sql, n, value, affected, err);
	for (size_t i = 0; i < n && status == WAX_OK; i++)
		item[i]->affected = affected[i];
	return status;
}

struct items {
	struct item **v;
	size_t n, cap;
};

/*
 * What the records of one report, `item` of n, add to its totals; those that
 * are new and fit go to `fresh`.
 */
static enum wax_status
count_report(struct wax_store *store, struct item *item, size_t n,
    struct items *fresh, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	uint64_t records = 0, messages = 0, unlisted = 0, bytes = 0;
	enum wax_status status;

	status = wax_store_query(store, store->scratch, WAX_SQL_REPORT_TOTALS,
	    (struct wax_value[]){ WAX_INT(item->report) }, &rows, err);
	if (status != WAX_OK)
		return status;
	for (size_t i = 0; i < n; i++) {
		size_t size = item[i].line->tuple.n;

		messages += item[i].count;
		if (item[i].affected > 0)
			continue;
		if ((uint64_t)rows.v[0].number + records >=
		        store->max_records ||
		    (uint64_t)rows.v[1].number + bytes + size >
		        WAX_REPORT_TUPLE_BYTES_MAX) {
			unlisted += item[i].count;
			continue;
		}
		records++;
		bytes += size;
		WAX_PUSH(store->scratch, fresh, &item[i]);
	}
	return wax_store_run(store, WAX_SQL_REPORT_COUNT,
	    (struct wax_value[]){ WAX_INT(item->report),
	        WAX_INT((int64_t)records), WAX_INT((int64_t)messages),
	        WAX_INT((int64_t)unlisted), WAX_INT((int64_t)bytes) },
	    NULL, err);
}

/* Records that are there are counted up; what was not there is added, as far
 * as the report has room. */
static enum wax_status
count(struct wax_store *store, struct import *import, struct wax_err *err)
{
	struct items all = { 0 }, fresh = { 0 };
	enum wax_status status;

	for (size_t i = 0; i < import->n_items; i++)
		WAX_PUSH(store->scratch, &all, &import->item[i]);
	status = run_all(store, WAX_SQL_RECORD_COUNT, all.v, all.n, err);
	for (size_t i = 0, n; i < all.n && status == WAX_OK; i += n) {
		for (n = 1;
		     i + n < all.n && all.v[i + n]->report == all.v[i]->report;
		     n++)
			;
		status = count_report(store, all.v[i], n, &fresh, err);
	}
	if (status == WAX_OK)
		status =
		    run_all(store, WAX_SQL_RECORD_ADD, fresh.v, fresh.n, err);
	return status;
}

/* --- known domains ----------------------------------------------------- */

/* By domain, the last first. */
static int
compare_known(const void *a, const void *b)
{
	const struct wax_report_line *const *x = a, *const *y = b;
	int c = wax_str_cmp((*x)->domain, (*y)->domain);

	return c != 0 ? c : order((*y)->time, (*x)->time);
}

static enum wax_status
note_known(
    struct wax_store *store, const struct import *import, struct wax_err *err)
{
	WAX_VEC(const struct wax_report_line *) lines = { 0 };
	WAX_VEC(struct wax_value) value = { 0 };

	for (size_t i = 0; i < import->n; i++) {
		if (import->line[i].is_accepted)
			WAX_PUSH(store->scratch, &lines, &import->line[i]);
	}
	if (lines.n == 0)
		return WAX_OK;
	qsort(lines.v, lines.n, sizeof *lines.v, compare_known);
	for (size_t i = 0; i < lines.n; i++) {
		if (i > 0 &&
		    wax_str_eq(lines.v[i]->domain, lines.v[i - 1]->domain))
			continue;
		WAX_PUSH(store->scratch, &value,
		    (struct wax_value)WAX_TEXT(
		        wax_plain(store->scratch, lines.v[i]->domain)));
		WAX_PUSH(store->scratch, &value,
		    (struct wax_value)WAX_INT(lines.v[i]->time));
	}
	return store->db->driver->run(
	    store->db, WAX_SQL_KNOWN_SET, value.n / 2, value.v, NULL, err);
}

/* --- a segment --------------------------------------------------------- */

static enum wax_status
add_rows(struct wax_store *store, struct import *import, struct wax_err *err)
{
	enum wax_status status;

	if (import->n == 0)
		return WAX_OK;
	import->item =
	    wax_alloc(store->scratch, import->n, sizeof *import->item);
	for (size_t i = 0; i < import->n; i++)
		import->item[i] = (struct item){
			.line = &import->line[i],
			.day = wax_period_of(import->line[i].time).begin,
			.count = 1,
		};
	status = place(store, import, err);
	if (status != WAX_OK)
		return status;
	merge(import);
	status = count(store, import, err);
	if (status == WAX_OK)
		status = note_known(store, import, err);
	if (status == WAX_OK && import->late > 0)
		status = wax_store_run(store, WAX_SQL_NUMBER_ADD,
		    (struct wax_value[]){ WAX_TEXT(store->host), WAX_TEXT(LATE),
		        WAX_INT((int64_t)import->late) },
		    NULL, err);
	return status;
}

static enum wax_status
do_import(struct wax_store *store, void *arg, struct wax_err *err)
{
	struct import *import = arg;
	struct wax_str id = { (const char *)import->id, WAX_SEGMENT_ID_BYTES };
	enum wax_status status;
	uint64_t added;

	status = wax_store_run(store, WAX_SQL_SEGMENT_ADD,
	    (struct wax_value[]){
	        WAX_TEXT(id), WAX_INT(import->now), WAX_TEXT(store->host) },
	    &added, err);
	if (status != WAX_OK)
		return status;
	import->already = added == 0;
	return import->already ? WAX_OK : add_rows(store, import, err);
}

enum wax_status
wax_store_import(struct wax_store *store,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], const struct wax_report_line *line,
    size_t n, int64_t now, bool *already, struct wax_err *err)
{
	struct import import = { .id = id, .line = line, .n = n, .now = now };
	enum wax_status status;

	status = wax_store_transact(store, do_import, &import, err);
	*already = status == WAX_OK && import.already;
	return status;
}
