/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_items.h - what a message's log line says, as keys and values.
 *
 * The text line and the JSON object are written from the same list, so they
 * cannot differ. The keys are documented in render.h.
 */
#ifndef WAX_POLICY_LOG_ITEMS_H
#define WAX_POLICY_LOG_ITEMS_H

#include "policy/base/vec.h"
#include "policy/render.h"

struct wax_log_item {
	const char *key;
	bool is_number;
	unsigned long number;
	struct wax_str value; /* any octets; bounded */
};

struct wax_log_items {
	struct wax_arena *arena;
	WAX_VEC(struct wax_log_item) list;
};

/* `results` and `verdict` may be NULL. */
struct wax_log_items wax_log_items_make(struct wax_arena *arena,
    const struct wax_log_context *context, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict);

/* "judged", "internal", "authenticated", "originating" */
const char *wax_exempt_word(enum wax_exempt exempt);

#endif
