/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_dmarc.c - the tree walks and comparisons behind a DMARC result.
 *
 * Walks again, over the answers that the message had: nothing is asked. What
 * was not asked for the message was not needed, and is shown as such.
 */
#include "milter/cmd/explain.h"

#include "policy/base/limits.h"

/* A resolver over the trace of a message. */
struct trace {
	struct wax_resolver base;
	const struct wax_results *results;
	bool is_complete; /* whether each question was there */
};

static const struct wax_answer *
find(const struct wax_results *results, struct wax_str qname,
    enum wax_rrtype type)
{
	for (size_t i = 0; i < results->n_questions; i++)
		if (results->question[i].type == type &&
		    wax_str_ieq(results->question[i].qname, qname))
			return results->question[i].answer;
	return NULL;
}

static void
trace_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	(void)resolver;
	(void)qname;
	(void)type;
}

static const struct wax_answer *
trace_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	(void)arena;
	return find(((struct trace *)(void *)resolver)->results, qname, type);
}

static const struct wax_answer *
trace_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	struct trace *trace = (struct trace *)(void *)resolver;
	const struct wax_answer *answer = find(trace->results, qname, type);
	const struct wax_answer *held;

	(void)deadline;
	if (answer != NULL)
		return answer;
	trace->is_complete = false;
	answer = wax_answer_new(WAX_DNS_NODATA, type, false, 0, 0, NULL);
	held = wax_answer_hold(arena, answer);
	wax_answer_unref(answer);
	return held;
}

static bool
trace_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	(void)resolver;
	(void)deadline;
	return false;
}

static const struct wax_resolver_ops trace_ops = {
	.prefetch = trace_prefetch,
	.peek = trace_peek,
	.lookup = trace_lookup,
	.wait_any = trace_wait_any,
};

static void
add_step(struct wax_text *text, const struct wax_results *results,
    struct wax_domain domain)
{
	struct wax_str qname =
	    wax_textf(text->arena, "_dmarc.%.*s", WAX_FMT(domain.text));
	const struct wax_answer *answer = find(results, qname, WAX_RR_TXT);
	size_t records = 0;

	wax_text_addf(text, "  %-22s %.*s: ", "asked", WAX_FMT(qname));
	if (answer == NULL) {
		wax_text_addz(text, "not needed\n");
		return;
	}
	if (answer->status != WAX_DNS_OK) {
		wax_text_addf(
		    text, "%s\n", wax_dns_status_word(answer->status));
		return;
	}
	for (size_t i = 0; i < answer->n; i++)
		records += wax_dmarc_record_is(answer->rr[i].txt.text);
	wax_text_addz(text, records == 1   ? "one record\n"
	                    : records == 0 ? "TXT, but no DMARC record\n"
	                                   : "several records: none counts\n");
}

static void
add_walk(struct wax_text *text, const struct wax_results *results)
{
	struct wax_domain step[WAX_WALK_MAX];
	size_t n = wax_walk_domains(results->dmarc.author_domain, step);

	for (size_t i = 0; i < n; i++)
		add_step(text, results, step[i]);
}

/* Why `domain` is aligned with the Author Domain, or not. */
static void
add_comparison(struct wax_text *text, const struct wax_results *results,
    struct wax_domain domain, bool is_strict)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;
	struct trace trace = { { &trace_ops }, results, true };
	struct wax_walk walk;
	struct wax_domain org;

	if (wax_domain_eq(domain, dmarc->author_domain)) {
		wax_text_addz(text, "the Author Domain itself: aligned\n");
		return;
	}
	if (is_strict) {
		wax_text_addz(text, "not the Author Domain (strict): not "
		                    "aligned\n");
		return;
	}
	if (dmarc->discovery == WAX_BY_PSL) {
		wax_text_addz(text, "by the public suffix list\n");
		return;
	}
	if (wax_domain_common(domain, dmarc->author_domain) < 2) {
		wax_text_addz(text, "shares less than two labels with the "
		                    "Author Domain: not aligned\n");
		return;
	}
	walk = wax_walk_run(text->arena, &trace.base, domain, 0);
	if (!trace.is_complete) {
		wax_text_addz(text, "its walk was not needed\n");
		return;
	}
	org = wax_walk_org_domain(&walk);
	wax_text_addf(text, "Organizational Domain %.*s: %saligned\n",
	    WAX_FMT(org.text),
	    wax_domain_eq(org, dmarc->org_domain) ? "" : "not ");
}

static void
add_identifier(struct wax_text *text, const struct wax_results *results,
    const char *method, enum wax_result result, struct wax_domain domain,
    bool is_strict)
{
	if (wax_domain_is_none(domain))
		return;
	wax_text_addf(text, "  %-22s %.*s: ", method, WAX_FMT(domain.text));
	if (result == WAX_PASS || result == WAX_TEMPERROR)
		add_comparison(text, results, domain, is_strict);
	else
		wax_text_addf(
		    text, "%s, so not looked at\n", wax_result_word(result));
}

static void
add_policy(struct wax_text *text, const struct wax_dmarc_result *dmarc)
{
	if (!dmarc->has_record) {
		wax_text_addf(text, "  %-22s none applies\n", "policy");
		return;
	}
	wax_text_addf(text, "  %-22s \"", "record");
	wax_text_add_escaped(text, dmarc->record.text);
	wax_text_addf(text, "\" of %.*s\n", WAX_FMT(dmarc->policy_domain.text));
	if (dmarc->record.error.n > 0) {
		wax_text_addf(text, "  %-22s ", "");
		wax_text_add_escaped(text, dmarc->record.error);
		wax_text_addc(text, '\n');
	}
	wax_text_addf(text, "  %-22s %s=%s", "policy",
	    dmarc->applied_tag != NULL ? dmarc->applied_tag : "p",
	    wax_dmarc_policy_word(dmarc->published));
	if (dmarc->policy != dmarc->published)
		wax_text_addf(text, ", with t=y %s",
		    wax_dmarc_policy_word(dmarc->policy));
	wax_text_addc(text, '\n');
}

void
wax_explain_dmarc(struct wax_text *text, const struct wax_results *results)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;

	wax_text_addz(text, "\nDMARC\n");
	if (dmarc->author_status != WAX_AUTHOR_OK) {
		wax_text_addf(text, "  %-22s none: %.*s\n", "Author Domain",
		    WAX_FMT(results->author_reason));
	} else {
		wax_text_addf(text, "  %-22s %.*s\n", "Author Domain",
		    WAX_FMT(dmarc->author_domain.text));
		if (dmarc->discovery == WAX_BY_TREEWALK)
			add_walk(text, results);
		wax_text_addf(text, "  %-22s %.*s\n", "Organizational Domain",
		    WAX_FMT(wax_domain_is_none(dmarc->org_domain)
		                ? WAX_STR("not needed")
		                : dmarc->org_domain.text));
		add_policy(text, dmarc);
		add_identifier(text, results, "SPF", results->mailfrom.result,
		    results->mailfrom.domain, dmarc->record.strict_spf);
		for (size_t i = 0; i < results->n_dkim; i++)
			add_identifier(text, results, "DKIM",
			    results->dkim[i].result, results->dkim[i].sdid,
			    dmarc->record.strict_dkim);
	}
	wax_text_addf(
	    text, "  %-22s %s\n", "result", wax_result_word(dmarc->result));
	if (dmarc->author_status == WAX_AUTHOR_OK && dmarc->reason.n > 0)
		wax_text_addf(
		    text, "  %-22s %.*s\n", "", WAX_FMT(dmarc->reason));
}
