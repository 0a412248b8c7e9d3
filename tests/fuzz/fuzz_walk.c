/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DNS Tree Walk and DMARC over it, with the zone from the input: the
 * first line has the Author Domain, the domain that SPF passed and that of an
 * undecided signature; the rest is a zone. What holds for any zone: at most
 * eight questions a walk, Organizational Domains are suffixes, a pass is
 * aligned, and what is undecided could have come out differently.
 */
#include "policy/auth/dmarc.h"
#include "policy/auth/engines_impl.h"
#include "policy/dns/budget.h"
#include "policy/dns/zone.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "walk";

/* Three walks, and the existence of the Author Domain. */
#define QUESTIONS_MAX (3 * WAX_WALK_MAX + 1)

static struct wax_budget *
budget_over(struct wax_arena *arena, const struct wax_zone *zone)
{
	return wax_budget_new(arena, wax_zone_resolver(arena, zone), 100, 10);
}

static void
check_walk(struct wax_arena *arena, const struct wax_zone *zone,
    struct wax_domain start)
{
	struct wax_budget *budget = budget_over(arena, zone);
	struct wax_walk walk =
	    wax_walk_run(arena, wax_budget_reserved(budget), start, 0);
	struct wax_domain org = wax_walk_org_domain(&walk);

	WAX_ASSERT(wax_budget_asked(budget) <= WAX_WALK_MAX);
	WAX_ASSERT(walk.n + walk.n_gaps <= WAX_WALK_MAX);
	WAX_ASSERT(walk.incomplete == (walk.n_gaps > 0));
	WAX_ASSERT(wax_domain_is_under(start, org));
	for (size_t i = 0; i < walk.n; i++) {
		WAX_ASSERT(wax_domain_is_under(start, walk.step[i].domain));
		WAX_ASSERT(i + 1 == walk.n ||
		           walk.step[i].record.psd == WAX_PSD_UNKNOWN);
	}
}

static void
check_result(const struct wax_dmarc_result *r, struct wax_domain author,
    struct wax_domain spf)
{
	WAX_ASSERT(r->spf_aligned || r->result != WAX_PASS);
	WAX_ASSERT(!r->dkim_aligned && !r->limit_hit);
	WAX_ASSERT(r->least <= r->most);
	WAX_ASSERT(r->result != WAX_NONE || !r->has_record);
	WAX_ASSERT(r->result != WAX_FAIL || r->has_record);
	WAX_ASSERT(
	    !r->has_record || wax_domain_is_under(author, r->policy_domain));
	WAX_ASSERT(r->result == WAX_TEMPERROR ||
	           (r->least == r->most && !r->could_pass));
	WAX_ASSERT(
	    r->result != WAX_TEMPERROR || r->could_pass || r->least != r->most);
	if (r->spf_aligned)
		WAX_ASSERT(wax_domain_eq(author, spf) ||
		           wax_domain_common(author, spf) >= 2);
}

static void
check_dmarc(struct wax_arena *arena, const struct wax_zone *zone,
    struct wax_domain author, struct wax_domain spf, struct wax_domain dkim)
{
	struct wax_budget *budget = budget_over(arena, zone);
	struct wax_engines engines = { .org = WAX_ORG_TREEWALK };
	struct wax_spf_result spf_result = {
		.result = WAX_PASS, .scope = WAX_SPF_MAILFROM, .domain = spf
	};
	struct wax_dkim_signature signature = {
		.result = WAX_TEMPERROR, .sdid = dkim, .undecided = true
	};
	struct wax_dmarc_query query = { .author_status = WAX_AUTHOR_OK,
		.author_domain = author,
		.spf = &spf_result,
		.n_dkim = 1,
		.dkim = &signature };
	struct wax_dmarc_result result = wax_dmarc_evaluate(arena, &engines,
	    wax_budget_reserved(budget), wax_budget_general(budget), &query, 0);

	WAX_ASSERT(wax_budget_asked(budget) <= QUESTIONS_MAX);
	check_result(&result, author, spf);
}

static struct wax_domain
next_domain(struct wax_arena *arena, struct wax_str *line)
{
	struct wax_domain domain = { { NULL, 0 } };
	struct wax_str word;

	if (wax_str_cut(line, ' ', &word) &&
	    !wax_domain_parse(arena, word, &domain))
		domain.text.n = 0;
	return domain;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str rest = { (const char *)data, size };
	struct wax_str line = { NULL, 0 };
	struct wax_domain author, spf, dkim;
	struct wax_zone *zone;

	(void)wax_str_cut(&rest, '\n', &line);
	author = next_domain(arena, &line);
	spf = next_domain(arena, &line);
	dkim = next_domain(arena, &line);
	zone = wax_zone_parse(arena, rest, NULL);
	if (zone != NULL && wax_domain_labels(author) > 1) {
		check_walk(arena, zone, author);
		check_dmarc(arena, zone, author, spf, dkim);
	}
	wax_arena_free(arena);
	return 0;
}
