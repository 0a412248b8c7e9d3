/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/reply.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"

/* Of a domain at most so much is shown in a reply, its end. */
#define SHOWN_DOMAIN 60
#define QUEUE_ID_MAX 64
/* "550 5.7.26 " */
#define CODES_MAX 11

static void
add_domain(struct wax_text *text, struct wax_domain domain)
{
	struct wax_str s = domain.text;

	if (s.n > SHOWN_DOMAIN) {
		wax_text_addz(text, "...");
		s = wax_str_from(s, s.n - SHOWN_DOMAIN + 3);
	}
	wax_text_add(text, s);
}

static void
add_spf(struct wax_text *text, const struct wax_spf_result *spf)
{
	wax_text_addf(text, "SPF %s", wax_result_word(spf->result));
	if (spf->result != WAX_PASS)
		return;
	wax_text_addz(text, " for ");
	add_domain(text, spf->domain);
	wax_text_addz(text, " (not aligned)");
}

/* One word for all signatures: of the first that passed, or the first. */
static void
add_dkim(struct wax_text *text, const struct wax_results *results)
{
	const struct wax_dkim_signature *shown = NULL;

	for (size_t i = 0; i < results->n_dkim; i++)
		if (shown == NULL || (shown->result != WAX_PASS &&
		                         results->dkim[i].result == WAX_PASS))
			shown = &results->dkim[i];
	if (shown == NULL) {
		wax_text_addz(text, "DKIM none");
		return;
	}
	wax_text_addf(text, "DKIM %s", wax_result_word(shown->result));
	if (wax_domain_is_none(shown->sdid))
		return;
	wax_text_addz(text, " for ");
	add_domain(text, shown->sdid);
	if (shown->result == WAX_PASS)
		wax_text_addz(text, " (not aligned)");
}

static void
add_dmarc(struct wax_text *text, const struct wax_results *results)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;

	wax_text_addf(text, "DMARC %s for ", wax_result_word(dmarc->result));
	add_domain(text, dmarc->author_domain);
	wax_text_addf(text, ", policy %s=%s",
	    dmarc->applied_tag != NULL ? dmarc->applied_tag : "p",
	    wax_dmarc_policy_word(dmarc->published));
	if (!wax_domain_eq(dmarc->policy_domain, dmarc->author_domain)) {
		wax_text_addz(text, " of ");
		add_domain(text, dmarc->policy_domain);
	}
	wax_text_addz(text, ": ");
	add_spf(text, &results->mailfrom);
	wax_text_addz(text, ", ");
	add_dkim(text, results);
}

static void
add_spf_fail(struct wax_text *text, const struct wax_facts *facts,
    const struct wax_results *results)
{
	struct wax_str client =
	    wax_ip_format(text->arena, facts->connection.client);

	wax_text_addf(
	    text, "SPF fail: %.*s may not send mail for ", WAX_FMT(client));
	add_domain(text, results->mailfrom.domain);
}

/* Whether it is SPF that is waited for: 4.7.24 (RFC 7372 s3.2). */
static bool
waits_for_spf(const struct wax_results *results)
{
	if (results->dmarc.result == WAX_TEMPERROR)
		return results->dmarc.undecided_spf;
	return results->mailfrom.result == WAX_TEMPERROR;
}

static void
add_temperror(struct wax_text *text, const struct wax_results *results)
{
	wax_text_addz(text, "DNS trouble: ");
	if (waits_for_spf(results)) {
		wax_text_addz(text, "SPF of ");
		add_domain(text, results->mailfrom.domain);
	} else if (results->dmarc.result == WAX_TEMPERROR &&
	           !results->dmarc.undecided_dkim) {
		wax_text_addz(text, "DMARC policy of ");
		add_domain(text, results->dmarc.author_domain);
	} else {
		wax_text_addz(text, "the key of a DKIM signature");
	}
	wax_text_addz(text, " could not be read");
}

static void
add_accepted(struct wax_text *text, const struct wax_results *results)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;

	if (dmarc->result == WAX_FAIL) {
		add_dmarc(text, results);
		return;
	}
	wax_text_addf(text, "DMARC %s", wax_result_word(dmarc->result));
	if (!wax_domain_is_none(dmarc->author_domain)) {
		wax_text_addz(text, " for ");
		add_domain(text, dmarc->author_domain);
	}
}

/* The sentence that reply and `why` share. */
static void
add_cause(struct wax_text *text, const struct wax_facts *facts,
    const struct wax_results *results, enum wax_rule rule)
{
	switch (rule) {
	case WAX_RULE_NONE:
		add_accepted(text, results);
		return;
	case WAX_RULE_BAD_FROM:
		wax_text_addz(text, "The From field does not name one usable "
		                    "author domain");
		return;
	case WAX_RULE_DMARC:
		add_dmarc(text, results);
		return;
	case WAX_RULE_SPF_FAIL:
		add_spf_fail(text, facts, results);
		return;
	case WAX_RULE_DKIM_FAIL:
		wax_text_addz(text, "No DKIM signature is valid: ");
		add_dkim(text, results);
		return;
	case WAX_RULE_LIMIT:
		wax_text_addf(
		    text, "Message exceeds the limit %s", results->limit);
		return;
	case WAX_RULE_TEMPERROR:
		add_temperror(text, results);
		return;
	case WAX_RULE_NULL_MX:
		wax_text_addz(text, "The domain of MAIL FROM, ");
		add_domain(text, facts->reverse_path.domain);
		wax_text_addz(text, ", takes no mail (null MX)");
		return;
	case WAX_RULE_OVERLOAD:
	case WAX_RULE_INTERNAL_ERROR:
		break; /* not judged: wax_verdict_unjudged() */
	}
}

struct wax_str
wax_reply_why(struct wax_arena *arena, const struct wax_facts *facts,
    const struct wax_results *results, enum wax_rule rule,
    struct wax_mediator mediator)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	add_cause(&text, facts, results, rule);
	if (rule == WAX_RULE_BAD_FROM && results->author_reason.n > 0)
		wax_text_addf(&text, ": %.*s", WAX_FMT(results->author_reason));
	if (mediator.sign != WAX_SIGN_NONE) {
		wax_text_addz(&text, "; relayed by ");
		add_domain(&text, mediator.domain);
		wax_text_addf(
		    &text, " (%s)", wax_mediator_sign_words(mediator.sign));
	}
	return wax_text_str(&text);
}

static void
set_codes(struct wax_verdict *verdict, const struct wax_results *results)
{
	verdict->smtp_code = WAX_STR("550");
	switch (verdict->rule) {
	case WAX_RULE_DMARC:
		verdict->enhanced_code = WAX_STR("5.7.26");
		return;
	case WAX_RULE_SPF_FAIL:
		verdict->enhanced_code = WAX_STR("5.7.23");
		return;
	case WAX_RULE_DKIM_FAIL:
		verdict->enhanced_code = WAX_STR("5.7.20");
		return;
	case WAX_RULE_NULL_MX: /* RFC 7505 s4.2 */
		verdict->enhanced_code = WAX_STR("5.7.27");
		return;
	case WAX_RULE_BAD_FROM:
	case WAX_RULE_LIMIT:
	case WAX_RULE_NONE:
		verdict->enhanced_code = WAX_STR("5.7.1");
		return;
	case WAX_RULE_TEMPERROR:
	case WAX_RULE_OVERLOAD:
	case WAX_RULE_INTERNAL_ERROR:
		break;
	}
	verdict->smtp_code = WAX_STR("451");
	verdict->enhanced_code =
	    waits_for_spf(results) ? WAX_STR("4.7.24") : WAX_STR("4.4.3");
}

/* Letters, digits and what MTAs put between them. */
static bool
is_queue_id(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!wax_is_alpha(s.p[i]) && !wax_is_digit(s.p[i]) &&
		    s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			return false;
	return s.n > 0 && s.n <= QUEUE_ID_MAX;
}

static bool
is_printable(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

static void
add_if_it_fits(struct wax_text *text, const char *before, struct wax_str s,
    const char *after)
{
	size_t more =
	    wax_str_of(before).n + s.n + wax_str_of(after).n + CODES_MAX;

	if (text->n + more > WAX_REPLY_MAX)
		return;
	wax_text_addz(text, before);
	wax_text_add(text, s);
	wax_text_addz(text, after);
}

void
wax_reply_make(struct wax_arena *arena, const struct wax_local_policy *policy,
    const struct wax_facts *facts, const struct wax_results *results,
    struct wax_verdict *verdict)
{
	struct wax_text text;

	set_codes(verdict, results);
	wax_text_init(&text, arena);
	add_cause(&text, facts, results, verdict->rule);
	if (verdict->rule == WAX_RULE_BAD_FROM && results->author_reason.n > 0)
		add_if_it_fits(&text, ": ", results->author_reason, "");
	/* The queue id first: it is what the postmaster will be asked for. */
	if (is_queue_id(facts->queue_id))
		add_if_it_fits(&text, " (", facts->queue_id, ")");
	if (verdict->action == WAX_REJECT && is_printable(policy->reject_url))
		add_if_it_fits(&text, " ", policy->reject_url, "");
	WAX_ASSERT(text.n + CODES_MAX <= WAX_REPLY_MAX);
	verdict->text = wax_text_str(&text);
}
