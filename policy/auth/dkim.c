/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of one message's DKIM evaluation. Up to the finish it only
 * collects, chooses and hashes.
 */
#include "policy/auth/dkim.h"

#include "policy/auth/dkim_impl.h"

struct wax_dkim *
wax_dkim_open(struct wax_arena *arena, const struct wax_engines *engines,
    struct wax_resolver *resolver, const struct wax_dkim_options *options)
{
	struct wax_dkim *dkim = WAX_NEW(arena, struct wax_dkim);

	dkim->arena = arena;
	dkim->engines = engines;
	dkim->resolver = resolver;
	dkim->options = *options;
	return dkim;
}

void
wax_dkim_field(
    struct wax_dkim *dkim, struct wax_str name, struct wax_str raw_value)
{
	struct wax_field field = { .name = name, .raw = raw_value };

	WAX_ASSERT(!dkim->at_body);
	if (wax_field_is(&field, WAX_STR("DKIM-Signature")))
		WAX_PUSH(dkim->arena, &dkim->positions, dkim->fields.n);
	WAX_PUSH(dkim->arena, &dkim->fields, field);
}

void
wax_dkim_decide(
    struct wax_dkim_entry *entry, enum wax_result result, const char *reason)
{
	entry->out.result = result;
	entry->out.reason = wax_str_of(reason);
}

static void
read_entry(struct wax_dkim *dkim, struct wax_dkim_entry *entry)
{
	entry->tags = wax_dkim_tags_parse(dkim->arena,
	    dkim->fields.v[entry->position].raw, dkim->options.now,
	    dkim->options.max_signed_names);
	entry->out.sdid = entry->tags.sdid;
	entry->out.selector = entry->tags.selector;
	entry->out.auid = entry->tags.auid;
	entry->out.algorithm = entry->tags.algorithm;
	entry->out.limit_hit = entry->tags.limit_hit;
	wax_dkim_decide(entry, entry->tags.verdict, entry->tags.reason);
}

bool
wax_dkim_eoh(struct wax_dkim *dkim, struct wax_domain author)
{
	WAX_ASSERT(!dkim->at_body);
	dkim->at_body = true;
	wax_dkim_list(dkim, author);
	for (size_t i = 0; i < dkim->n; i++)
		read_entry(dkim, &dkim->entry[i]);
	wax_dkim_set_prefixes(dkim);
	wax_dkim_choose(dkim, author);
	return wax_dkim_choose_bodies(dkim);
}

void
wax_dkim_body(struct wax_dkim *dkim, struct wax_str chunk)
{
	WAX_ASSERT(dkim->at_body);
	for (size_t i = 0; i < dkim->bodies.n; i++)
		if (dkim->bodies.v[i].is_needed)
			wax_body_hash_add(dkim->bodies.v[i].hash, chunk);
}

const struct wax_dkim_signature *
wax_dkim_finish(struct wax_dkim *dkim, wax_deadline deadline, size_t *n)
{
	struct wax_dkim_signature *results;

	if (!dkim->at_body) /* a message that ended early */
		(void)wax_dkim_eoh(dkim, (struct wax_domain){ { NULL, 0 } });
	for (size_t i = 0; i < dkim->bodies.n; i++)
		wax_body_hash_end(
		    dkim->bodies.v[i].hash, dkim->bodies.v[i].digest);
	wax_dkim_verify_chosen(dkim, deadline);
	results = wax_alloc(dkim->arena, dkim->n + 1, sizeof *results);
	for (size_t i = 0; i < dkim->n; i++)
		results[i] = dkim->entry[i].out;
	*n = dkim->n;
	return results;
}
