/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy discovery, sp, np and t: the vectors PD-nn. PD-45 is about what is
 * done with the result, and is tested where that is decided: tests/unit/top.
 */
#include "tests/unit/auth/dmarc_world.h"

#define V "v=DMARC1; "
#define EX AT("example.com", V "p=reject; sp=quarantine; np=none")
#define COM AT("com", V "p=none; sp=quarantine; np=reject; psd=y")
#define NP AT("example.com", V "p=none; np=reject")
#define IS(name) name " A 192.0.2.1\n"

/* A message that nothing authenticates. */
static const struct {
	const char *name, *zone, *author, *shape;
} rows[] = {
	{ "PD-01", EX, "example.com", "fail example.com p=reject" },
	{ "PD-02", EX IS("a.example.com"), "a.example.com",
	    "fail example.com sp=quarantine" },
	{ "PD-03", EX, "ghost.example.com", "fail example.com np=none" },
	{ "PD-04", AT("example.com", V "p=reject; sp=quarantine"),
	    "ghost.example.com", "fail example.com sp=quarantine" },
	{ "PD-05",
	    AT("example.com", V "p=quarantine; np=reject") IS("a.example.com"),
	    "a.example.com", "fail example.com p=quarantine" },
	{ "PD-06", AT("example.com", V "p=quarantine; np=reject"),
	    "ghost.example.com", "fail example.com np=reject" },
	{ "PD-07", AT("example.com", V "p=quarantine"), "ghost.example.com",
	    "fail example.com p=quarantine" },
	{ "PD-08", NP, "example.com", "fail example.com p=none" },
	{ "PD-09", AT("b.example.com", R) AT("example.com", V "p=none"),
	    "a.b.example.com", "fail example.com p=none" },
	{ "PD-10",
	    AT("b.example.com", R "; psd=n") AT("example.com", V "p=none"),
	    "a.b.example.com", "fail b.example.com p=reject" },
	{ "PD-11",
	    AT("b.example.com", R "; sp=none") AT("example.com", V "p=none"),
	    "b.example.com", "fail b.example.com p=reject" },
	{ "PD-12", COM IS("a.mail.example.com"), "a.mail.example.com",
	    "fail com sp=quarantine" },
	{ "PD-13", COM, "nosuch-brand.com", "fail com np=reject" },
	{ "PD-14", AT("com", R "; psd=y") AT("example.com", V "p=none"),
	    "a.example.com", "fail example.com p=none" },
	{ "PD-15",
	    AT("com", V "p=none; sp=quarantine; psd=y") AT("b.example.com", R),
	    "a.b.example.com", "fail com sp=quarantine" },
	{ "PD-16", AT("example.com", R "; t=y"), "example.com",
	    "fail example.com p=reject t=quarantine" },
	{ "PD-17", AT("example.com", V "p=quarantine; t=y"), "example.com",
	    "fail example.com p=quarantine t=none" },
	{ "PD-18", AT("example.com", V "p=none; t=y"), "example.com",
	    "fail example.com p=none" },
	{ "PD-19",
	    AT("example.com", V "p=none; sp=reject; t=y") IS("a.example.com"),
	    "a.example.com", "fail example.com sp=reject t=quarantine" },
	{ "PD-20", AT("example.com", V "p=none; np=reject; t=y"),
	    "ghost.example.com", "fail example.com np=reject t=quarantine" },
	{ "PD-21", AT("example.com", R "; t=n"), "example.com",
	    "fail example.com p=reject" },
	{ "PD-22", AT("example.com", R "; pct=0"), "example.com",
	    "fail example.com p=reject" },
	{ "PD-23", AT("example.com", V "rua=mailto:d@example.com"),
	    "example.com", "fail example.com p=none" },
	{ "PD-24", AT("example.com", "v=DMARC1"), "example.com", "none" },
	{ "PD-25", AT("example.com", V "p=bogus; rua=mailto:d@example.com"),
	    "example.com", "fail example.com p=none" },
	{ "PD-26", AT("example.com", V "p=bogus"), "example.com", "none" },
	{ "PD-27", AT("example.com", R "; sp=bogus; rua=mailto:d@example.com"),
	    "example.com", "fail example.com p=none" },
	{ "PD-28", AT("example.com", R "; np=bogus"), "example.com", "none" },
	{ "PD-29", AT("example.com", V "p=bogus; rua=https://x.example/r"),
	    "example.com", "fail example.com p=none" },
	{ "PD-30",
	    AT("example.com", R) AT("example.com", V "p=none")
	        AT("com", V "p=quarantine; psd=y"),
	    "example.com", "fail com p=quarantine" },
	{ "PD-31", AT("example.com", R) AT("example.com", V "p=none"),
	    "example.com", "none" },
	{ "PD-32", AT("example.com", "v=spf1 -all") AT("example.com", R),
	    "example.com", "fail example.com p=reject" },
	{ "PD-33", AT("a.example.com", V "p=bogus") AT("example.com", R),
	    "a.example.com", "none" },
	{ "PD-34",
	    AT("a.b.c.d.e.f.g.example.com", R) AT("example.com", V "p=none"),
	    "a.b.c.d.e.f.g.example.com",
	    "fail a.b.c.d.e.f.g.example.com p=reject" },
	{ "PD-35",
	    AT("b.c.d.e.f.g.example.com", R "; psd=n")
	        AT("example.com", V "p=none"),
	    "mail.a.b.c.d.e.f.g.example.com", "fail example.com p=none" },
	{ "PD-36", AT("gov.example", R "; sp=none; psd=y"), "gov.example",
	    "fail gov.example p=reject" },
	{ "PD-37", NP "x.example.com AAAA 2001:db8::1\n", "x.example.com",
	    "fail example.com p=none" },
	{ "PD-38", NP IS("y.x.example.com"), "x.example.com",
	    "fail example.com p=none" },
	{ "PD-39", NP "x.example.com CNAME gone.example\n", "x.example.com",
	    "fail example.com p=none" },
	{ "PD-40", NP IS("*.example.com"), "anything.example.com",
	    "fail example.com p=none" },
	{ "PD-41", NP "ghost.example.com FAULT servfail\n", "ghost.example.com",
	    "temperror example.com p=none least=none most=reject policy?" },
	{ "PD-42", AT("example.com", V "p=REJECT"), "example.com",
	    "fail example.com p=reject" },
	{ "PD-43", AT("example.com", R "; adkim=x; aspf=; fo=9"), "example.com",
	    "fail example.com p=reject" },
	{ "PD-44", AT("xn--bcher-kva.example", R),
	    "b\xc3\xbc"
	    "cher.example",
	    "fail xn--bcher-kva.example p=reject" },
	/* Beside the vectors. */
	{ "np and sp both, existing",
	    AT("example.com", V "p=none; sp=quarantine; np=reject")
	        IS("a.example.com"),
	    "a.example.com", "fail example.com sp=quarantine" },
	{ "np and sp both, not existing",
	    AT("example.com", V "p=none; sp=quarantine; np=reject"),
	    "a.example.com", "fail example.com np=reject" },
	{ "sp alone, the name itself", AT("example.com", V "p=none; sp=reject"),
	    "example.com", "fail example.com p=none" },
	{ "a name below exists by its DMARC name",
	    NP AT("x.example.com", "v=spf1 -all"), "x.example.com",
	    "fail example.com p=none" },
	{ "DMARC name is an alias to nowhere",
	    NP "_dmarc.x.example.com CNAME gone.example\n", "x.example.com",
	    "fail example.com p=none" },
	{ "a top-level domain without psd=y is asked last",
	    AT("com", R) IS("a.example.com"), "a.example.com",
	    "fail com p=reject" },
	{ "and never before a domain below it",
	    AT("com", V "p=none") AT("victim.com", R), "mail.victim.com",
	    "fail victim.com p=reject" },
	{ "bad sp with a list of no URI",
	    AT("example.com", R "; sp=bogus; rua=mailto"), "example.com",
	    "none" },
	{ "bad np with rua",
	    AT("example.com", R "; np=bogus; rua=mailto:a@b.example"),
	    "ghost.example.com", "fail example.com p=none" },
	{ "t=y without a valid p",
	    AT("example.com", V "p=x; t=y; rua=mailto:a@b.example"),
	    "example.com", "fail example.com p=none" },
	{ "nothing published", "", "example.com", "none" },
};

START_TEST(test_policy)
{
	struct world world = world_open(rows[_i].zone);
	struct wax_dmarc_result result =
	    world_judge(&world, rows[_i].author, "", "");
	struct wax_str shape = world_shape(&world, &result);

	ck_assert_msg(wax_str_eq(shape, wax_str_of(rows[_i].shape)),
	    "%s: got \"%.*s\", expected \"%s\"", rows[_i].name, WAX_FMT(shape),
	    rows[_i].shape);
	ck_assert(wax_domain_eq(
	    result.author_domain, domain_of(&world, rows[_i].author)));
	ck_assert_int_eq(result.discovery, WAX_BY_TREEWALK);
	ck_assert_int_eq(result.author_status, WAX_AUTHOR_OK);
	ck_assert(result.reason.n > 0);
	ck_assert(
	    result.has_record || wax_domain_is_none(result.policy_domain));
	ck_assert_int_eq(result.record.text.n > 0, result.has_record);
	world_close(&world);
}
END_TEST

START_TEST(test_org_domain_is_told)
{
	struct world world = world_open(
	    AT("b.example.com", R "; sp=none") AT("example.com", V "p=none"));
	struct wax_dmarc_result result =
	    world_judge(&world, "b.example.com", "", "");

	/* PD-11, its second half. */
	ck_assert_wax_str_eq(result.org_domain.text, "example.com");
	result = world_judge(&world, "b.example.com", "pass:b.example.com", "");
	ck_assert(wax_domain_is_none(result.org_domain));
	world_close(&world);
}
END_TEST

START_TEST(test_downgrade)
{
	ck_assert_int_eq(wax_dmarc_downgraded(WAX_P_REJECT), WAX_P_QUARANTINE);
	ck_assert_int_eq(wax_dmarc_downgraded(WAX_P_QUARANTINE), WAX_P_NONE);
	ck_assert_int_eq(wax_dmarc_downgraded(WAX_P_NONE), WAX_P_NONE);
}
END_TEST

/* AL-32 and AL-34: what the From parser refused is not evaluated. */
static const struct {
	enum wax_author_status status;
	const char *reason;
} author_rows[] = {
	{ WAX_AUTHOR_NONE, "no Author Domain" },
	{ WAX_AUTHOR_SEVERAL, "several Author Domains" },
	{ WAX_AUTHOR_SYNTAX, "no usable Author Domain" },
};

START_TEST(test_no_author)
{
	struct world world = world_open(AT("example.com", R));
	struct wax_spf_result spf = { .result = WAX_PASS,
		.domain = domain_of(&world, "example.com") };
	struct wax_dmarc_query query = {
		.author_status = author_rows[_i].status, .spf = &spf
	};
	struct wax_dmarc_result result;

	result = world_evaluate(&world, &query);
	ck_assert_int_eq(result.result, WAX_PERMERROR);
	ck_assert_int_eq(result.author_status, author_rows[_i].status);
	ck_assert(!result.has_record);
	ck_assert(!result.limit_hit);
	ck_assert_wax_str_eq(result.reason, author_rows[_i].reason);
	ck_assert_wax_str_eq(world_asked(&world), "");
	world_close(&world);
}
END_TEST

/* Why there is none: either nothing, or nothing usable. */
START_TEST(test_reason_of_none)
{
	struct world world = world_open(AT("example.com", V "p=bogus"));
	struct wax_dmarc_result result =
	    world_judge(&world, "a.example.com", "", "");

	ck_assert_int_eq(result.result, WAX_NONE);
	ck_assert_wax_str_eq(
	    result.reason, "the record of example.com has no usable policy");
	result = world_judge(&world, "example.net", "", "");
	ck_assert_wax_str_eq(result.reason, "no DMARC Policy Record");
	world_close(&world);
}
END_TEST

#define N(list) (int)(sizeof(list) / sizeof(list)[0])

Suite *
dmarc_policy_suite(void)
{
	Suite *suite = suite_create("dmarc policy");
	TCase *tc = tcase_create("policy");

	tcase_add_loop_test(tc, test_policy, 0, N(rows));
	tcase_add_test(tc, test_org_domain_is_told);
	tcase_add_test(tc, test_downgrade);
	tcase_add_loop_test(tc, test_no_author, 0, N(author_rows));
	tcase_add_test(tc, test_reason_of_none);
	suite_add_tcase(suite, tc);
	return suite;
}
