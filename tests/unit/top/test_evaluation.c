/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/saved_message.h"
#include "tests/support/recording.h"
#include "tests/unit/top/bench.h"
#include "tests/unit/top/suites.h"

#define ZONE                                                      \
	"bank.example TXT v=spf1 include:spf.bank.example -all\n" \
	"spf.bank.example TXT v=spf1 a:a.bank.example mx -all\n"  \
	"spf.bank.example MX 10 mx.bank.example\n"                \
	"a.bank.example A 192.0.2.9\n"                            \
	"mx.bank.example A 192.0.2.7\n"                           \
	"_dmarc.bank.example TXT v=DMARC1; p=reject\n"

static struct bench b;

static void
setup(void)
{
	bench_open(&b);
}

static void
teardown(void)
{
	bench_close(&b);
}

static const struct {
	const char *name, *client, *daemon, *auth_type;
	bool skip_authenticated;
	enum wax_exempt exempt;
} exempt_rows[] = {
	{ "stranger", "192.0.2.7", "smtpd", "", true, WAX_JUDGED },
	{ "loopback", "127.0.0.1", "smtpd", "", true, WAX_EXEMPT_INTERNAL },
	{ "loopback IPv6", "::1", "smtpd", "", true, WAX_EXEMPT_INTERNAL },
	{ "mapped loopback", "::ffff:127.0.0.1", "smtpd", "", true,
	    WAX_EXEMPT_INTERNAL },
	{ "authenticated", "192.0.2.7", "smtpd", "PLAIN", true,
	    WAX_EXEMPT_AUTHENTICATED },
	{ "authenticated, but judged", "192.0.2.7", "smtpd", "PLAIN", false,
	    WAX_JUDGED },
	{ "submission", "192.0.2.7", "ORIGINATING", "", true,
	    WAX_EXEMPT_ORIGINATING },
	{ "MSA", "192.0.2.7", "msa", "", true, WAX_EXEMPT_ORIGINATING },
	{ "no address", "", "smtpd", "", true, WAX_JUDGED },
};

START_TEST(test_who_is_judged)
{
	const char *client = exempt_rows[_i].client;

	b.connection.client = (struct wax_ip){ .family = WAX_IP_NONE };
	if (client[0] != '\0')
		ck_assert(
		    wax_ip_parse(wax_str_of(client), &b.connection.client));
	b.connection.daemon_name = wax_str_of(exempt_rows[_i].daemon);
	b.envelope.auth_type = wax_str_of(exempt_rows[_i].auth_type);
	b.policy.skip_authenticated = exempt_rows[_i].skip_authenticated;
	ck_assert_msg(wax_exempt_of(&b.policy, &b.connection, &b.envelope) ==
	                  exempt_rows[_i].exempt,
	    "%s", exempt_rows[_i].name);
}
END_TEST

START_TEST(test_exempt_mail_asks_nothing_and_keeps_nothing)
{
	struct wax_recording *recording =
	    wax_recording_new(b.arena, bench_resolver(&b, WAX_STR(ZONE)));
	struct wax_evaluation *evaluation;

	b.envelope.auth_type = WAX_STR("PLAIN");
	b.message = WAX_STR("Authentication-Results: mx.rcpt.example; none\r\n"
	                    "From: <info@bank.example>\r\n"
	                    "DKIM-Signature: v=1; d=bank.example; s=s1\r\n"
	                    "Message-Id: <1@x>\r\n\r\n");
	evaluation = bench_feed(&b, wax_recording_resolver(recording));
	ck_assert_int_eq(
	    wax_evaluation_exempt(evaluation), WAX_EXEMPT_AUTHENTICATED);
	ck_assert_uint_eq(wax_recording_count(recording), 0);
	ck_assert_uint_eq(wax_evaluation_fields(evaluation)->fields.n, 0);
	ck_assert_uint_eq(
	    wax_evaluation_forged(evaluation)->authres.place.n, 1);
	ck_assert_wax_str_eq(
	    wax_evaluation_facts(evaluation)->message_id, "<1@x>");
}
END_TEST

/* What is asked ahead, and when. */
START_TEST(test_questions_go_out_early)
{
	struct wax_recording *recording =
	    wax_recording_new(b.arena, bench_resolver(&b, WAX_STR(ZONE)));
	struct wax_resolver *resolver = wax_recording_resolver(recording);
	struct wax_saved_message message;
	struct wax_evaluation *evaluation;
	const struct wax_results *results;

	b.message = bench_signed(&b, "rsa2048", "mail.bank.example");
	ck_assert(wax_saved_message_parse(b.arena, b.message, &message));
	wax_recording_hold(recording);
	evaluation = wax_evaluation_new(
	    b.arena, b.engines, &b.policy, resolver, &b.connection, 0);
	wax_evaluation_envelope(evaluation, &b.envelope);
	ck_assert_str_eq(wax_recording_text(recording),
	    "TXT bank.example\nTXT mail.bank.example\n");
	wax_recording_forget(recording);
	wax_evaluation_field(
	    evaluation, message.field[0].name, message.field[0].raw);
	ck_assert_str_eq(wax_recording_text(recording), "");
	wax_evaluation_field(
	    evaluation, message.field[1].name, message.field[1].raw);
	ck_assert_str_eq(wax_recording_text(recording),
	    "TXT _dmarc.bank.example\nTXT _dmarc.example\n");
	wax_recording_forget(recording);
	(void)wax_recording_deliver(recording);
	ck_assert_int_eq(wax_evaluation_eoh(evaluation), WAX_NEED_BODY);
	ck_assert_ptr_nonnull(strstr(wax_recording_text(recording),
	    "TXT s1._domainkey.mail.bank.example\n"));
	ck_assert_ptr_nonnull(strstr(
	    wax_recording_text(recording), "TXT _dmarc.mail.bank.example\n"));
	/* The record was here: so is what it mentions on its way. */
	ck_assert_ptr_nonnull(
	    strstr(wax_recording_text(recording), "TXT spf.bank.example\n"));
	results = wax_evaluation_finish(evaluation, 8000);
	ck_assert_int_eq(results->mailfrom.result, WAX_PASS);
	ck_assert_int_eq(results->dmarc.result, WAX_PASS);
}
END_TEST

/* Walks of identifiers that could align: of the reverse-path's domain, and of
 * no more signatures than are verified. */
START_TEST(test_walks_of_identifiers_go_out_early)
{
	struct wax_recording *recording =
	    wax_recording_new(b.arena, bench_resolver(&b, WAX_STR(ZONE)));
	const char *asked;

	wax_recording_hold(recording);
	b.policy.max_signatures = 1;
	b.message = bench_signed(&b, "rsa2048", "two.bank.example");
	b.message = bench_signed(&b, "rsa2048", "one.bank.example");
	b.envelope.mail_argument = WAX_STR("<b@from.bank.example>");
	(void)bench_feed(&b, wax_recording_resolver(recording));
	asked = wax_recording_text(recording);
	ck_assert_ptr_nonnull(strstr(asked, "TXT _dmarc.from.bank.example\n"));
	ck_assert_ptr_nonnull(strstr(asked, "TXT _dmarc.one.bank.example\n"));
	ck_assert_ptr_null(strstr(asked, "TXT _dmarc.two.bank.example\n"));
}
END_TEST

/* A tree of includes costs its depth in round trips, not its size. */
START_TEST(test_spf_is_asked_breadth_first)
{
	struct wax_recording *recording = wax_recording_new(
	    b.arena, bench_resolver(&b,
	                 WAX_STR("bank.example TXT v=spf1 include:a.example "
	                         "include:b.example -all\n"
	                         "a.example TXT v=spf1 include:c.example -all\n"
	                         "b.example TXT v=spf1 include:d.example -all\n"
	                         "c.example TXT v=spf1 -all\n"
	                         "d.example TXT v=spf1 ip4:192.0.2.7 -all\n")));
	struct wax_evaluation *evaluation;

	wax_recording_hold(recording);
	b.envelope.helo = WAX_STR("");
	evaluation = bench_feed(&b, wax_recording_resolver(recording));
	wax_recording_forget(recording);
	ck_assert_int_eq(
	    wax_evaluation_finish(evaluation, 8000)->mailfrom.result, WAX_PASS);
	ck_assert_str_eq(wax_recording_text(recording),
	    "TXT a.example\nTXT b.example\nTXT c.example\n"
	    "TXT d.example\n");
}
END_TEST

START_TEST(test_client_without_an_address_has_no_spf)
{
	b.connection.client.family = WAX_IP_NONE;
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_NONE);
	ck_assert_int_eq(b.results->helo.result, WAX_NONE);
	for (size_t i = 0; i < b.results->n_questions; i++)
		ck_assert(!wax_str_eq(
		    b.results->question[i].qname, WAX_STR("bank.example")));
}
END_TEST

START_TEST(test_null_sender_is_judged_by_helo)
{
	b.envelope.mail_argument = WAX_STR("<>");
	b.envelope.helo = WAX_STR("bank.example");
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_ACCEPT);
	ck_assert(b.results->spf_by_helo);
	ck_assert_wax_str_eq(b.results->mailfrom.domain.text, "bank.example");
	ck_assert_int_eq(b.results->mailfrom.scope, WAX_SPF_MAILFROM);
	/* HELO alone counts for nothing. */
	b.envelope.mail_argument = WAX_STR("<x@other.example>");
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.results->helo.result, WAX_PASS);
	/* HELO that is no domain. */
	b.envelope.mail_argument = WAX_STR("<>");
	b.envelope.helo = WAX_STR("[192.0.2.7]");
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.results->helo.result, WAX_NONE);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_NONE);
}
END_TEST

/* Signs of a mediator. */
static const struct {
	const char *name, *fields, *list_id;
} list_rows[] = {
	{ "none", "", "" },
	{ "one", "List-Id: Dev <dev.list.example>\r\n", "dev.list.example" },
	{ "two", "List-Id: <a.list.example>\r\nList-Id: <b.list.example>\r\n",
	    "" },
	{ "malformed", "List-Id: dev.list.example>\r\n", "" },
};

START_TEST(test_list_id)
{
	b.message = wax_textf(
	    b.arena, "%s%.*s", list_rows[_i].fields, WAX_FMT(b.message));
	(void)bench_judge(&b, WAX_STR(ZONE));
	ck_assert_wax_str_eq(b.facts->list_id.text, list_rows[_i].list_id);
	ck_assert_int_eq(b.facts->has_list_id, list_rows[_i].fields[0] != '\0');
}
END_TEST

START_TEST(test_srs)
{
	b.envelope.mail_argument =
	    WAX_STR("<SRS0=hh=tt=author.example=x@fwd.example>");
	(void)bench_judge(&b, WAX_STR(ZONE));
	ck_assert(b.facts->has_srs);
	ck_assert_wax_str_eq(b.facts->srs_original.text, "author.example");
	b.envelope.mail_argument = WAX_STR("<SRS0@fwd.example>");
	(void)bench_judge(&b, WAX_STR(ZONE));
	ck_assert(!b.facts->has_srs);
}
END_TEST

START_TEST(test_recipients_are_counted)
{
	struct wax_evaluation *evaluation;

	b.policy.max_recipients = 3;
	evaluation = wax_evaluation_new(b.arena, b.engines, &b.policy,
	    bench_resolver(&b, WAX_STR(ZONE)), &b.connection, 0);
	wax_evaluation_envelope(evaluation, &b.envelope);
	for (size_t i = 0; i < 5; i++)
		wax_evaluation_recipient(evaluation, WAX_STR("<u@r.example>"));
	ck_assert_uint_eq(wax_evaluation_facts(evaluation)->n_recipients, 5);
	ck_assert_uint_eq(
	    wax_evaluation_facts(evaluation)->n_recipients_kept, 3);
	ck_assert_wax_str_eq(
	    wax_evaluation_facts(evaluation)->recipient[2], "<u@r.example>");
	ck_assert_ptr_null(wax_evaluation_facts(evaluation)->limit);
}
END_TEST

/* ---- bounds of the header ----------------------------------------------- */

/* A header of exactly n fields and, if not 0, so many octets. */
static struct wax_str
header(size_t n_fields, size_t octets, const char *first)
{
	struct wax_text text;

	wax_text_init(&text, b.arena);
	wax_text_addz(&text, first);
	wax_text_addz(&text, "From: <info@bank.example>\r\n");
	for (size_t i = 2; i < n_fields; i++)
		wax_text_addz(&text, "X: y\r\n");
	/* Name and value count, colon and line end do not. */
	if (octets > 0) {
		wax_text_addz(&text, "X:");
		for (size_t i = 4 + 20 + 1 + (n_fields - 2) * 3; i < octets;
		     i++)
			wax_text_addc(&text, 'x');
		wax_text_addz(&text, "\r\n");
	} else {
		wax_text_addz(&text, "X: z\r\n");
	}
	wax_text_addz(&text, "\r\nHello\r\n");
	return wax_text_str(&text);
}

enum bound {
	FIELDS,
	HEADER_BYTES,
	FIELD_BYTES
};

static const struct {
	enum bound bound;
	const char *limit;
} bound_rows[] = {
	{ FIELDS, "max-fields" },
	{ HEADER_BYTES, "max-header-bytes" },
	{ FIELD_BYTES, "max-field-bytes" },
};

/* A header that is `over` the bound by so much. */
static struct wax_str
header_at(enum bound bound, size_t over)
{
	switch (bound) {
	case FIELDS:
		return header(50 + over, 0, "");
	case HEADER_BYTES:
		return header(50, 2000 + over, "");
	case FIELD_BYTES:
		/* 49 fields, then one with a value of 999 and more. */
		return header(50, 4 + 20 + 48 * 3 + 1 + 999 + 1 + over, "");
	}
	return WAX_STR("");
}

static void
prepare_bound(enum bound bound)
{
	b.policy.max_fields = bound == FIELDS ? 50 : 10000;
	b.policy.max_header_bytes = bound == HEADER_BYTES ? 2000 : 1000000;
	b.policy.max_field_bytes = bound == FIELD_BYTES ? 1000 : 1000000;
}

START_TEST(test_bound_is_exact)
{
	prepare_bound(bound_rows[_i].bound);
	b.message = header_at(bound_rows[_i].bound, 0);
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_ACCEPT);
	ck_assert_ptr_null(b.results->limit);
	b.message = header_at(bound_rows[_i].bound, 1);
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_str_eq(b.results->limit, bound_rows[_i].limit);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_POLICY);
	ck_assert_int_eq(b.results->dmarc.result, WAX_FAIL);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_DMARC);
	b.policy.on_reject = WAX_REJECT_QUARANTINE;
	b.policy.on_limit = WAX_REJECT;
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_LIMIT);
}
END_TEST

START_TEST(test_no_signature_passes_beyond_a_bound)
{
	struct wax_str zone =
	    wax_textf(b.arena, "%ss1._domainkey.bank.example TXT %.*s\n", ZONE,
	        WAX_FMT(bench_key(&b, "rsa2048")));

	b.message = bench_signed(&b, "rsa2048", "bank.example");
	b.envelope.mail_argument = WAX_STR("<>");
	ck_assert_int_eq(bench_judge(&b, zone), WAX_ACCEPT);
	ck_assert_int_eq(b.results->dkim[0].result, WAX_PASS);
	b.policy.max_fields = 3;
	ck_assert_int_eq(bench_judge(&b, zone), WAX_REJECT);
	ck_assert_uint_eq(b.results->n_dkim, 1);
	ck_assert_int_eq(b.results->dkim[0].result, WAX_POLICY);
	ck_assert_wax_str_eq(
	    b.results->dkim[0].reason, "the header exceeds max-fields");
}
END_TEST

/* What could not be read does not matter any more: nobody is deferred for a
 * message that is refused or held anyway. */
START_TEST(test_no_answer_is_waited_for_beyond_a_bound)
{
	b.policy.max_fields = 2;
	ck_assert_int_eq(
	    bench_judge(
	        &b, WAX_STR("bank.example FAULT servfail TXT\n"
	                    "_dmarc.bank.example TXT v=DMARC1; p=none\n")),
	    WAX_QUARANTINE);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_LIMIT);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_POLICY);
	ck_assert(!b.results->mailfrom.undecided);
	ck_assert_wax_str_eq(
	    b.results->mailfrom.reason, "the header exceeds max-fields");
}
END_TEST

START_TEST(test_signatures_beyond_a_bound_are_bounded)
{
	b.message = bench_signed(&b, "rsa2048", "two.bank.example");
	b.message = bench_signed(&b, "rsa2048", "one.bank.example");
	b.policy.max_fields = 4;
	b.policy.max_signatures = 1;
	(void)bench_judge(&b, WAX_STR(ZONE));
	ck_assert_str_eq(b.results->limit, "max-fields");
	ck_assert_uint_eq(b.results->n_dkim, 1);
	ck_assert(b.results->dkim[0].limit_hit);
}
END_TEST

START_TEST(test_little_is_kept_beyond_a_bound)
{
	struct wax_evaluation *evaluation;
	struct wax_text text;

	wax_text_init(&text, b.arena);
	wax_text_addz(&text, "A: 1\r\nB: 2\r\nC: 01234567890123456789\r\n"
	                     "D: 4\r\n");
	for (unsigned i = 0; i < 20; i++)
		wax_text_addf(&text, "From: <u%u@bank.example>\r\n", i);
	wax_text_addz(&text, "E: 5\r\n\r\n");
	b.message = wax_text_str(&text);
	b.policy.max_fields = 3;
	b.policy.max_field_bytes = 20;
	evaluation = bench_feed(&b, bench_resolver(&b, WAX_STR(ZONE)));
	/* A, B, and two of From. The first bound is the one that is named. */
	ck_assert_uint_eq(wax_evaluation_fields(evaluation)->fields.n, 4);
	ck_assert_str_eq(
	    wax_evaluation_facts(evaluation)->limit, "max-field-bytes");
}
END_TEST

/* An MTA that sends the body all the same does no harm. */
START_TEST(test_body_that_nobody_needs)
{
	struct wax_resolver *resolver = bench_resolver(&b, WAX_STR(ZONE));
	struct wax_evaluation *evaluation;

	b.policy.max_fields = 2;
	evaluation = bench_feed(&b, resolver);
	ck_assert_int_eq(
	    wax_evaluation_body(evaluation, WAX_STR("x\r\n")), WAX_SKIP_BODY);
	wax_evaluation_queue_id(evaluation, WAX_STR("4ZxYc12"));
	ck_assert_wax_str_eq(
	    wax_evaluation_facts(evaluation)->queue_id, "4ZxYc12");
	ck_assert_int_eq(
	    wax_evaluation_finish(evaluation, 0)->dmarc.result, WAX_FAIL);
	b.envelope.auth_type = WAX_STR("PLAIN");
	evaluation = bench_feed(&b, resolver);
	ck_assert_int_eq(
	    wax_evaluation_body(evaluation, WAX_STR("x\r\n")), WAX_SKIP_BODY);
}
END_TEST

START_TEST(test_author_is_known_beyond_a_bound)
{
	b.policy.max_fields = 2;
	b.message = WAX_STR("A: b\r\nC: d\r\nE: f\r\n"
	                    "From: <info@bank.example>\r\n\r\nHello\r\n");
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_DMARC);
	ck_assert_wax_str_eq(
	    b.results->dmarc.author_domain.text, "bank.example");
	/* A second From field behind the bound is seen, too. */
	b.message = WAX_STR("From: <info@bank.example>\r\nC: d\r\nE: f\r\n"
	                    "From: <info@evil.example>\r\n\r\nHello\r\n");
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_BAD_FROM);
}
END_TEST

START_TEST(test_author_is_read_up_to_the_bound_of_a_field)
{
	b.policy.max_fields = 1;
	b.message = WAX_STR("A: b\r\n"
	                    "From: <info@bank.example>\r\n\r\nHello\r\n");
	b.policy.max_field_bytes = sizeof " <info@bank.example>" - 1;
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_DMARC);
	b.policy.max_field_bytes--;
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_BAD_FROM);
}
END_TEST

START_TEST(test_message_id_is_the_first)
{
	b.message = WAX_STR("From: <info@bank.example>\r\n"
	                    "X-Id: <0@x>\r\nMessage-Id : <1@x>\r\n"
	                    "Message-ID: <2@x>\r\n\r\n");
	(void)bench_judge(&b, WAX_STR(ZONE));
	ck_assert_wax_str_eq(b.facts->message_id, "<1@x>");
	b.policy.max_fields = 2;
	(void)bench_judge(&b, WAX_STR(ZONE));
	ck_assert_wax_str_eq(b.facts->message_id, "");
}
END_TEST

START_TEST(test_from_beyond_the_bound_has_no_author)
{
	struct wax_text text;

	wax_text_init(&text, b.arena);
	wax_text_addz(&text, "From: ");
	for (size_t i = 0; i < 1000; i++)
		wax_text_addz(&text, "(c) ");
	wax_text_addz(&text, "<info@bank.example>\r\n\r\nHello\r\n");
	b.message = wax_text_str(&text);
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_ACCEPT);
	b.policy.max_field_bytes = 1000;
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_BAD_FROM);
}
END_TEST

START_TEST(test_many_authors)
{
	b.policy.max_from_addresses = 3;
	b.message = WAX_STR("From: a@bank.example, b@bank.example, "
	                    "c@bank.example\r\n\r\n");
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_ACCEPT);
	b.message = WAX_STR("From: a@bank.example, b@bank.example, "
	                    "c@bank.example, d@bank.example\r\n\r\n");
	ck_assert_int_eq(bench_judge(&b, WAX_STR(ZONE)), WAX_REJECT);
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_BAD_FROM);
}
END_TEST

START_TEST(test_forged_results_are_found_beyond_any_bound)
{
	struct wax_evaluation *evaluation;
	const struct wax_forged *forged;

	b.policy.max_fields = 3;
	b.policy.max_field_bytes = 100;
	b.message =
	    header(40, 0, "Authentication-Results: other.example; none\r\n");
	b.message = wax_textf(b.arena,
	    "%.*sAuthentication-Results: mx.rcpt.example; none\r\n"
	    "Authentication-Results: other.example; none\r\n"
	    "Authentication-Results: mx.rcpt.example; dkim=pass\r\n"
	    "\t(%0200d)\r\nX-Sealwax-Quarantine: no\r\n\r\n",
	    (int)b.message.n - 9, b.message.p, 0);
	evaluation = bench_feed(&b, bench_resolver(&b, WAX_STR(ZONE)));
	forged = wax_evaluation_forged(evaluation);
	ck_assert_str_eq(wax_evaluation_facts(evaluation)->limit, "max-fields");
	ck_assert_uint_eq(forged->authres.seen, 4);
	ck_assert_uint_eq(forged->authres.place.n, 2);
	ck_assert_uint_eq(forged->authres.place.v[0], 2);
	ck_assert_uint_eq(forged->authres.place.v[1], 4);
	ck_assert_uint_eq(forged->quarantine.place.n, 1);
}
END_TEST

START_TEST(test_questions_are_bounded)
{
	struct wax_text zone;

	wax_text_init(&zone, b.arena);
	wax_text_addz(&zone, "_dmarc.bank.example TXT v=DMARC1; p=none\n"
	                     "bank.example TXT v=spf1");
	for (unsigned i = 0; i < 8; i++)
		wax_text_addf(&zone, " a:h%u.bank.example", i);
	wax_text_addz(&zone, " ip4:192.0.2.7 -all\n");
	for (unsigned i = 0; i < 8; i++)
		wax_text_addf(&zone, "h%u.bank.example A 192.0.2.99\n", i);
	/* The SPF record and eight addresses; the walk has the reserve, and
	 * for HELO nothing is left. */
	b.policy.max_dns_queries = 9 + WAX_DNS_QUERIES_RESERVED;
	ck_assert_int_eq(bench_judge(&b, wax_text_str(&zone)), WAX_ACCEPT);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_PASS);
	ck_assert_int_eq(b.results->helo.result, WAX_PERMERROR);
	ck_assert_ptr_null(b.results->limit);
	b.policy.max_dns_queries--;
	ck_assert_int_eq(bench_judge(&b, wax_text_str(&zone)), WAX_QUARANTINE);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_PERMERROR);
	ck_assert_int_eq(b.results->dmarc.result, WAX_FAIL);
	ck_assert_str_eq(b.results->limit, "max-dns-queries");
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_LIMIT);
}
END_TEST

/*
 * users.bank.example is another organization (psd=n). Its user spends the
 * questions by his SPF record, so that nobody can see that: he is refused
 * with them as without.
 */
START_TEST(test_spent_questions_soften_no_refusal)
{
	struct wax_text zone;

	wax_text_init(&zone, b.arena);
	wax_text_addz(&zone,
	    "_dmarc.bank.example TXT v=DMARC1; p=reject\n"
	    "_dmarc.users.bank.example TXT v=DMARC1; p=none; psd=n\n"
	    "x.users.bank.example TXT v=spf1");
	for (unsigned i = 0; i < 8; i++)
		wax_text_addf(&zone, " a:h%u.bank.example", i);
	wax_text_addz(&zone, " ip4:192.0.2.7 -all\n");
	for (unsigned i = 0; i < 8; i++)
		wax_text_addf(&zone, "h%u.bank.example A 192.0.2.99\n", i);
	b.envelope.mail_argument = WAX_STR("<a@x.users.bank.example>");
	b.envelope.helo = WAX_STR("[192.0.2.7]");
	/* SPF asks nine, the walk from his domain two more. */
	b.policy.max_dns_queries = 11 + WAX_DNS_QUERIES_RESERVED;
	ck_assert_int_eq(bench_judge(&b, wax_text_str(&zone)), WAX_REJECT);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_PASS);
	ck_assert_int_eq(b.results->dmarc.result, WAX_FAIL);
	b.policy.on_limit = WAX_ACCEPT;
	b.policy.max_dns_queries--;
	ck_assert_int_eq(bench_judge(&b, wax_text_str(&zone)), WAX_REJECT);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_PASS);
	ck_assert_int_eq(b.results->dmarc.result, WAX_PERMERROR);
	ck_assert_str_eq(b.results->limit, "max-dns-queries");
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_DMARC);
	ck_assert_wax_str_eq(b.verdict.enhanced_code, "5.7.26");
}
END_TEST

/*
 * Domains under one suffix look as if they could be of one organization, and
 * are asked about ahead. However many there are, and whatever SPF asks: the
 * Author Domain's walk, the longest there is, and its existence are asked.
 */
START_TEST(test_signers_under_a_suffix_leave_the_reserve)
{
	static const char zone[] =
	    "_dmarc.bank.co.uk TXT v=DMARC1; p=none; sp=none; np=reject\n"
	    "bank.example TXT v=spf1 a:a.example a:b.example a:c.example "
	    "a:d.example a:e.example a:f.example a:g.example a:h.example "
	    "a:i.example a:j.example -all\n*.example A 192.0.2.99\n";
	struct wax_text text;

	wax_text_init(&text, b.arena);
	wax_text_addz(&text, "From: <ceo@a.b.c.d.e.f.g.h.bank.co.uk>\r\n");
	for (unsigned i = 0; i < 20; i++)
		wax_text_addf(&text,
		    "DKIM-Signature: v=1; a=rsa-sha256; d=a.b.c.d.e.x%u.co.uk;"
		    " s=s; h=from; bh=; b=\r\n",
		    i);
	wax_text_addz(&text, "\r\nHello\r\n");
	b.message = wax_text_str(&text);
	b.policy.max_dns_queries = 20;
	ck_assert_int_eq(bench_judge(&b, wax_str_of(zone)), WAX_REJECT);
	ck_assert_int_eq(b.results->mailfrom.result, WAX_PERMERROR);
	ck_assert_uint_eq(b.results->n_asked, 10 + WAX_WALK_MAX + 1);
	ck_assert_int_eq(b.results->dmarc.result, WAX_FAIL);
	ck_assert_wax_str_eq(b.results->dmarc.policy_domain.text, "bank.co.uk");
	ck_assert_str_eq(b.results->dmarc.applied_tag, "np");
	ck_assert_int_eq(b.verdict.rule, WAX_RULE_DMARC);
}
END_TEST

/* Nor do they keep the key of the author's own signature from being asked. */
START_TEST(test_signers_under_a_suffix_leave_the_keys)
{
	struct wax_str zone = wax_textf(b.arena,
	    "_dmarc.bank.co.uk TXT v=DMARC1; p=reject\n"
	    "s1._domainkey.bank.co.uk TXT %.*s\n",
	    WAX_FMT(bench_key(&b, "ed25519")));
	struct wax_text text;

	wax_text_init(&text, b.arena);
	for (unsigned i = 0; i < WAX_SIGNATURES_DEFAULT - 1; i++)
		wax_text_addf(&text,
		    "DKIM-Signature: v=1; a=rsa-sha256; d=a.b.c.d.e.x%u.co.uk;"
		    " s=s; h=from; b=AAAA;"
		    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\n",
		    i);
	b.message = WAX_STR("From: <ceo@bank.co.uk>\r\n\r\nHello\r\n");
	wax_text_add(&text, bench_signed(&b, "ed25519", "bank.co.uk"));
	b.message = wax_text_str(&text);
	ck_assert_int_eq(bench_judge(&b, zone), WAX_ACCEPT);
	ck_assert_int_eq(b.results->dmarc.result, WAX_PASS);
	/* Something is left for SPF. */
	ck_assert_uint_le(
	    b.results->n_asked, WAX_DNS_QUERIES_DEFAULT / 2 + WAX_WALK_MAX);
}
END_TEST

/* Of recipients beyond the bound only the number is known. */
static size_t
kept_of(size_t n)
{
	struct wax_evaluation *evaluation =
	    wax_evaluation_new(b.arena, b.engines, &b.policy,
	        bench_resolver(&b, WAX_STR(ZONE)), &b.connection, 0);

	wax_evaluation_envelope(evaluation, &b.envelope);
	for (size_t i = 0; i < n; i++)
		wax_evaluation_recipient(evaluation, WAX_STR("<u@r.example>"));
	ck_assert_uint_eq(wax_evaluation_facts(evaluation)->n_recipients, n);
	ck_assert_ptr_null(wax_evaluation_facts(evaluation)->limit);
	return wax_evaluation_facts(evaluation)->n_recipients_kept;
}

START_TEST(test_recipients_at_the_bound)
{
	ck_assert_uint_eq(
	    kept_of(WAX_RECIPIENTS_DEFAULT), WAX_RECIPIENTS_DEFAULT);
	ck_assert_uint_eq(
	    kept_of(WAX_RECIPIENTS_DEFAULT + 1), WAX_RECIPIENTS_DEFAULT);
}
END_TEST

#define N_OF(table) (int)(sizeof(table) / sizeof(table)[0])

static TCase *
facts(void)
{
	TCase *tc = tcase_create("facts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_who_is_judged, 0, N_OF(exempt_rows));
	tcase_add_test(tc, test_exempt_mail_asks_nothing_and_keeps_nothing);
	tcase_add_test(tc, test_questions_go_out_early);
	tcase_add_test(tc, test_walks_of_identifiers_go_out_early);
	tcase_add_test(tc, test_spf_is_asked_breadth_first);
	tcase_add_test(tc, test_client_without_an_address_has_no_spf);
	tcase_add_test(tc, test_null_sender_is_judged_by_helo);
	tcase_add_loop_test(tc, test_list_id, 0, N_OF(list_rows));
	tcase_add_test(tc, test_srs);
	tcase_add_test(tc, test_recipients_are_counted);
	return tc;
}

static TCase *
bounds(void)
{
	TCase *tc = tcase_create("bounds");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_bound_is_exact, 0, N_OF(bound_rows));
	tcase_add_test(tc, test_no_signature_passes_beyond_a_bound);
	tcase_add_test(tc, test_no_answer_is_waited_for_beyond_a_bound);
	tcase_add_test(tc, test_signatures_beyond_a_bound_are_bounded);
	tcase_add_test(tc, test_little_is_kept_beyond_a_bound);
	tcase_add_test(tc, test_body_that_nobody_needs);
	tcase_add_test(tc, test_author_is_known_beyond_a_bound);
	tcase_add_test(tc, test_author_is_read_up_to_the_bound_of_a_field);
	tcase_add_test(tc, test_message_id_is_the_first);
	tcase_add_test(tc, test_from_beyond_the_bound_has_no_author);
	tcase_add_test(tc, test_many_authors);
	tcase_add_test(tc, test_forged_results_are_found_beyond_any_bound);
	tcase_add_test(tc, test_questions_are_bounded);
	tcase_add_test(tc, test_spent_questions_soften_no_refusal);
	tcase_add_test(tc, test_signers_under_a_suffix_leave_the_reserve);
	tcase_add_test(tc, test_signers_under_a_suffix_leave_the_keys);
	tcase_add_test(tc, test_recipients_at_the_bound);
	return tc;
}

Suite *
wax_evaluation_suite(void)
{
	Suite *s = suite_create("evaluation");

	suite_add_tcase(s, facts());
	suite_add_tcase(s, bounds());
	return s;
}
