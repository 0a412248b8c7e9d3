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

/* A name on the walk that could not be asked. */
struct wax_walk_gap {
	struct wax_domain domain;
	bool limit; /* the budget is spent; else: temporary */
};

/* The valid records found, longest name first. */
struct wax_walk {
	struct wax_domain start;
	bool incomplete; /* some name could not be asked: temporary */
	bool limit_hit;  /* some name was not asked: the budget is spent */
	/* The answer about _dmarc.start shows that start exists. False: it
	 * does not tell.                             RFC 9989 s3.2.13 */
	bool start_exists;
	bool stopped; /* by psd=y or psd=n */
	size_t n;
	struct wax_walk_step step[WAX_WALK_MAX];
	size_t n_gaps; /* longest name first, too */
	struct wax_walk_gap gap[WAX_WALK_MAX];
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
void wax_walk_prefetch_one(struct wax_arena *arena,
    struct wax_resolver *resolver, struct wax_domain domain);

/*
 * Walk from `start`. Absent records are not errors; a failure marks the walk
 * and the walk goes on.                                  RFC 9989 s4.10
 */
struct wax_walk wax_walk_run(struct wax_arena *arena,
    struct wax_resolver *resolver, struct wax_domain start,
    wax_deadline deadline);

/*
 * The same in two steps: often the record at `start` is all that is needed.
 * The first asks about `start` only, the second about the rest.
 */
struct wax_walk wax_walk_begin(struct wax_arena *arena,
    struct wax_resolver *resolver, struct wax_domain start,
    wax_deadline deadline);
void wax_walk_complete(struct wax_arena *arena, struct wax_resolver *resolver,
    wax_deadline deadline, struct wax_walk *walk);

/* Ask about one more name, a suffix of the names asked before. */
void wax_walk_ask(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain domain, wax_deadline deadline, struct wax_walk *walk);

/*
 * The walk as it would be if `step` were what one of its gaps hides, made in
 * `room`; the walk itself if the step is in none of its gaps.
 */
const struct wax_walk *wax_walk_supposing(const struct wax_walk *walk,
    const struct wax_walk_step *step, struct wax_walk *room);

/* The Organizational Domain that a finished walk shows; gaps count as absent
 * records.                                              RFC 9989 s4.10.2 */
struct wax_domain wax_walk_org_domain(const struct wax_walk *walk);

/*
 * The same as we take it: a top-level domain is nobody's organization,
 * whatever it publishes (RFC 9989 s11.8). The shortest other name with a
 * record is, and without one the top-level domain counts as a public suffix.
 */
struct wax_domain wax_walk_guarded_org_domain(const struct wax_walk *walk);

/* Whether an answer, of any type, shows that its name exists.
 *                                                     RFC 9989 s3.2.13 */
bool wax_answer_shows_name(const struct wax_answer *answer);

/* The record found at a name, or NULL. */
const struct wax_walk_step *wax_walk_find(
    const struct wax_walk *walk, struct wax_domain domain);

#endif
