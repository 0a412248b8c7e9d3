/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suites.h - the suites of test_top, and messages to judge.
 */
#ifndef WAX_TESTS_UNIT_TOP_SUITES_H
#define WAX_TESTS_UNIT_TOP_SUITES_H

#include "policy/verdict.h"
#include "tests/support/suite.h"

Suite *wax_limits_suite(void);
Suite *wax_verdict_suite(void);
Suite *wax_temperror_suite(void);
Suite *wax_reply_suite(void);
Suite *wax_plan_suite(void);
Suite *wax_relay_suite(void);
Suite *wax_render_suite(void);
Suite *wax_evaluation_suite(void);
Suite *wax_saved_message_suite(void);
Suite *wax_trouble_suite(void);

/* One message as it looks after an evaluation; tests change what they need
 * changed. */
struct sample {
	struct wax_local_policy policy;
	struct wax_facts facts;
	struct wax_results results;
	struct wax_dkim_signature signature[4];
};

/* author.example, p=reject: SPF fail, unsigned, DMARC fail; enforced. */
void sample_spoof(struct sample *sample);
/* SPF and DKIM of another domain pass: attacker.example, other.example. */
void sample_add_spf_pass(struct sample *sample, const char *domain);
struct wax_dkim_signature *sample_add_signature(
    struct sample *sample, enum wax_result result, const char *domain);
void sample_set_dmarc(struct sample *sample, enum wax_result result,
    enum wax_dmarc_policy policy);

static inline struct wax_domain
dom(const char *z)
{
	return (struct wax_domain){ wax_str_of(z) };
}

#endif
