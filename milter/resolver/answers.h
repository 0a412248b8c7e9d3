/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answers.h - the table of questions: single flight, and the cache.
 *
 * A (name, type) is asked once, however many wait for it; its answer is kept
 * until its TTL, at most an hour, a negative one at most 15 minutes. A
 * failure is never kept, with one exception: who asked ahead finds it for
 * two seconds. In the same way an answer whose TTL ends early is there for
 * those who asked ahead, so that a message with many questions can read them
 * in its own order. Answers kept are bounded in number and bytes, the
 * least recently used go first; a question in flight never goes.
 *
 * A question is never cancelled: a deadline belongs to who waits. Who waits
 * for a reply that never comes leaves; the question stays until the asker
 * gives its answer.
 *
 * A failure is no answer for who came when the question had been in flight
 * for some time: it may tell of an outage that is over. The question is asked
 * once more for those.
 *
 * This file asks nobody: the asker (unbound.h) takes the questions from here
 * and gives the answers back. Any thread may call any function.
 */
#ifndef WAX_MILTER_RESOLVER_ANSWERS_H
#define WAX_MILTER_RESOLVER_ANSWERS_H

#include <stdint.h>

#include "policy/base/limits.h"
#include "policy/dns/resolver.h"

/* How long who asked ahead finds an answer that may not be kept. */
#define WAX_ANSWERS_AHEAD_MS WAX_DNS_DEADLINE_MS_MAX
#define WAX_ANSWERS_AHEAD_FAILED_MS 2000
/* Who comes later than this does not take the failure of a question. */
#define WAX_ANSWERS_OLD_MS 1000

struct wax_answers;

struct wax_answers_options {
	size_t max_bytes, max_entries; /* of answers kept */
	size_t max_in_flight;          /* questions not yet answered */
	int64_t (*now_ms)(void *arg);  /* the clock; NULL: wax_clock_ms() */
	/* There is something to take. The table is locked: the asker is
	 * woken here, nothing more. */
	void (*wake)(void *arg);
	void *arg;
};

/* A question that is to be asked; valid until its answer is given. */
struct wax_asked {
	struct wax_str qname; /* lower case, no trailing dot (but ".") */
	enum wax_rrtype type;
	void *asker; /* the `arg` of the options */
};

struct wax_answers_counters {
	uint64_t asked;   /* questions that were handed to the asker */
	uint64_t hits;    /* answers that were here when they were wanted */
	uint64_t failed;  /* of those asked: answered by a failure */
	uint64_t expired; /* waited for until the deadline, in vain */
	uint64_t dropped; /* not asked: too many in flight */
	uint64_t evicted; /* answers that went before their time */
	size_t kept, kept_bytes, in_flight;
};

struct wax_answers *wax_answers_new(const struct wax_answers_options *options);

/* Nobody may wait any more, and no answer may be given afterwards. */
void wax_answers_free(struct wax_answers *answers); /* NULL is allowed */

/* The three of struct wax_resolver_ops. Names may have any case. */
void wax_answers_prefetch(
    struct wax_answers *answers, struct wax_str qname, enum wax_rrtype type);
const struct wax_answer *wax_answers_peek(struct wax_answers *answers,
    struct wax_arena *arena, struct wax_str qname, enum wax_rrtype type);
const struct wax_answer *wax_answers_lookup(struct wax_answers *answers,
    struct wax_arena *arena, struct wax_str qname, enum wax_rrtype type,
    wax_deadline deadline);

/* The asker's side: the next question, oldest first, or NULL. */
const struct wax_asked *wax_answers_take(struct wax_answers *answers);
/* Its answer; takes over the reference. `asked` ends here. */
void wax_answers_give(struct wax_answers *answers,
    const struct wax_asked *asked, const struct wax_answer *answer);

void wax_answers_count(
    struct wax_answers *answers, struct wax_answers_counters *out);

#endif
