/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/auth/dmarc_world.h"

#include "policy/auth/engines_impl.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/dns/zone.h"

struct world
world_open_limited(const char *zone, size_t max_questions, size_t reserved)
{
	struct world world = { .arena = wax_arena_new("dmarc test", 0) };
	struct wax_err err = { .status = WAX_OK };
	struct wax_zone *parsed =
	    wax_zone_parse(world.arena, wax_str_of(zone), &err);

	ck_assert_msg(parsed != NULL, "%s in: %s", err.text, zone);
	world.budget = wax_budget_new(world.arena,
	    wax_zone_resolver(world.arena, parsed), max_questions, reserved);
	world.resolver = wax_budget_reserved(world.budget);
	world.general = wax_budget_general(world.budget);
	return world;
}

struct world
world_open(const char *zone)
{
	return world_open_limited(
	    zone, WAX_DNS_QUERIES_DEFAULT, WAX_DNS_QUERIES_RESERVED);
}

void
world_close(struct world *world)
{
	wax_arena_free(world->arena);
}

struct wax_domain
domain_of(struct world *world, const char *text)
{
	struct wax_domain domain = { { NULL, 0 } };

	if (text[0] != '\0')
		ck_assert_msg(
		    wax_domain_parse(world->arena, wax_str_of(text), &domain),
		    "not a domain: %s", text);
	return domain;
}

struct wax_str
world_asked(struct world *world)
{
	size_t n;
	const struct wax_question *trace = wax_budget_trace(world->budget, &n);
	struct wax_str prefix = WAX_STR("_dmarc.");
	struct wax_text line;

	wax_text_init(&line, world->arena);
	for (size_t i = 0; i < n; i++) {
		bool is_record = trace[i].type == WAX_RR_TXT &&
		                 wax_str_starts(trace[i].qname, prefix);

		if (trace[i].refused)
			continue;
		if (line.n > 0)
			wax_text_addc(&line, ' ');
		if (!is_record)
			wax_text_addf(
			    &line, "%s:", wax_rrtype_word(trace[i].type));
		wax_text_add(&line,
		    wax_str_from(trace[i].qname, is_record ? prefix.n : 0));
	}
	return wax_text_str(&line);
}

struct wax_engines *
world_engines(struct world *world, struct wax_psl *psl)
{
	struct wax_engines *engines = WAX_NEW(world->arena, struct wax_engines);

	engines->org = psl != NULL ? WAX_ORG_PSL : WAX_ORG_TREEWALK;
	engines->psl = psl;
	return engines;
}

/* "word:domain" */
static enum wax_result
read_item(struct world *world, struct wax_str item, bool *undecided,
    struct wax_domain *domain)
{
	struct wax_str word = wax_str_head(item, wax_str_find(item, ':'));
	enum wax_result result = WAX_TEMPERROR;

	if (wax_str_find(item, ':') + 1 < item.n)
		ck_assert(wax_domain_parse(
		    world->arena, wax_str_from(item, word.n + 1), domain));
	*undecided = wax_str_eq(word, WAX_STR("temp"));
	if (!*undecided)
		ck_assert(wax_result_parse(word, &result));
	return result;
}

struct wax_dmarc_result
world_judge_psl(struct world *world, struct wax_psl *psl, const char *author,
    const char *spf, const char *dkim)
{
	struct wax_spf_result spf_result = { .scope = WAX_SPF_MAILFROM };
	WAX_VEC(struct wax_dkim_signature) signatures = { 0 };
	struct wax_dmarc_query query = { .author_status = WAX_AUTHOR_OK,
		.author_domain = domain_of(world, author),
		.spf = &spf_result };
	struct wax_str rest = wax_str_of(dkim), item;

	if (spf[0] != '\0')
		spf_result.result = read_item(world, wax_str_of(spf),
		    &spf_result.undecided, &spf_result.domain);
	while (rest.n > 0 && wax_str_cut(&rest, ' ', &item)) {
		struct wax_dkim_signature one = { .result = WAX_NONE };

		one.result = read_item(world, item, &one.undecided, &one.sdid);
		WAX_PUSH(world->arena, &signatures, one);
	}
	query.n_dkim = signatures.n;
	query.dkim = signatures.v;
	return wax_dmarc_evaluate(world->arena, world_engines(world, psl),
	    world->resolver, world->general, &query, 0);
}

struct wax_dmarc_result
world_judge(
    struct world *world, const char *author, const char *spf, const char *dkim)
{
	return world_judge_psl(world, NULL, author, spf, dkim);
}

struct wax_dmarc_result
world_evaluate(struct world *world, const struct wax_dmarc_query *query)
{
	return wax_dmarc_evaluate(world->arena, world_engines(world, NULL),
	    world->resolver, world->general, query, 0);
}

struct wax_str
world_shape(struct world *world, const struct wax_dmarc_result *r)
{
	struct wax_text s;

	wax_text_init(&s, world->arena);
	wax_text_addz(&s, wax_result_word(r->result));
	if (r->has_record) {
		wax_text_addf(&s, " %.*s %s=%s", WAX_FMT(r->policy_domain.text),
		    r->applied_tag, wax_dmarc_policy_word(r->published));
		if (r->policy != r->published)
			wax_text_addf(
			    &s, " t=%s", wax_dmarc_policy_word(r->policy));
	}
	if (r->spf_aligned || r->dkim_aligned)
		wax_text_addz(&s, " by");
	if (r->spf_aligned)
		wax_text_addz(&s, " spf");
	if (r->dkim_aligned)
		wax_text_addf(&s, " dkim#%zu", r->aligned_signature);
	if (r->least != r->policy || r->most != r->policy)
		wax_text_addf(&s, " least=%s most=%s",
		    wax_dmarc_policy_word(r->least),
		    wax_dmarc_policy_word(r->most));
	wax_text_addz(&s, r->undecided_spf ? " spf?" : "");
	wax_text_addz(&s, r->undecided_dkim ? " dkim?" : "");
	wax_text_addz(&s, r->undecided_policy ? " policy?" : "");
	wax_text_addz(&s, r->could_pass ? " pass?" : "");
	wax_text_addz(&s, r->limit_hit ? " limit" : "");
	wax_text_addz(&s, r->only_limit ? " only" : "");
	return wax_text_str(&s);
}
