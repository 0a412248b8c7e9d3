/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.h - growing text in an arena.
 *
 * The buffer is always followed by a NUL octet that is not counted, so that
 * text of our own can be handed to foreign libraries as it is.
 */
#ifndef WAX_POLICY_BASE_TEXT_H
#define WAX_POLICY_BASE_TEXT_H

#include <stdarg.h>

#include "policy/base/str.h"

struct wax_text {
	struct wax_arena *arena;
	char *p;
	size_t n;
	size_t cap;
};

void wax_text_init(struct wax_text *text, struct wax_arena *arena);
void wax_text_add(struct wax_text *text, struct wax_str s);
void wax_text_addz(struct wax_text *text, const char *z);
void wax_text_addc(struct wax_text *text, char c);
void wax_text_addf(struct wax_text *text, const char *fmt, ...)
    WAX_PRINTF(2, 3);
void wax_text_addv(struct wax_text *text, const char *fmt, va_list ap)
    WAX_PRINTF(2, 0);

/* What was written so far; later additions may move it. */
struct wax_str wax_text_str(const struct wax_text *text);

/* printf into the arena. */
struct wax_str wax_textf(struct wax_arena *arena, const char *fmt, ...)
    WAX_PRINTF(2, 3);

/*
 * s with everything that is not printable ASCII, and the backslash, as
 * \xHH: for logs and traces, where no octet of a sender may act.
 */
void wax_text_add_escaped(struct wax_text *text, struct wax_str s);

#endif
