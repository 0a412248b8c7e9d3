/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signed_fields.h - which fields an h= list means.       RFC 6376 s5.4.2
 *
 * Each name takes the last field of that name that was not taken yet; a name
 * without a field left means nothing (signers list names once more, so that
 * no field can be added). The fields are sorted once, so that long lists over
 * long headers cost no more than their lengths together.
 */
#ifndef WAX_POLICY_AUTH_SIGNED_FIELDS_H
#define WAX_POLICY_AUTH_SIGNED_FIELDS_H

#include "policy/mail/field.h"

struct wax_signed_fields;

/* The fields live as long as the arena. */
struct wax_signed_fields *wax_signed_fields_new(
    struct wax_arena *arena, const struct wax_field *fields, size_t n);

/*
 * Select: positions of fields in the order in which they are hashed. `except`
 * is the position of the signature that is verified: it was not there when
 * it was made. Returns how many, at most n_names. Valid until the next call.
 */
const size_t *wax_signed_fields_select(struct wax_signed_fields *index,
    const struct wax_str *names, size_t n_names, size_t except, size_t *n);

#endif
