/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal where all goes well: rows, segments, threads.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/store/journal.h"
#include "policy/base/text.h"
#include "tests/unit/store/bench.h"
#include "tests/unit/store/suites.h"

#define MB (1024UL * 1024)

static const char *directory;

static void
begin(void)
{
	directory = bench_begin();
}

static struct wax_journal *
open_journal(uint64_t quota, unsigned sync_ms)
{
	const struct wax_journal_options options = { directory, quota,
		sync_ms };
	struct wax_journal *journal;
	struct wax_err err;

	ck_assert_msg(wax_journal_open(&options, &journal, &err) == WAX_OK,
	    "%s", err.text);
	return journal;
}

START_TEST(journal_rows)
{
	struct wax_journal *journal = open_journal(8 * MB, 1000);
	struct wax_segment_rows rows;
	struct wax_journal_counts counts;

	ck_assert(wax_journal_append(journal, wax_exact("b")));
	ck_assert(wax_journal_append(journal, wax_exact("a")));
	ck_assert_uint_eq(bench_files(directory, ""), 1);
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	rows = bench_rows(directory);
	ck_assert_uint_eq(rows.n, 2);
	ck_assert_wax_str_eq(rows.row[0], "a");
	ck_assert_wax_str_eq(rows.row[1], "b");
	wax_journal_close_segment(journal);
	ck_assert_uint_eq(bench_files(directory, ".open"), 0);
	ck_assert_uint_eq(bench_files(directory, ".done"), 1);
	ck_assert(wax_journal_append(journal, wax_exact("c")));
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	counts = wax_journal_counts(journal);
	ck_assert_uint_eq(counts.rows, 3);
	ck_assert_uint_eq(counts.lost, 0);
	ck_assert_uint_eq(counts.unsynced, 0);
	wax_journal_free(journal);
	ck_assert_uint_eq(bench_files(directory, ".done"), 2);
	ck_assert_uint_eq(bench_rows(directory).n, 3);
}
END_TEST

START_TEST(journal_no_row_no_file)
{
	struct wax_journal *journal = open_journal(8 * MB, 1000);

	for (int i = 0; i < 5; i++) {
		bench_wait_ms(WAX_JOURNAL_AGE_MS);
		(void)wax_journal_tick(journal);
	}
	wax_journal_close_segment(journal);
	ck_assert_uint_eq(bench_files(directory, ""), 0);
	ck_assert_uint_eq(bench_synced(), 0);
	wax_journal_free(journal);
	ck_assert_uint_eq(bench_files(directory, ""), 0);
	wax_journal_free(NULL);
}
END_TEST

START_TEST(journal_closes_by_age)
{
	struct wax_journal *journal = open_journal(8 * MB, 1000);

	ck_assert(wax_journal_append(journal, wax_exact("row")));
	bench_wait_ms(WAX_JOURNAL_AGE_MS - 100);
	(void)wax_journal_tick(journal);
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	bench_wait_ms(100);
	(void)wax_journal_tick(journal);
	ck_assert_uint_eq(bench_files(directory, ".open"), 0);
	ck_assert_uint_eq(bench_files(directory, ".done"), 1);
	wax_journal_free(journal);
}
END_TEST

START_TEST(journal_closes_by_size)
{
	struct wax_journal *journal = open_journal(8 * MB, 1000);
	char *p = wax_alloc(bench_arena(), MB, 1);
	struct wax_str tenth = { p, MB / 10 };

	memset(p, 'x', MB);
	for (int i = 0; i < 10; i++)
		ck_assert(wax_journal_append(journal, tenth));
	/* The eleventh row is in another one. */
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	ck_assert(wax_journal_append(journal, tenth));
	ck_assert_uint_eq(bench_files(directory, ".open"), 2);
	(void)wax_journal_tick(journal);
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	ck_assert_uint_eq(bench_files(directory, ".done"), 1);
	/* The largest row there can be. */
	ck_assert(wax_journal_append(
	    journal, (struct wax_str){ p, WAX_SEGMENT_ROW_MAX }));
	wax_journal_free(journal);
	ck_assert_uint_eq(bench_rows(directory).n, 12);
}
END_TEST

START_TEST(journal_row_refused)
{
	struct wax_journal *journal = open_journal(8 * MB, 1000);
	char *p = wax_alloc(bench_arena(), WAX_SEGMENT_ROW_MAX + 1, 1);
	struct wax_journal_counts counts;

	ck_assert(!wax_journal_append(journal, wax_exact("two\nlines")));
	ck_assert(!wax_journal_append(
	    journal, (struct wax_str){ p, WAX_SEGMENT_ROW_MAX + 1 }));
	ck_assert(wax_journal_append(journal, wax_exact("one line")));
	counts = wax_journal_counts(journal);
	ck_assert_uint_eq(counts.rows, 1);
	ck_assert_uint_eq(counts.lost, 2);
	wax_journal_free(journal);
	ck_assert_uint_eq(bench_rows(directory).n, 1);
}
END_TEST

START_TEST(journal_sync)
{
	static const struct {
		unsigned sync_ms;
		int tick_ms;
		unsigned after_rows, early, late;
	} rows[] = {
		/* always: each row, and there is nothing left to do */
		{ 0, 1000, 3, 3, 3 },
		{ 100, 100, 0, 0, 1 },
		{ 1000, 1000, 0, 0, 1 },
		{ 60000, 1000, 0, 0, 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wax_journal *journal =
		    open_journal(8 * MB, rows[i].sync_ms);
		unsigned before = bench_synced();

		bench_wait_ms(120000);
		for (int j = 0; j < 3; j++)
			ck_assert(wax_journal_append(journal, wax_exact("x")));
		ck_assert_uint_eq(bench_synced() - before, rows[i].after_rows);
		ck_assert_int_eq(wax_journal_tick(journal), rows[i].tick_ms);
		ck_assert_uint_eq(bench_synced() - before, rows[i].late);
		/* Nothing is new. */
		bench_wait_ms(rows[i].sync_ms);
		if (rows[i].sync_ms < WAX_JOURNAL_AGE_MS)
			(void)wax_journal_tick(journal);
		ck_assert_uint_eq(bench_synced() - before, rows[i].late);
		wax_journal_free(journal);
		/* It was synced already. */
		ck_assert_uint_eq(bench_synced() - before, rows[i].late);
	}
}
END_TEST

/* Rows that come all the time are synced no more often than asked. */
START_TEST(journal_sync_not_too_often)
{
	struct wax_journal *journal = open_journal(8 * MB, 5000);

	ck_assert(wax_journal_append(journal, wax_exact("x")));
	(void)wax_journal_tick(journal);
	for (int second = 1; second <= 9; second++) {
		ck_assert(wax_journal_append(journal, wax_exact("x")));
		bench_wait_ms(1000);
		(void)wax_journal_tick(journal);
		ck_assert_uint_eq(bench_synced(), second < 5 ? 1 : 2);
	}
	wax_journal_free(journal);
	ck_assert_uint_eq(bench_synced(), 3);
}
END_TEST

/* What a process that was killed left. */
START_TEST(journal_of_a_dead_process)
{
	struct wax_journal *journal;
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		journal = open_journal(8 * MB, 1000);
		if (wax_journal_append(journal, wax_exact("one")) &&
		    wax_journal_append(journal, wax_exact("two")))
			_exit(0);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	/* And one that was killed before its first row was written. */
	bench_write(wax_textf(bench_arena(),
	                "%s/01764000000-000102030405060708090a0b0c0d0e0f"
	                ".open",
	                directory)
	                .p,
	    WAX_STR(""));
	ck_assert_uint_eq(bench_files(directory, ".open"), 2);
	journal = open_journal(8 * MB, 1000);
	ck_assert_uint_eq(bench_files(directory, ""), 1);
	ck_assert_uint_eq(bench_files(directory, ".done"), 1);
	ck_assert_uint_eq(bench_rows(directory).n, 2);
	ck_assert_uint_eq(wax_journal_counts(journal).bytes,
	    bench_contents(bench_only(directory, ".done")).n);
	wax_journal_free(journal);
}
END_TEST

START_TEST(journal_quota)
{
	struct wax_journal *journal;
	struct wax_journal_counts counts;
	struct wax_str row = wax_exact("0123456789012345678901234567890123456"
	                               "789012345678901234567890123456789012");
	const char *foreign;
	uint64_t n = 0;

	wax_journal_free(open_journal(4096, 1000));
	/* What is there counts, whatever it is. */
	foreign = wax_textf(bench_arena(), "%s/x.damaged", directory).p;
	bench_write(foreign,
	    (struct wax_str){ wax_alloc(bench_arena(), 1000, 1), 1000 });
	journal = open_journal(4096, 1000);
	ck_assert_uint_eq(wax_journal_counts(journal).bytes, 1000);
	while (n < 1000 && wax_journal_append(journal, row)) {
		n++;
		if (n % 10 == 0)
			wax_journal_close_segment(journal);
	}
	ck_assert_uint_gt(n, 20);
	ck_assert_uint_lt(n, 40);
	ck_assert(!wax_journal_append(journal, row));
	counts = wax_journal_counts(journal);
	ck_assert_uint_eq(counts.rows, n);
	ck_assert_uint_eq(counts.lost, 2);
	ck_assert_uint_le(counts.bytes, 4096);
	ck_assert_uint_gt(counts.bytes, 3900);
	/* The oldest are kept: nothing was removed to make room. */
	ck_assert_uint_eq(bench_rows(directory).n, n);
	/* An importer takes them away, and that is noticed. */
	wax_journal_close_segment(journal);
	(void)wax_journal_tick(journal);
	ck_assert_uint_eq(wax_journal_counts(journal).bytes, counts.bytes);
	ck_assert_int_eq(unlink(foreign), 0);
	(void)wax_journal_tick(journal);
	ck_assert_uint_eq(
	    wax_journal_counts(journal).bytes, counts.bytes - 1000);
	ck_assert(wax_journal_append(journal, row));
	ck_assert_uint_eq(wax_journal_counts(journal).lost, 2);
	wax_journal_free(journal);
}
END_TEST

/* --- threads --------------------------------------------------------------- */

#define THREADS 8

struct writer {
	struct wax_journal *journal;
	unsigned number;
	unsigned n;
	unsigned kept;
	pthread_t thread;
};

static void *
write_rows(void *arg)
{
	struct writer *writer = arg;
	char text[32];

	for (unsigned i = 0; i < writer->n; i++) {
		int n =
		    snprintf(text, sizeof text, "%02u %04u", writer->number, i);

		writer->kept += wax_journal_append(
		    writer->journal, (struct wax_str){ text, (size_t)n });
		if (i % 100 == writer->number)
			wax_journal_close_segment(writer->journal);
	}
	return NULL;
}

/* All rows are there, each once, while segments get closed all the time. */
static void
all_at_once(unsigned sync_ms, unsigned n)
{
	struct wax_journal *journal = open_journal(8 * MB, sync_ms);
	struct writer writer[THREADS] = { { .number = 0 } };
	struct wax_segment_rows rows;
	struct wax_err err;
	char text[32];

	ck_assert_int_eq(wax_journal_start(journal, &err), WAX_OK);
	for (unsigned i = 0; i < THREADS; i++) {
		writer[i].journal = journal;
		writer[i].number = i;
		writer[i].n = n;
		ck_assert_int_eq(pthread_create(&writer[i].thread, NULL,
		                     write_rows, &writer[i]),
		    0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(writer[i].thread, NULL), 0);
		ck_assert_uint_eq(writer[i].kept, n);
	}
	ck_assert_uint_eq(wax_journal_counts(journal).rows, THREADS * n);
	ck_assert_uint_eq(wax_journal_counts(journal).lost, 0);
	wax_journal_free(journal);
	ck_assert_uint_eq(bench_files(directory, ".open"), 0);
	rows = bench_rows(directory);
	ck_assert_uint_eq(rows.n, THREADS * n);
	for (unsigned i = 0; i < rows.n; i++) {
		(void)snprintf(text, sizeof text, "%02u %04u", i / n, i % n);
		ck_assert_wax_str_eq(rows.row[i], text);
	}
}

START_TEST(journal_threads)
{
	all_at_once(100, 1000);
}
END_TEST

START_TEST(journal_threads_always)
{
	all_at_once(0, 100);
}
END_TEST

Suite *
journal_suite(void)
{
	Suite *suite = suite_create("journal");
	TCase *tcase = tcase_create("journal");

	tcase_add_checked_fixture(tcase, begin, bench_end);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, journal_rows);
	tcase_add_test(tcase, journal_no_row_no_file);
	tcase_add_test(tcase, journal_closes_by_age);
	tcase_add_test(tcase, journal_closes_by_size);
	tcase_add_test(tcase, journal_row_refused);
	tcase_add_test(tcase, journal_sync);
	tcase_add_test(tcase, journal_sync_not_too_often);
	tcase_add_test(tcase, journal_of_a_dead_process);
	tcase_add_test(tcase, journal_quota);
	tcase_add_test(tcase, journal_threads);
	tcase_add_test(tcase, journal_threads_always);
	suite_add_tcase(suite, tcase);
	return suite;
}

Suite *(*const wax_suites[])(void) = { segment_suite, journal_suite,
	journal_trouble_suite, importer_suite, NULL };
