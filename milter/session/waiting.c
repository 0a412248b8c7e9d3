/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/session/waiting.h"

#include "milter/sys/clock.h"

/* The resolver is the first member. */
static struct wax_waiting *
waiting_of(struct wax_resolver *resolver)
{
	return (struct wax_waiting *)resolver;
}

static void
prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	wax_dns_prefetch(waiting_of(resolver)->shared, qname, type);
}

static const struct wax_answer *
peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	return wax_dns_peek(waiting_of(resolver)->shared, arena, qname, type);
}

static void
before_wait(struct wax_waiting *waiting)
{
	if (waiting->has_waited || waiting->on_wait == NULL)
		return;
	waiting->has_waited = true;
	waiting->on_wait(waiting->arg);
}

static const struct wax_answer *
lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	struct wax_waiting *waiting = waiting_of(resolver);
	int64_t began = wax_clock_ms();
	const struct wax_answer *answer =
	    wax_dns_peek(waiting->shared, arena, qname, type);

	if (answer != NULL)
		return answer;
	before_wait(waiting);
	answer = wax_dns_lookup(waiting->shared, arena, qname, type, deadline);
	waiting->waited_ms += wax_clock_ms() - began;
	return answer;
}

static bool
wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	struct wax_waiting *waiting = waiting_of(resolver);
	int64_t began = wax_clock_ms();
	bool more;

	before_wait(waiting);
	more = waiting->shared->ops->wait_any(waiting->shared, deadline);
	waiting->waited_ms += wax_clock_ms() - began;
	return more;
}

void
wax_waiting_init(struct wax_waiting *waiting, struct wax_resolver *shared,
    void (*on_wait)(void *arg), void *arg)
{
	static const struct wax_resolver_ops ops = { prefetch, peek, lookup,
		wait_any };

	waiting->resolver.ops = &ops;
	waiting->shared = shared;
	waiting->on_wait = on_wait;
	waiting->arg = arg;
	waiting->has_waited = false;
	waiting->waited_ms = 0;
}
