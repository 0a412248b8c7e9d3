/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/text.h"
#include "tests/unit/auth/dmarc_world.h"

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
	const char *name, *text;
	bool is;
} filter_rows[] = {
	{ "TW-21 blanks around the equals sign", "v = DMARC1 ; p = none",
	    true },
	{ "TW-22 no separator", "v=DMARC1 p=none", false },
	{ "TW-13 another version", "v=DMARC2; psd=n", false },
	{ "TW-14 version not first", "p=reject; v=DMARC1; psd=n", false },
	{ "TW-15 version in small letters", "v=dmarc1; psd=n", false },
	{ "version in mixed letters", "v=Dmarc1; p=none", false },
	{ "name of the version tag in capitals", "V=DMARC1; p=none", true },
	{ "version alone", "v=DMARC1", true },
	{ "version and separator", "v=DMARC1;", true },
	{ "blank at the end", "v=DMARC1 ", true },
	{ "tabs", "v\t=\tDMARC1\t;p=none", true },
	{ "blank in front", " v=DMARC1; p=none", false },
	{ "tab in front", "\tv=DMARC1; p=none", false },
	{ "separator in front", ";v=DMARC1; p=none", false },
	{ "empty", "", false },
	{ "only a tag name", "v", false },
	{ "only an equals sign", "=", false },
	{ "no value", "v=", false },
	{ "no value, but a separator", "v=;DMARC1", false },
	{ "version and more", "v=DMARC10; p=none", false },
	{ "version cut", "v=DMARC; p=none", false },
	{ "two equals signs", "v==DMARC1; p=none", false },
	{ "another tag", "w=DMARC1; p=none", false },
	{ "longer tag", "vv=DMARC1; p=none", false },
	{ "quotes", "\"v=DMARC1; p=none\"", false },
	{ "newline behind the version", "v=DMARC1\n; p=none", false },
	{ "an SPF record", "v=spf1 -all", false },
};

START_TEST(test_filter)
{
	struct wax_str text = wax_exact(filter_rows[_i].text);

	ck_assert_msg(wax_dmarc_record_is(text) == filter_rows[_i].is, "%s",
	    filter_rows[_i].name);
}
END_TEST

START_TEST(test_filter_refuses_nul)
{
	ck_assert(!wax_dmarc_record_is(wax_exact_n("v=DMARC1\0;", 10)));
	ck_assert(!wax_dmarc_record_is(wax_exact_n("\0v=DMARC1;", 10)));
}
END_TEST

START_TEST(test_filter_bounds_length)
{
	char *text = wax_alloc(arena, WAX_RECORD_BYTES_MAX + 1, 1);
	static const char start[] = "v=DMARC1; p=reject; x=";

	memset(text, 'x', WAX_RECORD_BYTES_MAX + 1);
	memcpy(text, start, sizeof start - 1);
	ck_assert(wax_dmarc_record_is(
	    (struct wax_str){ text, WAX_RECORD_BYTES_MAX }));
	ck_assert(!wax_dmarc_record_is(
	    (struct wax_str){ text, WAX_RECORD_BYTES_MAX + 1 }));
}
END_TEST

/* One line that says everything about a record. */
static struct wax_str
shape(const struct wax_dmarc_record *r)
{
	static const char *const psd[] = { "u", "n", "y" };
	struct wax_text s;

	wax_text_init(&s, arena);
	wax_text_addf(&s, "p=%s", r->has_p ? wax_dmarc_policy_word(r->p) : "-");
	if (r->has_sp || r->bad_sp)
		wax_text_addf(&s, " sp=%s",
		    r->has_sp ? wax_dmarc_policy_word(r->sp) : "bad");
	if (r->has_np || r->bad_np)
		wax_text_addf(&s, " np=%s",
		    r->has_np ? wax_dmarc_policy_word(r->np) : "bad");
	if (r->psd != WAX_PSD_UNKNOWN)
		wax_text_addf(&s, " psd=%s", psd[r->psd]);
	if (r->testing)
		wax_text_addz(&s, " t=y");
	if (r->strict_dkim)
		wax_text_addz(&s, " adkim=s");
	if (r->strict_spf)
		wax_text_addz(&s, " aspf=s");
	if (!wax_str_eq(r->fo, WAX_STR("0")))
		wax_text_addf(&s, " fo=%.*s", WAX_FMT(r->fo));
	if (r->rua.n > 0)
		wax_text_addf(&s, " rua=<%.*s>%s", WAX_FMT(r->rua),
		    r->rua_has_uri ? "" : "!");
	else if (r->has_rua)
		wax_text_addz(&s, " rua=<>");
	if (r->ruf.n > 0)
		wax_text_addf(&s, " ruf=<%.*s>", WAX_FMT(r->ruf));
	if (r->error.n > 0)
		wax_text_addf(&s, " (%.*s)", WAX_FMT(r->error));
	return wax_text_str(&s);
}

/* Text behind "v=DMARC1;". */
static const struct {
	const char *name, *tags, *shape;
} parse_rows[] = {
	{ "p none", "p=none", "p=none" },
	{ "p quarantine", "p=quarantine", "p=quarantine" },
	{ "p reject", "p=reject", "p=reject" },
	{ "PD-42 policy in capitals", "p=REJECT", "p=reject" },
	{ "tag name in capitals", "P=reject;SP=none", "p=reject sp=none" },
	{ "no tags", "", "p=- (no p)" },
	{ "separators only", ";;  ; ;", "p=- (no p)" },
	{ "PD-23 no p", "rua=mailto:d@example.com",
	    "p=- rua=<mailto:d@example.com> (no p)" },
	{ "PD-25 p is no policy", "p=bogus", "p=- (invalid p)" },
	{ "empty p", "p=", "p=- (invalid p)" },
	{ "p without equals sign", "p", "p=- (malformed tag, no p)" },
	{ "p with a prefix of a policy", "p=rejec", "p=- (invalid p)" },
	{ "p with more than a policy", "p=rejects", "p=- (invalid p)" },
	{ "p with a blank inside", "p=re ject", "p=- (invalid p)" },
	{ "PD-27 sp is no policy", "p=reject; sp=bogus",
	    "p=reject sp=bad (invalid sp)" },
	{ "PD-28 np is no policy", "p=reject; np=bogus",
	    "p=reject np=bad (invalid np)" },
	{ "sp and np", "p=reject;sp=quarantine;np=none",
	    "p=reject sp=quarantine np=none" },
	{ "any order", "np=reject; t=y; p=none", "p=none np=reject t=y" },
	{ "first p counts", "p=reject; p=none", "p=reject (repeated p)" },
	{ "first p counts though it is invalid", "p=bogus; p=reject",
	    "p=- (invalid p, repeated p)" },
	{ "repeated thrice is said once", "p=none; p=none; P=none",
	    "p=none (repeated p)" },
	{ "version again", "p=none; v=DMARC1", "p=none (repeated v)" },
	{ "psd yes", "p=none; psd=y", "p=none psd=y" },
	{ "psd no", "p=none; psd=N", "p=none psd=n" },
	{ "psd unknown", "p=none; psd=u", "p=none" },
	{ "TW-17 psd invalid", "p=none; psd=maybe", "p=none (invalid psd)" },
	{ "t yes", "p=none; t=Y", "p=none t=y" },
	{ "t no", "p=none; t=n", "p=none" },
	{ "t invalid", "p=none; t=yes", "p=none (invalid t)" },
	{ "strict", "p=none; adkim=s; aspf=S", "p=none adkim=s aspf=s" },
	{ "strict for DKIM only", "p=none; adkim=s; aspf=r", "p=none adkim=s" },
	{ "strict for SPF only", "p=none; adkim=R; aspf=s", "p=none aspf=s" },
	{ "PD-43 odd values", "p=reject; adkim=x; aspf=; fo=9",
	    "p=reject (invalid adkim, invalid aspf, invalid fo)" },
	{ "fo 1", "p=none; fo=1", "p=none fo=1" },
	{ "fo list", "p=none; fo=1:d:s", "p=none fo=1:d:s" },
	{ "fo list with blanks and capitals", "p=none; fo=S : D",
	    "p=none fo=S : D" },
	{ "FR-07 fo with 0 and 1", "p=none; fo=0:1", "p=none (invalid fo)" },
	{ "fo with d twice", "p=none; fo=d:d", "p=none (invalid fo)" },
	{ "fo with s twice", "p=none; fo=s:1:s", "p=none (invalid fo)" },
	{ "fo with an empty option", "p=none; fo=d:", "p=none (invalid fo)" },
	{ "fo with a long option", "p=none; fo=dd", "p=none (invalid fo)" },
	{ "PD-22 pct is unknown", "p=reject; pct=0", "p=reject" },
	{ "unknown tags are silent", "p=reject; rf=iodef; ri=9; x=", //
	    "p=reject" },
	{ "pct beyond its range", "p=reject; pct=101", "p=reject" },
	{ "blank in a tag name", "s p=none; p=none", "p=none" },
	{ "equals sign in a value", "p=none; rua=mailto:a@b?x=y",
	    "p=none rua=<mailto:a@b?x=y>" },
	{ "8-bit octet in p", "p=none\xc3\xa4", "p=- (invalid p)" },
	{ "8-bit octet in another tag", "x=\xff; p=none", "p=none" },
	{ "8-bit octet in rua", "p=none; rua=mailto:\xfc@b",
	    "p=none rua=<> (invalid rua)" },
	{ "control octet in sp", "p=none; sp=\x01", //
	    "p=none sp=bad (invalid sp)" },
	{ "delete octet in sp", "p=none; sp=\x7f",
	    "p=none sp=bad (invalid sp)" },
	{ "newline in p", "p=none\n", "p=- (invalid p)" },
	{ "tab between tags", "\tp=none\t;\tsp=none\t", "p=none sp=none" },
	{ "ruf", "p=none; ruf=mailto:f@b", "p=none ruf=<mailto:f@b>" },
	{ "the last printable octet", "p=none; rua=x:~", "p=none rua=<x:~>" },
	{ "the first printable octet", "p=none; rua=x:a , x:b",
	    "p=none rua=<x:a , x:b>" },
	{ "ruf without a URI", "p=none; ruf=f", //
	    "p=none ruf=<f> (invalid ruf)" },
};

START_TEST(test_parse)
{
	struct wax_text text;
	struct wax_dmarc_record record;
	struct wax_str exact, got;

	wax_text_init(&text, arena);
	wax_text_addf(&text, "v=DMARC1;%s", parse_rows[_i].tags);
	exact = wax_exact_n(text.p, text.n);
	ck_assert(wax_dmarc_record_is(exact));
	record = wax_dmarc_record_parse(arena, exact);
	got = shape(&record);
	ck_assert_msg(wax_str_eq(got, wax_str_of(parse_rows[_i].shape)),
	    "%s: got \"%.*s\", expected \"%s\"", parse_rows[_i].name,
	    WAX_FMT(got), parse_rows[_i].shape);
	ck_assert(wax_str_eq(record.text, exact));
}
END_TEST

START_TEST(test_parse_takes_nul_for_an_octet)
{
	struct wax_dmarc_record record = wax_dmarc_record_parse(
	    arena, wax_exact_n("v=DMARC1; p=reject\0", 19));

	ck_assert(!record.has_p);
	record = wax_dmarc_record_parse(
	    arena, wax_exact_n("v=DMARC1; p=reject; rua=mailto:a@b\0", 35));
	ck_assert(record.has_p);
	ck_assert(!record.rua_has_uri);
}
END_TEST

static const struct {
	const char *list;
	bool has_uri;
} uri_rows[] = {
	{ "mailto:d@example.com", true },
	{ "MAILTO:d@example.com", true },
	{ "mailto:bad", false },
	{ "mailto:@b", false },
	{ "mailto:a@", false },
	{ "mailto:", false },
	{ "mailto", false },
	{ "d@example.com", false },
	{ ":d@example.com", false },
	{ "https://x.example/r", true },
	{ "h-t+p.9://x", true },
	{ "9h://x", false },
	{ "h_t://x", false },
	{ "x:y", true },
	{ "x:", false },
	{ "https://x.example/a b", false },
	{ "https://x.example/<a>", false },
	{ "https://x.example/\\", false },
	{ "https://x.example/%2C%21", true },
	{ "https://x.example/%2c", true },
	{ "https://x.example/%af%Fa", true },
	{ "htt_p://x", false },
	{ "https://x.example/%2", false },
	{ "https://x.example/%", false },
	{ "https://x.example/%g0", false },
	{ "https://x.example/%0g", false },
	{ "https://x.example/%zz", false },
	{ "mailto:d@example.com!10m", true },
	{ "mailto:d@example.com!10", true },
	{ "mailto:d@example.com!1K", true },
	{ "mailto:d@example.com!1g", true },
	{ "mailto:d@example.com!1t", true },
	{ "mailto:d@example.com!", false },
	{ "mailto:d@example.com!m", false },
	{ "mailto:d@example.com!1x", false },
	{ "mailto:d@example.com!1mm", false },
	{ "mailto:d@example.com!1!1", false },
	{ "bad, mailto:d@example.com", true },
	{ "bad \t, \t mailto:d@example.com \t, bad", true },
	{ ",,mailto:a@b,,", true },
	{ "mailto:a,b@c", false },
	{ ",", false },
	{ "", false },
};

START_TEST(test_uri_list)
{
	struct wax_text text;
	struct wax_dmarc_record record;

	wax_text_init(&text, arena);
	wax_text_addf(&text, "v=DMARC1; rua=%s", uri_rows[_i].list);
	record = wax_dmarc_record_parse(arena, wax_exact_n(text.p, text.n));
	ck_assert_msg(record.rua_has_uri == uri_rows[_i].has_uri, "%s",
	    uri_rows[_i].list);
}
END_TEST

START_TEST(test_policy_words)
{
	ck_assert_str_eq(wax_dmarc_policy_word(WAX_P_NONE), "none");
	ck_assert_str_eq(wax_dmarc_policy_word(WAX_P_QUARANTINE), "quarantine");
	ck_assert_str_eq(wax_dmarc_policy_word(WAX_P_REJECT), "reject");
}
END_TEST

#define N(rows) (int)(sizeof(rows) / sizeof(rows)[0])

Suite *
dmarc_record_suite(void)
{
	Suite *suite = suite_create("dmarc record");
	TCase *tc = tcase_create("record");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_filter, 0, N(filter_rows));
	tcase_add_test(tc, test_filter_refuses_nul);
	tcase_add_test(tc, test_filter_bounds_length);
	tcase_add_loop_test(tc, test_parse, 0, N(parse_rows));
	tcase_add_test(tc, test_parse_takes_nul_for_an_octet);
	tcase_add_loop_test(tc, test_uri_list, 0, N(uri_rows));
	tcase_add_test(tc, test_policy_words);
	suite_add_tcase(suite, tc);
	return suite;
}
