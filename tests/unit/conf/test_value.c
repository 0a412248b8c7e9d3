/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each key of the table: its bounds, its words, its type; and names that are
 * none.
 */
#include <stdlib.h>
#include <string.h>

#include "milter/conf/quantity.h"
#include "milter/conf/schema.h"
#include "milter/conf/suggest.h"
#include "tests/unit/conf/heard.h"

static const struct value {
	const char *name, *text, *heard;
} values[] = {
	{ "switches", "received-spf = true\nskip-authenticated = \"NO\"\n",
	    "" },
	{ "no switch", "received-spf = \"maybe\"\n",
	    "E t.conf:1: received-spf: \"maybe\" is neither yes nor no; use "
	    "\"yes\" or \"no\" (default no)\n" },
	{ "a number for a switch", "received-spf = 1\n",
	    "E t.conf:1: received-spf: 1 does not fit here; use \"yes\" or "
	    "\"no\" (default no)\n" },
	{ "a list for a switch", "received-spf = [\"yes\"]\n",
	    "E t.conf:1: received-spf: a list does not fit here; use \"yes\" "
	    "or \"no\" (default no)\n" },
	{ "a group for a text", "user = { }\n",
	    "E t.conf:1: user: a group does not fit here; use a text in "
	    "quotes (default sealwax)\n" },
	{ "a switch for a text", "user = true\n",
	    "E t.conf:1: user: yes does not fit here; use a text in quotes "
	    "(default sealwax)\n" },
	{ "a word that is nearly right", "mode = \"enforced\"\n",
	    "E t.conf:1: mode: \"enforced\" is not known; write mode = "
	    "\"enforce\"\n" },
	{ "an empty word", "mode = \"\"\n",
	    "E t.conf:1: mode: \"\" is not known; use \"monitor\" or "
	    "\"enforce\" (default monitor)\n" },
	{ "a word of three", "on-limit = \"tempfail\"\n",
	    "E t.conf:1: on-limit: \"tempfail\" is not known; use "
	    "\"quarantine\", \"reject\" or \"accept\" (default "
	    "quarantine)\n" },
	{ "a number for a word", "mode = 1\n",
	    "E t.conf:1: mode: 1 does not fit here; use \"monitor\" or "
	    "\"enforce\" (default monitor)\n" },
	{ "arc = false", "arc = false\n",
	    "W t.conf:1: arc: has no effect yet: it works from a later "
	    "version on\n" },
	{ "a duration of 0", "dns-deadline = \"0s\"\n",
	    "E t.conf:1: dns-deadline: \"0s\" is out of range; use 1s to 25s "
	    "(default 8s)\n" },
	{ "a bare number for a duration", "dns-deadline = 8\n",
	    "E t.conf:1: dns-deadline: 8 has no unit; write dns-deadline = "
	    "\"8s\"\n" },
	{ "a duration without unit", "dns-deadline = \"8\"\n",
	    "E t.conf:1: dns-deadline: \"8\" has no unit; write dns-deadline "
	    "= \"8s\"\n" },
	{ "no duration", "dns-deadline = \"8 parsecs\"\n",
	    "E t.conf:1: dns-deadline: \"8 parsecs\" is not a duration; use "
	    "1s to 25s (default 8s)\n" },
	{ "a fraction", "dns-deadline = 1.5\n",
	    "E t.conf:1: dns-deadline: 1.5 is not a whole number; use 1s to "
	    "25s (default 8s)\n" },
	{ "a duration with a word", "journal-sync = \"never\"\n",
	    "E t.conf:1: journal-sync: \"never\" is not a duration; use "
	    "100ms to 1m or \"always\" (default 1s)\n" },
	{ "a size as a number", "max-memory = 67108864\n", "" },
	{ "no size", "max-memory = \"lots\"\n",
	    "E t.conf:1: max-memory: \"lots\" is not a size; use 16M to 1T "
	    "(default 256M)\n" },
	{ "a size beyond all numbers", "max-memory = \"99999999999T\"\n",
	    "E t.conf:1: max-memory: \"99999999999T\" is not a size; use 16M "
	    "to 1T (default 256M)\n" },
	{ "a number in quotes", "max-fields = \"100\"\n", "" },
	{ "no number", "max-fields = \"many\"\n",
	    "E t.conf:1: max-fields: \"many\" is not a whole number; use 50 "
	    "to 100000 (default 5000)\n" },
	{ "a negative number", "max-fields = -1\n",
	    "E t.conf:1: max-fields: -1 is out of range; use 50 to 100000 "
	    "(default 5000)\n" },
	{ "permissions without quotes", "socket-mode = 0660\n",
	    "E t.conf:1: socket-mode: 660 must stand in quotes; write "
	    "socket-mode = \"0660\"\n" },
	{ "permissions in decimal", "socket-mode = \"0680\"\n",
	    "E t.conf:1: socket-mode: \"0680\" is not an octal number; use "
	    "0000 to 0777 (default 0660)\n" },
	{ "an empty text", "user = \"\"\n",
	    "E t.conf:1: user: may not be empty; leave it out for the default "
	    "sealwax\n" },
	{ "an empty name", "authserv-id = \"\"\n",
	    "E t.conf:1: authserv-id: may not be empty; leave it out\n" },
	{ "a text for a list", "resolver = \"127.0.0.1\"\n",
	    "E t.conf:1: resolver: a list is needed; write resolver = "
	    "[\"127.0.0.1\"]\n" },
	{ "a number for a list", "resolver = 1\n",
	    "E t.conf:1: resolver: this value does not fit here; use a list "
	    "of texts: [\"A\", \"B\"]\n" },
	{ "numbers in a list", "resolver = [1, 2]\n",
	    "E t.conf:1: resolver: 1 must stand in quotes; use a list of "
	    "texts: [\"A\", \"B\"]\n"
	    "E t.conf:1: resolver: 2 must stand in quotes; use a list of "
	    "texts: [\"A\", \"B\"]\n" },
	{ "a list in a list", "resolver = ([\"127.0.0.1\"])\n",
	    "E t.conf:1: resolver: a list does not fit here; use a list of "
	    "texts: [\"A\", \"B\"]\n" },
	{ "an empty member", "resolver = [\"\"]\n",
	    "E t.conf:1: resolver: \"\" is empty; use a list of texts: "
	    "[\"A\", \"B\"]\n" },
	{ "networks, each on its line",
	    "internal-networks = [\n  \"192.0.2.0/24\",\n  \"10.0.0.0/33\",\n"
	    "  \"2001:db8::/129\"\n]\n",
	    "E t.conf:3: internal-networks: \"10.0.0.0/33\" is not a network; "
	    "use a list of networks: [\"192.0.2.0/24\", \"::1\"]\n"
	    "E t.conf:4: internal-networks: \"2001:db8::/129\" is not a "
	    "network; use a list of networks: [\"192.0.2.0/24\", \"::1\"]\n" },
	{ "parentheses will do", "internal-networks = (\"192.0.2.0/24\")\n",
	    "" },
	{ "every client", "internal-networks = [\"::1\", \"0.0.0.0/0\"]\n",
	    "W t.conf:1: internal-networks: a prefix of 0 makes every client "
	    "internal: no mail of that family is judged\n" },
	/* Sockets. */
	{ "a path alone", "socket = \"/run/x.sock\"\n",
	    "E t.conf:1: socket: \"/run/x.sock\" has no type; write "
	    "unix:/run/x.sock\n" },
	{ "a relative path", "socket = \"unix:x.sock\"\n",
	    "E t.conf:1: socket: \"unix:x.sock\" is not an absolute path; "
	    "write unix:/PATH\n" },
	{ "local", "socket = \"local:/run/x.sock\"\n", "" },
	{ "inet", "socket = \"inet:8891@127.0.0.1\"\n", "" },
	{ "inet by name", "socket = \"inet:8891@localhost\"\n", "" },
	{ "inet6", "socket = \"inet6:65535@::1\"\n", "" },
	{ "port 0", "socket = \"inet:0@127.0.0.1\"\n",
	    "E t.conf:1: socket: \"inet:0@127.0.0.1\" has no port of 1 to "
	    "65535; write inet:PORT@HOST\n" },
	{ "port 65536", "socket = \"inet:65536@127.0.0.1\"\n",
	    "E t.conf:1: socket: \"inet:65536@127.0.0.1\" has no port of 1 to "
	    "65535; write inet:PORT@HOST\n" },
	{ "no host", "socket = \"inet:8891\"\n",
	    "E t.conf:1: socket: \"inet:8891\" names no host; write "
	    "inet:8891@127.0.0.1, or another address of this host\n" },
	{ "no host, IPv6", "socket = \"inet6:8891@\"\n",
	    "E t.conf:1: socket: \"inet6:8891@\" names no host; write "
	    "inet6:8891@::1, or another address of this host\n" },
	{ "wrong family", "socket = \"inet:8891@::1\"\n",
	    "E t.conf:1: socket: \"inet:8891@::1\" mixes families; write "
	    "inet6:8891@::1\n" },
	{ "wrong family, IPv6", "socket = \"inet6:8891@127.0.0.1\"\n",
	    "E t.conf:1: socket: \"inet6:8891@127.0.0.1\" mixes families; "
	    "write inet:8891@127.0.0.1\n" },
	{ "no host name", "socket = \"inet:8891@a b\"\n",
	    "E t.conf:1: socket: \"inet:8891@a b\" has no address or name "
	    "behind the @; write inet:PORT@HOST\n" },
	{ "no socket at all", "socket = \"tcp:8891\"\n",
	    "E t.conf:1: socket: \"tcp:8891\" is not a socket; use unix:PATH, "
	    "inet:PORT@HOST or inet6:PORT@HOST\n" },
	/* Other texts. */
	{ "a relative directory", "state-dir = \"x\"\n",
	    "E t.conf:1: state-dir: \"x\" is not an absolute path; write "
	    "/...\n" },
	{ "an odd name for syslog", "syslog-name = \"a b\"\n",
	    "E t.conf:1: syslog-name: \"a b\" is not a plain name; use at "
	    "most 64 letters, digits, and - _ . without blanks\n" },
	{ "an id with a blank", "strip-authserv-ids = [\"a b\"]\n",
	    "E t.conf:1: strip-authserv-ids: \"a b\" is not a name for "
	    "Authentication-Results; use a host name\n" },
	{ "an id of letters beyond ASCII",
	    "strip-authserv-ids = [\"b\xc3\xbc"
	    "cher.example\"]\n",
	    "E t.conf:1: strip-authserv-ids: \"b\\xc3\\xbc"
	    "cher.example\" is not ASCII; write its A-labels: "
	    "xn--bcher-kva.example\n" },
	{ "an id that is a token", "strip-authserv-ids = [\"mx1\"]\n", "" },
	{ "a daemon with blanks", "originating-daemon-names = [\"A B\"]\n",
	    "E t.conf:1: originating-daemon-names: \"A B\" is not a plain "
	    "name; use at most 64 letters, digits, and - _ . without "
	    "blanks\n" },
	{ "no URL", "reject-url = \"www.example.org\"\n",
	    "E t.conf:1: reject-url: \"www.example.org\" is not a web "
	    "address; use https://HOST/PATH\n" },
	{ "a URL without host", "reject-url = \"https://\"\n",
	    "E t.conf:1: reject-url: \"https://\" names no host; use "
	    "https://HOST/PATH\n" },
	{ "a URL with a percent sign", "reject-url = \"https://a/%41\"\n",
	    "E t.conf:1: reject-url: \"https://a/%41\" holds a blank, a %, or "
	    "what does not belong into an SMTP reply; use https://HOST/PATH "
	    "of plain letters\n" },
	{ "a URL with a blank", "reject-url = \"https://a/b c\"\n",
	    "E t.conf:1: reject-url: \"https://a/b c\" holds a blank, a %, or "
	    "what does not belong into an SMTP reply; use https://HOST/PATH "
	    "of plain letters\n" },
	{ "resolvers", "resolver = [\"127.0.0.1\", \"::1@5353\"]\n", "" },
	{ "no resolver", "resolver = [\"ns.example\", \"127.0.0.1@0\"]\n",
	    "E t.conf:1: resolver: \"ns.example\" is not a name server; use "
	    "ADDRESS or ADDRESS@PORT, such as 127.0.0.1@53\n"
	    "E t.conf:1: resolver: \"127.0.0.1@0\" is not a name server; use "
	    "ADDRESS or ADDRESS@PORT, such as 127.0.0.1@53\n" },
	{ "no store", "store = \"mysql://u:geheim@a/b\"\n",
	    "E t.conf:1: store: \"mysql://u:***@a/b\" is not a store; use "
	    "sqlite:/PATH or postgresql://HOST/NAME\n" },
	{ "no mail server", "report-smtp = \"127.0.0.1\"\n",
	    "E t.conf:1: report-smtp: \"127.0.0.1\" is not a mail server; use "
	    "smtp://HOST:PORT or smtps://HOST:PORT\n" },
	{ "a password in a URL", "report-smtp = \"smtp://u:geheim@h\"\n",
	    "E t.conf:1: report-smtp: \"smtp://u:***@h\" holds a password; "
	    "write smtp://USER@HOST, and the password into a file "
	    "(report-smtp-password-file)\n" },
	{ "a mail server without a host", "report-smtp = \"smtp://\"\n",
	    "E t.conf:1: report-smtp: \"smtp://\" names no host; use "
	    "smtp://HOST:PORT or smtps://HOST:PORT\n" },
	{ "a mail server with a blank", "report-smtp = \"smtp://a b\"\n",
	    "E t.conf:1: report-smtp: \"smtp://a b\" holds a blank, or what "
	    "does not belong into a host name; use smtp://HOST:PORT\n" },
	{ "addresses", "report-from = \"a.b-c+d@example.org\"\n", "" },
	{ "no address", "report-from = \"example.org\"\n",
	    "E t.conf:1: report-from: \"example.org\" is not an address; use "
	    "one such as dmarc-reports@example.org\n" },
	{ "no address either", "report-from = \"a b@example.org\"\n",
	    "E t.conf:1: report-from: \"a b@example.org\" is not an address; "
	    "use one such as dmarc-reports@example.org\n" },
	{ "an address without a local-part", "report-from = \"@a.example\"\n",
	    "E t.conf:1: report-from: \"@a.example\" is not an address; use "
	    "one such as dmarc-reports@example.org\n" },
	{ "two dots in a local-part", "report-from = \"a..b@a.example\"\n",
	    "E t.conf:1: report-from: \"a..b@a.example\" is not an address; "
	    "use one such as dmarc-reports@example.org\n" },
	{ "an address at a top-level domain", "report-from = \"a@example\"\n",
	    "E t.conf:1: report-from: \"a@example\" is not an address; use "
	    "one such as dmarc-reports@example.org\n" },
	{ "an address with a final dot", "report-from = \"a@b.example.\"\n",
	    "E t.conf:1: report-from: \"a@b.example.\" is not in its plain "
	    "form; write a@b.example\n" },
	{ "no domain", "report-dkim-domain = \"a..b\"\n",
	    "E t.conf:1: report-dkim-domain: \"a..b\" is not a domain; use a "
	    "name such as example.org\n" },
	{ "a domain with a dot", "report-dkim-domain = \"example.org.\"\n",
	    "E t.conf:1: report-dkim-domain: \"example.org.\" is not in its "
	    "plain form; write example.org\n" },
	{ "a selector of digits",
	    "report-dkim-domain = \"a.example\"\n"
	    "report-dkim-selector = \"2026\"\n"
	    "report-dkim-key = \"/key\"\n",
	    "" },
	{ "no selector", "report-dkim-selector = \"a b\"\n",
	    "E t.conf:1: report-dkim-selector: \"a b\" is not a selector; use "
	    "letters, digits and hyphens\n" },
	/* Features to come. */
	{ "the default of one",
	    "iprev = \"yes\"\nrules = ()\nshadow = {}\n"
	    "relays = ()\non-null-mx = \"none\"\n",
	    "" },
	{ "warned of", "iprev = \"no\"\nmetrics-listen = \"127.0.0.1:9117\"\n",
	    "W t.conf:1: iprev: has no effect yet: it works from a later "
	    "version on\n"
	    "W t.conf:2: metrics-listen: has no effect yet: it works from "
	    "version 0.6 on\n" },
	{ "rules",
	    "rules = (\n { name = \"lists\"; client = [\"192.0.2.0/24\"];\n"
	    "   dkim-domain = \"lists.example\"; action = \"none\"; },\n"
	    " { name = \"x\", action = \"reject\", comment = \"\" } )\n",
	    "E t.conf:1: rules: would not be obeyed: it works from a later "
	    "version on; leave it out\n" },
	{ "what is wrong in rules",
	    "rules = (\n { name = \"\"; client = \"x\"; action = \"drop\" },\n"
	    " { nam = \"y\" }, \"z\" )\n",
	    "E t.conf:2: rules: name: may not be empty\n"
	    "E t.conf:2: rules: client: \"x\" is not a network; use a list of "
	    "networks: [\"192.0.2.0/24\", \"::1\"]\n"
	    "E t.conf:2: rules: action: \"drop\" is not known; use \"none\", "
	    "\"quarantine\", \"reject\", \"tempfail\" or \"skip\"\n"
	    "E t.conf:3: rules: nam is not known here; use name, "
	    "author-domain, client, client-name, dkim-domain, spf-domain, "
	    "sealer, recipient, list-id, spf, dkim, action, comment\n"
	    "E t.conf:3: rules: there is no name in this group; add it\n"
	    "E t.conf:3: rules: there is no action in this group; add it\n"
	    "E t.conf:3: rules: this value does not fit here; use a list of "
	    "groups: ( { NAME = \"VALUE\" } )\n" },
	{ "no rules", "rules = \"none\"\n",
	    "E t.conf:1: rules: this value does not fit here; use a list of "
	    "groups: ( { NAME = \"VALUE\" } )\n" },
	{ "a shadow",
	    "shadow = { on-reject = \"always\"; rules = ( { name = \"x\"; "
	    "action = \"skip\" } ) }\n",
	    "E t.conf:1: shadow: would not be obeyed: it works from a later "
	    "version on; leave it out\n" },
	{ "what is wrong in a shadow",
	    "shadow = {\n on-reject = \"never\"; mode = \"enforce\";\n"
	    " rules = ( { name = \"x\"; action = 1 } ) }\n",
	    "E t.conf:2: shadow: on-reject: \"never\" is not known; use "
	    "\"corroborated\", \"always\" or \"quarantine\"\n"
	    "E t.conf:2: shadow: mode is not known here; use on-reject, "
	    "on-temperror, on-overload, on-internal-error, on-limit, "
	    "on-bad-from, on-spf-fail, on-dkim-fail, on-null-mx, "
	    "on-relay-reject, rules\n"
	    "E t.conf:3: shadow: rules: action: 1 does not fit here; use "
	    "\"none\", \"quarantine\", \"reject\", \"tempfail\" or "
	    "\"skip\"\n" },
	{ "no shadow", "shadow = 1\n",
	    "E t.conf:1: shadow: this value does not fit here; use a group: { "
	    "NAME = \"VALUE\" }\n" },
	{ "relays", "relays = ( { name = \"mx2\" } )\n",
	    "E t.conf:1: relays: there is no networks in this group; add "
	    "it\n" },
	{ "a relay",
	    "relays = ( { name = \"mx2\"; networks = \"10.0.0.0/8\" } )\n",
	    "" },
	{ "relay without a name",
	    "relays = ( { name = \"\"; networks = [\"10.0.0.1\"] } )\n",
	    "E t.conf:1: relays: name: may not be empty\n" },
	{ "relay without networks",
	    "relays = ( { name = \"mx2\"; networks = [] } )\n",
	    "E t.conf:1: relays: \"mx2\" has no networks; write its addresses "
	    "there\n" },
	{ "relay by name",
	    "relays = ( { name = \"mx2\"; networks = [\"mx2.example\"] } )\n",
	    "E t.conf:1: relays: networks: \"mx2.example\" is not a network; "
	    "use "
	    "a list of networks: [\"192.0.2.0/24\", \"::1\"]\n" },
	{ "everybody is a relay",
	    "relays = (\n { name = \"all\"; networks = [\"0.0.0.0/0\", "
	    "\"2000::/15\", \"10.0.0.0/8\", \"2001::/16\"] } )\n",
	    "E t.conf:2: relays: \"all\": whoever is in a network of prefix 0 "
	    "is "
	    "believed about whom a message is from; name the addresses of the "
	    "relay\n"
	    "E t.conf:2: relays: \"all\": whoever is in a network of prefix 15 "
	    "is "
	    "believed about whom a message is from; name the addresses of the "
	    "relay\n" },
	{ "relays of one name",
	    "relays = ( { name = \"a\"; networks = [\"10.0.0.1\"] },\n"
	    " { name = \"a\"; networks = [\"10.0.0.2\"] } )\n",
	    "E t.conf:2: relays: two groups have the name \"a\", and the log "
	    "could "
	    "not tell them apart; put their networks in one, or rename one\n" },
	/* Names that are none. */
	{ "a letter missing", "on-rejct = \"always\"\n",
	    "E t.conf:1: on-rejct: is not a key; did you mean on-reject?\n" },
	{ "letters swapped", "resovler = []\n",
	    "E t.conf:1: resovler: is not a key; did you mean resolver?\n" },
	{ "underscores", "internal_networks = []\n",
	    "E t.conf:1: internal_networks: is not a key; did you mean "
	    "internal-networks?\n" },
	{ "upper case", "Socket = \"unix:/x\"\n",
	    "E t.conf:1: Socket: is not a key; did you mean socket?\n" },
	{ "nothing like it", "zebra = \"\"\n",
	    "E t.conf:1: zebra: is not a key; sealwax.conf(5) lists them\n" },
};

START_TEST(every_value)
{
	const struct value *row = &values[_i];
	struct heard heard;
	struct wax_snapshot *snapshot = load(row->text, NULL, &heard);

	ck_assert_msg(strcmp(heard.text, row->heard) == 0,
	    "%s:\n%sexpected:\n%s", row->name, heard.text, row->heard);
	ck_assert_msg((snapshot == NULL) == (strstr(heard.text, "E ") != NULL),
	    "%s", row->name);
	wax_snapshot_unref(snapshot);
}
END_TEST

static const struct foreign {
	const char *theirs, *ours;
} foreigns[] = {
	{ "AuthservID", "authserv-id" },
	{ "IgnoreHosts", "internal-networks" },
	{ "ignorehosts", "internal-networks" },
	{ "InternalHosts", "internal-networks" },
	{ "IgnoreAuthenticatedClients", "skip-authenticated" },
	{ "PublicSuffixList", "psl-file" },
	{ "MinimumKeyBits", "min-rsa-bits" },
	{ "Nameservers", "resolver" },
	{ "On-DNSError", "on-temperror" },
	{ "On-InternalError", "on-internal-error" },
	{ "PidFile", "pid-file" },
	{ "SyslogFacility", "syslog-facility" },
	{ "SyslogName", "syslog-name" },
	{ "UMask", "socket-mode" },
	{ "UserID", "user" },
	{ "socket", "" },             /* a key */
	{ "TrustedAuthservIDs", "" }, /* means the opposite of ours */
	{ "", "" },
};

START_TEST(foreign_names)
{
	const struct foreign *row = &foreigns[_i];
	struct wax_arena *arena = wax_arena_new("test", 1024);

	ck_assert_wax_str_eq(
	    wax_conf_suggest(arena, wax_exact(row->theirs)), row->ours);
	wax_arena_free(arena);
}
END_TEST

START_TEST(distances)
{
	static const struct {
		const char *a, *b;
		size_t most, distance;
	} rows[] = {
		{ "", "", 0, 0 },
		{ "abc", "abc", 0, 0 },
		{ "a-b_c.", "ABC", 0, 0 },
		{ "abc", "abd", 1, 1 },
		{ "abc", "acb", 1, 1 },
		{ "abc", "ab", 1, 1 },
		{ "abc", "abcd", 1, 1 },
		{ "abcd", "badc", 2, 2 },
		{ "abcd", "badc", 1, 2 },
		{ "kitten", "sitting", 3, 3 },
		{ "abc", "xyz", 2, 3 },
		{ "a", "abcdef", 2, 3 },
	};
	struct wax_arena *arena = wax_arena_new("test", 1024);
	char name[66];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_msg(
		    wax_conf_distance(arena, wax_exact(rows[i].a),
		        wax_exact(rows[i].b), rows[i].most) == rows[i].distance,
		    "%s, %s", rows[i].a, rows[i].b);
	/* As long as it may be, and one more. */
	memset(name, 'a', sizeof name);
	ck_assert_uint_eq(wax_conf_distance(arena, wax_exact_n(name, 64),
	                      wax_exact_n(name, 64), 9),
	    0);
	ck_assert_uint_eq(wax_conf_distance(arena, wax_exact_n(name, 65),
	                      wax_exact_n(name, 65), 9),
	    10);
	wax_arena_free(arena);
}
END_TEST

static const struct quantity {
	const char *text;
	enum wax_quantity duration;
	uint64_t ms;
	const char *shown;
	enum wax_quantity size;
	uint64_t bytes;
} quantities[] = {
	{ "0s", WAX_QUANTITY_GOOD, 0, "0s", WAX_QUANTITY_BAD, 0 },
	{ "0", WAX_QUANTITY_NO_UNIT, 0, NULL, WAX_QUANTITY_GOOD, 0 },
	{ "500ms", WAX_QUANTITY_GOOD, 500, "500ms", WAX_QUANTITY_BAD, 0 },
	{ "8000ms", WAX_QUANTITY_GOOD, 8000, "8s", WAX_QUANTITY_BAD, 0 },
	{ "1500ms", WAX_QUANTITY_GOOD, 1500, "1500ms", WAX_QUANTITY_BAD, 0 },
	{ "90s", WAX_QUANTITY_GOOD, 90000, "90s", WAX_QUANTITY_BAD, 0 },
	{ "60 s", WAX_QUANTITY_GOOD, 60000, "1m", WAX_QUANTITY_BAD, 0 },
	{ "1M", WAX_QUANTITY_GOOD, 60000, "1m", WAX_QUANTITY_GOOD, 1 << 20 },
	{ "24h", WAX_QUANTITY_GOOD, 86400000, "1d", WAX_QUANTITY_BAD, 0 },
	{ "7d", WAX_QUANTITY_GOOD, 604800000, "7d", WAX_QUANTITY_BAD, 0 },
	{ "64k", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_GOOD, 65536 },
	{ "2G", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_GOOD, 1ULL << 31 },
	{ "1T", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_GOOD, 1ULL << 40 },
	{ "", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_BAD, 0 },
	{ "s", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_BAD, 0 },
	{ "-1s", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_BAD, 0 },
	{ "1.5s", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_BAD, 0 },
	{ "1h30m", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_BAD, 0 },
	{ "1MB", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_BAD, 0 },
	{ "999999999999T", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_BAD, 0 },
	{ "1000000000000000ms", WAX_QUANTITY_BAD, 0, NULL, WAX_QUANTITY_BAD,
	    0 },
};

START_TEST(every_quantity)
{
	const struct quantity *row = &quantities[_i];
	struct wax_arena *arena = wax_arena_new("test", 1024);
	struct wax_str text = wax_exact(row->text);
	uint64_t ms = 0, bytes = 0;

	ck_assert_int_eq(wax_duration_parse(text, &ms), row->duration);
	ck_assert_int_eq(wax_size_parse(text, &bytes), row->size);
	if (row->duration == WAX_QUANTITY_GOOD) {
		ck_assert_uint_eq(ms, row->ms);
		ck_assert_wax_str_eq(
		    wax_duration_format(arena, ms), row->shown);
	}
	if (row->size == WAX_QUANTITY_GOOD)
		ck_assert_uint_eq(bytes, row->bytes);
	wax_arena_free(arena);
}
END_TEST

START_TEST(octal)
{
	struct wax_arena *arena = wax_arena_new("test", 1024);
	uint64_t mode = 1;

	ck_assert_int_eq(
	    wax_octal_parse(wax_exact("0660"), &mode), WAX_QUANTITY_GOOD);
	ck_assert_uint_eq(mode, 0660);
	ck_assert_int_eq(
	    wax_octal_parse(wax_exact("7777777"), &mode), WAX_QUANTITY_GOOD);
	ck_assert_uint_eq(mode, 07777777);
	ck_assert_int_eq(
	    wax_octal_parse(wax_exact("07777777"), &mode), WAX_QUANTITY_BAD);
	ck_assert_int_eq(
	    wax_octal_parse(wax_exact("8"), &mode), WAX_QUANTITY_BAD);
	ck_assert_int_eq(
	    wax_octal_parse(wax_exact(""), &mode), WAX_QUANTITY_BAD);
	ck_assert_wax_str_eq(wax_octal_format(arena, 060), "0060");
	wax_arena_free(arena);
}
END_TEST

static bool
has_bounds(const struct wax_conf_key *key)
{
	return key->type == WAX_TYPE_NUMBER || key->type == WAX_TYPE_SIZE ||
	       key->type == WAX_TYPE_DURATION || key->type == WAX_TYPE_MODE;
}

/* With the limits that depend on each other out of each other's way. */
static void
try_number(const struct wax_conf_key *key, uint64_t number, bool is_good)
{
	static const char *const apart[] = { "max-field-bytes=1K",
		"max-header-bytes=64M", "max-key-bits=16384" };
	const char *overrides[4] = { NULL };
	size_t n = 0;
	struct heard heard;
	struct wax_snapshot *snapshot;
	char text[128], out_of_range[160];

	for (size_t i = 0; i < 3; i++)
		if (strncmp(apart[i], key->name, strlen(key->name)) != 0 &&
		    (i > 0 || strcmp(key->name, "max-header-bytes") == 0) &&
		    (i != 1 || strcmp(key->name, "max-field-bytes") == 0))
			overrides[n++] = apart[i];
	(void)snprintf(text, sizeof text,
	    key->type == WAX_TYPE_MODE       ? "%s = \"%llo\"\n"
	    : key->type == WAX_TYPE_DURATION ? "%s = \"%llums\"\n"
	                                     : "%s = %llu\n",
	    key->name, (unsigned long long)number);
	snapshot = load(text, overrides, &heard);
	(void)snprintf(
	    out_of_range, sizeof out_of_range, "E t.conf:1: %s: ", key->name);
	ck_assert_msg(
	    (snapshot != NULL) == is_good, "%s: %s", text, heard.text);
	ck_assert_msg(
	    is_good ||
	        (strncmp(heard.text, out_of_range, strlen(out_of_range)) == 0 &&
	            strstr(heard.text, "is out of range; use ") != NULL),
	    "%s: %s", text, heard.text);
	if (is_good) {
		const char *at =
		    (const char *)wax_snapshot_config(snapshot) + key->offset;
		uint64_t wide = 0;
		uint32_t narrow = 0;

		if (key->size == sizeof wide) {
			memcpy(&wide, at, sizeof wide);
		} else {
			ck_assert_uint_eq(key->size, sizeof narrow);
			memcpy(&narrow, at, sizeof narrow);
			wide = narrow;
		}
		ck_assert_msg(wide == number, "%s", text);
	}
	wax_snapshot_unref(snapshot);
}

START_TEST(bounds)
{
	size_t n = 0;

	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];

		if (!has_bounds(key))
			continue;
		n++;
		ck_assert_msg(key->min < key->max, "%s", key->name);
		try_number(key, key->min, true);
		try_number(key, key->max, true);
		if (key->min > 0)
			try_number(key, key->min - 1, false);
		try_number(key, key->max + 1, false);
	}
	ck_assert_uint_gt(n, 25);
}
END_TEST

/* Every word of every key, and what is in the configuration afterwards. */
START_TEST(words)
{
	size_t n = 0;

	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];

		for (size_t j = 0;
		     key->type == WAX_TYPE_WORD && key->words[j].word != NULL;
		     j++) {
			struct heard heard;
			struct wax_snapshot *snapshot;
			char text[128];
			int value = 0;

			if (key->is_refused)
				continue;
			(void)snprintf(text, sizeof text, "%s = \"%s\"\n",
			    key->name, key->words[j].word);
			snapshot = load(text, NULL, &heard);
			ck_assert_msg(
			    snapshot != NULL, "%s: %s", text, heard.text);
			memcpy(&value,
			    (const char *)wax_snapshot_config(snapshot) +
			        key->offset,
			    key->size);
			ck_assert_msg(value == key->words[j].value, "%s", text);
			wax_snapshot_unref(snapshot);
			n++;
		}
	}
	ck_assert_uint_gt(n, 50);
}
END_TEST

/* The length of a socket's path: the longest, and one more. */
START_TEST(socket_length)
{
	char text[256] = "socket = \"unix:/";
	size_t n = strlen(text);
	struct heard heard;
	struct wax_snapshot *snapshot;

	memset(text + n, 'x', 106);
	(void)snprintf(text + n + 106, sizeof text - n - 106, "\"\n");
	snapshot = load(text, NULL, &heard);
	ck_assert_str_eq(heard.text, "");
	wax_snapshot_unref(snapshot);
	(void)snprintf(text + n + 106, sizeof text - n - 106, "x\"\n");
	ck_assert_ptr_null(load(text, NULL, &heard));
	ck_assert_ptr_nonnull(strstr(heard.text,
	    " is too long a path for a socket; use at most 107 octets\n"));
}
END_TEST

START_TEST(url_length)
{
	char text[256] = "reject-url = \"https://";
	size_t n = strlen(text), room = 200 - strlen("https://");
	struct heard heard;
	struct wax_snapshot *snapshot;

	memset(text + n, 'x', room);
	(void)snprintf(text + n + room, sizeof text - n - room, "\"\n");
	snapshot = load(text, NULL, &heard);
	ck_assert_str_eq(heard.text, "");
	wax_snapshot_unref(snapshot);
	(void)snprintf(text + n + room, sizeof text - n - room, "x\"\n");
	ck_assert_ptr_null(load(text, NULL, &heard));
	ck_assert_ptr_nonnull(strstr(heard.text, "use at most 200 octets\n"));
}
END_TEST

Suite *
value_suite(void)
{
	Suite *suite = suite_create("conf values");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, heard_setup, heard_teardown);
	tcase_add_loop_test(
	    tcase, every_value, 0, (int)(sizeof values / sizeof values[0]));
	tcase_add_loop_test(tcase, foreign_names, 0,
	    (int)(sizeof foreigns / sizeof foreigns[0]));
	tcase_add_test(tcase, distances);
	tcase_add_loop_test(tcase, every_quantity, 0,
	    (int)(sizeof quantities / sizeof quantities[0]));
	tcase_add_test(tcase, octal);
	tcase_add_test(tcase, bounds);
	tcase_add_test(tcase, words);
	tcase_add_test(tcase, socket_length);
	tcase_add_test(tcase, url_length);
	suite_add_tcase(suite, tcase);
	return suite;
}
