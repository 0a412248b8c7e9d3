/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/plan.h"
#include "tests/unit/top/suites.h"

static struct wax_arena *arena;
static struct sample m;
static struct wax_forged forged;

static void
setup(void)
{
	static const struct wax_str strip[] = { WAX_STR_INIT(
	    "old.rcpt.example") };

	arena = wax_arena_new("test", 0);
	sample_spoof(&m);
	m.policy.strip_authserv_ids = (struct wax_str_list){ 1, strip };
	wax_forged_init(&forged, arena, &m.policy);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static void
field(const char *name, const char *value)
{
	wax_forged_field(&forged, wax_exact(name), wax_exact(value));
}

/* A header with forged fields at 2, 3 and 5, and two of the quarantine. */
static void
forge(void)
{
	field("Authentication-Results", " other.example; dkim=pass");
	field("From", " <info@bank.example>");
	field("authentication-results", " mx.rcpt.example; dmarc=pass");
	field("Authentication-Results ", " MX.rcpt.EXAMPLE 1; none");
	field("ARC-Authentication-Results", " i=1; mx.rcpt.example; none");
	field(" ", " mx.rcpt.example; none");
	field("Authentication-Results", " third.example; none");
	field("Authentication-Results", " \"old.rcpt.example\"; spf=pass");
	field("X-Sealwax-Quarantine", " dmarc; whatever");
	field("X-SEALWAX-quarantine", "");
}

/* "-name/index" and "+name", one after the other. */
static struct wax_str
shown(const struct wax_plan *plan)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < plan->n_edits; i++)
		if (plan->edit[i].kind == WAX_EDIT_DELETE)
			wax_text_addf(&text, "-%.*s/%u ",
			    WAX_FMT(plan->edit[i].name), plan->edit[i].index);
		else
			wax_text_addf(
			    &text, "+%.*s ", WAX_FMT(plan->edit[i].name));
	return wax_text_str(&text);
}

static const struct wax_plan *
make(void)
{
	struct wax_verdict verdict =
	    wax_verdict_decide(arena, &m.policy, &m.facts, &m.results);

	return wax_plan_make(
	    arena, &m.policy, &m.facts, &forged, &m.results, &verdict);
}

#define DELETED                                                \
	"-Authentication-Results/5 -Authentication-Results/3 " \
	"-Authentication-Results/2 -X-Sealwax-Quarantine/2 "   \
	"-X-Sealwax-Quarantine/1 "

START_TEST(test_deletes_first_and_from_the_highest_down)
{
	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	forge();
	ck_assert_wax_str_eq(shown(make()), DELETED "+Authentication-Results ");
	ck_assert_int_eq(make()->action, WAX_ACCEPT);
	ck_assert_uint_eq(make()->text.n, 0);
	ck_assert_uint_eq(make()->quarantine.n, 0);
}
END_TEST

START_TEST(test_results_stand_topmost)
{
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_QUARANTINE);
	m.policy.received_spf = true;
	m.policy.quarantine_by_header = true;
	ck_assert_wax_str_eq(shown(make()),
	    "+X-Sealwax-Quarantine +Received-SPF +Authentication-Results ");
	ck_assert_int_eq(make()->action, WAX_QUARANTINE);
	ck_assert_uint_eq(make()->quarantine.n, 0);
}
END_TEST

START_TEST(test_hold_has_a_reason_and_no_header)
{
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_QUARANTINE);
	ck_assert_wax_str_eq(shown(make()), "+Authentication-Results ");
	ck_assert_wax_str_eq(make()->quarantine,
	    "DMARC fail for author.example, policy p=quarantine: SPF fail, "
	    "DKIM none");
}
END_TEST

START_TEST(test_quarantine_header_is_folded)
{
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_QUARANTINE);
	m.policy.quarantine_by_header = true;
	ck_assert_wax_str_eq(make()->edit[0].value,
	    " dmarc; DMARC fail for author.example, policy\n"
	    "\tp=quarantine: SPF fail, DKIM none");
}
END_TEST

START_TEST(test_quarantine_header_folds_at_the_last_column)
{
	static char name[60];
	size_t widest = 0;

	memset(name, 'a', sizeof name);
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_QUARANTINE);
	m.policy.quarantine_by_header = true;
	for (size_t n = 1; n <= sizeof name; n++) {
		struct wax_str value, line;
		size_t before = sizeof "X-Sealwax-Quarantine:" - 1;

		m.results.dmarc.author_domain.text =
		    (struct wax_str){ name, n };
		value = make()->edit[0].value;
		while (wax_str_cut(&value, '\n', &line)) {
			/* The tab of a fold takes eight columns. */
			size_t width = line.n + before;

			ck_assert_uint_le(width, WAX_HEADER_LINE_FOLD);
			widest = width > widest ? width : widest;
			before = 7;
		}
	}
	ck_assert_uint_eq(widest, WAX_HEADER_LINE_FOLD);
}
END_TEST

START_TEST(test_refusal_edits_nothing)
{
	const struct wax_plan *plan;

	forge();
	plan = make();
	ck_assert_uint_eq(plan->n_edits, 0);
	ck_assert_int_eq(plan->action, WAX_REJECT);
	ck_assert_wax_str_eq(plan->smtp_code, "550");
	ck_assert_wax_str_eq(plan->enhanced_code, "5.7.26");
	ck_assert_uint_gt(plan->text.n, 0);
}
END_TEST

START_TEST(test_monitoring_edits_and_accepts)
{
	forge();
	m.policy.mode = WAX_MONITOR;
	ck_assert_wax_str_eq(shown(make()), DELETED "+Authentication-Results ");
	ck_assert_int_eq(make()->action, WAX_ACCEPT);
	ck_assert_uint_eq(make()->text.n, 0);
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_QUARANTINE);
	ck_assert_uint_eq(make()->quarantine.n, 0);
}
END_TEST

static const struct {
	const char *name;
	enum wax_exempt exempt;
	const char *edits;
} unjudged_rows[] = {
	{ "overload", WAX_JUDGED, DELETED },
	{ "internal", WAX_EXEMPT_INTERNAL, "" },
	{ "authenticated", WAX_EXEMPT_AUTHENTICATED, DELETED },
	{ "originating", WAX_EXEMPT_ORIGINATING, DELETED },
};

START_TEST(test_unjudged_mail_keeps_no_forged_results)
{
	forge();
	ck_assert_wax_str_eq(shown(wax_plan_unjudged(arena,
	                         unjudged_rows[_i].exempt, &forged, NULL)),
	    unjudged_rows[_i].edits);
}
END_TEST

START_TEST(test_overload_plan)
{
	struct wax_verdict verdict =
	    wax_verdict_unjudged(&m.policy, WAX_RULE_OVERLOAD);
	const struct wax_plan *plan;

	forge();
	plan = wax_plan_unjudged(arena, WAX_JUDGED, &forged, &verdict);
	ck_assert_uint_eq(plan->n_edits, 0);
	ck_assert_int_eq(plan->action, WAX_TEMPFAIL);
	ck_assert_wax_str_eq(plan->smtp_code, "451");
	m.policy.on_overload = WAX_ACCEPT;
	verdict = wax_verdict_unjudged(&m.policy, WAX_RULE_OVERLOAD);
	plan = wax_plan_unjudged(arena, WAX_JUDGED, &forged, &verdict);
	ck_assert_wax_str_eq(shown(plan), DELETED);
	ck_assert_int_eq(plan->action, WAX_ACCEPT);
	ck_assert_uint_eq(plan->text.n, 0);
}
END_TEST

/* However many there are, and however long. */
START_TEST(test_forged_fields_take_no_memory)
{
	static char value[60000];
	const struct wax_str field_value = { value, sizeof value };

	memset(value, '"', sizeof value);
	memcpy(value, " mx.rcpt.example; x=", 20);
	for (size_t i = 0; i < 300; i++)
		wax_forged_field(
		    &forged, WAX_STR("Authentication-Results"), field_value);
	ck_assert_uint_eq(forged.authres.place.n, 300);
	ck_assert_uint_lt(wax_arena_bytes(arena), 100000);
}
END_TEST

#define N_OF(table) (int)(sizeof(table) / sizeof(table)[0])

Suite *
wax_plan_suite(void)
{
	Suite *s = suite_create("plan");
	TCase *tc = tcase_create("plan");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_deletes_first_and_from_the_highest_down);
	tcase_add_test(tc, test_results_stand_topmost);
	tcase_add_test(tc, test_hold_has_a_reason_and_no_header);
	tcase_add_test(tc, test_quarantine_header_is_folded);
	tcase_add_test(tc, test_quarantine_header_folds_at_the_last_column);
	tcase_add_test(tc, test_refusal_edits_nothing);
	tcase_add_test(tc, test_monitoring_edits_and_accepts);
	tcase_add_loop_test(tc, test_unjudged_mail_keeps_no_forged_results, 0,
	    N_OF(unjudged_rows));
	tcase_add_test(tc, test_overload_plan);
	tcase_add_test(tc, test_forged_fields_take_no_memory);
	suite_add_tcase(s, tc);
	return s;
}
