/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_walk.h - the DNS Tree Walk of RFC 9989.
 *
 * The names to ask are a pure function of the starting domain, so they can
 * be asked for as soon as the domain is known and read later in order.
 * Nothing here decides policy: see dmarc.h.
 */
#ifndef WAX_POLICY_AUTH_DMARC_WALK_H
#define WAX_POLICY_AUTH_DMARC_WALK_H

#include "policy/auth/dmarc_record.h"
#include "policy/base/limits.h"
#include "policy/dns/resolver.h"
#include "policy/mail/domain.h"

/* A name on the walk that published exactly one valid record. */
struct wax_walk_step {
	struct wax_domain domain;
	struct wax_dmarc_record record;
};

/* The valid records found, longest name first. */
struct wax_walk {
	struct wax_domain start;
	bool incomplete; /* some name could not be asked: temporary */
	bool limit_hit;  /* some name was not asked: the budget is spent */
	size_t n;
	struct wax_walk_step step[WAX_WALK_MAX];
};

/*
 * List the domains whose _dmarc name a walk from `start` asks, in order.
 * Returns how many (1 to WAX_WALK_MAX).                  RFC 9989 s4.10
 */
size_t wax_walk_domains(
    struct wax_domain start, struct wax_domain out[WAX_WALK_MAX]);

/* Ask for all of them ahead of time. Never blocks. */
void wax_walk_prefetch(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain start);

/*
 * Walk from `start`. Absent records are not errors; a failure marks the walk
 * and the walk goes on.                                  RFC 9989 s4.10
 */
struct wax_walk wax_walk_run(struct wax_arena *arena,
    struct wax_resolver *resolver, struct wax_domain start,
    wax_deadline deadline);

/* The Organizational Domain that a finished walk shows. RFC 9989 s4.10.2 */
struct wax_domain wax_walk_org_domain(const struct wax_walk *walk);

#endif
