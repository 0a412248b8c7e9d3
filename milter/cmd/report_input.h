/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_input.h - reports of others, from files: XML, gz, zip, tar, and mail
 * messages that have these attached.
 *
 * What is in them is hostile. All files are opened first; then, as root, we
 * become the configured user, and give up the file system as far as the
 * kernel can take it from us; only then anything is read.
 */
#ifndef WAX_MILTER_CMD_REPORT_INPUT_H
#define WAX_MILTER_CMD_REPORT_INPUT_H

#include "milter/cmd/report_program.h"
#include "policy/report/xml.h"

/* One report that was found; it lives in the arena. */
typedef void wax_report_found(void *arg, struct wax_arena *arena,
    const char *file, const struct wax_aggregate *report,
    enum wax_xml_dialect dialect);

/*
 * Read the files of the command line; what is wrong with one of them is said,
 * and the next one is read. `arena` NULL: each file's memory is given back
 * behind it. 0; EX_NOINPUT: a file could not be read; EX_DATAERR: one was no
 * report.
 */
int wax_report_inputs(struct wax_report_program *program,
    struct wax_arena *arena, wax_report_found *found, void *arg) WAX_MUST_USE;

#endif
