/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/same_report.h"

#include "policy/report/xml_impl.h"

static const char *
policies(const struct wax_report_policy *a, const struct wax_report_policy *b)
{
	if (!wax_str_eq(a->domain, b->domain))
		return "domain";
	if (a->p != b->p || a->sp != b->sp || a->np != b->np)
		return "p, sp or np";
	if (a->strict_dkim != b->strict_dkim || a->strict_spf != b->strict_spf)
		return "adkim or aspf";
	if (a->testing != b->testing)
		return "testing";
	if (a->discovery != b->discovery)
		return "discovery_method";
	return wax_str_eq(a->fo, b->fo) ? NULL : "fo";
}

static const char *
reasons(const struct wax_report_tuple *a, const struct wax_report_tuple *b)
{
	if (a->n_reasons != b->n_reasons)
		return "number of reasons";
	for (size_t i = 0; i < a->n_reasons; i++) {
		if (a->reason[i].type != b->reason[i].type)
			return "type of a reason";
		if (!wax_str_eq(a->reason[i].comment, b->reason[i].comment))
			return "comment";
	}
	return NULL;
}

static const char *
signatures(const struct wax_report_tuple *a, const struct wax_report_tuple *b)
{
	if (a->n_dkim != b->n_dkim)
		return "number of dkim";
	for (size_t i = 0; i < a->n_dkim; i++) {
		if (!wax_str_eq(a->dkim[i].domain, b->dkim[i].domain))
			return "domain of dkim";
		if (!wax_str_eq(a->dkim[i].selector, b->dkim[i].selector))
			return "selector";
		if (a->dkim[i].result != b->dkim[i].result)
			return "result of dkim";
		if (!wax_str_eq(a->dkim[i].human, b->dkim[i].human))
			return "human_result of dkim";
	}
	return NULL;
}

static const char *
spf(const struct wax_report_tuple *a, const struct wax_report_tuple *b)
{
	if (a->has_spf != b->has_spf)
		return "whether there is spf";
	if (!a->has_spf)
		return NULL;
	if (!wax_str_eq(a->spf_domain, b->spf_domain))
		return "domain of spf";
	if (a->spf != b->spf)
		return "result of spf";
	return wax_str_eq(a->spf_human, b->spf_human) ? NULL
	                                              : "human_result of spf";
}

static const char *
records(
    const struct wax_report_record *left, const struct wax_report_record *right)
{
	const struct wax_report_tuple *a = &left->tuple, *b = &right->tuple;
	const char *difference = reasons(a, b);

	if (left->count != right->count)
		return "count";
	if (!wax_ip_eq(a->source, b->source))
		return "source_ip";
	if (a->disposition != b->disposition)
		return "disposition";
	if (a->dkim_aligned != b->dkim_aligned ||
	    a->spf_aligned != b->spf_aligned)
		return "alignment";
	if (!wax_str_eq(a->header_from, b->header_from))
		return "header_from";
	if (!wax_str_eq(a->envelope_from, b->envelope_from))
		return "envelope_from";
	if (difference == NULL)
		difference = signatures(a, b);
	return difference != NULL ? difference : spf(a, b);
}

const char *
wax_report_difference(
    const struct wax_aggregate *a, const struct wax_aggregate *b)
{
	const char *difference = policies(&a->policy, &b->policy);

	if (!wax_str_eq(a->org_name, b->org_name))
		return "org_name";
	if (!wax_str_eq(a->email, b->email))
		return "email";
	if (!wax_str_eq(a->extra_contact_info, b->extra_contact_info))
		return "extra_contact_info";
	if (!wax_str_eq(a->report_id, b->report_id))
		return "report_id";
	if (!wax_str_eq(a->error, b->error))
		return "error";
	if (!wax_str_eq(a->generator, b->generator))
		return "generator";
	if (a->period.begin != b->period.begin ||
	    a->period.end != b->period.end)
		return "date_range";
	if (a->n != b->n)
		return "number of records";
	for (size_t i = 0; i < a->n && difference == NULL; i++)
		difference = records(&a->record[i], &b->record[i]);
	return difference;
}

static struct wax_report_record
told_record(struct wax_arena *arena, struct wax_report_record record)
{
	struct wax_report_tuple *tuple = &record.tuple;
	struct wax_report_reason *reason =
	    wax_alloc(arena, tuple->n_reasons, sizeof *reason);
	struct wax_report_signature *dkim =
	    wax_alloc(arena, tuple->n_dkim, sizeof *dkim);
	size_t n = 0;

	for (size_t i = 0; i < tuple->n_reasons; i++)
		reason[i] = (struct wax_report_reason){ tuple->reason[i].type,
			wax_xml_text(arena, tuple->reason[i].comment) };
	for (size_t i = 0; i < tuple->n_dkim; i++) {
		struct wax_report_signature one = tuple->dkim[i];

		one.domain = wax_xml_domain(arena, one.domain);
		one.selector = wax_xml_text(arena, one.selector);
		one.human = wax_xml_text(arena, one.human);
		if (one.result == WAX_SOFTFAIL)
			one.result = WAX_FAIL;
		if (one.domain.n > 0 && one.selector.n > 0)
			dkim[n++] = one;
	}
	tuple->reason = reason;
	tuple->dkim = dkim;
	tuple->n_dkim = n;
	tuple->header_from = wax_xml_domain(arena, tuple->header_from);
	tuple->envelope_from = wax_xml_domain(arena, tuple->envelope_from);
	tuple->spf_domain = wax_xml_domain(arena, tuple->spf_domain);
	tuple->spf_human = wax_xml_text(arena, tuple->spf_human);
	return record;
}

struct wax_aggregate
wax_report_told(struct wax_arena *arena, struct wax_aggregate report)
{
	struct wax_report_record *record =
	    wax_alloc(arena, report.n, sizeof *record);

	report.org_name = wax_xml_text(arena, report.org_name);
	report.email = wax_xml_text(arena, report.email);
	report.extra_contact_info =
	    wax_xml_text(arena, report.extra_contact_info);
	report.report_id = wax_xml_text(arena, report.report_id);
	report.error = wax_xml_text(
	    arena, report.error.n > 0 ? report.error : report.policy.error);
	report.generator = wax_xml_text(arena, report.generator);
	report.policy.domain = wax_xml_domain(arena, report.policy.domain);
	report.policy.fo = wax_xml_text(arena, report.policy.fo);
	for (size_t i = 0; i < report.n; i++)
		record[i] = told_record(arena, report.record[i]);
	report.record = record;
	return report;
}
