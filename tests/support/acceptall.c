/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acceptall.c - a filter that accepts everything.
 *
 * Stands in sealwaxd's place where a test must notice that nothing is
 * judged. Usage: acceptall SOCKET ("unix:PATH" or "inet:PORT@HOST"); ends
 * with SIGTERM.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

/* Behind stdbool.h: it makes a bool of its own otherwise, of another size. */
#include <libmilter/mfapi.h>

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
	(void)ctx;
	(void)host;
	(void)address;
	return SMFIS_ACCEPT;
}

int
main(int argc, char **argv)
{
	char name[] = "acceptall";
	struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = on_connect,
	};

	if (argc != 2) {
		(void)fprintf(stderr, "usage: acceptall SOCKET\n");
		return EX_USAGE;
	}
	if (smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_register(description) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS)
		return EX_UNAVAILABLE;
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}
