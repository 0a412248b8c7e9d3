/* SPDX-License-Identifier: BSD-2-Clause */
/* The counts that sessions share. */
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

Suite *
service_suite(void)
{
	Suite *suite = suite_create("session: service");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, sessions);
	tcase_add_test(tcase, running);
	suite_add_tcase(suite, tcase);
	return suite;
}
