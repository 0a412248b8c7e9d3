/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolver.h - the port through which policy/ asks the DNS.
 *
 * Behind it: libunbound (milter/resolver), a zone file (zone.h), and around
 * either the budget of one message (budget.h). Names are absolute, with or
 * without a trailing dot; case does not matter. A name that cannot exist (see
 * wax_qname_is_askable) is WAX_DNS_NXDOMAIN without a question.
 *
 * Thread rule: a resolver of a message belongs to that message's thread; the
 * shared one behind it may be used by all.
 */
#ifndef WAX_POLICY_DNS_RESOLVER_H
#define WAX_POLICY_DNS_RESOLVER_H

#include <stdint.h>

#include "policy/dns/answer.h"

/* A point of time on the resolver's monotonic clock, in milliseconds. */
typedef int64_t wax_deadline;

struct wax_resolver;

struct wax_resolver_ops {
	/* Start a question if none is in flight. Never blocks, never fails. */
	void (*prefetch)(struct wax_resolver *resolver, struct wax_str qname,
	    enum wax_rrtype type);
	/* The answer if it is here, else NULL; starts nothing, never blocks.
	 * Valid until the arena is reset. */
	const struct wax_answer *(*peek)(struct wax_resolver *resolver,
	    struct wax_arena *arena, struct wax_str qname,
	    enum wax_rrtype type);
	/* Ask if need be, and wait until `deadline`; expiry is
	 * WAX_DNS_TEMPFAIL. Never NULL. Valid until the arena is reset. */
	const struct wax_answer *(*lookup)(struct wax_resolver *resolver,
	    struct wax_arena *arena, struct wax_str qname, enum wax_rrtype type,
	    wax_deadline deadline);
	/* Wait until one more of the questions this resolver was asked is
	 * answered: true. False: none is outstanding, or the deadline is
	 * over. A shared resolver that keeps no list of questions for its
	 * callers returns false. */
	bool (*wait_any)(struct wax_resolver *resolver, wax_deadline deadline);
};

/* The first member of every resolver. */
struct wax_resolver {
	const struct wax_resolver_ops *ops;
};

static inline void
wax_dns_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	resolver->ops->prefetch(resolver, qname, type);
}

static inline const struct wax_answer *
wax_dns_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	return resolver->ops->peek(resolver, arena, qname, type);
}

static inline const struct wax_answer *
wax_dns_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	return resolver->ops->lookup(resolver, arena, qname, type, deadline);
}

#endif
