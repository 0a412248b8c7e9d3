/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The import of files that are not what they should be: unreadable, of
 * nobody, endless, or written to get something into our configuration.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/conf/import_impl.h"
#include "tests/unit/conf/import_world.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* n times the text. */
static char *
repeated(const char *text, size_t n)
{
	size_t length = strlen(text);
	char *p = malloc(n * length + 1);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < n; i++)
		memcpy(p + i * length, text, length);
	p[n * length] = '\0';
	return p;
}

static const struct bad {
	const char *name;
	struct world world;
	const char *paths[4];
	enum wax_import_end end;
	const char *error;
} bads[] = {
	{ "no such file", { 0 }, { "opendmarc.conf" }, WAX_IMPORT_NO_INPUT,
	    "cannot open opendmarc.conf\n" },
	{ "both errors are said", { 0 }, { "opendmarc.conf", "opendkim.conf" },
	    WAX_IMPORT_NO_INPUT,
	    "cannot open opendmarc.conf\ncannot open opendkim.conf\n" },
	{ "a file that a line names",
	    { 1, { { "opendmarc.conf", "\nIgnoreHosts /none\n", 0 } } },
	    { "opendmarc.conf" }, WAX_IMPORT_NO_INPUT,
	    "opendmarc.conf:2: IgnoreHosts: cannot open /none\n" },
	{ "a file that is included",
	    { 1, { { "opendkim.conf", "Include /none\n", 0 } } },
	    { "opendkim.conf" }, WAX_IMPORT_NO_INPUT,
	    "opendkim.conf:1: Include: cannot open /none\n" },
	{ "a control character",
	    { 1, { { "opendmarc.conf", "\nSyslog \x1b[2J\n", 0 } } },
	    { "opendmarc.conf" }, WAX_IMPORT_BAD_INPUT,
	    "opendmarc.conf:2: there are control characters on this line; is "
	    "it a text file?\n" },
	{ "a NUL", { 1, { { "opendmarc.conf", "Syslog yes\n\0x", 13 } } },
	    { "opendmarc.conf" }, WAX_IMPORT_BAD_INPUT,
	    "opendmarc.conf:2: there are control characters on this line; is "
	    "it a text file?\n" },
	{ "a control character in a file of hosts",
	    { 2, { { "opendmarc.conf", "IgnoreHosts /h\n", 0 },
	             { "/h", "\n\n\x01\n", 0 } } },
	    { "opendmarc.conf" }, WAX_IMPORT_BAD_INPUT,
	    "/h:3: there are control characters on this line; is it a text "
	    "file?\n" },
	{ "nobody's", { 1, { { "x.conf", "Syslog yes\n", 0 } } }, { "x.conf" },
	    WAX_IMPORT_BAD_INPUT,
	    "x.conf: neither its name nor its keys tell whose file it is; copy "
	    "it to opendmarc.conf, opendkim.conf or pyspf-milter.conf\n" },
	{ "an empty one without a name", { 1, { { "x.conf", "#\n", 0 } } },
	    { "x.conf" }, WAX_IMPORT_BAD_INPUT,
	    "x.conf: neither its name nor its keys tell whose file it is; copy "
	    "it to opendmarc.conf, opendkim.conf or pyspf-milter.conf\n" },
	{ "of another program",
	    { 1, { { "opendmarc.conf", "KeyTable x\nMode s\n", 0 } } },
	    { "opendmarc.conf" }, WAX_IMPORT_BAD_INPUT,
	    "opendmarc.conf: it is named like a file of OpenDMARC, and has "
	    "keys of OpenDKIM; copy it to a name that fits\n" },
	{ "two of one program",
	    { 2, { { "opendkim.conf", "Mode s\n", 0 },
	             { "opendkim-in.conf", "Mode v\n", 0 } } },
	    { "opendkim.conf", "opendkim-in.conf" }, WAX_IMPORT_BAD_INPUT,
	    "opendkim-in.conf: opendkim.conf is a file of OpenDKIM, too; "
	    "import "
	    "one of them at a time\n" },
	{ "a file that includes itself",
	    { 2, { { "opendkim.conf", "Include /a\n", 0 },
	             { "/a", "Mode v\nInclude /a\n", 0 } } },
	    { "opendkim.conf" }, WAX_IMPORT_BAD_INPUT,
	    "/a:2: Include: files include each other more than 5 deep; does "
	    "one include itself?\n" },
	{ "our own configuration",
	    { 1, { { "sealwax.conf", "mode = \"enforce\"\n", 0 } } },
	    { "sealwax.conf" }, WAX_IMPORT_BAD_INPUT,
	    "sealwax.conf: neither its name nor its keys tell whose file it "
	    "is; copy it to opendmarc.conf, opendkim.conf or "
	    "pyspf-milter.conf\n" },
};

START_TEST(errors_say_where)
{
	const struct bad *row = &bads[_i];
	struct imported got = import_world(&row->world, row->paths);

	ck_assert_msg(got.end == row->end, "%s: %d %s", row->name, got.end,
	    got.heard.text);
	ck_assert_msg(strcmp(got.heard.text, row->error) == 0, "%s: \"%s\"",
	    row->name, got.heard.text);
	imported_free(&got);
}
END_TEST

/* Whose a file is: `like` is in the result. */
static const struct whose {
	const char *path, *text, *like;
} whose[] = {
	{ "/etc/mail/opendmarc-gateway.conf.bak", "Syslog yes\n",
	    "bak:1: Syslog yes" },
	{ "x.conf", "RejectFailures yes\n", "x.conf:1: RejectFailures yes" },
	{ "x.conf", "Syslog yes\nKeyTable /x\n", "does not sign" },
	{ "x.conf", "debugLevel = 1\n", "debugLevel = 1" },
	{ "policyd-spf.conf", "#\n", "Mail_From_reject is not set (Fail)" },
	{ "pyspf.conf", "Socket = inet:1@localhost\n",
	    "socket = \"inet:1@localhost\"" },
	/* Two names in one: the keys tell. */
	{ "opendkim-and-opendmarc", "Mode v\n", "OpenDKIM is not needed" },
	{ "\xef\xbb\xbf.conf", "\xef\xbb\xbfRejectFailures yes\n",
	    "\\xef\\xbb\\xbf.conf:1: RejectFailures yes" },
};

START_TEST(files_are_identified)
{
	const struct whose *row = &whose[_i];
	struct world world = { 1, { { row->path, row->text, 0 } } };
	struct imported got =
	    import_world(&world, (const char *const[]){ row->path, NULL });

	ck_assert_msg(got.end == WAX_IMPORT_DONE, "%s", got.heard.text);
	ck_assert_msg(
	    strstr(got.text, row->like) != NULL, "%s\n%s", row->like, got.text);
	imported_free(&got);
}
END_TEST

/* Bounds, at the maximum and one beyond. */
static const struct bound {
	const char *name;
	const char *path, *before, *unit, *after;
	size_t maximum;
	const char *error; /* beyond it */
} bounds[] = {
	{ "lines", "opendkim.conf", "", "Mode v\n", "", WAX_IMPORT_LINES_MAX,
	    "there are more than 5000 lines" },
	{ "the length of a line", "opendkim.conf", "Domain ", "x", "\nMode v\n",
	    WAX_IMPORT_LINE_MAX - 7,
	    "opendkim.conf:1: the line is longer than the 1023 octets" },
	{ "members of a set", "pyspf-milter.conf", "Whitelist = ", "192.0.2.1,",
	    "\n", WAX_IMPORT_MEMBERS_MAX,
	    "pyspf-milter.conf:1: Whitelist: there are more than 1000 "
	    "members" },
};

START_TEST(bounds_are_exact)
{
	const struct bound *row = &bounds[_i];

	for (size_t more = 0; more < 2; more++) {
		char *many = repeated(row->unit, row->maximum + more);
		char *text = NULL;
		struct world world = { 1, { { row->path, NULL, 0 } } };
		struct imported got;

		ck_assert_int_gt(
		    asprintf(&text, "%s%s%s", row->before, many, row->after),
		    0);
		world.file[0].text = text;
		got = import_world(
		    &world, (const char *const[]){ row->path, NULL });
		ck_assert_msg(
		    got.end == (more ? WAX_IMPORT_BAD_INPUT : WAX_IMPORT_DONE),
		    "%s: %s", row->name, got.heard.text);
		if (more)
			ck_assert_msg(
			    strstr(got.heard.text, row->error) != NULL,
			    "%s: %s", row->name, got.heard.text);
		else
			assert_loads(got.text);
		imported_free(&got);
		free(text);
		free(many);
	}
}
END_TEST

/* No file of hosts is endless, and not all of them together. */
START_TEST(endless_files)
{
	char *hosts = repeated("192.0.2.1\n", WAX_IMPORT_MEMBERS_MAX + 1);
	char *comment = repeated("#x\n", 300 * 1024);
	char *includes = repeated("Include /c\n", 10);
	struct world world = { 4,
		{ { "opendmarc.conf", "\nIgnoreHosts /h\n", 0 },
		    { "/h", hosts, 0 }, { "opendkim.conf", includes, 0 },
		    { "/c", comment, 0 } } };
	struct imported got = import_world(
	    &world, (const char *const[]){ "opendmarc.conf", NULL });

	ck_assert_int_eq(got.end, WAX_IMPORT_BAD_INPUT);
	ck_assert_str_eq(got.heard.text,
	    "/h:1001: IgnoreHosts: there are more than 1000 members\n");
	imported_free(&got);
	/* Ten times 900 kB. */
	got = import_world(
	    &world, (const char *const[]){ "opendkim.conf", NULL });
	ck_assert_int_eq(got.end, WAX_IMPORT_BAD_INPUT);
	ck_assert_str_eq(
	    got.heard.text, "opendkim.conf:10: Include: /c is too large\n");
	imported_free(&got);
	free(hosts);
	free(comment);
	free(includes);
}
END_TEST

/* A comment may be as long as it likes; only what is active is read. */
START_TEST(long_comments)
{
	char *many = repeated("x", 5000), *text = NULL;
	struct world world = { 1, { { "opendmarc.conf", NULL, 0 } } };
	struct imported got;

	ck_assert_int_gt(
	    asprintf(&text, "#%s\nSyslog yes # %s\n", many, many), 0);
	world.file[0].text = text;
	got = import_world(
	    &world, (const char *const[]){ "opendmarc.conf", NULL });
	ck_assert_msg(got.end == WAX_IMPORT_DONE, "%s", got.heard.text);
	imported_free(&got);
	free(text);
	free(many);
}
END_TEST

/* Each network of a set with "!" is taken out bit by bit. */
START_TEST(too_many_networks)
{
	char *hosts = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&hosts, &n);
	struct world world = { 2,
		{ { "opendkim.conf", "InternalHosts /h\n", 0 },
		    { "/h", NULL, 0 } } };
	struct imported got;

	ck_assert_ptr_nonnull(out);
	(void)fprintf(out, "2001:db8::/32\n");
	for (int i = 0; i < 900; i++)
		(void)fprintf(out, "!2001:db8:%x:%x::%x\n", i, i * 7, i + 1);
	ck_assert_int_eq(fclose(out), 0);
	world.file[1].text = hosts;
	got = import_world(
	    &world, (const char *const[]){ "opendkim.conf", NULL });
	ck_assert_int_eq(got.end, WAX_IMPORT_BAD_INPUT);
	ck_assert_str_eq(got.heard.text,
	    "internal-networks: there are more than 1000 networks to leave "
	    "alone\n");
	imported_free(&got);
	free(hosts);
}
END_TEST

/* With this host itself, which makes two. */
START_TEST(networks_at_the_bound)
{
	for (int n = WAX_IMPORT_NETWORKS_MAX - 2;
	     n <= WAX_IMPORT_NETWORKS_MAX - 1; n++) {
		char *hosts = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&hosts, &size);
		struct world world = { 2,
			{ { "opendkim.conf", "InternalHosts /h\n", 0 },
			    { "/h", NULL, 0 } } };
		struct imported got;

		ck_assert_ptr_nonnull(out);
		for (int i = 0; i < n; i++)
			(void)fprintf(out, "10.0.%d.%d\n", i / 200, i % 200);
		ck_assert_int_eq(fclose(out), 0);
		world.file[1].text = hosts;
		got = import_world(
		    &world, (const char *const[]){ "opendkim.conf", NULL });
		ck_assert_int_eq(got.end == WAX_IMPORT_DONE,
		    n == WAX_IMPORT_NETWORKS_MAX - 2);
		if (got.end == WAX_IMPORT_DONE)
			assert_loads(got.text);
		imported_free(&got);
		free(hosts);
	}
}
END_TEST

/* What is tried to get into the result: only as a comment, or in quotes. */
static const struct hostile {
	const char *text;
	const char *has; /* NULL: nothing of it */
} hostiles[] = {
	{ "AuthservID \"; mode = \"enforce\n", NULL },
	{ "AuthservID @include\n", NULL },
	{ "PidFile */ mode = \"enforce\" /*\n",
	    "\n# opendmarc.conf:1: PidFile */ mode = \"enforce\" /*\n" },
	{ "NoSuchKey @include \"/etc/passwd\"\n",
	    "\n# opendmarc.conf:1: NoSuchKey @include \"/etc/passwd\"\n" },
	{ "@include \"/etc/passwd\"\n",
	    "\n# opendmarc.conf:1: @include \"/etc/passwd\"\n" },
	{ "Socket local:/run/a\"b\\c.sock\nUserID a:b\"c\n",
	    "\nsocket = \"unix:/run/sealwax/sealwax.sock\"\n" },
	{ "PublicSuffixList /l\"\\\nSyslog yes\n",
	    "\npsl-file = \"/l\\\"\\\\\"\n" },
	{ "UserID x:gr\xc3\xbcn\nSocket local:/x\n", NULL },
	{ "SyslogFacility mail\\\n", NULL },
	{ "IgnoreHosts /h\n", "\n# /h:1: IgnoreHosts (no host)\n"
	                      "# /h:2: IgnoreHosts a.example\n" },
};

START_TEST(nothing_gets_out_of_its_place)
{
	const struct hostile *row = &hostiles[_i];
	struct world world = { 3,
		{ { "opendmarc.conf", row->text, 0 },
		    { "/h", "root:$6$salt$hash:1:2\na.example\n192.0.2.1\n",
		        0 },
		    { "/l\"\\", "example\n", 0 } } };
	struct imported got = import_world(
	    &world, (const char *const[]){ "opendmarc.conf", NULL });

	ck_assert_msg(got.end == WAX_IMPORT_DONE, "%s", got.heard.text);
	assert_loads(got.text);
	for (const char *p = got.text; *p != '\0'; p++)
		ck_assert_msg(
		    *p == '\n' || *p == '\t' || (*p >= 0x20 && *p < 0x7f), "%s",
		    got.text);
	ck_assert_ptr_null(strstr(got.text, "\nmode = \"enforce\""));
	ck_assert_ptr_null(strstr(got.text, "\n@include"));
	ck_assert_ptr_null(strstr(got.text, "$hash"));
	if (row->has != NULL)
		ck_assert_msg(strstr(got.text, row->has) != NULL, "%s\n%s",
		    row->has, got.text);
	imported_free(&got);
}
END_TEST

static void
ignore(void *arg, const char *line)
{
	(void)line;
	(*(size_t *)arg)++;
}

/* The file system itself: what cannot be opened, is no file, or is huge. */
START_TEST(real_files)
{
	static const struct {
		const char *path;
		enum wax_import_end end;
	} rows[] = {
		{ "opendmarc.conf", WAX_IMPORT_DONE },
		{ "opendmarc.huge", WAX_IMPORT_BAD_INPUT },
		{ "opendmarc.none", WAX_IMPORT_NO_INPUT },
		{ "d", WAX_IMPORT_NO_INPUT },
		{ "opendmarc.fifo", WAX_IMPORT_NO_INPUT },
	};
	char *huge = repeated("# 10 MB x\n", 1000 * 1000);

	write_file("opendmarc.conf", "RejectFailures yes\n", 19);
	write_file("opendmarc.huge", huge, strlen(huge));
	free(huge);
	ck_assert_int_eq(mkdir("d", 0700), 0);
	ck_assert_int_eq(mkfifo("opendmarc.fifo", 0600), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct wax_import_source source = { .n_files = 1,
			.file = &rows[i].path };
		FILE *out = fopen("/dev/null", "w");
		size_t n_errors = 0;
		enum wax_import_end end;

		ck_assert_ptr_nonnull(out);
		end = wax_import(&source, out, ignore, &n_errors);
		ck_assert_msg(end == rows[i].end, "%s: %d", rows[i].path, end);
		ck_assert_int_eq(n_errors == 0, end == WAX_IMPORT_DONE);
		(void)fclose(out);
	}
}
END_TEST

Suite *
import_hostile_suite(void)
{
	Suite *suite = suite_create("import of hostile files");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, heard_setup, heard_teardown);
	tcase_add_loop_test(tcase, errors_say_where, 0, COUNT(bads));
	tcase_add_loop_test(tcase, files_are_identified, 0, COUNT(whose));
	tcase_add_loop_test(tcase, bounds_are_exact, 0, COUNT(bounds));
	tcase_add_test(tcase, endless_files);
	tcase_add_test(tcase, long_comments);
	tcase_add_test(tcase, too_many_networks);
	tcase_add_test(tcase, networks_at_the_bound);
	tcase_add_loop_test(
	    tcase, nothing_gets_out_of_its_place, 0, COUNT(hostiles));
	tcase_add_test(tcase, real_files);
	suite_add_tcase(suite, tcase);
	return suite;
}
