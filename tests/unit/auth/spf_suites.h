/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_suites.h - the suites of tests/unit/auth/test_spf, and what they share.
 */
#ifndef WAX_TESTS_UNIT_AUTH_SPF_SUITES_H
#define WAX_TESTS_UNIT_AUTH_SPF_SUITES_H

#include "policy/auth/spf_impl.h"
#include "tests/support/suite.h"

#define N(table) (int)(sizeof(table) / sizeof(table)[0])

/* The engines; rows of most tables are for each of them. */
struct wax_spf_judge {
	enum wax_spf_engine engine;
	struct wax_spf_result (*evaluate)(struct wax_arena *arena,
	    struct wax_resolver *resolver, const struct wax_spf_query *query,
	    wax_deadline deadline);
};
#define N_JUDGES 2
extern const struct wax_spf_judge wax_spf_judges[N_JUDGES];

/* A resolver over the text of a zone; a wrong zone fails the test. */
struct wax_resolver *wax_spf_zone(struct wax_arena *arena, const char *text);

/* MAIL FROM "local@domain" by a client; HELO is mail.example.net. */
struct wax_spf_query wax_spf_query_of(
    struct wax_arena *arena, const char *from, const char *ip);

Suite *wax_spf_record_suite(void);
Suite *wax_spf_macro_suite(void);
Suite *wax_spf_check_suite(void);
Suite *wax_spf_limits_suite(void);
Suite *wax_spf_libspf2_suite(void);
Suite *wax_spf_ahead_suite(void);

#endif
