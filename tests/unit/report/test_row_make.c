/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which messages are reported, and what is said about them.
 */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/report/aggregate.h"
#include "policy/report/row.h"
#include "tests/unit/report/suites.h"
#include "tests/unit/top/suites.h"

#define NOW 1764000000

static struct wax_arena *arena;
static struct sample m;
static struct wax_str own_address;
static struct wax_report_row row;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	sample_spoof(&m);
	m.results.dmarc.record = wax_dmarc_record_parse(
	    arena, WAX_STR("v=DMARC1; p=reject; rua=mailto:d@author.example"));
	own_address = WAX_STR("");
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static bool
make(void)
{
	struct wax_verdict verdict =
	    wax_verdict_decide(arena, &m.policy, &m.facts, &m.results);

	return wax_report_row_make(
	    arena, &m.facts, &m.results, &verdict, own_address, NOW, &row);
}

static struct wax_str
policy_text(void)
{
	return wax_report_policy_format(arena, &row.policy);
}

static struct wax_str
tuple_text(void)
{
	return wax_report_tuple_format(arena, &row.tuple);
}

START_TEST(test_row_of_a_spoof)
{
	ck_assert(make());
	ck_assert_int_eq(row.time, NOW);
	ck_assert(!row.is_accepted);
	ck_assert_wax_str_eq(policy_text(),
	    "domain=author.example p=reject sp=reject np=reject adkim=r"
	    " aspf=r t=n by=treewalk fo=0 rua=\"mailto:d@author.example\"");
	ck_assert_wax_str_eq(tuple_text(),
	    "ip=192.0.2.66 disposition=reject dkim=fail spf=fail"
	    " header_from=author.example envelope_from=author.example"
	    " mailfrom=author.example,fail");
}
END_TEST

/* Signatures of a message, d= by their number. */
static void
sign(size_t n, struct wax_dkim_signature (*one)(size_t))
{
	struct wax_dkim_signature *list = wax_alloc(arena, n, sizeof *list);

	for (size_t i = 0; i < n; i++)
		list[i] = one(i);
	m.results.n_dkim = n;
	m.results.dkim = list;
}

static struct wax_dkim_signature
signature(enum wax_result result, const char *sdid, struct wax_str selector)
{
	return (struct wax_dkim_signature){
		.result = result,
		.sdid = dom(sdid),
		.selector = selector,
		.reason = result == WAX_PASS ? WAX_STR("") : WAX_STR("why"),
	};
}

/* Failing, foreign, related and own ones by turns; the own ones last. */
static struct wax_dkim_signature
one_of_150(size_t i)
{
	struct wax_str selector = wax_textf(arena, "s%zu", i);

	if (i >= 140)
		return signature(WAX_PASS, "author.example", selector);
	switch (i % 4) {
	case 0:
		return signature(WAX_FAIL, "author.example", selector);
	case 1:
		return signature(WAX_PASS, "other.example", selector);
	case 2:
		return signature(WAX_PASS, "news.author.example", selector);
	default:
		return signature(WAX_PERMERROR, "other.example", selector);
	}
}

/* RFC 9990 s3.1.3: aligned ones first, and those of a kind in their order. */
START_TEST(test_rc_09_signatures_by_preference)
{
	const struct wax_report_signature *list;

	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	m.results.dmarc.dkim_aligned = true;
	m.results.dmarc.aligned_signature = 140;
	sign(150, one_of_150);
	ck_assert(make());
	ck_assert_uint_eq(row.tuple.n_dkim, WAX_REPORT_SIGNATURES_MAX);
	list = row.tuple.dkim;
	for (size_t i = 0; i < 10; i++)
		ck_assert_str_eq(wax_str_z(arena, list[i].selector),
		    wax_str_z(arena, wax_textf(arena, "s%zu", 140 + i)));
	for (size_t i = 10; i < 45; i++) {
		ck_assert_wax_str_eq(list[i].domain, "news.author.example");
		ck_assert_int_eq(list[i].result, WAX_PASS);
	}
	ck_assert_wax_str_eq(list[10].selector, "s2");
	ck_assert_wax_str_eq(list[11].selector, "s6");
	for (size_t i = 45; i < 80; i++) {
		ck_assert_wax_str_eq(list[i].domain, "other.example");
		ck_assert_int_eq(list[i].result, WAX_PASS);
	}
	ck_assert_wax_str_eq(list[80].selector, "s0");
	ck_assert_wax_str_eq(list[81].selector, "s3");
	ck_assert_int_eq(list[81].result, WAX_PERMERROR);
	ck_assert_wax_str_eq(list[81].human, "why");
	/* The line is read again. */
	ck_assert(wax_report_tuple_parse(arena, tuple_text(), &row.tuple));
}
END_TEST

/* A record's rua= of so many octets, the last URI ending there. */
static void
set_rua(size_t n)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "mailto:a@author.example ,");
	while (text.n < n - 40)
		wax_text_addz(&text, "mailto:b@author.example,");
	wax_text_addz(&text, "mailto:");
	while (text.n < n - 2)
		wax_text_addc(&text, 'c');
	wax_text_addz(&text, "@d");
	m.results.dmarc.record.rua = wax_text_str(&text);
	ck_assert_uint_eq(text.n, n);
}

START_TEST(test_rua_is_bounded)
{
	size_t max = WAX_REPORT_RUA_BYTES_MAX;

	set_rua(max);
	ck_assert(make());
	ck_assert(wax_str_eq(row.policy.rua, m.results.dmarc.record.rua));
	set_rua(max + 1);
	ck_assert(make());
	ck_assert(
	    wax_str_ends(row.policy.rua, WAX_STR("mailto:b@author.example")));
	ck_assert(wax_str_starts(m.results.dmarc.record.rua, row.policy.rua));
	ck_assert_uint_gt(row.policy.rua.n, max - 60);
	/* A comma just behind the bound ends a URI that has room. */
	set_rua(max);
	m.results.dmarc.record.rua = wax_textf(arena, "%.*s,mailto:e@f.example",
	    WAX_FMT(m.results.dmarc.record.rua));
	ck_assert(make());
	ck_assert_uint_eq(row.policy.rua.n, max);
	/* Blanks before the comma are no part of it. */
	m.results.dmarc.record.rua =
	    wax_textf(arena, "mailto:a@b.example \t,%0*d", 3000, 1);
	ck_assert(make());
	ck_assert_wax_str_eq(row.policy.rua, "mailto:a@b.example");
	m.results.dmarc.record.rua = wax_textf(arena, "mailto:%03000d@d", 1);
	ck_assert(make());
	ck_assert_uint_eq(row.policy.rua.n, 0);
}
END_TEST

Suite *
wax_row_suite(void)
{
	Suite *suite = suite_create("row");
	TCase *tcase = tcase_create("row");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_row_of_a_spoof);
	tcase_add_test(tcase, test_rc_09_signatures_by_preference);
	tcase_add_test(tcase, test_rua_is_bounded);
	suite_add_tcase(suite, tcase);
	return suite;
}
