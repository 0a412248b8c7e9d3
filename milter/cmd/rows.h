/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rows.h - where the rows of reports go: the journal in the state directory,
 * and the importer that takes them to the store.
 *
 * The directory has to be writable at the start; the store may be away.
 */
#ifndef WAX_MILTER_CMD_ROWS_H
#define WAX_MILTER_CMD_ROWS_H

#include "milter/cmd/daemon.h"
#include "milter/sys/sandbox.h"

/* Opens the journal; 0 or a status of sysexits.h. */
int wax_rows_open(struct wax_daemon *daemon, struct wax_err *err) WAX_MUST_USE;

/* Which files the store needs, as rules of the sandbox: at most
 * WAX_ROWS_RULES_MAX; the number of them. */
#define WAX_ROWS_RULES_MAX 16
size_t wax_rows_rules(const struct wax_daemon *daemon,
    struct wax_access_rule rule[WAX_ROWS_RULES_MAX]);

/* The threads of journal and importer. */
enum wax_status wax_rows_start(struct wax_daemon *daemon, struct wax_err *err)
    WAX_MUST_USE;

/* What a reload may change. */
void wax_rows_reconfigure(
    struct wax_daemon *daemon, const struct wax_config *config);

/* One line of the log. */
void wax_rows_log_counters(const struct wax_daemon *daemon);

/* At the end: what was journalled is on the disk, and the counters are in
 * the log. Rows that come yet are journalled, too; the importer is not waited
 * for. */
void wax_rows_stop(struct wax_daemon *daemon);

#endif
