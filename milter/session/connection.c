/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/session/connection.h"

#include <netinet/in.h>
#include <string.h>

#include "milter/session/message.h"
#include "milter/sys/log.h"
#include "policy/verdict.h"

static struct wax_session *
session_open(struct wax_service *service)
{
	struct wax_arena *arena = wax_arena_new("connection", 1024);
	struct wax_session *session = WAX_NEW(arena, struct wax_session);

	session->service = service;
	session->arena = arena;
	session->helo_arena = wax_arena_new("helo", 512);
	session->message_arena = wax_arena_new("message", 8192);
	session->snapshot = wax_service_config(service);
	session->config = wax_snapshot_config(session->snapshot);
	atomic_fetch_add(&service->counters.connections, 1);
	if (!wax_service_enter(service, session->config->max_sessions)) {
		session->overloaded = true;
		atomic_fetch_add(&service->counters.overloads, 1);
	}
	return session;
}

static void
session_free(struct wax_session *session)
{
	if (!session->overloaded)
		wax_service_leave(session->service);
	wax_arena_free(session->message_arena);
	wax_arena_free(session->helo_arena);
	wax_snapshot_unref(session->snapshot);
	/* The session itself lives in this one. */
	wax_arena_free(session->arena);
}

/* Whether a session beyond max-sessions is told so at MAIL FROM. */
static bool
refuses_at_mail(const struct wax_session *session)
{
	return session->overloaded &&
	       wax_verdict_unjudged(&session->config->policy, WAX_RULE_OVERLOAD)
	               .applied == WAX_TEMPFAIL;
}

sfsistat
wax_session_negotiate(struct wax_service *service, SMFICTX *ctx,
    const struct wax_offer *offered, struct wax_offer *wanted)
{
	struct wax_session *session = session_open(service);

	if (!wax_negotiate(
	        offered, refuses_at_mail(session), wanted, &session->granted)) {
		wax_log(WAX_LOG_ERROR,
		    "the MTA does not let headers be changed (actions 0x%lx);"
		    " nothing can be done for it",
		    offered->actions);
		session_free(session);
		return SMFIS_REJECT;
	}
	if (smfi_setpriv(ctx, session) != MI_SUCCESS) {
		session_free(session);
		return SMFIS_REJECT;
	}
	wax_negotiate_macros(ctx, offered->actions);
	return SMFIS_CONTINUE;
}

static struct wax_ip
address_of(const struct sockaddr *address)
{
	const struct wax_ip none = { .family = WAX_IP_NONE };
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (address == NULL)
		return none;
	if (address->sa_family == AF_INET) {
		memcpy(&in4, address, sizeof in4);
		return wax_ip_from4(&in4.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof in6);
		return wax_ip_from6(&in6.sin6_addr);
	}
	return none;
}

/*
 * The client's name if the MTA verified it. Both MTAs send {client_resolve}
 * when asked; without it, the name itself tells: "[192.0.2.1]" and "unknown"
 * stand for none.
 */
static struct wax_str
verified_name(SMFICTX *ctx, const char *host)
{
	const struct wax_str none = { NULL, 0 };
	struct wax_str resolve = wax_session_macro(ctx, "{client_resolve}");
	struct wax_str name = wax_session_macro(ctx, "{client_name}");

	if (resolve.n > 0 && !wax_str_ieq(resolve, WAX_STR("OK")))
		return none;
	if (name.n == 0)
		name = wax_str_of(host);
	if (name.n == 0 || name.p[0] == '[' ||
	    wax_str_ieq(name, WAX_STR("unknown")))
		return none;
	return name;
}

sfsistat
wax_session_connect(struct wax_service *service, SMFICTX *ctx, const char *host,
    const struct sockaddr *address)
{
	struct wax_session *session = smfi_getpriv(ctx);

	if (session == NULL) {
		session = session_open(service);
		wax_negotiate_nothing(&session->granted);
		if (smfi_setpriv(ctx, session) != MI_SUCCESS) {
			session_free(session);
			return SMFIS_TEMPFAIL;
		}
	}
	session->facts.client = address_of(address);
	session->facts.client_name =
	    wax_str_dup(session->arena, verified_name(ctx, host));
	session->facts.daemon_name = wax_str_dup(
	    session->arena, wax_session_macro(ctx, "{daemon_name}"));
	return wax_carry_on(&session->granted, SMFIP_NR_CONN);
}

sfsistat
wax_session_helo(SMFICTX *ctx, const char *name)
{
	struct wax_session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_CONTINUE;
	/* A message in progress has its own copy of the former one. */
	wax_arena_reset(session->helo_arena);
	session->helo = wax_str_dup(session->helo_arena, wax_str_of(name));
	return wax_carry_on(&session->granted, SMFIP_NR_HELO);
}

sfsistat
wax_session_close(SMFICTX *ctx)
{
	struct wax_session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_CONTINUE;
	(void)smfi_setpriv(ctx, NULL); /* fails for a NULL ctx only */
	session_free(session);
	return SMFIS_CONTINUE;
}

struct wax_str
wax_session_macro(SMFICTX *ctx, const char *name)
{
	char copy[32];
	size_t n = strlen(name);

	WAX_ASSERT(n < sizeof copy);
	memcpy(copy, name, n + 1);
	return wax_str_of(smfi_getsymval(ctx, copy));
}
