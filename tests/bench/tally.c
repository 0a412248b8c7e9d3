/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/tally.h"

#include <stdlib.h>
#include <string.h>

#define NS_A_US 1000.0
#define SETS_MAX 8

struct series {
	size_t n, room;
	int64_t *ns;
};

/* All messages of a set. */
struct set {
	const char *name;
	struct series whole, eom;
};

/* What is remembered of a message of the corpus. */
struct memory {
	bool is_known;
	enum bench_action action;
	size_t n_deleted;
	char *authres;
};

struct bench_tally {
	const struct bench_corpus *corpus;
	struct set all, set[SETS_MAX];
	size_t n_sets;
	size_t action[BENCH_ACTIONS];
	size_t marked; /* with Authentication-Results */
	size_t errors;
	size_t changed; /* another verdict than the time before */
	struct memory *memory;
};

static const char *const words[BENCH_ACTIONS] = {
	[BENCH_ACCEPT] = "accept",
	[BENCH_QUARANTINE] = "quarantine",
	[BENCH_REJECT] = "reject",
	[BENCH_TEMPFAIL] = "tempfail",
	[BENCH_DISCARD] = "discard",
	[BENCH_LOST] = "lost",
};

struct bench_tally *
bench_tally_new(const struct bench_corpus *corpus)
{
	struct bench_tally *tally = bench_alloc(1, sizeof *tally);

	tally->corpus = corpus;
	tally->memory = bench_alloc(corpus->n, sizeof *tally->memory);
	return tally;
}

static void
series_add(struct series *series, int64_t ns)
{
	if (ns < 0)
		return;
	if (series->n == series->room) {
		series->room = series->room * 2 + 1024;
		series->ns =
		    bench_resize(series->ns, series->room, sizeof *series->ns);
	}
	series->ns[series->n++] = ns;
}

static void
set_add(struct set *set, const struct bench_verdict *verdict)
{
	series_add(&set->whole, verdict->whole_ns);
	series_add(&set->eom, verdict->eom_ns);
}

static struct set *
set_of(struct bench_tally *tally, const char *name)
{
	for (size_t i = 0; i < tally->n_sets; i++)
		if (strcmp(tally->set[i].name, name) == 0)
			return &tally->set[i];
	if (tally->n_sets == SETS_MAX)
		bench_die("more than %d sets", SETS_MAX);
	tally->set[tally->n_sets].name = name;
	return &tally->set[tally->n_sets++];
}

void
bench_tally_add(struct bench_tally *tally, const struct bench_message *message,
    const struct bench_verdict *verdict)
{
	struct memory *memory =
	    &tally->memory[message - tally->corpus->message];
	char *authres = strdup(verdict->authres);

	if (authres == NULL)
		bench_die("out of memory");
	tally->action[verdict->action]++;
	tally->marked += *authres != '\0';
	set_add(&tally->all, verdict);
	set_add(set_of(tally, message->set), verdict);
	if (memory->is_known && (memory->action != verdict->action ||
	                            strcmp(memory->authres, authres) != 0))
		tally->changed++;
	free(memory->authres);
	memory->is_known = true;
	memory->action = verdict->action;
	memory->n_deleted = verdict->n_deleted;
	memory->authres = authres;
}

void
bench_tally_error(struct bench_tally *tally)
{
	tally->errors++;
}

size_t
bench_tally_messages(const struct bench_tally *tally)
{
	size_t n = 0;

	for (size_t i = 0; i < BENCH_ACTIONS; i++)
		n += tally->action[i];
	return n;
}

size_t
bench_tally_errors(const struct bench_tally *tally)
{
	return tally->errors;
}

static int
compare(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* The p-th of 1000, nearest rank; 0 of nothing. */
static double
percentile(const struct series *series, size_t p)
{
	size_t rank = (series->n * p + 999) / 1000;

	if (series->n == 0)
		return 0;
	return (double)series->ns[rank == 0 ? 0 : rank - 1] / NS_A_US;
}

static void
print_series(const struct series *series, const char *name, FILE *out)
{
	if (series->n > 0)
		qsort(series->ns, series->n, sizeof *series->ns, compare);
	(void)fprintf(out,
	    "\"%s_us\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,"
	    "\"max\":%.1f}",
	    name, percentile(series, 500), percentile(series, 900),
	    percentile(series, 990), percentile(series, 1000));
}

static void
print_set(const struct set *set, FILE *out)
{
	print_series(&set->whole, "whole", out);
	(void)fprintf(out, ",");
	print_series(&set->eom, "eom", out);
}

void
bench_tally_print(
    const struct bench_tally *tally, int64_t elapsed_ns, FILE *out)
{
	double seconds = (double)elapsed_ns / 1e9;
	size_t n = bench_tally_messages(tally);

	(void)fprintf(out,
	    "{\"messages\":%zu,\"errors\":%zu,\"changed\":%zu,"
	    "\"marked\":%zu,"
	    "\"seconds\":%.6f,\"per_second\":%.1f,\"actions\":{",
	    n, tally->errors, tally->changed, tally->marked, seconds,
	    seconds > 0 ? (double)n / seconds : 0);
	for (size_t i = 0; i < BENCH_ACTIONS; i++)
		(void)fprintf(out, "%s\"%s\":%zu", i == 0 ? "" : ",", words[i],
		    tally->action[i]);
	(void)fprintf(out, "},");
	print_set(&tally->all, out);
	(void)fprintf(out, ",\"sets\":{");
	for (size_t i = 0; i < tally->n_sets; i++) {
		(void)fprintf(out, "%s\"%s\":{\"messages\":%zu,",
		    i == 0 ? "" : ",", tally->set[i].name,
		    tally->set[i].whole.n);
		print_set(&tally->set[i], out);
		(void)fprintf(out, "}");
	}
	(void)fprintf(out, "}}\n");
}

void
bench_tally_verdicts(const struct bench_tally *tally, FILE *out)
{
	for (size_t i = 0; i < tally->corpus->n; i++) {
		const struct memory *memory = &tally->memory[i];

		if (memory->is_known)
			(void)fprintf(out, "%s\t%s\t%zu\t%s\n",
			    tally->corpus->message[i].id, words[memory->action],
			    memory->n_deleted, memory->authres);
	}
}
