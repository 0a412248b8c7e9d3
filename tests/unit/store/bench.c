/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/store/bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "milter/sys/clock.h"
#include "milter/sys/file.h"
#include "policy/base/text.h"

#define FILE_MAX (16UL * 1024 * 1024)

/* --- the clock: the library's is not linked -------------------------------- */

static atomic_int_fast64_t waited_ms;

int64_t
wax_clock_ms(void)
{
	struct timespec now;

	/* Not by Check: it is called where files may not grow, and by other
	 * threads. */
	WAX_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 +
	       atomic_load(&waited_ms);
}

int64_t
wax_clock_wall(void)
{
	return 1764000000 + atomic_load(&waited_ms) / 1000;
}

struct timespec
wax_clock_timespec(int64_t ms)
{
	ms -= atomic_load(&waited_ms);
	return (struct timespec){ .tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000 };
}

void
bench_wait_ms(int64_t ms)
{
	atomic_fetch_add(&waited_ms, ms);
}

/* --- system calls: libc's are not linked ----------------------------------- */

static struct {
	atomic_int n;
	int error;
} failing[BENCH_CALLS];
static atomic_uint synced;

void
bench_fail(enum bench_call call, int n, int error)
{
	failing[call].error = error;
	atomic_store(&failing[call].n, n);
}

unsigned
bench_synced(void)
{
	return atomic_load(&synced);
}

static bool
fails(enum bench_call call)
{
	if (atomic_load(&failing[call].n) == 0)
		return false;
	atomic_fetch_sub(&failing[call].n, 1);
	errno = failing[call].error;
	return true;
}

int
fdatasync(int fd)
{
	if (fails(BENCH_FDATASYNC))
		return -1;
	atomic_fetch_add(&synced, 1);
	return (int)syscall(SYS_fdatasync, fd);
}

ssize_t
getrandom(void *p, size_t n, unsigned flags)
{
	return fails(BENCH_GETRANDOM) ? -1
	                              : syscall(SYS_getrandom, p, n, flags);
}

int
mkdir(const char *path, mode_t mode)
{
	return fails(BENCH_MKDIR)
	           ? -1
	           : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int
rename(const char *from, const char *to)
{
	return fails(BENCH_RENAME) ? -1
	                           : (int)syscall(SYS_renameat2, AT_FDCWD, from,
	                                 AT_FDCWD, to, 0);
}

int
unlink(const char *path)
{
	return fails(BENCH_UNLINK)
	           ? -1
	           : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

/* --- the directory --------------------------------------------------------- */

static struct wax_arena *arena;
static char *root;

const char *
bench_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	arena = wax_arena_new("bench", 0);
	root = wax_alloc(arena, 4096, 1);
	(void)snprintf(root, 4096, "%s/sealwax-journal-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(root));
	atomic_store(&waited_ms, 0);
	atomic_store(&synced, 0);
	for (int i = 0; i < BENCH_CALLS; i++)
		atomic_store(&failing[i].n, 0);
	return wax_textf(arena, "%s/journal", root).p;
}

struct wax_arena *
bench_arena(void)
{
	return arena;
}

static void
empty_directory(const char *directory)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
}

void
bench_end(void)
{
	const char *journal = wax_textf(arena, "%s/journal", root).p;

	empty_directory(journal);
	(void)rmdir(journal);
	empty_directory(root);
	ck_assert_msg(rmdir(root) == 0, "%s: %s", root, strerror(errno));
	wax_arena_free(arena);
}

static const char *
find(const char *directory, const char *suffix, size_t *n)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	const char *path = NULL;

	*n = 0;
	if (dir == NULL)
		return NULL;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    !wax_str_ends(
		        wax_str_of(entry->d_name), wax_str_of(suffix)))
			continue;
		(*n)++;
		path = wax_textf(arena, "%s/%s", directory, entry->d_name).p;
	}
	(void)closedir(dir);
	return path;
}

size_t
bench_files(const char *directory, const char *suffix)
{
	size_t n;

	(void)find(directory, suffix, &n);
	return n;
}

const char *
bench_only(const char *directory, const char *suffix)
{
	size_t n;
	const char *path = find(directory, suffix, &n);

	ck_assert_uint_eq(n, 1);
	return path;
}

struct wax_str
bench_contents(const char *path)
{
	struct wax_str contents;
	struct wax_err err;

	ck_assert_msg(
	    wax_file_read(arena, path, FILE_MAX, &contents, &err) == WAX_OK,
	    "%s", err.text);
	return contents;
}

void
bench_write(const char *path, struct wax_str contents)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, contents.p, contents.n), contents.n);
	ck_assert_int_eq(close(fd), 0);
}

static int
by_text(const void *a, const void *b)
{
	const struct wax_str *left = a, *right = b;

	return wax_str_cmp(*left, *right);
}

struct wax_segment_rows
bench_rows(const char *directory)
{
	struct wax_segment_rows all = { 0 }, one;
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	uint8_t id[WAX_SEGMENT_ID_BYTES];
	enum wax_segment_state state;
	struct wax_err err;
	int64_t time;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct wax_str *grown;

		if (!wax_segment_name_parse(entry->d_name, &time, id, &state))
			continue;
		ck_assert_msg(wax_segment_read(arena, id,
		                  bench_contents(wax_textf(
		                      arena, "%s/%s", directory, entry->d_name)
		                                     .p),
		                  &one, &err) == WAX_OK,
		    "%s", err.text);
		ck_assert_uint_eq(one.n_damaged, 0);
		all.is_torn = all.is_torn || one.is_torn;
		grown = wax_alloc(arena, all.n + one.n, sizeof *grown);
		for (size_t i = 0; i < all.n; i++)
			grown[i] = all.row[i];
		for (size_t i = 0; i < one.n; i++)
			grown[all.n + i] = one.row[i];
		all.row = grown;
		all.n += one.n;
	}
	(void)closedir(dir);
	if (all.n > 0)
		qsort(all.row, all.n, sizeof all.row[0], by_text);
	return all;
}
