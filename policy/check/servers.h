/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers.h - whether a domain's own name servers say the same, and whether
 * the resolver has heard of it.
 *
 * Each server is a resolver of its own (resolver.h); a name that it says
 * others answer for has the `alias` of struct wax_answer, without records.
 * What is compared is what mail asks for: MX, SPF, DMARC, and the keys of
 * given selectors.
 */
#ifndef WAX_POLICY_CHECK_SERVERS_H
#define WAX_POLICY_CHECK_SERVERS_H

#include "policy/base/limits.h"
#include "policy/check/finding.h"
#include "policy/dns/resolver.h"

/* One address of a name server. */
struct wax_name_server {
	struct wax_str name; /* odd octets escaped */
	struct wax_ip address;
	/* Asks it alone; NULL: this host cannot reach such an address. */
	struct wax_resolver *resolver;
	bool is_silent; /* it does not answer for the zone */
};

struct wax_name_servers {
	struct wax_domain zone; /* the domain, or what it is part of */
	/* At most WAX_CHECK_SERVERS_MAX; n_more others are not asked. */
	size_t n, n_more;
	struct wax_name_server *server;
};

/* The name servers as the resolver knows them, without resolvers of their
 * own. Text lives in the arena of `findings`. */
struct wax_name_servers wax_check_servers_find(struct wax_findings *findings,
    struct wax_resolver *resolver, struct wax_domain domain,
    wax_deadline deadline);

/* Ask them, and compare. */
void wax_check_servers(struct wax_findings *findings,
    struct wax_resolver *resolver, struct wax_domain domain,
    struct wax_name_servers *servers, size_t n_selectors,
    const struct wax_str *selector, wax_deadline deadline);

#endif
