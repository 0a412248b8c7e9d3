/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of questions: no network, and a clock that the test sets. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "milter/resolver/answers.h"
#include "milter/sys/clock.h"
#include "milter/sys/thread.h"
#include "tests/support/suite.h"

#define NAME WAX_STR("a.example")

/* The asker's side of a test, and its clock. */
struct fixture {
	struct wax_answers *answers;
	struct wax_arena *arena;
	int64_t now;
	unsigned wakes;
};

static int64_t
fixed_now(void *arg)
{
	return ((struct fixture *)arg)->now;
}

static void
count_wake(void *arg)
{
	((struct fixture *)arg)->wakes++;
}

static void
begin(struct fixture *f, size_t max_bytes, size_t max_entries,
    size_t max_in_flight)
{
	struct wax_answers_options options = { .max_bytes = max_bytes,
		.max_entries = max_entries,
		.max_in_flight = max_in_flight,
		.now_ms = fixed_now,
		.wake = count_wake,
		.arg = f };

	*f = (struct fixture){ .now = 1000 };
	f->arena = wax_arena_new("test", 256);
	f->answers = wax_answers_new(&options);
}

static void
end(struct fixture *f)
{
	wax_arena_free(f->arena);
	wax_answers_free(f->answers);
}

static struct wax_answers_counters
counters(struct fixture *f)
{
	struct wax_answers_counters out;

	wax_answers_count(f->answers, &out);
	return out;
}

static const struct wax_answer *
txt(const char *text, uint32_t ttl)
{
	char wire[256];
	size_t n = strlen(text);

	wire[0] = (char)n;
	memcpy(wire + 1, text, n);
	return wax_answer_new(WAX_DNS_OK, WAX_RR_TXT, false, ttl, 1,
	    &(struct wax_wire){ wire, n + 1 });
}

static const struct wax_answer *
none(enum wax_dns_status status, uint32_t ttl)
{
	return wax_answer_new(status, WAX_RR_TXT, false, ttl, 0, NULL);
}

/* Take the only question there is, and answer it. */
static void
give(struct fixture *f, const struct wax_answer *answer)
{
	const struct wax_asked *asked = wax_answers_take(f->answers);

	ck_assert_ptr_nonnull(asked);
	ck_assert_ptr_null(wax_answers_take(f->answers));
	wax_answers_give(f->answers, asked, answer);
}

static const struct wax_answer *
peek(struct fixture *f)
{
	return wax_answers_peek(f->answers, f->arena, NAME, WAX_RR_TXT);
}

static void
prefetch(struct fixture *f)
{
	wax_answers_prefetch(f->answers, NAME, WAX_RR_TXT);
}

START_TEST(one_question_for_all_spellings)
{
	static const char *const same[] = { "A.Example", "a.EXAMPLE.",
		"a.example." };
	const struct wax_asked *asked;
	struct fixture f;

	begin(&f, 1 << 20, 10, 10);
	prefetch(&f);
	ck_assert_uint_eq(f.wakes, 1);
	for (size_t i = 0; i < 3; i++)
		wax_answers_prefetch(f.answers, wax_exact(same[i]), WAX_RR_TXT);
	ck_assert_uint_eq(counters(&f).in_flight, 1);
	wax_answers_prefetch(f.answers, NAME, WAX_RR_A);
	wax_answers_prefetch(f.answers, WAX_STR("b.example"), WAX_RR_TXT);
	ck_assert_uint_eq(counters(&f).in_flight, 3);
	/* The asker is still asleep, and was told. */
	ck_assert_uint_eq(f.wakes, 1);

	asked = wax_answers_take(f.answers);
	ck_assert_wax_str_eq(asked->qname, "a.example");
	ck_assert_int_eq(asked->type, WAX_RR_TXT);
	ck_assert_ptr_eq(asked->asker, &f);
	ck_assert_ptr_null(peek(&f));
	wax_answers_give(f.answers, asked, txt("x", 60));
	for (size_t i = 0; i < 3; i++) {
		const struct wax_answer *answer = wax_answers_lookup(
		    f.answers, f.arena, wax_exact(same[i]), WAX_RR_TXT, 0);

		ck_assert_int_eq(answer->status, WAX_DNS_OK);
		ck_assert_wax_str_eq(answer->rr[0].txt.text, "x");
	}
	asked = wax_answers_take(f.answers);
	ck_assert_int_eq(asked->type, WAX_RR_A);
	asked = wax_answers_take(f.answers);
	ck_assert_wax_str_eq(asked->qname, "b.example");
	ck_assert_ptr_null(wax_answers_take(f.answers));
	wax_answers_prefetch(f.answers, WAX_STR("c.example"), WAX_RR_TXT);
	ck_assert_uint_eq(f.wakes, 2);
	end(&f);
}
END_TEST

/* How long an answer of some TTL is kept, in milliseconds. */
static const struct {
	const char *name;
	enum wax_dns_status status;
	uint32_t ttl;
	int64_t kept_ms;
} lifetimes[] = {
	{ "ttl", WAX_DNS_OK, 60, 60000 },
	{ "ttl of one second", WAX_DNS_OK, 1, 1000 },
	{ "an hour", WAX_DNS_OK, 3600, 3600000 },
	{ "more than an hour", WAX_DNS_OK, 3601, 3600000 },
	{ "for ever", WAX_DNS_OK, UINT32_MAX, 3600000 },
	{ "nodata", WAX_DNS_NODATA, 30, 30000 },
	{ "nxdomain", WAX_DNS_NXDOMAIN, 900, 900000 },
	{ "nodata for long", WAX_DNS_NODATA, 901, 900000 },
	{ "nxdomain for long", WAX_DNS_NXDOMAIN, 86400, 900000 },
	{ "zero", WAX_DNS_OK, 0, 0 },
	{ "negative zero", WAX_DNS_NXDOMAIN, 0, 0 },
	{ "failure", WAX_DNS_TEMPFAIL, 3600, 0 },
};

#define N_LIFETIMES (int)(sizeof lifetimes / sizeof lifetimes[0])

static const struct wax_answer *
of_status(enum wax_dns_status status, uint32_t ttl)
{
	return status == WAX_DNS_OK ? txt("x", ttl) : none(status, ttl);
}

START_TEST(kept_until_the_ttl_ends)
{
	int64_t kept_ms = lifetimes[_i].kept_ms;
	struct fixture f;

	begin(&f, 1 << 20, 10, 10);
	prefetch(&f);
	give(&f, of_status(lifetimes[_i].status, lifetimes[_i].ttl));
	/* The one who asked ahead reads it: no claim is left. */
	ck_assert_ptr_nonnull(peek(&f));
	if (kept_ms > 0) {
		f.now += kept_ms - 1;
		ck_assert_msg(
		    peek(&f) != NULL, "%s: gone too early", lifetimes[_i].name);
		prefetch(&f); /* a claim on what is still fresh */
		ck_assert_ptr_nonnull(peek(&f));
		f.now += 1;
	}
	ck_assert_msg(
	    peek(&f) == NULL, "%s: kept too long", lifetimes[_i].name);
	ck_assert_ptr_null(wax_answers_take(f.answers));
	prefetch(&f);
	give(&f, of_status(lifetimes[_i].status, lifetimes[_i].ttl));
	ck_assert_uint_eq(counters(&f).asked, 2);
	end(&f);
}
END_TEST

/* Who asked ahead finds what may not be kept, for a time. */
static const struct {
	const char *name;
	enum wax_dns_status status;
	uint32_t ttl;
	int64_t ahead_ms;
} aheads[] = {
	{ "zero", WAX_DNS_OK, 0, WAX_ANSWERS_AHEAD_MS },
	{ "short", WAX_DNS_NXDOMAIN, 3, WAX_ANSWERS_AHEAD_MS },
	{ "failure", WAX_DNS_TEMPFAIL, 0, WAX_ANSWERS_AHEAD_FAILED_MS },
};

START_TEST(found_by_who_asked_ahead)
{
	struct fixture f;

	begin(&f, 1 << 20, 10, 10);
	prefetch(&f);
	prefetch(&f);
	give(&f, of_status(aheads[_i].status, aheads[_i].ttl));
	f.now += aheads[_i].ahead_ms - 1;
	ck_assert_ptr_nonnull(peek(&f));
	ck_assert_int_eq(
	    wax_answers_lookup(f.answers, f.arena, NAME, WAX_RR_TXT, 0)->status,
	    aheads[_i].status);
	/* Two asked, two have read. */
	ck_assert_ptr_null(peek(&f));
	ck_assert_uint_eq(counters(&f).kept, 0);
	ck_assert_uint_eq(counters(&f).kept_bytes, 0);

	prefetch(&f);
	give(&f, of_status(aheads[_i].status, aheads[_i].ttl));
	f.now += aheads[_i].ahead_ms;
	ck_assert_ptr_null(peek(&f));
	/* Asked again although an old claim is open; the slot is reused. */
	prefetch(&f);
	give(&f, txt("new", 60));
	ck_assert_wax_str_eq(peek(&f)->rr[0].txt.text, "new");
	ck_assert_uint_eq(counters(&f).kept, 1);
	end(&f);
}
END_TEST

START_TEST(failure_is_not_kept)
{
	struct fixture f;

	begin(&f, 1 << 20, 10, 10);
	prefetch(&f);
	give(&f, none(WAX_DNS_TEMPFAIL, 300));
	ck_assert_int_eq(peek(&f)->status, WAX_DNS_TEMPFAIL);
	prefetch(&f);
	give(&f, txt("back", 60));
	ck_assert_int_eq(peek(&f)->status, WAX_DNS_OK);
	ck_assert_uint_eq(counters(&f).failed, 1);
	end(&f);
}
END_TEST

/* Of an outage that may be over: asked once more for who came late. */
START_TEST(old_failure_is_no_answer)
{
	struct fixture f;

	begin(&f, 1 << 20, 10, 10);
	prefetch(&f);
	f.now += WAX_ANSWERS_OLD_MS - 1;
	prefetch(&f);
	f.now += 60000;
	give(&f, none(WAX_DNS_TEMPFAIL, 0));
	ck_assert_int_eq(peek(&f)->status, WAX_DNS_TEMPFAIL);
	ck_assert_int_eq(peek(&f)->status, WAX_DNS_TEMPFAIL);
	ck_assert_ptr_null(peek(&f));

	prefetch(&f);
	f.now += WAX_ANSWERS_OLD_MS;
	prefetch(&f);
	f.now += 60000;
	give(&f, none(WAX_DNS_TEMPFAIL, 0));
	ck_assert_ptr_null(peek(&f));
	ck_assert_uint_eq(counters(&f).in_flight, 1);
	ck_assert_uint_eq(f.wakes, 3);
	give(&f, txt("back", 60));
	ck_assert_int_eq(peek(&f)->status, WAX_DNS_OK);
	ck_assert_uint_eq(counters(&f).in_flight, 0);

	/* Nobody came since: the second failure is one. */
	f.now += 60000;
	prefetch(&f);
	f.now += WAX_ANSWERS_OLD_MS;
	prefetch(&f);
	give(&f, none(WAX_DNS_TEMPFAIL, 0));
	f.now += 60000;
	give(&f, none(WAX_DNS_TEMPFAIL, 0));
	ck_assert_int_eq(peek(&f)->status, WAX_DNS_TEMPFAIL);
	ck_assert_uint_eq(counters(&f).asked, 5);
	end(&f);
}
END_TEST

static void
fill(struct fixture *f, unsigned from, unsigned to)
{
	char name[32];

	for (unsigned i = from; i < to; i++) {
		int n = snprintf(name, sizeof name, "n%03u.example", i);

		wax_answers_prefetch(f->answers,
		    (struct wax_str){ name, (size_t)n }, WAX_RR_TXT);
		give(f, txt("x", 60));
	}
}

static bool
has(struct fixture *f, const char *name)
{
	return wax_answers_peek(
	           f->answers, f->arena, wax_exact(name), WAX_RR_TXT) != NULL;
}

START_TEST(entries_are_bounded)
{
	struct fixture f;

	begin(&f, 1 << 20, 8, 10);
	fill(&f, 0, 8);
	ck_assert_uint_eq(counters(&f).kept, 8);
	ck_assert_uint_eq(counters(&f).evicted, 0);
	ck_assert(has(&f, "n000.example")); /* used: the last to go */
	fill(&f, 8, 9);
	ck_assert_uint_eq(counters(&f).kept, 8);
	ck_assert_uint_eq(counters(&f).evicted, 1);
	ck_assert(has(&f, "n000.example"));
	ck_assert(!has(&f, "n001.example"));
	ck_assert(has(&f, "n002.example"));
	ck_assert(has(&f, "n008.example"));
	end(&f);
}
END_TEST

START_TEST(bytes_are_bounded)
{
	struct fixture f;
	size_t each;

	begin(&f, 1 << 20, 100, 10);
	fill(&f, 0, 1);
	each = counters(&f).kept_bytes;
	ck_assert_uint_gt(each, 64);
	end(&f);

	begin(&f, 4 * each, 100, 10);
	fill(&f, 0, 4);
	ck_assert_uint_eq(counters(&f).kept, 4);
	fill(&f, 4, 5);
	ck_assert_uint_eq(counters(&f).kept, 4);
	ck_assert_uint_eq(counters(&f).kept_bytes, 4 * each);
	ck_assert(!has(&f, "n000.example"));
	end(&f);

	begin(&f, 4 * each - 1, 100, 10);
	fill(&f, 0, 4);
	ck_assert_uint_eq(counters(&f).kept, 3);
	end(&f);

	/* Larger than all there is: used by who waits, and not kept. */
	begin(&f, each - 1, 100, 10);
	fill(&f, 0, 1);
	ck_assert_uint_eq(counters(&f).kept, 0);
	ck_assert_uint_eq(counters(&f).kept_bytes, 0);
	end(&f);
}
END_TEST

START_TEST(questions_in_flight_are_bounded_and_stay)
{
	const struct wax_answer *answer;
	const struct wax_asked *asked;
	struct fixture f;

	begin(&f, 1 << 20, 0, 2);
	wax_answers_prefetch(f.answers, WAX_STR("one.example"), WAX_RR_TXT);
	wax_answers_prefetch(f.answers, WAX_STR("two.example"), WAX_RR_TXT);
	ck_assert_uint_eq(counters(&f).dropped, 0);
	wax_answers_prefetch(f.answers, WAX_STR("three.example"), WAX_RR_TXT);
	ck_assert_uint_eq(counters(&f).dropped, 1);
	ck_assert_uint_eq(counters(&f).in_flight, 2);
	/* Not waited for, however far the deadline is. */
	answer = wax_answers_lookup(f.answers, f.arena,
	    WAX_STR("three.example"), WAX_RR_TXT, INT64_MAX / 2);
	ck_assert_int_eq(answer->status, WAX_DNS_TEMPFAIL);
	ck_assert_uint_eq(counters(&f).dropped, 2);
	/* With no room for answers at all the questions are still there. */
	asked = wax_answers_take(f.answers);
	ck_assert_wax_str_eq(asked->qname, "one.example");
	wax_answers_give(f.answers, asked, txt("x", 60));
	ck_assert_uint_eq(counters(&f).kept, 0);
	asked = wax_answers_take(f.answers);
	ck_assert_wax_str_eq(asked->qname, "two.example");
	wax_answers_give(f.answers, asked, txt("x", 60));
	wax_answers_prefetch(f.answers, WAX_STR("three.example"), WAX_RR_TXT);
	give(&f, txt("x", 60));
	ck_assert_uint_eq(counters(&f).in_flight, 0);
	end(&f);
}
END_TEST

START_TEST(nothing_is_asked_behind_the_deadline)
{
	const struct wax_answer *answer;
	struct fixture f;

	begin(&f, 1 << 20, 10, 10);
	answer =
	    wax_answers_lookup(f.answers, f.arena, NAME, WAX_RR_TXT, f.now);
	ck_assert_int_eq(answer->status, WAX_DNS_TEMPFAIL);
	ck_assert_ptr_null(wax_answers_take(f.answers));
	end(&f);
}
END_TEST

START_TEST(answers_outlive_the_table_in_an_arena)
{
	const struct wax_answer *answer;
	struct fixture f;

	begin(&f, 1 << 20, 10, 10);
	prefetch(&f);
	give(&f, txt("mine", 60));
	answer = peek(&f);
	wax_answers_free(f.answers);
	f.answers = NULL;
	ck_assert_wax_str_eq(answer->rr[0].txt.text, "mine");
	end(&f);
}
END_TEST

/* --- with threads, on the real clock ------------------------------------- */

#define N_THREADS 16

struct reader {
	struct wax_answers *answers;
	enum wax_dns_status status;
	int64_t deadline;
	pthread_t thread;
};

static void
no_wake(void *arg)
{
	(void)arg;
}

static void *
read_one(void *arg)
{
	struct reader *reader = arg;
	struct wax_arena *arena = wax_arena_new("reader", 256);

	reader->status = wax_answers_lookup(
	    reader->answers, arena, NAME, WAX_RR_TXT, reader->deadline)
	                     ->status;
	wax_arena_free(arena);
	return NULL;
}

static void
start_readers(struct reader *readers, size_t n, struct wax_answers *answers,
    int64_t deadline)
{
	for (size_t i = 0; i < n; i++) {
		readers[i] =
		    (struct reader){ .answers = answers, .deadline = deadline };
		ck_assert_int_eq(wax_thread_start(&readers[i].thread, "reader",
		                     read_one, &readers[i], NULL),
		    WAX_OK);
	}
}

static void
join_readers(struct reader *readers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(pthread_join(readers[i].thread, NULL), 0);
}

static struct wax_answers *
real_answers(void)
{
	struct wax_answers_options options = { .max_bytes = 1 << 20,
		.max_entries = 10,
		.max_in_flight = 10,
		.wake = no_wake };

	return wax_answers_new(&options);
}

START_TEST(all_who_wait_get_the_one_answer)
{
	struct wax_answers *answers = real_answers();
	struct reader readers[N_THREADS];
	struct wax_answers_counters count;
	const struct wax_asked *asked;

	start_readers(readers, N_THREADS, answers, wax_clock_ms() + 10000);
	while ((asked = wax_answers_take(answers)) == NULL)
		sched_yield();
	wax_answers_give(answers, asked,
	    _i == 0 ? txt("x", 60) : none(WAX_DNS_NXDOMAIN, 60));
	join_readers(readers, N_THREADS);
	for (size_t i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(
		    readers[i].status, _i == 0 ? WAX_DNS_OK : WAX_DNS_NXDOMAIN);
	wax_answers_count(answers, &count);
	ck_assert_uint_eq(count.asked, 1);
	ck_assert_uint_eq(count.expired, 0);
	wax_answers_free(answers);
}
END_TEST

START_TEST(who_waits_leaves_at_the_deadline)
{
	struct wax_answers *answers = real_answers();
	struct wax_answers_counters count;
	struct reader readers[N_THREADS];
	const struct wax_asked *asked;
	int64_t deadline = wax_clock_ms() + 30;

	start_readers(readers, N_THREADS, answers, deadline);
	join_readers(readers, N_THREADS);
	ck_assert_int_ge(wax_clock_ms(), deadline);
	for (size_t i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(readers[i].status, WAX_DNS_TEMPFAIL);
	/* The question is still in flight, and its late answer is kept. */
	wax_answers_count(answers, &count);
	ck_assert_uint_eq(count.in_flight, 1);
	asked = wax_answers_take(answers);
	ck_assert_ptr_nonnull(asked);
	wax_answers_give(answers, asked, txt("late", 60));
	start_readers(readers, 1, answers, 0);
	join_readers(readers, 1);
	ck_assert_int_eq(readers[0].status, WAX_DNS_OK);
	wax_answers_free(answers);
}
END_TEST

static Suite *
answers_suite(void)
{
	Suite *suite = suite_create("resolver/answers");
	TCase *tc = tcase_create("answers");

	tcase_add_test(tc, one_question_for_all_spellings);
	tcase_add_loop_test(tc, kept_until_the_ttl_ends, 0, N_LIFETIMES);
	tcase_add_loop_test(tc, found_by_who_asked_ahead, 0, 3);
	tcase_add_test(tc, failure_is_not_kept);
	tcase_add_test(tc, old_failure_is_no_answer);
	tcase_add_test(tc, entries_are_bounded);
	tcase_add_test(tc, bytes_are_bounded);
	tcase_add_test(tc, questions_in_flight_are_bounded_and_stay);
	tcase_add_test(tc, nothing_is_asked_behind_the_deadline);
	tcase_add_test(tc, answers_outlive_the_table_in_an_arena);
	tcase_add_loop_test(tc, all_who_wait_get_the_one_answer, 0, 2);
	tcase_add_test(tc, who_waits_leaves_at_the_deadline);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { answers_suite, NULL };
