/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/resolver/endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

socklen_t
wax_endpoint(struct wax_ip ip, const char *zone, uint16_t port,
    struct sockaddr_storage *out)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)(void *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;

	memset(out, 0, sizeof *out);
	if (ip.family == WAX_IPV4) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		memcpy(&in4->sin_addr, ip.octet, 4);
		return sizeof *in4;
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, ip.octet, 16);
	if (zone[0] != '\0')
		in6->sin6_scope_id = if_nametoindex(zone);
	return sizeof *in6;
}
