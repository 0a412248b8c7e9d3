/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_report.c - the life of a report: open, claimed, built, done.
 *
 * Each change looks at the state first, under the lock of the transaction,
 * and takes its own repetition for done: after a lost connection nobody knows
 * whether it was.
 */
#include <assert.h>
#include <stdlib.h>

#include "milter/store/store_impl.h"
#include "policy/base/text.h"

static_assert(WAX_REPORT_OPEN == 0 && WAX_REPORT_CLAIMED == 1 &&
                  WAX_REPORT_BUILT == 2 && WAX_REPORT_DONE == 3 &&
                  WAX_REPORT_WITHHELD == 4,
    "states are stored as numbers");
static_assert(WAX_DELIVERY_DUE == 0 && WAX_DELIVERY_ASKING == 1 &&
                  WAX_DELIVERY_SENDING == 2 && WAX_DELIVERY_SENT == 3 &&
                  WAX_DELIVERY_GIVEN_UP == 4 && WAX_DELIVERY_REFUSED == 5,
    "states are stored as numbers; from SENT on they are final");

/* --- reading ----------------------------------------------------------- */

static struct wax_stored_report
report_of(const struct wax_value *row)
{
	return (struct wax_stored_report){
		.id = row[0].number,
		.state = (enum wax_report_state)row[1].number,
		.period = { row[2].number, row[3].number },
		.domain = row[4].text,
		.policy = row[5].text,
		.n_records = (uint64_t)row[6].number,
		.n_messages = (uint64_t)row[7].number,
		.n_unlisted = (uint64_t)row[8].number,
		.report_id = row[9].text,
		.file_name = row[10].text,
		.why = row[11].text,
	};
}

struct wax_stored_report
wax_stored_report_copy(
    struct wax_arena *arena, const struct wax_stored_report *report)
{
	struct wax_stored_report copy = *report;

	copy.domain = wax_str_dup(arena, report->domain);
	copy.policy = wax_str_dup(arena, report->policy);
	copy.report_id = wax_str_dup(arena, report->report_id);
	copy.file_name = wax_str_dup(arena, report->file_name);
	copy.why = wax_str_dup(arena, report->why);
	return copy;
}

static int
compare_reports(const void *left, const void *right)
{
	const struct wax_stored_report *a = left, *b = right;
	int order = wax_str_cmp(a->domain, b->domain);

	if (a->period.begin != b->period.begin)
		return a->period.begin < b->period.begin ? -1 : 1;
	return order != 0 ? order : wax_str_cmp(a->policy, b->policy);
}

/* A page, as far as it is read. */
struct page {
	struct wax_arena *arena;
	const struct wax_report_filter *filter;
	struct wax_report_cursor *cursor;
	struct wax_stored_reports *reports;
};

/* Those of the day that the cursor is in. */
static enum wax_status
read_day(struct wax_store *store, struct page *page, struct wax_err *err)
{
	const struct wax_report_filter *filter = page->filter;
	struct wax_stored_reports *out = page->reports;
	struct wax_rows rows = { 0 };
	size_t room = WAX_REPORTS_PAGE - out->n;
	enum wax_status status;

	status = wax_store_query(store, page->arena, WAX_SQL_REPORTS,
	    (struct wax_value[]){ WAX_INT(page->cursor->begin),
	        WAX_INT(page->cursor->id),
	        WAX_TEXT(wax_plain(page->arena, filter->domain)),
	        WAX_INT(filter->begin > 0 ? filter->begin : INT64_MIN),
	        WAX_INT(filter->states != 0 ? filter->states : INT32_MAX),
	        WAX_INT((int64_t)room) },
	    &rows, err);
	if (status != WAX_OK)
		return status;
	for (size_t i = 0; i < rows.n; i++)
		out->v[out->n++] = report_of(&rows.v[i * 12]);
	if (rows.n > 0)
		page->cursor->id = out->v[out->n - 1].id;
	return WAX_OK;
}

/* The cursor to the next day that has reports. */
static enum wax_status
go_to_next_day(struct wax_store *store, struct page *page, struct wax_err *err)
{
	const struct wax_report_filter *filter = page->filter;
	struct wax_report_cursor *cursor = page->cursor;
	struct wax_rows rows = { 0 };
	enum wax_status status;

	status = wax_store_query(store, page->arena, WAX_SQL_REPORTS_BEGIN,
	    (struct wax_value[]){
	        WAX_INT(cursor->is_begun ? cursor->begin : INT64_MIN),
	        WAX_INT(filter->end > 0 ? filter->end : INT64_MAX) },
	    &rows, err);
	if (status != WAX_OK)
		return status;
	cursor->is_begun = true;
	cursor->is_end = rows.n == 0;
	if (!cursor->is_end)
		cursor->begin = rows.v[0].number;
	cursor->id = 0;
	return WAX_OK;
}

enum wax_status
wax_store_reports(struct wax_store *store, struct wax_arena *arena,
    const struct wax_report_filter *filter, struct wax_report_cursor *cursor,
    struct wax_stored_reports *out, struct wax_err *err)
{
	struct page page = { arena, filter, cursor, out };
	enum wax_status status = WAX_OK;

	*out = (struct wax_stored_reports){
		.v = wax_alloc(arena, WAX_REPORTS_PAGE, sizeof *out->v),
	};
	while (
	    status == WAX_OK && !cursor->is_end && out->n < WAX_REPORTS_PAGE) {
		if (cursor->is_begun)
			status = read_day(store, &page, err);
		if (status == WAX_OK && out->n < WAX_REPORTS_PAGE)
			status = go_to_next_day(store, &page, err);
	}
	if (status == WAX_OK)
		qsort(out->v, out->n, sizeof *out->v, compare_reports);
	return status;
}

enum wax_status
wax_store_records(struct wax_store *store, struct wax_arena *arena,
    int64_t report, struct wax_stored_records *out, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	*out = (struct wax_stored_records){ 0 };
	status = wax_store_query(store, arena, WAX_SQL_RECORDS,
	    (struct wax_value[]){ WAX_INT(report) }, &rows, err);
	if (status != WAX_OK)
		return status;
	out->v = wax_alloc(arena, rows.n, sizeof *out->v);
	for (const struct wax_value *row = rows.v; out->n < rows.n; row += 2)
		out->v[out->n++] = (struct wax_stored_record){
			.count = (uint64_t)row[0].number,
			.tuple = row[1].text,
		};
	return WAX_OK;
}

enum wax_status
wax_store_built_bytes(struct wax_store *store, struct wax_arena *arena,
    int64_t report, struct wax_str *bytes, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	*bytes = WAX_STR("");
	status = wax_store_query(store, arena, WAX_SQL_BYTES,
	    (struct wax_value[]){ WAX_INT(report) }, &rows, err);
	if (status != WAX_OK)
		return status;
	if (rows.n == 0)
		return wax_fail(err, WAX_E_NOTFOUND,
		    "report %lld is not built, or is done", (long long)report);
	*bytes = rows.v[0].text;
	return WAX_OK;
}

static struct wax_delivery
delivery_of(const struct wax_value *row)
{
	return (struct wax_delivery){
		.id = row[0].number,
		.report = row[1].number,
		.uri = row[2].text,
		.address = row[3].text,
		.state = (enum wax_delivery_state)row[4].number,
		.attempts = (unsigned)row[5].number,
		.first_at = row[6].number,
		.attempt_at = row[7].number,
		.next_at = row[8].number,
		.host = row[9].text,
		.why = row[10].text,
	};
}

enum wax_status
wax_store_deliveries(struct wax_store *store, struct wax_arena *arena,
    int64_t report, bool only_unfinished, struct wax_deliveries *out,
    struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	*out = (struct wax_deliveries){ 0 };
	status = wax_store_query(store, arena, WAX_SQL_DELIVERIES,
	    (struct wax_value[]){ WAX_INT(report),
	        WAX_INT(only_unfinished ? WAX_DELIVERY_SENT
	                                : WAX_DELIVERY_REFUSED + 1) },
	    &rows, err);
	if (status != WAX_OK)
		return status;
	out->v = wax_alloc(arena, rows.n, sizeof *out->v);
	for (const struct wax_value *row = rows.v; out->n < rows.n; row += 11)
		out->v[out->n++] = delivery_of(row);
	return WAX_OK;
}

/* --- changing ---------------------------------------------------------- */

struct change {
	int64_t report, now;
	struct wax_str report_id, why, file_name, bytes;
	const struct wax_delivery *delivery;
	size_t n;
	bool mine;
};

static enum wax_status
wrong_state(int64_t report, const char *what, struct wax_err *err)
{
	return wax_fail(
	    err, WAX_E_NOTFOUND, "report %lld %s", (long long)report, what);
}

/* State, report-id and file name of a report: three values. */
static enum wax_status
state_of(struct wax_store *store, int64_t report,
    const struct wax_value **state, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	status = wax_store_query(store, store->scratch, WAX_SQL_REPORT_STATE,
	    (struct wax_value[]){ WAX_INT(report) }, &rows, err);
	if (status != WAX_OK)
		return status;
	*state = rows.v;
	return rows.n > 0 ? WAX_OK : wrong_state(report, "is not there", err);
}

static enum wax_status
do_claim(struct wax_store *store, void *arg, struct wax_err *err)
{
	struct change *change = arg;
	const struct wax_value *state;
	enum wax_status status;

	status = state_of(store, change->report, &state, err);
	if (status != WAX_OK)
		return status;
	change->mine = state[0].number == WAX_REPORT_OPEN ||
	               (state[0].number == WAX_REPORT_CLAIMED &&
	                   wax_str_eq(state[1].text, change->report_id));
	if (state[0].number != WAX_REPORT_OPEN)
		return WAX_OK;
	return wax_store_run(store, WAX_SQL_CLAIM,
	    (struct wax_value[]){ WAX_INT(change->report),
	        WAX_TEXT(wax_plain(store->scratch, change->report_id)),
	        WAX_INT(change->now), WAX_INT(WAX_REPORT_CLAIMED),
	        WAX_INT(WAX_REPORT_OPEN) },
	    NULL, err);
}

enum wax_status
wax_store_claim(struct wax_store *store, int64_t report,
    struct wax_str report_id, int64_t now, bool *mine, struct wax_err *err)
{
	struct change change = {
		.report = report, .report_id = report_id, .now = now
	};
	enum wax_status status;

	status = wax_store_transact(store, do_claim, &change, err);
	*mine = status == WAX_OK && change.mine;
	return status;
}

static enum wax_status
do_withhold(struct wax_store *store, void *arg, struct wax_err *err)
{
	const struct change *change = arg;
	const struct wax_value *state;
	enum wax_status status;

	status = state_of(store, change->report, &state, err);
	if (status != WAX_OK)
		return status;
	if (state[0].number == WAX_REPORT_BUILT ||
	    state[0].number == WAX_REPORT_DONE)
		return wrong_state(change->report, "is built already", err);
	return wax_store_run(store, WAX_SQL_WITHHOLD,
	    (struct wax_value[]){ WAX_INT(change->report),
	        WAX_TEXT(wax_plain(store->scratch, change->why)),
	        WAX_INT(WAX_REPORT_WITHHELD) },
	    NULL, err);
}

enum wax_status
wax_store_withhold(struct wax_store *store, int64_t report, struct wax_str why,
    struct wax_err *err)
{
	struct change change = { .report = report, .why = why };

	return wax_store_transact(store, do_withhold, &change, err);
}

/* --- deliveries -------------------------------------------------------- */

static enum wax_status
add_delivery(struct wax_store *store, int64_t report,
    const struct wax_delivery *delivery, struct wax_err *err)
{
	return wax_store_run(store, WAX_SQL_DELIVERY_ADD,
	    (struct wax_value[]){ WAX_INT(report), WAX_TEXT(delivery->uri),
	        WAX_TEXT(delivery->address), WAX_INT(delivery->state),
	        WAX_INT(delivery->attempts), WAX_INT(delivery->first_at),
	        WAX_INT(delivery->attempt_at), WAX_INT(delivery->next_at),
	        WAX_TEXT(wax_plain(store->scratch, delivery->host)),
	        WAX_TEXT(wax_plain(store->scratch, delivery->why)) },
	    NULL, err);
}

/* When nothing is left to be done, the report is done. */
static enum wax_status
finish(struct wax_store *store, int64_t report, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	status = wax_store_query(store, store->scratch, WAX_SQL_UNFINISHED,
	    (struct wax_value[]){ WAX_INT(report), WAX_INT(WAX_DELIVERY_SENT) },
	    &rows, err);
	if (status != WAX_OK || rows.v[0].number > 0)
		return status;
	status = wax_store_run(store, WAX_SQL_DONE,
	    (struct wax_value[]){ WAX_INT(report), WAX_INT(WAX_REPORT_DONE) },
	    NULL, err);
	if (status == WAX_OK)
		status = wax_store_run(store, WAX_SQL_BYTES_REMOVE,
		    (struct wax_value[]){ WAX_INT(report) }, NULL, err);
	return status;
}

static enum wax_status
do_save_built(struct wax_store *store, void *arg, struct wax_err *err)
{
	const struct change *change = arg;
	const struct wax_value *state;
	enum wax_status status;

	status = state_of(store, change->report, &state, err);
	if (status != WAX_OK)
		return status;
	if ((state[0].number == WAX_REPORT_BUILT ||
	        state[0].number == WAX_REPORT_DONE) &&
	    wax_str_eq(state[2].text, change->file_name))
		return WAX_OK;
	if (state[0].number != WAX_REPORT_CLAIMED)
		return wrong_state(change->report, "is not claimed", err);
	status = wax_store_run(store, WAX_SQL_BUILT,
	    (struct wax_value[]){ WAX_INT(change->report),
	        WAX_TEXT(wax_plain(store->scratch, change->file_name)),
	        WAX_INT(change->now), WAX_INT(WAX_REPORT_BUILT) },
	    NULL, err);
	if (status == WAX_OK)
		status = wax_store_run(store, WAX_SQL_BYTES_ADD,
		    (struct wax_value[]){
		        WAX_INT(change->report), WAX_TEXT(change->bytes) },
		    NULL, err);
	for (size_t i = 0; i < change->n && status == WAX_OK; i++)
		status = add_delivery(
		    store, change->report, &change->delivery[i], err);
	return status == WAX_OK ? finish(store, change->report, err) : status;
}

enum wax_status
wax_store_save_built(struct wax_store *store, int64_t report,
    struct wax_str file_name, struct wax_str bytes,
    const struct wax_delivery *delivery, size_t n, int64_t now,
    struct wax_err *err)
{
	struct change change = {
		.report = report,
		.file_name = file_name,
		.bytes = bytes,
		.delivery = delivery,
		.n = n,
		.now = now,
	};

	return wax_store_transact(store, do_save_built, &change, err);
}

/* The id of a delivery that is given as new; 0 if it is. */
static enum wax_status
find_delivery(struct wax_store *store, const struct wax_delivery *delivery,
    int64_t *id, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	*id = delivery->id;
	if (*id != 0)
		return WAX_OK;
	status = wax_store_query(store, store->scratch, WAX_SQL_DELIVERY_FIND,
	    (struct wax_value[]){ WAX_INT(delivery->report),
	        WAX_TEXT(delivery->uri), WAX_TEXT(delivery->address) },
	    &rows, err);
	if (status == WAX_OK && rows.n > 0)
		*id = rows.v[0].number;
	return status;
}

static enum wax_status
set_delivery(struct wax_store *store, int64_t id,
    const struct wax_delivery *delivery, struct wax_err *err)
{
	enum wax_status status;
	uint64_t affected;

	status = wax_store_run(store, WAX_SQL_DELIVERY_SET,
	    (struct wax_value[]){ WAX_INT(id), WAX_INT(delivery->report),
	        WAX_TEXT(delivery->address), WAX_INT(delivery->state),
	        WAX_INT(delivery->attempts), WAX_INT(delivery->first_at),
	        WAX_INT(delivery->attempt_at), WAX_INT(delivery->next_at),
	        WAX_TEXT(wax_plain(store->scratch, delivery->host)),
	        WAX_TEXT(wax_plain(store->scratch, delivery->why)) },
	    &affected, err);
	if (status == WAX_OK && affected == 0)
		return wrong_state(
		    delivery->report, "has no such delivery", err);
	return status;
}

static enum wax_status
do_mark(struct wax_store *store, void *arg, struct wax_err *err)
{
	const struct wax_delivery *delivery =
	    ((const struct change *)arg)->delivery;
	const struct wax_value *state;
	enum wax_status status;
	int64_t id;

	status = state_of(store, delivery->report, &state, err);
	if (status != WAX_OK)
		return status;
	if (state[0].number != WAX_REPORT_BUILT &&
	    (state[0].number != WAX_REPORT_DONE ||
	        delivery->state < WAX_DELIVERY_SENT))
		return wrong_state(delivery->report,
		    state[0].number == WAX_REPORT_DONE ? "is done"
		                                       : "is not built",
		    err);
	status = find_delivery(store, delivery, &id, err);
	if (status != WAX_OK)
		return status;
	status = id == 0 ? add_delivery(store, delivery->report, delivery, err)
	                 : set_delivery(store, id, delivery, err);
	return status == WAX_OK ? finish(store, delivery->report, err) : status;
}

enum wax_status
wax_store_mark(struct wax_store *store, const struct wax_delivery *delivery,
    struct wax_err *err)
{
	struct change change = { .delivery = delivery, .n = 1 };

	return wax_store_transact(store, do_mark, &change, err);
}
