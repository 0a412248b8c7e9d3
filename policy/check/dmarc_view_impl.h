/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_view_impl.h - what the parts of dmarc_view.h share; for policy/check
 * only.
 */
#ifndef WAX_POLICY_CHECK_DMARC_VIEW_IMPL_H
#define WAX_POLICY_CHECK_DMARC_VIEW_IMPL_H

#include "policy/check/dmarc_view.h"

struct wax_dmarc_look {
	struct wax_findings *findings;
	struct wax_arena *arena;
	struct wax_resolver *resolver;
	wax_deadline deadline;
	bool accepts_no_mail;
	const struct wax_dmarc_view *view;
	const struct wax_walk *walk;
	/* The texts at _dmarc of each step, in the order of view->step. */
	const struct wax_answer *answers[WAX_WALK_MAX];
	const struct wax_answer *texts; /* at the domain itself */
	bool is_public_suffix;          /* by the list, if there is one */
	bool is_judged;                 /* the record that applies is certain */
};

/* Say what is wrong: with the names of the walk, with the record. */
void wax_dmarc_judge_names(const struct wax_dmarc_look *look);
void wax_dmarc_judge_record(const struct wax_dmarc_look *look);

/* How many texts at a name are DMARC Policy Records. */
size_t wax_dmarc_count_records(const struct wax_answer *answer);

/* "_dmarc.d.example" */
struct wax_str wax_dmarc_name(
    struct wax_arena *arena, struct wax_domain domain);

/* A text of others: escaped, and cut if it is long. */
struct wax_str wax_dmarc_shown(struct wax_arena *arena, struct wax_str text);

/* An address at the domain, for reports: "mailto:dmarc-reports@d.example". */
struct wax_str wax_dmarc_own_rua(
    struct wax_arena *arena, struct wax_domain domain);

#endif
