/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_text.c - a domain and its findings, for people.
 *
 * What comes from outside is escaped by those who found it.
 */
#include "milter/cmd/domain.h"
#include "milter/cmd/domain_page.h"
#include "policy/base/limits.h"

/* Addresses of a host that are shown. */
#define ADDRESSES_SHOWN 8

/* --- the mail route ------------------------------------------------------ */

static struct wax_str
seconds(struct wax_arena *arena, uint32_t ttl)
{
	return wax_textf(arena, "TTL %lu s", (unsigned long)ttl);
}

static void
add_addresses(struct wax_text *text, const struct wax_answer *answer)
{
	if (answer == NULL)
		return;
	for (size_t i = 0; i < answer->n && i < ADDRESSES_SHOWN; i++) {
		if (text->n > 0)
			wax_text_addz(text, ", ");
		wax_text_add(
		    text, wax_ip_format(text->arena, answer->rr[i].address));
	}
	if (answer->n > ADDRESSES_SHOWN)
		wax_text_addf(
		    text, " and %zu others", answer->n - ADDRESSES_SHOWN);
	if (answer->n > 0)
		wax_text_addf(text, " (%.*s)",
		    WAX_FMT(seconds(text->arena, answer->ttl)));
	else if (!wax_route_is_known(answer))
		wax_text_addf(text, "%s%s could not be asked",
		    text->n > 0 ? ", " : "",
		    answer->type == WAX_RR_A ? "IPv4" : "IPv6");
}

static void
add_host(struct wax_page *page, const struct wax_route *route,
    const struct wax_route_host *host)
{
	struct wax_arena *arena = page->text.arena;
	struct wax_text text;

	wax_text_init(&text, arena);
	add_addresses(&text, host->a);
	add_addresses(&text, host->aaaa);
	if (text.n == 0)
		wax_text_addz(&text, "no address");
	if (route->kind == WAX_ROUTE_MX)
		wax_text_addf(&page->text, "  %5u ", host->preference);
	else
		wax_text_addz(&page->text, "        ");
	wax_text_add_escaped(&page->text, host->name);
	wax_text_addc(&page->text, '\n');
	wax_page_paragraph(page, "          ", 10, wax_text_str(&text));
}

static void
add_route(struct wax_page *page, const struct wax_route *route)
{
	struct wax_arena *arena = page->text.arena;

	wax_page_head(page, "Mail route");
	wax_page_paragraph(page, "  ", 2, wax_route_sentence(arena, route));
	if (route->kind == WAX_ROUTE_MX)
		wax_text_addf(&page->text, "  MX records, %.*s:\n",
		    WAX_FMT(seconds(arena, route->ttl)));
	for (size_t i = 0; i < route->n; i++)
		add_host(page, route, &route->host[i]);
}

/* --- SPF ----------------------------------------------------------------- */

/* Lines of the tree that are shown. */
#define LINES_SHOWN 60
/* Where the number of lookups stands. */
#define COST_COLUMN 70

/* "    include:i.example (no SPF record)             2 lookups" */
static void
add_line(struct wax_page *page, const struct wax_spf_line *line)
{
	struct wax_arena *arena = page->text.arena;
	struct wax_text text;

	wax_text_init(&text, arena);
	for (unsigned i = 0; i <= line->depth; i++)
		wax_text_addz(&text, "  ");
	wax_text_add(&text, line->term);
	if (line->remark.n > 0)
		wax_text_addf(&text, " (%.*s)", WAX_FMT(line->remark));
	if (line->total > 0)
		wax_text_addf(&text, "%*s%2u",
		    text.n < COST_COLUMN ? (int)(COST_COLUMN - text.n) : 1, "",
		    line->total);
	wax_page_lines(page, 2, wax_text_str(&text));
}

static void
add_spf(struct wax_page *page, const struct wax_spf_tree *spf)
{
	struct wax_arena *arena = page->text.arena;

	wax_page_head(page, "SPF");
	if (spf->record.n == 0) {
		wax_page_paragraph(page, "  ", 2,
		    spf->has_record   ? WAX_STR("Several records: none counts.")
		    : spf->is_unknown ? WAX_STR("It could not be asked.")
		                      : WAX_STR("No record."));
		return;
	}
	wax_page_paragraph(page, "  ", 4, spf->record);
	if (spf->n == 0)
		return;
	wax_page_paragraph(page, "  ", 2,
	    wax_textf(arena,
	        "Lookups: %s%u, %d are allowed. Of what is not there: %u, %d "
	        "are allowed.%s",
	        spf->is_unknown || spf->is_cut ? "at least " : "", spf->lookups,
	        WAX_SPF_TERMS_MAX, spf->voids, WAX_SPF_VOIDS_MAX,
	        spf->is_cut ? " There is more than was looked at." : ""));
	for (size_t i = 0; i < spf->n && i < LINES_SHOWN; i++)
		add_line(page, &spf->line[i]);
	if (spf->n > LINES_SHOWN)
		wax_text_addf(&page->text, "    ... and %zu terms more\n",
		    spf->n - LINES_SHOWN);
}

/* --- DKIM ---------------------------------------------------------------- */

static void
add_key(struct wax_page *page, const struct wax_dkim_key *key)
{
	struct wax_text *text = &page->text;

	wax_text_addf(text, "  %-20.*s ", WAX_FMT(key->selector));
	if (key->has_key)
		wax_text_addf(text, "%s, %u bits%s%s",
		    key->record.type == WAX_KEY_RSA ? "rsa" : "ed25519",
		    key->record.bits, key->record.testing ? ", a test" : "",
		    key->remark.n > 0 ? ", " : "");
	wax_text_add(text, key->remark);
	wax_text_addc(text, '\n');
}

static void
add_keys(struct wax_page *page, const struct wax_domain_check *check)
{
	wax_page_head(page, "DKIM");
	for (size_t i = 0; i < check->n_keys; i++)
		add_key(page, &check->key[i]);
	if (check->n_keys == 0)
		wax_page_paragraph(page, "  ", 2,
		    WAX_STR("No key was looked at. The name of a key (its "
		            "selector) is in each signature, behind s=; give "
		            "it with --selector, or try --common-selectors."));
}

/* --- name servers -------------------------------------------------------- */

static void
add_servers(struct wax_page *page, const struct wax_name_servers *servers)
{
	struct wax_arena *arena = page->text.arena;

	wax_page_head(page, wax_textf(arena, "Name servers of %.*s",
	                        WAX_FMT(servers->zone.text))
	                        .p);
	for (size_t i = 0; i < servers->n; i++) {
		const struct wax_name_server *one = &servers->server[i];

		wax_page_paragraph(page, "  ", 4,
		    wax_textf(arena, "%.*s %.*s%s", WAX_FMT(one->name),
		        WAX_FMT(wax_ip_format(arena, one->address)),
		        one->resolver == NULL
		            ? " (cannot be reached from this host)"
		        : one->is_silent ? " (does not answer)"
		                         : ""));
	}
	if (servers->n_more > 0)
		wax_text_addf(&page->text,
		    "  and %zu others, which were not asked\n",
		    servers->n_more);
}

struct wax_str
wax_domain_text(struct wax_arena *arena, const struct wax_domain_check *check,
    const struct wax_name_servers *servers, const struct wax_findings *findings,
    bool has_colours)
{
	struct wax_page page;

	wax_page_init(&page, arena, has_colours);
	wax_page_styled(&page, WAX_PAGE_HEAD, check->domain.text);
	wax_text_addc(&page.text, '\n');
	add_route(&page, &check->route);
	if (!check->is_absent) {
		add_spf(&page, &check->spf);
		add_keys(&page, check);
		wax_page_head(&page, "DMARC");
		wax_domain_add_dmarc(&page, &check->dmarc);
	}
	if (servers != NULL)
		add_servers(&page, servers);
	wax_domain_add_findings(&page, findings);
	return wax_text_str(&page.text);
}
