/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written, to the octet; and texts that are not fit for it.
 */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/report/xml_impl.h"
#include "tests/unit/report/xml_suites.h"

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

static const struct wax_report_reason reasons[] = {
	{ WAX_OVERRIDE_POLICY_TEST_MODE, WAX_STR_INIT("") },
	{ WAX_OVERRIDE_LOCAL_POLICY, WAX_STR_INIT("a & b <c>") },
};
static const struct wax_report_signature signatures[] = {
	{ WAX_STR_INIT("example.com"), WAX_STR_INIT("s1"), WAX_PASS,
	    WAX_STR_INIT("") },
	{ WAX_STR_INIT("other.example"), WAX_STR_INIT("s2"), WAX_PERMERROR,
	    WAX_STR_INIT("no \"key\" there") },
};
static const struct wax_report_record records[] = {
	{ 3,
	    {
	        .source = { WAX_IPV4, { 192, 0, 2, 1 } },
	        .disposition = WAX_DISPOSITION_QUARANTINE,
	        .n_reasons = 2,
	        .reason = reasons,
	        .header_from = WAX_STR_INIT("sub.example.com"),
	        .envelope_from = WAX_STR_INIT("bounce.example.net"),
	        .n_dkim = 2,
	        .dkim = signatures,
	        .has_spf = true,
	        .spf_domain = WAX_STR_INIT("bounce.example.net"),
	        .spf = WAX_SOFTFAIL,
	    } },
	{ 1,
	    {
	        .source = { WAX_IPV6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
	        .disposition = WAX_DISPOSITION_PASS,
	        .dkim_aligned = true,
	        .spf_aligned = true,
	        .header_from = WAX_STR_INIT("example.com"),
	        .has_spf = true,
	        .spf_domain = WAX_STR_INIT("mx.example.com"),
	        .spf = WAX_PASS,
	        .spf_human = WAX_STR_INIT("by HELO"),
	    } },
};
static const struct wax_aggregate sample = {
	.org_name = WAX_STR_INIT("Receiver Example"),
	.email = WAX_STR_INIT("dmarc@receiver.example"),
	.extra_contact_info = WAX_STR_INIT("https://receiver.example/dmarc"),
	.report_id = WAX_STR_INIT("0123456789abcdef0123456789abcdef"),
	.error = WAX_STR_INIT("sp: not valid"),
	.generator = WAX_STR_INIT("sealwax 1"),
	.period = { 1790035200, 1790121599 },
	.policy = {
	    .domain = WAX_STR_INIT("example.com"),
	    .p = WAX_P_REJECT,
	    .sp = WAX_P_QUARANTINE,
	    .np = WAX_P_REJECT,
	    .strict_spf = true,
	    .testing = true,
	    .discovery = WAX_BY_TREEWALK,
	    .fo = WAX_STR_INIT("1"),
	    .error = WAX_STR_INIT("said in the error of the report"),
	    .rua = WAX_STR_INIT("mailto:never@shown.example"),
	},
	.n = 2,
	.record = records,
};

/* The order of RFC 9990 Appendix A, and of older parsers. */
static const char expected[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n"
    "  <version>1.0</version>\n"
    "  <report_metadata>\n"
    "    <org_name>Receiver Example</org_name>\n"
    "    <email>dmarc@receiver.example</email>\n"
    "    <extra_contact_info>https://receiver.example/dmarc"
    "</extra_contact_info>\n"
    "    <report_id>0123456789abcdef0123456789abcdef</report_id>\n"
    "    <date_range>\n"
    "      <begin>1790035200</begin>\n"
    "      <end>1790121599</end>\n"
    "    </date_range>\n"
    "    <error>sp: not valid</error>\n"
    "    <generator>sealwax 1</generator>\n"
    "  </report_metadata>\n"
    "  <policy_published>\n"
    "    <domain>example.com</domain>\n"
    "    <p>reject</p>\n"
    "    <sp>quarantine</sp>\n"
    "    <np>reject</np>\n"
    "    <adkim>r</adkim>\n"
    "    <aspf>s</aspf>\n"
    "    <discovery_method>treewalk</discovery_method>\n"
    "    <fo>1</fo>\n"
    "    <testing>y</testing>\n"
    "  </policy_published>\n"
    "  <record>\n"
    "    <row>\n"
    "      <source_ip>192.0.2.1</source_ip>\n"
    "      <count>3</count>\n"
    "      <policy_evaluated>\n"
    "        <disposition>quarantine</disposition>\n"
    "        <dkim>fail</dkim>\n"
    "        <spf>fail</spf>\n"
    "        <reason>\n"
    "          <type>policy_test_mode</type>\n"
    "        </reason>\n"
    "        <reason>\n"
    "          <type>local_policy</type>\n"
    "          <comment>a &amp; b &lt;c&gt;</comment>\n"
    "        </reason>\n"
    "      </policy_evaluated>\n"
    "    </row>\n"
    "    <identifiers>\n"
    "      <header_from>sub.example.com</header_from>\n"
    "      <envelope_from>bounce.example.net</envelope_from>\n"
    "    </identifiers>\n"
    "    <auth_results>\n"
    "      <dkim>\n"
    "        <domain>example.com</domain>\n"
    "        <selector>s1</selector>\n"
    "        <result>pass</result>\n"
    "      </dkim>\n"
    "      <dkim>\n"
    "        <domain>other.example</domain>\n"
    "        <selector>s2</selector>\n"
    "        <result>permerror</result>\n"
    "        <human_result>no &quot;key&quot; there</human_result>\n"
    "      </dkim>\n"
    "      <spf>\n"
    "        <domain>bounce.example.net</domain>\n"
    "        <scope>mfrom</scope>\n"
    "        <result>softfail</result>\n"
    "      </spf>\n"
    "    </auth_results>\n"
    "  </record>\n"
    "  <record>\n"
    "    <row>\n"
    "      <source_ip>2001:db8::1</source_ip>\n"
    "      <count>1</count>\n"
    "      <policy_evaluated>\n"
    "        <disposition>pass</disposition>\n"
    "        <dkim>pass</dkim>\n"
    "        <spf>pass</spf>\n"
    "      </policy_evaluated>\n"
    "    </row>\n"
    "    <identifiers>\n"
    "      <header_from>example.com</header_from>\n"
    "      <envelope_from></envelope_from>\n"
    "    </identifiers>\n"
    "    <auth_results>\n"
    "      <spf>\n"
    "        <domain>mx.example.com</domain>\n"
    "        <scope>mfrom</scope>\n"
    "        <result>pass</result>\n"
    "        <human_result>by HELO</human_result>\n"
    "      </spf>\n"
    "    </auth_results>\n"
    "  </record>\n"
    "</feedback>\n";

static void
expect_checked(struct wax_str document)
{
	struct wax_err err = { 0 };

	ck_assert_msg(
	    wax_xml_check(wax_exact_n(document.p, document.n), &err) == WAX_OK,
	    "%s", err.text);
}

START_TEST(written_to_the_octet)
{
	struct wax_str document = wax_xml_write(arena, &sample);

	ck_assert_wax_str_eq(document, expected);
	ck_assert(wax_str_eq(document, wax_xml_write(arena, &sample)));
	expect_checked(document);
}
END_TEST

static bool
has(struct wax_str document, const char *words)
{
	return memmem(document.p, document.n, words, strlen(words)) != NULL;
}

START_TEST(error_of_the_record_is_told)
{
	struct wax_aggregate report = sample;

	report.error = WAX_STR("");
	ck_assert(has(wax_xml_write(arena, &report),
	    "<error>said in the error of the report</error>"));
	report.policy.error = WAX_STR("");
	ck_assert(!has(wax_xml_write(arena, &report), "<error>"));
	ck_assert(!has(wax_xml_write(arena, &report), "mailto"));
}
END_TEST

/* What RFC 9990 has no place for is left out. */
START_TEST(no_signature_without_a_selector)
{
	static const struct wax_report_signature dkim[] = {
		{ WAX_STR_INIT("a.example"), WAX_STR_INIT(""), WAX_FAIL,
		    WAX_STR_INIT("") },
		{ WAX_STR_INIT(" "), WAX_STR_INIT("s"), WAX_FAIL,
		    WAX_STR_INIT("") },
		{ WAX_STR_INIT("b.example"), WAX_STR_INIT("s"), WAX_SOFTFAIL,
		    WAX_STR_INIT("") },
	};
	struct wax_report_record record = records[0];
	struct wax_aggregate report = sample;
	struct wax_str document;

	record.tuple.n_dkim = 3;
	record.tuple.dkim = dkim;
	report.n = 1;
	report.record = &record;
	document = wax_xml_write(arena, &report);
	expect_checked(document);
	ck_assert(!has(document, "a.example"));
	ck_assert(has(document, "b.example"));
}
END_TEST

/* RC-20 */
static const struct {
	const char *name;
	struct wax_str text;
	const char *expected;
} texts[] = {
	{ "plain", WAX_STR_INIT("text"), "text" },
	{ "blanks at the ends", WAX_STR_INIT(" \t\r\n text \n"), "text" },
	{ "only blanks", WAX_STR_INIT(" \n"), "" },
	{ "line breaks", WAX_STR_INIT("a\r\nb\tc"), "a  b c" },
	{ "nul", WAX_STR_INIT("a\0b"),
	    "a\xef\xbf\xbd"
	    "b" },
	{ "controls", WAX_STR_INIT("\x1b[0m\x7f"),
	    "\xef\xbf\xbd[0m\xef\xbf\xbd" },
	{ "c1 controls",
	    WAX_STR_INIT("a\xc2\x9b"
	                 "31m"),
	    "a\xef\xbf\xbd"
	    "31m" },
	{ "no-break space",
	    WAX_STR_INIT("a\xc2\xa0"
	                 "b"),
	    "a\xc2\xa0"
	    "b" },
	{ "utf-8",
	    WAX_STR_INIT("gr\xc3\xbc\xc3\x9f"
	                 "e \xf0\x9f\x93\xa7"),
	    "gr\xc3\xbc\xc3\x9f"
	    "e \xf0\x9f\x93\xa7" },
	{ "latin-1",
	    WAX_STR_INIT("gr\xfc\xdf"
	                 "e"),
	    "gr\xef\xbf\xbd\xef\xbf\xbd"
	    "e" },
	{ "cut off in a character", WAX_STR_INIT("a\xe2\x82"),
	    "a\xef\xbf\xbd\xef\xbf\xbd" },
	{ "overlong", WAX_STR_INIT("\xc0\xbc"), "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "surrogate", WAX_STR_INIT("\xed\xa0\x80"),
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "U+FFFE",
	    WAX_STR_INIT("a\xef\xbf\xbe"
	                 "b"),
	    "a\xef\xbf\xbd"
	    "b" },
	{ "U+FFFF",
	    WAX_STR_INIT("a\xef\xbf\xbf"
	                 "b"),
	    "a\xef\xbf\xbd"
	    "b" },
	{ "U+FFFD", WAX_STR_INIT("\xef\xbf\xbd"), "\xef\xbf\xbd" },
	{ "beyond Unicode", WAX_STR_INIT("\xf4\x90\x80\x80"),
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "markup", WAX_STR_INIT("</error><p>]]>&amp;"),
	    "</error><p>]]>&amp;" },
	{ "bidi stays",
	    WAX_STR_INIT("\xe2\x80\xae"
	                 "moc"),
	    "\xe2\x80\xae"
	    "moc" },
};

static struct wax_str
with_x(struct wax_str s)
{
	return wax_textf(arena, "%.*sx", WAX_FMT(s));
}

START_TEST(texts_are_made_fit)
{
	struct wax_str raw = wax_exact_n(texts[_i].text.p, texts[_i].text.n);
	struct wax_str got = wax_xml_text(arena, raw);
	struct wax_report_record record = records[0];
	struct wax_aggregate report = sample, again;
	struct wax_str document;
	enum wax_xml_dialect dialect;
	struct wax_err err;

	ck_assert_wax_str_eq(got, texts[_i].expected);
	ck_assert_int_eq(got.p[got.n], '\0');
	ck_assert(wax_str_eq(wax_xml_text(arena, got), got));
	/* Through a document, where strangers' text may stand. */
	record.tuple.spf_human = raw;
	record.tuple.n_reasons = 1;
	record.tuple.reason =
	    &(struct wax_report_reason){ WAX_OVERRIDE_OTHER, raw };
	record.tuple.dkim = &(struct wax_report_signature){ with_x(raw),
		with_x(raw), WAX_FAIL, raw };
	record.tuple.n_dkim = 1;
	report.n = 1;
	report.record = &record;
	report.extra_contact_info = raw;
	document = wax_xml_write(arena, &report);
	expect_checked(document);
	ck_assert_int_eq(
	    wax_xml_read(arena, document, &again, &dialect, &err), WAX_OK);
	ck_assert_wax_str_eq(again.extra_contact_info, texts[_i].expected);
	ck_assert_wax_str_eq(
	    again.record[0].tuple.spf_human, texts[_i].expected);
	ck_assert_wax_str_eq(
	    again.record[0].tuple.reason[0].comment, texts[_i].expected);
	ck_assert_wax_str_eq(
	    again.record[0].tuple.dkim[0].human, texts[_i].expected);
}
END_TEST

/* To WAX_REPORT_TEXT_MAX octets, at a character, without blanks at the end. */
START_TEST(texts_are_cut)
{
	static const char *const unit[] = { "a", "\xc3\xbc", "\xe2\x82\xac",
		"\xf0\x9f\x93\xa7", "a ", "\x01", "\xff" };
	static const size_t kept[] = { 1000, 1000, 999, 1000, 999, 999, 999 };

	for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
		struct wax_text text;
		struct wax_str got;

		wax_text_init(&text, arena);
		while (text.n < (size_t)2 * WAX_REPORT_TEXT_MAX)
			wax_text_addz(&text, unit[i]);
		got = wax_xml_text(arena, wax_text_str(&text));
		ck_assert_uint_eq(got.n, kept[i]);
		ck_assert(wax_str_eq(wax_xml_text(arena, got), got));
		got = wax_xml_text(arena,
		    wax_str_head(wax_text_str(&text), WAX_REPORT_TEXT_MAX));
		ck_assert_uint_le(got.n, WAX_REPORT_TEXT_MAX);
	}
}
END_TEST

START_TEST(domains_have_no_local_part)
{
	ck_assert_wax_str_eq(
	    wax_xml_domain(arena, WAX_STR(" Example.COM\n")), "example.com");
	ck_assert_wax_str_eq(
	    wax_xml_domain(arena, WAX_STR("joe@Example.com")), "example.com");
	ck_assert_wax_str_eq(
	    wax_xml_domain(arena, WAX_STR("\"a@b\"@example.com")),
	    "example.com");
	ck_assert_wax_str_eq(wax_xml_domain(arena, WAX_STR("joe@ ")), "");
	ck_assert_wax_str_eq(wax_xml_domain(arena, WAX_STR("\xff.example")),
	    "\xef\xbf\xbd.example");
}
END_TEST

/* A hundred signatures with long names in each record: more than anybody
 * would want to get. */
START_TEST(size_is_bounded)
{
	struct wax_report_signature dkim[WAX_REPORT_SIGNATURES_MAX];
	struct wax_str name = { wax_alloc(arena, 250, 1), 250 };
	size_t n = 1000;
	struct wax_report_record *record = wax_alloc(arena, n, sizeof *record);
	struct wax_aggregate report = sample, again;
	struct wax_str document;
	enum wax_xml_dialect dialect;
	struct wax_err err = { 0 };

	for (size_t i = 0; i < WAX_REPORT_SIGNATURES_MAX; i++)
		dkim[i] = (struct wax_report_signature){ WAX_STR("a.example"),
			name, WAX_FAIL, name };
	for (size_t i = 0; i < n; i++) {
		record[i] = records[0];
		record[i].tuple.n_dkim = WAX_REPORT_SIGNATURES_MAX;
		record[i].tuple.dkim = dkim;
	}
	report.n = n;
	report.record = record;
	document = wax_xml_write(arena, &report);
	ck_assert_uint_gt(document.n, WAX_REPORT_WRITE_BYTES_MAX - 300000);
	ck_assert_uint_lt(document.n, WAX_REPORT_WRITE_BYTES_MAX + 1000);
	ck_assert_msg(wax_xml_check(document, &err) == WAX_OK, "%s", err.text);
	ck_assert_int_eq(
	    wax_xml_read(arena, document, &again, &dialect, &err), WAX_OK);
	ck_assert_uint_lt(again.n, n);
	ck_assert_wax_str_eq(again.error,
	    wax_textf(arena,
	        "sp: not valid; the report is full: %zu messages are not "
	        "listed",
	        (n - again.n) * 3)
	        .p);
}
END_TEST

Suite *
wax_xml_write_suite(void)
{
	Suite *suite = suite_create("xml write");
	TCase *tc = tcase_create("write");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, written_to_the_octet);
	tcase_add_test(tc, error_of_the_record_is_told);
	tcase_add_test(tc, no_signature_without_a_selector);
	tcase_add_loop_test(
	    tc, texts_are_made_fit, 0, sizeof texts / sizeof texts[0]);
	tcase_add_test(tc, texts_are_cut);
	tcase_add_test(tc, domains_have_no_local_part);
	tcase_add_test(tc, size_is_bounded);
	suite_add_tcase(suite, tc);
	return suite;
}
