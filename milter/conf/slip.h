/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slip.h - the common slips of syntax, and what to write instead.
 *
 * libconfig says "syntax error" and a line. That line, or the one before it,
 * nearly always is one of a dozen mistakes; this names it.
 */
#ifndef WAX_MILTER_CONF_SLIP_H
#define WAX_MILTER_CONF_SLIP_H

#include "milter/conf/source.h"

struct wax_conf_slip {
	size_t line; /* index: where it really is */
	struct wax_str key;
	struct wax_str what;
	bool is_local; /* the lines behind it are not affected */
};

/* `line`: index of the line that libconfig complains about. */
void wax_conf_slip_find(struct wax_arena *arena,
    const struct wax_conf_source *source, size_t line,
    struct wax_conf_slip *out);

/* Take the next NAME that stands before = or : off the front of *rest. */
bool wax_conf_slip_name(struct wax_str *rest, struct wax_str *name);

#endif
