/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_findings.c - what is wrong with a domain, for people: the worst
 * first, those of one kind together.
 */
#include "milter/cmd/domain_page.h"

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

/* The records of all findings of one kind. */
static void
add_records(struct wax_page *page, const struct wax_findings *findings,
    enum wax_finding_id id)
{
	bool is_first = true;

	for (size_t i = 0; i < findings->list.n; i++) {
		const struct wax_finding *one = &findings->list.v[i];

		if (one->id != id || one->publish.n == 0)
			continue;
		if (is_first)
			wax_text_addz(&page->text,
			    wax_finding_kind(id)->area == WAX_AREA_OURS
			        ? "    In sealwax.conf:\n"
			        : "    To publish:\n");
		is_first = false;
		wax_page_lines(page, 6, one->publish);
	}
}

/* What was found of one kind, and what there is to say about it. */
static void
add_kind(struct wax_page *page, const struct wax_findings *findings,
    enum wax_finding_id id)
{
	const struct wax_finding_kind *kind = wax_finding_kind(id);

	wax_text_addz(&page->text, "\n  ");
	wax_page_styled(page, style_of(kind->severity),
	    wax_textf(page->text.arena, "%s %s",
	        wax_severity_word(kind->severity), kind->word));
	wax_text_addc(&page->text, '\n');
	for (size_t i = 0; i < findings->list.n; i++)
		if (findings->list.v[i].id == id)
			wax_page_paragraph(
			    page, "    - ", 6, findings->list.v[i].what);
	wax_page_paragraph(page, "    ", 4, wax_str_of(kind->meaning));
	add_part(page, "What to do:", kind->advice);
	add_records(page, findings, id);
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

void
wax_domain_add_findings(
    struct wax_page *page, const struct wax_findings *findings)
{
	if (findings->list.n == 0) {
		wax_page_head(page, "Findings");
		wax_text_addz(&page->text, "  ");
		wax_page_styled(page, WAX_PAGE_GOOD,
		    WAX_STR("Nothing to say: all is well."));
		wax_text_addc(&page->text, '\n');
		return;
	}
	wax_page_head(page, wax_textf(page->text.arena, "Findings: %.*s",
	                        WAX_FMT(counts(page->text.arena, findings)))
	                        .p);
	for (size_t s = 0; s < sizeof order / sizeof *order; s++)
		for (int i = 0; i < WAX_FINDING_IDS; i++) {
			enum wax_finding_id id = (enum wax_finding_id)i;

			if (wax_findings_have(findings, id) &&
			    wax_finding_kind(id)->severity == order[s])
				add_kind(page, findings, id);
		}
}
