/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/snapshot.h"

#include "milter/conf/state.h"

struct wax_snapshot *
wax_snapshot_new(void)
{
	struct wax_arena *arena = wax_arena_new("configuration", 8192);
	struct wax_snapshot *snapshot = WAX_NEW(arena, struct wax_snapshot);

	atomic_init(&snapshot->references, 1);
	snapshot->arena = arena;
	snapshot->setting =
	    wax_alloc(arena, wax_conf_n_keys, sizeof *snapshot->setting);
	return snapshot;
}

const struct wax_config *
wax_snapshot_config(const struct wax_snapshot *snapshot)
{
	return &snapshot->config;
}

struct wax_snapshot *
wax_snapshot_ref(struct wax_snapshot *snapshot)
{
	atomic_fetch_add_explicit(
	    &snapshot->references, 1, memory_order_relaxed);
	return snapshot;
}

void
wax_snapshot_unref(struct wax_snapshot *snapshot)
{
	size_t before;

	if (snapshot == NULL)
		return;
	before = atomic_fetch_sub_explicit(
	    &snapshot->references, 1, memory_order_acq_rel);
	WAX_ASSERT(before > 0);
	if (before == 1)
		wax_arena_free(snapshot->arena);
}
