/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The deliveries of one report that is built: each is asked about, marked as
 * being sent, sent, and marked with what came of it, in this order.
 *
 * Consent is what the DNS says now (RFC 9990 s4). A delivery of an earlier
 * run is therefore asked about again before each attempt, however young its
 * consent is; resolvers remember it for as long as the destination lets them.
 */
#include "milter/send/compose.h"
#include "milter/send/schedule_impl.h"
#include "policy/base/text.h"

/* A report's deliveries, and which addresses are spoken for. */
struct batch {
	struct wax_run *run;
	struct wax_job *job;
	WAX_VEC(struct wax_str) taken;
	bool has_more; /* some were added to the store meanwhile */
};

/* In a dry run nothing changes. */
static enum wax_status
mark(struct batch *batch, const struct wax_delivery *delivery)
{
	if (wax_run_is_dry(batch->run))
		return WAX_OK;
	return wax_store_mark(
	    batch->run->options->store, delivery, batch->run->err);
}

/* What it is called where it is spoken of. */
static struct wax_str
name_of(const struct wax_delivery *delivery)
{
	return delivery->address.n > 0 ? delivery->address : delivery->uri;
}

static enum wax_status
end(struct batch *batch, struct wax_delivery *delivery,
    enum wax_delivery_state state, struct wax_str why)
{
	bool is_failure = state == WAX_DELIVERY_GIVEN_UP;
	enum wax_status status;

	delivery->state = state;
	delivery->why = why;
	status = mark(batch, delivery);
	if (status != WAX_OK)
		return status;
	if (is_failure)
		batch->run->counts->failed++;
	wax_run_say(batch->run, batch->job, name_of(delivery), is_failure,
	    "%s: %.*s", is_failure ? "given up" : "refused", WAX_FMT(why));
	return WAX_OK;
}

/* --- may it be sent? ------------------------------------------------------ */

static bool
is_taken(const struct batch *batch, struct wax_str address)
{
	for (size_t i = 0; i < batch->taken.n; i++)
		if (wax_str_ieq(batch->taken.v[i], address))
			return true;
	return false;
}

static void
take(struct batch *batch, struct wax_str address)
{
	if (address.n > 0)
		WAX_PUSH(batch->job->arena, &batch->taken, address);
}

static bool
still_wanted(const struct batch *batch, const struct wax_delivery *delivery)
{
	const struct wax_job *job = batch->job;

	if (delivery->address.n == 0)
		return false;
	for (size_t i = 0; i < job->n_destinations; i++)
		if (job->destination[i].state == WAX_RUA_SEND &&
		    wax_str_eq(job->destination[i].uri, delivery->uri) &&
		    wax_str_ieq(job->destination[i].address, delivery->address))
			return true;
	return false;
}

/*
 * The addresses that the answer names for this URI, and that nobody has: the
 * first is this delivery's, others become deliveries. Those come first, so
 * that none is lost if we end in between.
 */
static enum wax_status
take_named(struct batch *batch, struct wax_delivery *delivery, bool *is_named)
{
	const struct wax_job *job = batch->job;
	struct wax_str first = WAX_STR("");
	enum wax_status status = WAX_OK;

	for (size_t i = 0; i < job->n_destinations && status == WAX_OK; i++) {
		const struct wax_rua_destination *one = &job->destination[i];
		struct wax_delivery more = {
			.report = job->report.id,
			.uri = delivery->uri,
			.address = one->address,
			.state = WAX_DELIVERY_DUE,
			.next_at = wax_run_now(batch->run),
		};

		if (one->state != WAX_RUA_SEND ||
		    !wax_str_eq(one->uri, delivery->uri) ||
		    is_taken(batch, one->address))
			continue;
		take(batch, one->address);
		if (first.n == 0) {
			first = one->address;
			continue;
		}
		batch->has_more = true;
		status = mark(batch, &more);
	}
	*is_named = first.n > 0;
	if (*is_named) {
		delivery->address = first;
		delivery->state = WAX_DELIVERY_DUE;
		delivery->why = WAX_STR("");
	}
	return status;
}

static enum wax_status
ask_again(
    struct batch *batch, struct wax_delivery *delivery, struct wax_str why)
{
	int64_t now = wax_run_now(batch->run);
	enum wax_status status;

	if (delivery->first_at == 0)
		delivery->first_at = now;
	if (now - delivery->first_at >= WAX_GIVE_UP_S)
		return end(batch, delivery, WAX_DELIVERY_GIVEN_UP,
		    wax_textf(batch->job->arena,
		        "whether it is wanted there could not be asked: %.*s",
		        WAX_FMT(why)));
	delivery->state = WAX_DELIVERY_ASKING;
	delivery->address = WAX_STR("");
	delivery->next_at = now + wax_asking_wait(now - delivery->first_at);
	delivery->why = why;
	status = mark(batch, delivery);
	if (status != WAX_OK)
		return status;
	batch->run->counts->later++;
	wax_run_say(batch->run, batch->job, delivery->uri, false,
	    WAX_ASKING_LATER, WAX_FMT(why));
	return WAX_OK;
}

/* Neither wanted as it is nor under another address. */
static enum wax_status
not_wanted(struct batch *batch, struct wax_delivery *delivery)
{
	const struct wax_job *job = batch->job;
	struct wax_str why = WAX_STR("it is not named there any more");

	for (size_t i = 0; i < job->n_destinations; i++) {
		const struct wax_rua_destination *one = &job->destination[i];

		if (!wax_str_eq(one->uri, delivery->uri))
			continue;
		if (one->state == WAX_RUA_RETRY)
			return ask_again(batch, delivery, one->why);
		if (one->state == WAX_RUA_REFUSED)
			why = one->why;
	}
	return end(batch, delivery, WAX_DELIVERY_REFUSED, why);
}

/* Whether it is to go out now; if not, it has been dealt with. */
static enum wax_status
settle(struct batch *batch, struct wax_delivery *delivery, bool *may_go)
{
	struct wax_run *run = batch->run;
	struct wax_job *job = batch->job;
	struct wax_str why;
	bool is_named = true;
	enum wax_status status = WAX_OK;

	*may_go = false;
	WAX_ASSERT(job->is_asked);
	if (!still_wanted(batch, delivery))
		status = take_named(batch, delivery, &is_named);
	if (status != WAX_OK)
		return status;
	if (!is_named)
		return not_wanted(batch, delivery);
	if (wax_run_is_suppressed(run, job, job->domain.text, &why) ||
	    wax_run_is_suppressed(run, job, delivery->address, &why))
		return end(batch, delivery, WAX_DELIVERY_REFUSED, why);
	*may_go = true;
	return WAX_OK;
}

/* What is said of a delivery as long as its host has had its share. */
#define WAITS "it waits for its turn"

/* --- bounds of a run ------------------------------------------------------ */

static struct wax_host_mails *
mails_of(struct wax_run *run, struct wax_str address)
{
	struct wax_str host =
	    wax_str_from(address, wax_str_rfind(address, '@') + 1);

	for (size_t i = 0; i < run->hosts.n; i++)
		if (wax_str_ieq(run->hosts.v[i].host, host))
			return &run->hosts.v[i];
	WAX_PUSH(run->arena, &run->hosts,
	    (struct wax_host_mails){ wax_str_dup(run->arena, host), 0 });
	return &run->hosts.v[run->hosts.n - 1];
}

static bool
is_full(struct wax_run *run, struct wax_str address)
{
	return mails_of(run, address)->n >= WAX_MAILS_PER_HOST_MAX;
}

/* One more mail, if there is room for it in this run. */
static bool
has_room(struct wax_run *run, struct wax_str address)
{
	if (run->n_mails >= WAX_MAILS_PER_RUN_MAX) {
		run->counts->capped = true;
		run->is_over = true;
		return false;
	}
	if (is_full(run, address))
		return false;
	mails_of(run, address)->n++;
	run->n_mails++;
	return true;
}

/*
 * The next run begins with the oldest again. But a report that did not get
 * its turn for as long as others are tried is no use any more, and those
 * behind it would have to wait as long.
 */
static enum wax_status
wait_for_turn(struct batch *batch, struct wax_delivery *delivery)
{
	int64_t now = wax_run_now(batch->run);
	bool is_noted =
	    delivery->first_at > 0 && wax_str_eq(delivery->why, WAX_STR(WAITS));

	batch->run->counts->capped = true;
	if (delivery->first_at == 0)
		delivery->first_at = now;
	if (now - delivery->first_at >= WAX_GIVE_UP_S)
		return end(batch, delivery, WAX_DELIVERY_GIVEN_UP,
		    wax_textf(batch->job->arena,
		        "it did not get its turn for %d days: a run sends %d "
		        "mails to a host",
		        WAX_GIVE_UP_S / 86400, WAX_MAILS_PER_HOST_MAX));
	delivery->why = WAX_STR(WAITS);
	return is_noted ? WAX_OK : mark(batch, delivery);
}

/* --- sending -------------------------------------------------------------- */

static enum wax_status
get_bytes(struct batch *batch)
{
	struct wax_job *job = batch->job;

	if (job->gzip.n > 0)
		return WAX_OK;
	return wax_store_built_bytes(batch->run->options->store, job->arena,
	    job->report.id, &job->gzip, batch->run->err);
}

/* The Date is new each time, and so is the signature; the report is not. */
static enum wax_status
write_mail(struct batch *batch, struct wax_str address, struct wax_str *out)
{
	const struct wax_schedule_options *options = batch->run->options;
	struct wax_job *job = batch->job;
	struct wax_report_mail mail = {
		.from = options->from,
		.org_name = options->org_name,
		.to = address,
		.policy_domain = job->domain,
		.submitter = options->submitter,
		.period = job->report.period,
		.report_id = job->report.report_id,
		.file_name = job->report.file_name,
		.contact = options->contact,
		.n_messages = job->report.n_messages,
		.date = wax_run_now(batch->run),
	};
	enum wax_status status = get_bytes(batch);

	if (status != WAX_OK)
		return status;
	mail.gzip = job->gzip;
	*out = wax_compose(job->arena, &mail);
	if (options->signer == NULL)
		return WAX_OK;
	return wax_sign(
	    options->signer, job->arena, *out, mail.date, out, batch->run->err);
}

/* 15 minutes after the first attempt, then twice as long each time. */
static int64_t
wait_after(unsigned attempts)
{
	int64_t wait = WAX_RETRY_FIRST_S;

	for (unsigned i = 1; i < attempts && wait < WAX_RETRY_MAX_S; i++)
		wait *= 2;
	return wait < WAX_RETRY_MAX_S ? wait : WAX_RETRY_MAX_S;
}

static enum wax_status
taken_by_server(struct batch *batch, struct wax_delivery *delivery)
{
	enum wax_status status;

	delivery->state = WAX_DELIVERY_SENT;
	delivery->why = WAX_STR("");
	status = mark(batch, delivery);
	batch->run->counts->sent++;
	wax_run_say(batch->run, batch->job, delivery->address, false, "sent");
	return status;
}

static enum wax_status
try_later(
    struct batch *batch, struct wax_delivery *delivery, struct wax_str why)
{
	int64_t now = wax_run_now(batch->run);
	enum wax_status status;

	if (now - delivery->first_at >= WAX_GIVE_UP_S)
		return end(batch, delivery, WAX_DELIVERY_GIVEN_UP, why);
	delivery->state = WAX_DELIVERY_DUE;
	delivery->next_at = now + wait_after(delivery->attempts);
	delivery->why = why;
	status = mark(batch, delivery);
	if (status != WAX_OK)
		return status;
	batch->run->counts->later++;
	wax_run_say(batch->run, batch->job, delivery->address, false,
	    "later: %.*s", WAX_FMT(why));
	return WAX_OK;
}

/* As if it had not been tried: the next run tries it again at once. */
static enum wax_status
server_is_broken(
    struct batch *batch, const struct wax_delivery *before, struct wax_str why)
{
	struct wax_delivery delivery = *before;

	batch->run->is_over = true;
	wax_run_say(batch->run, batch->job, WAX_STR(""), true,
	    "the mail server takes no reports: %.*s", WAX_FMT(why));
	delivery.state = WAX_DELIVERY_DUE;
	delivery.next_at = wax_run_now(batch->run);
	delivery.why = why;
	return mark(batch, &delivery);
}

static enum wax_status
attempt(struct batch *batch, struct wax_delivery *delivery)
{
	const struct wax_schedule_options *options = batch->run->options;
	const struct wax_delivery before = *delivery;
	struct wax_str message, why = WAX_STR("");
	enum wax_status status = write_mail(batch, delivery->address, &message);

	if (status != WAX_OK)
		return status;
	delivery->state = WAX_DELIVERY_SENDING;
	delivery->attempts++;
	delivery->attempt_at = wax_run_now(batch->run);
	if (delivery->first_at == 0)
		delivery->first_at = delivery->attempt_at;
	delivery->host = options->host;
	status = mark(batch, delivery);
	if (status != WAX_OK)
		return status;
	switch (options->submit(options->arg, batch->job->arena, options->from,
	    delivery->address, message, &why)) {
	case WAX_SUBMITTED:
		return taken_by_server(batch, delivery);
	case WAX_SUBMIT_LATER:
		return try_later(batch, delivery, why);
	case WAX_SUBMIT_NEVER:
		return end(batch, delivery, WAX_DELIVERY_GIVEN_UP, why);
	case WAX_SUBMIT_BROKEN:
		break;
	}
	return server_is_broken(batch, &before, why);
}

/* --- all of a report ------------------------------------------------------ */

static bool
is_due(const struct wax_run *run, const struct wax_delivery *delivery)
{
	int64_t now = wax_run_now(run);

	switch (delivery->state) {
	case WAX_DELIVERY_DUE:
	case WAX_DELIVERY_ASKING:
		return delivery->next_at <= now;
	case WAX_DELIVERY_SENDING:
		/* We have the right to send, and are not at it: an earlier
		 * run of ours ended there. Another host may still be waiting
		 * for its server's answer. */
		return wax_str_eq(delivery->host, run->options->host) ||
		       delivery->attempt_at + WAX_SENDING_STALE_S <= now;
	case WAX_DELIVERY_SENT:
	case WAX_DELIVERY_GIVEN_UP:
	case WAX_DELIVERY_REFUSED:
		break;
	}
	return false;
}

static enum wax_status
deliver(struct batch *batch, struct wax_delivery *delivery)
{
	struct wax_run *run = batch->run;
	bool may_go = false;
	enum wax_status status;

	if (!is_due(run, delivery))
		return WAX_OK;
	status = settle(batch, delivery, &may_go);
	if (status != WAX_OK || !may_go)
		return status;
	if (!has_room(run, delivery->address))
		/* Marked with the address that the answer named. */
		return run->is_over ? mark(batch, delivery)
		                    : wait_for_turn(batch, delivery);
	if (!wax_run_is_dry(run))
		return attempt(batch, delivery);
	run->counts->sent++;
	wax_run_say(run, batch->job, delivery->address, false, "would be sent");
	return WAX_OK;
}

static enum wax_status
deliver_all(struct batch *batch, struct wax_delivery *delivery, size_t n)
{
	enum wax_status status = WAX_OK;

	batch->taken.n = 0;
	for (size_t i = 0; i < n; i++)
		take(batch, delivery[i].address);
	for (size_t i = 0; i < n && status == WAX_OK && !batch->run->is_over;
	     i++)
		status = deliver(batch, &delivery[i]);
	return status;
}

enum wax_status
wax_job_is_due(struct wax_run *run, struct wax_job *job, bool *asks)
{
	struct batch batch = { .run = run, .job = job };
	struct wax_deliveries all = { 0, NULL };
	enum wax_status status = wax_store_deliveries(run->options->store,
	    job->arena, job->report.id, true, &all, run->err);

	*asks = false;
	for (size_t i = 0; status == WAX_OK && i < all.n; i++) {
		struct wax_delivery *delivery = &all.v[i];

		if (!is_due(run, delivery))
			continue;
		/* Who has to wait is not asked whether he still wants it. */
		if (delivery->state == WAX_DELIVERY_DUE &&
		    delivery->address.n > 0 && is_full(run, delivery->address))
			status = wait_for_turn(&batch, delivery);
		else
			*asks = true;
	}
	return status;
}

enum wax_status
wax_job_deliver(struct wax_run *run, struct wax_job *job)
{
	struct batch batch = { .run = run, .job = job };
	struct wax_deliveries all = { 0, NULL };
	enum wax_status status = WAX_OK;

	/* Once more for those that an answer added. */
	for (int round = 0; round < 2 && status == WAX_OK; round++) {
		if (round > 0 && !batch.has_more)
			break;
		status = wax_store_deliveries(run->options->store, job->arena,
		    job->report.id, false, &all, run->err);
		if (status == WAX_OK)
			status = deliver_all(&batch, all.v, all.n);
	}
	return status;
}

enum wax_status
wax_job_deliver_dry(struct wax_run *run, struct wax_job *job,
    struct wax_delivery *delivery, size_t n)
{
	struct batch batch = { .run = run, .job = job };

	return deliver_all(&batch, delivery, n);
}
