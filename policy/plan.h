/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan.h - what is to be done to one message, in the only safe order.
 *
 * Deletions come first, each name from the highest index down (Postfix
 * renumbers, Sendmail does not); then insertions at index 0, the field that
 * shall stand topmost last. The session carries it out with smfi_*.
 */
#ifndef WAX_POLICY_PLAN_H
#define WAX_POLICY_PLAN_H

#include "policy/evaluation.h"
#include "policy/forged.h"
#include "policy/verdict.h"

enum wax_edit_kind {
	WAX_EDIT_DELETE,
	WAX_EDIT_INSERT
};

struct wax_edit {
	enum wax_edit_kind kind;
	struct wax_str name;  /* as the MTA counts it; NUL-free */
	unsigned index;       /* delete: as counted per name, from 1 */
	struct wax_str value; /* insert: with its leading blank, folds LF TAB */
};

struct wax_plan {
	size_t n_edits;
	const struct wax_edit *edit;
	enum wax_action action; /* what to tell the MTA */
	struct wax_str smtp_code, enhanced_code, text; /* for refusals */
	struct wax_str quarantine; /* reason for smfi_quarantine; empty: do
				      * not (or quarantine-action = header) */
};

/* For a judged message. */
const struct wax_plan *wax_plan_make(struct wax_arena *arena,
    const struct wax_local_policy *policy, const struct wax_facts *facts,
    const struct wax_forged *forged, const struct wax_results *results,
    const struct wax_verdict *verdict);

/*
 * For a message that is not judged: forged results are removed (not from
 * internal networks), nothing is added. `verdict` says accept, or for
 * overload and internal errors what is configured; NULL: accept.
 */
const struct wax_plan *wax_plan_unjudged(struct wax_arena *arena,
    enum wax_exempt exempt, const struct wax_forged *forged,
    const struct wax_verdict *verdict);

#endif
