/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/text.h"
#include "policy/dns/zone.h"
#include "tests/unit/dns/suites.h"

#define DEADLINE 8000

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

static const char zone_text[] =
    "# a comment\n"
    "a.example   A 192.0.2.1   # another\n"
    "a.example   A 192.0.2.2\n"
    "A.Example.  60 AAAA 2001:db8::1\n"
    "mx.example  MX 20 Backup.example.\n"
    "mx.example  MX 10 mail.example\n"
    "null.example MX 0 .\n"
    "txt.example TXT v=spf1 # not a comment; -all\n"
    "two.example TXT \"v=spf1 \" \"-all\\\"\\013\"   # comment\n"
    "b.a.d.example A 192.0.2.9\n"
    "*.w.example TXT wild\n"
    "x.y.w.example TXT tame\n"
    "alias.example CNAME a.example\n"
    "gone.example CNAME nowhere.example\n"
    "loop.example CNAME pool.example\n"
    "twice.example TXT one\n"
    "twice.example TXT one\n"
    "twice.example TXT two\n"
    "pool.example CNAME loop.example\n"
    "mapped.example AAAA ::ffff:192.0.2.5\n"
    "s.example FAULT servfail\n"
    "s.example A 192.0.2.3\n"
    "t.example FAULT timeout TXT\n"
    "t.example A 192.0.2.4\n"
    "n.example FAULT nxdomain\n"
    "n.example A 192.0.2.4\n"
    "slow.example FAULT delay=8\n"
    "slow.example TXT slow\n"
    "late.example FAULT delay=9\n"
    "late.example TXT late\n"
    "*.f.example FAULT refused\n"
    "near.f.example FAULT nxdomain TXT\n"
    "*.g.f.example FAULT nxdomain\n"
    "there.f.example A 192.0.2.4\n"
    "cut.example FAULT trunc\n"
    "tojoin.example CNAME s.example\n"
    "a\\032b.example A 192.0.2.6\n";

/* The answer on one line, for comparing. */
static const char *
shown(const struct wax_answer *answer)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, wax_dns_status_word(answer->status));
	if (answer->alias)
		wax_text_addz(&text, " alias");
	for (size_t i = 0; i < answer->n; i++) {
		const union wax_rdata *rr = &answer->rr[i];

		wax_text_addc(&text, ' ');
		switch (answer->type) {
		case WAX_RR_A:
		case WAX_RR_AAAA:
			wax_text_add(&text, wax_ip_format(arena, rr->address));
			break;
		case WAX_RR_MX:
			wax_text_addf(&text, "%u:%.*s", rr->mx.preference,
			    WAX_FMT(rr->mx.host));
			break;
		case WAX_RR_TXT:
			wax_text_addf(&text, "%u:", rr->txt.n_strings);
			wax_text_add_escaped(&text, rr->txt.text);
			break;
		case WAX_RR_NS:
		case WAX_RR_CNAME:
		case WAX_RR_SOA:
		case WAX_RR_PTR:
			wax_text_add(&text, rr->name);
			break;
		}
	}
	return text.p;
}

static const struct {
	const char *qname;
	enum wax_rrtype type;
	const char *expected;
} questions[] = {
	{ "a.example", WAX_RR_A, "ok 192.0.2.1 192.0.2.2" },
	{ "A.EXAMPLE.", WAX_RR_AAAA, "ok 2001:db8::1" },
	{ "a.example", WAX_RR_TXT, "nodata" },
	{ "mx.example", WAX_RR_MX, "ok 10:mail.example 20:backup.example" },
	{ "null.example", WAX_RR_MX, "ok 0:." },
	{ "txt.example", WAX_RR_TXT, "ok 1:v=spf1 # not a comment; -all" },
	{ "two.example", WAX_RR_TXT, "ok 2:v=spf1 -all\"\\x0d" },
	{ "d.example", WAX_RR_A, "nodata" },
	{ "a.d.example", WAX_RR_TXT, "nodata" },
	{ "c.d.example", WAX_RR_TXT, "nxdomain" },
	{ "example", WAX_RR_TXT, "nodata" },
	{ "other", WAX_RR_TXT, "nxdomain" },
	{ "q.w.example", WAX_RR_TXT, "ok 1:wild" },
	{ "p.q.w.example", WAX_RR_TXT, "ok 1:wild" },
	{ "q.w.example", WAX_RR_A, "nodata" },
	{ "w.example", WAX_RR_TXT, "nodata" },
	/* RFC 4592 s4.6: an existing name stops the wildcard. */
	{ "y.w.example", WAX_RR_TXT, "nodata" },
	{ "z.y.w.example", WAX_RR_TXT, "nxdomain" },
	{ "x.y.w.example", WAX_RR_TXT, "ok 1:tame" },
	{ "alias.example", WAX_RR_A, "ok alias 192.0.2.1 192.0.2.2" },
	{ "alias.example", WAX_RR_TXT, "nodata alias" },
	{ "gone.example", WAX_RR_TXT, "nxdomain alias" },
	{ "alias.example", WAX_RR_CNAME, "ok a.example" },
	{ "loop.example", WAX_RR_A, "tempfail" },
	{ "twice.example", WAX_RR_TXT, "ok 1:one 1:two" },
	{ "a b.example", WAX_RR_A, "ok 192.0.2.6" },
	{ "mapped.example", WAX_RR_AAAA, "ok 192.0.2.5" },
	{ "s.example", WAX_RR_A, "tempfail" },
	{ "t.example", WAX_RR_TXT, "tempfail" },
	{ "t.example", WAX_RR_A, "ok 192.0.2.4" },
	{ "n.example", WAX_RR_A, "nxdomain" },
	{ "slow.example", WAX_RR_TXT, "ok 1:slow" },
	{ "late.example", WAX_RR_TXT, "tempfail" },
	{ "any.f.example", WAX_RR_TXT, "tempfail" },
	{ "cut.example", WAX_RR_A, "tempfail" },
	/* The closest fault counts, wherever it stands. */
	{ "there.f.example", WAX_RR_A, "tempfail" },
	{ "near.f.example", WAX_RR_TXT, "nxdomain" },
	{ "near.f.example", WAX_RR_A, "tempfail" },
	{ "x.g.f.example", WAX_RR_TXT, "nxdomain" },
	{ "f.example", WAX_RR_TXT, "nodata" },
	{ "tojoin.example", WAX_RR_A, "tempfail" },
	{ "a\tb.example", WAX_RR_A, "nxdomain" },
	{ "a..example", WAX_RR_A, "nxdomain" },
	{ "", WAX_RR_A, "nxdomain" },
};

START_TEST(test_zone_answers)
{
	struct wax_err err;
	struct wax_zone *zone =
	    wax_zone_parse(arena, wax_exact(zone_text), &err);
	struct wax_resolver *resolver;

	ck_assert_ptr_nonnull(zone);
	resolver = wax_zone_resolver(arena, zone);
	ck_assert_str_eq(
	    shown(wax_dns_lookup(resolver, arena,
	        wax_exact(questions[_i].qname), questions[_i].type, DEADLINE)),
	    questions[_i].expected);
}
END_TEST

/* "*" is every name that no other fault is closer to. */
START_TEST(test_zone_without_any_answer)
{
	struct wax_err err;
	struct wax_zone *zone = wax_zone_parse(arena,
	    wax_exact("* FAULT timeout\na.example A 192.0.2.1\n"
	              "b.example A 192.0.2.2\nb.example FAULT delay=1\n"),
	    &err);
	struct wax_resolver *resolver;

	ck_assert_ptr_nonnull(zone);
	resolver = wax_zone_resolver(arena, zone);
	ck_assert_str_eq(shown(wax_dns_lookup(resolver, arena,
	                     wax_exact("a.example"), WAX_RR_A, DEADLINE)),
	    "tempfail");
	ck_assert_str_eq(shown(wax_dns_lookup(resolver, arena, wax_exact("c"),
	                     WAX_RR_TXT, DEADLINE)),
	    "tempfail");
	ck_assert_str_eq(shown(wax_dns_lookup(resolver, arena,
	                     wax_exact("b.example"), WAX_RR_A, DEADLINE)),
	    "ok 192.0.2.2");
}
END_TEST

START_TEST(test_zone_splits_long_texts)
{
	struct wax_text text;
	struct wax_err err;
	const struct wax_answer *answer;
	struct wax_zone *zone;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "long.example TXT ");
	for (int i = 0; i < 256; i++)
		wax_text_addc(&text, 'x');
	zone = wax_zone_parse(arena, wax_text_str(&text), &err);
	ck_assert_ptr_nonnull(zone);
	answer = wax_dns_lookup(wax_zone_resolver(arena, zone), arena,
	    WAX_STR("long.example"), WAX_RR_TXT, DEADLINE);
	ck_assert_uint_eq(answer->n, 1);
	ck_assert_uint_eq(answer->rr[0].txt.n_strings, 2);
	ck_assert_uint_eq(answer->rr[0].txt.text.n, 256);
}
END_TEST

START_TEST(test_zone_peeks_at_what_is_not_late)
{
	struct wax_err err;
	struct wax_zone *zone =
	    wax_zone_parse(arena, wax_exact(zone_text), &err);
	struct wax_resolver *resolver = wax_zone_resolver(arena, zone);

	ck_assert_ptr_null(
	    wax_dns_peek(resolver, arena, WAX_STR("slow.example"), WAX_RR_TXT));
	ck_assert_ptr_nonnull(
	    wax_dns_peek(resolver, arena, WAX_STR("txt.example"), WAX_RR_TXT));
}
END_TEST

static const struct {
	const char *text, *error;
} bad_zones[] = {
	{ "a.example A 192.0.2.1\nb.example A x", "line 2: not an address" },
	{ "a.example A 2001:db8::1", "line 1: an address of the other family" },
	{ "a.example AAAA 192.0.2.1",
	    "line 1: an address of the other family" },
	{ "a.example MX mail.example",
	    "line 1: MX needs a preference and a host" },
	{ "a.example MX 1", "line 1: a name is missing" },
	{ "a.example TXT \"x", "line 1: a quote is not closed" },
	{ "a.example TXT \"x\" y", "line 1: text behind the last string" },
	{ "a..example A 192.0.2.1", "line 1: not a usable name" },
	{ "a.example A 192.0.2.1 x", "line 1: text behind the record" },
	{ "a.example FAULT delay=x",
	    "line 1: delay= needs seconds, up to 3600" },
	{ "a.example FAULT servfail XX", "line 1: not a record type" },
};

START_TEST(test_zone_says_where_it_is_wrong)
{
	struct wax_err err;

	ck_assert_ptr_null(
	    wax_zone_parse(arena, wax_exact(bad_zones[_i].text), &err));
	ck_assert_int_eq(err.status, WAX_E_SYNTAX);
	ck_assert_str_eq(err.text, bad_zones[_i].error);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof(table)[0])

Suite *
wax_zone_suite(void)
{
	Suite *s = suite_create("zone");
	TCase *tc = tcase_create("zone");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_zone_answers, 0, N(questions));
	tcase_add_test(tc, test_zone_without_any_answer);
	tcase_add_test(tc, test_zone_splits_long_texts);
	tcase_add_test(tc, test_zone_peeks_at_what_is_not_late);
	tcase_add_loop_test(
	    tc, test_zone_says_where_it_is_wrong, 0, N(bad_zones));
	suite_add_tcase(s, tc);
	return s;
}
