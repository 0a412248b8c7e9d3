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

struct wax_table {
	struct wax_arena *arena;
	size_t n_columns;
	const struct wax_column *column;
	WAX_VEC(struct wax_str) cells; /* row by row */
};

void wax_table_init(struct wax_table *table, struct wax_arena *arena,
    const struct wax_column *column, size_t n_columns);
void wax_table_add(struct wax_table *table, struct wax_str cell);
void wax_table_addf(struct wax_table *table, const char *fmt, ...)
    WAX_PRINTF(2, 3);
/* `indent` blanks stand in front of each line. */
void wax_table_print(const struct wax_table *table, size_t indent, FILE *out);

/* For a message: what is not printable ASCII as \xHH, and not endless. */
struct wax_str wax_shown(struct wax_arena *arena, struct wax_str text);

#endif
