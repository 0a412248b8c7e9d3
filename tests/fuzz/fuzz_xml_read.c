/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An aggregate report of anybody's.
 *
 * What holds for any: what is read has only texts that may be shown, and is
 * bounded. Written again it keeps the schema and the rules, unless it lacks
 * what they ask for; read again it says the same. wax_xml_check() takes any
 * document, too, and what it accepts can be read.
 */
#include "policy/base/limits.h"
#include "policy/report/xml.h"
#include "policy/report/xml_impl.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/same_report.h"

const char wax_fuzz_name[] = "xml_read";

static void
check_text(struct wax_arena *arena, struct wax_str s)
{
	WAX_ASSERT(s.n <= WAX_REPORT_TEXT_MAX);
	WAX_ASSERT(wax_str_eq(wax_xml_text(arena, s), s));
}

static void
check_record(struct wax_arena *arena, const struct wax_report_record *record)
{
	const struct wax_report_tuple *tuple = &record->tuple;

	WAX_ASSERT(record->count <= WAX_REPORT_COUNT_MAX);
	WAX_ASSERT(tuple->n_reasons <= WAX_REPORT_REASONS_MAX);
	WAX_ASSERT(tuple->n_dkim <= WAX_REPORT_SIGNATURES_MAX);
	check_text(arena, tuple->header_from);
	check_text(arena, tuple->envelope_from);
	WAX_ASSERT(
	    wax_str_find(tuple->header_from, '@') == tuple->header_from.n);
	WAX_ASSERT(
	    wax_str_find(tuple->envelope_from, '@') == tuple->envelope_from.n);
	for (size_t i = 0; i < tuple->n_reasons; i++)
		check_text(arena, tuple->reason[i].comment);
	for (size_t i = 0; i < tuple->n_dkim; i++) {
		check_text(arena, tuple->dkim[i].domain);
		check_text(arena, tuple->dkim[i].selector);
		check_text(arena, tuple->dkim[i].human);
		WAX_ASSERT(tuple->dkim[i].result != WAX_SOFTFAIL);
	}
	check_text(arena, tuple->spf_domain);
	check_text(arena, tuple->spf_human);
}

static void
check_report(struct wax_arena *arena, const struct wax_aggregate *report)
{
	check_text(arena, report->org_name);
	check_text(arena, report->email);
	check_text(arena, report->extra_contact_info);
	check_text(arena, report->report_id);
	check_text(arena, report->error);
	check_text(arena, report->generator);
	check_text(arena, report->policy.domain);
	check_text(arena, report->policy.fo);
	WAX_ASSERT(report->n <= WAX_REPORT_RECORDS_MAX);
	for (size_t i = 0; i < report->n; i++)
		check_record(arena, &report->record[i]);
}

/* Whether the record has what RFC 9990 asks for, as far as it can be read. */
static bool
is_complete_record(const struct wax_report_policy *policy,
    const struct wax_report_record *record)
{
	const struct wax_report_tuple *tuple = &record->tuple;
	bool passed = tuple->dkim_aligned || tuple->spf_aligned;

	if (record->count == 0 || tuple->source.family == WAX_IP_NONE ||
	    tuple->header_from.n == 0)
		return false;
	switch (tuple->disposition) {
	case WAX_DISPOSITION_PASS:
		return passed &&
		       (policy->p != WAX_P_NONE || policy->sp != WAX_P_NONE ||
		           policy->np != WAX_P_NONE);
	case WAX_DISPOSITION_NONE:
		return passed || tuple->n_reasons > 0 ||
		       policy->p == WAX_P_NONE || policy->sp == WAX_P_NONE ||
		       policy->np == WAX_P_NONE;
	case WAX_DISPOSITION_QUARANTINE:
		return passed || tuple->n_reasons > 0 ||
		       policy->p == WAX_P_QUARANTINE ||
		       policy->sp == WAX_P_QUARANTINE ||
		       policy->np == WAX_P_QUARANTINE;
	case WAX_DISPOSITION_REJECT:
		return passed || tuple->n_reasons > 0 ||
		       policy->p == WAX_P_REJECT ||
		       policy->sp == WAX_P_REJECT || policy->np == WAX_P_REJECT;
	}
	return false;
}

static bool
is_complete(const struct wax_aggregate *report)
{
	if (report->org_name.n == 0 || report->email.n == 0 ||
	    report->report_id.n == 0 || report->policy.domain.n == 0 ||
	    report->n == 0 || report->period.end < report->period.begin)
		return false;
	for (size_t i = 0; i < report->n; i++)
		if (!is_complete_record(&report->policy, &report->record[i]))
			return false;
	return true;
}

static void
check_round(struct wax_arena *arena, const struct wax_aggregate *report)
{
	struct wax_str document =
	    wax_str_dup(arena, wax_xml_write(arena, report));
	struct wax_aggregate told = wax_report_told(arena, *report), again;
	enum wax_xml_dialect dialect;
	struct wax_err err;

	WAX_ASSERT(
	    (wax_xml_check(document, &err) == WAX_OK) == is_complete(report));
	WAX_ASSERT(
	    wax_xml_read(arena, document, &again, &dialect, &err) == WAX_OK);
	WAX_ASSERT(dialect == WAX_XML_RFC9990);
	WAX_ASSERT(wax_report_difference(&told, &again) == NULL);
}

static void
check_error(const struct wax_err *err)
{
	WAX_ASSERT(err->text[0] != '\0');
	for (const char *p = err->text; *p != '\0'; p++)
		WAX_ASSERT(*p >= ' ' && *p <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str document = { (const char *)data, size };
	struct wax_aggregate report;
	enum wax_xml_dialect dialect;
	struct wax_err err = { 0 }, check_err = { 0 };
	enum wax_status status =
	    wax_xml_read(arena, document, &report, &dialect, &err);
	enum wax_status checked = wax_xml_check(document, &check_err);

	WAX_ASSERT(checked != WAX_OK || status == WAX_OK);
	if (checked != WAX_OK)
		check_error(&check_err);
	if (status == WAX_OK) {
		check_report(arena, &report);
		check_round(arena, &report);
	} else {
		WAX_ASSERT(status == WAX_E_SYNTAX || status == WAX_E_LIMIT);
		check_error(&err);
	}
	wax_arena_free(arena);
	return 0;
}
