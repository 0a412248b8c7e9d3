/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/check/domain_case.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/suite.h"

#define FILE_MAX (256 * 1024)

static struct wax_str
root(struct wax_arena *arena)
{
	const char *srcdir = getenv("srcdir");

	return wax_textf(
	    arena, "%s/tests/domains", srcdir != NULL ? srcdir : ".");
}

static int
by_name(const void *a, const void *b)
{
	return wax_str_cmp(wax_str_of(*(const char *const *)a),
	    wax_str_of(*(const char *const *)b));
}

/* A directory has no dot in its name, other than README.md and program.py. */
const char *const *
wax_domain_cases(struct wax_arena *arena, size_t *n)
{
	DIR *dir = opendir(wax_str_z(arena, root(arena)));
	WAX_VEC(const char *) names = { 0 };
	struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct wax_str name = wax_str_of(entry->d_name);

		if (wax_str_find(name, '.') == name.n)
			WAX_PUSH(arena, &names,
			    wax_str_z(arena, wax_str_dup(arena, name)));
	}
	ck_assert_int_eq(closedir(dir), 0);
	qsort(names.v, names.n, sizeof *names.v, by_name);
	*n = names.n;
	return names.v;
}

struct wax_str
wax_check_read_file(struct wax_arena *arena, struct wax_str path)
{
	FILE *stream = fopen(path.p, "rb");
	char *text;
	size_t n;

	if (stream == NULL)
		return (struct wax_str){ NULL, 0 };
	text = wax_alloc(arena, FILE_MAX, 1);
	n = fread(text, 1, FILE_MAX, stream);
	ck_assert_msg(n < FILE_MAX, "%s is too long", path.p);
	ck_assert_int_eq(fclose(stream), 0);
	return (struct wax_str){ text, n };
}

static struct wax_str
read_file(struct wax_arena *arena, const char *name, const char *file)
{
	struct wax_str text = wax_check_read_file(arena,
	    wax_textf(arena, "%.*s/%s/%s", WAX_FMT(root(arena)), name, file));

	ck_assert_msg(text.p != NULL, "%s has no %s", name, file);
	return text;
}

static void
read_options(
    struct wax_arena *arena, struct wax_domain_case *out, struct wax_str rest)
{
	struct wax_str word;

	while (wax_str_cut(&rest, ' ', &word)) {
		if (wax_str_eq(word, WAX_STR("--selector"))) {
			ck_assert(wax_str_cut(&rest, ' ', &word));
			WAX_PUSH(arena, &out->selectors, word);
		} else if (wax_str_eq(word, WAX_STR("--common-selectors"))) {
			out->tries_common = true;
		} else {
			out->for_program_only = true;
		}
	}
}

static void
read_line(struct wax_arena *arena, struct wax_domain_case *out,
    struct wax_str key, struct wax_str value)
{
	struct wax_str word;

	if (wax_str_eq(key, WAX_STR("domain"))) {
		ck_assert(wax_domain_parse(arena, value, &out->domain));
	} else if (wax_str_eq(key, WAX_STR("options"))) {
		read_options(arena, out, value);
	} else if (wax_str_eq(key, WAX_STR("status"))) {
		ck_assert(wax_str_number(value, 3, &out->status));
	} else if (wax_str_eq(key, WAX_STR("ids"))) {
		while (wax_str_cut(&value, ' ', &word))
			if (word.n > 0)
				WAX_PUSH(arena, &out->ids, word);
	} else if (wax_str_eq(key, WAX_STR("says"))) {
		WAX_PUSH(arena, &out->says, value);
	} else if (wax_str_eq(key, WAX_STR("publish"))) {
		WAX_PUSH(arena, &out->publish, value);
	} else {
		ck_abort_msg("expect: %.*s?", WAX_FMT(key));
	}
}

struct wax_domain_case
wax_domain_case_read(struct wax_arena *arena, const char *name)
{
	struct wax_domain_case out = { .name = wax_str_of(name), .status = 4 };
	struct wax_str expect = read_file(arena, name, "expect"), line;
	struct wax_err err = { .text = "" };

	out.zone = wax_zone_parse(arena, read_file(arena, name, "zone"), &err);
	ck_assert_msg(out.zone != NULL, "%s: zone: %s", name, err.text);
	while (wax_str_cut(&expect, '\n', &line)) {
		size_t blank = wax_str_find(line, ' ');

		if (line.n > 0 && line.p[0] != '#')
			read_line(arena, &out, wax_str_head(line, blank),
			    wax_str_from(line, blank + 1));
	}
	ck_assert_msg(!wax_domain_is_none(out.domain) && out.status < 4,
	    "%s: no domain, or no status", name);
	return out;
}
