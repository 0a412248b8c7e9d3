/* SPDX-License-Identifier: BSD-2-Clause */
/* The reports that the page was made of. */
#include <stdlib.h>

#include "policy/report/html_sections.h"
#include "policy/report/html_table.h"

#define DAY_S 86400

/* The latest first. */
static int
compare(const void *a, const void *b)
{
	const struct wax_aggregate *one =
	    *(const struct wax_aggregate *const *)a;
	const struct wax_aggregate *other =
	    *(const struct wax_aggregate *const *)b;
	int order;

	if (one->period.begin != other->period.begin)
		return one->period.begin > other->period.begin ? -1 : 1;
	order = wax_str_cmp(one->org_name, other->org_name);
	if (order == 0)
		order = wax_str_cmp(one->policy.domain, other->policy.domain);
	if (order == 0)
		order = wax_str_cmp(one->report_id, other->report_id);
	return order;
}

static void
add_line(struct wax_text *page, const char *label, struct wax_str s)
{
	if (s.n == 0)
		return;
	wax_text_addf(page, "<span class=\"sub\">%s", label);
	wax_html_add_foreign(page, s);
	wax_text_addz(page, "</span>");
}

/* A whole day of UTC is what most of them are of. */
static void
add_period(struct wax_text *page, const struct wax_period *period)
{
	struct wax_str day = wax_html_day(page->arena, period->begin);

	if (day.n > 0 && period->begin % DAY_S == 0 &&
	    period->end == period->begin + DAY_S - 1) {
		wax_html_add(page, day);
		wax_text_addz(page, " (UTC)");
		return;
	}
	wax_html_add(page, wax_html_time(page->arena, period->begin));
	wax_text_addz(page, " to ");
	wax_html_add(page, wax_html_time(page->arena, period->end));
}

static void
add_report(struct wax_text *page, const struct wax_aggregate *report)
{
	wax_html_row_begin(page);
	wax_html_add_foreign(page, report->org_name);
	add_line(page, "", report->email);
	add_line(page, "", report->extra_contact_info);
	add_line(page, "by ", report->generator);
	wax_html_name_end(page);
	wax_html_words_begin(page);
	wax_html_add_foreign(page, report->policy.domain);
	wax_text_addz(page, "<span class=\"sub\">");
	add_period(page, &report->period);
	wax_text_addz(page, "</span>");
	add_line(page, "Report-ID ", report->report_id);
	if (report->error.n > 0) {
		wax_text_addz(page, "<span class=\"sub bad\">Error: ");
		wax_html_add_foreign(page, report->error);
		wax_text_addz(page, "</span>");
	}
	wax_html_words_end(page);
	wax_html_cell_number(page, report->n);
	wax_html_cell_number(page, wax_html_messages(report));
	wax_html_row_end(page);
}

void
wax_html_reports_section(
    struct wax_text *page, const struct wax_html_reports *reports)
{
	static const struct wax_html_column column[] = {
		{ "Reporter", WAX_HTML_NAME },
		{ "Policy domain and period", WAX_HTML_WORDS },
		{ "Records", WAX_HTML_NUMBER },
		{ "Messages", WAX_HTML_NUMBER },
	};
	const struct wax_aggregate **sorted;
	size_t n = reports->n;
	uint64_t rest = 0;

	if (n == 0)
		return;
	sorted = wax_alloc(reports->work, n, sizeof *sorted);
	for (size_t i = 0; i < n; i++)
		sorted[i] = reports->v[i];
	qsort(sorted, n, sizeof *sorted, compare);
	wax_text_addz(page,
	    "<section id=\"reports\" aria-labelledby=\"reports-h\">"
	    "<h2 id=\"reports-h\">Reports</h2>\n<details><summary>");
	wax_html_add_count(page, n, "report", "reports");
	wax_text_addz(page, " that this page was made of</summary>\n");
	wax_html_table_begin(
	    page, "Reports", column, sizeof column / sizeof *column);
	for (size_t i = 0; i < n; i++)
		if (i < WAX_HTML_REPORTS_MAX)
			add_report(page, sorted[i]);
		else
			rest = wax_html_sum(rest, wax_html_messages(sorted[i]));
	wax_html_table_end(page);
	wax_html_more(page,
	    n > WAX_HTML_REPORTS_MAX ? n - WAX_HTML_REPORTS_MAX : 0, rest,
	    "message", "messages");
	wax_text_addz(page, "</details></section>\n");
}
