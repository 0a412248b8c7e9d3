/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quantity.h - durations ("500ms", "8s", "5m", "1h", "7d"), sizes ("64K",
 * "32M", "1G") and permissions ("0660").
 */
#ifndef WAX_MILTER_CONF_QUANTITY_H
#define WAX_MILTER_CONF_QUANTITY_H

#include <stdint.h>

#include "policy/base/str.h"

enum wax_quantity {
	WAX_QUANTITY_GOOD,
	WAX_QUANTITY_NO_UNIT, /* of a duration */
	WAX_QUANTITY_BAD
};

/* Milliseconds. */
enum wax_quantity wax_duration_parse(struct wax_str text, uint64_t *out);
struct wax_str wax_duration_format(struct wax_arena *arena, uint64_t ms);

/* Octets; K, M, G and T are powers of 1024. */
enum wax_quantity wax_size_parse(struct wax_str text, uint64_t *out);
struct wax_str wax_size_format(struct wax_arena *arena, uint64_t bytes);

enum wax_quantity wax_octal_parse(struct wax_str text, uint64_t *out);
struct wax_str wax_octal_format(struct wax_arena *arena, uint64_t mode);

#endif
