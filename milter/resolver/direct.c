/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/resolver/direct.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/resolver/endpoint.h"
#include "milter/resolver/packet.h"
#include "milter/sys/clock.h"
#include "policy/base/vec.h"

#define REPLY_MAX 65535 /* RFC 1035 s4.2.2 */
/* Length in front of a packet. */
#define TCP_PREFIX 2
#define TCP_WAIT_MS 3000

struct question {
	struct wax_str qname;
	enum wax_rrtype type;
	uint8_t packet[WAX_PACKET_QUESTION_MAX];
	size_t n;
	int fd; /* -1: none is open */
	unsigned n_sent;
	int64_t again_ms;                /* send again, or give up */
	const struct wax_answer *answer; /* held by the arena; NULL: not yet */
};

struct direct {
	struct wax_resolver base; /* first: what the port points to */
	struct wax_arena *arena;
	struct sockaddr_storage address;
	socklen_t n_address;
	uint8_t *reply; /* REPLY_MAX octets */
	WAX_VEC(struct question) questions;
};

static const int waits_ms[] = WAX_DIRECT_WAITS_MS;

#define N_WAITS (sizeof waits_ms / sizeof waits_ms[0])

static struct direct *
direct_of(struct wax_resolver *resolver)
{
	return (struct direct *)(void *)resolver;
}

/* --- questions ----------------------------------------------------------- */

static void
settle(
    struct direct *direct, struct question *q, const struct wax_answer *answer)
{
	if (q->fd >= 0)
		(void)close(q->fd);
	q->fd = -1;
	q->answer = wax_answer_hold(direct->arena, answer);
	wax_answer_unref(answer);
}

static void
fail(struct direct *direct, struct question *q)
{
	settle(direct, q,
	    wax_answer_new(WAX_DNS_TEMPFAIL, q->type, false, 0, 0, NULL));
}

static int
open_socket(const struct direct *direct, int type)
{
	int fd = socket(
	    direct->address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&direct->address,
	        direct->n_address) == 0 ||
	    (type == SOCK_STREAM && errno == EINPROGRESS))
		return fd;
	(void)close(fd);
	return -1;
}

/* A refusal is told by the next call: it is as good as silence. */
static void
send_packet(struct question *q, int64_t now)
{
	(void)send(q->fd, q->packet, q->n, MSG_NOSIGNAL);
	q->again_ms = now + waits_ms[q->n_sent];
	q->n_sent++;
}

static struct question *
find(struct direct *direct, struct wax_str qname, enum wax_rrtype type)
{
	for (size_t i = 0; i < direct->questions.n; i++) {
		struct question *q = &direct->questions.v[i];

		if (q->type == type && wax_str_ieq(q->qname, qname))
			return q;
	}
	return NULL;
}

static struct question *
begin(struct direct *direct, struct wax_str qname, enum wax_rrtype type)
{
	struct question q = { .type = type, .fd = -1 }, *kept;
	uint16_t id;

	WAX_ASSERT(getrandom(&id, sizeof id, 0) == sizeof id);
	q.qname = wax_str_dup(direct->arena, qname);
	q.n = wax_packet_ask(qname, type, id, q.packet);
	WAX_PUSH(direct->arena, &direct->questions, q);
	kept = &direct->questions.v[direct->questions.n - 1];
	if (kept->n == 0) { /* it cannot exist */
		settle(direct, kept,
		    wax_answer_new(WAX_DNS_NXDOMAIN, type, false, 0, 0, NULL));
		return kept;
	}
	kept->fd = open_socket(direct, SOCK_DGRAM);
	if (kept->fd < 0)
		fail(direct, kept);
	else
		send_packet(kept, wax_clock_ms());
	return kept;
}

/* --- TCP ----------------------------------------------------------------- */

static bool
wait_for(int fd, short events, int64_t until)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int64_t left = until - wax_clock_ms();

	return left > 0 && poll(&pollfd, 1, (int)left) == 1;
}

/* All n octets, in either direction. */
static bool
transfer(int fd, bool sends, uint8_t *p, size_t n, int64_t until)
{
	while (n > 0) {
		ssize_t done;

		if (!wait_for(fd, sends ? POLLOUT : POLLIN, until))
			return false;
		done = sends ? send(fd, p, n, MSG_NOSIGNAL) : recv(fd, p, n, 0);
		if (done == 0 ||
		    (done < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return true;
}

static bool
exchange(const struct direct *direct, const struct question *q, int fd,
    size_t *n, int64_t until)
{
	uint8_t out[TCP_PREFIX + WAX_PACKET_QUESTION_MAX];
	uint8_t prefix[TCP_PREFIX];

	out[0] = (uint8_t)(q->n >> 8);
	out[1] = (uint8_t)(q->n & 0xff);
	for (size_t i = 0; i < q->n; i++)
		out[TCP_PREFIX + i] = q->packet[i];
	if (!transfer(fd, true, out, TCP_PREFIX + q->n, until) ||
	    !transfer(fd, false, prefix, sizeof prefix, until))
		return false;
	*n = (size_t)prefix[0] << 8 | prefix[1];
	return transfer(fd, false, direct->reply, *n, until);
}

static void
ask_by_tcp(struct direct *direct, struct question *q, int64_t deadline)
{
	int64_t until = wax_clock_ms() + TCP_WAIT_MS;
	const struct wax_answer *answer = NULL;
	size_t n = 0;
	int fd = open_socket(direct, SOCK_STREAM);

	if (until > deadline)
		until = deadline;
	if (fd >= 0 && exchange(direct, q, fd, &n, until) &&
	    wax_packet_read_direct(direct->arena, q->packet, q->n,
	        direct->reply, n, &answer) == WAX_DIRECT_ANSWER)
		settle(direct, q, answer);
	else
		fail(direct, q);
	if (fd >= 0)
		(void)close(fd);
}

/* --- waiting ------------------------------------------------------------- */

static void
read_reply(struct direct *direct, struct question *q, int64_t deadline)
{
	const struct wax_answer *answer;
	ssize_t n = recv(q->fd, direct->reply, REPLY_MAX, 0);

	if (n < 0)
		return;
	switch (wax_packet_read_direct(direct->arena, q->packet, q->n,
	    direct->reply, (size_t)n, &answer)) {
	case WAX_DIRECT_OF_ANOTHER:
		break;
	case WAX_DIRECT_CUT:
		ask_by_tcp(direct, q, deadline);
		break;
	case WAX_DIRECT_ANSWER:
		settle(direct, q, answer);
		break;
	}
}

static void
wait_for_answer(struct direct *direct, struct question *q, int64_t deadline)
{
	while (q->answer == NULL) {
		int64_t until = q->again_ms < deadline ? q->again_ms : deadline;
		int64_t now;

		if (wait_for(q->fd, POLLIN, until))
			read_reply(direct, q, deadline);
		now = wax_clock_ms();
		if (q->answer != NULL || now < until)
			continue;
		if (now >= deadline || q->n_sent == N_WAITS)
			fail(direct, q);
		else
			send_packet(q, now);
	}
}

/* --- the port ------------------------------------------------------------ */

static void
direct_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	struct direct *direct = direct_of(resolver);

	if (find(direct, qname, type) == NULL)
		(void)begin(direct, qname, type);
}

static const struct wax_answer *
direct_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	const struct question *q = find(direct_of(resolver), qname, type);

	return q == NULL || q->answer == NULL
	           ? NULL
	           : wax_answer_hold(arena, q->answer);
}

static const struct wax_answer *
direct_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	struct direct *direct = direct_of(resolver);
	struct question *q = find(direct, qname, type);

	if (q == NULL)
		q = begin(direct, qname, type);
	wait_for_answer(direct, q, deadline);
	return wax_answer_hold(arena, q->answer);
}

static bool
direct_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	(void)resolver;
	(void)deadline;
	return false; /* it is only ever read by lookup */
}

static const struct wax_resolver_ops direct_ops = {
	.prefetch = direct_prefetch,
	.peek = direct_peek,
	.lookup = direct_lookup,
	.wait_any = direct_wait_any,
};

/* Runs before the memory goes: it was deferred behind it. */
static void
close_all(void *arg)
{
	struct direct *direct = arg;

	for (size_t i = 0; i < direct->questions.n; i++)
		if (direct->questions.v[i].fd >= 0)
			(void)close(direct->questions.v[i].fd);
}

struct wax_resolver *
wax_direct_new(struct wax_arena *arena, struct wax_ip ip, uint16_t port)
{
	struct direct *direct = WAX_NEW(arena, struct direct);
	int fd;

	direct->base.ops = &direct_ops;
	direct->arena = arena;
	direct->n_address = wax_endpoint(ip, "", port, &direct->address);
	/* Connecting by UDP sends nothing, but needs a route. */
	fd = open_socket(direct, SOCK_DGRAM);
	if (fd < 0)
		return NULL;
	(void)close(fd);
	direct->reply = wax_alloc(arena, REPLY_MAX, 1);
	wax_arena_defer(arena, close_all, direct);
	return &direct->base;
}
