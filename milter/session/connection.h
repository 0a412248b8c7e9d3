/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connection.h - one SMTP session, as the MTA shows it to us.
 *
 * Born at negotiation, dead at close. libmilter's private pointer holds it;
 * it may hop between threads, but is never used by two at a time. What
 * belongs to one message is in message.h and never outlives it.
 */
#ifndef WAX_MILTER_SESSION_CONNECTION_H
#define WAX_MILTER_SESSION_CONNECTION_H

#include "milter/session/negotiate.h"
#include "milter/session/service.h"
#include "policy/facts.h"

struct wax_message;

struct wax_session {
	struct wax_service *service;
	struct wax_snapshot *snapshot;   /* one reference */
	const struct wax_config *config; /* of the snapshot */
	struct wax_granted granted;
	bool overloaded; /* beyond max-sessions: nothing is judged */
	struct wax_arena *arena;
	struct wax_connection facts;
	struct wax_arena *helo_arena; /* HELO may come any number of times */
	struct wax_str helo;
	struct wax_arena *message_arena;
	struct wax_message *message; /* NULL between messages */
};

/* xxfi_negotiate; `offered` as the MTA said, the answer in `wanted`. */
sfsistat wax_session_negotiate(struct wax_service *service, SMFICTX *ctx,
    const struct wax_offer *offered, struct wax_offer *wanted);

/* xxfi_connect; `address` is NULL where the MTA knows none. */
sfsistat wax_session_connect(struct wax_service *service, SMFICTX *ctx,
    const char *host, const struct sockaddr *address);

/* xxfi_helo: the last one counts. */
sfsistat wax_session_helo(SMFICTX *ctx, const char *name);

/* xxfi_close: may come alone, and without a session. */
sfsistat wax_session_close(SMFICTX *ctx);

/* A macro's value, valid during the callback; empty if there is none. */
struct wax_str wax_session_macro(SMFICTX *ctx, const char *name);

#endif
