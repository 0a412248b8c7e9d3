/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noop.c - a filter that does nothing: the floor of libmilter.
 *
 * Usage: noop noreply|default|mark SOCKET
 *
 *	noreply  negotiates as sealwaxd does: it answers at the end only
 *	default  takes what libmilter negotiates by itself: it answers to all
 *	mark     noreply, and inserts an Authentication-Results field
 *
 * It has a callback for each stage, since libmilter does not read what it has
 * none for. Ends with SIGTERM, and prints how many calls it had.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Behind stdbool.h: it makes a bool of its own otherwise, of another size. */
#include <libmilter/mfapi.h>

#define STEPS                                                             \
	(SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NR_CONN | SMFIP_NR_HELO | \
	    SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH | \
	    SMFIP_NR_BODY | SMFIP_HDR_LEADSPC)

/* libmilter gives callbacks no argument of ours: set before it runs. */
static bool answers, marks;
static atomic_ulong connects, messages, fields, octets, ends;

static sfsistat
carry_on(void)
{
	return answers ? SMFIS_CONTINUE : SMFIS_NOREPLY;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long offered2, unsigned long offered3, unsigned long *actions_out,
    unsigned long *steps_out, unsigned long *out2, unsigned long *out3)
{
	(void)ctx;
	(void)offered2;
	(void)offered3;
	*actions_out = actions & SMFIF_ADDHDRS;
	*steps_out = steps & STEPS;
	*out2 = 0;
	*out3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
	(void)ctx;
	(void)host;
	(void)address;
	atomic_fetch_add(&connects, 1);
	return carry_on();
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	(void)ctx;
	(void)name;
	return carry_on();
}

static sfsistat
on_mail(SMFICTX *ctx, char **arg)
{
	(void)ctx;
	(void)arg;
	atomic_fetch_add(&messages, 1);
	return carry_on();
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **arg)
{
	(void)ctx;
	(void)arg;
	return carry_on();
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	atomic_fetch_add(&fields, 1);
	return carry_on();
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	(void)ctx;
	return carry_on();
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t n)
{
	(void)ctx;
	(void)chunk;
	atomic_fetch_add(&octets, n);
	return carry_on();
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	char name[] = "Authentication-Results";
	char value[] = " mx.rcpt.example;\n\tspf=none";

	atomic_fetch_add(&ends, 1);
	if (marks && smfi_insheader(ctx, 0, name, value) != MI_SUCCESS)
		return SMFIS_TEMPFAIL;
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	char name[] = "noop";
	struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_negotiate = on_negotiate,
	};
	bool is_default = argc == 3 && strcmp(argv[1], "default") == 0;

	marks = argc == 3 && strcmp(argv[1], "mark") == 0;
	answers = is_default;
	if (is_default)
		description.xxfi_negotiate = NULL;
	else if (argc != 3 || (!marks && strcmp(argv[1], "noreply") != 0)) {
		(void)fprintf(
		    stderr, "usage: noop noreply|default|mark SOCKET\n");
		return EX_USAGE;
	}
	if (smfi_setconn(argv[2]) != MI_SUCCESS ||
	    smfi_register(description) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS)
		return EX_UNAVAILABLE;
	if (smfi_main() != MI_SUCCESS)
		return EX_SOFTWARE;
	(void)printf(
	    "connects %lu messages %lu fields %lu octets %lu ends %lu\n",
	    connects, messages, fields, octets, ends);
	(void)fflush(stdout); /* all that is left to do */
	_exit(EX_OK);         /* workers may still run */
}
