/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault_driver - the journal and the importer in one thread, so that
 * faults.py can count their system calls and fail each.
 *
 *	fault_driver journal DIRECTORY ROWS [SYNC_MS]
 *	fault_driver import DIRECTORY DATABASE
 *
 * A call of umask() comes before what is looked at. What was kept is told on
 * stdout, a socket, by send(): nothing else of this program calls that.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/store/importer.h"
#include "policy/base/limits.h"

#define QUOTA (8UL * 1024 * 1024)

static void
say(const char *what, int number)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%s %d\n", what, number);

	if (send(STDOUT_FILENO, line, (size_t)n, 0) != n)
		_exit(3);
}

static bool
append(struct wax_journal *journal, int number)
{
	char row[512];
	int n = snprintf(row, sizeof row,
	    "1764000000\t-\tdomain=d.example p=none sp=none np=none adkim=r"
	    " aspf=r t=n by=treewalk fo=0\tip=192.0.2.7 disposition=none"
	    " dkim=fail spf=fail header_from=d.example "
	    "envelope_from=x%d.example"
	    " mailfrom=x%d.example,softfail",
	    number, number);

	return wax_journal_append(journal, (struct wax_str){ row, (size_t)n });
}

/* A segment is closed after each four rows, and once while it is empty. */
static int
keep_rows(const char *directory, int rows, unsigned sync_ms)
{
	const struct wax_journal_options options = { directory, QUOTA,
		sync_ms };
	struct wax_journal *journal;
	struct wax_err err;

	(void)umask(022);
	if (wax_journal_open(&options, &journal, &err) != WAX_OK) {
		(void)fprintf(stderr, "fault_driver: %s\n", err.text);
		return 1;
	}
	say("open", 0);
	for (int i = 1; i <= rows; i++) {
		say(append(journal, i) ? "kept" : "lost", i);
		if (i % 2 == 0)
			(void)wax_journal_tick(journal);
		if (i % 4 == 0)
			wax_journal_close_segment(journal);
	}
	say("unsynced", (int)wax_journal_counts(journal).unsynced);
	wax_journal_free(journal);
	return 0;
}

static int
import_rows(const char *directory, const char *database)
{
	char url[4096];
	struct wax_store_options options = {
		.url = { url,
		    (size_t)snprintf(url, sizeof url, "sqlite:%s", database) },
		.host = WAX_STR("host.example"),
		.max_records = WAX_REPORT_RECORDS_MAX,
		.timeout_ms = 1000,
	};
	struct wax_import_counts counts = { 0 };
	struct wax_store *store;
	struct wax_err err;
	enum wax_status status;

	(void)umask(022);
	status = wax_store_open(&options, &store, &err);
	if (status == WAX_OK) {
		status = wax_import_pass(
		    directory, store, 1764000000, &counts, &err);
		wax_store_close(store);
	}
	say("damaged", (int)counts.damaged);
	say("imported", (int)counts.rows);
	if (status == WAX_OK)
		return 0;
	(void)fprintf(stderr, "fault_driver: %s\n", err.text);
	return 1;
}

int
main(int argc, char **argv)
{
	/* As a disk that is full, and not as the end. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (argc >= 4 && strcmp(argv[1], "journal") == 0)
		return keep_rows(argv[2], (int)strtol(argv[3], NULL, 10),
		    argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0);
	if (argc == 4 && strcmp(argv[1], "import") == 0)
		return import_rows(argv[2], argv[3]);
	return 64;
}
