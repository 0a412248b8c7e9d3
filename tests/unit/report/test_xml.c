/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "tests/unit/report/xml_suites.h"

Suite *(*const wax_suites[])(void) = { wax_xml_write_suite, wax_xml_read_suite,
	wax_xml_refuse_suite, wax_xml_round_suite, wax_xml_vectors_suite,
	NULL };

struct wax_str
read_report_file(struct wax_arena *arena, const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str path = wax_textf(
	    arena, "%s/tests/reports/%s", srcdir != NULL ? srcdir : ".", name);
	FILE *file = fopen(path.p, "rb");
	struct wax_text text;
	char chunk[4096];
	size_t n;

	ck_assert_msg(file != NULL, "cannot read %s", path.p);
	wax_text_init(&text, arena);
	while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
		wax_text_add(&text, (struct wax_str){ chunk, n });
	(void)fclose(file); /* it was only read */
	return wax_text_str(&text);
}

static void
expect_text(const char *what, struct wax_str got, struct wax_str want)
{
	ck_assert_msg(wax_str_eq(got, want), "%s: \"%.*s\" is not \"%.*s\"",
	    what, WAX_FMT(got), WAX_FMT(want));
}

static void
expect_policy(
    const struct wax_report_policy *got, const struct wax_report_policy *want)
{
	expect_text("domain", got->domain, want->domain);
	ck_assert_int_eq(got->p, want->p);
	ck_assert_int_eq(got->sp, want->sp);
	ck_assert_int_eq(got->np, want->np);
	ck_assert(got->strict_dkim == want->strict_dkim);
	ck_assert(got->strict_spf == want->strict_spf);
	ck_assert(got->testing == want->testing);
	ck_assert_int_eq(got->discovery, want->discovery);
	expect_text("fo", got->fo, want->fo);
}

static void
expect_record(
    const struct wax_report_record *got, const struct wax_report_record *want)
{
	const struct wax_report_tuple *a = &got->tuple, *b = &want->tuple;

	ck_assert_uint_eq(got->count, want->count);
	ck_assert(wax_ip_eq(a->source, b->source));
	ck_assert_int_eq(a->disposition, b->disposition);
	ck_assert(a->dkim_aligned == b->dkim_aligned);
	ck_assert(a->spf_aligned == b->spf_aligned);
	expect_text("header_from", a->header_from, b->header_from);
	expect_text("envelope_from", a->envelope_from, b->envelope_from);
	ck_assert_uint_eq(a->n_reasons, b->n_reasons);
	for (size_t i = 0; i < a->n_reasons; i++) {
		ck_assert_int_eq(a->reason[i].type, b->reason[i].type);
		expect_text(
		    "comment", a->reason[i].comment, b->reason[i].comment);
	}
	ck_assert_uint_eq(a->n_dkim, b->n_dkim);
	for (size_t i = 0; i < a->n_dkim; i++) {
		expect_text("d=", a->dkim[i].domain, b->dkim[i].domain);
		expect_text("s=", a->dkim[i].selector, b->dkim[i].selector);
		ck_assert_int_eq(a->dkim[i].result, b->dkim[i].result);
		expect_text("human", a->dkim[i].human, b->dkim[i].human);
	}
	ck_assert(a->has_spf == b->has_spf);
	if (!a->has_spf)
		return;
	expect_text("spf", a->spf_domain, b->spf_domain);
	ck_assert_int_eq(a->spf, b->spf);
	expect_text("human", a->spf_human, b->spf_human);
}

void
ck_assert_report_eq(
    const struct wax_aggregate *got, const struct wax_aggregate *want)
{
	expect_text("org_name", got->org_name, want->org_name);
	expect_text("email", got->email, want->email);
	expect_text("extra_contact_info", got->extra_contact_info,
	    want->extra_contact_info);
	expect_text("report_id", got->report_id, want->report_id);
	expect_text("error", got->error, want->error);
	expect_text("generator", got->generator, want->generator);
	ck_assert_int_eq(got->period.begin, want->period.begin);
	ck_assert_int_eq(got->period.end, want->period.end);
	expect_policy(&got->policy, &want->policy);
	ck_assert_uint_eq(got->n, want->n);
	for (size_t i = 0; i < got->n; i++)
		expect_record(&got->record[i], &want->record[i]);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

bool
time_counts(void)
{
	const char *fork_mode = getenv("CK_FORK");

	return !SANITIZED &&
	       (fork_mode == NULL || strcmp(fork_mode, "no") != 0);
}
