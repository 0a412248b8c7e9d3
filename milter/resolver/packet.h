/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.h - what an answer without records says.
 *
 * Whether it is an answer at all, and how long it is good: libunbound's own
 * word for that counts the flags of EDNS as a TTL where there is no SOA
 * record (1.17.1 says nine hours). Nothing else is read from the packet:
 * records come from libunbound.
 */
#ifndef WAX_MILTER_RESOLVER_PACKET_H
#define WAX_MILTER_RESOLVER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Seconds, of the SOA record in the authority section: the smaller of its
 * TTL and its last number (RFC 2308 s5). 0 without one, and of a packet that
 * does not parse.
 */
uint32_t wax_packet_negative_ttl(const void *packet, size_t n);

/*
 * Whether an answer that has no records of the type asked for and is no
 * NXDOMAIN is a referral: name servers, and no SOA record (RFC 2308 s2.2.1).
 * That is what a server says that does not look up for us: it does not say
 * that there is nothing.
 */
bool wax_packet_is_referral(const void *packet, size_t n);

#endif
