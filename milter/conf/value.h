/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * value.h - the types of the keys: from the tree to a value, from there into
 * struct wax_config and to text.
 */
#ifndef WAX_MILTER_CONF_VALUE_H
#define WAX_MILTER_CONF_VALUE_H

#include "milter/conf/parse.h"
#include "milter/conf/schema.h"

struct wax_conf_value {
	uint64_t number; /* milliseconds, octets, a word's value, 0 or 1;
			  * members of a group or list */
	size_t n;        /* texts: one, or the members of a list */
	const struct wax_str *v;
	const struct wax_network *network; /* the same as networks */
	/* The groups of a list, or the members of a group in the order of the
	 * table, those that were written. */
	const struct wax_conf_value *part;
	unsigned line; /* of a group */
	bool is_written;
	const void *made; /* by the key's `make` */
};

/* A member of a group, by its name in the table. */
const struct wax_conf_value *wax_conf_value_member(
    const struct wax_conf_key *members, const struct wax_conf_value *group,
    const char *name);

bool wax_conf_type_is_list(enum wax_conf_type type);

struct wax_conf_reader {
	struct wax_arena *arena; /* of the values */
	struct wax_conf_report *report;
};

/* False: an error was reported. `prefix` stands before the key's name. */
bool wax_conf_value_read(const struct wax_conf_reader *reader,
    const struct wax_conf_key *key, struct wax_str prefix,
    const struct wax_conf_node *node, struct wax_conf_value *out) WAX_MUST_USE;

/* A text as in -o as the node that a file would have given. */
struct wax_conf_node wax_conf_value_node(struct wax_arena *arena,
    const struct wax_conf_key *key, const struct wax_conf_place *place,
    struct wax_str text);

bool wax_conf_value_eq(const struct wax_conf_key *key,
    const struct wax_conf_value *a, const struct wax_conf_value *b);

/* Into the member of the key; texts are not copied. */
void wax_conf_value_store(const struct wax_conf_key *key,
    const struct wax_conf_value *value, struct wax_config *config);

/* As it stands in a file; secrets masked. */
struct wax_str wax_conf_value_format(struct wax_arena *arena,
    const struct wax_conf_key *key, const struct wax_conf_value *value);

/* "use 1s to 25s (default 8s)" */
struct wax_str wax_conf_value_allowed(
    struct wax_arena *arena, const struct wax_conf_key *key);

#endif
