/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy/base/str.h"

/* Rights that the headers of Debian 12 do not name yet. */
#define ACCESS_TRUNCATE (1ULL << 14) /* Landlock ABI 3 */

#define ACCESS_ABI1                                                          \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |        \
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |     \
	    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |     \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |     \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |   \
	    LANDLOCK_ACCESS_FS_MAKE_SYM)
#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE                                                      \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | ACCESS_TRUNCATE)
/* What can be said of a file that is no directory. */
#define ACCESS_OF_FILE                                                  \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
	    ACCESS_TRUNCATE)

/* By name, or by number. */
static const struct passwd *
user_entry(const char *user)
{
	const struct passwd *entry = getpwnam(user);
	unsigned long number;

	if (entry == NULL &&
	    wax_str_number(wax_str_of(user), UINT32_MAX - 1, &number))
		entry = getpwuid((uid_t)number);
	return entry;
}

enum wax_status
wax_identity_find(const char *user, const char *group, struct wax_identity *out,
    struct wax_err *err)
{
	const struct passwd *entry = user_entry(user);
	size_t n;

	memset(out, 0, sizeof *out);
	if (entry == NULL)
		return wax_fail(err, WAX_E_NOTFOUND,
		    "user \"%s\" does not exist; make it, or set user", user);
	n = strlen(entry->pw_name);
	if (n >= sizeof out->name)
		return wax_fail(
		    err, WAX_E_LIMIT, "user \"%s\": name too long", user);
	memcpy(out->name, entry->pw_name, n + 1);
	out->uid = entry->pw_uid;
	out->gid = entry->pw_gid;
	if (group == NULL || group[0] == '\0')
		return WAX_OK;
	return wax_group_find(group, &out->gid, err);
}

enum wax_status
wax_group_find(const char *group, gid_t *out, struct wax_err *err)
{
	const struct group *entry = getgrnam(group);
	unsigned long number;

	if (entry == NULL &&
	    wax_str_number(wax_str_of(group), UINT32_MAX - 1, &number)) {
		*out = (gid_t)number;
		return WAX_OK;
	}
	if (entry == NULL)
		return wax_fail(
		    err, WAX_E_NOTFOUND, "group \"%s\" does not exist", group);
	*out = entry->gr_gid;
	return WAX_OK;
}

static bool
set_home(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	if (entry == NULL || entry->pw_dir == NULL)
		return unsetenv("HOME") == 0;
	return setenv("HOME", entry->pw_dir, 1) == 0;
}

enum wax_status
wax_privileges_drop(const struct wax_identity *identity, struct wax_err *err)
{
	uid_t uid = identity->uid;
	gid_t gid = identity->gid;

	if (!set_home(uid) || initgroups(identity->name, gid) != 0 ||
	    setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return wax_fail(err, WAX_E_IO, "cannot become user %s: %s",
		    identity->name, strerror(errno));
	if (uid != 0 && (setuid(0) == 0 || setegid(0) == 0))
		return wax_fail(err, WAX_E_IO, "user %s can become root again",
		    identity->name);
	return WAX_OK;
}

enum wax_status
wax_capabilities_drop(struct wax_err *err)
{
	cap_t none = cap_init();
	int failed;

	if (none == NULL)
		return wax_fail(
		    err, WAX_E_IO, "capabilities: %s", strerror(errno));
	failed = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	                 cap_set_proc(none) != 0
	             ? errno
	             : 0;
	(void)cap_free(none);
	if (failed != 0)
		return wax_fail(err, WAX_E_IO,
		    "capabilities cannot be dropped: %s", strerror(failed));
	return WAX_OK;
}

static enum wax_status
add_rule(int ruleset, uint64_t handled, const struct wax_access_rule *rule,
    struct wax_err *err)
{
	struct landlock_path_beneath_attr beneath;
	struct stat st;
	int failed;

	if (rule->path == NULL)
		return WAX_OK;
	memset(&beneath, 0, sizeof beneath);
	beneath.parent_fd = open(rule->path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return WAX_OK;
	beneath.allowed_access = ACCESS_READ;
	if (rule->access != WAX_ACCESS_READ)
		beneath.allowed_access |= ACCESS_WRITE;
	if (rule->access == WAX_ACCESS_MAKE)
		beneath.allowed_access |= LANDLOCK_ACCESS_FS_MAKE_DIR;
	if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		beneath.allowed_access &= ACCESS_OF_FILE;
	beneath.allowed_access &= handled;
	failed = syscall(SYS_landlock_add_rule, ruleset,
	             LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0
	             ? errno
	             : 0;
	(void)close(beneath.parent_fd);
	if (failed != 0)
		return wax_fail(err, WAX_E_IO, "landlock: %s: %s", rule->path,
		    strerror(failed));
	return WAX_OK;
}

static enum wax_status
restrict_to(int ruleset, uint64_t handled, const struct wax_access_rule *rule,
    size_t n, struct wax_err *err)
{
	for (size_t i = 0; i < n; i++) {
		enum wax_status status =
		    add_rule(ruleset, handled, &rule[i], err);

		if (status != WAX_OK)
			return status;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		return wax_fail(err, WAX_E_IO, "landlock: %s", strerror(errno));
	return WAX_OK;
}

enum wax_status
wax_sandbox_enter(
    const struct wax_access_rule *rule, size_t n, struct wax_err *err)
{
	struct landlock_ruleset_attr attr;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	enum wax_status status;
	int ruleset;

	if (abi < 1)
		return wax_fail(err, WAX_E_NOTFOUND,
		    "the kernel has no Landlock (%s)", strerror(errno));
	memset(&attr, 0, sizeof attr);
	attr.handled_access_fs = ACCESS_ABI1;
	if (abi >= 2)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= ACCESS_TRUNCATE;
	/* The size of the first version: later members stay unrestricted. */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof attr.handled_access_fs, 0);
	if (ruleset < 0)
		return wax_fail(err, WAX_E_IO, "landlock: %s", strerror(errno));
	status = restrict_to(ruleset, attr.handled_access_fs, rule, n, err);
	(void)close(ruleset);
	return status;
}
