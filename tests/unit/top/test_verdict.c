/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/text.h"
#include "tests/unit/top/suites.h"

static struct wax_arena *arena;
static struct sample m;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	sample_spoof(&m);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static struct wax_verdict
decide(void)
{
	return wax_verdict_decide(arena, &m.policy, &m.facts, &m.results);
}

#define ck_assert_decides(wanted_action, wanted_rule)                    \
	do {                                                             \
		struct wax_verdict v_ = decide();                        \
		ck_assert_str_eq(wax_action_word(v_.action),             \
		    wax_action_word(wanted_action));                     \
		ck_assert_str_eq(                                        \
		    wax_rule_word(v_.rule), wax_rule_word(wanted_rule)); \
	} while (0)

/* Which action for each result and policy of DMARC and each on-reject. */
static const struct {
	const char *name;
	enum wax_result result;
	enum wax_dmarc_policy policy;
	enum wax_on_reject on_reject;
	enum wax_action action;
} dmarc_rows[] = {
	{ "pass reject", WAX_PASS, WAX_P_REJECT, WAX_REJECT_ALWAYS,
	    WAX_ACCEPT },
	{ "none", WAX_NONE, WAX_P_NONE, WAX_REJECT_ALWAYS, WAX_ACCEPT },
	{ "fail none", WAX_FAIL, WAX_P_NONE, WAX_REJECT_ALWAYS, WAX_ACCEPT },
	{ "fail quarantine", WAX_FAIL, WAX_P_QUARANTINE, WAX_REJECT_ALWAYS,
	    WAX_QUARANTINE },
	{ "fail reject, always", WAX_FAIL, WAX_P_REJECT, WAX_REJECT_ALWAYS,
	    WAX_REJECT },
	{ "fail reject, quarantine", WAX_FAIL, WAX_P_REJECT,
	    WAX_REJECT_QUARANTINE, WAX_QUARANTINE },
	{ "fail reject, corroborated", WAX_FAIL, WAX_P_REJECT,
	    WAX_REJECT_CORROBORATED, WAX_REJECT },
};

START_TEST(test_dmarc_decides)
{
	struct wax_verdict verdict;

	m.policy.on_reject = dmarc_rows[_i].on_reject;
	sample_set_dmarc(&m, dmarc_rows[_i].result, dmarc_rows[_i].policy);
	verdict = decide();
	ck_assert_msg(verdict.action == dmarc_rows[_i].action, "%s: %s",
	    dmarc_rows[_i].name, wax_action_word(verdict.action));
	ck_assert_int_eq(verdict.rule,
	    verdict.action == WAX_ACCEPT ? WAX_RULE_NONE : WAX_RULE_DMARC);
}
END_TEST

START_TEST(test_author_must_be_one)
{
	m.results.dmarc.author_status = WAX_AUTHOR_SEVERAL;
	m.results.dmarc.has_record = false;
	sample_set_dmarc(&m, WAX_PERMERROR, WAX_P_NONE);
	ck_assert_decides(WAX_REJECT, WAX_RULE_BAD_FROM);
	ck_assert_wax_str_eq(decide().enhanced_code, "5.7.1");
	m.policy.on_bad_from = WAX_QUARANTINE;
	ck_assert_decides(WAX_QUARANTINE, WAX_RULE_BAD_FROM);
	/* It comes first: a stricter rule behind it is not looked at. */
	m.policy.on_spf_fail = WAX_REJECT;
	ck_assert_decides(WAX_QUARANTINE, WAX_RULE_BAD_FROM);
	m.policy.on_bad_from = WAX_ACCEPT;
	ck_assert_decides(WAX_REJECT, WAX_RULE_SPF_FAIL);
	m.policy.on_spf_fail = WAX_ACCEPT;
	ck_assert_decides(WAX_ACCEPT, WAX_RULE_NONE);
}
END_TEST

START_TEST(test_spf_fail_decides_unless_dmarc_passed)
{
	m.policy.on_spf_fail = WAX_REJECT;
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_NONE);
	ck_assert_decides(WAX_REJECT, WAX_RULE_SPF_FAIL);
	ck_assert_wax_str_eq(decide().smtp_code, "550");
	ck_assert_wax_str_eq(decide().enhanced_code, "5.7.23");
	sample_set_dmarc(&m, WAX_NONE, WAX_P_NONE);
	ck_assert_decides(WAX_REJECT, WAX_RULE_SPF_FAIL);
	sample_set_dmarc(&m, WAX_PASS, WAX_P_NONE);
	ck_assert_decides(WAX_ACCEPT, WAX_RULE_NONE);
	sample_set_dmarc(&m, WAX_NONE, WAX_P_NONE);
	m.results.mailfrom.result = WAX_SOFTFAIL;
	ck_assert_decides(WAX_ACCEPT, WAX_RULE_NONE);
}
END_TEST

START_TEST(test_dkim_fail_means_signed_and_none_passed)
{
	m.policy.on_dkim_fail = WAX_REJECT;
	sample_set_dmarc(&m, WAX_NONE, WAX_P_NONE);
	ck_assert_decides(WAX_ACCEPT, WAX_RULE_NONE); /* unsigned */
	(void)sample_add_signature(&m, WAX_FAIL, "a.example");
	ck_assert_decides(WAX_REJECT, WAX_RULE_DKIM_FAIL);
	ck_assert_wax_str_eq(decide().enhanced_code, "5.7.20");
	(void)sample_add_signature(&m, WAX_PERMERROR, "b.example");
	ck_assert_decides(WAX_REJECT, WAX_RULE_DKIM_FAIL);
	sample_set_dmarc(&m, WAX_PASS, WAX_P_NONE);
	ck_assert_decides(WAX_ACCEPT, WAX_RULE_NONE);
	sample_set_dmarc(&m, WAX_NONE, WAX_P_NONE);
	(void)sample_add_signature(&m, WAX_PASS, "c.example");
	ck_assert_decides(WAX_ACCEPT, WAX_RULE_NONE);
}
END_TEST

/* DMARC, SPF and limit at once: the stricter, the first of equals. */
static const struct {
	const char *name;
	enum wax_dmarc_policy policy;
	enum wax_action on_spf_fail, on_limit, action;
	enum wax_rule rule;
} strict_rows[] = {
	{ "limit does not soften", WAX_P_REJECT, WAX_ACCEPT, WAX_QUARANTINE,
	    WAX_REJECT, WAX_RULE_DMARC },
	{ "limit is stricter", WAX_P_QUARANTINE, WAX_ACCEPT, WAX_REJECT,
	    WAX_REJECT, WAX_RULE_LIMIT },
	{ "limit alone", WAX_P_NONE, WAX_ACCEPT, WAX_QUARANTINE, WAX_QUARANTINE,
	    WAX_RULE_LIMIT },
	{ "limit says accept", WAX_P_NONE, WAX_ACCEPT, WAX_ACCEPT, WAX_ACCEPT,
	    WAX_RULE_NONE },
	{ "SPF is stricter", WAX_P_QUARANTINE, WAX_REJECT, WAX_QUARANTINE,
	    WAX_REJECT, WAX_RULE_SPF_FAIL },
	{ "equals", WAX_P_QUARANTINE, WAX_QUARANTINE, WAX_QUARANTINE,
	    WAX_QUARANTINE, WAX_RULE_DMARC },
};

START_TEST(test_stricter_decides)
{
	struct wax_verdict verdict;

	m.results.limit = m.facts.limit = "max-fields";
	sample_set_dmarc(&m, WAX_FAIL, strict_rows[_i].policy);
	m.policy.on_spf_fail = strict_rows[_i].on_spf_fail;
	m.policy.on_limit = strict_rows[_i].on_limit;
	verdict = decide();
	ck_assert_msg(verdict.action == strict_rows[_i].action &&
	                  verdict.rule == strict_rows[_i].rule,
	    "%s: %s by %s", strict_rows[_i].name,
	    wax_action_word(verdict.action), wax_rule_word(verdict.rule));
}
END_TEST

START_TEST(test_spent_questions_do_not_matter_where_dmarc_passed)
{
	m.results.limit = "max-dns-queries";
	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	ck_assert_decides(WAX_ACCEPT, WAX_RULE_NONE);
	sample_set_dmarc(&m, WAX_PERMERROR, WAX_P_NONE);
	m.results.dmarc.limit_hit = true;
	ck_assert_decides(WAX_QUARANTINE, WAX_RULE_LIMIT);
}
END_TEST

/*
 * What DMARC could not ask because of a limit: the stricter of on-limit and
 * the mildest policy that could apply. With an answer that failed besides,
 * on-limit alone. Never later, never softer.
 */
static const struct {
	const char *name;
	bool only_limit;
	enum wax_dmarc_policy least, most;
	enum wax_action on_limit, action;
	enum wax_rule rule;
} spent_rows[] = {
	{ "reject all the same", true, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_QUARANTINE, WAX_REJECT, WAX_RULE_DMARC },
	{ "reject though limits are accepted", true, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_REJECT, WAX_RULE_DMARC },
	{ "the mildest policy", true, WAX_P_QUARANTINE, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_QUARANTINE, WAX_RULE_DMARC },
	{ "the limit is stricter", true, WAX_P_QUARANTINE, WAX_P_REJECT,
	    WAX_REJECT, WAX_REJECT, WAX_RULE_LIMIT },
	{ "no policy for certain", true, WAX_P_NONE, WAX_P_REJECT,
	    WAX_QUARANTINE, WAX_QUARANTINE, WAX_RULE_LIMIT },
	{ "nothing for certain", true, WAX_P_NONE, WAX_P_REJECT, WAX_ACCEPT,
	    WAX_ACCEPT, WAX_RULE_NONE },
	{ "the DNS failed, too", false, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_QUARANTINE, WAX_QUARANTINE, WAX_RULE_LIMIT },
};

START_TEST(test_spent_questions_soften_no_refusal)
{
	struct wax_verdict verdict;

	m.results.limit = "max-dns-queries";
	sample_set_dmarc(&m, WAX_PERMERROR, WAX_P_REJECT);
	m.results.dmarc.limit_hit = m.results.dmarc.could_pass = true;
	m.results.dmarc.undecided_policy = true;
	m.results.dmarc.only_limit = spent_rows[_i].only_limit;
	m.results.dmarc.least = spent_rows[_i].least;
	m.results.dmarc.most = spent_rows[_i].most;
	m.policy.on_limit = spent_rows[_i].on_limit;
	verdict = decide();
	ck_assert_msg(verdict.action == spent_rows[_i].action &&
	                  verdict.rule == spent_rows[_i].rule,
	    "%s: %s by %s", spent_rows[_i].name,
	    wax_action_word(verdict.action), wax_rule_word(verdict.rule));
	if (verdict.rule == WAX_RULE_DMARC && verdict.action == WAX_REJECT)
		ck_assert_wax_str_eq(verdict.enhanced_code, "5.7.26");
}
END_TEST

/* on-reject = corroborated: who is a mediator. */
enum trait {
	SPF_OWN = 1,            /* SPF pass for relay.example */
	DKIM_OWN = 2,           /* DKIM pass for relay.example */
	LIST_ID_OWN = 4,        /* List-Id under relay.example */
	LIST_ID_OTHER = 8,      /* List-Id elsewhere */
	BROKEN_AUTHOR = 16,     /* the author's signature, broken */
	UNUSABLE_AUTHOR = 32,   /* the author's signature, key missing */
	BROKEN_OTHER = 64,      /* somebody else's signature, broken */
	SRS_AUTHOR = 128,       /* SRS of relay.example, names the author */
	SRS_OTHER = 256,        /* SRS that names somebody else */
	BROKEN_AUTHOR_SUB = 512 /* d= below the Author Domain, broken */
};

static const struct {
	const char *name;
	unsigned traits;
	bool is_mediator;
} mediator_rows[] = {
	{ "plain spoof", 0, false },
	{ "own SPF pass", SPF_OWN, false },
	{ "own DKIM pass", DKIM_OWN, false },
	{ "own SPF and DKIM pass", SPF_OWN | DKIM_OWN, false },
	{ "List-Id without authentication", LIST_ID_OWN, false },
	{ "broken signature without authentication", BROKEN_AUTHOR, false },
	{ "SRS without authentication", SRS_AUTHOR, false },
	{ "List-Id, SPF", SPF_OWN | LIST_ID_OWN, true },
	{ "List-Id, DKIM", DKIM_OWN | LIST_ID_OWN, true },
	{ "List-Id of another domain", SPF_OWN | DKIM_OWN | LIST_ID_OTHER,
	    false },
	{ "broken author signature, SPF", SPF_OWN | BROKEN_AUTHOR, true },
	{ "broken author signature, DKIM", DKIM_OWN | BROKEN_AUTHOR, true },
	{ "broken author subdomain signature", SPF_OWN | BROKEN_AUTHOR_SUB,
	    true },
	{ "author signature without key", SPF_OWN | UNUSABLE_AUTHOR, false },
	{ "broken signature of another", SPF_OWN | BROKEN_OTHER, false },
	{ "SRS that names the author", SPF_OWN | SRS_AUTHOR, true },
	{ "SRS that names another", SPF_OWN | SRS_OTHER, false },
};

static void
apply_traits(unsigned traits)
{
	if (traits & SPF_OWN)
		sample_add_spf_pass(&m, "relay.example");
	if (traits & DKIM_OWN)
		(void)sample_add_signature(&m, WAX_PASS, "relay.example");
	if (traits & (LIST_ID_OWN | LIST_ID_OTHER)) {
		m.facts.has_list_id = true;
		m.facts.list_id =
		    dom(traits & LIST_ID_OWN ? "dev.relay.example"
		                             : "dev.notrelay.example");
	}
	if (traits & BROKEN_AUTHOR)
		sample_add_signature(&m, WAX_FAIL, "author.example")->broken =
		    true;
	if (traits & BROKEN_AUTHOR_SUB)
		sample_add_signature(&m, WAX_FAIL, "m.author.example")->broken =
		    true;
	if (traits & UNUSABLE_AUTHOR)
		(void)sample_add_signature(&m, WAX_PERMERROR, "author.example");
	if (traits & BROKEN_OTHER)
		sample_add_signature(&m, WAX_FAIL, "notauthor.example")
		    ->broken = true;
	if (traits & (SRS_AUTHOR | SRS_OTHER)) {
		m.facts.has_srs = true;
		m.facts.srs_original = dom(
		    traits & SRS_AUTHOR ? "author.example" : "other.example");
	}
}

START_TEST(test_mediator_makes_a_refusal_a_quarantine)
{
	struct wax_verdict verdict;

	apply_traits(mediator_rows[_i].traits);
	verdict = decide();
	ck_assert_msg(
	    verdict.action ==
	        (mediator_rows[_i].is_mediator ? WAX_QUARANTINE : WAX_REJECT),
	    "%s: %s", mediator_rows[_i].name, wax_action_word(verdict.action));
	ck_assert_int_eq(verdict.rule, WAX_RULE_DMARC);
	ck_assert_wax_str_eq(verdict.mediator.text,
	    mediator_rows[_i].is_mediator ? "relay.example" : "");
	/* always does not look for one. */
	m.policy.on_reject = WAX_REJECT_ALWAYS;
	ck_assert_decides(WAX_REJECT, WAX_RULE_DMARC);
}
END_TEST

START_TEST(test_author_domain_is_no_mediator_of_itself)
{
	/* Strict alignment: the domain itself passes as nobody else. */
	sample_add_spf_pass(&m, "author.example");
	m.facts.list_id = dom("list.author.example");
	ck_assert_decides(WAX_REJECT, WAX_RULE_DMARC);
	(void)sample_add_signature(&m, WAX_PASS, "author.example");
	ck_assert_decides(WAX_REJECT, WAX_RULE_DMARC);
}
END_TEST

START_TEST(test_srs_must_be_of_the_domain_that_passed)
{
	apply_traits(DKIM_OWN | SRS_AUTHOR);
	m.facts.reverse_path.domain = dom("elsewhere.example");
	ck_assert_decides(WAX_REJECT, WAX_RULE_DMARC);
	m.facts.reverse_path.domain = dom("bounce.relay.example");
	ck_assert_decides(WAX_QUARANTINE, WAX_RULE_DMARC);
}
END_TEST

/* RFC 9990 s3.1.1.8, s3.1.1.9 */
static const struct {
	const char *name;
	enum wax_result result;
	enum wax_dmarc_policy published, policy;
	enum wax_mode mode;
	enum wax_on_reject on_reject;
	enum wax_disposition disposition;
	const char *reasons;
} disposition_rows[] = {
	{ "pass p=none", WAX_PASS, WAX_P_NONE, WAX_P_NONE, WAX_ENFORCE,
	    WAX_REJECT_ALWAYS, WAX_DISPOSITION_NONE, "" },
	{ "pass p=quarantine", WAX_PASS, WAX_P_QUARANTINE, WAX_P_QUARANTINE,
	    WAX_ENFORCE, WAX_REJECT_ALWAYS, WAX_DISPOSITION_PASS, "" },
	{ "pass p=quarantine t=y", WAX_PASS, WAX_P_QUARANTINE, WAX_P_NONE,
	    WAX_ENFORCE, WAX_REJECT_ALWAYS, WAX_DISPOSITION_PASS, "" },
	{ "pass p=reject monitored", WAX_PASS, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_MONITOR, WAX_REJECT_ALWAYS, WAX_DISPOSITION_PASS, "" },
	{ "fail p=none", WAX_FAIL, WAX_P_NONE, WAX_P_NONE, WAX_ENFORCE,
	    WAX_REJECT_ALWAYS, WAX_DISPOSITION_NONE, "" },
	{ "fail p=quarantine", WAX_FAIL, WAX_P_QUARANTINE, WAX_P_QUARANTINE,
	    WAX_ENFORCE, WAX_REJECT_ALWAYS, WAX_DISPOSITION_QUARANTINE, "" },
	{ "fail p=reject", WAX_FAIL, WAX_P_REJECT, WAX_P_REJECT, WAX_ENFORCE,
	    WAX_REJECT_ALWAYS, WAX_DISPOSITION_REJECT, "" },
	{ "PD-45", WAX_FAIL, WAX_P_REJECT, WAX_P_REJECT, WAX_ENFORCE,
	    WAX_REJECT_QUARANTINE, WAX_DISPOSITION_QUARANTINE, "local_policy" },
	{ "fail p=reject t=y", WAX_FAIL, WAX_P_REJECT, WAX_P_QUARANTINE,
	    WAX_ENFORCE, WAX_REJECT_ALWAYS, WAX_DISPOSITION_QUARANTINE,
	    "policy_test_mode" },
	{ "fail p=quarantine t=y", WAX_FAIL, WAX_P_QUARANTINE, WAX_P_NONE,
	    WAX_ENFORCE, WAX_REJECT_ALWAYS, WAX_DISPOSITION_NONE,
	    "policy_test_mode" },
	{ "fail p=reject monitored", WAX_FAIL, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_MONITOR, WAX_REJECT_ALWAYS, WAX_DISPOSITION_NONE,
	    "local_policy" },
	{ "fail p=none monitored", WAX_FAIL, WAX_P_NONE, WAX_P_NONE,
	    WAX_MONITOR, WAX_REJECT_ALWAYS, WAX_DISPOSITION_NONE, "" },
	{ "fail p=reject t=y monitored", WAX_FAIL, WAX_P_REJECT,
	    WAX_P_QUARANTINE, WAX_MONITOR, WAX_REJECT_ALWAYS,
	    WAX_DISPOSITION_NONE, "policy_test_mode local_policy" },
};

static struct wax_str
reasons_of(const struct wax_verdict *verdict)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < verdict->n_reasons; i++)
		wax_text_addf(&text, "%s%s", i > 0 ? " " : "",
		    wax_override_word(verdict->reason[i].type));
	return wax_text_str(&text);
}

START_TEST(test_disposition_and_reasons)
{
	struct wax_verdict verdict;

	sample_set_dmarc(
	    &m, disposition_rows[_i].result, disposition_rows[_i].policy);
	m.results.dmarc.published = disposition_rows[_i].published;
	m.policy.mode = disposition_rows[_i].mode;
	m.policy.on_reject = disposition_rows[_i].on_reject;
	verdict = decide();
	ck_assert_msg(verdict.disposition == disposition_rows[_i].disposition,
	    "%s: %s", disposition_rows[_i].name,
	    wax_disposition_word(verdict.disposition));
	ck_assert_wax_str_eq(
	    reasons_of(&verdict), disposition_rows[_i].reasons);
	for (size_t i = 0; i < verdict.n_reasons; i++)
		ck_assert_uint_gt(verdict.reason[i].comment.n, 0);
}
END_TEST

START_TEST(test_stricter_rule_is_a_reason)
{
	struct wax_verdict verdict;

	m.policy.on_spf_fail = WAX_REJECT;
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_NONE);
	verdict = decide();
	ck_assert_int_eq(verdict.disposition, WAX_DISPOSITION_REJECT);
	ck_assert_wax_str_eq(reasons_of(&verdict), "local_policy");
	ck_assert_wax_str_eq(verdict.reason[0].comment, "on-spf-fail");
}
END_TEST

START_TEST(test_test_mode_is_a_reason)
{
	struct wax_verdict verdict;

	sample_set_dmarc(&m, WAX_FAIL, WAX_P_QUARANTINE);
	m.results.dmarc.published = WAX_P_REJECT;
	m.results.dmarc.applied_tag = "sp";
	verdict = decide();
	ck_assert_wax_str_eq(
	    verdict.reason[0].comment, "t=y: sp=reject taken as quarantine");
}
END_TEST

START_TEST(test_broken_signature_of_nobody_is_no_sign)
{
	sample_add_spf_pass(&m, "relay.example");
	sample_add_signature(&m, WAX_FAIL, "")->broken = true;
	ck_assert_decides(WAX_REJECT, WAX_RULE_DMARC);
	m.results.dmarc.org_domain = dom("");
	m.signature[0].sdid = dom("sub.author.example");
	ck_assert_decides(WAX_REJECT, WAX_RULE_DMARC);
	m.signature[0].sdid = dom("author.example");
	ck_assert_decides(WAX_QUARANTINE, WAX_RULE_DMARC);
}
END_TEST

START_TEST(test_mediator_is_named_in_the_reason)
{
	struct wax_verdict verdict;

	apply_traits(SPF_OWN | LIST_ID_OWN);
	verdict = decide();
	ck_assert_wax_str_eq(reasons_of(&verdict), "local_policy");
	ck_assert_wax_str_eq(
	    verdict.reason[0].comment, "relayed by relay.example (list id)");
}
END_TEST

START_TEST(test_monitor_applies_nothing)
{
	struct wax_verdict verdict;

	m.policy.mode = WAX_MONITOR;
	verdict = decide();
	ck_assert_int_eq(verdict.action, WAX_REJECT);
	ck_assert_int_eq(verdict.applied, WAX_ACCEPT);
	m.policy.on_overload = WAX_TEMPFAIL;
	verdict = wax_verdict_unjudged(&m.policy, WAX_RULE_OVERLOAD);
	ck_assert_int_eq(verdict.action, WAX_TEMPFAIL);
	ck_assert_int_eq(verdict.applied, WAX_ACCEPT);
}
END_TEST

START_TEST(test_unjudged_as_configured)
{
	struct wax_verdict verdict =
	    wax_verdict_unjudged(&m.policy, WAX_RULE_OVERLOAD);

	ck_assert_int_eq(verdict.applied, WAX_TEMPFAIL);
	ck_assert_wax_str_eq(verdict.smtp_code, "451");
	ck_assert_wax_str_eq(verdict.enhanced_code, "4.3.2");
	ck_assert_wax_str_eq(verdict.text, "Too busy, please try again later");
	ck_assert_wax_str_eq(verdict.why, "too much to do");
	m.policy.on_overload = WAX_ACCEPT;
	verdict = wax_verdict_unjudged(&m.policy, WAX_RULE_OVERLOAD);
	ck_assert_int_eq(verdict.applied, WAX_ACCEPT);
	verdict = wax_verdict_unjudged(&m.policy, WAX_RULE_INTERNAL_ERROR);
	ck_assert_int_eq(verdict.applied, WAX_TEMPFAIL);
	ck_assert_wax_str_eq(verdict.enhanced_code, "4.3.2");
	ck_assert_wax_str_eq(
	    verdict.text, "Internal error, please try again later");
	ck_assert_wax_str_eq(verdict.why, "internal error");
	m.policy.on_internal_error = WAX_ACCEPT;
	verdict = wax_verdict_unjudged(&m.policy, WAX_RULE_INTERNAL_ERROR);
	ck_assert_int_eq(verdict.applied, WAX_ACCEPT);
}
END_TEST

#define N_OF(rows) (int)(sizeof(rows) / sizeof(rows)[0])

Suite *
wax_verdict_suite(void)
{
	Suite *s = suite_create("verdict");
	TCase *tc = tcase_create("verdict");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_dmarc_decides, 0, N_OF(dmarc_rows));
	tcase_add_test(tc, test_author_must_be_one);
	tcase_add_test(tc, test_spf_fail_decides_unless_dmarc_passed);
	tcase_add_test(tc, test_dkim_fail_means_signed_and_none_passed);
	tcase_add_loop_test(tc, test_stricter_decides, 0, N_OF(strict_rows));
	tcase_add_test(
	    tc, test_spent_questions_do_not_matter_where_dmarc_passed);
	tcase_add_loop_test(
	    tc, test_spent_questions_soften_no_refusal, 0, N_OF(spent_rows));
	tcase_add_loop_test(tc, test_mediator_makes_a_refusal_a_quarantine, 0,
	    N_OF(mediator_rows));
	tcase_add_test(tc, test_author_domain_is_no_mediator_of_itself);
	tcase_add_test(tc, test_srs_must_be_of_the_domain_that_passed);
	tcase_add_loop_test(
	    tc, test_disposition_and_reasons, 0, N_OF(disposition_rows));
	tcase_add_test(tc, test_stricter_rule_is_a_reason);
	tcase_add_test(tc, test_test_mode_is_a_reason);
	tcase_add_test(tc, test_broken_signature_of_nobody_is_no_sign);
	tcase_add_test(tc, test_mediator_is_named_in_the_reason);
	tcase_add_test(tc, test_monitor_applies_nothing);
	tcase_add_test(tc, test_unjudged_as_configured);
	suite_add_tcase(s, tc);
	return s;
}
