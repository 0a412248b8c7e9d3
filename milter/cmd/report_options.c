/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/report_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "milter/cmd/report_time.h"
#include "policy/base/vec.h"
#include "policy/mail/domain.h"

enum long_option {
	OPT_DOMAIN = 256,
	OPT_BEGIN,
	OPT_END,
	OPT_OPEN,
	OPT_DRY_RUN,
	OPT_TIMER,
	OPT_BEFORE,
	OPT_UNTIL,
	OPT_WHY,
	OPT_OUTPUT_DIR
};

static const struct option long_options[] = {
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "begin", required_argument, NULL, OPT_BEGIN },
	{ "end", required_argument, NULL, OPT_END },
	{ "open", no_argument, NULL, OPT_OPEN },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "timer", no_argument, NULL, OPT_TIMER },
	{ "before", required_argument, NULL, OPT_BEFORE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "why", required_argument, NULL, OPT_WHY },
	{ "output-dir", required_argument, NULL, OPT_OUTPUT_DIR },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: sealwax-report list | show [SELECTION]\n"
    "       sealwax-report xml [SELECTION] [--output-dir DIRECTORY]\n"
    "       sealwax-report html [SELECTION | FILE...]\n"
    "       sealwax-report send [SELECTION] [--dry-run] [--timer]\n"
    "       sealwax-report read FILE...\n"
    "       sealwax-report bounce\n"
    "       sealwax-report suppress add [--until T] [--why TEXT]\n"
    "           DOMAIN | ADDRESS...\n"
    "       sealwax-report suppress remove DOMAIN | ADDRESS...\n"
    "       sealwax-report suppress list\n"
    "       sealwax-report status\n"
    "       sealwax-report purge [--domain DOMAIN] [--before T]\n"
    "       sealwax-report -V | -h\n"
    "SELECTION: [--domain DOMAIN] [--begin T] [--end T] [--open]\n"
    "T: 2026-11-24, 2026-11-24T10:00[:00][Z] (UTC), or seconds since 1970\n"
    "everywhere: [-c FILE] [-o KEY=VALUE]...\n";

/* Sets of options. */
#define BIT(option) (1U << ((option)-OPT_DOMAIN))
#define SELECTION \
	(BIT(OPT_DOMAIN) | BIT(OPT_BEGIN) | BIT(OPT_END) | BIT(OPT_OPEN))
#define MANY ((size_t)-1)

static const struct subcommand {
	const char *name, *second; /* second NULL: one word */
	enum wax_report_task task;
	unsigned options;
	size_t least, most; /* arguments */
	const char *wants;
} subcommands[] = {
	{ "list", NULL, WAX_DO_LIST, SELECTION, 0, 0, "no arguments" },
	{ "show", NULL, WAX_DO_SHOW, SELECTION, 0, 0, "no arguments" },
	{ "xml", NULL, WAX_DO_XML, SELECTION | BIT(OPT_OUTPUT_DIR), 0, 0,
	    "no arguments" },
	{ "html", NULL, WAX_DO_HTML, SELECTION, 0, MANY, "" },
	{ "send", NULL, WAX_DO_SEND,
	    SELECTION | BIT(OPT_DRY_RUN) | BIT(OPT_TIMER), 0, 0,
	    "no arguments" },
	{ "read", NULL, WAX_DO_READ, 0, 1, MANY,
	    "at least one file, or - for standard input" },
	{ "bounce", NULL, WAX_DO_BOUNCE, 0, 0, 0,
	    "no arguments: the message comes on standard input" },
	{ "suppress", "add", WAX_DO_SUPPRESS_ADD, BIT(OPT_UNTIL) | BIT(OPT_WHY),
	    1, MANY, "at least one domain or address" },
	{ "suppress", "remove", WAX_DO_SUPPRESS_REMOVE, 0, 1, MANY,
	    "at least one domain or address" },
	{ "suppress", "list", WAX_DO_SUPPRESS_LIST, 0, 0, 0, "no arguments" },
	{ "status", NULL, WAX_DO_STATUS, 0, 0, 0, "no arguments" },
	{ "purge", NULL, WAX_DO_PURGE, BIT(OPT_DOMAIN) | BIT(OPT_BEFORE), 0, 0,
	    "no arguments" },
	{ "diff", NULL, WAX_DO_DIFF, SELECTION, 0, MANY, "" },
};

struct reading {
	struct wax_arena *arena;
	struct wax_report_options *out;
	unsigned given; /* options */
	WAX_VEC(const char *) overrides;
	WAX_VEC(const char *) words; /* that are no options */
};

static enum wax_report_command
see_usage(void)
{
	(void)fputs("(sealwax-report -h shows how it is used)\n", stderr);
	return WAX_COMMAND_USAGE;
}

static enum wax_report_command
wrong(const char *what, const char *value, const char *hint)
{
	(void)fprintf(
	    stderr, "sealwax-report: %s: \"%s\" %s\n", what, value, hint);
	return see_usage();
}

static enum wax_report_command
read_domain(struct reading *reading, const char *value)
{
	struct wax_domain domain;

	if (!wax_domain_parse(reading->arena, wax_str_of(value), &domain))
		return wrong("--domain", value, "is not a domain");
	reading->out->domain = domain.text;
	return WAX_COMMAND_RUN;
}

static enum wax_report_command
read_time(const char *name, const char *value, bool is_end, int64_t *out)
{
	if (!wax_time_parse(wax_str_of(value), is_end, out))
		return wrong(name, value,
		    "is not a time: write 2026-11-24, 2026-11-24T10:00, or"
		    " seconds since 1970");
	return WAX_COMMAND_RUN;
}

static enum wax_report_command
read_long(struct reading *reading, int option, const char *value)
{
	struct wax_report_options *out = reading->out;

	reading->given |= BIT(option);
	switch (option) {
	case OPT_DOMAIN:
		return read_domain(reading, value);
	case OPT_BEGIN:
		return read_time("--begin", value, false, &out->begin);
	case OPT_END:
		return read_time("--end", value, true, &out->end);
	case OPT_BEFORE:
		return read_time("--before", value, false, &out->before);
	case OPT_UNTIL:
		return read_time("--until", value, true, &out->until);
	case OPT_OPEN:
		out->open = true;
		break;
	case OPT_DRY_RUN:
		out->dry_run = true;
		break;
	case OPT_TIMER:
		out->timer = true;
		break;
	case OPT_WHY:
		out->why = value;
		break;
	default: /* OPT_OUTPUT_DIR */
		out->output_dir = value;
		break;
	}
	return WAX_COMMAND_RUN;
}

static enum wax_report_command
read_option(struct reading *reading, int option, const char *value)
{
	switch (option) {
	case 1: /* no option; "-" in front of the letters asks for it */
		WAX_PUSH(reading->arena, &reading->words, value);
		break;
	case 'c':
		reading->out->source.file = value;
		break;
	case 'o':
		WAX_PUSH(reading->arena, &reading->overrides, value);
		break;
	case 'h':
		(void)fputs(usage, stdout);
		return WAX_COMMAND_DONE;
	case 'V':
		(void)printf("sealwax-report %s\n", PACKAGE_VERSION);
		return WAX_COMMAND_DONE;
	case '?': /* getopt has said what is wrong */
		return see_usage();
	default:
		return read_long(reading, option, value);
	}
	return WAX_COMMAND_RUN;
}

static bool
is_word(const struct reading *reading, size_t i, const char *word)
{
	return i < reading->words.n && strcmp(reading->words.v[i], word) == 0;
}

/* The subcommand; *n of its words. NULL: there is none of that name. */
static const struct subcommand *
find_subcommand(const struct reading *reading, size_t *n)
{
	for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
		const struct subcommand *sub = &subcommands[i];

		*n = sub->second == NULL ? 1 : 2;
		if (is_word(reading, 0, sub->name) &&
		    (sub->second == NULL || is_word(reading, 1, sub->second)))
			return sub;
	}
	return NULL;
}

static const char *
option_name(unsigned bit)
{
	for (size_t i = 0; long_options[i].name != NULL; i++)
		if (long_options[i].val >= OPT_DOMAIN &&
		    BIT(long_options[i].val) == bit)
			return long_options[i].name;
	return "";
}

static enum wax_report_command
check_options(const struct reading *reading, const struct subcommand *sub)
{
	unsigned extra = reading->given & ~sub->options;

	if (extra != 0) {
		(void)fprintf(stderr,
		    "sealwax-report: --%s means nothing to %s\n",
		    option_name(extra & -extra), sub->name);
		return see_usage();
	}
	if (reading->out->n_arguments < sub->least ||
	    reading->out->n_arguments > sub->most) {
		(void)fprintf(stderr, "sealwax-report: %s%s%s takes %s\n",
		    sub->name, sub->second != NULL ? " " : "",
		    sub->second != NULL ? sub->second : "", sub->wants);
		return see_usage();
	}
	return WAX_COMMAND_RUN;
}

/* What is allowed alone, but not together. */
static enum wax_report_command
check_together(const struct reading *reading)
{
	struct wax_report_options *out = reading->out;

	if ((reading->given & BIT(OPT_END)) == 0 && out->begin > 0)
		out->end = INT64_MAX;
	if (out->end < out->begin) {
		(void)fputs(
		    "sealwax-report: --end is before --begin\n", stderr);
		return see_usage();
	}
	if (out->task == WAX_DO_HTML && out->n_arguments > 0 &&
	    reading->given != 0)
		return wrong("html", out->argument[0],
		    "is a file: a selection is only for reports of our own");
	if (out->task == WAX_DO_PURGE && reading->given == 0) {
		(void)fputs("sealwax-report: purge removes nothing without"
		            " --domain or --before\n",
		    stderr);
		return see_usage();
	}
	return WAX_COMMAND_RUN;
}

static enum wax_report_command
finish(struct reading *reading)
{
	struct wax_report_options *out = reading->out;
	const struct subcommand *sub;
	enum wax_report_command command;
	size_t n = 0;

	sub = find_subcommand(reading, &n);
	if (reading->words.n == 0) {
		(void)fputs(usage, stderr);
		return WAX_COMMAND_USAGE;
	}
	if (sub == NULL && is_word(reading, 0, "suppress"))
		return wrong("suppress",
		    reading->words.n > 1 ? reading->words.v[1] : "",
		    "is none of add, remove, list");
	if (sub == NULL)
		return wrong(
		    "subcommand", reading->words.v[0], "is not one of them");
	out->task = sub->task;
	out->n_arguments = reading->words.n - n;
	out->argument = reading->words.v + n;
	out->source.n_overrides = reading->overrides.n;
	out->source.override = reading->overrides.v;
	command = check_options(reading, sub);
	return command != WAX_COMMAND_RUN ? command : check_together(reading);
}

enum wax_report_command
wax_report_options_read(struct wax_arena *arena, int argc, char *argv[],
    struct wax_report_options *out)
{
	struct reading reading = { .arena = arena, .out = out };
	enum wax_report_command command = WAX_COMMAND_RUN;
	int option;

	*out = (struct wax_report_options){ .task = WAX_DO_LIST };
	while (command == WAX_COMMAND_RUN &&
	       (option = getopt_long(
	            argc, argv, "-c:o:hV", long_options, NULL)) != -1)
		command = read_option(&reading, option, optarg);
	/* Behind "--". */
	for (; optind < argc; optind++)
		WAX_PUSH(arena, &reading.words, argv[optind]);
	if (command == WAX_COMMAND_RUN)
		return finish(&reading);
	if (is_word(&reading, 0, "status"))
		out->task = WAX_DO_STATUS; /* has its own exit status */
	return command;
}
