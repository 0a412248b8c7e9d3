/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In the place of keycache.c where sealwaxd was built without it.
 */
#include "milter/sys/keycache.h"

bool
wax_keycache_count(struct wax_keycache_counters *out)
{
	*out = (struct wax_keycache_counters){ 0 };
	return false;
}

void
wax_keycache_clear(void)
{
}
