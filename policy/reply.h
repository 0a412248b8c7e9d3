/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply.h - the words of a verdict: the SMTP reply, and why.
 *
 * Made of our own words, of validated domains and addresses, and of the
 * operator's reject-url. Nothing else that a sender wrote gets in.
 */
#ifndef WAX_POLICY_REPLY_H
#define WAX_POLICY_REPLY_H

#include "policy/mediator.h"
#include "policy/verdict.h"

/* One sentence for people, in the arena. */
struct wax_str wax_reply_why(struct wax_arena *arena,
    const struct wax_facts *facts, const struct wax_results *results,
    enum wax_rule rule, struct wax_mediator mediator);

/*
 * Set codes and text of a verdict that rejects or defers: at most
 * WAX_REPLY_MAX octets together. reject-url and queue id are left out where
 * they do not fit.
 */
void wax_reply_make(struct wax_arena *arena,
    const struct wax_local_policy *policy, const struct wax_facts *facts,
    const struct wax_results *results, struct wax_verdict *verdict);

#endif
