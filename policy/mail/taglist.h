/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * taglist.h - tag=value lists: DKIM, ARC, key records. RFC 6376 s3.2
 *
 * (DMARC Policy Records have a grammar of their own that looks alike: see
 * policy/auth/dmarc_record.h.)
 */
#ifndef WAX_POLICY_MAIL_TAGLIST_H
#define WAX_POLICY_MAIL_TAGLIST_H

#include "policy/base/str.h"

struct wax_tag {
	struct wax_str name;  /* case matters */
	struct wax_str value; /* folding white space at both ends removed */
};

struct wax_taglist {
	size_t n;
	const struct wax_tag *tag; /* in the order of the text */
};

/*
 * Parse; values point into `text`, the list lives in the arena. False if the
 * syntax is wrong anywhere or a tag comes twice: the whole list is void.
 */
bool wax_taglist_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_taglist *out) WAX_MUST_USE;

/* The value of a tag; NULL if it is absent (empty is not absent). */
const struct wax_str *wax_taglist_get(
    const struct wax_taglist *list, const char *name);

/* A value without any white space inside (b=, bh=, p=, h=). */
struct wax_str wax_without_space(struct wax_arena *arena, struct wax_str s);

#endif
