/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * budget.h - one message's resolver: it counts, refuses and remembers.
 *
 * Wraps the shared resolver for the life of one message. Each (name, type)
 * is a question once, however often it is read. Past the limit questions are
 * not asked: WAX_DNS_LIMIT, a permanent outcome. Some questions are kept back
 * for the Author Domain, so that no number of includes or signatures can
 * make a policy unreadable: those are asked through the second face.
 */
#ifndef WAX_POLICY_DNS_BUDGET_H
#define WAX_POLICY_DNS_BUDGET_H

#include "policy/dns/resolver.h"

/* One question of the message, in the order of asking. */
struct wax_question {
	struct wax_str qname; /* lower case, no trailing dot */
	enum wax_rrtype type;
	bool refused;                    /* past the limit: not asked */
	const struct wax_answer *answer; /* NULL: not read, or not yet here */
};

struct wax_budget;

/*
 * `max_questions` counts all, of which `reserved` are for the second face.
 * Everything lives in the arena.
 */
struct wax_budget *wax_budget_new(struct wax_arena *arena,
    struct wax_resolver *shared, size_t max_questions, size_t reserved);

/* The face for everything but the Author Domain. */
struct wax_resolver *wax_budget_general(struct wax_budget *budget);
/* The face that may use the reserve. */
struct wax_resolver *wax_budget_reserved(struct wax_budget *budget);

/* The trace; *n questions. Valid until the next question. */
const struct wax_question *wax_budget_trace(
    const struct wax_budget *budget, size_t *n);

/* How many were asked (refused ones do not count). */
size_t wax_budget_asked(const struct wax_budget *budget);
/* Whether any that was read was refused. What was only asked ahead past the
 * limit is not counted, and is not in the trace. */
bool wax_budget_exceeded(const struct wax_budget *budget);

#endif
