/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readahead.h - fewer system calls below libmilter: README.md of this room
 * says how, and what it rests on.
 */
#ifndef WAX_MILTER_SESSION_READAHEAD_H
#define WAX_MILTER_SESSION_READAHEAD_H

#include <stddef.h>

/*
 * Read ahead on the connections that are accepted from this descriptor,
 * libmilter's, from now on. Once, before there are threads. Without it, and
 * in a sealwaxd that was built without read-ahead, nothing is different.
 */
void wax_readahead_watch(int listener);

/* Buffers there are, in use or spare. Any thread. */
size_t wax_readahead_buffers(void);

#endif
