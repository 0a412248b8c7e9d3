/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_send.c - one run of sending: everything that milter/send/schedule.h
 * is to be given from outside, and what people see of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "milter/cmd/report_program.h"
#include "milter/cmd/report_table.h"
#include "milter/resolver/unbound.h"
#include "milter/send/schedule.h"
#include "milter/sys/clock.h"
#include "milter/sys/privileges.h"

/* --timer: so that not everybody sends at the full hour. */
#define JITTER_MAX_S 300
/* RFC 5321 s4.5.3.2: ten minutes for the end of a message, at most. */
#define SUBMIT_TIMEOUT_S 600
/* Silent name servers hold a socket each, while hundreds are asked. */
#define FILES_WANTED (4096 + 1024)

struct sending {
	struct wax_report_program *program;
	struct wax_unbound *unbound;
	struct wax_signer *signer;
	struct wax_submitter *submitter; /* NULL: a dry run */
	struct wax_domain from;          /* of report-from */
	uint64_t n_submitted, n_later;
	bool is_broken; /* the server would take nothing from us */
	bool is_on_terminal, has_progress;
};

/* Keys that there is no default for; each that is missing is named. */
static int
check_keys(const struct wax_config *config)
{
	int status = 0;

	if (config->report_org_name.n == 0)
		status = wax_report_fail(EX_CONFIG, "report-org-name",
		    "is not set: write the name of your organization");
	if (config->report_from.n == 0)
		status = wax_report_fail(EX_CONFIG, "report-from",
		    "is not set: write the address that reports come from");
	if (config->report_dkim_key.n == 0 && !config->report_unsigned)
		status = wax_report_fail(EX_CONFIG, "report-dkim-key",
		    "is not set: reports must pass DMARC themselves. Set"
		    " report-dkim-domain, report-dkim-selector and"
		    " report-dkim-key; or, if the mail server signs them or"
		    " SPF is enough, report-unsigned = \"yes\"");
	return status;
}

/* What a dry run takes in place of what is not set; nothing of it leaves. */
static struct wax_str
from_of(const struct wax_report_program *program)
{
	const struct wax_config *config = program->config;

	return config->report_from.n > 0
	           ? config->report_from
	           : wax_textf(program->arena, "postmaster@%.*s",
	                 WAX_FMT(config->policy.authserv_id));
}

static const char *
text_of(const struct sending *sending, struct wax_str text)
{
	const char *z = wax_str_z(sending->program->arena, text);

	return z != NULL ? z : "";
}

static int
open_signer(struct sending *sending)
{
	const struct wax_config *config = sending->program->config;
	struct wax_err err;

	if (config->report_dkim_key.n == 0)
		return 0; /* check_keys() knows whether that is meant */
	if (wax_signer_open(text_of(sending, config->report_dkim_domain),
	        text_of(sending, config->report_dkim_selector),
	        text_of(sending, config->report_dkim_key), &sending->signer,
	        &err) != WAX_OK)
		return wax_report_fail(EX_CONFIG, "report-dkim-key", err.text);
	return 0;
}

static int
open_submitter(struct sending *sending)
{
	const struct wax_config *config = sending->program->config;
	const struct wax_submit_options options = {
		.url = text_of(sending, config->report_smtp),
		.password_file =
		    text_of(sending, config->report_smtp_password_file),
		.needs_tls = config->report_smtp_needs_tls,
		.ca_file = config->report_smtp_ca_file.n > 0
		               ? text_of(sending, config->report_smtp_ca_file)
		               : NULL,
		.timeout_s = SUBMIT_TIMEOUT_S,
	};
	struct wax_err err;

	if (sending->program->options.dry_run)
		return 0;
	if (wax_submitter_open(&options, &sending->submitter, &err) != WAX_OK)
		return wax_report_fail(EX_CONFIG, "report-smtp", err.text);
	return 0;
}

static int
open_dns(struct sending *sending)
{
	const struct wax_config *config = sending->program->config;
	const struct wax_unbound_options options = {
		.n_servers = config->resolver.n,
		.server = config->resolver.v,
		.cache_bytes = config->dns_cache_bytes,
		.cache_entries = config->dns_cache_entries,
	};
	struct wax_err err;
	size_t got;

	/* With fewer it is slower, and nothing worse. */
	if (wax_files_raise(FILES_WANTED, 0, &got, &err) != WAX_OK)
		return wax_report_fail(EX_OSERR, "DNS", err.text);
	sending->unbound = wax_unbound_open(&options, &err);
	if (sending->unbound == NULL ||
	    wax_unbound_start(sending->unbound, &err) != WAX_OK)
		return wax_report_fail(
		    err.status == WAX_E_CONFIG ? EX_CONFIG : EX_OSERR, "DNS",
		    err.text);
	return 0;
}

static int64_t
clock_ms(void *arg)
{
	(void)arg;
	return wax_clock_ms();
}

/* A signal ends the program as always, or does not matter. */
static void
pause_ms(void *arg, unsigned ms)
{
	const struct timespec time = { (time_t)(ms / 1000),
		(long)(ms % 1000) * 1000000 };

	(void)arg;
	(void)nanosleep(&time, NULL);
}

static int64_t
now(void *arg)
{
	(void)arg;
	return wax_clock_wall();
}

static struct wax_str
report_id(void *arg, struct wax_arena *arena)
{
	uint8_t octet[16];
	struct wax_text text;

	(void)arg;
	/* So few, it waits for nothing but the start of the machine. */
	WAX_ASSERT(getrandom(octet, sizeof octet, 0) == sizeof octet);
	wax_text_init(&text, arena);
	for (size_t i = 0; i < sizeof octet; i++)
		wax_text_addf(&text, "%02x", octet[i]);
	return wax_text_str(&text);
}

static enum wax_submit_result
submit(void *arg, struct wax_arena *arena, struct wax_str from,
    struct wax_str to, struct wax_str message, struct wax_str *why)
{
	struct sending *sending = arg;
	enum wax_submit_result result =
	    wax_submit(sending->submitter, arena, from, to, message, why);

	switch (result) {
	case WAX_SUBMITTED:
		sending->n_submitted++;
		break;
	case WAX_SUBMIT_LATER:
		sending->n_later++;
		break;
	case WAX_SUBMIT_BROKEN:
		sending->is_broken = true;
		break;
	case WAX_SUBMIT_NEVER:
		break;
	}
	return result;
}

/* A line of the terminal that is written over. */
static void
clear_progress(struct sending *sending)
{
	if (sending->has_progress)
		(void)fputs("\r\033[K", stderr);
	sending->has_progress = false;
}

static void
say(void *arg, bool is_failure, struct wax_str line)
{
	struct sending *sending = arg;
	struct wax_arena *arena = wax_arena_new("line", 0);
	struct wax_str shown = wax_shown(arena, line);

	clear_progress(sending);
	(void)fprintf(is_failure ? stderr : stdout, "%s%.*s\n",
	    is_failure ? "sealwax-report: " : "", WAX_FMT(shown));
	/* With what goes to the other one, in the order it happened. */
	(void)fflush(stdout);
	wax_arena_free(arena);
}

static void
progress(void *arg, size_t done, size_t all)
{
	struct sending *sending = arg;

	(void)fprintf(stderr, "\r\033[K%zu of %zu", done, all);
	sending->has_progress = true;
}

/* Up to five minutes; a signal ends the program as always. */
static void
wait_a_while(void)
{
	unsigned random = 0;
	struct timespec left = { 0, 0 };

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return;
	left.tv_sec = (time_t)(random % JITTER_MAX_S);
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		continue;
}

static int
status_of(
    const struct sending *sending, const struct wax_schedule_counts *counts)
{
	if (sending->n_later > 0 && sending->n_submitted == 0)
		return wax_report_fail(WAX_EX_SOME, "report-smtp",
		    "the server took nothing; it is tried again");
	return sending->is_broken || counts->failed > 0 ? WAX_EX_SOME : 0;
}

/* For "status": that it runs. */
static int
note_run(struct wax_report_program *program)
{
	struct wax_err err;

	if (program->options.dry_run ||
	    wax_store_note(program->store, WAX_STR("last-send"),
	        wax_clock_wall(), false, &err) == WAX_OK)
		return 0;
	return wax_report_store_failed(&err);
}

static int
schedule(struct sending *sending)
{
	struct wax_report_program *program = sending->program;
	const struct wax_config *config = program->config;
	const struct wax_report_options *options = &program->options;
	const struct wax_schedule_options schedule = {
		.store = program->store,
		.resolver = wax_unbound_resolver(sending->unbound),
		.now = now,
		.clock_ms = clock_ms,
		.pause = pause_ms,
		.dns_deadline_ms = config->policy.dns_deadline_ms,
		.report_id = report_id,
		.submit = sending->submitter != NULL ? submit : NULL,
		.say = say,
		.progress = sending->is_on_terminal ? progress : NULL,
		.arg = sending,
		.signer = sending->signer,
		.org_name = config->report_org_name.n > 0
		                ? config->report_org_name
		                : config->policy.authserv_id,
		.from = from_of(program),
		.contact = config->report_contact,
		.generator = WAX_STR(WAX_REPORT_GENERATOR),
		.host = wax_str_of(program->host),
		.submitter = sending->from,
		.delay_s = config->report_delay_ms / 1000,
		.known_days = config->report_known_days,
		.max_uris = config->max_report_uris,
		.filter = { .domain = options->domain,
		    .begin = options->begin,
		    .end = options->end },
		.with_open = options->open,
	};
	struct wax_schedule_counts counts = { 0 };
	struct wax_err err;
	enum wax_status status = wax_schedule_run(&schedule, &counts, &err);
	int failed;

	clear_progress(sending);
	if (status != WAX_OK)
		return wax_report_store_failed(&err);
	(void)printf("%" PRIu64 " %s, %" PRIu64 " later, %" PRIu64
	             " failed, %" PRIu64 " withheld%s\n",
	    counts.sent, options->dry_run ? "would be sent" : "sent",
	    counts.later, counts.failed, counts.withheld,
	    counts.capped ? "; there is more for the next run" : "");
	failed = note_run(program);
	return failed != 0 ? failed : status_of(sending, &counts);
}

static int
start(struct sending *sending)
{
	struct wax_report_program *program = sending->program;
	struct wax_str from = from_of(program);
	int status = 0;

	if (!wax_domain_parse(program->arena,
	        wax_str_from(from, wax_str_rfind(from, '@') + 1),
	        &sending->from))
		status =
		    wax_report_fail(EX_CONFIG, "report-from", "has no domain");
	if (status == 0 && program->options.timer)
		wait_a_while();
	if (status == 0)
		status = wax_report_open_store(program);
	if (status == 0)
		status = open_signer(sending);
	if (status == 0)
		status = open_submitter(sending);
	return status != 0 ? status : open_dns(sending);
}

/* A dry run shows what it can, and fails for what is missing all the same. */
static int
run(struct sending *sending)
{
	int missing = check_keys(sending->program->config), status;

	if (missing != 0 && !sending->program->options.dry_run)
		return missing;
	status = start(sending);
	if (status == 0)
		status = schedule(sending);
	return status != 0 ? status : missing;
}

int
wax_report_do_send(struct wax_report_program *program)
{
	struct sending sending = {
		.program = program,
		.is_on_terminal = isatty(STDERR_FILENO) == 1,
	};
	int status = run(&sending);

	wax_submitter_close(sending.submitter);
	wax_signer_close(sending.signer);
#ifdef WAX_SANITIZED /* a leak checker looks at our memory */
	/* Answers of the resolver are in arenas that the schedule freed. */
	wax_unbound_close(sending.unbound);
#endif
	return status;
}
