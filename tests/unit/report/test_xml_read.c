/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports of others: what is understood of them.
 */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
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

static struct wax_aggregate
read_text(struct wax_str document, enum wax_xml_dialect wanted)
{
	struct wax_aggregate report;
	enum wax_xml_dialect dialect;
	struct wax_err err = { 0 };

	ck_assert_msg(wax_xml_read(arena, wax_exact_n(document.p, document.n),
	                  &report, &dialect, &err) == WAX_OK,
	    "%s", err.text);
	ck_assert_int_eq(dialect, wanted);
	return report;
}

static struct wax_aggregate
read_file(const char *name, enum wax_xml_dialect wanted)
{
	return read_text(read_report_file(arena, name), wanted);
}

START_TEST(usual_report)
{
	struct wax_aggregate report =
	    read_file("rfc7489/no-namespace.xml", WAX_XML_RFC7489);
	const struct wax_report_tuple *tuple;

	ck_assert_wax_str_eq(report.org_name, "receiver.example");
	ck_assert_wax_str_eq(report.email, "noreply-dmarc@receiver.example");
	ck_assert_wax_str_eq(
	    report.extra_contact_info, "https://receiver.example/dmarc");
	ck_assert_wax_str_eq(report.report_id, "10203040506070809010");
	ck_assert_wax_str_eq(report.generator, "");
	ck_assert_int_eq(report.period.begin, 1754006400);
	ck_assert_int_eq(report.period.end, 1754092799);
	ck_assert_wax_str_eq(report.policy.domain, "example.com");
	ck_assert_int_eq(report.policy.p, WAX_P_QUARANTINE);
	ck_assert_int_eq(report.policy.sp, WAX_P_NONE);
	ck_assert_int_eq(report.policy.np, WAX_P_NONE);
	ck_assert_int_eq(report.policy.discovery, WAX_BY_PSL);
	ck_assert_uint_eq(report.n, 2);
	ck_assert_uint_eq(wax_aggregate_messages(&report), 13);
	tuple = &report.record[0].tuple;
	ck_assert_wax_str_eq(wax_ip_format(arena, tuple->source), "192.0.2.10");
	ck_assert(tuple->dkim_aligned && tuple->spf_aligned);
	ck_assert_uint_eq(tuple->n_dkim, 1);
	ck_assert_wax_str_eq(tuple->dkim[0].domain, "example.com");
	ck_assert_wax_str_eq(tuple->dkim[0].selector, "");
	ck_assert_int_eq(tuple->dkim[0].result, WAX_PASS);
	ck_assert(tuple->has_spf);
	tuple = &report.record[1].tuple;
	ck_assert_wax_str_eq(
	    wax_ip_format(arena, tuple->source), "2001:db8::17");
	ck_assert_int_eq(tuple->disposition, WAX_DISPOSITION_NONE);
	ck_assert(!tuple->dkim_aligned && !tuple->spf_aligned);
	ck_assert_uint_eq(tuple->n_reasons, 1);
	ck_assert_int_eq(tuple->reason[0].type, WAX_OVERRIDE_LOCAL_POLICY);
	ck_assert_wax_str_eq(tuple->reason[0].comment, "arc=pass");
	ck_assert_uint_eq(tuple->n_dkim, 2);
	ck_assert_wax_str_eq(tuple->dkim[1].selector, "s1");
	ck_assert_int_eq(tuple->dkim[1].result, WAX_FAIL);
}
END_TEST

START_TEST(words_of_rfc7489)
{
	struct wax_aggregate report =
	    read_file("rfc7489/namespace.xml", WAX_XML_RFC7489);
	const struct wax_report_tuple *tuple = &report.record[0].tuple;

	ck_assert_wax_str_eq(report.org_name, "Receiver & Sons");
	ck_assert_wax_str_eq(
	    report.report_id, "<1754006400.example.com@receiver.example>");
	ck_assert_wax_str_eq(
	    report.error, "no SPF record; too many signatures");
	ck_assert(report.policy.strict_dkim && report.policy.strict_spf);
	ck_assert_wax_str_eq(report.policy.fo, "1");
	ck_assert_uint_eq(tuple->n_reasons, 2);
	ck_assert_int_eq(tuple->reason[0].type, WAX_OVERRIDE_OTHER);
	ck_assert_wax_str_eq(tuple->reason[0].comment, "sampled_out");
	ck_assert_int_eq(tuple->reason[1].type, WAX_OVERRIDE_OTHER);
	ck_assert_wax_str_eq(
	    tuple->reason[1].comment, "forwarded: by a known host");
	/* The domain of the reverse-path, and MAIL FROM before HELO. */
	ck_assert_wax_str_eq(tuple->envelope_from, "bounce.example.com");
	ck_assert_wax_str_eq(tuple->spf_domain, "bounce.example.com");
	ck_assert_int_eq(tuple->spf, WAX_SOFTFAIL);
}
END_TEST

START_TEST(what_nobody_checked)
{
	struct wax_aggregate report =
	    read_file("rfc7489/loose.xml", WAX_XML_RFC7489);
	const struct wax_report_record *record = report.record;
	const struct wax_report_tuple *tuple = &record[0].tuple;

	ck_assert_wax_str_eq(report.org_name, "Loose");
	ck_assert_wax_str_eq(report.email, "");
	ck_assert_wax_str_eq(report.policy.domain, "example.com");
	ck_assert_int_eq(report.policy.p, WAX_P_REJECT);
	ck_assert_int_eq(report.policy.sp, WAX_P_REJECT);
	ck_assert_int_eq(report.policy.np, WAX_P_REJECT);
	ck_assert(!report.policy.strict_dkim && report.policy.strict_spf);
	ck_assert_uint_eq(report.n, 2);
	ck_assert_uint_eq(record[0].count, 7);
	ck_assert_wax_str_eq(
	    wax_ip_format(arena, tuple->source), "203.0.113.9");
	ck_assert_int_eq(tuple->disposition, WAX_DISPOSITION_QUARANTINE);
	ck_assert(tuple->dkim_aligned && !tuple->spf_aligned);
	ck_assert_wax_str_eq(
	    tuple->reason[0].comment, "phase_of_moon: who knows");
	ck_assert_wax_str_eq(tuple->header_from, "example.com");
	/* The one without a domain says that there was none. */
	ck_assert_uint_eq(tuple->n_dkim, 1);
	ck_assert_wax_str_eq(tuple->dkim[0].domain, "example.com");
	ck_assert_int_eq(tuple->dkim[0].result, WAX_FAIL);
	ck_assert(tuple->has_spf);
	ck_assert_wax_str_eq(tuple->spf_domain, "mx.example.net");
	ck_assert_int_eq(tuple->spf, WAX_FAIL);
	ck_assert_uint_eq(record[1].count, 0);
	ck_assert_int_eq(record[1].tuple.source.family, WAX_IP_NONE);
	ck_assert(!record[1].tuple.has_spf);
}
END_TEST

START_TEST(all_of_rfc9990)
{
	struct wax_aggregate report =
	    read_file("rfc9990/any-order.xml", WAX_XML_RFC9990);

	ck_assert_int_eq(report.policy.p, WAX_P_QUARANTINE);
	ck_assert_int_eq(report.policy.sp, WAX_P_REJECT);
	ck_assert_int_eq(report.policy.np, WAX_P_NONE);
	ck_assert(!report.policy.testing);
	ck_assert_int_eq(report.policy.discovery, WAX_BY_TREEWALK);
	ck_assert_wax_str_eq(report.policy.fo, "1:d:s");
	ck_assert_int_eq(
	    report.record[0].tuple.disposition, WAX_DISPOSITION_PASS);
	/* Somebody's own row is none of ours. */
	report = read_file("rfc9990/extension.xml", WAX_XML_RFC9990);
	ck_assert_uint_eq(report.record[0].count, 3);
	/* It says nothing of a namespace, but has the words. */
	report = read_file("rfc9990/no-namespace.xml", WAX_XML_RFC9990);
	ck_assert_wax_str_eq(report.generator, "sealwax 1");
	ck_assert_wax_str_eq(report.error, "a short one");
	report = read_file("rfc9990/prefix.xml", WAX_XML_RFC9990);
	ck_assert_int_eq(report.record[0].tuple.reason[0].type,
	    WAX_OVERRIDE_POLICY_TEST_MODE);
}
END_TEST

START_TEST(other_encodings)
{
	struct wax_aggregate report =
	    read_file("rfc7489/latin1.xml", WAX_XML_RFC7489);

	ck_assert_wax_str_eq(report.org_name, "Empf\xc3\xa4nger");
	report = read_file("rfc7489/not-utf8.xml", WAX_XML_RFC7489);
	ck_assert_wax_str_eq(
	    report.org_name, "Empf\xef\xbf\xbdnger\xef\xbf\xbd");
}
END_TEST

START_TEST(mapped_addresses_are_ipv4)
{
	struct wax_aggregate report =
	    read_file("rfc7489/prefix.xml", WAX_XML_RFC7489);

	ck_assert_wax_str_eq(
	    wax_ip_format(arena, report.record[0].tuple.source), "192.0.2.1");
}
END_TEST

/* One value in a report. */
static struct wax_aggregate
with(const char *inner)
{
	return read_text(wax_textf(arena, "<feedback>%s</feedback>", inner),
	    WAX_XML_RFC7489);
}

static struct wax_report_tuple
with_row(const char *inner)
{
	struct wax_aggregate report =
	    with(wax_textf(arena, "<record><row>%s</row></record>", inner).p);

	ck_assert_uint_eq(report.n, 1);
	return report.record[0].tuple;
}

START_TEST(addresses)
{
	static const struct {
		const char *text, *expected;
	} row[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ " 192.0.2.1\n", "192.0.2.1" },
		{ "[192.0.2.1]", "192.0.2.1" },
		{ "2001:DB8::1", "2001:db8::1" },
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "IPv6:2001:db8::1", "2001:db8::1" },
		{ "[]", "unknown" },
		{ "", "unknown" },
		{ "192.0.2.256", "unknown" },
		{ "fe80::1%eth0", "unknown" },
		{ "mail.example.com", "unknown" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct wax_report_tuple tuple = with_row(
		    wax_textf(arena, "<source_ip>%s</source_ip>", row[i].text)
		        .p);

		ck_assert_wax_str_eq(
		    wax_ip_format(arena, tuple.source), row[i].expected);
	}
}
END_TEST

START_TEST(numbers_are_bounded)
{
	static const struct {
		const char *text;
		bool is_read;
		uint64_t count;
	} row[] = {
		{ "1", true, 1 },
		{ "0", true, 0 },
		{ "", true, 0 },
		{ " 0012 ", true, 12 },
		{ "1000000000000", true, WAX_REPORT_COUNT_MAX },
		{ "1000000000001", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ "1.5", false, 0 },
		{ "1e3", false, 0 },
		{ "one", false, 0 },
		{ "99999999999999999999999", false, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct wax_str document = wax_textf(arena,
		    "<feedback>\n<record><row><count>%s</count></row></record>"
		    "</feedback>",
		    row[i].text);
		struct wax_aggregate report;
		enum wax_xml_dialect dialect;
		struct wax_err err = { 0 };
		enum wax_status status =
		    wax_xml_read(arena, document, &report, &dialect, &err);

		if (row[i].is_read) {
			ck_assert_msg(status == WAX_OK, "%s", err.text);
			ck_assert_uint_eq(report.record[0].count, row[i].count);
			continue;
		}
		ck_assert_int_eq(status, WAX_E_SYNTAX);
		ck_assert_msg(strncmp(err.text, "line 2: count: ", 15) == 0,
		    "%s", err.text);
	}
}
END_TEST

START_TEST(times_are_bounded)
{
	struct wax_aggregate report =
	    with("<report_metadata><date_range><end>253402300799</end>"
	         "<begin>0</begin></date_range></report_metadata>");
	enum wax_xml_dialect dialect;
	struct wax_err err;

	ck_assert_int_eq(report.period.end, (int64_t)WAX_REPORT_TIME_MAX);
	ck_assert_int_eq(
	    wax_xml_read(arena,
	        WAX_STR("<feedback><report_metadata><date_range><end>"
	                "253402300800</end></date_range></report_metadata>"
	                "</feedback>"),
	        &report, &dialect, &err),
	    WAX_E_SYNTAX);
}
END_TEST

/* Defaults of the tags, in whatever order they come. RFC 9989 s4.7 */
START_TEST(policies_have_defaults)
{
	static const struct {
		const char *inner;
		enum wax_dmarc_policy p, sp, np;
	} row[] = {
		{ "", WAX_P_NONE, WAX_P_NONE, WAX_P_NONE },
		{ "<p>reject</p>", WAX_P_REJECT, WAX_P_REJECT, WAX_P_REJECT },
		{ "<sp>none</sp><p>reject</p>", WAX_P_REJECT, WAX_P_NONE,
		    WAX_P_NONE },
		{ "<sp>what</sp><p>reject</p>", WAX_P_REJECT, WAX_P_REJECT,
		    WAX_P_REJECT },
		{ "<p>what</p><sp>quarantine</sp>", WAX_P_NONE,
		    WAX_P_QUARANTINE, WAX_P_QUARANTINE },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct wax_aggregate report = with(wax_textf(arena,
		    "<policy_published>%s</policy_published>", row[i].inner)
		                                       .p);

		ck_assert_int_eq(report.policy.p, row[i].p);
		ck_assert_int_eq(report.policy.sp, row[i].sp);
		ck_assert_int_eq(report.policy.np, row[i].np);
	}
}
END_TEST

START_TEST(mail_from_counts_before_helo)
{
	static const char *const helo =
	    "<spf><domain>helo</domain><scope>helo</scope></spf>";
	static const char *const first = "<spf><domain>first</domain></spf>";
	static const char *const second =
	    "<spf><domain>second</domain><scope>mfrom</scope></spf>";
	const char *const row[][4] = {
		{ helo, "", "", "helo" },
		{ helo, helo, first, "first" },
		{ first, helo, second, "first" },
		{ second, first, "", "second" },
		{ helo, second, first, "second" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct wax_aggregate report = with(wax_textf(arena,
		    "<record><auth_results>%s%s%s</auth_results></record>",
		    row[i][0], row[i][1], row[i][2])
		                                       .p);

		ck_assert_wax_str_eq(
		    report.record[0].tuple.spf_domain, row[i][3]);
	}
}
END_TEST

/* n times the same. */
static const char *
times_over(const char *what, size_t n)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < n; i++)
		wax_text_addz(&text, what);
	wax_text_addz(&text, "");
	return wax_text_str(&text).p;
}

START_TEST(signatures_and_reasons_are_bounded)
{
	struct wax_aggregate report = with(wax_textf(arena,
	    "<record><auth_results>%s%s</auth_results></record>",
	    times_over(
	        "<dkim><domain>a</domain></dkim>", WAX_REPORT_SIGNATURES_MAX),
	    "<dkim><domain>b</domain></dkim>")
	                                       .p);
	struct wax_report_tuple tuple = report.record[0].tuple;

	ck_assert_uint_eq(tuple.n_dkim, WAX_REPORT_SIGNATURES_MAX);
	ck_assert_wax_str_eq(
	    tuple.dkim[WAX_REPORT_SIGNATURES_MAX - 1].domain, "a");
	tuple = with_row(
	    wax_textf(arena, "<policy_evaluated>%s%s</policy_evaluated>",
	        times_over("<reason><comment>a</comment></reason>",
	            WAX_REPORT_REASONS_MAX),
	        "<reason><comment>b</comment></reason>")
	        .p);
	ck_assert_uint_eq(tuple.n_reasons, WAX_REPORT_REASONS_MAX);
	ck_assert_wax_str_eq(
	    tuple.reason[WAX_REPORT_REASONS_MAX - 1].comment, "a");
}
END_TEST

START_TEST(long_texts_are_cut)
{
	struct wax_aggregate report = with(wax_textf(arena,
	    "<report_metadata><org_name>%s%s%s</org_name></report_metadata>",
	    times_over(" \n", 100000), times_over("\xc3\xbc", 5000),
	    times_over("&amp;<!-- -->", 5000))
	                                       .p);

	ck_assert_uint_eq(report.org_name.n, WAX_REPORT_TEXT_MAX);
	ck_assert_int_eq(report.org_name.p[0], '\xc3');
	ck_assert_int_eq(report.org_name.p[WAX_REPORT_TEXT_MAX - 1], '\xbc');
}
END_TEST

START_TEST(text_in_pieces_is_one)
{
	struct wax_aggregate report =
	    with("<report_metadata><org_name>a<!-- b --> &lt;"
	         "<![CDATA[<c>]]>&#100;<?e f?>\xc3\xbc</org_name>"
	         "</report_metadata>");

	ck_assert_wax_str_eq(report.org_name, "a <<c>d\xc3\xbc");
}
END_TEST

START_TEST(words_tell_the_dialect)
{
	static const struct {
		const char *document;
		enum wax_xml_dialect dialect;
	} row[] = {
		{ "<feedback/>", WAX_XML_RFC7489 },
		{ "<feedback xmlns=\"http://dmarc.org/dmarc-xml/0.1\"/>",
		    WAX_XML_RFC7489 },
		{ "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"/>",
		    WAX_XML_RFC9990 },
		{ "<feedback xmlns=\"urn:what\"/>", WAX_XML_RFC7489 },
		{ "<feedback><policy_published><np>none</np>"
		  "</policy_published></feedback>",
		    WAX_XML_RFC9990 },
		{ "<feedback><policy_published><testing>n</testing>"
		  "</policy_published></feedback>",
		    WAX_XML_RFC9990 },
		{ "<feedback xmlns=\"urn:what\"><policy_published>"
		  "<discovery_method>psl</discovery_method>"
		  "</policy_published></feedback>",
		    WAX_XML_RFC9990 },
		{ "<feedback><report_metadata><generator/>"
		  "</report_metadata></feedback>",
		    WAX_XML_RFC9990 },
		{ "<feedback xmlns=\"http://dmarc.org/dmarc-xml/0.1\">"
		  "<report_metadata><generator/></report_metadata></feedback>",
		    WAX_XML_RFC7489 },
		{ "<feedback><record><auth_results><spf><human_result/></spf>"
		  "</auth_results></record></feedback>",
		    WAX_XML_RFC9990 },
		{ "<feedback><record><auth_results><dkim><human_result/>"
		  "</dkim></auth_results></record></feedback>",
		    WAX_XML_RFC7489 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		(void)read_text(wax_str_of(row[i].document), row[i].dialect);
}
END_TEST

Suite *
wax_xml_read_suite(void)
{
	Suite *suite = suite_create("xml read");
	TCase *tc = tcase_create("read");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, usual_report);
	tcase_add_test(tc, words_of_rfc7489);
	tcase_add_test(tc, what_nobody_checked);
	tcase_add_test(tc, all_of_rfc9990);
	tcase_add_test(tc, other_encodings);
	tcase_add_test(tc, mapped_addresses_are_ipv4);
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, numbers_are_bounded);
	tcase_add_test(tc, times_are_bounded);
	tcase_add_test(tc, policies_have_defaults);
	tcase_add_test(tc, mail_from_counts_before_helo);
	tcase_add_test(tc, signatures_and_reasons_are_bounded);
	tcase_add_test(tc, long_texts_are_cut);
	tcase_add_test(tc, text_in_pieces_is_one);
	tcase_add_test(tc, words_tell_the_dialect);
	suite_add_tcase(suite, tc);
	return suite;
}
