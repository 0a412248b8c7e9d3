/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_run.c - several domains at a time, printed in the order of asking.
 *
 * Each thread takes the next domain that nobody has taken yet; the main one
 * waits for the results and prints them.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "milter/cmd/domain.h"
#include "milter/sys/clock.h"
#include "milter/sys/thread.h"

#define THREADS_MAX 16
/* How often those who wait are told how far it is. */
#define PROGRESS_MS 200

struct result {
	struct wax_arena *arena; /* of the text; NULL: not done */
	struct wax_str text;
	int status;
};

struct run {
	const struct wax_domain_options *options;
	const struct wax_domain_means *means;
	bool has_colours;
	pthread_mutex_t mutex; /* for all below */
	pthread_cond_t is_done;
	size_t n_taken, n_done;
	struct result *result;
};

/* --- one domain ---------------------------------------------------------- */

static struct result
check_one(const struct run *run, struct wax_domain domain)
{
	struct wax_findings findings = { .arena = wax_arena_new("domain", 0) };
	const struct wax_domain_check_options options = {
		.n_selectors = run->options->n_selectors,
		.selector = run->options->selector,
		.tries_common = run->options->tries_common,
		.psl = run->means->engines,
		.start = run->means->is_zone ? 0 : wax_clock_ms(),
		.patience_ms = run->means->patience_ms,
	};
	struct wax_domain_check check =
	    wax_check_domain(&findings, run->means->resolver, domain, &options);
	const struct wax_name_servers *servers =
	    run->options->asks_servers
	        ? wax_domain_servers(&findings, run->means, &check)
	        : NULL;
	struct result result = { .arena = wax_arena_new("result", 0) };
	struct wax_str text;

	if (run->means->ours != NULL)
		wax_check_ours(&findings, &check.route, run->means->ours);
	text = run->options->json
	           ? wax_domain_json(findings.arena, &check, servers, &findings)
	           : wax_domain_text(findings.arena, &check, servers, &findings,
	                 run->has_colours);
	result.text = wax_str_dup(result.arena, text);
	result.status = wax_findings_status(&findings);
	wax_arena_free(findings.arena);
	return result;
}

static void *
work(void *arg)
{
	struct run *run = arg;

	WAX_ASSERT(pthread_mutex_lock(&run->mutex) == 0);
	while (run->n_taken < run->options->n_domains) {
		size_t i = run->n_taken++;
		struct result result;

		WAX_ASSERT(pthread_mutex_unlock(&run->mutex) == 0);
		result = check_one(run, run->options->domain[i]);
		WAX_ASSERT(pthread_mutex_lock(&run->mutex) == 0);
		run->result[i] = result;
		run->n_done++;
		WAX_ASSERT(pthread_cond_signal(&run->is_done) == 0);
	}
	WAX_ASSERT(pthread_mutex_unlock(&run->mutex) == 0);
	return NULL;
}

/* --- printing ------------------------------------------------------------ */

/* no-color.org: set and not empty. */
static bool
wants_colours(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_colour != NULL && no_colour[0] != '\0')
		return false;
	if (term == NULL || wax_str_eq(wax_str_of(term), WAX_STR("dumb")))
		return false;
	return isatty(STDOUT_FILENO) == 1;
}

/* The line is written over, and gone before anything is printed. */
static void
show_progress(size_t n_done, size_t n)
{
	(void)fprintf(stderr, "\r%zu of %zu domains checked", n_done, n);
}

static void
hide_progress(void)
{
	(void)fputs("\r\033[K", stderr);
}

static void
print(const struct run *run, size_t i)
{
	const struct wax_domain_options *options = run->options;
	struct wax_str text = run->result[i].text;

	if (options->json)
		(void)fputs(i == 0 ? "[\n" : ",\n", stdout);
	else if (i > 0)
		(void)putchar('\n');
	(void)fwrite(text.p, 1, text.n, stdout);
	if (options->json && i + 1 == options->n_domains)
		(void)fputs("\n]\n", stdout);
}

/* Until the result is there; the mutex is held. */
static void
wait_for(struct run *run, size_t i, bool shows_progress)
{
	bool is_shown = false;

	while (run->result[i].arena == NULL) {
		if (shows_progress) {
			show_progress(run->n_done, run->options->n_domains);
			is_shown = true;
		}
		(void)wax_cond_wait(
		    &run->is_done, &run->mutex, wax_clock_ms() + PROGRESS_MS);
	}
	if (is_shown)
		hide_progress();
}

/* 3 (could not be asked) is more than 1, less than 2: see finding.h. */
static int
worse(int a, int b)
{
	static const int rank[] = { [0] = 0, [1] = 1, [2] = 3, [3] = 2 };

	return rank[a] > rank[b] ? a : b;
}

static int
print_all(struct run *run)
{
	bool shows_progress =
	    run->options->n_domains > 1 && isatty(STDERR_FILENO) == 1;
	int status = 0;

	for (size_t i = 0; i < run->options->n_domains; i++) {
		WAX_ASSERT(pthread_mutex_lock(&run->mutex) == 0);
		wait_for(run, i, shows_progress);
		WAX_ASSERT(pthread_mutex_unlock(&run->mutex) == 0);
		print(run, i);
		status = worse(status, run->result[i].status);
		wax_arena_free(run->result[i].arena);
	}
	return status;
}

/* --- threads ------------------------------------------------------------- */

/* With fewer threads than wished it takes longer; without any, this one. */
static size_t
start(struct run *run, pthread_t *thread)
{
	size_t n = 0;

	while (
	    n < THREADS_MAX && n < run->options->n_domains &&
	    wax_thread_start(&thread[n], "domain", work, run, NULL) == WAX_OK)
		n++;
	if (n == 0)
		(void)work(run);
	return n;
}

int
wax_domain_run(const struct wax_domain_options *options,
    const struct wax_domain_means *means)
{
	struct wax_arena *arena = wax_arena_new("domains", 0);
	struct run run = {
		.options = options,
		.means = means,
		.has_colours = !options->json && wants_colours(),
		.result =
		    wax_alloc(arena, options->n_domains, sizeof *run.result),
	};
	pthread_t thread[THREADS_MAX];
	size_t n;
	int status;

	WAX_ASSERT(pthread_mutex_init(&run.mutex, NULL) == 0);
	wax_cond_init(&run.is_done);
	n = start(&run, thread);
	status = print_all(&run);
	for (size_t i = 0; i < n; i++)
		WAX_ASSERT(pthread_join(thread[i], NULL) == 0);
	WAX_ASSERT(pthread_cond_destroy(&run.is_done) == 0);
	WAX_ASSERT(pthread_mutex_destroy(&run.mutex) == 0);
	wax_arena_free(arena);
	return status;
}
