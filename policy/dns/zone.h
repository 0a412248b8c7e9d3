/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone.h - a resolver over a text of records, with faults.
 *
 * For tests, fuzzing, sealwax-check --zone and the demo. One record a line:
 *
 *	owner [ttl] TYPE rdata		# comment
 *	owner FAULT servfail|refused|timeout|nxdomain|trunc|delay=SECONDS [TYPE]
 *
 * TXT takes the rest of the line as one text, or "a" "b" as strings. Owners
 * are absolute, "*." in front is a wildcard (RFC 4592), \DDD is an octet. A
 * name without any record is NXDOMAIN, one with other types or with children
 * is NODATA. CNAMEs are followed; a loop or more than eight of them is a
 * TEMPFAIL. Of several faults the one with the closest owner counts; those of
 * a wildcard, or of "*" alone, are for names that are there, too. All
 * faults but nxdomain and delay are WAX_DNS_TEMPFAIL (trunc: an answer that
 * is truncated and that no TCP completes); delay is one if it ends behind
 * the deadline, on a clock that stands at 0.
 */
#ifndef WAX_POLICY_DNS_ZONE_H
#define WAX_POLICY_DNS_ZONE_H

#include "policy/dns/resolver.h"

struct wax_zone;

/*
 * Parse; the zone lives in the arena. Errors (NULL): WAX_E_SYNTAX, the text
 * says "line N: ...".
 */
struct wax_zone *wax_zone_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_err *err) WAX_MUST_USE;

/* A resolver over it, in the arena. */
struct wax_resolver *wax_zone_resolver(
    struct wax_arena *arena, const struct wax_zone *zone);

#endif
