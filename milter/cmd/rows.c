/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/store/importer.h"
#include "milter/sys/log.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

/* For a lock of the store, or a server's answer. */
#define STORE_TIMEOUT_MS 5000

static const char *
journal_directory(const struct wax_daemon *daemon)
{
	return wax_textf(
	    daemon->texts, "%.*s/journal", WAX_FMT(daemon->config->state_dir))
	    .p;
}

int
wax_rows_open(struct wax_daemon *daemon, struct wax_err *err)
{
	const struct wax_config *config = daemon->config;
	const struct wax_journal_options options = {
		.directory = journal_directory(daemon),
		.quota = config->journal_quota,
		.sync_ms = config->journal_sync_ms,
	};

	return wax_journal_open(&options, &daemon->journal, err) == WAX_OK
	           ? 0
	           : EX_NOPERM;
}

/* --- what the store reads and writes --------------------------------------- */

struct rules {
	const struct wax_daemon *daemon;
	struct wax_access_rule *rule;
	size_t n;
};

static void
add(struct rules *rules, struct wax_str path, enum wax_access access)
{
	if (path.n == 0 || rules->n == WAX_ROWS_RULES_MAX)
		return;
	rules->rule[rules->n++] =
	    (struct wax_access_rule){ wax_daemon_text(rules->daemon, path),
		    access };
}

/* A file that an environment variable names. */
static void
add_named(struct rules *rules, const char *variable)
{
	add(rules, wax_str_of(getenv(variable)), WAX_ACCESS_READ);
}

/* A file in the home directory: libpq takes HOME, or else what the system
 * knows of the user. */
static void
add_home(struct rules *rules, const char *name)
{
	const char *home = getenv("HOME");

	if (home == NULL || home[0] == '\0') {
		const struct passwd *entry = getpwuid(geteuid());

		home = entry != NULL ? entry->pw_dir : "";
	}
	if (home[0] == '/')
		add(rules, wax_textf(rules->daemon->texts, "%s/%s", home, name),
		    WAX_ACCESS_READ);
}

/* What ...?name=FILE&name=FILE says. A file whose name needs an escape is
 * not found: name it by its variable. */
static void
add_parameters(struct rules *rules, struct wax_str url)
{
	static const char *const names[] = { "passfile", "sslcert", "sslkey",
		"sslrootcert", "sslcrl", "sslcrldir" };
	struct wax_str rest = wax_str_from(url, wax_str_find(url, '?') + 1);
	struct wax_str value, name;

	while (wax_str_cut(&rest, '&', &value)) {
		if (!wax_str_cut(&value, '=', &name) || value.p == NULL)
			continue;
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (wax_str_eq(name, wax_str_of(names[i])))
				add(rules, value, WAX_ACCESS_READ);
	}
}

/* Passwords, services and certificates: each where libpq looks for it. */
static void
add_libpq(struct rules *rules, struct wax_str url)
{
	add_parameters(rules, url);
	add_named(rules, "PGPASSFILE");
	add_named(rules, "PGSERVICEFILE");
	add_named(rules, "PGSSLCERT");
	add_named(rules, "PGSSLKEY");
	add_named(rules, "PGSSLROOTCERT");
	add_home(rules, ".pgpass");
	add_home(rules, ".pg_service.conf");
	add_home(rules, ".postgresql");
}

size_t
wax_rows_rules(const struct wax_daemon *daemon,
    struct wax_access_rule rule[WAX_ROWS_RULES_MAX])
{
	struct rules rules = { daemon, rule, 0 };
	struct wax_str url = daemon->config->store;
	struct wax_str path = wax_str_from(url, sizeof "sqlite:" - 1);
	size_t slash = wax_str_rfind(path, '/');

	if (!wax_str_starts(url, WAX_STR("sqlite:")))
		add_libpq(&rules, url);
	else /* with its log and its index beside it */
		add(&rules, wax_str_head(path, slash > 0 ? slash : 1),
		    WAX_ACCESS_WRITE);
	return rules.n;
}

/* --- the threads ----------------------------------------------------------- */

/* Who we are among those that share a store. */
static struct wax_str
host_name(struct wax_daemon *daemon)
{
	char *name = wax_alloc(daemon->texts, HOST_NAME_MAX + 1, 1);

	return gethostname(name, HOST_NAME_MAX) == 0 ? wax_str_of(name)
	                                             : WAX_STR("localhost");
}

enum wax_status
wax_rows_start(struct wax_daemon *daemon, struct wax_err *err)
{
	const struct wax_config *config = daemon->config;
	const struct wax_importer_options options = {
		.directory = journal_directory(daemon),
		.journal = daemon->journal,
		.store = {
			.url = wax_str_dup(daemon->texts, config->store),
			.host = host_name(daemon),
			.max_records = WAX_REPORT_RECORDS_MAX,
			.timeout_ms = STORE_TIMEOUT_MS,
		},
		.retain_rows_s = (int64_t)(config->retain_rows_ms / 1000),
	};
	enum wax_status status = wax_journal_start(daemon->journal, err);

	if (status == WAX_OK)
		status = wax_importer_start(&options, &daemon->importer, err);
	return status;
}

void
wax_rows_reconfigure(struct wax_daemon *daemon, const struct wax_config *config)
{
	wax_importer_retain(
	    daemon->importer, (int64_t)(config->retain_rows_ms / 1000));
}

void
wax_rows_log_counters(const struct wax_daemon *daemon)
{
	struct wax_journal_counts counts = wax_journal_counts(daemon->journal);

	wax_log(WAX_LOG_NOTICE,
	    "journal-counters rows=%" PRIu64 " lost=%" PRIu64
	    " unsynced=%" PRIu64 " bytes=%" PRIu64 " segments-waiting=%" PRIu64,
	    counts.rows, counts.lost, counts.unsynced, counts.bytes,
	    wax_importer_waiting(daemon->importer));
}

void
wax_rows_stop(struct wax_daemon *daemon)
{
	wax_journal_close_segment(daemon->journal);
	wax_rows_log_counters(daemon);
	wax_importer_stop(daemon->importer);
	daemon->importer = NULL;
}
