/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The import of others' configurations: up to three files, of OpenDMARC,
 * OpenDKIM and the SPF milter, and what each file that they name holds, with
 * an octet 0x1e between them. What holds for any text: there is a result if,
 * and only if, there was no error; it is printable; our own reader takes it
 * without an error or a warning; and every active line is named in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "milter/conf/import.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "import";

#define FILES 3

static const char *const names[FILES] = { "opendmarc.conf", "opendkim.conf",
	"pyspf-milter.conf" };
static const char nameless[] = "x"; /* the keys are to tell */

static struct wax_arena *arena;

struct files {
	struct wax_str text[FILES];
	struct wax_str named; /* by any path */
};

static enum wax_status
read_one(void *arg, struct wax_arena *into, const char *path, size_t max,
    struct wax_str *out, struct wax_err *err)
{
	const struct files *files = arg;

	*out = wax_str_dup(into, files->named);
	if (strcmp(path, nameless) == 0)
		*out = wax_str_dup(into, files->text[0]);
	for (size_t i = 0; i < FILES; i++)
		if (strcmp(path, names[i]) == 0)
			*out = wax_str_dup(into, files->text[i]);
	return out->n <= max
	           ? WAX_OK
	           : wax_fail(err, WAX_E_LIMIT, "%s is too large", nameless);
}

static void
on_error(void *arg, const char *line)
{
	for (const char *p = line; *p != '\0'; p++)
		WAX_ASSERT(*p >= 0x20 && *p < 0x7f);
	(*(size_t *)arg)++;
}

static void
on_complaint(void *arg, const char *line)
{
	(void)arg;
	(void)fprintf(stderr, "%s\n", line);
	WAX_ASSERT(false);
}

/* The list need not be there; the host's own name may be odd. */
static void
check_loads(struct wax_str text)
{
	static const char *const given[] = { "authserv-id=mx.example.org",
		"psl-file=/dev/null" };
	int fd = memfd_create("import", MFD_CLOEXEC);
	struct wax_config_source source = {
		.file = wax_textf(arena, "/proc/self/fd/%d", fd).p,
		.n_overrides = 2,
		.override = given
	};

	WAX_ASSERT(fd >= 0);
	WAX_ASSERT(write(fd, text.p, text.n) == (ssize_t)text.n);
	wax_snapshot_unref(
	    wax_config_load(&source, on_complaint, on_complaint, NULL));
	(void)close(fd); /* it was only read */
}

static void
check_lines(struct wax_str text, const char *name, const char *result)
{
	unsigned number = 0;
	struct wax_str line;

	if (wax_str_starts(text, WAX_STR("\xef\xbb\xbf")))
		text = wax_str_from(text, 3);
	while (wax_str_cut(&text, '\n', &line)) {
		number++;
		line =
		    wax_str_trim(wax_str_head(line, wax_str_find(line, '#')));
		WAX_ASSERT(
		    line.n == 0 ||
		    strstr(result,
		        wax_textf(arena, "\n# %s:%u: ", name, number).p) !=
		        NULL);
	}
}

static void
check(const struct files *files, size_t n, const char *const *paths)
{
	struct wax_import_source source = { n, paths, read_one, NULL };
	size_t n_errors = 0, size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);
	enum wax_import_end end;

	memcpy(&source.read_arg, &files, sizeof files);
	WAX_ASSERT(out != NULL);
	end = wax_import(&source, out, on_error, &n_errors);
	WAX_ASSERT(fclose(out) == 0);
	WAX_ASSERT((end == WAX_IMPORT_DONE) == (n_errors == 0));
	WAX_ASSERT((end == WAX_IMPORT_DONE) == (size > 0));
	for (size_t i = 0; i < size; i++)
		WAX_ASSERT(text[i] == '\n' || text[i] == '\t' ||
		           (text[i] >= 0x20 && text[i] < 0x7f));
	if (end == WAX_IMPORT_DONE) {
		check_loads((struct wax_str){ text, size });
		for (size_t i = 0; i < n; i++)
			check_lines(files->text[i], paths[i], text);
	}
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_str rest = { (const char *)data, size }, part;
	const char *paths[FILES];
	const char *one[] = { nameless };
	struct files files = { .named = WAX_STR("") };
	size_t n = 0;

	arena = wax_arena_new("fuzz", 0);
	while (n < FILES && wax_str_cut(&rest, '\x1e', &part)) {
		paths[n] = names[n];
		files.text[n++] = part;
	}
	if (rest.p != NULL)
		files.named = rest;
	check(&files, n, paths);
	check(&files, 1, one);
	wax_arena_free(arena);
	return 0;
}
