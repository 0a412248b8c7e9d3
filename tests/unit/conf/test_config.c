/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole: defaults, origins, printing and reading again, cross-checks,
 * reload.
 */
#include <stdlib.h>
#include <string.h>

#include "milter/conf/schema.h"
#include "tests/unit/conf/heard.h"

Suite *(*const wax_suites[])(void) = {
	syntax_suite,
	value_suite,
	config_suite,
	NULL,
};

START_TEST(defaults)
{
	struct heard heard;
	struct wax_snapshot *snapshot = load(NULL, NULL, &heard);
	const struct wax_config *config = wax_snapshot_config(snapshot);

	ck_assert_str_eq(heard.text, "");
	ck_assert_wax_str_eq(config->socket, "unix:/run/sealwax/sealwax.sock");
	ck_assert_wax_str_eq(config->policy.authserv_id, "mx.example.org");
	ck_assert_uint_eq(config->socket_mode, 0660);
	ck_assert_uint_eq(config->max_memory, 256UL * 1024 * 1024);
	wax_snapshot_unref(snapshot);
}
END_TEST

Suite *
config_suite(void)
{
	Suite *suite = suite_create("conf");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, heard_setup, heard_teardown);
	tcase_add_test(tcase, defaults);
	suite_add_tcase(suite, tcase);
	return suite;
}
