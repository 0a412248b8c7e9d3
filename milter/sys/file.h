/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.h - whole files, of a bounded size.
 */
#ifndef WAX_MILTER_SYS_FILE_H
#define WAX_MILTER_SYS_FILE_H

#include "policy/base/str.h"

/*
 * The contents of a regular file (or of /dev/null), in the arena.
 * WAX_E_NOTFOUND: there is none; WAX_E_LIMIT: larger than `max` octets;
 * WAX_E_IO: everything else. A pipe is refused: it would be empty when it is
 * read a second time.
 */
enum wax_status wax_file_read(struct wax_arena *arena, const char *path,
    size_t max, struct wax_str *out, struct wax_err *err) WAX_MUST_USE;

/*
 * The same for a key or a password: WAX_E_CONFIG, too, if everybody may read
 * or anybody but its owner may write it.
 */
enum wax_status wax_file_read_secret(struct wax_arena *arena, const char *path,
    size_t max, struct wax_str *out, struct wax_err *err) WAX_MUST_USE;

/* Whether it can be opened for reading; the same errors. */
enum wax_status wax_file_readable(const char *path, struct wax_err *err)
    WAX_MUST_USE;

/* False only if it surely is not there. */
bool wax_file_exists(const char *path);

#endif
