/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/signed_fields.h"

#include <stdlib.h>

/* A field under its name in lower case. */
struct entry {
	struct wax_str name;
	size_t position;
	size_t taken; /* of the name's group, kept at its last entry */
};

struct wax_signed_fields {
	struct wax_arena *arena;
	size_t n;
	struct entry *entry; /* by name, then by position */
	size_t cap;
	size_t *selected; /* `cap` of them */
};

static int
by_name(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = wax_str_cmp(a->name, b->name);

	if (order != 0)
		return order;
	return a->position < b->position ? -1 : a->position > b->position;
}

struct wax_signed_fields *
wax_signed_fields_new(
    struct wax_arena *arena, const struct wax_field *fields, size_t n)
{
	struct wax_signed_fields *index =
	    WAX_NEW(arena, struct wax_signed_fields);

	index->arena = arena;
	index->n = n;
	index->entry = wax_alloc(arena, n + 1, sizeof *index->entry);
	for (size_t i = 0; i < n; i++) {
		index->entry[i].name =
		    wax_str_lower(arena, wax_str_trim(fields[i].name));
		index->entry[i].position = i;
	}
	qsort(index->entry, n, sizeof *index->entry, by_name);
	return index;
}

/* The last entry of a name, or NULL. */
static struct entry *
last_of(struct wax_signed_fields *index, struct wax_str name)
{
	size_t low = 0, high = index->n; /* the first that is greater */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (wax_str_cmp(index->entry[middle].name, name) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || !wax_str_eq(index->entry[low - 1].name, name))
		return NULL;
	return &index->entry[low - 1];
}

/* The entry that a group gives next, or NULL if it is used up. */
static const struct entry *
take_next(struct wax_signed_fields *index, struct entry *last, size_t except)
{
	size_t end = (size_t)(last - index->entry);

	while (last->taken <= end) {
		const struct entry *next = last - last->taken;

		if (!wax_str_eq(next->name, last->name))
			return NULL;
		last->taken++;
		if (next->position != except)
			return next;
	}
	return NULL;
}

const size_t *
wax_signed_fields_select(struct wax_signed_fields *index,
    const struct wax_str *names, size_t n_names, size_t except, size_t *n)
{
	*n = 0;
	if (n_names > index->cap) {
		index->cap = n_names;
		index->selected =
		    wax_alloc(index->arena, n_names, sizeof *index->selected);
	}
	for (size_t i = 0; i < index->n; i++)
		index->entry[i].taken = 0;
	for (size_t i = 0; i < n_names; i++) {
		struct entry *last = last_of(index, names[i]);
		const struct entry *next =
		    last != NULL ? take_next(index, last, except) : NULL;

		if (next != NULL)
			index->selected[(*n)++] = next->position;
	}
	return index->selected;
}
