/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "policy/report/html.h"
#include "policy/report/html_chart.h"
#include "policy/report/html_sections.h"
#include "policy/report/html_table.h"
#include "tests/support/page.h"
#include "tests/support/reports.h"
#include "tests/support/suite.h"

static struct wax_arena *arena;
static const struct wax_html_options options = {
	WAX_STR_INIT("Mail of <author.example>"), 1795000000,
	WAX_STR_INIT("sealwax 1 & \"more\"")
};

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

/* ---- text --------------------------------------------------------------- */

static const struct {
	const char *name, *text, *shown;
	size_t n; /* of text, if it holds a NUL */
} texts[] = {
	{ "plain", "mail.example", "mail.example", 0 },
	{ "empty", "", "", 0 },
	{ "markup", "<script>", "&lt;script&gt;", 0 },
	{ "quotes and ampersand", "\"'&", "&quot;&#39;&amp;", 0 },
	{ "a reference stays text", "&lt;", "&amp;lt;", 0 },
	{ "letters of others", "\xc3\xa4\xd7\xa9\xe4\xb8\xad\xf0\x9f\x93\xa7",
	    "\xc3\xa4\xd7\xa9\xe4\xb8\xad\xf0\x9f\x93\xa7", 0 },
	{ "NUL", "a\0b", "a[U+0000]b", 3 },
	{ "controls", "\n\r\t\x1b\x7f",
	    "[U+000A][U+000D][U+0009][U+001B][U+007F]", 0 },
	{ "C1 control", "\xc2\x9b", "[U+009B]", 0 },
	{ "directions", "\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f",
	    "[U+202E][U+2066][U+061C][U+200F]", 0 },
	{ "no width", "\xe2\x80\x8b\xef\xbb\xbf\xc2\xad",
	    "[U+200B][U+FEFF][U+00AD]", 0 },
	{ "end of line", "\xe2\x80\xa8\xe2\x80\xa9", "[U+2028][U+2029]", 0 },
	{ "tag", "\xf3\xa0\x81\x81", "[U+E0041]", 0 },
	{ "no character", "\xef\xbf\xbe\xf4\x8f\xbf\xbf", "[U+FFFE][U+10FFFF]",
	    0 },
	{ "marks", "a\xcc\x80\xcc\x80\xcc\x80\xcc\x80\xcc\x80",
	    "a\xcc\x80\xcc\x80\xcc\x80\xcc\x80[U+0300]", 0 },
	{ "lone octets", "\x80\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	    0 },
	{ "cut sequence", "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd", 0 },
	{ "sequence without end", "\xe2\x82<", "\xef\xbf\xbd\xef\xbf\xbd&lt;",
	    0 },
	{ "overlong", "\xc0\xbc\xe0\x80\xbc\xf0\x80\x80\xbc",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	    0 },
	{ "surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	    0 },
	{ "too high", "\xf4\x90\x80\x80",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 0 },
	{ "U+FFFD itself", "\xef\xbf\xbd", "\xef\xbf\xbd", 0 },
};

START_TEST(test_texts)
{
	struct wax_text page;
	size_t n = texts[_i].n > 0 ? texts[_i].n : strlen(texts[_i].text);

	wax_text_init(&page, arena);
	wax_html_add(&page, wax_exact_n(texts[_i].text, n));
	ck_assert_wax_str_eq(wax_text_str(&page), texts[_i].shown);
}
END_TEST

START_TEST(test_text_is_bounded)
{
	struct wax_text page, two;
	char *p = memset(wax_alloc(arena, 9000, 1), 'x', 9000);

	wax_text_init(&page, arena);
	wax_html_add(&page, wax_exact_n(p, WAX_HTML_TEXT_MAX));
	ck_assert_uint_eq(page.n, WAX_HTML_TEXT_MAX);
	wax_text_init(&two, arena);
	wax_html_add(&two, wax_exact_n(p, 9000));
	ck_assert(wax_str_ends(
	    wax_text_str(&two), WAX_STR("x\xe2\x80\xa6 (and 8600 octets)")));
	ck_assert_uint_lt(two.n, WAX_HTML_TEXT_MAX + 40);
}
END_TEST

static const struct {
	uint64_t number;
	const char *shown;
} numbers[] = {
	{ 0, "0" },
	{ 999, "999" },
	{ 1000, "1,000" },
	{ 123456, "123,456" },
	{ 1234567, "1,234,567" },
	{ UINT64_MAX, "18,446,744,073,709,551,615" },
};

START_TEST(test_numbers)
{
	struct wax_text page;

	wax_text_init(&page, arena);
	wax_html_add_number(&page, numbers[_i].number);
	ck_assert_wax_str_eq(wax_text_str(&page), numbers[_i].shown);
}
END_TEST

static const struct {
	uint64_t part, all;
	const char *shown;
} percents[] = {
	{ 0, 0, "\xe2\x80\x93" },
	{ 0, 5, "0%" },
	{ 5, 5, "100%" },
	{ 1, 2, "50.0%" },
	{ 2, 3, "66.7%" },
	{ 1, 100000, "&lt;0.1%" },
	{ 99999, 100000, "99.9%" },
	{ UINT64_MAX / 2, UINT64_MAX, "50.0%" },
	{ UINT64_MAX - 1, UINT64_MAX, "99.9%" },
	{ 1, UINT64_MAX, "&lt;0.1%" },
	{ UINT64_MAX, UINT64_MAX, "100%" },
};

START_TEST(test_percents)
{
	struct wax_text page;

	wax_text_init(&page, arena);
	wax_html_add_percent(&page, percents[_i].part, percents[_i].all);
	ck_assert_wax_str_eq(wax_text_str(&page), percents[_i].shown);
}
END_TEST

START_TEST(test_scaled)
{
	ck_assert_uint_eq(wax_html_scaled(1, 0, 100), 0);
	ck_assert_uint_eq(wax_html_scaled(0, 7, 100), 0);
	ck_assert_uint_eq(wax_html_scaled(7, 7, 100), 100);
	ck_assert_uint_eq(wax_html_scaled(8, 7, 100), 100);
	ck_assert_uint_eq(wax_html_scaled(1, 8, 4), 1);
	ck_assert_uint_eq(wax_html_scaled(UINT64_MAX, UINT64_MAX, 160), 160);
	ck_assert_uint_eq(wax_html_scaled(UINT64_MAX / 4, UINT64_MAX, 160), 40);
}
END_TEST

static const struct {
	int64_t time;
	const char *day, *shown;
} times[] = {
	{ 1795000000, "2026-11-18", "2026-11-18 11:06 UTC" },
	{ 86400, "1970-01-02", "1970-01-02 00:00 UTC" },
	{ 86399, "", "unknown" },
	{ 0, "", "unknown" },
	{ -1, "", "unknown" },
	{ INT64_MIN, "", "unknown" },
	{ 951782400, "2000-02-29", "2000-02-29 00:00 UTC" },
	{ 253402300799, "9999-12-31", "9999-12-31 23:59 UTC" },
	{ 253402300800, "", "unknown" },
	{ INT64_MAX, "", "unknown" },
};

START_TEST(test_times)
{
	ck_assert_wax_str_eq(
	    wax_html_day(arena, times[_i].time), times[_i].day);
	ck_assert_wax_str_eq(
	    wax_html_time(arena, times[_i].time), times[_i].shown);
}
END_TEST

/* ---- pages -------------------------------------------------------------- */

static struct wax_str page_of(
    struct sample_reports (*make)(struct wax_arena *arena))
{
	struct sample_reports set = make(arena);

	return wax_html_write(arena, &options, set.n, set.v);
}

static bool
has(struct wax_str page, const char *z)
{
	return memmem(page.p, page.n, z, strlen(z)) != NULL;
}

/* What stands between `from` (its first occurrence) and `to`. */
static struct wax_str
between(struct wax_str page, const char *from, const char *to)
{
	const char *p = memmem(page.p, page.n, from, strlen(from));
	struct wax_str rest;
	const char *end;

	ck_assert_msg(p != NULL, "the page has no %s", from);
	rest = wax_str_from(page, (size_t)(p - page.p) + strlen(from));
	end = memmem(rest.p, rest.n, to, strlen(to));
	ck_assert_msg(end != NULL, "nothing ends %s", from);
	return wax_str_head(rest, (size_t)(end - rest.p));
}

/* All numbers behind `mark` in `part`, together; *n of them. */
static unsigned long long
sum_of(struct wax_str part, const char *mark, size_t *n)
{
	unsigned long long sum = 0;
	const char *p;

	for (*n = 0; (p = memmem(part.p, part.n, mark, strlen(mark))) != NULL;
	     (*n)++) {
		part = wax_str_from(part, (size_t)(p - part.p) + strlen(mark));
		sum += strtoull(
		    wax_str_z(arena, wax_str_head(part, 20)), NULL, 10);
	}
	return sum;
}

static unsigned long long
messages_of(const struct sample_reports *set)
{
	unsigned long long sum = 0;

	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < set->v[i]->n; k++)
			sum += set->v[i]->record[k].count;
	return sum;
}

static void
check_structure(struct wax_str page)
{
	const char *fault = page_fault(page);

	ck_assert_msg(fault == NULL, "%s", fault);
}

static const struct {
	const char *name, *page;
	bool is_good;
} pages[] = {
	{ "good", "<!DOCTYPE html>\n<p class=\"a\">&lt;b&gt;<wbr></p>", true },
	{ "open", "<p>", false },
	{ "order", "<p><span></p></span>", false },
	{ "closed twice", "<p></p></p>", false },
	{ "tag of a stranger", "<p><b></b></p>", false },
	{ "script", "<script></script>", false },
	{ "tag without an end", "<p></p><p", false },
	{ "quote in an attribute", "<p class=\"\"\"></p>", false },
	{ "control", "<p>\a</p>", false },
	{ "control of the second set", "<p>\xc2\x9b</p>", false },
	{ "turned", "<p>\xe2\x80\xae</p>", false },
	{ "not UTF-8", "<p>\xff</p>", false },
};

START_TEST(test_fault_is_noticed)
{
	ck_assert((page_fault(wax_exact(pages[_i].page)) == NULL) ==
	          pages[_i].is_good);
}
END_TEST

START_TEST(test_structure)
{
	struct wax_str page = page_of(sample_reports_all[_i]);

	check_structure(page);
	ck_assert(has(page, "<title>Mail of &lt;author.example&gt;</title>"));
	ck_assert(has(page, "sealwax 1 &amp; &quot;more&quot;"));
	ck_assert(has(page, "content=\"default-src 'none'; style-src "
	                    "'unsafe-inline'\""));
	/* Nothing acts, and nothing is fetched. */
	ck_assert(!has(page, "<script"));
	ck_assert(!has(page, "<b>"));
	ck_assert(!has(page, " on"
	                     "click"));
	ck_assert(!has(page, "href"));
	ck_assert(!has(page, "src="));
	ck_assert(!has(page, "@import"));
	ck_assert(!has(page, "http:"));
	ck_assert(!has(page, "https:"));
	/* No octet that turns, hides or ends anything. */
	ck_assert(!has(page, "\xe2\x80\xae"));
	ck_assert(!has(page, "\xe2\x80\x8b"));
	ck_assert(!has(page, "\xff"));
}
END_TEST

START_TEST(test_same_again)
{
	struct wax_str first = page_of(sample_reports_all[_i]);

	ck_assert(wax_str_eq(first, page_of(sample_reports_all[_i])));
}
END_TEST

/* Days, sources, domains and dispositions each add up to all messages. */
START_TEST(test_sums)
{
	struct sample_reports set = sample_reports_month(arena);
	struct wax_str page = wax_html_write(arena, &options, set.n, set.v);
	unsigned long long all = messages_of(&set), pass = 0;
	struct wax_str bars = between(page, "class=\"bars\"", "</svg>");
	struct wax_str days = between(page, "id=\"days\"", "</section>");
	size_t n;

	for (size_t i = 0; i < set.n; i++)
		for (size_t k = 0; k < set.v[i]->n; k++)
			if (set.v[i]->record[k].tuple.spf_aligned ||
			    set.v[i]->record[k].tuple.dkim_aligned)
				pass += set.v[i]->record[k].count;
	ck_assert_uint_gt(all, pass);
	ck_assert_uint_eq(
	    sum_of(bars, "class=\"pass\" data-count=\"", &n), pass);
	ck_assert_uint_eq(n, 30);
	ck_assert_uint_eq(
	    sum_of(bars, "class=\"fail\" data-count=\"", &n), all - pass);
	ck_assert_uint_eq(n, 30);
	/* 31 days, one of them empty: messages, pass, fail. */
	(void)sum_of(bars, "data-day=\"", &n);
	ck_assert_uint_eq(n, 31);
	ck_assert_uint_eq(sum_of(days, "<data value=\"", &n), 2 * all);
	ck_assert_uint_eq(n, 93);
	ck_assert(has(days, "2026-10-12: 0 passed, 0 failed"));
	/* All four: nothing is beyond the rows shown. */
	ck_assert(!has(page, "class=\"more\""));
	ck_assert_uint_eq(
	    sum_of(between(page, "Messages by disposition", "</table>"),
	        "<data value=\"", &n),
	    all);
	ck_assert_uint_eq(n, WAX_HTML_DISPOSITIONS);
	ck_assert_uint_eq(
	    sum_of(between(page, "Author Domains by messages", "</table>"),
	        "<data value=\"", &n),
	    2 * all);
}
END_TEST

/* The first number of each row, and what is said of the rest. */
static unsigned long long
first_numbers(struct wax_str table, size_t *n)
{
	unsigned long long sum = 0;

	for (*n = 0; has(table, "</th><td"); (*n)++) {
		struct wax_str row = between(table, "</th><td", "</tr>");
		size_t one;

		sum += sum_of(wax_str_head(row, wax_str_find(row, 'a') + 60),
		    "<data value=\"", &one);
		ck_assert_uint_eq(one, 1);
		table = wax_str_from(table, (size_t)(row.p + row.n - table.p));
	}
	return sum;
}

START_TEST(test_more)
{
	struct sample_reports set = sample_reports_many(arena);
	struct wax_str page = wax_html_write(arena, &options, set.n, set.v);
	unsigned long long all = messages_of(&set), top;
	struct wax_str sources =
	    between(page, "<section id=\"sources\"", "</section>");
	struct wax_str said;
	size_t n;

	top = first_numbers(sources, &n);
	ck_assert_uint_eq(n, WAX_HTML_ROWS_MAX);
	said = wax_textf(arena, "and 9,950 more (%llu,%03llu messages)",
	    (all - top) / 1000, (all - top) % 1000);
	ck_assert_msg(has(sources, said.p), "not there: %s", said.p);
	/* Those that fail have a list of their own then. */
	ck_assert(has(page, "<section id=\"failing\""));
	ck_assert(has(page, "failed messages)"));
	ck_assert_uint_lt(page.n, 300000);
}
END_TEST

START_TEST(test_no_second_list_of_sources)
{
	ck_assert(!has(page_of(sample_reports_month), "id=\"failing\""));
}
END_TEST

START_TEST(test_empty)
{
	struct wax_str page = page_of(sample_reports_empty);

	ck_assert(has(page, "0 reports</p>"));
	ck_assert(has(page, "No messages"));
	ck_assert(!has(page, "<table"));
	ck_assert(!has(page, "class=\"bars\""));
}
END_TEST

/* Reports without a single record are listed all the same. */
START_TEST(test_report_without_records)
{
	static const struct wax_aggregate none;
	const struct wax_aggregate *const report[] = { &none };
	struct wax_str page = wax_html_write(arena, &options, 1, report);

	check_structure(page);
	ck_assert(has(page, "No messages"));
	ck_assert(has(page, "1 report that this page was made of"));
}
END_TEST

static const struct {
	const char *name;
	int64_t begin, end;
	const char *shown;
} periods[] = {
	{ "a day", 1790812800, 1790899199, ">2026-10-01 (UTC)<" },
	{ "to the next day", 1790812800, 1790899200,
	    ">2026-10-01 00:00 UTC to 2026-10-02 00:00 UTC<" },
	{ "an hour of it", 1790816400, 1790819999,
	    ">2026-10-01 01:00 UTC to 2026-10-01 01:59 UTC<" },
	{ "none", 0, 0, ">unknown to unknown<" },
	{ "the first day", 0, 86399, ">unknown to unknown<" },
	{ "no end", 1790812800, INT64_MAX,
	    ">2026-10-01 00:00 UTC to unknown<" },
};

START_TEST(test_periods)
{
	struct wax_aggregate report = { .period = { periods[_i].begin,
		                            periods[_i].end } };
	const struct wax_aggregate *const v[] = { &report };

	ck_assert(
	    has(wax_html_write(arena, &options, 1, v), periods[_i].shown));
}
END_TEST

START_TEST(test_hostile)
{
	struct wax_str page = page_of(sample_reports_hostile);

	ck_assert(
	    has(page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"
	              "&amp;amp;&lt;b&gt;]]&gt;[U+000A][U+202E]gnp.<wbr>exe"
	              "[U+200B][U+0007][U+009B]\xef\xbf\xbd"));
	ck_assert(has(page, "<span class=\"sub bad\">Error: <bdi>p is not"));
	ck_assert(has(page, "p=quarantine adkim=s aspf=s t=y"));
	ck_assert(has(page, "2,<wbr>000,<wbr>000,<wbr>000"));
	ck_assert(has(page, "Receiver &lt;Example&gt; &amp; Sons"));
}
END_TEST

/* Absurd dates are counted, not drawn, and absurd counts stay below the
 * largest number. */
START_TEST(test_foreign)
{
	struct wax_str page = page_of(sample_reports_foreign);
	struct wax_str days = between(page, "id=\"days\"", "</section>");
	size_t n;

	ck_assert(has(page, "18,446,744,073,709,551,615"));
	ck_assert_uint_eq(sum_of(between(page, "class=\"bars\"", "</svg>"),
	                      "data-count=\"", &n),
	    750);
	ck_assert(has(days, "of reports whose dates cannot be right"));
	ck_assert(has(page, "unknown"));
	ck_assert_uint_lt(page.n, 200000);
}
END_TEST

/* ---- days --------------------------------------------------------------- */

static struct wax_str
page_of_days(size_t n, int64_t apart)
{
	struct wax_aggregate *report = wax_alloc(arena, n, sizeof *report);
	const struct wax_aggregate **v = wax_alloc(arena, n, sizeof *v);
	static const struct wax_report_record record = { .count = 10 };
	static const struct wax_html_options undated = { .made_at = 0 };

	for (size_t i = 0; i < n; i++) {
		report[i].period.begin = 1000 * 86400 + (int64_t)i * apart;
		report[i].n = 1;
		report[i].record = &record;
		v[i] = &report[i];
	}
	return wax_html_write(arena, &undated, n, v);
}

static const struct {
	const char *name;
	size_t n;
	int64_t apart;
	size_t drawn;
	const char *before;
} spans[] = {
	{ "one day", 1, 0, 1, NULL },
	{ "one day, twice", 2, 3600, 1, NULL },
	{ "as many as are drawn", WAX_HTML_DAYS_MAX, 86400, WAX_HTML_DAYS_MAX,
	    NULL },
	{ "one more", WAX_HTML_DAYS_MAX + 1, 86400, WAX_HTML_DAYS_MAX,
	    "and 10 messages before 1972-09-28" },
	{ "a year apart", 3, 365 * 86400, WAX_HTML_DAYS_MAX,
	    "and 20 messages before " },
	{ "two days apart", 2, 2 * 86400, 3, NULL },
};

START_TEST(test_spans)
{
	struct wax_str page = page_of_days(spans[_i].n, spans[_i].apart);
	struct wax_str days = between(page, "id=\"days\"", "</section>");
	size_t n;

	check_structure(page);
	(void)sum_of(days, "data-day=\"", &n);
	ck_assert_uint_eq(n, spans[_i].drawn);
	if (spans[_i].before == NULL)
		ck_assert(!has(days, "class=\"more\""));
	else
		ck_assert(has(days, spans[_i].before));
}
END_TEST

/* A date long after the page was made is wrong. */
START_TEST(test_days_to_come)
{
	static const struct wax_report_record record = { .count = 5 };
	struct wax_aggregate report = { .n = 1, .record = &record };
	const struct wax_aggregate *const v[] = { &report };

	report.period.begin = options.made_at + 86400;
	ck_assert(has(wax_html_write(arena, &options, 1, v), "data-day"));
	report.period.begin++;
	ck_assert(!has(wax_html_write(arena, &options, 1, v), "data-day"));
}
END_TEST

/* The smallest bar is seen, and both together are no higher than the drawing:
 * the plot and the margin above it. */
START_TEST(test_bars_stay_in_the_drawing)
{
	static const struct wax_report_record record[] = {
		{ .count = 1000000, .tuple.spf_aligned = true },
		{ .count = 1 },
	};
	struct wax_aggregate report = { .n = 2, .record = record };
	const struct wax_aggregate *const v[] = { &report };
	struct wax_str bars;

	report.period.begin = 20000 * 86400;
	bars = between(
	    wax_html_write(arena, &options, 1, v), "class=\"bars\"", "</svg>");
	ck_assert(has(bars, "data-count=\"1000000\" x=\"1\" y=\"57\" "
	                    "width=\"8\" height=\"107\""));
	ck_assert(has(bars, "data-count=\"1\" x=\"1\" y=\"56\" width=\"8\" "
	                    "height=\"1\""));
}
END_TEST

static const struct {
	uint64_t most;
	const char *step;
} scales[] = {
	{ 1, "1" },
	{ 4, "4" },
	{ 5, "6" },
	{ 1000, "1k" },
	{ 999999, "1M" },
	{ 1000001, "1.5M" },
	{ UINT64_MAX, "1E" },
};

/* The highest number beside the bars. */
START_TEST(test_scales)
{
	struct wax_report_record record = { .count = scales[_i].most };
	struct wax_aggregate report = { .n = 1, .record = &record };
	const struct wax_aggregate *const v[] = { &report };

	report.period.begin = 20000 * 86400;
	ck_assert_wax_str_eq(between(wax_html_write(arena, &options, 1, v),
	                         "<div class=\"scale\" aria-hidden=\"true\">"
	                         "<span>",
	                         "<"),
	    scales[_i].step);
}
END_TEST

static Suite *
html_suite(void)
{
	Suite *suite = suite_create("html");
	TCase *text = tcase_create("text"), *whole = tcase_create("pages");
	int n_all = 0;

	tcase_add_checked_fixture(text, setup, teardown);
	tcase_add_loop_test(text, test_texts, 0, sizeof texts / sizeof *texts);
	tcase_add_test(text, test_text_is_bounded);
	tcase_add_loop_test(
	    text, test_numbers, 0, sizeof numbers / sizeof *numbers);
	tcase_add_loop_test(
	    text, test_percents, 0, sizeof percents / sizeof *percents);
	tcase_add_test(text, test_scaled);
	tcase_add_loop_test(text, test_times, 0, sizeof times / sizeof *times);
	suite_add_tcase(suite, text);
	tcase_add_checked_fixture(whole, setup, teardown);
	while (sample_reports_all[n_all] != NULL)
		n_all++;
	tcase_add_loop_test(
	    whole, test_fault_is_noticed, 0, sizeof pages / sizeof *pages);
	tcase_add_loop_test(whole, test_structure, 0, n_all);
	tcase_add_loop_test(whole, test_same_again, 0, n_all);
	tcase_add_test(whole, test_sums);
	tcase_add_test(whole, test_more);
	tcase_add_test(whole, test_no_second_list_of_sources);
	tcase_add_test(whole, test_empty);
	tcase_add_test(whole, test_report_without_records);
	tcase_add_loop_test(
	    whole, test_periods, 0, sizeof periods / sizeof *periods);
	tcase_add_test(whole, test_hostile);
	tcase_add_test(whole, test_foreign);
	tcase_add_loop_test(whole, test_spans, 0, sizeof spans / sizeof *spans);
	tcase_add_test(whole, test_days_to_come);
	tcase_add_test(whole, test_bars_stay_in_the_drawing);
	tcase_add_loop_test(
	    whole, test_scales, 0, sizeof scales / sizeof *scales);
	suite_add_tcase(suite, whole);
	return suite;
}

Suite *(*const wax_suites[])(void) = { html_suite, NULL };
