/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.h - what is inside a snapshot; for milter/conf only.
 */
#ifndef WAX_MILTER_CONF_STATE_H
#define WAX_MILTER_CONF_STATE_H

#include <stdatomic.h>

#include "milter/conf/value.h"

struct wax_conf_setting {
	struct wax_conf_value value;
	struct wax_conf_place place; /* file empty: the default */
	bool is_changed;             /* differs from the default */
};

struct wax_snapshot {
	atomic_size_t references;
	struct wax_arena *arena; /* of everything below, and of this */
	struct wax_config config;
	struct wax_conf_setting *setting; /* in the order of the table */
};

/* One reference, all zero. */
struct wax_snapshot *wax_snapshot_new(void) WAX_MUST_USE;

#endif
