/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/send/ahead.h"

#include "policy/base/vec.h"

struct question {
	struct wax_str qname;
	enum wax_rrtype type;
	const struct wax_answer *answer; /* NULL: missing */
};

struct wax_ahead {
	struct wax_resolver base;
	struct wax_arena *arena;
	struct wax_resolver *shared;
	WAX_VEC(struct question) questions;
	bool is_missing; /* of what was read, not of what was guessed */
	bool is_over;
};

static struct wax_ahead *
ahead_of(struct wax_resolver *resolver)
{
	return (struct wax_ahead *)(void *)resolver;
}

/* A report has few destinations, each some questions: no need to sort. */
static struct question *
find(const struct wax_ahead *ahead, struct wax_str qname, enum wax_rrtype type)
{
	for (size_t i = 0; i < ahead->questions.n; i++)
		if (ahead->questions.v[i].type == type &&
		    wax_str_ieq(ahead->questions.v[i].qname, qname))
			return &ahead->questions.v[i];
	return NULL;
}

static bool
look_for(struct wax_ahead *ahead, struct question *question)
{
	if (question->answer != NULL)
		return false;
	question->answer = wax_dns_peek(
	    ahead->shared, ahead->arena, question->qname, question->type);
	return question->answer != NULL;
}

/* The question; asked if it is new. NULL: it is too late for new ones. */
static const struct question *
ask(struct wax_ahead *ahead, struct wax_str qname, enum wax_rrtype type)
{
	struct question *question;

	if (qname.n > 1 && qname.p[qname.n - 1] == '.')
		qname.n--;
	question = find(ahead, qname, type);
	if (question != NULL || ahead->is_over)
		return question;
	WAX_PUSH(ahead->arena, &ahead->questions,
	    (struct question){ wax_str_dup(ahead->arena, qname), type, NULL });
	question = &ahead->questions.v[ahead->questions.n - 1];
	wax_dns_prefetch(ahead->shared, question->qname, type);
	(void)look_for(ahead, question);
	return question;
}

static void
ahead_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	(void)ask(ahead_of(resolver), qname, type);
}

static const struct wax_answer *
ahead_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	const struct question *question = find(ahead_of(resolver), qname, type);

	(void)arena; /* it is held as long as the report */
	return question != NULL ? question->answer : NULL;
}

static const struct wax_answer *
no_answer(struct wax_arena *arena, enum wax_rrtype type)
{
	const struct wax_answer *answer =
	    wax_answer_new(WAX_DNS_TEMPFAIL, type, false, 0, 0, NULL);
	const struct wax_answer *held = wax_answer_hold(arena, answer);

	wax_answer_unref(answer);
	return held;
}

static const struct wax_answer *
ahead_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	struct wax_ahead *ahead = ahead_of(resolver);
	const struct question *question = ask(ahead, qname, type);

	(void)deadline;
	if (question != NULL && question->answer != NULL)
		return question->answer;
	ahead->is_missing = true;
	return no_answer(arena, type);
}

static bool
ahead_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	(void)resolver;
	(void)deadline;
	return false; /* it never waits */
}

static const struct wax_resolver_ops ahead_ops = {
	.prefetch = ahead_prefetch,
	.peek = ahead_peek,
	.lookup = ahead_lookup,
	.wait_any = ahead_wait_any,
};

struct wax_ahead *
wax_ahead_new(struct wax_arena *arena, struct wax_resolver *shared)
{
	struct wax_ahead *ahead = WAX_NEW(arena, struct wax_ahead);

	ahead->base.ops = &ahead_ops;
	ahead->arena = arena;
	ahead->shared = shared;
	return ahead;
}

struct wax_resolver *
wax_ahead_resolver(struct wax_ahead *ahead)
{
	return &ahead->base;
}

bool
wax_ahead_look(struct wax_ahead *ahead, bool asks_again)
{
	bool has_news = false;

	for (size_t i = 0; i < ahead->questions.n; i++) {
		struct question *question = &ahead->questions.v[i];

		if (look_for(ahead, question))
			has_news = true;
		else if (question->answer == NULL && asks_again)
			wax_dns_prefetch(
			    ahead->shared, question->qname, question->type);
	}
	return has_news;
}

void
wax_ahead_begin(struct wax_ahead *ahead)
{
	ahead->is_missing = false;
}

bool
wax_ahead_is_missing(const struct wax_ahead *ahead)
{
	return ahead->is_missing;
}

void
wax_ahead_end(struct wax_ahead *ahead)
{
	ahead->is_over = true;
}
