/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sealwax_check.c - judge a saved message, and explain the verdict; or say
 * what is wrong with a domain's records.
 *
 * The same evaluation, verdict and plan as in sealwaxd, with the facts of
 * the session from the command line and the message from a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "milter/cmd/check_options.h"
#include "milter/cmd/explain.h"
#include "milter/resolver/unbound.h"
#include "milter/sys/clock.h"
#include "policy/dns/zone.h"
#include "policy/log_items.h"
#include "policy/plan.h"
#include "policy/report/row.h"
#include "policy/saved_message.h"

/* As libmilter hands a body over. */
#define CHUNK 65535

struct check {
	struct wax_arena *arena;
	struct wax_check_options options;
	struct wax_snapshot *snapshot;
	struct wax_engines *engines;
	time_t now;
	struct wax_unbound *unbound; /* NULL with --zone */
	struct wax_resolver *resolver;
	wax_deadline deadline;
};

static int
fail(int status, const char *what, const char *why)
{
	(void)fprintf(stderr, "sealwax-check: %s: %s\n", what, why);
	return status;
}

static bool
read_all(struct wax_arena *arena, FILE *file, struct wax_str *out)
{
	char buffer[16384];
	struct wax_text text;
	size_t n;

	wax_text_init(&text, arena);
	while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
		wax_text_add(&text, (struct wax_str){ buffer, n });
	*out = wax_text_str(&text);
	return ferror(file) == 0; /* else, errno says why */
}

/* The whole file; NULL name: standard input. */
static int
read_file(struct wax_arena *arena, const char *name, struct wax_str *out)
{
	FILE *file = name == NULL ? stdin : fopen(name, "rb");
	bool is_read;
	int error;

	if (file == NULL)
		return fail(EX_NOINPUT, name, strerror(errno));
	is_read = read_all(arena, file, out);
	error = errno;
	if (name != NULL)
		(void)fclose(file); /* only read: nothing can be lost */
	if (!is_read)
		return fail(EX_NOINPUT, name == NULL ? "standard input" : name,
		    strerror(error));
	return EX_OK;
}

static void
report_line(void *arg, const char *line)
{
	(void)arg;
	(void)fprintf(stderr, "sealwax-check: %s\n", line);
}

/* What sealwaxd would warn of has nothing to do with a domain's records. */
static void
drop_line(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

/* To check a domain, the list is only compared with; it may be missing. */
static void
open_engines(struct check *check, bool is_message, struct wax_err *err)
{
	const struct wax_config *config = wax_snapshot_config(check->snapshot);
	struct wax_engine_options options = {
		.spf = config->spf_engine,
		.org = is_message ? config->org_method : WAX_ORG_PSL,
		.psl_file = wax_str_z(check->arena, config->psl_file),
	};

	check->engines = wax_engines_open(&options, err);
	if (check->engines != NULL || is_message)
		return;
	options.org = config->org_method;
	check->engines = wax_engines_open(&options, err);
}

static int
load_configuration(struct check *check, bool is_message)
{
	struct wax_err err;

	check->snapshot = wax_config_load(&check->options.source, report_line,
	    is_message ? report_line : drop_line, NULL);
	if (check->snapshot == NULL)
		return EX_CONFIG;
	open_engines(check, is_message, &err);
	if (check->engines == NULL)
		return fail(EX_CONFIG, "cannot start", err.text);
	return EX_OK;
}

static int
open_zone(struct check *check)
{
	struct wax_str text;
	struct wax_zone *zone;
	struct wax_err err;
	int status = read_file(check->arena, check->options.zone, &text);

	if (status != EX_OK)
		return status;
	zone = wax_zone_parse(check->arena, text, &err);
	if (zone == NULL)
		return fail(EX_DATAERR, check->options.zone, err.text);
	check->resolver = wax_zone_resolver(check->arena, zone);
	check->deadline = (wax_deadline)wax_snapshot_config(check->snapshot)
	                      ->policy.dns_deadline_ms;
	return EX_OK;
}

static int
open_dns(struct check *check)
{
	const struct wax_config *config = wax_snapshot_config(check->snapshot);
	struct wax_err err;

	check->unbound = wax_unbound_open(
	    &(struct wax_unbound_options){
	        .n_servers = config->resolver.n,
	        .server = config->resolver.v,
	        .cache_bytes = config->dns_cache_bytes,
	        .cache_entries = config->dns_cache_entries,
	    },
	    &err);
	if (check->unbound == NULL ||
	    wax_unbound_start(check->unbound, &err) != WAX_OK)
		return fail(EX_OSERR, "DNS", err.text);
	check->resolver = wax_unbound_resolver(check->unbound);
	return EX_OK;
}

static struct wax_evaluation *
feed(const struct check *check, const struct wax_saved_message *message)
{
	const struct wax_check_options *options = &check->options;
	const struct wax_local_policy *policy =
	    &wax_snapshot_config(check->snapshot)->policy;
	struct wax_evaluation *evaluation =
	    wax_evaluation_new(check->arena, check->engines, policy,
	        check->resolver, &options->connection, check->now);

	wax_evaluation_envelope(evaluation, &options->envelope);
	for (size_t i = 0; i < options->n_recipients; i++)
		wax_evaluation_recipient(evaluation, options->recipient[i]);
	for (size_t i = 0; i < message->n_fields; i++)
		wax_evaluation_field(
		    evaluation, message->field[i].name, message->field[i].raw);
	if (wax_evaluation_eoh(evaluation) == WAX_SKIP_BODY)
		return evaluation;
	for (size_t at = 0; at < message->body.n; at += CHUNK)
		(void)wax_evaluation_body(evaluation,
		    wax_str_head(wax_str_from(message->body, at), CHUNK));
	return evaluation;
}

static int
exit_status(enum wax_action action)
{
	switch (action) {
	case WAX_ACCEPT:
		return 0;
	case WAX_QUARANTINE:
		return 1;
	case WAX_REJECT:
		return 2;
	case WAX_TEMPFAIL:
		return 3;
	}
	return EX_SOFTWARE;
}

static void
print(struct wax_str s)
{
	(void)fwrite(s.p, 1, s.n, stdout);
}

static int
print_exempt(const struct check *check, struct wax_evaluation *evaluation)
{
	const struct wax_facts *facts = wax_evaluation_facts(evaluation);
	const struct wax_forged *forged = wax_evaluation_forged(evaluation);
	const struct wax_log_context context = {
		.exempt = wax_evaluation_exempt(evaluation)
	};
	const struct wax_plan *plan =
	    wax_plan_unjudged(check->arena, context.exempt, forged, NULL);

	if (check->options.json) {
		print(wax_render_log_json(
		    check->arena, &context, facts, NULL, NULL));
		(void)putchar('\n');
	} else {
		(void)printf("Not judged: %s. Fields removed: %zu.\n",
		    wax_exempt_word(context.exempt), plan->n_edits);
	}
	return exit_status(WAX_ACCEPT);
}

/* What sealwaxd would keep for the aggregate report; NULL: nothing. */
static const struct wax_render_row *
row_of(const struct check *check, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict)
{
	struct wax_arena *arena = check->arena;
	struct wax_render_row *out = WAX_NEW(arena, struct wax_render_row);
	struct wax_report_row row;

	if (!wax_report_row_make(arena, facts, results, verdict,
	        wax_snapshot_config(check->snapshot)->report_from, check->now,
	        &row))
		return NULL;
	out->is_accepted = row.is_accepted;
	out->policy = wax_report_policy_format(arena, &row.policy);
	out->tuple = wax_report_tuple_format(arena, &row.tuple);
	return out;
}

static int
print_verdict(const struct check *check, struct wax_evaluation *evaluation)
{
	const struct wax_local_policy *policy =
	    &wax_snapshot_config(check->snapshot)->policy;
	const struct wax_facts *facts = wax_evaluation_facts(evaluation);
	const struct wax_results *results =
	    wax_evaluation_finish(evaluation, check->deadline);
	struct wax_verdict verdict =
	    wax_verdict_decide(check->arena, policy, facts, results);
	const struct wax_render_row *row =
	    row_of(check, facts, results, &verdict);

	if (check->options.json) {
		print(wax_render_json(
		    check->arena, policy, facts, results, &verdict, row));
		(void)putchar('\n');
	} else {
		print(wax_explain(check->arena, policy, facts,
		    wax_evaluation_forged(evaluation), results, &verdict, row));
	}
	return exit_status(
	    check->options.as_configured ? verdict.applied : verdict.action);
}

static int
judge(struct check *check)
{
	struct wax_saved_message message;
	struct wax_evaluation *evaluation;
	struct wax_str text;
	int status = read_file(check->arena, check->options.file, &text);

	if (status != EX_OK)
		return status;
	if (!wax_saved_message_parse(check->arena, text, &message))
		return fail(EX_DATAERR,
		    check->options.file == NULL ? "standard input"
		                                : check->options.file,
		    "is not a message: it does not begin with a header field");
	if (!check->options.has_ip)
		(void)fputs("sealwax-check: no --ip: taken as a client without "
		            "an address, so SPF is none\n",
		    stderr);
	else if (!check->options.has_sender)
		(void)fputs("sealwax-check: no --from: taken as a null sender,"
		            " so SPF looks at --helo\n",
		    stderr);
	if (check->unbound != NULL)
		check->deadline =
		    wax_clock_ms() +
		    (wax_deadline)wax_snapshot_config(check->snapshot)
		        ->policy.dns_deadline_ms;
	check->now = check->options.has_time ? (time_t)check->options.at
	                                     : (time_t)wax_clock_wall();
	evaluation = feed(check, &message);
	if (wax_evaluation_exempt(evaluation) != WAX_JUDGED)
		return print_exempt(check, evaluation);
	return print_verdict(check, evaluation);
}

/* Those of the command line, then those of the file. */
static int
add_listed_domains(struct check *check)
{
	struct wax_domain_options *options = &check->options.domains;
	const char *file = check->options.list;
	const struct wax_domain *listed;
	struct wax_domain *all;
	struct wax_str text;
	struct wax_err err;
	size_t n;
	int status;

	if (file == NULL)
		return EX_OK;
	status = read_file(
	    check->arena, strcmp(file, "-") == 0 ? NULL : file, &text);
	if (status != EX_OK)
		return status;
	if (wax_domain_list_read(check->arena, text, &n, &listed, &err) !=
	    WAX_OK)
		return fail(EX_DATAERR, file, err.text);
	if (n + options->n_domains == 0)
		return fail(EX_DATAERR, file, "names no domain");
	all = wax_alloc(check->arena, options->n_domains + n, sizeof *all);
	for (size_t i = 0; i < options->n_domains; i++)
		all[i] = options->domain[i];
	for (size_t i = 0; i < n; i++)
		all[options->n_domains + i] = listed[i];
	options->n_domains += n;
	options->domain = all;
	return EX_OK;
}

static int
check_domains(struct check *check)
{
	const struct wax_local_policy *policy =
	    &wax_snapshot_config(check->snapshot)->policy;
	struct wax_ours ours = wax_domain_ours(check->arena, policy);
	const struct wax_domain_means means = {
		.resolver = check->resolver,
		.is_zone = check->unbound == NULL,
		.engines = check->engines,
		.patience_ms = policy->dns_deadline_ms,
		.ours = check->options.compares_ours ? &ours : NULL,
	};
	int status = add_listed_domains(check);

	if (status != EX_OK)
		return status;
	return wax_domain_run(&check->options.domains, &means);
}

static int
run(struct check *check, bool is_message)
{
	int status = load_configuration(check, is_message);

	if (status != EX_OK)
		return status;
	status =
	    check->options.zone != NULL ? open_zone(check) : open_dns(check);
	if (status != EX_OK)
		return status;
	return is_message ? judge(check) : check_domains(check);
}

static void
give_back(struct check *check)
{
	wax_arena_free(check->arena); /* holds answers of the resolver */
	wax_unbound_close(check->unbound);
	wax_engines_close(check->engines);
	wax_snapshot_unref(check->snapshot);
}

int
main(int argc, char *argv[])
{
	struct check check = { .arena = wax_arena_new("check", 0) };
	int status = EX_USAGE;

	switch (
	    wax_check_options_read(check.arena, argc, argv, &check.options)) {
	case WAX_CHECK_MESSAGE:
		status = run(&check, true);
		break;
	case WAX_CHECK_DOMAINS:
		status = run(&check, false);
		break;
	case WAX_CHECK_DONE:
		status = EX_OK;
		break;
	case WAX_CHECK_USAGE:
		break;
	}
	give_back(&check);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return fail(EX_IOERR, "standard output", strerror(errno));
	return status;
}
