/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.h - what an answer without records says.
 *
 * Whether it is an answer at all, and how long it is good: libunbound's own
 * word for that counts the flags of EDNS as a TTL where there is no SOA
 * record (1.17.1 says nine hours). Nothing else is read from its packets:
 * records come from libunbound.
 *
 * And the packets of recheck.h: a question, and whether its reply says that
 * there is nothing. And those of direct.h: a question for a name server of
 * the name's own zone, and its answer.
 */
#ifndef WAX_MILTER_RESOLVER_PACKET_H
#define WAX_MILTER_RESOLVER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/dns/answer.h"

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

/*
 * Whether the authority section says nothing either. Of an answer without
 * records that is an honest form of "no such type" (RFC 2308 s2.2, type 3) -
 * and what libunbound leaves of one with records of other names.
 */
bool wax_packet_has_no_authority(const void *packet, size_t n);

/* A header, the longest name, type and class. */
#define WAX_PACKET_QUESTION_MAX (12 + 255 + 4)

/*
 * Write the question that an answer left open: about what its aliases lead to
 * from its question, wanting recursion. Returns how many octets; 0 if the
 * answer does not parse.
 */
size_t wax_packet_ask_again(const void *answer, size_t n, enum wax_rrtype type,
    uint16_t id, uint8_t out[WAX_PACKET_QUESTION_MAX]);

enum wax_packet_reply {
	WAX_REPLY_OF_ANOTHER, /* not a reply to this question */
	WAX_REPLY_FAILED,     /* an error: it says nothing about the name */
	WAX_REPLY_NOTHING,    /* no such name, or no records of the type */
	WAX_REPLY_SOMETHING   /* anything else: records, of whatever name; cut
	                       * off; a referral; a packet that ends early */
};

/* What a packet says to a question of wax_packet_ask_again(). */
enum wax_packet_reply wax_packet_read_reply(
    const uint8_t *question, size_t n_question, const void *packet, size_t n);

/*
 * Write a question that wants no recursion. Returns how many octets; 0 if the
 * name may not be asked.
 */
size_t wax_packet_ask(struct wax_str qname, enum wax_rrtype type, uint16_t id,
    uint8_t out[WAX_PACKET_QUESTION_MAX]);

enum wax_packet_direct {
	WAX_DIRECT_OF_ANOTHER, /* not a reply to this question */
	WAX_DIRECT_CUT,        /* too long for UDP: ask by TCP */
	WAX_DIRECT_ANSWER      /* *out: a new answer with one reference */
};

/*
 * What a packet answers to a question of wax_packet_ask(). Who does not
 * answer for the zone himself (no AA, an error) gives a WAX_DNS_TEMPFAIL;
 * one who says that others do, for a name below or for that an alias leads
 * to, gives WAX_DNS_NODATA with `alias`. The arena is for scratch.
 */
enum wax_packet_direct wax_packet_read_direct(struct wax_arena *arena,
    const uint8_t *question, size_t n_question, const void *packet, size_t n,
    const struct wax_answer **out);

#endif
