/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/resolver/answers.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "milter/sys/clock.h"
#include "milter/sys/thread.h"
#include "policy/base/limits.h"

/* What malloc and the tree need for a slot beyond its own size. */
#define OVERHEAD 64

/* One who waits, on his own stack. */
struct waiter {
	LIST_ENTRY(waiter) link;
	pthread_cond_t arrived;
	int64_t since;
	const struct wax_answer *answer; /* with a reference, once here */
};

/* In flight (answer is NULL) or kept. */
struct slot {
	struct wax_asked asked; /* first: what the tree compares */
	const struct wax_answer *answer;
	LIST_HEAD(, waiter) waiters; /* of a question in flight */
	TAILQ_ENTRY(slot) link;      /* in `to_ask` or in `kept` */
	unsigned claims;             /* asked ahead, and not read yet */
	int64_t started, wanted;     /* in flight since; last asked for at */
	int64_t expires;             /* end of the TTL */
	int64_t claims_end;
	size_t bytes;
	char name[]; /* asked.qname */
};

TAILQ_HEAD(slots, slot);

struct wax_answers {
	struct wax_answers_options options;
	pthread_mutex_t lock; /* guards: all below, and all slots */
	void *tree;           /* of tsearch(3): balanced, so that no choice of
	                       * names makes it slow */
	struct slots to_ask;
	struct slots kept; /* most recently used first */
	struct wax_answers_counters counters;
};

static void
lock(struct wax_answers *answers)
{
	WAX_ASSERT(pthread_mutex_lock(&answers->lock) == 0);
}

static void
unlock(struct wax_answers *answers)
{
	WAX_ASSERT(pthread_mutex_unlock(&answers->lock) == 0);
}

static int64_t
now_ms(const struct wax_answers *answers)
{
	if (answers->options.now_ms == NULL)
		return wax_clock_ms();
	return answers->options.now_ms(answers->options.arg);
}

static int
compare(const void *left, const void *right)
{
	const struct wax_asked *a = left, *b = right;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->qname.n != b->qname.n)
		return a->qname.n < b->qname.n ? -1 : 1;
	for (size_t i = 0; i < a->qname.n; i++) {
		char x = wax_lower(a->qname.p[i]), y = wax_lower(b->qname.p[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static struct wax_asked
key_of(struct wax_str qname, enum wax_rrtype type)
{
	if (qname.n > 1 && qname.p[qname.n - 1] == '.')
		qname.n--;
	return (struct wax_asked){ .qname = qname, .type = type };
}

static struct slot *
find(struct wax_answers *answers, const struct wax_asked *key)
{
	void *node = tfind(key, &answers->tree, compare);

	return node != NULL ? *(struct slot **)node : NULL;
}

static void
forget_answer(struct wax_answers *answers, struct slot *slot)
{
	TAILQ_REMOVE(&answers->kept, slot, link);
	answers->counters.kept--;
	answers->counters.kept_bytes -= slot->bytes;
	wax_answer_unref(slot->answer);
	slot->answer = NULL;
}

static void
drop_slot(struct wax_answers *answers, struct slot *slot)
{
	forget_answer(answers, slot);
	(void)tdelete(slot, &answers->tree, compare);
	free(slot);
}

static struct slot *
new_slot(struct wax_answers *answers, const struct wax_asked *key)
{
	struct slot *slot = calloc(1, sizeof *slot + key->qname.n);

	WAX_ASSERT(slot != NULL);
	for (size_t i = 0; i < key->qname.n; i++)
		slot->name[i] = wax_lower(key->qname.p[i]);
	slot->asked = (struct wax_asked){ .qname = { slot->name, key->qname.n },
		.type = key->type,
		.asker = answers->options.arg };
	LIST_INIT(&slot->waiters);
	WAX_ASSERT(tsearch(slot, &answers->tree, compare) != NULL);
	return slot;
}

/* An asker that was woken takes all there is. */
static void
hand_to_asker(struct wax_answers *answers, struct slot *slot, int64_t now)
{
	slot->started = now;
	slot->wanted = now;
	if (TAILQ_EMPTY(&answers->to_ask))
		answers->options.wake(answers->options.arg);
	TAILQ_INSERT_TAIL(&answers->to_ask, slot, link);
}

/*
 * Put a question in flight: a new one, or one whose answer is too old. NULL
 * if there are too many.
 */
static struct slot *
start(struct wax_answers *answers, struct slot *slot,
    const struct wax_asked *key, int64_t now)
{
	if (answers->counters.in_flight >= answers->options.max_in_flight) {
		answers->counters.dropped++;
		return NULL;
	}
	if (slot != NULL)
		forget_answer(answers, slot);
	else
		slot = new_slot(answers, key);
	answers->counters.in_flight++;
	hand_to_asker(answers, slot, now);
	return slot;
}

/* The slot of a question that is in flight from now on, or was already. */
static struct slot *
in_flight(struct wax_answers *answers, struct slot *slot,
    const struct wax_asked *key, int64_t now)
{
	if (slot == NULL || slot->answer != NULL)
		return start(answers, slot, key, now);
	slot->wanted = now;
	return slot;
}

static bool
is_fresh(const struct slot *slot, int64_t now)
{
	return slot->answer != NULL && now < slot->expires;
}

static bool
is_claimed(const struct slot *slot, int64_t now)
{
	return slot->answer != NULL && slot->claims > 0 &&
	       now < slot->claims_end;
}

/*
 * The answer of an slot with a reference, if it may be read now. What must
 * not be kept goes when all who asked ahead have read it.
 */
static const struct wax_answer *
read_slot(struct wax_answers *answers, struct slot *slot, int64_t now)
{
	const struct wax_answer *answer;

	if (!is_fresh(slot, now) && !is_claimed(slot, now))
		return NULL;
	answers->counters.hits++;
	answer = wax_answer_ref(slot->answer);
	WAX_ASSERT(answer != NULL); /* or the caller would use a dropped slot */
	if (slot->claims > 0)
		slot->claims--;
	if (!is_fresh(slot, now) && slot->claims == 0) {
		drop_slot(answers, slot);
		return answer;
	}
	TAILQ_REMOVE(&answers->kept, slot, link);
	TAILQ_INSERT_HEAD(&answers->kept, slot, link);
	return answer;
}

/* The reference becomes one of the arena. */
static const struct wax_answer *
hand_over(struct wax_arena *arena, const struct wax_answer *answer)
{
	const struct wax_answer *held = wax_answer_hold(arena, answer);

	wax_answer_unref(answer);
	return held;
}

void
wax_answers_prefetch(
    struct wax_answers *answers, struct wax_str qname, enum wax_rrtype type)
{
	struct wax_asked key = key_of(qname, type);
	struct slot *slot;
	int64_t now;

	lock(answers);
	now = now_ms(answers);
	slot = find(answers, &key);
	if (slot == NULL || !is_fresh(slot, now))
		slot = in_flight(answers, slot, &key, now);
	if (slot != NULL)
		slot->claims++;
	unlock(answers);
}

const struct wax_answer *
wax_answers_peek(struct wax_answers *answers, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	struct wax_asked key = key_of(qname, type);
	const struct wax_answer *answer = NULL;
	struct slot *slot;

	lock(answers);
	slot = find(answers, &key);
	if (slot != NULL)
		answer = read_slot(answers, slot, now_ms(answers));
	unlock(answers);
	return answer != NULL ? hand_over(arena, answer) : NULL;
}

/* Wait with the lock held; the answer with a reference, or NULL. */
static const struct wax_answer *
wait_for(struct wax_answers *answers, struct slot *slot, int64_t now,
    wax_deadline deadline)
{
	struct waiter waiter = { .since = now };

	wax_cond_init(&waiter.arrived);
	LIST_INSERT_HEAD(&slot->waiters, &waiter, link);
	/* Given answers are taken off the list by who gives them; the slot
	 * may be gone by then. */
	while (waiter.answer == NULL &&
	       wax_cond_wait(&waiter.arrived, &answers->lock, deadline))
		continue;
	if (waiter.answer == NULL) {
		LIST_REMOVE(&waiter, link);
		answers->counters.expired++;
	}
	(void)pthread_cond_destroy(&waiter.arrived);
	return waiter.answer;
}

const struct wax_answer *
wax_answers_lookup(struct wax_answers *answers, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	struct wax_asked key = key_of(qname, type);
	const struct wax_answer *answer = NULL;
	struct slot *slot;
	int64_t now;

	lock(answers);
	now = now_ms(answers);
	slot = find(answers, &key);
	if (slot != NULL)
		answer = read_slot(answers, slot, now);
	/* Behind the deadline nothing new is asked. */
	if (answer == NULL && now < deadline) {
		slot = in_flight(answers, slot, &key, now);
		if (slot != NULL)
			answer = wait_for(answers, slot, now, deadline);
	}
	unlock(answers);
	if (answer == NULL)
		answer =
		    wax_answer_new(WAX_DNS_TEMPFAIL, type, false, 0, 0, NULL);
	return hand_over(arena, answer);
}

const struct wax_asked *
wax_answers_take(struct wax_answers *answers)
{
	struct slot *slot;

	lock(answers);
	slot = TAILQ_FIRST(&answers->to_ask);
	if (slot != NULL) {
		TAILQ_REMOVE(&answers->to_ask, slot, link);
		answers->counters.asked++;
	}
	unlock(answers);
	return slot != NULL ? &slot->asked : NULL;
}

/* How long an answer may be kept, in seconds. */
static uint32_t
keep_s(const struct wax_answer *answer)
{
	uint32_t max = 0;

	switch (answer->status) {
	case WAX_DNS_OK:
		max = WAX_DNS_TTL_MAX;
		break;
	case WAX_DNS_NODATA:
	case WAX_DNS_NXDOMAIN:
		max = WAX_DNS_NEGATIVE_TTL_MAX;
		break;
	case WAX_DNS_TEMPFAIL:
	case WAX_DNS_LIMIT:
		break;
	}
	return answer->ttl < max ? answer->ttl : max;
}

static void
evict(struct wax_answers *answers)
{
	while (answers->counters.kept > answers->options.max_entries ||
	       answers->counters.kept_bytes > answers->options.max_bytes) {
		drop_slot(answers, TAILQ_LAST(&answers->kept, slots));
		answers->counters.evicted++;
	}
}

/* To those who came before `before`. */
static void
give_to_waiters(
    struct slot *slot, const struct wax_answer *answer, int64_t before)
{
	struct waiter *waiter = LIST_FIRST(&slot->waiters), *next;

	for (; waiter != NULL; waiter = next) {
		next = LIST_NEXT(waiter, link);
		if (waiter->since >= before)
			continue;
		LIST_REMOVE(waiter, link);
		waiter->answer = wax_answer_ref(answer);
		WAX_ASSERT(pthread_cond_signal(&waiter->arrived) == 0);
		if (slot->claims > 0)
			slot->claims--;
	}
}

static void
keep(struct wax_answers *answers, struct slot *slot,
    const struct wax_answer *answer, int64_t now)
{
	slot->answer = answer;
	slot->expires = now + (int64_t)keep_s(answer) * 1000;
	slot->claims_end = now + (answer->status == WAX_DNS_TEMPFAIL
	                                 ? WAX_ANSWERS_AHEAD_FAILED_MS
	                                 : WAX_ANSWERS_AHEAD_MS);
	slot->bytes = sizeof *slot + slot->asked.qname.n + OVERHEAD +
	              wax_answer_bytes(answer);
	TAILQ_INSERT_HEAD(&answers->kept, slot, link);
	answers->counters.in_flight--;
	answers->counters.kept++;
	answers->counters.kept_bytes += slot->bytes;
	if (!is_fresh(slot, now) && !is_claimed(slot, now))
		drop_slot(answers, slot);
	evict(answers);
}

void
wax_answers_give(struct wax_answers *answers, const struct wax_asked *asked,
    const struct wax_answer *answer)
{
	/* What was taken is the first member of a slot of ours. */
	struct slot *slot = (struct slot *)(uintptr_t)asked;
	bool has_failed = answer->status == WAX_DNS_TEMPFAIL;
	int64_t now = now_ms(answers), old;

	lock(answers);
	WAX_ASSERT(slot->answer == NULL);
	if (has_failed)
		answers->counters.failed++;
	old = slot->started + WAX_ANSWERS_OLD_MS;
	if (has_failed && slot->wanted >= old) {
		give_to_waiters(slot, answer, old);
		hand_to_asker(answers, slot, now);
		wax_answer_unref(answer);
	} else {
		give_to_waiters(slot, answer, INT64_MAX);
		keep(answers, slot, answer, now);
	}
	unlock(answers);
}

void
wax_answers_count(struct wax_answers *answers, struct wax_answers_counters *out)
{
	lock(answers);
	*out = answers->counters;
	unlock(answers);
}

struct wax_answers *
wax_answers_new(const struct wax_answers_options *options)
{
	struct wax_answers *answers = calloc(1, sizeof *answers);

	WAX_ASSERT(answers != NULL);
	answers->options = *options;
	TAILQ_INIT(&answers->to_ask);
	TAILQ_INIT(&answers->kept);
	WAX_ASSERT(pthread_mutex_init(&answers->lock, NULL) == 0);
	return answers;
}

static void
free_node(void *node)
{
	struct slot *slot = node;

	WAX_ASSERT(LIST_EMPTY(&slot->waiters));
	wax_answer_unref(slot->answer);
	free(slot);
}

void
wax_answers_free(struct wax_answers *answers)
{
	if (answers == NULL)
		return;
	tdestroy(answers->tree, free_node);
	WAX_ASSERT(pthread_mutex_destroy(&answers->lock) == 0);
	free(answers);
}
