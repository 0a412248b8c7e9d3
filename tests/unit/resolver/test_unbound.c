/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port over libunbound, against a name server of our own on loopback
 * (tests/support/dnsproxy.py): real sockets and real time, some seconds.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/resolver/unbound.h"
#include "milter/sys/clock.h"
#include "milter/sys/thread.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"

#define LONG_MS 10000
#define BIG_TEXT 16384
#define N_SILENT 200
#define N_THREADS 16

/* --- the name server ----------------------------------------------------- */

struct server {
	pid_t pid;
	int port;
	char address[16], zone[64], log[64];
};

static void
temporary(char *path, size_t n, const char *suffix)
{
	const char *directory = getenv("TMPDIR");
	int fd;

	(void)snprintf(path, n, "%s/wax-%s-XXXXXX",
	    directory != NULL && strlen(directory) < 30 ? directory : "/tmp",
	    suffix);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(close(fd), 0);
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static const char *
source(struct wax_arena *arena, const char *path)
{
	const char *srcdir = getenv("srcdir");

	return wax_textf(
	    arena, "%s/%s", srcdir != NULL ? srcdir : WAX_SRCDIR, path)
	    .p;
}

/* Start it and read "ready PORT". */
static void
start_server(struct server *server, const char *address, int port)
{
	struct wax_arena *arena = wax_arena_new("server", 1024);
	const char *script = source(arena, "tests/support/dnsproxy.py");
	const char *listen_at = wax_textf(arena, "%s@%d", address, port).p;
	int ends[2];
	FILE *out;

	ck_assert_int_eq(pipe(ends), 0);
	server->pid = fork();
	ck_assert_int_ge(server->pid, 0);
	if (server->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)close(ends[0]);
		(void)execl(WAX_PYTHON3, WAX_PYTHON3, script, "--listen",
		    listen_at, "--zone", server->zone, "--log", server->log,
		    (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(close(ends[1]), 0);
	out = fdopen(ends[0], "r");
	ck_assert_ptr_nonnull(out);
	ck_assert_msg(fscanf(out, "ready %d", &server->port) == 1,
	    "dnsproxy.py did not start");
	(void)fclose(out);
	(void)snprintf(server->address, sizeof server->address, "%s", address);
	wax_arena_free(arena);
}

static void
stop_server(struct server *server)
{
	int status;

	ck_assert_int_eq(kill(server->pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(server->pid, &status, 0), server->pid);
	ck_assert_int_eq(status, 0);
	(void)unlink(server->zone);
	(void)unlink(server->log);
}

/* How many questions for a name came to it. */
static unsigned
questions(const struct server *server, const char *name)
{
	FILE *log = fopen(server->log, "r");
	char line[1024], asked[512];
	unsigned n = 0;

	ck_assert_ptr_nonnull(log);
	while (fgets(line, sizeof line, log) != NULL)
		if (sscanf(line, "%*s %511s", asked) == 1 &&
		    strcmp(asked, name) == 0)
			n++;
	(void)fclose(log);
	return n;
}

/* The one of most tests: started before them, in the parent process. */
static struct server main_server;

static void
add_large_records(FILE *zone)
{
	(void)fprintf(zone, "\nbig.example TXT ");
	for (int i = 0; i < BIG_TEXT; i++)
		(void)fputc('a' + i % 26, zone);
	for (int i = 0; i < 1001; i++)
		(void)fprintf(zone, "\n%s.example A 10.0.%d.%d",
		    i < 1000 ? "many" : "toomany", i / 250, i % 250);
	for (int i = 0; i < 1000; i++)
		(void)fprintf(
		    zone, "\ntoomany.example A 10.1.%d.%d", i / 250, i % 250);
	(void)fprintf(zone, "\n");
}

static void
set_up_server(void)
{
	struct wax_arena *arena = wax_arena_new("zone", 1024);
	FILE *from, *to;
	int c;

	temporary(main_server.zone, sizeof main_server.zone, "zone");
	temporary(main_server.log, sizeof main_server.log, "log");
	from = fopen(source(arena, "tests/unit/resolver/zone"), "r");
	to = fopen(main_server.zone, "w");
	ck_assert(from != NULL && to != NULL);
	while ((c = fgetc(from)) != EOF)
		(void)fputc(c, to);
	add_large_records(to);
	(void)fclose(from);
	ck_assert_int_eq(fclose(to), 0);
	start_server(&main_server, "127.0.0.1", 0);
	wax_arena_free(arena);
}

static void
tear_down_server(void)
{
	stop_server(&main_server);
}

/* --- the resolver ---------------------------------------------------------- */

struct fixture {
	struct wax_arena *arena;
	struct wax_unbound *unbound;
	struct wax_resolver *resolver;
};

static void
begin_with(struct fixture *f, size_t n, const struct wax_str *server)
{
	struct wax_unbound_options options = { .n_servers = n,
		.server = server,
		.cache_bytes = 1 << 20,
		.cache_entries = 1000 };
	struct wax_err err = { 0 };

	f->arena = wax_arena_new("test", 1024);
	f->unbound = wax_unbound_open(&options, &err);
	ck_assert_msg(f->unbound != NULL, "%s", err.text);
	ck_assert_int_eq(wax_unbound_start(f->unbound, &err), WAX_OK);
	f->resolver = wax_unbound_resolver(f->unbound);
}

static void
begin_at(struct fixture *f, const struct server *server)
{
	char text[64];
	int n =
	    snprintf(text, sizeof text, "%s@%d", server->address, server->port);

	begin_with(f, 1, &(struct wax_str){ text, (size_t)n });
}

static void
begin(struct fixture *f)
{
	begin_at(f, &main_server);
}

static void
end(struct fixture *f)
{
	wax_unbound_close(f->unbound);
	wax_arena_free(f->arena);
}

static const struct wax_answer *
lookup_for(struct fixture *f, const char *name, enum wax_rrtype type, int ms)
{
	return wax_dns_lookup(
	    f->resolver, f->arena, wax_exact(name), type, wax_clock_ms() + ms);
}

static const struct wax_answer *
lookup(struct fixture *f, const char *name, enum wax_rrtype type)
{
	return lookup_for(f, name, type, LONG_MS);
}

static struct wax_answers_counters
counters(struct fixture *f)
{
	struct wax_answers_counters out;

	wax_unbound_count(f->unbound, &out);
	return out;
}

/* --- what is answered -------------------------------------------------------- */

static const struct {
	const char *name;
	enum wax_rrtype type;
	enum wax_dns_status status;
	bool alias;
	size_t n;
	const char *first; /* text, host, address or name */
} rows[] = {
	{ "a.example", WAX_RR_A, WAX_DNS_OK, false, 2, NULL },
	{ "A.Example.", WAX_RR_AAAA, WAX_DNS_OK, false, 1, "2001:db8::1" },
	{ "a.example", WAX_RR_MX, WAX_DNS_OK, false, 2, "mx1.a.example" },
	{ "a.example", WAX_RR_TXT, WAX_DNS_OK, false, 1,
	    "v=spf1 -all # this is text" },
	{ "mapped.example", WAX_RR_AAAA, WAX_DNS_OK, false, 1, "192.0.2.7" },
	{ "strings.example", WAX_RR_TXT, WAX_DNS_OK, false, 1,
	    "one twothree \" \\ ;" },
	{ "upper.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "case" },
	{ "zone.example", WAX_RR_NS, WAX_DNS_OK, false, 2, NULL },
	{ "zone.example", WAX_RR_SOA, WAX_DNS_OK, false, 1,
	    "ns1.zone.example" },
	{ "s._domainkey.zone.example", WAX_RR_TXT, WAX_DNS_OK, false, 1,
	    "v=DKIM1; p=AAAA" },
	/* What is not there. */
	{ "nothing.example", WAX_RR_TXT, WAX_DNS_NXDOMAIN, false, 0, NULL },
	{ "a.example", WAX_RR_PTR, WAX_DNS_NODATA, false, 0, NULL },
	{ "below.example", WAX_RR_TXT, WAX_DNS_NODATA, false, 0, NULL },
	{ "x.a.example", WAX_RR_TXT, WAX_DNS_NXDOMAIN, false, 0, NULL },
	/* Wildcards. */
	{ "x.wild.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "a wildcard" },
	{ "own.wild.example", WAX_RR_TXT, WAX_DNS_NODATA, false, 0, NULL },
	{ "x.y.wild.example", WAX_RR_MX, WAX_DNS_OK, false, 1,
	    "mx.wild.example" },
	/* Aliases. */
	{ "alias.example", WAX_RR_TXT, WAX_DNS_OK, true, 1,
	    "at the end of an alias" },
	{ "deep.example", WAX_RR_A, WAX_DNS_OK, true, 1, "192.0.2.3" },
	{ "alias.example", WAX_RR_MX, WAX_DNS_NODATA, true, 0, NULL },
	{ "lost.example", WAX_RR_TXT, WAX_DNS_NXDOMAIN, true, 0, NULL },
	{ "alias.example", WAX_RR_CNAME, WAX_DNS_OK, true, 1,
	    "target.example" },
	{ "loop1.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "self.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "toservfail.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	/* What libunbound answers by itself if it may. */
	{ "1.2.0.192.in-addr.arpa", WAX_RR_PTR, WAX_DNS_OK, false, 1,
	    "host.a.example" },
	{ "7.1.168.192.in-addr.arpa", WAX_RR_PTR, WAX_DNS_OK, false, 1,
	    "private.a.example" },
	{ "1.0.0.10.in-addr.arpa", WAX_RR_PTR, WAX_DNS_OK, false, 1,
	    "ten.a.example" },
	{ "1.0.0.127.in-addr.arpa", WAX_RR_PTR, WAX_DNS_OK, false, 1,
	    "loop.a.example" },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	  ".ip6.arpa",
	    WAX_RR_PTR, WAX_DNS_OK, false, 1, "six.a.example" },
	{ "mail.test", WAX_RR_TXT, WAX_DNS_OK, false, 1,
	    "test is a name like others" },
	{ "mail.invalid", WAX_RR_TXT, WAX_DNS_OK, false, 1, "invalid, too" },
	{ "mail.home.arpa", WAX_RR_TXT, WAX_DNS_OK, false, 1, "home" },
	{ "x.localhost", WAX_RR_TXT, WAX_DNS_OK, false, 1, "local" },
	{ "x.onion", WAX_RR_TXT, WAX_DNS_OK, false, 1, "onion" },
	/* Names that mean something to parsers. */
	{ "a+b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "plus" },
	{ "a=b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "equals" },
	{ "(x).example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "parentheses" },
	{ "a@b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "at" },
	{ "a\"b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "quote" },
	{ "a;b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "semicolon" },
	{ "a$b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "dollar" },
	{ "a#b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "hash" },
	{ "a/b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "slash" },
	{ "a,b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "comma" },
	{ "a:b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "colon" },
	{ "a*b.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "asterisk" },
	{ "a b.wild.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "a wildcard" },
	{ "@", WAX_RR_TXT, WAX_DNS_NXDOMAIN, false, 0, NULL },
	/* Trouble. */
	{ "servfail.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "refused.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "trunc.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "tcponly.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "by tcp" },
	{ "other.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "never seen" },
	{ "x.other.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "gone.example", WAX_RR_TXT, WAX_DNS_NXDOMAIN, false, 0, NULL },
	{ "gone.example", WAX_RR_A, WAX_DNS_OK, false, 1, "192.0.2.6" },
	{ "slow.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "late" },
	{ "slower.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, "later" },
	{ "lame.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "x.lame.example", WAX_RR_A, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "tolame.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	/* libunbound drops records of other names; what is left looks like an
	 * honest answer, which cached ones of some forwarders are. */
	{ "mismatch.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "mismatch.example", WAX_RR_MX, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "tomismatch.example", WAX_RR_TXT, WAX_DNS_TEMPFAIL, false, 0, NULL },
	{ "nosoa.example", WAX_RR_TXT, WAX_DNS_NODATA, false, 0, NULL },
	{ "tonosoa.example", WAX_RR_TXT, WAX_DNS_NODATA, false, 0, NULL },
	/* Sizes. */
	{ "big.example", WAX_RR_TXT, WAX_DNS_OK, false, 1, NULL },
	{ "many.example", WAX_RR_A, WAX_DNS_OK, false, 1000, NULL },
	{ "toomany.example", WAX_RR_A, WAX_DNS_TEMPFAIL, false, 0, NULL },
};

#define N_ROWS (sizeof rows / sizeof rows[0])

static struct wax_str
first_of(struct wax_arena *arena, const struct wax_answer *answer)
{
	switch (answer->type) {
	case WAX_RR_A:
	case WAX_RR_AAAA:
		return wax_ip_format(arena, answer->rr[0].address);
	case WAX_RR_MX:
		return answer->rr[0].mx.host;
	case WAX_RR_TXT:
		return answer->rr[0].txt.text;
	case WAX_RR_NS:
	case WAX_RR_CNAME:
	case WAX_RR_SOA:
	case WAX_RR_PTR:
		return answer->rr[0].name;
	}
	return WAX_STR("");
}

START_TEST(answers)
{
	struct fixture f;

	begin(&f);
	/* All at once, as a message does; but a TCP connection that is cut off
	 * would take along other questions on it. */
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].name, "trunc.example") != 0)
			wax_dns_prefetch(
			    f.resolver, wax_exact(rows[i].name), rows[i].type);
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct wax_answer *answer =
		    lookup(&f, rows[i].name, rows[i].type);

		ck_assert_msg(answer->status == rows[i].status &&
		                  answer->alias == rows[i].alias &&
		                  answer->n == rows[i].n &&
		                  answer->type == rows[i].type,
		    "%s %s: %s, %zu records, alias %d", rows[i].name,
		    wax_rrtype_word(rows[i].type),
		    wax_dns_status_word(answer->status), answer->n,
		    answer->alias);
		if (rows[i].first != NULL)
			ck_assert_wax_str_eq(
			    first_of(f.arena, answer), rows[i].first);
	}
	end(&f);
}
END_TEST

START_TEST(text_keeps_its_octets)
{
	static const char binary[] = "\0\1\xc8\xff \"end";
	const struct wax_answer *answer;
	struct wax_str text;
	struct fixture f;

	begin(&f);
	answer = lookup(&f, "binary.example", WAX_RR_TXT);
	ck_assert_uint_eq(answer->n, 1);
	text = answer->rr[0].txt.text;
	ck_assert_uint_eq(text.n, sizeof binary - 1);
	ck_assert_mem_eq(text.p, binary, text.n);
	answer = lookup(&f, "strings.example", WAX_RR_TXT);
	ck_assert_uint_eq(answer->rr[0].txt.n_strings, 4);
	answer = lookup(&f, "big.example", WAX_RR_TXT);
	text = answer->rr[0].txt.text;
	ck_assert_uint_eq(text.n, BIG_TEXT);
	for (size_t i = 0; i < text.n; i++)
		ck_assert_int_eq(text.p[i], 'a' + (int)(i % 26));
	ck_assert_uint_ge(questions(&main_server, "big.example."), 2);
	end(&f);
}
END_TEST

START_TEST(lifetimes)
{
	static const struct {
		const char *name;
		enum wax_rrtype type;
		uint32_t ttl;
	} ttls[] = {
		{ "short.example", WAX_RR_TXT, 1 },
		{ "zero.example", WAX_RR_TXT, 0 },
		{ "day.example", WAX_RR_TXT, 86400 },
		{ "nothing.example", WAX_RR_TXT, 60 },
		{ "day.example", WAX_RR_MX, 60 },
		{ "lost.example", WAX_RR_TXT, 60 },
		/* Nothing says how long nothing is true. */
		{ "nosoa.example", WAX_RR_TXT, 0 },
		{ "servfail.example", WAX_RR_TXT, 0 },
	};
	struct fixture f;

	begin(&f);
	for (size_t i = 0; i < sizeof ttls / sizeof ttls[0]; i++)
		ck_assert_msg(
		    lookup(&f, ttls[i].name, ttls[i].type)->ttl == ttls[i].ttl,
		    "%s", ttls[i].name);
	end(&f);
}
END_TEST

START_TEST(names_that_cannot_exist_are_not_asked)
{
	char long_label[80], long_name[300];
	const char *names[] = { "", ".", "..", "a..example", ".example",
		"a\\b.example", "a\xc3\xa4.example", long_label, long_name };
	struct fixture f;

	memset(long_label, 'a', 64);
	(void)snprintf(long_label + 64, sizeof long_label - 64, ".example");
	memset(long_name, 0, sizeof long_name);
	for (size_t i = 0; i < 254; i++)
		long_name[i] = i % 2 == 0 ? 'a' : '.';
	long_name[253] = 'a'; /* 254 octets */
	begin(&f);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct wax_answer *answer;

		wax_dns_prefetch(f.resolver, wax_exact(names[i]), WAX_RR_TXT);
		answer = wax_dns_peek(
		    f.resolver, f.arena, wax_exact(names[i]), WAX_RR_TXT);
		ck_assert_msg(
		    answer != NULL && answer->status == WAX_DNS_NXDOMAIN,
		    "%zu: %s", i, names[i]);
		ck_assert_int_eq(
		    lookup(&f, names[i], WAX_RR_TXT)->status, WAX_DNS_NXDOMAIN);
	}
	ck_assert_uint_eq(counters(&f).asked, 0);
	/* The longest there is: 253 octets. */
	long_name[253] = '\0';
	long_name[252] = 'a';
	ck_assert_int_eq(
	    lookup(&f, long_name, WAX_RR_TXT)->status, WAX_DNS_NXDOMAIN);
	ck_assert_uint_eq(counters(&f).asked, 1);
	end(&f);
}
END_TEST

/* --- how often, how fast ------------------------------------------------------ */

START_TEST(kept_answers_are_not_asked_again)
{
	unsigned before = questions(&main_server, "day.example.");
	struct fixture f;

	begin(&f);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(
		    lookup(&f, "day.example", WAX_RR_TXT)->status, WAX_DNS_OK);
	ck_assert_uint_eq(questions(&main_server, "day.example."), before + 1);
	ck_assert_uint_eq(counters(&f).asked, 1);
	ck_assert_uint_eq(counters(&f).hits, 4);

	before = questions(&main_server, "short.example.");
	(void)lookup(&f, "short.example", WAX_RR_TXT);
	(void)lookup(&f, "short.example", WAX_RR_TXT);
	ck_assert_uint_eq(
	    questions(&main_server, "short.example."), before + 1);
	(void)usleep(1100 * 1000);
	(void)lookup(&f, "short.example", WAX_RR_TXT);
	ck_assert_uint_eq(
	    questions(&main_server, "short.example."), before + 2);
	end(&f);
}
END_TEST

START_TEST(failures_are_asked_again_at_once)
{
	struct fixture f;
	unsigned before;

	begin(&f);
	ck_assert_int_eq(lookup(&f, "servfail.example", WAX_RR_TXT)->status,
	    WAX_DNS_TEMPFAIL);
	before = questions(&main_server, "servfail.example.");
	ck_assert_int_eq(lookup(&f, "servfail.example", WAX_RR_TXT)->status,
	    WAX_DNS_TEMPFAIL);
	ck_assert_uint_gt(questions(&main_server, "servfail.example."), before);
	end(&f);
}
END_TEST

struct reader {
	struct fixture *f;
	pthread_t thread;
	enum wax_dns_status status;
};

static void *
read_slow(void *arg)
{
	struct reader *reader = arg;
	struct wax_arena *arena = wax_arena_new("reader", 256);

	reader->status = wax_dns_lookup(reader->f->resolver, arena,
	    WAX_STR("slow.example"), WAX_RR_TXT, wax_clock_ms() + LONG_MS)
	                     ->status;
	wax_arena_free(arena);
	return NULL;
}

START_TEST(many_threads_ask_once)
{
	unsigned before = questions(&main_server, "slow.example.");
	struct reader readers[N_THREADS];
	struct fixture f;

	begin(&f);
	for (int i = 0; i < N_THREADS; i++) {
		readers[i].f = &f;
		ck_assert_int_eq(wax_thread_start(&readers[i].thread, "reader",
		                     read_slow, &readers[i], NULL),
		    WAX_OK);
	}
	for (int i = 0; i < N_THREADS; i++) {
		ck_assert_int_eq(pthread_join(readers[i].thread, NULL), 0);
		ck_assert_int_eq(readers[i].status, WAX_DNS_OK);
	}
	ck_assert_uint_eq(questions(&main_server, "slow.example."), before + 1);
	ck_assert_uint_eq(counters(&f).asked, 1);
	end(&f);
}
END_TEST

/*
 * With 16 questions in flight, libunbound's default as a library, each of
 * the others would wait for many seconds.
 */
START_TEST(dead_names_do_not_slow_others)
{
	struct fixture f;
	char name[64];
	int slow = 0;

	begin(&f);
	for (int i = 0; i < N_SILENT; i++) {
		int n = snprintf(name, sizeof name, "n%d.silent.example", i);

		wax_dns_prefetch(f.resolver,
		    (struct wax_str){ name, (size_t)n }, WAX_RR_TXT);
	}
	for (int i = 0; i < 100; i++) {
		int64_t start = wax_clock_ms(), ms;

		(void)snprintf(name, sizeof name, "n%d.wild.example", i);
		ck_assert_int_eq(
		    lookup(&f, name, WAX_RR_TXT)->status, WAX_DNS_OK);
		ms = wax_clock_ms() - start;
		ck_assert_int_lt(ms, 2000);
		/* A busy machine may hold up some. */
		if (ms > 100)
			slow++;
	}
	ck_assert_int_le(slow, 10);
	ck_assert_uint_eq(counters(&f).in_flight, N_SILENT);
	/* One more reader of a dead name leaves at his deadline. */
	ck_assert_int_eq(
	    lookup_for(&f, "n0.silent.example", WAX_RR_TXT, 50)->status,
	    WAX_DNS_TEMPFAIL);
	ck_assert_uint_eq(counters(&f).expired, 1);
	end(&f); /* with all of them in flight */
}
END_TEST

START_TEST(peek_does_not_wait)
{
	const struct wax_answer *answer = NULL;
	struct fixture f;
	int64_t end_ms;

	begin(&f);
	ck_assert_ptr_null(wax_dns_peek(
	    f.resolver, f.arena, WAX_STR("day.example"), WAX_RR_TXT));
	ck_assert_uint_eq(counters(&f).asked, 0);
	wax_dns_prefetch(f.resolver, WAX_STR("day.example"), WAX_RR_TXT);
	end_ms = wax_clock_ms() + LONG_MS;
	while (answer == NULL && wax_clock_ms() < end_ms)
		answer = wax_dns_peek(
		    f.resolver, f.arena, WAX_STR("day.example"), WAX_RR_TXT);
	ck_assert_ptr_nonnull(answer);
	ck_assert_int_eq(answer->status, WAX_DNS_OK);
	ck_assert(!f.resolver->ops->wait_any(f.resolver, end_ms));
	end(&f);
}
END_TEST

/* --- outages ------------------------------------------------------------------ */

/* A server that will fail; with several, a dead one beside it. */
static void
begin_outage(struct fixture *f, struct server *server, bool several)
{
	struct wax_arena *arena = wax_arena_new("servers", 256);
	struct wax_str servers[2];

	temporary(server->zone, sizeof server->zone, "zone");
	temporary(server->log, sizeof server->log, "log");
	write_file(server->zone, "*.back.example TXT here\n");
	start_server(server, "127.0.0.1", 0);
	servers[0] = wax_textf(arena, "127.0.0.1@%d", server->port);
	servers[1] = WAX_STR("127.0.0.1@1"); /* nobody listens there */
	begin_with(f, several ? 2 : 1, servers);
	ck_assert_int_eq(
	    lookup(f, "first.back.example", WAX_RR_TXT)->status, WAX_DNS_OK);
	wax_arena_free(arena);
}

/* Ask other names until the server is seen to be silent. */
static void
await_silence(struct fixture *f)
{
	enum wax_dns_status status = WAX_DNS_OK;
	char name[64];

	for (int i = 0; i < 100 && status != WAX_DNS_TEMPFAIL; i++) {
		(void)snprintf(name, sizeof name, "s%d.back.example", i);
		status = lookup_for(f, name, WAX_RR_TXT, 200)->status;
	}
	ck_assert_int_eq(status, WAX_DNS_TEMPFAIL);
}

/* How long outages last; "make outage-drill" takes a minute. */
static int64_t
outage_ms(void)
{
	const char *seconds = getenv("WAX_OUTAGE_SECONDS");

	return seconds != NULL ? strtol(seconds, NULL, 10) * 1000 : 1000;
}

/* Mail comes in all the time: for one domain, and for new ones. */
static void
ask_during_outage(struct fixture *f)
{
	int64_t end_ms = wax_clock_ms() + outage_ms();
	char name[64];

	for (int i = 0; wax_clock_ms() < end_ms; i++) {
		(void)snprintf(name, sizeof name, "o%d.back.example", i);
		wax_dns_prefetch(f->resolver, wax_exact(name), WAX_RR_TXT);
		ck_assert_int_eq(
		    lookup_for(f, "same.back.example", WAX_RR_TXT, 250)->status,
		    WAX_DNS_TEMPFAIL);
	}
}

/*
 * Within the deadline of the first message. With several forwarders, all of
 * them away, libunbound tries each in turn and ever more rarely: after a
 * minute its return may be noticed after more than 8 s.
 */
static void
ask_after_outage(struct fixture *f, bool several)
{
	int limit_ms =
	    several ? WAX_DNS_DEADLINE_MS_MAX : WAX_DNS_DEADLINE_MS_DEFAULT;
	int64_t start = wax_clock_ms();

	ck_assert_int_eq(
	    lookup_for(f, "same.back.example", WAX_RR_TXT, limit_ms)->status,
	    WAX_DNS_OK);
	ck_assert_int_eq(
	    lookup_for(f, "other.back.example", WAX_RR_TXT, limit_ms)->status,
	    WAX_DNS_OK);
	ck_assert_int_lt(wax_clock_ms() - start, limit_ms);
	if (getenv("WAX_OUTAGE_SECONDS") != NULL)
		(void)printf(
		    "back within %d ms\n", (int)(wax_clock_ms() - start));
}

/* A silent outage of some seconds; then the first question is answered, for
 * a name that was asked all the time as for a new one. */
START_TEST(forwarder_comes_back_from_silence)
{
	struct server server;
	struct fixture f;

	begin_outage(&f, &server, _i == 1);
	write_file(server.zone, "* FAULT timeout\n");
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	await_silence(&f);
	ask_during_outage(&f);
	write_file(server.zone, "*.back.example TXT here\n");
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	ask_after_outage(&f, _i == 1);
	end(&f);
	stop_server(&server);
}
END_TEST

START_TEST(forwarder_is_restarted)
{
	struct server server;
	struct fixture f;
	int status;

	begin_outage(&f, &server, _i == 1);
	ck_assert_int_eq(kill(server.pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(server.pid, &status, 0), server.pid);
	ask_during_outage(&f);
	start_server(&server, "127.0.0.1", server.port);
	ask_after_outage(&f, _i == 1);
	end(&f);
	stop_server(&server);
}
END_TEST

/* --- servers ------------------------------------------------------------------- */

/* A socket that takes questions and never answers. */
static int
silent_socket(struct wax_arena *arena, struct wax_str *text)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	*text = wax_textf(arena, "127.0.0.1@%d", ntohs(at.sin_port));
	return fd;
}

START_TEST(several_servers)
{
	struct wax_arena *arena = wax_arena_new("servers", 256);
	struct wax_str servers[3];
	struct fixture f;
	char name[64];
	int fd;

	fd = silent_socket(arena, &servers[0]);
	servers[1] = wax_textf(arena, "127.0.0.1@%d", main_server.port);
	servers[2] = WAX_STR("127.0.0.1@1"); /* nobody listens there */
	begin_with(&f, 3, servers);
	for (int i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof name, "s%d.wild.example", i);
		wax_dns_prefetch(f.resolver, wax_exact(name), WAX_RR_TXT);
	}
	for (int i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof name, "s%d.wild.example", i);
		ck_assert_int_eq(
		    lookup_for(&f, name, WAX_RR_TXT, 8000)->status, WAX_DNS_OK);
	}
	end(&f);
	(void)close(fd);
	wax_arena_free(arena);
}
END_TEST

START_TEST(server_over_ipv6)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has_ipv6 =
	    fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
	struct server server;
	struct fixture f;

	if (fd >= 0)
		(void)close(fd);
	ck_assert_msg(has_ipv6, "this machine has no ::1");
	temporary(server.zone, sizeof server.zone, "zone");
	temporary(server.log, sizeof server.log, "log");
	write_file(server.zone, "six.example TXT over IPv6\n");
	start_server(&server, "::1", 0);
	begin_at(&f, &server);
	ck_assert_int_eq(
	    lookup(&f, "six.example", WAX_RR_TXT)->status, WAX_DNS_OK);
	ck_assert(wax_unbound_probe(f.unbound, wax_clock_ms() + 1000));
	end(&f);
	stop_server(&server);
}
END_TEST

START_TEST(probe_tells_whether_it_answers)
{
	struct wax_arena *arena = wax_arena_new("servers", 256);
	struct wax_str silent;
	int64_t start;
	struct fixture f;
	int fd;

	begin(&f);
	ck_assert(wax_unbound_probe(f.unbound, wax_clock_ms() + 1000));
	end(&f);
	fd = silent_socket(arena, &silent);
	begin_with(&f, 1, &silent);
	start = wax_clock_ms();
	ck_assert(!wax_unbound_probe(f.unbound, start + 300));
	ck_assert_int_ge(wax_clock_ms() - start, 300);
	ck_assert_int_lt(wax_clock_ms() - start, 2000);
	end(&f);
	(void)close(fd);
	wax_arena_free(arena);
}
END_TEST

static const struct {
	const char *text;
	const char *shown; /* NULL: refused */
} server_texts[] = {
	{ "127.0.0.1", "127.0.0.1" },
	{ "127.0.0.1@53", "127.0.0.1" },
	{ "192.0.2.53@5353", "192.0.2.53@5353" },
	{ "2001:DB8::53", "2001:db8::53" },
	{ "::1@65535", "::1@65535" },
	{ "fe80::1%eth0", "fe80::1%eth0" },
	{ "fe80::1%lo@5353", "fe80::1%lo@5353" },
	{ "::ffff:127.0.0.1", "127.0.0.1" },
	{ "", NULL },
	{ "@53", NULL },
	{ "localhost", NULL },
	{ "dns.example@53", NULL },
	{ "127.0.0.1@", NULL },
	{ "127.0.0.1@0", NULL },
	{ "127.0.0.1@65536", NULL },
	{ "127.0.0.1@5 3", NULL },
	{ "127.0.0.1@53@53", NULL },
	{ "127.0.0.1:53", NULL },
	{ "127.0.0", NULL },
	{ "[::1]@53", NULL },
	{ "::1%", NULL },
	{ "::1%a b", NULL },
	{ "::1%a\nserver:", NULL },
	{ "127.0.0.1\nforward-addr: 192.0.2.1", NULL },
};

START_TEST(server_addresses)
{
	struct wax_str text = wax_exact(server_texts[_i].text);
	struct wax_unbound_options options = { .n_servers = 1,
		.server = &text };
	struct wax_err err = { 0 };
	struct wax_unbound *unbound = wax_unbound_open(&options, &err);

	if (server_texts[_i].shown != NULL) {
		ck_assert_msg(
		    unbound != NULL, "%s: %s", server_texts[_i].text, err.text);
		ck_assert_str_eq(
		    wax_unbound_servers(unbound), server_texts[_i].shown);
	} else {
		ck_assert_msg(unbound == NULL, "%s", server_texts[_i].text);
		ck_assert_int_eq(err.status, WAX_E_CONFIG);
		ck_assert_ptr_nonnull(strstr(err.text, "ADDR@PORT"));
	}
	wax_unbound_close(unbound);
}
END_TEST

static const struct {
	const char *text; /* NULL: no such file */
	const char *shown;
} system_files[] = {
	{ "nameserver 192.0.2.53\n", "192.0.2.53" },
	{ "# nameserver 192.0.2.1\n; nameserver 192.0.2.2\nsearch x.example\n"
	  "nameserver 192.0.2.53\t# mine\n nameserver\t2001:db8::53\n"
	  "options edns0\n",
	    "192.0.2.53, 2001:db8::53" },
	{ "nameserver 192.0.2.53", "192.0.2.53" },
	{ "nameserver\nnameserver x\nnameservers 192.0.2.1\n"
	  "nameserver192.0.2.1\nnameserver 192.0.2.53 192.0.2.54\n",
	    "192.0.2.53" },
	{ "nameserver fe80::1%lo\n", "fe80::1%lo" },
	{ "search example\n", "127.0.0.1" },
	{ "", "127.0.0.1" },
	{ NULL, "127.0.0.1" },
};

START_TEST(servers_of_the_system)
{
	struct wax_err err = { 0 };
	struct wax_unbound *unbound;
	char path[64];

	temporary(path, sizeof path, "resolv");
	if (system_files[_i].text != NULL)
		write_file(path, system_files[_i].text);
	else
		ck_assert_int_eq(unlink(path), 0);
	unbound = wax_unbound_open(
	    &(struct wax_unbound_options){ .resolv_conf = path }, &err);
	ck_assert_msg(unbound != NULL, "%s", err.text);
	ck_assert_str_eq(wax_unbound_servers(unbound), system_files[_i].shown);
	wax_unbound_close(unbound);
	(void)unlink(path);
}
END_TEST

START_TEST(servers_of_a_file_that_cannot_be_read)
{
	struct wax_err err = { 0 };

	ck_assert_ptr_null(wax_unbound_open(
	    &(struct wax_unbound_options){
	        .resolv_conf = "/dev/null/resolv.conf" },
	    &err));
	ck_assert_int_eq(err.status, WAX_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "/dev/null/resolv.conf"));
}
END_TEST

/* --- threads ---------------------------------------------------------------------- */

START_TEST(pump_ticks_without_questions)
{
	struct fixture f;
	uint64_t before;
	int64_t end_ms;

	begin(&f);
	before = wax_unbound_ticks(f.unbound);
	end_ms = wax_clock_ms() + 5000;
	while (
	    wax_unbound_ticks(f.unbound) == before && wax_clock_ms() < end_ms)
		(void)usleep(10000);
	ck_assert_uint_gt(wax_unbound_ticks(f.unbound), before);
	end(&f);
}
END_TEST

/* The mask of blocked signals of each thread that is not in `known`. */
static size_t
new_threads(long *known, size_t n_known, unsigned long long *masks, size_t max)
{
	DIR *tasks = opendir("/proc/self/task");
	char path[300], line[256];
	struct dirent *entry;
	size_t n = 0;

	ck_assert_ptr_nonnull(tasks);
	while ((entry = readdir(tasks)) != NULL) {
		long id = strtol(entry->d_name, NULL, 10);
		bool is_known = id == 0;
		FILE *status;

		for (size_t i = 0; i < n_known; i++)
			is_known = is_known || known[i] == id;
		if (is_known || n == max)
			continue;
		if (masks == NULL) {
			known[n++] = id;
			continue;
		}
		(void)snprintf(path, sizeof path, "/proc/self/task/%s/status",
		    entry->d_name);
		status = fopen(path, "r");
		ck_assert_ptr_nonnull(status);
		while (fgets(line, sizeof line, status) != NULL)
			if (sscanf(line, "SigBlk: %llx", &masks[n]) == 1)
				n++;
		(void)fclose(status);
	}
	(void)closedir(tasks);
	return n;
}

START_TEST(no_thread_takes_signals)
{
	static const int wanted[] = { SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGUSR2,
		SIGPIPE, SIGCHLD, SIGALRM };
	unsigned long long masks[16];
	size_t n_known, n;
	struct fixture f;
	long known[16];

	n_known = new_threads(known, 0, NULL, 16);
	begin(&f);
	(void)lookup(&f, "a.example", WAX_RR_TXT);
	n = new_threads(known, n_known, masks, 16);
	/* The pump, and libunbound's; ThreadSanitizer has one, too. */
	ck_assert_uint_ge(n, 2);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
			ck_assert_msg(masks[i] >> (wanted[k] - 1) & 1,
			    "signal %d reaches a thread", wanted[k]);
	end(&f);
}
END_TEST

static Suite *
unbound_suite(void)
{
	Suite *suite = suite_create("resolver/unbound");
	TCase *tc = tcase_create("unbound");

	tcase_set_timeout(tc, 180);
	tcase_add_unchecked_fixture(tc, set_up_server, tear_down_server);
	tcase_add_test(tc, answers);
	tcase_add_test(tc, text_keeps_its_octets);
	tcase_add_test(tc, lifetimes);
	tcase_add_test(tc, names_that_cannot_exist_are_not_asked);
	tcase_add_test(tc, kept_answers_are_not_asked_again);
	tcase_add_test(tc, failures_are_asked_again_at_once);
	tcase_add_test(tc, many_threads_ask_once);
	tcase_add_test(tc, dead_names_do_not_slow_others);
	tcase_add_test(tc, peek_does_not_wait);
	tcase_add_loop_test(tc, forwarder_comes_back_from_silence, 0, 2);
	tcase_add_loop_test(tc, forwarder_is_restarted, 0, 2);
	tcase_add_test(tc, several_servers);
	tcase_add_test(tc, server_over_ipv6);
	tcase_add_test(tc, probe_tells_whether_it_answers);
	tcase_add_loop_test(tc, server_addresses, 0,
	    (int)(sizeof server_texts / sizeof server_texts[0]));
	tcase_add_loop_test(tc, servers_of_the_system, 0,
	    (int)(sizeof system_files / sizeof system_files[0]));
	tcase_add_test(tc, servers_of_a_file_that_cannot_be_read);
	tcase_add_test(tc, pump_ticks_without_questions);
	tcase_add_test(tc, no_thread_takes_signals);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { unbound_suite, NULL };
