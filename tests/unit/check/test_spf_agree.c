/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree against the evaluator that judges mail, over the zones of all
 * scenarios: each name with a text. (tests/conformance does it over the
 * published suites.)
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/spf_agree.h"
#include "tests/unit/check/suites.h"
#include "tests/unit/check/zones.h"

static struct wax_str
read_zone(struct wax_arena *arena, const char *scenario)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str path = wax_textf(arena, "%s/tests/scenarios/%s/zone",
	    srcdir != NULL ? srcdir : ".", scenario);
	FILE *file = fopen(path.p, "re");
	struct wax_text text;
	char part[4096];
	size_t n;

	wax_text_init(&text, arena);
	if (file == NULL)
		return WAX_STR("");
	while ((n = fread(part, 1, sizeof part, file)) > 0)
		wax_text_add(&text, (struct wax_str){ part, n });
	(void)fclose(file); /* only read */
	return wax_text_str(&text);
}

struct count {
	unsigned agree, not_compared;
};

static void
compare_zone(struct wax_arena *arena, const char *scenario, struct count *count)
{
	struct wax_str text = read_zone(arena, scenario), rest = text, line;
	struct wax_err err = { .text = "" };
	struct wax_zone *zone = wax_zone_parse(arena, text, &err);
	struct wax_resolver *resolver;
	struct wax_str why, owner;
	struct wax_domain domain;

	ck_assert_msg(zone != NULL, "%s: %s", scenario, err.text);
	resolver = wax_zone_resolver(arena, zone);
	while (wax_str_cut(&rest, '\n', &line)) {
		if (!wax_str_cut(&line, ' ', &owner) ||
		    !wax_domain_parse(arena, owner, &domain))
			continue;
		switch (wax_spf_agree(arena, resolver, domain, &why)) {
		case WAX_SPF_AGREES:
			count->agree++;
			break;
		case WAX_SPF_NOT_COMPARED:
			count->not_compared++;
			break;
		case WAX_SPF_DIFFERS:
			ck_abort_msg("%s, %.*s: %.*s", scenario,
			    WAX_FMT(domain.text), WAX_FMT(why));
		}
	}
}

START_TEST(tree_agrees_with_evaluator)
{
	const char *srcdir = getenv("srcdir");
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_str path = wax_textf(
	    arena, "%s/tests/scenarios", srcdir != NULL ? srcdir : ".");
	DIR *directory = opendir(path.p);
	struct count count = { .agree = 0 };
	const struct dirent *entry;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			compare_zone(arena, entry->d_name, &count);
	(void)closedir(directory); /* only read */
	ck_assert_uint_gt(count.agree, 300);
	ck_assert_uint_lt(count.not_compared, count.agree / 20);
	wax_arena_free(arena);
}
END_TEST

Suite *
wax_spf_agree_suite(void)
{
	Suite *suite = suite_create("spf tree and evaluator");
	TCase *tcase = tcase_create("spf tree and evaluator");

	tcase_add_test(tcase, tree_agrees_with_evaluator);
	suite_add_tcase(suite, tcase);
	return suite;
}
