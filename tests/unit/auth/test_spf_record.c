/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/spf_record.h"
#include "policy/base/text.h"
#include "tests/unit/auth/spf_suites.h"

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

static const struct {
	const char *text;
	bool is_record;
} texts[] = {
	{ "v=spf1", true },
	{ "v=spf1 -all", true },
	{ "V=SpF1 -all", true },
	{ "v=spf1  ", true },
	{ "v=spf10 -all", false },
	{ "v=spf1\t-all", false },
	{ "v=spf1mx", false },
	{ " v=spf1 -all", false },
	{ "v=spf", false },
	{ "", false },
	{ "v=spf2.0/pra -all", false },
};

START_TEST(test_record_is)
{
	ck_assert_int_eq(
	    wax_spf_record_is(wax_exact(texts[_i].text)), texts[_i].is_record);
}
END_TEST

/* Every class of syntax error, and where it is seen. */
static const struct {
	const char *name;
	const char *text;
	size_t at;
	const char *what;
} faults[] = {
	{ "unknown mechanism", "v=spf1 moo", 7, "no such mechanism" },
	{ "after a match", "v=spf1 +all moo", 12, "no such mechanism" },
	{ "qualifier alone", "v=spf1 -", 8, "no such mechanism" },
	{ "two qualifiers", "v=spf1 +-all", 8, "no such mechanism" },
	{ "all with a dot", "v=spf1 -all.", 8, "no such mechanism" },
	{ "all with argument", "v=spf1 -all:foo", 11,
	    "a mechanism that takes no argument" },
	{ "all with length", "v=spf1 -all/8", 11,
	    "a mechanism that takes no argument" },
	{ "all with NUL", "v=spf1 -all\\000", 8, "no such mechanism" },
	{ "tab for a blank", "v=spf1 mx\\009-all", 7, "no such mechanism" },
	{ "8-bit", "v=spf1 a:\\128.example", 9,
	    "an octet that is not visible ASCII" },
	{ "control", "v=spf1 a:a.example\\013", 18,
	    "an octet that is not visible ASCII" },
	{ "include alone", "v=spf1 include", 14, "a domain is missing" },
	{ "include empty", "v=spf1 include:", 15, "a domain is missing" },
	{ "include with =", "v=spf1 include=", 0, NULL },
	{ "include and length", "v=spf1 include:a.example/24", 15,
	    "a domain that ends in no top-level label" },
	{ "exists alone", "v=spf1 exists -all", 13, "a domain is missing" },
	{ "exists and length", "v=spf1 exists:a.example/24", 14,
	    "a domain that ends in no top-level label" },
	{ "ptr and length", "v=spf1 ptr/0", 10, "a domain is missing" },
	{ "ptr empty", "v=spf1 ptr:", 11, "a domain is missing" },
	{ "a empty", "v=spf1 a:", 9, "a domain is missing" },
	{ "a empty and length", "v=spf1 a:/24", 9, "a domain is missing" },
	{ "a/33", "v=spf1 a/33", 9, "not a CIDR length of IPv4" },
	{ "a/032", "v=spf1 a/032", 9, "not a CIDR length of IPv4" },
	{ "a//129", "v=spf1 a//129", 10, "not a CIDR length of IPv6" },
	{ "a/24/64", "v=spf1 a/24/64", 12, "not a CIDR length of IPv4" },
	{ "a/24/24", "v=spf1 a/24/24", 8, "not a CIDR length" },
	{ "a/", "v=spf1 a/", 8, "not a CIDR length" },
	{ "a/x", "v=spf1 a/x", 8, "not a CIDR length" },
	{ "a///64", "v=spf1 a///64", 8, "not a CIDR length" },
	{ "mx and port", "v=spf1 mx:a.example:25", 10,
	    "a domain that ends in no top-level label" },
	{ "numeric top label", "v=spf1 a:192.0.2.1", 9,
	    "a domain that ends in no top-level label" },
	{ "top label only", "v=spf1 a:museum", 9,
	    "a domain that ends in no top-level label" },
	{ "top label only, dot", "v=spf1 a:museum.", 9,
	    "a domain that ends in no top-level label" },
	{ "top label -com", "v=spf1 a:example.-com", 9,
	    "a domain that ends in no top-level label" },
	{ "top label com-", "v=spf1 a:example.com-", 9,
	    "a domain that ends in no top-level label" },
	{ "top label with _", "v=spf1 a:example.c_m", 9,
	    "a domain that ends in no top-level label" },
	{ "text behind a macro", "v=spf1 a:%{d}com", 13,
	    "a domain that ends in no top-level label" },
	{ "letter for exp", "v=spf1 exists:%{c}.example", 14,
	    "a macro letter that is for explanations only" },
	{ "letter for exp in exp=", "v=spf1 exp=%{r}.example", 11,
	    "a macro letter that is for explanations only" },
	{ "no such letter", "v=spf1 exists:x.%{a}", 16,
	    "no such macro letter" },
	{ "empty macro", "v=spf1 exists:%{}", 14, "no such macro letter" },
	{ "zero parts", "v=spf1 exists:%{d0}", 14,
	    "a macro that uses 0 parts" },
	{ "many zeros", "v=spf1 exists:%{d000r}", 14,
	    "a macro that uses 0 parts" },
	{ "bad delimiter", "v=spf1 exists:%{d2r:}", 14,
	    "a macro that is not closed as it should be" },
	{ "r before digits", "v=spf1 exists:%{dr2}", 14,
	    "a macro that is not closed as it should be" },
	{ "open macro", "v=spf1 exists:%{d", 14,
	    "a macro that is not closed as it should be" },
	{ "open macro, blank", "v=spf1 exists:%{d }", 14,
	    "a macro that is not closed as it should be" },
	{ "percent alone", "v=spf1 exists:a%", 15,
	    "% without a macro behind it" },
	{ "percent letter", "v=spf1 exists:a%(d).example", 15,
	    "% without a macro behind it" },
	{ "ip4 alone", "v=spf1 ip4", 10, "an address is missing" },
	{ "ip4 empty", "v=spf1 ip4:", 11, "not an IPv4 address" },
	{ "ip4 short", "v=spf1 ip4:1.2.3", 11, "not an IPv4 address" },
	{ "ip4 port", "v=spf1 ip4:1.2.3.4:25", 11, "not an IPv4 address" },
	{ "ip4 zeros", "v=spf1 ip4:1.2.3.04", 11, "not an IPv4 address" },
	{ "ip4 256", "v=spf1 ip4:1.2.3.256", 11, "not an IPv4 address" },
	{ "ip4 of ip6", "v=spf1 ip4:2001:db8::1", 11, "not an IPv4 address" },
	{ "ip4/33", "v=spf1 ip4:1.2.3.4/33", 19, "not a CIDR length" },
	{ "ip4/032", "v=spf1 ip4:1.2.3.4/032", 19, "not a CIDR length" },
	{ "ip4//32", "v=spf1 ip4:1.2.3.4//32", 11, "not an IPv4 address" },
	{ "ip4 NUL", "v=spf1 ip4:1.2.3.4\\000", 11, "not an address" },
	{ "ip6 alone", "v=spf1 -all ip6", 15, "an address is missing" },
	{ "ip6 twice ::", "v=spf1 ip6:1::2::3", 11, "not an IPv6 address" },
	{ "ip6 with prefix word", "v=spf1 ip6:IPv6:::1", 11,
	    "not an IPv6 address" },
	{ "ip6/129", "v=spf1 ip6:::1/129", 15, "not a CIDR length" },
	{ "ip6//33", "v=spf1 ip6:::1//33", 11, "not an IPv6 address" },
	{ "redirect empty", "v=spf1 ?all redirect=", 21,
	    "a domain is missing" },
	{ "redirect odd", "v=spf1 redirect=-all", 16,
	    "a domain that ends in no top-level label" },
	{ "redirect twice", "v=spf1 redirect=a.example Redirect=b.example", 26,
	    "a modifier that was there before" },
	{ "redirect as mechanism", "v=spf1 redirect:a.example", 7,
	    "no such mechanism" },
	{ "exp empty", "v=spf1 exp= -all", 11, "a domain is missing" },
	{ "exp twice", "v=spf1 exp=a.example -all exp=a.example", 26,
	    "a modifier that was there before" },
	{ "modifier 1up", "v=spf1 1up=x", 7, "not the name of a modifier" },
	{ "modifier without name", "v=spf1 =all", 7,
	    "not the name of a modifier" },
	{ "modifier with qualifier", "v=spf1 -moo=x", 7,
	    "not the name of a modifier" },
	{ "modifier, bad macro", "v=spf1 -all foo=%abc", 16,
	    "% without a macro behind it" },
};

/* \DDD in the tables, so that NUL can be said. */
static struct wax_str
octets(const char *z)
{
	struct wax_str s = wax_str_of(z);
	struct wax_text text;
	unsigned long octet;

	wax_text_init(&text, arena);
	for (; s.n > 0; s = wax_str_from(s, 1)) {
		if (s.p[0] != '\\') {
			wax_text_addc(&text, s.p[0]);
			continue;
		}
		ck_assert(wax_str_number(
		    wax_str_head(wax_str_from(s, 1), 3), 255, &octet));
		wax_text_addc(&text, (char)octet);
		s = wax_str_from(s, 3);
	}
	return wax_exact_n(text.p, text.n);
}

START_TEST(test_record_faults)
{
	struct wax_spf_record record;
	struct wax_spf_fault fault;
	bool fine =
	    wax_spf_record_parse(octets(faults[_i].text), &record, &fault);

	ck_assert_msg(fine == (faults[_i].what == NULL), "%s: %s",
	    faults[_i].name, fault.what);
	if (fine)
		return;
	ck_assert_msg(strcmp(fault.what, faults[_i].what) == 0,
	    "%s: %s (at %zu)", faults[_i].name, fault.what, fault.at);
	ck_assert_msg(
	    fault.at == faults[_i].at, "%s: at %zu", faults[_i].name, fault.at);
}
END_TEST

static const char *
kind_word(enum wax_spf_kind kind)
{
	static const char *const words[] = { "all", "include", "a", "mx", "ptr",
		"ip4", "ip6", "exists", "redirect", "exp", "modifier" };

	return words[kind];
}

/* All terms on one line, for comparing. */
static struct wax_str
shown(const struct wax_spf_record *record)
{
	struct wax_spf_term term;
	struct wax_text text;
	size_t at = 0, n = 0;

	wax_text_init(&text, arena);
	for (; wax_spf_record_next(record, &at, &term); n++) {
		wax_text_addf(&text, "%s%s=%s", n > 0 ? " " : "",
		    kind_word(term.kind), wax_result_word(term.on_match));
		if (term.spec.n > 0)
			wax_text_addf(&text, " spec=%.*s", WAX_FMT(term.spec));
		if (term.prefix4 != 32 || term.prefix6 != 128)
			wax_text_addf(
			    &text, " /%u//%u", term.prefix4, term.prefix6);
		if (term.network.base.family != WAX_IP_NONE)
			wax_text_addf(&text, " v%d %.*s/%u",
			    (int)term.network.base.family,
			    WAX_FMT(wax_ip_format(arena, term.network.base)),
			    term.network.prefix);
	}
	ck_assert_uint_eq(n, record->n_terms);
	return wax_text_str(&text);
}

static const struct {
	const char *text;
	const char *expected;
} records[] = {
	{ "v=spf1", "" },
	{ "v=spf1   ", "" },
	{ "v=spf1 -all", "all=fail" },
	{ "v=spf1  ALL ?all  ~all +aLl ",
	    "all=pass all=neutral all=softfail all=pass" },
	{ "v=spf1 a mx/24 ptr a//64 mx/24//64 a/0//0",
	    "a=pass mx=pass /24//128 ptr=pass a=pass /32//64 "
	    "mx=pass /24//64 a=pass /0//0" },
	{ "v=spf1 a:a.example/24 mx:b.example. ptr:c.example",
	    "a=pass spec=a.example /24//128 mx=pass spec=b.example. "
	    "ptr=pass spec=c.example" },
	{ "v=spf1 a:foo:bar/baz.example a:a/1.example/1",
	    "a=pass spec=foo:bar/baz.example "
	    "a=pass spec=a/1.example /1//128" },
	{ "v=spf1 -exists:%{l1r+-}.%{D2}", "exists=fail spec=%{l1r+-}.%{D2}" },
	{ "v=spf1 exists:%{d/} a:%{d}/8", "exists=pass spec=%{d/} "
	                                  "a=pass spec=%{d} /8//128" },
	{ "v=spf1 a:%%%_%-.x--1 a:%%", "a=pass spec=%%%_%-.x--1 "
	                               "a=pass spec=%%" },
	{ "v=spf1 a:example.1-2", "a=pass spec=example.1-2" },
	{ "v=spf1 ip4:192.0.2.0/24 -ip4:192.0.2.1 ip4:0.0.0.0/0",
	    "ip4=pass v4 192.0.2.0/24 ip4=fail v4 192.0.2.1/32 "
	    "ip4=pass v4 0.0.0.0/0" },
	{ "v=spf1 ip6:2001:DB8::/32 ip6:::1 ip6:::ffff:192.0.2.1/96",
	    "ip6=pass v6 2001:db8::/32 ip6=pass v6 ::1/128 "
	    "ip6=pass v6 ::ffff:192.0.2.1/96" },
	{ "v=spf1 redirect=_spf.%{d2} exp=e.example moo.cow-far_out=m:d/c",
	    "redirect=pass spec=_spf.%{d2} exp=pass spec=e.example "
	    "modifier=pass spec=m:d/c" },
	{ "v=spf1 a= x=%{c}%{t}%{r}", "modifier=pass "
	                              "modifier=pass spec=%{c}%{t}%{r}" },
};

START_TEST(test_record_terms)
{
	struct wax_spf_record record;
	struct wax_spf_fault fault;

	ck_assert_msg(
	    wax_spf_record_parse(wax_exact(records[_i].text), &record, &fault),
	    "%s: %s", records[_i].text, fault.what);
	ck_assert_wax_str_eq(shown(&record), records[_i].expected);
}
END_TEST

START_TEST(test_record_notes_the_whole)
{
	struct wax_spf_record record;
	struct wax_spf_fault fault;

	ck_assert(wax_spf_record_parse(
	    wax_exact("v=spf1 a redirect=r.example exp=e.example ~all"),
	    &record, &fault));
	ck_assert_uint_eq(record.n_terms, 4);
	ck_assert(record.has_all);
	ck_assert_wax_str_eq(record.redirect, "r.example");
	ck_assert_wax_str_eq(record.exp, "e.example");
	ck_assert(wax_spf_record_parse(wax_exact("v=spf1 a"), &record, &fault));
	ck_assert(!record.has_all);
	ck_assert_uint_eq(record.redirect.n, 0);
	ck_assert_uint_eq(record.exp.n, 0);
}
END_TEST

Suite *
wax_spf_record_suite(void)
{
	Suite *s = suite_create("spf record");
	TCase *tc = tcase_create("record");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_record_is, 0, N(texts));
	tcase_add_loop_test(tc, test_record_faults, 0, N(faults));
	tcase_add_loop_test(tc, test_record_terms, 0, N(records));
	tcase_add_test(tc, test_record_notes_the_whole);
	suite_add_tcase(s, tc);
	return s;
}
