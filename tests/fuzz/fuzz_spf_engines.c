/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole evaluations, by both engines. The input is a text: the first line
 * has the client's address, the mailbox and the HELO, the rest is a zone. An
 * input that begins with NUL is octets for spf_world.h to make such a text.
 *
 * What holds for any: both engines come to the same result by the same number
 * of terms and void lookups; RFC 7208's limits hold; a wrong name is never
 * asked; and what was asked ahead, round by round, is all that an evaluation
 * asks. Where libspf2 may differ, and why, is said at is_known_difference().
 */
#include <stdio.h>
#include <stdlib.h>

#include "policy/auth/spf_impl.h"
#include "policy/dns/zone.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/recording.h"
#include "tests/support/spf_world.h"

const char wax_fuzz_name[] = "spf_engines";

#define DEADLINE 8000
/* More rounds than any chain of questions has: each term's are three. */
#define ROUNDS_MAX (4 * WAX_SPF_TERMS_MAX + 2)
/* A record, and for each term its question and ten hosts or names. */
#define QUESTIONS_MAX (1 + WAX_SPF_TERMS_MAX * (3 + 10))

static struct wax_arena *arena;
static struct wax_str world; /* the input as text */

/*
 * None is known. libspf2's `undecided` and `mechanism` are less exact by
 * definition (spf.h), and are not compared.
 */
static bool
is_known_difference(
    const struct wax_spf_result *own, const struct wax_spf_result *other)
{
	(void)own;
	(void)other;
	return false;
}

static void
check_result(const struct wax_spf_result *result)
{
	WAX_ASSERT(result->terms <= WAX_SPF_TERMS_MAX);
	WAX_ASSERT(result->voids <= WAX_SPF_VOIDS_MAX ||
	           result->result == WAX_PERMERROR);
	WAX_ASSERT(!result->limit_hit || result->result == WAX_PERMERROR);
	WAX_ASSERT(!result->undecided || result->result == WAX_TEMPERROR);
	for (size_t i = 0; i < result->mechanism.n; i++)
		WAX_ASSERT(result->mechanism.p[i] >= ' ' &&
		           result->mechanism.p[i] <= '~');
	for (size_t i = 0; i < result->reason.n; i++)
		WAX_ASSERT(
		    result->reason.p[i] >= ' ' && result->reason.p[i] <= '~');
	WAX_ASSERT(
	    wax_str_find(result->explanation, '\n') == result->explanation.n);
}

static void
compare(struct wax_resolver *zone, const struct wax_spf_query *query)
{
	struct wax_spf_result own =
	    wax_spf_rfc7208(arena, zone, query, DEADLINE);
	struct wax_spf_result other =
	    wax_spf_libspf2(arena, zone, query, DEADLINE);

	check_result(&own);
	check_result(&other);
	if (own.result == other.result && own.terms == other.terms &&
	    own.voids == other.voids && own.limit_hit == other.limit_hit &&
	    wax_str_eq(own.reason, other.reason) &&
	    wax_str_eq(own.explanation, other.explanation))
		return;
	if (is_known_difference(&own, &other))
		return;
	(void)fprintf(stderr,
	    "%.*s\n"
	    "own:     %s, %u terms, %u voids: %.*s\n"
	    "libspf2: %s, %u terms, %u voids: %.*s\n",
	    WAX_FMT(world), wax_result_word(own.result), own.terms, own.voids,
	    WAX_FMT(own.reason), wax_result_word(other.result), other.terms,
	    other.voids, WAX_FMT(other.reason));
	abort();
}

static void
check_ahead(struct wax_resolver *zone, const struct wax_spf_query *query)
{
	struct wax_recording *recording = wax_recording_new(arena, zone);
	struct wax_resolver *resolver = wax_recording_resolver(recording);
	size_t rounds = 0;

	wax_recording_hold(recording);
	while (!wax_spf_prefetch(arena, resolver, query)) {
		WAX_ASSERT(++rounds <= ROUNDS_MAX);
		/* Late answers never come; all others do. */
		if (wax_recording_deliver(recording) == 0)
			break;
	}
	WAX_ASSERT(wax_recording_count(recording) <= QUESTIONS_MAX);
	if (rounds > 0 && !wax_spf_prefetch(arena, resolver, query))
		return;
	wax_recording_forget(recording);
	(void)wax_spf_rfc7208(arena, resolver, query, DEADLINE);
	WAX_ASSERT(wax_recording_count(recording) == 0);
}

static bool
read_query(struct wax_str line, struct wax_spf_query *out)
{
	struct wax_str ip, mailbox;
	size_t at;

	if (!wax_str_cut(&line, ' ', &ip) ||
	    !wax_str_cut(&line, ' ', &mailbox) ||
	    !wax_ip_parse(ip, &out->client))
		return false;
	at = wax_str_rfind(mailbox, '@');
	out->local_part = wax_str_head(mailbox, at);
	out->helo = line;
	out->receiver = WAX_STR("mx.example");
	return wax_domain_parse(
	    arena, wax_str_from(mailbox, at + 1), &out->domain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_str text = { (const char *)data, size }, line;
	struct wax_spf_query query = { .scope = WAX_SPF_MAILFROM };
	struct wax_zone *zone = NULL;
	struct wax_resolver *resolver;
	struct wax_err err;

	arena = wax_arena_new("fuzz", 0);
	if (size > 0 && data[0] == 0)
		text = wax_spf_world(arena, wax_str_from(text, 1));
	world = text;
	if (wax_str_cut(&text, '\n', &line) && read_query(line, &query))
		zone = wax_zone_parse(arena, text, &err);
	if (zone != NULL) {
		resolver = wax_zone_resolver(arena, zone);
		check_ahead(resolver, &query);
		query.want_explanation = true;
		compare(resolver, &query);
	}
	wax_arena_free(arena);
	return 0;
}
