/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The form of segments. The checksums below were computed by zlib.
 */
#include <string.h>

#include "tests/unit/store/bench.h"
#include "tests/unit/store/suites.h"

static const uint8_t id[WAX_SEGMENT_ID_BYTES] = { 0x00, 0x01, 0x02, 0x03, 0x04,
	0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0xfd, 0xfe, 0xff };

#define ID_TEXT "000102030405060708090a0b0cfdfeff"
#define HEADER "6e2cc3c8 50 sealwax-journal 1 " ID_TEXT "\n"
#define ROW "676fb414 9 a row\tof\\\n"
#define EMPTY_ROW "04edd033 0 \n"
#define OTHER_VERSION "390eef9a 50 sealwax-journal 2 " ID_TEXT "\n"
#define OTHER_ID \
	"eb225b55 50 sealwax-journal 1 ff0102030405060708090a0b0cfdfeff\n"
#define NO_HEADER "db72a03f 5 hello\n"
#define WRONG_LENGTH "09e3af55 8 a row\tof\\\n"

static struct wax_arena *arena;

static void
begin(void)
{
	arena = wax_arena_new("test", 0);
}

static void
end(void)
{
	wax_arena_free(arena);
}

START_TEST(segment_line)
{
	struct wax_segment_line line;

	ck_assert(
	    wax_segment_line_make(arena, wax_exact("a row\tof\\"), &line));
	ck_assert_wax_str_eq(
	    wax_segment_line_seal(&line, id, true), HEADER ROW);
	ck_assert_wax_str_eq(wax_segment_line_seal(&line, id, false), ROW);
	ck_assert_wax_str_eq(
	    wax_segment_line_seal(&line, id, true), HEADER ROW);
	ck_assert(wax_segment_line_make(arena, wax_exact(""), &line));
	ck_assert_wax_str_eq(
	    wax_segment_line_seal(&line, id, false), EMPTY_ROW);
}
END_TEST

START_TEST(segment_line_refused)
{
	struct wax_segment_line line;
	char *p = wax_alloc(arena, WAX_SEGMENT_ROW_MAX + 1, 1);

	ck_assert(!wax_segment_line_make(arena, wax_exact("a\nb"), &line));
	ck_assert(!wax_segment_line_make(arena, wax_exact("\n"), &line));
	memset(p, 'x', WAX_SEGMENT_ROW_MAX + 1);
	ck_assert(wax_segment_line_make(
	    arena, (struct wax_str){ p, WAX_SEGMENT_ROW_MAX }, &line));
	ck_assert(!wax_segment_line_make(
	    arena, (struct wax_str){ p, WAX_SEGMENT_ROW_MAX + 1 }, &line));
}
END_TEST

START_TEST(segment_name)
{
	static const struct {
		const char *name;
		int64_t time;
		enum wax_segment_state state;
	} rows[] = {
		{ "01764000000-" ID_TEXT ".open", 1764000000,
		    WAX_SEGMENT_OPEN },
		{ "00000000000-" ID_TEXT ".done", 0, WAX_SEGMENT_CLOSED },
		{ "99999999999-" ID_TEXT ".damaged", 99999999999,
		    WAX_SEGMENT_DAMAGED },
	};
	static const char *const wrong[] = { "", ".", "..", "sealwax.db",
		"01764000000-" ID_TEXT, "01764000000-" ID_TEXT ".tmp",
		"01764000000-" ID_TEXT ".open.done",
		"1764000000-" ID_TEXT ".open", "0176400000x-" ID_TEXT ".open",
		"-1764000000-" ID_TEXT ".open", "01764000000_" ID_TEXT ".open",
		"01764000000-g00102030405060708090a0b0cfdfeff.open",
		"01764000000-000102030405060708090A0B0CFDFEFF.open",
		"01764000000-000102030405060708090a0b0cfdfef.open",
		"01764000000-000102030405060708090a0b0cfdfeff0.open" };
	char name[WAX_SEGMENT_NAME_BYTES];
	uint8_t got[WAX_SEGMENT_ID_BYTES];
	enum wax_segment_state state;
	int64_t time;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		wax_segment_name_format(name, rows[i].time, id, rows[i].state);
		ck_assert_str_eq(name, rows[i].name);
		ck_assert(wax_segment_name_parse(
		    wax_exact_n(name, strlen(name) + 1).p, &time, got, &state));
		ck_assert_int_eq(time, rows[i].time);
		ck_assert_int_eq(state, rows[i].state);
		ck_assert_mem_eq(got, id, sizeof id);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_msg(!wax_segment_name_parse(
		                  wax_exact_n(wrong[i], strlen(wrong[i]) + 1).p,
		                  &time, got, &state),
		    "%s", wrong[i]);
}
END_TEST

#define S(literal) WAX_STR_INIT(literal)

START_TEST(segment_read)
{
	static const struct {
		const char *name;
		struct wax_str contents;
		size_t n, n_damaged, first_damaged;
		bool is_torn;
	} rows[] = {
		{ "nothing", S(""), 0, 0, 0, false },
		{ "no rows", S(HEADER), 0, 0, 0, false },
		{ "two rows", S(HEADER ROW EMPTY_ROW), 2, 0, 0, false },
		{ "torn row", S(HEADER ROW "12345678 200 ab"), 1, 0, 0, true },
		{ "torn header", S("6e2cc3c8 50 sealw"), 0, 0, 0, true },
		{ "row without its end only",
		    S(HEADER ROW "676fb414 9 a row\tof\\"), 1, 0, 0, true },
		{ "damaged row", S(HEADER "12345678 9 a row\tof\\\n" ROW), 1, 1,
		    2, false },
		{ "row with a changed letter",
		    S(HEADER ROW "676fb414 9 a rov\tof\\\n" ROW), 2, 1, 3,
		    false },
		{ "row of another segment",
		    S(HEADER "59df7db8 9 a row\tof\\\n"), 0, 1, 2, false },
		{ "wrong length", S(HEADER WRONG_LENGTH ROW), 1, 1, 2, false },
		{ "damaged header",
		    S("6e2cc3c0 50 sealwax-journal 1 " ID_TEXT "\n" ROW ROW), 2,
		    1, 1, false },
		{ "no line at all", S("\n\n\n"), 0, 3, 1, false },
		{ "short lines", S(HEADER "1234567\n12345678\n12345678 \n"), 0,
		    3, 2, false },
		{ "hole at the end", S(HEADER ROW "\0\0\0\0"), 1, 0, 0, false },
		{ "hole between", S(HEADER ROW "\0\0\0\0" ROW), 2, 0, 0,
		    false },
		{ "hole in a row", S(HEADER ROW "676fb414 9 \0\0\0\0" ROW), 1,
		    1, 3, false },
		{ "the header again is a row", S(HEADER HEADER), 1, 0, 0,
		    false },
	};
	struct wax_segment_rows got;
	struct wax_err err;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *name = rows[i].name;

		ck_assert_msg(
		    wax_segment_read(arena, id,
		        wax_exact_n(rows[i].contents.p, rows[i].contents.n),
		        &got, &err) == WAX_OK,
		    "%s: %s", name, err.text);
		ck_assert_msg(got.n == rows[i].n, "%s: %zu", name, got.n);
		ck_assert_msg(got.n_damaged == rows[i].n_damaged, "%s: %zu",
		    name, got.n_damaged);
		ck_assert_msg(got.first_damaged == rows[i].first_damaged,
		    "%s: %zu", name, got.first_damaged);
		ck_assert_msg(got.is_torn == rows[i].is_torn, "%s", name);
		if (got.n > 0 && strcmp(name, "the header again is a row") != 0)
			ck_assert_wax_str_eq(got.row[0], "a row\tof\\");
	}
}
END_TEST

START_TEST(segment_read_refused)
{
	static const struct {
		const char *contents, *why;
	} rows[] = {
		{ OTHER_VERSION ROW, "its version is 2, and we know 1 only" },
		{ OTHER_ID ROW, "it has two ids" },
		{ NO_HEADER ROW, "its first line is not that of a segment" },
	};
	struct wax_segment_rows got;
	struct wax_err err;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_int_eq(wax_segment_read(arena, id,
		                     wax_exact(rows[i].contents), &got, &err),
		    WAX_E_SYNTAX);
		ck_assert_str_eq(err.text, rows[i].why);
	}
}
END_TEST

Suite *
segment_suite(void)
{
	Suite *suite = suite_create("segment");
	TCase *tcase = tcase_create("segment");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, segment_line);
	tcase_add_test(tcase, segment_line_refused);
	tcase_add_test(tcase, segment_name);
	tcase_add_test(tcase, segment_read);
	tcase_add_test(tcase, segment_read_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
