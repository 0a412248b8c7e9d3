/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/report/html_table.h"

static const char *
class_of(enum wax_html_column_kind kind)
{
	switch (kind) {
	case WAX_HTML_NAME:
		return "name";
	case WAX_HTML_WORDS:
		return "words";
	case WAX_HTML_NUMBER:
		return "number";
	}
	return "";
}

void
wax_html_table_begin(struct wax_text *page, const char *caption,
    const struct wax_html_column *column, size_t n)
{
	size_t numbers = 0;

	for (size_t i = 0; i < n; i++)
		if (column[i].kind == WAX_HTML_NUMBER)
			numbers++;
	wax_text_addf(page,
	    "<table role=\"table\" class=\"n%zu\"><caption>%s</caption>\n"
	    "<thead role=\"rowgroup\"><tr role=\"row\">",
	    numbers, caption);
	for (size_t i = 0; i < n; i++)
		wax_text_addf(page,
		    "<th role=\"columnheader\" scope=\"col\" "
		    "class=\"%s\">%s</th>",
		    class_of(column[i].kind), column[i].title);
	wax_text_addz(page, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
}

void
wax_html_table_end(struct wax_text *page)
{
	wax_text_addz(page, "</tbody></table>\n");
}

void
wax_html_row_begin(struct wax_text *page)
{
	wax_text_addz(page,
	    "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" "
	    "class=\"name\">");
}

void
wax_html_name_end(struct wax_text *page)
{
	wax_text_addz(page, "</th>");
}

void
wax_html_row_end(struct wax_text *page)
{
	wax_text_addz(page, "</tr>\n");
}

void
wax_html_words_begin(struct wax_text *page)
{
	wax_text_addz(page, "<td role=\"cell\" class=\"words\">");
}

void
wax_html_words_end(struct wax_text *page)
{
	wax_text_addz(page, "</td>");
}

void
wax_html_cell_number(struct wax_text *page, uint64_t number)
{
	wax_text_addz(page, "<td role=\"cell\" class=\"number\">");
	wax_html_add_data(page, number);
	wax_text_addz(page, "</td>");
}

void
wax_html_cell_percent(struct wax_text *page, uint64_t part, uint64_t all)
{
	wax_text_addz(page, "<td role=\"cell\" class=\"number\">");
	wax_html_add_percent(page, part, all);
	wax_text_addz(page, "</td>");
}

void
wax_html_more(struct wax_text *page, size_t n, uint64_t count, const char *one,
    const char *many)
{
	if (n == 0)
		return;
	wax_text_addz(page, "<p class=\"more\">and ");
	wax_html_add_number(page, n);
	wax_text_addz(page, " more (");
	wax_html_add_count(page, count, one, many);
	wax_text_addz(page, ")</p>\n");
}
