/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/report_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/cmd/report_table.h"
#include "milter/send/pack.h"
#include "milter/send/unmail.h"
#include "milter/sys/privileges.h"
#include "milter/sys/sandbox.h"
#include "policy/base/limits.h"

/* Descriptors beside those of the inputs. */
#define FILES_BESIDE 32

struct input {
	const char *name;
	FILE *file; /* NULL: it could not be opened, which was said */
};

struct inputs {
	struct wax_report_program *program;
	struct wax_arena *arena; /* of one file, or of all */
	wax_report_found *found;
	void *arg;
	int status;
	const char *name; /* of the file that is read */
	size_t n_found;   /* in it */
};

/* The worst that happened: bad input is worse than none. */
static void
fail(struct inputs *inputs, int status, struct wax_str within, const char *why)
{
	struct wax_str name =
	    wax_shown(inputs->arena, wax_str_of(inputs->name));
	struct wax_str shown = wax_shown(inputs->arena, within);
	struct wax_str reason = wax_shown(inputs->arena, wax_str_of(why));

	if (inputs->status != EX_DATAERR)
		inputs->status = status;
	(void)fprintf(stderr, "sealwax-report: %.*s: %.*s%s%.*s\n",
	    WAX_FMT(name), WAX_FMT(shown), shown.n > 0 ? ": " : "",
	    WAX_FMT(reason));
}

static void
read_xml(struct inputs *inputs, struct wax_str name, struct wax_str bytes)
{
	struct wax_aggregate *report =
	    WAX_NEW(inputs->arena, struct wax_aggregate);
	enum wax_xml_dialect dialect;
	struct wax_err err;

	if (wax_xml_read(inputs->arena, bytes, report, &dialect, &err) !=
	    WAX_OK) {
		fail(inputs, EX_DATAERR, name, err.text);
		return;
	}
	inputs->n_found++;
	inputs->found(
	    inputs->arg, inputs->arena, inputs->name, report, dialect);
}

static void
read_packed(struct inputs *inputs, struct wax_str name, struct wax_str bytes)
{
	struct wax_unpacked *entry;
	struct wax_err err;
	size_t n;

	if (wax_unpack(inputs->arena, bytes, WAX_REPORT_READ_BYTES_MAX, &entry,
	        &n, &err) != WAX_OK) {
		fail(inputs, EX_DATAERR, name, err.text);
		return;
	}
	for (size_t i = 0; i < n; i++)
		read_xml(inputs, entry[i].name.n > 0 ? entry[i].name : name,
		    entry[i].bytes);
}

static bool
is_named(struct wax_arena *arena, struct wax_str name)
{
	struct wax_str lower = wax_str_lower(arena, wax_str_trim(name));

	return wax_str_ends(lower, WAX_STR(".xml")) ||
	       wax_str_ends(lower, WAX_STR(".gz")) ||
	       wax_str_ends(lower, WAX_STR(".zip")) ||
	       wax_str_ends(lower, WAX_STR(".tar")) ||
	       wax_str_ends(lower, WAX_STR(".tgz"));
}

/* RFC 9990 s3.5.2 has application/gzip and text/xml; others send whatever
 * they like. */
static bool
may_be_report(struct wax_arena *arena, const struct wax_mail_part *part)
{
	static const char *const types[] = { "application/gzip",
		"application/x-gzip", "application/gzip-compressed",
		"application/zip", "application/x-zip",
		"application/x-zip-compressed", "application/xml", "text/xml",
		"application/x-tar", "application/octet-stream" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (wax_str_eq(part->type, wax_str_of(types[i])))
			return true;
	return is_named(arena, part->name);
}

static void
read_mail(struct inputs *inputs, const struct wax_mail_part *part, size_t n)
{
	size_t n_tried = 0;

	for (size_t i = 0; i < n; i++) {
		if (!may_be_report(inputs->arena, &part[i]))
			continue;
		n_tried++;
		if (part[i].is_damaged)
			fail(inputs, EX_DATAERR, part[i].name,
			    "its base64 is broken");
		else
			read_packed(inputs, part[i].name, part[i].bytes);
	}
	if (n_tried == 0)
		fail(inputs, EX_DATAERR, WAX_STR(""),
		    "no report is attached to this message");
}

/* What an XML document begins with; a byte order mark may be in front. */
static bool
is_xml(struct wax_str bytes)
{
	if (wax_str_starts(bytes, WAX_STR("\xef\xbb\xbf")))
		bytes = wax_str_from(bytes, 3);
	return wax_str_starts(
	    wax_str_trim(wax_str_head(bytes, 1000)), WAX_STR("<"));
}

static void
read_bytes(struct inputs *inputs, struct wax_str bytes)
{
	struct wax_mail_part *part;
	struct wax_err err;
	size_t n;

	if (is_xml(bytes)) {
		read_xml(inputs, WAX_STR(""), bytes);
		return;
	}
	switch (wax_unmail(inputs->arena, bytes, &part, &n, &err)) {
	case WAX_OK:
		read_mail(inputs, part, n);
		break;
	case WAX_E_SYNTAX: /* it does not begin as a message */
		read_packed(inputs, WAX_STR(""), bytes);
		break;
	case WAX_E_LIMIT:
	case WAX_E_NOTFOUND:
	case WAX_E_TEMP:
	case WAX_E_IO:
	case WAX_E_CONFIG:
		fail(inputs, EX_DATAERR, WAX_STR(""), err.text);
		break;
	}
}

static void
read_input(struct inputs *inputs, FILE *file)
{
	char buffer[16384];
	struct wax_text text;
	size_t n;

	wax_text_init(&text, inputs->arena);
	while ((n = fread(buffer, 1, sizeof buffer, file)) > 0 &&
	       text.n <= WAX_REPORT_READ_BYTES_MAX)
		wax_text_add(&text, (struct wax_str){ buffer, n });
	if (ferror(file) != 0)
		fail(inputs, EX_NOINPUT, WAX_STR(""), strerror(errno));
	else if (text.n > WAX_REPORT_READ_BYTES_MAX)
		fail(inputs, EX_DATAERR, WAX_STR(""),
		    "it is larger than a report may be (64 MB)");
	else
		read_bytes(inputs, wax_text_str(&text));
}

static void
open_input(struct inputs *inputs, const char *name, struct input *out)
{
	bool is_stdin = strcmp(name, "-") == 0;

	inputs->name = name;
	*out = (struct input){ is_stdin ? "standard input" : name,
		is_stdin ? stdin : fopen(name, "rb") };
	if (out->file == NULL)
		fail(inputs, EX_NOINPUT, WAX_STR(""), strerror(errno));
}

/* With the rights we came with. */
static int
open_inputs(struct inputs *inputs, struct input **out)
{
	const struct wax_report_options *options = &inputs->program->options;
	size_t wanted = options->n_arguments + FILES_BESIDE, got;
	struct wax_err err;

	if (wax_files_raise(wanted, wanted, &got, &err) != WAX_OK)
		return wax_report_fail(EX_OSERR, "too many files at once",
		    "give them in several runs");
	*out = wax_alloc(
	    inputs->program->arena, options->n_arguments, sizeof **out);
	for (size_t i = 0; i < options->n_arguments; i++)
		open_input(inputs, options->argument[i], &(*out)[i]);
	return 0;
}

/* Everything that is needed is open. A kernel without Landlock is no reason
 * to refuse. */
static int
confine(struct wax_report_program *program)
{
	/* Character sets and time zones, loaded late. */
	const struct wax_access_rule rules[] = {
		{ "/usr/lib", WAX_ACCESS_READ },
		{ "/lib", WAX_ACCESS_READ },
#ifdef WAX_SANITIZED /* a leak checker looks at our threads */
		{ "/proc", WAX_ACCESS_READ },
#endif
	};
	struct wax_err err;
	int status = wax_report_become_user(program);
	enum wax_status entered;

	if (status != 0)
		return status;
	entered = wax_sandbox_enter(rules, sizeof rules / sizeof *rules, &err);
	if (entered != WAX_OK && entered != WAX_E_NOTFOUND)
		return wax_report_fail(EX_OSERR, "confinement", err.text);
	return 0;
}

static void
read_one(
    struct inputs *inputs, const struct input *input, struct wax_arena *arena)
{
	if (input->file == NULL)
		return;
	inputs->name = input->name;
	inputs->n_found = 0;
	if (arena == NULL)
		inputs->arena = wax_arena_new("input", 0);
	read_input(inputs, input->file);
	if (input->file != stdin)
		(void)fclose(input->file); /* only read */
	if (arena == NULL)
		wax_arena_free(inputs->arena);
}

int
wax_report_inputs(struct wax_report_program *program, struct wax_arena *arena,
    wax_report_found *found, void *arg)
{
	struct inputs inputs = { .program = program,
		.arena = program->arena,
		.found = found,
		.arg = arg };
	struct input *input;
	int status = open_inputs(&inputs, &input);

	if (status == 0)
		status = confine(program);
	if (status != 0)
		return status;
	for (size_t i = 0; i < program->options.n_arguments; i++)
		read_one(&inputs, &input[i], arena);
	return inputs.status;
}
