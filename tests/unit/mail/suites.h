/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suites.h - the suites of test_mail, one a file, and what they share.
 */
#ifndef WAX_TESTS_UNIT_MAIL_SUITES_H
#define WAX_TESTS_UNIT_MAIL_SUITES_H

#include "tests/support/suite.h"

/* A literal with its length: rows may hold NUL. */
#define ROW_TEXT(literal)                          \
	{                                          \
		"" literal "", sizeof(literal) - 1 \
	}

/* For tcase_add_loop_test(). */
#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

/* One arena for each test. */
extern struct wax_arena *mail_arena;

/* A suite of one case, with that arena. */
TCase *mail_case(Suite *suite);

/* `n` times `unit`, in a block of exactly that size. */
struct wax_str mail_repeat(const char *unit, size_t n);
/* a, b and c joined, in a block of exactly that size. */
struct wax_str mail_join(struct wax_str a, struct wax_str b, struct wax_str c);

Suite *mail_suite_abnf(void);
Suite *mail_suite_address(void);
Suite *mail_suite_authres(void);
Suite *mail_suite_authres_claims(void);
Suite *mail_suite_domain(void);
Suite *mail_suite_field(void);
Suite *mail_suite_received(void);
Suite *mail_suite_reverse_path(void);
Suite *mail_suite_taglist(void);

#endif
