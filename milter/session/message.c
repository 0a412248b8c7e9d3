/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/session/message.h"

#include <string.h>

#include "milter/session/judge.h"

static struct wax_message *
message_of(struct wax_session *session)
{
	return session != NULL ? session->message : NULL;
}

static sfsistat
carry_on(const struct wax_session *session, unsigned long no_reply)
{
	if (session == NULL)
		return SMFIS_CONTINUE;
	return wax_carry_on(&session->granted, no_reply);
}

static void
drop(struct wax_session *session)
{
	session->message = NULL;
	wax_arena_reset(session->message_arena);
}

/* The envelope, all of it in the message's arena. */
static struct wax_envelope
envelope_of(struct wax_session *session, SMFICTX *ctx, const char *from)
{
	struct wax_arena *arena = session->message_arena;
	struct wax_envelope envelope;

	envelope.helo = wax_str_dup(arena, session->helo);
	envelope.mail_argument = wax_str_dup(arena, wax_str_of(from));
	envelope.auth_type =
	    wax_str_dup(arena, wax_session_macro(ctx, "{auth_type}"));
	envelope.auth_user =
	    wax_str_dup(arena, wax_session_macro(ctx, "{auth_authen}"));
	return envelope;
}

sfsistat
wax_message_begin(SMFICTX *ctx, char *const *arg)
{
	struct wax_session *session = smfi_getpriv(ctx);
	const char *from = arg != NULL ? arg[0] : NULL;
	struct wax_envelope envelope;

	if (session == NULL)
		return SMFIS_CONTINUE;
	drop(session);
	envelope = envelope_of(session, ctx, from);
	if (session->overloaded &&
	    (session->granted.steps & SMFIP_NR_MAIL) == 0 &&
	    wax_judge_defer(session, ctx, &envelope))
		return SMFIS_TEMPFAIL;
	session->message = wax_judge_open(session, &envelope);
	return carry_on(session, SMFIP_NR_MAIL);
}

sfsistat
wax_message_recipient(SMFICTX *ctx, char *const *arg)
{
	struct wax_session *session = smfi_getpriv(ctx);
	struct wax_message *message = message_of(session);
	const char *to = arg != NULL ? arg[0] : NULL;

	if (message != NULL)
		wax_judge_recipient(message, wax_str_of(to));
	return carry_on(session, SMFIP_NR_RCPT);
}

/*
 * The value of a field from an MTA that takes its first blank away: one is
 * put back. (Without negotiation it is not known whether it does; then a
 * value that begins with a blank is left alone.)
 */
static struct wax_str
with_blank(const struct wax_session *session, struct wax_arena *arena,
    struct wax_str value)
{
	char *p;

	if (!session->granted.negotiated && value.n > 0 &&
	    wax_is_space(value.p[0]))
		return value;
	p = wax_alloc(arena, value.n + 1, 1);
	p[0] = ' ';
	if (value.n > 0)
		memcpy(p + 1, value.p, value.n);
	return (struct wax_str){ p, value.n + 1 };
}

sfsistat
wax_message_field(SMFICTX *ctx, const char *name, const char *value)
{
	struct wax_session *session = smfi_getpriv(ctx);
	struct wax_message *message = message_of(session);
	struct wax_str raw = wax_str_of(value);
	struct wax_arena *scratch;

	if (message == NULL)
		return carry_on(session, SMFIP_NR_HDR);
	if (session->granted.leading_space) {
		wax_judge_field(message, wax_str_of(name), raw);
		return carry_on(session, SMFIP_NR_HDR);
	}
	/* What is kept is copied: the rest must not pile up. */
	scratch = wax_arena_new("field", 0);
	wax_judge_field(
	    message, wax_str_of(name), with_blank(session, scratch, raw));
	wax_arena_free(scratch);
	return carry_on(session, SMFIP_NR_HDR);
}

sfsistat
wax_message_header_end(SMFICTX *ctx)
{
	struct wax_session *session = smfi_getpriv(ctx);
	struct wax_message *message = message_of(session);

	if (message != NULL)
		wax_judge_header_end(message);
	return carry_on(session, SMFIP_NR_EOH);
}

sfsistat
wax_message_body(SMFICTX *ctx, const void *chunk, size_t n)
{
	struct wax_session *session = smfi_getpriv(ctx);
	struct wax_message *message = message_of(session);

	if (message != NULL)
		wax_judge_body(message, (struct wax_str){ chunk, n });
	return carry_on(session, SMFIP_NR_BODY);
}

sfsistat
wax_message_end(SMFICTX *ctx)
{
	struct wax_session *session = smfi_getpriv(ctx);
	struct wax_message *message = message_of(session);
	sfsistat reply;

	if (message == NULL)
		return SMFIS_CONTINUE;
	reply = wax_judge_end(message, ctx);
	drop(session);
	return reply;
}

sfsistat
wax_message_abort(SMFICTX *ctx)
{
	struct wax_session *session = smfi_getpriv(ctx);

	if (session != NULL)
		drop(session);
	return SMFIS_CONTINUE;
}
