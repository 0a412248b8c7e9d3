/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_xml.c - our reports as they are sent, or would be.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/cmd/report_program.h"
#include "milter/cmd/report_table.h"
#include "milter/send/pack.h"
#include "policy/base/limits.h"
#include "policy/report/rua.h"
#include "policy/report/xml.h"

/* What is sent already stays as it is, whatever is configured now. */
static int
stored_document(struct wax_report_program *program, struct wax_arena *arena,
    int64_t report, struct wax_str *out)
{
	struct wax_unpacked *entry;
	struct wax_str bytes;
	struct wax_err err;
	size_t n;

	if (wax_store_built_bytes(
	        program->store, arena, report, &bytes, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	if (wax_unpack(arena, bytes, WAX_REPORT_READ_BYTES_MAX, &entry, &n,
	        &err) != WAX_OK ||
	    n != 1)
		return wax_report_fail(
		    EX_SOFTWARE, "stored report", "it cannot be unpacked");
	*out = entry[0].bytes;
	return 0;
}

static int
document_of(struct wax_report_program *program, struct wax_arena *arena,
    const struct wax_stored_report *stored, struct wax_str *out)
{
	struct wax_aggregate report;
	struct wax_err err;
	int status;

	if (stored->state == WAX_REPORT_BUILT)
		return stored_document(program, arena, stored->id, out);
	status = wax_report_load(program, arena, stored, &report);
	if (status != 0)
		return status;
	*out = wax_xml_write(arena, &report);
	if (wax_xml_check(*out, &err) != WAX_OK)
		return wax_report_fail(EX_SOFTWARE, "report", err.text);
	return 0;
}

/* As the file that is sent, without its ".gz"; NULL: a name of ours is no
 * domain. */
static const char *
path_of(const struct wax_report_program *program, struct wax_arena *arena,
    const struct wax_stored_report *stored)
{
	const struct wax_config *config = program->config;
	size_t at = wax_str_rfind(config->report_from, '@');
	struct wax_str us = at < config->report_from.n
	                        ? wax_str_from(config->report_from, at + 1)
	                        : config->policy.authserv_id;
	struct wax_domain submitter, domain;
	struct wax_str id, name;

	if (!wax_domain_parse(arena, us, &submitter) ||
	    !wax_domain_parse(arena, stored->domain, &domain))
		return NULL;
	id = stored->report_id.n > 0
	         ? stored->report_id
	         : wax_textf(arena, "preview%lld", (long long)stored->id);
	name =
	    wax_report_file_name(arena, submitter, domain, stored->period, id);
	name = wax_str_head(name, name.n - 3);
	/* The longest domains leave no room for the rest in a file's name. */
	if (name.n > NAME_MAX)
		name = wax_textf(arena, "%.*s.xml", WAX_FMT(id));
	return wax_textf(
	    arena, "%s/%.*s", program->options.output_dir, WAX_FMT(name))
	    .p;
}

static int
write_file(const char *path, struct wax_str text)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
	bool is_written;

	if (file == NULL)
		return wax_report_fail(EX_CANTCREAT, path, strerror(errno));
	is_written = fwrite(text.p, 1, text.n, file) == text.n;
	if (fclose(file) != 0 || !is_written)
		return wax_report_fail(EX_IOERR, path, strerror(errno));
	(void)printf("%s\n", path);
	return 0;
}

/* A document, or a file of it. */
struct writing {
	struct wax_report_program *program;
	uint64_t n;
};

static int
write_report(
    void *arg, struct wax_arena *arena, const struct wax_stored_report *stored)
{
	struct writing *writing = arg;
	struct wax_report_program *program = writing->program;
	struct wax_str text;
	const char *path;
	int status;

	if (program->options.output_dir == NULL && writing->n++ > 0)
		return 0; /* wax_report_do_xml() has counted them */
	status = document_of(program, arena, stored, &text);
	if (status != 0)
		return status;
	if (program->options.output_dir == NULL) {
		(void)fwrite(text.p, 1, text.n, stdout);
		return 0;
	}
	path = path_of(program, arena, stored);
	if (path == NULL)
		return wax_report_fail(EX_CONFIG, "report-from",
		    "is not set, and authserv-id is no domain: a file"
		    " cannot be named");
	return write_file(path, text);
}

static int
count_report(
    void *arg, struct wax_arena *arena, const struct wax_stored_report *stored)
{
	(void)arg;
	(void)arena;
	(void)stored;
	return 0;
}

/* On standard output there is room for one document. */
static int
check_one(struct wax_report_program *program)
{
	uint64_t n = 0;
	int status = wax_report_each(program, count_report, NULL, &n);

	if (status != 0 || n <= 1)
		return status;
	(void)fprintf(stderr,
	    "sealwax-report: xml: these are %" PRIu64
	    " reports; choose one with --domain, --begin and --end (\"list\""
	    " shows them), or write all to files with --output-dir\n",
	    n);
	return EX_USAGE;
}

int
wax_report_do_xml(struct wax_report_program *program)
{
	struct writing writing = { .program = program };
	uint64_t n = 0;
	int status = wax_report_open_store(program);

	if (status == 0 && program->options.output_dir == NULL)
		status = check_one(program);
	if (status == 0)
		status = wax_report_each(program, write_report, &writing, &n);
	if (status == 0 && n == 0)
		return wax_report_fail(
		    WAX_EX_SOME, "xml", "there is no such report");
	return status;
}
