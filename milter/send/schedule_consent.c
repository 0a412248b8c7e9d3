/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may get a report: what the operator says, and what the destination
 * says in the DNS.                                    RFC 9990 s3.4, s4
 */
#include "milter/send/schedule_impl.h"
#include "policy/base/text.h"

/* A domain stands for what is below it, too; an address for itself; and
 * DOMAIN:ADDRESS for an address as a destination of that domain's reports. */
static bool
covers(struct wax_str what, struct wax_domain domain, struct wax_str name)
{
	size_t colon = wax_str_find(what, ':');
	struct wax_str host = wax_str_from(name, wax_str_rfind(name, '@') + 1);
	size_t at = wax_str_find(what, '@');

	if (colon < what.n)
		return wax_str_ieq(wax_str_head(what, colon), domain.text) &&
		       wax_str_ieq(wax_str_from(what, colon + 1), name);
	if (wax_str_ieq(what, name))
		return true;
	if (at < what.n)
		return false;
	if (host.n == 0)
		host = name;
	if (wax_str_ieq(what, host))
		return true;
	return host.n > what.n && what.n > 0 &&
	       host.p[host.n - what.n - 1] == '.' &&
	       wax_str_ieq(wax_str_from(host, host.n - what.n), what);
}

bool
wax_run_is_suppressed(struct wax_run *run, struct wax_job *job,
    struct wax_str name, struct wax_str *why)
{
	for (size_t i = 0; i < run->suppressed.n; i++) {
		const struct wax_suppression *one = &run->suppressed.v[i];

		if (!covers(one->what, job->domain, name))
			continue;
		*why = wax_textf(job->arena, "suppressed%s%.*s",
		    one->why.n > 0 ? ": " : "", WAX_FMT(one->why));
		return true;
	}
	return false;
}

/* What is known so far; whether that is all. */
static bool
read_answers(struct wax_run *run, struct wax_job *job)
{
	wax_ahead_begin(job->ahead);
	job->news_ms = run->options->clock_ms(run->options->arg);
	job->destination = wax_rua_verify(job->arena,
	    wax_ahead_resolver(job->ahead), job->domain, &run->rua, job->parsed,
	    job->n_parsed, 0, &job->n_destinations);
	return !wax_ahead_is_missing(job->ahead);
}

void
wax_job_ask(struct wax_run *run, struct wax_job *job)
{
	job->parsed = wax_rua_parse(
	    job->arena, job->policy.rua, &run->rua, &job->n_parsed);
	job->ahead = wax_ahead_new(job->arena, run->options->resolver);
	job->is_asked = read_answers(run, job);
	job->asked_ms = job->news_ms;
}

/* Silence is no consent: whose answer is missing at the end is asked about
 * another time. */
bool
wax_job_is_asked(struct wax_run *run, struct wax_job *job, bool asks_again)
{
	const struct wax_schedule_options *options = run->options;

	if (job->is_asked)
		return true;
	if (asks_again) /* nobody was looking */
		job->news_ms = options->clock_ms(options->arg);
	if (wax_ahead_look(job->ahead, asks_again))
		job->is_asked = read_answers(run, job);
	if (!job->is_asked && options->clock_ms(options->arg) - job->news_ms >=
	                          options->dns_deadline_ms) {
		wax_ahead_end(job->ahead);
		(void)read_answers(run, job); /* without those missing */
		job->is_asked = true;
	}
	return job->is_asked;
}

int64_t
wax_asking_wait(int64_t waited)
{
	if (waited < WAX_RETRY_FIRST_S)
		return WAX_RETRY_FIRST_S;
	return waited < WAX_RETRY_MAX_S ? waited : WAX_RETRY_MAX_S;
}

static struct wax_delivery
delivery_of(struct wax_run *run, struct wax_job *job,
    const struct wax_rua_destination *destination)
{
	int64_t now = wax_run_now(run);
	struct wax_delivery delivery = {
		.report = job->report.id,
		.uri = destination->uri,
		.address = destination->address,
		.state = WAX_DELIVERY_DUE,
		.next_at = now,
		.why = destination->why,
	};

	switch (destination->state) {
	case WAX_RUA_SEND:
		if (wax_run_is_suppressed(
		        run, job, destination->address, &delivery.why))
			delivery.state = WAX_DELIVERY_REFUSED;
		break;
	case WAX_RUA_RETRY:
		delivery.state = WAX_DELIVERY_ASKING;
		delivery.address = WAX_STR("");
		delivery.first_at = now;
		delivery.next_at = now + wax_asking_wait(0);
		break;
	case WAX_RUA_REFUSED:
		delivery.state = WAX_DELIVERY_REFUSED;
		break;
	}
	return delivery;
}

/* Those to be sent to are spoken of when they are. */
static void
say_of(struct wax_run *run, struct wax_job *job,
    const struct wax_delivery *delivery)
{
	struct wax_str name =
	    delivery->address.n > 0 ? delivery->address : delivery->uri;

	if (delivery->state == WAX_DELIVERY_REFUSED)
		wax_run_say(run, job, name, false, "refused: %.*s",
		    WAX_FMT(delivery->why));
	if (delivery->state != WAX_DELIVERY_ASKING)
		return;
	run->counts->later++;
	wax_run_say(
	    run, job, name, false, WAX_ASKING_LATER, WAX_FMT(delivery->why));
}

struct wax_delivery *
wax_job_deliveries(
    struct wax_run *run, struct wax_job *job, size_t *n, size_t *n_open)
{
	struct wax_delivery *delivery =
	    wax_alloc(job->arena, job->n_destinations + 1, sizeof *delivery);

	*n = job->n_destinations;
	*n_open = 0;
	for (size_t i = 0; i < *n; i++) {
		delivery[i] = delivery_of(run, job, &job->destination[i]);
		*n_open += delivery[i].state != WAX_DELIVERY_REFUSED;
		say_of(run, job, &delivery[i]);
	}
	return delivery;
}
