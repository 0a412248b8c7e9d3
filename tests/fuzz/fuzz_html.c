/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page of reports (policy/report/html.h), with any octets as its texts
 * and any numbers.
 *
 * The input is a list of values, each but the last ended by 0x1e; what a
 * report is made of takes the next one, and begins again after the last.
 */
#include <string.h>

#include "policy/report/html.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/page.h"

const char wax_fuzz_name[] = "html";

#define VALUES_MAX 256
#define REPORTS_MAX 3
#define RECORDS_MAX 4
#define SIGNATURES_MAX 3

struct values {
	struct wax_str v[VALUES_MAX];
	size_t n, next;
};

static struct wax_str
next_text(struct values *values)
{
	return values->v[values->next++ % values->n];
}

static uint64_t
next_number(struct values *values)
{
	struct wax_str s = next_text(values);
	uint64_t number = 0;

	memcpy(&number, s.p, s.n < sizeof number ? s.n : sizeof number);
	return number;
}

static struct wax_ip
next_ip(struct values *values)
{
	struct wax_str s = next_text(values);
	struct wax_ip ip = { .family = s.n < 4    ? WAX_IP_NONE
		                       : s.n < 16 ? WAX_IPV4
		                                  : WAX_IPV6 };

	memcpy(ip.octet, s.p, wax_ip_bits(ip) / 8);
	return ip;
}

static const struct wax_report_signature *
next_signatures(struct wax_arena *arena, struct values *values, size_t n)
{
	struct wax_report_signature *v =
	    wax_alloc(arena, SIGNATURES_MAX, sizeof *v);

	for (size_t i = 0; i < n; i++)
		v[i] = (struct wax_report_signature){
			.domain = next_text(values),
			.selector = next_text(values),
			.result = next_number(values) % (WAX_PERMERROR + 1),
		};
	return v;
}

static struct wax_report_record
next_record(struct wax_arena *arena, struct values *values)
{
	struct wax_report_reason *reason =
	    WAX_NEW(arena, struct wax_report_reason);
	struct wax_report_record record = { .count = next_number(values) };
	struct wax_report_tuple *tuple = &record.tuple;
	uint64_t bits = next_number(values);

	reason->type = bits % (WAX_OVERRIDE_TRUSTED_FORWARDER + 1);
	reason->comment = next_text(values);
	tuple->reason = reason;
	tuple->n_reasons = bits >> 4 & 1;
	tuple->disposition = bits % (WAX_DISPOSITION_REJECT + 1);
	tuple->dkim_aligned = bits >> 5 & 1;
	tuple->spf_aligned = bits >> 6 & 1;
	tuple->has_spf = bits >> 7 & 1;
	tuple->source = next_ip(values);
	tuple->header_from = next_text(values);
	tuple->spf_domain = next_text(values);
	tuple->spf = next_number(values) % (WAX_PERMERROR + 1);
	tuple->n_dkim = next_number(values) % (SIGNATURES_MAX + 1);
	tuple->dkim = next_signatures(arena, values, tuple->n_dkim);
	return record;
}

static const struct wax_aggregate *
next_report(struct wax_arena *arena, struct values *values)
{
	struct wax_aggregate *report = WAX_NEW(arena, struct wax_aggregate);
	struct wax_report_record *record =
	    wax_alloc(arena, RECORDS_MAX, sizeof *record);
	uint64_t bits = next_number(values);

	report->org_name = next_text(values);
	report->email = next_text(values);
	report->extra_contact_info = next_text(values);
	report->report_id = next_text(values);
	report->error = next_text(values);
	report->generator = next_text(values);
	report->policy.domain = next_text(values);
	report->policy.p = bits % (WAX_P_REJECT + 1);
	report->policy.sp = (bits >> 8) % (WAX_P_REJECT + 1);
	report->policy.np = (bits >> 16) % (WAX_P_REJECT + 1);
	report->policy.testing = bits >> 24 & 1;
	report->policy.strict_spf = bits >> 25 & 1;
	report->policy.strict_dkim = bits >> 26 & 1;
	report->period.begin = (int64_t)next_number(values);
	report->period.end = (int64_t)next_number(values);
	report->n = next_number(values) % (RECORDS_MAX + 1);
	report->record = record;
	for (size_t i = 0; i < report->n; i++)
		record[i] = next_record(arena, values);
	return report;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str rest = { (const char *)data, size }, page;
	const struct wax_aggregate *report[REPORTS_MAX];
	struct values values = { .n = 0 };
	struct wax_html_options options;
	size_t n;

	while (values.n < VALUES_MAX &&
	       wax_str_cut(&rest, '\x1e', &values.v[values.n]))
		values.n++;
	if (values.n == 0)
		values.v[values.n++] = WAX_STR("");
	options.title = next_text(&values);
	options.made_at = (int64_t)next_number(&values);
	options.generator = next_text(&values);
	n = next_number(&values) % (REPORTS_MAX + 1);
	for (size_t i = 0; i < n; i++)
		report[i] = next_report(arena, &values);
	page = wax_html_write(arena, &options, n, report);
	WAX_ASSERT(page_fault(page) == NULL);
	WAX_ASSERT(
	    wax_str_eq(page, wax_html_write(arena, &options, n, report)));
	wax_arena_free(arena);
	return 0;
}
