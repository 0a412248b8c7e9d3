/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_dmarc.c - which DMARC policy applies to a domain, for people.
 *
 * What comes from outside is escaped by those who found it.
 */
#include "milter/cmd/domain_page.h"

/* Destinations of reports that are shown. */
#define DESTINATIONS_SHOWN 20

/* "_dmarc.d.example:", and what is there. */
static void
add_step(struct wax_page *page, const struct wax_dmarc_step *step)
{
	struct wax_arena *arena = page->text.arena;
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addf(&text, "_dmarc.%.*s: ", WAX_FMT(step->domain.text));
	wax_text_add(&text, step->record);
	if (step->record.n > 0 && step->remark.n > 0)
		wax_text_addf(&text, " (%.*s)", WAX_FMT(step->remark));
	else
		wax_text_add(&text, step->remark);
	wax_page_paragraph(page, "  ", 4, wax_text_str(&text));
}

/* What receivers are asked to do. */
static const char *
deed(enum wax_dmarc_policy policy)
{
	switch (policy) {
	case WAX_P_NONE:
		break;
	case WAX_P_QUARANTINE:
		return "to be put aside as spam (quarantine)";
	case WAX_P_REJECT:
		return "to be refused (reject)";
	}
	return "to be delivered as ever (none)";
}

static struct wax_str
policies(struct wax_arena *arena, const struct wax_dmarc_view *dmarc)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addf(&text,
	    "The record at _dmarc.%.*s applies. Mail that does not pass is %s",
	    WAX_FMT(dmarc->policy_domain.text), deed(dmarc->policy));
	if (dmarc->subdomain_policy == dmarc->policy &&
	    dmarc->absent_policy == dmarc->policy)
		wax_text_addz(&text, "; that from subdomains, too");
	else
		wax_text_addf(&text,
		    "; from a subdomain, %s; from one that does not exist, %s",
		    deed(dmarc->subdomain_policy), deed(dmarc->absent_policy));
	wax_text_addz(&text,
	    dmarc->record.testing
	        ? ". All of it one step less: the record is in test mode."
	        : ".");
	return wax_text_str(&text);
}

static struct wax_str
organization(struct wax_arena *arena, const struct wax_dmarc_view *dmarc)
{
	struct wax_str walk = dmarc->org_domain.text;

	if (wax_domain_is_none(dmarc->psl_domain))
		return wax_textf(
		    arena, "Organizational Domain: %.*s.", WAX_FMT(walk));
	if (wax_domain_eq(dmarc->psl_domain, dmarc->org_domain))
		return wax_textf(arena,
		    "Organizational Domain: %.*s, by tree walk and by public "
		    "suffix list.",
		    WAX_FMT(walk));
	return wax_textf(arena,
	    "Organizational Domain: %.*s by tree walk, %.*s by public suffix "
	    "list.",
	    WAX_FMT(walk), WAX_FMT(dmarc->psl_domain.text));
}

static void
add_destination(
    struct wax_page *page, const struct wax_rua_destination *destination)
{
	struct wax_arena *arena = page->text.arena;
	struct wax_str uri = destination->uri, why = destination->why;

	switch (destination->state) {
	case WAX_RUA_SEND:
		wax_page_paragraph(page, "  ", 4,
		    wax_textf(arena, "Reports go to %.*s",
		        WAX_FMT(destination->address)));
		break;
	case WAX_RUA_RETRY:
		wax_page_paragraph(page, "  ", 4,
		    wax_textf(arena,
		        "Whether reports go to %.*s is not known: %.*s",
		        WAX_FMT(uri), WAX_FMT(why)));
		break;
	case WAX_RUA_REFUSED:
		wax_page_paragraph(page, "  ", 4,
		    wax_textf(arena, "No reports go to %.*s: %.*s",
		        WAX_FMT(uri), WAX_FMT(why)));
		break;
	}
}

void
wax_domain_add_dmarc(struct wax_page *page, const struct wax_dmarc_view *dmarc)
{
	struct wax_arena *arena = page->text.arena;

	for (size_t i = 0; i < dmarc->n_steps; i++)
		add_step(page, &dmarc->step[i]);
	if (dmarc->has_policy)
		wax_page_paragraph(page, "  ", 2, policies(arena, dmarc));
	else
		wax_page_paragraph(page, "  ", 2,
		    dmarc->is_unknown
		        ? WAX_STR("Which policy applies could not be asked.")
		        : WAX_STR("No policy applies."));
	if (dmarc->has_policy && !wax_domain_is_none(dmarc->org_domain))
		wax_page_paragraph(page, "  ", 2, organization(arena, dmarc));
	for (size_t i = 0; i < dmarc->n_destinations && i < DESTINATIONS_SHOWN;
	     i++)
		add_destination(page, &dmarc->destination[i]);
	if (dmarc->n_destinations > DESTINATIONS_SHOWN)
		wax_text_addf(&page->text, "  ... and %zu others\n",
		    dmarc->n_destinations - DESTINATIONS_SHOWN);
}
