/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slow_dns.h - a zone whose answers come later, on the world's clock, or
 * never; and which nobody may wait for.
 */
#ifndef WAX_TESTS_UNIT_SEND_SLOW_DNS_H
#define WAX_TESTS_UNIT_SEND_SLOW_DNS_H

#include "policy/dns/resolver.h"

#define SLOW_DNS_NEVER INT64_MAX

struct slow_dns;

/* `after_ms`: how long after a question for that name its answer is here.
 * A failure is here for two seconds, as with the real one, an answer for 25. */
struct slow_dns *slow_dns_new(struct wax_arena *arena, const char *zone,
    int64_t (*after_ms)(struct wax_str qname));
struct wax_resolver *slow_dns_resolver(struct slow_dns *dns);

/* The most questions without an answer at any time, and all that were asked
 * (again counts again). */
size_t slow_dns_most(const struct slow_dns *dns);
size_t slow_dns_asked(const struct slow_dns *dns);

#endif
