/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite.h - what each unit test program provides to tests/support/main.c.
 */
#ifndef WAX_TESTS_SUPPORT_SUITE_H
#define WAX_TESTS_SUPPORT_SUITE_H

#include <check.h>

#include "policy/base/str.h"

/* The suites of this program; NULL ends the list. */
extern Suite *(*const wax_suites[])(void);

/*
 * A copy of a text in a block of exactly its size; reading an octet behind
 * it ends the test, with and without sanitizers. Given back at exit.
 */
struct wax_str wax_exact(const char *z);
struct wax_str wax_exact_n(const void *p, size_t n);

#define ck_assert_wax_str_eq(got, expected)                                 \
	do {                                                                \
		struct wax_str got_ = (got);                                \
		const char *want_ = (expected);                             \
		ck_assert_msg(wax_str_eq(got_, wax_str_of(want_)),          \
		    "got \"%.*s\", expected \"%s\"", WAX_FMT(got_), want_); \
	} while (0)

#endif
