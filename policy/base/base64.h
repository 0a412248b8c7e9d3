/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base64.h - strict base64 (RFC 4648 s4), for keys, hashes and MIME.
 */
#ifndef WAX_POLICY_BASE_BASE64_H
#define WAX_POLICY_BASE_BASE64_H

#include "policy/base/str.h"

/*
 * Decode; blanks and line ends are skipped (RFC 6376 s3.2), anything else
 * odd, wrong padding included, is false.
 */
bool wax_base64_decode(struct wax_arena *arena, struct wax_str text,
    struct wax_str *out) WAX_MUST_USE;

/* Encode, without line breaks. */
struct wax_str wax_base64_encode(struct wax_arena *arena, struct wax_str s);

#endif
