/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_table.h - tables that fit a phone: where there is no room for all
 * columns beside the name of a row, the name stands above them.
 *
 * Roles are said, because that layout takes the meaning of a table from its
 * elements in some browsers.
 */
#ifndef WAX_POLICY_REPORT_HTML_TABLE_H
#define WAX_POLICY_REPORT_HTML_TABLE_H

#include "policy/report/html_text.h"

/* Rows of one table; the rest is counted. */
#define WAX_HTML_ROWS_MAX 50

enum wax_html_column_kind {
	WAX_HTML_NAME,  /* of the row, the first column */
	WAX_HTML_WORDS, /* text; on a phone as wide as the page */
	WAX_HTML_NUMBER
};

struct wax_html_column {
	const char *title;
	enum wax_html_column_kind kind;
};

void wax_html_table_begin(struct wax_text *page, const char *caption,
    const struct wax_html_column *column, size_t n);
void wax_html_table_end(struct wax_text *page);

void wax_html_row_begin(struct wax_text *page); /* and its name's cell */
void wax_html_name_end(struct wax_text *page);
void wax_html_row_end(struct wax_text *page);

void wax_html_words_begin(struct wax_text *page);
void wax_html_words_end(struct wax_text *page);
void wax_html_cell_number(struct wax_text *page, uint64_t number);
void wax_html_cell_percent(struct wax_text *page, uint64_t part, uint64_t all);

/* "and 3 more (1,234 messages)"; nothing if there are none. */
void wax_html_more(struct wax_text *page, size_t n, uint64_t count,
    const char *one, const char *many);

#endif
