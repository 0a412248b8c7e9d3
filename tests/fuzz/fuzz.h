/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz.h - what a fuzz target and the two programs made of it share.
 *
 * A target looks for more than crashes: it states what must hold for any
 * input, with WAX_ASSERT. It is linked with libFuzzer (make fuzz-targets,
 * configured with --enable-fuzzing), or with standalone.c, which replays its
 * seeds in make check.
 */
#ifndef WAX_TESTS_FUZZ_FUZZ_H
#define WAX_TESTS_FUZZ_FUZZ_H

#include <stdint.h>

#include "policy/base/str.h"
#include "policy/base/text.h"

/* Its seeds are in tests/fuzz/corpus/NAME. */
extern const char wax_fuzz_name[];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* a and b joined; of its exact size, so that no octet behind it is read. */
static inline struct wax_str
fuzz_join(struct wax_arena *arena, struct wax_str a, struct wax_str b)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add(&text, a);
	wax_text_add(&text, b);
	return wax_str_dup(arena, wax_text_str(&text));
}

#endif
