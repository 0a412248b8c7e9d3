/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/auth/dmarc_world.h"

#include "policy/base/text.h"
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
