/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* The exit status for what the system said. */
static int
status_of(int error)
{
	return error == EACCES || error == EPERM || error == EROFS ? EX_NOPERM
	                                                           : EX_OSERR;
}

void
wax_state_make(const char *dir, mode_t mode, const struct wax_identity *owner)
{
	if (mkdir(dir, mode) != 0)
		return;
	/* Whatever our umask took away. */
	if ((owner != NULL && chown(dir, owner->uid, owner->gid) != 0) ||
	    chmod(dir, mode) != 0)
		(void)rmdir(dir); /* somebody else's is of no use */
}

int
wax_state_lock(const char *dir, const struct wax_identity *owner, int *fd_out,
    struct wax_err *err)
{
	int error;

	wax_state_make(dir, 0750, owner);
	*fd_out = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd_out < 0) {
		error = errno;
		(void)wax_fail(err, WAX_E_IO,
		    "state-dir %s: %s; make it, or set state-dir", dir,
		    strerror(error));
		/* It is not there, and we may not make it. */
		return error == ENOENT ? EX_NOPERM : status_of(error);
	}
	if (flock(*fd_out, LOCK_EX | LOCK_NB) == 0)
		return 0;
	error = errno;
	(void)close(*fd_out);
	if (error == EWOULDBLOCK) {
		(void)wax_fail(err, WAX_E_CONFIG,
		    "state-dir %s belongs to a sealwaxd that runs; stop it,"
		    " or give this one a state-dir of its own",
		    dir);
		return EX_UNAVAILABLE;
	}
	(void)wax_fail(
	    err, WAX_E_IO, "state-dir %s: lock: %s", dir, strerror(error));
	return EX_OSERR;
}

int
wax_state_check(int fd, const char *dir, struct wax_err *err)
{
	if (faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	(void)wax_fail(err, WAX_E_IO,
	    "state-dir %s cannot be written by user id %d: %s", dir,
	    (int)geteuid(), strerror(errno));
	return EX_NOPERM;
}

int
wax_pid_file_write(const char *path, struct wax_err *err)
{
	int fd, error = 0;

	if (path[0] == '\0')
		return 0;
	fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		error = errno;
	if (fd >= 0 && close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0)
		return 0;
	(void)wax_fail(err, WAX_E_IO, "pid-file %s: %s", path, strerror(error));
	return status_of(error);
}
