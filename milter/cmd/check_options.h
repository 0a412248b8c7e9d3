/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_options.h - the command line of sealwax-check.
 */
#ifndef WAX_MILTER_CMD_CHECK_OPTIONS_H
#define WAX_MILTER_CMD_CHECK_OPTIONS_H

#include <stdint.h>

#include "milter/cmd/domain.h"
#include "milter/conf/config.h"
#include "policy/facts.h"

struct wax_check_options {
	struct wax_config_source source; /* -c, -o */
	const char *zone;                /* --zone; NULL: the DNS */
	const char *file;                /* NULL: standard input */
	bool has_ip, has_sender, has_time, json, as_configured;
	int64_t at; /* --at, seconds since 1970 */
	struct wax_connection connection;
	struct wax_envelope envelope;
	size_t n_recipients;
	const struct wax_str *recipient;
	struct wax_domain_options domains; /* --domain and its like */
	bool compares_ours;                /* --ours */
	const char *list; /* --file; "-": standard input; NULL: none */
};

/* What main() shall do after reading them. */
enum wax_check_command {
	WAX_CHECK_MESSAGE,
	WAX_CHECK_DOMAINS,
	WAX_CHECK_DONE, /* -V, -h: it was printed */
	WAX_CHECK_USAGE /* wrong: it was said on stderr */
};

/* Text points into argv or lives in the arena. */
enum wax_check_command wax_check_options_read(struct wax_arena *arena, int argc,
    char *argv[], struct wax_check_options *out);

#endif
