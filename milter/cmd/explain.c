/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/explain.h"

#include "policy/base/limits.h"

static void
add_line(struct wax_text *text, const char *key, struct wax_str value)
{
	if (value.n == 0)
		return;
	wax_text_addf(text, "  %-22s ", key);
	wax_text_add_escaped(text, value);
	wax_text_addc(text, '\n');
}

static void
add_message(struct wax_text *text, const struct wax_facts *facts)
{
	wax_text_addz(text, "Message\n");
	add_line(text, "client",
	    wax_ip_format(text->arena, facts->connection.client));
	add_line(text, "client name", facts->connection.client_name);
	if (facts->relayed.is_relayed)
		add_line(text, "handed over by",
		    wax_textf(text->arena, "%.*s, our relay %.*s",
		        WAX_FMT(
		            wax_ip_format(text->arena, facts->relayed.address)),
		        WAX_FMT(facts->relayed.name)));
	add_line(text, "HELO", facts->envelope.helo);
	add_line(text, "MAIL FROM", facts->envelope.mail_argument);
	for (size_t i = 0; i < facts->n_recipients_kept; i++)
		add_line(text, "RCPT TO", facts->recipient[i]);
	add_line(text, "Message-Id", facts->message_id);
	add_line(text, "List-Id", facts->list_id.text);
	if (facts->has_srs)
		add_line(text, "SRS names", facts->srs_original.text);
	if (facts->limit != NULL)
		add_line(text, "limit exceeded", wax_str_of(facts->limit));
}

static void
add_record(
    struct wax_text *text, enum wax_rrtype type, const union wax_rdata *rr)
{
	switch (type) {
	case WAX_RR_TXT:
		wax_text_addc(text, '"');
		wax_text_add_escaped(text, rr->txt.text);
		wax_text_addc(text, '"');
		return;
	case WAX_RR_A:
	case WAX_RR_AAAA:
		wax_text_add(text, wax_ip_format(text->arena, rr->address));
		return;
	case WAX_RR_MX:
		wax_text_addf(text, "%u ", rr->mx.preference);
		wax_text_add_escaped(text, rr->mx.host);
		return;
	case WAX_RR_PTR:
	case WAX_RR_CNAME:
	case WAX_RR_NS:
	case WAX_RR_SOA:
		wax_text_add_escaped(text, rr->name);
		return;
	}
}

static void
add_question(struct wax_text *text, const struct wax_question *question)
{
	const struct wax_answer *answer = question->answer;

	wax_text_addf(text, "  %-4s ", wax_rrtype_word(question->type));
	wax_text_add_escaped(text, question->qname);
	if (question->refused)
		wax_text_addz(text, "  not asked: max-dns-queries");
	else if (answer == NULL)
		wax_text_addz(text, "  answer not needed");
	else if (answer->status != WAX_DNS_OK)
		wax_text_addf(
		    text, "  %s", wax_dns_status_word(answer->status));
	wax_text_addc(text, '\n');
	if (question->refused || answer == NULL)
		return;
	for (size_t i = 0; i < answer->n; i++) {
		wax_text_addz(text, "         ");
		add_record(text, question->type, &answer->rr[i]);
		wax_text_addc(text, '\n');
	}
}

static void
add_questions(struct wax_text *text, const struct wax_results *results)
{
	wax_text_addf(text, "\nDNS (%zu questions)\n", results->n_asked);
	for (size_t i = 0; i < results->n_questions; i++)
		add_question(text, &results->question[i]);
}

static void
add_spf(struct wax_text *text, const char *identity,
    const struct wax_spf_result *spf)
{
	wax_text_addf(
	    text, "  %-22s %s", identity, wax_result_word(spf->result));
	if (!wax_domain_is_none(spf->domain))
		wax_text_addf(text, " for %.*s", WAX_FMT(spf->domain.text));
	if (spf->mechanism.n > 0) {
		wax_text_addz(text, ", matched ");
		wax_text_add_escaped(text, spf->mechanism);
	}
	wax_text_addf(text, " (%u of %d terms, %u of %d voids)\n", spf->terms,
	    WAX_SPF_TERMS_MAX, spf->voids, WAX_SPF_VOIDS_MAX);
	add_line(text, "", spf->reason);
}

static void
add_signature(
    struct wax_text *text, size_t number, const struct wax_dkim_signature *one)
{
	wax_text_addf(
	    text, "  %-22zu %s", number, wax_result_word(one->result));
	if (!wax_domain_is_none(one->sdid))
		wax_text_addf(text, " d=%.*s", WAX_FMT(one->sdid.text));
	if (one->selector.n > 0)
		wax_text_addf(text, " s=%.*s", WAX_FMT(one->selector));
	if (one->algorithm.n > 0)
		wax_text_addf(text, " a=%.*s", WAX_FMT(one->algorithm));
	if (one->key_bits > 0)
		wax_text_addf(text, ", key of %u bits", one->key_bits);
	if (one->test_key)
		wax_text_addz(text, ", under test (t=y)");
	if (one->broken)
		wax_text_addz(
		    text, ", broken: changed after signing, or forged");
	wax_text_addc(text, '\n');
	add_line(text, "", one->reason);
}

static void
add_signatures(struct wax_text *text, const struct wax_results *results)
{
	wax_text_addz(text, "\nDKIM\n");
	if (results->n_dkim == 0)
		wax_text_addz(text, "  unsigned\n");
	for (size_t i = 0; i < results->n_dkim; i++)
		add_signature(text, i + 1, &results->dkim[i]);
}

static void
add_verdict(struct wax_text *text, const struct wax_local_policy *policy,
    const struct wax_verdict *verdict)
{
	wax_text_addz(text, "\nVerdict\n");
	add_line(text, "action", wax_str_of(wax_action_word(verdict->action)));
	if (policy->mode == WAX_MONITOR)
		add_line(text, "in monitor mode",
		    wax_str_of(wax_action_word(verdict->applied)));
	add_line(text, "rule", wax_str_of(wax_rule_word(verdict->rule)));
	add_line(text, "why", verdict->why);
	add_line(text, "mediator", verdict->mediator.text);
	if (verdict->text.n > 0)
		add_line(text, "reply",
		    wax_textf(text->arena, "%.*s %.*s %.*s",
		        WAX_FMT(verdict->smtp_code),
		        WAX_FMT(verdict->enhanced_code),
		        WAX_FMT(verdict->text)));
	add_line(text, "disposition",
	    wax_str_of(wax_disposition_word(verdict->disposition)));
	for (size_t i = 0; i < verdict->n_reasons; i++)
		add_line(text, wax_override_word(verdict->reason[i].type),
		    verdict->reason[i].comment);
}

/* The texts are printable as they are. */
static void
add_row(struct wax_text *text, const struct wax_render_row *row)
{
	wax_text_addz(text, "\nAggregate report\n");
	if (row == NULL) {
		wax_text_addz(text, "  row: none\n");
		return;
	}
	wax_text_addf(text, "  policy: %.*s\n", WAX_FMT(row->policy));
	wax_text_addf(text, "  row: %.*s\n", WAX_FMT(row->tuple));
	if (row->is_accepted)
		wax_text_addz(text, "  makes its policy domain known\n");
}

struct wax_str
wax_explain(struct wax_arena *arena, const struct wax_local_policy *policy,
    const struct wax_facts *facts, const struct wax_forged *forged,
    const struct wax_results *results, const struct wax_verdict *verdict,
    const struct wax_render_row *row)
{
	struct wax_text text;
	struct wax_str authres =
	    wax_render_authres(arena, policy->authserv_id, facts, results);

	wax_text_init(&text, arena);
	add_message(&text, facts);
	add_questions(&text, results);
	wax_text_addz(&text, "\nSPF\n");
	add_spf(&text,
	    results->spf_by_helo ? "MAIL FROM (null: HELO)" : "MAIL FROM",
	    &results->mailfrom);
	add_spf(&text, "HELO", &results->helo);
	add_signatures(&text, results);
	wax_explain_dmarc(&text, results);
	add_verdict(&text, policy, verdict);
	add_row(&text, row);
	wax_text_addf(&text,
	    "\nHeader\n  %-22s %zu of %u Authentication-Results\n", "removed",
	    forged->authres.place.n, forged->authres.seen);
	wax_text_addf(&text, "Authentication-Results:%.*s\n", WAX_FMT(authres));
	return wax_text_str(&text);
}
