/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/fake_libmilter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define MACROS_MAX 16

/* libmilter's opaque connection. */
struct smfi_str {
	void *priv;
	unsigned long offered_actions, actions, steps;
	bool at_end; /* of a message: edits are allowed */
	struct {
		char *name, *value;
	} macro[MACROS_MAX];
	FILE *said;
	char *said_text;
	size_t said_size;
	char *last_said;
	const char *failing;
};

static struct smfiDesc registered;
static size_t max_data_size = 65535; /* as in the library */
static bool is_registered;

static char *
copy(const char *z)
{
	char *p = strdup(z);

	if (p == NULL)
		abort();
	return p;
}

static void
said_open(SMFICTX *ctx)
{
	ctx->said = open_memstream(&ctx->said_text, &ctx->said_size);
	if (ctx->said == NULL)
		abort();
}

const struct smfiDesc *
fake_registered(void)
{
	return is_registered ? &registered : NULL;
}

SMFICTX *
fake_open(void)
{
	SMFICTX *ctx = calloc(1, sizeof *ctx);

	if (ctx == NULL)
		abort();
	said_open(ctx);
	return ctx;
}

void
fake_close(SMFICTX *ctx)
{
	(void)registered.xxfi_close(ctx);
	/* The real one complains, and leaks. */
	if (ctx->priv != NULL) {
		(void)fprintf(stderr, "private data not NULL\n");
		abort();
	}
	(void)fclose(ctx->said);
	free(ctx->said_text);
	free(ctx->last_said);
	for (size_t i = 0; i < MACROS_MAX; i++) {
		free(ctx->macro[i].name);
		free(ctx->macro[i].value);
	}
	free(ctx);
}

void
fake_macro(SMFICTX *ctx, const char *name, const char *value)
{
	for (size_t i = 0; i < MACROS_MAX; i++) {
		if (ctx->macro[i].name == NULL)
			ctx->macro[i].name = copy(name);
		else if (strcmp(ctx->macro[i].name, name) != 0)
			continue;
		free(ctx->macro[i].value);
		ctx->macro[i].value = value != NULL ? copy(value) : NULL;
		return;
	}
	abort();
}

sfsistat
fake_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps)
{
	unsigned long out2, out3;

	ctx->offered_actions = actions;
	return registered.xxfi_negotiate(ctx, actions, steps, 0, 0,
	    &ctx->actions, &ctx->steps, &out2, &out3);
}

unsigned long
fake_steps(const SMFICTX *ctx)
{
	return ctx->steps;
}

unsigned long
fake_actions(const SMFICTX *ctx)
{
	return ctx->actions;
}

sfsistat
fake_connect(SMFICTX *ctx, const char *host, const char *address)
{
	char *name = copy(host);
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
		struct sockaddr_un local;
	} socket;
	sfsistat reply;

	memset(&socket, 0, sizeof socket);
	if (address != NULL && address[0] == '/')
		socket.any.sa_family = AF_UNIX;
	else if (address != NULL && strchr(address, ':') != NULL)
		socket.any.sa_family = AF_INET6;
	else
		socket.any.sa_family = AF_INET;
	if (address != NULL && socket.any.sa_family == AF_INET6 &&
	    inet_pton(AF_INET6, address, &socket.in6.sin6_addr) != 1)
		abort();
	if (address != NULL && socket.any.sa_family == AF_INET &&
	    inet_pton(AF_INET, address, &socket.in4.sin_addr) != 1)
		abort();
	reply = registered.xxfi_connect(
	    ctx, name, address != NULL ? &socket.any : NULL);
	free(name);
	return reply;
}

sfsistat
fake_helo(SMFICTX *ctx, const char *name)
{
	char *z = copy(name);
	sfsistat reply = registered.xxfi_helo(ctx, z);

	free(z);
	return reply;
}

static sfsistat
with_arguments(
    SMFICTX *ctx, sfsistat (*call)(SMFICTX *, char **), const char *address)
{
	char *z = copy(address);
	char *arg[] = { z, NULL };
	sfsistat reply = call(ctx, arg);

	free(z);
	return reply;
}

sfsistat
fake_mail(SMFICTX *ctx, const char *address)
{
	return with_arguments(ctx, registered.xxfi_envfrom, address);
}

sfsistat
fake_rcpt(SMFICTX *ctx, const char *address)
{
	return with_arguments(ctx, registered.xxfi_envrcpt, address);
}

sfsistat
fake_header(SMFICTX *ctx, const char *name, const char *value)
{
	char *n = copy(name), *v = copy(value);
	sfsistat reply = registered.xxfi_header(ctx, n, v);

	free(n);
	free(v);
	return reply;
}

sfsistat
fake_eoh(SMFICTX *ctx)
{
	return registered.xxfi_eoh(ctx);
}

sfsistat
fake_body(SMFICTX *ctx, const char *text)
{
	size_t n = strlen(text);
	unsigned char *p = malloc(n > 0 ? n : 1);
	sfsistat reply;

	if (p == NULL)
		abort();
	memcpy(p, text, n);
	reply = registered.xxfi_body(ctx, p, n);
	free(p);
	return reply;
}

sfsistat
fake_eom(SMFICTX *ctx)
{
	sfsistat reply;

	ctx->at_end = true;
	reply = registered.xxfi_eom(ctx);
	ctx->at_end = false;
	return reply;
}

sfsistat
fake_abort(SMFICTX *ctx)
{
	return registered.xxfi_abort(ctx);
}

const char *
fake_said(SMFICTX *ctx)
{
	(void)fclose(ctx->said);
	free(ctx->last_said);
	ctx->last_said = ctx->said_text;
	said_open(ctx);
	return ctx->last_said;
}

void
fake_fail(SMFICTX *ctx, const char *function)
{
	ctx->failing = function;
}

static int say(SMFICTX *ctx, const char *function, bool allowed,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int
say(SMFICTX *ctx, const char *function, bool allowed, const char *fmt, ...)
{
	va_list ap;

	if (!allowed ||
	    (ctx->failing != NULL && strcmp(ctx->failing, function) == 0))
		return MI_FAILURE;
	(void)fprintf(ctx->said, "%s ", function);
	va_start(ap, fmt);
	(void)vfprintf(ctx->said, fmt, ap);
	va_end(ap);
	(void)fputc('\n', ctx->said);
	return MI_SUCCESS;
}

/* --- what libmilter exports ------------------------------------------------ */

int
smfi_register(struct smfiDesc description)
{
	registered = description;
	is_registered = true;
	return MI_SUCCESS;
}

size_t
smfi_setmaxdatasize(size_t n)
{
	size_t former = max_data_size;

	max_data_size = n;
	return former;
}

size_t
fake_max_data_size(void)
{
	return max_data_size;
}

int
smfi_setconn(char *connection)
{
	return connection != NULL ? MI_SUCCESS : MI_FAILURE;
}

int
smfi_opensocket(bool remove)
{
	(void)remove;
	return MI_SUCCESS;
}

int
smfi_main(void)
{
	return MI_SUCCESS;
}

int
smfi_stop(void)
{
	return MI_SUCCESS;
}

int
smfi_setpriv(SMFICTX *ctx, void *priv)
{
	ctx->priv = priv;
	return MI_SUCCESS;
}

void *
smfi_getpriv(SMFICTX *ctx)
{
	return ctx->priv;
}

char *
smfi_getsymval(SMFICTX *ctx, char *name)
{
	for (size_t i = 0; i < MACROS_MAX; i++)
		if (ctx->macro[i].name != NULL &&
		    strcmp(ctx->macro[i].name, name) == 0)
			return ctx->macro[i].value;
	return NULL;
}

int
smfi_setsymlist(SMFICTX *ctx, int where, char *macros)
{
	return say(ctx, "setsymlist",
	    (ctx->offered_actions & SMFIF_SETSYMLIST) != 0, "%d %s", where,
	    macros);
}

/* As the library checks it: a code of its class, one line, no lone "%". */
int
smfi_setreply(SMFICTX *ctx, char *code, char *enhanced, char *text)
{
	bool good = strlen(code) == 3 && (code[0] == '4' || code[0] == '5') &&
	            enhanced[0] == code[0] && strlen(text) < 980;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\r' || *p == '\n')
			good = false;
		if (*p == '%' && *++p != '%') {
			good = false;
			break;
		}
	}
	return say(ctx, "setreply", good, "%s %s %s", code, enhanced, text);
}

int
smfi_insheader(SMFICTX *ctx, int index, char *name, char *value)
{
	return say(ctx, "insheader",
	    ctx->at_end && (ctx->actions & SMFIF_ADDHDRS) != 0, "%d %s:%s",
	    index, name, value);
}

int
smfi_chgheader(SMFICTX *ctx, char *name, int index, char *value)
{
	return say(ctx, "chgheader",
	    ctx->at_end && (ctx->actions & SMFIF_CHGHDRS) != 0, "%s %d %s",
	    name, index, value != NULL ? value : "(delete)");
}

int
smfi_quarantine(SMFICTX *ctx, char *reason)
{
	return say(ctx, "quarantine",
	    ctx->at_end && (ctx->actions & SMFIF_QUARANTINE) != 0 &&
	        reason[0] != '\0',
	    "%s", reason);
}
