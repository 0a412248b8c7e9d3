/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_input.h - a message of octets through the DKIM evaluation, for the
 * fuzz targets, with what must hold for any result.
 */
#ifndef WAX_TESTS_FUZZ_DKIM_INPUT_H
#define WAX_TESTS_FUZZ_DKIM_INPUT_H

#include "policy/auth/dkim.h"
#include "policy/base/vec.h"
#include "policy/mail/field.h"

struct dkim_input {
	WAX_VEC(struct wax_field) fields;
	struct wax_str body;
};

/* Lines end in CRLF; the first line without a colon that folds nothing ends
 * the header. */
struct dkim_input dkim_input_split(
    struct wax_arena *arena, struct wax_str message);

/* LF, with CR in front or not, becomes CRLF; other CRs go. */
struct wax_str dkim_input_crlf(struct wax_arena *arena, struct wax_str text);

struct dkim_run {
	const struct wax_engines *engines;
	struct wax_resolver *resolver;
	struct wax_dkim_options options;
	struct wax_domain author;
	size_t chunk; /* of the body; 0: all at once */
};

/* Evaluate, and check each result for what always holds. */
const struct wax_dkim_signature *dkim_input_run(struct wax_arena *arena,
    const struct dkim_run *run, const struct dkim_input *input, size_t *n);

/* Two evaluations of one message say the same. */
void dkim_input_check_same(const struct wax_dkim_signature *a, size_t n_a,
    const struct wax_dkim_signature *b, size_t n_b);

#endif
