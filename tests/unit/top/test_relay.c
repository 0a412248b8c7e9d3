/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/relay.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/render.h"
#include "policy/report/row.h"
#include "tests/support/recording.h"
#include "tests/unit/top/bench.h"
#include "tests/unit/top/suites.h"

#define ZONE                                           \
	"bank.example TXT v=spf1 ip4:192.0.2.7 -all\n" \
	"_dmarc.bank.example TXT v=DMARC1; p=reject\n" \
	"mail.bank.example TXT v=spf1 ip4:192.0.2.7 -all\n"

static struct bench b;
static struct wax_relay relay[2];
static struct wax_network network[3];

static struct wax_ip
ip(const char *text)
{
	struct wax_ip out = { .family = WAX_IP_NONE };

	ck_assert(wax_ip_parse(wax_str_of(text), &out));
	return out;
}

/* backup: 198.51.100.9 and 2001:db8:9::/48; far: 198.51.100.32/27. */
static void
setup(void)
{
	bench_open(&b);
	ck_assert(wax_network_parse(WAX_STR("198.51.100.9"), &network[0]));
	ck_assert(wax_network_parse(WAX_STR("2001:db8:9::/48"), &network[1]));
	ck_assert(wax_network_parse(WAX_STR("198.51.100.32/27"), &network[2]));
	relay[0] = (struct wax_relay){ WAX_STR("backup"), { 2, network } };
	relay[1] = (struct wax_relay){ WAX_STR("far"), { 1, &network[2] } };
	b.policy.relays = (struct wax_relay_list){ 2, relay };
	b.connection.client = ip("198.51.100.9");
	b.connection.client_name = WAX_STR("backup.rcpt.example");
	b.envelope.helo = WAX_STR("backup.rcpt.example");
}

static void
teardown(void)
{
	bench_close(&b);
}

static struct wax_str
received(const char *helo, const char *name, const char *address)
{
	return wax_textf(b.arena,
	    " from %s (%s [%s])\n\tby backup.rcpt.example (Postfix) with ESMTP"
	    " id 4X; Tue, 24 Nov 2026 18:30:00 +0000",
	    helo, name, address);
}

static const struct {
	const char *name;
	const char *client; /* that connects */
	const char *hop[4]; /* addresses in Received, from the top; "?" does
			     * not parse */
	const char *relay;  /* "": none */
	const char *known;  /* NULL: the client is not known */
} walks[] = {
	{ "not a relay", "192.0.2.66", { "192.0.2.7" }, "", "192.0.2.66" },
	{ "no address", "", { "192.0.2.7" }, "", NULL },
	{ "one relay", "198.51.100.9", { "192.0.2.7" }, "backup", "192.0.2.7" },
	{ "relay by IPv6", "2001:db8:9::25", { "192.0.2.7" }, "backup",
	    "192.0.2.7" },
	{ "relay, v4-mapped", "::ffff:198.51.100.9", { "192.0.2.7" }, "backup",
	    "192.0.2.7" },
	{ "the second entry", "198.51.100.63", { "192.0.2.7" }, "far",
	    "192.0.2.7" },
	{ "beside it", "198.51.100.64", { "192.0.2.7" }, "", "198.51.100.64" },
	{ "two relays", "198.51.100.9", { "198.51.100.40", "192.0.2.7" },
	    "backup", "192.0.2.7" },
	{ "the same one again", "198.51.100.9",
	    { "2001:db8:9::1", "192.0.2.7" }, "backup", "192.0.2.7" },
	{ "a filter on it", "198.51.100.9", { "127.0.0.1", "::1", "192.0.2.7" },
	    "backup", "192.0.2.7" },
	{ "no further than the first stranger", "198.51.100.9",
	    { "192.0.2.66", "198.51.100.40", "192.0.2.7" }, "backup",
	    "192.0.2.66" },
	{ "nothing is skipped", "198.51.100.9", { "?", "192.0.2.7" }, "backup",
	    NULL },
	{ "nor behind a relay", "198.51.100.9",
	    { "198.51.100.40", "?", "192.0.2.7" }, "backup", NULL },
	{ "no field", "198.51.100.9", { NULL }, "backup", NULL },
	{ "no more fields", "198.51.100.9", { "127.0.0.1" }, "backup", NULL },
};

START_TEST(test_relay_walk)
{
	const char *client = walks[_i].client;
	struct wax_facts facts = { .queue_id = WAX_STR("") };
	struct wax_relay_walk walk;
	size_t n_ends = 0;
	bool is_relayed = walks[_i].relay[0] != '\0';

	if (client[0] != '\0')
		facts.connection.client = ip(client);
	facts.connection.client_name = WAX_STR("connected.example");
	facts.envelope.helo = WAX_STR("said");
	wax_relay_begin(&walk, &b.policy.relays, &facts);
	ck_assert_msg(
	    facts.relayed.is_relayed == is_relayed, "%s", walks[_i].name);
	ck_assert_wax_str_eq(facts.relayed.name, walks[_i].relay);
	for (size_t i = 0; i < 4 && walks[_i].hop[i] != NULL; i++)
		n_ends += wax_relay_received(&walk, b.arena,
		    received("h.example", "n.example", walks[_i].hop[i]),
		    &facts);
	ck_assert_msg(n_ends == (is_relayed && walks[_i].known != NULL), "%s",
	    walks[_i].name);
	ck_assert_wax_str_eq(wax_ip_format(b.arena, facts.connection.client),
	    walks[_i].known != NULL ? walks[_i].known : "unknown");
	if (!is_relayed) {
		ck_assert_wax_str_eq(facts.envelope.helo, "said");
		return;
	}
	ck_assert(facts.relayed.is_client_known == (walks[_i].known != NULL));
	ck_assert(wax_ip_eq(facts.relayed.address, ip(client)));
	ck_assert_wax_str_eq(facts.connection.client_name,
	    walks[_i].known != NULL ? "n.example" : "");
	ck_assert_wax_str_eq(
	    facts.envelope.helo, walks[_i].known != NULL ? "h.example" : "");
}
END_TEST

/* As many relays as may be, and one more. */
START_TEST(test_relay_hops)
{
	for (unsigned n = WAX_RELAY_HOPS_MAX; n <= WAX_RELAY_HOPS_MAX + 1;
	     n++) {
		struct wax_facts facts = { .connection.client =
			                       ip("198.51.100.9") };
		struct wax_relay_walk walk;

		wax_relay_begin(&walk, &b.policy.relays, &facts);
		for (unsigned i = 1; i < n; i++)
			ck_assert(!wax_relay_received(&walk, b.arena,
			    received("x", "unknown", "198.51.100.40"), &facts));
		ck_assert(wax_relay_received(&walk, b.arena,
		              received("x", "unknown", "192.0.2.7"),
		              &facts) == (n <= WAX_RELAY_HOPS_MAX));
		ck_assert(
		    facts.relayed.is_client_known == (n <= WAX_RELAY_HOPS_MAX));
	}
}
END_TEST

/* A message with one Received field in front. */
static struct wax_str
message(struct wax_str field)
{
	return wax_textf(b.arena,
	    "X-Above: 1\r\nReceived :%.*s\r\n%s"
	    "From: <info@bank.example>\r\nDate: x\r\n\r\nHello\r\n",
	    WAX_FMT(wax_crlf(b.arena, field)),
	    "Received: from x (x [192.0.2.7]) by x; x\r\n");
}

START_TEST(test_relayed_client_is_judged)
{
	b.message = message(
	    received("mail.bank.example", "mail.bank.example", "192.0.2.7"));
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_ACCEPT);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_PASS);
	ck_assert_int_eq(b.results->helo.result, WAX_PASS);
	ck_assert_wax_str_eq(b.facts->helo_domain.text, "mail.bank.example");
	b.message = message(received("mail.bank.example", "x", "192.0.2.66"));
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_QUARANTINE);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_FAIL);
	ck_assert_int_eq(b.results->helo.result, WAX_FAIL);
}
END_TEST

START_TEST(test_unknown_client_has_no_spf)
{
	struct wax_report_row row;

	b.message = message(WAX_STR(" by backup.rcpt.example (Postfix)"));
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_QUARANTINE);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_NONE);
	ck_assert_int_eq(b.results->helo.result, WAX_NONE);
	ck_assert(wax_str_eq(b.results->mailfrom.reason, wax_relay_unknown));
	/* Who connected is all that a Domain Owner can be told. */
	ck_assert(wax_report_row_make(
	    b.arena, b.facts, b.results, &b.verdict, WAX_STR(""), 0, &row));
	ck_assert(wax_ip_eq(row.tuple.source, ip("198.51.100.9")));
	ck_assert(wax_str_eq(row.tuple.spf_human, wax_relay_unknown));
}
END_TEST

/* SPF is asked about nobody before it is known whom to ask about. */
START_TEST(test_relay_itself_is_not_asked_about)
{
	struct wax_recording *recording =
	    wax_recording_new(b.arena, bench_resolver(&b, WAX_STR(ZONE)));
	struct wax_evaluation *evaluation =
	    wax_evaluation_new(b.arena, b.engines, &b.policy,
	        wax_recording_resolver(recording), &b.connection, 1780000000);

	wax_evaluation_envelope(evaluation, &b.envelope);
	ck_assert_uint_eq(wax_recording_count(recording), 0);
	wax_evaluation_field(evaluation, WAX_STR("Received"),
	    received("mail.bank.example", "x", "192.0.2.7"));
	ck_assert_uint_gt(wax_recording_count(recording), 0);
}
END_TEST

/* Whatever the relay is besides, it hands over the mail of others. */
START_TEST(test_relay_is_nothing_else)
{
	static const struct wax_network ours = {
		{ WAX_IPV4, { 198, 51, 100, 0 } }, 24
	};
	static const struct {
		const char *address;
		enum wax_exempt exempt;
	} rows[] = {
		{ "192.0.2.66", WAX_JUDGED },
		{ "198.51.100.77", WAX_EXEMPT_INTERNAL },
		{ "198.51.100.40", WAX_JUDGED }, /* a relay, too */
	};

	b.policy.internal_networks = (struct wax_network_set){ 1, &ours };
	b.envelope.auth_type = WAX_STR("PLAIN");
	b.connection.daemon_name = WAX_STR("ORIGINATING");
	ck_assert_int_eq(
	    wax_exempt_of(&b.policy, &b.connection, &b.envelope), WAX_JUDGED);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wax_evaluation *evaluation;

		b.message = message(received("x", "x", rows[i].address));
		evaluation = bench_feed(&b, bench_resolver(&b, WAX_STR(ZONE)));
		ck_assert_msg(
		    wax_evaluation_exempt(evaluation) == rows[i].exempt, "%s",
		    rows[i].address);
		ck_assert_int_eq(
		    wax_evaluation_facts(evaluation)->relayed.is_relayed, true);
	}
}
END_TEST

/* Every rule at its strictest, in every combination of failures. */
START_TEST(test_relay_is_never_refused)
{
	const bool accepts = (_i & 1) != 0;
	struct sample m;
	struct wax_verdict verdict;

	sample_spoof(&m);
	m.policy.on_reject = WAX_REJECT_ALWAYS;
	m.policy.on_spf_fail = m.policy.on_dkim_fail = m.policy.on_limit =
	    m.policy.on_null_mx = WAX_REJECT;
	m.policy.on_relay_reject = accepts ? WAX_ACCEPT : WAX_QUARANTINE;
	if ((_i & 2) != 0)
		sample_set_dmarc(&m, WAX_FAIL, WAX_P_NONE);
	if ((_i & 4) != 0)
		(void)sample_add_signature(&m, WAX_FAIL, "x.example");
	if ((_i & 8) != 0)
		m.results.limit = m.facts.limit = "max-fields";
	m.results.has_null_mx = (_i & 16) != 0;
	if ((_i & 32) != 0)
		m.results.dmarc.author_status = WAX_AUTHOR_SEVERAL;
	if ((_i & 64) != 0)
		m.results.mailfrom.result = WAX_PASS;
	if ((_i & 128) != 0)
		sample_set_dmarc(&m, WAX_TEMPERROR, WAX_P_REJECT);
	verdict = wax_verdict_decide(b.arena, &m.policy, &m.facts, &m.results);
	if (verdict.action == WAX_REJECT) {
		m.facts.relayed.is_relayed = true;
		verdict = wax_verdict_decide(
		    b.arena, &m.policy, &m.facts, &m.results);
		ck_assert_int_eq(
		    verdict.action, accepts ? WAX_ACCEPT : WAX_QUARANTINE);
		ck_assert_int_eq(
		    verdict.disposition, accepts ? WAX_DISPOSITION_NONE
		                                 : WAX_DISPOSITION_QUARANTINE);
		ck_assert_uint_eq(verdict.smtp_code.n, 0);
		ck_assert(verdict.rule != WAX_RULE_NONE);
	}
	m.facts.relayed.is_relayed = true;
	verdict = wax_verdict_decide(b.arena, &m.policy, &m.facts, &m.results);
	ck_assert_int_ne(verdict.action, WAX_REJECT);
	ck_assert_int_ne(verdict.applied, WAX_REJECT);
	ck_assert(verdict.disposition != WAX_DISPOSITION_REJECT);
}
END_TEST

START_TEST(test_row_says_why_a_relay_is_spared)
{
	struct sample m;
	struct wax_verdict verdict;

	sample_spoof(&m);
	m.facts.relayed.is_relayed = true;
	verdict = wax_verdict_decide(b.arena, &m.policy, &m.facts, &m.results);
	ck_assert_int_eq(verdict.disposition, WAX_DISPOSITION_QUARANTINE);
	ck_assert_uint_eq(verdict.n_reasons, 1);
	ck_assert_int_eq(verdict.reason[0].type, WAX_OVERRIDE_LOCAL_POLICY);
	ck_assert_wax_str_eq(verdict.reason[0].comment,
	    "dmarc; came from a relay of ours, which is not refused anything");
	/* What is quarantined anyway needs no such reason. */
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_QUARANTINE);
	verdict = wax_verdict_decide(b.arena, &m.policy, &m.facts, &m.results);
	ck_assert_uint_eq(verdict.n_reasons, 0);
	/* In monitor mode nothing is done to anybody. */
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_REJECT);
	m.policy.mode = WAX_MONITOR;
	verdict = wax_verdict_decide(b.arena, &m.policy, &m.facts, &m.results);
	ck_assert_int_eq(verdict.action, WAX_QUARANTINE);
	ck_assert_int_eq(verdict.applied, WAX_ACCEPT);
	ck_assert_wax_str_eq(
	    verdict.reason[0].comment, "monitoring: no action is taken");
}
END_TEST

/* A missing answer is waited for only if it could change what is done. */
START_TEST(test_relay_waits_for_what_matters)
{
	struct sample m;
	struct wax_verdict verdict;

	sample_spoof(&m);
	sample_set_dmarc(&m, WAX_TEMPERROR, WAX_P_REJECT);
	m.results.dmarc.least = WAX_P_QUARANTINE;
	verdict = wax_verdict_decide(b.arena, &m.policy, &m.facts, &m.results);
	ck_assert_int_eq(verdict.action, WAX_TEMPFAIL);
	m.facts.relayed.is_relayed = true; /* quarantine either way */
	verdict = wax_verdict_decide(b.arena, &m.policy, &m.facts, &m.results);
	ck_assert_int_eq(verdict.action, WAX_QUARANTINE);
	m.results.dmarc.could_pass = true;
	verdict = wax_verdict_decide(b.arena, &m.policy, &m.facts, &m.results);
	ck_assert_int_eq(verdict.action, WAX_TEMPFAIL);
	ck_assert_wax_str_eq(verdict.smtp_code, "451");
}
END_TEST

static const struct {
	const char *name, *mx;
	const char *from;
	enum wax_action on_null_mx;
	bool is_asked, is_null;
} null_rows[] = {
	{ "null MX", "bank.example MX 0 .", NULL, WAX_REJECT, true, true },
	{ "null MX, quarantine", "bank.example MX 0 .", NULL, WAX_QUARANTINE,
	    true, true },
	{ "nobody asks", "bank.example MX 0 .", NULL, WAX_ACCEPT, false,
	    false },
	{ "null sender", "bank.example MX 0 .", "<>", WAX_REJECT, false,
	    false },
	{ "not an address", "bank.example MX 0 .", "<x", WAX_REJECT, false,
	    false },
	{ "one label", "example MX 0 .", "<x@example>", WAX_REJECT, false,
	    false },
	{ "a server", "bank.example MX 0 mail.bank.example", NULL, WAX_REJECT,
	    true, false },
	{ "preference", "bank.example MX 10 .", NULL, WAX_REJECT, true, false },
	{ "beside another",
	    "bank.example MX 0 .\nbank.example MX 10 mail.bank.example", NULL,
	    WAX_REJECT, true, false },
	{ "servfail", "bank.example FAULT servfail MX", NULL, WAX_REJECT, true,
	    false },
	{ "no MX", "", NULL, WAX_REJECT, true, false },
};

START_TEST(test_null_mx)
{
	struct wax_str zone =
	    wax_textf(b.arena, "%s%s\n", ZONE, null_rows[_i].mx);
	bool is_asked = false;

	b.connection.client = ip("192.0.2.7");
	b.policy.on_null_mx = null_rows[_i].on_null_mx;
	if (null_rows[_i].from != NULL)
		b.envelope.mail_argument = wax_str_of(null_rows[_i].from);
	b.envelope.helo = WAX_STR("bank.example");
	(void)bench_judge(&b, zone);
	for (size_t i = 0; i < b.results->n_questions; i++)
		is_asked |= b.results->question[i].type == WAX_RR_MX;
	ck_assert_msg(
	    is_asked == null_rows[_i].is_asked, "%s", null_rows[_i].name);
	ck_assert_msg(b.results->has_null_mx == null_rows[_i].is_null, "%s",
	    null_rows[_i].name);
	ck_assert_int_eq(
	    b.verdict.rule == WAX_RULE_NULL_MX, null_rows[_i].is_null);
	if (b.verdict.rule != WAX_RULE_NULL_MX)
		return;
	ck_assert_int_eq(b.verdict.action, null_rows[_i].on_null_mx);
	if (b.verdict.action != WAX_REJECT)
		return;
	ck_assert_wax_str_eq(b.verdict.smtp_code, "550");
	ck_assert_wax_str_eq(b.verdict.enhanced_code, "5.7.27");
	ck_assert_wax_str_eq(b.verdict.text,
	    "The domain of MAIL FROM, bank.example, takes no mail (null MX)");
}
END_TEST

Suite *
wax_relay_suite(void)
{
	Suite *suite = suite_create("relay");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, test_relay_walk, 0, sizeof walks / sizeof walks[0]);
	tcase_add_test(tc, test_relay_hops);
	tcase_add_test(tc, test_relayed_client_is_judged);
	tcase_add_test(tc, test_unknown_client_has_no_spf);
	tcase_add_test(tc, test_relay_itself_is_not_asked_about);
	tcase_add_test(tc, test_relay_is_nothing_else);
	tcase_add_loop_test(tc, test_relay_is_never_refused, 0, 256);
	tcase_add_test(tc, test_row_says_why_a_relay_is_spared);
	tcase_add_test(tc, test_relay_waits_for_what_matters);
	tcase_add_loop_test(
	    tc, test_null_mx, 0, sizeof null_rows / sizeof null_rows[0]);
	suite_add_tcase(suite, tc);
	return suite;
}
