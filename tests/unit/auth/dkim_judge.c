/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/auth/dkim_judge.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/dns/budget.h"
#include "policy/dns/zone.h"
#include "tests/support/suite.h"

struct judge
judge_open(void)
{
	const struct wax_engine_options options = { 0 };
	struct judge judge = {
		.options = {
			.now = JUDGE_NOW,
			.min_rsa_bits = WAX_KEY_BITS_MIN_DEFAULT,
			.max_signatures = WAX_SIGNATURES_DEFAULT,
			.max_key_lookups = WAX_KEY_LOOKUPS_DEFAULT,
			.max_key_bits = WAX_KEY_BITS_DEFAULT,
			.max_body_hashes = WAX_BODY_HASHES_DEFAULT,
			.max_signed_names = WAX_SIGNED_NAMES_DEFAULT,
		},
		.author = "example.com",
		.max_questions = 1000,
	};

	judge.arena = wax_arena_new("judge", 4096);
	judge.engines = wax_engines_open(&options, NULL);
	ck_assert_ptr_nonnull(judge.engines);
	wax_text_init(&judge.zone, judge.arena);
	return judge;
}

void
judge_close(struct judge *judge)
{
	wax_arena_free(judge->arena);
	wax_engines_close(judge->engines);
}

struct wax_signer *
judge_signer(const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct wax_arena *arena = wax_arena_new("path", 512);
	struct wax_signer *signer = wax_signer_load(wax_textf(arena,
	    "%s/tests/support/keys/%s.pem", srcdir != NULL ? srcdir : ".", name)
	                                                .p);

	wax_arena_free(arena);
	ck_assert_msg(signer != NULL, "no key %s", name);
	return signer;
}

void
judge_zone(struct judge *judge, const char *lines)
{
	wax_text_addf(&judge->zone, "%s\n", lines);
}

void
judge_publish(struct judge *judge, const char *name, struct wax_str txt)
{
	wax_text_addf(&judge->zone, "%s TXT", name);
	for (; txt.n > 0; txt = wax_str_from(txt, 255))
		wax_text_addf(
		    &judge->zone, " \"%.*s\"", WAX_FMT(wax_str_head(txt, 255)));
	wax_text_addz(&judge->zone, "\n");
}

void
judge_publish_key(
    struct judge *judge, const char *name, const struct wax_signer *signer)
{
	judge_publish(judge, name, wax_signer_record(judge->arena, signer));
}

/* --- a resolver that counts who waits ------------------------------------- */

struct watcher {
	struct wax_resolver base;
	struct wax_resolver *inner;
	size_t waited;
};

static void
watch_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	wax_dns_prefetch(((struct watcher *)resolver)->inner, qname, type);
}

static const struct wax_answer *
watch_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	return wax_dns_peek(
	    ((struct watcher *)resolver)->inner, arena, qname, type);
}

static const struct wax_answer *
watch_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	struct watcher *watcher = (struct watcher *)resolver;

	watcher->waited++;
	return wax_dns_lookup(watcher->inner, arena, qname, type, deadline);
}

static bool
watch_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	struct watcher *watcher = (struct watcher *)resolver;

	watcher->waited++;
	return watcher->inner->ops->wait_any(watcher->inner, deadline);
}

static const struct wax_resolver_ops watch_ops = { watch_prefetch, watch_peek,
	watch_lookup, watch_wait_any };

/* --- running -------------------------------------------------------------- */

static size_t
line_end(struct wax_str s, size_t from)
{
	for (size_t i = from; i + 1 < s.n; i++)
		if (s.p[i] == '\r' && s.p[i + 1] == '\n')
			return i + 2;
	return s.n;
}

/* An end that is noticed when it is passed is dear: not for thousands. */
#define EXACT_FIELDS 40

/* Give the fields, the first of them in blocks of their own size; returns
 * where the body begins. */
static size_t
give_fields(struct wax_dkim *dkim, struct wax_str message)
{
	size_t at = 0, n = 0;

	while (at < message.n && message.p[at] != '\r') {
		size_t start = at, colon, end;
		struct wax_str name, raw;

		at = line_end(message, at);
		while (at < message.n &&
		       (message.p[at] == ' ' || message.p[at] == '\t'))
			at = line_end(message, at);
		end = at - (message.p[at - 1] == '\n' ? 2 : 0);
		colon = wax_str_find(wax_str_from(message, start), ':');
		name = wax_str_head(wax_str_from(message, start), colon);
		raw = (struct wax_str){ message.p + start + colon + 1,
			end - start - colon - 1 };
		if (n++ < EXACT_FIELDS) {
			name = wax_exact_n(name.p, name.n);
			raw = wax_exact_n(raw.p, raw.n);
		}
		wax_dkim_field(dkim, name, raw);
	}
	return at + 2 < message.n ? at + 2 : message.n;
}

static void
give_body(const struct judge *judge, struct wax_dkim *dkim, struct wax_str body)
{
	size_t step = judge->chunk > 0 ? judge->chunk : body.n;

	body = wax_exact_n(body.p, body.n);
	for (; body.n > 0; body = wax_str_from(body, step))
		wax_dkim_body(dkim, wax_str_head(body, step));
}

void
judge_run(struct judge *judge, struct wax_str message)
{
	struct wax_err err = { 0 };
	struct wax_zone *zone =
	    wax_zone_parse(judge->arena, wax_text_str(&judge->zone), &err);
	struct wax_budget *budget;
	struct watcher watcher = { { &watch_ops }, NULL, 0 };
	struct wax_domain author = { { NULL, 0 } };
	struct wax_dkim *dkim;
	size_t body;

	ck_assert_msg(zone != NULL, "zone: %s", err.text);
	budget = wax_budget_new(judge->arena,
	    wax_zone_resolver(judge->arena, zone), judge->max_questions, 0);
	watcher.inner = wax_budget_general(budget);
	ck_assert(
	    judge->author == NULL ||
	    wax_domain_parse(judge->arena, wax_str_of(judge->author), &author));
	dkim = wax_dkim_open(
	    judge->arena, judge->engines, &watcher.base, &judge->options);
	body = give_fields(dkim, message);
	judge->needs_body = wax_dkim_eoh(dkim, author);
	judge->asked_ahead = wax_budget_asked(budget);
	if (judge->needs_body)
		give_body(judge, dkim, wax_str_from(message, body));
	judge->waited = watcher.waited;
	judge->sig = wax_dkim_finish(dkim, 1000, &judge->n);
	judge->asked = wax_budget_asked(budget);
	ck_assert_uint_eq(judge->waited, 0);
}

void
judge_signed(struct judge *judge, const char *key,
    const struct wax_sign_request *request, struct wax_str message)
{
	struct wax_signer *signer = judge_signer(key);

	judge_publish_key(judge,
	    wax_textf(judge->arena, "%s._domainkey.%s", request->selector,
	        request->domain)
	        .p,
	    signer);
	judge_run(
	    judge, wax_sign_message(judge->arena, signer, request, message));
	wax_signer_free(signer);
}
