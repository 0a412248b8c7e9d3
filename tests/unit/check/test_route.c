/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mail route. What is wrong with one is in tests/domains.
 */
#include "policy/check/route.h"
#include "policy/dns/budget.h"
#include "policy/dns/zone.h"
#include "tests/unit/check/suites.h"

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

static struct wax_route
route_of(struct wax_findings *findings, struct wax_resolver *resolver)
{
	struct wax_domain domain;

	findings->arena = arena;
	ck_assert(wax_domain_parse(arena, WAX_STR("d.example"), &domain));
	return wax_check_route(findings, resolver, domain, 0);
}

static struct wax_resolver *
resolver_over(const char *text)
{
	struct wax_zone *zone = wax_zone_parse(arena, wax_str_of(text), NULL);

	ck_assert_ptr_nonnull(zone);
	return wax_zone_resolver(arena, zone);
}

#define HOSTS                     \
	"a.example A 192.0.2.1\n" \
	"b.example A 192.0.2.2\n" \
	"c.example A 192.0.2.3\n"

static const struct {
	const char *name, *zone, *sentence;
} sentences[] = {
	{ "one", HOSTS "d.example MX 10 a.example\n",
	    "Senders try a.example (10)." },
	{ "two", HOSTS "d.example MX 20 b.example\nd.example MX 10 a.example\n",
	    "Senders try a.example (10) first, then b.example (20)." },
	{ "three",
	    HOSTS "d.example MX 20 b.example\nd.example MX 10 a.example\n"
	          "d.example MX 30 c.example\n",
	    "Senders try a.example (10) first, then b.example (20), then "
	    "c.example (30)." },
	{ "equal first",
	    HOSTS "d.example MX 10 b.example\nd.example MX 10 a.example\n"
	          "d.example MX 30 c.example\n",
	    "Senders try a.example or b.example (10) first, then c.example "
	    "(30)." },
	{ "equal last",
	    HOSTS "d.example MX 30 b.example\nd.example MX 10 a.example\n"
	          "d.example MX 30 c.example\n",
	    "Senders try a.example (10) first, then b.example or c.example "
	    "(30)." },
	{ "all equal",
	    HOSTS "d.example MX 5 c.example\nd.example MX 5 b.example\n"
	          "d.example MX 5 a.example\n",
	    "Senders try a.example, b.example or c.example (5)." },
	{ "odd octets", "d.example MX 10 a\\033c.example\n",
	    "Senders try a!c.example (10)." },
	{ "null", "d.example MX 0 .\n",
	    "d.example says that it takes no mail." },
	{ "null beside another",
	    HOSTS "d.example MX 0 .\nd.example MX 10 a.example\n",
	    "Senders try a.example (10)." },
	{ "address", "d.example A 192.0.2.1\n",
	    "There is no MX record: senders try the address of d.example "
	    "itself." },
	{ "nothing", "d.example TXT x\n",
	    "Mail to d.example cannot be delivered." },
	{ "absent", "", "Mail to d.example cannot be delivered." },
	{ "unknown", "d.example FAULT servfail\n",
	    "Where mail to d.example goes could not be asked." },
};

START_TEST(sentence_of_a_route)
{
	struct wax_findings findings = { 0 };
	struct wax_route route =
	    route_of(&findings, resolver_over(sentences[_i].zone));

	ck_assert_wax_str_eq(
	    wax_route_sentence(arena, &route), sentences[_i].sentence);
}
END_TEST

static struct wax_str
many_hosts(size_t n)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < n; i++)
		wax_text_addf(&text,
		    "d.example MX %zu m%zu.example\nm%zu.example A "
		    "192.0.2.%zu\n",
		    i, i, i, i + 1);
	return wax_text_str(&text);
}

START_TEST(hosts_are_bounded)
{
	for (size_t n = WAX_CHECK_MX_MAX; n <= WAX_CHECK_MX_MAX + 2; n++) {
		struct wax_findings findings = { 0 };
		struct wax_route route =
		    route_of(&findings, resolver_over(many_hosts(n).p));

		ck_assert_uint_eq(route.n, WAX_CHECK_MX_MAX);
		ck_assert_uint_eq(route.n_more, n - WAX_CHECK_MX_MAX);
		ck_assert(wax_findings_have(&findings, WAX_F_MX_MANY) ==
		          (n > WAX_CHECK_MX_MAX));
	}
}
END_TEST

START_TEST(addresses_are_bounded)
{
	for (size_t n = WAX_CHECK_ADDRESSES_MAX;
	     n <= WAX_CHECK_ADDRESSES_MAX + 1; n++) {
		struct wax_findings findings = { 0 };
		struct wax_text zone;

		wax_text_init(&zone, arena);
		wax_text_addz(&zone, "d.example MX 10 a.example\n");
		for (size_t i = 0; i + 1 < n; i++)
			wax_text_addf(&zone, "a.example A 192.0.2.%zu\n", i);
		wax_text_addz(&zone, "a.example A 10.0.0.1\n");
		(void)route_of(&findings, resolver_over(zone.p));
		ck_assert(wax_findings_have(&findings, WAX_F_MX_PRIVATE) ==
		          (n == WAX_CHECK_ADDRESSES_MAX));
	}
}
END_TEST

/* A literal or localhost is not asked for. */
START_TEST(only_names_are_asked)
{
	struct wax_findings findings = { 0 };
	struct wax_budget *budget = wax_budget_new(arena,
	    resolver_over("d.example MX 1 192.0.2.1\n"
	                  "d.example MX 2 localhost\n"
	                  "d.example MX 3 a!b.example\n"
	                  "d.example MX 4 a.example\n"
	                  "a.example A 192.0.2.1\n"),
	    100, 0);
	struct wax_route route =
	    route_of(&findings, wax_budget_general(budget));

	ck_assert_uint_eq(route.n, 4);
	/* MX, A and AAAA; and whether mail.d.example is free. */
	ck_assert_uint_eq(wax_budget_asked(budget), 4);
	for (size_t i = 0; i < 3; i++)
		ck_assert(route.host[i].a == NULL);
	ck_assert_uint_eq(route.host[3].a->n, 1);
}
END_TEST

Suite *
wax_route_suite(void)
{
	Suite *suite = suite_create("route");
	TCase *tcase = tcase_create("route");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, sentence_of_a_route, 0,
	    (int)(sizeof sentences / sizeof *sentences));
	tcase_add_test(tcase, hosts_are_bounded);
	tcase_add_test(tcase, addresses_are_bounded);
	tcase_add_test(tcase, only_names_are_asked);
	suite_add_tcase(suite, tcase);
	return suite;
}
