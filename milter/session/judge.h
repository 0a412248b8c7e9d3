/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge.h - one message through the core: fed, judged, acted upon, logged.
 *
 * message.c knows the protocol's order of events, this file the core's. What
 * it makes lives in the session's message arena.
 */
#ifndef WAX_MILTER_SESSION_JUDGE_H
#define WAX_MILTER_SESSION_JUDGE_H

#include "milter/session/connection.h"
#include "policy/evaluation.h"
#include "policy/verdict.h"

/*
 * A message begins. The text in `envelope` lives in the session's message
 * arena. Beyond max-sessions and max-memory it is not judged.
 */
struct wax_message *wax_judge_open(
    struct wax_session *session, const struct wax_envelope *envelope);
void wax_judge_recipient(struct wax_message *message, struct wax_str argument);
void wax_judge_field(
    struct wax_message *message, struct wax_str name, struct wax_str raw_value);
void wax_judge_header_end(struct wax_message *message);
void wax_judge_body(struct wax_message *message, struct wax_str chunk);

/* What to return from the end of the message. */
sfsistat wax_judge_end(struct wax_message *message, SMFICTX *ctx);

/*
 * For MAIL FROM in a session beyond max-sessions: whether it is deferred
 * there and then (the reply is set), before there is a message.
 */
bool wax_judge_defer(struct wax_session *session, SMFICTX *ctx,
    const struct wax_envelope *envelope);

#endif
