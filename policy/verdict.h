/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict.h - results and local policy to one decision.
 *
 * A pure function. `action` is what enforce mode does; what monitor mode
 * does instead is in `applied`.
 *
 * The rules, in order:
 *
 *   on-bad-from   There is no single usable Author Domain. If this says
 *                 accept, the others are looked at.
 *   dmarc         DMARC failed: the policy that applies, p=reject by
 *                 on-reject (mediator.h).
 *   on-spf-fail   SPF of the MAIL FROM identity is fail, and DMARC did not
 *                 pass.
 *   on-dkim-fail  There are signatures, none of them passed, and DMARC did
 *                 not pass. An unsigned message is not meant (RFC 6376
 *                 s6.1: a bad signature is no worse than none; hence the
 *                 default).
 *   on-limit      The message exceeded a bound: one of its header, or the
 *                 number of DNS questions, and DMARC did not pass.
 *
 *   on-null-mx    The domain of MAIL FROM has a null MX, whatever else there
 *                 is: nobody there would read an answer.
 *
 * The strictest of the last five decides (reject, quarantine, accept; the
 * first named of equals), so a limit never softens a refusal.
 *
 * Mail that a relay of ours hands over is never refused, whatever the rule:
 * the relay has taken it, and would have to send a bounce to somebody who
 * perhaps never wrote. on-relay-reject says what is done in place of that.
 *
 * on-temperror decides only if the answers that are missing could change the
 * action: the verdict is found for the most and for the least favourable
 * answers, and where both lead to the same action, that is taken. With
 * on-temperror = accept the action is that of the most favourable answers.
 * An exceeded bound is never a reason for a temporary failure.
 */
#ifndef WAX_POLICY_VERDICT_H
#define WAX_POLICY_VERDICT_H

#include "policy/facts.h"
#include "policy/local_policy.h"
#include "policy/results.h"

/* For the aggregate report.                          RFC 9990 s3.1.1.8 */
enum wax_disposition {
	WAX_DISPOSITION_NONE,
	WAX_DISPOSITION_PASS,
	WAX_DISPOSITION_QUARANTINE,
	WAX_DISPOSITION_REJECT
};
enum wax_override_type {
	WAX_OVERRIDE_LOCAL_POLICY,
	WAX_OVERRIDE_MAILING_LIST,
	WAX_OVERRIDE_OTHER,
	WAX_OVERRIDE_POLICY_TEST_MODE,
	WAX_OVERRIDE_TRUSTED_FORWARDER
};
struct wax_override {
	enum wax_override_type type;
	struct wax_str comment; /* our own words */
};

/* The rule that decided. */
enum wax_rule {
	WAX_RULE_NONE, /* nothing to object */
	WAX_RULE_BAD_FROM,
	WAX_RULE_DMARC,
	WAX_RULE_SPF_FAIL,
	WAX_RULE_DKIM_FAIL,
	WAX_RULE_LIMIT,
	WAX_RULE_NULL_MX,
	WAX_RULE_TEMPERROR,
	WAX_RULE_OVERLOAD,
	WAX_RULE_INTERNAL_ERROR
};

struct wax_verdict {
	enum wax_action action;  /* under enforce */
	enum wax_action applied; /* under the configured mode */
	enum wax_rule rule;
	enum wax_disposition disposition;
	size_t n_reasons;
	struct wax_override reason[4];
	/* For reject and tempfail: "550", "5.7.26", and a text of validated
	 * values only, at most WAX_REPLY_MAX octets, "%" not yet doubled. */
	struct wax_str smtp_code, enhanced_code, text;
	/* For people: why, in one sentence of our own words and validated
	 * values. Quarantine reason and log. */
	struct wax_str why;
	/* The mediator that on-reject = "corroborated" found, or none. */
	struct wax_domain mediator;
};

struct wax_verdict wax_verdict_decide(struct wax_arena *arena,
    const struct wax_local_policy *policy, const struct wax_facts *facts,
    const struct wax_results *results);

/* The verdict when there is no evaluation: WAX_RULE_OVERLOAD or
 * WAX_RULE_INTERNAL_ERROR. */
struct wax_verdict wax_verdict_unjudged(
    const struct wax_local_policy *policy, enum wax_rule rule);

const char *wax_action_word(enum wax_action action);
const char *wax_disposition_word(enum wax_disposition disposition);
const char *wax_override_word(enum wax_override_type type);
const char *wax_rule_word(enum wax_rule rule); /* "on-bad-from", "dmarc" */

#endif
