/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Days: a report counts on the UTC day that it begins on. (RFC 9990
 * s3.1.1.4 wants a day of UTC; others' reports may be of any length, and do
 * not say which day a message was of.)
 */
#include "policy/report/html_chart.h"
#include "policy/report/html_sections.h"
#include "policy/report/html_table.h"

#define DAY_S 86400
/* A report that begins later than this after the page was made has a wrong
 * date: clocks may differ by a day. */
#define AHEAD_MAX_S DAY_S

struct days {
	struct wax_html_groups known; /* by day */
	int64_t first, last;          /* of them; seconds */
	struct wax_html_counts unknown;
};

static bool
is_known(const struct wax_html_options *options, int64_t begin)
{
	return begin >= DAY_S && (options->made_at <= 0 ||
	                             begin - AHEAD_MAX_S <= options->made_at);
}

static struct days
days_of(struct wax_arena *arena, const struct wax_html_reports *reports)
{
	struct wax_html_tally tally = { .arena = arena };
	struct days days = { .first = INT64_MAX };

	for (size_t i = 0; i < reports->n; i++) {
		const struct wax_aggregate *report = reports->v[i];
		int64_t begin = report->period.begin;
		struct wax_html_key key = { { wax_html_day(arena, begin) } };
		bool counts =
		    is_known(reports->options, begin) && key.part[0].n > 0;

		if (counts && begin < days.first)
			days.first = begin;
		if (counts && begin > days.last)
			days.last = begin;
		for (size_t k = 0; k < report->n; k++)
			if (counts)
				wax_html_see(
				    &tally, key, &report->record[k], WAX_NONE);
			else
				wax_html_counts_add(&days.unknown,
				    &report->record[k], WAX_NONE);
	}
	days.known = wax_html_groups_make(&tally, WAX_HTML_BY_KEY);
	return days;
}

/* The days to be drawn: the last ones, also those without messages. How many
 * of `known` come before them is left in *n_before. */
static struct wax_html_groups
drawn_days(struct wax_arena *arena, const struct days *days, size_t *n_before)
{
	int64_t last = days->last / DAY_S, first = days->first / DAY_S;
	struct wax_html_groups drawn = { 0 };
	size_t next = 0;

	*n_before = 0;
	if (days->known.n == 0)
		return drawn;
	if (last - first >= WAX_HTML_DAYS_MAX)
		first = last - WAX_HTML_DAYS_MAX + 1;
	drawn.v = wax_alloc(arena, WAX_HTML_DAYS_MAX, sizeof *drawn.v);
	for (int64_t day = first; day <= last; day++) {
		struct wax_html_group *group = &drawn.v[drawn.n++];

		group->key.part[0] = wax_html_day(arena, day * DAY_S);
		while (next < days->known.n &&
		       wax_str_cmp(days->known.v[next].key.part[0],
		           group->key.part[0]) < 0)
			next++;
		if (day == first)
			*n_before = next;
		if (next < days->known.n &&
		    wax_str_eq(
		        days->known.v[next].key.part[0], group->key.part[0]))
			*group = days->known.v[next];
	}
	return drawn;
}

static void
add_table(struct wax_text *page, const struct wax_html_groups *days)
{
	static const struct wax_html_column column[] = {
		{ "Day (UTC)", WAX_HTML_NAME },
		{ "Messages", WAX_HTML_NUMBER },
		{ "Pass", WAX_HTML_NUMBER },
		{ "Fail", WAX_HTML_NUMBER },
		{ "Pass rate", WAX_HTML_NUMBER },
	};

	wax_html_table_begin(
	    page, "Messages by day", column, sizeof column / sizeof *column);
	for (size_t i = days->n; i-- > 0;) {
		const struct wax_html_counts *counts = &days->v[i].counts;

		wax_html_row_begin(page);
		wax_html_add(page, days->v[i].key.part[0]);
		wax_html_name_end(page);
		wax_html_cell_number(page, counts->messages);
		wax_html_cell_number(page, counts->pass);
		wax_html_cell_number(page, wax_html_failed(counts));
		wax_html_cell_percent(page, counts->pass, counts->messages);
		wax_html_row_end(page);
	}
	wax_html_table_end(page);
}

void
wax_html_days_section(
    struct wax_text *page, const struct wax_html_reports *reports)
{
	struct days days = days_of(reports->work, reports);
	size_t n_before;
	struct wax_html_groups drawn =
	    drawn_days(reports->work, &days, &n_before);
	uint64_t before = 0;

	if (reports->total.messages == 0)
		return;
	for (size_t i = 0; i < n_before; i++)
		before = wax_html_sum(before, days.known.v[i].counts.messages);
	wax_text_addz(page, "<section id=\"days\" aria-labelledby=\"days-h\">"
	                    "<h2 id=\"days-h\">By day</h2>\n");
	if (drawn.n > 0) {
		wax_html_chart_legend(page);
		wax_html_chart_days(page, &drawn);
		wax_text_addz(page, "<details><summary>The numbers, day by day"
		                    "</summary>\n");
		add_table(page, &drawn);
		wax_text_addz(page, "</details>\n");
	}
	if (before > 0) {
		wax_text_addz(page, "<p class=\"more\">and ");
		wax_html_add_count(page, before, "message", "messages");
		wax_text_addz(page, " before ");
		wax_html_add(page, drawn.v[0].key.part[0]);
		wax_text_addz(page, "</p>\n");
	}
	if (days.unknown.messages > 0) {
		wax_text_addz(page, "<p class=\"more\">and ");
		wax_html_add_count(
		    page, days.unknown.messages, "message", "messages");
		wax_text_addz(
		    page, " of reports whose dates cannot be right</p>\n");
	}
	wax_text_addz(page, "</section>\n");
}
