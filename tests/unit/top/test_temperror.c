/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * on-temperror decides only where a missing answer could change the action:
 * which question is missing, what else passed, and what the policies are.
 */
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

/* What is missing. */
enum missing {
	SPF_ALIGNED,  /* SPF of the Author Domain */
	SPF_OTHER,    /* SPF of another domain */
	KEY_ALIGNED,  /* the key of an aligned signature */
	KEY_OTHER,    /* the key of another's signature */
	RECORD,       /* the policy record, nothing authenticated */
	RECORD_OTHER, /* the same, and another domain's SPF passed */
	EXISTENCE,    /* np or sp: nothing authenticated */
	ALIGNMENT     /* whether the domain whose SPF passed aligns */
};

static const struct {
	const char *name;
	enum missing missing;
	enum wax_dmarc_policy least, most; /* of the Author Domain */
	enum wax_action on_spf_fail, on_dkim_fail;
	bool has_list_id; /* at other.example */
	enum wax_action action;
} rows[] = {
	{ "spf aligned, p=reject", SPF_ALIGNED, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "spf aligned, p=quarantine", SPF_ALIGNED, WAX_P_QUARANTINE,
	    WAX_P_QUARANTINE, WAX_ACCEPT, WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "spf aligned, p=none", SPF_ALIGNED, WAX_P_NONE, WAX_P_NONE,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_ACCEPT },
	{ "spf aligned, p=none, on-spf-fail", SPF_ALIGNED, WAX_P_NONE,
	    WAX_P_NONE, WAX_REJECT, WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "spf other, p=reject", SPF_OTHER, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_REJECT },
	{ "spf other, p=reject, List-Id", SPF_OTHER, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, true, WAX_TEMPFAIL },
	{ "spf other, p=quarantine, List-Id", SPF_OTHER, WAX_P_QUARANTINE,
	    WAX_P_QUARANTINE, WAX_ACCEPT, WAX_ACCEPT, true, WAX_QUARANTINE },
	{ "spf other, p=quarantine, on-spf-fail", SPF_OTHER, WAX_P_QUARANTINE,
	    WAX_P_QUARANTINE, WAX_REJECT, WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "spf other, p=reject, on-spf-fail", SPF_OTHER, WAX_P_REJECT,
	    WAX_P_REJECT, WAX_REJECT, WAX_ACCEPT, false, WAX_REJECT },
	{ "spf other, p=none", SPF_OTHER, WAX_P_NONE, WAX_P_NONE, WAX_ACCEPT,
	    WAX_ACCEPT, true, WAX_ACCEPT },
	{ "key aligned, p=reject", KEY_ALIGNED, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "key aligned, p=none", KEY_ALIGNED, WAX_P_NONE, WAX_P_NONE,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_ACCEPT },
	{ "key aligned, p=none, on-dkim-fail", KEY_ALIGNED, WAX_P_NONE,
	    WAX_P_NONE, WAX_ACCEPT, WAX_QUARANTINE, false, WAX_TEMPFAIL },
	{ "key other, p=reject", KEY_OTHER, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_REJECT },
	{ "key other, p=reject, List-Id", KEY_OTHER, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, true, WAX_TEMPFAIL },
	{ "record, any policy", RECORD, WAX_P_NONE, WAX_P_REJECT, WAX_ACCEPT,
	    WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "record other", RECORD_OTHER, WAX_P_NONE, WAX_P_REJECT, WAX_ACCEPT,
	    WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "existence, sp=np=none", EXISTENCE, WAX_P_NONE, WAX_P_NONE,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_ACCEPT },
	{ "existence, sp=none np=reject", EXISTENCE, WAX_P_NONE, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "existence, sp=quarantine np=reject", EXISTENCE, WAX_P_QUARANTINE,
	    WAX_P_REJECT, WAX_ACCEPT, WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "existence, all reject", EXISTENCE, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_REJECT },
	{ "alignment, p=reject", ALIGNMENT, WAX_P_REJECT, WAX_P_REJECT,
	    WAX_ACCEPT, WAX_ACCEPT, false, WAX_TEMPFAIL },
	{ "alignment, p=none", ALIGNMENT, WAX_P_NONE, WAX_P_NONE, WAX_ACCEPT,
	    WAX_ACCEPT, false, WAX_ACCEPT },
};

static void
miss_spf(const char *domain)
{
	m.results.mailfrom.result = WAX_TEMPERROR;
	m.results.mailfrom.domain = dom(domain);
	m.results.mailfrom.undecided = true;
}

static void
miss_key(const char *domain)
{
	struct wax_dkim_signature *one =
	    sample_add_signature(&m, WAX_TEMPERROR, domain);

	one->undecided = true;
}

static void
miss(enum missing missing)
{
	struct wax_dmarc_result *dmarc = &m.results.dmarc;

	switch (missing) {
	case SPF_ALIGNED:
		miss_spf("author.example");
		dmarc->result = WAX_TEMPERROR;
		dmarc->undecided_spf = dmarc->could_pass = true;
		return;
	case SPF_OTHER:
		miss_spf("other.example");
		return;
	case KEY_ALIGNED:
		miss_key("author.example");
		dmarc->result = WAX_TEMPERROR;
		dmarc->undecided_dkim = dmarc->could_pass = true;
		return;
	case KEY_OTHER:
		miss_key("other.example");
		return;
	case RECORD_OTHER:
		sample_add_spf_pass(&m, "other.example");
		break;
	case ALIGNMENT:
		sample_add_spf_pass(&m, "sub.author.example");
		dmarc->could_pass = true;
		break;
	case RECORD:
	case EXISTENCE:
		break;
	}
	dmarc->result = WAX_TEMPERROR;
	dmarc->undecided_policy = true;
}

static void
prepare(int i)
{
	sample_set_dmarc(&m, WAX_FAIL, rows[i].least);
	m.results.dmarc.most = rows[i].most;
	m.policy.on_spf_fail = rows[i].on_spf_fail;
	m.policy.on_dkim_fail = rows[i].on_dkim_fail;
	if (rows[i].has_list_id)
		m.facts.list_id = dom("list.other.example");
	m.results.mailfrom.result =
	    rows[i].on_spf_fail == WAX_ACCEPT ? WAX_FAIL : WAX_NEUTRAL;
	miss(rows[i].missing);
}

static struct wax_verdict
decide(void)
{
	return wax_verdict_decide(arena, &m.policy, &m.facts, &m.results);
}

START_TEST(test_missing_answer)
{
	struct wax_verdict verdict;

	prepare(_i);
	verdict = decide();
	ck_assert_msg(verdict.action == rows[_i].action, "%s: %s",
	    rows[_i].name, wax_action_word(verdict.action));
	ck_assert_int_eq(
	    verdict.action == WAX_TEMPFAIL, verdict.rule == WAX_RULE_TEMPERROR);
	ck_assert_int_eq(verdict.disposition,
	    verdict.action == WAX_REJECT       ? WAX_DISPOSITION_REJECT
	    : verdict.action == WAX_QUARANTINE ? WAX_DISPOSITION_QUARANTINE
	                                       : WAX_DISPOSITION_NONE);
}
END_TEST

/* on-temperror = accept takes the mildest of the possible actions: it is no
 * way around a policy that applies whatever the answer. */
START_TEST(test_accept_is_the_mildest_possible)
{
	struct wax_verdict verdict;

	m.policy.on_temperror = WAX_ACCEPT;
	prepare(0); /* an aligned pass is possible */
	verdict = decide();
	ck_assert_int_eq(verdict.action, WAX_ACCEPT);
	ck_assert_int_eq(verdict.rule, WAX_RULE_TEMPERROR);
	sample_spoof(&m);
	m.policy.on_temperror = WAX_ACCEPT;
	miss_spf("other.example");
	m.facts.list_id = dom("other.example");
	verdict = decide(); /* a mediator is possible, a pass is not */
	ck_assert_int_eq(verdict.action, WAX_QUARANTINE);
	ck_assert_int_eq(verdict.rule, WAX_RULE_TEMPERROR);
}
END_TEST

/* An aligned pass settles it, whatever else is missing. */
START_TEST(test_aligned_pass_needs_no_more_answers)
{
	miss_spf("author.example");
	m.policy.on_spf_fail = WAX_REJECT;
	m.policy.on_dkim_fail = WAX_REJECT;
	(void)sample_add_signature(&m, WAX_PASS, "author.example");
	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	ck_assert_int_eq(decide().action, WAX_ACCEPT);
	ck_assert_int_eq(decide().rule, WAX_RULE_NONE);
}
END_TEST

START_TEST(test_bad_from_needs_no_answers)
{
	miss_spf("author.example");
	m.results.dmarc.author_status = WAX_AUTHOR_NONE;
	sample_set_dmarc(&m, WAX_PERMERROR, WAX_P_NONE);
	ck_assert_int_eq(decide().action, WAX_REJECT);
	ck_assert_int_eq(decide().rule, WAX_RULE_BAD_FROM);
}
END_TEST

START_TEST(test_undecided_author_key_could_be_a_mediators_sign)
{
	/* A list that authenticates itself, and a signature of the author
	 * whose key did not come. */
	sample_add_spf_pass(&m, "list.example");
	miss_key("author.example");
	m.results.dmarc.result = WAX_TEMPERROR;
	m.results.dmarc.undecided_dkim = m.results.dmarc.could_pass = true;
	ck_assert_int_eq(decide().action, WAX_TEMPFAIL);
	/* The same below the Author Domain, where it cannot align. */
	m.signature[0].sdid = dom("sub.author.example");
	m.results.dmarc.result = WAX_FAIL;
	m.results.dmarc.undecided_dkim = m.results.dmarc.could_pass = false;
	ck_assert_int_eq(decide().action, WAX_TEMPFAIL);
}
END_TEST

/* One signature cannot both authenticate its domain and be the broken one
 * that makes this a mediator; of two, each can be one of them. */
START_TEST(test_undecided_key_does_not_count_twice)
{
	miss_key("sub.author.example");
	ck_assert_int_eq(decide().action, WAX_REJECT);
	miss_key("sub.author.example");
	ck_assert_int_eq(decide().action, WAX_TEMPFAIL);
}
END_TEST

static const struct {
	const char *name;
	enum missing missing;
	const char *code;
} code_rows[] = {
	{ "spf", SPF_ALIGNED, "4.7.24" },
	{ "key", KEY_ALIGNED, "4.4.3" },
	{ "record", RECORD, "4.4.3" },
};

START_TEST(test_codes_of_dns_trouble)
{
	struct wax_verdict verdict;

	sample_set_dmarc(&m, WAX_FAIL, WAX_P_NONE);
	m.results.dmarc.least = WAX_P_NONE;
	m.results.dmarc.most = WAX_P_REJECT;
	miss(code_rows[_i].missing);
	verdict = decide();
	ck_assert_int_eq(verdict.action, WAX_TEMPFAIL);
	ck_assert_wax_str_eq(verdict.smtp_code, "451");
	ck_assert_wax_str_eq(verdict.enhanced_code, code_rows[_i].code);
}
END_TEST

#define N_OF(table) (int)(sizeof(table) / sizeof(table)[0])

Suite *
wax_temperror_suite(void)
{
	Suite *s = suite_create("temperror");
	TCase *tc = tcase_create("temperror");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_missing_answer, 0, N_OF(rows));
	tcase_add_test(tc, test_accept_is_the_mildest_possible);
	tcase_add_test(tc, test_aligned_pass_needs_no_more_answers);
	tcase_add_test(tc, test_bad_from_needs_no_answers);
	tcase_add_test(tc, test_undecided_author_key_could_be_a_mediators_sign);
	tcase_add_test(tc, test_undecided_key_does_not_count_twice);
	tcase_add_loop_test(tc, test_codes_of_dns_trouble, 0, N_OF(code_rows));
	suite_add_tcase(s, tc);
	return s;
}
