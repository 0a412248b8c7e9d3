/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read-ahead: what libmilter reads is what was sent, however it is cut, and
 * nobody else's descriptors are touched. Here the test is libmilter: it waits
 * by poll(), and reads the five octets in front of a packet, then the packet.
 */
#include "milter/session/readahead.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/sys/thread.h"
#include "policy/base/limits.h"
#include "tests/support/suite.h"

static int listener = -1;

static int
listen_anywhere(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* Without a path Linux chooses a name that is in no file system. */
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&any, sizeof any.sun_family), 0);
	ck_assert_int_eq(listen(fd, 100), 0);
	return fd;
}

static void
begin(void)
{
	listener = listen_anywhere();
	wax_readahead_watch(listener);
}

static void
end(void)
{
	ck_assert_int_eq(close(listener), 0);
}

/* Both ends of a connection. */
struct pair {
	int mta, filter;
};

static struct pair
connect_to(int to)
{
	struct sockaddr_un address = { 0 };
	socklen_t size = sizeof address;
	struct pair pair = { socket(AF_UNIX, SOCK_STREAM, 0), -1 };

	ck_assert_int_eq(
	    getsockname(to, (struct sockaddr *)&address, &size), 0);
	ck_assert_int_eq(
	    connect(pair.mta, (struct sockaddr *)&address, size), 0);
	pair.filter = accept(to, NULL, NULL);
	ck_assert_int_ge(pair.filter, 0);
	return pair;
}

static struct pair
connect_here(void)
{
	return connect_to(listener);
}

static void
hang_up(struct pair pair)
{
	ck_assert_int_eq(close(pair.mta), 0);
	ck_assert_int_eq(close(pair.filter), 0);
}

static void
say(int fd, const void *p, size_t n)
{
	ck_assert_int_eq(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

static int
poll_one(int fd, int timeout_ms)
{
	struct pollfd one = { .fd = fd, .events = POLLIN | POLLPRI };
	int ready = poll(&one, 1, timeout_ms);

	ck_assert_int_eq(ready, one.revents != 0);
	ck_assert_int_eq(one.revents & (POLLPRI | POLLOUT | POLLNVAL), 0);
	return ready;
}

/* What the kernel still has. */
static int
left_in_kernel(int fd)
{
	int n = -1;

	ck_assert_int_eq(ioctl(fd, FIONREAD, &n), 0);
	return n;
}

/* As libmilter does it; fewer than n where there is no more for now. */
static size_t
read_some(int fd, void *to, size_t n)
{
	size_t done = 0;

	while (done < n && poll_one(fd, 0) == 1) {
		ssize_t got = read(fd, (char *)to + done, n - done);

		ck_assert_int_gt(got, 0);
		done += (size_t)got;
	}
	return done;
}

/* --- packets --------------------------------------------------------------- */

/* What a packet's length says, and its octets, which tell their place. */
static size_t
make_packets(char *out, const size_t *length, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		out[at++] = (char)(length[i] >> 24);
		out[at++] = (char)(length[i] >> 16);
		out[at++] = (char)(length[i] >> 8);
		out[at++] = (char)length[i];
		out[at++] = 'L';
		for (size_t k = 0; k < length[i]; k++, at++)
			out[at] = (char)(at * 7 + at / 251);
	}
	return at;
}

/* Where a reader of packets is. */
struct reader {
	unsigned char head[5];
	size_t in_head, length, in_body;
	char body[200000];
};

/* Read on until there is no more for now; appends what is complete. */
static size_t
read_packets(struct reader *reader, int fd, char *out)
{
	size_t n = 0;

	for (;;) {
		size_t want = sizeof reader->head - reader->in_head;

		reader->in_head +=
		    read_some(fd, reader->head + reader->in_head, want);
		if (reader->in_head < sizeof reader->head)
			return n;
		reader->length = (size_t)reader->head[0] << 24 |
		                 (size_t)reader->head[1] << 16 |
		                 (size_t)reader->head[2] << 8 | reader->head[3];
		ck_assert_uint_lt(reader->length, sizeof reader->body);
		reader->in_body += read_some(fd, reader->body + reader->in_body,
		    reader->length - reader->in_body);
		if (reader->in_body < reader->length)
			return n;
		memcpy(out + n, reader->head, sizeof reader->head);
		memcpy(out + n + 5, reader->body, reader->length);
		n += 5 + reader->length;
		reader->in_head = reader->in_body = 0;
	}
}

START_TEST(cut_at_every_octet)
{
	static const size_t length[] = { 0, 1, 4, 5, 6, 0, 0, 200, 77, 1, 300 };
	static struct reader reader;
	static char sent[1024], got[1024];
	size_t n = make_packets(sent, length, sizeof length / sizeof length[0]);
	struct pair pair = connect_here();

	ck_assert_uint_gt(n, 600);
	for (size_t cut = 0; cut <= n; cut++) {
		size_t done;

		memset(got, 0, sizeof got);
		say(pair.mta, sent, cut);
		done = read_packets(&reader, pair.filter, got);
		ck_assert_uint_le(done, cut);
		say(pair.mta, sent + cut, n - cut);
		done += read_packets(&reader, pair.filter, got + done);
		ck_assert_uint_eq(done, n);
		ck_assert_mem_eq(got, sent, n);
	}
	hang_up(pair);
}
END_TEST

START_TEST(octet_by_octet)
{
	static const size_t length[] = { 3, 0, 250 };
	static struct reader reader;
	static char sent[300], got[300];
	size_t n = make_packets(sent, length, sizeof length / sizeof length[0]);
	struct pair pair = connect_here();
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		say(pair.mta, sent + i, 1);
		done += read_packets(&reader, pair.filter, got + done);
	}
	ck_assert_uint_eq(done, n);
	ck_assert_mem_eq(got, sent, n);
	hang_up(pair);
}
END_TEST

/* Packets around the size of the buffer, and far beyond it. */
START_TEST(packets_of_any_size)
{
	static const size_t length[] = { 10, WAX_READ_AHEAD_BYTES - 20,
		WAX_READ_AHEAD_BYTES - 6, WAX_READ_AHEAD_BYTES - 5,
		WAX_READ_AHEAD_BYTES - 4, WAX_READ_AHEAD_BYTES,
		WAX_READ_AHEAD_BYTES + 1, 3 * WAX_READ_AHEAD_BYTES, 65535,
		150000, 0 };
	static const size_t pieces[] = { 50000, 16384, 16389, 4096, 777 };
	static struct reader reader;
	static char sent[500000], got[500000];
	size_t n = make_packets(sent, length, sizeof length / sizeof length[0]);
	struct pair pair = connect_here();

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		size_t done = 0;

		memset(got, 0, sizeof got);
		for (size_t at = 0; at < n; at += pieces[i]) {
			say(pair.mta, sent + at,
			    n - at < pieces[i] ? n - at : pieces[i]);
			done += read_packets(&reader, pair.filter, got + done);
		}
		ck_assert_uint_eq(done, n);
		ck_assert_mem_eq(got, sent, n);
	}
	hang_up(pair);
}
END_TEST

/* --- what the kernel does not know ------------------------------------------- */

/* A connection of which ten octets are read ahead. */
static struct pair
connect_and_read_ahead(void)
{
	struct pair pair = connect_here();
	char head[5];

	say(pair.mta, "0123456789abcde", 15);
	ck_assert_uint_eq(read_some(pair.filter, head, sizeof head), 5);
	ck_assert_int_eq(left_in_kernel(pair.filter), 0);
	return pair;
}

START_TEST(one_read_ahead_is_ready)
{
	struct pair pair = connect_and_read_ahead();
	struct pollfd write_only = { .fd = pair.filter, .events = POLLOUT };
	char rest[20];

	ck_assert_int_eq(poll_one(pair.filter, 0), 1);
	ck_assert_int_eq(poll_one(pair.filter, -1), 1);
	ck_assert_int_eq(poll(&write_only, 1, 0), 1);
	ck_assert_int_eq(write_only.revents, POLLOUT);
	ck_assert_int_eq(read(pair.filter, rest, 4), 4);
	ck_assert_mem_eq(rest, "5678", 4);
	ck_assert_int_eq(read(pair.filter, rest, 0), 0);
	ck_assert_int_eq(poll_one(pair.filter, -1), 1);
	/* No more than there is, and not one octet of what comes later. */
	say(pair.mta, "later", 5);
	ck_assert_int_eq(read(pair.filter, rest, sizeof rest), 6);
	ck_assert_mem_eq(rest, "9abcde", 6);
	ck_assert_int_eq(poll_one(pair.filter, -1), 1);
	ck_assert_int_eq(read(pair.filter, rest, sizeof rest), 5);
	ck_assert_mem_eq(rest, "later", 5);
	ck_assert_int_eq(poll_one(pair.filter, 0), 0);
	hang_up(pair);
}
END_TEST

/* The controller of libmilter's workers waits for many at a time. */
START_TEST(one_of_many_is_ready)
{
	struct pair ahead = connect_and_read_ahead();
	struct pair silent = connect_here(), speaks = connect_here();
	int ends[2];
	struct pollfd all[] = {
		{ .fd = -1, .events = POLLIN },
		{ .fd = silent.filter, .events = POLLIN },
		{ .fd = ahead.filter, .events = POLLIN | POLLOUT },
		{ .fd = speaks.filter, .events = POLLIN },
		{ .fd = ahead.filter, .events = POLLOUT },
		{ .events = POLLIN, .revents = POLLERR },
	};
	const nfds_t n = sizeof all / sizeof all[0];

	ck_assert_int_eq(pipe(ends), 0);
	all[5].fd = ends[0];
	ck_assert_int_eq(poll(all, n, -1), 2);
	ck_assert_int_eq(all[1].revents, 0);
	ck_assert_int_eq(all[2].revents, POLLIN | POLLOUT);
	ck_assert_int_eq(all[3].revents, 0);
	ck_assert_int_eq(all[4].revents, POLLOUT);
	ck_assert_int_eq(all[5].revents, 0);
	say(speaks.mta, "x", 1);
	ck_assert_int_eq(write(ends[1], "y", 1), 1);
	ck_assert_int_eq(poll(all, n, -1), 4);
	ck_assert_int_eq(all[2].revents, POLLIN | POLLOUT);
	ck_assert_int_eq(all[3].revents, POLLIN);
	ck_assert_int_eq(all[5].revents, POLLIN);
	close(ends[0]);
	close(ends[1]);
	hang_up(ahead);
	hang_up(silent);
	hang_up(speaks);
}
END_TEST

START_TEST(end_comes_behind_what_was_sent)
{
	struct pair pair = connect_and_read_ahead();
	struct pollfd one = { .fd = pair.filter, .events = POLLIN };
	char rest[20];

	close(pair.mta);
	ck_assert_int_eq(poll(&one, 1, -1), 1);
	ck_assert_int_eq(read(pair.filter, rest, sizeof rest), 10);
	for (int times = 0; times < 2; times++) {
		/* Each time it is asked. */
		ck_assert_int_eq(poll(&one, 1, -1), 1);
		ck_assert_int_eq(poll(&one, 1, -1), 1);
		ck_assert_int_ne(one.revents & POLLHUP, 0);
		ck_assert_int_eq(read(pair.filter, rest, sizeof rest), 0);
	}
	close(pair.filter);
}
END_TEST

START_TEST(error_is_told)
{
	struct pair pair = connect_here();
	struct pollfd one = { .fd = pair.filter, .events = POLLIN };
	char octet;

	/* What was sent to the MTA, and it did not read. */
	say(pair.filter, "unread", 6);
	close(pair.mta);
	ck_assert_int_eq(poll(&one, 1, -1), 1);
	errno = 0;
	ck_assert_int_eq(read(pair.filter, &octet, 1), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	close(pair.filter);
}
END_TEST

START_TEST(nothing_there_is_an_error_where_it_was)
{
	struct pair pair = connect_here();
	char octet;

	ck_assert_int_eq(fcntl(pair.filter, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(poll_one(pair.filter, 0), 0);
	errno = 0;
	ck_assert_int_eq(read(pair.filter, &octet, 1), -1);
	ck_assert_int_eq(errno, EAGAIN);
	hang_up(pair);
	errno = 0;
	ck_assert_int_eq(read(pair.filter, &octet, 1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(read(-1, &octet, 1), -1);
	ck_assert_int_eq(close(pair.filter), -1);
	ck_assert_int_eq(close(-1), -1);
}
END_TEST

static void *
speak_later(void *arg)
{
	(void)poll(NULL, 0, 20);
	say(*(int *)arg, "late", 4);
	return NULL;
}

/* A read without anything there waits, as it did. */
START_TEST(read_waits)
{
	struct pair pair = connect_here();
	struct wax_err err;
	pthread_t thread;
	char octets[8];

	ck_assert_int_eq(poll_one(pair.filter, 0), 0);
	ck_assert_int_eq(
	    wax_thread_start(&thread, "later", speak_later, &pair.mta, &err),
	    WAX_OK);
	ck_assert_int_eq(read(pair.filter, octets, sizeof octets), 4);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	hang_up(pair);
}
END_TEST

/* --- whose descriptors ------------------------------------------------------- */

static void
is_not_read_ahead(int fd, bool polls)
{
	char head[5];

	if (polls)
		ck_assert_int_eq(poll_one(fd, -1), 1);
	ck_assert_int_eq(read(fd, head, sizeof head), 5);
	ck_assert_mem_eq(head, "01234", 5);
	ck_assert_int_eq(left_in_kernel(fd), 5);
}

START_TEST(others_are_let_alone)
{
	int other = listen_anywhere(), ends[2];
	struct pair pair = connect_to(other);
	size_t before = wax_readahead_buffers();

	say(pair.mta, "0123456789", 10);
	is_not_read_ahead(pair.filter, true);
	hang_up(pair);
	close(other);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "0123456789", 10), 10);
	is_not_read_ahead(ends[0], true);
	close(ends[0]);
	close(ends[1]);
	ck_assert_uint_eq(wax_readahead_buffers(), before);
}
END_TEST

/* Who does not wait by poll() could not know. */
START_TEST(who_does_not_poll_is_let_alone)
{
	struct pair pair = connect_here();

	say(pair.mta, "0123456789", 10);
	is_not_read_ahead(pair.filter, false);
	hang_up(pair);
}
END_TEST

START_TEST(number_is_used_again)
{
	struct pair first = connect_and_read_ahead(), second;
	char octets[20];
	int ends[2], number = first.filter;

	hang_up(first);
	second = connect_here();
	/* By the way of dup2() for what gets the number next is not certain. */
	ck_assert_int_eq(dup2(second.filter, number), number);
	if (second.filter != number)
		close(second.filter);
	second.filter = number;
	ck_assert_int_eq(poll_one(number, 0), 0);
	say(second.mta, "new", 3);
	ck_assert_uint_eq(read_some(number, octets, sizeof octets), 3);
	ck_assert_mem_eq(octets, "new", 3);
	hang_up(second);

	first = connect_and_read_ahead();
	number = first.filter;
	hang_up(first);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "0123456789", 10), 10);
	ck_assert_int_eq(dup2(ends[0], number), number);
	is_not_read_ahead(number, true);
	close(ends[1]);
	close(number);
	if (ends[0] != number)
		close(ends[0]);
}
END_TEST

/* Closed behind our back: accept() begins anew. */
START_TEST(closed_unseen)
{
	struct pair first = connect_and_read_ahead(), second;
	char octets[20];

	close(first.mta);
	ck_assert_int_eq(syscall(SYS_close, first.filter), 0);
	second = connect_here();
	ck_assert_int_eq(poll_one(second.filter, 0), 0);
	say(second.mta, "new", 3);
	ck_assert_uint_eq(read_some(second.filter, octets, sizeof octets), 3);
	ck_assert_mem_eq(octets, "new", 3);
	hang_up(second);
	ck_assert_uint_le(wax_readahead_buffers(), 1);
}
END_TEST

START_TEST(listener_that_closed_is_forgotten)
{
	struct pair pair;
	int number = listener, other;

	close(listener);
	other = listen_anywhere();
	ck_assert_int_eq(dup2(other, number), number);
	pair = connect_to(number);
	say(pair.mta, "0123456789", 10);
	is_not_read_ahead(pair.filter, true);
	hang_up(pair);
	if (other != number)
		close(other);
}
END_TEST

/* --- TCP --------------------------------------------------------------------- */

static struct pair
connect_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	struct pair pair = { socket(AF_INET, SOCK_STREAM, 0), -1 };

	ck_assert_int_eq(bind(tcp, (const struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(tcp, 1), 0);
	ck_assert_int_eq(
	    getsockname(tcp, (struct sockaddr *)&address, &size), 0);
	ck_assert_int_eq(
	    connect(pair.mta, (const struct sockaddr *)&address, size), 0);
	wax_readahead_watch(tcp);
	pair.filter = accept(tcp, NULL, NULL);
	wax_readahead_watch(listener);
	ck_assert_int_ge(pair.filter, 0);
	ck_assert_int_eq(close(tcp), 0);
	return pair;
}

/* Whether the kernel has the MTA's octets acknowledged within 10 ms: it may
 * take its time on a busy machine, but not the 40 ms of a delayed one. */
static bool
is_acknowledged(int mta)
{
	for (int i = 0; i < 10; i++) {
		int n = -1;

		ck_assert_int_eq(ioctl(mta, SIOCOUTQ, &n), 0);
		if (n == 0)
			return true;
		(void)poll(NULL, 0, 1);
	}
	return false;
}

/* What is not answered is acknowledged all the same. */
START_TEST(tcp_is_acknowledged_at_once)
{
	struct pair pair = connect_tcp();
	size_t acknowledged = 0;
	char octets[20];

	for (int i = 0; i < 5; i++) {
		/* Answered: from now on the kernel waits for answers. */
		say(pair.mta, "ask", 3);
		ck_assert_int_eq(poll_one(pair.filter, 1000), 1);
		ck_assert_int_eq(read(pair.filter, octets, 3), 3);
		say(pair.filter, "say", 3);
		ck_assert_int_eq(recv(pair.mta, octets, 3, 0), 3);
		say(pair.mta, "tell", 4);
		ck_assert_int_eq(poll_one(pair.filter, 1000), 1);
		ck_assert_int_eq(read(pair.filter, octets, 4), 4);
		acknowledged += is_acknowledged(pair.mta);
	}
	ck_assert_uint_ge(acknowledged, 3);
	hang_up(pair);
}
END_TEST

/* --- memory ------------------------------------------------------------------ */

START_TEST(what_is_read_ahead_is_bounded)
{
	static char octets[3 * WAX_READ_AHEAD_BYTES];
	struct pair pair = connect_here();

	say(pair.mta, octets, sizeof octets);
	ck_assert_uint_eq(read_some(pair.filter, octets, 5), 5);
	ck_assert_int_eq(
	    left_in_kernel(pair.filter), (int)(2 * WAX_READ_AHEAD_BYTES - 5));
	hang_up(pair);
}
END_TEST

/* Who is silent has no buffer, and of those given back few are kept. */
START_TEST(spare_buffers_are_bounded)
{
	enum {
		MANY = WAX_READ_AHEAD_SPARE_MAX + 10
	};
	struct pair pair[MANY];
	size_t before = wax_readahead_buffers(); /* spare ones */
	char rest[10];

	for (size_t i = 0; i < MANY; i++)
		pair[i] = connect_here();
	ck_assert_uint_eq(wax_readahead_buffers(), before);
	for (size_t i = 0; i < MANY; i++) {
		hang_up(pair[i]);
		pair[i] = connect_and_read_ahead();
	}
	ck_assert_uint_eq(wax_readahead_buffers(), MANY);
	for (size_t i = 0; i < MANY; i++) {
		if (i % 2 == 0)
			ck_assert_uint_eq(
			    read_some(pair[i].filter, rest, 10), 10);
		else
			hang_up(pair[i]);
	}
	ck_assert_uint_eq(wax_readahead_buffers(), WAX_READ_AHEAD_SPARE_MAX);
	for (size_t i = 0; i < MANY; i += 2)
		hang_up(pair[i]);
}
END_TEST

/* --- threads ----------------------------------------------------------------- */

#define SESSIONS 12
#define WORKERS 4
#define STREAM 40000

/* Sessions that hop between workers, as libmilter's do: a mutex stands
 * between one and the next. */
struct session {
	struct pair pair;
	size_t sent, got;
	bool busy;
};

struct pool {
	pthread_mutex_t lock; /* guards: busy of all sessions */
	struct session session[SESSIONS];
};

static char
octet_at(size_t at)
{
	return (char)(at * 13 + at / 256);
}

static struct session *
take_session(struct pool *pool, size_t from)
{
	struct session *session = NULL;

	ck_assert_int_eq(pthread_mutex_lock(&pool->lock), 0);
	for (size_t i = 0; i < SESSIONS && session == NULL; i++) {
		struct session *one = &pool->session[(from + i) % SESSIONS];

		if (!one->busy && one->got < STREAM)
			session = one;
	}
	if (session != NULL)
		session->busy = true;
	ck_assert_int_eq(pthread_mutex_unlock(&pool->lock), 0);
	return session;
}

/* Send a piece, and read some of what there is. */
static void
go_on(struct session *session)
{
	char octets[1500];
	size_t n = session->sent % 1400 + 1;

	if (n > STREAM - session->sent)
		n = STREAM - session->sent;
	for (size_t i = 0; i < n; i++)
		octets[i] = octet_at(session->sent + i);
	if (n > 0)
		say(session->pair.mta, octets, n);
	session->sent += n;
	n = read_some(session->pair.filter, octets, session->got % 900 + 1);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(octets[i], octet_at(session->got + i));
	session->got += n;
}

static void *
work(void *arg)
{
	struct pool *pool = arg;
	struct session *session;

	for (size_t from = 0; (session = take_session(pool, from)) != NULL;
	     from++) {
		go_on(session);
		ck_assert_int_eq(pthread_mutex_lock(&pool->lock), 0);
		session->busy = false;
		ck_assert_int_eq(pthread_mutex_unlock(&pool->lock), 0);
	}
	return NULL;
}

START_TEST(sessions_hop_between_threads)
{
	static struct pool pool = { .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t worker[WORKERS];
	struct wax_err err;

	for (size_t i = 0; i < SESSIONS; i++)
		pool.session[i].pair = connect_here();
	for (size_t i = 0; i < WORKERS; i++)
		ck_assert_int_eq(
		    wax_thread_start(&worker[i], "worker", work, &pool, &err),
		    WAX_OK);
	for (size_t i = 0; i < WORKERS; i++)
		ck_assert_int_eq(pthread_join(worker[i], NULL), 0);
	work(&pool); /* those that were busy when others looked */
	for (size_t i = 0; i < SESSIONS; i++) {
		ck_assert_uint_eq(pool.session[i].got, STREAM);
		hang_up(pool.session[i].pair);
	}
}
END_TEST

static Suite *
readahead_suite(void)
{
	Suite *suite = suite_create("readahead");
	TCase *tcase = tcase_create("readahead");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, cut_at_every_octet);
	tcase_add_test(tcase, octet_by_octet);
	tcase_add_test(tcase, packets_of_any_size);
	tcase_add_test(tcase, one_read_ahead_is_ready);
	tcase_add_test(tcase, one_of_many_is_ready);
	tcase_add_test(tcase, end_comes_behind_what_was_sent);
	tcase_add_test(tcase, error_is_told);
	tcase_add_test(tcase, nothing_there_is_an_error_where_it_was);
	tcase_add_test(tcase, read_waits);
	tcase_add_test(tcase, others_are_let_alone);
	tcase_add_test(tcase, who_does_not_poll_is_let_alone);
	tcase_add_test(tcase, number_is_used_again);
	tcase_add_test(tcase, closed_unseen);
	tcase_add_test(tcase, listener_that_closed_is_forgotten);
	tcase_add_test(tcase, tcp_is_acknowledged_at_once);
	tcase_add_test(tcase, what_is_read_ahead_is_bounded);
	tcase_add_test(tcase, spare_buffers_are_bounded);
	tcase_add_test(tcase, sessions_hop_between_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}

Suite *(*const wax_suites[])(void) = { readahead_suite, NULL };
