/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * route.h - the mail route of a domain: its MX hosts and their addresses.
 *                            RFC 5321 s5.1, RFC 7505, RFC 2181 s10.3
 */
#ifndef WAX_POLICY_CHECK_ROUTE_H
#define WAX_POLICY_CHECK_ROUTE_H

#include "policy/base/limits.h"
#include "policy/check/finding.h"
#include "policy/dns/resolver.h"

struct wax_route_host {
	struct wax_str name;
	unsigned preference;
	struct wax_answer const *a, *aaaa; /* NULL: not asked (no name) */
};

enum wax_route_kind {
	WAX_ROUTE_MX,
	WAX_ROUTE_ADDRESS, /* no MX: the domain's own address */
	WAX_ROUTE_NULL,    /* accepts no mail */
	WAX_ROUTE_NONE,    /* nowhere */
	WAX_ROUTE_UNKNOWN  /* could not be asked */
};

struct wax_route {
	struct wax_domain domain;
	enum wax_route_kind kind;
	uint32_t ttl; /* of the MX records */
	/* In order of preference. With WAX_ROUTE_ADDRESS the domain itself;
	 * at most WAX_CHECK_MX_MAX, n_more others were not looked at. */
	size_t n, n_more;
	const struct wax_route_host *host;
};

/* Ask, and say what is wrong. Text lives in the arena of `findings`. */
struct wax_route wax_check_route(struct wax_findings *findings,
    struct wax_resolver *resolver, struct wax_domain domain,
    wax_deadline deadline);

/* Whether there is an answer, if only that there is nothing. */
static inline bool
wax_route_is_known(const struct wax_answer *answer)
{
	return answer->status != WAX_DNS_TEMPFAIL &&
	       answer->status != WAX_DNS_LIMIT;
}

/* "private", "loopback", ...: why no stranger reaches any address of a
 * network; NULL: some can be reached. */
const char *wax_route_unreachable(struct wax_network network);

/* "Senders try mail.example.com (10) first, then backup.example.com (20)." */
struct wax_str wax_route_sentence(
    struct wax_arena *arena, const struct wax_route *route);

#endif
