/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/store/segment_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/sys/clock.h"
#include "policy/base/text.h"

static const char *
path_of(struct wax_arena *arena, const char *directory, int64_t time,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], enum wax_segment_state state)
{
	char name[WAX_SEGMENT_NAME_BYTES];

	wax_segment_name_format(name, time, id, state);
	return wax_textf(arena, "%s/%s", directory, name).p;
}

struct wax_segment_file *
wax_segment_file_found(const char *directory, int64_t time,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], uint64_t bytes)
{
	struct wax_arena *arena = wax_arena_new("segment", 0);
	struct wax_segment_file *file = WAX_NEW(arena, struct wax_segment_file);

	file->arena = arena;
	file->refs = 1;
	file->fd = -1;
	memcpy(file->id, id, WAX_SEGMENT_ID_BYTES);
	file->open_path = path_of(arena, directory, time, id, WAX_SEGMENT_OPEN);
	file->closed_path =
	    path_of(arena, directory, time, id, WAX_SEGMENT_CLOSED);
	file->born_ms = wax_clock_ms();
	file->bytes = bytes;
	return file;
}

static int
create(const char *directory, const char *path)
{
	const int flags =
	    O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(path, flags, 0640);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	/* The directory went away. If it cannot be made, open() says it. */
	(void)mkdir(directory, 0750);
	return open(path, flags, 0640);
}

struct wax_segment_file *
wax_segment_file_create(const char *directory)
{
	uint8_t id[WAX_SEGMENT_ID_BYTES];
	struct wax_segment_file *file;
	int why;

	if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
		return NULL;
	file = wax_segment_file_found(directory, wax_clock_wall(), id, 0);
	file->fd = create(directory, file->open_path);
	if (file->fd >= 0)
		return file;
	why = errno;
	wax_segment_file_free(file);
	errno = why;
	return NULL;
}

void
wax_segment_file_free(struct wax_segment_file *file)
{
	if (file->fd >= 0)
		(void)close(file->fd); /* it was synced, or is lost */
	wax_arena_free(file->arena);
}

bool
wax_segment_file_write(
    struct wax_segment_file *file, struct wax_segment_line *line)
{
	struct wax_str octets =
	    wax_segment_line_seal(line, file->id, file->rows == 0);
	ssize_t n = write(file->fd, octets.p, octets.n);
	int why = n < 0 ? errno : ENOSPC;

	if (n >= 0 && (size_t)n == octets.n) {
		file->bytes += octets.n;
		file->rows++;
		return true;
	}
	/* If that fails, too, the reader finds a last line without an end. */
	if (ftruncate(file->fd, (off_t)file->bytes) != 0 && n >= 0)
		why = errno;
	errno = why;
	return false;
}

bool
wax_segment_sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int why = 0;

	if (fd < 0)
		return false;
	if (fsync(fd) != 0)
		why = errno;
	(void)close(fd); /* it was only synced */
	errno = why;
	return why == 0;
}

bool
wax_segment_file_sync(struct wax_segment_file *file, const char *directory)
{
	/* After a failure the system takes the data for written. */
	if (file->fd < 0)
		file->fd = open(file->open_path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0 || fdatasync(file->fd) != 0)
		return false;
	if (file->is_entry_synced)
		return true;
	file->is_entry_synced = true;
	return wax_segment_sync_directory(directory);
}

bool
wax_segment_file_is_gone(const struct wax_segment_file *file)
{
	struct stat st;

	return fstat(file->fd, &st) == 0 && st.st_nlink == 0;
}

enum wax_segment_end
wax_segment_file_close(struct wax_segment_file *file)
{
	bool is_empty = file->bytes == 0;
	int failed = is_empty ? unlink(file->open_path)
	                      : rename(file->open_path, file->closed_path);

	if (failed == 0)
		return is_empty ? WAX_SEGMENT_END_REMOVED
		                : WAX_SEGMENT_END_CLOSED;
	return errno == ENOENT || errno == ENOTDIR ? WAX_SEGMENT_END_GONE
	                                           : WAX_SEGMENT_END_LATER;
}
