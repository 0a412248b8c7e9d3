/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of store.h: the same tests on each database.
 */
#include "milter/store/store.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/store/store_impl.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"
#include "tests/unit/store/contract.h"

START_TEST(rows_are_counted)
{
	struct wax_store *store = open_one();
	struct wax_stored_reports list;

	ck_assert(!import(store, 1, row(NOON, "b.example", "two"),
	    row(NOON, "a.example", "one"), row(NOON + 1, "b.example", "two"),
	    row(NOON + 2, "b.example", "one")));
	ck_assert(!import(store, 2, row(NOON, "b.example", "two")));
	list = reports(store);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_wax_str_eq(list.v[0].domain, "a.example");
	ck_assert_wax_str_eq(list.v[0].policy, "policy of a.example");
	ck_assert_int_eq(list.v[0].state, WAX_REPORT_OPEN);
	ck_assert_int_eq(list.v[0].period.begin, TODAY);
	ck_assert_int_eq(list.v[0].period.end, TODAY + DAY - 1);
	ck_assert_wax_str_eq(list.v[1].domain, "b.example");
	ck_assert_uint_eq(list.v[1].n_records, 2);
	ck_assert_uint_eq(list.v[1].n_messages, 4);
	ck_assert_uint_eq(list.v[1].n_unlisted, 0);
	ck_assert_str_eq(records(store, list.v[0].id), "1 one");
	ck_assert_str_eq(records(store, list.v[1].id), "1 one, 3 two");
	wax_store_close(store);
}
END_TEST

START_TEST(all_is_there_after_opening_again)
{
	struct wax_store *store = open_one();

	import(store, 1, row(NOON, "a.example", "one"));
	wax_store_close(store);
	store = open_one();
	ck_assert(import(store, 1, row(NOON, "a.example", "one")));
	ck_assert_str_eq(records(store, reports(store).v[0].id), "1 one");
	wax_store_close(store);
}
END_TEST

START_TEST(a_segment_is_imported_once)
{
	struct wax_store *store = open_one(), *other = open_as("mx2.example");

	ck_assert(!import(store, 1, row(NOON, "a.example", "one")));
	ck_assert(import(store, 1, row(NOON, "a.example", "one")));
	ck_assert(import(other, 1, row(NOON, "a.example", "one")));
	ck_assert(!import(other, 2, row(NOON, "a.example", "one")));
	ck_assert_str_eq(records(store, reports(store).v[0].id), "2 one");
	wax_store_close(store);
	wax_store_close(other);
}
END_TEST

START_TEST(a_segment_without_rows_is_imported)
{
	struct wax_store *store = open_one();

	ck_assert(!import_at(store, 1, NOON, NULL, 0));
	ck_assert(import_at(store, 1, NOON, NULL, 0));
	ck_assert_uint_eq(reports(store).n, 0);
	wax_store_close(store);
}
END_TEST

/* One report a policy domain, day and policy. */
START_TEST(days_and_policies_have_reports_of_their_own)
{
	struct wax_store *store = open_one();
	struct wax_report_line other = row(NOON, "a.example", "one");
	struct wax_stored_reports list;

	other.policy = WAX_STR("another policy of a.example");
	import(store, 1, row(TODAY - 1, "a.example", "one"),
	    row(TODAY, "a.example", "one"),
	    row(TODAY + DAY - 1, "a.example", "one"),
	    row(TODAY + DAY, "a.example", "one"), other);
	list = reports(store);
	ck_assert_uint_eq(list.n, 4);
	ck_assert_int_eq(list.v[0].period.begin, TODAY - DAY);
	ck_assert_int_eq(list.v[1].period.begin, TODAY);
	ck_assert_wax_str_eq(list.v[1].policy, "another policy of a.example");
	ck_assert_wax_str_eq(list.v[2].policy, "policy of a.example");
	ck_assert_uint_eq(list.v[2].n_messages, 2);
	ck_assert_int_eq(list.v[3].period.begin, TODAY + DAY);
	wax_store_close(store);
}
END_TEST

START_TEST(records_are_bounded)
{
	struct wax_store *store = open_one();
	struct wax_stored_report report;

	import(store, 1, row(NOON, "a.example", "1"),
	    row(NOON, "a.example", "2"), row(NOON, "a.example", "3"),
	    row(NOON, "a.example", "4"), row(NOON, "a.example", "5"));
	report = reports(store).v[0];
	ck_assert_uint_eq(report.n_records, RECORDS_MAX);
	ck_assert_uint_eq(report.n_unlisted, 0);

	import(store, 2, row(NOON, "a.example", "6"),
	    row(NOON, "a.example", "6"), row(NOON, "a.example", "5"),
	    row(NOON, "b.example", "6"));
	report = reports(store).v[0];
	ck_assert_uint_eq(report.n_records, RECORDS_MAX);
	ck_assert_uint_eq(report.n_unlisted, 2);
	ck_assert_uint_eq(report.n_messages, 8);
	ck_assert_str_eq(records(store, report.id), "1 1, 1 2, 1 3, 1 4, 2 5");
	ck_assert_uint_eq(reports(store).v[1].n_unlisted, 0);
	wax_store_close(store);
}
END_TEST

/* The bound is reached within one segment as well. */
START_TEST(records_are_bounded_within_a_segment)
{
	struct wax_store *store = open_one();
	struct wax_stored_report report;

	import(store, 1, row(NOON, "a.example", "1"),
	    row(NOON, "a.example", "2"), row(NOON, "a.example", "3"),
	    row(NOON, "a.example", "4"), row(NOON, "a.example", "5"),
	    row(NOON, "a.example", "6"), row(NOON, "a.example", "7"));
	report = reports(store).v[0];
	ck_assert_uint_eq(report.n_records, RECORDS_MAX);
	ck_assert_uint_eq(report.n_unlisted, 2);
	ck_assert_uint_eq(report.n_messages, 7);
	wax_store_close(store);
}
END_TEST

START_TEST(records_are_bounded_in_octets)
{
	size_t half = WAX_REPORT_TUPLE_BYTES_MAX / 2;
	struct wax_store *store = open_one();
	struct wax_report_line a = row(NOON, "a.example", ""), b = a, c = a;
	struct wax_stored_report report;
	char *big = wax_alloc(arena, half, 1);

	memset(big, 'a', half);
	a.tuple = (struct wax_str){ big, half };
	b.tuple = (struct wax_str){ big, half - 1 };
	c.tuple = WAX_STR("b");
	import(store, 1, a, b, c);
	report = reports(store).v[0];
	ck_assert_uint_eq(report.n_records, 3);
	ck_assert_uint_eq(report.n_unlisted, 0);
	import(store, 2, row(NOON, "a.example", "d"), c, a);
	report = reports(store).v[0];
	ck_assert_uint_eq(report.n_records, 3);
	ck_assert_uint_eq(report.n_unlisted, 1);
	ck_assert_uint_eq(report.n_messages, 6);
	wax_store_close(store);
}
END_TEST

static struct wax_report_line
row_of_policy(int64_t time, const char *domain, unsigned nth)
{
	struct wax_report_line line = row(time, domain, "1");

	line.policy = wax_textf(arena, "policy %02u of %s", nth, domain);
	return line;
}

/* Who has another policy for each message gets no report for each. */
START_TEST(policies_are_bounded)
{
	struct wax_report_line line[WAX_REPORT_POLICIES_MAX + 2];
	struct wax_store *store = open_one();
	struct wax_stored_reports all;
	unsigned n = WAX_REPORT_POLICIES_MAX;

	for (unsigned i = 0; i < n; i++)
		line[i] = row_of_policy(NOON, "a.example", i);
	line[n] = row_of_policy(NOON, "b.example", 99);
	line[n + 1] = row_of_policy(NOON - DAY, "a.example", 98);
	import_at(store, 1, NOON, line, n + 2);
	ck_assert_uint_eq(reports(store).n, n + 2);

	/* The last takes what is new; what is there goes on. */
	import(store, 2, row_of_policy(NOON, "a.example", 50),
	    row_of_policy(NOON, "a.example", 51),
	    row_of_policy(NOON, "a.example", 50),
	    row_of_policy(NOON, "a.example", 98),
	    row_of_policy(NOON, "a.example", 0),
	    row_of_policy(NOON, "b.example", 50));
	all = reports(store);
	ck_assert_uint_eq(all.n, n + 3);
	ck_assert_uint_eq(all.v[0].n_messages, 1);
	ck_assert_uint_eq(all.v[1].n_messages, 2);
	for (unsigned i = 1; i < n - 1; i++)
		ck_assert_uint_eq(all.v[1 + i].n_messages, 1);
	ck_assert_uint_eq(all.v[n].n_messages, 5);
	ck_assert_str_eq(records(store, all.v[n].id), "5 1");
	ck_assert_int_eq(number(store, "mx1.example", "rows-late"), -1);

	/* Once that is closed, it is the next day's. */
	ck_assert(claim(store, all.v[n].id, ID));
	import(store, 3, row_of_policy(NOON, "a.example", 52));
	all = reports(store);
	ck_assert_uint_eq(all.n, n + 4);
	ck_assert_int_eq(all.v[n + 3].period.begin, TODAY + DAY);
	ck_assert_int_eq(number(store, "mx1.example", "rows-late"), 1);
	wax_store_close(store);
}
END_TEST

/* 100 signatures; and two that differ in their last octet. */
START_TEST(long_texts_are_kept)
{
	struct wax_store *store = open_one();
	struct wax_report_line a = row(NOON, "a.example", ""), b = a;
	struct wax_stored_records out;
	size_t n = 40000;
	char *x = wax_alloc(arena, n, 1), *y = wax_alloc(arena, n, 1);

	for (size_t i = 0; i < n; i++)
		x[i] = y[i] = (char)('!' + (i * i + i / 7) % 90);
	y[n - 1] ^= 1;
	a.tuple = a.policy = (struct wax_str){ x, n };
	b.policy = a.policy;
	b.tuple = (struct wax_str){ y, n };
	import(store, 1, a, b, a);
	import(store, 2, b, a);
	ck_assert_uint_eq(reports(store).n, 1);
	ck_assert(wax_str_eq(reports(store).v[0].policy, a.policy));
	ok(wax_store_records(store, arena, reports(store).v[0].id, &out, &err));
	ck_assert_uint_eq(out.n, 2);
	ck_assert_uint_eq(out.v[0].count + out.v[1].count, 5);
	ck_assert(wax_str_eq(out.v[0].tuple, a.tuple) ||
	          wax_str_eq(out.v[0].tuple, b.tuple));
	wax_store_close(store);
}
END_TEST

/* Nothing of a row makes an import fail, whatever a reader let through. */
START_TEST(hostile_rows_are_imported)
{
	struct wax_store *store = open_one();
	struct wax_report_line line = row(NOON, "x'; DROP TABLE--", "'\"\\");

	line.domain = wax_exact_n("a\0b\xff\n'", 6);
	line.policy = wax_exact_n("\0\xff\xfe'", 4);
	line.tuple = wax_exact_n("\0\x80'$1?1", 7);
	line.is_accepted = true;
	import(store, 1, line, row(NOON, "x'; DROP TABLE--", "'\"\\"),
	    row(-1, "", ""), row(INT64_C(1) << 40, "a.example", "one"));
	ck_assert_uint_eq(reports(store).n, 4);
	ck_assert_int_eq(reports(store).v[0].period.end, -1);
	ck_assert(wax_str_eq(reports(store).v[1].policy, line.policy) ||
	          wax_str_eq(reports(store).v[2].policy, line.policy));
	wax_store_close(store);
}
END_TEST

/* --- filters ----------------------------------------------------------- */

START_TEST(reports_are_filtered)
{
	static const struct {
		const char *name;
		const char *domain;
		int64_t begin, end;
		unsigned states;
		size_t expected;
	} rows[] = {
		{ "all", "", 0, 0, 0, 5 },
		{ "domain", "a.example", 0, 0, 0, 3 },
		{ "not below it", "example", 0, 0, 0, 0 },
		{ "today", "", TODAY, TODAY, 0, 2 },
		{ "touches its first second", "", 0, TODAY, 0, 4 },
		{ "ended before", "", 0, TODAY - 1, 0, 2 },
		{ "from its last second on", "", TODAY + DAY - 1, 0, 0, 3 },
		{ "begins after", "", TODAY + DAY, 0, 0, 1 },
		{ "unfinished", "", 0, 0, WAX_REPORT_UNFINISHED, 4 },
		{ "withheld", "", 0, 0, WAX_REPORT_IS(WAX_REPORT_WITHHELD), 1 },
		{ "done", "", 0, 0, WAX_REPORT_IS(WAX_REPORT_DONE), 0 },
		{ "all together", "a.example", TODAY, TODAY,
		    WAX_REPORT_UNFINISHED, 1 },
	};
	struct wax_store *store = open_one();
	struct wax_stored_reports out;

	import(store, 1, row(NOON - DAY, "a.example", "one"),
	    row(NOON, "a.example", "one"), row(NOON + DAY, "a.example", "one"),
	    row(NOON - DAY, "b.example", "one"), row(NOON, "b.example", "one"));
	ok(wax_store_withhold(
	    store, reports(store).v[1].id, WAX_STR("no"), &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct wax_report_filter filter = {
			.domain = wax_exact(rows[i].domain),
			.begin = rows[i].begin,
			.end = rows[i].end,
			.states = rows[i].states,
		};

		out = reports_of(store, &filter);
		ck_assert_msg(
		    out.n == rows[i].expected, "%s: %zu", rows[i].name, out.n);
	}
	wax_store_close(store);
}
END_TEST

/* --- pages ------------------------------------------------------------- */

#define PER_DAY ((WAX_REPORTS_PAGE * 3) / 4)
#define MANY (4 * PER_DAY)

/* Of four days, so that pages end within days; of one domain each. */
static void
import_many(struct wax_store *store, unsigned nth, const char *suffix)
{
	struct wax_report_line *line = wax_alloc(arena, MANY, sizeof *line);

	for (size_t i = 0; i < MANY; i++)
		line[i] = row(NOON + (int64_t)(i % 4) * DAY,
		    wax_textf(arena, "d%zu.%s", i, suffix).p, "one");
	ck_assert(!import_at(store, nth, NOON, line, MANY));
}

/* How often each id was seen. */
static void
see(unsigned *seen, const struct wax_stored_reports *page)
{
	for (size_t i = 0; i < page->n; i++) {
		ck_assert_int_le(page->v[i].id, 4 * MANY);
		seen[page->v[i].id]++;
	}
}

/* Between pages all kinds of things happen to those that were seen and to
 * those that were not, and others come. */
START_TEST(pages_show_each_report_once)
{
	const struct wax_report_filter all = { .states = 0 };
	struct wax_store *store = open_one();
	struct wax_report_cursor cursor = { .is_begun = false };
	unsigned *seen = wax_alloc(arena, 4 * MANY + 1, sizeof *seen);
	struct wax_stored_reports before, page;
	int64_t last = 0;
	size_t n_pages = 0;

	import_many(store, 1, "example");
	before = reports(store);
	ck_assert_uint_eq(before.n, MANY);
	do {
		ok(wax_store_reports(store, arena, &all, &cursor, &page, &err));
		ck_assert_uint_le(page.n, WAX_REPORTS_PAGE);
		see(seen, &page);
		for (size_t i = 0; i < page.n; i++) {
			ck_assert_int_ge(page.v[i].period.begin, last);
			last = page.v[i].period.begin;
		}
		if (++n_pages == 1)
			import_many(store, 2, "test");
		for (size_t i = n_pages; i < MANY; i += 997)
			if (i % 2 == 0)
				ok(wax_store_withhold(store, before.v[i].id,
				    WAX_STR("no"), &err));
			else
				(void)claim(store, before.v[i].id, ID);
	} while (page.n > 0);
	for (size_t i = 0; i < before.n; i++)
		ck_assert_uint_eq(seen[before.v[i].id], 1);
	ck_assert_uint_ge(n_pages, 5);
	wax_store_close(store);
}
END_TEST

/* As "send" reads: what it claims is not open any more, and what another
 * purges is not there. */
START_TEST(pages_of_what_changes)
{
	const struct wax_report_filter open = {
		.states = WAX_REPORT_IS(WAX_REPORT_OPEN),
	};
	struct wax_store *store = open_one();
	struct wax_report_cursor cursor = { .is_begun = false };
	struct wax_stored_reports page;
	size_t n = 0;
	uint64_t n_purged;

	import_many(store, 1, "example");
	do {
		ok(wax_store_reports(
		    store, arena, &open, &cursor, &page, &err));
		for (size_t i = 0; i < page.n; i += 100)
			ck_assert(claim(store, page.v[i].id, ID));
		n += page.n;
		/* One day ahead of us, when the first page is read. */
		if (n == WAX_REPORTS_PAGE)
			ok(wax_store_purge(
			    store, WAX_STR("d3.example"), 0, &n_purged, &err));
	} while (page.n > 0);
	ck_assert_uint_eq(n, MANY - 1);
	ok(wax_store_reports(store, arena, &open, &cursor, &page, &err));
	ck_assert_uint_eq(page.n, 0);
	wax_store_close(store);
}
END_TEST

/* --- claims ------------------------------------------------------------ */

START_TEST(one_claims)
{
	struct wax_store *store = open_one(), *other = open_as("mx2.example");
	int64_t id;
	bool mine;

	import(store, 1, row(NOON, "a.example", "one"));
	id = reports(store).v[0].id;
	ck_assert(claim(store, id, ID));
	ck_assert(!claim(other, id, "ffffffffffffffffffffffffffffffff"));
	ck_assert_msg(claim(store, id, ID), "it may be repeated");
	ck_assert_int_eq(reports(other).v[0].state, WAX_REPORT_CLAIMED);
	ck_assert_wax_str_eq(reports(other).v[0].report_id, ID);
	fails(WAX_E_NOTFOUND,
	    wax_store_claim(store, id + 1, WAX_STR(ID), NOON, &mine, &err));
	ck_assert(!mine);
	wax_store_close(store);
	wax_store_close(other);
}
END_TEST

START_TEST(late_rows_go_to_the_first_open_day)
{
	struct wax_store *store = open_one();
	struct wax_stored_reports list;

	import(store, 1, row(NOON - DAY, "a.example", "one"),
	    row(NOON, "a.example", "one"), row(NOON + DAY, "a.example", "one"));
	list = reports(store);
	ck_assert(claim(store, list.v[0].id, ID));
	ck_assert_int_eq(number(store, "mx1.example", "rows-late"), -1);

	import(store, 2, row(NOON - DAY, "a.example", "one"),
	    row(NOON - DAY, "a.example", "two"), row(NOON, "a.example", "one"));
	ck_assert_str_eq(records(store, list.v[0].id), "1 one");
	ck_assert_str_eq(records(store, list.v[1].id), "3 one, 1 two");
	ck_assert_int_eq(number(store, "mx1.example", "rows-late"), 2);

	/* The running day was claimed, too, and so was the next. */
	ck_assert(claim(store, list.v[1].id, ID));
	ok(wax_store_withhold(store, list.v[2].id, WAX_STR("no"), &err));
	import(store, 3, row(NOON, "a.example", "one"),
	    row(NOON - DAY, "a.example", "three"));
	list = reports(store);
	ck_assert_uint_eq(list.n, 4);
	ck_assert_int_eq(list.v[3].period.begin, TODAY + 2 * DAY);
	ck_assert_str_eq(records(store, list.v[3].id), "1 one, 1 three");
	ck_assert_str_eq(records(store, list.v[1].id), "3 one, 1 two");
	ck_assert_int_eq(number(store, "mx1.example", "rows-late"), 4);
	wax_store_close(store);
}
END_TEST

START_TEST(a_report_is_withheld)
{
	struct wax_store *store = open_one();
	struct wax_stored_report report;
	bool mine;

	import(store, 1, row(NOON, "a.example", "one"));
	report = reports(store).v[0];
	ok(wax_store_withhold(
	    store, report.id, wax_exact("na\xc3\xafve\n"), &err));
	report = reports(store).v[0];
	ck_assert_int_eq(report.state, WAX_REPORT_WITHHELD);
	ck_assert_wax_str_eq(report.why, "na\\xc3\\xafve\\x0a");
	ok(wax_store_claim(store, report.id, WAX_STR(ID), NOON, &mine, &err));
	ck_assert(!mine);
	fails(WAX_E_NOTFOUND,
	    wax_store_withhold(store, report.id + 1, WAX_STR("no"), &err));
	wax_store_close(store);
}
END_TEST

/* --- deliveries -------------------------------------------------------- */

static int64_t
claimed(struct wax_store *store, const char *domain, unsigned segment)
{
	struct wax_report_filter filter = { .domain = wax_str_of(domain) };
	struct wax_stored_reports list;

	import(store, segment, row(NOON, domain, "one"));
	list = reports_of(store, &filter);
	ck_assert(claim(store, list.v[0].id, ID));
	return list.v[0].id;
}

static struct wax_delivery
due(const char *uri)
{
	return (struct wax_delivery){
		.uri = wax_exact(uri),
		.address = wax_exact(uri),
		.state = WAX_DELIVERY_DUE,
		.first_at = NOON,
		.next_at = NOON + 1,
	};
}

static struct wax_deliveries
deliveries(struct wax_store *store, int64_t report, bool only_unfinished)
{
	struct wax_deliveries out;

	ok(wax_store_deliveries(
	    store, arena, report, only_unfinished, &out, &err));
	return out;
}

static void
save(struct wax_store *store, int64_t report)
{
	struct wax_delivery two[] = { due("mailto:b@b.example"),
		due("mailto:a@a.example") };

	ok(wax_store_save_built(store, report, wax_exact("a!b!1!2.xml.gz"),
	    wax_exact_n("\x1f\x8b\0\xff", 4), two, 2, NOON, &err));
}

START_TEST(what_is_built_is_kept)
{
	struct wax_store *store = open_one();
	int64_t id = claimed(store, "a.example", 1);
	struct wax_deliveries list;
	struct wax_str bytes;

	fails(WAX_E_NOTFOUND,
	    wax_store_built_bytes(store, arena, id, &bytes, &err));
	save(store, id);
	save(store, id); /* it may be repeated */
	wax_store_close(store);
	store = open_one();
	ck_assert_int_eq(reports(store).v[0].state, WAX_REPORT_BUILT);
	ck_assert_wax_str_eq(reports(store).v[0].file_name, "a!b!1!2.xml.gz");
	ck_assert_wax_str_eq(reports(store).v[0].report_id, ID);
	ok(wax_store_built_bytes(store, arena, id, &bytes, &err));
	ck_assert(wax_str_eq(bytes, (struct wax_str){ "\x1f\x8b\0\xff", 4 }));
	list = deliveries(store, id, false);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_wax_str_eq(list.v[0].uri, "mailto:b@b.example");
	ck_assert_wax_str_eq(list.v[1].uri, "mailto:a@a.example");
	ck_assert_int_eq(list.v[0].report, id);
	ck_assert_int_eq(list.v[0].next_at, NOON + 1);
	ck_assert_int_ne(list.v[0].id, 0);
	fails(
	    WAX_E_NOTFOUND, wax_store_withhold(store, id, WAX_STR("no"), &err));
	fails(WAX_E_NOTFOUND, wax_store_save_built(store, id, WAX_STR("other"),
	                          WAX_STR("x"), NULL, 0, NOON, &err));
	wax_store_close(store);
}
END_TEST

START_TEST(only_what_is_claimed_is_built)
{
	struct wax_store *store = open_one();

	import(store, 1, row(NOON, "a.example", "one"));
	fails(WAX_E_NOTFOUND,
	    wax_store_save_built(store, reports(store).v[0].id, WAX_STR("x"),
	        WAX_STR("x"), NULL, 0, NOON, &err));
	ck_assert_int_eq(reports(store).v[0].state, WAX_REPORT_OPEN);
	wax_store_close(store);
}
END_TEST

START_TEST(a_report_is_done_when_all_is_final)
{
	struct wax_store *store = open_one();
	int64_t id = claimed(store, "a.example", 1);
	struct wax_delivery first, second;
	struct wax_str bytes;

	save(store, id);
	first = deliveries(store, id, true).v[0];
	second = deliveries(store, id, true).v[1];
	first.state = WAX_DELIVERY_SENDING;
	first.attempts = 3;
	first.attempt_at = NOON + 5;
	first.host = wax_exact("mx1.example");
	first.why = wax_exact_n("450 \xff\0later", 11);
	ok(wax_store_mark(store, &first, &err));
	first = deliveries(store, id, true).v[0];
	ck_assert_int_eq(first.state, WAX_DELIVERY_SENDING);
	ck_assert_uint_eq(first.attempts, 3);
	ck_assert_int_eq(first.attempt_at, NOON + 5);
	ck_assert_wax_str_eq(first.host, "mx1.example");
	ck_assert_wax_str_eq(first.why, "450 \\xff\\x00later");

	first.state = WAX_DELIVERY_SENT;
	ok(wax_store_mark(store, &first, &err));
	ck_assert_int_eq(reports(store).v[0].state, WAX_REPORT_BUILT);
	ck_assert_uint_eq(deliveries(store, id, true).n, 1);
	second.state = WAX_DELIVERY_GIVEN_UP;
	ok(wax_store_mark(store, &second, &err));
	ok(wax_store_mark(store, &second, &err)); /* it may be repeated */
	ck_assert_int_eq(reports(store).v[0].state, WAX_REPORT_DONE);
	ck_assert_uint_eq(deliveries(store, id, true).n, 0);
	ck_assert_uint_eq(deliveries(store, id, false).n, 2);
	fails(WAX_E_NOTFOUND,
	    wax_store_built_bytes(store, arena, id, &bytes, &err));

	second.state = WAX_DELIVERY_DUE;
	fails(WAX_E_NOTFOUND, wax_store_mark(store, &second, &err));
	wax_store_close(store);
}
END_TEST

START_TEST(deliveries_are_added)
{
	struct wax_store *store = open_one();
	int64_t id = claimed(store, "a.example", 1);
	struct wax_delivery asking = due("mailto:a@a.example"), other, none;

	asking.state = WAX_DELIVERY_ASKING;
	asking.address = WAX_STR("");
	ok(wax_store_save_built(
	    store, id, WAX_STR("f"), WAX_STR("x"), &asking, 1, NOON, &err));
	other = due("mailto:a@a.example");
	other.report = id;
	other.address = WAX_STR("second@a.example");
	ok(wax_store_mark(store, &other, &err));
	other.attempts = 7;
	ok(wax_store_mark(store, &other, &err)); /* it may be repeated */
	ck_assert_uint_eq(deliveries(store, id, true).n, 2);
	ck_assert_wax_str_eq(deliveries(store, id, true).v[0].address, "");
	ck_assert_wax_str_eq(
	    deliveries(store, id, true).v[1].address, "second@a.example");
	ck_assert_uint_eq(deliveries(store, id, true).v[1].attempts, 7);

	none = deliveries(store, id, true).v[1];
	none.id += 10;
	fails(WAX_E_NOTFOUND, wax_store_mark(store, &none, &err));
	none = deliveries(store, id, true).v[1];
	none.report += 10;
	fails(WAX_E_NOTFOUND, wax_store_mark(store, &none, &err));
	wax_store_close(store);
}
END_TEST

/* Nothing to be sent: nobody will mark it. */
START_TEST(a_report_without_destinations_is_done)
{
	struct wax_store *store = open_one();
	int64_t id = claimed(store, "a.example", 1);
	struct wax_delivery refused = due("mailto:a@a.example");

	refused.state = WAX_DELIVERY_REFUSED;
	ok(wax_store_save_built(
	    store, id, WAX_STR("f"), WAX_STR("x"), &refused, 1, NOON, &err));
	ck_assert_int_eq(reports(store).v[0].state, WAX_REPORT_DONE);
	wax_store_close(store);
}
END_TEST

/* --- known domains, suppressions, numbers ------------------------------ */

static bool
known(struct wax_store *store, const char *domain, int64_t since)
{
	bool is_known;

	ok(wax_store_is_known(
	    store, wax_exact(domain), since, &is_known, &err));
	return is_known;
}

START_TEST(domains_become_known)
{
	struct wax_store *store = open_one();
	struct wax_report_line accepted = row(NOON, "a.example", "one");
	struct wax_report_line earlier = row(NOON - 5, "a.example", "one");

	accepted.is_accepted = earlier.is_accepted = true;
	import(store, 1, row(NOON + 9, "a.example", "one"),
	    row(NOON, "b.example", "one"));
	ck_assert(!known(store, "a.example", 0));
	import(store, 2, earlier, accepted, earlier);
	ck_assert(known(store, "a.example", NOON));
	ck_assert(!known(store, "a.example", NOON + 1));
	import(store, 3, earlier);
	ck_assert(known(store, "a.example", NOON));
	ck_assert(!known(store, "b.example", 0));
	ck_assert(!known(store, "x.a.example", 0));
	wax_store_close(store);
}
END_TEST

START_TEST(suppressions)
{
	struct wax_store *store = open_one();
	struct wax_suppression one = { .what = wax_exact("b.example"),
		.added_at = NOON,
		.until = NOON + 10,
		.why = wax_exact("bounced") };
	struct wax_suppression two = { .what = wax_exact("a@a.example") };
	struct wax_suppressions list;
	char *big = wax_alloc(arena, 1001, 1);

	memset(big, 'a', 1001);
	ok(wax_store_suppress(store, &one, &err));
	ok(wax_store_suppress(store, &two, &err));
	ok(wax_store_suppressions(store, arena, NOON + 9, &list, &err));
	ck_assert_uint_eq(list.n, 2);
	ck_assert_wax_str_eq(list.v[0].what, "a@a.example");
	ck_assert_wax_str_eq(list.v[1].what, "b.example");
	ck_assert_wax_str_eq(list.v[1].why, "bounced");
	ck_assert_int_eq(list.v[1].added_at, NOON);
	ck_assert_int_eq(list.v[1].until, NOON + 10);
	ok(wax_store_suppressions(store, arena, NOON + 10, &list, &err));
	ck_assert_uint_eq(list.n, 1);

	one.until = NOON + 11;
	ok(wax_store_suppress(store, &one, &err));
	ok(wax_store_suppressions(store, arena, NOON + 10, &list, &err));
	ck_assert_uint_eq(list.n, 2);
	ok(wax_store_unsuppress(store, wax_exact("b.example"), &err));
	fails(WAX_E_NOTFOUND,
	    wax_store_unsuppress(store, wax_exact("b.example"), &err));
	ok(wax_store_suppressions(store, arena, NOON, &list, &err));
	ck_assert_uint_eq(list.n, 1);

	one.what = (struct wax_str){ big, 1000 };
	ok(wax_store_suppress(store, &one, &err));
	one.what.n = 1001;
	fails(WAX_E_LIMIT, wax_store_suppress(store, &one, &err));
	one.what.n = 0;
	fails(WAX_E_LIMIT, wax_store_suppress(store, &one, &err));
	wax_store_close(store);
}
END_TEST

START_TEST(numbers)
{
	struct wax_store *store = open_one(), *other = open_as("mx2.example");

	ok(wax_store_note(store, WAX_STR("last-import"), 5, false, &err));
	ok(wax_store_note(store, WAX_STR("last-import"), 4, false, &err));
	ok(wax_store_note(store, WAX_STR("rows-lost"), 5, true, &err));
	ok(wax_store_note(store, WAX_STR("rows-lost"), 4, true, &err));
	ok(wax_store_note(other, WAX_STR("rows-lost"), 1, true, &err));
	ck_assert_int_eq(number(store, "mx1.example", "last-import"), 4);
	ck_assert_int_eq(number(store, "mx1.example", "rows-lost"), 9);
	ck_assert_int_eq(number(store, "mx2.example", "rows-lost"), 1);
	ck_assert_int_eq(number(store, "mx2.example", "last-import"), -1);
	wax_store_close(store);
	wax_store_close(other);
}
END_TEST

/* --- purge ------------------------------------------------------------- */

static uint64_t
purge(struct wax_store *store, const char *domain, int64_t before_)
{
	uint64_t n;

	ok(wax_store_purge(store, wax_exact(domain), before_, &n, &err));
	return n;
}

START_TEST(purge_by_time)
{
	struct wax_store *store = open_one();
	struct wax_suppression old = { .what = WAX_STR("a.example"),
		.until = TODAY - 1 };
	struct wax_suppression kept = { .what = WAX_STR("b.example") };
	struct wax_report_line accepted = row(NOON - DAY, "a.example", "one");
	struct wax_suppressions list;

	accepted.is_accepted = true;
	import_at(store, 1, NOON - DAY, &accepted, 1);
	import(store, 2, row(NOON, "a.example", "one"));
	ok(wax_store_suppress(store, &old, &err));
	ok(wax_store_suppress(store, &kept, &err));
	ck_assert_uint_eq(purge(store, "", NOON - DAY), 0);
	ck_assert(known(store, "a.example", 0));
	ck_assert_uint_eq(purge(store, "", TODAY - 1), 0);
	ck_assert(!known(store, "a.example", 0));
	ck_assert_uint_eq(purge(store, "", TODAY), 1);
	ck_assert_uint_eq(reports(store).n, 1);
	ck_assert_int_eq(reports(store).v[0].period.begin, TODAY);
	ok(wax_store_suppressions(store, arena, 0, &list, &err));
	ck_assert_uint_eq(list.n, 1);
	ck_assert_wax_str_eq(list.v[0].what, "b.example");
	ck_assert(import(store, 2, row(NOON, "a.example", "one")));
	ck_assert_msg(!import_at(store, 1, NOON, NULL, 0), "an old id");
	wax_store_close(store);
}
END_TEST

START_TEST(purge_by_domain)
{
	struct wax_store *store = open_one();
	int64_t id = claimed(store, "a.example", 1);
	struct wax_report_line accepted = row(NOON, "b.example", "one");

	accepted.is_accepted = true;
	save(store, id);
	import(store, 2, accepted);
	ck_assert_uint_eq(purge(store, "c.example", 0), 0);
	ck_assert_uint_eq(purge(store, "a.example", 0), 1);
	ck_assert_uint_eq(reports(store).n, 1);
	ck_assert_uint_eq(deliveries(store, id, false).n, 0);
	ck_assert_str_eq(records(store, id), "");
	ck_assert(known(store, "b.example", 0));
	/* An id is never given twice. */
	import(store, 3, row(NOON, "a.example", "one"));
	ck_assert_int_ne(reports(store).v[0].id, id);
	wax_store_close(store);
}
END_TEST

START_TEST(purge_everything)
{
	struct wax_store *store = open_one();
	size_t n = 250; /* more than two steps */
	struct wax_report_line *line = wax_alloc(arena, n, sizeof *line);
	struct wax_suppressions list;
	struct wax_suppression kept = { .what = WAX_STR("b.example"),
		.until = NOON + DAY };

	for (size_t i = 0; i < n; i++) {
		line[i] =
		    row(NOON, wax_textf(arena, "d%zu.example", i).p, "one");
		line[i].is_accepted = true;
	}
	ok(wax_store_suppress(store, &kept, &err));
	import_at(store, 1, NOON, line, n);
	ck_assert_uint_eq(reports(store).n, n);
	ck_assert(known(store, "d7.example", 0));
	ck_assert_uint_eq(purge(store, "", 0), n);
	ck_assert_uint_eq(reports(store).n, 0);
	ck_assert(!known(store, "d7.example", 0));
	ck_assert_msg(import_at(store, 1, NOON, line, n), "an id is kept");
	ok(wax_store_suppressions(store, arena, NOON, &list, &err));
	ck_assert_uint_eq(list.n, 1);
	wax_store_close(store);
}
END_TEST

/* --- the right to send ------------------------------------------------- */

START_TEST(one_may_send)
{
	struct wax_store *store = open_one(), *other = open_as("mx2.example");

	ck_assert(lock_sending(store));
	ck_assert(lock_sending(store));
	ck_assert(!lock_sending(other));
	import(other, 1, row(NOON, "a.example", "one"));
	wax_store_close(store);
	ck_assert(lock_sending_soon(other));
	wax_store_close(other);
}
END_TEST

START_TEST(the_dead_do_not_send)
{
	struct wax_store *store = open_one();
	int ready[2];
	char octet;
	pid_t child;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct wax_store *own = open_as("mx2.example");

		if (lock_sending(own) && write(ready[1], "x", 1) == 1)
			(void)pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &octet, 1), 1);
	ck_assert(!lock_sending(store));
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert(lock_sending_soon(store));
	wax_store_close(store);
}
END_TEST

static TCase *
contract(const struct place *place)
{
	TCase *tcase = place_tcase(place);

	tcase_add_checked_fixture(tcase, before, after);
	tcase_add_test(tcase, rows_are_counted);
	tcase_add_test(tcase, all_is_there_after_opening_again);
	tcase_add_test(tcase, a_segment_is_imported_once);
	tcase_add_test(tcase, a_segment_without_rows_is_imported);
	tcase_add_test(tcase, days_and_policies_have_reports_of_their_own);
	tcase_add_test(tcase, records_are_bounded);
	tcase_add_test(tcase, records_are_bounded_within_a_segment);
	tcase_add_test(tcase, records_are_bounded_in_octets);
	tcase_add_test(tcase, policies_are_bounded);
	tcase_add_test(tcase, long_texts_are_kept);
	tcase_add_test(tcase, hostile_rows_are_imported);
	tcase_add_test(tcase, reports_are_filtered);
	tcase_add_test(tcase, pages_show_each_report_once);
	tcase_add_test(tcase, pages_of_what_changes);
	tcase_add_test(tcase, one_claims);
	tcase_add_test(tcase, late_rows_go_to_the_first_open_day);
	tcase_add_test(tcase, a_report_is_withheld);
	tcase_add_test(tcase, what_is_built_is_kept);
	tcase_add_test(tcase, only_what_is_claimed_is_built);
	tcase_add_test(tcase, a_report_is_done_when_all_is_final);
	tcase_add_test(tcase, deliveries_are_added);
	tcase_add_test(tcase, a_report_without_destinations_is_done);
	tcase_add_test(tcase, domains_become_known);
	tcase_add_test(tcase, suppressions);
	tcase_add_test(tcase, numbers);
	tcase_add_test(tcase, purge_by_time);
	tcase_add_test(tcase, purge_by_domain);
	tcase_add_test(tcase, purge_everything);
	tcase_add_test(tcase, one_may_send);
	tcase_add_test(tcase, the_dead_do_not_send);
	add_trouble(tcase);
	return tcase;
}

static Suite *
suite(void)
{
	Suite *suite = suite_create("store");
	TCase *sqlite = contract(&place_sqlite), *pgsql;

	add_sqlite_trouble(sqlite);
	suite_add_tcase(suite, sqlite);
	if (place_pgsql == NULL) {
		(void)puts("built without --with-pgsql: SQLite only");
		return suite;
	}
	pgsql = contract(place_pgsql);
	add_pgsql_trouble(pgsql);
	suite_add_tcase(suite, pgsql);
	return suite;
}

Suite *(*const wax_suites[])(void) = { suite, NULL };
