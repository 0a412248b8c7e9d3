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
	struct wax_report_program *program;
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
keep_own(
    void *arg, struct wax_arena *arena, const struct wax_stored_report *stored)
{
	struct page *page = arg;
	struct wax_aggregate *report =
	    WAX_NEW(page->arena, struct wax_aggregate);
	const struct wax_stored_report copy =
	    wax_stored_report_copy(page->arena, stored);
	int status;

	(void)arena; /* the page needs all at once */
	status = wax_report_load(page->program, page->arena, &copy, report);
	if (status == 0)
		WAX_PUSH(page->arena, &page->reports, report);
	return status;
}

static int
read_own(struct page *page)
{
	uint64_t n = 0;
	int status = wax_report_open_store(page->program);

	return status != 0 ? status
	                   : wax_report_each(page->program, keep_own, page, &n);
}

int
wax_report_do_html(struct wax_report_program *program)
{
	struct page page = { .program = program, .arena = program->arena };
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
	int status = is_own ? read_own(&page)
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
