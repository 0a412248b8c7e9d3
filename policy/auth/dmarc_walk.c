/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_walk.c - which names a walk asks, and what their answers say.
 *
 * An answer that a name does not exist prunes nothing: the names that follow
 * are shorter, and RFC 8020 speaks of longer ones.
 */
#include "policy/auth/dmarc_walk.h"

#include "policy/base/text.h"

size_t
wax_walk_domains(struct wax_domain start, struct wax_domain out[WAX_WALK_MAX])
{
	size_t labels = wax_domain_labels(start), n = 0;

	out[n++] = start;
	/* RFC 9989 s4.10: from eight labels on the walk jumps to seven. */
	if (labels > WAX_WALK_KEEP_LABELS)
		labels = WAX_WALK_KEEP_LABELS + 1;
	while (labels-- > 1)
		out[n++] = wax_domain_suffix(start, labels);
	return n;
}

static struct wax_str
record_name(struct wax_arena *arena, struct wax_domain domain)
{
	return wax_textf(arena, "_dmarc.%.*s", WAX_FMT(domain.text));
}

void
wax_walk_prefetch_one(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain domain)
{
	wax_dns_prefetch(resolver, record_name(arena, domain), WAX_RR_TXT);
}

void
wax_walk_prefetch(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain start)
{
	struct wax_domain domains[WAX_WALK_MAX];
	size_t n = wax_walk_domains(start, domains);

	for (size_t i = 0; i < n; i++)
		wax_walk_prefetch_one(arena, resolver, domains[i]);
}

/*
 * The one DMARC Policy Record among the TXT records of a name; other texts
 * do not count, and several records count as none.     RFC 9989 s4.7, s4.10
 */
static bool
find_record(const struct wax_answer *answer, struct wax_str *out)
{
	size_t found = 0;

	for (size_t i = 0; i < answer->n; i++) {
		if (!wax_dmarc_record_is(answer->rr[i].txt.text))
			continue;
		*out = answer->rr[i].txt.text;
		found++;
	}
	return found == 1;
}

/* An alias is there, whatever it leads to. */
bool
wax_answer_shows_name(const struct wax_answer *answer)
{
	return answer->status == WAX_DNS_OK ||
	       answer->status == WAX_DNS_NODATA || answer->alias;
}

static void
add_gap(struct wax_walk *walk, struct wax_domain domain, bool limit)
{
	walk->gap[walk->n_gaps++] =
	    (struct wax_walk_gap){ .domain = domain, .limit = limit };
	if (limit)
		walk->limit_hit = true;
	else
		walk->incomplete = true;
}

void
wax_walk_ask(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain domain, wax_deadline deadline, struct wax_walk *walk)
{
	const struct wax_answer *answer = wax_dns_lookup(
	    resolver, arena, record_name(arena, domain), WAX_RR_TXT, deadline);
	struct wax_str text = { NULL, 0 };

	if (wax_domain_eq(domain, walk->start) && wax_answer_shows_name(answer))
		walk->start_exists = true;
	if (answer->status == WAX_DNS_TEMPFAIL ||
	    answer->status == WAX_DNS_LIMIT) {
		add_gap(walk, domain, answer->status == WAX_DNS_LIMIT);
		return;
	}
	if (find_record(answer, &text)) {
		struct wax_walk_step *step = &walk->step[walk->n++];

		step->domain = domain;
		step->record = wax_dmarc_record_parse(arena, text);
		walk->stopped = step->record.psd != WAX_PSD_UNKNOWN;
	}
}

struct wax_walk
wax_walk_begin(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain start, wax_deadline deadline)
{
	struct wax_walk walk = { .start = start };

	wax_walk_ask(arena, resolver, start, deadline, &walk);
	return walk;
}

void
wax_walk_complete(struct wax_arena *arena, struct wax_resolver *resolver,
    wax_deadline deadline, struct wax_walk *walk)
{
	struct wax_domain domains[WAX_WALK_MAX];
	size_t n = wax_walk_domains(walk->start, domains);

	for (size_t i = 1; i < n && !walk->stopped; i++)
		wax_walk_ask(arena, resolver, domains[i], deadline, walk);
}

struct wax_walk
wax_walk_run(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain start, wax_deadline deadline)
{
	struct wax_walk walk = wax_walk_begin(arena, resolver, start, deadline);

	wax_walk_complete(arena, resolver, deadline, &walk);
	return walk;
}

static bool
has_gap(const struct wax_walk *walk, struct wax_domain domain)
{
	for (size_t i = 0; i < walk->n_gaps; i++)
		if (wax_domain_eq(walk->gap[i].domain, domain))
			return true;
	return false;
}

const struct wax_walk *
wax_walk_supposing(const struct wax_walk *walk,
    const struct wax_walk_step *step, struct wax_walk *room)
{
	size_t i = 0;

	if (!has_gap(walk, step->domain))
		return walk;
	*room = *walk;
	/* All names are suffixes of one: the longer text is the longer name. */
	while (i < walk->n && walk->step[i].domain.text.n > step->domain.text.n)
		i++;
	room->step[i] = *step;
	room->n = i + 1;
	/* A walk ends with psd=y or psd=n. */
	room->stopped = step->record.psd != WAX_PSD_UNKNOWN;
	if (room->stopped)
		return room;
	for (; i < walk->n; i++)
		room->step[room->n++] = walk->step[i];
	room->stopped = walk->stopped;
	return room;
}

struct wax_domain
wax_walk_org_domain(const struct wax_walk *walk)
{
	const struct wax_walk_step *last;

	if (walk->n == 0)
		return walk->start;
	/* Psd=y and psd=n end a walk, so only the last record can say so. */
	last = &walk->step[walk->n - 1];
	if (last->record.psd != WAX_PSD_YES ||
	    wax_domain_eq(last->domain, walk->start))
		return last->domain;
	/* One label below, seen from the start: the jump over the middle of
	 * a long name may have passed it by. */
	return wax_domain_suffix(
	    walk->start, wax_domain_labels(last->domain) + 1);
}

/*
 * All registrants of a top-level domain would be one organization; below one
 * like "uk" two labels would still be many. What is left without its record
 * is what counts, as far as there is any.
 */
struct wax_domain
wax_walk_guarded_org_domain(const struct wax_walk *walk)
{
	struct wax_domain org = wax_walk_org_domain(walk);

	if (wax_domain_labels(org) > 1)
		return org;
	return walk->n > 1 ? walk->step[walk->n - 2].domain
	                   : wax_domain_suffix(walk->start, 2);
}

const struct wax_walk_step *
wax_walk_find(const struct wax_walk *walk, struct wax_domain domain)
{
	for (size_t i = 0; i < walk->n; i++)
		if (wax_domain_eq(walk->step[i].domain, domain))
			return &walk->step[i];
	return NULL;
}
