/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/report/html_sections.h"

#include "policy/report/html_chart.h"
#include "policy/report/html_table.h"

#define N_OF(table) (sizeof(table) / sizeof *(table))

static void
section_begin(
    struct wax_text *page, const char *id, const char *title, const char *about)
{
	wax_text_addf(page,
	    "<section id=\"%s\" aria-labelledby=\"%s-h\">"
	    "<h2 id=\"%s-h\">%s</h2>\n",
	    id, id, id, title);
	if (about != NULL)
		wax_text_addf(page, "<p class=\"about\">%s</p>\n", about);
}

static void
section_end(struct wax_text *page)
{
	wax_text_addz(page, "</section>\n");
}

static size_t
shown(const struct wax_html_groups *groups)
{
	return groups->n < WAX_HTML_ROWS_MAX ? groups->n : WAX_HTML_ROWS_MAX;
}

static void
add_more(struct wax_text *page, const struct wax_html_groups *groups,
    const char *one, const char *many)
{
	uint64_t rest = 0;

	for (size_t i = shown(groups); i < groups->n; i++)
		rest = wax_html_sum(rest, groups->v[i].counts.messages);
	wax_html_more(page, groups->n - shown(groups), rest, one, many);
}

/* ---- sources ------------------------------------------------------------ */

static struct wax_html_groups
sources_of(struct wax_arena *arena, const struct wax_html_reports *reports)
{
	struct wax_html_tally tally = { .arena = arena };

	/* Octets of the address are in numerical order, four before sixteen. */
	for (size_t i = 0; i < reports->n; i++)
		for (size_t k = 0; k < reports->v[i]->n; k++) {
			const struct wax_report_record *record =
			    &reports->v[i]->record[k];
			const struct wax_ip *ip = &record->tuple.source;
			struct wax_str octets = { (const char *)ip->octet,
				wax_ip_bits(*ip) / 8 };

			wax_html_see(&tally,
			    (struct wax_html_key){ { octets } }, record,
			    WAX_NONE);
		}
	return wax_html_groups_make(&tally, WAX_HTML_BY_MESSAGES);
}

static struct wax_ip
address_of(struct wax_str octets)
{
	if (octets.n == 4)
		return wax_ip_from4(octets.p);
	if (octets.n == 16)
		return wax_ip_from6(octets.p);
	return (struct wax_ip){ .family = WAX_IP_NONE };
}

/* The first rows of `sources`, of which the first has the most messages. */
static void
add_sources(struct wax_text *page, const struct wax_html_groups *sources,
    size_t n, const char *caption)
{
	static const struct wax_html_column column[] = {
		{ "Address", WAX_HTML_NAME },
		{ "Messages", WAX_HTML_NUMBER },
		{ "Pass", WAX_HTML_NUMBER },
		{ "Fail", WAX_HTML_NUMBER },
		{ "SPF aligned", WAX_HTML_NUMBER },
		{ "DKIM aligned", WAX_HTML_NUMBER },
	};
	uint64_t most = 0;

	for (size_t i = 0; i < n; i++)
		if (sources->v[i].counts.messages > most)
			most = sources->v[i].counts.messages;
	wax_html_table_begin(page, caption, column, N_OF(column));
	for (size_t i = 0; i < n; i++) {
		const struct wax_html_counts *counts = &sources->v[i].counts;

		wax_html_row_begin(page);
		wax_text_addz(page, "<span class=\"addr\">");
		wax_html_add(page, wax_ip_format(page->arena,
		                       address_of(sources->v[i].key.part[0])));
		wax_text_addz(page, "</span>");
		wax_html_chart_line(page, counts, most, 6);
		wax_html_name_end(page);
		wax_html_cell_number(page, counts->messages);
		wax_html_cell_number(page, counts->pass);
		wax_html_cell_number(page, wax_html_failed(counts));
		wax_html_cell_number(page, counts->spf);
		wax_html_cell_number(page, counts->dkim);
		wax_html_row_end(page);
	}
	wax_html_table_end(page);
}

/* Where not all sources are listed, those that fail could be among the
 * others: they are what somebody looks for. */
static void
add_failing(struct wax_text *page, struct wax_html_groups *sources)
{
	size_t n = 0;
	uint64_t rest = 0;

	wax_html_groups_sort(sources, WAX_HTML_BY_FAILURES);
	while (n < sources->n && wax_html_failed(&sources->v[n].counts) > 0)
		n++;
	if (n == 0)
		return;
	section_begin(page, "failing", "Sources that fail most",
	    "Addresses by the number of messages that did not pass.");
	add_sources(page, sources,
	    n < WAX_HTML_ROWS_MAX ? n : WAX_HTML_ROWS_MAX,
	    "Sources by failed messages");
	for (size_t i = WAX_HTML_ROWS_MAX; i < n; i++)
		rest =
		    wax_html_sum(rest, wax_html_failed(&sources->v[i].counts));
	wax_html_more(page, n > WAX_HTML_ROWS_MAX ? n - WAX_HTML_ROWS_MAX : 0,
	    rest, "failed message", "failed messages");
	section_end(page);
}

void
wax_html_sources_section(
    struct wax_text *page, const struct wax_html_reports *reports)
{
	struct wax_html_groups sources = sources_of(reports->work, reports);

	if (sources.n == 0)
		return;
	section_begin(page, "sources", "Sources",
	    "The addresses that sent most, and what DMARC made of it.");
	add_sources(page, &sources, shown(&sources), "Sources by messages");
	add_more(page, &sources, "message", "messages");
	section_end(page);
	if (sources.n > shown(&sources))
		add_failing(page, &sources);
}

/* ---- domains ------------------------------------------------------------ */

/* What differs from the default of a tag.            RFC 9989 s4.7 */
static struct wax_str
policy_text(struct wax_arena *arena, const struct wax_report_policy *policy)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addf(&text, "p=%s", wax_dmarc_policy_word(policy->p));
	if (policy->sp != policy->p)
		wax_text_addf(
		    &text, " sp=%s", wax_dmarc_policy_word(policy->sp));
	if (policy->np != policy->sp)
		wax_text_addf(
		    &text, " np=%s", wax_dmarc_policy_word(policy->np));
	if (policy->strict_dkim)
		wax_text_addz(&text, " adkim=s");
	if (policy->strict_spf)
		wax_text_addz(&text, " aspf=s");
	if (policy->testing)
		wax_text_addz(&text, " t=y");
	return wax_text_str(&text);
}

void
wax_html_domains_section(
    struct wax_text *page, const struct wax_html_reports *reports)
{
	static const struct wax_html_column column[] = {
		{ "Author Domain", WAX_HTML_NAME },
		{ "Policy", WAX_HTML_WORDS },
		{ "Messages", WAX_HTML_NUMBER },
		{ "Pass", WAX_HTML_NUMBER },
		{ "Fail", WAX_HTML_NUMBER },
		{ "Pass rate", WAX_HTML_NUMBER },
	};
	struct wax_html_tally tally = { .arena = reports->work };
	struct wax_html_groups domains;

	for (size_t i = 0; i < reports->n; i++) {
		const struct wax_aggregate *report = reports->v[i];
		struct wax_str policy =
		    policy_text(reports->work, &report->policy);

		for (size_t k = 0; k < report->n; k++)
			wax_html_see(&tally,
			    (struct wax_html_key){
			        { report->record[k].tuple.header_from,
			            report->policy.domain, policy } },
			    &report->record[k], WAX_NONE);
	}
	domains = wax_html_groups_make(&tally, WAX_HTML_BY_MESSAGES);
	if (domains.n == 0)
		return;
	section_begin(page, "domains", "Domains",
	    "Author Domains, and the policies that applied to them.");
	wax_html_table_begin(
	    page, "Author Domains by messages", column, N_OF(column));
	for (size_t i = 0; i < shown(&domains); i++) {
		const struct wax_html_group *one = &domains.v[i];

		wax_html_row_begin(page);
		wax_html_add_foreign(page, one->key.part[0]);
		wax_html_chart_line(
		    page, &one->counts, domains.v[0].counts.messages, 6);
		wax_html_name_end(page);
		wax_html_words_begin(page);
		wax_html_add(page, one->key.part[2]);
		wax_text_addz(page, "<span class=\"sub\">of ");
		wax_html_add_foreign(page, one->key.part[1]);
		wax_text_addz(page, "</span>");
		wax_html_words_end(page);
		wax_html_cell_number(page, one->counts.messages);
		wax_html_cell_number(page, one->counts.pass);
		wax_html_cell_number(page, wax_html_failed(&one->counts));
		wax_html_cell_percent(
		    page, one->counts.pass, one->counts.messages);
		wax_html_row_end(page);
	}
	wax_html_table_end(page);
	add_more(page, &domains, "message", "messages");
	section_end(page);
}

/* ---- dispositions and reasons ------------------------------------------- */

static void
add_dispositions(struct wax_text *page, const struct wax_html_counts *total)
{
	static const struct wax_html_column column[] = {
		{ "Disposition", WAX_HTML_NAME },
		{ "Messages", WAX_HTML_NUMBER },
		{ "Share", WAX_HTML_NUMBER },
	};
	static const char *const meaning[WAX_HTML_DISPOSITIONS] = {
		"nothing was done about it",
		"it passed, under a policy that asks for more than none",
		"treated as suspicious",
		"refused",
	};

	wax_html_table_begin(
	    page, "Messages by disposition", column, N_OF(column));
	for (unsigned i = 0; i < WAX_HTML_DISPOSITIONS; i++) {
		wax_html_row_begin(page);
		wax_text_addf(page, "%s<span class=\"sub\">%s</span>",
		    wax_disposition_word((enum wax_disposition)i), meaning[i]);
		wax_html_name_end(page);
		wax_html_cell_number(page, total->disposition[i]);
		wax_html_cell_percent(
		    page, total->disposition[i], total->messages);
		wax_html_row_end(page);
	}
	wax_html_table_end(page);
}

static void
add_reasons(struct wax_text *page, const struct wax_html_reports *reports)
{
	static const struct wax_html_column column[] = {
		{ "Reason for another disposition", WAX_HTML_NAME },
		{ "Messages", WAX_HTML_NUMBER },
	};
	struct wax_html_tally tally = { .arena = reports->work };
	struct wax_html_groups reasons;

	for (size_t i = 0; i < reports->n; i++)
		for (size_t k = 0; k < reports->v[i]->n; k++) {
			const struct wax_report_record *record =
			    &reports->v[i]->record[k];
			const struct wax_report_tuple *tuple = &record->tuple;

			for (size_t r = 0; r < tuple->n_reasons; r++)
				wax_html_see(&tally,
				    (struct wax_html_key){
				        { wax_str_of(wax_override_word(
				              tuple->reason[r].type)),
				            tuple->reason[r].comment } },
				    record, WAX_NONE);
		}
	reasons = wax_html_groups_make(&tally, WAX_HTML_BY_MESSAGES);
	if (reasons.n == 0)
		return;
	wax_text_addz(page, "<div id=\"reasons\">");
	wax_html_table_begin(
	    page, "Reasons for overriding a policy", column, N_OF(column));
	for (size_t i = 0; i < shown(&reasons); i++) {
		wax_html_row_begin(page);
		wax_html_add(page, reasons.v[i].key.part[0]);
		if (reasons.v[i].key.part[1].n > 0) {
			wax_text_addz(page, "<span class=\"sub\">");
			wax_html_add_foreign(page, reasons.v[i].key.part[1]);
			wax_text_addz(page, "</span>");
		}
		wax_html_name_end(page);
		wax_html_cell_number(page, reasons.v[i].counts.messages);
		wax_html_row_end(page);
	}
	wax_html_table_end(page);
	add_more(page, &reasons, "message", "messages");
	wax_text_addz(page, "</div>");
}

void
wax_html_dispositions_section(
    struct wax_text *page, const struct wax_html_reports *reports)
{
	if (reports->total.messages == 0)
		return;
	section_begin(page, "dispositions", "What was done",
	    "The disposition of each message, and why it was another than "
	    "the policy asks for.");
	wax_text_addz(page, "<div class=\"pair\"><div>");
	add_dispositions(page, &reports->total);
	wax_text_addz(page, "</div>");
	add_reasons(page, reports);
	wax_text_addz(page, "</div>\n");
	section_end(page);
}

/* ---- DKIM and SPF ------------------------------------------------------- */

/* "fail 12, permerror 3": everything but pass. */
static void
add_other_results(struct wax_text *page, const struct wax_html_counts *counts)
{
	bool is_first = true;

	for (unsigned i = 0; i < WAX_HTML_RESULTS; i++) {
		if (i == WAX_PASS || counts->result[i] == 0)
			continue;
		wax_text_addf(page, "%s%s ", is_first ? "" : ", ",
		    wax_result_word((enum wax_result)i));
		wax_html_add_data(page, counts->result[i]);
		is_first = false;
	}
	if (is_first)
		wax_text_addz(page, "<span class=\"none\">\xe2\x80\x93</span>");
}

static void
add_results(struct wax_text *page, const struct wax_html_groups *groups,
    const char *caption, bool has_selectors)
{
	const struct wax_html_column column[] = {
		{ "Domain", WAX_HTML_NAME },
		{ "Other results", WAX_HTML_WORDS },
		{ has_selectors ? "Signatures" : "Messages", WAX_HTML_NUMBER },
		{ "Pass", WAX_HTML_NUMBER },
	};

	wax_html_table_begin(page, caption, column, N_OF(column));
	for (size_t i = 0; i < shown(groups); i++) {
		const struct wax_html_group *one = &groups->v[i];

		wax_html_row_begin(page);
		wax_html_add_foreign(page, one->key.part[0]);
		if (has_selectors) {
			wax_text_addz(page, "<span class=\"sub\">selector ");
			wax_html_add_foreign(page, one->key.part[1]);
			wax_text_addz(page, "</span>");
		}
		wax_html_name_end(page);
		wax_html_words_begin(page);
		add_other_results(page, &one->counts);
		wax_html_words_end(page);
		wax_html_cell_number(page, one->counts.messages);
		wax_html_cell_number(page, one->counts.result[WAX_PASS]);
		wax_html_row_end(page);
	}
	wax_html_table_end(page);
}

void
wax_html_dkim_section(
    struct wax_text *page, const struct wax_html_reports *reports)
{
	struct wax_html_tally tally = { .arena = reports->work };
	struct wax_html_groups groups;

	for (size_t i = 0; i < reports->n; i++)
		for (size_t k = 0; k < reports->v[i]->n; k++) {
			const struct wax_report_record *record =
			    &reports->v[i]->record[k];
			const struct wax_report_tuple *tuple = &record->tuple;

			for (size_t s = 0; s < tuple->n_dkim; s++)
				wax_html_see(&tally,
				    (struct wax_html_key){
				        { tuple->dkim[s].domain,
				            tuple->dkim[s].selector } },
				    record, tuple->dkim[s].result);
		}
	groups = wax_html_groups_make(&tally, WAX_HTML_BY_MESSAGES);
	if (groups.n == 0)
		return;
	section_begin(page, "dkim", "DKIM",
	    "Signatures by domain and selector. A message may have several, "
	    "of domains that are not aligned, too.");
	add_results(page, &groups, "DKIM signatures", true);
	add_more(page, &groups, "signature", "signatures");
	section_end(page);
}

void
wax_html_spf_section(
    struct wax_text *page, const struct wax_html_reports *reports)
{
	struct wax_html_tally tally = { .arena = reports->work };
	struct wax_html_groups groups;

	for (size_t i = 0; i < reports->n; i++)
		for (size_t k = 0; k < reports->v[i]->n; k++) {
			const struct wax_report_record *record =
			    &reports->v[i]->record[k];

			if (record->tuple.has_spf)
				wax_html_see(&tally,
				    (struct wax_html_key){
				        { record->tuple.spf_domain } },
				    record, record->tuple.spf);
		}
	groups = wax_html_groups_make(&tally, WAX_HTML_BY_MESSAGES);
	if (groups.n == 0)
		return;
	section_begin(
	    page, "spf", "SPF", "Domains of the reverse-path, aligned or not.");
	add_results(page, &groups, "SPF by domain", false);
	add_more(page, &groups, "message", "messages");
	section_end(page);
}
