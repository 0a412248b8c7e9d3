/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of a message's signatures are verified: all, but for the limits. No
 * number of signatures that cannot align may push out one that can.
 */
#include "policy/auth/dkim_impl.h"
#include "policy/base/limits.h"

/* The nearer d= is to the Author Domain, the lower. */
enum rank {
	RANK_EQUAL,
	RANK_LINE,   /* above or below it, and of two labels or more */
	RANK_COUSIN, /* two labels or more are the same */
	RANK_OTHER,
	RANK_FAULTY /* not to be verified at all */
};

static enum rank
rank_of(const struct wax_dkim_tags *tags, struct wax_domain author)
{
	struct wax_domain sdid = tags->sdid;

	if (tags->verdict != WAX_NONE)
		return RANK_FAULTY;
	if (wax_domain_is_none(author))
		return RANK_OTHER;
	if (wax_domain_eq(sdid, author))
		return RANK_EQUAL;
	if (wax_domain_common(sdid, author) < 2)
		return RANK_OTHER;
	if (wax_domain_is_under(sdid, author) ||
	    wax_domain_is_under(author, sdid))
		return RANK_LINE;
	return RANK_COUSIN;
}

/* --- the list ------------------------------------------------------------- */

/*
 * The ranks of all signatures, each read in memory that is given back at
 * once: a header can hold thousands.
 */
static enum rank *
rank_all(struct wax_dkim *dkim, struct wax_domain author)
{
	enum rank *rank =
	    wax_alloc(dkim->arena, dkim->positions.n, sizeof *rank);

	for (size_t i = 0; i < dkim->positions.n; i++) {
		struct wax_arena *scratch = wax_arena_new("rank", 4096);
		struct wax_dkim_tags tags = wax_dkim_tags_parse(scratch,
		    dkim->fields.v[dkim->positions.v[i]].raw, dkim->options.now,
		    dkim->options.max_signed_names);

		rank[i] = rank_of(&tags, author);
		wax_arena_free(scratch);
	}
	return rank;
}

/* Which to list, when there are more than `max`. */
static bool *
select_nearest(struct wax_dkim *dkim, struct wax_domain author, size_t max)
{
	const enum rank *ranks = rank_all(dkim, author);
	bool *is_listed =
	    wax_alloc(dkim->arena, dkim->positions.n, sizeof *is_listed);
	size_t n = 0;

	for (enum rank rank = RANK_EQUAL; rank <= RANK_FAULTY; rank++)
		for (size_t i = 0; i < dkim->positions.n && n < max; i++)
			if (ranks[i] == rank) {
				is_listed[i] = true;
				n++;
			}
	return is_listed;
}

void
wax_dkim_list(struct wax_dkim *dkim, struct wax_domain author)
{
	size_t max = dkim->options.max_signatures > WAX_SIGNATURES_LISTED_MAX
	                 ? dkim->options.max_signatures
	                 : WAX_SIGNATURES_LISTED_MAX;
	const bool *is_listed =
	    dkim->positions.n > max ? select_nearest(dkim, author, max) : NULL;

	if (dkim->positions.n < max)
		max = dkim->positions.n;
	dkim->entry = wax_alloc(dkim->arena, max + 1, sizeof *dkim->entry);
	for (size_t i = 0; i < dkim->positions.n; i++)
		if (is_listed == NULL || is_listed[i])
			dkim->entry[dkim->n++].position = dkim->positions.v[i];
}

/* --- the choice ----------------------------------------------------------- */

/* What the limits have left. */
struct budget {
	size_t signatures;
	size_t keys;
	WAX_VEC(struct wax_str) asked; /* names of keys */
};

static void
skip(struct wax_dkim_entry *entry, const char *reason)
{
	wax_dkim_decide(entry, WAX_POLICY, reason);
	entry->out.limit_hit = true;
}

static bool
is_asked(const struct budget *budget, struct wax_str qname)
{
	for (size_t i = 0; i < budget->asked.n; i++)
		if (wax_str_eq(budget->asked.v[i], qname))
			return true;
	return false;
}

/* The index of the body hash that a signature needs, opened if need be;
 * false if that is one too many. */
static bool
find_body(struct wax_dkim *dkim, const struct wax_dkim_tags *tags, size_t *out)
{
	struct wax_dkim_body body = { .canon = tags->body_canon,
		.limit = tags->body_limit };

	for (*out = 0; *out < dkim->bodies.n; ++*out)
		if (dkim->bodies.v[*out].canon == body.canon &&
		    dkim->bodies.v[*out].limit == body.limit)
			return true;
	if (dkim->bodies.n >= dkim->options.max_body_hashes)
		return false;
	body.hash = wax_body_hash_new(dkim->arena, body.canon, body.limit);
	WAX_PUSH(dkim->arena, &dkim->bodies, body);
	return true;
}

static void
choose_one(
    struct wax_dkim *dkim, struct budget *budget, struct wax_dkim_entry *entry)
{
	bool is_new = !is_asked(budget, entry->tags.qname);

	if (budget->signatures == 0) {
		skip(entry, "not verified: too many signatures");
		return;
	}
	if (is_new && budget->keys == 0) {
		skip(entry, "not verified: too many keys");
		return;
	}
	if (!find_body(dkim, &entry->tags, &entry->body)) {
		skip(entry, "not verified: too many body hashes");
		return;
	}
	entry->chosen = true;
	budget->signatures--;
	if (!is_new)
		return;
	budget->keys--;
	WAX_PUSH(dkim->arena, &budget->asked, entry->tags.qname);
	wax_dns_prefetch(dkim->resolver, entry->tags.qname, WAX_RR_TXT);
}

void
wax_dkim_choose(struct wax_dkim *dkim, struct wax_domain author)
{
	struct budget budget = { .signatures = dkim->options.max_signatures,
		.keys = dkim->options.max_key_lookups };

	for (enum rank rank = RANK_EQUAL; rank <= RANK_OTHER; rank++)
		for (size_t i = 0; i < dkim->n; i++) {
			struct wax_dkim_entry *entry = &dkim->entry[i];

			if (rank_of(&entry->tags, author) == rank)
				choose_one(dkim, &budget, entry);
		}
}

/* Whether it is known by now that there is no key: permerror, whatever the
 * body is. The message keeps what it was answered. RFC 6376 s6.1.2 */
static bool
has_no_key(struct wax_dkim *dkim, const struct wax_dkim_entry *entry)
{
	const struct wax_answer *answer = wax_dns_peek(
	    dkim->resolver, dkim->arena, entry->tags.qname, WAX_RR_TXT);

	return answer != NULL && (answer->status == WAX_DNS_NODATA ||
	                             answer->status == WAX_DNS_NXDOMAIN);
}

bool
wax_dkim_choose_bodies(struct wax_dkim *dkim)
{
	bool any = false;

	for (size_t i = 0; i < dkim->n; i++) {
		const struct wax_dkim_entry *entry = &dkim->entry[i];

		if (!entry->chosen || has_no_key(dkim, entry))
			continue;
		dkim->bodies.v[entry->body].is_needed = true;
		any = true;
	}
	return any;
}
