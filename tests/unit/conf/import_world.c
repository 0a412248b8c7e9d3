/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/conf/import_world.h"

#include <stdlib.h>
#include <string.h>

static enum wax_status
read_world(void *arg, struct wax_arena *arena, const char *path, size_t max,
    struct wax_str *out, struct wax_err *err)
{
	const struct world *world = arg;

	(void)arena;
	for (size_t i = 0; i < world->n_files; i++) {
		const struct world_file *one = &world->file[i];

		if (strcmp(one->path, path) != 0)
			continue;
		*out = wax_exact_n(
		    one->text, one->n > 0 ? one->n : strlen(one->text));
		return out->n <= max ? WAX_OK
		                     : wax_fail(err, WAX_E_LIMIT,
		                           "%s is too large", path);
	}
	return wax_fail(err, WAX_E_NOTFOUND, "cannot open %s", path);
}

static void
hear_error(void *arg, const char *line)
{
	struct heard *heard = arg;
	int n;

	ck_assert_ptr_null(strchr(line, '\n'));
	n = snprintf(heard->text + heard->n, sizeof heard->text - heard->n,
	    "%s\n", line);
	ck_assert_int_gt(n, 0);
	heard->n += (size_t)n;
	ck_assert_uint_lt(heard->n, sizeof heard->text);
}

/* `arg` goes to the reader. */
static struct imported
import_with(
    wax_import_reader *reader, const void *arg, const char *const *paths)
{
	struct wax_import_source source = { .file = paths, .read = reader };
	struct imported imported = { .text = NULL };
	size_t n;
	FILE *out = open_memstream(&imported.text, &n);

	memcpy(&source.read_arg, &arg, sizeof arg);
	while (paths[source.n_files] != NULL)
		source.n_files++;
	ck_assert_ptr_nonnull(out);
	imported.end = wax_import(&source, out, hear_error, &imported.heard);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(imported.end == WAX_IMPORT_DONE, n > 0);
	ck_assert_int_eq(
	    imported.end == WAX_IMPORT_DONE, imported.heard.n == 0);
	return imported;
}

struct imported
import_world(const struct world *world, const char *const *paths)
{
	return import_with(read_world, world, paths);
}

void
imported_free(struct imported *imported)
{
	free(imported->text);
	imported->text = NULL;
}

char *
fixture_text(const char *directory, const char *name, size_t *n)
{
	char path[512], *text = NULL;
	size_t size = 0;
	FILE *in, *out;
	int c;

	(void)snprintf(path, sizeof path,
	    WAX_SRCDIR "/tests/unit/conf/import/%s/%s", directory, name);
	in = fopen(path, "r");
	if (in == NULL)
		return NULL;
	out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(out);
	while ((c = fgetc(in)) != EOF)
		(void)fputc(c, out);
	ck_assert_int_eq(ferror(in), 0);
	(void)fclose(in);
	ck_assert_int_eq(fclose(out), 0);
	*n = size;
	return text;
}

static enum wax_status
read_fixture(void *arg, struct wax_arena *arena, const char *path, size_t max,
    struct wax_str *out, struct wax_err *err)
{
	const char *slash = strrchr(path, '/');
	char *text;
	size_t n;

	(void)arena;
	(void)max;
	if (slash != NULL && strcmp(slash, "/public_suffix_list.dat") == 0) {
		*out = WAX_STR("example\n");
		return WAX_OK;
	}
	text = fixture_text(arg, slash != NULL ? slash + 1 : path, &n);
	if (text == NULL)
		return wax_fail(err, WAX_E_NOTFOUND, "cannot open %s", path);
	*out = wax_exact_n(text, n);
	free(text);
	return WAX_OK;
}

struct imported
import_fixture(const char *name)
{
	static const char *const all[] = { "opendmarc.conf", "opendkim.conf",
		"pyspf-milter.conf", "policyd-spf.conf" };
	const char *paths[5] = { NULL };
	size_t n = 0, unused;

	for (size_t i = 0; i < 4; i++) {
		char *text = fixture_text(name, all[i], &unused);

		if (text != NULL)
			paths[n++] = all[i];
		free(text);
	}
	ck_assert_uint_gt(n, 0);
	return import_with(read_fixture, name, paths);
}

void
assert_loads(const char *text)
{
	/* The list need not be installed where this runs. */
	static const char *const overrides[] = { "psl-file=/dev/null", NULL };
	struct heard heard;
	struct wax_snapshot *snapshot = load(text, overrides, &heard);

	ck_assert_msg(
	    snapshot != NULL && heard.n == 0, "%s\n%s", heard.text, text);
	wax_snapshot_unref(snapshot);
}
