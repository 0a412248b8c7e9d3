/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source.h - the text of a configuration, line by line, with what it
 * includes put in its place.
 *
 * Files are read here and not by libconfig, so that each line of the whole is
 * at hand for messages, and so that what libconfig takes without a word is
 * found: a comment or string that never ends, two strings that become one
 * because a comma is missing, a number that does not fit into an int.
 */
#ifndef WAX_MILTER_CONF_SOURCE_H
#define WAX_MILTER_CONF_SOURCE_H

#include "milter/conf/report.h"

#define WAX_CONF_BYTES_MAX (1024UL * 1024) /* of one file, and of all */
#define WAX_CONF_FILES_MAX 100
#define WAX_CONF_INCLUDE_DEPTH_MAX 8
#define WAX_CONF_NESTING_MAX 6 /* shadow = { rules = ( { client = [ */

struct wax_conf_line {
	struct wax_conf_place place;
	struct wax_str text;              /* as written, without line end */
	struct wax_str parsed;            /* what libconfig gets to see */
	size_t depth_before, depth_after; /* of brackets */
	size_t opener; /* index of the line with the innermost bracket that is
			* open where this line begins */
	char bracket;  /* that one: [ ( { */
};

struct wax_conf_source {
	WAX_VEC(struct wax_conf_line) lines;
	bool doubtful; /* brackets may be lost to an error already reported */
};

/* Whether s is free of control characters, which have no place in a text
 * file; *line counts from 1, and ends where the first one is. */
bool wax_conf_source_is_text(struct wax_str s, unsigned *line);

/*
 * Read `path` and what it includes. False, with an error reported, if it
 * cannot be read; errors within are reported, and the rest is kept.
 */
bool wax_conf_source_file(struct wax_arena *arena,
    struct wax_conf_report *report, const char *path,
    struct wax_conf_source *out) WAX_MUST_USE;

/* The same for a text that is at hand; it may not include. */
bool wax_conf_source_text(struct wax_arena *arena,
    struct wax_conf_report *report, const struct wax_conf_place *place,
    struct wax_str text, struct wax_conf_source *out) WAX_MUST_USE;

#endif
