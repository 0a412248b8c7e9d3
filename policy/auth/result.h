/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * result.h - the result words that all methods share.   RFC 8601 s2.7
 */
#ifndef WAX_POLICY_AUTH_RESULT_H
#define WAX_POLICY_AUTH_RESULT_H

#include "policy/base/str.h"

enum wax_result {
	WAX_NONE,
	WAX_PASS,
	WAX_FAIL,
	WAX_SOFTFAIL,
	WAX_POLICY,
	WAX_NEUTRAL,
	WAX_TEMPERROR,
	WAX_PERMERROR
};

/* "none", "pass" ... A literal. */
const char *wax_result_word(enum wax_result result);
bool wax_result_parse(struct wax_str word, enum wax_result *out) WAX_MUST_USE;

#endif
