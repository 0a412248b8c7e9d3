/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole messages through an evaluation to what a report says of them: the
 * vectors RC-01 to RC-11 and RC-20, as far as they are about content. (RC-09
 * is in test_row_make.c.)
 */
#include <stdint.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/report/aggregate.h"
#include "tests/unit/report/suites.h"
#include "tests/unit/top/bench.h"

#define MORNING 1764028800 /* 00:00 UTC */
#define HOUR 3600

/* A report of a store in a test: one policy, one day, tuples with counts. */
struct kept {
	struct wax_period period;
	struct wax_str policy, domain;
	WAX_VEC(struct wax_stored_record) records;
};

static struct bench bench;
static struct wax_report_row row;
static WAX_VEC(struct kept) store;

static void
setup(void)
{
	bench_open(&bench);
	bench.policy.on_reject = WAX_REJECT_ALWAYS;
	store.v = NULL;
	store.n = store.cap = 0;
}

static void
teardown(void)
{
	bench_close(&bench);
}

static bool
make(int64_t now)
{
	return wax_report_row_make(bench.arena, bench.facts, bench.results,
	    &bench.verdict, WAX_STR(""), now, &row);
}

/* One message of `from`, judged by a zone: its row. */
static bool
judge(const char *zone, const char *from)
{
	bench.message = wax_textf(bench.arena,
	    "From: <info@%s>\r\nMessage-Id: <1@x.example>\r\n\r\nHello\r\n",
	    from);
	(void)bench_judge(&bench, wax_exact(zone));
	return make(MORNING);
}

static struct kept *
report_of(const struct wax_report_line *line)
{
	struct wax_period period = wax_period_of(line->time);
	struct kept one = { period, line->policy, line->domain, { 0 } };

	for (size_t i = 0; i < store.n; i++)
		if (store.v[i].period.begin == period.begin &&
		    wax_str_eq(store.v[i].policy, line->policy))
			return &store.v[i];
	WAX_PUSH(bench.arena, &store, one);
	return &store.v[store.n - 1];
}

/* What a store does with a line: equal texts are one record. */
static void
keep_line(struct wax_str text)
{
	struct wax_report_line line;
	struct kept *report;

	ck_assert(wax_report_line_parse(bench.arena, text, &line));
	report = report_of(&line);
	for (size_t i = 0; i < report->records.n; i++)
		if (wax_str_eq(report->records.v[i].tuple, line.tuple)) {
			report->records.v[i].count++;
			return;
		}
	WAX_PUSH(bench.arena, &report->records,
	    (struct wax_stored_record){ 1, line.tuple });
}

static void
keep(int64_t now)
{
	ck_assert(make(now));
	keep_line(wax_report_line_format(bench.arena, &row));
}

static struct wax_aggregate
filled(size_t nth)
{
	const struct kept *one = &store.v[nth];
	struct wax_aggregate report = { .period = one->period };
	struct wax_err err;

	ck_assert_uint_lt(nth, store.n);
	ck_assert_int_eq(wax_aggregate_fill(bench.arena, &report, one->policy,
	                     one->records.n, one->records.v, 0, &err),
	    WAX_OK);
	return report;
}

static struct wax_str
reasons(void)
{
	struct wax_text text;

	wax_text_init(&text, bench.arena);
	for (size_t i = 0; i < row.tuple.n_reasons; i++)
		wax_text_addf(&text, "%s%s", i > 0 ? " " : "",
		    wax_override_word(row.tuple.reason[i].type));
	return wax_text_str(&text);
}

#define RUA "; rua=mailto:d@example.com\n"

/* RFC 9990 s3.1.2: a report for each domain with a record that applied. */
START_TEST(test_rc_01_report_per_policy_domain)
{
	static const char zone[] =
	    "_dmarc.example.com TXT v=DMARC1; p=reject" RUA
	    "_dmarc.bar.example.com TXT v=DMARC1; p=none" RUA
	    "foo.example.com A 192.0.2.80\n";
	static const char *const from[] = { "example.com", "foo.example.com",
		"bar.example.com" };
	struct wax_aggregate report;

	for (size_t i = 0; i < 3; i++) {
		ck_assert(judge(zone, from[i]));
		keep(MORNING + HOUR * (int64_t)i);
	}
	ck_assert_uint_eq(store.n, 2);
	report = filled(0);
	ck_assert_wax_str_eq(report.policy.domain, "example.com");
	ck_assert_uint_eq(report.n, 2);
	ck_assert_wax_str_eq(report.record[0].tuple.header_from, "example.com");
	ck_assert_wax_str_eq(
	    report.record[1].tuple.header_from, "foo.example.com");
	report = filled(1);
	ck_assert_wax_str_eq(report.policy.domain, "bar.example.com");
	ck_assert_int_eq(report.policy.p, WAX_P_NONE);
	ck_assert_uint_eq(report.n, 1);
	ck_assert_wax_str_eq(
	    report.record[0].tuple.header_from, "bar.example.com");
}
END_TEST

/* RFC 9990 s3.1, s3.3: a policy that changes at noon makes two reports. */
START_TEST(test_rc_02_report_per_policy)
{
	static const char none[] =
	    "_dmarc.example.com TXT v=DMARC1; p=none" RUA;
	static const char reject[] =
	    "_dmarc.example.com TXT v=DMARC1; p=reject" RUA;
	struct wax_aggregate one, other;

	ck_assert(judge(none, "example.com"));
	keep(MORNING + 11 * HOUR);
	keep(MORNING + 12 * HOUR - 1);
	ck_assert(judge(reject, "example.com"));
	keep(MORNING + 12 * HOUR);
	ck_assert_uint_eq(store.n, 2);
	one = filled(0);
	other = filled(1);
	ck_assert_int_eq(one.policy.p, WAX_P_NONE);
	ck_assert_int_eq(other.policy.p, WAX_P_REJECT);
	ck_assert_uint_eq(wax_aggregate_messages(&one), 2);
	ck_assert_uint_eq(wax_aggregate_messages(&other), 1);
	ck_assert(one.period.begin == other.period.begin &&
	          one.period.end == other.period.end);
	/* The same written otherwise is the same policy. */
	ck_assert(judge("_dmarc.example.com TXT v=DMARC1; P=Reject ;sp=reject;"
	                "pct=9; rua=mailto:d@example.com;\n",
	    "example.com"));
	keep(MORNING + 13 * HOUR);
	ck_assert_uint_eq(store.n, 2);
	/* The next day is another report. */
	keep(MORNING + 24 * HOUR);
	ck_assert_uint_eq(store.n, 3);
}
END_TEST

/* RFC 9990 s3.1.1.7: what is equal is counted. */
START_TEST(test_rc_03_equal_messages_are_counted)
{
	struct wax_str zone = wax_textf(bench.arena,
	    "_dmarc.bank.example TXT v=DMARC1; p=reject\n"
	    "s1._domainkey.bank.example TXT %.*s\n",
	    WAX_FMT(bench_key(&bench, "rsa2048")));
	struct wax_aggregate report;
	struct wax_str good = bench_signed(&bench, "rsa2048", "bank.example");

	bench.message = good;
	for (int i = 0; i < 3; i++) {
		(void)bench_judge(&bench, zone);
		keep(MORNING + i);
	}
	bench.message =
	    wax_textf(bench.arena, "%.*sand more\r\n", WAX_FMT(good));
	(void)bench_judge(&bench, zone);
	keep(MORNING + 4);
	ck_assert_uint_eq(store.n, 1);
	report = filled(0);
	ck_assert_uint_eq(report.n, 2);
	ck_assert_uint_eq(report.record[0].count, 3);
	ck_assert_uint_eq(report.record[1].count, 1);
	ck_assert(report.record[0].tuple.dkim_aligned);
	ck_assert_int_eq(report.record[0].tuple.dkim[0].result, WAX_PASS);
	ck_assert(!report.record[1].tuple.dkim_aligned);
	ck_assert_int_eq(report.record[1].tuple.dkim[0].result, WAX_FAIL);
	ck_assert_wax_str_eq(report.record[1].tuple.dkim[0].selector, "s1");
}
END_TEST

/* RFC 9990 s3.1.6, RFC 9989 s4.7: one step down, and that is said. */
START_TEST(test_rc_04_test_mode)
{
	static const char zone[] =
	    "_dmarc.example.com TXT v=DMARC1; p=reject; sp=quarantine; t=y" RUA
	    "sub.example.com A 192.0.2.80\n";

	ck_assert(judge(zone, "example.com"));
	ck_assert(row.policy.testing);
	ck_assert_int_eq(row.policy.p, WAX_P_REJECT);
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_QUARANTINE);
	ck_assert_wax_str_eq(reasons(), "policy_test_mode");
	ck_assert(judge(zone, "sub.example.com"));
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_NONE);
	ck_assert_wax_str_eq(reasons(), "policy_test_mode");
	bench.policy.mode = WAX_MONITOR;
	ck_assert(judge(zone, "example.com"));
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_NONE);
	ck_assert_wax_str_eq(reasons(), "policy_test_mode local_policy");
}
END_TEST

/*
 * RFC 9990 s3.1.6: what local policy does instead shows in the disposition
 * and as a reason, and never in what was aligned. (ARC overrides nothing
 * yet.)
 */
START_TEST(test_rc_05_local_policy)
{
	static const char zone[] =
	    "_dmarc.example.com TXT v=DMARC1; p=reject" RUA;

	bench.policy.on_reject = WAX_REJECT_QUARANTINE;
	ck_assert(judge(zone, "example.com"));
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_QUARANTINE);
	ck_assert_wax_str_eq(reasons(), "local_policy");
	ck_assert_wax_str_eq(row.tuple.reason[0].comment,
	    "p=reject alone does not refuse, RFC 9989 section 7.4");
	bench.policy.mode = WAX_MONITOR;
	ck_assert(judge(zone, "example.com"));
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_NONE);
	ck_assert(!row.tuple.dkim_aligned && !row.tuple.spf_aligned);
	ck_assert_wax_str_eq(reasons(), "local_policy");
	ck_assert(!row.is_accepted);
}
END_TEST

#define SPF "bank.example TXT v=spf1 ip4:192.0.2.7 -all\n"

/* RFC 9990 Appendix A, Q12: "pass" under an enforcing policy. */
START_TEST(test_rc_06_pass_under_reject)
{
	ck_assert(judge(SPF "_dmarc.bank.example TXT v=DMARC1; p=reject\n",
	    "bank.example"));
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_PASS);
	ck_assert(row.tuple.spf_aligned && !row.tuple.dkim_aligned);
	ck_assert_uint_eq(row.tuple.n_reasons, 0);
	ck_assert(row.is_accepted);
	/* Which tag applies, before t=y takes it down. */
	ck_assert(judge(SPF "_dmarc.bank.example TXT v=DMARC1; p=none; "
	                    "sp=quarantine; t=y\n"
	                    "news.bank.example A 192.0.2.80\n",
	    "news.bank.example"));
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_PASS);
	ck_assert_uint_eq(row.tuple.n_reasons, 0);
}
END_TEST

START_TEST(test_rc_07_pass_under_none)
{
	ck_assert(judge(SPF "_dmarc.bank.example TXT v=DMARC1; p=none; "
	                    "sp=reject\n",
	    "bank.example"));
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_NONE);
	ck_assert(row.tuple.spf_aligned && row.is_accepted);
}
END_TEST

/* RFC 9990 s3.1.1.10, s3.1.1.13; RFC 7208 s2.4 */
START_TEST(test_rc_08_null_sender)
{
	static const char zone[] =
	    "mail.bank.example TXT v=spf1 ip4:192.0.2.7 -all\n"
	    "_dmarc.bank.example TXT v=DMARC1; p=reject\n";

	bench.envelope.mail_argument = WAX_STR("<>");
	ck_assert(judge(zone, "bank.example"));
	ck_assert_wax_str_eq(row.tuple.header_from, "bank.example");
	ck_assert_uint_eq(row.tuple.envelope_from.n, 0);
	ck_assert(row.tuple.has_spf);
	ck_assert_wax_str_eq(row.tuple.spf_domain, "mail.bank.example");
	ck_assert_int_eq(row.tuple.spf, WAX_PASS);
	ck_assert(row.tuple.spf_aligned);
	/* Neither of them is a domain. */
	bench.envelope.helo = WAX_STR("[192.0.2.7]");
	ck_assert(judge(zone, "bank.example"));
	ck_assert(!row.tuple.has_spf && !row.tuple.spf_aligned);
	ck_assert_uint_eq(row.tuple.envelope_from.n, 0);
	/* With a sender, HELO has no part in it. */
	bench.envelope.helo = WAX_STR("mail.bank.example");
	bench.envelope.mail_argument = WAX_STR("<b@bounce.bank.example>");
	ck_assert(judge(zone, "bank.example"));
	ck_assert_wax_str_eq(row.tuple.envelope_from, "bounce.bank.example");
	ck_assert_wax_str_eq(row.tuple.spf_domain, "bounce.bank.example");
	ck_assert_int_eq(row.tuple.spf, WAX_NONE);
}
END_TEST

/* RFC 9989 s4.7: nobody asked for reports. The row is for our eyes. */
START_TEST(test_rc_10_without_rua)
{
	ck_assert(judge(
	    "_dmarc.example.com TXT v=DMARC1; p=reject\n", "example.com"));
	ck_assert_uint_eq(row.policy.rua.n, 0);
	ck_assert_uint_eq(row.policy.error.n, 0);
	/* No policy, nobody to send it to: no row. */
	ck_assert(!judge(
	    "_dmarc.example.com TXT v=DMARC1; sp=reject\n", "example.com"));
	ck_assert(!judge("", "example.com"));
}
END_TEST

/* RFC 9989 s4.10.1, RFC 9990 s3.1.5 */
START_TEST(test_rc_11_missing_p_with_rua)
{
	struct wax_aggregate report;

	ck_assert(judge(
	    "_dmarc.example.com TXT v=DMARC1; sp=reject" RUA, "example.com"));
	keep(MORNING);
	report = filled(0);
	ck_assert_int_eq(report.policy.p, WAX_P_NONE);
	ck_assert_int_eq(report.policy.sp, WAX_P_NONE);
	ck_assert_wax_str_eq(report.policy.rua, "mailto:d@example.com");
	ck_assert_wax_str_eq(report.error, "DMARC Policy Record: no p");
	ck_assert_int_eq(
	    report.record[0].tuple.disposition, WAX_DISPOSITION_NONE);
	ck_assert_uint_eq(report.record[0].tuple.n_reasons, 0);
}
END_TEST

/*
 * What a sender or a record's owner may write comes to the report as it is;
 * the line that carries it is printable.
 */
START_TEST(test_rc_20_hostile_text)
{
	static const char hostile[] = "a&b<c>\"'\\\t\r\n\x01\x7f\xff\xc3(\0z";
	struct wax_str text = { hostile, sizeof hostile - 1 };
	struct wax_aggregate report;
	struct wax_str line;

	ck_assert(judge(SPF "_dmarc.bank.example TXT v=DMARC1; p=none; "
	                    "rua=mailto:a&<b>@bank.example\n",
	    "bank.example"));
	row.policy.rua = row.policy.error = row.tuple.spf_human = text;
	line = wax_report_line_format(bench.arena, &row);
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != '\t' && (line.p[i] < ' ' || line.p[i] > '~'))
			ck_abort_msg("octet %zu", i);
	keep_line(line);
	report = filled(0);
	ck_assert(wax_str_eq(report.policy.rua, text));
	ck_assert(wax_str_eq(report.record[0].tuple.spf_human, text));
}
END_TEST

/* A whole row is without local-parts and subjects. */
START_TEST(test_no_local_parts)
{
	static const char zone[] =
	    "bank.example TXT v=spf1 include:%{l}.s.bank.example -all\n"
	    "secret.s.bank.example FAULT servfail TXT\n"
	    "_dmarc.bank.example TXT v=DMARC1; p=none\n";
	struct wax_str line;

	bench.envelope.mail_argument = WAX_STR("<secret@bank.example>");
	bench.message = WAX_STR("From: secret <secret@bank.example>\r\n"
	                        "Subject: secret\r\n"
	                        "Message-Id: <secret@bank.example>\r\n"
	                        "DKIM-Signature: v=1; a=rsa-sha256;"
	                        " d=bank.example; s=s1; h=from;"
	                        " i=secret@bank.example; bh=AAAA; b=AAAA\r\n"
	                        "\r\nsecret\r\n");
	bench.policy.on_temperror = WAX_ACCEPT;
	(void)bench_judge(&bench, wax_exact(zone));
	ck_assert_int_eq(bench.results->mailfrom.result, WAX_TEMPERROR);
	/* SPF could pass, so there is no row; as if another one aligned: */
	ck_assert(!make(MORNING));
	((struct wax_results *)(uintptr_t)bench.results)->dmarc.result =
	    WAX_PASS;
	ck_assert(make(MORNING));
	line = wax_report_line_format(bench.arena, &row);
	ck_assert_ptr_null(strstr(wax_str_z(bench.arena, line), "secret"));
	ck_assert_ptr_nonnull(strstr(
	    wax_str_z(bench.arena, line), "mailfrom=bank.example,temperror"));
}
END_TEST

Suite *
wax_row_vectors_suite(void)
{
	Suite *suite = suite_create("row vectors");
	TCase *tcase = tcase_create("row vectors");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_rc_01_report_per_policy_domain);
	tcase_add_test(tcase, test_rc_02_report_per_policy);
	tcase_add_test(tcase, test_rc_03_equal_messages_are_counted);
	tcase_add_test(tcase, test_rc_04_test_mode);
	tcase_add_test(tcase, test_rc_05_local_policy);
	tcase_add_test(tcase, test_rc_06_pass_under_reject);
	tcase_add_test(tcase, test_rc_07_pass_under_none);
	tcase_add_test(tcase, test_rc_08_null_sender);
	tcase_add_test(tcase, test_rc_10_without_rua);
	tcase_add_test(tcase, test_rc_11_missing_p_with_rua);
	tcase_add_test(tcase, test_rc_20_hostile_text);
	tcase_add_test(tcase, test_no_local_parts);
	suite_add_tcase(suite, tcase);
	return suite;
}
