/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/page.h"

#include <string.h>

void
wax_page_init(struct wax_page *page, struct wax_arena *arena, bool has_colours)
{
	wax_text_init(&page->text, arena);
	page->has_colours = has_colours;
}

/* ECMA-48 s8.3.117 */
static const char *
sequence(enum wax_page_style style)
{
	switch (style) {
	case WAX_PAGE_PLAIN:
		break;
	case WAX_PAGE_HEAD:
		return "\033[1m";
	case WAX_PAGE_GOOD:
		return "\033[32m";
	case WAX_PAGE_WARN:
		return "\033[33m";
	case WAX_PAGE_BAD:
		return "\033[31m";
	}
	return "";
}

void
wax_page_styled(
    struct wax_page *page, enum wax_page_style style, struct wax_str s)
{
	bool is_coloured = page->has_colours && style != WAX_PAGE_PLAIN;

	if (is_coloured)
		wax_text_addz(&page->text, sequence(style));
	wax_text_add(&page->text, s);
	if (is_coloured)
		wax_text_addz(&page->text, "\033[0m");
}

void
wax_page_head(struct wax_page *page, const char *title)
{
	wax_text_addc(&page->text, '\n');
	wax_page_styled(page, WAX_PAGE_HEAD, wax_str_of(title));
	wax_text_addc(&page->text, '\n');
}

static void
add_blanks(struct wax_page *page, size_t n)
{
	for (; n > 0; n--)
		wax_text_addc(&page->text, ' ');
}

void
wax_page_paragraph(
    struct wax_page *page, const char *first, size_t indent, struct wax_str s)
{
	size_t column = strlen(first);
	bool is_begun = false;
	struct wax_str word;

	wax_text_addz(&page->text, first);
	while (wax_str_cut(&s, ' ', &word)) {
		if (word.n == 0)
			continue;
		if (is_begun && column + 1 + word.n > WAX_PAGE_COLUMNS) {
			wax_text_addc(&page->text, '\n');
			add_blanks(page, indent);
			column = indent;
		} else if (is_begun) {
			wax_text_addc(&page->text, ' ');
			column++;
		}
		wax_text_add(&page->text, word);
		column += word.n;
		is_begun = true;
	}
	wax_text_addc(&page->text, '\n');
}

void
wax_page_lines(struct wax_page *page, size_t indent, struct wax_str s)
{
	struct wax_str line;

	while (wax_str_cut(&s, '\n', &line)) {
		add_blanks(page, indent);
		wax_text_add(&page->text, line);
		wax_text_addc(&page->text, '\n');
	}
}
