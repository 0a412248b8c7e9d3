/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/relay.h"

#include "policy/base/limits.h"
#include "policy/mail/received.h"

const struct wax_str wax_relay_unknown =
    WAX_STR_INIT("relayed; the relay does not say from whom");

const struct wax_relay *
wax_relay_find(const struct wax_relay_list *relays, struct wax_ip client)
{
	for (size_t i = 0; i < relays->n; i++)
		if (wax_network_set_has(&relays->v[i].networks, client))
			return &relays->v[i];
	return NULL;
}

void
wax_relay_begin(struct wax_relay_walk *walk,
    const struct wax_relay_list *relays, struct wax_facts *facts)
{
	const struct wax_relay *relay =
	    wax_relay_find(relays, facts->connection.client);

	*walk = (struct wax_relay_walk){ .relays = relays };
	if (relay == NULL)
		return;
	walk->is_open = true;
	walk->n_hops = 1;
	facts->relayed = (struct wax_relayed){
		.is_relayed = true,
		.name = relay->name,
		.address = facts->connection.client,
	};
	facts->connection.client = (struct wax_ip){ .family = WAX_IP_NONE };
	facts->connection.client_name = (struct wax_str){ NULL, 0 };
	facts->envelope.helo = (struct wax_str){ NULL, 0 };
}

static bool
is_ours(const struct wax_relay_walk *walk, struct wax_ip client)
{
	return wax_ip_is_loopback(client) ||
	       wax_relay_find(walk->relays, client) != NULL;
}

bool
wax_relay_received(struct wax_relay_walk *walk, struct wax_arena *arena,
    struct wax_str raw_value, struct wax_facts *facts)
{
	struct wax_received received;

	if (!walk->is_open)
		return false;
	walk->is_open = false;
	if (!wax_received_parse(raw_value, &received))
		return false;
	if (is_ours(walk, received.client)) {
		walk->is_open = ++walk->n_hops <= WAX_RELAY_HOPS_MAX;
		return false;
	}
	facts->relayed.is_client_known = true;
	facts->connection.client = received.client;
	facts->connection.client_name =
	    wax_str_dup(arena, received.client_name);
	facts->envelope.helo = wax_str_dup(arena, received.helo);
	return true;
}
