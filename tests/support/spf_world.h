/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_world.h - a client, a sender and a zone full of SPF records, made from
 * any octets, for comparing engines.
 *
 * Almost all records are valid and lead to each other, so that evaluations
 * go deep; octets that ran out are zero.
 */
#ifndef WAX_TESTS_SUPPORT_SPF_WORLD_H
#define WAX_TESTS_SUPPORT_SPF_WORLD_H

#include "policy/base/str.h"

/* "ADDRESS LOCAL@DOMAIN HELO\n" and the zone's text, in the arena. */
struct wax_str wax_spf_world(struct wax_arena *arena, struct wax_str octets);

#endif
