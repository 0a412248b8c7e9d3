/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_program.h - what the subcommands of sealwax-report share.
 *
 * Each subcommand is a function that returns the exit status, and lives in
 * the file report_NAME.c. What is for other programs goes to stdout, what is
 * wrong to stderr.
 */
#ifndef WAX_MILTER_CMD_REPORT_PROGRAM_H
#define WAX_MILTER_CMD_REPORT_PROGRAM_H

#include "milter/cmd/report_options.h"
#include "milter/store/store.h"

/* Some items failed; each was named on stderr. */
#define WAX_EX_SOME 1

#define WAX_REPORT_GENERATOR "sealwax " PACKAGE_VERSION

struct wax_report_program {
	struct wax_arena *arena;
	struct wax_report_options options;
	struct wax_snapshot *snapshot;
	const struct wax_config *config;
	struct wax_store *store; /* NULL until it is opened */
	int64_t now;
	char host[256]; /* who we are among those that share the store */
};

/* Say "sealwax-report: WHAT: WHY" on stderr, and return the status. */
int wax_report_fail(int status, const char *what, const char *why);

/* Read the configuration; 0 or an exit status. */
int wax_report_configure(struct wax_report_program *program) WAX_MUST_USE;

/* As root: become the configured user, so that files of the store stay his
 * and strangers' data is read by nobody else. */
int wax_report_become_user(struct wax_report_program *program) WAX_MUST_USE;

/* Become the user, open the store, and import what waits, with --open. */
int wax_report_open_store(struct wax_report_program *program) WAX_MUST_USE;

/* Open the store; the user is changed already. */
enum wax_status wax_report_try_store(
    struct wax_report_program *program, struct wax_err *err) WAX_MUST_USE;

/* What a store answered: said, and as an exit status. */
int wax_report_store_failed(const struct wax_err *err);

/* The directory of the journal. */
const char *wax_report_journal(const struct wax_report_program *program);

/*
 * The reports that the command line selects, one after the other: periods
 * that have ended, or are closed already; all of them with --open. `each` gets
 * an arena that is empty again for the next; what it returns is 0,
 * WAX_EX_SOME (said already: the others follow) or the end. *n: how many.
 */
int wax_report_each(struct wax_report_program *program,
    int (*each)(void *arg, struct wax_arena *arena,
        const struct wax_stored_report *report),
    void *arg, uint64_t *n) WAX_MUST_USE;

/* What is wrong with one of them, by its name: WAX_EX_SOME. */
int wax_report_damaged(struct wax_arena *arena,
    const struct wax_stored_report *report, const char *why);

/* A stored report with its records, and with us as the reporter. */
int wax_report_load(struct wax_report_program *program, struct wax_arena *arena,
    const struct wax_stored_report *stored, struct wax_aggregate *out)
    WAX_MUST_USE;

/* A report for people: its head, and a table of its records. */
void wax_report_print(
    struct wax_arena *arena, const struct wax_aggregate *report, FILE *out);

/* The subcommands. */
int wax_report_do_list(struct wax_report_program *program);
int wax_report_do_show(struct wax_report_program *program);
/* "SEALWAX UNKNOWN - WHY", and its exit status. */
int wax_report_status_failed(const char *why);
int wax_report_do_status(struct wax_report_program *program);
int wax_report_do_xml(struct wax_report_program *program);
int wax_report_do_html(struct wax_report_program *program);
int wax_report_do_send(struct wax_report_program *program);
int wax_report_do_read(struct wax_report_program *program);
int wax_report_do_bounce(struct wax_report_program *program);
int wax_report_do_suppress(struct wax_report_program *program);
int wax_report_do_purge(struct wax_report_program *program);

#endif
