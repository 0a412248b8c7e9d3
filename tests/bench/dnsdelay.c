/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dnsdelay.c - a name server that takes its time.
 *
 * Usage: dnsdelay PORT UPSTREAM_PORT, both on 127.0.0.1
 *
 * Passes questions on over UDP and gives each answer later, as if the name
 * server were far away. Says "ready", then obeys lines on standard input, and
 * answers each with one:
 *
 *	delay MILLISECONDS	from now on (at first: none)
 *	hole NAME		questions for NAME and below are lost; "-": none
 *	count			how many questions there were so far, and how
 *				many of them were lost
 *
 * Ends with its input. No TCP: what is asked here fits into 1232 octets.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 4096
#define NAME_MAX_WIRE 255
#define HEADER 12
#define QUEUE 65536 /* answers that wait, and questions under way */

struct waiting {
	int64_t due_ns;
	struct sockaddr_in client;
	size_t n;
	uint8_t *packet;
};

struct asked {
	struct sockaddr_in client;
	uint8_t id[2];
};

struct proxy {
	int clients, upstream;
	int64_t delay_ns;
	size_t n_hole; /* octets */
	uint8_t hole[NAME_MAX_WIRE];
	unsigned long questions, lost;
	uint16_t next_id;
	struct asked asked[QUEUE];
	size_t first, n_waiting;
	struct waiting waiting[QUEUE];
	char line[512];
	size_t n_line;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
die(const char *what)
{
	(void)fprintf(stderr, "dnsdelay: %s: %s\n", what, strerror(errno));
	exit(EX_OSERR);
}

static struct sockaddr_in
here(const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return address;
}

static int
open_socket(void)
{
	int size = 4 << 20; /* so that a flood is not lost here */
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	/* What the kernel allows will do. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return fd;
}

/* Whether the question's name is in the hole. */
static bool
is_lost(const struct proxy *proxy, const uint8_t *packet, size_t n)
{
	size_t at = HEADER;

	if (proxy->n_hole == 0)
		return false;
	while (at < n && packet[at] != 0) {
		size_t i = 0;

		while (i < proxy->n_hole && at + i < n &&
		       tolower(packet[at + i]) == proxy->hole[i])
			i++;
		if (i == proxy->n_hole)
			return true;
		at += 1 + (size_t)packet[at];
	}
	return false;
}

static void
take_questions(struct proxy *proxy)
{
	for (;;) {
		uint8_t packet[PACKET_MAX];
		struct sockaddr_in client;
		socklen_t n_client = sizeof client;
		ssize_t n = recvfrom(proxy->clients, packet, sizeof packet, 0,
		    (struct sockaddr *)&client, &n_client);
		struct asked *asked;

		if (n < 0)
			return;
		if (n < HEADER)
			continue;
		proxy->questions++;
		if (is_lost(proxy, packet, (size_t)n)) {
			proxy->lost++;
			continue;
		}
		asked = &proxy->asked[proxy->next_id];
		asked->client = client;
		memcpy(asked->id, packet, 2);
		packet[0] = (uint8_t)(proxy->next_id >> 8);
		packet[1] = (uint8_t)proxy->next_id;
		proxy->next_id++;
		/* A lost one is asked again by who asked. */
		(void)send(proxy->upstream, packet, (size_t)n, 0);
	}
}

static void
take_answers(struct proxy *proxy)
{
	for (;;) {
		uint8_t packet[PACKET_MAX];
		ssize_t n = recv(proxy->upstream, packet, sizeof packet, 0);
		const struct asked *asked;
		struct waiting *waiting;

		if (n < 0)
			return;
		if (n < HEADER || proxy->n_waiting == QUEUE)
			continue;
		asked = &proxy->asked[packet[0] << 8 | packet[1]];
		memcpy(packet, asked->id, 2);
		waiting =
		    &proxy->waiting[(proxy->first + proxy->n_waiting) % QUEUE];
		proxy->n_waiting++;
		waiting->due_ns = now_ns() + proxy->delay_ns;
		waiting->client = asked->client;
		waiting->n = (size_t)n;
		waiting->packet = malloc((size_t)n);
		if (waiting->packet == NULL)
			die("malloc");
		memcpy(waiting->packet, packet, (size_t)n);
	}
}

/* What is due; milliseconds to the next one as a timespec, or NULL. */
static const struct timespec *
give_answers(struct proxy *proxy, struct timespec *left)
{
	while (proxy->n_waiting > 0) {
		struct waiting *waiting = &proxy->waiting[proxy->first];
		int64_t wait_ns = waiting->due_ns - now_ns();

		if (wait_ns > 0) {
			left->tv_sec = wait_ns / 1000000000;
			left->tv_nsec = wait_ns % 1000000000;
			return left;
		}
		(void)sendto(proxy->clients, waiting->packet, waiting->n, 0,
		    (const struct sockaddr *)&waiting->client,
		    sizeof waiting->client);
		free(waiting->packet);
		proxy->first = (proxy->first + 1) % QUEUE;
		proxy->n_waiting--;
	}
	return NULL;
}

/* A name in lower case as a question has it, without its end. */
static void
set_hole(struct proxy *proxy, const char *name)
{
	size_t n = 0;

	while (*name != '\0' && strcmp(name, "-") != 0) {
		size_t label = strcspn(name, ".");

		if (label == 0 || label > 63 ||
		    n + 1 + label >= sizeof proxy->hole)
			break;
		proxy->hole[n++] = (uint8_t)label;
		memcpy(proxy->hole + n, name, label);
		n += label;
		name += label + (name[label] == '.');
	}
	if (n > 0)
		proxy->hole[n++] = 0;
	proxy->n_hole = n;
}

static void
obey(struct proxy *proxy, const char *line)
{
	if (strncmp(line, "delay ", 6) == 0) {
		proxy->delay_ns = strtol(line + 6, NULL, 10) * 1000000;
		(void)printf("ok\n");
	} else if (strncmp(line, "hole ", 5) == 0) {
		set_hole(proxy, line + 5);
		(void)printf("ok\n");
	} else if (strcmp(line, "count") == 0) {
		(void)printf("%lu %lu\n", proxy->questions, proxy->lost);
	} else {
		(void)printf("what?\n");
	}
	(void)fflush(stdout); /* the reader would wait, and end us */
}

/* False at the end of the input. */
static bool
take_orders(struct proxy *proxy)
{
	char *end;
	ssize_t n = read(STDIN_FILENO, proxy->line + proxy->n_line,
	    sizeof proxy->line - 1 - proxy->n_line);

	if (n <= 0)
		return false;
	proxy->n_line += (size_t)n;
	proxy->line[proxy->n_line] = '\0';
	for (;;) {
		end = strchr(proxy->line, '\n');
		if (end == NULL)
			return true;
		*end++ = '\0';
		obey(proxy, proxy->line);
		proxy->n_line -= (size_t)(end - proxy->line);
		memmove(proxy->line, end, proxy->n_line + 1);
	}
}

static void
serve(struct proxy *proxy)
{
	struct pollfd poll[] = { { STDIN_FILENO, POLLIN, 0 },
		{ proxy->clients, POLLIN, 0 }, { proxy->upstream, POLLIN, 0 } };

	for (;;) {
		struct timespec left;

		if (ppoll(poll, 3, give_answers(proxy, &left), NULL) < 0) {
			if (errno == EINTR)
				continue;
			die("ppoll");
		}
		if (poll[0].revents != 0 && !take_orders(proxy))
			return;
		if (poll[2].revents != 0)
			take_answers(proxy);
		if (poll[1].revents != 0)
			take_questions(proxy);
	}
}

int
main(int argc, char **argv)
{
	struct proxy *proxy = calloc(1, sizeof *proxy);
	struct sockaddr_in address;

	if (argc != 3 || proxy == NULL) {
		(void)fprintf(stderr, "usage: dnsdelay PORT UPSTREAM_PORT\n");
		return EX_USAGE;
	}
	proxy->clients = open_socket();
	address = here(argv[1]);
	if (bind(proxy->clients, (const struct sockaddr *)&address,
	        sizeof address) != 0)
		die("bind");
	proxy->upstream = open_socket();
	address = here(argv[2]);
	if (connect(proxy->upstream, (const struct sockaddr *)&address,
	        sizeof address) != 0)
		die("connect");
	(void)printf("ready\n");
	(void)fflush(stdout); /* as above */
	serve(proxy);
	free(proxy);
	return EX_OK;
}
