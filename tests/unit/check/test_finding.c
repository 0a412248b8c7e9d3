/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/check/finding.h"
#include "tests/unit/check/suites.h"

static struct wax_findings findings;

static void
setup(void)
{
	findings = (struct wax_findings){ .arena = wax_arena_new("test", 0) };
}

static void
teardown(void)
{
	wax_arena_free(findings.arena);
}

static void
find(enum wax_finding_id id)
{
	wax_found(&findings, id, WAX_STR("d.example"), WAX_STR(""),
	    "found at %s", "d.example");
}

START_TEST(finding_keeps_its_text)
{
	ck_assert(!wax_findings_have(&findings, WAX_F_MX_DOMAIN_ABSENT));
	find(WAX_F_MX_DOMAIN_ABSENT);
	ck_assert(wax_findings_have(&findings, WAX_F_MX_DOMAIN_ABSENT));
	ck_assert_uint_eq(findings.list.n, 1);
	ck_assert_wax_str_eq(findings.list.v[0].what, "found at d.example");
	ck_assert_wax_str_eq(findings.list.v[0].name, "d.example");
}
END_TEST

START_TEST(findings_are_bounded)
{
	for (size_t i = 0; i < WAX_FINDINGS_MAX; i++) {
		ck_assert_uint_eq(findings.list.n, i);
		find(WAX_F_MX_DOMAIN_ABSENT);
	}
	find(WAX_F_MX_DOMAIN_ABSENT);
	ck_assert_uint_eq(findings.list.n, WAX_FINDINGS_MAX);
}
END_TEST

static const struct {
	enum wax_finding_id id[3];
	size_t n;
	int status;
} statuses[] = {
	{ { 0 }, 0, 0 },
	{ { WAX_F_MX_SINGLE, WAX_F_MX_EQUAL }, 2, 0 },
	{ { WAX_F_MX_SINGLE, WAX_F_MX_NONE }, 2, 1 },
	{ { WAX_F_MX_DOMAIN_ABSENT }, 1, 2 },
	{ { WAX_F_MX_UNKNOWN }, 1, 3 },
	{ { WAX_F_MX_UNKNOWN, WAX_F_MX_NONE, WAX_F_MX_SINGLE }, 3, 3 },
	{ { WAX_F_MX_NONE, WAX_F_MX_UNKNOWN, WAX_F_MX_CNAME }, 3, 2 },
	{ { WAX_F_MX_CNAME, WAX_F_MX_UNKNOWN, WAX_F_MX_NONE }, 3, 2 },
};

START_TEST(status_of_findings)
{
	for (size_t i = 0; i < statuses[_i].n; i++)
		find(statuses[_i].id[i]);
	ck_assert_int_eq(wax_findings_status(&findings), statuses[_i].status);
}
END_TEST

Suite *
wax_finding_suite(void)
{
	Suite *suite = suite_create("finding");
	TCase *tcase = tcase_create("finding");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, finding_keeps_its_text);
	tcase_add_test(tcase, findings_are_bounded);
	tcase_add_loop_test(tcase, status_of_findings, 0,
	    (int)(sizeof statuses / sizeof *statuses));
	suite_add_tcase(suite, tcase);
	return suite;
}
