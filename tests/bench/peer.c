/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/corpus.h"

/* What Postfix 3.7 offers. */
#define MILTER_VERSION 6
#define ACTIONS 0x1ff
#define STEPS 0x1fffff
#define HDR_LEADSPC 0x100000

#define VSTREAM_BLOCK 4096
#define READ_BLOCK 16384
#define PACKET_MAX 1048576 /* nothing that a filter says is longer */

/* Command; the bit for "not shown"; the bit for "not answered"; macros. */
static const struct stage {
	char command;
	uint32_t hidden, silent;
	const char *macros;
} stages[BENCH_STAGES] = {
	[BENCH_CONNECT] = { 'C', 0x01, 0x1000,
	    "j {daemon_name} {daemon_addr} v _" },
	[BENCH_HELO] = { 'H', 0x02, 0x2000,
	    "{tls_version} {cipher} {cipher_bits} {cert_subject}"
	    " {cert_issuer}" },
	[BENCH_MAIL] = { 'M', 0x04, 0x4000,
	    "i {auth_type} {auth_authen} {auth_author} {mail_addr}"
	    " {mail_host} {mail_mailer}" },
	[BENCH_RCPT] = { 'R', 0x08, 0x8000,
	    "i {rcpt_addr} {rcpt_host} {rcpt_mailer}" },
	[BENCH_DATA] = { 'T', 0x200, 0x10000, "i" },
	[BENCH_FIELD] = { 'L', 0x20, 0x80, "i" },
	[BENCH_EOH] = { 'N', 0x40, 0x40000, "i" },
	[BENCH_BODY] = { 'B', 0x10, 0x80000, "i" },
	[BENCH_EOM] = { 'E', 0, 0, "i" },
};

/* The stages as a filter numbers them when it asks for macros. Postfix shows
 * those of the end of the message with fields and body, too. */
static const enum bench_stage numbered[] = { BENCH_CONNECT, BENCH_HELO,
	BENCH_MAIL, BENCH_RCPT, BENCH_DATA, BENCH_EOM, BENCH_EOH };

char
bench_stage_command(enum bench_stage stage)
{
	return stages[stage].command;
}

bool
bench_peer_shows(const struct bench_peer *peer, enum bench_stage stage)
{
	return (peer->steps & stages[stage].hidden) == 0;
}

bool
bench_peer_answers(const struct bench_peer *peer, enum bench_stage stage)
{
	return (peer->steps & stages[stage].silent) == 0;
}

bool
bench_peer_keeps_blank(const struct bench_peer *peer)
{
	return (peer->steps & HDR_LEADSPC) != 0;
}

static int
dial_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof address.sun_path)
		bench_die("%s: too long for a socket", path);
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return -1;
}

/* Postfix makes its buffer two segments, so that Nagle never waits. */
static size_t
tcp_block(int fd)
{
	int mss = 0;
	socklen_t n = sizeof mss;

	if (getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, &n) != 0 ||
	    mss <= VSTREAM_BLOCK / 2)
		return VSTREAM_BLOCK;
	return 2 * (size_t)mss;
}

static int
dial_tcp(const char *where)
{
	char *end;
	unsigned long port = strtoul(where, &end, 10);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (*end != '@' || port == 0 || port > UINT16_MAX ||
	    inet_pton(AF_INET, end + 1, &address.sin_addr) != 1)
		bench_die("inet:%s: write inet:PORT@ADDRESS", where);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return -1;
}

bool
bench_peer_open(struct bench_peer *peer, const char *address)
{
	bool is_tcp = strncmp(address, "inet:", 5) == 0;

	if (!is_tcp && strncmp(address, "unix:", 5) != 0)
		bench_die("%s: write unix:PATH or inet:PORT@ADDRESS", address);
	peer->fd = is_tcp ? dial_tcp(address + 5) : dial_unix(address + 5);
	if (peer->fd < 0)
		return false;
	if (fcntl(peer->fd, F_SETFL, O_NONBLOCK) != 0)
		bench_die("O_NONBLOCK: %s", strerror(errno));
	peer->block = is_tcp ? tcp_block(peer->fd) : VSTREAM_BLOCK;
	peer->out.n = peer->out.done = 0;
	peer->in.n = peer->in.done = 0;
	peer->steps = 0;
	peer->done_with_message = peer->done_with_session = false;
	for (size_t i = 0; i < BENCH_STAGES; i++) {
		free(peer->wanted[i]);
		peer->wanted[i] = NULL;
	}
	return true;
}

void
bench_peer_close(struct bench_peer *peer)
{
	if (peer->fd >= 0)
		(void)close(peer->fd); /* the last reply is in */
	peer->fd = -1;
}

static void
grow(struct bench_buffer *buffer, size_t n)
{
	if (buffer->room - buffer->n >= n)
		return;
	buffer->room = buffer->room * 2 + n;
	buffer->p = bench_resize(buffer->p, buffer->room, 1);
}

void
bench_peer_add(struct bench_peer *peer, const void *data, size_t n)
{
	grow(&peer->out, n);
	if (n > 0)
		memcpy(peer->out.p + peer->out.n, data, n);
	peer->out.n += n;
}

void
bench_peer_add_text(struct bench_peer *peer, const char *text)
{
	bench_peer_add(peer, text, strlen(text) + 1);
}

void
bench_peer_begin(struct bench_peer *peer, char command, size_t n)
{
	uint32_t length = htonl((uint32_t)n + 1);

	bench_peer_add(peer, &length, sizeof length);
	bench_peer_add(peer, &command, 1);
}

void
bench_peer_command(struct bench_peer *peer, char command)
{
	bench_peer_begin(peer, command, 0);
}

static const char *
value_of(const struct bench_macro *macro, const char *name, size_t n)
{
	for (; macro->name != NULL; macro++)
		if (strlen(macro->name) == n &&
		    memcmp(macro->name, name, n) == 0)
			return macro->value;
	return NULL;
}

void
bench_peer_macros(struct bench_peer *peer, enum bench_stage stage,
    const struct bench_macro *macro)
{
	const char *name = peer->wanted[stage] != NULL ? peer->wanted[stage]
	                                               : stages[stage].macros;
	size_t start = peer->out.n;
	uint32_t length;

	bench_peer_begin(peer, 'D', 0);
	bench_peer_add(peer, &stages[stage].command, 1);
	while (*name != '\0') {
		size_t n = strcspn(name, " ");
		const char *value = value_of(macro, name, n);

		if (n > 0 && value != NULL) {
			bench_peer_add(peer, name, n);
			bench_peer_add(peer, "", 1);
			bench_peer_add_text(peer, value);
		}
		name += n + (name[n] == ' ');
	}
	length = htonl((uint32_t)(peer->out.n - start - sizeof length));
	memcpy(peer->out.p + start, &length, sizeof length);
}

void
bench_peer_offer(struct bench_peer *peer)
{
	const uint32_t offer[] = { htonl(MILTER_VERSION), htonl(ACTIONS),
		htonl(STEPS) };

	bench_peer_begin(peer, 'O', sizeof offer);
	bench_peer_add(peer, offer, sizeof offer);
}

static uint32_t
number_at(const char *data)
{
	uint32_t number;

	memcpy(&number, data, sizeof number);
	return ntohl(number);
}

static void
want(struct bench_peer *peer, enum bench_stage stage, const char *names)
{
	free(peer->wanted[stage]);
	peer->wanted[stage] = strdup(names);
	if (peer->wanted[stage] == NULL)
		bench_die("out of memory");
}

bool
bench_peer_granted(struct bench_peer *peer, const char *data, size_t n)
{
	size_t at = 13;

	if (n < at || data[0] != 'O' || number_at(data + 1) > MILTER_VERSION ||
	    (number_at(data + 5) & ~(uint32_t)ACTIONS) != 0 ||
	    (number_at(data + 9) & ~(uint32_t)STEPS) != 0)
		return false;
	peer->steps = number_at(data + 9);
	while (n - at > 4) {
		uint32_t place = number_at(data + at);
		const char *names = data + at + 4;
		size_t length = strnlen(names, n - at - 4);

		if (length == n - at - 4 ||
		    place >= sizeof numbered / sizeof numbered[0])
			return false;
		want(peer, numbered[place], names);
		if (numbered[place] == BENCH_EOM) {
			want(peer, BENCH_FIELD, names);
			want(peer, BENCH_BODY, names);
		}
		at += 4 + length + 1;
	}
	return at == n;
}

enum bench_io
bench_peer_flush(struct bench_peer *peer, bool all)
{
	struct bench_buffer *out = &peer->out;

	while (out->n - out->done >= (all ? 1 : peer->block)) {
		size_t n = out->n - out->done;
		ssize_t gone = send(peer->fd, out->p + out->done,
		    n < peer->block ? n : peer->block, MSG_NOSIGNAL);

		if (gone < 0 && errno == EINTR)
			continue;
		if (gone < 0)
			return errno == EAGAIN ? BENCH_IO_LATER : BENCH_IO_GONE;
		out->done += (size_t)gone;
	}
	memmove(out->p, out->p + out->done, out->n - out->done);
	out->n -= out->done;
	out->done = 0;
	return BENCH_IO_DONE;
}

enum bench_io
bench_peer_receive(
    struct bench_peer *peer, const char **data_out, size_t *n_out)
{
	struct bench_buffer *in = &peer->in;

	for (;;) {
		size_t there = in->n - in->done;
		size_t length = there < 4 ? 0 : number_at(in->p + in->done);
		ssize_t got;

		if (there >= 4 && (length == 0 || length > PACKET_MAX))
			return BENCH_IO_GONE;
		if (there >= 4 && there - 4 >= length) {
			*data_out = in->p + in->done + 4;
			*n_out = length;
			in->done += 4 + length;
			return BENCH_IO_DONE;
		}
		if (in->done > 0)
			memmove(in->p, in->p + in->done, there);
		in->n = there;
		in->done = 0;
		grow(in, READ_BLOCK);
		got = recv(peer->fd, in->p + in->n, in->room - in->n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 && errno == EAGAIN ? BENCH_IO_LATER
			                                  : BENCH_IO_GONE;
		in->n += (size_t)got;
	}
}
