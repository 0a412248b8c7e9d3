/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario.h - one directory of the corpus, read: see README.md here.
 */
#ifndef WAX_TESTS_SCENARIOS_SCENARIO_H
#define WAX_TESTS_SCENARIOS_SCENARIO_H

#include "policy/base/str.h"

struct scenario_line {
	struct wax_str key, value;
};

struct scenario_lines {
	size_t n;
	const struct scenario_line *v;
};

struct scenario {
	const char *directory;
	struct wax_str name;
	struct wax_str zone, message; /* the message as generated, if so */
	struct wax_str session_text;
	struct scenario_lines session, expect;
};

/* The directories below `corpus` that hold an expect file, sorted. */
size_t scenario_list(struct wax_arena *arena, const char *corpus,
    const char *const **directories);

/* False if a file is missing or malformed: `why` says which. */
bool scenario_read(struct wax_arena *arena, const char *directory,
    struct scenario *out, struct wax_str *why);

/* The value of the first line with that key, or NULL. */
const struct wax_str *scenario_get(
    const struct scenario_lines *lines, const char *key);

/* What came of it: the same keys as in expect, with what was observed. */
bool scenario_judge(struct wax_arena *arena, const char *corpus,
    const struct scenario *scenario, struct scenario_lines *observed,
    struct wax_str *why);

#endif
