/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenarios/scenario.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/base/vec.h"

#define GENERATED_LINE \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n"

static bool
read_file(struct wax_arena *arena, const char *directory, const char *name,
    struct wax_str *out)
{
	struct wax_str path = wax_textf(arena, "%s/%s", directory, name);
	FILE *file = fopen(path.p, "rb");
	char buffer[16384];
	struct wax_text text;
	size_t n;

	if (file == NULL)
		return false;
	wax_text_init(&text, arena);
	while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
		wax_text_add(&text, (struct wax_str){ buffer, n });
	(void)fclose(file);
	*out = wax_text_str(&text);
	return true;
}

static struct scenario_lines
split_lines(struct wax_arena *arena, struct wax_str text)
{
	WAX_VEC(struct scenario_line) lines = { 0 };
	struct wax_str line;

	while (text.n > 0 && wax_str_cut(&text, '\n', &line)) {
		struct scenario_line one = { line, { NULL, 0 } };

		line = wax_str_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		one.key = wax_str_head(line, wax_str_find(line, ' '));
		one.value = wax_str_trim(wax_str_from(line, one.key.n));
		WAX_PUSH(arena, &lines, one);
	}
	return (struct scenario_lines){ lines.n, lines.v };
}

/* message.gen: "body OCTETS", then the message that is lengthened so. */
static bool
generate(struct wax_arena *arena, struct wax_str text, struct wax_str *out)
{
	struct wax_str first;
	struct wax_text message;
	unsigned long octets;

	if (!wax_str_cut(&text, '\n', &first) ||
	    !wax_str_starts(first, WAX_STR("body ")) ||
	    !wax_str_number(wax_str_from(first, 5), 100000000, &octets) ||
	    octets % (sizeof GENERATED_LINE - 1) != 0)
		return false;
	wax_text_init(&message, arena);
	wax_text_add(&message, text);
	for (unsigned long n = 0; n < octets; n += sizeof GENERATED_LINE - 1)
		wax_text_addz(&message, GENERATED_LINE);
	*out = wax_text_str(&message);
	return true;
}

static bool
read_message(
    struct wax_arena *arena, const char *directory, struct wax_str *out)
{
	struct wax_str text;

	if (read_file(arena, directory, "message.eml", out))
		return true;
	return read_file(arena, directory, "message.gen", &text) &&
	       generate(arena, text, out);
}

bool
scenario_read(struct wax_arena *arena, const char *directory,
    struct scenario *out, struct wax_str *why)
{
	struct wax_str expect;
	struct wax_str path = wax_str_of(directory);

	*out = (struct scenario){
		.directory = directory,
		.name = wax_str_from(path, wax_str_rfind(path, '/') + 1),
	};
	if (!read_file(arena, directory, "zone", &out->zone))
		*why = WAX_STR("no zone");
	else if (!read_file(arena, directory, "session", &out->session_text))
		*why = WAX_STR("no session");
	else if (!read_file(arena, directory, "expect", &expect))
		*why = WAX_STR("no expect");
	else if (!read_message(arena, directory, &out->message))
		*why = WAX_STR("no message.eml, and no usable message.gen");
	if (why->n > 0)
		return false;
	out->session = split_lines(arena, out->session_text);
	out->expect = split_lines(arena, expect);
	return true;
}

const struct wax_str *
scenario_get(const struct scenario_lines *lines, const char *key)
{
	for (size_t i = 0; i < lines->n; i++)
		if (wax_str_eq(lines->v[i].key, wax_str_of(key)))
			return &lines->v[i].value;
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t
scenario_list(struct wax_arena *arena, const char *corpus,
    const char *const **directories)
{
	WAX_VEC(const char *) found = { 0 };
	DIR *dir = opendir(corpus);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct wax_str path =
		    wax_textf(arena, "%s/%s", corpus, entry->d_name);
		struct wax_str ignored;

		if (entry->d_name[0] != '.' &&
		    read_file(arena, path.p, "expect", &ignored))
			WAX_PUSH(arena, &found, path.p);
	}
	if (dir != NULL)
		(void)closedir(dir);
	if (found.n > 0)
		qsort(found.v, found.n, sizeof *found.v, by_name);
	*directories = found.v;
	return found.n;
}
