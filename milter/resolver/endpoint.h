/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * endpoint.h - an address and a port, as sockets want them.
 */
#ifndef WAX_MILTER_RESOLVER_ENDPOINT_H
#define WAX_MILTER_RESOLVER_ENDPOINT_H

#include <sys/socket.h>

#include "policy/base/ip.h"

/* `zone` is that of a link-local address, "eth0", or "". */
socklen_t wax_endpoint(struct wax_ip ip, const char *zone, uint16_t port,
    struct sockaddr_storage *out);

#endif
