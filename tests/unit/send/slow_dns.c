/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/send/slow_dns.h"

#include <string.h>

#include "policy/base/vec.h"
#include "policy/dns/zone.h"
#include "tests/unit/send/world.h"

#define KEPT_MS 25000
#define KEPT_FAILED_MS 2000

struct question {
	struct wax_str qname;
	enum wax_rrtype type;
	int64_t here_ms; /* when its answer is */
};

struct slow_dns {
	struct wax_resolver base;
	struct wax_arena *arena;
	struct wax_resolver *zone;
	int64_t (*after_ms)(struct wax_str qname);
	WAX_VEC(struct question) questions;
	size_t n_most, n_asked;
};

static struct slow_dns *
slow_of(struct wax_resolver *resolver)
{
	return (struct slow_dns *)(void *)resolver;
}

static int64_t
clock_ms(void)
{
	return world->options.clock_ms(NULL);
}

static struct question *
find(struct slow_dns *dns, struct wax_str qname, enum wax_rrtype type)
{
	for (size_t i = 0; i < dns->questions.n; i++)
		if (dns->questions.v[i].type == type &&
		    wax_str_ieq(dns->questions.v[i].qname, qname))
			return &dns->questions.v[i];
	return NULL;
}

static const struct wax_answer *
answer_to(const struct slow_dns *dns, struct wax_arena *arena,
    const struct question *question)
{
	const struct wax_answer *answer = wax_dns_lookup(
	    dns->zone, arena, question->qname, question->type, 0);
	int64_t kept =
	    answer->status == WAX_DNS_TEMPFAIL ? KEPT_FAILED_MS : KEPT_MS;

	return clock_ms() >= question->here_ms &&
	               clock_ms() - question->here_ms < kept
	           ? answer
	           : NULL;
}

static void
count(struct slow_dns *dns)
{
	size_t n = 0;

	for (size_t i = 0; i < dns->questions.n; i++)
		n += dns->questions.v[i].here_ms > clock_ms();
	if (n > dns->n_most)
		dns->n_most = n;
}

static void
slow_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	struct slow_dns *dns = slow_of(resolver);
	struct question *question = find(dns, qname, type);
	int64_t after = dns->after_ms(qname);

	if (question != NULL && question->here_ms > clock_ms())
		return; /* in flight */
	if (question != NULL && answer_to(dns, dns->arena, question) != NULL)
		return;
	if (question == NULL) {
		WAX_PUSH(dns->arena, &dns->questions,
		    (struct question){
		        wax_str_dup(dns->arena, qname), type, 0 });
		question = &dns->questions.v[dns->questions.n - 1];
	}
	question->here_ms =
	    after == SLOW_DNS_NEVER ? after : clock_ms() + after;
	dns->n_asked++;
	count(dns);
}

static const struct wax_answer *
slow_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	struct slow_dns *dns = slow_of(resolver);
	const struct question *question = find(dns, qname, type);

	return question != NULL ? answer_to(dns, arena, question) : NULL;
}

static const struct wax_answer *
slow_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	(void)arena;
	(void)deadline;
	(void)resolver;
	(void)type;
	ck_abort_msg("somebody waits for %.*s alone", WAX_FMT(qname));
}

static bool
slow_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	(void)resolver;
	(void)deadline;
	return false;
}

static const struct wax_resolver_ops slow_ops = {
	.prefetch = slow_prefetch,
	.peek = slow_peek,
	.lookup = slow_lookup,
	.wait_any = slow_wait_any,
};

struct slow_dns *
slow_dns_new(struct wax_arena *arena, const char *zone,
    int64_t (*after_ms)(struct wax_str qname))
{
	struct slow_dns *dns = WAX_NEW(arena, struct slow_dns);
	struct wax_err err = { .text = "" };
	struct wax_zone *parsed = wax_zone_parse(arena, wax_str_of(zone), &err);

	ck_assert_msg(parsed != NULL, "%s", err.text);
	dns->base.ops = &slow_ops;
	dns->arena = arena;
	dns->zone = wax_zone_resolver(arena, parsed);
	dns->after_ms = after_ms;
	return dns;
}

struct wax_resolver *
slow_dns_resolver(struct slow_dns *dns)
{
	return &dns->base;
}

size_t
slow_dns_most(const struct slow_dns *dns)
{
	return dns->n_most;
}

size_t
slow_dns_asked(const struct slow_dns *dns)
{
	return dns->n_asked;
}
