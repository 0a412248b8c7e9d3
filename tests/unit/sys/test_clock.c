/* SPDX-License-Identifier: BSD-2-Clause */
/* The clocks, and threads that no signal reaches. */
#include <signal.h>
#include <string.h>

#include "milter/sys/clock.h"
#include "milter/sys/thread.h"
#include "tests/support/suite.h"

START_TEST(timespec_of_milliseconds)
{
	static const struct {
		int64_t ms;
		time_t seconds;
		long nanoseconds;
	} rows[] = {
		{ 0, 0, 0 },
		{ 999, 0, 999000000 },
		{ 1000, 1, 0 },
		{ 61001, 61, 1000000 },
		{ -5, 0, 0 },
	};
	struct timespec got = wax_clock_timespec(rows[_i].ms);

	ck_assert_int_eq(got.tv_sec, rows[_i].seconds);
	ck_assert_int_eq(got.tv_nsec, rows[_i].nanoseconds);
}
END_TEST

START_TEST(clocks_agree_with_the_system)
{
	struct timespec before, after;
	int64_t ms, wall;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	ms = wax_clock_ms();
	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &after), 0);
	ck_assert_int_ge(
	    ms, (int64_t)before.tv_sec * 1000 + before.tv_nsec / 1000000);
	ck_assert_int_le(
	    ms, (int64_t)after.tv_sec * 1000 + after.tv_nsec / 1000000);
	wall = wax_clock_wall();
	/* time(2) reads a clock that may be a tick late. */
	ck_assert_int_ge(time(NULL) + 1, wall);
	ck_assert_int_le(time(NULL) - 60, wall);
}
END_TEST

static void *
report_mask(void *arg)
{
	WAX_ASSERT(pthread_sigmask(SIG_SETMASK, NULL, arg) == 0);
	return NULL;
}

START_TEST(threads_have_all_signals_blocked)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT, SIGUSR1,
		SIGUSR2, SIGPIPE, SIGCHLD, SIGALRM };
	sigset_t before, inside, after;
	struct wax_err err;
	pthread_t thread;

	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
	ck_assert_int_eq(
	    wax_thread_start(&thread, "mask", report_mask, &inside, &err),
	    WAX_OK);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		ck_assert_msg(sigismember(&inside, signals[i]) == 1,
		    "signal %d is not blocked in the thread", signals[i]);
		ck_assert_int_eq(sigismember(&before, signals[i]),
		    sigismember(&after, signals[i]));
	}
}
END_TEST

START_TEST(condition_ends_by_the_monotonic_clock)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	int64_t deadline = wax_clock_ms() + 20;
	pthread_cond_t cond;

	wax_cond_init(&cond);
	ck_assert_int_eq(pthread_mutex_lock(&mutex), 0);
	while (wax_cond_wait(&cond, &mutex, deadline))
		continue;
	ck_assert_int_ge(wax_clock_ms(), deadline);
	/* Over before it began. */
	while (wax_cond_wait(&cond, &mutex, -1))
		continue;
	ck_assert_int_eq(pthread_mutex_unlock(&mutex), 0);
	ck_assert_int_eq(pthread_cond_destroy(&cond), 0);
}
END_TEST

static Suite *
clock_suite(void)
{
	Suite *suite = suite_create("sys/clock");
	TCase *tc = tcase_create("clock");

	tcase_add_loop_test(tc, timespec_of_milliseconds, 0, 5);
	tcase_add_test(tc, clocks_agree_with_the_system);
	tcase_add_test(tc, threads_have_all_signals_blocked);
	tcase_add_test(tc, condition_ends_by_the_monotonic_clock);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { clock_suite, NULL };
