/* SPDX-License-Identifier: BSD-2-Clause */
/* The counts that sessions share. */
#include "milter/session/waiting.h"
#include "tests/unit/session/bench.h"
#include "tests/unit/session/suites.h"

START_TEST(sessions)
{
	struct wax_service *service = bench_start(NULL);

	ck_assert(wax_service_enter(service, 2));
	ck_assert(wax_service_enter(service, 2));
	ck_assert(!wax_service_enter(service, 2));
	ck_assert_uint_eq(atomic_load(&service->sessions), 2);
	wax_service_leave(service);
	ck_assert(wax_service_enter(service, 2));
	wax_service_leave(service);
	wax_service_leave(service);
	bench_stop();
}
END_TEST

/* Whichever ends first: the list holds. */
START_TEST(running)
{
	static const unsigned order[][3] = { { 0, 1, 2 }, { 0, 2, 1 },
		{ 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	struct wax_service *service = bench_start(NULL);
	struct wax_running one[3], more;

	for (size_t i = 0; i < 6; i++) {
		for (size_t j = 0; j < 3; j++)
			ck_assert(wax_service_begin(
			    service, &one[j], (int64_t)(100 + j), 3));
		ck_assert(!wax_service_begin(service, &more, 0, 3));
		ck_assert_uint_eq(wax_service_running(service), 3);
		ck_assert(!wax_service_is_stuck(service, 100));
		ck_assert(wax_service_is_stuck(service, 101));
		for (size_t j = 0; j < 3; j++) {
			ck_assert(!wax_service_wait_idle(service, 0));
			wax_service_end(service, &one[order[i][j]]);
		}
		ck_assert(wax_service_wait_idle(service, 0));
		ck_assert(!wax_service_is_stuck(service, INT64_MAX));
	}
	bench_stop();
}
END_TEST

/* A resolver that has what it was asked for ahead, and what was waited for. */
struct slow {
	struct wax_resolver resolver;
	bool has;
	unsigned waits;
};

static void
slow_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	(void)resolver;
	(void)qname;
	(void)type;
}

static const struct wax_answer slow_answer = { .status = WAX_DNS_NODATA };

static const struct wax_answer *
slow_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	(void)arena;
	(void)qname;
	(void)type;
	return ((struct slow *)resolver)->has ? &slow_answer : NULL;
}

static const struct wax_answer *
slow_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	(void)arena;
	(void)qname;
	(void)type;
	(void)deadline;
	((struct slow *)resolver)->waits++;
	return &slow_answer;
}

static bool
slow_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	(void)deadline;
	((struct slow *)resolver)->waits++;
	return false;
}

static void
count_call(void *arg)
{
	unsigned *calls = arg;

	(*calls)++;
}

/* Only who has to wait says so, once and beforehand. */
START_TEST(before_waiting)
{
	static const struct wax_resolver_ops ops = { slow_prefetch, slow_peek,
		slow_lookup, slow_wait_any };
	struct slow slow = { .resolver = { &ops }, .has = true };
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_waiting waiting;
	struct wax_resolver *resolver = &waiting.resolver;
	unsigned calls = 0;

	wax_waiting_init(&waiting, &slow.resolver, count_call, &calls);
	wax_dns_prefetch(resolver, wax_exact("a.example"), WAX_RR_TXT);
	ck_assert_ptr_nonnull(wax_dns_lookup(
	    resolver, arena, wax_exact("a.example"), WAX_RR_TXT, 0));
	ck_assert_uint_eq(calls, 0);
	ck_assert_uint_eq(slow.waits, 0);
	slow.has = false;
	for (unsigned i = 1; i < 4; i++) {
		ck_assert_ptr_nonnull(wax_dns_lookup(
		    resolver, arena, wax_exact("a.example"), WAX_RR_TXT, 0));
		ck_assert_uint_eq(calls, 1);
		ck_assert_uint_eq(slow.waits, i);
	}
	wax_waiting_init(&waiting, &slow.resolver, count_call, &calls);
	ck_assert(!resolver->ops->wait_any(resolver, 0));
	ck_assert_uint_eq(calls, 2);
	/* Nobody to tell. */
	wax_waiting_init(&waiting, &slow.resolver, NULL, NULL);
	ck_assert(!resolver->ops->wait_any(resolver, 0));
	wax_arena_free(arena);
}
END_TEST

Suite *
service_suite(void)
{
	Suite *suite = suite_create("session: service");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, sessions);
	tcase_add_test(tcase, running);
	tcase_add_test(tcase, before_waiting);
	suite_add_tcase(suite, tcase);
	return suite;
}
