/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays the seeds of a fuzz target, for compilers without libFuzzer and for
 * make check: all files of tests/fuzz/corpus/NAME, or the files and
 * directories that are named. Each input is a heap block of its exact size.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static void
die(const char *path)
{
	(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

static void
replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size > 0 ? size : 1);

	if (file == NULL || data == NULL || fread(data, 1, size, file) != size)
		die(path);
	(void)fclose(file); /* it was only read */
	/* What crashes is the last one that was named. */
	if (getenv("WAX_FUZZ_VERBOSE") != NULL)
		(void)fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static struct stat
stat_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		die(path);
	return st;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static size_t
replay_directory(struct wax_arena *arena, const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, is_visible, alphasort);
	size_t replayed = 0;

	if (n < 0)
		die(path);
	for (int i = 0; i < n; i++) {
		const char *file =
		    wax_textf(arena, "%s/%s", path, entry[i]->d_name).p;
		struct stat st = stat_of(file);

		if (S_ISREG(st.st_mode)) {
			replay_file(file, (size_t)st.st_size);
			replayed++;
		}
		free(entry[i]);
	}
	free(entry);
	return replayed;
}

static size_t
replay(struct wax_arena *arena, const char *path)
{
	struct stat st = stat_of(path);

	if (S_ISDIR(st.st_mode))
		return replay_directory(arena, path);
	replay_file(path, (size_t)st.st_size);
	return 1;
}

int
main(int argc, char **argv)
{
	struct wax_arena *arena = wax_arena_new("replay", 0);
	const char *srcdir = getenv("srcdir");
	size_t replayed = 0;

	for (int i = 1; i < argc; i++)
		replayed += replay(arena, argv[i]);
	if (argc <= 1) {
		struct wax_str seeds =
		    wax_textf(arena, "%s/tests/fuzz/corpus/%s",
		        srcdir != NULL ? srcdir : ".", wax_fuzz_name);

		replayed = replay(arena, seeds.p);
	}
	printf("fuzz_%s: %zu inputs replayed\n", wax_fuzz_name, replayed);
	wax_arena_free(arena);
	return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
