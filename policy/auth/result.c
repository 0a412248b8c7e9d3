/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/result.h"

#include <assert.h>

static const char *const words[] = {
	[WAX_NONE] = "none",
	[WAX_PASS] = "pass",
	[WAX_FAIL] = "fail",
	[WAX_SOFTFAIL] = "softfail",
	[WAX_POLICY] = "policy",
	[WAX_NEUTRAL] = "neutral",
	[WAX_TEMPERROR] = "temperror",
	[WAX_PERMERROR] = "permerror",
};

#define N_WORDS (sizeof words / sizeof words[0])

static_assert(N_WORDS == WAX_PERMERROR + 1, "a word for each result");

const char *
wax_result_word(enum wax_result result)
{
	WAX_ASSERT((size_t)result < N_WORDS);
	return words[result];
}

bool
wax_result_parse(struct wax_str word, enum wax_result *out)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		if (!wax_str_ieq(word, wax_str_of(words[i])))
			continue;
		*out = (enum wax_result)i;
		return true;
	}
	return false;
}
