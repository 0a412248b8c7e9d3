/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every engine does alike: count, ask, fetch records, make names.
 */
#include "policy/auth/spf_impl.h"

#include "policy/base/text.h"

void
wax_spf_stop(
    struct wax_spf_check *c, enum wax_result result, struct wax_str reason)
{
	c->is_over = true;
	c->result.result = result;
	c->result.reason = reason;
	c->result.mechanism = WAX_STR("");
}

/*
 * A name in our own words: only what is a domain is repeated, for a macro
 * may have put anything into others.
 */
static struct wax_str
shown(struct wax_spf_check *c, struct wax_str name)
{
	struct wax_domain domain;

	if (wax_domain_parse(c->arena, name, &domain))
		return domain.text;
	return WAX_STR("a name that is no domain");
}

void
wax_spf_stop_unanswered(
    struct wax_spf_check *c, struct wax_str name, enum wax_rrtype type)
{
	wax_spf_stop(c, WAX_TEMPERROR,
	    wax_textf(c->arena, "no answer to %s of %.*s",
	        wax_rrtype_word(type), WAX_FMT(shown(c, name))));
	c->result.undecided = true;
}

void
wax_spf_stop_without_record(
    struct wax_spf_check *c, struct wax_str name, bool is_redirect)
{
	wax_spf_stop(c, WAX_PERMERROR,
	    wax_textf(c->arena, "%.*s, which is %s, has no SPF record",
	        WAX_FMT(shown(c, name)),
	        is_redirect ? "redirected to" : "included"));
}

/* --- counting -------------------------------------------------------------- */

bool
wax_spf_count_term(struct wax_spf_check *c)
{
	c->is_void = false;
	if (c->result.terms == WAX_SPF_TERMS_MAX) {
		wax_spf_stop(c, WAX_PERMERROR,
		    wax_textf(c->arena, "more than %d terms need the DNS",
		        WAX_SPF_TERMS_MAX));
		return false;
	}
	c->result.terms++;
	return true;
}

static enum wax_spf_found
note_void(struct wax_spf_check *c)
{
	if (c->is_void || c->is_explaining)
		return WAX_SPF_NOTHING;
	c->is_void = true;
	if (++c->result.voids <= WAX_SPF_VOIDS_MAX)
		return WAX_SPF_NOTHING;
	wax_spf_stop(c, WAX_PERMERROR,
	    wax_textf(c->arena,
	        "more than %d terms ask for what does not exist",
	        WAX_SPF_VOIDS_MAX));
	return WAX_SPF_OVER;
}

/* --- questions ------------------------------------------------------------- */

static const struct wax_answer *
get(struct wax_spf_check *c, struct wax_str name, enum wax_rrtype type)
{
	const struct wax_answer *answer;

	if (!c->is_ahead)
		return wax_dns_lookup(
		    c->resolver, c->answer_arena, name, type, c->deadline);
	answer = wax_dns_peek(c->resolver, c->answer_arena, name, type);
	if (answer != NULL)
		return answer;
	wax_dns_prefetch(c->resolver, name, type);
	return wax_dns_peek(c->resolver, c->answer_arena, name, type);
}

enum wax_spf_found
wax_spf_ask(struct wax_spf_check *c, struct wax_str name, enum wax_rrtype type,
    bool counts, const struct wax_answer **out)
{
	/* No question, so no void lookup. */
	if (!wax_qname_is_askable(name))
		return WAX_SPF_NOTHING;
	*out = get(c, name, type);
	if (*out == NULL) {
		c->is_incomplete = true;
		return WAX_SPF_MISSING;
	}
	switch ((*out)->status) {
	case WAX_DNS_OK:
		return WAX_SPF_FOUND;
	case WAX_DNS_NODATA:
	case WAX_DNS_NXDOMAIN:
		return counts ? note_void(c) : WAX_SPF_NOTHING;
	case WAX_DNS_TEMPFAIL:
		return WAX_SPF_FAILED;
	case WAX_DNS_LIMIT:
		break;
	}
	/* An explanation is not worth a verdict. */
	if (c->is_explaining)
		return WAX_SPF_FAILED;
	wax_spf_stop(c, WAX_PERMERROR,
	    WAX_STR("too many DNS questions, or records in an answer"));
	c->result.limit_hit = true;
	return WAX_SPF_OVER;
}

/*
 * An error before the first host is looked at, so that the result does not
 * hang on their order.                            RFC 7208 s5.4, s4.6.4
 */
bool
wax_spf_has_too_many_hosts(struct wax_spf_check *c, struct wax_str name,
    const struct wax_answer *answer)
{
	if (answer->n <= WAX_SPF_MX_MAX)
		return false;
	wax_spf_stop(c, WAX_PERMERROR,
	    wax_textf(c->arena, "%.*s has more than %d MX hosts",
	        WAX_FMT(shown(c, name)), WAX_SPF_MX_MAX));
	return true;
}

/* --- records --------------------------------------------------------------- */

static void
stop_syntax(struct wax_spf_check *c, struct wax_str domain,
    struct wax_str record, const struct wax_spf_fault *fault)
{
	unsigned nth = 0;

	for (size_t i = 1; i < fault->at; i++)
		if (record.p[i] == ' ' && record.p[i - 1] != ' ')
			nth++;
	wax_spf_stop(c, WAX_PERMERROR,
	    wax_textf(c->arena,
	        "syntax error in the record of %.*s, term %u (octet %zu): %s",
	        WAX_FMT(shown(c, domain)), nth, fault->at + 1, fault->what));
}

/* The only SPF record among the texts.                     RFC 7208 s4.5 */
static enum wax_spf_found
select_record(struct wax_spf_check *c, struct wax_str domain,
    const struct wax_answer *answer, struct wax_str *out)
{
	size_t max = c->query->max_record_bytes;
	size_t n = 0;

	for (size_t i = 0; i < answer->n; i++) {
		if (!wax_spf_record_is(answer->rr[i].txt.text))
			continue;
		*out = answer->rr[i].txt.text;
		n++;
	}
	if (n == 0)
		return WAX_SPF_NOTHING;
	if (n > 1) {
		wax_spf_stop(c, WAX_PERMERROR,
		    wax_textf(c->arena, "%.*s has %zu SPF records",
		        WAX_FMT(shown(c, domain)), n));
		return WAX_SPF_OVER;
	}
	if (out->n <= (max > 0 ? max : WAX_SPF_RECORD_BYTES_DEFAULT))
		return WAX_SPF_FOUND;
	wax_spf_stop(c, WAX_PERMERROR,
	    wax_textf(c->arena, "the record of %.*s is too long: %zu octets",
	        WAX_FMT(shown(c, domain)), out->n));
	c->result.limit_hit = true;
	return WAX_SPF_OVER;
}

/* RFC 7208 s4.3: what is no multi-label domain name has no record. */
enum wax_spf_found
wax_spf_open_record(
    struct wax_spf_check *c, struct wax_str domain, struct wax_spf_frame *out)
{
	const struct wax_answer *answer;
	struct wax_spf_fault fault;
	struct wax_str text;
	enum wax_spf_found found;

	*out = (struct wax_spf_frame){ .domain = domain };
	if (wax_domain_labels((struct wax_domain){ domain }) < 2)
		return WAX_SPF_NOTHING;
	found = wax_spf_ask(c, domain, WAX_RR_TXT, false, &answer);
	if (found == WAX_SPF_FOUND)
		found = select_record(c, domain, answer, &text);
	if (found != WAX_SPF_FOUND)
		return found;
	if (wax_spf_record_parse(text, &out->record, &fault))
		return WAX_SPF_FOUND;
	stop_syntax(c, domain, text, &fault);
	return WAX_SPF_OVER;
}

/* --- names ----------------------------------------------------------------- */

static struct wax_spf_values
values_of(const struct wax_spf_check *c, const struct wax_spf_frame *frame)
{
	const struct wax_spf_query *q = c->query;

	return (struct wax_spf_values){
		.local_part =
		    q->local_part.n > 0 ? q->local_part : WAX_STR("postmaster"),
		.sender_domain = q->domain.text,
		.domain = frame->domain,
		.client = q->client,
		.validated = frame->validated,
		.helo = q->helo,
		.receiver = q->receiver,
		.now = q->now,
	};
}

enum wax_rrtype
wax_spf_address_type(const struct wax_spf_check *c)
{
	return c->query->client.family == WAX_IPV4 ? WAX_RR_A : WAX_RR_AAAA;
}

struct wax_str
wax_spf_reverse_name(struct wax_spf_check *c, const struct wax_spf_frame *frame)
{
	struct wax_spf_values values = values_of(c, frame);

	return wax_spf_expand_name(
	    c->arena, WAX_STR("%{ir}.%{v}.arpa"), &values);
}

enum wax_spf_found
wax_spf_host_has_client(struct wax_spf_check *c, struct wax_str host,
    bool counts, unsigned prefix4, unsigned prefix6)
{
	struct wax_ip client = c->query->client;
	const struct wax_answer *answer;
	enum wax_spf_found found =
	    wax_spf_ask(c, host, wax_spf_address_type(c), counts, &answer);

	if (found != WAX_SPF_FOUND)
		return found;
	for (size_t i = 0; i < answer->n; i++)
		if (wax_ip_within(client, answer->rr[i].address,
		        client.family == WAX_IPV4 ? prefix4 : prefix6))
			return WAX_SPF_FOUND;
	return WAX_SPF_NOTHING;
}

/*
 * How well a client's name serves for %{p}: it "SHOULD" be the domain
 * itself, else a subdomain, else any.                      RFC 7208 s7.3
 */
static unsigned
rank_of(struct wax_str name, struct wax_str domain)
{
	if (wax_str_eq(name, domain))
		return 0;
	return wax_domain_is_under(
	           (struct wax_domain){ name }, (struct wax_domain){ domain })
	           ? 1
	           : 2;
}

/*
 * The first validated name of the client of the best rank, of ranks up to
 * `worst`: a name counts if it leads back to the client. Errors are skipped,
 * and names after the tenth are not looked at. Whether these names exist is
 * the client's fault, and no void lookup of the domain's. RFC 7208 s5.5
 */
static enum wax_spf_found
validated_name(struct wax_spf_check *c, const struct wax_spf_frame *frame,
    struct wax_str domain, unsigned worst, struct wax_str *out)
{
	const struct wax_answer *names;
	enum wax_spf_found found, best = WAX_SPF_NOTHING;
	size_t n;

	found = wax_spf_ask(
	    c, wax_spf_reverse_name(c, frame), WAX_RR_PTR, true, &names);
	if (found != WAX_SPF_FOUND)
		return found;
	n = names->n < WAX_SPF_PTR_MAX ? names->n : WAX_SPF_PTR_MAX;
	for (unsigned rank = 0; rank <= worst; rank++) {
		for (size_t i = 0; i < n; i++) {
			*out = names->rr[i].name;
			if (rank_of(*out, domain) != rank)
				continue;
			found =
			    wax_spf_host_has_client(c, *out, false, 32, 128);
			/* A better name may still come. */
			if (found == WAX_SPF_FOUND && best == WAX_SPF_MISSING &&
			    worst > 1)
				return WAX_SPF_MISSING;
			if (found == WAX_SPF_FOUND || found == WAX_SPF_OVER)
				return found;
			if (found == WAX_SPF_MISSING)
				best = WAX_SPF_MISSING;
		}
	}
	return best;
}

enum wax_spf_found
wax_spf_validated_under(struct wax_spf_check *c,
    const struct wax_spf_frame *frame, struct wax_str domain)
{
	struct wax_str ignored;

	return validated_name(c, frame, domain, 1, &ignored);
}

/* Look for %{p}, unless that is done. False: not known yet, or over. */
static bool
validate(struct wax_spf_check *c, struct wax_spf_frame *frame)
{
	struct wax_str name;

	if (frame->validated.n > 0)
		return true;
	switch (validated_name(c, frame, frame->domain, 2, &name)) {
	case WAX_SPF_FOUND:
		frame->validated = name;
		return true;
	case WAX_SPF_NOTHING:
	case WAX_SPF_FAILED:
		frame->validated = WAX_STR("unknown");
		return true;
	case WAX_SPF_MISSING:
	case WAX_SPF_OVER:
		break;
	}
	return false;
}

bool
wax_spf_target(struct wax_spf_check *c, struct wax_spf_frame *frame,
    struct wax_str spec, struct wax_str *out)
{
	struct wax_spf_values values;

	*out = frame->domain;
	if (spec.n == 0)
		return true;
	if (wax_spf_uses_letter(spec, 'p') && !validate(c, frame))
		return false;
	values = values_of(c, frame);
	*out = wax_spf_expand_name(c->arena, spec, &values);
	if (!c->is_explaining && wax_str_find(spec, '%') < spec.n)
		c->result.names_by_macro = true;
	return true;
}

/* --- the explanation ------------------------------------------------------- */

void
wax_spf_explain(struct wax_spf_check *c, struct wax_spf_frame *frame)
{
	struct wax_spf_values values;
	const struct wax_answer *answer;
	struct wax_str name, text;

	if (frame->record.exp.n == 0)
		return;
	c->is_explaining = true;
	if (!wax_spf_target(c, frame, frame->record.exp, &name) ||
	    wax_spf_ask(c, name, WAX_RR_TXT, false, &answer) != WAX_SPF_FOUND ||
	    answer->n != 1)
		return;
	text = answer->rr[0].txt.text;
	if (!wax_spf_is_explain_string(text))
		return;
	if (wax_spf_uses_letter(text, 'p'))
		(void)validate(c, frame); /* "unknown" does, too */
	values = values_of(c, frame);
	if (!wax_spf_expand_text(
	        c->arena, text, &values, &c->result.explanation))
		c->result.explanation = WAX_STR("");
}
