/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sealwax_report.c - aggregate reports: shown, sent, read, and kept from
 * those who do not want them.
 *
 * One subcommand a run. The daemon collects rows and imports them; all else
 * that happens to reports happens here.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/cmd/report_program.h"
#include "milter/sys/clock.h"

static int
run_task(struct wax_report_program *program)
{
	switch (program->options.task) {
	case WAX_DO_LIST:
		return wax_report_do_list(program);
	case WAX_DO_SHOW:
		return wax_report_do_show(program);
	case WAX_DO_SUPPRESS_ADD:
	case WAX_DO_SUPPRESS_REMOVE:
	case WAX_DO_SUPPRESS_LIST:
		return wax_report_do_suppress(program);
	case WAX_DO_STATUS:
		return wax_report_do_status(program);
	case WAX_DO_PURGE:
		return wax_report_do_purge(program);
	case WAX_DO_XML:
		return wax_report_do_xml(program);
	case WAX_DO_HTML:
		return wax_report_do_html(program);
	case WAX_DO_SEND:
		return wax_report_do_send(program);
	case WAX_DO_READ:
		return wax_report_do_read(program);
	case WAX_DO_BOUNCE:
		return wax_report_do_bounce(program);
	case WAX_DO_DIFF:
		break;
	}
	return EX_SOFTWARE;
}

/* What changes something is not ended by a reader who goes away; the others
 * end as usual. */
static void
survive_readers(const struct wax_report_program *program)
{
	switch (program->options.task) {
	case WAX_DO_SEND:
	case WAX_DO_BOUNCE:
	case WAX_DO_SUPPRESS_ADD:
	case WAX_DO_SUPPRESS_REMOVE:
	case WAX_DO_PURGE:
		(void)signal(SIGPIPE, SIG_IGN); /* cannot fail */
		break;
	case WAX_DO_LIST:
	case WAX_DO_SHOW:
	case WAX_DO_XML:
	case WAX_DO_HTML:
	case WAX_DO_READ:
	case WAX_DO_SUPPRESS_LIST:
	case WAX_DO_STATUS:
	case WAX_DO_DIFF:
		break;
	}
}

/* As the reader of the status understands it: a monitor, or a mail server,
 * for which a configuration that is wrong is no fault of the message. */
static int
without_configuration(const struct wax_report_program *program, int status)
{
	if (program->options.task == WAX_DO_STATUS)
		return wax_report_status_failed(
		    "the configuration is wrong; see stderr");
	return program->options.task == WAX_DO_BOUNCE ? EX_TEMPFAIL : status;
}

static int
run(struct wax_report_program *program)
{
	int status;

	if (program->options.task == WAX_DO_DIFF)
		return wax_report_fail(
		    EX_USAGE, "diff", "comes with a later version");
	survive_readers(program);
	program->now = wax_clock_wall();
	status = wax_report_configure(program);
	if (status != 0)
		return without_configuration(program, status);
	return run_task(program);
}

static void
give_back(struct wax_report_program *program)
{
	wax_store_close(program->store);
	wax_snapshot_unref(program->snapshot);
	wax_arena_free(program->arena);
}

/*
 * Everything is stored and printed. libunbound's threads may still run, and
 * closing it waits for them without an end: the process that holds the right
 * to send would do so, too.
 */
static void leave(int status) __attribute__((noreturn));
static void
leave(int status)
{
#ifdef WAX_SANITIZED /* looks for leaks */
	exit(status);
#else
	_exit(status);
#endif
}

int
main(int argc, char *argv[])
{
	struct wax_report_program program = {
		.arena = wax_arena_new("report", 0),
	};
	int status = EX_USAGE;

	switch (wax_report_options_read(
	    program.arena, argc, argv, &program.options)) {
	case WAX_COMMAND_RUN:
		status = run(&program);
		break;
	case WAX_COMMAND_DONE:
		status = EX_OK;
		break;
	case WAX_COMMAND_USAGE:
		if (program.options.task == WAX_DO_STATUS)
			status =
			    wax_report_status_failed("wrong usage; see stderr");
		break;
	}
	give_back(&program);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		status = wax_report_fail(
		    EX_IOERR, "standard output", strerror(errno));
	leave(status);
}
