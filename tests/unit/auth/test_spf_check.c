/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results, ways and reasons of whole evaluations. What RFC 7208 wants of
 * each mechanism is in the OpenSPF suites (tests/conformance).
 */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/unit/auth/spf_suites.h"

#define DEADLINE 8000
#define CLIENT "192.0.2.7"

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

static struct wax_spf_result
evaluate(const struct wax_spf_judge *judge, const char *zone,
    const struct wax_spf_query *query)
{
	return judge->evaluate(
	    arena, wax_spf_zone(arena, zone), query, DEADLINE);
}

static const struct {
	const char *name;
	const char *zone;
	enum wax_result result;
	const char *mechanism;
	const char *reason;
} checks[] = {
	{ "no record", "d.example A 192.0.2.1", WAX_NONE, "", "no SPF record" },
	{ "no such name", "", WAX_NONE, "", "no SPF record" },
	{ "other texts only", "d.example TXT v=spf10 -all", WAX_NONE, "",
	    "no SPF record" },
	{ "beside other texts",
	    "d.example TXT hello\nd.example TXT v=spf1 -all", WAX_FAIL, "-all",
	    "" },
	{ "two records (SP-07)",
	    "d.example TXT v=spf1 -all\nd.example TXT V=SPF1 +all",
	    WAX_PERMERROR, "", "d.example has 2 SPF records" },
	{ "default", "d.example TXT v=spf1 ip4:192.0.2.8", WAX_NEUTRAL, "",
	    "no term matched" },
	{ "as published", "d.example TXT v=spf1 IP4:192.0.2.0/24 -all",
	    WAX_PASS, "IP4:192.0.2.0/24", "" },
	{ "softfail", "d.example TXT v=spf1 ~all", WAX_SOFTFAIL, "~all", "" },
	{ "neutral by a term", "d.example TXT v=spf1 ?all", WAX_NEUTRAL, "?all",
	    "" },
	{ "include",
	    "d.example TXT v=spf1 include:i.example -all\n"
	    "i.example TXT v=spf1 ip4:192.0.2.0/24 -all",
	    WAX_PASS, "include:i.example -> ip4:192.0.2.0/24", "" },
	{ "include that fails",
	    "d.example TXT v=spf1 include:i.example -all\n"
	    "i.example TXT v=spf1 -all",
	    WAX_FAIL, "-all", "" },
	{ "include with a qualifier",
	    "d.example TXT v=spf1 -include:i.example +all\n"
	    "i.example TXT v=spf1 +all",
	    WAX_FAIL, "-include:i.example -> +all", "" },
	{ "include, three deep",
	    "d.example TXT v=spf1 include:i.example -all\n"
	    "i.example TXT v=spf1 include:j.example\n"
	    "j.example TXT v=spf1 a:k.example\n"
	    "k.example A " CLIENT,
	    WAX_PASS, "include:i.example -> include:j.example -> a:k.example",
	    "" },
	{ "a negative include inside",
	    "d.example TXT v=spf1 include:i.example ~all\n"
	    "i.example TXT v=spf1 -include:j.example +all\n"
	    "j.example TXT v=spf1 +all",
	    WAX_SOFTFAIL, "~all", "" },
	{ "goes on behind an include",
	    "d.example TXT v=spf1 include:i.example ip4:192.0.2.7\n"
	    "i.example TXT v=spf1 include:j.example ?all\n"
	    "j.example TXT v=spf1 -all",
	    WAX_PASS, "ip4:192.0.2.7", "" },
	{ "include without a record (SP-04)",
	    "d.example TXT v=spf1 include:i.example +all", WAX_PERMERROR, "",
	    "i.example, which is included, has no SPF record" },
	{ "include of a domain of one label",
	    "d.example TXT v=spf1 include:%{d1} +all\n"
	    "example TXT v=spf1 +all",
	    WAX_PERMERROR, "",
	    "example, which is included, has no SPF record" },
	{ "include of what is no name",
	    "d.example TXT v=spf1 include:a..b.example +all", WAX_PERMERROR, "",
	    "a name that is no domain, which is included, has no SPF "
	    "record" },
	{ "include with an error",
	    "d.example TXT v=spf1 include:i.example +all\n"
	    "i.example TXT v=spf1  mx moo",
	    WAX_PERMERROR, "",
	    "syntax error in the record of i.example, term 2 (octet 12): "
	    "no such mechanism" },
	{ "an error behind a match", "d.example TXT v=spf1 +all ip4:1",
	    WAX_PERMERROR, "",
	    "syntax error in the record of d.example, term 2 (octet 17): "
	    "not an IPv4 address" },
	{ "redirect",
	    "d.example TXT v=spf1 redirect=r.example\n"
	    "r.example TXT v=spf1 a ~all",
	    WAX_SOFTFAIL, "redirect=r.example -> ~all", "" },
	{ "redirect before all (SP-05)",
	    "d.example TXT v=spf1 redirect=r.example -all", WAX_FAIL, "-all",
	    "" },
	{ "redirect inside an include",
	    "d.example TXT v=spf1 include:i.example -all\n"
	    "i.example TXT v=spf1 redirect=r.example\n"
	    "r.example TXT v=spf1 ip4:192.0.2.7",
	    WAX_PASS,
	    "include:i.example -> redirect=r.example -> ip4:192.0.2.7", "" },
	{ "redirect without a record",
	    "d.example TXT v=spf1 redirect=r.example", WAX_PERMERROR, "",
	    "r.example, which is redirected to, has no SPF record" },
	{ "redirect to the default",
	    "d.example TXT v=spf1 redirect=r.example\n"
	    "r.example TXT v=spf1",
	    WAX_NEUTRAL, "", "no term matched" },
	{ "exists, AAAA only (SP-06)",
	    "d.example TXT v=spf1 exists:e.example -all\n"
	    "e.example AAAA 2001:db8::1",
	    WAX_FAIL, "-all", "" },
	{ "ip6 of a mapped network matches no client",
	    "d.example TXT v=spf1 ip6:::ffff:0:0/96 -all", WAX_FAIL, "-all",
	    "" },
	{ "mx by its second host",
	    "d.example TXT v=spf1 mx/24 -all\n"
	    "d.example MX 1 nowhere.example\n"
	    "d.example MX 2 h.example\n"
	    "h.example A 192.0.2.99",
	    WAX_PASS, "mx/24", "" },
	{ "null mx", "d.example TXT v=spf1 mx -all\nd.example MX 0 .", WAX_FAIL,
	    "-all", "" },
	{ "ptr",
	    "d.example TXT v=spf1 ptr -all\n"
	    "7.2.0.192.in-addr.arpa PTR forged.d.example\n"
	    "7.2.0.192.in-addr.arpa PTR h.D.example\n"
	    "forged.d.example A 192.0.2.8\n"
	    "h.d.example A " CLIENT,
	    WAX_PASS, "ptr", "" },
	{ "ptr, not by letters",
	    "d.example TXT v=spf1 ptr -all\n"
	    "7.2.0.192.in-addr.arpa PTR bad.example\n"
	    "bad.example A " CLIENT,
	    WAX_FAIL, "-all", "" },
	{ "ptr, temporary errors are no match",
	    "d.example TXT v=spf1 ptr -all\n"
	    "7.2.0.192.in-addr.arpa FAULT servfail",
	    WAX_FAIL, "-all", "" },
	{ "%{p}: the domain, then a subdomain, then any",
	    "d.example TXT v=spf1 exists:%{p}.p.example -all\n"
	    "7.2.0.192.in-addr.arpa PTR x.example\n"
	    "7.2.0.192.in-addr.arpa PTR s.d.example\n"
	    "7.2.0.192.in-addr.arpa PTR d.example\n"
	    "x.example A " CLIENT "\ns.d.example A " CLIENT
	    "\nd.example A 192.0.2.8\n"
	    "s.d.example.p.example A 127.0.0.2",
	    WAX_PASS, "exists:%{p}.p.example", "" },
	{ "%{p} unknown",
	    "d.example TXT v=spf1 exists:%{p}.p.example -all\n"
	    "unknown.p.example A 127.0.0.2",
	    WAX_PASS, "exists:%{p}.p.example", "" },
	{ "%{d} in an include, %{o} of the sender",
	    "d.example TXT v=spf1 include:i.example -all\n"
	    "i.example TXT v=spf1 exists:%{d}.%{o}.%{l}.m.example\n"
	    "i.example.d.example.user.m.example A 127.0.0.2",
	    WAX_PASS, "include:i.example -> exists:%{d}.%{o}.%{l}.m.example",
	    "" },
	{ "a name that cannot be asked",
	    "d.example TXT v=spf1 a:a..b.example -all", WAX_FAIL, "-all", "" },
};

START_TEST(test_check)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i % N_JUDGES];
	int row = _i / N_JUDGES;
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_spf_result result =
	    evaluate(judge, checks[row].zone, &query);

	ck_assert_msg(result.result == checks[row].result, "%s: %s (%.*s)",
	    checks[row].name, wax_result_word(result.result),
	    WAX_FMT(result.reason));
	ck_assert_msg(result.engine == judge->engine, "%s: the other engine",
	    checks[row].name);
	ck_assert_wax_str_eq(result.mechanism,
	    judge->engine == WAX_SPF_OWN ? checks[row].mechanism : "");
	ck_assert_wax_str_eq(result.reason, checks[row].reason);
	ck_assert_wax_str_eq(result.domain.text, "d.example");
	ck_assert_int_eq(result.scope, WAX_SPF_MAILFROM);
	ck_assert(!result.undecided);
	ck_assert(!result.limit_hit);
}
END_TEST

static const struct {
	const char *name;
	const char *from, *ip;
	enum wax_result result;
	const char *reason;
} identities[] = {
	{ "no address", "user@d.example", NULL, WAX_NONE,
	    "the client has no IP address" },
	{ "no domain", "user@[192.0.2.1]", CLIENT, WAX_NONE,
	    "no usable domain" },
	{ "one label", "user@example", CLIENT, WAX_NONE,
	    "a domain of one label" },
	{ "loopback, IPv4", "user@d.example", "127.0.0.1", WAX_FAIL, "" },
	{ "loopback, IPv6", "user@d.example", "::1", WAX_FAIL, "" },
	{ "mapped", "user@d.example", "::ffff:192.0.2.99", WAX_PASS, "" },
	{ "IPv6", "user@d.example", "2001:db8::9", WAX_PASS, "" },
};

START_TEST(test_check_identities)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i % N_JUDGES];
	int row = _i / N_JUDGES;
	struct wax_spf_query query =
	    wax_spf_query_of(arena, identities[row].from, identities[row].ip);
	struct wax_spf_result result = evaluate(judge,
	    "d.example TXT v=spf1 ip4:192.0.2.99 a -all\n"
	    "d.example AAAA 2001:db8::9\n"
	    "example TXT v=spf1 +all",
	    &query);

	ck_assert_msg(result.result == identities[row].result, "%s: %s",
	    identities[row].name, wax_result_word(result.result));
	ck_assert_wax_str_eq(result.reason, identities[row].reason);
}
END_TEST

/*
 * Temporary errors: undecided is false only if what is known excludes a
 * pass.
 */
static const struct {
	const char *name;
	const char *record;
	const char *more;
	const char *reason;
	bool undecided;
} temporary[] = {
	{ "may match", "a:t.example -all", "", "no answer to A of t.example",
	    true },
	{ "may fail, or pass behind", "-a:t.example +all", "",
	    "no answer to A of t.example", true },
	{ "cannot pass", "-a:t.example -all", "", "no answer to A of t.example",
	    false },
	{ "cannot pass, by ip4 first", "-a:t.example ~ip4:192.0.2.0/24 +all",
	    "", "no answer to A of t.example", false },
	{ "can pass, ip4 is another's", "-a:t.example ~ip4:192.0.3.0/24 +all",
	    "", "no answer to A of t.example", true },
	{ "cannot pass, ip6 behind", "?a:t.example ip6:::/0 -all", "",
	    "no answer to A of t.example", false },
	{ "may pass by the DNS behind", "?a:t.example mx -all", "",
	    "no answer to A of t.example", true },
	{ "may pass by a redirect", "?a:t.example redirect=t.example", "",
	    "no answer to A of t.example", true },
	{ "redirect behind all", "?a:t.example redirect=t.example -all", "",
	    "no answer to A of t.example", false },
	{ "default", "?a:t.example", "", "no answer to A of t.example", false },
	{ "include's record", "include:t.example -all", "",
	    "no answer to TXT of t.example", true },
	{ "include's record, negative", "-include:t.example -all", "",
	    "no answer to TXT of t.example", false },
	{ "redirect's record", "redirect=t.example", "",
	    "no answer to TXT of t.example", true },
	{ "in an include", "include:i.example -all",
	    "i.example TXT v=spf1 a:t.example -all",
	    "no answer to A of t.example", true },
	{ "in an include that cannot pass", "include:i.example -all",
	    "i.example TXT v=spf1 ?a:t.example -all",
	    "no answer to A of t.example", false },
	{ "in such an include, and behind it", "include:i.example mx -all",
	    "i.example TXT v=spf1 ?a:t.example -all",
	    "no answer to A of t.example", true },
	{ "in a negative include", "-include:i.example -all",
	    "i.example TXT v=spf1 a:t.example -all",
	    "no answer to A of t.example", false },
	{ "redirect in an include", "include:i.example -all",
	    "i.example TXT v=spf1 redirect=t.example",
	    "no answer to TXT of t.example", true },
	{ "redirect in a negative include", "-include:i.example -all",
	    "i.example TXT v=spf1 redirect=t.example",
	    "no answer to TXT of t.example", false },
	{ "mx", "mx:t.example -all", "", "no answer to MX of t.example", true },
	{ "mx host", "mx:h.example -all", "h.example MX 1 t.example",
	    "no answer to A of t.example", true },
	{ "exists", "exists:t.example -all", "", "no answer to A of t.example",
	    true },
	{ "eleventh term behind",
	    "?a ?a ?a ?a ?a ?a ?a ?a ?a ?a:t.example mx -all",
	    "d.example A 192.0.2.8", "no answer to A of t.example", false },
	{ "tenth term behind", "?a ?a ?a ?a ?a ?a ?a ?a ?a:t.example mx -all",
	    "d.example A 192.0.2.8", "no answer to A of t.example", true },
};

START_TEST(test_check_temporary)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i % N_JUDGES];
	int row = _i / N_JUDGES;
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_str zone = wax_textf(arena,
	    "t.example FAULT timeout\nd.example TXT v=spf1 %s\n%s",
	    temporary[row].record, temporary[row].more);
	struct wax_spf_result result = evaluate(judge, zone.p, &query);

	ck_assert_msg(result.result == WAX_TEMPERROR, "%s: %s",
	    temporary[row].name, wax_result_word(result.result));
	ck_assert_wax_str_eq(result.reason, temporary[row].reason);
	ck_assert_msg(result.undecided == (temporary[row].undecided ||
	                                      judge->engine != WAX_SPF_OWN),
	    "%s", temporary[row].name);
	ck_assert_uint_eq(result.mechanism.n, 0);
}
END_TEST

/* Whether a name that is told may show the sender's local-part. */
static const struct {
	const char *zone, *reason;
	bool by_macro;
} told[] = {
	{ "d.example TXT v=spf1 include:user.d.example -all",
	    "user.d.example, which is included, has no SPF record", false },
	{ "d.example TXT v=spf1 include:%{l}.d.example -all",
	    "user.d.example, which is included, has no SPF record", true },
	{ "d.example TXT v=spf1 redirect=%{l1r-}.d.example",
	    "user.d.example, which is redirected to, has no SPF record", true },
	{ "d.example TXT v=spf1 exists:%{l}.d.example -all\n"
	  "user.d.example FAULT timeout",
	    "no answer to A of user.d.example", true },
	{ "d.example TXT v=spf1 include:i.example -all\n"
	  "i.example TXT v=spf1 a:%{o}/24 -all\nd.example FAULT timeout A",
	    "no answer to A of d.example", true },
	/* An explanation that was expanded is no matter. */
	{ "d.example TXT v=spf1 ?ip4:192.0.2.8 exp=%{l}.d.example",
	    "no term matched", false },
};

START_TEST(test_check_tells_of_macros)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i % N_JUDGES];
	int row = _i / N_JUDGES;
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_spf_result result = evaluate(judge, told[row].zone, &query);

	ck_assert_wax_str_eq(result.reason, told[row].reason);
	ck_assert_int_eq(result.names_by_macro, told[row].by_macro);
}
END_TEST

START_TEST(test_check_no_record_temporary)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_spf_result result =
	    evaluate(judge, "d.example FAULT delay=9 TXT", &query);

	ck_assert_int_eq(result.result, WAX_TEMPERROR);
	ck_assert(result.undecided);
	ck_assert_wax_str_eq(result.reason, "no answer to TXT of d.example");
}
END_TEST

/* A match before the question that is not answered decides. */
START_TEST(test_check_decided_before_trouble)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_spf_result result = evaluate(judge,
	    "d.example TXT v=spf1 ip4:192.0.2.7 a:t.example\n"
	    "t.example FAULT servfail",
	    &query);

	ck_assert_int_eq(result.result, WAX_PASS);
	ck_assert(!result.undecided);
}
END_TEST

static const char exp_zone[] =
    "d.example TXT v=spf1 -all exp=why.%{d}\n"
    "why.d.example TXT %{i} is not one of %{d}'s, says %{r} (%{p})\n"
    "7.2.0.192.in-addr.arpa PTR h.example\n"
    "h.example A " CLIENT;

START_TEST(test_check_explains_if_asked)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_spf_result result = evaluate(judge, exp_zone, &query);

	ck_assert_int_eq(result.result, WAX_FAIL);
	ck_assert_uint_eq(result.explanation.n, 0);
	query.want_explanation = true;
	query.receiver = WAX_STR("mx.receiver.example");
	result = evaluate(judge, exp_zone, &query);
	ck_assert_int_eq(result.result, WAX_FAIL);
	ck_assert_wax_str_eq(result.explanation, CLIENT
	    " is not one of d.example's, says mx.receiver.example (h.example)");
	ck_assert_wax_str_eq(
	    result.mechanism, judge->engine == WAX_SPF_OWN ? "-all" : "");
	ck_assert_uint_eq(result.terms, 0);
	ck_assert_uint_eq(result.voids, 0);
}
END_TEST

/* Terms are shown cut, so that a record of 16 kB makes no line of 160 kB. */
START_TEST(test_check_shows_terms_cut)
{
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_text zone;
	struct wax_spf_result result;

	wax_text_init(&zone, arena);
	wax_text_addz(&zone, "d.example TXT v=spf1 exists:");
	for (size_t i = 0; i < 1000; i++)
		wax_text_addz(&zone, "aaa.");
	wax_text_addz(&zone, "%{l1r}%{d}\n*.d.example A 192.0.2.1\n"
	                     "*.aaa.userd.example A 127.0.0.2");
	result = evaluate(&wax_spf_judges[0], zone.p, &query);
	ck_assert_int_eq(result.result, WAX_PASS);
	ck_assert_uint_eq(result.mechanism.n, WAX_SPF_TERM_SHOWN_MAX);
}
END_TEST

/* spf-engine decides who judges. */
START_TEST(test_check_by_engines)
{
	struct wax_engine_options options = { .spf =
		                                  wax_spf_judges[_i].engine };
	struct wax_err err = { .text = "" };
	struct wax_engines *engines = wax_engines_open(&options, &err);
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_spf_result result;

	ck_assert_msg(engines != NULL, "%s", err.text);
	result = wax_spf_evaluate(arena, engines,
	    wax_spf_zone(arena, "d.example TXT v=spf1 ~all"), &query, DEADLINE);
	ck_assert_int_eq(result.result, WAX_SOFTFAIL);
	ck_assert_int_eq(result.engine, wax_spf_judges[_i].engine);
	wax_engines_close(engines);
}
END_TEST

Suite *
wax_spf_check_suite(void)
{
	Suite *s = suite_create("spf check");
	TCase *tc = tcase_create("check");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_check, 0, N(checks) * N_JUDGES);
	tcase_add_loop_test(
	    tc, test_check_identities, 0, N(identities) * N_JUDGES);
	tcase_add_loop_test(
	    tc, test_check_temporary, 0, N(temporary) * N_JUDGES);
	tcase_add_loop_test(
	    tc, test_check_tells_of_macros, 0, N(told) * N_JUDGES);
	tcase_add_loop_test(tc, test_check_no_record_temporary, 0, N_JUDGES);
	tcase_add_loop_test(tc, test_check_decided_before_trouble, 0, N_JUDGES);
	tcase_add_loop_test(tc, test_check_explains_if_asked, 0, N_JUDGES);
	tcase_add_test(tc, test_check_shows_terms_cut);
	tcase_add_loop_test(tc, test_check_by_engines, 0, N_JUDGES);
	suite_add_tcase(s, tc);
	return s;
}
