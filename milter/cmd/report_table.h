/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_table.h - text in columns, for people.
 *
 * Every cell is escaped on its way in: no octet of a stranger acts on the
 * terminal.
 */
#ifndef WAX_MILTER_CMD_REPORT_TABLE_H
#define WAX_MILTER_CMD_REPORT_TABLE_H

#include <stdio.h>

#include "policy/base/text.h"
#include "policy/base/vec.h"

struct wax_column {
	const char *heading;
	bool is_number; /* to the right */
};

#define WAX_TABLE_COLUMNS_MAX 10

struct wax_table {
	struct wax_arena *arena;
	size_t n_columns;
	const struct wax_column *column;
	WAX_VEC(struct wax_str) cells;       /* row by row */
	size_t width[WAX_TABLE_COLUMNS_MAX]; /* of what was printed */
	bool has_heading;
};

void wax_table_init(struct wax_table *table, struct wax_arena *arena,
    const struct wax_column *column, size_t n_columns);
void wax_table_add(struct wax_table *table, struct wax_str cell);
void wax_table_addf(struct wax_table *table, const char *fmt, ...)
    WAX_PRINTF(2, 3);
/* `indent` blanks stand in front of each line. What is added afterwards can be
 * printed in turn, below it; the arena may be reset in between. */
void wax_table_print(struct wax_table *table, size_t indent, FILE *out);

/* For a message: what is not printable ASCII as \xHH, and not endless. */
struct wax_str wax_shown(struct wax_arena *arena, struct wax_str text);

#endif
