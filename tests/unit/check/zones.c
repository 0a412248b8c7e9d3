/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/check/zones.h"

#include <stdlib.h>

struct wax_resolver *
check_zone(struct wax_arena *arena, const char *text)
{
	struct wax_err err = { .text = "" };
	struct wax_zone *zone = wax_zone_parse(arena, wax_exact(text), &err);

	ck_assert_msg(zone != NULL, "%s in\n%s", err.text, text);
	return wax_zone_resolver(arena, zone);
}

struct wax_engines *
check_suffixes(struct wax_arena *arena)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str path = wax_textf(arena,
	    "%s/tests/unit/auth/suffixes.dat", srcdir != NULL ? srcdir : ".");
	struct wax_err err = { .text = "" };
	struct wax_engines *engines =
	    wax_engines_open(&(struct wax_engine_options){ .org = WAX_ORG_PSL,
	                         .psl_file = path.p },
	        &err);

	ck_assert_msg(engines != NULL, "%s", err.text);
	return engines;
}

const char *
check_words(const struct wax_findings *findings)
{
	struct wax_text text;

	wax_text_init(&text, findings->arena);
	wax_text_addz(&text, "");
	for (size_t i = 0; i < findings->list.n; i++)
		wax_text_addf(&text, "%s%s", i > 0 ? " " : "",
		    wax_finding_kind(findings->list.v[i].id)->word);
	return text.n > 0 ? text.p : "";
}

const struct wax_finding *
check_first(const struct wax_findings *findings, enum wax_finding_id id)
{
	for (size_t i = 0; i < findings->list.n; i++)
		if (findings->list.v[i].id == id)
			return &findings->list.v[i];
	ck_abort_msg("no %s", wax_finding_kind(id)->word);
	return NULL;
}

/* "d.example. IN TXT ..." as our zone files have it, in one line. */
static void
add_published(struct wax_text *zone, struct wax_str record, size_t owner)
{
	struct wax_str strings = wax_str_from(record, owner + 2);

	wax_text_add(zone, wax_str_head(record, owner + 1));
	strings = wax_str_from(strings, sizeof "IN" - 1);
	for (size_t i = 0; i < strings.n; i++) {
		bool is_fold = strings.p[i] == '\n' ||
		               (strings.p[i] == '(' && i + 1 < strings.n &&
		                   strings.p[i + 1] == '\n') ||
		               (strings.p[i] == ')' && i + 1 == strings.n);

		wax_text_addc(zone, is_fold ? ' ' : strings.p[i]);
	}
	wax_text_addc(zone, '\n');
}

const char *
check_healed(const struct wax_findings *findings, enum wax_finding_id id,
    const char *zone)
{
	struct wax_str record = check_first(findings, id)->publish;
	struct wax_str rest = wax_str_of(zone), line;
	struct wax_text text;
	struct wax_str texts;
	size_t owner;

	if (record.n == 0)
		return NULL;
	/* The owner, with its dot at the end, and a blank. */
	owner = wax_str_find(record, ' ') - 1;
	texts = wax_textf(
	    findings->arena, "%.*s TXT ", WAX_FMT(wax_str_head(record, owner)));
	wax_text_init(&text, findings->arena);
	while (wax_str_cut(&rest, '\n', &line)) {
		if (wax_str_istarts(line, texts))
			continue;
		wax_text_add(&text, line);
		wax_text_addc(&text, '\n');
	}
	add_published(&text, record, owner);
	return text.p;
}
