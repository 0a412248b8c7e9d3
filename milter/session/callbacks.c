/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/session/callbacks.h"

#include <stdlib.h>
#include <string.h>

#include "milter/session/connection.h"
#include "milter/session/message.h"
#include "policy/base/limits.h"

/* libmilter gives callbacks no argument of ours before smfi_setpriv(): set
 * once, before it runs. */
static struct wax_service *the_service;

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long offered2, unsigned long offered3, unsigned long *actions_out,
    unsigned long *steps_out, unsigned long *out2, unsigned long *out3)
{
	const struct wax_offer offered = { actions, steps };
	struct wax_offer wanted = { 0, 0 };
	sfsistat reply =
	    wax_session_negotiate(the_service, ctx, &offered, &wanted);

	(void)offered2; /* no meaning yet */
	(void)offered3;
	*actions_out = wanted.actions;
	*steps_out = wanted.steps;
	*out2 = 0;
	*out3 = 0;
	return reply;
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
	return wax_session_connect(the_service, ctx, host, address);
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	return wax_session_helo(ctx, name);
}

static sfsistat
on_mail(SMFICTX *ctx, char **arg)
{
	return wax_message_begin(ctx, arg);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **arg)
{
	return wax_message_recipient(ctx, arg);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	return wax_message_field(ctx, name, value);
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	return wax_message_header_end(ctx);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t n)
{
	return wax_message_body(ctx, chunk, n);
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	return wax_message_end(ctx);
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	return wax_message_abort(ctx);
}

static sfsistat
on_close(SMFICTX *ctx)
{
	return wax_session_close(ctx);
}

enum wax_status
wax_milter_register(
    struct wax_service *service, const char *socket, struct wax_err *err)
{
	char name[] = "sealwaxd";
	char *connection = strdup(socket);
	struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};
	bool taken;

	WAX_ASSERT(connection != NULL);
	the_service = service;
	(void)smfi_setmaxdatasize(WAX_PACKET_BYTES_MAX); /* the former one */
	taken = smfi_setconn(connection) == MI_SUCCESS &&
	        smfi_register(description) == MI_SUCCESS;
	free(connection); /* both texts are copied */
	if (!taken)
		return wax_fail(err, WAX_E_CONFIG,
		    "libmilter does not take \"%s\"", socket);
	return WAX_OK;
}

enum wax_status
wax_milter_listen(struct wax_err *err)
{
	/* A stale socket was dealt with before (milter/cmd/socket.h). */
	if (smfi_opensocket(false) != MI_SUCCESS)
		return wax_fail(err, WAX_E_IO,
		    "the socket cannot be opened; libmilter says why in the"
		    " system log");
	return WAX_OK;
}

enum wax_status
wax_milter_run(struct wax_err *err)
{
	if (smfi_main() != MI_SUCCESS)
		return wax_fail(err, WAX_E_IO,
		    "libmilter gave up; the system log says why");
	return WAX_OK;
}

void
wax_milter_stop(void)
{
	(void)smfi_stop(); /* cannot fail */
}
