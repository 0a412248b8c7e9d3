/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/text.h"
#include "policy/saved_message.h"
#include "tests/unit/top/suites.h"

static struct wax_arena *arena;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

/* Fields are shown as [name|value], and then the body. */
static const struct {
	const char *name, *text, *shown; /* NULL: no message */
} rows[] = {
	{ "plain", "A: b\r\nC: d\r\n\r\nbody\r\n", "[A| b][C| d]body\r\n" },
	{ "LF", "A: b\n\nbody\nmore\n", "[A| b]body\r\nmore\r\n" },
	{ "folds", "A: b\n c\n\td\nE: f\n\n", "[A| b\r\n c\r\n\td][E| f]" },
	{ "no blank", "A:b\n\n", "[A|b]" },
	{ "blank before the colon", "A : b\n\n", "[A | b]" },
	{ "empty value", "A:\n\n", "[A|]" },
	{ "no body", "A: b\n", "[A| b]" },
	{ "no end", "A: b", "[A| b]" },
	{ "last line of the body not ended", "A: b\n\nx", "[A| b]x\r\n" },
	{ "the body begins with empty lines", "A: b\n\n\n\nx\n",
	    "[A| b]\r\n\r\nx\r\n" },
	{ "a line that is no field ends the header", "A: b\nno field\nC: d\n",
	    "[A| b]no field\r\nC: d\r\n" },
	{ "mailbox", "From a@b Mon May 25\nA: b\n\nFrom here\n",
	    "[A| b]From here\r\n" },
	{ "no mailbox, but a blank before the colon",
	    "From : a@b\nC: d\n\nFrom here\n",
	    "[From | a@b][C| d]From here\r\n" },
	{ "mailbox, and a blank before the colon",
	    "From a@b Mon May 25\nFrom : a@b\n\n", "[From | a@b]" },
	{ "mailbox, and nothing", "From a@b Mon May 25\n", NULL },
	{ "empty", "", NULL },
	{ "no header", "\nbody\n", NULL },
	{ "fold first", " A: b\n\n", NULL },
	{ "no name", ": b\n\n", NULL },
	{ "8-bit name", "\xc3\xa4: b\n\n", NULL },
};

START_TEST(test_split)
{
	struct wax_saved_message message;
	struct wax_text text;
	bool is_message =
	    wax_saved_message_parse(arena, wax_exact(rows[_i].text), &message);

	ck_assert_msg(
	    is_message == (rows[_i].shown != NULL), "%s", rows[_i].name);
	if (!is_message)
		return;
	wax_text_init(&text, arena);
	for (size_t i = 0; i < message.n_fields; i++)
		wax_text_addf(&text, "[%.*s|%.*s]",
		    WAX_FMT(message.field[i].name),
		    WAX_FMT(message.field[i].raw));
	wax_text_add(&text, message.body);
	ck_assert_wax_str_eq(wax_text_str(&text), rows[_i].shown);
}
END_TEST

Suite *
wax_saved_message_suite(void)
{
	Suite *s = suite_create("saved_message");
	TCase *tc = tcase_create("saved_message");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, test_split, 0, (int)(sizeof rows / sizeof rows[0]));
	suite_add_tcase(s, tc);
	return s;
}
