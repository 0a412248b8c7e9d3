/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import.h - the configuration of OpenDMARC, OpenDKIM and the SPF milter as
 * one of ours.
 *
 * Reading their files (import_read.c), the tables of their keys
 * (import_opendmarc.c, import_opendkim.c, import_pyspf.c), sets of hosts and
 * names (import_set.c), keys that turn into settings (import_apply.c), what
 * the three together do with mail (import_decide.c), and the text
 * (import_write.c). Nothing of the running configuration is read or changed.
 */
#ifndef WAX_MILTER_CONF_IMPORT_H
#define WAX_MILTER_CONF_IMPORT_H

#include <stdio.h>

#include "milter/conf/config.h"

enum wax_import_end {
	WAX_IMPORT_DONE,
	WAX_IMPORT_NO_INPUT, /* a file could not be read */
	WAX_IMPORT_BAD_INPUT /* it could, and makes no sense */
};

/* The contents of a file, as wax_file_read(). */
typedef enum wax_status wax_import_reader(void *arg, struct wax_arena *arena,
    const char *path, size_t max, struct wax_str *out, struct wax_err *err);

struct wax_import_source {
	size_t n_files;
	const char *const *file; /* at most one of each program */
	wax_import_reader *read; /* NULL: from the file system */
	void *read_arg;
};

/*
 * Write a sealwax.conf that does what the files do, as far as that can be
 * done; each line of theirs is named in it, with what became of it. All
 * errors are given to on_error; if there is any, nothing is written.
 */
enum wax_import_end wax_import(const struct wax_import_source *source,
    FILE *out, wax_config_report *on_error, void *arg) WAX_MUST_USE;

/* Our key for one of theirs, whatever its case and separators; empty if there
 * is none. */
struct wax_str wax_import_counterpart(
    struct wax_arena *arena, struct wax_str name);

#endif
