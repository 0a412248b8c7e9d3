/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that is said about a domain, over any zone: text for a terminal, and
 * the tree of SPF records as the evaluator has it. And name servers that say
 * the same do not differ, while every MX host is a stranger.
 */
#include "policy/base/limits.h"
#include "policy/check/domain_check.h"
#include "policy/check/ours.h"
#include "policy/check/servers.h"
#include "policy/dns/zone.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/spf_agree.h"

#define PATIENCE_MS 8000

const char wax_fuzz_name[] = "domain_check";

static void
check_printable(struct wax_str s, bool may_have_lines)
{
	for (size_t i = 0; i < s.n; i++)
		WAX_ASSERT((s.p[i] >= ' ' && s.p[i] <= '~') ||
		           (may_have_lines && s.p[i] == '\n'));
}

static void
check_findings(const struct wax_findings *findings)
{
	WAX_ASSERT(findings->list.n <= WAX_FINDINGS_MAX);
	for (size_t i = 0; i < findings->list.n; i++) {
		WAX_ASSERT(findings->list.v[i].what.n > 0);
		WAX_ASSERT(findings->list.v[i].name.n > 0);
		check_printable(findings->list.v[i].what, false);
		check_printable(findings->list.v[i].publish, true);
	}
}

static void
check_views(struct wax_arena *arena, const struct wax_domain_check *check)
{
	WAX_ASSERT(check->route.n <= WAX_CHECK_MX_MAX);
	check_printable(wax_route_sentence(arena, &check->route), false);
	for (size_t i = 0; i < check->n_keys; i++)
		check_printable(check->key[i].remark, false);
	for (size_t i = 0; i < check->dmarc.n_destinations; i++)
		check_printable(check->dmarc.destination[i].uri, false);
	WAX_ASSERT(check->spf.n <= WAX_CHECK_SPF_LINES_MAX);
	check_printable(check->spf.record, false);
	for (size_t i = 0; i < check->spf.n; i++) {
		check_printable(check->spf.line[i].term, false);
		check_printable(check->spf.line[i].remark, false);
		WAX_ASSERT(check->spf.line[i].total >= check->spf.line[i].cost);
	}
	for (size_t i = 0; i < check->dmarc.n_steps; i++) {
		check_printable(check->dmarc.step[i].record, false);
		check_printable(check->dmarc.step[i].remark, false);
	}
}

static void
check_others(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct wax_domain_check *check, struct wax_str selector)
{
	struct wax_findings findings = { .arena = arena };
	const struct wax_ours ours = { .n_own = 0 };
	struct wax_name_servers servers = wax_check_servers_find(
	    &findings, resolver, check->domain, PATIENCE_MS);

	WAX_ASSERT(servers.n <= WAX_CHECK_SERVERS_MAX);
	for (size_t i = 0; i < servers.n; i++) {
		check_printable(servers.server[i].name, false);
		servers.server[i].resolver = resolver;
	}
	wax_check_servers(&findings, resolver, check->domain, &servers, 1,
	    &selector, PATIENCE_MS);
	WAX_ASSERT(!wax_findings_have(&findings, WAX_F_NS_DIFFER));
	WAX_ASSERT(!wax_findings_have(&findings, WAX_F_NS_STALE));
	wax_check_ours(&findings, &check->route, &ours);
	check_findings(&findings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wax_str selector = WAX_STR("s1");
	const struct wax_domain_check_options options = { .n_selectors = 1,
		.selector = &selector,
		.tries_common = true,
		.patience_ms = PATIENCE_MS };
	struct wax_findings findings = { .arena = wax_arena_new("fuzz", 0) };
	struct wax_domain domain = { WAX_STR_INIT("d.example") };
	struct wax_zone *zone = wax_zone_parse(
	    findings.arena, (struct wax_str){ (const char *)data, size }, NULL);
	struct wax_domain_check check;
	struct wax_str why;

	if (zone != NULL) {
		check = wax_check_domain(&findings,
		    wax_zone_resolver(findings.arena, zone), domain, &options);
		check_findings(&findings);
		check_views(findings.arena, &check);
		check_others(findings.arena,
		    wax_zone_resolver(findings.arena, zone), &check, selector);
		WAX_ASSERT(wax_spf_agree(findings.arena,
		               wax_zone_resolver(findings.arena, zone), domain,
		               &why) != WAX_SPF_DIFFERS);
	}
	wax_arena_free(findings.arena);
	return 0;
}
