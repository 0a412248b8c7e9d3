/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plain.h - what word processors, web pages and too much quoting put into
 * records; for policy/check only.
 */
#ifndef WAX_POLICY_CHECK_PLAIN_H
#define WAX_POLICY_CHECK_PLAIN_H

#include "policy/base/str.h"

/* With plain blanks and hyphens, without quotation marks and backslashes,
 * without blanks at both ends. */
struct wax_str wax_plain(struct wax_arena *arena, struct wax_str text);

/* Without the blanks, quotation marks and byte order mark in front. */
struct wax_str wax_without_front(struct wax_str text);

#endif
