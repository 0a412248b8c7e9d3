/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * org-domain-method = "psl": the suffix list, and DMARC by it.
 */
#include <stdlib.h>

#include "policy/base/text.h"
#include "tests/unit/auth/dmarc_world.h"

#define V "v=DMARC1; "

static struct wax_psl *psl;

static struct wax_str
list_path(struct wax_arena *arena, const char *name)
{
	const char *srcdir = getenv("srcdir");

	return wax_textf(arena, "%s/tests/unit/auth/%s",
	    srcdir != NULL ? srcdir : ".", name);
}

static void
setup(void)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_err err = { .status = WAX_OK };

	psl = wax_psl_open(list_path(arena, "suffixes.dat").p, &err);
	ck_assert_msg(psl != NULL, "%s", err.text);
	wax_arena_free(arena);
}

static void
teardown(void)
{
	wax_psl_close(psl);
}

static const struct {
	const char *name, *domain, *org;
} rows[] = {
	{ "a suffix alone", "com", "com" },
	{ "one below a suffix", "example.com", "example.com" },
	{ "two below", "a.example.com", "example.com" },
	{ "many below", "a.b.c.d.e.f.g.h.i.j.example.com", "example.com" },
	{ "suffix of two labels", "co.uk", "co.uk" },
	{ "one below that", "example.co.uk", "example.co.uk" },
	{ "two below that", "a.example.co.uk", "example.co.uk" },
	{ "beside it", "a.example.uk", "example.uk" },
	{ "underscores", "_x.example.com", "example.com" },
	{ "a suffix of the private part", "github.io", "github.io" },
	{ "below it", "a.b.github.io", "b.github.io" },
	{ "no rule at all", "a.b.zzz", "b.zzz" },
	{ "no rule, two labels", "b.zzz", "b.zzz" },
	{ "no rule, one label", "zzz", "zzz" },
	{ "wildcard: two below", "a.b.c.ck", "b.c.ck" },
	{ "wildcard: one below", "b.c.ck", "b.c.ck" },
	{ "wildcard: a suffix", "c.ck", "c.ck" },
	{ "wildcard: its parent", "ck", "ck" },
	{ "exception", "www.ck", "www.ck" },
	{ "below an exception", "a.b.www.ck", "www.ck" },
	{ "wildcard below a suffix", "a.b.c.kawasaki.jp", "b.c.kawasaki.jp" },
	{ "its parent", "kawasaki.jp", "kawasaki.jp" },
	{ "its exception", "a.city.kawasaki.jp", "city.kawasaki.jp" },
	{ "beside it", "a.b.jp", "b.jp" },
	{ "wildcard of three labels", "x.a.b.compute.amazonaws.com",
	    "a.b.compute.amazonaws.com" },
	{ "beside that", "a.amazonaws.com", "amazonaws.com" },
	{ "its parent counts as a suffix", "compute.amazonaws.com",
	    "compute.amazonaws.com" },
	{ "one letter below a suffix", "a.com", "a.com" },
	{ "one letter below a suffix of two labels", "a.co.uk", "a.co.uk" },
	{ "below one letter", "b.a.co.uk", "a.co.uk" },
	{ "a rule with one letter", "example.b.se", "example.b.se" },
	{ "below that", "x.example.b.se", "example.b.se" },
	{ "that rule itself", "b.se", "b.se" },
	{ "one letter below a rule with one letter", "y.x.b.se", "x.b.se" },
	{ "beside it", "x.c.se", "c.se" },
	{ "one letter in the middle of a rule", "x.y.z.a.run.app",
	    "z.a.run.app" },
	{ "wildcard: sch.uk", "x.school.city.sch.uk", "school.city.sch.uk" },
	{ "U-label rule", "a.b.\xe5\x85\xac\xe5\x8f\xb8.cn",
	    "b.xn--55qx5d.cn" },
	{ "U-label rule: the suffix", "xn--55qx5d.cn", "xn--55qx5d.cn" },
	{ "U-label rule: one below", "b.xn--55qx5d.cn", "b.xn--55qx5d.cn" },
	{ "beside it", "a.b.cn", "b.cn" },
	{ "U-label top-level domain", "a.b.xn--p1ai", "b.xn--p1ai" },
	{ "U-label wildcard", "a.b.c.xn--gmqw5a.hk", "b.c.xn--gmqw5a.hk" },
	{ "a name that only ends like a rule", "a.xco.uk", "xco.uk" },
	{ "a name that only ends like a wildcard", "a.b.xck", "b.xck" },
};

START_TEST(test_org_domain)
{
	struct world world = world_open("");
	struct wax_domain org =
	    wax_psl_org_domain(psl, domain_of(&world, rows[_i].domain));

	ck_assert_msg(wax_str_eq(org.text, wax_str_of(rows[_i].org)),
	    "%s: got %.*s", rows[_i].name, WAX_FMT(org.text));
	world_close(&world);
}
END_TEST

#define LONG "x2345678901234567890123456789012345678901234567890123456789012."

/* Names of 253 octets, of many labels and of few. */
static const struct {
	const char *start, *end, *org;
} long_rows[] = {
	{ "", "example.com", "example.com" },
	{ LONG LONG LONG, "y2345678901234567890123456789012345678901234567.com",
	    "y2345678901234567890123456789012345678901234567.com" },
	{ LONG LONG LONG, "example.co.uk", "example.co.uk" },
	{ LONG LONG "x.", LONG "co.uk", LONG "co.uk" },
};

START_TEST(test_longest_name)
{
	struct wax_text text;
	struct world world = world_open("");
	struct wax_str end = wax_str_of(long_rows[_i].end);
	struct wax_domain domain;

	wax_text_init(&text, world.arena);
	wax_text_addz(&text, long_rows[_i].start);
	while (text.n + end.n + 2 <= WAX_DOMAIN_MAX)
		wax_text_addz(&text, "a.");
	wax_text_add(&text, end);
	ck_assert_uint_ge(text.n, WAX_DOMAIN_MAX - 1);
	domain = domain_of(&world, text.p);
	ck_assert_wax_str_eq(
	    wax_psl_org_domain(psl, domain).text, long_rows[_i].org);
	world_close(&world);
}
END_TEST

static const struct {
	const char *name, *zone, *author, *identifier, *shape, *asked;
} dmarc_rows[] = {
	{ "no walk", AT("example.com", R), "a.b.example.com", "c.example.com",
	    "pass example.com p=reject by spf", "a.b.example.com example.com" },
	{ "the record is there", AT("a.example.com", R), "a.example.com",
	    "b.example.com", "pass a.example.com p=reject by spf",
	    "a.example.com" },
	{ "a public suffix's record is nobody's", AT("co.uk", R),
	    "a.example.co.uk", "example.co.uk", "none",
	    "a.example.co.uk example.co.uk" },
	{ "registrants of one suffix are not aligned", AT("victim.co.uk", R),
	    "victim.co.uk", "attacker.co.uk", "fail victim.co.uk p=reject",
	    "victim.co.uk" },
	{ "nor is the suffix", AT("victim.co.uk", R), "victim.co.uk", "co.uk",
	    "fail victim.co.uk p=reject", "victim.co.uk" },
	{ "nor its top", AT("victim.co.uk", R), "victim.co.uk", "uk",
	    "fail victim.co.uk p=reject", "victim.co.uk" },
	{ "nor those of a wildcard", AT("victim.x.ck", R), "victim.x.ck",
	    "attacker.x.ck", "fail victim.x.ck p=reject", "victim.x.ck" },
	{ "psd=n has no say",
	    AT("example.com", R) AT("sub.example.com", R "; psd=n"),
	    "example.com", "sub.example.com",
	    "pass example.com p=reject by spf", "example.com" },
	{ "strict", AT("example.com", R "; aspf=s"), "example.com",
	    "a.example.com", "fail example.com p=reject", "example.com" },
	{ "np", AT("example.com", V "p=none; np=reject"), "ghost.a.example.com",
	    "x.example", "fail example.com np=reject",
	    "ghost.a.example.com example.com TXT:ghost.a.example.com" },
	{ "the organization's record is down",
	    "_dmarc.example.com FAULT servfail\n", "a.example.com",
	    "b.example.com", "temperror least=none most=reject policy? pass?",
	    "a.example.com example.com" },
	{ "the record is down, the organization's is not",
	    "_dmarc.a.example.com FAULT servfail\n" AT("example.com", R),
	    "a.example.com", "x.example",
	    "temperror least=none most=reject policy?",
	    "a.example.com example.com" },
	{ "the record is down, identical",
	    "_dmarc.a.example.com FAULT servfail\n", "a.example.com",
	    "a.example.com", "pass by spf", "a.example.com example.com" },
};

START_TEST(test_dmarc)
{
	struct world world = world_open(dmarc_rows[_i].zone);
	struct wax_str spf =
	    wax_textf(world.arena, "pass:%s", dmarc_rows[_i].identifier);
	struct wax_dmarc_result result =
	    world_judge_psl(&world, psl, dmarc_rows[_i].author, spf.p, "");
	struct wax_str shape = world_shape(&world, &result);
	struct wax_str asked = world_asked(&world);

	ck_assert_msg(wax_str_eq(shape, wax_str_of(dmarc_rows[_i].shape)),
	    "%s: %.*s", dmarc_rows[_i].name, WAX_FMT(shape));
	ck_assert_msg(wax_str_eq(asked, wax_str_of(dmarc_rows[_i].asked)),
	    "%s: asked %.*s", dmarc_rows[_i].name, WAX_FMT(asked));
	ck_assert_int_eq(result.discovery, WAX_BY_PSL);
	world_close(&world);
}
END_TEST

START_TEST(test_prefetch)
{
	struct world world = world_open("");
	struct wax_engines *engines = world_engines(&world, psl);

	wax_dmarc_prefetch(world.arena, engines, world.resolver,
	    domain_of(&world, "a.b.example.com"));
	wax_dmarc_prefetch_identifier(world.arena, engines, world.general,
	    domain_of(&world, "a.example.com"),
	    domain_of(&world, "b.example.com"));
	ck_assert_wax_str_eq(
	    world_asked(&world), "a.b.example.com example.com");
	world_close(&world);
}
END_TEST

static const char *const bad_paths[] = { "/nonexistent/list", "/dev/null", "/",
	"" };

START_TEST(test_unusable_list)
{
	struct wax_err err = { .status = WAX_OK };

	ck_assert_ptr_null(wax_psl_open(bad_paths[_i], &err));
	ck_assert_int_eq(err.status, WAX_E_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.text, bad_paths[_i]));
	wax_psl_close(NULL);
}
END_TEST

START_TEST(test_list_without_rules)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_err err = { .status = WAX_OK };

	ck_assert_ptr_null(
	    wax_psl_open(list_path(arena, "no-suffixes.dat").p, &err));
	ck_assert_int_eq(err.status, WAX_E_CONFIG);
	wax_arena_free(arena);
}
END_TEST

#define N(list) (int)(sizeof(list) / sizeof(list)[0])

Suite *
psl_suite(void)
{
	Suite *suite = suite_create("public suffix list");
	TCase *tc = tcase_create("list");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_org_domain, 0, N(rows));
	tcase_add_loop_test(tc, test_longest_name, 0, N(long_rows));
	tcase_add_loop_test(tc, test_dmarc, 0, N(dmarc_rows));
	tcase_add_test(tc, test_prefetch);
	suite_add_tcase(suite, tc);
	tc = tcase_create("unusable");
	tcase_add_loop_test(tc, test_unusable_list, 0, N(bad_paths));
	tcase_add_test(tc, test_list_without_rules);
	suite_add_tcase(suite, tc);
	return suite;
}
