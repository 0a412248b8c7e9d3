/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One name server asked by itself: packets as they are read, and a server of
 * the test on loopback, whose answers depend on the name. Real time, some
 * seconds.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/resolver/direct.h"
#include "milter/resolver/packet.h"
#include "milter/sys/clock.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"

#define N(table) (int)(sizeof(table) / sizeof(table)[0])
#define DEADLINE_MS 10000

static struct wax_arena *arena;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

/* --- packets ------------------------------------------------------------- */

/* Question "a.example.", 15 octets behind the header; number 7. */
#define QNAME "\1a\7example\0"
#define SOA_RECORD                                            \
	"\7example\0\0\6\0\1\0\0\1\x2c\0\x16\xc0\x0e\xc0\x0e" \
	"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x3c"

static const struct packet {
	const char *name;
	enum wax_rrtype type;
	struct wax_str flags_and_counts; /* 10 octets */
	struct wax_str records;
	enum wax_packet_direct kind;
	enum wax_dns_status status;
	bool alias;
	size_t n;
	uint32_t ttl;
} packets[] = {
	{ "TXT", WAX_RR_TXT, WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\3\2hi"),
	    WAX_DIRECT_ANSWER, WAX_DNS_OK, false, 1, 300 },
	{ "two MX, compressed", WAX_RR_MX,
	    WAX_STR_INIT("\x84\0\0\1\0\2\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\x0f\0\1\0\0\1\x2c\0\4\0\x14\xc0\x0c"
	                 "\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\6\0\x0a\1b\xc0\x0e"),
	    WAX_DIRECT_ANSWER, WAX_DNS_OK, false, 2, 60 },
	{ "other owners do not count", WAX_RR_TXT,
	    WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0e\0\x10\0\1\0\0\1\x2c\0\3\2hi"),
	    WAX_DIRECT_ANSWER, WAX_DNS_NODATA, false, 0, 0 },
	{ "other classes do not count", WAX_RR_TXT,
	    WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\x10\0\3\0\0\1\x2c\0\3\2hi"),
	    WAX_DIRECT_ANSWER, WAX_DNS_NODATA, false, 0, 0 },
	{ "an alias within", WAX_RR_TXT, WAX_STR_INIT("\x84\0\0\1\0\2\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\5\0\1\0\0\1\x2c\0\4\1b\xc0\x0e"
	                 "\1b\xc0\x0e\0\x10\0\1\0\0\1\x2c\0\3\2hi"),
	    WAX_DIRECT_ANSWER, WAX_DNS_OK, true, 1, 300 },
	{ "an alias of elsewhere", WAX_RR_TXT,
	    WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\5\0\1\0\0\1\x2c\0\4\1b\xc0\x0e"),
	    WAX_DIRECT_ANSWER, WAX_DNS_NODATA, true, 0, 0 },
	{ "an alias, NXDOMAIN", WAX_RR_TXT,
	    WAX_STR_INIT("\x84\3\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\5\0\1\0\0\1\x2c\0\4\1b\xc0\x0e"),
	    WAX_DIRECT_ANSWER, WAX_DNS_NODATA, true, 0, 0 },
	{ "the alias itself", WAX_RR_CNAME,
	    WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\5\0\1\0\0\1\x2c\0\4\1b\xc0\x0e"),
	    WAX_DIRECT_ANSWER, WAX_DNS_OK, true, 1, 300 },
	{ "an alias of itself", WAX_RR_TXT,
	    WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\5\0\1\0\0\1\x2c\0\2\xc0\x0c"),
	    WAX_DIRECT_ANSWER, WAX_DNS_NODATA, true, 0, 0 },
	{ "SOA", WAX_RR_SOA, WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\6\0\1\0\0\1\x2c\0\x18\xc0\x0e\xc0\x0e"
	                 "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x3c"),
	    WAX_DIRECT_ANSWER, WAX_DNS_OK, false, 1, 300 },
	{ "nothing", WAX_RR_TXT, WAX_STR_INIT("\x84\0\0\1\0\0\0\1\0\0"),
	    WAX_STR_INIT(SOA_RECORD), WAX_DIRECT_ANSWER, WAX_DNS_NODATA, false,
	    0, 0 },
	{ "no such name", WAX_RR_TXT, WAX_STR_INIT("\x84\3\0\1\0\0\0\0\0\0"),
	    WAX_STR_INIT(""), WAX_DIRECT_ANSWER, WAX_DNS_NXDOMAIN, false, 0,
	    0 },
	{ "a referral", WAX_RR_TXT, WAX_STR_INIT("\x80\0\0\1\0\0\0\1\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\2\0\1\0\0\1\x2c\0\4\1b\xc0\x0e"),
	    WAX_DIRECT_ANSWER, WAX_DNS_NODATA, true, 0, 0 },
	{ "not his zone", WAX_RR_TXT, WAX_STR_INIT("\x80\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\3\2hi"),
	    WAX_DIRECT_ANSWER, WAX_DNS_TEMPFAIL, false, 0, 0 },
	{ "SERVFAIL", WAX_RR_TXT, WAX_STR_INIT("\x84\2\0\1\0\0\0\0\0\0"),
	    WAX_STR_INIT(""), WAX_DIRECT_ANSWER, WAX_DNS_TEMPFAIL, false, 0,
	    0 },
	{ "REFUSED", WAX_RR_TXT, WAX_STR_INIT("\x80\5\0\1\0\0\0\0\0\0"),
	    WAX_STR_INIT(""), WAX_DIRECT_ANSWER, WAX_DNS_TEMPFAIL, false, 0,
	    0 },
	{ "cut off", WAX_RR_TXT, WAX_STR_INIT("\x86\0\0\1\0\0\0\0\0\0"),
	    WAX_STR_INIT(""), WAX_DIRECT_CUT, WAX_DNS_OK, false, 0, 0 },
	{ "less than it says", WAX_RR_TXT,
	    WAX_STR_INIT("\x84\0\0\1\0\2\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\3\2hi"),
	    WAX_DIRECT_ANSWER, WAX_DNS_TEMPFAIL, false, 0, 0 },
	{ "rdata behind the end", WAX_RR_TXT,
	    WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\x09\2hi"),
	    WAX_DIRECT_ANSWER, WAX_DNS_TEMPFAIL, false, 0, 0 },
	{ "a pointer forwards", WAX_RR_MX,
	    WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\x0f\0\1\0\0\1\x2c\0\4\0\x0a\xc0\xff"),
	    WAX_DIRECT_ANSWER, WAX_DNS_TEMPFAIL, false, 0, 0 },
	{ "rdata that does not parse", WAX_RR_A,
	    WAX_STR_INIT("\x84\0\0\1\0\1\0\0\0\0"),
	    WAX_STR_INIT("\xc0\x0c\0\1\0\1\0\0\1\x2c\0\3\2hi"),
	    WAX_DIRECT_ANSWER, WAX_DNS_TEMPFAIL, false, 0, 300 },
	{ "a question", WAX_RR_TXT, WAX_STR_INIT("\4\0\0\1\0\0\0\0\0\0"),
	    WAX_STR_INIT(""), WAX_DIRECT_OF_ANOTHER, WAX_DNS_OK, false, 0, 0 },
	{ "no question", WAX_RR_TXT, WAX_STR_INIT("\x84\0\0\0\0\0\0\0\0\0"),
	    WAX_STR_INIT(""), WAX_DIRECT_OF_ANOTHER, WAX_DNS_OK, false, 0, 0 },
};

static struct wax_str
reply_of(const struct packet *packet)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add(&text, WAX_STR("\0\7"));
	wax_text_add(&text, packet->flags_and_counts);
	wax_text_add(&text, WAX_STR(QNAME));
	wax_text_addc(&text, '\0');
	wax_text_addc(&text, (char)packet->type);
	wax_text_add(&text, WAX_STR("\0\1"));
	wax_text_add(&text, packet->records);
	return wax_exact_n(text.p, text.n);
}

START_TEST(packets_are_read)
{
	const struct packet *packet = &packets[_i];
	uint8_t question[WAX_PACKET_QUESTION_MAX];
	size_t n =
	    wax_packet_ask(WAX_STR("a.example"), packet->type, 7, question);
	struct wax_str reply = reply_of(packet);
	const struct wax_answer *answer = NULL;

	ck_assert_uint_eq(n, 12 + sizeof QNAME - 1 + 4);
	ck_assert_msg(wax_packet_read_direct(arena, question, n, reply.p,
	                  reply.n, &answer) == packet->kind,
	    "%s", packet->name);
	if (packet->kind != WAX_DIRECT_ANSWER)
		return;
	ck_assert_msg(answer->status == packet->status, "%s: %s", packet->name,
	    wax_dns_status_word(answer->status));
	ck_assert_msg(answer->alias == packet->alias, "%s", packet->name);
	ck_assert_uint_eq(answer->n, packet->n);
	if (answer->n > 0)
		ck_assert_uint_eq(answer->ttl, packet->ttl);
	wax_answer_unref(answer);
}
END_TEST

START_TEST(hosts_are_read_whole)
{
	uint8_t question[WAX_PACKET_QUESTION_MAX];
	size_t n =
	    wax_packet_ask(WAX_STR("a.example."), WAX_RR_MX, 7, question);
	struct wax_str reply = reply_of(&packets[1]);
	const struct wax_answer *answer;

	ck_assert(wax_packet_read_direct(arena, question, n, reply.p, reply.n,
	              &answer) == WAX_DIRECT_ANSWER);
	ck_assert_uint_eq(answer->rr[0].mx.preference, 10);
	ck_assert_wax_str_eq(answer->rr[0].mx.host, "b.example");
	ck_assert_wax_str_eq(answer->rr[1].mx.host, "a.example");
	wax_answer_unref(answer);
}
END_TEST

START_TEST(questions_are_written)
{
	uint8_t out[WAX_PACKET_QUESTION_MAX];
	static const char want[] =
	    "\x12\x34\0\0\0\1\0\0\0\0\0\0" QNAME "\0\x10\0\1";

	ck_assert_uint_eq(
	    wax_packet_ask(WAX_STR("a.example"), WAX_RR_TXT, 0x1234, out),
	    sizeof want - 1);
	ck_assert_mem_eq(out, want, sizeof want - 1);
	ck_assert_uint_eq(
	    wax_packet_ask(WAX_STR("a..example"), WAX_RR_TXT, 1, out), 0);
	ck_assert_uint_eq(wax_packet_ask(WAX_STR(""), WAX_RR_TXT, 1, out), 0);
}
END_TEST

/* --- a server ------------------------------------------------------------ */

struct server {
	int udp, tcp;
	uint16_t port;
	pthread_t thread;
	atomic_bool stops;
	atomic_int n_udp, n_tcp;
};

static struct server server;

/* One label of the question's name says how it is answered. */
static bool
is_about(const uint8_t *question, const char *label)
{
	return memcmp(question + 13, label, strlen(label)) == 0;
}

/* The question as its own answer, with a TXT record. */
static size_t
answer_to(const uint8_t *question, size_t n, uint8_t *out)
{
	static const char record[] = "\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\3\2hi";

	memcpy(out, question, n);
	out[2] = 0x84;
	out[7] = 1;
	memcpy(out + n, record, sizeof record - 1);
	return n + sizeof record - 1;
}

static void
serve_udp(struct server *self)
{
	struct sockaddr_storage peer;
	socklen_t n_peer = sizeof peer;
	uint8_t question[512], reply[600];
	ssize_t n = recvfrom(self->udp, question, sizeof question, 0,
	    (struct sockaddr *)&peer, &n_peer);
	size_t size;
	int count = atomic_fetch_add(&self->n_udp, 1) + 1;

	if (n < 17 || is_about(question, "silent") ||
	    (is_about(question, "second") && count < 2))
		return;
	size = answer_to(question, (size_t)n, reply);
	if (is_about(question, "other")) {
		reply[1] ^= 1;
		(void)sendto(self->udp, reply, size, 0,
		    (struct sockaddr *)&peer, n_peer);
		reply[1] ^= 1;
	}
	if (is_about(question, "cut")) {
		reply[2] |= 2;
		reply[7] = 0;
		size = (size_t)n;
	}
	(void)sendto(
	    self->udp, reply, size, 0, (struct sockaddr *)&peer, n_peer);
}

static void
serve_tcp(struct server *self)
{
	uint8_t question[512], reply[600];
	int fd = accept(self->tcp, NULL, NULL);
	ssize_t n = recv(fd, question, sizeof question, 0);
	size_t size;

	atomic_fetch_add(&self->n_tcp, 1);
	if (n > 19 && !is_about(question + 2, "cutandclosed")) {
		size = answer_to(question + 2, (size_t)n - 2, reply + 2);
		reply[0] = 0;
		reply[1] = (uint8_t)size;
		/* In two parts. */
		(void)send(fd, reply, 20, MSG_NOSIGNAL);
		(void)send(fd, reply + 20, size + 2 - 20, MSG_NOSIGNAL);
	}
	(void)close(fd);
}

static void *
serve(void *arg)
{
	struct server *self = arg;

	while (!atomic_load(&self->stops)) {
		struct pollfd fds[] = { { .fd = self->udp, .events = POLLIN },
			{ .fd = self->tcp, .events = POLLIN } };

		if (poll(fds, 2, 20) <= 0)
			continue;
		if (fds[0].revents != 0)
			serve_udp(self);
		if (fds[1].revents != 0)
			serve_tcp(self);
	}
	return NULL;
}

static void
start_server(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof in;

	setup();
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(&server, 0, sizeof server);
	server.udp = socket(AF_INET, SOCK_DGRAM, 0);
	server.tcp = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(
	    bind(server.tcp, (struct sockaddr *)&in, sizeof in), 0);
	ck_assert_int_eq(
	    getsockname(server.tcp, (struct sockaddr *)&in, &n), 0);
	ck_assert_int_eq(
	    bind(server.udp, (struct sockaddr *)&in, sizeof in), 0);
	ck_assert_int_eq(listen(server.tcp, 5), 0);
	server.port = ntohs(in.sin_port);
	ck_assert_int_eq(
	    pthread_create(&server.thread, NULL, serve, &server), 0);
}

static void
stop_server(void)
{
	atomic_store(&server.stops, true);
	ck_assert_int_eq(pthread_join(server.thread, NULL), 0);
	(void)close(server.udp);
	(void)close(server.tcp);
	teardown();
}

static struct wax_resolver *
direct(void)
{
	struct wax_ip ip;
	struct wax_resolver *resolver;

	ck_assert(wax_ip_parse(WAX_STR("127.0.0.1"), &ip));
	resolver = wax_direct_new(arena, ip, server.port);
	ck_assert_ptr_nonnull(resolver);
	return resolver;
}

static const struct {
	const char *qname;
	enum wax_dns_status status;
	int n_udp, n_tcp;
} names[] = {
	{ "plain.example", WAX_DNS_OK, 1, 0 },
	{ "second.example", WAX_DNS_OK, 2, 0 },
	{ "other.example", WAX_DNS_OK, 1, 0 },
	{ "cut.example", WAX_DNS_OK, 1, 1 },
	{ "cutandclosed.example", WAX_DNS_TEMPFAIL, 1, 1 },
	{ "silent.example", WAX_DNS_TEMPFAIL, 3, 0 },
	{ "no..name", WAX_DNS_NXDOMAIN, 0, 0 },
};

START_TEST(server_is_asked)
{
	struct wax_resolver *resolver = direct();
	struct wax_str qname = wax_str_of(names[_i].qname);
	const struct wax_answer *answer = wax_dns_lookup(
	    resolver, arena, qname, WAX_RR_TXT, wax_clock_ms() + DEADLINE_MS);

	ck_assert_msg(answer->status == names[_i].status, "%s: %s",
	    names[_i].qname, wax_dns_status_word(answer->status));
	/* And not again. */
	ck_assert_ptr_eq(answer, wax_dns_lookup(resolver, arena, qname,
	                             WAX_RR_TXT, wax_clock_ms() + DEADLINE_MS));
	ck_assert_ptr_eq(
	    answer, wax_dns_peek(resolver, arena, qname, WAX_RR_TXT));
	ck_assert_int_eq(atomic_load(&server.n_udp), names[_i].n_udp);
	ck_assert_int_eq(atomic_load(&server.n_tcp), names[_i].n_tcp);
}
END_TEST

START_TEST(answer_is_fetched_ahead)
{
	struct wax_resolver *resolver = direct();
	struct wax_str qname = WAX_STR("plain.example");

	ck_assert_ptr_null(wax_dns_peek(resolver, arena, qname, WAX_RR_TXT));
	wax_dns_prefetch(resolver, qname, WAX_RR_TXT);
	wax_dns_prefetch(resolver, WAX_STR("Plain.Example"), WAX_RR_TXT);
	ck_assert_int_eq(wax_dns_lookup(resolver, arena, qname, WAX_RR_TXT,
	                     wax_clock_ms() + DEADLINE_MS)
	                     ->status,
	    WAX_DNS_OK);
	ck_assert_int_eq(atomic_load(&server.n_udp), 1);
	/* This one stays open: it is closed with the arena. */
	wax_dns_prefetch(resolver, WAX_STR("silent.example"), WAX_RR_TXT);
}
END_TEST

START_TEST(deadline_is_kept)
{
	int64_t begin = wax_clock_ms();
	const struct wax_answer *answer = wax_dns_lookup(direct(), arena,
	    WAX_STR("silent.example"), WAX_RR_TXT, begin + 100);

	ck_assert_int_eq(answer->status, WAX_DNS_TEMPFAIL);
	ck_assert_int_ge(wax_clock_ms() - begin, 100);
	ck_assert_int_lt(wax_clock_ms() - begin, 650);
}
END_TEST

static Suite *
direct_suite(void)
{
	Suite *suite = suite_create("direct");
	TCase *packet = tcase_create("packet");
	TCase *asked = tcase_create("server");

	tcase_add_checked_fixture(packet, setup, teardown);
	tcase_add_loop_test(packet, packets_are_read, 0, N(packets));
	tcase_add_test(packet, hosts_are_read_whole);
	tcase_add_test(packet, questions_are_written);
	suite_add_tcase(suite, packet);
	tcase_add_checked_fixture(asked, start_server, stop_server);
	tcase_set_timeout(asked, 30);
	tcase_add_loop_test(asked, server_is_asked, 0, N(names));
	tcase_add_test(asked, answer_is_fetched_ahead);
	tcase_add_test(asked, deadline_is_kept);
	suite_add_tcase(suite, asked);
	return suite;
}

Suite *(*const wax_suites[])(void) = { direct_suite, NULL };
