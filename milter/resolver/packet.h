/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.h - how long an answer without records is good.
 *
 * libunbound's own word for that counts the flags of EDNS as a TTL where
 * there is no SOA record: 1.17.1 says nine hours. So it is read from the
 * packet here, and nothing else is: records come from libunbound.
 */
#ifndef WAX_MILTER_RESOLVER_PACKET_H
#define WAX_MILTER_RESOLVER_PACKET_H

#include <stddef.h>
#include <stdint.h>

/*
 * Seconds, of the SOA record in the authority section: the smaller of its
 * TTL and its last number (RFC 2308 s5). 0 without one, and of a packet that
 * does not parse.
 */
uint32_t wax_packet_negative_ttl(const void *packet, size_t n);

#endif
