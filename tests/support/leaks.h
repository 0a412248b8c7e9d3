/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WAX_TESTS_SUPPORT_LEAKS_H
#define WAX_TESTS_SUPPORT_LEAKS_H

/* The sanitizers call these, in programs that have them. */
const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

#endif
