/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/check_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/vec.h"

enum long_option {
	OPT_IP = 256,
	OPT_NAME,
	OPT_HELO,
	OPT_FROM,
	OPT_RCPT,
	OPT_AUTH,
	OPT_DAEMON,
	OPT_ZONE,
	OPT_AT,
	OPT_JSON,
	OPT_AS_CONFIGURED,
	OPT_DOMAIN,
	OPT_FILE,
	OPT_SELECTOR,
	OPT_COMMON_SELECTORS,
	OPT_AUTHORITATIVE,
	OPT_OURS
};

static const struct option long_options[] = {
	{ "ip", required_argument, NULL, OPT_IP },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "helo", required_argument, NULL, OPT_HELO },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "rcpt", required_argument, NULL, OPT_RCPT },
	{ "auth", required_argument, NULL, OPT_AUTH },
	{ "daemon", required_argument, NULL, OPT_DAEMON },
	{ "zone", required_argument, NULL, OPT_ZONE },
	{ "at", required_argument, NULL, OPT_AT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "as-configured", no_argument, NULL, OPT_AS_CONFIGURED },
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "file", required_argument, NULL, OPT_FILE },
	{ "selector", required_argument, NULL, OPT_SELECTOR },
	{ "common-selectors", no_argument, NULL, OPT_COMMON_SELECTORS },
	{ "authoritative", no_argument, NULL, OPT_AUTHORITATIVE },
	{ "ours", no_argument, NULL, OPT_OURS },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: sealwax-check [--ip ADDRESS] [--name NAME] [--helo NAME]\n"
    "           [--from ADDRESS] [--rcpt ADDRESS]... [--auth USER]\n"
    "           [--daemon NAME] [--zone FILE] [--at SECONDS] [--json]\n"
    "           [--as-configured] [-c FILE] [-o KEY=VALUE]... [MESSAGE | -]\n"
    "       sealwax-check --domain DOMAIN... [--file FILE | -]\n"
    "           [--selector NAME]... [--common-selectors] [--authoritative]\n"
    "           [--ours] [--zone FILE] [--json] [-c FILE] [-o KEY=VALUE]...\n"
    "       sealwax-check -V | -h\n";

struct reading {
	struct wax_arena *arena;
	struct wax_check_options *out;
	WAX_VEC(const char *) overrides;
	WAX_VEC(struct wax_str) recipients;
	WAX_VEC(struct wax_domain) domains;
	WAX_VEC(struct wax_str) selectors;
	/* The last one that is only for messages, only for domains. */
	const char *of_message, *of_domain;
};

static enum wax_check_command
wrong(const char *what, const char *value, const char *hint)
{
	(void)fprintf(stderr, "sealwax-check: %s: \"%s\" %s\n%s", what, value,
	    hint, usage);
	return WAX_CHECK_USAGE;
}

static enum wax_check_command
read_ip(struct reading *reading, const char *value)
{
	if (!wax_ip_parse(wax_str_of(value), &reading->out->connection.client))
		return wrong("--ip", value, "is not an IP address");
	reading->out->has_ip = true;
	return WAX_CHECK_MESSAGE;
}

static enum wax_check_command
read_time(struct reading *reading, const char *value)
{
	unsigned long seconds;

	if (!wax_str_number(wax_str_of(value), 253402300799UL, &seconds))
		return wrong("--at", value,
		    "is not a number of seconds since 1970 (see date +%s)");
	reading->out->at = (int64_t)seconds;
	reading->out->has_time = true;
	return WAX_CHECK_MESSAGE;
}

static enum wax_check_command
read_domain(struct reading *reading, const char *value)
{
	struct wax_domain domain;

	if (!wax_domain_parse(reading->arena, wax_str_of(value), &domain))
		return wrong("--domain", value, "is not the name of a domain");
	WAX_PUSH(reading->arena, &reading->domains, domain);
	return WAX_CHECK_MESSAGE;
}

/* The whole name of the record is taken, too; U-labels become A-labels. */
static enum wax_check_command
read_selector(struct reading *reading, const char *value)
{
	struct wax_str selector = wax_str_of(value);
	const struct wax_str rest = WAX_STR("._domainkey.example");
	struct wax_domain whole;

	for (size_t i = 0; i < selector.n; i++)
		if (wax_str_istarts(
		        wax_str_from(selector, i), WAX_STR("._domainkey")))
			selector.n = i;
	if (!wax_domain_parse(reading->arena,
	        wax_textf(reading->arena, "%.*s%.*s", WAX_FMT(selector),
	            WAX_FMT(rest)),
	        &whole))
		return wrong("--selector", value, "is not a selector");
	WAX_PUSH(reading->arena, &reading->selectors,
	    wax_str_head(whole.text, whole.text.n - rest.n));
	return WAX_CHECK_MESSAGE;
}

static void
read_auth(struct reading *reading, const char *user)
{
	reading->out->envelope.auth_type = WAX_STR("PLAIN");
	reading->out->envelope.auth_user = wax_str_of(user);
}

/* What is for the one or the other only. */
static void
note_kind(struct reading *reading, int option)
{
	switch (option) {
	case OPT_IP:
	case OPT_NAME:
	case OPT_HELO:
	case OPT_FROM:
	case OPT_RCPT:
	case OPT_AUTH:
	case OPT_DAEMON:
	case OPT_AT:
	case OPT_AS_CONFIGURED:
		reading->of_message = long_options[option - OPT_IP].name;
		break;
	case OPT_SELECTOR:
	case OPT_COMMON_SELECTORS:
	case OPT_AUTHORITATIVE:
	case OPT_OURS:
		reading->of_domain = long_options[option - OPT_IP].name;
		break;
	default:
		break;
	}
}

static enum wax_check_command
read_option(struct reading *reading, int option, const char *value)
{
	struct wax_check_options *out = reading->out;

	switch (option) {
	case OPT_IP:
		return read_ip(reading, value);
	case OPT_NAME:
		out->connection.client_name = wax_str_of(value);
		break;
	case OPT_HELO:
		out->envelope.helo = wax_str_of(value);
		break;
	case OPT_FROM:
		out->envelope.mail_argument = wax_str_of(value);
		out->has_sender = true;
		break;
	case OPT_RCPT:
		WAX_PUSH(
		    reading->arena, &reading->recipients, wax_str_of(value));
		break;
	case OPT_AUTH:
		read_auth(reading, value);
		break;
	case OPT_DAEMON:
		out->connection.daemon_name = wax_str_of(value);
		break;
	case OPT_ZONE:
		out->zone = value;
		break;
	case OPT_AT:
		return read_time(reading, value);
	case OPT_JSON:
		out->json = true;
		break;
	case OPT_AS_CONFIGURED:
		out->as_configured = true;
		break;
	case OPT_DOMAIN:
		return read_domain(reading, value);
	case OPT_FILE:
		out->list = value;
		break;
	case OPT_SELECTOR:
		return read_selector(reading, value);
	case OPT_COMMON_SELECTORS:
		out->domains.tries_common = true;
		break;
	case OPT_AUTHORITATIVE:
		out->domains.asks_servers = true;
		break;
	case OPT_OURS:
		out->compares_ours = true;
		break;
	case 'c':
		out->source.file = value;
		break;
	case 'o':
		WAX_PUSH(reading->arena, &reading->overrides, value);
		break;
	case 'h':
		(void)fputs(usage, stdout);
		return WAX_CHECK_DONE;
	case 'V':
		(void)printf("sealwax-check %s\n", PACKAGE_VERSION);
		return WAX_CHECK_DONE;
	default: /* getopt has said what is wrong */
		(void)fputs(usage, stderr);
		return WAX_CHECK_USAGE;
	}
	return WAX_CHECK_MESSAGE;
}

/* What stands behind the options: the message, or further domains. */
static enum wax_check_command
read_rest(struct reading *reading, int n, char *rest[])
{
	struct wax_check_options *out = reading->out;

	if (reading->domains.n == 0 && out->list == NULL) {
		if (reading->of_domain != NULL)
			return wrong("option", reading->of_domain,
			    "needs --domain or --file");
		if (n > 1)
			return wrong("message", rest[1],
			    "is one too many: one message at a time");
		if (n == 1 && strcmp(rest[0], "-") != 0)
			out->file = rest[0];
		return WAX_CHECK_MESSAGE;
	}
	if (reading->of_message != NULL)
		return wrong("option", reading->of_message,
		    "is for a message, not for a domain");
	if (out->zone != NULL && out->domains.asks_servers)
		return wrong("option", "authoritative",
		    "asks name servers; a zone has none");
	for (int i = 0; i < n; i++)
		if (read_domain(reading, rest[i]) == WAX_CHECK_USAGE)
			return WAX_CHECK_USAGE;
	return WAX_CHECK_DOMAINS;
}

enum wax_check_command
wax_check_options_read(struct wax_arena *arena, int argc, char *argv[],
    struct wax_check_options *out)
{
	struct reading reading = { .arena = arena, .out = out };
	enum wax_check_command command;
	int option;

	*out = (struct wax_check_options){ .envelope.mail_argument =
		                               WAX_STR("<>") };
	while ((option = getopt_long(
	            argc, argv, "c:o:hV", long_options, NULL)) != -1) {
		note_kind(&reading, option);
		command = read_option(&reading, option, optarg);
		if (command != WAX_CHECK_MESSAGE)
			return command;
	}
	command = read_rest(&reading, argc - optind, argv + optind);
	out->source.n_overrides = reading.overrides.n;
	out->source.override = reading.overrides.v;
	out->n_recipients = reading.recipients.n;
	out->recipient = reading.recipients.v;
	out->domains.n_domains = reading.domains.n;
	out->domains.domain = reading.domains.v;
	out->domains.n_selectors = reading.selectors.n;
	out->domains.selector = reading.selectors.v;
	out->domains.json = out->json;
	return command;
}
