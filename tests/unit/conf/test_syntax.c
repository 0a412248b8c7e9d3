/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Syntax: the common slips, comments, includes, duplicates; and what
 * libconfig takes without a word.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/conf/heard.h"

static const struct slip {
	const char *name, *text, *heard;
} slips[] = {
	{ "nothing", "", "" },
	{ "comments only", "# a\n// b\n/* c\n d */\n", "" },
	{ "good", "mode = \"enforce\"\nmax-fields = 100;\n", "" },
	{ "colon for equals", "mode : \"enforce\"\n", "" },
	{ "no line end", "mode = \"enforce\"", "" },
	{ "line ends of another system", "mode = \"enforce\"\r\n# x\r\n", "" },
	{ "a byte order mark", "\xef\xbb\xbfmode = \"enforce\"\n", "" },
	{ "yes without quotes", "# x\nreceived-spf = yes\n",
	    "E t.conf:2: received-spf: yes must stand in quotes; write "
	    "received-spf = \"yes\"\n" },
	{ "yes with a comment", "received-spf = yes; # why\n",
	    "E t.conf:1: received-spf: yes must stand in quotes; write "
	    "received-spf = \"yes\"\n" },
	{ "a word without quotes", "mode = enforce\n",
	    "E t.conf:1: mode: enforce must stand in quotes; write mode = "
	    "\"enforce\"\n" },
	{ "key: value", "mode: enforce\n",
	    "E t.conf:1: mode: enforce must stand in quotes; write mode = "
	    "\"enforce\"\n" },
	{ "a duration without quotes",
	    "dns-deadline = 8s\n\n# next\nmode = \"enforce\"\n",
	    "E t.conf:1: dns-deadline: 8s must stand in quotes; write "
	    "dns-deadline = \"8s\"\n" },
	{ "a size at the end of the file", "max-memory = 64M\n",
	    "E t.conf:1: max-memory: 64M must stand in quotes; write "
	    "max-memory = \"64M\"\n" },
	{ "a path without quotes", "state-dir = /var/lib/x\n",
	    "E t.conf:1: state-dir: /var/lib/x must stand in quotes; write "
	    "state-dir = \"/var/lib/x\"\n" },
	{ "an address without quotes", "socket = inet:8891@127.0.0.1\n",
	    "E t.conf:1: socket: inet:8891@127.0.0.1 must stand in quotes; "
	    "write socket = \"inet:8891@127.0.0.1\"\n" },
	{ "a URL without quotes", "reject-url = https://a.example/b\n",
	    "E t.conf:1: reject-url: https://a.example/b must stand in "
	    "quotes; write reject-url = \"https://a.example/b\"\n" },
	{ "a password without quotes",
	    "store = postgresql://u:geheim@db.example/x\n",
	    "E t.conf:1: store: postgresql://u:***@db.example/x must stand in "
	    "quotes; write store = \"postgresql://u:***@db.example/x\"\n" },
	{ "single quotes", "mode = 'enforce'\n",
	    "E t.conf:1: mode: 'enforce' must stand in quotes; write mode = "
	    "\"enforce\"\n" },
	{ "two slips", "mode = enforce\nlog-to = stderr\nmax-fields = 1\n",
	    "E t.conf:1: mode: enforce must stand in quotes; write mode = "
	    "\"enforce\"\n"
	    "E t.conf:2: log-to: stderr must stand in quotes; write log-to = "
	    "\"stderr\"\n"
	    "E t.conf:3: max-fields: 1 is out of range; use 50 to 100000 "
	    "(default 5000)\n" },
	{ "two equals and a value on the next line", "mode ==\n\"enforce\"\n",
	    "E t.conf:1: mode: one = too many; write mode = ...\n" },
	{ "a string alone", "user = 1\n\"enforce\"\nuser = 2\n",
	    "E t.conf:1: user: 1 must stand in quotes; write user = \"1\"\n"
	    "E t.conf:2: syntax error at or before \"\"enforce\"\"; write "
	    "NAME = \"VALUE\", a list as NAME = [\"A\", \"B\"] (what "
	    "follows was not checked)\n" },
	{ "strings side by side in a group",
	    "rules = ( { name = \"a\" \"b\" } )\nuser = 1\n",
	    "E t.conf:1: rules: two strings stand side by side; write a comma "
	    "between members of a list, and each setting on a line of its "
	    "own\n"
	    "E t.conf:2: user: 1 must stand in quotes; write user = "
	    "\"1\"\n" },
	{ "a string in place of a name in a group",
	    "rules = ( { name = \"a\", \"b\" } )\n",
	    "E t.conf:1: syntax error at or before \"rules = ( { name = "
	    "\"a\", \"b\" } )\"; write NAME = \"VALUE\", a list as NAME = "
	    "[\"A\", \"B\"] (what follows was not checked)\n" },
	{ "members without quotes, each on its line",
	    "internal-networks = [\n  127.0.0.1,\n  \"::1\"\n]\n",
	    "E t.conf:2: 127.0.0.1 must stand in quotes; write \"127.0.0.1\" "
	    "(what follows was not checked)\n" },
	{ "a member in single quotes on its line",
	    "strip-authserv-ids = [\n  'a',\n  \"b\"\n]\n",
	    "E t.conf:2: 'a' must stand in quotes; write \"a\" (what follows "
	    "was not checked)\n" },
	{ "a sign in a list", "strip-authserv-ids = [\n %\n]\n",
	    "E t.conf:2: syntax error at or before \"%\"; write NAME = "
	    "\"VALUE\", a list as NAME = [\"A\", \"B\"] (what follows was not "
	    "checked)\n" },
	{ "a list whose string stays open",
	    "strip-authserv-ids = [\n \"a\",\n \"b];\nuser = \"x\"\n",
	    "E t.conf:3: the string that begins at \"b]; does not end on its "
	    "line; write the closing \"\n" },
	{ "what comes before a sign is checked", "max-fields = 1\nmode = %\n",
	    "E t.conf:1: max-fields: 1 is out of range; use 50 to 100000 "
	    "(default 5000)\n"
	    "E t.conf:2: mode: % must stand in quotes; write mode = \"%\"\n" },
	{ "nothing between brackets", "user = \"x\"; mode = [ ; ]\n",
	    "E t.conf:1: syntax error at or before \"user = \"x\"; mode = [ ; "
	    "]\"; write NAME = \"VALUE\", a list as NAME = [\"A\", \"B\"] "
	    "(what "
	    "follows was not checked)\n" },
	{ "a sign for a number", "max-fields = -100s\n",
	    "E t.conf:1: max-fields: -100s must stand in quotes; write "
	    "max-fields = \"-100s\"\n" },
	{ "dots in a name that is like none", "a.b.c.d.e.f.g.h = 1\n",
	    "E t.conf:1: a.b.c.d.e.f.g.h: is not a key; sealwax.conf(5) lists "
	    "them\n" },
	{ "a digit in front of a name", "1mode = 1\n",
	    "E t.conf:1: 1mode: is not a key; did you mean mode?\n" },
	{ "twice, beside a string with a quote",
	    "user = \"x\"; report-org-name = \"a\\\"user=\"; user = \"y\"\n",
	    "E t.conf:1: user: is set twice (first in t.conf:1); remove "
	    "one\n" },
	{ "no equals", "mode \"enforce\"\n",
	    "E t.conf:1: mode: there is no =; write mode = \"enforce\"\n" },
	{ "a value behind an empty line and a comment",
	    "mode =\n\n# here\n\"enforce\" %\nmax-fields = 1\n",
	    "E t.conf:1: mode: there is no value; write mode = \"VALUE\"\n"
	    "E t.conf:5: max-fields: 1 is out of range; use 50 to 100000 "
	    "(default 5000)\n" },
	{ "as opendmarc has it", "AuthservID mx.example.org\n",
	    "E t.conf:1: AuthservID: there is no =; write authserv-id = "
	    "\"mx.example.org\"\n" },
	{ "name alone", "mode\nlog-to = \"stderr\"\n",
	    "E t.conf:1: mode: there is no = and no value; write mode = "
	    "\"VALUE\"\n" },
	{ "no value", "mode =\nlog-to = \"stderr\"\n",
	    "E t.conf:1: mode: there is no value; write mode = \"VALUE\"\n" },
	{ "no value at the end", "mode =\n",
	    "E t.conf:1: mode: there is no value; write mode = \"VALUE\"\n" },
	{ "two equals", "mode == \"enforce\"\n",
	    "E t.conf:1: mode: one = too many; write mode = ...\n" },
	{ "two semicolons", "mode = \"enforce\";;\n",
	    "E t.conf:1: mode: one ; too many; remove it\n" },
	{ "a section", "[milter]\nmode = \"enforce\"\n",
	    "E t.conf:1: there are no sections here; remove this line\n" },
	{ "include without @", "include \"x.conf\"\n",
	    "E t.conf:1: include: write @include \"FILE\"\n" },
	{ "dots in a name", "max.fields = 100\n",
	    "E t.conf:1: max.fields: is not a key; did you mean "
	    "max-fields?\n" },
	{ "list members without quotes",
	    "internal-networks = [127.0.0.1, \"::1\"]\n",
	    "E t.conf:1: internal-networks: members of a list must stand in "
	    "quotes; write internal-networks = [\"127.0.0.1\", \"::1\"]\n" },
	{ "a number among texts", "strip-authserv-ids = [\"a.example\", 1]\n",
	    "E t.conf:1: strip-authserv-ids: members of a list must stand in "
	    "quotes; write strip-authserv-ids = [\"a.example\", \"1\"]\n" },
	{ "comma at the end of a list", "strip-authserv-ids = [\"a\", ]\n",
	    "E t.conf:1: strip-authserv-ids: there is a comma behind the last "
	    "member of the list; remove it\n" },
	{ "comma at the end of a long list",
	    "strip-authserv-ids = [\n \"a\",\n \"b\", # x\n]\n",
	    "E t.conf:3: there is a comma behind the last member of the list; "
	    "remove it (what follows was not checked)\n" },
	{ "no comma in a list", "strip-authserv-ids = [\"a\" \"b\"]\n",
	    "E t.conf:1: strip-authserv-ids: two strings stand side by side; "
	    "write a comma between members of a list, and each setting on a "
	    "line of its own\n" },
	{ "no comma in a long list",
	    "strip-authserv-ids = [ \"a\", # first\n \"b\" # second\n "
	    "\"c\" ]\n",
	    "E t.conf:3: two strings stand side by side; write a comma "
	    "between members of a list, and each setting on a line of its "
	    "own\n" },
	{ "a bracket that stays open",
	    "strip-authserv-ids = [\"a\",\n \"b\"\nmode = \"enforce\"\n",
	    "E t.conf:1: strip-authserv-ids: the bracket that opens here is "
	    "not closed (what follows was not checked)\n" },
	{ "a bracket that stays open to the end",
	    "mode = \"enforce\"\nstrip-authserv-ids = [\"a\"\n",
	    "E t.conf:2: strip-authserv-ids: the bracket that opens here is "
	    "not closed (what follows was not checked)\n" },
	{ "a bracket too many", "mode = \"enforce\"\n]\n",
	    "E t.conf:2: this bracket closes nothing; remove it (what follows "
	    "was not checked)\n" },
	{ "a string that stays open",
	    "mode = \"enforce\nlog-to = \"stderr\"\nmax-fields = 1\n",
	    "E t.conf:1: mode: the string that begins at \"enforce does not "
	    "end on its line; write the closing \"\n"
	    "E t.conf:3: max-fields: 1 is out of range; use 50 to 100000 "
	    "(default 5000)\n" },
	{ "a comment that stays open",
	    "mode = \"enforce\"\n /* x\nlog-to = 1\n",
	    "E t.conf:2: the comment that begins here does not end; write "
	    "*/\n" },
	{ "a comment within a line", "mode /* x */ = /* y */ \"enforce\"\n",
	    "" },
	{ "comment signs in a string", "reject-url = \"http://a/#b/*\" # c\n",
	    "" },
	{ "an escaped quote", "report-org-name = \"a \\\"b\\\" c\" # \"\n",
	    "" },
	{ "a NUL in a string", "report-org-name = \"a\\x00b\"\n",
	    "E t.conf:1: report-org-name: a value may not hold \\x00; leave "
	    "it out\n" },
	{ "a line end in a string", "report-org-name = \"a\\nb\"\n",
	    "E t.conf:1: report-org-name: \"a\\x0ab\" holds a control "
	    "character; leave it out\n" },
	/* libconfig 1.5 gives 0 for the first, and -1 for the third. */
	{ "2^32", "max-recipients = 4294967296\n",
	    "E t.conf:1: max-recipients: 4294967296 is out of range; use 1 to "
	    "100000 (default 1000)\n" },
	{ "-(2^32)", "max-recipients = -4294967296\n",
	    "E t.conf:1: max-recipients: -4294967296 is out of range; use 1 "
	    "to 100000 (default 1000)\n" },
	{ "23 digits", "max-recipients = 99999999999999999999999\n",
	    "E t.conf:1: max-recipients: 99999999999999999999999 is too large "
	    "a number\n" },
	{ "too deep", "rules = ((((((( 1 )))))))\n",
	    "E t.conf:1: rules: brackets are nested deeper than 6; no setting "
	    "needs that\n" },
	{ "no text file", "mode = \"enforce\"\n\001\n",
	    "E t.conf:2: there are control characters on this line; is it a "
	    "text file?\n" },
	{ "an unknown sign", "mode = \"enforce\"\n%\n",
	    "E t.conf:2: syntax error at or before \"%\"; write NAME = "
	    "\"VALUE\", a list as NAME = [\"A\", \"B\"] (what follows was not "
	    "checked)\n" },
	{ "twice", "mode = \"enforce\"\n# x\nmode = \"monitor\"\nuser = 1\n",
	    "E t.conf:3: mode: is set twice (first in t.conf:1); remove one\n"
	    "E t.conf:4: user: 1 must stand in quotes; write user = \"1\"\n" },
	{ "twice on a line",
	    "max-fields = 100; max-memory = \"64M\"; max-fields = 200\n",
	    "E t.conf:1: max-fields: is set twice (first in t.conf:1); remove "
	    "one\n" },
	{ "twice, the second on several lines",
	    "strip-authserv-ids = []\nstrip-authserv-ids = [\n \"a\"\n]\n"
	    "user = 1\n",
	    "E t.conf:2: strip-authserv-ids: is set twice (first in "
	    "t.conf:1); remove one\n"
	    "E t.conf:5: user: 1 must stand in quotes; write user = \"1\"\n" },
	{ "three times", "user = \"a\"\nuser = \"b\"\nuser = \"c\"\n",
	    "E t.conf:2: user: is set twice (first in t.conf:1); remove one\n"
	    "E t.conf:3: user: is set twice (first in t.conf:1); remove "
	    "one\n" },
	{ "twice in a group",
	    "rules = (\n { name = \"a\";\n name = \"b\" } )\n",
	    "E t.conf:3: a name is used twice in this group; remove one\n" },
};

START_TEST(every_slip)
{
	const struct slip *row = &slips[_i];
	struct heard heard;
	struct wax_snapshot *snapshot = load(row->text, NULL, &heard);

	ck_assert_msg(strcmp(heard.text, row->heard) == 0,
	    "%s:\n%sexpected:\n%s", row->name, heard.text, row->heard);
	/* A snapshot if, and only if, there was no error. */
	ck_assert_msg((snapshot == NULL) == (strstr(heard.text, "E ") != NULL),
	    "%s", row->name);
	wax_snapshot_unref(snapshot);
}
END_TEST

/* File, line and key of the included file; with comments before. */
START_TEST(includes)
{
	struct heard heard;
	static const char inner[] =
	    "/* two\n lines */\n\nmax-fields = 7\nmod = \"enforce\"\n";

	write_file("inner.conf", inner, sizeof inner - 1);
	write_file("empty.conf", "", 0);
	ck_assert_ptr_null(load("# head\n  @include \"empty.conf\"\n"
	                        "/* @include \"nowhere\" */\n"
	                        "@include \"inner.conf\"; # tail\n"
	                        "log-to = \"nowhere\"\n"
	                        "mod = \"monitor\"\n",
	    NULL, &heard));
	ck_assert_str_eq(heard.text,
	    "E inner.conf:4: max-fields: 7 is out of range; use 50 to 100000 "
	    "(default 5000)\n"
	    "E inner.conf:5: mod: is not a key; did you mean mode?\n"
	    "E t.conf:5: log-to: \"nowhere\" is not known; use \"syslog\" or "
	    "\"stderr\" (default syslog)\n"
	    "E t.conf:6: mod: is set twice (first in inner.conf:5); remove "
	    "one\n");
}
END_TEST

START_TEST(include_slips)
{
	struct heard heard;
	static const char self[] = "@include \"self.conf\"\n";

	ck_assert_int_eq(mkdir("d", 0700), 0);
	write_file("self.conf", self, sizeof self - 1);
	ck_assert_ptr_null(
	    load("@include x\n@include \"gone.conf\"\n@include \"d\"\n"
	         "@include \"self.conf\"\nmax-fields = 1\n",
	        NULL, &heard));
	ck_assert_str_eq(heard.text,
	    "E t.conf:1: @include: no file name in quotes; write @include "
	    "\"FILE\"\n"
	    "E t.conf:2: cannot read gone.conf: No such file or directory\n"
	    "E t.conf:3: cannot read d: it is a directory; name a file\n"
	    "E self.conf:1: @include: too many files, or deeper than 8; does "
	    "a file include itself?\n"
	    "E t.conf:5: max-fields: 1 is out of range; use 50 to 100000 "
	    "(default 5000)\n");
}
END_TEST

/* A name is relative to the file that includes. */
START_TEST(include_beside)
{
	struct heard heard;
	char text[PATH_MAX + 64], path[PATH_MAX];
	static const char one[] = "@include \"b.conf\"\n";
	static const char two[] = "max-fields = 1\n";

	write_file("a.conf", one, sizeof one - 1);
	write_file("b.conf", two, sizeof two - 1);
	ck_assert_ptr_nonnull(realpath("a.conf", path));
	(void)snprintf(text, sizeof text, "@include \"%s\"\n", path);
	ck_assert_ptr_null(load(text, NULL, &heard));
	*strrchr(path, '/') = '\0';
	(void)snprintf(text, sizeof text, "E %s/b.conf:1: max-fields: ", path);
	ck_assert_msg(
	    strncmp(heard.text, text, strlen(text)) == 0, "%s", heard.text);
}
END_TEST

static void
hear(void *arg, const char *line)
{
	struct heard *heard = arg;

	heard->n += (size_t)snprintf(heard->text + heard->n,
	    sizeof heard->text - heard->n, "%s\n", line);
}

static void
no_file(const char *path, const char *expected)
{
	struct heard heard = { .n = 0 };
	struct wax_config_source source = { .file = path };
	struct wax_snapshot *snapshot =
	    wax_config_load(&source, hear, hear, &heard);

	ck_assert_ptr_null(snapshot);
	ck_assert_msg(strncmp(heard.text, expected, strlen(expected)) == 0,
	    "%s: %s", path, heard.text);
}

START_TEST(files)
{
	const size_t large = 1024 * 1024;
	char *blank = malloc(large + 1);

	ck_assert_ptr_nonnull(blank);
	ck_assert_int_eq(mkdir("d", 0700), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	memset(blank, '\n', large + 1);
	write_file("large", blank, large + 1);
	write_file("nul", "user = \"\0\"\n", 11);
	no_file("gone", "cannot read gone: No such file or directory\n");
	no_file("d", "cannot read d: it is a directory; name a file\n");
	no_file("fifo", "cannot read fifo: it is not a regular file\n");
	no_file(
	    "large", "cannot read large: it is larger than 1048576 octets\n");
	no_file("nul",
	    "nul:1: there are control characters on this line; is it a text "
	    "file?\n");
	free(blank);
}
END_TEST

/* More than a hundred errors are counted, not said. */
START_TEST(many_errors)
{
	struct heard heard;
	char text[4096];
	size_t n = 0;

	for (int i = 0; i < 150; i++)
		n += (size_t)snprintf(
		    text + n, sizeof text - n, "zz%d = \"\"\n", i);
	ck_assert_ptr_null(load(text, NULL, &heard));
	ck_assert_ptr_nonnull(strstr(heard.text,
	    "E t.conf:100: zz99: is not a key; sealwax.conf(5) lists them\n"
	    "E and 50 more errors\n"));
}
END_TEST

Suite *
syntax_suite(void)
{
	Suite *suite = suite_create("conf syntax");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, heard_setup, heard_teardown);
	tcase_add_loop_test(
	    tcase, every_slip, 0, (int)(sizeof slips / sizeof slips[0]));
	tcase_add_test(tcase, includes);
	tcase_add_test(tcase, include_slips);
	tcase_add_test(tcase, include_beside);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, many_errors);
	suite_add_tcase(suite, tcase);
	return suite;
}
