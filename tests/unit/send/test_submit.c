/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handing over, against a server on loopback that answers as the test says:
 * real sockets, some seconds of real time where a timeout is the point.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/send/submit.h"
#include "milter/sys/clock.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"
#include "tests/unit/send/sink.h"

#define OPTIONS(...)             \
	(const char *const[])    \
	{                        \
		__VA_ARGS__ NULL \
	}

static const char plain[] = "Subject: x\r\n\r\nHello\r\n";

static struct wax_arena *arena;
static struct sink sink;

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

static struct wax_submitter *
opened(const struct wax_submit_options *options)
{
	struct wax_submitter *submitter = NULL;
	struct wax_err err = { .text = "" };

	ck_assert_msg(wax_submitter_open(options, &submitter, &err) == WAX_OK,
	    "%s", err.text);
	return submitter;
}

static struct wax_submitter *
to_sink(void)
{
	return opened(&(struct wax_submit_options){
	    .url = sink_url(&sink, arena, "smtp://"),
	    .helo = "mail.receiver.example",
	    .timeout_s = 5 });
}

static enum wax_submit_result
submit(struct wax_submitter *submitter, const char *to, const char *message,
    struct wax_str *why)
{
	return wax_submit(submitter, arena, wax_exact("dmarc@receiver.example"),
	    wax_exact(to), wax_exact(message), why);
}

static void
expect(struct wax_submitter *submitter, const char *to,
    enum wax_submit_result result, const char *said)
{
	struct wax_str why = WAX_STR("?");
	enum wax_submit_result got = submit(submitter, to, plain, &why);

	ck_assert_msg(got == result, "%d instead of %d: %.*s", (int)got,
	    (int)result, WAX_FMT(why));
	ck_assert_uint_le(why.n, 200);
	for (size_t i = 0; i < why.n; i++)
		ck_assert(why.p[i] >= ' ' && why.p[i] < 0x7f);
	if (said == NULL)
		ck_assert_wax_str_eq(why, "");
	else
		ck_assert_msg(memmem(why.p, why.n, said, strlen(said)) != NULL,
		    "\"%.*s\" says no \"%s\"", WAX_FMT(why), said);
}

static size_t
count(struct wax_str text, const char *line)
{
	struct wax_str rest = text, part;
	size_t n = 0;

	while (wax_str_cut(&rest, '\n', &part))
		n += wax_str_eq(part, wax_str_of(line));
	return n;
}

static size_t
logged(const char *line)
{
	return count(sink_file(&sink, arena, "log"), line);
}

/* --- octets --------------------------------------------------------------- */

static const struct {
	const char *name, *message;
} messages[] = {
	{ "a plain one", plain },
	{ "dots", "a: b\r\n\r\n.\r\n..\r\n.x\r\n...y\r\nz.\r\n.\r\n" },
	{ "a dot first", ".a: b\r\n\r\n" },
	{ "what looks like the end", "a: b\r\n\r\n\r\n.\r\n\r\nQUIT\r\n" },
	{ "blank lines at the end", "a: b\r\n\r\nc\r\n\r\n\r\n" },
	{ "only a header", "a: b\r\n\r\n" },
};

START_TEST(octets_arrive)
{
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS());
	submitter = to_sink();
	for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
		struct wax_str why;

		ck_assert_int_eq(submit(submitter, "a@example.com",
		                     messages[i].message, &why),
		    WAX_SUBMITTED);
		ck_assert_wax_str_eq(sink_file(&sink, arena,
		                         wax_textf(arena, "%zu.eml", i + 1).p),
		    messages[i].message);
	}
	/* One connection, one greeting, and our name in it. */
	ck_assert_uint_eq(logged("connection 1"), 1);
	ck_assert_uint_eq(logged("connection 2"), 0);
	ck_assert_uint_eq(logged("EHLO mail.receiver.example"), 1);
	ck_assert_uint_eq(logged("RCPT TO:<a@example.com>"),
	    sizeof messages / sizeof messages[0]);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

/* Dots at every place where a library could cut its buffers. */
START_TEST(large_message)
{
	struct wax_submitter *submitter;
	struct wax_text text;
	struct wax_str why;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "a: b\r\n\r\n");
	for (int i = 0; text.n < (size_t)1024 * 1024; i++)
		wax_text_addf(&text, ".%0*d\r\n", i % 7 + 1, i);
	sink_start(&sink, OPTIONS());
	submitter = to_sink();
	ck_assert_int_eq(
	    wax_submit(submitter, arena, wax_exact("a@receiver.example"),
	        wax_exact("b@example.com"), wax_text_str(&text), &why),
	    WAX_SUBMITTED);
	ck_assert(
	    wax_str_eq(sink_file(&sink, arena, "1.eml"), wax_text_str(&text)));
	ck_assert_uint_eq(logged(wax_textf(arena,
	                      "MAIL FROM:<a@receiver.example> SIZE=%zu", text.n)
	                             .p),
	    1);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

/* --- what a refusal means ------------------------------------------------- */

static const struct refusal {
	const char *name, *say;
	enum wax_submit_result result;
	const char *said;
} refusals[] = {
	{ "greeting 4xx", "greeting=421 too busy", WAX_SUBMIT_BROKEN,
	    "connection: 421 too busy" },
	{ "greeting 5xx", "greeting=554 go away", WAX_SUBMIT_BROKEN,
	    "connection: 554 go away" },
	{ "no greeting", "greeting=cut", WAX_SUBMIT_BROKEN,
	    "connection: no answer" },
	{ "EHLO 4xx", "ehlo=2*421 who?", WAX_SUBMIT_BROKEN, "EHLO: 421 who?" },
	{ "EHLO 5xx", "ehlo=2*550 who?", WAX_SUBMIT_BROKEN, "EHLO: 550 who?" },
	{ "only HELO", "ehlo=500 what?", WAX_SUBMITTED, NULL },
	{ "MAIL 4xx", "mail=452 4.3.1 full", WAX_SUBMIT_LATER,
	    "MAIL FROM: 452 4.3.1 full" },
	{ "MAIL 5xx", "mail=550 5.7.1 not you", WAX_SUBMIT_BROKEN,
	    "MAIL FROM: 550 5.7.1 not you" },
	{ "MAIL 530", "mail=530 5.7.0 log in", WAX_SUBMIT_BROKEN,
	    "530 5.7.0 log in" },
	{ "MAIL 552", "mail=552 5.3.4 too large", WAX_SUBMIT_NEVER,
	    "MAIL FROM: 552" },
	{ "MAIL cut", "mail=cut", WAX_SUBMIT_LATER, "MAIL FROM: no answer" },
	{ "RCPT 4xx", "rcpt=450 4.2.1 slowly", WAX_SUBMIT_LATER,
	    "RCPT TO: 450 4.2.1 slowly" },
	{ "RCPT 421", "rcpt=421 4.3.2 bye", WAX_SUBMIT_LATER, "421" },
	{ "RCPT 5xx", "rcpt=550 5.1.1 nobody", WAX_SUBMIT_NEVER,
	    "RCPT TO: 550 5.1.1 nobody" },
	{ "RCPT 553", "rcpt=553 5.1.3 odd", WAX_SUBMIT_NEVER, "553" },
	{ "RCPT cut", "rcpt=cut", WAX_SUBMIT_LATER, "RCPT TO: no answer" },
	{ "DATA 4xx", "data=451 4.3.0 later", WAX_SUBMIT_LATER,
	    "DATA: 451 4.3.0 later" },
	{ "DATA 5xx", "data=554 5.3.0 no", WAX_SUBMIT_NEVER, "DATA: 554" },
	{ "message 4xx", "message=451 4.7.1 greylisted", WAX_SUBMIT_LATER,
	    "the message: 451 4.7.1 greylisted" },
	{ "message 5xx", "message=554 5.6.0 no", WAX_SUBMIT_NEVER,
	    "the message: 554 5.6.0 no" },
	{ "message cut", "message=cut", WAX_SUBMIT_LATER,
	    "the message: no answer" },
	{ "taken, but cut", "message=taken-cut", WAX_SUBMIT_LATER,
	    "the message: no answer" },
	{ "taken, but 4xx", "message=taken-452 x", WAX_SUBMIT_LATER,
	    "the message: 452 x" },
	{ "another 2xx", "rcpt=251 forwarded", WAX_SUBMITTED, NULL },
	{ "no SMTP", "greeting=hello", WAX_SUBMIT_BROKEN, "connection" },
	{ "a 3xx", "rcpt=354 what", WAX_SUBMIT_LATER, "RCPT TO" },
	{ "many lines", "rcpt=550 5.1.1 one\\n5.1.1 two\\nthree",
	    WAX_SUBMIT_NEVER, "RCPT TO: 550 5.1.1 one 5.1.1 two three" },
	{ "a hostile text", "rcpt=550 a\x1b[2J\\nb\x07\xff\\", WAX_SUBMIT_NEVER,
	    "550 a\\x1b[2J b\\x07\\xff\\x5c" },
	{ "a long text",
	    "rcpt=550 "
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "0123456789012345678901234567890123456789012345678901234567890123",
	    WAX_SUBMIT_NEVER, "RCPT TO: 550 0123456789" },
};

/* The second message shows that the first one left no trace. */
START_TEST(refusal)
{
	const struct refusal *row = &refusals[_i];
	const char *reply = strchr(row->say, '=') + 1;
	/* Once, if it does not say how often. */
	const char *say = wax_textf(arena, "%.*s%s%s", (int)(reply - row->say),
	    row->say, strchr(reply, '*') != NULL ? "" : "1*", reply)
	                      .p;
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--say", say, ));
	submitter = to_sink();
	expect(submitter, "a@example.com", row->result, row->said);
	expect(submitter, "b@example.com", WAX_SUBMITTED, NULL);
	ck_assert_uint_eq(logged("RCPT TO:<b@example.com>"), 1);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

/* Nothing about one recipient touches another. */
START_TEST(by_recipient)
{
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--say", "rcpt:never@=550 5.1.1 nobody",
	                      "--say", "rcpt:later@=450 4.2.1 slowly", ));
	submitter = to_sink();
	expect(submitter, "never@example.com", WAX_SUBMIT_NEVER, "nobody");
	expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
	expect(submitter, "later@example.com", WAX_SUBMIT_LATER, "slowly");
	expect(submitter, "b@example.com", WAX_SUBMITTED, NULL);
	ck_assert_uint_eq(logged("message"), 2);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

/* A server that ends the connection after each message, and says nothing. */
START_TEST(connection_ends)
{
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--after", "2", ));
	submitter = to_sink();
	for (int i = 0; i < 5; i++)
		expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
	ck_assert_uint_eq(logged("message"), 5);
	ck_assert_uint_eq(logged("connection 3"), 1);
	ck_assert_uint_eq(logged("connection 4"), 0);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

/* It says 421 to the next one: once more, on another connection. */
START_TEST(told_to_come_again)
{
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--say", "mail:two@=1*421 too many", ));
	submitter = to_sink();
	expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
	ck_assert_int_eq(
	    wax_submit(submitter, arena, wax_exact("two@receiver.example"),
	        wax_exact("a@example.com"), wax_exact(plain),
	        &(struct wax_str){ NULL, 0 }),
	    WAX_SUBMITTED);
	ck_assert_uint_eq(logged("connection 2"), 1);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

static const char *const silences[] = { "greeting=silent", "mail=silent",
	"rcpt=silent", "message=silent" };

START_TEST(no_time_left)
{
	bool is_early = strstr(silences[_i], "greeting") != NULL;
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--say", silences[_i], ));
	submitter = opened(&(struct wax_submit_options){
	    .url = sink_url(&sink, arena, "smtp://"), .timeout_s = 1 });
	expect(submitter, "a@example.com",
	    is_early ? WAX_SUBMIT_BROKEN : WAX_SUBMIT_LATER, "no answer");
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

/* The server answers when nobody waits any more: the next message is another
 * one's, on a connection of its own. */
START_TEST(late_answer_is_for_nobody)
{
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--say", "message=1*after-2-250 late",
	                      "--say", "rcpt:b@=550 nobody", ));
	submitter = opened(&(struct wax_submit_options){
	    .url = sink_url(&sink, arena, "smtp://"), .timeout_s = 1 });
	expect(submitter, "a@example.com", WAX_SUBMIT_LATER, "the message");
	expect(submitter, "b@example.com", WAX_SUBMIT_NEVER, "550 nobody");
	expect(submitter, "c@example.com", WAX_SUBMITTED, NULL);
	ck_assert_uint_eq(logged("connection 2"), 1);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

/* Nor does anybody say QUIT to it, and wait for the answer as long again. */
START_TEST(silence_is_not_waited_for_twice)
{
	struct wax_submitter *submitter;
	int64_t before;

	sink_start(&sink, OPTIONS("--say", "message=silent", ));
	submitter = opened(&(struct wax_submit_options){
	    .url = sink_url(&sink, arena, "smtp://"), .timeout_s = 5 });
	before = wax_clock_ms();
	expect(submitter, "a@example.com", WAX_SUBMIT_LATER, "the message");
	wax_submitter_close(submitter);
	ck_assert_int_lt(wax_clock_ms() - before, 9000);
	sink_stop(&sink);
}
END_TEST

/* A port where nobody listens: bound, and then given back. */
START_TEST(nobody_there)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct wax_submitter *submitter;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, n), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &n), 0);
	submitter = opened(&(struct wax_submit_options){
	    .url =
	        wax_textf(arena, "smtp://127.0.0.1:%u", ntohs(address.sin_port))
	            .p,
	    .timeout_s = 5 });
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN,
	    "connection: no answer: ");
	wax_submitter_close(submitter);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(addresses_for_smtp_only)
{
	struct wax_submitter *submitter;
	struct wax_str why;
	static const char *const odd[] = { "", "a b@example.com",
		"a@example.com>\r\nRCPT TO:<x@evil.example",
		"a@example.com\nDATA", "<a@example.com>",
		"\xc3\xa4@x.example" };

	sink_start(&sink, OPTIONS());
	submitter = to_sink();
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		expect(submitter, odd[i], WAX_SUBMIT_NEVER, "not one for SMTP");
		ck_assert_int_eq(
		    wax_submit(submitter, arena, wax_exact(odd[i]),
		        wax_exact("a@example.com"), wax_exact(plain), &why),
		    WAX_SUBMIT_BROKEN);
	}
	ck_assert_uint_eq(logged("connection 1"), 0);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

/* --- TLS and login -------------------------------------------------------- */

static struct wax_submitter *
with_tls(const char *scheme, bool needs_tls, const char *ca_file)
{
	return opened(
	    &(struct wax_submit_options){ .url = sink_url(&sink, arena, scheme),
	        .needs_tls = needs_tls,
	        .ca_file = ca_file,
	        .timeout_s = 5 });
}

START_TEST(tls_where_it_is_offered)
{
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--starttls", ));
	/* On this host any certificate will do. */
	submitter = with_tls("smtp://", false, NULL);
	expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
	expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
	wax_submitter_close(submitter);
	ck_assert_uint_eq(logged("secure"), 1);
	/* Unless it is said whose. */
	submitter =
	    with_tls("smtp://", false, sink_path(&sink, arena, "ca.pem"));
	expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
	wax_submitter_close(submitter);
	submitter =
	    with_tls("smtp://", false, "/etc/ssl/certs/ca-certificates.crt");
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN, "STARTTLS");
	wax_submitter_close(submitter);
	ck_assert_uint_eq(logged("message"), 3);
	sink_stop(&sink);
}
END_TEST

START_TEST(tls_that_is_a_must)
{
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS());
	submitter = with_tls("smtp://", true, NULL);
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN, "EHLO");
	wax_submitter_close(submitter);
	ck_assert_uint_eq(logged("MAIL FROM:<dmarc@receiver.example>"), 0);
	ck_assert_uint_eq(logged("message"), 0);
	sink_stop(&sink);
}
END_TEST

START_TEST(tls_from_the_start)
{
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--tls", ));
	submitter = with_tls("smtps://", false, NULL);
	expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
	wax_submitter_close(submitter);
	submitter =
	    with_tls("smtps://", false, "/etc/ssl/certs/ca-certificates.crt");
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN,
	    "connection: no answer");
	wax_submitter_close(submitter);
	ck_assert_uint_eq(logged("message"), 1);
	sink_stop(&sink);
}
END_TEST

/* STARTTLS that is refused, or breaks: never in the clear then. */
START_TEST(tls_that_fails)
{
	struct wax_submitter *submitter;

	sink_start(&sink,
	    OPTIONS("--starttls", "--say", "starttls=454 4.7.0 not now", ));
	submitter = with_tls("smtp://", true, NULL);
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN,
	    "STARTTLS: 454 4.7.0 not now");
	wax_submitter_close(submitter);
	ck_assert_uint_eq(logged("message"), 0);
	sink_stop(&sink);
}
END_TEST

static const char *
password_file(const char *text, mode_t mode)
{
	const char *path = sink_path(&sink, arena, "password");
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

/* libcurl takes names below "localhost" for this host (RFC 6761 s6.3); for us
 * they are names of others, as any. */
static const char *
url_of_another(const char *user)
{
	return wax_textf(arena, "smtp://%ssink.localhost:%u", user, sink.port)
	    .p;
}

START_TEST(certificate_of_another)
{
	struct wax_submit_options options = { .timeout_s = 5 };
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--starttls", ));
	options.url = url_of_another("");
	submitter = opened(&options);
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN, "STARTTLS: ");
	wax_submitter_close(submitter);
	/* One that we trust, but in the name of somebody else. */
	options.ca_file = sink_path(&sink, arena, "ca.pem");
	submitter = opened(&options);
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN, "STARTTLS: ");
	wax_submitter_close(submitter);
	ck_assert_uint_eq(logged("connection 2"), 1);
	ck_assert_uint_eq(logged("MAIL FROM:<dmarc@receiver.example>"), 0);
	sink_stop(&sink);
}
END_TEST

/* In the clear where nobody offers TLS, but no password ever. */
START_TEST(another_without_tls)
{
	struct wax_submit_options options = { .timeout_s = 5 };
	struct wax_submitter *submitter;

	sink_start(&sink,
	    OPTIONS("--login", "u:geheim", "--say", "mail=250 as you like", ));
	options.url = url_of_another("u@");
	options.password_file = password_file("geheim\n", 0600);
	submitter = opened(&options);
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN, "EHLO: ");
	wax_submitter_close(submitter);
	ck_assert_uint_eq(logged("AUTH ..."), 0);
	ck_assert_uint_eq(logged("connection 1"), 1);
	sink_stop(&sink);
	sink_start(&sink, OPTIONS());
	options.url = url_of_another("");
	options.password_file = NULL;
	submitter = opened(&options);
	expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

static struct wax_submitter *
with_password(const char *text)
{
	return opened(&(struct wax_submit_options){
	    .url = sink_url(&sink, arena, "smtp://u%40receiver.example@"),
	    .password_file = password_file(text, 0600),
	    .timeout_s = 5 });
}

START_TEST(login)
{
	static const char *const right[] = { "ge:he im%", "ge:he im%\n",
		"ge:he im%\r\nmore\n" };
	struct wax_submitter *submitter;

	sink_start(&sink, OPTIONS("--login", "u@receiver.example:ge:he im%", ));
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		submitter = with_password(right[i]);
		expect(submitter, "a@example.com", WAX_SUBMITTED, NULL);
		wax_submitter_close(submitter);
	}
	submitter = with_password("geheim");
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN,
	    "login: 535 5.7.8 wrong");
	wax_submitter_close(submitter);
	/* Nobody logs in. */
	submitter = to_sink();
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN,
	    "MAIL FROM: 530 5.7.0 log in first");
	wax_submitter_close(submitter);
	ck_assert_uint_eq(logged("message"), 3);
	sink_stop(&sink);
}
END_TEST

/* The server's words may repeat what it got. */
START_TEST(login_that_is_not_shown)
{
	struct wax_submitter *submitter;
	struct wax_str why;

	sink_start(
	    &sink, OPTIONS("--login", "u:x", "--say", "auth=535 5.7.8 no", ));
	submitter = with_password("geheim");
	ck_assert_int_eq(
	    submit(submitter, "a@example.com", plain, &why), WAX_SUBMIT_BROKEN);
	ck_assert_wax_str_eq(why, "login: 535 5.7.8 no");
	wax_submitter_close(submitter);
	sink_stop(&sink);
}
END_TEST

static void
refused(const struct wax_submit_options *options, const char *said)
{
	struct wax_submitter *submitter = NULL;
	struct wax_err err = { .text = "" };

	ck_assert_int_eq(
	    wax_submitter_open(options, &submitter, &err), WAX_E_CONFIG);
	ck_assert_int_eq(err.status, WAX_E_CONFIG);
	ck_assert_msg(strstr(err.text, said) != NULL, "\"%s\" says no \"%s\"",
	    err.text, said);
	ck_assert_ptr_null(strstr(err.text, "geheim"));
	ck_assert_ptr_null(submitter);
}

START_TEST(options_that_are_refused)
{
	struct wax_submit_options options = { .url = "smtp://127.0.0.1" };

	sink_start(&sink, OPTIONS());
	options.helo = "a b";
	refused(&options, "\"a b\" is not a name to greet");
	options.helo = "a/../b";
	refused(&options, "is not a name to greet");
	options.helo = "";
	options.url = "smtp://u:geheim@127.0.0.1";
	refused(&options, "report-smtp-password-file");
	options.url = "smtp://u@127.0.0.1";
	refused(&options, "a user, but no file with a password");
	options.password_file = "";
	refused(&options, "a user, but no file with a password");
	options.password_file = password_file("geheim\n", 0644);
	refused(&options, "everybody (mode 0644)");
	options.password_file = password_file("", 0600);
	refused(&options, "is empty");
	options.password_file = password_file("\ngeheim\n", 0600);
	refused(&options, "is empty");
	options.password_file = "/nonexistent/password";
	refused(&options, "/nonexistent/password: No such file");
	options.url = "smtp://127.0.0.1";
	options.password_file = password_file("geheim\n", 0600);
	refused(&options, "a password, but no user");
	wax_submitter_close(NULL);
	sink_stop(&sink);
}
END_TEST

/* --- waiting that fails --------------------------------------------------- */

/* The next poll() that fails, in ours and in libcurl's hands; 0: none. */
static unsigned failing_poll;

int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
	const struct timespec time = { .tv_sec = timeout / 1000,
		.tv_nsec = timeout % 1000 * 1000000L };

	if (failing_poll > 0 && --failing_poll == 0) {
		errno = EIO;
		return -1;
	}
	return ppoll(fds, n, timeout < 0 ? NULL : &time, NULL);
}

/* How many mails arrived after the first `n`, all of them whole. */
static unsigned
whole_mails(unsigned n, struct wax_str message)
{
	for (;; n++) {
		struct wax_str name = wax_textf(arena, "%u.eml", n + 1);

		if (access(sink_path(&sink, arena, name.p), F_OK) != 0)
			return n;
		ck_assert_msg(
		    wax_str_eq(sink_file(&sink, arena, name.p), message),
		    "mail %u is not the message", n + 1);
	}
}

/*
 * libcurl ends a message with a dot when it cannot go on waiting: no part of
 * one may be taken for the report.
 */
START_TEST(no_part_of_a_message)
{
	enum {
		SIZE = 500000
	};
	struct wax_text text;
	unsigned n_later = 0, n_mails = 0;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "Subject: x\r\n\r\n");
	while (text.n < SIZE)
		wax_text_addz(&text, "Hello\r\n");
	sink_start(&sink, OPTIONS());
	for (unsigned k = 1;; k++) {
		struct wax_submitter *submitter = to_sink();
		struct wax_str why;
		bool is_over;

		failing_poll = k;
		n_later += submit(submitter, "a@example.com", text.p, &why) !=
		           WAX_SUBMITTED;
		is_over = failing_poll > 0;
		failing_poll = 0;
		wax_submitter_close(submitter);
		n_mails = whole_mails(n_mails, wax_text_str(&text));
		if (is_over)
			break;
	}
	ck_assert_uint_gt(n_later, 5);
	ck_assert_uint_gt(n_mails, 0);
	sink_stop(&sink);
}
END_TEST

/* Proxies, a ~/.netrc and such are other programs'. */
START_TEST(nothing_from_the_environment)
{
	struct wax_submitter *submitter;
	FILE *file;

	sink_start(&sink, OPTIONS("--login", "u:geheim", ));
	file = fopen(sink_path(&sink, arena, ".netrc"), "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(
	    fputs("machine 127.0.0.1 login u password geheim\n", file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(setenv("HOME", sink.directory, 1), 0);
	ck_assert_int_eq(setenv("all_proxy", "http://127.0.0.1:1", 1), 0);
	ck_assert_int_eq(setenv("ALL_PROXY", "socks5://127.0.0.1:1", 1), 0);
	ck_assert_int_eq(setenv("smtp_proxy", "http://127.0.0.1:1", 1), 0);
	submitter = to_sink();
	expect(submitter, "a@example.com", WAX_SUBMIT_BROKEN,
	    "530 5.7.0 log in first");
	wax_submitter_close(submitter);
	ck_assert_int_eq(unlink(sink_path(&sink, arena, ".netrc")), 0);
	sink_stop(&sink);
}
END_TEST

Suite *wax_submit_suite(void);

Suite *
wax_submit_suite(void)
{
	Suite *suite = suite_create("submit");
	TCase *tc = tcase_create("submit");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, octets_arrive);
	tcase_add_test(tc, large_message);
	tcase_add_loop_test(
	    tc, refusal, 0, (int)(sizeof refusals / sizeof refusals[0]));
	tcase_add_test(tc, by_recipient);
	tcase_add_test(tc, connection_ends);
	tcase_add_test(tc, told_to_come_again);
	tcase_add_loop_test(
	    tc, no_time_left, 0, (int)(sizeof silences / sizeof silences[0]));
	tcase_add_test(tc, late_answer_is_for_nobody);
	tcase_add_test(tc, silence_is_not_waited_for_twice);
	tcase_add_test(tc, nobody_there);
	tcase_add_test(tc, addresses_for_smtp_only);
	tcase_add_test(tc, tls_where_it_is_offered);
	tcase_add_test(tc, tls_that_is_a_must);
	tcase_add_test(tc, tls_from_the_start);
	tcase_add_test(tc, tls_that_fails);
	tcase_add_test(tc, certificate_of_another);
	tcase_add_test(tc, another_without_tls);
	tcase_add_test(tc, login);
	tcase_add_test(tc, login_that_is_not_shown);
	tcase_add_test(tc, options_that_are_refused);
	tcase_add_test(tc, no_part_of_a_message);
	tcase_add_test(tc, nothing_from_the_environment);
	suite_add_tcase(suite, tc);
	return suite;
}
