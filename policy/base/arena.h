/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.h - memory with one lifetime.
 *
 * All memory of a message lives in one arena, and so does all memory of a
 * connection; it is given back at once. Foreign handles are tied to the same
 * lifetime by wax_arena_defer(). Allocation cannot fail: out of memory ends
 * the process, so sizes are bounded (limits.h) before they are asked for.
 *
 * An arena belongs to one thread at a time. Only the count of bytes is
 * shared between arenas; it is atomic.
 */
#ifndef WAX_POLICY_BASE_ARENA_H
#define WAX_POLICY_BASE_ARENA_H

#include <stddef.h>

#include "policy/base/status.h"

struct wax_arena;

/* `name` must outlive the arena. The first block is got at first use. */
struct wax_arena *wax_arena_new(const char *name, size_t first_block);

/* n * size bytes, zeroed, aligned for any type; overflow aborts. */
void *wax_alloc(struct wax_arena *arena, size_t n, size_t size)
    __attribute__((returns_nonnull)) WAX_MUST_USE;

#define WAX_NEW(arena, type) ((type *)wax_alloc((arena), 1, sizeof(type)))

/* Run fn(arg) when the arena is reset or freed; last in, first out. */
void wax_arena_defer(struct wax_arena *arena, void (*fn)(void *), void *arg);

/* Run what was deferred and take all memory back. */
void wax_arena_reset(struct wax_arena *arena);

/* wax_arena_reset() and the end of the arena itself. NULL is allowed. */
void wax_arena_free(struct wax_arena *arena);

/* Bytes that this arena holds from the system. */
size_t wax_arena_bytes(const struct wax_arena *arena);

/* Bytes that all arenas of the process hold (max-memory). Any thread. */
size_t wax_arena_total(void);

#endif
