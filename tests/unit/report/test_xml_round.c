/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Written, checked, read: the same again. For reports made at random, of
 * whatever octets, and for a large one.
 */
#include <string.h>
#include <time.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/support/same_report.h"
#include "tests/unit/report/xml_suites.h"

#define REPORTS 400

static struct wax_arena *arena;
static uint64_t state;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	state = 1;
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

/* From 0 to n - 1; the same ones each time. */
static size_t
any(size_t n)
{
	state = state * 6364136223846793005U + 1442695040888963407U;
	return (size_t)(state >> 33) % n;
}

/* Octets, characters that mean something, and whole texts. */
static struct wax_str
any_text(void)
{
	static const char *const piece[] = { "<", ">", "&", "\"", "'", "]]>",
		"<!--", "-->", "&amp;", "&#0;", "</record>", "<![CDATA[",
		"<?xml ?>", "\r", "\n", "\t", " ", "\x01", "\x1b[2J", "\x7f",
		"\xc2\x85", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xed\xa0\x80",
		"\xed\xbf\xbf", "\xc0\x80", "\xf4\x90\x80\x80",
		"\xf0\x9f\x93\xa7", "\xe2\x80\xae", "\xe2\x80\xa8", "\xc3\xbc",
		"\xc3", "\xff", "example", ".", "@", "Text", "%s%n" };
	struct wax_text text;
	size_t n = any(8) == 0 ? any(2000) : any(6);

	wax_text_init(&text, arena);
	for (size_t i = 0; i < n; i++) {
		if (any(4) == 0)
			wax_text_addc(&text, (char)any(256));
		else
			wax_text_addz(
			    &text, piece[any(sizeof piece / sizeof piece[0])]);
	}
	return wax_text_str(&text);
}

/* One that says something, whatever is replaced or cut. */
static struct wax_str
some_text(void)
{
	return wax_textf(arena, "x%.*sx", WAX_FMT(any_text()));
}

static struct wax_str
some_domain(void)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add(&text, any_text());
	wax_text_addz(&text, "x.example");
	/* Not cut to a local-part. */
	return wax_text_str(&text);
}

static struct wax_ip
some_address(void)
{
	unsigned char octet[16];

	for (size_t i = 0; i < sizeof octet; i++)
		octet[i] = (unsigned char)any(256);
	return any(2) == 0 ? wax_ip_from4(octet) : wax_ip_from6(octet);
}

static enum wax_disposition
asked_for(enum wax_dmarc_policy policy)
{
	static const enum wax_disposition disposition[] = {
		[WAX_P_NONE] = WAX_DISPOSITION_NONE,
		[WAX_P_QUARANTINE] = WAX_DISPOSITION_QUARANTINE,
		[WAX_P_REJECT] = WAX_DISPOSITION_REJECT,
	};

	return disposition[policy];
}

static struct wax_report_record
some_record(const struct wax_report_policy *policy)
{
	struct wax_report_record record = { .count = 1 + any(1000) };
	struct wax_report_tuple *tuple = &record.tuple;
	struct wax_report_reason *reason;
	struct wax_report_signature *dkim;
	bool passed;

	tuple->source = some_address();
	tuple->dkim_aligned = any(2) == 0;
	tuple->spf_aligned = any(2) == 0;
	passed = tuple->dkim_aligned || tuple->spf_aligned;
	tuple->n_reasons = any(4);
	tuple->disposition = (enum wax_disposition)any(4);
	if (tuple->disposition == WAX_DISPOSITION_PASS &&
	    (!passed || (policy->p == WAX_P_NONE && policy->sp == WAX_P_NONE &&
	                    policy->np == WAX_P_NONE)))
		tuple->disposition = WAX_DISPOSITION_NONE;
	if (!passed && tuple->n_reasons == 0)
		tuple->disposition = asked_for(policy->p);
	reason = wax_alloc(arena, 4, sizeof *reason);
	for (size_t i = 0; i < tuple->n_reasons; i++)
		reason[i] =
		    (struct wax_report_reason){ (enum wax_override_type)any(5),
			    any_text() };
	tuple->reason = reason;
	tuple->header_from = some_domain();
	tuple->envelope_from = any_text();
	tuple->n_dkim = any(20) == 0 ? WAX_REPORT_SIGNATURES_MAX : any(4);
	dkim = wax_alloc(arena, WAX_REPORT_SIGNATURES_MAX, sizeof *dkim);
	for (size_t i = 0; i < tuple->n_dkim; i++)
		dkim[i] = (struct wax_report_signature){ any_text(), any_text(),
			(enum wax_result)any(8), any_text() };
	tuple->dkim = dkim;
	tuple->has_spf = any(3) != 0;
	tuple->spf_domain = any_text();
	tuple->spf = (enum wax_result)any(8);
	tuple->spf_human = any_text();
	return record;
}

static struct wax_aggregate
some_report(size_t n)
{
	struct wax_report_record *record = wax_alloc(arena, n, sizeof *record);
	struct wax_aggregate report = {
		.org_name = some_text(),
		.email = some_text(),
		.extra_contact_info = any_text(),
		.report_id = some_text(),
		.error = any_text(),
		.generator = any_text(),
		.period = { (int64_t)any(1000), 1000 + (int64_t)any(1000) },
		.n = n,
		.record = record,
	};

	report.policy = (struct wax_report_policy){
		.domain = some_domain(),
		.p = (enum wax_dmarc_policy)any(3),
		.sp = (enum wax_dmarc_policy)any(3),
		.np = (enum wax_dmarc_policy)any(3),
		.strict_dkim = any(2) == 0,
		.strict_spf = any(2) == 0,
		.testing = any(2) == 0,
		.discovery = any(2) == 0 ? WAX_BY_PSL : WAX_BY_TREEWALK,
		.fo = any_text(),
		.rua = some_text(),
	};
	for (size_t i = 0; i < n; i++)
		record[i] = some_record(&report.policy);
	return report;
}

START_TEST(any_report_comes_back)
{
	for (size_t i = 0; i < REPORTS; i++) {
		struct wax_aggregate report = some_report(1 + any(4)), again;
		struct wax_aggregate want = wax_report_told(arena, report);
		struct wax_str document = wax_xml_write(arena, &report);
		enum wax_xml_dialect dialect;
		struct wax_err err = { 0 };

		document = wax_exact_n(document.p, document.n);
		ck_assert_msg(wax_xml_check(document, &err) == WAX_OK,
		    "%zu: %s\n%.*s", i, err.text, WAX_FMT(document));
		ck_assert_int_eq(
		    wax_xml_read(arena, document, &again, &dialect, &err),
		    WAX_OK);
		ck_assert_int_eq(dialect, WAX_XML_RFC9990);
		ck_assert_report_eq(&again, &want);
		/* Of what was read, the same is written. */
		ck_assert(wax_str_eq(wax_xml_write(arena, &again), document));
	}
}
END_TEST

START_TEST(large_report)
{
	size_t n = WAX_REPORT_RECORDS_MAX;
	struct wax_report_record *record = wax_alloc(arena, n, sizeof *record);
	struct wax_aggregate report = some_report(1), again;
	struct wax_report_signature dkim[2];
	struct wax_str document;
	enum wax_xml_dialect dialect;
	struct wax_err err = { 0 };
	clock_t begun;

	for (size_t i = 0; i < 2; i++)
		dkim[i] =
		    (struct wax_report_signature){ WAX_STR("lists.example.net"),
			    WAX_STR("selector2026"), WAX_FAIL,
			    WAX_STR("the body hash does not verify") };
	report.policy.p = WAX_P_REJECT;
	for (size_t i = 0; i < n; i++) {
		unsigned char octet[4] = { 192, 0, (unsigned char)(i >> 8),
			(unsigned char)i };

		record[i].count = n - i;
		record[i].tuple = (struct wax_report_tuple){
			.source = wax_ip_from4(octet),
			.disposition = WAX_DISPOSITION_REJECT,
			.header_from = WAX_STR("example.com"),
			.envelope_from = WAX_STR("bounces.example.net"),
			.n_dkim = 2,
			.dkim = dkim,
			.has_spf = true,
			.spf_domain = WAX_STR("bounces.example.net"),
			.spf = WAX_SOFTFAIL,
		};
	}
	report.n = n;
	report.record = record;
	begun = clock();
	document = wax_xml_write(arena, &report);
	ck_assert_uint_lt(document.n, WAX_REPORT_WRITE_BYTES_MAX);
	ck_assert_msg(wax_xml_check(document, &err) == WAX_OK, "%s", err.text);
	ck_assert_int_eq(
	    wax_xml_read(arena, document, &again, &dialect, &err), WAX_OK);
	if (time_counts())
		ck_assert_msg(clock() - begun < 2 * CLOCKS_PER_SEC, "%ld ms",
		    (long)((clock() - begun) * 1000 / CLOCKS_PER_SEC));
	ck_assert_uint_eq(again.n, n);
	ck_assert_uint_eq(
	    wax_aggregate_messages(&again), wax_aggregate_messages(&report));
	report = wax_report_told(arena, report);
	ck_assert_report_eq(&again, &report);
}
END_TEST

Suite *
wax_xml_round_suite(void)
{
	Suite *suite = suite_create("xml round");
	TCase *tc = tcase_create("round");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, any_report_comes_back);
	tcase_add_test(tc, large_report);
	suite_add_tcase(suite, tc);
	return suite;
}
