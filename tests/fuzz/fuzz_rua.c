/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The destinations of a report, with rua= and the zone from the input: the
 * first line has the policy domain, our own address and a digit for
 * max-report-uris; the second is the text of rua=; the rest is a zone. What
 * holds for any of them: no destination is outside the grammar of rua.h or is
 * ourselves, there are no more of them than allowed, none comes twice; and
 * nobody outside the policy domain's organization gets a report without
 * having said so in the zone.
 */
#include <string.h>

#include "policy/auth/dmarc_record.h"
#include "policy/auth/dmarc_walk.h"
#include "policy/dns/zone.h"
#include "policy/report/rua.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "rua";

struct world {
	struct wax_arena *arena;
	struct wax_resolver *resolver;
	struct wax_domain policy_domain;
	struct wax_rua_options options;
};

static bool
is_one_of(char c, const char *marks)
{
	return wax_is_alpha(c) || wax_is_digit(c) ||
	       (c != '\0' && strchr(marks, c) != NULL);
}

/* The grammar once more, octet by octet. */
static void
check_address(struct wax_str address, struct wax_domain host)
{
	struct wax_str local = wax_str_head(address, address.n - host.text.n);

	WAX_ASSERT(address.n <= 254 && wax_str_ends(address, host.text));
	WAX_ASSERT(local.n > 1 && local.n <= 65 && local.p[local.n - 1] == '@');
	local.n--;
	WAX_ASSERT(local.p[0] != '-' && local.p[0] != '.');
	WAX_ASSERT(local.p[local.n - 1] != '.');
	for (size_t i = 0; i < local.n; i++) {
		WAX_ASSERT(is_one_of(local.p[i], "#$&'*+-.=?^_{}~"));
		WAX_ASSERT(
		    i == 0 || local.p[i] != '.' || local.p[i - 1] != '.');
	}
	WAX_ASSERT(wax_str_find(host.text, '.') < host.text.n);
	for (size_t i = 0; i < host.text.n; i++)
		WAX_ASSERT(is_one_of(host.text.p[i], "-.") &&
		           !(host.text.p[i] >= 'A' && host.text.p[i] <= 'Z'));
}

static void
check_destinations(
    const struct world *world, const struct wax_rua_destination *list, size_t n)
{
	size_t n_taken = 0;

	for (size_t i = 0; i < n; i++) {
		WAX_ASSERT(
		    (list[i].why.n == 0) == (list[i].state == WAX_RUA_SEND));
		for (size_t j = 0; j < list[i].uri.n; j++)
			WAX_ASSERT(
			    list[i].uri.p[j] >= ' ' && list[i].uri.p[j] <= '~');
		if (list[i].state == WAX_RUA_REFUSED) {
			WAX_ASSERT(list[i].address.n == 0);
			continue;
		}
		n_taken++;
		check_address(list[i].address, list[i].host);
		WAX_ASSERT(
		    wax_rua_address_is_valid(world->arena, list[i].address));
		WAX_ASSERT(
		    !wax_str_ieq(list[i].address, world->options.own_address));
		for (size_t j = 0; j < i; j++)
			WAX_ASSERT(
			    !wax_str_eq(list[j].address, list[i].address));
	}
	WAX_ASSERT(n_taken <= world->options.max_uris);
}

static bool
has_consent(const struct world *world, struct wax_domain host)
{
	struct wax_str name =
	    wax_textf(world->arena, "%.*s._report._dmarc.%.*s",
	        WAX_FMT(world->policy_domain.text), WAX_FMT(host.text));
	const struct wax_answer *answer =
	    wax_dns_lookup(world->resolver, world->arena, name, WAX_RR_TXT, 0);

	for (size_t i = 0; i < answer->n; i++)
		if (wax_dmarc_record_is(answer->rr[i].txt.text))
			return true;
	return false;
}

static bool
is_same_organization(const struct world *world, struct wax_domain host)
{
	struct wax_walk a = wax_walk_run(
	    world->arena, world->resolver, world->policy_domain, 0);
	struct wax_walk b =
	    wax_walk_run(world->arena, world->resolver, host, 0);

	return wax_domain_eq(world->policy_domain, host) ||
	       (a.n_gaps + b.n_gaps == 0 &&
	           wax_domain_eq(wax_walk_guarded_org_domain(&a),
	               wax_walk_guarded_org_domain(&b)));
}

static bool
is_reachable(const struct world *world, struct wax_domain host)
{
	static const enum wax_rrtype types[] = { WAX_RR_MX, WAX_RR_A,
		WAX_RR_AAAA };

	for (size_t i = 0; i < 3; i++)
		if (wax_dns_lookup(
		        world->resolver, world->arena, host.text, types[i], 0)
		        ->status == WAX_DNS_OK)
			return true;
	return false;
}

static void
check_verified(const struct world *world,
    const struct wax_rua_destination *parsed, size_t n_parsed,
    const struct wax_rua_destination *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool is_known_host = false;

		if (list[i].state != WAX_RUA_SEND)
			continue;
		for (size_t j = 0; j < n_parsed; j++)
			is_known_host |=
			    parsed[j].state == WAX_RUA_SEND &&
			    wax_domain_eq(parsed[j].host, list[i].host);
		WAX_ASSERT(is_known_host);
		WAX_ASSERT(is_same_organization(world, list[i].host) ||
		           has_consent(world, list[i].host));
		WAX_ASSERT(is_reachable(world, list[i].host));
	}
}

static void
check(const struct world *world, struct wax_str rua)
{
	size_t n_parsed, n;
	struct wax_rua_destination *parsed =
	    wax_rua_parse(world->arena, rua, &world->options, &n_parsed);
	struct wax_rua_destination *list;

	check_destinations(world, parsed, n_parsed);
	/* A valid address as it is makes one destination. */
	if (wax_rua_address_is_valid(world->arena, rua))
		WAX_ASSERT(wax_str_rfind(rua, '@') < rua.n);
	if (world->resolver == NULL || wax_domain_is_none(world->policy_domain))
		return;
	list = wax_rua_verify(world->arena, world->resolver,
	    world->policy_domain, &world->options, parsed, n_parsed, 0, &n);
	check_destinations(world, list, n);
	check_verified(world, parsed, n_parsed, list, n);
}

static void
read_options(struct world *world, struct wax_str line)
{
	struct wax_str word;

	if (wax_str_cut(&line, ' ', &word) &&
	    !wax_domain_parse(world->arena, word, &world->policy_domain))
		world->policy_domain.text.n = 0;
	if (wax_str_cut(&line, ' ', &word))
		world->options.own_address = word;
	if (wax_str_cut(&line, ' ', &word) && word.n > 0)
		world->options.max_uris = (unsigned char)word.p[0] % 10;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = { .arena = wax_arena_new("fuzz", 0) };
	struct wax_str rest = { (const char *)data, size };
	struct wax_str line = { NULL, 0 }, rua = { NULL, 0 };
	struct wax_zone *zone;

	world.options.max_uris = 5;
	(void)wax_str_cut(&rest, '\n', &line);
	read_options(&world, line);
	(void)wax_str_cut(&rest, '\n', &rua);
	zone = wax_zone_parse(world.arena, rest, NULL);
	if (zone != NULL)
		world.resolver = wax_zone_resolver(world.arena, zone);
	check(&world, wax_str_dup(world.arena, rua));
	wax_arena_free(world.arena);
	return 0;
}
