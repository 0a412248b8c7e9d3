/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_html.c - one page of our own reports, or of those in files.
 */
#include <stdio.h>

#include "milter/cmd/report_input.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/report/html.h"

struct page {
	struct wax_arena *arena;
	WAX_VEC(const struct wax_aggregate *) reports;
};

static void
keep_found(void *arg, struct wax_arena *arena, const char *file,
    const struct wax_aggregate *report, enum wax_xml_dialect dialect)
{
	struct page *page = arg;

	(void)arena;
	(void)file;
	(void)dialect;
	WAX_PUSH(page->arena, &page->reports, report);
}

static int
keep_own(struct wax_report_program *program, struct page *page)
{
	struct wax_stored_reports stored;
	struct wax_aggregate *report;
	int status = wax_report_open_store(program);

	if (status == 0)
		status = wax_report_select(program, &stored);
	for (size_t i = 0; status == 0 && i < stored.n; i++) {
		report = WAX_NEW(program->arena, struct wax_aggregate);
		status = wax_report_load(program, &stored.v[i], report);
		WAX_PUSH(program->arena, &page->reports, report);
	}
	return status;
}

int
wax_report_do_html(struct wax_report_program *program)
{
	struct page page = { .arena = program->arena };
	bool is_own = program->options.n_arguments == 0;
	const struct wax_html_options options = {
		.title = is_own
		             ? wax_textf(program->arena,
		                   "DMARC aggregate reports of %.*s",
		                   WAX_FMT(program->config->policy.authserv_id))
		             : WAX_STR("DMARC aggregate reports"),
		.made_at = program->now,
		.generator = WAX_STR(WAX_REPORT_GENERATOR),
	};
	struct wax_str text;
	int status = is_own ? keep_own(program, &page)
	                    : wax_report_inputs(
	                          program, program->arena, keep_found, &page);

	/* A page of what could be read is better than none. */
	if (status != 0 && page.reports.n == 0)
		return status;
	text = wax_html_write(
	    program->arena, &options, page.reports.n, page.reports.v);
	(void)fwrite(text.p, 1, text.n, stdout);
	return status;
}
