/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vec.h - typed growable arrays in an arena.
 *
 *	WAX_VEC(struct wax_str) names = { 0 };
 *	WAX_PUSH(arena, &names, WAX_STR("a"));
 *	for (size_t i = 0; i < names.n; i++) use(names.v[i]);
 *
 * Growing moves the elements: keep indexes, not pointers.
 */
#ifndef WAX_POLICY_BASE_VEC_H
#define WAX_POLICY_BASE_VEC_H

#include <string.h>

#include "policy/base/arena.h"

#define WAX_VEC(type)       \
	struct {            \
		type *v;    \
		size_t n;   \
		size_t cap; \
	}

static inline void *
wax_vec_grown(struct wax_arena *arena, const void *old, size_t n, size_t *cap,
    size_t size)
{
	void *grown;

	*cap = *cap > 0 ? *cap * 2 : 8;
	grown = wax_alloc(arena, *cap, size);
	if (n > 0)
		memcpy(grown, old, n * size);
	return grown;
}

#define WAX_PUSH(arena, vec, ...)                                             \
	do {                                                                  \
		if ((vec)->n == (vec)->cap)                                   \
			(vec)->v = wax_vec_grown((arena), (vec)->v, (vec)->n, \
			    &(vec)->cap, sizeof *(vec)->v);                   \
		(vec)->v[(vec)->n++] = (__VA_ARGS__);                         \
	} while (0)

#endif
