/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/report/html_chart.h"

#include <string.h>

/* In the units of the drawing: ten to a day from left to right, where it is
 * stretched; pixels from top to bottom, where it is not. */
#define SLOT 10
#define BAR 8
#define SLOTS_MIN 8
#define PLOT 160
#define MARGIN 4 /* on top: the smallest bars are drawn larger than they are */
#define LINE_WIDTH 1000
#define TICKS_MAX 4
#define LABELS_MAX 4
/* Counts above it are drawn as if they were it. */
#define COUNT_MAX 1000000000000000000ULL

void
wax_html_chart_defs(struct wax_text *page)
{
	wax_text_addz(page,
	    "<svg class=\"defs\" width=\"0\" height=\"0\" "
	    "aria-hidden=\"true\"><defs><pattern id=\"hatch\" width=\"4\" "
	    "height=\"4\" patternUnits=\"userSpaceOnUse\">"
	    "<rect class=\"fill\" width=\"4\" height=\"4\"/>"
	    "<rect class=\"stripe\" width=\"4\" height=\"1\"/>"
	    "</pattern></defs></svg>\n");
}

void
wax_html_chart_legend(struct wax_text *page)
{
	static const char key[] =
	    "<svg class=\"key\" width=\"14\" height=\"14\" "
	    "aria-hidden=\"true\"><rect class=\"%s\" width=\"14\" "
	    "height=\"14\"/></svg>%s";

	wax_text_addz(page, "<p class=\"legend\"><span>");
	wax_text_addf(page, key, "pass", "DMARC pass</span> <span>");
	wax_text_addf(page, key, "fail", "DMARC fail, hatched</span></p>\n");
}

static void
add_rect(
    struct wax_text *page, const char *class, uint64_t count, const char *place)
{
	wax_text_addf(page, "<rect class=\"%s\" data-count=\"%llu\" %s/>",
	    class, (unsigned long long)count, place);
}

/* At least one unit of what is there at all. */
static unsigned
length_of(uint64_t count, uint64_t all, unsigned size)
{
	unsigned n = wax_html_scaled(count, all, size);

	return n == 0 && count > 0 ? 1 : n;
}

void
wax_html_chart_line(struct wax_text *page, const struct wax_html_counts *counts,
    uint64_t most, unsigned height)
{
	uint64_t fail = wax_html_failed(counts);
	unsigned pass_width = length_of(counts->pass, most, LINE_WIDTH);
	unsigned fail_width = length_of(fail, most, LINE_WIDTH);

	if (pass_width + fail_width > LINE_WIDTH)
		*(pass_width > fail_width ? &pass_width : &fail_width) =
		    LINE_WIDTH -
		    (pass_width > fail_width ? fail_width : pass_width);
	wax_text_addf(page,
	    "<svg class=\"line\" viewBox=\"0 0 %d %u\" height=\"%u\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
	    LINE_WIDTH, height, height);
	if (counts->pass > 0)
		wax_text_addf(page,
		    "<rect class=\"pass\" width=\"%u\" height=\"%u\"/>",
		    pass_width, height);
	if (fail > 0)
		wax_text_addf(page,
		    "<rect class=\"fail\" x=\"%u\" width=\"%u\" "
		    "height=\"%u\"/>",
		    pass_width, fail_width, height);
	wax_text_addz(page, "</svg>");
}

static uint64_t
drawn(uint64_t count)
{
	return count < COUNT_MAX ? count : COUNT_MAX;
}

/* A round number of which at most TICKS_MAX reach `most`. */
static uint64_t
round_step(uint64_t most)
{
	uint64_t ten = 1;

	for (;;) {
		if (ten * TICKS_MAX >= most)
			return ten;
		if (2 * ten * TICKS_MAX >= most)
			return 2 * ten;
		if (5 * ten * TICKS_MAX >= most)
			return 5 * ten;
		ten *= 10;
	}
}

/* A round number in few characters: 20, 5k, 1.5M. */
static void
add_round(struct wax_text *page, uint64_t number)
{
	static const char *const unit[] = { "", "k", "M", "G", "T", "P", "E" };
	size_t i = 0;

	while (number >= 1000 && number % 1000 == 0 && i < 6) {
		number /= 1000;
		i++;
	}
	if (number >= 1000 && number % 100 == 0 && i < 6)
		wax_text_addf(page, "%llu.%llu%s",
		    (unsigned long long)number / 1000,
		    (unsigned long long)number / 100 % 10, unit[i + 1]);
	else
		wax_text_addf(
		    page, "%llu%s", (unsigned long long)number, unit[i]);
}

static void
add_scale(struct wax_text *page, uint64_t step, uint64_t top)
{
	wax_text_addz(page, "<div class=\"scale\" aria-hidden=\"true\">");
	for (uint64_t at = top; at > 0; at -= step) {
		wax_text_addz(page, "<span>");
		add_round(page, at);
		wax_text_addz(page, "</span>");
	}
	wax_text_addz(page, "<span>0</span></div>\n");
}

static void
add_lines(struct wax_text *page, uint64_t step, uint64_t top, size_t width)
{
	for (uint64_t at = 0; at <= top; at += step)
		wax_text_addf(page,
		    "<rect class=\"grid\" y=\"%u\" width=\"%zu\" "
		    "height=\"1\"/>",
		    MARGIN + PLOT - wax_html_scaled(at, top, PLOT), width);
}

static void
add_day(struct wax_text *page, const struct wax_html_group *day, size_t x,
    uint64_t top)
{
	uint64_t pass = day->counts.pass, fail = wax_html_failed(&day->counts);
	unsigned pass_height = length_of(drawn(pass), top, PLOT);
	unsigned fail_height = length_of(drawn(fail), top, PLOT);
	unsigned base = MARGIN + PLOT;
	struct wax_str place;

	wax_text_addf(page,
	    "<g data-day=\"%.*s\"><rect class=\"room\" x=\"%zu\" y=\"%d\" "
	    "width=\"%d\" height=\"%d\"/>",
	    WAX_FMT(day->key.part[0]), x, MARGIN, SLOT, PLOT);
	if (pass > 0) {
		place = wax_textf(page->arena,
		    "x=\"%zu\" y=\"%u\" width=\"%d\" height=\"%u\"", x + 1,
		    base - pass_height, BAR, pass_height);
		add_rect(page, "pass", pass, place.p);
	}
	if (fail > 0) {
		place = wax_textf(page->arena,
		    "x=\"%zu\" y=\"%u\" width=\"%d\" height=\"%u\"", x + 1,
		    base - pass_height - fail_height, BAR, fail_height);
		add_rect(page, "fail", fail, place.p);
	}
	wax_text_addf(page, "<title>%.*s: ", WAX_FMT(day->key.part[0]));
	wax_html_add_number(page, pass);
	wax_text_addz(page, " passed, ");
	wax_html_add_number(page, fail);
	wax_text_addz(page, " failed</title></g>\n");
}

/* Some days by name, each below its bar. */
static void
add_labels(
    struct wax_text *page, const struct wax_html_groups *days, size_t slots)
{
	size_t n = days->n < LABELS_MAX ? days->n : LABELS_MAX;

	if (days->n < SLOTS_MIN)
		n = 1;
	wax_text_addz(page, "<div class=\"days\" aria-hidden=\"true\">");
	for (size_t i = 0; i < n; i++) {
		size_t day = n > 1 ? i * (days->n - 1) / (n - 1) : 0;

		wax_text_addf(page,
		    "<span class=\"%s\" style=\"left:%zu.%02zu%%\">%.*s</span>",
		    i == 0       ? "first"
		    : i + 1 == n ? "last"
		                 : "inner",
		    (2 * day + 1) * 50 / slots,
		    (2 * day + 1) * 5000 / slots % 100,
		    WAX_FMT(days->v[day].key.part[0]));
	}
	wax_text_addz(page, "</div>\n");
}

void
wax_html_chart_days(struct wax_text *page, const struct wax_html_groups *days)
{
	size_t slots = days->n > SLOTS_MIN ? days->n : SLOTS_MIN;
	uint64_t most = 1, step, top;

	for (size_t i = 0; i < days->n; i++)
		if (drawn(days->v[i].counts.messages) > most)
			most = drawn(days->v[i].counts.messages);
	step = round_step(most);
	top = (most + step - 1) / step * step;
	wax_text_addz(page, "<div class=\"plot\">\n");
	add_scale(page, step, top);
	wax_text_addf(page,
	    "<svg class=\"bars\" viewBox=\"0 0 %zu %d\" height=\"%d\" "
	    "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Messages "
	    "by day, passed and failed; the table below has the numbers\">\n",
	    slots * SLOT, MARGIN + PLOT + 1, MARGIN + PLOT + 1);
	add_lines(page, step, top, slots * SLOT);
	for (size_t i = 0; i < days->n; i++)
		add_day(page, &days->v[i], i * SLOT, top);
	wax_text_addz(page, "</svg>\n");
	add_labels(page, days, slots);
	wax_text_addz(page, "</div>\n");
}
