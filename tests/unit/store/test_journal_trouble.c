/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal where the disk does not do what it is asked to. What ends a
 * process, or binds it, is done in a child.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/store/journal.h"
#include "policy/base/text.h"
#include "tests/unit/store/bench.h"
#include "tests/unit/store/suites.h"

#define MB (1024UL * 1024)

static const char *directory;
static struct wax_journal *journal;

static enum wax_status
try_open(struct wax_err *err)
{
	const struct wax_journal_options options = { directory, 8 * MB, 1000 };

	return wax_journal_open(&options, &journal, err);
}

static void
begin(void)
{
	struct wax_err err;

	directory = bench_begin();
	ck_assert_msg(try_open(&err) == WAX_OK, "%s", err.text);
}

static void
end(void)
{
	wax_journal_free(journal);
	bench_end();
}

static void
check_counts(uint64_t rows, uint64_t lost)
{
	struct wax_journal_counts counts = wax_journal_counts(journal);

	ck_assert_uint_eq(counts.rows, rows);
	ck_assert_uint_eq(counts.lost, lost);
}

/* Rows "a short row 00"... while files may be so large only; what is more is
 * a short write. How many were kept. Nothing is asserted meanwhile, for Check
 * writes to a file, too. */
static int
append_limited(rlim_t bytes, int n)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	char text[32];
	int kept = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return -1;
	for (int i = 0; i < n; i++) {
		int length = snprintf(text, sizeof text, "a short row %02d", i);

		kept += wax_journal_append(
		    journal, (struct wax_str){ text, (size_t)length });
	}
	(void)setrlimit(RLIMIT_FSIZE, &none);
	return kept;
}

/* Torn lines are cut back, and their rows are in the next segment. */
START_TEST(trouble_short_write)
{
	struct wax_segment_rows rows;
	char text[32];

	ck_assert_int_eq(append_limited(1000, 100), 100);
	check_counts(100, 0);
	wax_journal_close_segment(journal);
	ck_assert_uint_eq(bench_files(directory, ".open"), 0);
	ck_assert_uint_ge(bench_files(directory, ".done"), 3);
	rows = bench_rows(directory);
	ck_assert_uint_eq(rows.n, 100);
	ck_assert(!rows.is_torn);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof text, "a short row %02d", i);
		ck_assert_wax_str_eq(rows.row[i], text);
	}
}
END_TEST

/* No room for any row: each is counted, and no file is left. */
START_TEST(trouble_disk_full)
{
	ck_assert_int_eq(append_limited(10, 5), 0);
	check_counts(0, 5);
	/* The first one tried two segments; the others did not ask. */
	ck_assert_uint_eq(bench_files(directory, ".open"), 2);
	(void)wax_journal_tick(journal);
	ck_assert_uint_eq(bench_files(directory, ""), 0);
	ck_assert(!wax_journal_append(journal, wax_exact("too early")));
	bench_wait_ms(1000);
	ck_assert(wax_journal_append(journal, wax_exact("row")));
	check_counts(1, 6);
	ck_assert_uint_eq(bench_rows(directory).n, 1);
}
END_TEST

/* Rows of before are kept when the disk gets full. */
START_TEST(trouble_disk_gets_full)
{
	ck_assert(wax_journal_append(journal, wax_exact("first")));
	/* Less than a first line and a row need. */
	ck_assert_int_eq(append_limited(80, 1), 0);
	check_counts(1, 1);
	(void)wax_journal_tick(journal);
	ck_assert_uint_eq(bench_files(directory, ""), 1);
	ck_assert_uint_eq(bench_files(directory, ".done"), 1);
	ck_assert_uint_eq(bench_rows(directory).n, 1);
}
END_TEST

/* One failure of anything loses no row. */
START_TEST(trouble_once)
{
	bench_fail(BENCH_GETRANDOM, 1, EIO);
	ck_assert(wax_journal_append(journal, wax_exact("row")));
	check_counts(1, 0);
	bench_fail(BENCH_GETRANDOM, 100, EIO);
	ck_assert(wax_journal_append(journal, wax_exact("row")));
	wax_journal_close_segment(journal);
	ck_assert(!wax_journal_append(journal, wax_exact("row")));
	check_counts(2, 1);
}
END_TEST

START_TEST(trouble_sync)
{
	bench_fail(BENCH_FDATASYNC, 1, EIO);
	ck_assert(wax_journal_append(journal, wax_exact("one")));
	bench_wait_ms(1000);
	(void)wax_journal_tick(journal);
	/* The row is there; it is not asked again, and nothing more is
	 * written behind it. */
	ck_assert_uint_eq(wax_journal_counts(journal).unsynced, 1);
	ck_assert_uint_eq(bench_files(directory, ".done"), 1);
	ck_assert_uint_eq(bench_synced(), 0);
	ck_assert(wax_journal_append(journal, wax_exact("two")));
	wax_journal_close_segment(journal);
	ck_assert_uint_eq(wax_journal_counts(journal).unsynced, 1);
	ck_assert_uint_eq(bench_synced(), 1);
	ck_assert_uint_eq(bench_rows(directory).n, 2);
	check_counts(2, 0);
}
END_TEST

START_TEST(trouble_rename)
{
	bench_fail(BENCH_RENAME, 2, EROFS);
	ck_assert(wax_journal_append(journal, wax_exact("one")));
	wax_journal_close_segment(journal);
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	ck_assert(wax_journal_append(journal, wax_exact("two")));
	wax_journal_close_segment(journal);
	/* That failed for the first, and not for the second any more. */
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	ck_assert(wax_journal_append(journal, wax_exact("three")));
	(void)wax_journal_tick(journal);
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	ck_assert_uint_eq(bench_files(directory, ".done"), 2);
	ck_assert_uint_eq(bench_rows(directory).n, 3);
	check_counts(3, 0);
	/* Each once. */
	ck_assert_uint_eq(bench_synced(), 3);
	/* The octets are still right. */
	wax_journal_close_segment(journal);
	bench_wait_ms(10000);
	{
		uint64_t before = wax_journal_counts(journal).bytes;

		(void)wax_journal_tick(journal);
		ck_assert_uint_eq(wax_journal_counts(journal).bytes, before);
	}
}
END_TEST

/* Somebody removes the directory, and all that is in it. */
START_TEST(trouble_directory_vanishes)
{
	const char *path;

	ck_assert(wax_journal_append(journal, wax_exact("one")));
	ck_assert(wax_journal_append(journal, wax_exact("two")));
	path = bench_only(directory, ".open");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert(wax_journal_append(journal, wax_exact("three")));
	/* Noticed with the next sync; lost is lost, and counted. */
	bench_wait_ms(1000);
	(void)wax_journal_tick(journal);
	check_counts(0, 3);
	ck_assert(wax_journal_append(journal, wax_exact("four")));
	check_counts(1, 3);
	ck_assert_uint_eq(bench_rows(directory).n, 1);
}
END_TEST

/* A file in its place, until it comes back. */
START_TEST(trouble_directory_replaced)
{
	const char *elsewhere =
	    wax_textf(bench_arena(), "%s.away", directory).p;

	ck_assert(wax_journal_append(journal, wax_exact("one")));
	wax_journal_close_segment(journal);
	ck_assert_int_eq(rename(directory, elsewhere), 0);
	bench_write(directory, WAX_STR(""));
	for (int i = 0; i < 3; i++)
		ck_assert(!wax_journal_append(journal, wax_exact("x")));
	(void)wax_journal_tick(journal);
	wax_journal_close_segment(journal);
	ck_assert_int_eq(unlink(directory), 0);
	ck_assert_int_eq(rename(elsewhere, directory), 0);
	bench_wait_ms(1000);
	ck_assert(wax_journal_append(journal, wax_exact("two")));
	check_counts(2, 3);
	ck_assert_uint_eq(bench_rows(directory).n, 2);
}
END_TEST

/* --- open ------------------------------------------------------------------ */

START_TEST(trouble_open_file_in_its_place)
{
	struct wax_err err;

	wax_journal_free(journal);
	journal = NULL;
	ck_assert_int_eq(rmdir(directory), 0);
	bench_write(directory, WAX_STR(""));
	ck_assert_int_eq(try_open(&err), WAX_E_IO);
	ck_assert_msg(
	    strstr(err.text, "Not a directory") != NULL, "%s", err.text);
	ck_assert_int_eq(unlink(directory), 0);
}
END_TEST

START_TEST(trouble_open_no_state_directory)
{
	struct wax_err err;
	const char *there = directory;

	wax_journal_free(journal);
	journal = NULL;
	directory = wax_textf(bench_arena(), "%s/not/there", there).p;
	ck_assert_int_eq(try_open(&err), WAX_E_IO);
	ck_assert_msg(strstr(err.text, "No such file") != NULL, "%s", err.text);
}
END_TEST

/* Everything is forbidden but to read. */
START_TEST(trouble_open_forbidden)
{
	int status;
	pid_t child;

	ck_assert_int_eq(chmod(directory, 0555), 0);
	ck_assert_int_eq(
	    chmod(wax_textf(bench_arena(), "%s/..", directory).p, 0755), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct wax_err err;

		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(2);
		_exit(try_open(&err) == WAX_E_IO &&
		              strstr(err.text, "cannot be written") != NULL
		          ? 0
		          : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(chmod(directory, 0755), 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* A disk that is full at the start is no reason not to start. */
START_TEST(trouble_open_disk_full)
{
	struct wax_err err;

	wax_journal_free(journal);
	journal = NULL;
	ck_assert_int_eq(rmdir(directory), 0);
	bench_fail(BENCH_MKDIR, 1, ENOSPC);
	ck_assert_msg(try_open(&err) == WAX_OK, "%s", err.text);
	ck_assert(wax_journal_append(journal, wax_exact("row")));
	check_counts(1, 0);
}
END_TEST

Suite *
journal_trouble_suite(void)
{
	Suite *suite = suite_create("journal_trouble");
	TCase *tcase = tcase_create("journal_trouble");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, trouble_short_write);
	tcase_add_test(tcase, trouble_disk_full);
	tcase_add_test(tcase, trouble_disk_gets_full);
	tcase_add_test(tcase, trouble_once);
	tcase_add_test(tcase, trouble_sync);
	tcase_add_test(tcase, trouble_rename);
	tcase_add_test(tcase, trouble_directory_vanishes);
	tcase_add_test(tcase, trouble_directory_replaced);
	tcase_add_test(tcase, trouble_open_file_in_its_place);
	tcase_add_test(tcase, trouble_open_no_state_directory);
	tcase_add_test(tcase, trouble_open_forbidden);
	tcase_add_test(tcase, trouble_open_disk_full);
	suite_add_tcase(suite, tcase);
	return suite;
}
