/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/field.h"
#include "tests/unit/mail/suites.h"

static struct wax_field_list list;

static void
append(const char *name, const char *raw)
{
	wax_field_append(&list, wax_exact(name), wax_exact(raw));
}

START_TEST(test_append_copies_and_counts)
{
	char name[] = "Subject", raw[] = " hello";

	wax_field_list_init(&list, mail_arena);
	wax_field_append(
	    &list, (struct wax_str){ name, 7 }, (struct wax_str){ raw, 6 });
	name[0] = raw[1] = 'X';
	append("SUBJECT", "");
	append("From", " a@b");
	append("subject \t", " c");
	append("Subject2", "");
	append("from ", "");
	ck_assert_uint_eq(list.fields.n, 6);
	ck_assert_uint_eq(list.bytes, 7 + 6 + 7 + 4 + 4 + 9 + 2 + 8 + 5);
	ck_assert_wax_str_eq(list.fields.v[0].name, "Subject");
	ck_assert_wax_str_eq(list.fields.v[0].raw, " hello");
	ck_assert_wax_str_eq(list.fields.v[3].name, "subject \t");
	ck_assert_uint_eq(list.fields.v[0].index, 1);
	ck_assert_uint_eq(list.fields.v[1].index, 2);
	ck_assert_uint_eq(list.fields.v[2].index, 1);
	ck_assert_uint_eq(list.fields.v[3].index, 3);
	ck_assert_uint_eq(list.fields.v[4].index, 1);
	ck_assert_uint_eq(list.fields.v[5].index, 2);
}
END_TEST

/* Twice as many as max-fields lets through: the table has to grow, and the
 * test ends long before Check's time is up. */
START_TEST(test_append_many_names)
{
	const size_t n = 2 * WAX_FIELDS_DEFAULT;

	wax_field_list_init(&list, mail_arena);
	for (size_t round = 1; round <= 2; round++)
		for (size_t i = 0; i < n; i++)
			wax_field_append(&list,
			    wax_textf(
			        mail_arena, round == 1 ? "X-%zu" : "x-%zu", i),
			    WAX_STR(""));
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(list.fields.v[i].index, 1);
		ck_assert_uint_eq(list.fields.v[n + i].index, 2);
	}
}
END_TEST

/* Two words that FNV-1a cannot tell apart. */
START_TEST(test_append_same_hash)
{
	wax_field_list_init(&list, mail_arena);
	append("costarring", "");
	append("liquid", "");
	append("Liquid", "");
	append("Costarring", "");
	append("liquid", "");
	ck_assert_uint_eq(list.fields.v[0].index, 1);
	ck_assert_uint_eq(list.fields.v[1].index, 1);
	ck_assert_uint_eq(list.fields.v[2].index, 2);
	ck_assert_uint_eq(list.fields.v[3].index, 2);
	ck_assert_uint_eq(list.fields.v[4].index, 3);
}
END_TEST

START_TEST(test_append_keeps_nul)
{
	struct wax_str with_nul = WAX_STR("a\0b");

	wax_field_list_init(&list, mail_arena);
	wax_field_append(&list, with_nul, with_nul);
	ck_assert(wax_str_eq(list.fields.v[0].name, with_nul));
	ck_assert(wax_str_eq(list.fields.v[0].raw, with_nul));
}
END_TEST

static const struct {
	const char *field, *name;
	bool same;
} names[] = {
	{ "From", "From", true },
	{ "fROM", "From", true },
	{ "From ", "From", true },
	{ "From \t ", "from", true },
	{ "From", "From ", true },
	{ " From", "From", false },
	{ "From\r\n ", "From", false },
	{ "Fr om", "From", false },
	{ "Froma", "From", false },
	{ "Fro", "From", false },
	{ "X-From", "From", false },
	{ "From-X", "From", false },
	{ "Resent-From", "From", false },
	{ "", "From", false },
	{ " ", "From", false },
	{ "From\xc2\xa0", "From", false },
};

START_TEST(test_is)
{
	struct wax_field field = { .name = wax_exact(names[_i].field) };

	ck_assert_msg(
	    wax_field_is(&field, wax_exact(names[_i].name)) == names[_i].same,
	    "\"%s\" and \"%s\"", names[_i].field, names[_i].name);
}
END_TEST

START_TEST(test_next_finds_each)
{
	size_t i = 0;

	wax_field_list_init(&list, mail_arena);
	ck_assert_ptr_null(wax_field_next(&list, WAX_STR("To"), &i));
	append("To", "1");
	append("Cc", "2");
	append("TO ", "3");
	append("To-Do", "4");
	i = 0;
	ck_assert_wax_str_eq(
	    wax_field_next(&list, WAX_STR("to"), &i)->raw, "1");
	ck_assert_uint_eq(i, 1);
	ck_assert_wax_str_eq(
	    wax_field_next(&list, WAX_STR("to"), &i)->raw, "3");
	ck_assert_uint_eq(i, 3);
	ck_assert_ptr_null(wax_field_next(&list, WAX_STR("to"), &i));
	ck_assert_uint_eq(i, 4);
	ck_assert_ptr_null(wax_field_next(&list, WAX_STR("to"), &i));
}
END_TEST

static const struct {
	const char *before, *after;
} line_ends[] = {
	{ "", "" },
	{ "a", "a" },
	{ "\n", "\r\n" },
	{ "\n\n", "\r\n\r\n" },
	{ "a\n\tb\n c", "a\r\n\tb\r\n c" },
	{ "a\r\n b", "a\r\n b" },
	{ "a\r\n b\n c", "a\r\n b\r\n c" },
	{ "a\rb", "a\rb" },
	{ "a\r", "a\r" },
	{ "a\n\r", "a\r\n\r" },
};

START_TEST(test_crlf)
{
	struct wax_str before = wax_exact(line_ends[_i].before);
	struct wax_str after = wax_crlf(mail_arena, before);

	ck_assert_wax_str_eq(after, line_ends[_i].after);
	/* Nothing is copied for nothing. */
	if (wax_str_eq(before, after))
		ck_assert_ptr_eq(before.p, after.p);
}
END_TEST

/* What comes next from the arena is not part of the text. */
START_TEST(test_crlf_has_room)
{
	struct wax_str after = wax_crlf(mail_arena, mail_repeat("\n", 1000));
	char *next = wax_alloc(mail_arena, 3000, 1);

	memset(next, 'X', 3000);
	ck_assert_uint_eq(after.n, 2000);
	for (size_t i = 0; i < 1000; i++) {
		ck_assert_int_eq(after.p[2 * i], '\r');
		ck_assert_int_eq(after.p[2 * i + 1], '\n');
	}
}
END_TEST

Suite *
mail_suite_field(void)
{
	Suite *suite = suite_create("mail/field");
	TCase *tc = mail_case(suite);

	tcase_add_test(tc, test_append_copies_and_counts);
	tcase_add_test(tc, test_append_many_names);
	tcase_add_test(tc, test_append_same_hash);
	tcase_add_test(tc, test_append_keeps_nul);
	tcase_add_loop_test(tc, test_is, 0, ROWS(names));
	tcase_add_test(tc, test_next_finds_each);
	tcase_add_loop_test(tc, test_crlf, 0, ROWS(line_ends));
	tcase_add_test(tc, test_crlf_has_room);
	return suite;
}
