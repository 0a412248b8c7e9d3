/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - text for a terminal of 80 columns: broken at blanks, in colours
 * if wanted.
 */
#ifndef WAX_MILTER_CMD_PAGE_H
#define WAX_MILTER_CMD_PAGE_H

#include "policy/base/text.h"

#define WAX_PAGE_COLUMNS 80

enum wax_page_style {
	WAX_PAGE_PLAIN,
	WAX_PAGE_HEAD, /* bold */
	WAX_PAGE_GOOD, /* green */
	WAX_PAGE_WARN, /* yellow */
	WAX_PAGE_BAD   /* red */
};

struct wax_page {
	struct wax_text text;
	bool has_colours;
};

void wax_page_init(
    struct wax_page *page, struct wax_arena *arena, bool has_colours);

/* A blank line, and a title. */
void wax_page_head(struct wax_page *page, const char *title);

/* Printable text, in a style. */
void wax_page_styled(
    struct wax_page *page, enum wax_page_style style, struct wax_str s);

/*
 * Printable text in lines, the first behind `first`, the others behind
 * `indent` blanks. A word that is longer than a line is not broken.
 */
void wax_page_paragraph(
    struct wax_page *page, const char *first, size_t indent, struct wax_str s);

/* Lines as they are, each behind `indent` blanks: to be copied. */
void wax_page_lines(struct wax_page *page, size_t indent, struct wax_str s);

#endif
