/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_text.c - a domain and its findings, for people.
 *
 * What comes from outside is escaped by those who found it.
 */
#include "milter/cmd/domain.h"
#include "milter/cmd/domain_page.h"
#include "milter/cmd/page.h"
#include "policy/base/limits.h"

/* Addresses of a host that are shown. */
#define ADDRESSES_SHOWN 8

static void
add_head(struct wax_page *page, const char *title)
{
	wax_text_addc(&page->text, '\n');
	wax_page_styled(page, WAX_PAGE_HEAD, wax_str_of(title));
	wax_text_addc(&page->text, '\n');
}

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

	add_head(page, "Mail route");
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

	add_head(page, "SPF");
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
	add_head(page, "DKIM");
	for (size_t i = 0; i < check->n_keys; i++)
		add_key(page, &check->key[i]);
	if (check->n_keys == 0)
		wax_page_paragraph(page, "  ", 2,
		    WAX_STR("No key was looked at. The name of a key (its "
		            "selector) is in each signature, behind s=; give "
		            "it with --selector, or try --common-selectors."));
}

/* --- findings ------------------------------------------------------------ */

static enum wax_page_style
style_of(enum wax_severity severity)
{
	switch (severity) {
	case WAX_NOTE:
		break;
	case WAX_WARNING:
	case WAX_UNKNOWN:
		return WAX_PAGE_WARN;
	case WAX_ERROR:
		return WAX_PAGE_BAD;
	}
	return WAX_PAGE_PLAIN;
}

static void
add_part(struct wax_page *page, const char *label, const char *s)
{
	if (s[0] != '\0')
		wax_page_paragraph(page,
		    wax_textf(page->text.arena, "    %s ", label).p, 4,
		    wax_str_of(s));
}

static void
add_finding(struct wax_page *page, const struct wax_finding *finding)
{
	const struct wax_finding_kind *kind = wax_finding_kind(finding->id);
	struct wax_arena *arena = page->text.arena;

	wax_text_addz(&page->text, "  ");
	wax_page_styled(page, style_of(kind->severity),
	    wax_textf(
	        arena, "%s %s", wax_severity_word(kind->severity), kind->word));
	wax_text_addc(&page->text, '\n');
	wax_page_paragraph(page, "    ", 4, finding->what);
	wax_page_paragraph(page, "    ", 4, wax_str_of(kind->meaning));
	add_part(page, "What to do:", kind->advice);
	if (finding->publish.n > 0) {
		wax_text_addz(&page->text, kind->area == WAX_AREA_OURS
		                               ? "    In sealwax.conf:\n"
		                               : "    To publish:\n");
		wax_page_lines(page, 6, finding->publish);
	}
	add_part(page, "Take care:", kind->caution);
}

static const enum wax_severity order[] = { WAX_ERROR, WAX_UNKNOWN, WAX_WARNING,
	WAX_NOTE };

static size_t
count(const struct wax_findings *findings, enum wax_severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->list.n; i++)
		n += wax_finding_kind(findings->list.v[i].id)->severity ==
		     severity;
	return n;
}

/* "2 errors, 1 note" */
static struct wax_str
counts(struct wax_arena *arena, const struct wax_findings *findings)
{
	static const char *const one[] = { [WAX_NOTE] = "note",
		[WAX_WARNING] = "warning",
		[WAX_ERROR] = "error",
		[WAX_UNKNOWN] = "not checked" };
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		size_t n = count(findings, order[i]);

		if (n > 0)
			wax_text_addf(&text, "%s%zu %s%s",
			    text.n > 0 ? ", " : "", n, one[order[i]],
			    n > 1 && order[i] != WAX_UNKNOWN ? "s" : "");
	}
	return wax_text_str(&text);
}

static void
add_findings(struct wax_page *page, const struct wax_findings *findings)
{
	bool is_first = true;

	if (findings->list.n == 0) {
		add_head(page, "Findings");
		wax_text_addz(&page->text, "  ");
		wax_page_styled(page, WAX_PAGE_GOOD,
		    WAX_STR("Nothing to say: all is well."));
		wax_text_addc(&page->text, '\n');
		return;
	}
	add_head(page, wax_textf(page->text.arena, "Findings: %.*s",
	                   WAX_FMT(counts(page->text.arena, findings)))
	                   .p);
	for (size_t s = 0; s < sizeof order / sizeof *order; s++)
		for (size_t i = 0; i < findings->list.n; i++) {
			const struct wax_finding *one = &findings->list.v[i];

			if (wax_finding_kind(one->id)->severity != order[s])
				continue;
			if (!is_first)
				wax_text_addc(&page->text, '\n');
			is_first = false;
			add_finding(page, one);
		}
}

struct wax_str
wax_domain_text(struct wax_arena *arena, const struct wax_domain_check *check,
    const struct wax_findings *findings, bool has_colours)
{
	struct wax_page page;

	wax_page_init(&page, arena, has_colours);
	wax_page_styled(&page, WAX_PAGE_HEAD, check->domain.text);
	wax_text_addc(&page.text, '\n');
	add_route(&page, &check->route);
	if (!check->is_absent) {
		add_spf(&page, &check->spf);
		add_keys(&page, check);
		add_head(&page, "DMARC");
		wax_domain_add_dmarc(&page, &check->dmarc);
	}
	add_findings(&page, findings);
	return wax_text_str(&page.text);
}
