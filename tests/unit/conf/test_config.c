/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole: defaults, origins, printing and reading again, cross-checks,
 * reload.
 */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "milter/conf/schema.h"
#include "policy/base/limits.h"
#include "tests/unit/conf/heard.h"

Suite *(*const wax_suites[])(void) = {
	syntax_suite,
	value_suite,
	config_suite,
	NULL,
};

static bool
is_carried_number(const struct wax_conf_key *key)
{
	return key->size > 0 && key->type != WAX_TYPE_TEXT &&
	       key->type != WAX_TYPE_TEXTS && key->type != WAX_TYPE_NETWORKS &&
	       key->type != WAX_TYPE_GROUPS;
}

/* The texts of the table and the constants of policy/ are the same. */
START_TEST(defaults)
{
	const size_t from = offsetof(struct wax_config, policy);
	const struct wax_local_policy *policy,
	    *want = &wax_local_policy_defaults;
	struct heard heard;
	struct wax_snapshot *snapshot = load(NULL, NULL, &heard);
	const struct wax_config *config = wax_snapshot_config(snapshot);
	size_t n = 0;

	ck_assert_str_eq(heard.text, "");
	policy = &config->policy;
	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];

		if (key->offset < from ||
		    key->offset >= from + sizeof *policy ||
		    !is_carried_number(key))
			continue;
		n++;
		ck_assert_msg(
		    memcmp((const char *)policy + (key->offset - from),
		        (const char *)want + (key->offset - from),
		        key->size) == 0,
		    "%s", key->name);
	}
	ck_assert_uint_eq(n, 29);
	ck_assert_uint_eq(policy->relays.n, 0);
	ck_assert_wax_str_eq(policy->authserv_id, "mx.example.org");
	ck_assert_wax_str_eq(policy->reject_url, "");
	ck_assert_uint_eq(policy->strip_authserv_ids.n, 0);
	ck_assert_uint_eq(
	    policy->internal_networks.n, want->internal_networks.n);
	for (size_t i = 0; i < want->internal_networks.n; i++) {
		ck_assert(wax_ip_eq(policy->internal_networks.v[i].base,
		    want->internal_networks.v[i].base));
		ck_assert_uint_eq(policy->internal_networks.v[i].prefix,
		    want->internal_networks.v[i].prefix);
	}
	ck_assert_uint_eq(policy->originating_daemon_names.n, 2);
	ck_assert_wax_str_eq(
	    policy->originating_daemon_names.v[0], "ORIGINATING");
	ck_assert_wax_str_eq(policy->originating_daemon_names.v[1], "MSA");
	wax_snapshot_unref(snapshot);
}
END_TEST

START_TEST(defaults_of_the_rest)
{
	struct heard heard;
	struct wax_snapshot *snapshot = load(NULL, NULL, &heard);
	const struct wax_config *config = wax_snapshot_config(snapshot);

	ck_assert_wax_str_eq(config->socket, "unix:/run/sealwax/sealwax.sock");
	ck_assert_uint_eq(config->socket_mode, 0660);
	ck_assert_wax_str_eq(config->socket_group, "");
	ck_assert_wax_str_eq(config->user, "sealwax");
	ck_assert_wax_str_eq(config->state_dir, "/var/lib/sealwax");
	ck_assert_int_eq(config->log_to, WAX_LOG_TO_SYSLOG);
	ck_assert(!config->log_json);
	ck_assert_int_eq(config->syslog_facility, LOG_MAIL);
	ck_assert_wax_str_eq(config->syslog_name, "sealwaxd");
	ck_assert_int_eq(config->log_addresses, WAX_ADDRESSES_FULL);
	ck_assert_int_eq(config->spf_engine, WAX_SPF_OWN);
	ck_assert_int_eq(config->org_method, WAX_ORG_TREEWALK);
	ck_assert_uint_eq(config->resolver.n, 0);
	ck_assert_uint_eq(config->dns_cache_bytes, WAX_DNS_CACHE_BYTES_DEFAULT);
	ck_assert_uint_eq(
	    config->dns_cache_entries, WAX_DNS_CACHE_ENTRIES_DEFAULT);
	ck_assert_uint_eq(config->max_sessions, WAX_SESSIONS_DEFAULT);
	ck_assert_uint_eq(config->max_evaluations, WAX_EVALUATIONS_DEFAULT);
	ck_assert_uint_eq(config->max_memory, WAX_MEMORY_DEFAULT);
	ck_assert_wax_str_eq(
	    config->store, "sqlite:/var/lib/sealwax/sealwax.db");
	ck_assert_uint_eq(config->journal_quota, 1UL << 30);
	ck_assert_uint_eq(config->journal_sync_ms, 1000);
	ck_assert_uint_eq(config->retain_rows_ms, 35 * 86400000ULL);
	ck_assert_uint_eq(config->report_delay_ms, 3600000);
	ck_assert_int_eq(config->arc, WAX_ARC_AUTO);
	ck_assert(config->iprev);
	ck_assert_int_eq(config->policy.on_null_mx, WAX_ACCEPT);
	ck_assert_int_eq(config->policy.on_relay_reject, WAX_QUARANTINE);
	ck_assert_wax_str_eq(config->file, "/dev/null");
	wax_snapshot_unref(snapshot);
}
END_TEST

/* A file wins over the default, -o over the file, the last -o over all. */
START_TEST(precedence)
{
	static const char *const overrides[] = { "max-fields=300",
		"max-fields = 400", "internal-networks=192.0.2.0/24, ::1",
		"resolver=[\"127.0.0.1\"]", "received-spf=true",
		"journal-sync=always", "reject-url=", NULL };
	struct heard heard;
	struct wax_snapshot *snapshot =
	    load("max-fields = 200\nmax-signatures = 30\n", overrides, &heard);
	const struct wax_config *config = wax_snapshot_config(snapshot);

	ck_assert_str_eq(heard.text, "");
	ck_assert_uint_eq(config->policy.max_fields, 400);
	ck_assert_uint_eq(config->policy.max_signatures, 30);
	ck_assert_uint_eq(config->policy.internal_networks.n, 2);
	ck_assert_uint_eq(config->policy.internal_networks.v[0].prefix, 24);
	ck_assert_uint_eq(config->resolver.n, 1);
	ck_assert_wax_str_eq(config->resolver.v[0], "127.0.0.1");
	ck_assert(config->policy.received_spf);
	ck_assert_uint_eq(config->journal_sync_ms, 0);
	wax_snapshot_unref(snapshot);
}
END_TEST

static const struct override {
	const char *text, *heard;
} overrides[] = {
	{ "mode", "E -o: \"mode\" has no =; write -o KEY=VALUE\n" },
	{ "", "E -o: \"\" has no =; write -o KEY=VALUE\n" },
	{ "=x", "E -o: \"=x\" has no =; write -o KEY=VALUE\n" },
	{ "mod=enforce", "E -o: mod: is not a key; did you mean mode?\n" },
	{ "max-fields=1",
	    "E -o: max-fields: \"1\" is out of range; use 50 to 100000 "
	    "(default 5000)\n" },
	{ "mode=\"enforce\"", "" },
	{ "mode=\"enforce",
	    "E -o: mode: the string that begins at \"enforce does not end on "
	    "its line; write the closing \"\n" },
	{ "resolver=[127.0.0.1]",
	    "E -o: resolver: members of a list must stand in quotes; write "
	    "resolver = [\"127.0.0.1\"]\n" },
	{ "internal-networks=192.0.2.0/24 10.0.0.0/99",
	    "E -o: internal-networks: \"10.0.0.0/99\" is not a network; use a "
	    "list of networks: [\"192.0.2.0/24\", \"::1\"]\n" },
	{ "internal-networks=", "" },
	{ "rules=none",
	    "E -o: rules: \"none\" does not fit here; use a list of groups: ( "
	    "{ NAME = \"VALUE\" } )\n" },
	{ "rules=()", "" },
	{ "rules=({name=\"a\";action=\"none\"})",
	    "E -o: rules: would not be obeyed: it works from a later version "
	    "on; leave it out\n" },
	{ "resolver=[\001]", "E -o: there are control characters in it\n" },
	{ "user=a\nb",
	    "E -o: user: \"a\\x0ab\" holds a control character; leave it "
	    "out\n" },
};

START_TEST(every_override)
{
	const char *const given[] = { overrides[_i].text, NULL };
	struct heard heard;
	struct wax_snapshot *snapshot = load(NULL, given, &heard);

	ck_assert_msg(strcmp(heard.text, overrides[_i].heard) == 0,
	    "%s:\n%sexpected:\n%s", overrides[_i].text, heard.text,
	    overrides[_i].heard);
	wax_snapshot_unref(snapshot);
}
END_TEST

static const struct cross {
	const char *name, *text, *heard;
} crosses[] = {
	{ "a field longer than the header",
	    "max-header-bytes = \"8K\"\n# x\nmax-field-bytes = \"16K\"\n",
	    "E t.conf:3: max-field-bytes: a field may be longer (16384) than "
	    "the whole header (max-header-bytes, 8192); use no more than "
	    "that\n" },
	{ "a header shorter than the default of a field",
	    "max-header-bytes = \"8K\"\n",
	    "E t.conf:1: max-field-bytes: a field may be longer (65536) than "
	    "the whole header (max-header-bytes, 8192); use no more than "
	    "that\n" },
	{ "as long as the header",
	    "max-header-bytes = \"8K\"\nmax-field-bytes = \"8K\"\n", "" },
	{ "a key without a selector",
	    "report-dkim-domain = \"example.org\"\n"
	    "report-dkim-key = \"/key\"\n",
	    "E t.conf:2: report-dkim-selector: is not set; domain, selector "
	    "and key make a signature together: set all three, or none\n" },
	{ "a selector alone", "\nreport-dkim-selector = \"s1\"\n",
	    "E t.conf:2: report-dkim-domain: is not set; domain, selector and "
	    "key make a signature together: set all three, or none\n"
	    "E t.conf:2: report-dkim-key: is not set; domain, selector and "
	    "key make a signature together: set all three, or none\n" },
	{ "all of a signature",
	    "report-from = \"a@mail.example.org\"\n"
	    "report-dkim-domain = \"example.org\"\n"
	    "report-dkim-selector = \"s1\"\nreport-dkim-key = \"/key\"\n",
	    "" },
	{ "signed by somebody else",
	    "report-from = \"a@example.org\"\n"
	    "report-dkim-domain = \"example.net\"\n"
	    "report-dkim-selector = \"s1\"\nreport-dkim-key = \"/key\"\n",
	    "W t.conf:2: report-dkim-domain: example.net is not of the same "
	    "organization as report-from: reports will not pass DMARC by its "
	    "signature\n" },
	{ "a user without a password", "report-smtp = \"smtp://u@h\"\n",
	    "E t.conf:1: report-smtp: there is a user, but no password; write "
	    "it into a file, and set report-smtp-password-file\n" },
	{ "a password without a user",
	    "report-smtp-password-file = \"/password\"\n",
	    "E t.conf:1: report-smtp-password-file: there is a password, but "
	    "no user; write report-smtp = \"smtp://USER@HOST\"\n" },
	{ "known for longer than anything is kept",
	    "retain-rows = \"7d\"\nreport-known-days = 8\n",
	    "W t.conf:2: report-known-days: 8 days have no effect: what is "
	    "known of a domain is kept for 7 (retain-rows); raise "
	    "retain-rows, or use no more than that\n" },
	{ "in the other order",
	    "report-known-days = 36\nretain-rows = \"863h\"\n",
	    "W t.conf:2: report-known-days: 36 days have no effect: what is "
	    "known of a domain is kept for 35 (retain-rows); raise "
	    "retain-rows, or use no more than that\n" },
	{ "known for as long as it is kept",
	    "report-known-days = 7\nretain-rows = \"7d\"\n", "" },
	{ "beyond what is kept by default", "report-known-days = 36\n",
	    "W t.conf:1: report-known-days: 36 days have no effect: what is "
	    "known of a domain is kept for 35 (retain-rows); raise "
	    "retain-rows, or use no more than that\n" },
	{ "the default, but no reports are sent", "retain-rows = \"7d\"\n",
	    "" },
	{ "the default, and reports are sent",
	    "retain-rows = \"7d\"\nreport-from = \"a@example.org\"\n",
	    "W t.conf:1: report-known-days: 30 days have no effect: what is "
	    "known of a domain is kept for 7 (retain-rows); raise "
	    "retain-rows, or use no more than that\n" },
	{ "no key is good", "min-rsa-bits = 4097\n",
	    "E t.conf:1: min-rsa-bits: the shortest key (4097) is longer than "
	    "the longest one (max-key-bits, 4096); use no more than that\n" },
	{ "one length", "min-rsa-bits = 4096\n", "" },
	{ "no list of suffixes",
	    "psl-file = \"/nonexistent/psl\"\norg-domain-method = \"psl\"\n",
	    "E t.conf:1: psl-file: cannot read /nonexistent/psl: No such file "
	    "or directory; install the package publicsuffix, or use "
	    "org-domain-method = \"treewalk\"\n" },
	{ "no list of suffixes needed", "psl-file = \"/nonexistent/psl\"\n",
	    "" },
	{ "users do not matter", "user = \"no-such-user\"\n", "" },
};

START_TEST(every_cross)
{
	const struct cross *row = &crosses[_i];
	struct heard heard;
	struct wax_snapshot *snapshot = load(row->text, NULL, &heard);

	ck_assert_msg(strcmp(heard.text, row->heard) == 0,
	    "%s:\n%sexpected:\n%s", row->name, heard.text, row->heard);
	wax_snapshot_unref(snapshot);
}
END_TEST

static void
hear(void *arg, const char *line)
{
	struct heard *heard = arg;

	heard->n += (size_t)snprintf(heard->text + heard->n,
	    sizeof heard->text - heard->n, "%s\n", line);
}

/* What only the daemon needs; users only if it is root. */
START_TEST(daemon_needs)
{
	static const char *const given[] = { "authserv-id=mx.example.org",
		"user=no-such-user", "group=no-such-group",
		"socket-group=no-such-group", "socket=inet:8891@192.0.2.1" };
	static const char *const root[] = { "authserv-id=mx.example.org",
		"user=root" };
	struct wax_config_source source = { .file = "/dev/null",
		.n_overrides = 5,
		.override = given,
		.is_daemon = true };
	struct heard heard = { .n = 0 };
	struct wax_snapshot *snapshot;

	ck_assert_ptr_null(wax_config_load(&source, hear, hear, &heard));
	ck_assert_str_eq(heard.text,
	    geteuid() == 0
	        ? "-o: user: there is no user \"no-such-user\"; create it "
	          "(adduser --system --group NAME), or name another\n"
	          "-o: group: there is no group \"no-such-group\"; create it, "
	          "or name another\n"
	          "-o: socket-group: there is no group \"no-such-group\"; "
	          "create it, or name another\n"
	          "-o: socket: whoever reaches this port can use the filter; "
	          "keep others away from it, or use unix:PATH\n"
	        : "-o: socket-group: there is no group \"no-such-group\"; "
	          "create it, or name another\n"
	          "-o: socket: whoever reaches this port can use the filter; "
	          "keep others away from it, or use unix:PATH\n");
	heard = (struct heard){ .n = 0 };
	source.n_overrides = 2;
	source.override = root;
	snapshot = wax_config_load(&source, hear, hear, &heard);
	ck_assert_ptr_nonnull(snapshot);
	ck_assert_str_eq(heard.text,
	    geteuid() == 0
	        ? "-o: user: the filter keeps all rights of root; give it a "
	          "user of its own\n"
	        : "");
	wax_snapshot_unref(snapshot);
}
END_TEST

/* Without authserv-id: the host name, which may be of any kind. */
START_TEST(host_name)
{
	struct wax_config_source source = { .file = "/dev/null" };
	struct heard heard = { .n = 0 };
	struct wax_snapshot *snapshot;
	char name[256] = "";

	ck_assert_int_eq(gethostname(name, sizeof name - 1), 0);
	snapshot = wax_config_load(&source, hear, hear, &heard);
	if (snapshot == NULL) {
		ck_assert_ptr_nonnull(
		    strstr(heard.text, "authserv-id: the host name"));
		return;
	}
	ck_assert_wax_str_eq(
	    wax_snapshot_config(snapshot)->policy.authserv_id, name);
	ck_assert_int_eq(strchr(name, '.') == NULL,
	    strstr(heard.text, "has no dot") != NULL);
	wax_snapshot_unref(snapshot);
}
END_TEST

/* No file of that name is an error; no file at all is none. */
START_TEST(no_file)
{
	struct wax_config_source source = { .file = "gone.conf" };
	struct heard heard = { .n = 0 };

	ck_assert_ptr_null(wax_config_load(&source, hear, hear, &heard));
	ck_assert_ptr_nonnull(strstr(
	    heard.text, "cannot read gone.conf: No such file or directory\n"));
	if (access(WAX_CONFIG_FILE, F_OK) != 0) {
		struct wax_snapshot *snapshot;

		source.file = NULL;
		snapshot = wax_config_load(&source, hear, hear, &heard);
		ck_assert_ptr_nonnull(snapshot);
		ck_assert_wax_str_eq(wax_snapshot_config(snapshot)->file, "");
		wax_snapshot_unref(snapshot);
	}
}
END_TEST

/* A value of each key that is not the default, as it is printed. */
static const struct change {
	const char *key, *value;
} changes[] = {
	{ "socket", "\"inet:8891@127.0.0.1\"" },
	{ "socket-mode", "\"0666\"" },
	{ "socket-group", "\"postfix\"" },
	{ "user", "\"nobody\"" },
	{ "group", "\"nogroup\"" },
	{ "pid-file", "\"/run/x.pid\"" },
	{ "state-dir", "\"/x\"" },
	{ "log-to", "\"stderr\"" },
	{ "log-format", "\"json\"" },
	{ "syslog-facility", "\"local7\"" },
	{ "syslog-name", "\"x\"" },
	{ "log-addresses", "\"none\"" },
	{ "authserv-id", "\"other.example\"" },
	{ "strip-authserv-ids", "[\"a.example\", \"b.example\"]" },
	{ "received-spf", "\"yes\"" },
	{ "internal-networks", "[\"192.0.2.0/24\", \"2001:db8::/32\"]" },
	{ "skip-authenticated", "\"no\"" },
	{ "originating-daemon-names", "[]" },
	{ "trusted-sealers", "[\"a.example\"]" },
	{ "arc", "\"yes\"" },
	{ "relays", "( { name = \"mx 2\"; networks = [\"192.0.2.9\", "
	            "\"2001:db8::/32\"] }, { name = \"b\"; networks = "
	            "[\"10.0.0.0/8\"] }"
	            " )" },
	{ "mode", "\"enforce\"" },
	{ "on-reject", "\"always\"" },
	{ "quarantine-action", "\"header\"" },
	{ "on-temperror", "\"accept\"" },
	{ "on-overload", "\"accept\"" },
	{ "on-internal-error", "\"accept\"" },
	{ "on-limit", "\"reject\"" },
	{ "on-bad-from", "\"quarantine\"" },
	{ "on-spf-fail", "\"quarantine\"" },
	{ "on-dkim-fail", "\"reject\"" },
	{ "on-null-mx", "\"reject\"" },
	{ "on-relay-reject", "\"accept\"" },
	{ "reject-url", "\"https://www.example.org/why#x\"" },
	{ "spf-engine", "\"libspf2\"" },
	{ "org-domain-method", "\"psl\"" },
	{ "psl-file", "\"/dev/null\"" },
	{ "accept-l-tag", "\"yes\"" },
	{ "min-rsa-bits", "2048" },
	{ "iprev", "\"no\"" },
	{ "resolver", "[\"127.0.0.1@53\", \"::1\"]" },
	{ "dns-deadline", "\"1500ms\"" },
	{ "dns-cache-bytes", "\"64M\"" },
	{ "dns-cache-entries", "20000" },
	{ "max-signatures", "21" },
	{ "max-key-lookups", "21" },
	{ "max-key-bits", "8192" },
	{ "max-body-hashes", "9" },
	{ "max-signed-names", "2001" },
	{ "max-spf-record-bytes", "\"8K\"" },
	{ "max-field-bytes", "\"65537\"" },
	{ "max-header-bytes", "\"2M\"" },
	{ "max-fields", "5001" },
	{ "max-from-addresses", "65" },
	{ "max-dns-queries", "101" },
	{ "max-recipients", "1001" },
	{ "max-sessions", "501" },
	{ "max-evaluations", "501" },
	{ "max-memory", "\"1T\"" },
	{ "store", "\"postgresql://db.example:5432/sealwax\"" },
	{ "journal-quota", "\"2G\"" },
	{ "journal-sync", "\"always\"" },
	{ "retain-rows", "\"36d\"" },
	{ "retain-evidence", "\"0s\"" },
	{ "report-org-name", "\"\\\"A\\\\B\\\" \\xc3\\xa4\"" },
	{ "report-from", "\"dmarc@example.org\"" },
	{ "report-contact", "\"postmaster@example.org\"" },
	{ "report-smtp", "\"smtp://u%40a@192.0.2.1:587\"" },
	{ "report-smtp-password-file", "\"/etc/sealwax/password\"" },
	{ "report-smtp-tls", "\"must\"" },
	{ "report-smtp-ca-file", "\"/etc/sealwax/ca.pem\"" },
	{ "report-dkim-domain", "\"example.org\"" },
	{ "report-dkim-selector", "\"s1\"" },
	{ "report-dkim-key", "\"/etc/sealwax/key\"" },
	{ "report-unsigned", "\"yes\"" },
	{ "report-delay", "\"0s\"" },
	{ "report-known-days", "0" },
	{ "max-report-uris", "6" },
	{ "metrics-listen", "\"127.0.0.1:9117\"" },
	{ "metrics-file", "\"/x.prom\"" },
};
#define N_CHANGES (sizeof changes / sizeof changes[0])

static struct wax_snapshot *
load_plain(const char *text, struct heard *heard)
{
	struct wax_config_source source = { .file = "t.conf" };

	*heard = (struct heard){ .n = 0 };
	write_file("t.conf", text, strlen(text));
	return wax_config_load(&source, hear, hear, heard);
}

/* Each key changed; printed by -n and -T; read again; printed again. */
START_TEST(round_trip)
{
	char text[8192], *changed, *all;
	size_t n = 0;
	struct heard heard;
	struct wax_snapshot *snapshot;

	for (size_t i = 0; i < N_CHANGES; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s = %s\n",
		    changes[i].key, changes[i].value);
	snapshot = load_plain(text, &heard);
	ck_assert_msg(snapshot != NULL, "%s", heard.text);
	changed = dumped(snapshot, true);
	all = dumped(snapshot, false);
	wax_snapshot_unref(snapshot);
	ck_assert_str_eq(changed, text);

	snapshot = load_plain(all, &heard);
	ck_assert_msg(snapshot != NULL, "%s", heard.text);
	free(changed);
	changed = dumped(snapshot, true);
	wax_snapshot_unref(snapshot);
	ck_assert_str_eq(changed, text);
	free(changed);
	free(all);
}
END_TEST

/* No key is missing above, but those that are refused. */
START_TEST(every_key_is_changed)
{
	size_t n = 0;

	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		if (wax_conf_keys[i].is_refused)
			continue;
		ck_assert_uint_lt(n, N_CHANGES);
		ck_assert_str_eq(wax_conf_keys[i].name, changes[n].key);
		n++;
	}
	ck_assert_uint_eq(n, N_CHANGES);
}
END_TEST

START_TEST(nothing_changed)
{
	struct heard heard;
	struct wax_snapshot *snapshot = load_plain(
	    "dns-deadline = \"8000ms\"\nreceived-spf = false\n"
	    "max-memory = 268435456\ninternal-networks = (\"127.0.0.0/8\", "
	    "\"::1\")\n",
	    &heard);
	char *text;

	ck_assert_ptr_nonnull(snapshot);
	text = dumped(snapshot, true);
	ck_assert_str_eq(text, "");
	free(text);
	wax_snapshot_unref(snapshot);
}
END_TEST

START_TEST(origins)
{
	static const char inner[] = "\n\nmode = \"enforce\"\n";
	static const char *const given[] = { "max-fields=300", NULL };
	struct heard heard;
	struct wax_snapshot *snapshot;
	char *text;

	write_file("inner.conf", inner, sizeof inner - 1);
	snapshot = load("# x\nlog-to = \"stderr\"\n@include \"inner.conf\"\n",
	    given, &heard);
	text = dumped(snapshot, false);
	ck_assert_ptr_nonnull(strstr(text,
	    "log-to = \"stderr\"                               # t.conf:2\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "mode = \"enforce\"                                # "
	                 "inner.conf:3\n"));
	ck_assert_ptr_nonnull(strstr(
	    text, "max-fields = 300                                # -o\n"));
	ck_assert_ptr_nonnull(strstr(text,
	    "max-signatures = 20                             # default\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n# Not judged\ninternal-"));
	free(text);
	wax_snapshot_unref(snapshot);
}
END_TEST

static const struct secret {
	const char *text, *shown;
} secrets[] = {
	{ "store = \"postgresql://u:geheim@db.example/x\"\n",
	    "store = \"postgresql://u:***@db.example/x\"\n" },
	{ "store = \"postgresql://u:ge/he@im@db.example:5432/x\"\n",
	    "store = \"postgresql://u:***@db.example:5432/x\"\n" },
	{ "store = \"postgresql://db.example/x?user=u&password=geheim&a=b\"\n",
	    "store = "
	    "\"postgresql://db.example/x?user=u&password=***&a=b\"\n" },
	{ "store = \"postgresql://u@db.example/x\"\n",
	    "store = \"postgresql://u@db.example/x\"\n" },
	{ "report-smtp = \"smtp://mx.example:465\"\n",
	    "report-smtp = \"smtp://mx.example:465\"\n" },
};

START_TEST(masked)
{
	struct heard heard;
	struct wax_snapshot *snapshot = load_plain(secrets[_i].text, &heard);
	char *text;

	ck_assert_ptr_nonnull(snapshot);
	text = dumped(snapshot, true);
	ck_assert_str_eq(text, secrets[_i].shown);
	free(text);
	text = dumped(snapshot, false);
	ck_assert_ptr_null(strstr(text, "geheim"));
	free(text);
	wax_snapshot_unref(snapshot);
}
END_TEST

/* What cannot change is kept, and said; what can, changes. */
START_TEST(reload_keeps)
{
	struct heard heard;
	struct wax_snapshot *running =
	    load("socket = \"unix:/old\"\nresolver = [\"192.0.2.1\"]\n"
	         "max-fields = 100\nstore = \"postgresql://u:old@h/d\"\n",
	        NULL, &heard);
	struct wax_snapshot *next;
	const struct wax_config *config;

	ck_assert_ptr_nonnull(running);
	next = reload("# x\nsocket = \"unix:/new\"\nresolver = []\n"
	              "max-fields = 200\nstore = \"postgresql://u:new@h/d\"\n"
	              "dns-cache-entries = 10000\nmode = \"enforce\"\n",
	    NULL, running, &heard);
	wax_snapshot_unref(running);
	ck_assert_ptr_nonnull(next);
	ck_assert_str_eq(heard.text,
	    "W t.conf:2: socket: \"unix:/new\" needs restart; \"unix:/old\" "
	    "is kept\n"
	    "W t.conf:3: resolver: [] needs restart; [\"192.0.2.1\"] is "
	    "kept\n"
	    "W t.conf:5: store: \"postgresql://u:***@h/d\" needs restart; "
	    "\"postgresql://u:***@h/d\" is kept\n");
	config = wax_snapshot_config(next);
	ck_assert_wax_str_eq(config->socket, "unix:/old");
	ck_assert_wax_str_eq(config->store, "postgresql://u:old@h/d");
	ck_assert_uint_eq(config->resolver.n, 1);
	ck_assert_wax_str_eq(config->resolver.v[0], "192.0.2.1");
	ck_assert_uint_eq(config->policy.max_fields, 200);
	ck_assert_int_eq(config->policy.mode, WAX_ENFORCE);
	wax_snapshot_unref(next);
}
END_TEST

/* What a key cannot be without. */
static const struct {
	const char *key, *others;
} needs[] = {
	{ "report-smtp", "report-smtp-password-file = \"/password\"\n" },
	{ "report-smtp-password-file", "report-smtp = \"smtp://u@h\"\n" },
	{ "report-dkim-domain",
	    "report-dkim-selector = \"s\"\nreport-dkim-key = \"/k\"\n" },
	{ "report-dkim-selector", "report-dkim-domain = \"b.example\"\n"
	                          "report-dkim-key = \"/k\"\n" },
	{ "report-dkim-key", "report-dkim-domain = \"b.example\"\n"
	                     "report-dkim-selector = \"s\"\n" },
};

static const char *
others_of(const char *key)
{
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
		if (strcmp(needs[i].key, key) == 0)
			return needs[i].others;
	return "";
}

/* Each key of the table, as its row says. */
START_TEST(reload_every_key)
{
	for (size_t i = 0; i < N_CHANGES; i++) {
		const struct wax_conf_key *key =
		    wax_conf_key_find(wax_str_of(changes[i].key));
		struct heard heard;
		struct wax_snapshot *running = load_plain("", &heard);
		struct wax_snapshot *next;
		struct wax_config_source source = { .file = "t.conf" };
		char text[256], all[512], *changed;

		(void)snprintf(text, sizeof text, "%s = %s\n", key->name,
		    changes[i].value);
		(void)snprintf(
		    all, sizeof all, "%s%s", text, others_of(changes[i].key));
		write_file("t.conf", all, strlen(all));
		heard = (struct heard){ .n = 0 };
		next = wax_config_reload(&source, running, hear, hear, &heard);
		ck_assert_msg(next != NULL, "%s", heard.text);
		changed = dumped(next, true);
		ck_assert_msg(
		    (strstr(changed, text) != NULL) == !key->is_restart, "%s%s",
		    text, changed);
		ck_assert_msg((strstr(heard.text, " needs restart; ") !=
		                  NULL) == key->is_restart,
		    "%s%s", text, heard.text);
		free(changed);
		wax_snapshot_unref(next);
		wax_snapshot_unref(running);
	}
}
END_TEST

/* Whatever is wrong, there is no new snapshot; also where the old value
 * would be kept. */
START_TEST(reload_refuses)
{
	struct heard heard;
	struct wax_snapshot *running = load("", NULL, &heard);

	ck_assert_ptr_null(
	    reload("socket = \"unix:new\"\n", NULL, running, &heard));
	ck_assert_ptr_nonnull(strstr(heard.text, "is not an absolute path"));
	ck_assert_ptr_null(reload("mode = enforce\n", NULL, running, &heard));
	ck_assert_wax_str_eq(wax_snapshot_config(running)->socket,
	    "unix:/run/sealwax/sealwax.sock");
	wax_snapshot_unref(running);
}
END_TEST

/* A confined process cannot look at them, and they do not change anyway. */
/* Somebody's editor has just moved the file away: no defaults for that. */
START_TEST(reload_of_no_file)
{
	const struct wax_config_source source = { .file = NULL };
	struct heard heard;
	struct wax_snapshot *running =
	    load_plain("mode = \"enforce\"\n", &heard);
	struct wax_snapshot *next;
	bool exists = access(WAX_CONFIG_FILE, F_OK) == 0;

	heard = (struct heard){ .n = 0 };
	next = wax_config_reload(&source, running, hear, hear, &heard);
	if (!exists) {
		ck_assert_ptr_null(next);
		ck_assert_ptr_nonnull(strstr(
		    heard.text, "cannot read " WAX_CONFIG_FILE ": No such"));
	}
	wax_snapshot_unref(next);
	wax_snapshot_unref(running);
	running = wax_config_load(&source, hear, hear, &heard);
	if (!exists) {
		ck_assert_ptr_nonnull(running);
		next = wax_config_reload(&source, running, hear, hear, &heard);
		ck_assert_ptr_nonnull(next);
		wax_snapshot_unref(next);
	}
	wax_snapshot_unref(running);
}
END_TEST

START_TEST(reload_without_the_machine)
{
	static const char *const given[] = { "authserv-id=mx.example.org" };
	struct wax_config_source source = { .file = "t.conf",
		.n_overrides = 1,
		.override = given,
		.is_daemon = true };
	struct heard heard;
	struct wax_snapshot *running = load("", NULL, &heard), *next;
	static const char text[] = "socket-group = \"no-such-group\"\n"
	                           "org-domain-method = \"psl\"\n"
	                           "psl-file = \"/nonexistent/psl\"\n";

	write_file("t.conf", text, sizeof text - 1);
	heard = (struct heard){ .n = 0 };
	next = wax_config_reload(&source, running, hear, hear, &heard);
	ck_assert_msg(next != NULL, "%s", heard.text);
	ck_assert_wax_str_eq(wax_snapshot_config(next)->socket_group, "");
	wax_snapshot_unref(next);
	wax_snapshot_unref(running);
}
END_TEST

START_TEST(references)
{
	struct heard heard;
	struct wax_snapshot *snapshot = load("", NULL, &heard);
	size_t held = wax_arena_total();

	ck_assert_ptr_eq(wax_snapshot_ref(snapshot), snapshot);
	wax_snapshot_unref(snapshot);
	ck_assert_uint_eq(wax_arena_total(), held);
	ck_assert_wax_str_eq(wax_snapshot_config(snapshot)->user, "sealwax");
	wax_snapshot_unref(snapshot);
	ck_assert_uint_lt(wax_arena_total(), held);
	wax_snapshot_unref(NULL);
}
END_TEST

/* The table itself. */
START_TEST(table)
{
	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];

		ck_assert_ptr_nonnull(key->doc);
		ck_assert_msg(key->initial != NULL ||
		                  strcmp(key->name, "authserv-id") == 0,
		    "%s", key->name);
		ck_assert_msg(
		    (key->type == WAX_TYPE_GROUP ||
		        key->type == WAX_TYPE_GROUPS) == (key->members != NULL),
		    "%s", key->name);
		ck_assert_msg(key->type != WAX_TYPE_WORD || key->words != NULL,
		    "%s", key->name);
		ck_assert_msg(
		    key->size > 0 || key->members != NULL, "%s", key->name);
		ck_assert_uint_eq(wax_conf_key_index(key->name), i);
		/* Two rows with one name, or one place. */
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(
			    key->size == 0 ||
			        key->offset != wax_conf_keys[j].offset,
			    "%s", key->name);
	}
}
END_TEST

Suite *
config_suite(void)
{
	Suite *suite = suite_create("conf");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, heard_setup, heard_teardown);
	tcase_add_test(tcase, defaults);
	tcase_add_test(tcase, defaults_of_the_rest);
	tcase_add_test(tcase, precedence);
	tcase_add_loop_test(tcase, every_override, 0,
	    (int)(sizeof overrides / sizeof overrides[0]));
	tcase_add_loop_test(
	    tcase, every_cross, 0, (int)(sizeof crosses / sizeof crosses[0]));
	tcase_add_test(tcase, daemon_needs);
	tcase_add_test(tcase, host_name);
	tcase_add_test(tcase, no_file);
	tcase_add_test(tcase, round_trip);
	tcase_add_test(tcase, every_key_is_changed);
	tcase_add_test(tcase, nothing_changed);
	tcase_add_test(tcase, origins);
	tcase_add_loop_test(
	    tcase, masked, 0, (int)(sizeof secrets / sizeof secrets[0]));
	tcase_add_test(tcase, reload_keeps);
	tcase_add_test(tcase, reload_every_key);
	tcase_add_test(tcase, reload_refuses);
	tcase_add_test(tcase, reload_of_no_file);
	tcase_add_test(tcase, reload_without_the_machine);
	tcase_add_test(tcase, references);
	tcase_add_test(tcase, table);
	suite_add_tcase(suite, tcase);
	return suite;
}
