/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * facts.h - what the MTA told us about one message: plain data.
 *
 * The session fills connection and envelope; the evaluation adds what the
 * header showed. All text lives in the arena of its connection or message.
 */
#ifndef WAX_POLICY_FACTS_H
#define WAX_POLICY_FACTS_H

#include "policy/base/ip.h"
#include "policy/mail/address.h"
#include "policy/mail/domain.h"

struct wax_connection {
	struct wax_ip client;       /* WAX_IP_NONE: unix socket, unknown */
	struct wax_str client_name; /* as the MTA verified it; else empty */
	struct wax_str daemon_name; /* the MTA's {daemon_name} */
};

struct wax_envelope {
	struct wax_str helo;          /* as said; empty: none */
	struct wax_str mail_argument; /* of MAIL FROM, as the MTA gave it */
	struct wax_str auth_type;     /* {auth_type}; empty: anonymous */
	struct wax_str auth_user;     /* {auth_authen} */
};

/*
 * Whether a relay of ours handed the message over (relay.h). Then `client`,
 * `client_name` and `helo` below are those of the client that the relay had
 * it from, or none if that is not known.
 */
struct wax_relayed {
	bool is_relayed;
	bool is_client_known;
	struct wax_str name;   /* of the entry of relays */
	struct wax_ip address; /* the relay's */
};

struct wax_facts {
	struct wax_connection connection;
	struct wax_envelope envelope;
	struct wax_relayed relayed;
	struct wax_reverse_path reverse_path;
	struct wax_domain helo_domain; /* none if HELO was no domain */
	size_t n_recipients;           /* all of them */
	size_t n_recipients_kept;
	const struct wax_str *recipient; /* arguments of RCPT TO, the first
					  * max-recipients */
	struct wax_str queue_id;
	struct wax_str message_id; /* the first Message-Id field's value */
	bool has_list_id;
	struct wax_domain list_id; /* of the one List-Id field */
	bool has_srs;              /* the reverse-path was rewritten by SRS */
	struct wax_domain srs_original; /* that SRS0 or SRS1 names */
	/* A bound on the header that was exceeded (the configuration name,
	 * "max-fields"), or NULL. No method can pass then. */
	const char *limit;
};

#endif
