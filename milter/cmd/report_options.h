/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_options.h - the command line of sealwax-report.
 *
 * Options may stand before and behind the subcommand; each subcommand takes
 * only those that mean something to it.
 */
#ifndef WAX_MILTER_CMD_REPORT_OPTIONS_H
#define WAX_MILTER_CMD_REPORT_OPTIONS_H

#include <stdint.h>

#include "milter/conf/config.h"

enum wax_report_task {
	WAX_DO_LIST,
	WAX_DO_SHOW,
	WAX_DO_XML,
	WAX_DO_HTML,
	WAX_DO_SEND,
	WAX_DO_READ,
	WAX_DO_BOUNCE,
	WAX_DO_SUPPRESS_ADD,
	WAX_DO_SUPPRESS_REMOVE,
	WAX_DO_SUPPRESS_LIST,
	WAX_DO_STATUS,
	WAX_DO_PURGE,
	WAX_DO_DIFF
};

struct wax_report_options {
	struct wax_config_source source; /* -c, -o */
	enum wax_report_task task;
	struct wax_str domain; /* --domain, normalised; empty: all */
	/* --begin, --end: both belong to it; 0, 0: all. */
	int64_t begin, end;
	int64_t before; /* --before; 0: not given */
	int64_t until;  /* --until; 0: not given */
	const char *why, *output_dir;
	bool open, dry_run, timer;
	size_t n_arguments; /* behind the subcommand */
	const char *const *argument;
};

/* What main() shall do after reading them. */
enum wax_report_command {
	WAX_COMMAND_RUN,
	WAX_COMMAND_DONE, /* -V, -h: it was printed */
	WAX_COMMAND_USAGE /* wrong: it was said on stderr */
};

/* Text points into argv or lives in the arena. The task is set, as far as it
 * is known, whatever is returned. */
enum wax_report_command wax_report_options_read(struct wax_arena *arena,
    int argc, char *argv[], struct wax_report_options *out);

#endif
