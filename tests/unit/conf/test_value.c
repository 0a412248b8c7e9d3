/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each key of the table: its bounds, its words, its type; and names that are
 * none.
 */
#include <string.h>

#include "milter/conf/schema.h"
#include "tests/unit/conf/heard.h"

static const struct value {
	const char *name, *text, *heard;
} values[] = {
	{ "a switch", "received-spf = true\n", "" },
};

START_TEST(every_value)
{
	const struct value *row = &values[_i];
	struct heard heard;
	struct wax_snapshot *snapshot = load(row->text, NULL, &heard);

	ck_assert_msg(strcmp(heard.text, row->heard) == 0,
	    "%s:\n%sexpected:\n%s", row->name, heard.text, row->heard);
	wax_snapshot_unref(snapshot);
}
END_TEST

Suite *
value_suite(void)
{
	Suite *suite = suite_create("conf values");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, heard_setup, heard_teardown);
	tcase_add_loop_test(
	    tcase, every_value, 0, (int)(sizeof values / sizeof values[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
