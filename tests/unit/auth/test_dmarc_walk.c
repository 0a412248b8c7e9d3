/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk by its vectors: TW-nn what is asked, OD-nn the Organizational
 * Domain. TW-13 to -15, -21 and -22 are also rows of test_dmarc_record.c.
 */
#include "policy/base/text.h"
#include "tests/unit/auth/dmarc_world.h"

#define L8 "a.b.c.d.e.f.example.com"
#define L10 "o.o.o.o.o.o.o.o.o.o."
#define L60 "x23456789.123456789.123456789.123456789.123456789.123456789."

static const struct {
	const char *name, *zone, *start, *asked;
	size_t records;
} walk_rows[] = {
	{ "TW-01", "", "example.com", "example.com com", 0 },
	{ "TW-02", "", "com", "com", 0 },
	{ "TW-03", "", "a.b.c.d.e.example.com",
	    "a.b.c.d.e.example.com b.c.d.e.example.com c.d.e.example.com "
	    "d.e.example.com e.example.com example.com com",
	    0 },
	{ "TW-04", "", L8,
	    "a.b.c.d.e.f.example.com b.c.d.e.f.example.com c.d.e.f.example.com "
	    "d.e.f.example.com e.f.example.com f.example.com example.com com",
	    0 },
	{ "TW-05", "", "a.b.c.d.e.f.g.example.com",
	    "a.b.c.d.e.f.g.example.com c.d.e.f.g.example.com "
	    "d.e.f.g.example.com e.f.g.example.com f.g.example.com "
	    "g.example.com example.com com",
	    0 },
	{ "TW-06", "", "a.b.c.d.e.f.g.h.i.j.mail.example.com",
	    "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com "
	    "h.i.j.mail.example.com i.j.mail.example.com j.mail.example.com "
	    "mail.example.com example.com com",
	    0 },
	{ "TW-07", "",
	    L10 L10 L10 L10 L10 L10 L10 L10 L10 L10 L10 "9.8.7.6.5.4.3.2.1.z",
	    L10 L10 L10 L10 L10 L10 L10 L10 L10 L10 L10
	    "9.8.7.6.5.4.3.2.1.z "
	    "6.5.4.3.2.1.z 5.4.3.2.1.z 4.3.2.1.z 3.2.1.z 2.1.z 1.z z",
	    0 },
	{ "TW-08", AT("mail.example.com", "v=DMARC1; psd=n"),
	    "a.mail.example.com", "a.mail.example.com mail.example.com", 1 },
	{ "TW-09", AT("gov.example", "v=DMARC1; p=none; psd=y"), "gov.example",
	    "gov.example", 1 },
	{ "TW-10", AT("b.example.com", R "; psd=u") AT("com", R "; psd=y"),
	    "a.b.example.com", "a.b.example.com b.example.com example.com com",
	    2 },
	{ "TW-11", AT("a.example.com", R) AT("a.example.com", R "; psd=n"),
	    "a.example.com", "a.example.com example.com com", 0 },
	{ "TW-12",
	    AT("example.com", "v=spf1 -all") AT("example.com", R "; psd=n"),
	    "example.com", "example.com", 1 },
	{ "TW-12 in the other order",
	    AT("example.com", R "; psd=n") AT("example.com", "v=spf1 -all"),
	    "example.com", "example.com", 1 },
	{ "TW-13", AT("a.example.com", "v=DMARC2; psd=n"), "a.example.com",
	    "a.example.com example.com com", 0 },
	{ "TW-14", AT("a.example.com", "p=reject; v=DMARC1; psd=n"),
	    "a.example.com", "a.example.com example.com com", 0 },
	{ "TW-15", AT("a.example.com", "v=dmarc1; psd=n"), "a.example.com",
	    "a.example.com example.com com", 0 },
	{ "TW-16", AT("example.com", "\"v=DMARC1; p=rej\" \"ect; psd=n\""),
	    "example.com", "example.com", 1 },
	{ "TW-17", AT("a.example.com", R "; psd=maybe"), "a.example.com",
	    "a.example.com example.com com", 1 },
	{ "TW-19", "_dmarc.b.example.com FAULT nxdomain\n" AT("example.com", R),
	    "a.b.example.com", "a.b.example.com b.example.com example.com com",
	    1 },
	{ "TW-20", AT("com", R), L60 L60 L60 L60 "a.b.c.com", /* 249 octets */
	    "123456789.123456789.123456789.a.b.c.com "
	    "123456789.123456789.a.b.c.com 123456789.a.b.c.com a.b.c.com "
	    "b.c.com c.com com",
	    1 },
	{ "TW-21", AT("example.com", "v = DMARC1 ; p = none ; psd = n"),
	    "example.com", "example.com", 1 },
	{ "TW-22", AT("example.com", "v=DMARC1 p=none"), "example.com",
	    "example.com com", 0 },
	{ "three records are none",
	    AT("a.example.com", R) AT("a.example.com", R "; sp=none")
	        AT("a.example.com", R "; np=none"),
	    "a.example.com", "a.example.com example.com com", 0 },
	{ "a record behind an alias",
	    "_dmarc.example.com CNAME d.esp.example\n"
	    "d.esp.example TXT v=DMARC1; p=none; psd=n\n",
	    "example.com", "example.com", 1 },
};

START_TEST(test_walk)
{
	struct world world = world_open(walk_rows[_i].zone);
	struct wax_walk walk = wax_walk_run(world.arena, world.resolver,
	    domain_of(&world, walk_rows[_i].start), 0);
	struct wax_str asked = world_asked(&world);

	ck_assert_msg(wax_str_eq(asked, wax_str_of(walk_rows[_i].asked)),
	    "%s: asked %.*s", walk_rows[_i].name, WAX_FMT(asked));
	ck_assert_msg(walk.n == walk_rows[_i].records, "%s: %zu records",
	    walk_rows[_i].name, walk.n);
	ck_assert(!walk.incomplete);
	ck_assert(!walk.limit_hit);
	ck_assert_uint_eq(walk.n_gaps, 0);
	world_close(&world);
}
END_TEST

/* Each name once, of as many labels as it should have. RFC 9989 s4.10 */
START_TEST(test_domains_by_labels)
{
	struct world world = world_open("");
	struct wax_domain start = domain_of(&world, "1.2.3.4.5.6.7.8.9.a.b.c");
	struct wax_domain domains[WAX_WALK_MAX];
	size_t labels = (size_t)_i, n;

	start = wax_domain_suffix(start, labels);
	n = wax_walk_domains(start, domains);
	ck_assert_uint_eq(n, labels < 8 ? labels : 8);
	ck_assert(wax_domain_eq(domains[0], start));
	for (size_t i = 1; i < n; i++)
		ck_assert_uint_eq(wax_domain_labels(domains[i]), n - i);
	world_close(&world);
}
END_TEST

START_TEST(test_prefetch_asks_the_whole_walk)
{
	struct world world = world_open(AT(L8, R "; psd=n"));

	wax_walk_prefetch(world.arena, world.resolver, domain_of(&world, L8));
	ck_assert_wax_str_eq(world_asked(&world), walk_rows[3].asked);
	world_close(&world);
}
END_TEST

START_TEST(test_begin_asks_the_start_only)
{
	struct world world = world_open(AT("example.com", R));
	struct wax_walk walk = wax_walk_begin(
	    world.arena, world.resolver, domain_of(&world, "example.com"), 0);

	ck_assert_wax_str_eq(world_asked(&world), "example.com");
	ck_assert_uint_eq(walk.n, 1);
	wax_walk_complete(world.arena, world.resolver, 0, &walk);
	ck_assert_wax_str_eq(world_asked(&world), "example.com com");
	ck_assert_uint_eq(walk.n, 1);
	world_close(&world);
}
END_TEST

/* TW-16: the strings of a record are joined with nothing between. */
START_TEST(test_strings_are_joined)
{
	struct world world =
	    world_open(AT("example.com", "\"v=DMARC1; p=rej\" \"ect\""));
	struct wax_walk walk = wax_walk_run(
	    world.arena, world.resolver, domain_of(&world, "example.com"), 0);

	ck_assert_uint_eq(walk.n, 1);
	ck_assert(walk.step[0].record.has_p);
	ck_assert_int_eq(walk.step[0].record.p, WAX_P_REJECT);
	world_close(&world);
}
END_TEST

/* TW-18: a failure is a gap, never an absent record, and the walk goes on. */
START_TEST(test_failure_is_a_gap)
{
	struct world world = world_open(
	    "_dmarc.example.com FAULT servfail\n" AT("com", R "; psd=y"));
	struct wax_walk walk = wax_walk_run(
	    world.arena, world.resolver, domain_of(&world, "a.example.com"), 0);

	ck_assert_wax_str_eq(
	    world_asked(&world), "a.example.com example.com com");
	ck_assert(walk.incomplete);
	ck_assert(!walk.limit_hit);
	ck_assert_uint_eq(walk.n, 1);
	ck_assert_uint_eq(walk.n_gaps, 1);
	ck_assert_wax_str_eq(walk.gap[0].domain.text, "example.com");
	ck_assert(!walk.gap[0].limit);
	world_close(&world);
}
END_TEST

START_TEST(test_spent_budget_is_a_gap)
{
	struct world world = world_open_limited("", 2, 0);
	struct wax_walk walk = wax_walk_run(
	    world.arena, world.resolver, domain_of(&world, "a.example.com"), 0);

	ck_assert(!walk.incomplete);
	ck_assert(walk.limit_hit);
	ck_assert_uint_eq(walk.n_gaps, 1);
	ck_assert_wax_str_eq(walk.gap[0].domain.text, "com");
	ck_assert(walk.gap[0].limit);
	world_close(&world);
}
END_TEST

/* Whether the answers about _dmarc.start show that start exists. */
static const struct {
	const char *name, *zone;
	bool shown;
} exists_rows[] = {
	{ "no such name", "a.example TXT x\n", false },
	{ "a record", AT("x.example", R), true },
	{ "another text", AT("x.example", "hello"), true },
	{ "no text", "_dmarc.x.example A 192.0.2.1\n", true },
	{ "a name below", "a._dmarc.x.example A 192.0.2.1\n", true },
	{ "an alias to nowhere", "_dmarc.x.example CNAME gone.example\n",
	    true },
	{ "a failure", "_dmarc.x.example FAULT servfail\n", false },
	{ "only the name itself", "x.example A 192.0.2.1\n", false },
	{ "a record above", AT("example", R), false },
};

START_TEST(test_answer_shows_name)
{
	struct wax_answer answer = { .status = (enum wax_dns_status)_i };
	bool shows = _i == WAX_DNS_OK || _i == WAX_DNS_NODATA;

	ck_assert_int_eq(wax_answer_shows_name(&answer), shows);
	answer.alias = true;
	ck_assert(wax_answer_shows_name(&answer));
}
END_TEST

START_TEST(test_existence_by_the_record)
{
	struct world world = world_open(exists_rows[_i].zone);
	struct wax_walk walk = wax_walk_run(
	    world.arena, world.resolver, domain_of(&world, "x.example"), 0);

	ck_assert_msg(walk.start_exists == exists_rows[_i].shown, "%s",
	    exists_rows[_i].name);
	world_close(&world);
}
END_TEST

static const struct {
	const char *name, *zone, *start, *org;
} org_rows[] = {
	{ "OD-01", AT("com", R "; psd=y"), "a.mail.example.com",
	    "example.com" },
	{ "OD-02", AT("mail.example.com", R "; psd=n"), "a.mail.example.com",
	    "mail.example.com" },
	{ "OD-03", AT("mail.example.com", R) AT("example.com", R),
	    "a.mail.example.com", "example.com" },
	{ "OD-04", "", "a.mail.example.com", "a.mail.example.com" },
	{ "OD-05", AT("gov.example", R "; psd=y"), "gov.example",
	    "gov.example" },
	{ "OD-06", AT("example.com", R "; psd=y"), "mail.example.com",
	    "mail.example.com" },
	{ "OD-07", AT("com", R "; psd=y"), "a.b.c.d.e.f.g.h.i.j.example.com",
	    "example.com" },
	{ "OD-08", AT("c.d.e.f.g.h.com", R "; psd=y"), "x.a.b.c.d.e.f.g.h.com",
	    "b.c.d.e.f.g.h.com" },
	{ "OD-09", AT("b.example.com", R "; psd=u") AT("com", R "; psd=y"),
	    "a.b.example.com", "example.com" },
	{ "OD-10",
	    AT("bank.example", R "; psd=y")
	        AT("giant.bank.example", "v=DMARC1; p=none"),
	    "mail.mega.bank.example", "mega.bank.example" },
	{ "OD-11",
	    AT("b.c.d.e.f.g.example.com", R "; psd=n") AT("example.com", R),
	    "mail.a.b.c.d.e.f.g.example.com", "example.com" },
	{ "OD-12", AT("mail.example.com", R "; psd=n") AT("example.com", R),
	    "example.com", "example.com" },
	{ "psd=n at the start",
	    AT("mail.example.com", R "; psd=n") AT("example.com", R),
	    "mail.example.com", "mail.example.com" },
	{ "a record at the start and psd=y above",
	    AT("a.example.com", R) AT("com", R "; psd=y"), "a.example.com",
	    "example.com" },
};

/* Where our guard comes to something else.               RFC 9989 s11.8 */
static const struct {
	const char *name, *zone, *start, *org;
} guarded_rows[] = {
	{ "a record of a top-level domain", AT("com", R), "a.b.example.com",
	    "example.com" },
	{ "psd=n of a top-level domain", AT("com", R "; psd=n"),
	    "a.b.example.com", "example.com" },
	{ "a record below it, at a domain of three labels",
	    AT("uk", R) AT("bank.co.uk", R), "www.bank.co.uk", "bank.co.uk" },
	{ "the shortest of those below it",
	    AT("uk", R) AT("bank.co.uk", R) AT("www.bank.co.uk", R),
	    "www.bank.co.uk", "bank.co.uk" },
	{ "the domain below it", AT("com", R), "example.com", "example.com" },
	{ "a top-level domain itself", AT("com", R), "com", "com" },
	{ "psd=y needs no guard", AT("com", R "; psd=y"), "a.b.example.com",
	    "example.com" },
	{ "no record", "", "a.example.com", "a.example.com" },
	{ "a record of two labels", AT("example.com", R), "a.example.com",
	    "example.com" },
};

START_TEST(test_org_domain_guarded)
{
	struct world world = world_open(guarded_rows[_i].zone);
	struct wax_walk walk = wax_walk_run(world.arena, world.resolver,
	    domain_of(&world, guarded_rows[_i].start), 0);
	struct wax_domain org = wax_walk_guarded_org_domain(&walk);

	ck_assert_msg(wax_str_eq(org.text, wax_str_of(guarded_rows[_i].org)),
	    "%s: got %.*s", guarded_rows[_i].name, WAX_FMT(org.text));
	world_close(&world);
}
END_TEST

START_TEST(test_org_domain)
{
	struct world world = world_open(org_rows[_i].zone);
	struct wax_walk walk = wax_walk_run(world.arena, world.resolver,
	    domain_of(&world, org_rows[_i].start), 0);
	struct wax_domain org = wax_walk_org_domain(&walk);

	ck_assert_msg(wax_str_eq(org.text, wax_str_of(org_rows[_i].org)),
	    "%s: got %.*s", org_rows[_i].name, WAX_FMT(org.text));
	world_close(&world);
}
END_TEST

/* Supposing what a gap hides gives what a walk without the gap gives. */
static const struct {
	const char *name, *rest, *gap, *record;
} supposing_rows[] = {
	{ "at the start", AT("example.com", R), "a.b.example.com", R },
	{ "between", AT("a.b.example.com", R) AT("example.com", R),
	    "b.example.com", R },
	{ "the shortest", AT("example.com", R), "com", R },
	{ "psd=n hides what is above", AT("example.com", R), "b.example.com",
	    R "; psd=n" },
	{ "psd=y above everything", AT("a.b.example.com", R), "com",
	    R "; psd=y" },
	{ "psd=u below a stop", AT("example.com", R "; psd=n"), "b.example.com",
	    R },
	{ "alone", "", "example.com", R },
	{ "a name that is not asked", AT("example.com", R), "x.example.com",
	    R "; psd=n" },
};

/* A world with one more line about the name of the gap. */
static struct world
world_with(size_t row, const char *type, const char *data)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_str zone = wax_textf(arena, "%s_dmarc.%s %s %s\n",
	    supposing_rows[row].rest, supposing_rows[row].gap, type, data);
	struct world world = world_open(zone.p);

	wax_arena_free(arena);
	return world;
}

START_TEST(test_supposing)
{
	const char *record = supposing_rows[_i].record;
	struct world whole = world_with((size_t)_i, "TXT", record);
	struct world broken = world_with((size_t)_i, "FAULT", "timeout");
	struct wax_domain start = domain_of(&whole, "a.b.example.com");
	struct wax_walk expected =
	    wax_walk_run(whole.arena, whole.resolver, start, 0);
	struct wax_walk walk =
	    wax_walk_run(broken.arena, broken.resolver, start, 0);
	struct wax_walk_step step = {
		.domain = domain_of(&whole, supposing_rows[_i].gap),
		.record =
		    wax_dmarc_record_parse(whole.arena, wax_str_of(record)),
	};
	struct wax_walk room;
	const struct wax_walk *supposed =
	    wax_walk_supposing(&walk, &step, &room);

	ck_assert_uint_eq(supposed->n, expected.n);
	ck_assert_int_eq(supposed->stopped, expected.stopped);
	for (size_t i = 0; i < supposed->n; i++) {
		ck_assert_msg(wax_domain_eq(supposed->step[i].domain,
		                  expected.step[i].domain),
		    "%s", supposing_rows[_i].name);
		ck_assert(wax_str_eq(supposed->step[i].record.text,
		    expected.step[i].record.text));
	}
	world_close(&broken);
	world_close(&whole);
}
END_TEST

START_TEST(test_find)
{
	struct world world = world_open(AT("example.com", R));
	struct wax_walk walk = wax_walk_run(
	    world.arena, world.resolver, domain_of(&world, "a.example.com"), 0);

	ck_assert_ptr_null(
	    wax_walk_find(&walk, domain_of(&world, "a.example.com")));
	ck_assert_ptr_eq(wax_walk_find(&walk, domain_of(&world, "example.com")),
	    &walk.step[0]);
	world_close(&world);
}
END_TEST

#define N(rows) (int)(sizeof(rows) / sizeof(rows)[0])

Suite *
dmarc_walk_suite(void)
{
	Suite *suite = suite_create("dmarc walk");
	TCase *tc = tcase_create("walk");

	tcase_add_loop_test(tc, test_walk, 0, N(walk_rows));
	tcase_add_loop_test(tc, test_domains_by_labels, 1, 13);
	tcase_add_test(tc, test_prefetch_asks_the_whole_walk);
	tcase_add_test(tc, test_begin_asks_the_start_only);
	tcase_add_test(tc, test_strings_are_joined);
	tcase_add_test(tc, test_failure_is_a_gap);
	tcase_add_test(tc, test_spent_budget_is_a_gap);
	tcase_add_loop_test(tc, test_answer_shows_name, 0, WAX_DNS_LIMIT + 1);
	tcase_add_loop_test(
	    tc, test_existence_by_the_record, 0, N(exists_rows));
	tcase_add_loop_test(tc, test_org_domain, 0, N(org_rows));
	tcase_add_loop_test(tc, test_org_domain_guarded, 0, N(guarded_rows));
	tcase_add_loop_test(tc, test_supposing, 0, N(supposing_rows));
	tcase_add_test(tc, test_find);
	suite_add_tcase(suite, tc);
	return suite;
}
