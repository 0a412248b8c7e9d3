/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The importer: whatever ends where, each row is in the store once.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/store/importer.h"
#include "milter/sys/clock.h"
#include "policy/base/text.h"
#include "tests/unit/store/bench.h"
#include "tests/unit/store/fake_store.h"
#include "tests/unit/store/suites.h"

#define MB (1024UL * 1024)
#define NOW 1764000000
#define ROW                                                              \
	"1764000000\t-\tdomain=d.example p=reject sp=quarantine np=none" \
	" adkim=s aspf=r t=y by=treewalk fo=1:d\tip=192.0.2.7"           \
	" disposition=none dkim=fail spf=fail header_from=d.example"     \
	" envelope_from=b.d.example mailfrom=b.d.example,softfail"

static const char *directory;
static struct wax_journal *journal;
static struct fake_store *fake;
static struct wax_store *store;
static struct wax_import_counts counts;
static struct wax_err err;

static void
begin(void)
{
	const struct wax_store_options options = { .url = WAX_STR("fake:") };

	directory = bench_begin();
	fake = fake_store_begin();
	ck_assert_int_eq(
	    wax_journal_open(
	        &(struct wax_journal_options){ directory, 8 * MB, 1000 },
	        &journal, &err),
	    WAX_OK);
	ck_assert_int_eq(wax_store_open(&options, &store, &err), WAX_OK);
}

static void
end(void)
{
	wax_journal_free(journal);
	bench_end();
}

/* Segments with so many rows each. */
static void
make_segments(size_t n, size_t rows)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < rows; j++)
			ck_assert(wax_journal_append(journal, WAX_STR(ROW)));
		wax_journal_close_segment(journal);
	}
}

static enum wax_status
pass(void)
{
	return wax_import_pass(directory, store, NOW, &counts, &err);
}

static void
check_pass(enum wax_status status, uint64_t segments, uint64_t rows,
    uint64_t damaged, uint64_t waiting)
{
	enum wax_status got = pass();

	ck_assert_msg(got == status, "%d: %s", got, err.text);
	ck_assert_uint_eq(counts.segments, segments);
	ck_assert_uint_eq(counts.rows, rows);
	ck_assert_uint_eq(counts.damaged, damaged);
	ck_assert_uint_eq(counts.waiting, waiting);
}

START_TEST(importer_pass)
{
	check_pass(WAX_OK, 0, 0, 0, 0);
	make_segments(3, 5);
	ck_assert(wax_journal_append(journal, WAX_STR(ROW)));
	check_pass(WAX_OK, 3, 15, 0, 0);
	ck_assert_uint_eq(fake->n_rows, 15);
	/* The open one is the journal's. */
	ck_assert_uint_eq(bench_files(directory, ""), 1);
	ck_assert_uint_eq(bench_files(directory, ".open"), 1);
	check_pass(WAX_OK, 0, 0, 0, 0);
	wax_journal_close_segment(journal);
	check_pass(WAX_OK, 1, 1, 0, 0);
	ck_assert_uint_eq(bench_files(directory, ""), 0);
	ck_assert_uint_eq(fake->n_rows, 16);
}
END_TEST

START_TEST(importer_no_directory)
{
	const char *none = wax_textf(bench_arena(), "%s/none", directory).p;

	ck_assert_int_eq(
	    wax_import_pass(none, store, NOW, &counts, &err), WAX_OK);
	ck_assert_uint_eq(counts.waiting, 0);
	none = wax_textf(bench_arena(), "%s/file", directory).p;
	bench_write(none, WAX_STR(""));
	ck_assert_int_eq(
	    wax_import_pass(none, store, NOW, &counts, &err), WAX_E_IO);
}
END_TEST

/* More than are listed at a time, the oldest first. */
START_TEST(importer_many)
{
	const char *path;
	uint8_t id[WAX_SEGMENT_ID_BYTES] = { 0 };
	char name[WAX_SEGMENT_NAME_BYTES];
	struct wax_segment_line line;
	const int n = 1500;

	ck_assert(wax_segment_line_make(bench_arena(), WAX_STR(ROW), &line));
	for (int i = 0; i < n; i++) {
		/* Names and times in no order. */
		int place = i * 7 % n;

		id[0] = (uint8_t)(place / 250);
		id[1] = (uint8_t)(place % 250);
		wax_segment_name_format(
		    name, NOW + place, id, WAX_SEGMENT_CLOSED);
		path = wax_textf(bench_arena(), "%s/%s", directory, name).p;
		bench_write(path, wax_segment_line_seal(&line, id, true));
	}
	check_pass(WAX_OK, (uint64_t)n, (uint64_t)n, 0, 0);
	ck_assert_uint_eq(fake->n_rows, n);
	ck_assert_uint_eq(bench_files(directory, ""), 0);
	for (int i = 0; i < n; i++)
		ck_assert_msg(
		    fake->id[i][0] * 250 + fake->id[i][1] == i, "%d", i);
}
END_TEST

/* --- crashes --------------------------------------------------------------- */

START_TEST(importer_store_fails)
{
	static const struct {
		const char *name;
		enum fake_trouble trouble;
		enum wax_status failure;
		size_t rows_then;
		uint64_t rows_later;
	} rows[] = {
		{ "away", FAKE_BEFORE, WAX_E_TEMP, 0, 6 },
		{ "not ours", FAKE_BEFORE, WAX_E_CONFIG, 0, 6 },
		{ "commit unknown, and it was", FAKE_AFTER, WAX_E_TEMP, 2, 4 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fake = fake_store_begin();
		make_segments(3, 2);
		fake->trouble = rows[i].trouble;
		fake->failure = rows[i].failure;
		check_pass(rows[i].failure, 0, 0, 0, 3);
		ck_assert_msg(strstr(err.text, "went away") != NULL, "%s: %s",
		    rows[i].name, err.text);
		ck_assert_uint_eq(fake->n_rows, rows[i].rows_then);
		ck_assert_uint_eq(bench_files(directory, ".done"), 3);
		check_pass(WAX_OK, 3, rows[i].rows_later, 0, 0);
		ck_assert_uint_eq(fake->n_rows, 6);
		ck_assert_uint_eq(bench_files(directory, ""), 0);
	}
}
END_TEST

/* Between the commit and unlink(). */
START_TEST(importer_dies)
{
	int status;
	pid_t child;

	make_segments(2, 3);
	fake->trouble = FAKE_DIE;
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)pass();
		_exit(1); /* it did not die */
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(bench_files(directory, ".done"), 2);
	ck_assert_uint_eq(fake->n_rows, 3);
	check_pass(WAX_OK, 2, 3, 0, 0);
	ck_assert_uint_eq(fake->n_rows, 6);
	ck_assert_uint_eq(bench_files(directory, ""), 0);
}
END_TEST

/* As long as it cannot be removed it is imported once. */
START_TEST(importer_unlink_fails)
{
	make_segments(2, 3);
	bench_fail(BENCH_UNLINK, 1, EROFS);
	check_pass(WAX_E_IO, 2, 6, 0, 1);
	ck_assert_msg(
	    strstr(err.text, "cannot remove") != NULL, "%s", err.text);
	bench_fail(BENCH_UNLINK, 1, EROFS);
	check_pass(WAX_E_IO, 1, 0, 0, 1);
	/* The other importer was faster. */
	bench_fail(BENCH_UNLINK, 1, ENOENT);
	check_pass(WAX_OK, 1, 0, 0, 0);
	check_pass(WAX_OK, 1, 0, 0, 0);
	ck_assert_uint_eq(fake->n_rows, 6);
}
END_TEST

/* --- damage ---------------------------------------------------------------- */

START_TEST(importer_damage)
{
	static const struct {
		const char *name;
		size_t at; /* which octet of 3 rows to change; 0: none */
		size_t keep;
		uint64_t segments, rows, damaged;
		bool is_aside;
	} rows[] = {
		{ "header", 20, SIZE_MAX, 1, 3, 1, false },
		{ "first row", 100, SIZE_MAX, 1, 2, 1, false },
		{ "last row torn", 0, 500, 1, 1, 0, false },
		{ "nothing but a torn row", 0, 200, 0, 0, 0, false },
		{ "header only", 0, 62, 0, 0, 0, false },
		{ "header torn", 0, 5, 0, 0, 0, false },
		{ "no octet", 0, 0, 0, 0, 0, false },
		{ "one row, and it is damaged", 100, 320, 0, 0, 1, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *path;
		struct wax_str contents;
		char *octets;

		fake = fake_store_begin();
		make_segments(1, 3);
		path = bench_only(directory, ".done");
		contents = bench_contents(path);
		octets = wax_alloc(bench_arena(), contents.n, 1);
		memcpy(octets, contents.p, contents.n);
		if (rows[i].at > 0)
			octets[rows[i].at] ^= 1;
		bench_write(
		    path, wax_str_head((struct wax_str){ octets, contents.n },
		              rows[i].keep));
		check_pass(
		    WAX_OK, rows[i].segments, rows[i].rows, rows[i].damaged, 0);
		ck_assert_msg(fake->n_rows == rows[i].rows, "%s", rows[i].name);
		ck_assert_msg(
		    bench_files(directory, ".damaged") == rows[i].is_aside,
		    "%s", rows[i].name);
		ck_assert_uint_eq(bench_files(directory, ""), rows[i].is_aside);
		/* Once. */
		check_pass(WAX_OK, 0, 0, 0, 0);
		if (rows[i].is_aside)
			ck_assert_int_eq(
			    unlink(bench_only(directory, ".damaged")), 0);
	}
}
END_TEST

/* A whole line that is no row of ours. */
START_TEST(importer_no_row)
{
	ck_assert(wax_journal_append(journal, WAX_STR("hello")));
	ck_assert(wax_journal_append(journal, WAX_STR(ROW)));
	wax_journal_close_segment(journal);
	check_pass(WAX_OK, 1, 1, 1, 0);
	ck_assert_uint_eq(bench_files(directory, ""), 0);
}
END_TEST

START_TEST(importer_not_a_segment)
{
	const char *path;
	struct wax_str contents;

	/* Of another version; the line is whole. */
	make_segments(1, 1);
	path = bench_only(directory, ".done");
	bench_write(path, WAX_STR("0badf00d 5 hello\n"));
	check_pass(WAX_OK, 0, 0, 1, 0);
	ck_assert_int_eq(unlink(bench_only(directory, ".damaged")), 0);
	/* Too large to be one. */
	make_segments(1, 1);
	path = bench_only(directory, ".done");
	contents = bench_contents(path);
	ck_assert_int_eq(truncate(path, WAX_SEGMENT_BYTES_MAX + 1), 0);
	check_pass(WAX_OK, 0, 0, 1, 0);
	ck_assert_int_eq(
	    truncate(bench_only(directory, ".damaged"), (off_t)contents.n), 0);
	ck_assert_int_eq(unlink(bench_only(directory, ".damaged")), 0);
	/* The largest that is read; the hole at its end is none of ours. */
	make_segments(1, 1);
	path = bench_only(directory, ".done");
	ck_assert_int_eq(truncate(path, WAX_SEGMENT_BYTES_MAX), 0);
	check_pass(WAX_OK, 1, 1, 0, 0);
	ck_assert_uint_eq(bench_files(directory, ""), 0);
	/* What cannot be read stays, and is in nobody's way. */
	path = wax_textf(bench_arena(),
	    "%s/00000000001-000102030405060708090a0b0cfdfeff.done", directory)
	           .p;
	ck_assert_int_eq(mkdir(path, 0700), 0);
	make_segments(1, 1);
	check_pass(WAX_E_IO, 1, 1, 0, 1);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* --- the thread ------------------------------------------------------------ */

/* Until something has happened; the test's time limit ends it else. */
#define WAIT_UNTIL(condition)       \
	while (!(condition)) {      \
		(void)usleep(1000); \
		bench_wait_ms(100); \
	}

START_TEST(importer_thread)
{
	const struct wax_importer_options options = {
		.directory = directory,
		.journal = journal,
		.store = { .url = WAX_STR("fake:") },
		.retain_rows_s = 1000,
	};
	struct wax_importer *importer;
	size_t opened;

	fake->open_failure = WAX_E_TEMP;
	fake->opened = 0;
	make_segments(2, 2);
	ck_assert(!wax_journal_append(journal, WAX_STR("two\nlines")));
	ck_assert(!wax_journal_append(journal, WAX_STR("two\nlines")));
	ck_assert_int_eq(wax_importer_start(&options, &importer, &err), WAX_OK);
	(void)usleep(10000);
	ck_assert_uint_eq(fake->opened, 0);
	ck_assert_uint_eq(bench_files(directory, ".done"), 2);
	/* It comes. */
	fake->open_failure = WAX_OK;
	WAIT_UNTIL(fake->last_imports > 0);
	ck_assert_uint_eq(fake->n_rows, 4);
	ck_assert_uint_eq(fake->opened, 1);
	ck_assert_int_eq(fake->lost, 2);
	ck_assert_int_ge(fake->last_loss, NOW);
	ck_assert_int_lt(fake->last_loss, NOW + 600);
	fake->last_loss = 0;
	ck_assert_int_eq(fake->waiting, 0);
	ck_assert_int_ge(fake->last_import, NOW);
	WAIT_UNTIL(fake->purged > 0);
	ck_assert_int_ge(fake->purged_before, NOW - 1000);
	ck_assert_int_lt(fake->purged_before, NOW - 1000 + 600);
	/* It goes away in the middle of something, and comes again. */
	fake->failure = WAX_E_TEMP;
	fake->trouble = FAKE_AFTER;
	make_segments(1, 5);
	WAIT_UNTIL(fake->closed > 0);
	WAIT_UNTIL(bench_files(directory, ".done") == 0);
	ck_assert_uint_eq(fake->n_rows, 9);
	opened = fake->opened;
	ck_assert_uint_eq(opened, 2);
	ck_assert_int_eq(fake->last_loss, 0);
	/* Damage and losses are told once. */
	ck_assert(wax_journal_append(journal, WAX_STR("hello")));
	ck_assert(wax_journal_append(journal, WAX_STR(ROW)));
	ck_assert(!wax_journal_append(journal, WAX_STR("two\nlines")));
	wax_journal_close_segment(journal);
	WAIT_UNTIL(fake->lost == 3 && fake->damaged == 1);
	ck_assert_int_ge(fake->last_loss, NOW);
	fake->last_loss = 0;
	/* A day later. */
	wax_importer_retain(importer, 500);
	bench_wait_ms(86400000);
	WAIT_UNTIL(fake->purged == 2);
	ck_assert_int_ge(fake->purged_before, NOW + 86400 - 500);
	ck_assert_int_eq(fake->lost, 3);
	ck_assert_int_eq(fake->damaged, 1);
	ck_assert_int_eq(fake->last_loss, 0);
	ck_assert_uint_eq(wax_importer_waiting(importer), 0);
	wax_importer_stop(importer);
	WAIT_UNTIL(fake->closed == 2);
	/* Until it has freed itself. */
	(void)usleep(10000);
}
END_TEST

Suite *
importer_suite(void)
{
	Suite *suite = suite_create("importer");
	TCase *tcase = tcase_create("importer");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, importer_pass);
	tcase_add_test(tcase, importer_no_directory);
	tcase_add_test(tcase, importer_many);
	tcase_add_test(tcase, importer_store_fails);
	tcase_add_test(tcase, importer_dies);
	tcase_add_test(tcase, importer_unlink_fails);
	tcase_add_test(tcase, importer_damage);
	tcase_add_test(tcase, importer_no_row);
	tcase_add_test(tcase, importer_not_a_segment);
	tcase_add_test(tcase, importer_thread);
	suite_add_tcase(suite, tcase);
	return suite;
}
