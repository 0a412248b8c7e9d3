/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unbound.h - the DNS port over libunbound: one context, one thread.
 *
 * The thread ("pump") is the only one that talks to libunbound; others put
 * their questions into the table of answers.h and wait there, so that no
 * deadline depends on a library. Questions go to forwarders; we do not walk
 * from the root, do not validate (a local validating resolver does) and read
 * neither /etc/hosts nor a search list: names are absolute.
 *
 * What libunbound answers by itself otherwise (test., invalid., the reverse
 * zones of private networks) is asked like everything else.
 */
#ifndef WAX_MILTER_RESOLVER_UNBOUND_H
#define WAX_MILTER_RESOLVER_UNBOUND_H

#include "milter/resolver/answers.h"
#include "policy/dns/resolver.h"

struct wax_unbound;

struct wax_unbound_options {
	/* "ADDR" or "ADDR@PORT"; none: those of resolv_conf. */
	size_t n_servers;
	const struct wax_str *server;
	const char *resolv_conf; /* NULL: /etc/resolv.conf */
	/* Bounds of what is kept. */
	size_t cache_bytes, cache_entries;
};

/*
 * Read and check everything; starts no thread, so that it may be called
 * before privileges and file access are given up. NULL: WAX_E_CONFIG says
 * which server is wrong, WAX_E_IO what the system refused.
 */
struct wax_unbound *wax_unbound_open(const struct wax_unbound_options *options,
    struct wax_err *err) WAX_MUST_USE;

/* Start the thread. Before, nothing may be asked. */
enum wax_status wax_unbound_start(
    struct wax_unbound *unbound, struct wax_err *err) WAX_MUST_USE;

/* End the thread and free all. Nobody may ask or wait any more. A daemon
 * that ends does not need it. NULL is allowed. */
void wax_unbound_close(struct wax_unbound *unbound);

/* The port, for all threads. Its wait_any is always false: budget.h keeps
 * each message's list. */
struct wax_resolver *wax_unbound_resolver(struct wax_unbound *unbound);

/* Whether it answers at all: asks for the root's name servers. */
bool wax_unbound_probe(struct wax_unbound *unbound, wax_deadline deadline);

/* "192.0.2.53, 2001:db8::53@5353", for the log. Lives as long. */
const char *wax_unbound_servers(const struct wax_unbound *unbound);

/* Grows at least once a second while the thread runs. */
uint64_t wax_unbound_ticks(const struct wax_unbound *unbound);

void wax_unbound_count(
    const struct wax_unbound *unbound, struct wax_answers_counters *out);

#endif
