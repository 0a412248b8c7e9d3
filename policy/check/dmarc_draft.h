/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_draft.h - a DMARC record to propose, made from what is published,
 * however wrong that is; for policy/check only.
 */
#ifndef WAX_POLICY_CHECK_DMARC_DRAFT_H
#define WAX_POLICY_CHECK_DMARC_DRAFT_H

#include "policy/base/str.h"
#include "policy/base/vec.h"

struct wax_dmarc_part {
	struct wax_str name, value; /* name in lower case */
};

/* The parts behind v=DMARC1, each name once. */
struct wax_dmarc_draft {
	struct wax_arena *arena;
	WAX_VEC(struct wax_dmarc_part) list;
};

/*
 * Whether a text that is no record was meant as one; then *why says what is
 * in the way, a literal. `at_dmarc`: it stands at a _dmarc name, where there
 * is hardly anything else.
 */
bool wax_dmarc_is_lookalike(
    struct wax_str text, bool at_dmarc, const char **why);

/*
 * Read what may have been meant: any version, quotation marks, missing
 * semicolons, addresses without mailto:, semicolons between addresses. What
 * no tag can be made of is left out.
 */
struct wax_dmarc_draft wax_dmarc_draft_read(
    struct wax_arena *arena, struct wax_str text);

/* The value of a part, or NULL. */
const struct wax_str *wax_dmarc_draft_get(
    const struct wax_dmarc_draft *draft, const char *name);
void wax_dmarc_draft_set(
    struct wax_dmarc_draft *draft, const char *name, struct wax_str value);
void wax_dmarc_draft_drop(struct wax_dmarc_draft *draft, const char *name);

/* "v=DMARC1; p=none; ...": p= first, for those who want it there. */
struct wax_str wax_dmarc_draft_text(const struct wax_dmarc_draft *draft);

/* What a tag of this name is to receivers. */
enum wax_dmarc_tag_use {
	WAX_TAG_KNOWN,
	WAX_TAG_OBSOLETE, /* pct, rf, ri */
	WAX_TAG_UNKNOWN
};

enum wax_dmarc_tag_use wax_dmarc_tag_use(struct wax_str name);

#endif
