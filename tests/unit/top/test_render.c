/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/render.h"
#include "tests/unit/top/suites.h"

static struct wax_arena *arena;
static struct sample m;
static struct wax_log_context context;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	sample_spoof(&m);
	context = (struct wax_log_context){ .dns_ms = 12, .total_ms = 34 };
	m.facts.queue_id = WAX_STR("4ZxYc12");
	m.facts.helo_domain = dom("mail.attacker.example");
	m.facts.envelope.helo = WAX_STR("mail.attacker.example");
	m.results.helo =
	    (struct wax_spf_result){ .domain = m.facts.helo_domain };
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

static struct wax_str
authres(void)
{
	return wax_render_authres(
	    arena, m.policy.authserv_id, &m.facts, &m.results);
}

static struct wax_str
log_line(void)
{
	struct wax_verdict verdict = decide();

	return wax_render_log(arena, &context, &m.facts, &m.results, &verdict);
}

static bool
has(struct wax_str s, const char *part)
{
	return memmem(s.p, s.n, part, strlen(part)) != NULL;
}

/* The field alone tells whom SPF was asked about, and once. */
START_TEST(test_authres_of_a_relayed_client)
{
	m.facts.relayed = (struct wax_relayed){ .is_relayed = true,
		.is_client_known = true,
		.name = WAX_STR("the \"backup\"") };
	ck_assert(
	    wax_ip_parse(WAX_STR("2001:db8::25"), &m.facts.connection.client));
	m.results.mailfrom.result = WAX_PASS;
	ck_assert(has(authres(),
	    "spf=pass reason=\"client 2001:db8::25 by way of relay the "
	    "\\\"backup\\\"\"\n\tsmtp.mailfrom="));
	m.results.mailfrom.result = WAX_TEMPERROR;
	m.results.mailfrom.reason = WAX_STR("no answer");
	ck_assert(has(authres(), "backup\\\"; no answer\"\n\tsmtp.mailfrom="));
	ck_assert(has(authres(), "spf=none smtp.helo="));
	m.facts.relayed.is_client_known = false;
	m.results.mailfrom.reason = WAX_STR("relayed");
	ck_assert(has(authres(), "reason=relayed\n\tsmtp.mailfrom=") ||
	          has(authres(), "reason=relayed smtp.mailfrom="));
}
END_TEST

START_TEST(test_authres_of_a_spoof)
{
	ck_assert_wax_str_eq(authres(),
	    " mx.rcpt.example;\n"
	    "\tspf=fail smtp.mailfrom=author.example;\n"
	    "\tspf=none smtp.helo=mail.attacker.example;\n"
	    "\tdkim=none;\n"
	    "\tdmarc=fail header.from=author.example policy.dmarc=reject");
}
END_TEST

START_TEST(test_authres_of_signatures)
{
	(void)sample_add_signature(&m, WAX_PASS, "author.example");
	sample_add_signature(&m, WAX_FAIL, "b.example")->reason =
	    WAX_STR("body hash differs");
	m.signature[1].b_prefix = WAX_STR("a/b+c=");
	m.signature[1].selector = WAX_STR("");
	sample_set_dmarc(&m, WAX_PASS, WAX_P_QUARANTINE);
	ck_assert(
	    has(authres(), "\tdkim=pass header.d=author.example header.s=s1 "
	                   "header.a=rsa-sha256\n\theader.b=dzdVyOfA;\n"));
	ck_assert(has(authres(),
	    "\tdkim=fail reason=\"body hash differs\" header.d=b.example\n"
	    "\theader.a=rsa-sha256 header.b=\"a/b+c=\";\n"));
	ck_assert(has(authres(), "\tdmarc=pass header.from=author.example "
	                         "policy.dmarc=quarantine"));
}
END_TEST

START_TEST(test_authres_under_a_null_sender)
{
	m.results.spf_by_helo = true;
	m.results.mailfrom.domain = m.facts.helo_domain;
	m.results.mailfrom.result = WAX_PASS;
	ck_assert(has(authres(),
	    ";\n\tspf=pass smtp.helo=mail.attacker.example;\n\tdkim=none"));
}
END_TEST

START_TEST(test_authres_without_names)
{
	/* HELO that is no domain, MAIL FROM that is no address. */
	m.facts.helo_domain = dom("");
	m.results.mailfrom = (struct wax_spf_result){ .result = WAX_NONE };
	ck_assert(
	    has(authres(), " mx.rcpt.example;\n\tspf=none;\n\tdkim=none;\n"));
}
END_TEST

START_TEST(test_authres_without_an_author)
{
	m.results.dmarc.author_status = WAX_AUTHOR_SEVERAL;
	m.results.dmarc.author_domain = dom("");
	m.results.author_reason = WAX_STR("several From fields");
	sample_set_dmarc(&m, WAX_PERMERROR, WAX_P_NONE);
	ck_assert(has(authres(), "\tdmarc=permerror reason=\"several From "
	                         "fields\""));
	ck_assert(!has(authres(), "header.from"));
	ck_assert(!has(authres(), "policy.dmarc"));
}
END_TEST

START_TEST(test_authres_without_a_policy)
{
	m.results.dmarc.has_record = false;
	sample_set_dmarc(&m, WAX_NONE, WAX_P_NONE);
	ck_assert(has(authres(), "\tdmarc=none header.from=author.example"));
	ck_assert(!has(authres(), "policy.dmarc"));
}
END_TEST

START_TEST(test_authres_says_why_where_it_helps)
{
	m.results.mailfrom.result = WAX_PERMERROR;
	m.results.mailfrom.reason = WAX_STR("syntax error in ip4");
	ck_assert(
	    has(authres(), "\tspf=permerror reason=\"syntax error in ip4\"\n"
	                   "\tsmtp.mailfrom=author.example;"));
	m.results.mailfrom.result = WAX_FAIL;
	ck_assert(!has(authres(), "syntax"));
}
END_TEST

START_TEST(test_received_spf)
{
	m.results.mailfrom.mechanism = WAX_STR("-all");
	ck_assert_wax_str_eq(wax_render_received_spf(arena,
	                         m.policy.authserv_id, &m.facts, &m.results),
	    " fail client-ip=192.0.2.66; envelope-from=\"x@author.example\";\n"
	    "\thelo=mail.attacker.example; receiver=mx.rcpt.example;\n"
	    "\tidentity=mailfrom; mechanism=-all");
}
END_TEST

START_TEST(test_received_spf_quotes_and_leaves_out)
{
	struct wax_str value;

	m.facts.reverse_path.local_part = WAX_STR("a\"b;c=d");
	value = wax_render_received_spf(
	    arena, m.policy.authserv_id, &m.facts, &m.results);
	ck_assert(has(value, "envelope-from=\"a\\\"b;c=d@author.example\";"));
	m.facts.reverse_path.local_part = WAX_STR("a\r\nX: b");
	value = wax_render_received_spf(
	    arena, m.policy.authserv_id, &m.facts, &m.results);
	ck_assert(!has(value, "envelope-from"));
	ck_assert(!has(value, "X:"));
	m.facts.connection.client.family = WAX_IP_NONE;
	m.facts.reverse_path.is_null = true;
	m.results.spf_by_helo = true;
	value = wax_render_received_spf(
	    arena, m.policy.authserv_id, &m.facts, &m.results);
	ck_assert(!has(value, "client-ip"));
	ck_assert(has(value, "identity=helo"));
}
END_TEST

START_TEST(test_received_spf_folds_at_the_last_column)
{
	static char name[45];
	size_t widest = 0;

	memset(name, 'a', sizeof name);
	for (size_t n = 1; n <= sizeof name; n++) {
		size_t before = sizeof "Received-SPF:" - 1;
		struct wax_str value, line;

		m.facts.reverse_path.domain.text = (struct wax_str){ name, n };
		m.facts.helo_domain.text = (struct wax_str){ name, n };
		value = wax_render_received_spf(
		    arena, m.policy.authserv_id, &m.facts, &m.results);
		while (wax_str_cut(&value, '\n', &line)) {
			size_t width = line.n + before;

			ck_assert_uint_le(width, WAX_HEADER_LINE_FOLD);
			widest = width > widest ? width : widest;
			before = 7; /* a tab takes eight columns */
		}
	}
	ck_assert_uint_eq(widest, WAX_HEADER_LINE_FOLD);
}
END_TEST

START_TEST(test_received_spf_says_what_the_problem_was)
{
	struct wax_str value;

	m.results.mailfrom.result = WAX_TEMPERROR;
	m.results.mailfrom.reason = WAX_STR("no answer");
	m.facts.reverse_path.is_valid = false;
	value = wax_render_received_spf(
	    arena, m.policy.authserv_id, &m.facts, &m.results);
	ck_assert(has(value, "problem=\"no answer\""));
	ck_assert(!has(value, "envelope-from"));
}
END_TEST

START_TEST(test_log_of_what_is_seldom_there)
{
	static char name[300];
	struct wax_dkim_signature many[20] = { 0 };

	ck_assert(has(log_line(), " dkim=none "));
	ck_assert(!has(log_line(), " limit="));
	ck_assert(!has(log_line(), " mediator="));
	m.facts.queue_id = WAX_STR("");
	m.facts.limit = m.results.limit = "max-fields";
	sample_add_spf_pass(&m, "list.example");
	m.facts.list_id = dom("list.example");
	ck_assert(wax_str_starts(log_line(), WAX_STR("qid=- action=")));
	ck_assert(has(log_line(), " limit=max-fields mediator=list.example "));
	/* At the bound a value is whole, and twenty signatures are listed. */
	memset(name, 'n', sizeof name);
	m.facts.connection.client_name = (struct wax_str){ name, 255 };
	ck_assert(!has(log_line(), "n... "));
	m.facts.connection.client_name.n++;
	ck_assert(has(log_line(), "n... "));
	m.results.dkim = many;
	m.results.n_dkim = 20;
	ck_assert(!has(log_line(), "signatures="));
}
END_TEST

START_TEST(test_log_of_a_null_sender)
{
	m.facts.reverse_path.is_null = true;
	ck_assert(has(log_line(), " mailfrom=<> "));
	context.addresses = WAX_LOG_DOMAIN;
	m.facts.envelope.auth_user = WAX_STR("user");
	ck_assert(!has(log_line(), "auth="));
}
END_TEST

START_TEST(test_log_line)
{
	m.results.n_asked = 7;
	m.facts.connection.client_name = WAX_STR("mail.attacker.example");
	m.facts.message_id = WAX_STR("<1@author.example>");
	(void)sample_add_signature(&m, WAX_PASS, "esp.example");
	(void)sample_add_signature(&m, WAX_NEUTRAL, "");
	m.signature[1].selector = m.signature[1].algorithm = WAX_STR("");
	ck_assert_wax_str_eq(log_line(),
	    "qid=4ZxYc12 action=reject rule=dmarc client=192.0.2.66 rcpts=1 "
	    "dmarc=fail author=author.example policy=reject "
	    "policy-domain=author.example spf=fail "
	    "spf-domain=author.example spf-helo=none dns=7 dns-ms=12 ms=34 "
	    "name=mail.attacker.example helo=mail.attacker.example "
	    "mailfrom=<x@author.example> msgid=<1@author.example> "
	    "dkim=pass/esp.example/s1/rsa-sha256 dkim=neutral/-/-/- "
	    "reason=\"DMARC fail for author.example, policy p=reject: SPF "
	    "fail, DKIM pass for esp.example (not aligned)\"");
}
END_TEST

START_TEST(test_log_of_monitoring)
{
	m.policy.mode = WAX_MONITOR;
	ck_assert(has(log_line(), " action=accept would=reject rule=dmarc "));
	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	ck_assert(has(log_line(), " action=accept rule=none "));
	ck_assert(!has(log_line(), "would"));
}
END_TEST

START_TEST(test_log_of_what_is_not_judged)
{
	context.exempt = WAX_EXEMPT_AUTHENTICATED;
	m.facts.envelope.auth_user = WAX_STR("user@rcpt.example");
	ck_assert_wax_str_eq(
	    wax_render_log(arena, &context, &m.facts, NULL, NULL),
	    "qid=4ZxYc12 action=accept exempt=authenticated "
	    "client=192.0.2.66 rcpts=1 dns-ms=12 ms=34 "
	    "helo=mail.attacker.example mailfrom=<x@author.example> "
	    "auth=user@rcpt.example");
}
END_TEST

/* log-addresses */
static const struct {
	enum wax_log_addresses addresses;
	const char *mailfrom, *auth;
} address_rows[] = {
	{ WAX_LOG_FULL, " mailfrom=<x@author.example>", " auth=u@d.example" },
	{ WAX_LOG_DOMAIN, " mailfrom=<@author.example>", " auth=@d.example" },
	{ WAX_LOG_NONE, NULL, NULL },
};

START_TEST(test_log_hides_addresses)
{
	context.addresses = address_rows[_i].addresses;
	m.facts.envelope.auth_user = WAX_STR("u@d.example");
	if (address_rows[_i].mailfrom == NULL) {
		ck_assert(!has(log_line(), "mailfrom="));
		ck_assert(!has(log_line(), "auth="));
		return;
	}
	ck_assert(has(log_line(), address_rows[_i].mailfrom));
	ck_assert(has(log_line(), address_rows[_i].auth));
}
END_TEST

START_TEST(test_log_hides_unreadable_addresses)
{
	m.facts.reverse_path.is_valid = false;
	m.facts.envelope.mail_argument = WAX_STR("<secret@[x>");
	ck_assert(has(log_line(), " mailfrom=<secret@[x>"));
	context.addresses = WAX_LOG_DOMAIN;
	ck_assert(!has(log_line(), "secret"));
}
END_TEST

START_TEST(test_log_escapes)
{
	m.facts.envelope.helo = wax_exact_n("a\0b\n\x1b[2J\"x\\ \xff", 13);
	m.facts.message_id = wax_exact("<1> action=accept\nqid=forged");
	ck_assert(has(
	    log_line(), " helo=\"a\\x00b\\x0a\\x1b[2J\\x22x\\x5c \\xff\" "));
	ck_assert(
	    has(log_line(), " msgid=\"<1> action=accept\\x0aqid=forged\" "));
	ck_assert(!has(log_line(), "\n"));
}
END_TEST

START_TEST(test_log_line_is_bounded)
{
	static char longest[254], huge[70000];
	struct wax_str line;

	memset(longest, 'a', 253);
	memset(huge, '\n', sizeof huge - 1);
	m.facts.envelope.helo = wax_str_of(huge);
	m.facts.message_id = wax_str_of(huge);
	m.facts.connection.client_name = wax_str_of(longest);
	m.facts.reverse_path.local_part = wax_str_of(huge);
	m.facts.reverse_path.domain = dom(longest);
	m.results.dmarc.author_domain = dom(longest);
	m.results.dmarc.policy_domain = dom(longest);
	m.results.mailfrom.domain = dom(longest);
	(void)sample_add_signature(&m, WAX_PASS, longest);
	line = log_line();
	ck_assert_uint_le(line.n, WAX_LOG_LINE_MAX);
	ck_assert(wax_str_ends(line, WAX_STR(" [cut]")));
	ck_assert(wax_str_starts(
	    line, WAX_STR("qid=4ZxYc12 action=reject rule=dmarc client=")));
	/* What is left out is left out whole. */
	ck_assert(!has(line, "mailfrom"));
	ck_assert(has(line, " ms=34"));
}
END_TEST

START_TEST(test_log_line_is_bounded_to_the_octet)
{
	static char name[254], huge[300];
	size_t longest = 0;

	memset(name, 'a', 253);
	memset(huge, '\n', sizeof huge - 1);
	m.facts.envelope.helo = wax_str_of(huge);
	m.facts.message_id = wax_str_of("<1@author.example>");
	for (size_t n = 1; n < sizeof name; n++) {
		m.facts.connection.client_name = (struct wax_str){ name, n };
		m.facts.envelope.auth_user = (struct wax_str){ name, n };
		m.results.mailfrom.domain = (struct wax_domain){ { name, n } };
		if (log_line().n > longest)
			longest = log_line().n;
	}
	ck_assert_uint_le(longest, WAX_LOG_LINE_MAX);
	ck_assert_uint_gt(longest, WAX_LOG_LINE_MAX - 10);
}
END_TEST

START_TEST(test_log_lists_some_signatures_and_counts_all)
{
	struct wax_dkim_signature many[30] = { 0 };
	struct wax_str line;
	size_t shown = 0;

	for (size_t i = 0; i < 30; i++)
		many[i].result = WAX_FAIL;
	m.results.dkim = many;
	m.results.n_dkim = 30;
	line = log_line();
	for (size_t i = 0; i + 5 < line.n; i++)
		shown += memcmp(line.p + i, " dkim=", 6) == 0;
	ck_assert_uint_eq(shown, 20);
	ck_assert(has(line, " signatures=30 "));
}
END_TEST

static const char *
text_of(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

START_TEST(test_log_as_json)
{
	struct wax_verdict verdict;
	struct wax_str line;
	json_t *object;

	m.facts.message_id = wax_exact("<\xff\"\n>");
	m.facts.envelope.helo = wax_exact("b\xc3\xbc"
	                                  "cher.example");
	(void)sample_add_signature(&m, WAX_PASS, "esp.example");
	verdict = decide();
	line = wax_render_log_json(
	    arena, &context, &m.facts, &m.results, &verdict);
	ck_assert(!has(line, "\n"));
	object = json_loadb(line.p, line.n, 0, NULL);
	ck_assert_ptr_nonnull(object);
	ck_assert_str_eq(text_of(object, "qid"), "4ZxYc12");
	ck_assert_str_eq(text_of(object, "action"), "reject");
	ck_assert_str_eq(text_of(object, "msgid"), "<\xc3\xbf\"\n>");
	ck_assert_str_eq(text_of(object, "helo"), "b\xc3\xbc"
	                                          "cher.example");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(object, "dns-ms")), 12);
	ck_assert_str_eq(json_string_value(json_array_get(
	                     json_object_get(object, "dkim"), 0)),
	    "pass/esp.example/s1/rsa-sha256");
	json_decref(object);
}
END_TEST

/* Each member by name, for those whose scripts read them. */
START_TEST(test_all_members_of_json)
{
	static const struct wax_answer txt = {
		.status = WAX_DNS_OK, .type = WAX_RR_TXT, .n = 0
	};
	static const struct wax_question question[] = {
		{ WAX_STR_INIT("_dmarc.author.example"), WAX_RR_TXT, false,
		    &txt },
		{ WAX_STR_INIT("late.example"), WAX_RR_A, true, NULL },
	};
	struct wax_dkim_signature *signature =
	    sample_add_signature(&m, WAX_PASS, "author.example");
	struct wax_verdict verdict;
	struct wax_str text;
	json_t *object;
	char *got;

	m.results.mailfrom.mechanism = WAX_STR("-all");
	m.results.mailfrom.explanation = WAX_STR("x");
	m.results.mailfrom.reason = WAX_STR("y");
	m.results.mailfrom.terms = 3;
	m.results.mailfrom.voids = 1;
	signature->auid = WAX_STR("@author.example");
	signature->b_prefix = WAX_STR("abcd");
	signature->reason = WAX_STR("z");
	signature->key_bits = 2048;
	signature->test_key = true;
	m.results.dmarc.dkim_aligned = true;
	m.results.dmarc.record.text = WAX_STR("v=DMARC1; p=reject");
	m.results.dmarc.record.error = WAX_STR("e");
	m.results.n_questions = 2;
	m.results.question = question;
	m.results.n_asked = 1;
	verdict = decide();
	text = wax_render_json(
	    arena, &m.policy, &m.facts, &m.results, &verdict, NULL);
	object = json_loadb(text.p, text.n, 0, NULL);
	ck_assert_ptr_nonnull(object);
	got = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(got,
	    "{\"asked\":1,"
	    "\"authentication_results\":\" mx.rcpt.example;\\n\\tspf=fail sm"
	    "tp.mailfrom=author.example;\\n\\tspf=none smtp.helo=mail.att"
	    "acker.example;\\n\\tdkim=pass header.d=author.example header"
	    ".s=s1 header.a=rsa-sha256\\n\\theader.b=abcd;\\n\\tdmarc=fail "
	    "header.from=author.example policy.dmarc=reject\","
	    "\"dkim\":[{\"algorithm\":\"rsa-sha256\",\"aligned\":true,"
	    "\"b\":\"abcd\",\"broken\":false,\"domain\":\"author.example\","
	    "\"identity\":\"@author.example\",\"key_bits\":2048,\"reason\":"
	    "\"z\","
	    "\"result\":\"pass\",\"selector\":\"s1\",\"test_key\":true}],"
	    "\"dmarc\":{\"applied_tag\":\"p\","
	    "\"author_domain\":\"author.example\",\"discovery\":\"treewalk\","
	    "\"dkim_aligned\":true,"
	    "\"organizational_domain\":\"author.example\",\"policy\":"
	    "\"reject\","
	    "\"policy_domain\":\"author.example\",\"published\":\"reject\","
	    "\"record\":\"v=DMARC1; p=reject\",\"record_error\":\"e\","
	    "\"result\":\"fail\",\"spf_aligned\":false},"
	    "\"helo\":{\"domain\":\"mail.attacker.example\",\"result\":"
	    "\"none\","
	    "\"terms\":0,\"voids\":0},\"message\":{\"client\":\"192.0.2.66\","
	    "\"helo\":\"mail.attacker.example\","
	    "\"mail_from\":\"<x@author.example>\",\"recipients\":1},"
	    "\"questions\":[{\"name\":\"_dmarc.author.example\",\"status\":"
	    "\"ok\","
	    "\"type\":\"TXT\"},{\"name\":\"late.example\",\"status\":"
	    "\"refused\","
	    "\"type\":\"A\"}],\"report_row\":null,"
	    "\"spf\":{\"domain\":\"author.example\",\"explanation\":\"x\","
	    "\"mechanism\":\"-all\",\"reason\":\"y\",\"result\":\"fail\","
	    "\"terms\":3,"
	    "\"voids\":1},\"verdict\":{\"action\":\"reject\",\"applied\":"
	    "\"reject\","
	    "\"disposition\":\"reject\",\"reasons\":[],"
	    "\"reply\":\"550 5.7.26 DMARC fail for author.example,"
	    " policy p=reject: SPF fail,"
	    " DKIM pass for author.example (not aligned) (4ZxYc12)\","
	    "\"rule\":\"dmarc\",\"why\":\"DMARC fail for author.example,"
	    " policy p=reject: SPF fail,"
	    " DKIM pass for author.example (not aligned)\"}}");
	free(got);
	json_decref(object);
}
END_TEST

START_TEST(test_everything_as_json)
{
	struct wax_verdict verdict;
	struct wax_str text;
	const json_t *part;
	json_t *object;

	(void)sample_add_signature(&m, WAX_FAIL, "esp.example");
	(void)sample_add_signature(&m, WAX_PASS, "author.example");
	m.results.dmarc.dkim_aligned = true;
	m.results.dmarc.aligned_signature = 1;
	verdict = decide();
	text = wax_render_json(
	    arena, &m.policy, &m.facts, &m.results, &verdict, NULL);
	object = json_loadb(text.p, text.n, 0, NULL);
	ck_assert_ptr_nonnull(object);
	ck_assert(json_is_null(json_object_get(object, "report_row")));
	part = json_object_get(object, "dmarc");
	ck_assert_str_eq(text_of(part, "result"), "fail");
	ck_assert_str_eq(text_of(part, "policy"), "reject");
	part = json_object_get(object, "dkim");
	ck_assert_uint_eq(json_array_size(part), 2);
	ck_assert(
	    json_is_false(json_object_get(json_array_get(part, 0), "aligned")));
	ck_assert(
	    json_is_true(json_object_get(json_array_get(part, 1), "aligned")));
	part = json_object_get(object, "verdict");
	ck_assert_str_eq(text_of(part, "action"), "reject");
	ck_assert(wax_str_starts(
	    wax_str_of(text_of(part, "reply")), WAX_STR("550 5.7.26 DMARC")));
	ck_assert(has(wax_str_of(text_of(object, "authentication_results")),
	    "dmarc=fail header.from=author.example"));
	json_decref(object);
}
END_TEST

START_TEST(test_row_as_json)
{
	struct wax_render_row row = { true, WAX_STR("domain=d.example p=none"),
		WAX_STR("ip=192.0.2.1 sig=a\"\\xff\"") };
	struct wax_verdict verdict = decide();
	struct wax_str text = wax_render_json(
	    arena, &m.policy, &m.facts, &m.results, &verdict, &row);
	json_t *object = json_loadb(text.p, text.n, 0, NULL);
	const json_t *part = json_object_get(object, "report_row");

	ck_assert(json_is_true(json_object_get(part, "accepted")));
	ck_assert_str_eq(text_of(part, "policy"), "domain=d.example p=none");
	ck_assert_str_eq(text_of(part, "tuple"), "ip=192.0.2.1 sig=a\"\\xff\"");
	json_decref(object);
}
END_TEST

#define N_OF(table) (int)(sizeof(table) / sizeof(table)[0])

static TCase *
headers(void)
{
	TCase *tc = tcase_create("headers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_authres_of_a_relayed_client);
	tcase_add_test(tc, test_authres_of_a_spoof);
	tcase_add_test(tc, test_authres_of_signatures);
	tcase_add_test(tc, test_authres_under_a_null_sender);
	tcase_add_test(tc, test_authres_without_names);
	tcase_add_test(tc, test_authres_without_an_author);
	tcase_add_test(tc, test_authres_without_a_policy);
	tcase_add_test(tc, test_authres_says_why_where_it_helps);
	tcase_add_test(tc, test_received_spf);
	tcase_add_test(tc, test_received_spf_folds_at_the_last_column);
	tcase_add_test(tc, test_received_spf_says_what_the_problem_was);
	tcase_add_test(tc, test_received_spf_quotes_and_leaves_out);
	return tc;
}

static TCase *
logs(void)
{
	TCase *tc = tcase_create("log");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_log_of_what_is_seldom_there);
	tcase_add_test(tc, test_log_of_a_null_sender);
	tcase_add_test(tc, test_log_line);
	tcase_add_test(tc, test_log_of_monitoring);
	tcase_add_test(tc, test_log_of_what_is_not_judged);
	tcase_add_loop_test(
	    tc, test_log_hides_addresses, 0, N_OF(address_rows));
	tcase_add_test(tc, test_log_hides_unreadable_addresses);
	tcase_add_test(tc, test_log_escapes);
	tcase_add_test(tc, test_log_line_is_bounded);
	tcase_add_test(tc, test_log_line_is_bounded_to_the_octet);
	tcase_add_test(tc, test_log_lists_some_signatures_and_counts_all);
	tcase_add_test(tc, test_all_members_of_json);
	tcase_add_test(tc, test_log_as_json);
	tcase_add_test(tc, test_everything_as_json);
	tcase_add_test(tc, test_row_as_json);
	return tc;
}

Suite *
wax_render_suite(void)
{
	Suite *s = suite_create("render");

	suite_add_tcase(s, headers());
	suite_add_tcase(s, logs());
	return s;
}
