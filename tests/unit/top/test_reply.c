/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/unit/top/suites.h"

static struct wax_arena *arena;
static struct sample m;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	sample_spoof(&m);
	m.facts.queue_id = WAX_STR("4ZxYc12");
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

START_TEST(test_dmarc_reply)
{
	ck_assert_wax_str_eq(decide().smtp_code, "550");
	ck_assert_wax_str_eq(decide().enhanced_code, "5.7.26");
	ck_assert_wax_str_eq(decide().text,
	    "DMARC fail for author.example, policy p=reject: SPF fail, "
	    "DKIM none (4ZxYc12)");
	m.results.dmarc.author_domain = dom("news.author.example");
	m.results.dmarc.applied_tag = "sp";
	m.policy.reject_url = WAX_STR("https://rcpt.example/why");
	sample_add_spf_pass(&m, "attacker.example");
	(void)sample_add_signature(&m, WAX_FAIL, "author.example");
	ck_assert_wax_str_eq(decide().text,
	    "DMARC fail for news.author.example, policy sp=reject of "
	    "author.example: SPF pass for attacker.example (not aligned), "
	    "DKIM fail for author.example (4ZxYc12) https://rcpt.example/why");
	(void)sample_add_signature(&m, WAX_PASS, "other.example");
	ck_assert_ptr_nonnull(
	    strstr(wax_str_z(arena, decide().text), "DKIM pass for other"));
}
END_TEST

/* The longest there can be: four domains of 253 octets, queue id, URL. */
START_TEST(test_reply_is_bounded)
{
	static char long_name[254], url[1000];
	struct wax_verdict verdict;
	size_t octets, longest = 0;

	memset(long_name, 'a', 253);
	for (size_t i = 60; i < 253; i += 61)
		long_name[i] = '.';
	memset(url, 'u', sizeof url - 1);
	m.results.dmarc.author_domain = dom(long_name);
	m.results.dmarc.applied_tag = "np";
	m.results.dmarc.policy_domain = dom("b.example");
	m.results.dmarc.policy_domain.text.p = long_name + 1;
	m.results.dmarc.policy_domain.text.n = 252;
	sample_add_spf_pass(&m, long_name);
	(void)sample_add_signature(&m, WAX_PASS, long_name);
	for (size_t n = 1; n < sizeof url; n++) {
		m.policy.reject_url = (struct wax_str){ url, n };
		verdict = decide();
		octets = verdict.smtp_code.n + verdict.enhanced_code.n + 2 +
		         verdict.text.n;
		ck_assert_uint_le(octets, WAX_REPLY_MAX);
		longest = octets > longest ? octets : longest;
		ck_assert_ptr_nonnull(
		    strstr(wax_str_z(arena, verdict.text), "(4ZxYc12)"));
	}
	ck_assert_uint_eq(longest, WAX_REPLY_MAX);
	ck_assert_ptr_null(strstr(wax_str_z(arena, verdict.text), "uuuu"));
}
END_TEST

START_TEST(test_reply_refuses_odd_octets)
{
	m.facts.queue_id = WAX_STR("x\r\n250 OK");
	m.policy.reject_url = WAX_STR("https://x/\r\n");
	ck_assert_wax_str_eq(decide().text,
	    "DMARC fail for author.example, policy p=reject: SPF fail, "
	    "DKIM none");
}
END_TEST

#define SIXTY_FOUR \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *queue_id, *url, *end;
} edge_rows[] = {
	{ "", "", "DKIM none" },
	{ "A-b_c.9", "", "DKIM none (A-b_c.9)" },
	{ "a b", "", "DKIM none" },
	{ SIXTY_FOUR, "", "DKIM none (" SIXTY_FOUR ")" },
	{ SIXTY_FOUR "0", "", "DKIM none" },
	{ "", "https://h/~a", "DKIM none https://h/~a" },
	{ "", "https://h/ a", "DKIM none" },
	{ "", "https://h/\x7f", "DKIM none" },
};

START_TEST(test_reply_edges)
{
	m.facts.queue_id = wax_str_of(edge_rows[_i].queue_id);
	m.policy.reject_url = wax_str_of(edge_rows[_i].url);
	ck_assert_msg(
	    wax_str_ends(decide().text, wax_str_of(edge_rows[_i].end)), "%.*s",
	    WAX_FMT(decide().text));
}
END_TEST

START_TEST(test_other_replies)
{
	m.policy.on_spf_fail = WAX_REJECT;
	sample_set_dmarc(&m, WAX_NONE, WAX_P_NONE);
	ck_assert_wax_str_eq(decide().text,
	    "SPF fail: 192.0.2.66 may not send mail for author.example "
	    "(4ZxYc12)");
	m.policy.on_spf_fail = WAX_ACCEPT;
	m.policy.on_dkim_fail = WAX_REJECT;
	(void)sample_add_signature(&m, WAX_FAIL, "a.example");
	ck_assert_wax_str_eq(decide().text,
	    "No DKIM signature is valid: DKIM fail for a.example (4ZxYc12)");
	m.policy.on_dkim_fail = WAX_ACCEPT;
	m.policy.on_limit = WAX_REJECT;
	m.facts.limit = m.results.limit = "max-fields";
	ck_assert_wax_str_eq(
	    decide().text, "Message exceeds the limit max-fields (4ZxYc12)");
	m.results.dmarc.author_status = WAX_AUTHOR_SEVERAL;
	m.results.author_reason = WAX_STR("several From fields");
	ck_assert_wax_str_eq(decide().text,
	    "The From field does not name one usable author domain: several "
	    "From fields (4ZxYc12)");
}
END_TEST

START_TEST(test_why_says_what_was_accepted)
{
	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	ck_assert_wax_str_eq(decide().why, "DMARC pass for author.example");
	ck_assert_uint_eq(decide().text.n, 0);
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_NONE);
	ck_assert_wax_str_eq(decide().why,
	    "DMARC fail for author.example, policy p=none: SPF fail, DKIM "
	    "none");
}
END_TEST

/* The end of a long domain is shown. */
START_TEST(test_long_domains_are_cut)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < 60 - 8; i++)
		wax_text_addc(&text, 'b');
	wax_text_addz(&text, ".example");
	m.results.dmarc.author_domain.text = wax_text_str(&text);
	m.results.dmarc.policy_domain.text = wax_text_str(&text);
	ck_assert_wax_str_eq(decide().why,
	    "DMARC fail for "
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	    ".example, policy p=reject: SPF fail, DKIM none");
	m.results.dmarc.author_domain.text =
	    wax_textf(arena, "a%.*s", WAX_FMT(wax_text_str(&text)));
	m.results.dmarc.policy_domain = m.results.dmarc.author_domain;
	ck_assert_wax_str_eq(decide().why,
	    "DMARC fail for "
	    "...bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	    ".example, policy p=reject: SPF fail, DKIM none");
}
END_TEST

START_TEST(test_one_signature_is_named)
{
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_NONE);
	(void)sample_add_signature(&m, WAX_FAIL, "");
	ck_assert_wax_str_eq(decide().why,
	    "DMARC fail for author.example, policy p=none: SPF fail, DKIM "
	    "fail");
	(void)sample_add_signature(&m, WAX_PASS, "first.example");
	(void)sample_add_signature(&m, WAX_PASS, "second.example");
	ck_assert_wax_str_eq(decide().why,
	    "DMARC fail for author.example, policy p=none: SPF fail, DKIM "
	    "pass for first.example (not aligned)");
}
END_TEST

START_TEST(test_dns_trouble_is_named)
{
	struct wax_dmarc_result *dmarc = &m.results.dmarc;

	sample_set_dmarc(&m, WAX_TEMPERROR, WAX_P_REJECT);
	dmarc->could_pass = dmarc->undecided_spf = true;
	m.policy.reject_url = WAX_STR("https://rcpt.example/");
	ck_assert_wax_str_eq(decide().text,
	    "DNS trouble: SPF of author.example could not be read (4ZxYc12)");
	dmarc->undecided_spf = false;
	dmarc->undecided_dkim = true;
	ck_assert_wax_str_eq(decide().text,
	    "DNS trouble: the key of a DKIM signature could not be read "
	    "(4ZxYc12)");
	dmarc->undecided_dkim = false;
	dmarc->undecided_policy = true;
	ck_assert_wax_str_eq(decide().text,
	    "DNS trouble: DMARC policy of author.example could not be read "
	    "(4ZxYc12)");
	/* What is missing is not DMARC's, but a mediator's. */
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_REJECT);
	dmarc->could_pass = dmarc->undecided_policy = false;
	sample_add_signature(&m, WAX_TEMPERROR, "list.example")->undecided =
	    true;
	m.facts.list_id = dom("list.example");
	ck_assert_wax_str_eq(decide().text,
	    "DNS trouble: the key of a DKIM signature could not be read "
	    "(4ZxYc12)");
}
END_TEST

START_TEST(test_why_names_reason_and_mediator)
{
	m.results.author_reason = WAX_STR("several From fields");
	sample_add_spf_pass(&m, "list.example");
	m.facts.list_id = dom("list.example");
	ck_assert_wax_str_eq(decide().why,
	    "DMARC fail for author.example, policy p=reject: SPF pass for "
	    "list.example (not aligned), DKIM none; relayed by list.example "
	    "(list id)");
	m.results.dmarc.author_status = WAX_AUTHOR_SEVERAL;
	ck_assert_wax_str_eq(decide().why,
	    "The From field does not name one usable author domain: several "
	    "From fields");
	m.results.author_reason = WAX_STR("");
	ck_assert_wax_str_eq(decide().why,
	    "The From field does not name one usable author domain");
	ck_assert_wax_str_eq(decide().text,
	    "The From field does not name one usable author domain "
	    "(4ZxYc12)");
}
END_TEST

Suite *
wax_reply_suite(void)
{
	Suite *s = suite_create("reply");
	TCase *tc = tcase_create("reply");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_dmarc_reply);
	tcase_add_test(tc, test_reply_is_bounded);
	tcase_add_test(tc, test_reply_refuses_odd_octets);
	tcase_add_loop_test(tc, test_reply_edges, 0,
	    (int)(sizeof edge_rows / sizeof edge_rows[0]));
	tcase_add_test(tc, test_other_replies);
	tcase_add_test(tc, test_long_domains_are_cut);
	tcase_add_test(tc, test_one_signature_is_named);
	tcase_add_test(tc, test_dns_trouble_is_named);
	tcase_add_test(tc, test_why_names_reason_and_mediator);
	tcase_add_test(tc, test_why_says_what_was_accepted);
	suite_add_tcase(s, tc);
	return s;
}
