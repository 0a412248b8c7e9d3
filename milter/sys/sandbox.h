/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox.h - least privilege: user, capabilities, files.
 *
 * In this order, while the process has one thread: drop the user, drop the
 * capabilities, close the file system (Landlock, by system call: there is no
 * library for it in Debian 12). The system call filter is left to the
 * service manager's unit.
 */
#ifndef WAX_MILTER_SYS_SANDBOX_H
#define WAX_MILTER_SYS_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

#include "policy/base/status.h"

/* Whom we become when started as root. */
struct wax_identity {
	uid_t uid;
	gid_t gid;
	char name[64]; /* of the user, for its supplementary groups */
};

/* Both by name or by number. `group` NULL or "": the user's own. */
enum wax_status wax_identity_find(const char *user, const char *group,
    struct wax_identity *out, struct wax_err *err) WAX_MUST_USE;

enum wax_status wax_group_find(
    const char *group, gid_t *out, struct wax_err *err) WAX_MUST_USE;

/* Become that user for good, with no way back (checked). HOME is his, too:
 * libraries look there. Before there are threads. */
enum wax_status wax_privileges_drop(
    const struct wax_identity *identity, struct wax_err *err) WAX_MUST_USE;

/* Give up every capability, and getting new ones by running programs. */
enum wax_status wax_capabilities_drop(struct wax_err *err) WAX_MUST_USE;

enum wax_access {
	WAX_ACCESS_READ,  /* files beneath, or the file */
	WAX_ACCESS_WRITE, /* likewise, and make and remove files */
	WAX_ACCESS_MAKE   /* likewise, and make directories */
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
