/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/store/contract.h"

#include <string.h>
#include <unistd.h>

#include "policy/base/text.h"
#include "tests/support/suite.h"

struct wax_arena *arena;
struct wax_err err;

struct wax_store_options
options_of(const char *host)
{
	return (struct wax_store_options){
		.url = wax_str_of(place_url()),
		.host = wax_str_of(host),
		.max_records = RECORDS_MAX,
		.timeout_ms = PATIENCE_MS,
	};
}

struct wax_store *
open_as(const char *host)
{
	struct wax_store_options options = options_of(host);
	struct wax_store *store;

	ok(wax_store_open(&options, &store, &err));
	return store;
}

struct wax_store *
open_one(void)
{
	return open_as("mx1.example");
}

void
before(void)
{
	place_new();
	arena = wax_arena_new("test", 0);
}

void
after(void)
{
	wax_arena_free(arena);
	place_remove();
}

struct wax_report_line
row(int64_t time, const char *domain, const char *tuple)
{
	return (struct wax_report_line){
		.time = time,
		.domain = wax_exact(domain),
		.policy = wax_textf(arena, "policy of %s", domain),
		.tuple = wax_exact(tuple),
	};
}

enum wax_status
try_import(struct wax_store *store, unsigned nth, int64_t now,
    const struct wax_report_line *line, size_t n, bool *already)
{
	uint8_t id[WAX_SEGMENT_ID_BYTES] = { 0 };

	memcpy(id + 3, &nth, sizeof nth);
	return wax_store_import(store, id, line, n, now, already, &err);
}

bool
import_at(struct wax_store *store, unsigned nth, int64_t now,
    const struct wax_report_line *line, size_t n)
{
	bool already;

	ok(try_import(store, nth, now, line, n, &already));
	return already;
}

/* All pages as one. */
struct wax_stored_reports
reports_of(struct wax_store *store, const struct wax_report_filter *filter)
{
	struct wax_report_cursor cursor = { .is_begun = false };
	struct wax_stored_reports out = { 0, NULL }, page;
	struct wax_stored_report *all;

	do {
		ok(wax_store_reports(
		    store, arena, filter, &cursor, &page, &err));
		all = wax_alloc(arena, out.n + page.n + 1, sizeof *all);
		if (out.n > 0)
			memcpy(all, out.v, out.n * sizeof *all);
		if (page.n > 0)
			memcpy(all + out.n, page.v, page.n * sizeof *all);
		out.v = all;
		out.n += page.n;
	} while (page.n > 0);
	return out;
}

struct wax_stored_reports
reports(struct wax_store *store)
{
	const struct wax_report_filter all = { .states = 0 };

	return reports_of(store, &all);
}

const char *
records(struct wax_store *store, int64_t report)
{
	struct wax_stored_records out;
	struct wax_text text;

	ok(wax_store_records(store, arena, report, &out, &err));
	wax_text_init(&text, arena);
	for (size_t i = 0; i < out.n; i++)
		wax_text_addf(&text, "%s%llu %.*s", i > 0 ? ", " : "",
		    (unsigned long long)out.v[i].count,
		    WAX_FMT(out.v[i].tuple));
	return text.n > 0 ? text.p : "";
}

bool
claim(struct wax_store *store, int64_t report, const char *report_id)
{
	bool mine;

	ok(wax_store_claim(
	    store, report, wax_exact(report_id), NOON, &mine, &err));
	return mine;
}

int64_t
number(struct wax_store *store, const char *host, const char *name)
{
	struct wax_store_numbers out;

	ok(wax_store_numbers(store, arena, &out, &err));
	for (size_t i = 0; i < out.n; i++) {
		if (wax_str_eq(out.v[i].host, wax_str_of(host)) &&
		    wax_str_eq(out.v[i].name, wax_str_of(name)))
			return out.v[i].value;
	}
	return -1;
}

bool
lock_sending(struct wax_store *store)
{
	bool mine;

	ok(wax_store_lock_sending(store, &mine, &err));
	return mine;
}

bool
lock_sending_soon(struct wax_store *store)
{
	for (int i = 0; i < 500; i++) {
		if (lock_sending(store))
			return true;
		(void)usleep(10000);
	}
	return false;
}
