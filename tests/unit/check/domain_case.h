/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_case.h - a directory of tests/domains: see README.md there.
 */
#ifndef WAX_TESTS_UNIT_CHECK_DOMAIN_CASE_H
#define WAX_TESTS_UNIT_CHECK_DOMAIN_CASE_H

#include "policy/base/vec.h"
#include "policy/check/domain_check.h"
#include "policy/dns/zone.h"

struct wax_domain_case {
	struct wax_str name;
	struct wax_zone *zone;
	struct wax_domain domain;
	bool for_program_only; /* it has an option the library does not know */
	bool tries_common;
	WAX_VEC(struct wax_str) selectors;
	WAX_VEC(struct wax_str) ids, says, publish;
	unsigned long status;
};

/* Names of all, in order; *n of them. */
const char *const *wax_domain_cases(struct wax_arena *arena, size_t *n);

/* Read one; what is wrong with it ends the test. */
struct wax_domain_case wax_domain_case_read(
    struct wax_arena *arena, const char *name);

/* A file, whole; p is NULL if it is not there. `path` was made by printf. */
struct wax_str wax_check_read_file(
    struct wax_arena *arena, struct wax_str path);

#endif
