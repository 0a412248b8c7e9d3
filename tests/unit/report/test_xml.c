/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "tests/support/same_report.h"
#include "tests/unit/report/xml_suites.h"

Suite *(*const wax_suites[])(void) = { wax_xml_write_suite, wax_xml_read_suite,
	wax_xml_refuse_suite, wax_xml_round_suite, wax_xml_vectors_suite,
	NULL };

struct wax_str
read_report_file(struct wax_arena *arena, const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str path = wax_textf(
	    arena, "%s/tests/reports/%s", srcdir != NULL ? srcdir : ".", name);
	FILE *file = fopen(path.p, "rb");
	struct wax_text text;
	char chunk[4096];
	size_t n;

	ck_assert_msg(file != NULL, "cannot read %s", path.p);
	wax_text_init(&text, arena);
	while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
		wax_text_add(&text, (struct wax_str){ chunk, n });
	(void)fclose(file); /* it was only read */
	return wax_text_str(&text);
}

void
ck_assert_report_eq(
    const struct wax_aggregate *got, const struct wax_aggregate *want)
{
	const char *difference = wax_report_difference(got, want);

	ck_assert_msg(difference == NULL, "%s is another", difference);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

bool
time_counts(void)
{
	const char *fork_mode = getenv("CK_FORK");

	return !SANITIZED &&
	       (fork_mode == NULL || strcmp(fork_mode, "no") != 0);
}
