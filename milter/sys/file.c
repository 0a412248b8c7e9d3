/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/text.h"

#define BLOCK 16384

static enum wax_status
cannot(const char *path, enum wax_status status, const char *why,
    struct wax_err *err)
{
	return wax_fail(err, status, "cannot read %.120s: %s", path, why);
}

static enum wax_status
by_errno(const char *path, struct wax_err *err)
{
	return cannot(path, errno == ENOENT ? WAX_E_NOTFOUND : WAX_E_IO,
	    strerror(errno), err);
}

/* Without waiting for the other end of a pipe. */
static enum wax_status
open_file(const char *path, int *fd, struct wax_err *err)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return *fd >= 0 ? WAX_OK : by_errno(path, err);
}

/* Up to one octet more than is allowed, so that the caller sees it. */
static bool
read_fd(struct wax_arena *arena, int fd, size_t max, struct wax_str *out)
{
	char *block = wax_alloc(arena, BLOCK, 1);
	struct wax_text text;

	wax_text_init(&text, arena);
	while (text.n <= max) {
		ssize_t n = read(fd, block, BLOCK);

		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		wax_text_add(&text, (struct wax_str){ block, (size_t)n });
	}
	*out = wax_text_str(&text);
	return true;
}

static enum wax_status
read_open(struct wax_arena *arena, int fd, const char *path, size_t max,
    struct wax_str *out, struct wax_err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return by_errno(path, err);
	if (S_ISDIR(st.st_mode))
		return cannot(
		    path, WAX_E_IO, "it is a directory; name a file", err);
	if (!S_ISREG(st.st_mode) && strcmp(path, "/dev/null") != 0)
		return cannot(path, WAX_E_IO, "it is not a regular file", err);
	if (!read_fd(arena, fd, max, out))
		return by_errno(path, err);
	if (out->n > max)
		return wax_fail(err, WAX_E_LIMIT,
		    "cannot read %.120s: it is larger than %zu octets", path,
		    max);
	return WAX_OK;
}

enum wax_status
wax_file_read(struct wax_arena *arena, const char *path, size_t max,
    struct wax_str *out, struct wax_err *err)
{
	enum wax_status status;
	int fd;

	status = open_file(path, &fd, err);
	if (status != WAX_OK)
		return status;
	status = read_open(arena, fd, path, max, out, err);
	(void)close(fd); /* it was only read */
	return status;
}

/* Of the file that is open: its name may mean another one by now. */
static enum wax_status
check_secret(int fd, const char *path, struct wax_err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return by_errno(path, err);
	if ((st.st_mode & S_IRWXO) != 0)
		return wax_fail(err, WAX_E_CONFIG,
		    "%.120s may be read or changed by everybody (mode %04o); "
		    "use chmod 0640 or 0600",
		    path, (unsigned)st.st_mode & 07777);
	if ((st.st_mode & S_IWGRP) != 0)
		return wax_fail(err, WAX_E_CONFIG,
		    "%.120s may be changed by its group (mode %04o); use "
		    "chmod 0640 or 0600",
		    path, (unsigned)st.st_mode & 07777);
	return WAX_OK;
}

enum wax_status
wax_file_read_secret(struct wax_arena *arena, const char *path, size_t max,
    struct wax_str *out, struct wax_err *err)
{
	enum wax_status status;
	int fd;

	status = open_file(path, &fd, err);
	if (status != WAX_OK)
		return status;
	status = check_secret(fd, path, err);
	if (status == WAX_OK)
		status = read_open(arena, fd, path, max, out, err);
	(void)close(fd); /* it was only read */
	return status;
}

enum wax_status
wax_file_readable(const char *path, struct wax_err *err)
{
	enum wax_status status;
	int fd;

	status = open_file(path, &fd, err);
	if (status == WAX_OK)
		(void)close(fd); /* it was only opened */
	return status;
}

bool
wax_file_exists(const char *path)
{
	return access(path, F_OK) == 0 || errno != ENOENT;
}
