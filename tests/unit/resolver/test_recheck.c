/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking again, against sockets of the test on loopback; the clock is the
 * test's, and only packets that were already sent are waited for.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/resolver/packet.h"
#include "milter/resolver/recheck.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"

#define SERVERS_MAX 2
#define BEGIN_MS 1000

/* What libunbound gave: "a.example. TXT", and nothing. */
static const uint8_t empty[] = "\0\0\x81\x80\0\1\0\0\0\0\0\0"
                               "\1a\7example\0\0\x10\0\1";
#define EMPTY_N (sizeof empty - 1)

struct peer {
	int fd;
	uint16_t port;
	struct sockaddr_storage asker; /* who asked last */
	socklen_t n_asker;
	uint8_t question[512];
	size_t n_question;
};

struct fixture {
	struct wax_answers *answers;
	struct wax_recheck *recheck;
	struct wax_arena *arena;
	int64_t now;
	size_t n;
	struct peer peer[SERVERS_MAX];
};

static int64_t
fixed_now(void *arg)
{
	return ((struct fixture *)arg)->now;
}

static void
no_wake(void *arg)
{
	(void)arg;
}

static void
open_peer(struct peer *peer, int family)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_storage bound;
	socklen_t n = sizeof bound;

	in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	peer->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(peer->fd, 0);
	ck_assert_int_eq(
	    family == AF_INET
	        ? bind(peer->fd, (struct sockaddr *)&in4, sizeof in4)
	        : bind(peer->fd, (struct sockaddr *)&in6, sizeof in6),
	    0);
	ck_assert_int_eq(
	    getsockname(peer->fd, (struct sockaddr *)&bound, &n), 0);
	peer->port = family == AF_INET
	                 ? ((struct sockaddr_in *)(void *)&bound)->sin_port
	                 : ((struct sockaddr_in6 *)(void *)&bound)->sin6_port;
	peer->port = ntohs(peer->port);
}

static void
begin_over(struct fixture *f, size_t n, int family, const char *address)
{
	struct wax_answers_options options = { .max_bytes = 1 << 20,
		.max_entries = 1000,
		.max_in_flight = 1000,
		.now_ms = fixed_now,
		.wake = no_wake,
		.arg = f };
	struct wax_ip ip;

	*f = (struct fixture){ .now = BEGIN_MS, .n = n };
	f->arena = wax_arena_new("test", 256);
	f->answers = wax_answers_new(&options);
	f->recheck = wax_recheck_new(f->answers);
	ck_assert_ptr_nonnull(f->recheck);
	ck_assert(wax_ip_parse(wax_str_of(address), &ip));
	for (size_t i = 0; i < n; i++) {
		open_peer(&f->peer[i], family);
		wax_recheck_add_server(
		    f->recheck, ip, WAX_STR(""), f->peer[i].port);
	}
}

static void
begin(struct fixture *f, size_t n)
{
	begin_over(f, n, AF_INET, "127.0.0.1");
}

static void
end(struct fixture *f)
{
	wax_recheck_free(f->recheck);
	wax_arena_free(f->arena);
	wax_answers_free(f->answers);
	for (size_t i = 0; i < f->n; i++)
		if (f->peer[i].fd >= 0)
			(void)close(f->peer[i].fd);
}

/* The question that libunbound answered with nothing. */
static void
ask_named(struct fixture *f, const char *name)
{
	const struct wax_asked *asked;

	wax_answers_prefetch(f->answers, wax_str_of(name), WAX_RR_TXT);
	asked = wax_answers_take(f->answers);
	ck_assert_ptr_nonnull(asked);
	wax_recheck_ask(f->recheck, asked,
	    wax_answer_new(WAX_DNS_NODATA, WAX_RR_TXT, false, 0, 0, NULL),
	    empty, EMPTY_N, f->now);
}

static void
ask(struct fixture *f)
{
	ask_named(f, "a.example");
}

/* NULL: not yet. */
static const char *
answer(struct fixture *f)
{
	const struct wax_answer *found = wax_answers_peek(
	    f->answers, f->arena, WAX_STR("a.example"), WAX_RR_TXT);

	return found != NULL ? wax_dns_status_word(found->status) : "-";
}

/* Whether a question came; it is kept. */
static bool
is_asked(struct peer *peer)
{
	struct pollfd pollfd = { .fd = peer->fd, .events = POLLIN };
	ssize_t n;

	/* What loopback has taken is here. */
	if (poll(&pollfd, 1, 0) != 1)
		return false;
	peer->n_asker = sizeof peer->asker;
	n = recvfrom(peer->fd, peer->question, sizeof peer->question, 0,
	    (struct sockaddr *)&peer->asker, &peer->n_asker);
	ck_assert_int_gt(n, 0);
	peer->n_question = (size_t)n;
	return true;
}

/* Send a packet from a socket to who asked a peer, and let it be read. */
static void
send_from(struct fixture *f, int fd, const struct peer *to, const void *packet,
    size_t n)
{
	ck_assert_int_eq(sendto(fd, packet, n, 0,
	                     (const struct sockaddr *)&to->asker, to->n_asker),
	    (ssize_t)n);
	wax_recheck_process(f->recheck, f->now);
}

/* The flags, counts and what stands behind the question of a reply. */
struct reply {
	uint16_t flags;
	uint8_t answers, authority;
	const char *rest;
	size_t n_rest;
};

#define NOTHING ((struct reply){ 0x8180, 0, 0, "", 0 })
#define STRANGE \
	((struct reply){ 0x8180, 1, 0, "\1x\0\0\x10\0\1\0\0\0\5\0\2\1x", 15 })
#define SERVFAIL ((struct reply){ 0x8182, 0, 0, "", 0 })
#define REFERRAL \
	((struct reply){ 0x8180, 0, 1, "\0\0\2\0\1\0\0\0\x09\0\2\1a", 13 })

static void
reply_from(struct fixture *f, int fd, const struct peer *to, struct reply reply,
    uint8_t id_xor)
{
	uint8_t packet[1024];
	size_t n = to->n_question;

	memcpy(packet, to->question, n);
	packet[1] ^= id_xor;
	packet[2] = (uint8_t)(reply.flags >> 8);
	packet[3] = (uint8_t)(reply.flags & 0xff);
	packet[7] = reply.answers;
	packet[9] = reply.authority;
	memcpy(packet + n, reply.rest, reply.n_rest);
	send_from(f, fd, to, packet, n + reply.n_rest);
}

static void
reply(struct fixture *f, size_t i, struct reply reply)
{
	reply_from(f, f->peer[i].fd, &f->peer[i], reply, 0);
}

static void
wait_until(struct fixture *f, int64_t ms)
{
	f->now = BEGIN_MS + ms;
	wax_recheck_process(f->recheck, f->now);
}

/* --- one server ------------------------------------------------------------ */

START_TEST(nothing_is_nothing)
{
	struct fixture f;

	begin(&f, 1);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]));
	/* A question of its own: recursion wanted, the same name and type. */
	ck_assert_uint_eq(f.peer[0].n_question, EMPTY_N);
	ck_assert_mem_eq(f.peer[0].question + 2, "\1\0\0\1\0\0\0\0\0\0", 10);
	ck_assert_mem_eq(f.peer[0].question + 12, empty + 12, EMPTY_N - 12);
	ck_assert_str_eq(answer(&f), "-");
	reply(&f, 0, NOTHING);
	ck_assert_str_eq(answer(&f), "nodata");
	ck_assert(!is_asked(&f.peer[0]));
	end(&f);
}
END_TEST

START_TEST(something_is_a_failure)
{
	const struct reply replies[] = { STRANGE, REFERRAL, SERVFAIL,
		{ 0x8380, 0, 0, "", 0 } };
	struct fixture f;

	begin(&f, 1);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]));
	reply(&f, 0, replies[_i]);
	ck_assert_str_eq(answer(&f), "tempfail");
	end(&f);
}
END_TEST

START_TEST(other_packets_do_not_count)
{
	struct peer stranger;
	struct fixture f;

	begin(&f, 1);
	open_peer(&stranger, AF_INET);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]));
	/* Another number; from another place; not a packet; empty. */
	reply_from(&f, f.peer[0].fd, &f.peer[0], NOTHING, 1);
	ck_assert_str_eq(answer(&f), "-");
	reply_from(&f, stranger.fd, &f.peer[0], NOTHING, 0);
	ck_assert_str_eq(answer(&f), "-");
	send_from(&f, f.peer[0].fd, &f.peer[0], "x", 1);
	ck_assert_str_eq(answer(&f), "-");
	send_from(&f, f.peer[0].fd, &f.peer[0], "", 0);
	ck_assert_str_eq(answer(&f), "-");
	reply(&f, 0, NOTHING);
	ck_assert_str_eq(answer(&f), "nodata");
	(void)close(stranger.fd);
	end(&f);
}
END_TEST

START_TEST(numbers_differ)
{
	uint8_t first[2], last[2];
	bool differ = false;
	struct fixture f;

	begin(&f, 1);
	for (int i = 0; i < 8; i++) {
		ask(&f);
		ck_assert(is_asked(&f.peer[0]));
		memcpy(last, f.peer[0].question, 2);
		if (i == 0)
			memcpy(first, last, 2);
		differ |= memcmp(first, last, 2) != 0;
		reply(&f, 0, NOTHING);
		ck_assert_str_eq(answer(&f), "nodata");
	}
	ck_assert(differ);
	end(&f);
}
END_TEST

START_TEST(silence_is_asked_again_and_fails)
{
	struct fixture f;

	begin(&f, 1);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]));
	ck_assert_int_eq(wax_recheck_timeout_ms(f.recheck, f.now, 1000), 500);
	wait_until(&f, 499);
	ck_assert_int_eq(wax_recheck_timeout_ms(f.recheck, f.now, 1000), 1);
	ck_assert(!is_asked(&f.peer[0]));
	wait_until(&f, 500);
	ck_assert(is_asked(&f.peer[0]));
	wait_until(&f, 1499);
	ck_assert(!is_asked(&f.peer[0]));
	wait_until(&f, 1500);
	ck_assert(is_asked(&f.peer[0]));
	wait_until(&f, 2999);
	ck_assert_str_eq(answer(&f), "-");
	wait_until(&f, 3000);
	ck_assert_str_eq(answer(&f), "tempfail");
	ck_assert(!is_asked(&f.peer[0]));
	ck_assert_int_eq(wax_recheck_timeout_ms(f.recheck, f.now, 1000), 1000);
	end(&f);
}
END_TEST

START_TEST(a_lost_packet_does_no_harm)
{
	struct fixture f;

	begin(&f, 1);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]));
	wait_until(&f, 500);
	ck_assert(is_asked(&f.peer[0]));
	reply(&f, 0, NOTHING);
	ck_assert_str_eq(answer(&f), "nodata");
	end(&f);
}
END_TEST

/* Nobody listens: the system says so, and it is asked again. */
START_TEST(a_closed_port_fails_in_time)
{
	struct fixture f;

	begin(&f, 1);
	(void)close(f.peer[0].fd);
	f.peer[0].fd = -1;
	ask(&f);
	for (int ms = 0; ms < 3000; ms += 100) {
		wait_until(&f, ms);
		ck_assert_str_eq(answer(&f), "-");
	}
	wait_until(&f, 3000);
	ck_assert_str_eq(answer(&f), "tempfail");
	end(&f);
}
END_TEST

START_TEST(server_over_ipv6)
{
	struct fixture f;

	begin_over(&f, 1, AF_INET6, "::1");
	ask(&f);
	ck_assert(is_asked(&f.peer[0]));
	reply(&f, 0, NOTHING);
	ck_assert_str_eq(answer(&f), "nodata");
	end(&f);
}
END_TEST

/* What cannot be connected to, and what cannot be asked again. */
START_TEST(nobody_to_ask)
{
	struct fixture f;
	struct wax_ip ip;

	begin(&f, 0);
	ask(&f);
	ck_assert_str_eq(answer(&f), "tempfail");
	ck_assert(wax_ip_parse(WAX_STR("fe80::1"), &ip));
	wax_recheck_add_server(
	    f.recheck, ip, WAX_STR("no-such-interface-with-a-long-name"), 53);
	ask(&f);
	ck_assert_str_eq(answer(&f), "tempfail");
	end(&f);
}
END_TEST

START_TEST(an_answer_that_does_not_parse)
{
	const struct wax_asked *asked;
	struct fixture f;

	begin(&f, 1);
	wax_answers_prefetch(f.answers, WAX_STR("a.example"), WAX_RR_TXT);
	asked = wax_answers_take(f.answers);
	wax_recheck_ask(f.recheck, asked,
	    wax_answer_new(WAX_DNS_NODATA, WAX_RR_TXT, false, 0, 0, NULL),
	    empty, 14, f.now);
	ck_assert_str_eq(answer(&f), "tempfail");
	ck_assert(!is_asked(&f.peer[0]));
	end(&f);
}
END_TEST

/* --- several ---------------------------------------------------------------- */

START_TEST(all_servers_say_nothing)
{
	struct fixture f;

	begin(&f, 2);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]) && is_asked(&f.peer[1]));
	reply(&f, 1, NOTHING);
	ck_assert_str_eq(answer(&f), "-");
	reply(&f, 0, NOTHING);
	ck_assert_str_eq(answer(&f), "nodata");
	end(&f);
}
END_TEST

/* In either order. */
START_TEST(one_server_says_something)
{
	struct fixture f;

	begin(&f, 2);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]) && is_asked(&f.peer[1]));
	if (_i == 0)
		reply(&f, 0, NOTHING);
	reply(&f, 1, STRANGE);
	ck_assert_str_eq(answer(&f), "tempfail");
	end(&f);
}
END_TEST

START_TEST(one_server_fails)
{
	struct fixture f;

	begin(&f, 2);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]) && is_asked(&f.peer[1]));
	reply(&f, 0, SERVFAIL);
	ck_assert_str_eq(answer(&f), "-");
	reply(&f, 1, _i == 0 ? NOTHING : SERVFAIL);
	ck_assert_str_eq(answer(&f), _i == 0 ? "nodata" : "tempfail");
	end(&f);
}
END_TEST

START_TEST(one_server_is_silent)
{
	struct fixture f;

	begin(&f, 2);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]) && is_asked(&f.peer[1]));
	f.now += 100;
	reply(&f, 0, NOTHING);
	wait_until(&f, 399);
	ck_assert_str_eq(answer(&f), "-");
	wait_until(&f, 400);
	ck_assert_str_eq(answer(&f), "nodata");
	end(&f);
}
END_TEST

/* Only the silent one is asked again. */
START_TEST(who_has_spoken_is_not_asked_again)
{
	struct fixture f;

	begin(&f, 2);
	ask(&f);
	ck_assert(is_asked(&f.peer[0]) && is_asked(&f.peer[1]));
	reply(&f, 0, SERVFAIL);
	wait_until(&f, 500);
	ck_assert(!is_asked(&f.peer[0]));
	ck_assert(is_asked(&f.peer[1]));
	reply(&f, 1, NOTHING);
	ck_assert_str_eq(answer(&f), "nodata");
	end(&f);
}
END_TEST

/* More questions than sockets: they wait for their turn. */
START_TEST(many_questions_wait)
{
	size_t n_asked = 0;
	struct fixture f;

	begin(&f, 1);
	for (int i = 0; i < 400; i++)
		ask_named(&f, wax_textf(f.arena, "n%d.example", i).p);
	while (is_asked(&f.peer[0]))
		n_asked++;
	ck_assert_uint_eq(n_asked, 256);
	/* One ends, and another begins. */
	reply(&f, 0, NOTHING);
	ck_assert(is_asked(&f.peer[0]));
	ck_assert(!is_asked(&f.peer[0]));
	/* The others are dropped where they are. */
	end(&f);
}
END_TEST

START_TEST(many_questions_are_all_answered)
{
	struct wax_answers_counters counters;
	size_t n_asked = 0;
	struct fixture f;

	begin(&f, 2);
	for (int i = 0; i < 400; i++)
		ask_named(&f, wax_textf(f.arena, "n%d.example", i).p);
	while (is_asked(&f.peer[0])) {
		n_asked++;
		reply(&f, 0, NOTHING);
		ck_assert(is_asked(&f.peer[1]));
		reply(&f, 1, n_asked == 7 ? STRANGE : NOTHING);
	}
	ck_assert_uint_eq(n_asked, 400);
	wax_answers_count(f.answers, &counters);
	ck_assert_uint_eq(counters.in_flight, 0);
	ck_assert_uint_eq(counters.failed, 1);
	end(&f);
}
END_TEST

static Suite *
recheck_suite(void)
{
	Suite *suite = suite_create("resolver/recheck");
	TCase *tc = tcase_create("recheck");

	tcase_add_test(tc, nothing_is_nothing);
	tcase_add_loop_test(tc, something_is_a_failure, 0, 4);
	tcase_add_test(tc, other_packets_do_not_count);
	tcase_add_test(tc, numbers_differ);
	tcase_add_test(tc, silence_is_asked_again_and_fails);
	tcase_add_test(tc, a_lost_packet_does_no_harm);
	tcase_add_test(tc, a_closed_port_fails_in_time);
	tcase_add_test(tc, server_over_ipv6);
	tcase_add_test(tc, nobody_to_ask);
	tcase_add_test(tc, an_answer_that_does_not_parse);
	tcase_add_test(tc, all_servers_say_nothing);
	tcase_add_loop_test(tc, one_server_says_something, 0, 2);
	tcase_add_loop_test(tc, one_server_fails, 0, 2);
	tcase_add_test(tc, one_server_is_silent);
	tcase_add_test(tc, who_has_spoken_is_not_asked_again);
	tcase_add_test(tc, many_questions_wait);
	tcase_add_test(tc, many_questions_are_all_answered);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { recheck_suite, NULL };
