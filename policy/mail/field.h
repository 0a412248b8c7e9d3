/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * field.h - the header fields of a message, as received.
 */
#ifndef WAX_POLICY_MAIL_FIELD_H
#define WAX_POLICY_MAIL_FIELD_H

#include "policy/base/str.h"
#include "policy/base/vec.h"

struct wax_field {
	struct wax_str name; /* without the colon, blanks before it kept */
	struct wax_str raw;  /* the value, octets as received, folded with
			      * CRLF, without the last CRLF */
	unsigned index;      /* 1 for the first of its name: what an MTA
			      * counts when a field is changed or deleted */
};

/* How often a name came; for wax_field_append() only. */
struct wax_field_count {
	struct wax_str name; /* lower case, no blanks at its end */
	unsigned long hash;
	unsigned n; /* 0: a free slot */
};

struct wax_field_list {
	struct wax_arena *arena;
	WAX_VEC(struct wax_field) fields;
	size_t bytes; /* of all names and values */
	/* A hash table, so that many fields cost no more each than few. */
	struct wax_field_count *count;
	size_t n_names, n_slots;
};

void wax_field_list_init(struct wax_field_list *list, struct wax_arena *arena);

/* Append; copies both. Names are counted without case and without blanks
 * at their end. */
void wax_field_append(
    struct wax_field_list *list, struct wax_str name, struct wax_str raw);

/* Whether a field has this name, without case, blanks before the colon
 * ignored ("From :", RFC 5322 s4.5). */
bool wax_field_is(const struct wax_field *field, struct wax_str name);

/* The next field of that name at or after position *i, which moves behind
 * it; NULL if there is none. */
const struct wax_field *wax_field_next(
    const struct wax_field_list *list, struct wax_str name, size_t *i);

/*
 * LF that stands alone becomes CRLF, as libmilter hands folds over as LF;
 * the result is in the arena (s itself if nothing is to be done).
 */
struct wax_str wax_crlf(struct wax_arena *arena, struct wax_str s);

#endif
