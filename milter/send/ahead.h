/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ahead.h - a resolver that never waits: for asking about many reports at
 * once.
 *
 * Reading through it asks for what is not here, and answers WAX_DNS_TEMPFAIL
 * for the time being. Who reads again when there is news gets further each
 * time, since what was here once stays; when nothing is missing any more,
 * what was read last is what a resolver that waits would have said.
 *
 * It belongs to one thread, and to one reader: each report has its own.
 */
#ifndef WAX_MILTER_SEND_AHEAD_H
#define WAX_MILTER_SEND_AHEAD_H

#include "policy/dns/resolver.h"

struct wax_ahead;

/* Lives in the arena, as do the answers; `shared` is asked. */
struct wax_ahead *wax_ahead_new(
    struct wax_arena *arena, struct wax_resolver *shared);

/* The face for the reader. Its lookup obeys no deadline: it is over at once. */
struct wax_resolver *wax_ahead_resolver(struct wax_ahead *ahead);

/*
 * Look for what is missing; whether some of it came. `asks_again`: the last
 * look was so long ago that an answer may have come and gone.
 */
bool wax_ahead_look(struct wax_ahead *ahead, bool asks_again);

/* Before each reading. */
void wax_ahead_begin(struct wax_ahead *ahead);
/* Whether something was missing that was read since. */
bool wax_ahead_is_missing(const struct wax_ahead *ahead);

/* From now on nothing more is asked: what is missing failed. */
void wax_ahead_end(struct wax_ahead *ahead);

#endif
