/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - reading, checking and printing the configuration.
 *
 * Files with their includes, line by line (source.c, scan.c), syntax (parse.c,
 * libconfig; slip.c for its errors), the table of all keys (schema.c), types
 * (value.c, value_read.c, quantity.c), meaning and cross-checks (check.c),
 * printing (dump.c). All errors of a file are reported, not the first.
 */
#ifndef WAX_MILTER_CONF_CONFIG_H
#define WAX_MILTER_CONF_CONFIG_H

#include <stdio.h>

#include "milter/conf/snapshot.h"

#define WAX_CONFIG_FILE "/etc/sealwax/sealwax.conf"

struct wax_config_source {
	const char *file; /* NULL: WAX_CONFIG_FILE if it exists, else none */
	size_t n_overrides;
	const char *const *override; /* "key=value", of -o; later ones win */
	/* sealwaxd: user, group and socket-group must exist. Programs that
	 * only judge do not need them. */
	bool is_daemon;
};

/* Each error or warning as one line for the operator, without line end. */
typedef void wax_config_report(void *arg, const char *line);

/*
 * A new snapshot with one reference; NULL if there was any error (all of
 * them were given to on_error). Warnings do not prevent it.
 */
struct wax_snapshot *wax_config_load(const struct wax_config_source *source,
    wax_config_report *on_error, wax_config_report *on_warning, void *arg)
    WAX_MUST_USE;

/*
 * For a reload: keys that cannot change while the program runs keep their
 * value of `running`; each that differs is given to on_warning ("needs
 * restart").
 */
struct wax_snapshot *wax_config_reload(const struct wax_config_source *source,
    const struct wax_snapshot *running, wax_config_report *on_error,
    wax_config_report *on_warning, void *arg) WAX_MUST_USE;

/*
 * -T: every key with its value and origin (default, file:line, -o);
 * -n (`changed_only`): those that differ from the default. Both can be read
 * again as a configuration file, except that secrets are masked.
 */
void wax_config_dump(
    const struct wax_snapshot *snapshot, bool changed_only, FILE *out);

#endif
