/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/report/html.h"

#include <stdlib.h>

#include "policy/report/html_chart.h"
#include "policy/report/html_sections.h"
#include "policy/report/html_style.h"

static int
compare_names(const void *a, const void *b)
{
	return wax_str_cmp(
	    *(const struct wax_str *)a, *(const struct wax_str *)b);
}

/* How many reporters there are, by name. */
static size_t
count_reporters(struct wax_arena *arena, const struct wax_html_reports *reports)
{
	struct wax_str *name =
	    wax_alloc(arena, reports->n > 0 ? reports->n : 1, sizeof *name);
	size_t n = 0;

	for (size_t i = 0; i < reports->n; i++)
		name[i] = reports->v[i]->org_name;
	qsort(name, reports->n, sizeof *name, compare_names);
	for (size_t i = 0; i < reports->n; i++)
		if (i == 0 || !wax_str_eq(name[i - 1], name[i]))
			n++;
	return n;
}

/* The days from the first that a report begins to the last that one ends. */
static void
add_span(struct wax_text *page, const struct wax_html_reports *reports)
{
	int64_t begin = INT64_MAX, end = INT64_MIN;
	struct wax_str first, last;

	for (size_t i = 0; i < reports->n; i++) {
		const struct wax_period *period = &reports->v[i]->period;

		begin = period->begin < begin ? period->begin : begin;
		end = period->end > end ? period->end : end;
	}
	first = wax_html_day(page->arena, begin);
	last = wax_html_day(page->arena, end);
	if (first.n == 0 || last.n == 0)
		return;
	wax_text_addf(page, ", %.*s", WAX_FMT(first));
	if (!wax_str_eq(first, last))
		wax_text_addf(page, " to %.*s", WAX_FMT(last));
	wax_text_addz(page, " (UTC)");
}

static void
add_header(struct wax_text *page, const struct wax_html_reports *reports)
{
	const struct wax_html_options *options = reports->options;
	size_t reporters = count_reporters(page->arena, reports);

	wax_text_addz(page, "<header><h1>");
	wax_html_add(page, options->title);
	wax_text_addz(page, "</h1>\n<p>");
	wax_html_add_count(page, reports->n, "report", "reports");
	if (reporters == 1) {
		wax_text_addz(page, " from ");
		wax_html_add_foreign(page, reports->v[0]->org_name);
	} else if (reporters > 1) {
		wax_text_addz(page, " from ");
		wax_html_add_count(page, reporters, "reporter", "reporters");
	}
	if (reports->n > 0)
		add_span(page, reports);
	wax_text_addz(page, "</p></header>\n");
}

static void
add_figure(struct wax_text *page, const char *name, uint64_t count,
    uint64_t all, bool as_share)
{
	wax_text_addf(page, "<div><dt>%s</dt><dd>", name);
	if (!as_share) {
		wax_html_add_data(page, count);
	} else {
		wax_html_add_percent(page, count, all);
		wax_text_addz(page, "<small>");
		wax_html_add_data(page, count);
		wax_text_addz(page, "</small>");
	}
	wax_text_addz(page, "</dd></div>\n");
}

static void
add_totals(struct wax_text *page, const struct wax_html_counts *total)
{
	uint64_t all = total->messages;

	wax_text_addz(page, "<section id=\"totals\" aria-label=\"Totals\">\n");
	if (all == 0) {
		wax_text_addz(page, "<p>No messages: there is nothing to "
		                    "show.</p></section>\n");
		return;
	}
	wax_text_addz(page, "<dl>\n");
	add_figure(page, "Messages", all, all, false);
	add_figure(page, "DMARC pass", total->pass, all, true);
	add_figure(page, "DMARC fail", wax_html_failed(total), all, true);
	add_figure(page, "SPF aligned", total->spf, all, true);
	add_figure(page, "DKIM aligned", total->dkim, all, true);
	add_figure(page, "Quarantined",
	    total->disposition[WAX_DISPOSITION_QUARANTINE], all, false);
	add_figure(page, "Rejected", total->disposition[WAX_DISPOSITION_REJECT],
	    all, false);
	wax_text_addz(page, "</dl>\n");
	wax_html_chart_line(page, total, all, 12);
	wax_text_addz(page, "</section>\n");
}

static void
add_footer(struct wax_text *page, const struct wax_html_options *options)
{
	wax_text_addz(page,
	    "<footer><p>A message passes DMARC if SPF or DKIM authenticates "
	    "a domain that is aligned with its Author Domain (RFC 9989). "
	    "What a sender wrote is shown as text; characters that cannot be "
	    "seen are shown by their number, such as [U+202E].</p>\n<p>");
	if (options->made_at > 0) {
		wax_text_addz(page, "Made at ");
		wax_html_add(
		    page, wax_html_time(page->arena, options->made_at));
	}
	if (options->generator.n > 0) {
		wax_text_addz(page, options->made_at > 0 ? " by " : "Made by ");
		wax_html_add_foreign(page, options->generator);
	}
	wax_text_addz(page, "</p></footer>\n");
}

static void
add_head(struct wax_text *page, const struct wax_html_options *options)
{
	wax_text_addz(page,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n<title>");
	wax_html_add(page, options->title);
	wax_text_addz(page, "</title>\n<style>\n");
	wax_text_addz(page, wax_html_style);
	wax_text_addz(page, "</style></head>\n<body>\n");
}

struct wax_str
wax_html_write(struct wax_arena *arena, const struct wax_html_options *options,
    size_t n, const struct wax_aggregate *const *report)
{
	static void (*const section[])(
	    struct wax_text *, const struct wax_html_reports *) = {
		wax_html_days_section,
		wax_html_sources_section,
		wax_html_domains_section,
		wax_html_dispositions_section,
		wax_html_dkim_section,
		wax_html_spf_section,
		wax_html_reports_section,
	};
	struct wax_html_reports reports = { .options = options,
		.n = n,
		.v = report,
		.work = wax_arena_new("section", 65536) };
	struct wax_text page;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < report[i]->n; k++)
			wax_html_counts_add(
			    &reports.total, &report[i]->record[k], WAX_NONE);
	wax_text_init(&page, arena);
	add_head(&page, options);
	wax_html_chart_defs(&page);
	add_header(&page, &reports);
	wax_text_addz(&page, "<main>\n");
	add_totals(&page, &reports.total);
	for (size_t i = 0; i < sizeof section / sizeof section[0]; i++) {
		section[i](&page, &reports);
		wax_arena_reset(reports.work);
	}
	wax_arena_free(reports.work);
	wax_text_addz(&page, "</main>\n");
	add_footer(&page, options);
	wax_text_addz(&page, "</body></html>\n");
	return wax_text_str(&page);
}
