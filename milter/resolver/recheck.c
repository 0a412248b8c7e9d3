/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/resolver/recheck.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/resolver/endpoint.h"
#include "milter/resolver/packet.h"
#include "policy/base/vec.h"

/* Sockets of all questions together; further questions wait. */
#define SOCKETS_MAX 256
/* What is read before others have their turn. */
#define PACKETS_A_TURN 256
/* Longer replies are cut off: they say more than "nothing". */
#define REPLY_MAX 4096

struct server {
	struct wax_ip ip;
	char zone[IF_NAMESIZE]; /* empty: none */
	uint16_t port;
};

/* One server's word to one question. */
struct line {
	struct doubt *doubt;
	int fd; /* -1: it has said what it has to say */
};

/* A question that is asked again. */
struct doubt {
	TAILQ_ENTRY(doubt) link;
	const struct wax_asked *asked;
	const struct wax_answer *nothing;
	uint8_t question[WAX_PACKET_QUESTION_MAX];
	size_t n_question;
	unsigned n_sent;    /* how often */
	int64_t next_ms;    /* send again, or decide */
	bool is_nothing;    /* one server says so */
	size_t n_silent;    /* lines still open */
	struct line line[]; /* one for each server */
};

TAILQ_HEAD(doubts, doubt);

struct wax_recheck {
	struct wax_answers *answers;
	struct wax_arena *arena;
	int epoll_fd;
	WAX_VEC(struct server) servers;
	struct doubts running, waiting;
	size_t n_running;
};

static const int waits_ms[] = WAX_RECHECK_WAITS_MS;

#define N_WAITS (sizeof waits_ms / sizeof waits_ms[0])

struct wax_recheck *
wax_recheck_new(struct wax_answers *answers)
{
	struct wax_recheck *recheck;
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return NULL;
	recheck = calloc(1, sizeof *recheck);
	WAX_ASSERT(recheck != NULL);
	recheck->epoll_fd = fd;
	recheck->answers = answers;
	recheck->arena = wax_arena_new("recheck", 256);
	TAILQ_INIT(&recheck->running);
	TAILQ_INIT(&recheck->waiting);
	return recheck;
}

void
wax_recheck_add_server(struct wax_recheck *recheck, struct wax_ip ip,
    struct wax_str zone, uint16_t port)
{
	struct server server = { .ip = ip, .port = port };

	/* A longer one is no interface: connecting fails. */
	zone = wax_str_head(zone, sizeof server.zone - 1);
	memcpy(server.zone, zone.p != NULL ? zone.p : "", zone.n);
	WAX_PUSH(recheck->arena, &recheck->servers, server);
}

int
wax_recheck_fd(const struct wax_recheck *recheck)
{
	return recheck->epoll_fd;
}

/* --- sockets ------------------------------------------------------------- */

static void
close_line(struct line *line)
{
	if (line->fd < 0)
		return;
	(void)close(line->fd); /* and epoll forgets it */
	line->fd = -1;
	line->doubt->n_silent--;
}

/*
 * Connected, so that the system drops what comes from elsewhere, at a port of
 * its choice: who cannot see the question cannot answer it. A descriptor, or
 * -1.
 */
static int
open_socket(const struct wax_recheck *recheck, const struct server *server,
    struct line *line)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = line };
	struct sockaddr_storage address;
	socklen_t n =
	    wax_endpoint(server->ip, server->zone, server->port, &address);
	int fd = socket(
	    address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, n) == 0 &&
	    epoll_ctl(recheck->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* To those that are silent. A refused one is told apart by nothing: it is
 * sent again. */
static void
send_question(
    const struct wax_recheck *recheck, struct doubt *doubt, int64_t now)
{
	for (size_t i = 0; i < recheck->servers.n; i++)
		if (doubt->line[i].fd >= 0)
			(void)send(doubt->line[i].fd, doubt->question,
			    doubt->n_question, 0);
	doubt->next_ms = now + waits_ms[doubt->n_sent];
	doubt->n_sent++;
}

/* --- questions ----------------------------------------------------------- */

static void
free_doubt(struct wax_recheck *recheck, struct doubt *doubt)
{
	for (size_t i = 0; i < recheck->servers.n; i++)
		close_line(&doubt->line[i]);
	wax_answer_unref(doubt->nothing);
	free(doubt);
}

static void
end(struct wax_recheck *recheck, struct doubt *doubt, bool is_nothing)
{
	const struct wax_asked *asked = doubt->asked;
	const struct wax_answer *answer =
	    is_nothing ? wax_answer_ref(doubt->nothing)
	               : wax_answer_new(
	                     WAX_DNS_TEMPFAIL, asked->type, false, 0, 0, NULL);

	TAILQ_REMOVE(&recheck->running, doubt, link);
	recheck->n_running--;
	free_doubt(recheck, doubt);
	wax_answers_give(recheck->answers, asked, answer);
}

static void
begin(struct wax_recheck *recheck, struct doubt *doubt, int64_t now)
{
	TAILQ_REMOVE(&recheck->waiting, doubt, link);
	TAILQ_INSERT_TAIL(&recheck->running, doubt, link);
	recheck->n_running++;
	for (size_t i = 0; doubt->n_question > 0 && i < recheck->servers.n;
	     i++) {
		struct line *line = &doubt->line[i];

		line->fd = open_socket(recheck, &recheck->servers.v[i], line);
		if (line->fd >= 0)
			doubt->n_silent++;
	}
	if (doubt->n_silent == 0)
		end(recheck, doubt, false);
	else
		send_question(recheck, doubt, now);
}

static void
begin_waiting(struct wax_recheck *recheck, int64_t now)
{
	struct doubt *doubt;

	while (
	    (doubt = TAILQ_FIRST(&recheck->waiting)) != NULL &&
	    (recheck->n_running == 0 ||
	        (recheck->n_running + 1) * recheck->servers.n <= SOCKETS_MAX))
		begin(recheck, doubt, now);
}

void
wax_recheck_ask(struct wax_recheck *recheck, const struct wax_asked *asked,
    const struct wax_answer *nothing, const void *packet, size_t n,
    int64_t now_ms)
{
	struct doubt *doubt = calloc(
	    1, sizeof *doubt + recheck->servers.n * sizeof doubt->line[0]);
	uint16_t id;

	WAX_ASSERT(doubt != NULL);
	WAX_ASSERT(getrandom(&id, sizeof id, 0) == sizeof id);
	doubt->asked = asked;
	doubt->nothing = nothing;
	doubt->n_question =
	    wax_packet_ask_again(packet, n, asked->type, id, doubt->question);
	for (size_t i = 0; i < recheck->servers.n; i++)
		doubt->line[i] = (struct line){ doubt, -1 };
	TAILQ_INSERT_TAIL(&recheck->waiting, doubt, link);
	begin_waiting(recheck, now_ms);
}

/* One packet. The line may be gone afterwards. */
static void
read_line(struct wax_recheck *recheck, struct line *line, int64_t now)
{
	struct doubt *doubt = line->doubt;
	uint8_t packet[REPLY_MAX];
	ssize_t n = recv(line->fd, packet, sizeof packet, 0);

	/* Refused, too: it may come back while it is asked again. */
	if (n < 0)
		return;
	switch (wax_packet_read_reply(
	    doubt->question, doubt->n_question, packet, (size_t)n)) {
	case WAX_REPLY_OF_ANOTHER:
		return;
	case WAX_REPLY_SOMETHING:
		end(recheck, doubt, false);
		return;
	case WAX_REPLY_NOTHING:
		doubt->is_nothing = true;
		if (doubt->next_ms > now + WAX_RECHECK_GRACE_MS)
			doubt->next_ms = now + WAX_RECHECK_GRACE_MS;
		break;
	case WAX_REPLY_FAILED:
		break;
	}
	close_line(line);
	if (doubt->n_silent == 0)
		end(recheck, doubt, doubt->is_nothing);
}

static void
check_time(struct wax_recheck *recheck, int64_t now)
{
	struct doubt *doubt = TAILQ_FIRST(&recheck->running), *next;

	for (; doubt != NULL; doubt = next) {
		next = TAILQ_NEXT(doubt, link);
		if (doubt->next_ms > now)
			continue;
		if (doubt->is_nothing || doubt->n_sent == N_WAITS)
			end(recheck, doubt, doubt->is_nothing);
		else
			send_question(recheck, doubt, now);
	}
}

void
wax_recheck_process(struct wax_recheck *recheck, int64_t now_ms)
{
	struct epoll_event event;

	if (recheck->n_running == 0)
		return;
	/* One at a time: the end of a question takes its other lines along. */
	for (int i = 0; i < PACKETS_A_TURN &&
	                epoll_wait(recheck->epoll_fd, &event, 1, 0) == 1;
	     i++)
		read_line(recheck, event.data.ptr, now_ms);
	check_time(recheck, now_ms);
	begin_waiting(recheck, now_ms);
}

int
wax_recheck_timeout_ms(
    const struct wax_recheck *recheck, int64_t now_ms, int max_ms)
{
	const struct doubt *doubt;
	int64_t next_ms = now_ms + max_ms;

	TAILQ_FOREACH(doubt, &recheck->running, link)
	if (doubt->next_ms < next_ms)
		next_ms = doubt->next_ms;
	return next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
}

void
wax_recheck_free(struct wax_recheck *recheck)
{
	struct doubt *doubt;

	if (recheck == NULL)
		return;
	TAILQ_CONCAT(&recheck->running, &recheck->waiting, link);
	while ((doubt = TAILQ_FIRST(&recheck->running)) != NULL) {
		TAILQ_REMOVE(&recheck->running, doubt, link);
		free_doubt(recheck, doubt);
	}
	(void)close(recheck->epoll_fd);
	wax_arena_free(recheck->arena);
	free(recheck);
}
