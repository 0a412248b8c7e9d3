/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In the place of readahead.c where sealwaxd was built without it.
 */
#include "milter/session/readahead.h"

void
wax_readahead_watch(int listener)
{
	(void)listener;
}

size_t
wax_readahead_buffers(void)
{
	return 0;
}
