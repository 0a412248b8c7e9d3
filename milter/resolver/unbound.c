/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/resolver/unbound.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unbound.h>
#include <unistd.h>

#include "milter/resolver/packet.h"
#include "milter/resolver/recheck.h"
#include "milter/sys/clock.h"
#include "milter/sys/thread.h"
#include "policy/base/ip.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

/* Questions not yet answered, of all messages together. */
#define IN_FLIGHT_MAX 16384
/* Sockets that libunbound may have open, as far as the descriptor limit
 * allows, and those that are left for all the others. */
#define SOCKETS_MAX 4096
#define SOCKETS_MIN 64
#define DESCRIPTORS_LEFT 1024
#define TICK_MS 1000
#define CLASS_IN 1
#define RCODE_NOERROR 0
#define RCODE_NXDOMAIN 3
#define RESOLV_CONF_MAX (64 * 1024)

struct wax_unbound {
	struct wax_resolver resolver; /* first: what the port points to */
	struct ub_ctx *ctx;           /* after the start: the pump's alone */
	struct wax_answers *answers;
	struct wax_recheck *recheck;
	struct wax_arena *arena;    /* as long as this */
	struct wax_text servers;    /* for the log */
	struct wax_text forwarders; /* for libunbound */
	size_t n_servers;
	struct wax_text conf; /* for libunbound */
	int wake_fd;
	bool started;
	pthread_t pump;
	atomic_bool stop;
	atomic_uint_fast64_t ticks;
};

/*
 * What libunbound reads as its configuration; the forwarders follow. Each
 * line is there because of what happens without it (test_unbound.c).
 */
static const char settings[] =
    "server:\n"
    /* Without it libunbound asks at no port but 53 of this machine. */
    "do-not-query-localhost: no\n"
    /* The validator would only cost: it has no anchors. */
    "module-config: \"iterator\"\n"
    /* Reverse zones of private networks would be answered with NXDOMAIN. */
    "unblock-lan-zones: yes\n"
    "insecure-lan-zones: yes\n"
    /* A forwarder that was away would count as away for half a minute or
     * more after its return. */
    "infra-keep-probing: yes\n"
    /* 16 questions in flight: a few dead names would stop all others. */
    "num-queries-per-thread: 4096\n"
    "outgoing-num-tcp: 64\n";

/*
 * How long libunbound waits for a forwarder that it does not know, and at
 * least for any other, in milliseconds; then it asks again and waits twice as
 * long. A forwarder that is away is asked at ever longer intervals, so that
 * the longer this is, the later its return is noticed (with 1 s after up to
 * 8 s). It does no harm to one that needs longer for a name, because it
 * answers the repeated question, too.
 */
#define PATIENCE_MS 400
/*
 * How long that experience is kept, in seconds. Of a single forwarder's
 * silence nothing good can be learnt. Of several the dead ones should be
 * remembered: with two of three dead, a memory of one second makes some
 * answers late by 10 s, this by 2 s.
 */
#define MEMORY_ONE 1
#define MEMORY_SEVERAL 5

/* Our table is the cache. libunbound's would keep failures for 5 s. */
static const char forward_zone[] = "forward-zone:\n"
                                   "name: \".\"\n"
                                   "forward-no-cache: yes\n";

/* Zones that are built into libunbound. */
static const char *const built_in[] = { "test.", "invalid.", "onion.",
	"home.arpa.", "localhost.", "127.in-addr.arpa.",
	("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
	 ".ip6.arpa.") };

static struct wax_unbound *
unbound_of(struct wax_resolver *resolver)
{
	return (struct wax_unbound *)(void *)resolver;
}

/* --- the pump ---------------------------------------------------------- */

static void
wake(void *arg)
{
	struct wax_unbound *unbound = arg;
	uint64_t one = 1;

	/* Fails only if the count is full, and then the pump is awake. */
	if (write(unbound->wake_fd, &one, sizeof one) < 0)
		WAX_ASSERT(errno == EAGAIN || errno == EINTR);
}

static bool
is_same_name(const char *canonical, struct wax_str qname)
{
	struct wax_str name = wax_str_of(canonical);

	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	return wax_str_ieq(name, qname);
}

static const struct wax_answer *
failure(enum wax_rrtype type)
{
	return wax_answer_new(WAX_DNS_TEMPFAIL, type, false, 0, 0, NULL);
}

static const struct wax_answer *
read_result(const struct wax_asked *asked, const struct ub_result *result)
{
	struct wax_wire wire[WAX_DNS_RECORDS_MAX];
	uint32_t ttl = result->ttl > 0 ? (uint32_t)result->ttl : 0;
	size_t n = 0;
	bool alias;

	if (result->bogus ||
	    (result->rcode != RCODE_NOERROR && result->rcode != RCODE_NXDOMAIN))
		return failure(asked->type);
	for (; result->data != NULL && result->data[n] != NULL; n++) {
		if (n == WAX_DNS_RECORDS_MAX || result->len[n] < 0)
			return failure(asked->type);
		wire[n] = (struct wax_wire){ .p = result->data[n],
			.n = (size_t)result->len[n] };
	}
	/* libunbound follows aliases; the name at the end tells of them. */
	alias = (result->canonname != NULL && result->canonname[0] != '\0' &&
	            !is_same_name(result->canonname, asked->qname)) ||
	        (n > 0 && asked->type == WAX_RR_CNAME);
	if (n > 0)
		return wax_answer_new(
		    WAX_DNS_OK, asked->type, alias, ttl, n, wire);
	/* A lame forwarder must not make "no policy" out of every question. */
	if (!result->nxdomain && wax_packet_is_referral(result->answer_packet,
	                             (size_t)result->answer_len))
		return failure(asked->type);
	/* Without a SOA record nothing says how long nothing is true: cached
	 * answers of some forwarders have none, so it is an answer. */
	ttl = wax_packet_negative_ttl(
	    result->answer_packet, (size_t)result->answer_len);
	return wax_answer_new(
	    result->nxdomain ? WAX_DNS_NXDOMAIN : WAX_DNS_NODATA, asked->type,
	    alias, ttl, 0, NULL);
}

/*
 * Everything but letters, digits, hyphen and underscore is written as \DDD,
 * so that no octet of a name means something to libunbound's parser.
 */
static const char *
presentation(struct wax_arena *arena, struct wax_str qname)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < qname.n; i++) {
		char c = qname.p[i];

		if (wax_is_alpha(c) || wax_is_digit(c) || c == '-' ||
		    c == '_' || c == '.')
			wax_text_addc(&text, c);
		else
			wax_text_addf(&text, "\\%03u", (unsigned char)c);
	}
	if (qname.p[qname.n - 1] != '.')
		wax_text_addc(&text, '.');
	return text.p;
}

/* Nothing, in a form in which libunbound's own work is not seen. */
static bool
is_doubtful(const struct wax_answer *answer, const struct ub_result *result)
{
	return answer->status == WAX_DNS_NODATA &&
	       wax_packet_has_no_authority(
	           result->answer_packet, (size_t)result->answer_len);
}

static void
on_result(void *arg, int error, struct ub_result *result)
{
	const struct wax_asked *asked = arg;
	struct wax_unbound *unbound = asked->asker;
	const struct wax_answer *answer;

	if (error != 0 || result == NULL)
		answer = failure(asked->type);
	else
		answer = read_result(asked, result);
	if (result != NULL && is_doubtful(answer, result))
		wax_recheck_ask(unbound->recheck, asked, answer,
		    result->answer_packet, (size_t)result->answer_len,
		    wax_clock_ms());
	else
		wax_answers_give(unbound->answers, asked, answer);
	ub_resolve_free(result);
}

static void
ask(struct wax_unbound *unbound, struct wax_arena *arena,
    const struct wax_asked *asked)
{
	/* libunbound only hands it back. */
	void *arg = (void *)(uintptr_t)asked;

	if (ub_resolve_async(unbound->ctx, presentation(arena, asked->qname),
	        (int)asked->type, CLASS_IN, arg, on_result, NULL) != 0)
		wax_answers_give(unbound->answers, asked, failure(asked->type));
}

static void *
run_pump(void *arg)
{
	struct wax_unbound *unbound = arg;
	struct wax_arena *arena = wax_arena_new("resolver", 1024);
	struct pollfd fds[] = {
		{ .fd = ub_fd(unbound->ctx), .events = POLLIN },
		{ .fd = unbound->wake_fd, .events = POLLIN },
		{ .fd = wax_recheck_fd(unbound->recheck), .events = POLLIN },
	};
	const struct wax_asked *asked;
	uint64_t count;

	while (!atomic_load(&unbound->stop)) {
		int ready = poll(fds, 3,
		    wax_recheck_timeout_ms(
		        unbound->recheck, wax_clock_ms(), TICK_MS));

		atomic_fetch_add(&unbound->ticks, 1);
		wax_recheck_process(unbound->recheck, wax_clock_ms());
		if (ready <= 0)
			continue;
		/* First the count, then the table: nothing is missed. */
		if (fds[1].revents != 0 &&
		    read(unbound->wake_fd, &count, sizeof count) < 0)
			WAX_ASSERT(errno == EAGAIN || errno == EINTR);
		while ((asked = wax_answers_take(unbound->answers)) != NULL) {
			ask(unbound, arena, asked);
			wax_arena_reset(arena);
		}
		if (fds[0].revents != 0)
			(void)ub_process(unbound->ctx); /* fails: next time */
	}
	wax_arena_free(arena);
	return NULL;
}

/* --- the port ---------------------------------------------------------- */

static bool
is_askable(struct wax_str qname)
{
	if (qname.n > 0 && qname.p[qname.n - 1] == '.')
		qname.n--;
	return wax_qname_is_askable(qname);
}

static const struct wax_answer *
impossible(struct wax_arena *arena, enum wax_rrtype type)
{
	const struct wax_answer *answer =
	    wax_answer_new(WAX_DNS_NXDOMAIN, type, false, 0, 0, NULL);
	const struct wax_answer *held = wax_answer_hold(arena, answer);

	wax_answer_unref(answer);
	return held;
}

static void
unbound_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	WAX_ASSERT(unbound_of(resolver)->started);
	if (is_askable(qname))
		wax_answers_prefetch(
		    unbound_of(resolver)->answers, qname, type);
}

static const struct wax_answer *
unbound_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	if (!is_askable(qname))
		return impossible(arena, type);
	return wax_answers_peek(
	    unbound_of(resolver)->answers, arena, qname, type);
}

static const struct wax_answer *
unbound_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	WAX_ASSERT(unbound_of(resolver)->started);
	if (!is_askable(qname))
		return impossible(arena, type);
	return wax_answers_lookup(
	    unbound_of(resolver)->answers, arena, qname, type, deadline);
}

static bool
unbound_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	(void)resolver;
	(void)deadline;
	return false;
}

static const struct wax_resolver_ops unbound_ops = {
	.prefetch = unbound_prefetch,
	.peek = unbound_peek,
	.lookup = unbound_lookup,
	.wait_any = unbound_wait_any,
};

struct wax_resolver *
wax_unbound_resolver(struct wax_unbound *unbound)
{
	return &unbound->resolver;
}

bool
wax_unbound_probe(struct wax_unbound *unbound, wax_deadline deadline)
{
	struct wax_arena *arena = wax_arena_new("probe", 256);
	bool answers;

	WAX_ASSERT(unbound->started);
	answers = wax_answers_lookup(unbound->answers, arena, WAX_STR("."),
	              WAX_RR_NS, deadline)
	              ->status != WAX_DNS_TEMPFAIL;
	wax_arena_free(arena);
	return answers;
}

const char *
wax_unbound_servers(const struct wax_unbound *unbound)
{
	return unbound->servers.p;
}

uint64_t
wax_unbound_ticks(const struct wax_unbound *unbound)
{
	return atomic_load(&unbound->ticks);
}

void
wax_unbound_count(
    const struct wax_unbound *unbound, struct wax_answers_counters *out)
{
	wax_answers_count(unbound->answers, out);
}

/* --- opening ----------------------------------------------------------- */

/* The zone of a link-local address, "%eth0": RFC 4007 s11. */
static bool
is_address_zone(struct wax_str zone)
{
	for (size_t i = 1; i < zone.n; i++)
		if (!wax_is_alpha(zone.p[i]) && !wax_is_digit(zone.p[i]) &&
		    zone.p[i] != '.' && zone.p[i] != '-' && zone.p[i] != '_')
			return false;
	return zone.n != 1;
}

/* Add "ADDR" or "ADDR@PORT"; false if it is neither. */
static bool
add_server(struct wax_unbound *unbound, struct wax_str server)
{
	size_t at = wax_str_find(server, '@');
	struct wax_str address = wax_str_head(server, at), zone, text;
	unsigned long port = 53;
	struct wax_ip ip;

	if (at < server.n &&
	    (!wax_str_number(wax_str_from(server, at + 1), 65535, &port) ||
	        port == 0))
		return false;
	zone = wax_str_from(address, wax_str_find(address, '%'));
	address = wax_str_head(address, address.n - zone.n);
	if (!wax_ip_parse(address, &ip) || !is_address_zone(zone))
		return false;
	/* Nothing of the text as it was given gets into the file. */
	text = wax_textf(unbound->arena, "%.*s%.*s@%lu",
	    WAX_FMT(wax_ip_format(unbound->arena, ip)), WAX_FMT(zone), port);
	wax_text_addf(
	    &unbound->forwarders, "forward-addr: %.*s\n", WAX_FMT(text));
	wax_recheck_add_server(
	    unbound->recheck, ip, wax_str_from(zone, 1), (uint16_t)port);
	unbound->n_servers++;
	if (unbound->servers.n > 0)
		wax_text_addz(&unbound->servers, ", ");
	if (port == 53)
		text.n = wax_str_rfind(text, '@');
	wax_text_add(&unbound->servers, text);
	return true;
}

/* The lines "nameserver ADDR" of resolv.conf(5); odd ones are skipped. */
static void
add_resolv_conf(struct wax_unbound *unbound, struct wax_str text)
{
	struct wax_str line, word;

	while (wax_str_cut(&text, '\n', &line)) {
		line = wax_str_trim(line);
		if (!wax_str_starts(line, WAX_STR("nameserver")))
			continue;
		word = wax_str_from(line, sizeof "nameserver" - 1);
		if (word.n == 0 || !wax_is_blank(word.p[0]))
			continue;
		word = wax_str_trim(word);
		for (size_t i = 0; i < word.n; i++)
			if (wax_is_blank(word.p[i]))
				word.n = i;
		(void)add_server(unbound, word); /* skipped */
	}
}

static enum wax_status
add_system_servers(
    struct wax_unbound *unbound, const char *path, struct wax_err *err)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t n;

	/* resolv.conf(5): without the file, or without a server in it, the
	 * name server of the local machine. */
	if (file == NULL && errno != ENOENT)
		return wax_fail(err, WAX_E_IO,
		    "resolver: cannot read %s: %s; name the servers with "
		    "resolver = [\"ADDR@PORT\"]",
		    path, strerror(errno));
	if (file != NULL) {
		text = wax_alloc(unbound->arena, RESOLV_CONF_MAX, 1);
		n = fread(text, 1, RESOLV_CONF_MAX, file);
		(void)fclose(file); /* only read */
		add_resolv_conf(unbound, (struct wax_str){ text, n });
	}
	if (unbound->servers.n == 0 &&
	    !add_server(unbound, WAX_STR("127.0.0.1")))
		return wax_fail(err, WAX_E_IO,
		    "resolver: libunbound does not take 127.0.0.1");
	return WAX_OK;
}

static enum wax_status
add_servers(struct wax_unbound *unbound,
    const struct wax_unbound_options *options, struct wax_err *err)
{
	if (options->n_servers == 0)
		return add_system_servers(unbound,
		    options->resolv_conf != NULL ? options->resolv_conf
		                                 : "/etc/resolv.conf",
		    err);
	for (size_t i = 0; i < options->n_servers; i++)
		if (!add_server(unbound, options->server[i]))
			return wax_fail(err, WAX_E_CONFIG,
			    "resolver: \"%.*s\" is not the address of a name "
			    "server; write ADDR or ADDR@PORT, for example "
			    "\"127.0.0.1@53\" or \"::1\"",
			    WAX_FMT(options->server[i]));
	return WAX_OK;
}

/* Sockets that the limit of descriptors has room for. */
static unsigned long
sockets(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur < DESCRIPTORS_LEFT + SOCKETS_MIN)
		return SOCKETS_MIN;
	if (limit.rlim_cur > DESCRIPTORS_LEFT + SOCKETS_MAX)
		return SOCKETS_MAX;
	return limit.rlim_cur - DESCRIPTORS_LEFT;
}

static void
write_conf(struct wax_unbound *unbound)
{
	wax_text_addz(&unbound->conf, settings);
	wax_text_addf(&unbound->conf, "infra-cache-min-rtt: %d\n", PATIENCE_MS);
	wax_text_addf(
	    &unbound->conf, "unknown-server-time-limit: %d\n", PATIENCE_MS);
	wax_text_addf(&unbound->conf, "infra-host-ttl: %d\n",
	    unbound->n_servers == 1 ? MEMORY_ONE : MEMORY_SEVERAL);
	wax_text_addf(&unbound->conf, "outgoing-range: %lu\n", sockets());
	wax_text_addz(&unbound->conf, forward_zone);
	wax_text_add(&unbound->conf, wax_text_str(&unbound->forwarders));
}

/*
 * libunbound reads most settings from a file only: one without a name. It
 * also reads them one context at a time: open is not for several threads.
 */
static enum wax_status
read_conf(struct wax_unbound *unbound, struct wax_err *err)
{
	struct wax_text path;
	int fd = memfd_create("resolver.conf", MFD_CLOEXEC);
	ssize_t written;
	int error;

	if (fd < 0)
		return wax_fail(err, WAX_E_IO,
		    "resolver: cannot make a file in memory: %s",
		    strerror(errno));
	wax_text_init(&path, unbound->arena);
	wax_text_addf(&path, "/proc/self/fd/%d", fd);
	written = write(fd, unbound->conf.p, unbound->conf.n);
	error = ub_ctx_config(unbound->ctx, path.p);
	(void)close(fd); /* memory only */
	if (written != (ssize_t)unbound->conf.n || error != 0)
		return wax_fail(err, WAX_E_IO,
		    "resolver: libunbound %s does not take its settings: %s "
		    "(is /proc mounted?)",
		    ub_version(), ub_strerror(error));
	return WAX_OK;
}

static enum wax_status
finalize(struct wax_unbound *unbound, struct wax_err *err)
{
	int error = ub_ctx_async(unbound->ctx, 1);

	/* Else it hides the root's name servers, and so a referral upwards:
	 * what is left says that there is nothing. (That is to protect
	 * delegations, and we follow none.) A version that does not know the
	 * setting hides nothing. */
	(void)ub_ctx_set_option(unbound->ctx, "iter-scrub-promiscuous:", "no");
	/* The first of these ends the time of settings. */
	for (size_t i = 0;
	     error == 0 && i < sizeof built_in / sizeof built_in[0]; i++)
		error = ub_ctx_zone_remove(unbound->ctx, built_in[i]);
	if (error != 0)
		return wax_fail(err, WAX_E_IO,
		    "resolver: libunbound cannot be set up: %s",
		    ub_strerror(error));
	return WAX_OK;
}

static enum wax_status
set_up(struct wax_unbound *unbound, const struct wax_unbound_options *options,
    struct wax_err *err)
{
	enum wax_status status;

	unbound->ctx = ub_ctx_create();
	unbound->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	unbound->recheck = wax_recheck_new(unbound->answers);
	if (unbound->ctx == NULL || unbound->wake_fd < 0 ||
	    unbound->recheck == NULL)
		return wax_fail(err, WAX_E_IO,
		    "resolver: libunbound cannot be opened: %s",
		    strerror(errno));
	status = add_servers(unbound, options, err);
	if (status != WAX_OK)
		return status;
	write_conf(unbound);
	status = read_conf(unbound, err);
	if (status == WAX_OK)
		status = finalize(unbound, err);
	return status;
}

struct wax_unbound *
wax_unbound_open(const struct wax_unbound_options *options, struct wax_err *err)
{
	struct wax_unbound *unbound = calloc(1, sizeof *unbound);
	struct wax_answers_options table = {
		.max_bytes = options->cache_bytes,
		.max_entries = options->cache_entries,
		.max_in_flight = IN_FLIGHT_MAX,
		.wake = wake,
		.arg = unbound,
	};

	WAX_ASSERT(unbound != NULL);
	unbound->resolver.ops = &unbound_ops;
	unbound->arena = wax_arena_new("unbound", 1024);
	wax_text_init(&unbound->servers, unbound->arena);
	wax_text_init(&unbound->forwarders, unbound->arena);
	wax_text_init(&unbound->conf, unbound->arena);
	unbound->answers = wax_answers_new(&table);
	if (set_up(unbound, options, err) == WAX_OK)
		return unbound;
	wax_unbound_close(unbound);
	return NULL;
}

enum wax_status
wax_unbound_start(struct wax_unbound *unbound, struct wax_err *err)
{
	enum wax_status status;

	WAX_ASSERT(!unbound->started);
	status = wax_thread_start(
	    &unbound->pump, "resolver", run_pump, unbound, err);
	unbound->started = status == WAX_OK;
	return status;
}

void
wax_unbound_close(struct wax_unbound *unbound)
{
	if (unbound == NULL)
		return;
	if (unbound->started) {
		atomic_store(&unbound->stop, true);
		wake(unbound);
		WAX_ASSERT(pthread_join(unbound->pump, NULL) == 0);
	}
	if (unbound->ctx != NULL)
		ub_ctx_delete(unbound->ctx);
	if (unbound->wake_fd >= 0)
		(void)close(unbound->wake_fd); /* nothing was written */
	wax_recheck_free(unbound->recheck);
	wax_answers_free(unbound->answers);
	wax_arena_free(unbound->arena);
	free(unbound);
}
