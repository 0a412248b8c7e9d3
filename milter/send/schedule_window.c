/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many reports at once wait for the DNS, and one at a time is sent: the oldest
 * of those whose answers are here. A domain that is silent costs its own
 * report its deadline, and the others nothing.
 */
#include "milter/send/schedule_impl.h"

/* How long nothing is looked for, and when an answer may have been here and
 * gone meanwhile: resolvers keep a failure for 2 s. */
#define LOOK_MS 20
#define LONG_MS 1500

TAILQ_HEAD(jobs, wax_job);

struct window {
	struct wax_run *run;
	const struct wax_window_work *work;
	struct jobs jobs; /* being asked about, oldest first */
	size_t n;
	size_t n_pressing; /* all but those beyond the patience */
	int64_t looked_ms;
	bool has_more; /* reports to come */
};

static int64_t
clock_ms(const struct window *window)
{
	return window->run->options->clock_ms(window->run->options->arg);
}

static void
forget(struct window *window, struct wax_job *job)
{
	TAILQ_REMOVE(&window->jobs, job, link);
	window->n--;
	wax_arena_free(job->arena);
}

/* Not there any more: a purge came in between. */
static enum wax_status
unless_purged(enum wax_status status)
{
	return status == WAX_E_NOTFOUND ? WAX_OK : status;
}

/* One more report, if there is one. */
static enum wax_status
take_one(struct window *window)
{
	struct wax_job *job = NULL;
	bool asks = false;
	enum wax_status status = window->work->next(window->run, &job);

	window->has_more = status == WAX_OK && job != NULL;
	if (!window->has_more)
		return status;
	TAILQ_INSERT_TAIL(&window->jobs, job, link);
	window->n++;
	status = unless_purged(window->work->begin(window->run, job, &asks));
	if (status != WAX_OK || !asks) {
		forget(window, job);
		return status;
	}
	wax_job_ask(window->run, job);
	window->n_pressing++;
	return WAX_OK;
}

static enum wax_status
fill(struct window *window)
{
	enum wax_status status = WAX_OK;

	while (status == WAX_OK && window->has_more &&
	       window->n < WAX_ASKED_MAX &&
	       window->n_pressing < WAX_ASKED_AT_ONCE_MAX)
		status = take_one(window);
	return status;
}

/* What the DNS said meanwhile. */
static void
look(struct window *window)
{
	int64_t now = clock_ms(window);
	bool asks_again = now - window->looked_ms >= LONG_MS;
	struct wax_job *job;

	window->looked_ms = now;
	window->n_pressing = 0;
	TAILQ_FOREACH(job, &window->jobs, link)
	window->n_pressing += wax_job_is_asked(window->run, job, asks_again) ||
	                      now - job->asked_ms < WAX_ASKING_PATIENCE_MS;
}

static struct wax_job *
first_asked(const struct window *window)
{
	struct wax_job *job;

	TAILQ_FOREACH(job, &window->jobs, link)
	if (job->is_asked)
		return job;
	return NULL;
}

/* There is nothing to do but to wait. False: for too long in this run. */
static bool
wait_a_little(struct window *window)
{
	struct wax_run *run = window->run;

	if (run->paused_ms >= WAX_ASKING_TROUBLE_MS) {
		run->counts->capped = true;
		return false;
	}
	run->options->pause(run->options->arg, LOOK_MS);
	run->paused_ms += LOOK_MS;
	return true;
}

static enum wax_status
go_on(struct window *window, bool *is_over)
{
	struct wax_job *job;
	enum wax_status status = fill(window);

	*is_over = status != WAX_OK || TAILQ_EMPTY(&window->jobs);
	if (*is_over)
		return status;
	if (clock_ms(window) - window->looked_ms >= LOOK_MS)
		look(window);
	job = first_asked(window);
	if (job == NULL) {
		*is_over = !wait_a_little(window);
		return WAX_OK;
	}
	status = unless_purged(window->work->end(window->run, job));
	forget(window, job);
	window->n_pressing--;
	*is_over = status != WAX_OK || window->run->is_over;
	return status;
}

enum wax_status
wax_window_run(struct wax_run *run, const struct wax_window_work *work)
{
	struct window window = { .run = run, .work = work, .has_more = true };
	bool is_over = false;
	enum wax_status status = WAX_OK;

	TAILQ_INIT(&window.jobs);
	window.looked_ms = clock_ms(&window);
	while (!is_over)
		status = go_on(&window, &is_over);
	while (!TAILQ_EMPTY(&window.jobs))
		forget(&window, TAILQ_FIRST(&window.jobs));
	return status;
}
