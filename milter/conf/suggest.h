/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suggest.h - the key or word that was probably meant.
 */
#ifndef WAX_MILTER_CONF_SUGGEST_H
#define WAX_MILTER_CONF_SUGGEST_H

#include "policy/base/str.h"

/*
 * The key of ours for a name that is none: other case, underscores, a letter
 * wrong, or what opendmarc and opendkim call it. Empty if there is none, or
 * if the name is a key.
 */
struct wax_str wax_conf_suggest(struct wax_arena *arena, struct wax_str name);

/*
 * How many letters must be inserted, removed, changed or swapped with their
 * neighbour to make b of a; case, hyphens, underscores and dots do not
 * count. More than `most` is given as most + 1.
 */
size_t wax_conf_distance(
    struct wax_arena *arena, struct wax_str a, struct wax_str b, size_t most);

#endif
