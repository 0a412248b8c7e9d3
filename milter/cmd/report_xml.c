/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_xml.c - our reports as they are sent, or would be.
 */
#include <errno.h>
#include <fcntl.h>
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
stored_document(
    struct wax_report_program *program, int64_t report, struct wax_str *out)
{
	struct wax_unpacked *entry;
	struct wax_str bytes;
	struct wax_err err;
	size_t n;

	if (wax_store_built_bytes(
	        program->store, program->arena, report, &bytes, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	if (wax_unpack(program->arena, bytes, WAX_REPORT_READ_BYTES_MAX, &entry,
	        &n, &err) != WAX_OK ||
	    n != 1)
		return wax_report_fail(
		    EX_SOFTWARE, "stored report", "it cannot be unpacked");
	*out = entry[0].bytes;
	return 0;
}

static int
document_of(struct wax_report_program *program,
    const struct wax_stored_report *stored, struct wax_str *out)
{
	struct wax_aggregate report;
	struct wax_err err;
	int status;

	if (stored->state == WAX_REPORT_BUILT)
		return stored_document(program, stored->id, out);
	status = wax_report_load(program, stored, &report);
	if (status != 0)
		return status;
	*out = wax_xml_write(program->arena, &report);
	if (wax_xml_check(*out, &err) != WAX_OK)
		return wax_report_fail(EX_SOFTWARE, "report", err.text);
	return 0;
}

/* As the file that is sent, without its ".gz"; NULL: a name of ours is no
 * domain. */
static const char *
path_of(const struct wax_report_program *program,
    const struct wax_stored_report *stored)
{
	const struct wax_config *config = program->config;
	size_t at = wax_str_rfind(config->report_from, '@');
	struct wax_str us = at < config->report_from.n
	                        ? wax_str_from(config->report_from, at + 1)
	                        : config->policy.authserv_id;
	struct wax_domain submitter, domain;
	struct wax_str id, name;

	if (!wax_domain_parse(program->arena, us, &submitter) ||
	    !wax_domain_parse(program->arena, stored->domain, &domain))
		return NULL;
	id = stored->report_id.n > 0 ? stored->report_id
	                             : wax_textf(program->arena, "preview%lld",
	                                   (long long)stored->id);
	name = wax_report_file_name(
	    program->arena, submitter, domain, stored->period, id);
	name = wax_str_head(name, name.n - 3);
	/* The longest domains leave no room for the rest in a file's name. */
	if (name.n > NAME_MAX)
		name = wax_textf(program->arena, "%.*s.xml", WAX_FMT(id));
	return wax_textf(program->arena, "%s/%.*s", program->options.output_dir,
	    WAX_FMT(name))
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

static int
write_report(
    struct wax_report_program *program, const struct wax_stored_report *stored)
{
	struct wax_str text;
	const char *path;
	int status = document_of(program, stored, &text);

	if (status != 0)
		return status;
	if (program->options.output_dir == NULL) {
		(void)fwrite(text.p, 1, text.n, stdout);
		return 0;
	}
	path = path_of(program, stored);
	if (path == NULL)
		return wax_report_fail(EX_CONFIG, "report-from",
		    "is not set, and authserv-id is no domain: a file"
		    " cannot be named");
	return write_file(path, text);
}

int
wax_report_do_xml(struct wax_report_program *program)
{
	struct wax_stored_reports reports;
	int status = wax_report_open_store(program);

	if (status == 0)
		status = wax_report_select(program, &reports);
	if (status != 0)
		return status;
	if (reports.n == 0)
		return wax_report_fail(
		    WAX_EX_SOME, "xml", "there is no such report");
	if (reports.n > 1 && program->options.output_dir == NULL) {
		(void)fprintf(stderr,
		    "sealwax-report: xml: these are %zu reports; choose one"
		    " with --domain, --begin and --end (\"list\" shows them),"
		    " or write all to files with --output-dir\n",
		    reports.n);
		return EX_USAGE;
	}
	for (size_t i = 0; status == 0 && i < reports.n; i++)
		status = write_report(program, &reports.v[i]);
	return status;
}
