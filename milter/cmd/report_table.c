/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/report_table.h"

/* A column is never wider: a longer cell pushes its own line only. */
#define WIDTH_MAX 44
#define SHOWN_MAX 600

/* What stands in a store is escaped already: a backslash stays what it is. */
static void
add_printable(struct wax_text *text, struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= ' ' && s.p[i] <= '~')
			wax_text_addc(text, s.p[i]);
		else
			wax_text_addf(
			    text, "\\x%02x", (unsigned)(unsigned char)s.p[i]);
}

void
wax_table_init(struct wax_table *table, struct wax_arena *arena,
    const struct wax_column *column, size_t n_columns)
{
	WAX_ASSERT(n_columns <= WAX_TABLE_COLUMNS_MAX);
	*table = (struct wax_table){
		.arena = arena,
		.n_columns = n_columns,
		.column = column,
	};
}

void
wax_table_add(struct wax_table *table, struct wax_str cell)
{
	struct wax_text text;

	wax_text_init(&text, table->arena);
	add_printable(&text, cell);
	WAX_PUSH(table->arena, &table->cells, wax_text_str(&text));
}

void
wax_table_addf(struct wax_table *table, const char *fmt, ...)
{
	struct wax_text text;
	va_list ap;

	wax_text_init(&text, table->arena);
	va_start(ap, fmt);
	wax_text_addv(&text, fmt, ap);
	va_end(ap);
	wax_table_add(table, wax_text_str(&text));
}

/* Never narrower than above. */
static size_t
width_of(const struct wax_table *table, size_t column)
{
	size_t width = wax_str_of(table->column[column].heading).n;

	if (width < table->width[column])
		width = table->width[column];
	for (size_t i = column; i < table->cells.n; i += table->n_columns)
		if (table->cells.v[i].n > width)
			width = table->cells.v[i].n;
	return width < WIDTH_MAX ? width : WIDTH_MAX;
}

static void
print_cell(const struct wax_table *table, size_t column, struct wax_str cell,
    FILE *out)
{
	size_t width = table->width[column];
	int pad = cell.n < width ? (int)(width - cell.n) : 0;

	if (table->column[column].is_number)
		(void)fprintf(out, "%*s", pad, "");
	(void)fwrite(cell.p, 1, cell.n, out);
	if (column + 1 == table->n_columns) {
		(void)putc('\n', out);
		return;
	}
	if (!table->column[column].is_number)
		(void)fprintf(out, "%*s", pad, "");
	(void)fputs("  ", out);
}

static void
print_heading(const struct wax_table *table, size_t indent, FILE *out)
{
	(void)fprintf(out, "%*s", (int)indent, "");
	for (size_t i = 0; i < table->n_columns; i++)
		print_cell(table, i, wax_str_of(table->column[i].heading), out);
}

void
wax_table_print(struct wax_table *table, size_t indent, FILE *out)
{
	for (size_t i = 0; i < table->n_columns; i++)
		table->width[i] = width_of(table, i);
	if (!table->has_heading)
		print_heading(table, indent, out);
	table->has_heading = true;
	for (size_t i = 0; i < table->cells.n; i++) {
		if (i % table->n_columns == 0)
			(void)fprintf(out, "%*s", (int)indent, "");
		print_cell(table, i % table->n_columns, table->cells.v[i], out);
	}
	table->cells.v = NULL;
	table->cells.n = table->cells.cap = 0;
}

struct wax_str
wax_shown(struct wax_arena *arena, struct wax_str text)
{
	struct wax_text shown;

	wax_text_init(&shown, arena);
	add_printable(&shown, wax_str_head(text, SHOWN_MAX));
	if (text.n > SHOWN_MAX)
		wax_text_addz(&shown, "...");
	return wax_text_str(&shown);
}
