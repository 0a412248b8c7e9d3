/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration file; the same as a value of -o. What holds for any text:
 * there is a configuration if, and only if, there was no error; what -n
 * prints can be read again without an error and is then printed the same,
 * and so is what -T prints; a reload of the same text changes nothing.
 * Includes are left out: the text of a stranger is not to name our files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "milter/conf/config.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "config";

static struct wax_arena *arena;

struct counts {
	size_t errors, warnings;
};

static void
check_line(const char *line)
{
	size_t n = strlen(line);

	WAX_ASSERT(n > 0);
	for (size_t i = 0; i < n; i++)
		WAX_ASSERT(line[i] >= 0x20 && line[i] < 0x7f);
}

static void
on_error(void *arg, const char *line)
{
	check_line(line);
	((struct counts *)arg)->errors++;
}

static void
on_warning(void *arg, const char *line)
{
	check_line(line);
	((struct counts *)arg)->warnings++;
}

/* The text as a file without a name in any directory. */
static int
file_of(struct wax_str text)
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	WAX_ASSERT(fd >= 0);
	WAX_ASSERT(text.n == 0 || write(fd, text.p, text.n) == (ssize_t)text.n);
	return fd;
}

/* `override`: behind an authserv-id of ours; NULL: none of either. */
static struct wax_snapshot *
load(struct wax_str text, const char *override,
    const struct wax_snapshot *running, struct counts *counts)
{
	int fd = file_of(text);
	const char *given[] = { "authserv-id=mx.example.org", override };
	struct wax_config_source source = {
		.file = wax_textf(arena, "/proc/self/fd/%d", fd).p,
		.n_overrides = override != NULL ? 2 : 0,
		.override = given
	};
	struct wax_snapshot *snapshot;

	*counts = (struct counts){ 0 };
	snapshot = running != NULL
	               ? wax_config_reload(
	                     &source, running, on_error, on_warning, counts)
	               : wax_config_load(&source, on_error, on_warning, counts);
	(void)close(fd); /* it was only read */
	WAX_ASSERT((snapshot == NULL) == (counts->errors > 0));
	return snapshot;
}

static struct wax_str
dump(const struct wax_snapshot *snapshot, bool changed_only)
{
	char *p = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&p, &n);
	struct wax_str text;

	WAX_ASSERT(out != NULL);
	wax_config_dump(snapshot, changed_only, out);
	WAX_ASSERT(fclose(out) == 0);
	text = wax_str_dup(arena, (struct wax_str){ p, n });
	free(p);
	return text;
}

/* What was printed, read again, is printed the same; it has the authserv-id,
 * because that is not the host name. */
static void
check_again(struct wax_str printed, struct wax_str changed)
{
	struct counts counts;
	struct wax_snapshot *again = load(printed, NULL, NULL, &counts);

	WAX_ASSERT(again != NULL);
	WAX_ASSERT(wax_str_eq(dump(again, true), changed));
	wax_snapshot_unref(again);
}

static void
check(struct wax_str text, const char *override)
{
	struct counts counts, later;
	struct wax_snapshot *snapshot = load(text, override, NULL, &counts);
	struct wax_snapshot *again;
	struct wax_str changed;

	if (snapshot == NULL)
		return;
	changed = dump(snapshot, true);
	check_again(changed, changed);
	check_again(dump(snapshot, false), changed);
	again = load(text, override, snapshot, &later);
	WAX_ASSERT(again != NULL);
	WAX_ASSERT(later.warnings == counts.warnings);
	WAX_ASSERT(wax_str_eq(dump(again, false), dump(snapshot, false)));
	wax_snapshot_unref(again);
	wax_snapshot_unref(snapshot);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_str text = { (const char *)data, size };

	if (memmem(data, size, "@include", 8) != NULL)
		return 0;
	arena = wax_arena_new("fuzz", 0);
	check(text, "mode=monitor");
	if (memchr(data, '\0', size) == NULL)
		check(WAX_STR(""), wax_str_z(arena, text));
	wax_arena_free(arena);
	return 0;
}
