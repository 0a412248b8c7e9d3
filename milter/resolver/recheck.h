/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recheck.h - asks a forwarder once more, whether nothing is nothing.
 *
 * A forwarder that answers with records of another name says nothing about
 * the one that was asked. libunbound drops such records and tells nobody; what
 * is left is an empty answer without a SOA record. Others say honestly in
 * that form that there are no such records (RFC 2308 s2.2, type 3). So such a
 * question is asked again, by ourselves, and the reply is looked at before
 * anything is dropped.
 *
 * libunbound does not say which of several forwarders answered: all are
 * asked. If one says anything but "nothing", the answer is a failure; so it
 * is if none says it in time. One that is silent is not waited for once
 * another has spoken: libunbound had its answer from one that speaks.
 *
 * Never blocks. Belongs to one thread, the pump of unbound.h, after servers
 * were added.
 */
#ifndef WAX_MILTER_RESOLVER_RECHECK_H
#define WAX_MILTER_RESOLVER_RECHECK_H

#include <stdint.h>

#include "milter/resolver/answers.h"
#include "policy/base/ip.h"

/* Sent at once, then again and again; how long each time is waited, in ms. */
#define WAX_RECHECK_WAITS_MS    \
	{                       \
		500, 1000, 1500 \
	}
/* How long for the others, once one has said that there is nothing. */
#define WAX_RECHECK_GRACE_MS 300

struct wax_recheck;

/* Answers are given to the table. NULL: the system refuses a descriptor. */
struct wax_recheck *wax_recheck_new(struct wax_answers *answers);
/* Questions under way are dropped. NULL is allowed. */
void wax_recheck_free(struct wax_recheck *recheck);

/* `zone` is that of a link-local address, "eth0", or empty. */
void wax_recheck_add_server(struct wax_recheck *recheck, struct wax_ip ip,
    struct wax_str zone, uint16_t port);

/* Readable when there is something to process. */
int wax_recheck_fd(const struct wax_recheck *recheck);
/* Until there is something to process anyway; at most `max_ms`. */
int wax_recheck_timeout_ms(
    const struct wax_recheck *recheck, int64_t now_ms, int max_ms);
void wax_recheck_process(struct wax_recheck *recheck, int64_t now_ms);

/*
 * Ask again what an answer without anything left open: `packet`, of `n`
 * octets, is that answer. `asked` is given `nothing` if that is what there
 * is, else a failure; the reference of `nothing` is taken over.
 */
void wax_recheck_ask(struct wax_recheck *recheck, const struct wax_asked *asked,
    const struct wax_answer *nothing, const void *packet, size_t n,
    int64_t now_ms);

#endif
