/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox.h - least privilege beyond the user: capabilities and files.
 *
 * After the drop to the user (privileges.h), while the process has one
 * thread: give up the capabilities, then close the file system (Landlock, by
 * system call: there is no library for it in Debian 12). The filter of system
 * calls is left to the service manager's unit.
 */
#ifndef WAX_MILTER_SYS_SANDBOX_H
#define WAX_MILTER_SYS_SANDBOX_H

#include <stddef.h>

#include "policy/base/status.h"

/* Give up every capability, and getting new ones by running programs. */
enum wax_status wax_capabilities_drop(struct wax_err *err) WAX_MUST_USE;

enum wax_access {
	WAX_ACCESS_READ, /* files beneath, or the file */
	WAX_ACCESS_WRITE /* likewise, and make and remove files */
};
struct wax_access_rule {
	const char *path; /* NULL, or not there: no rule */
	enum wax_access access;
};

/*
 * From now on no file but these can be opened. WAX_E_NOTFOUND if the kernel
 * has no Landlock: say so once and go on.
 */
enum wax_status wax_sandbox_enter(const struct wax_access_rule *rule, size_t n,
    struct wax_err *err) WAX_MUST_USE;

#endif
