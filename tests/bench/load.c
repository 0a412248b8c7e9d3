/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load.c - many clients of an MTA at once, before a chain of filters.
 *
 * Usage: load [-c CLIENTS] [-n MESSAGES] [-s SETS] [-t SECONDS] [-v FILE]
 *             [-H] CORPUS FILTER...
 *
 *	-c  so many at a time (default 1)
 *	-n  so many messages, rounded up to whole sessions (default: the corpus
 *	    once)
 *	-s  only these sets of the corpus, with commas between
 *	-t  give up after so many seconds (default 300)
 *	-v  write the verdict of each message to FILE
 *	-H  stay connected behind the last message, say "holding" and wait for
 *	    the end of standard input
 *
 * A FILTER is "unix:PATH" or "inet:PORT@ADDRESS"; several are a chain, as
 * smtpd_milters = A, B. Prints one line of JSON. Exit status: 0, or 1 if a
 * filter went away or did not answer in time.
 *
 * One thread, epoll. Each client sends as fast as the filter lets it, so what
 * is measured is the filter with an MTA that never waits for the network.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sysexits.h>
#include <unistd.h>

#include "tests/bench/client.h"

#define EVENTS 256
#define CLIENTS_MAX 4096

struct options {
	size_t clients, messages;
	const char *sets, *verdicts, *directory;
	long seconds;
	bool holds;
	struct bench_chain chain;
};

struct run {
	int epoll;
	size_t active, holding;
	size_t begun, wanted; /* messages */
	size_t next;          /* of the corpus */
	const struct bench_corpus *corpus;
	struct bench_tally *tally;
	struct bench_client *client[CLIENTS_MAX];
};

static void
usage(void)
{
	(void)fprintf(stderr,
	    "usage: load [-c CLIENTS] [-n MESSAGES] [-s SETS] [-t SECONDS]"
	    " [-v FILE] [-H] CORPUS FILTER...\n");
	exit(EX_USAGE);
}

static size_t
number_of(const char *text, size_t max)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || number == 0 || number > max)
		bench_die("%s: write a number from 1 to %zu", text, max);
	return number;
}

static struct options
options_of(int argc, char **argv)
{
	struct options options = { .clients = 1, .seconds = 300 };
	int option;

	while ((option = getopt(argc, argv, "c:n:s:t:v:H")) != -1)
		switch (option) {
		case 'c':
			options.clients = number_of(optarg, CLIENTS_MAX);
			break;
		case 'n':
			options.messages = number_of(optarg, 100000000);
			break;
		case 's':
			options.sets = optarg;
			break;
		case 't':
			options.seconds = (long)number_of(optarg, 86400);
			break;
		case 'v':
			options.verdicts = optarg;
			break;
		case 'H':
			options.holds = true;
			break;
		default:
			usage();
		}
	if (argc - optind < 2 || argc - optind - 1 > BENCH_FILTERS_MAX)
		usage();
	options.directory = argv[optind];
	options.chain.n = (size_t)(argc - optind - 1);
	for (size_t i = 0; i < options.chain.n; i++)
		options.chain.address[i] = argv[(size_t)optind + 1 + i];
	return options;
}

static void
watch(void *arg, int fd, struct bench_client *client)
{
	const struct run *run = arg;
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.ptr = client };

	if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		bench_die("epoll_ctl: %s", strerror(errno));
}

/* Give the client the next session; false if enough are begun. */
static bool
feed(struct run *run, struct bench_client *client)
{
	const struct bench_corpus *corpus = run->corpus;
	const struct bench_message *first = &corpus->message[run->next];

	if (run->begun >= run->wanted)
		return false;
	do {
		run->next++;
		run->begun++;
	} while (run->next < corpus->n &&
	         !corpus->message[run->next].begins_session);
	if (run->next == corpus->n)
		run->next = 0;
	bench_client_start(client, first, corpus->message + corpus->n);
	return true;
}

/* As far as it goes: one session after the other. */
static void
drive(struct run *run, struct bench_client *client)
{
	while (!bench_client_rests(client)) {
		switch (bench_client_advance(client)) {
		case BENCH_WAITS:
			return;
		case BENCH_HOLDS:
			run->holding++;
			run->active--;
			return;
		case BENCH_ENDED:
			if (!feed(run, client))
				run->active--;
			break;
		}
	}
}

static void
run_all(struct run *run, const struct options *options, int64_t end_ns)
{
	struct epoll_event event[EVENTS];

	for (size_t i = 0; i < options->clients; i++) {
		run->client[i] =
		    bench_client_new(&options->chain, run->tally, watch, run);
		if (options->holds)
			bench_client_hold(run->client[i]);
		if (!feed(run, run->client[i]))
			continue;
		run->active++;
		drive(run, run->client[i]);
	}
	while (run->active > 0) {
		int64_t left_ns = end_ns - bench_now_ns();
		int n;

		if (left_ns <= 0)
			return;
		n = epoll_wait(
		    run->epoll, event, EVENTS, (int)(left_ns / 1000000) + 1);
		if (n < 0 && errno != EINTR)
			bench_die("epoll_wait: %s", strerror(errno));
		for (int i = 0; i < n; i++)
			drive(run, event[i].data.ptr);
	}
}

static void
hold(const struct run *run)
{
	char rest[64];

	(void)printf("holding %zu\n", run->holding);
	(void)fflush(stdout); /* the reader would wait, and we be ended */
	while (read(STDIN_FILENO, rest, sizeof rest) > 0)
		;
}

static void
write_verdicts(const struct bench_tally *tally, const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		bench_die("%s: %s", path, strerror(errno));
	bench_tally_verdicts(tally, file);
	if (fclose(file) != 0)
		bench_die("%s: %s", path, strerror(errno));
}

int
main(int argc, char **argv)
{
	struct options options = options_of(argc, argv);
	struct bench_corpus corpus =
	    bench_corpus_load(options.directory, options.sets);
	struct run *run = bench_alloc(1, sizeof *run);
	int64_t began_ns = bench_now_ns(), elapsed_ns;

	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run->epoll < 0)
		bench_die("epoll_create1: %s", strerror(errno));
	run->corpus = &corpus;
	run->tally = bench_tally_new(&corpus);
	run->wanted = options.messages == 0 ? corpus.n : options.messages;
	run_all(run, &options, began_ns + options.seconds * 1000000000);
	elapsed_ns = bench_now_ns() - began_ns;
	if (options.holds)
		hold(run);
	for (size_t i = 0; i < options.clients; i++)
		bench_client_give_up(run->client[i]);
	bench_tally_print(run->tally, elapsed_ns, stdout);
	if (options.verdicts != NULL)
		write_verdicts(run->tally, options.verdicts);
	(void)fflush(stdout); /* _exit(): all of it lives until now */
	_exit(bench_tally_errors(run->tally) == 0 ? EX_OK : 1);
}
