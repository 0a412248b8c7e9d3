/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/conf/heard.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OVERRIDES_MAX 32

static char before[PATH_MAX], directory[64];

void
heard_setup(void)
{
	(void)snprintf(directory, sizeof directory, "/tmp/test_conf.XXXXXX");
	ck_assert_ptr_nonnull(getcwd(before, sizeof before));
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

void
heard_teardown(void)
{
	DIR *dir = opendir(".");
	const struct dirent *one;

	while (dir != NULL && (one = readdir(dir)) != NULL)
		(void)unlinkat(AT_FDCWD, one->d_name, 0);
	(void)closedir(dir);
	(void)rmdir("d");
	ck_assert_int_eq(chdir(before), 0);
	(void)rmdir(directory);
}

void
write_file(const char *name, const char *text, size_t n)
{
	FILE *out = fopen(name, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(text, 1, n, out), n);
	ck_assert_int_eq(fclose(out), 0);
}

static void
hear(struct heard *heard, char kind, const char *line)
{
	int n;

	ck_assert_ptr_null(strchr(line, '\n'));
	n = snprintf(heard->text + heard->n, sizeof heard->text - heard->n,
	    "%c %s\n", kind, line);
	ck_assert_int_gt(n, 0);
	heard->n += (size_t)n;
	ck_assert_uint_lt(heard->n, sizeof heard->text);
}

static void
on_error(void *arg, const char *line)
{
	hear(arg, 'E', line);
}

static void
on_warning(void *arg, const char *line)
{
	hear(arg, 'W', line);
}

struct wax_snapshot *
reload(const char *text, const char *const *overrides,
    const struct wax_snapshot *running, struct heard *heard)
{
	const char *given[OVERRIDES_MAX] = { "authserv-id=mx.example.org" };
	struct wax_config_source source = {
		.file = "t.conf", .n_overrides = 1, .override = given
	};

	*heard = (struct heard){ .n = 0 };
	if (text == NULL)
		source.file = "/dev/null";
	else
		write_file("t.conf", text, strlen(text));
	for (size_t i = 0; overrides != NULL && overrides[i] != NULL; i++) {
		ck_assert_uint_lt(source.n_overrides, OVERRIDES_MAX);
		given[source.n_overrides++] = overrides[i];
	}
	if (running != NULL)
		return wax_config_reload(
		    &source, running, on_error, on_warning, heard);
	return wax_config_load(&source, on_error, on_warning, heard);
}

struct wax_snapshot *
load(const char *text, const char *const *overrides, struct heard *heard)
{
	return reload(text, overrides, NULL, heard);
}

char *
dumped(const struct wax_snapshot *snapshot, bool changed_only)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	ck_assert_ptr_nonnull(out);
	wax_config_dump(snapshot, changed_only, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}
