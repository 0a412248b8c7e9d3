/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/send/sink.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/sys/file.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"

#define OPTIONS_MAX 20

static const char *
script(struct wax_arena *arena)
{
	const char *srcdir = getenv("srcdir");

	return wax_textf(arena, "%s/tests/support/smtpsink.py",
	    srcdir != NULL ? srcdir : WAX_SRCDIR)
	    .p;
}

static void
run(const char *path, const char *directory, const char *const *options,
    const int *to, const int *from)
{
	const char *argv[OPTIONS_MAX + 4] = { WAX_PYTHON3, path, directory };

	for (size_t i = 0; i < OPTIONS_MAX && options[i] != NULL; i++)
		argv[i + 3] = options[i];
	if (dup2(to[0], STDIN_FILENO) < 0 || dup2(from[1], STDOUT_FILENO) < 0)
		_exit(127);
	(void)close(to[0]);
	(void)close(to[1]);
	(void)close(from[0]);
	(void)close(from[1]);
	(void)execv(WAX_PYTHON3, (char *const *)(uintptr_t)argv);
	_exit(127);
}

void
sink_start(struct sink *sink, const char *const *options)
{
	struct wax_arena *arena = wax_arena_new("sink", 1024);
	const char *path = script(arena);
	int to[2], from[2];
	FILE *answer;

	(void)snprintf(
	    sink->directory, sizeof sink->directory, "/tmp/wax-sink-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(sink->directory));
	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	sink->pid = fork();
	ck_assert_int_ge(sink->pid, 0);
	if (sink->pid == 0)
		run(path, sink->directory, options, to, from);
	(void)close(to[0]);
	(void)close(from[1]);
	sink->to = to[1];
	answer = fdopen(from[0], "r");
	ck_assert_ptr_nonnull(answer);
	ck_assert_int_eq(fscanf(answer, "ready %u", &sink->port), 1);
	ck_assert_int_eq(fclose(answer), 0);
	wax_arena_free(arena);
}

void
sink_stop(struct sink *sink)
{
	DIR *directory = opendir(sink->directory);
	const struct dirent *entry;
	char path[400];

	ck_assert_int_eq(kill(sink->pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(sink->pid, NULL, 0), sink->pid);
	(void)close(sink->to);
	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(
		    path, sizeof path, "%s/%s", sink->directory, entry->d_name);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_int_eq(closedir(directory), 0);
	ck_assert_int_eq(rmdir(sink->directory), 0);
}

const char *
sink_url(const struct sink *sink, struct wax_arena *arena, const char *scheme)
{
	return wax_textf(arena, "%s127.0.0.1:%u", scheme, sink->port).p;
}

const char *
sink_path(const struct sink *sink, struct wax_arena *arena, const char *name)
{
	return wax_textf(arena, "%s/%s", sink->directory, name).p;
}

struct wax_str
sink_file(const struct sink *sink, struct wax_arena *arena, const char *name)
{
	struct wax_str text = WAX_STR("");

	if (wax_file_read(arena, sink_path(sink, arena, name), 50000000, &text,
	        NULL) != WAX_OK)
		return WAX_STR("");
	return text;
}
