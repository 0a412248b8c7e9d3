/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/recording.h"

#include "policy/base/text.h"
#include "policy/base/vec.h"

struct asked {
	struct wax_str qname;
	enum wax_rrtype type;
	bool is_here;      /* peek shows the answer */
	bool is_forgotten; /* not part of the text */
};

struct wax_recording {
	struct wax_resolver base;
	struct wax_arena *arena;
	struct wax_resolver *inner;
	bool holds;
	WAX_VEC(struct asked) asked;
};

static struct wax_recording *
recording_of(struct wax_resolver *resolver)
{
	return (struct wax_recording *)(void *)resolver;
}

static struct asked *
find(const struct wax_recording *r, struct wax_str qname, enum wax_rrtype type)
{
	if (qname.n > 0 && qname.p[qname.n - 1] == '.')
		qname.n--;
	for (size_t i = 0; i < r->asked.n; i++)
		if (r->asked.v[i].type == type &&
		    wax_str_ieq(r->asked.v[i].qname, qname))
			return &r->asked.v[i];
	return NULL;
}

static struct asked *
note(struct wax_recording *r, struct wax_str qname, enum wax_rrtype type)
{
	struct asked *known = find(r, qname, type);

	if (known != NULL)
		return known;
	if (qname.n > 0 && qname.p[qname.n - 1] == '.')
		qname.n--;
	WAX_PUSH(r->arena, &r->asked,
	    (struct asked){ .qname = wax_str_lower(r->arena, qname),
	        .type = type,
	        .is_here = !r->holds });
	return &r->asked.v[r->asked.n - 1];
}

static void
recording_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	struct wax_recording *r = recording_of(resolver);

	(void)note(r, qname, type);
	wax_dns_prefetch(r->inner, qname, type);
}

static const struct wax_answer *
recording_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	struct wax_recording *r = recording_of(resolver);
	const struct asked *known = find(r, qname, type);

	if (known == NULL || !known->is_here)
		return NULL;
	return wax_dns_peek(r->inner, arena, qname, type);
}

static const struct wax_answer *
recording_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	struct wax_recording *r = recording_of(resolver);

	note(r, qname, type)->is_here = true;
	return wax_dns_lookup(r->inner, arena, qname, type, deadline);
}

static bool
recording_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	struct wax_recording *r = recording_of(resolver);

	(void)deadline;
	for (size_t i = 0; i < r->asked.n; i++) {
		if (r->asked.v[i].is_here)
			continue;
		r->asked.v[i].is_here = true;
		return true;
	}
	return false;
}

static const struct wax_resolver_ops recording_ops = {
	.prefetch = recording_prefetch,
	.peek = recording_peek,
	.lookup = recording_lookup,
	.wait_any = recording_wait_any,
};

struct wax_recording *
wax_recording_new(struct wax_arena *arena, struct wax_resolver *inner)
{
	struct wax_recording *r = WAX_NEW(arena, struct wax_recording);

	r->base.ops = &recording_ops;
	r->arena = arena;
	r->inner = inner;
	return r;
}

struct wax_resolver *
wax_recording_resolver(struct wax_recording *recording)
{
	return &recording->base;
}

void
wax_recording_hold(struct wax_recording *recording)
{
	recording->holds = true;
}

size_t
wax_recording_deliver(struct wax_recording *recording)
{
	size_t n = 0;

	while (recording_wait_any(&recording->base, 0))
		n++;
	return n;
}

size_t
wax_recording_count(const struct wax_recording *recording)
{
	size_t n = 0;

	for (size_t i = 0; i < recording->asked.n; i++)
		n += !recording->asked.v[i].is_forgotten;
	return n;
}

const char *
wax_recording_text(const struct wax_recording *recording)
{
	struct wax_text text;

	wax_text_init(&text, recording->arena);
	for (size_t i = 0; i < recording->asked.n; i++)
		if (!recording->asked.v[i].is_forgotten)
			wax_text_addf(&text, "%s %.*s\n",
			    wax_rrtype_word(recording->asked.v[i].type),
			    WAX_FMT(recording->asked.v[i].qname));
	return text.n > 0 ? text.p : "";
}

void
wax_recording_forget(struct wax_recording *recording)
{
	for (size_t i = 0; i < recording->asked.n; i++)
		recording->asked.v[i].is_forgotten = true;
}
