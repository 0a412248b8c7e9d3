/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/background.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static void wait_for(pid_t child, int from_child) __attribute__((noreturn));

/* The parent's end: 0 when the child says it is ready, else its status. */
static void
wait_for(pid_t child, int from_child)
{
	char byte;
	int status;
	ssize_t n;

	do {
		n = read(from_child, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(EX_OK);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			_exit(EX_OSERR);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
}

enum wax_status
wax_background_fill_standard(struct wax_err *err)
{
	int fd;

	/* open() takes the lowest number that is free. */
	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return wax_fail(
			    err, WAX_E_IO, "/dev/null: %s", strerror(errno));
	} while (fd <= STDERR_FILENO);
	(void)close(fd);
	return WAX_OK;
}

enum wax_status
wax_background_fork(int *ready_out, struct wax_err *err)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return wax_fail(err, WAX_E_IO, "pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		return wax_fail(err, WAX_E_IO, "fork: %s", strerror(errno));
	if (child > 0) {
		(void)close(ends[1]);
		wait_for(child, ends[0]);
	}
	(void)close(ends[0]);
	if (setsid() < 0)
		return wax_fail(err, WAX_E_IO, "setsid: %s", strerror(errno));
	*ready_out = ends[1];
	return WAX_OK;
}

void
wax_background_ready(int ready, int keep_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)!chdir("/"); /* keeps no file system busy */
	/* Without it the terminal stays open: a flaw, not a failure. */
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		if (!keep_stderr)
			(void)dup2(null, STDERR_FILENO);
		(void)close(null);
	}
	if (write(ready, "", 1) != 1)
		return; /* the parent is gone: nobody to tell */
	(void)close(ready);
}
