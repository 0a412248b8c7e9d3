/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is not read: quickly, with little memory, and without a word of the
 * library's own on stderr.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/unit/report/xml_suites.h"

static struct wax_arena *arena;
static FILE *said;
static int real_stderr;

/* stderr goes into a file, so that one can see that nothing went there. */
static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	said = tmpfile();
	real_stderr = dup(STDERR_FILENO);
	ck_assert(said != NULL && real_stderr >= 0);
	ck_assert_int_ge(dup2(fileno(said), STDERR_FILENO), 0);
}

static void
teardown(void)
{
	struct stat st;

	ck_assert_int_eq(fstat(fileno(said), &st), 0);
	ck_assert_int_ge(dup2(real_stderr, STDERR_FILENO), 0);
	(void)close(real_stderr); /* put back above */
	(void)fclose(said);
	ck_assert_msg(
	    st.st_size == 0, "%ld octets on stderr", (long)st.st_size);
	wax_arena_free(arena);
}

struct outcome {
	enum wax_status status;
	struct wax_err err;
	struct wax_aggregate report;
	enum wax_xml_dialect dialect;
	size_t bytes; /* that the report takes */
};

static struct outcome
read_one(struct wax_str document)
{
	struct wax_arena *own = wax_arena_new("read", 0);
	struct outcome outcome = { 0 };
	clock_t begun = clock();

	outcome.status = wax_xml_read(
	    own, document, &outcome.report, &outcome.dialect, &outcome.err);
	if (time_counts())
		ck_assert_msg(clock() - begun < 2 * CLOCKS_PER_SEC, "%ld ms",
		    (long)((clock() - begun) * 1000 / CLOCKS_PER_SEC));
	outcome.bytes = wax_arena_bytes(own);
	outcome.report.record = NULL; /* goes with the arena */
	wax_arena_free(own);
	if (outcome.status == WAX_OK)
		return outcome;
	ck_assert_uint_gt(strlen(outcome.err.text), 0);
	for (const char *p = outcome.err.text; *p != '\0'; p++)
		ck_assert_msg(
		    *p >= ' ' && *p <= '~', "\"%s\"", outcome.err.text);
	return outcome;
}

static void
expect(struct wax_str document, enum wax_status status, const char *word)
{
	struct outcome outcome = read_one(document);

	ck_assert_msg(outcome.status == status, "status %d, \"%s\"",
	    (int)outcome.status, outcome.err.text);
	ck_assert_msg(strstr(outcome.err.text, word) != NULL,
	    "\"%s\" does not say \"%s\"", outcome.err.text, word);
}

static struct wax_str
next_word(struct wax_str *line)
{
	struct wax_str word = WAX_STR("");

	(void)wax_str_cut(line, ' ', &word); /* or none */
	return word;
}

/* NAME refused syntax|limit WORD, or NAME DIALECT RECORDS MESSAGES */
static void
one_file(struct wax_str line)
{
	struct wax_str name = next_word(&line);
	struct wax_str verdict = next_word(&line);
	struct wax_str third = next_word(&line);
	struct wax_str word = next_word(&line);
	struct wax_str document =
	    read_report_file(arena, wax_str_z(arena, name));
	struct outcome outcome = read_one(wax_exact_n(document.p, document.n));
	unsigned long n;

	if (wax_str_eq(verdict, WAX_STR("refused"))) {
		enum wax_status status = wax_str_eq(third, WAX_STR("limit"))
		                             ? WAX_E_LIMIT
		                             : WAX_E_SYNTAX;

		ck_assert_msg(outcome.status == status &&
		                  strstr(outcome.err.text,
		                      wax_str_z(arena, word)) != NULL,
		    "%.*s: status %d, \"%s\"", WAX_FMT(name),
		    (int)outcome.status, outcome.err.text);
		return;
	}
	ck_assert_msg(outcome.status == WAX_OK, "%.*s: \"%s\"", WAX_FMT(name),
	    outcome.err.text);
	ck_assert_int_eq(outcome.dialect == WAX_XML_RFC9990,
	    wax_str_eq(verdict, WAX_STR("rfc9990")));
	ck_assert(wax_str_number(third, 100, &n));
	ck_assert_uint_eq(outcome.report.n, n);
}

START_TEST(corpus)
{
	struct wax_str rest = read_report_file(arena, "EXPECT");
	struct wax_str line;
	size_t n = 0;

	while (wax_str_cut(&rest, '\n', &line)) {
		struct wax_str name =
		    wax_str_head(line, wax_str_find(line, ' '));

		if (name.n == 0 || name.p[0] == '#' ||
		    wax_str_ends(name, WAX_STR(".gz")) ||
		    wax_str_ends(name, WAX_STR(".zip")))
			continue;
		one_file(line);
		n++;
	}
	ck_assert_uint_ge(n, 35);
}
END_TEST

/* Wherever it ends, it is no report; and no octet behind it is read. */
START_TEST(cut_off_anywhere)
{
	struct wax_str whole =
	    read_report_file(arena, "vectors/XS-14-two-reasons.xml");

	for (size_t n = 0; n + 12 < whole.n; n++) {
		struct outcome outcome = read_one(wax_exact_n(whole.p, n));

		ck_assert_msg(outcome.status == WAX_E_SYNTAX, "%zu: %d", n,
		    (int)outcome.status);
	}
}
END_TEST

/* One octet at a time is something else; whatever becomes of it, all holds. */
START_TEST(changed_anywhere)
{
	static const char other[] = { '<', '>', '&', '"', '\0', '/', ' ',
		'\xff', 'x', '!' };
	struct wax_str whole =
	    read_report_file(arena, "vectors/XS-24-extension.xml");

	for (size_t i = 0; i < whole.n; i++) {
		char *copy = wax_alloc(arena, whole.n, 1);

		memcpy(copy, whole.p, whole.n);
		copy[i] = other[i % sizeof other];
		(void)read_one((struct wax_str){ copy, whole.n });
	}
}
END_TEST

static struct wax_str
repeated(const char *before, const char *what, size_t bytes, const char *after)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, before);
	while (text.n + strlen(what) + strlen(after) <= bytes)
		wax_text_addz(&text, what);
	wax_text_addz(&text, after);
	return wax_text_str(&text);
}

START_TEST(size_is_bounded)
{
	size_t max = WAX_REPORT_READ_BYTES_MAX;
	struct wax_str document =
	    repeated("<feedback>", " ", max, "</feedback>");

	ck_assert_uint_eq(document.n, max);
	ck_assert_int_eq(read_one(document).status, WAX_OK);
	document = repeated("<feedback>", " ", max + 1, "</feedback>");
	ck_assert_uint_eq(document.n, max + 1);
	expect(document, WAX_E_LIMIT, "larger than");
	/* Also when it is only that large once repaired. */
	expect(repeated("<feedback>", "\x01", max / 2, "</feedback>"),
	    WAX_E_LIMIT, "larger than");
}
END_TEST

START_TEST(records_are_bounded)
{
	struct wax_text text;
	struct outcome outcome;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "<feedback>");
	for (size_t i = 0; i < WAX_REPORT_RECORDS_MAX; i++)
		wax_text_addz(&text, "<record/>");
	wax_text_addz(&text, "</feedback>");
	outcome = read_one(wax_text_str(&text));
	ck_assert_int_eq(outcome.status, WAX_OK);
	ck_assert_uint_eq(outcome.report.n, WAX_REPORT_RECORDS_MAX);
	text.n -= strlen("</feedback>");
	wax_text_addz(&text, "<record/></feedback>");
	expect(wax_text_str(&text), WAX_E_LIMIT, "records");
}
END_TEST

START_TEST(depth_is_bounded)
{
	struct wax_text text;

	for (size_t n = WAX_REPORT_DEPTH_MAX; n <= WAX_REPORT_DEPTH_MAX + 1;
	     n++) {
		wax_text_init(&text, arena);
		wax_text_addz(&text, "<feedback>");
		for (size_t i = 1; i < n; i++)
			wax_text_addz(&text, "<a>");
		for (size_t i = 1; i < n; i++)
			wax_text_addz(&text, "</a>");
		wax_text_addz(&text, "</feedback>");
		if (n <= WAX_REPORT_DEPTH_MAX)
			ck_assert_int_eq(
			    read_one(wax_text_str(&text)).status, WAX_OK);
		else
			expect(wax_text_str(&text), WAX_E_LIMIT, "deeper");
	}
	expect(
	    repeated("<feedback>", "<a>", 10000000, ""), WAX_E_LIMIT, "deeper");
}
END_TEST

START_TEST(tags_are_bounded)
{
	struct wax_text text;

	for (size_t n = WAX_REPORT_ATTRIBUTES_MAX;
	     n <= WAX_REPORT_ATTRIBUTES_MAX + 1; n++) {
		wax_text_init(&text, arena);
		wax_text_addz(&text, "<feedback");
		for (size_t i = 0; i < n; i++)
			wax_text_addf(&text, " a%zu='='", i);
		wax_text_addz(&text, "/>");
		if (n <= WAX_REPORT_ATTRIBUTES_MAX)
			ck_assert_int_eq(
			    read_one(wax_text_str(&text)).status, WAX_OK);
		else
			expect(wax_text_str(&text), WAX_E_LIMIT, "tag");
	}
	for (size_t n = WAX_REPORT_TAG_BYTES_MAX;
	     n <= WAX_REPORT_TAG_BYTES_MAX + 1; n++) {
		struct wax_str document =
		    repeated("<feedback a=\"", ">", n, "\"/>");

		ck_assert_uint_eq(document.n, n);
		if (n <= WAX_REPORT_TAG_BYTES_MAX)
			ck_assert_int_eq(read_one(document).status, WAX_OK);
		else
			expect(document, WAX_E_LIMIT, "tag");
	}
	/* The time that libxml2 takes for these grows with their square. */
	wax_text_init(&text, arena);
	wax_text_addz(&text, "<feedback");
	for (size_t i = 0; text.n < 10000000; i++)
		wax_text_addf(&text, " a%zu=''", i);
	wax_text_addz(&text, "/>");
	expect(wax_text_str(&text), WAX_E_LIMIT, "tag");
}
END_TEST

START_TEST(namespaces_are_bounded)
{
	struct wax_text text;

	for (size_t n = WAX_REPORT_NAMESPACES_MAX;
	     n <= WAX_REPORT_NAMESPACES_MAX + 1; n++) {
		size_t rest = n - WAX_REPORT_ATTRIBUTES_MAX;

		wax_text_init(&text, arena);
		wax_text_addz(&text, "<feedback");
		for (size_t i = 0; i < WAX_REPORT_ATTRIBUTES_MAX; i++)
			wax_text_addf(&text, " xmlns:a%zu='a'", i);
		wax_text_addz(&text, "><a");
		for (size_t i = 0; i < rest / 2; i++)
			wax_text_addf(&text, " xmlns:b%zu='b'", i);
		wax_text_addz(&text, "><a");
		for (size_t i = 0; i < rest - rest / 2; i++)
			wax_text_addf(&text, " xmlns:c%zu='c'", i);
		wax_text_addz(&text, "/></a></feedback>");
		if (n <= WAX_REPORT_NAMESPACES_MAX)
			ck_assert_int_eq(
			    read_one(wax_text_str(&text)).status, WAX_OK);
		else
			expect(wax_text_str(&text), WAX_E_LIMIT, "namespaces");
	}
}
END_TEST

/* Large, and of one kind throughout: never slow. */
START_TEST(nothing_takes_long)
{
	static const struct {
		const char *before, *what, *after;
	} row[] = {
		{ "<feedback>", "x", "</feedback>" },
		{ "<feedback><!-- ", "x", "--></feedback>" },
		{ "<feedback><!-- ", "- ", "" },
		{ "<feedback><?x ", "? ", "?></feedback>" },
		{ "<feedback><![CDATA[", "]] ", "]]></feedback>" },
		{ "<feedback>", "&lt;", "</feedback>" },
		{ "<feedback>", "&#60;", "</feedback>" },
		{ "<feedback>", "<a/>", "</feedback>" },
		{ "<feedback>", "<a b='c'/>", "</feedback>" },
		{ "<feedback>", "<!---->", "</feedback>" },
		{ "<feedback>", "\n", "</feedback>" },
		{ "<feedback>", "\r", "</feedback>" },
		{ "<feedback>", "<", "" },
		{ "<feedback>", "<a", "" },
		{ "<", "a", "" },
		{ "<feedback><record><row>", "<count>1</count>",
		    "</row></record></feedback>" },
		{ "<feedback><record><auth_results>", "<dkim></dkim>",
		    "</auth_results></record></feedback>" },
		{ "<feedback><report_metadata>", "<error>x</error>",
		    "</report_metadata></feedback>" },
		{ "<feedback><report_metadata><error>", "<x/>y",
		    "</error></report_metadata></feedback>" },
	};

	size_t size = time_counts() ? 8000000 : 800000;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct outcome outcome = read_one(
		    repeated(row[i].before, row[i].what, size, row[i].after));

		ck_assert_msg(outcome.bytes < 2 * size, "%zu: %zu octets", i,
		    outcome.bytes);
	}
}
END_TEST

/* Names without end: the library's dictionary is bounded, too. */
START_TEST(names_without_end)
{
	size_t size = time_counts() ? 16000000 : 1600000;
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "<feedback>");
	for (size_t i = 0; text.n < size; i++)
		wax_text_addf(&text, "<abcdefgh%zu/>", i);
	wax_text_addz(&text, "</feedback>");
	expect(wax_text_str(&text), WAX_E_LIMIT, "memory");
}
END_TEST

START_TEST(check_is_strict_about_octets)
{
	struct wax_str good =
	    read_report_file(arena, "vectors/XS-01-minimal.xml");
	const char *org = memmem(good.p, good.n, "Receiver", 8);
	struct wax_err err;

	ck_assert_ptr_nonnull(org);
	ck_assert_int_eq(wax_xml_check(good, &err), WAX_OK);
	for (int c = 0; c < 256; c++) {
		char *copy = wax_alloc(arena, good.n, 1);
		bool is_text = c >= 0x20 && c < 0x7f && c != '<' && c != '&';

		memcpy(copy, good.p, good.n);
		copy[org - good.p] = (char)c;
		if (c == '\t' || c == '\n' || c == '\r')
			is_text = true;
		ck_assert_msg((wax_xml_check((struct wax_str){ copy, good.n },
		                   &err) == WAX_OK) == is_text,
		    "0x%02x", (unsigned)c);
	}
	ck_assert_int_eq(wax_xml_check(WAX_STR(""), &err), WAX_E_SYNTAX);
	ck_assert_int_eq(
	    wax_xml_check(wax_textf(arena, " %.*s", WAX_FMT(good)), &err),
	    WAX_E_SYNTAX);
	ck_assert_int_eq(
	    wax_xml_check(wax_textf(arena, "%.*s<a/>", WAX_FMT(good)), &err),
	    WAX_E_SYNTAX);
}
END_TEST

Suite *
wax_xml_refuse_suite(void)
{
	Suite *suite = suite_create("xml refuse");
	TCase *tc = tcase_create("refuse");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, corpus);
	tcase_add_test(tc, cut_off_anywhere);
	tcase_add_test(tc, changed_anywhere);
	tcase_add_test(tc, size_is_bounded);
	tcase_add_test(tc, records_are_bounded);
	tcase_add_test(tc, depth_is_bounded);
	tcase_add_test(tc, tags_are_bounded);
	tcase_add_test(tc, namespaces_are_bounded);
	tcase_add_test(tc, nothing_takes_long);
	tcase_add_test(tc, names_without_end);
	tcase_add_test(tc, check_is_strict_about_octets);
	suite_add_tcase(suite, tc);
	return suite;
}
