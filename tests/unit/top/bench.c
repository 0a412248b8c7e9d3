/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/top/bench.h"

#include <check.h>
#include <stdlib.h>

#include "policy/dns/zone.h"
#include "policy/saved_message.h"

#define NOW 1780000000

void
bench_open(struct bench *bench)
{
	struct wax_err err;

	*bench = (struct bench){ .arena = wax_arena_new("bench", 0) };
	bench->engines = wax_engines_open(
	    &(struct wax_engine_options){ .spf = WAX_SPF_OWN }, &err);
	ck_assert_ptr_nonnull(bench->engines);
	bench->policy = wax_local_policy_defaults;
	bench->policy.authserv_id = WAX_STR("mx.rcpt.example");
	bench->policy.mode = WAX_ENFORCE;
	bench->connection.client =
	    wax_ip_from4((const unsigned char[]){ 192, 0, 2, 7 });
	bench->envelope.helo = WAX_STR("mail.bank.example");
	bench->envelope.mail_argument = WAX_STR("<bounce@bank.example>");
	bench->message = WAX_STR("From: Bank <info@bank.example>\r\n"
	                         "Subject: Your statement\r\n"
	                         "Message-Id: <1@bank.example>\r\n"
	                         "\r\n"
	                         "Hello\r\n");
}

void
bench_close(struct bench *bench)
{
	wax_arena_free(bench->arena);
	wax_engines_close(bench->engines);
}

struct wax_resolver *
bench_resolver(struct bench *bench, struct wax_str text)
{
	struct wax_err err;
	struct wax_zone *zone = wax_zone_parse(bench->arena, text, &err);

	ck_assert_msg(zone != NULL, "%s in:\n%.*s",
	    zone == NULL ? err.text : "", WAX_FMT(text));
	return wax_zone_resolver(bench->arena, zone);
}

struct wax_evaluation *
bench_feed(struct bench *bench, struct wax_resolver *resolver)
{
	struct wax_evaluation *evaluation = wax_evaluation_new(bench->arena,
	    bench->engines, &bench->policy, resolver, &bench->connection, NOW);
	struct wax_saved_message message;

	ck_assert(
	    wax_saved_message_parse(bench->arena, bench->message, &message));
	wax_evaluation_envelope(evaluation, &bench->envelope);
	for (size_t i = 0; i < message.n_fields; i++)
		wax_evaluation_field(
		    evaluation, message.field[i].name, message.field[i].raw);
	if (wax_evaluation_eoh(evaluation) == WAX_NEED_BODY)
		(void)wax_evaluation_body(evaluation, message.body);
	return evaluation;
}

enum wax_action
bench_judge(struct bench *bench, struct wax_str zone)
{
	struct wax_evaluation *evaluation =
	    bench_feed(bench, bench_resolver(bench, zone));

	bench->results = wax_evaluation_finish(evaluation, 8000);
	bench->facts = wax_evaluation_facts(evaluation);
	bench->verdict = wax_verdict_decide(
	    bench->arena, &bench->policy, bench->facts, bench->results);
	return bench->verdict.action;
}

static struct wax_signer *
load(struct bench *bench, const char *key)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str path = wax_textf(bench->arena,
	    "%s/tests/support/keys/%s.pem", srcdir ? srcdir : ".", key);
	struct wax_signer *signer = wax_signer_load(path.p);

	ck_assert_msg(signer != NULL, "no key in %s", path.p);
	return signer;
}

struct wax_str
bench_sign(struct bench *bench, const char *key,
    const struct wax_sign_request *request)
{
	struct wax_signer *signer = load(bench, key);
	struct wax_str message =
	    wax_sign_message(bench->arena, signer, request, bench->message);

	wax_signer_free(signer);
	return message;
}

struct wax_str
bench_signed(struct bench *bench, const char *key, const char *domain)
{
	const struct wax_sign_request request = {
		.domain = domain,
		.selector = "s1",
	};

	return bench_sign(bench, key, &request);
}

struct wax_str
bench_key(struct bench *bench, const char *key)
{
	struct wax_signer *signer = load(bench, key);
	struct wax_str record = wax_signer_record(bench->arena, signer);

	wax_signer_free(signer);
	return record;
}
