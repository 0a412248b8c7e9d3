/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/dns/budget.h"

#include "policy/base/limits.h"
#include "policy/base/vec.h"

/* Both faces lead to the same questions; they differ in their limit. */
struct face {
	struct wax_resolver base;
	struct wax_budget *budget;
	size_t limit; /* questions after which this face refuses */
};

struct wax_budget {
	struct wax_arena *arena;
	struct wax_resolver *shared;
	struct face general, reserved;
	WAX_VEC(struct wax_question) questions;
	size_t asked, asked_general;
	bool exceeded;
	const struct wax_answer *refusal; /* made at the first refusal */
};

static struct face *
face_of(struct wax_resolver *resolver)
{
	return (struct face *)(void *)resolver;
}

static struct wax_str
without_dot(struct wax_str name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

/* Whether a new question through this face is past a limit. */
static bool
refuses(const struct face *face)
{
	const struct wax_budget *budget = face->budget;

	return budget->asked >= budget->reserved.limit ||
	       (face == &budget->general &&
	           budget->asked_general >= face->limit);
}

/* A message asks some dozen names, max-dns-queries at most: comparing is
 * cheaper than hashing. NULL: not asked by this message. */
static struct wax_question *
find(struct wax_budget *budget, struct wax_str qname, enum wax_rrtype type)
{
	struct wax_str name = without_dot(qname);

	for (size_t i = 0; i < budget->questions.n; i++) {
		struct wax_question *known = &budget->questions.v[i];

		if (known->type == type && wax_str_ieq(known->qname, name))
			return known;
	}
	return NULL;
}

/* The question's place in the list, made if it is new. */
static struct wax_question *
question_of(struct face *face, struct wax_str qname, enum wax_rrtype type)
{
	struct wax_budget *budget = face->budget;
	struct wax_question question = { .type = type };
	bool is_general = face == &budget->general;
	struct wax_question *known = find(budget, qname, type);

	if (known != NULL) {
		/* Refused once, but this face may still ask. */
		if (known->refused && !is_general &&
		    budget->asked < face->limit) {
			known->refused = false;
			known->answer = NULL;
			budget->asked++;
		}
		return known;
	}
	question.qname = wax_str_lower(budget->arena, without_dot(qname));
	question.refused = refuses(face);
	if (question.refused)
		budget->exceeded = true;
	else
		budget->asked++;
	if (!question.refused && is_general)
		budget->asked_general++;
	WAX_PUSH(budget->arena, &budget->questions, question);
	return &budget->questions.v[budget->questions.n - 1];
}

static const struct wax_answer *
refusal(struct wax_budget *budget)
{
	const struct wax_answer *answer;

	if (budget->refusal == NULL) {
		answer = wax_answer_new(
		    WAX_DNS_LIMIT, WAX_RR_TXT, false, 0, 0, NULL);
		budget->refusal = wax_answer_hold(budget->arena, answer);
		wax_answer_unref(answer);
	}
	return budget->refusal;
}

static const struct wax_answer *
impossible(struct wax_budget *budget, enum wax_rrtype type)
{
	const struct wax_answer *answer =
	    wax_answer_new(WAX_DNS_NXDOMAIN, type, false, 0, 0, NULL);
	const struct wax_answer *held = wax_answer_hold(budget->arena, answer);

	wax_answer_unref(answer);
	return held;
}

static bool
is_askable(struct wax_str qname)
{
	return wax_qname_is_askable(without_dot(qname));
}

static void
budget_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	struct face *face = face_of(resolver);
	const struct wax_question *question;

	/* Asking ahead is a guess: what is refused to it is not missed. */
	if (!is_askable(qname) || refuses(face))
		return;
	question = question_of(face, qname, type);
	if (!question->refused && question->answer == NULL)
		wax_dns_prefetch(face->budget->shared, question->qname, type);
}

static const struct wax_answer *
budget_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	struct wax_budget *budget = face_of(resolver)->budget;
	struct wax_question *known;

	(void)arena; /* the budget's own lives as long as the message */
	if (!is_askable(qname))
		return NULL;
	known = find(budget, qname, type);
	if (known == NULL)
		return NULL;
	if (known->answer == NULL && !known->refused)
		known->answer = wax_dns_peek(
		    budget->shared, budget->arena, known->qname, type);
	return known->answer;
}

static const struct wax_answer *
budget_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	struct face *face = face_of(resolver);
	struct wax_budget *budget = face->budget;
	struct wax_question *question;

	(void)arena;
	if (!is_askable(qname))
		return impossible(budget, type);
	question = question_of(face, qname, type);
	if (question->refused)
		question->answer = refusal(budget);
	else if (question->answer == NULL)
		question->answer = wax_dns_lookup(budget->shared, budget->arena,
		    question->qname, type, deadline);
	return question->answer;
}

/*
 * One more answered: the first that is already here, else wait for the
 * oldest. An answer that failed counts as answered; nothing is asked twice.
 */
static bool
budget_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	struct wax_budget *budget = face_of(resolver)->budget;
	struct wax_question *oldest = NULL;

	for (size_t i = 0; i < budget->questions.n; i++) {
		struct wax_question *open = &budget->questions.v[i];

		if (open->answer != NULL || open->refused)
			continue;
		open->answer = wax_dns_peek(
		    budget->shared, budget->arena, open->qname, open->type);
		if (open->answer != NULL)
			return true;
		if (oldest == NULL)
			oldest = open;
	}
	if (oldest == NULL)
		return false;
	oldest->answer = wax_dns_lookup(budget->shared, budget->arena,
	    oldest->qname, oldest->type, deadline);
	return true;
}

static const struct wax_resolver_ops budget_ops = {
	.prefetch = budget_prefetch,
	.peek = budget_peek,
	.lookup = budget_lookup,
	.wait_any = budget_wait_any,
};

struct wax_budget *
wax_budget_new(struct wax_arena *arena, struct wax_resolver *shared,
    size_t max_questions, size_t reserved)
{
	struct wax_budget *budget = WAX_NEW(arena, struct wax_budget);

	if (reserved > max_questions)
		reserved = max_questions;
	budget->arena = arena;
	budget->shared = shared;
	budget->general.base.ops = &budget_ops;
	budget->general.budget = budget;
	budget->general.limit = max_questions - reserved;
	budget->reserved.base.ops = &budget_ops;
	budget->reserved.budget = budget;
	budget->reserved.limit = max_questions;
	return budget;
}

struct wax_resolver *
wax_budget_general(struct wax_budget *budget)
{
	return &budget->general.base;
}

struct wax_resolver *
wax_budget_reserved(struct wax_budget *budget)
{
	return &budget->reserved.base;
}

const struct wax_question *
wax_budget_trace(const struct wax_budget *budget, size_t *n)
{
	*n = budget->questions.n;
	return budget->questions.v;
}

size_t
wax_budget_asked(const struct wax_budget *budget)
{
	return budget->asked;
}

bool
wax_budget_exceeded(const struct wax_budget *budget)
{
	return budget->exceeded;
}
