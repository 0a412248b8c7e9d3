/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scan.h - comments, strings and brackets of the configuration's syntax, for
 * source.c: just enough to find what libconfig does not complain about.
 */
#ifndef WAX_MILTER_CONF_SCAN_H
#define WAX_MILTER_CONF_SCAN_H

#include "milter/conf/source.h"

struct wax_conf_scan {
	struct wax_conf_report *report;
	struct wax_conf_source *source;
	bool in_comment;
	struct wax_conf_place comment; /* where it began */
	char last; /* first sign of the last thing; NUL: nothing yet */
	size_t depth;
	struct {
		char c;
		size_t line;
	} open[WAX_CONF_NESTING_MAX];
};

/* The next line of the source; it is added to source->lines. */
void wax_conf_scan_line(struct wax_conf_scan *scan, struct wax_arena *arena,
    const struct wax_conf_place *place, struct wax_str text);

/* After the last line. */
void wax_conf_scan_end(struct wax_conf_scan *scan);

/* text without a trailing comment, trimmed. */
struct wax_str wax_conf_scan_bare(struct wax_str text);

#endif
