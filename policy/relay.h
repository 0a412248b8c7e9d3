/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relay.h - mail that a relay of ours handed over (`relays`): who the relay
 * had it from.
 *
 * A relay writes its Received field on top of what it was given, and the MTA
 * shows us the header as the relay sent it: so the first Received field is
 * the relay's word, and what stands below it the client's. If the client
 * that it names is a relay, too, the next one is that relay's word, and so
 * on. The walk ends at the first client that is none of ours, and never
 * believes a field that a stranger can have written.
 *
 * A loopback address in such a field is the relay itself: a filter on it
 * handed the message back.
 */
#ifndef WAX_POLICY_RELAY_H
#define WAX_POLICY_RELAY_H

#include "policy/facts.h"
#include "policy/local_policy.h"

struct wax_relay_walk {
	const struct wax_relay_list *relays;
	bool is_open;    /* at a relay, and more fields may come */
	unsigned n_hops; /* relays so far */
};

/* The entry that names this address, or NULL. */
const struct wax_relay *wax_relay_find(
    const struct wax_relay_list *relays, struct wax_ip client);

/*
 * At the start of a message: if the client is a relay, `facts` says so, and
 * says no longer that the relay is the client, whose address, name and HELO
 * are not known for now.
 */
void wax_relay_begin(struct wax_relay_walk *walk,
    const struct wax_relay_list *relays, struct wax_facts *facts);

/*
 * The value of the next Received field, from the top. True: the walk came to
 * its end, and `facts` names the client. At most WAX_RELAY_HOPS_MAX relays.
 */
bool wax_relay_received(struct wax_relay_walk *walk, struct wax_arena *arena,
    struct wax_str raw_value, struct wax_facts *facts);

/* Why the client of a relayed message is not known, for results. */
extern const struct wax_str wax_relay_unknown;

#endif
