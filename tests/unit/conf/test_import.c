/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The import of the configurations of OpenDMARC, OpenDKIM and the SPF milter:
 * that every key of theirs is known, whole installations, and what single
 * keys do to the mail.
 */
#include <stdlib.h>
#include <string.h>

#include "milter/conf/import_impl.h"
#include "tests/unit/conf/import_world.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct program {
	enum wax_import_program program;
	const char *keys; /* the names in its manual, in a file of ours */
	const char *path;
	const char *set; /* between a key and its value */
} const programs[] = {
	{ WAX_IMPORT_OPENDMARC, "opendmarc.keys", "opendmarc.conf", " " },
	{ WAX_IMPORT_OPENDKIM, "opendkim.keys", "opendkim.conf", " " },
	{ WAX_IMPORT_PYSPF, "pyspf.keys", "pyspf-milter.conf", " = " },
};

/* Each key of the manuals has a row, and is told apart by its name. */
START_TEST(every_key_of_the_manuals_is_known)
{
	const struct program *one = &programs[_i];
	size_t n, lines = 0;
	char *text = fixture_text(".", one->keys, &n);
	struct wax_str rest, name;

	ck_assert_ptr_nonnull(text);
	rest = (struct wax_str){ text, n };
	while (wax_str_cut(&rest, '\n', &name)) {
		if (name.n == 0)
			continue;
		lines++;
		ck_assert_msg(wax_import_key_find(one->program, name) != NULL,
		    "%.*s has no row", WAX_FMT(name));
	}
	ck_assert_uint_ge(lines, 35);
	free(text);
}
END_TEST

/* A row says what becomes of its key, and names keys that we have. */
START_TEST(rows_are_complete)
{
	const struct wax_import_key *table =
	    wax_import_table(programs[_i].program);

	for (const struct wax_import_key *row = table; row->name != NULL;
	     row++) {
		ck_assert_ptr_eq(wax_import_key_find(programs[_i].program,
		                     wax_str_of(row->name)),
		    row);
		ck_assert_msg(row->is_decided + (row->apply != NULL) +
		                      (!row->is_decided && row->apply == NULL &&
		                          (row->dropped != NULL ||
		                              row->needless != NULL)) ==
		                  1,
		    "%s", row->name);
		if (row->to != NULL)
			ck_assert_msg(
			    wax_conf_key_find(wax_str_of(row->to)) != NULL,
			    "%s: %s", row->name, row->to);
	}
}
END_TEST

/* Whatever a key is set to: its line is in the result, which is one. */
START_TEST(every_key_with_any_value)
{
	static const char *const values[] = { "yes", "no", "True", "False", "0",
		"1", "2", "2048", "999999999999999999999", "-1", "/nowhere",
		"inet:8891@localhost", "inet:8891", "local:/run/x/y.sock",
		"unix:/var/spool/postfix/x/y.sock", "a.example,b.example",
		"192.0.2.1,!192.0.2.0/24,::/0,[::1]", "csl:192.0.2.1", "reject",
		"r", "quarantine", "tempfail", "discard", "HOSTNAME", "\"",
		"\\", "a\"b\\c", "x:y", "Fail", "Softfail", "None", "SPF", "AR",
		"daemon_name|A|B", "sv", "\xc3\xa4.example", "@include \"x\"",
		"/*", "(", "};", "," };
	const struct program *one = &programs[_i];
	const struct wax_import_key *table = wax_import_table(one->program);

	for (const struct wax_import_key *row = table; row->name != NULL; row++)
		for (size_t i = 0; i < COUNT(values); i++) {
			char text[256], line[64];
			struct world world = { 2,
				{ { one->path, text, 0 },
				    { "/nowhere", "192.0.2.9\nb.example\n",
				        0 } } };
			struct imported got;

			/* Include reads lines, which are others'. */
			if (strcmp(row->name, "Include") == 0)
				continue;
			(void)snprintf(text, sizeof text, "%s%s%s\n", row->name,
			    one->set, values[i]);
			(void)snprintf(line, sizeof line, "# %s:1: %s",
			    one->path, row->name);
			got = import_world(
			    &world, (const char *const[]){ one->path, NULL });
			if (strstr(got.heard.text, "cannot open") != NULL ||
			    strstr(got.heard.text, "too large") != NULL) {
				imported_free(&got);
				continue; /* a path was wanted */
			}
			ck_assert_msg(got.end == WAX_IMPORT_DONE, "%s: %s",
			    text, got.heard.text);
			ck_assert_msg(strstr(got.text, line) != NULL, "%s\n%s",
			    line, got.text);
			assert_loads(got.text);
			imported_free(&got);
		}
}
END_TEST

static const char *const fixtures[] = { "debian", "watching", "enforcing",
	"university" };

/* Where two texts begin to differ. */
static void
assert_same(const char *got, const char *expected)
{
	size_t line = 1;

	for (size_t i = 0;; i++) {
		if (got[i] == '\n')
			line++;
		ck_assert_msg(got[i] == expected[i],
		    "line %zu differs from here on: %.200s", line, got + i);
		if (got[i] == '\0')
			return;
	}
}

START_TEST(installations)
{
	struct imported got = import_fixture(fixtures[_i]);
	size_t n;
	char *expected = fixture_text(fixtures[_i], "expect.conf", &n);
	const char *second;

	ck_assert_msg(got.end == WAX_IMPORT_DONE, "%s", got.heard.text);
	assert_loads(got.text);
	ck_assert_ptr_nonnull(expected);
	/* The first line has the version. */
	second = strchr(got.text, '\n');
	ck_assert_ptr_nonnull(second);
	assert_same(second + 1, expected);
	free(expected);
	imported_free(&got);
}
END_TEST

/* Every active line of theirs is in the result, with its place. */
START_TEST(no_line_is_lost)
{
	static const char *const names[] = { "opendmarc.conf", "opendkim.conf",
		"pyspf-milter.conf", "policyd-spf.conf" };
	struct imported got = import_fixture(fixtures[_i]);
	size_t active = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		size_t n, number = 0;
		char *text = fixture_text(fixtures[_i], names[i], &n);
		struct wax_str rest = { text, n }, line;

		while (text != NULL && wax_str_cut(&rest, '\n', &line)) {
			char place[64];

			number++;
			line = wax_str_trim(
			    wax_str_head(line, wax_str_find(line, '#')));
			if (line.n == 0)
				continue;
			active++;
			(void)snprintf(place, sizeof place,
			    "\n# %s:%zu: ", names[i], number);
			ck_assert_msg(
			    strstr(got.text, place) != NULL, "%s", place);
		}
		free(text);
	}
	ck_assert_uint_gt(active, 10);
	imported_free(&got);
}
END_TEST

/* What single lines lead to; NULL: that program is not there. */
static const struct deed {
	const char *name;
	const char *dmarc, *dkim, *spf;
	const char *has[6], *lacks[4];
} deeds[] = {
	{ "DMARC alone watches", "Syslog yes\n", NULL, NULL,
	    { "\nmode = \"monitor\"\n" }, { "\non-reject", "\non-bad-from" } },
	{ "DMARC refuses", "RejectFailures 1\n", NULL, NULL,
	    { "\nmode = \"enforce\"\n", "\non-reject = \"always\"\n",
	        "\nquarantine-action = \"header\"\n",
	        "\non-bad-from = \"accept\"\n" },
	    { "\non-temperror", "\non-spf-fail" } },
	{ "DMARC refuses and holds",
	    "RejectFailures true\nHoldQuarantinedMessages true\n", NULL, NULL,
	    { "\nquarantine-action = \"hold\"\n" }, { NULL } },
	{ "OpenDMARC holds nothing without RejectFailures",
	    "HoldQuarantinedMessages true\n", NULL, "TestOnly = 1\n",
	    { "\nmode = \"enforce\"\n", "\nquarantine-action = \"header\"\n",
	        "OpenDMARC holds nothing without RejectFailures" },
	    { "\"hold\"" } },
	{ "the last of two lines counts",
	    "RejectFailures true\nRejectFailures false\n", NULL, NULL,
	    { "\nmode = \"monitor\"\n",
	        "it is set again later, in opendmarc.conf:2" },
	    { "\non-reject" } },
	{ "a switch that is none", "RejectFailures maybe\n", NULL, NULL,
	    { "\nmode = \"monitor\"\n", "neither yes nor no" }, { NULL } },
	{ "the SPF milter refuses by default", NULL, NULL, "QueueID = True\n",
	    { "\nmode = \"enforce\"\n", "\non-spf-fail = \"reject\"\n",
	        "Mail_From_reject is not set (Fail)",
	        "\non-reject = \"quarantine\"\n",
	        "\nquarantine-action = \"header\"\n",
	        "\non-temperror = \"accept\"\n" },
	    { NULL } },
	{ "the SPF milter tests", NULL, NULL,
	    "TestOnly = 0\nMail_From_reject = Fail\n",
	    { "\nmode = \"monitor\"\n", "\non-spf-fail = \"reject\"\n" },
	    { "\non-reject" } },
	{ "SPF tests while DMARC refuses", "RejectFailures true\n", NULL,
	    "TestOnly = 0\nMail_From_reject = Fail\n",
	    { "\nmode = \"enforce\"\n", "\non-spf-fail = \"none\"\n" },
	    { NULL } },
	{ "SPF tests by its default", "RejectFailures true\n", NULL,
	    "TestOnly = 0\n",
	    { "\n# pyspf-milter.conf:1: TestOnly = 0\non-spf-fail = "
	      "\"none\"\n" },
	    { NULL } },
	{ "SPF never refuses", NULL, NULL, "Mail_From_reject = False\n",
	    { "\nmode = \"monitor\"\n", "\non-spf-fail = \"none\"\n" },
	    { NULL } },
	{ "softfail becomes fail", NULL, NULL,
	    "Mail_From_reject = SPF_Not_Pass\n",
	    { "\non-spf-fail = \"reject\"\n", "softfail and neutral" },
	    { NULL } },
	{ "only those without mail", NULL, NULL, "No_Mail = True\n",
	    { "\nmode = \"monitor\"\n", "has no key of ours" },
	    { "\non-spf-fail = \"reject\"" } },
	{ "HELO alone", NULL, NULL,
	    "Mail_From_reject = False\nHELO_reject = Null\n",
	    { "\nmode = \"monitor\"\n" }, { NULL } },
	{ "mail without signature", NULL, "On-NoSignature reject\n", NULL,
	    { "\nmode = \"monitor\"\n", "has no key of ours" }, { NULL } },
	{ "senders that are spared", NULL, NULL,
	    "Domain_Whitelist = forwarder.example\n",
	    { "\nmode = \"enforce\"\n", "\non-spf-fail = \"quarantine\"\n" },
	    { "\non-spf-fail = \"reject\"" } },
	{ "SPF defers", NULL, NULL, "TempError_Defer = True\n",
	    { "\non-temperror = \"tempfail\"\n" }, { NULL } },
	{ "the policy server writes Received-SPF", NULL, NULL,
	    "Mail_From_reject = False\n",
	    { "\nreceived-spf = \"yes\"\n", "Header_Type is not set (SPF)" },
	    { NULL } },
	{ "the milter does not", NULL, NULL,
	    "Socket = inet:8893@localhost\nHeader_Type = SPF\n",
	    { "Authentication-Results is always written" },
	    { "\nreceived-spf" } },
	{ "DKIM refuses", NULL, "On-BadSignature r\n", NULL,
	    { "\nmode = \"enforce\"\n", "\non-dkim-fail = \"reject\"\n",
	        "\non-reject = \"quarantine\"\n" },
	    { NULL } },
	{ "DKIM discards", NULL, "On-Default discard\n", NULL,
	    { "\non-dkim-fail = \"reject\"\n" }, { NULL } },
	{ "DKIM quarantines", NULL, "Quarantine yes\n", NULL,
	    { "\nmode = \"enforce\"\n", "\non-dkim-fail = \"quarantine\"\n" },
	    { NULL } },
	{ "no action", NULL, "On-BadSignature what\nOn-DNSError accept\n", NULL,
	    { "\nmode = \"monitor\"\n", "no action that OpenDKIM takes" },
	    { "\non-dkim-fail" } },
	{ "the port of an OpenDKIM that signs", NULL,
	    "Socket inet:8891@localhost\n", NULL,
	    { "\nsocket = \"unix:/run/sealwax/sealwax.sock\"\n",
	        "in place of the others" },
	    { "\nsocket = \"inet" } },
	{ "an OpenDKIM that only signs", NULL,
	    "Mode s\nOn-BadSignature reject\n", NULL,
	    { "\nmode = \"monitor\"\n", "verifies nothing (Mode)",
	        "keep OpenDKIM for that, with" },
	    { "\non-dkim-fail" } },
	{ "On-Default is not asked where there is another", NULL,
	    "On-Default reject\nOn-BadSignature accept\nOn-DNSError accept\n"
	    "On-InternalError accept\n",
	    NULL,
	    { "\nmode = \"monitor\"\n", "\non-dkim-fail = \"none\"\n",
	        "\non-temperror = \"accept\"\n",
	        "\non-internal-error = \"accept\"\n", "set one by one" },
	    { NULL } },
	{ "several authors", "RejectMultiValueFrom yes\n", NULL, NULL,
	    { "\nmode = \"enforce\"\n", "\non-bad-from = \"reject\"\n" },
	    { NULL } },
	{ "our name and others",
	    "AuthservID a.example\n"
	    "TrustedAuthservIDs A.example,b.example\n",
	    "AuthservID c.example\n", "Authserv_Id = a.example\n",
	    { "\nauthserv-id = \"a.example\"\n",
	        "\nstrip-authserv-ids = [\"b.example\", \"c.example\"]\n" },
	    { NULL } },
	{ "the host name", "AuthservID HOSTNAME\n", "AuthservID x.example\n",
	    "Authserv_Id = HOSTNAME\n",
	    { "\nstrip-authserv-ids = [\"x.example\"]\n",
	        "the host name is the default" },
	    { "\nauthserv-id" } },
	{ "the host name of another", "AuthservID a.example\n",
	    "AuthservID HOSTNAME\n", NULL,
	    { "\nauthserv-id = \"a.example\"\n",
	        "put the host name into strip-authserv-ids" },
	    { "\nstrip-authserv-ids" } },
	{ "DMARC is told to refuse nothing beside SPF", "RejectFailures no\n",
	    NULL, "TestOnly = 1\n",
	    { "\n# opendmarc.conf:1: RejectFailures no\n"
	      "on-reject = \"quarantine\"\n" },
	    { NULL } },
	{ "one of two about From",
	    "RejectMultiValueFrom yes\nRequiredHeaders no\n", NULL, NULL,
	    { "\non-bad-from = \"reject\"\n", "on-bad-from decides about it" },
	    { "looks at From alone" } },
	{ "no mask", "Socket local:/run/s\nUMask 08\n", NULL, NULL,
	    { "it is not a file mode mask" }, { "\nsocket-mode" } },
	{ "a mask beyond all", "Socket local:/run/s\nUMask 01000\n", NULL, NULL,
	    { "it is not a file mode mask" }, { "\nsocket-mode" } },
	{ "a mask in decimal", "Socket local:/run/s\nUMask 18\n", NULL, NULL,
	    { "\nsocket-mode = \"0644\"\n" }, { NULL } },
	{ "very long keys", NULL, "MinimumKeyBits 8192\n", NULL,
	    { "more than max-key-bits (4096)" }, { "\nmin-rsa-bits" } },
	{ "keys at the bound", NULL, "MinimumKeyBits 4096\n", NULL,
	    { "\nmin-rsa-bits = 4096\n" }, { NULL } },
	{ "a header without bound", NULL, "MaximumHeaders 0\n", NULL,
	    { "there is always a limit" }, { "\nmax-header-bytes" } },
	{ "a large header", NULL, "MaximumHeaders 65536\n", NULL,
	    { "\nmax-header-bytes = \"64K\"\n" }, { "\nmax-field-bytes" } },
	{ "one facility wins", "SyslogFacility local1\n",
	    "SyslogFacility local2\n", "Socket = inet:1@localhost\n",
	    { "\nsyslog-facility = \"local1\"\n",
	        "syslog-facility = \"local1\" of opendmarc.conf:1 goes before "
	        "it" },
	    { NULL } },
	{ "no log", "Syslog no\n", NULL, NULL, { "sealwax always logs" },
	    { "\nlog-to" } },
	{ "a path of Postfix' chroot",
	    "Socket local:/var/spool/postfix/opendmarc/s\n"
	    "UserID opendmarc:postfix\nUMask 0007\n",
	    NULL, NULL,
	    { "\nsocket = \"unix:/var/spool/postfix/sealwax/sealwax.sock\"\n",
	        "\nsocket-group = \"postfix\"\n",
	        "\nsocket-mode = \"0660\"\n" },
	    { NULL } },
	{ "a port", NULL, "Socket inet:8891@[127.0.0.1]\nUMask 007\nMode v\n",
	    NULL, { "\nsocket = \"inet:8891@127.0.0.1\"\n" },
	    { "\nsocket-mode" } },
	{ "a port without host", NULL, NULL, "Socket = inet6:8893\n",
	    { "\nsocket = \"inet6:8893@::1\"\n", "listens on all addresses" },
	    { NULL } },
	{ "the SPF milter's masks are decimal", NULL, NULL,
	    "Socket = local:/run/s\nUMask = 18\n",
	    { "\nsocket-mode = \"0644\"\n" }, { NULL } },
	{ "the longest time", "DNSTimeout 5\n", "DNSTimeout 0\n",
	    "Lookup_Time = 20\n",
	    { "\ndns-deadline = \"25s\"\n",
	        "and opendkim.conf:1 asks for more" },
	    { NULL } },
	{ "hosts of all three", NULL,
	    "InternalHosts 192.0.2.0/24,!192.0.2.64/26\n"
	    "PeerList csl:192.0.2.65,2001:db8::/32\n",
	    "skip_addresses = 127.0.0.0/8,10.0.0.0/8\n",
	    { "\ninternal-networks = [\"127.0.0.0/8\", \"::1\", "
	      "\"10.0.0.0/8\",\n\t\"192.0.2.128/25\", \"192.0.2.0/26\", "
	      "\"2001:db8::/32\", \"192.0.2.65\"]\n" },
	    { NULL } },
	{ "this host is never taken out", NULL,
	    "InternalHosts 192.0.2.1,!127.0.0.0/8,!::1\n", NULL,
	    { "\ninternal-networks = [\"192.0.2.1\", \"127.0.0.0/8\", "
	      "\"::1\"]\n" },
	    { "left alone" } },
	{ "left alone by one, and so by all", "Syslog yes\n",
	    "PeerList 192.0.2.1\n", NULL, { "are left alone by all" },
	    { NULL } },
	{ "everybody is no network of ours", NULL,
	    "InternalHosts 0.0.0.0/0, ::/0\n", NULL,
	    { "InternalHosts 0.0.0.0/0", "so wide", "no network in it" },
	    { "\ninternal-networks" } },
	{ "a database", NULL, "InternalHosts dsn:mysql://u:pass@h/d/table=x\n",
	    NULL, { "from a database or", "mysql://u:***@h" }, { "pass@" } },
	{ "a relative path", NULL, "InternalHosts file:hosts\n", NULL,
	    { "the path is not absolute" }, { "\ninternal-networks" } },
	{ "a password", NULL, "LDAPBindPassword abc\n", NULL,
	    { "LDAPBindPassword ***" }, { "abc" } },
	{ "short keys", NULL, "MinimumKeyBits 512\n", NULL,
	    { "never pass (RFC 8301)" }, { "\nmin-rsa-bits" } },
	{ "long keys", NULL, "MinimumKeyBits 2048\n", NULL,
	    { "\nmin-rsa-bits = 2048\n" }, { NULL } },
	{ "a small header", NULL, "MaximumHeaders 32768\n", NULL,
	    { "\nmax-field-bytes = \"32K\"\n",
	        "\nmax-header-bytes = \"32K\"\n" },
	    { NULL } },
	{ "daemons", NULL, "MTA OUT\nMacroList {daemon_name}|IN|,auth_authen\n",
	    NULL,
	    { "\noriginating-daemon-names = [\"OUT\", \"IN\", \"ORIGINATING\", "
	      "\"MSA\"]\n",
	        "MacroList auth_authen" },
	    { NULL } },
	{ "a list that is not there", "PublicSuffixList /none\n", NULL, NULL,
	    { "no such file" }, { "\npsl-file", "\norg-domain-method" } },
	{ "a long path with blanks",
	    "PublicSuffixList /dir with blanks/dir with blanks/dir with "
	    "blanks/dir with blanks/dir with blanks/list\n",
	    NULL, NULL,
	    { "\npsl-file = \"/dir with blanks/dir with blanks/dir with "
	      "blanks/dir with blanks/dir with blanks/list\"\n" },
	    { NULL } },
	{ "users", "IgnoreAuthenticatedClients no\n", NULL, NULL,
	    { "\nskip-authenticated = \"no\"\n" }, { NULL } },
	{ "users, by default", "Syslog yes\n", NULL, NULL,
	    { "Mail of users who have logged in is not judged" },
	    { "\nskip-authenticated" } },
	{ "unknown keys", "Rejectfailures yes\nNoSuchKey x\n", NULL,
	    "testonly = 0\nNoEqualsSign\nA = B = C\n",
	    { "\nmode = \"enforce\"\n", "OpenDMARC has no such key",
	        "the SPF milter has no such key" },
	    { NULL } },
	{ "no value", "Socket\n", NULL, "Socket =\n", { "it has no value" },
	    { "\nsocket =" } },
	{ "comments anywhere", "AuthservID a.example# RejectFailures true\n",
	    NULL, NULL, { "\nauthserv-id = \"a.example\"\n" }, { "true" } },
	{ "CRLF", "RejectFailures true\r\nAuthservID a.example\r\n", NULL, NULL,
	    { "\nmode = \"enforce\"\n", "\nauthserv-id = \"a.example\"\n" },
	    { "\r" } },
};

/* The text with its comments in one line each; to be freed. */
static char *
unwrapped(const char *text)
{
	static const char *const breaks[] = { "\n#\t", "\n#   " };
	char *p = calloc(strlen(text) + 1, 1);
	size_t n = 0;

	ck_assert_ptr_nonnull(p);
	while (*text != '\0') {
		size_t skip = 0;

		for (size_t i = 0; i < COUNT(breaks); i++)
			if (strncmp(text, breaks[i], strlen(breaks[i])) == 0)
				skip = strlen(breaks[i]);
		p[n++] = skip > 0 ? ' ' : *text;
		text += skip > 0 ? skip : 1;
	}
	return p;
}

START_TEST(single_lines)
{
	const struct deed *row = &deeds[_i];
	struct world world = { 0 };
	const char *paths[4] = { NULL };
	const char *const texts[] = { row->dmarc, row->dkim, row->spf };
	size_t n_paths = 0;
	struct imported got;
	char *flat;

	world.file[world.n_files++] = (struct world_file){
		"/dir with blanks/dir with blanks/dir with blanks/dir with "
		"blanks/dir with blanks/list",
		"example\n", 0
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (texts[i] == NULL)
			continue;
		paths[n_paths++] = programs[i].path;
		world.file[world.n_files++] =
		    (struct world_file){ programs[i].path, texts[i], 0 };
	}
	got = import_world(&world, paths);
	ck_assert_msg(
	    got.end == WAX_IMPORT_DONE, "%s: %s", row->name, got.heard.text);
	flat = unwrapped(got.text);
	for (size_t i = 0; i < COUNT(row->has) && row->has[i] != NULL; i++)
		ck_assert_msg(strstr(got.text, row->has[i]) != NULL ||
		                  strstr(flat, row->has[i]) != NULL,
		    "%s: no \"%s\" in\n%s", row->name, row->has[i], got.text);
	for (size_t i = 0; i < COUNT(row->lacks) && row->lacks[i] != NULL; i++)
		ck_assert_msg(strstr(got.text, row->lacks[i]) == NULL,
		    "%s: \"%s\" in\n%s", row->name, row->lacks[i], got.text);
	free(flat);
	assert_loads(got.text);
	imported_free(&got);
}
END_TEST

/* Keys of ours that this version may not obey yet: then they are said, and
 * not set, and who was spared is not refused. */
static const struct later {
	const char *key, *path, *text, *setting;
} laters[] = {
	{ "relays", "pyspf-milter.conf",
	    "Whitelist = 198.51.100.7,[2001:db8::1],relay.example\n",
	    "relays = ( { name = \"from-Whitelist\"; networks = "
	    "[\"198.51.100.7\", \"2001:db8::1\"] } )" },
	{ "trusted-sealers", "opendmarc.conf",
	    "DomainWhitelist a.example, b.example\n",
	    "trusted-sealers = [\"a.example\", \"b.example\"]" },
};

START_TEST(keys_of_later_versions)
{
	const struct later *row = &laters[_i];
	const struct wax_conf_key *key =
	    wax_conf_key_find(wax_str_of(row->key));
	struct world world = { 1, { { row->path, row->text, 0 } } };
	struct imported got =
	    import_world(&world, (const char *const[]){ row->path, NULL });
	char *flat, setting[256];

	ck_assert_msg(got.end == WAX_IMPORT_DONE, "%s", got.heard.text);
	flat = unwrapped(got.text);
	for (char *p = flat; (p = strstr(p, "\n\t")) != NULL; p += 2)
		memcpy(p, " ", 1), memmove(p + 1, p + 2, strlen(p + 2) + 1);
	(void)snprintf(setting, sizeof setting, "%s%s",
	    key->since == NULL ? "\n" : "then write: ", row->setting);
	ck_assert_msg(strstr(flat, setting) != NULL, "%s", flat);
	if (strcmp(row->key, "relays") == 0) {
		ck_assert_ptr_nonnull(strstr(flat,
		    key->since == NULL ? "\non-spf-fail = \"reject\"\n"
		                       : "\non-spf-fail = \"quarantine\"\n"));
		ck_assert_ptr_nonnull(
		    strstr(flat, "Whitelist = relay.example"));
		ck_assert_int_eq(key->since == NULL,
		    strstr(flat, "Hosts of Whitelist are relays") != NULL);
	}
	assert_loads(got.text);
	free(flat);
	imported_free(&got);
}
END_TEST

Suite *
import_suite(void)
{
	Suite *suite = suite_create("import");
	TCase *tcase = tcase_create("tables");

	tcase_add_checked_fixture(tcase, heard_setup, heard_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(
	    tcase, every_key_of_the_manuals_is_known, 0, COUNT(programs));
	tcase_add_loop_test(tcase, rows_are_complete, 0, COUNT(programs));
	tcase_add_loop_test(
	    tcase, every_key_with_any_value, 0, COUNT(programs));
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("mail");
	tcase_add_checked_fixture(tcase, heard_setup, heard_teardown);
	tcase_add_loop_test(tcase, installations, 0, COUNT(fixtures));
	tcase_add_loop_test(tcase, no_line_is_lost, 0, COUNT(fixtures));
	tcase_add_loop_test(tcase, single_lines, 0, COUNT(deeds));
	tcase_add_loop_test(tcase, keys_of_later_versions, 0, COUNT(laters));
	suite_add_tcase(suite, tcase);
	return suite;
}

Suite *(*const wax_suites[])(
    void) = { import_suite, import_hostile_suite, NULL };
