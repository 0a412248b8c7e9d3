/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/report/html_text.h"

#include <time.h>

#define NOT_UTF8 0xfffd
#define DAY_S 86400
#define LAST_SECOND 253402300799 /* of the year 9999 */
/* Marks above and below one letter that languages need. */
#define MARKS_MAX 4

struct range {
	uint32_t first, last;
};

/* Controls, formats, separators of lines, tags and non-characters: what is
 * not seen, or what moves or joins what is. */
static const struct range unseen[] = {
	{ 0x0000, 0x001f },
	{ 0x007f, 0x009f },
	{ 0x00a0, 0x00a0 },
	{ 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },
	{ 0x061c, 0x061c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x2000, 0x200f },
	{ 0x2028, 0x202f },
	{ 0x205f, 0x206f },
	{ 0x2800, 0x2800 },
	{ 0x3000, 0x3000 },
	{ 0x3164, 0x3164 },
	{ 0xe000, 0xf8ff },
	{ 0xfdd0, 0xfdef },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },
	{ 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0x10ffff },
};

/* Marks that stand on the letter before them. */
static const struct range marks[] = {
	{ 0x0300, 0x036f },
	{ 0x0483, 0x0489 },
	{ 0x0591, 0x05bd },
	{ 0x0610, 0x061a },
	{ 0x064b, 0x065f },
	{ 0x0e31, 0x0e4e },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff },
	{ 0xfe20, 0xfe2f },
};

#define N_OF(table) (sizeof(table) / sizeof *(table))

static bool
is_in(uint32_t c, const struct range *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= table[i].first && c <= table[i].last)
			return true;
	return false;
}

/*
 * Take one character from the front of *rest; NOT_UTF8 for one octet that
 * begins none. Overlong forms and surrogates are none.   RFC 3629 s4
 */
static uint32_t
next_character(struct wax_str *rest)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)rest->p[0];
	size_t n = first < 0x80   ? 1
	           : first < 0xc2 ? 0
	           : first < 0xe0 ? 2
	           : first < 0xf0 ? 3
	           : first < 0xf5 ? 4
	                          : 0;
	uint32_t c = n <= 1 ? first : first & (0xffU >> (n + 1));

	for (size_t i = 1; i < n; i++) {
		if (i >= rest->n || ((unsigned char)rest->p[i] & 0xc0) != 0x80)
			n = 0;
		else
			c = c << 6 | ((unsigned char)rest->p[i] & 0x3fU);
	}
	if (n == 0 || c < least[n] || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff)) {
		*rest = wax_str_from(*rest, 1);
		return NOT_UTF8;
	}
	*rest = wax_str_from(*rest, n);
	return c;
}

static void
add_octet(struct wax_text *page, char c)
{
	switch (c) {
	case '&':
		wax_text_addz(page, "&amp;");
		return;
	case '<':
		wax_text_addz(page, "&lt;");
		return;
	case '>':
		wax_text_addz(page, "&gt;");
		return;
	case '"':
		wax_text_addz(page, "&quot;");
		return;
	case '\'':
		wax_text_addz(page, "&#39;");
		return;
	default:
		wax_text_addc(page, c);
		return;
	}
}

/* `may_break`: a name may be broken behind its dots, then; not in attributes.
 */
static void
add_text(struct wax_text *page, struct wax_str s, bool may_break)
{
	size_t n_marks = 0;

	for (size_t n = 0; s.n > 0; n++) {
		struct wax_str before = s;
		uint32_t c;

		if (n == WAX_HTML_TEXT_MAX) {
			wax_text_addf(
			    page, "\xe2\x80\xa6 (and %zu octets)", s.n);
			return;
		}
		c = next_character(&s);
		n_marks = is_in(c, marks, N_OF(marks)) ? n_marks + 1 : 0;
		if (is_in(c, unseen, N_OF(unseen)) || n_marks > MARKS_MAX)
			wax_text_addf(page, "[U+%04X]", (unsigned)c);
		else if (c == NOT_UTF8)
			wax_text_addz(page, "\xef\xbf\xbd");
		else if (c < 0x80)
			add_octet(page, (char)c);
		else
			wax_text_add(
			    page, wax_str_head(before, before.n - s.n));
		if (may_break && c == '.' && s.n > 0)
			wax_text_addz(page, "<wbr>");
	}
}

void
wax_html_add(struct wax_text *page, struct wax_str s)
{
	add_text(page, s, false);
}

void
wax_html_add_foreign(struct wax_text *page, struct wax_str s)
{
	if (s.n == 0) {
		wax_text_addz(page, "<span class=\"none\">\xe2\x80\x93</span>");
		return;
	}
	wax_text_addz(page, "<bdi>");
	add_text(page, s, true);
	wax_text_addz(page, "</bdi>");
}

static void
add_grouped(struct wax_text *page, uint64_t number, const char *separator)
{
	struct wax_str digits =
	    wax_textf(page->arena, "%llu", (unsigned long long)number);

	for (size_t i = 0; i < digits.n; i++) {
		if (i > 0 && (digits.n - i) % 3 == 0)
			wax_text_addz(page, separator);
		wax_text_addc(page, digits.p[i]);
	}
}

void
wax_html_add_number(struct wax_text *page, uint64_t number)
{
	add_grouped(page, number, ",");
}

void
wax_html_add_data(struct wax_text *page, uint64_t number)
{
	wax_text_addf(
	    page, "<data value=\"%llu\">", (unsigned long long)number);
	/* Only one that is longer than any honest one may be broken. */
	add_grouped(page, number, number < 1000000000 ? "," : ",<wbr>");
	wax_text_addz(page, "</data>");
}

void
wax_html_add_count(
    struct wax_text *page, uint64_t number, const char *one, const char *many)
{
	wax_html_add_number(page, number);
	wax_text_addf(page, " %s", number == 1 ? one : many);
}

unsigned
wax_html_scaled(uint64_t part, uint64_t all, unsigned size)
{
	while (all > UINT64_MAX / (2 * (uint64_t)size + 1)) {
		part /= 2;
		all /= 2;
	}
	if (all == 0)
		return 0;
	if (part >= all)
		return size;
	return (unsigned)((part * size * 2 + all) / (all * 2));
}

void
wax_html_add_percent(struct wax_text *page, uint64_t part, uint64_t all)
{
	unsigned permille = wax_html_scaled(part, all, 1000);

	if (all == 0) {
		wax_text_addz(page, "\xe2\x80\x93");
		return;
	}
	if (part == 0 || part == all) {
		wax_text_addz(page, part == 0 ? "0%" : "100%");
		return;
	}
	if (permille == 0) {
		wax_text_addz(page, "&lt;0.1%");
		return;
	}
	if (permille == 1000)
		permille = 999;
	wax_text_addf(page, "%u.%u%%", permille / 10, permille % 10);
}

uint64_t
wax_html_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static bool
broken_down(int64_t time, struct tm *out)
{
	time_t seconds = (time_t)time;

	return time >= DAY_S && time <= LAST_SECOND &&
	       gmtime_r(&seconds, out) != NULL;
}

struct wax_str
wax_html_day(struct wax_arena *arena, int64_t time)
{
	struct tm tm;

	if (!broken_down(time, &tm))
		return WAX_STR("");
	return wax_textf(arena, "%04d-%02d-%02d", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday);
}

struct wax_str
wax_html_time(struct wax_arena *arena, int64_t time)
{
	struct tm tm;

	if (!broken_down(time, &tm))
		return WAX_STR("unknown");
	return wax_textf(arena, "%04d-%02d-%02d %02d:%02d UTC",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min);
}
