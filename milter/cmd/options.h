/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - sealwaxd's command line.
 */
#ifndef WAX_MILTER_CMD_OPTIONS_H
#define WAX_MILTER_CMD_OPTIONS_H

#include <stdio.h>

#include "milter/conf/config.h"

enum wax_task {
	WAX_TASK_SERVE,
	WAX_TASK_CHECK,        /* -t */
	WAX_TASK_DUMP,         /* -T */
	WAX_TASK_DUMP_CHANGED, /* -n */
	WAX_TASK_IMPORT,       /* --import */
	WAX_TASK_VERSION,      /* -V */
	WAX_TASK_HELP          /* -h */
};

struct wax_options {
	enum wax_task task;
	bool foreground;
	struct wax_config_source source;
	size_t n_imports;
	const char *const *import; /* files, for WAX_TASK_IMPORT */
};

/* 0, or EX_USAGE with the reason on stderr. What is kept lives as long as
 * argv. */
int wax_options_parse(int argc, char **argv, struct wax_options *out);

void wax_options_help(FILE *out);

/* A relative -c FILE is looked for where we started, whatever comes. */
void wax_options_absolute(struct wax_options *options);

#endif
