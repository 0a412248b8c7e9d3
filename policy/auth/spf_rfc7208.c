/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our own check_host().                                     RFC 7208 s4
 *
 * Includes are a stack of frames, not a recursion; its depth is bounded by
 * the number of terms. The same code asks ahead: then answers that are not
 * here are asked for, their terms are taken not to match, and nothing is
 * concluded.
 *
 * Not here: the syntax of records (spf_record.c), macros (spf_macro.c), and
 * what is known without any record (spf.c).
 */
#include "policy/auth/spf_impl.h"

#include "policy/auth/spf_record.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

#define FRAMES_MAX (WAX_SPF_TERMS_MAX + 1)

/* One check_host(): a domain, its record, and how far it is read. */
struct frame {
	struct wax_str domain;
	struct wax_spf_record record;
	size_t at;                /* behind the term */
	struct wax_spf_term term; /* the one being evaluated */
	struct wax_str path;      /* the terms that led here: "x -> " */
	struct wax_str validated; /* %{p}, once it was looked for */
};

struct check {
	struct wax_arena *arena;        /* for text */
	struct wax_arena *answer_arena; /* for answers */
	struct wax_resolver *resolver;
	const struct wax_spf_query *query;
	wax_deadline deadline;
	bool ahead;
	bool is_incomplete; /* ahead: some answer is not here */
	bool is_over;       /* the result stands */
	bool is_explaining; /* voids do not count.     RFC 7208 s4.6.4 */
	bool is_void;       /* the current term has met a void lookup */
	size_t depth;
	struct frame frame[FRAMES_MAX];
	struct wax_spf_result result;
};

/* What became of a term, or of a part of one. */
enum outcome {
	NO_MATCH,
	MATCH,
	ENTERED, /* a frame was pushed or replaced */
	UNKNOWN, /* ahead: no answer yet; it goes on as with NO_MATCH */
	OVER     /* the evaluation has ended */
};

/* What the DNS said to one question. */
enum found {
	FOUND,
	NOTHING, /* no such name, or no such record */
	FAILED,  /* no answer: temporary */
	MISSING, /* ahead: not here yet */
	REFUSED  /* past the budget; the evaluation has ended */
};

static struct frame *
top(struct check *c)
{
	return &c->frame[c->depth - 1];
}

static enum outcome
stop(struct check *c, enum wax_result result, struct wax_str reason)
{
	c->is_over = true;
	c->result.result = result;
	c->result.reason = reason;
	c->result.mechanism = WAX_STR("");
	return OVER;
}

/*
 * A name in our own words: only what is a domain is repeated, for a macro
 * may have put anything into others.
 */
static struct wax_str
shown(struct check *c, struct wax_str name)
{
	struct wax_domain domain;

	if (wax_domain_parse(c->arena, name, &domain))
		return domain.text;
	return WAX_STR("a name that is no domain");
}

/* --- limits ---------------------------------------------------------------- */

/* Whether the current term may ask the DNS.            RFC 7208 s4.6.4 */
static bool
may_count(struct check *c)
{
	c->is_void = false;
	if (c->result.terms == WAX_SPF_TERMS_MAX) {
		(void)stop(c, WAX_PERMERROR,
		    wax_textf(c->arena, "more than %d terms need the DNS",
		        WAX_SPF_TERMS_MAX));
		return false;
	}
	c->result.terms++;
	return true;
}

static void
note_void(struct check *c)
{
	if (c->is_void || c->is_explaining)
		return;
	c->is_void = true;
	if (++c->result.voids > WAX_SPF_VOIDS_MAX)
		(void)stop(c, WAX_PERMERROR,
		    wax_textf(c->arena,
		        "more than %d terms ask for what does not exist",
		        WAX_SPF_VOIDS_MAX));
}

/* --- questions ------------------------------------------------------------- */

static const struct wax_answer *
get(struct check *c, struct wax_str name, enum wax_rrtype type)
{
	const struct wax_answer *answer;

	if (!c->ahead)
		return wax_dns_lookup(
		    c->resolver, c->answer_arena, name, type, c->deadline);
	answer = wax_dns_peek(c->resolver, c->answer_arena, name, type);
	if (answer != NULL)
		return answer;
	wax_dns_prefetch(c->resolver, name, type);
	return wax_dns_peek(c->resolver, c->answer_arena, name, type);
}

/* With FOUND, *out is an answer with records. */
static enum found
ask(struct check *c, struct wax_str name, enum wax_rrtype type,
    const struct wax_answer **out)
{
	/* No question, so no void lookup. */
	if (!wax_qname_is_askable(name))
		return NOTHING;
	*out = get(c, name, type);
	if (*out == NULL) {
		c->is_incomplete = true;
		return MISSING;
	}
	switch ((*out)->status) {
	case WAX_DNS_OK:
		return FOUND;
	case WAX_DNS_NODATA:
	case WAX_DNS_NXDOMAIN:
		return NOTHING;
	case WAX_DNS_TEMPFAIL:
		return FAILED;
	case WAX_DNS_LIMIT:
		break;
	}
	/* An explanation is not worth a verdict. */
	if (!c->is_explaining) {
		(void)stop(c, WAX_PERMERROR,
		    WAX_STR("the message's budget of DNS questions is spent"));
		c->result.limit_hit = true;
	}
	return REFUSED;
}

/* --- temporary errors ------------------------------------------------------ */

/* What a check_host() may still come to. */
struct prospect {
	bool pass, other; /* a pass; a result that is neither that nor error */
};

static void
add_prospect(struct prospect *p, enum wax_result result)
{
	if (result == WAX_PASS)
		p->pass = true;
	else
		p->other = true;
}

/*
 * The prospect of a frame whose current term may match, may not, or both.
 * Terms behind it that need the DNS may do either.
 */
static struct prospect
prospect_of(const struct check *c, const struct frame *f, struct prospect term)
{
	struct prospect p = { false, false };
	struct wax_spf_term next;
	unsigned terms = c->result.terms;
	size_t at = f->at;

	if (term.pass)
		add_prospect(&p, f->term.on_match);
	if (!term.other)
		return p;
	while (wax_spf_record_next(&f->record, &at, &next)) {
		if (next.kind == WAX_SPF_REDIRECT || next.kind == WAX_SPF_EXP ||
		    next.kind == WAX_SPF_UNKNOWN_MODIFIER)
			continue;
		if (wax_spf_kind_counts(next.kind)) {
			if (terms++ >= WAX_SPF_TERMS_MAX)
				return p;
			add_prospect(&p, next.on_match);
		} else if (next.kind == WAX_SPF_ALL ||
		           wax_ip_within(c->query->client, next.network.base,
		               next.network.prefix)) {
			add_prospect(&p, next.on_match);
			return p;
		}
	}
	p.other = true;
	if (f->record.redirect.n > 0 && terms < WAX_SPF_TERMS_MAX)
		p.pass = true;
	return p;
}

/*
 * Whether the evaluation could have come to a pass if what stopped it had
 * been answered: whatever is known says no, or it is true.
 */
static bool
could_pass(const struct check *c, bool in_redirect)
{
	struct prospect p = { true, true };
	size_t i = c->depth;

	/* The current frame was about to be replaced by anything. */
	if (in_redirect)
		i--;
	while (i-- > 0)
		p = prospect_of(c, &c->frame[i], p);
	return p.pass;
}

static enum outcome
stop_temporary(struct check *c, struct wax_str name, enum wax_rrtype type,
    bool in_redirect)
{
	(void)stop(c, WAX_TEMPERROR,
	    wax_textf(c->arena, "no answer to %s of %.*s",
	        wax_rrtype_word(type), WAX_FMT(shown(c, name))));
	c->result.undecided = could_pass(c, in_redirect);
	return OVER;
}

/* --- records --------------------------------------------------------------- */

static enum outcome
stop_syntax(struct check *c, struct wax_str domain, struct wax_str record,
    const struct wax_spf_fault *fault)
{
	unsigned nth = 0;

	for (size_t i = 1; i < fault->at; i++)
		if (record.p[i] == ' ' && record.p[i - 1] != ' ')
			nth++;
	return stop(c, WAX_PERMERROR,
	    wax_textf(c->arena,
	        "syntax error in the record of %.*s, term %u (octet %zu): %s",
	        WAX_FMT(shown(c, domain)), nth, fault->at + 1, fault->what));
}

/* The only SPF record among the texts.                     RFC 7208 s4.5 */
static enum outcome
select_record(struct check *c, struct wax_str domain,
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
		return NO_MATCH;
	if (n > 1)
		return stop(c, WAX_PERMERROR,
		    wax_textf(c->arena, "%.*s has %zu SPF records",
		        WAX_FMT(shown(c, domain)), n));
	if (out->n <= (max > 0 ? max : WAX_SPF_RECORD_BYTES_DEFAULT))
		return MATCH;
	(void)stop(c, WAX_PERMERROR,
	    wax_textf(c->arena, "the record of %.*s is too long: %zu octets",
	        WAX_FMT(shown(c, domain)), out->n));
	c->result.limit_hit = true;
	return OVER;
}

static size_t
labels(struct wax_str name)
{
	return wax_domain_labels((struct wax_domain){ name });
}

/*
 * Begin the check_host() of a domain, in frame c->depth of the stack (the
 * caller chooses which). NO_MATCH: there is no record.     RFC 7208 s4.3
 */
static enum outcome
enter(struct check *c, struct wax_str domain, struct wax_str path,
    bool in_redirect)
{
	const struct wax_answer *answer;
	struct frame frame = { .domain = domain, .path = path };
	struct wax_spf_fault fault;
	struct wax_str text;
	enum outcome outcome;

	if (labels(domain) < 2)
		return NO_MATCH;
	switch (ask(c, domain, WAX_RR_TXT, &answer)) {
	case FOUND:
		break;
	case NOTHING:
		return NO_MATCH;
	case MISSING:
		return UNKNOWN;
	case FAILED:
		return stop_temporary(c, domain, WAX_RR_TXT, in_redirect);
	case REFUSED:
		return OVER;
	}
	outcome = select_record(c, domain, answer, &text);
	if (outcome != MATCH)
		return outcome;
	if (!wax_spf_record_parse(text, &frame.record, &fault))
		return stop_syntax(c, domain, text, &fault);
	if (in_redirect)
		c->depth--;
	WAX_ASSERT(c->depth < FRAMES_MAX);
	c->frame[c->depth++] = frame;
	return ENTERED;
}

/* --- names ----------------------------------------------------------------- */

static struct wax_spf_values
values_of(const struct check *c, const struct frame *f)
{
	const struct wax_spf_query *q = c->query;

	return (struct wax_spf_values){
		.local_part =
		    q->local_part.n > 0 ? q->local_part : WAX_STR("postmaster"),
		.sender_domain = q->domain.text,
		.domain = f->domain,
		.client = q->client,
		.validated = f->validated,
		.helo = q->helo,
		.receiver = q->receiver,
		.now = q->now,
	};
}

static bool
is_under(struct wax_str name, struct wax_str top_name)
{
	return wax_domain_is_under(
	    (struct wax_domain){ name }, (struct wax_domain){ top_name });
}

/* Whether one of a host's addresses is the client's, up to the prefix. */
static enum found
host_has_client(
    struct check *c, struct wax_str host, unsigned prefix4, unsigned prefix6)
{
	struct wax_ip client = c->query->client;
	bool is_v4 = client.family == WAX_IPV4;
	const struct wax_answer *answer;
	enum found found;

	found = ask(c, host, is_v4 ? WAX_RR_A : WAX_RR_AAAA, &answer);
	if (found == NOTHING && wax_qname_is_askable(host))
		note_void(c);
	if (found != FOUND)
		return found;
	for (size_t i = 0; i < answer->n; i++)
		if (wax_ip_within(client, answer->rr[i].address,
		        is_v4 ? prefix4 : prefix6))
			return FOUND;
	return NOTHING;
}

/* The names that the client's address has, unproven.       RFC 7208 s5.5 */
static enum found
client_names(struct check *c, const struct wax_answer **out)
{
	struct wax_spf_values values = values_of(c, top(c));
	struct wax_str name =
	    wax_spf_expand_name(c->arena, WAX_STR("%{ir}.%{v}.arpa"), &values);
	enum found found = ask(c, name, WAX_RR_PTR, out);

	if (found == NOTHING)
		note_void(c);
	return found;
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
	return is_under(name, domain) ? 1 : 2;
}

/*
 * The first validated name of the client of the best rank, of ranks up to
 * `worst`: a name counts if it leads back to the client. Errors are skipped,
 * and names after the tenth are not looked at.             RFC 7208 s5.5
 */
static enum found
validated_name(
    struct check *c, struct wax_str domain, unsigned worst, struct wax_str *out)
{
	const struct wax_answer *names;
	enum found found = client_names(c, &names), best = NOTHING;
	size_t n;

	if (found != FOUND)
		return found;
	n = names->n < WAX_SPF_PTR_MAX ? names->n : WAX_SPF_PTR_MAX;
	for (unsigned rank = 0; rank <= worst; rank++) {
		for (size_t i = 0; i < n && !c->is_over; i++) {
			*out = names->rr[i].name;
			if (rank_of(*out, domain) != rank)
				continue;
			found = host_has_client(c, *out, 32, 128);
			/* A better name may still come. */
			if (found == FOUND && best == MISSING && worst > 1)
				return MISSING;
			if (found == FOUND || found == REFUSED)
				return found;
			if (found == MISSING)
				best = MISSING;
		}
	}
	return best;
}

/*
 * The target of the current term, expanded. False: not known yet, or the
 * evaluation has ended.                                    RFC 7208 s4.8
 */
static bool
target(struct check *c, struct wax_str spec, struct wax_str *out)
{
	struct frame *f = top(c);
	struct wax_spf_values values;
	enum found found = FOUND;

	*out = f->domain;
	if (spec.n == 0)
		return true;
	if (f->validated.n == 0 && wax_spf_uses_letter(spec, 'p')) {
		found = validated_name(c, f->domain, 2, &f->validated);
		if (found != FOUND)
			f->validated = WAX_STR("");
		if (found == NOTHING || found == FAILED)
			f->validated = WAX_STR("unknown");
	}
	values = values_of(c, f);
	*out = wax_spf_expand_name(c->arena, spec, &values);
	return found != MISSING && found != REFUSED && !c->is_over;
}

/* --- terms ----------------------------------------------------------------- */

static enum outcome
outcome_of(struct check *c, enum found found, struct wax_str name,
    enum wax_rrtype type)
{
	if (c->is_over)
		return OVER;
	switch (found) {
	case FOUND:
		return MATCH;
	case NOTHING:
		return NO_MATCH;
	case MISSING:
		return UNKNOWN;
	case FAILED:
		return stop_temporary(c, name, type, false);
	case REFUSED:
		break;
	}
	return OVER;
}

static enum wax_rrtype
address_type(const struct check *c)
{
	return c->query->client.family == WAX_IPV4 ? WAX_RR_A : WAX_RR_AAAA;
}

/* RFC 7208 s5.3 */
static enum outcome
match_a(struct check *c, const struct wax_spf_term *term, struct wax_str name)
{
	enum found found =
	    host_has_client(c, name, term->prefix4, term->prefix6);

	return outcome_of(c, found, name, address_type(c));
}

/*
 * More than ten hosts are an error before the first is looked at, so that
 * the result does not hang on their order.        RFC 7208 s5.4, s4.6.4
 */
static enum outcome
match_mx(struct check *c, const struct wax_spf_term *term, struct wax_str name)
{
	const struct wax_answer *answer;
	enum found found = ask(c, name, WAX_RR_MX, &answer);
	enum outcome outcome;

	if (found == NOTHING && wax_qname_is_askable(name))
		note_void(c);
	if (found != FOUND)
		return outcome_of(c, found, name, WAX_RR_MX);
	if (answer->n > WAX_SPF_MX_MAX)
		return stop(c, WAX_PERMERROR,
		    wax_textf(c->arena, "%.*s has more than %d MX hosts",
		        WAX_FMT(shown(c, name)), WAX_SPF_MX_MAX));
	for (size_t i = 0; i < answer->n; i++) {
		outcome = match_a(c, term, answer->rr[i].mx.host);
		if (outcome != NO_MATCH && outcome != UNKNOWN)
			return outcome;
	}
	return NO_MATCH;
}

/* RFC 7208 s5.5: an error is no match here. */
static enum outcome
match_ptr(struct check *c, struct wax_str name)
{
	struct wax_str ignored;
	enum found found = validated_name(c, name, 1, &ignored);

	return outcome_of(
	    c, found == FAILED ? NOTHING : found, name, WAX_RR_PTR);
}

/* RFC 7208 s5.7: A, whatever the client's family is. */
static enum outcome
match_exists(struct check *c, struct wax_str name)
{
	const struct wax_answer *answer;
	enum found found = ask(c, name, WAX_RR_A, &answer);

	if (found == NOTHING && wax_qname_is_askable(name))
		note_void(c);
	return outcome_of(c, found, name, WAX_RR_A);
}

/* The way into another record, for explain. */
static struct wax_str
path_by(struct check *c, const char *how, struct wax_str to)
{
	struct wax_text path;

	if (c->ahead)
		return WAX_STR("");
	wax_text_init(&path, c->arena);
	wax_text_add(&path, top(c)->path);
	wax_text_addz(&path, how);
	wax_text_add(&path, wax_str_head(to, WAX_SPF_TERM_SHOWN_MAX));
	wax_text_addz(&path, " -> ");
	return wax_text_str(&path);
}

/* RFC 7208 s5.2, s6.1: without a record, a permanent error. */
static enum outcome
enter_other(
    struct check *c, struct wax_str name, struct wax_str path, bool in_redirect)
{
	enum outcome outcome = enter(c, name, path, in_redirect);

	if (outcome != NO_MATCH)
		return outcome;
	return stop(c, WAX_PERMERROR,
	    wax_textf(c->arena, "%.*s, which is %s, has no SPF record",
	        WAX_FMT(shown(c, name)),
	        in_redirect ? "redirected to" : "included"));
}

static enum outcome
evaluate_term(struct check *c)
{
	const struct wax_spf_term *term = &top(c)->term;
	struct wax_str name;

	if (term->kind == WAX_SPF_REDIRECT) /* when all is read */
		return NO_MATCH;
	if (wax_spf_kind_counts(term->kind)) {
		if (!may_count(c))
			return OVER;
		if (!target(c, term->spec, &name))
			return c->is_over ? OVER : UNKNOWN;
	}
	switch (term->kind) {
	case WAX_SPF_ALL:
		return MATCH;
	case WAX_SPF_IP4:
	case WAX_SPF_IP6:
		return wax_ip_within(c->query->client, term->network.base,
		           term->network.prefix)
		           ? MATCH
		           : NO_MATCH;
	case WAX_SPF_A:
		return match_a(c, term, name);
	case WAX_SPF_MX:
		return match_mx(c, term, name);
	case WAX_SPF_PTR:
		return match_ptr(c, name);
	case WAX_SPF_EXISTS:
		return match_exists(c, name);
	case WAX_SPF_INCLUDE:
		return enter_other(c, name, path_by(c, "", term->text), false);
	case WAX_SPF_REDIRECT:
	case WAX_SPF_EXP:
	case WAX_SPF_UNKNOWN_MODIFIER:
		break;
	}
	return NO_MATCH;
}

/* --- the whole ------------------------------------------------------------- */

/*
 * The frame on top has come to a result: it is the whole result, or says
 * whether the include that led to it matches.              RFC 7208 s5.2
 */
static void
conclude(struct check *c, enum wax_result result)
{
	struct frame *f = top(c);

	if (result == f->term.on_match && !c->ahead) /* not by default */
		c->result.mechanism = wax_textf(c->arena, "%.*s%.*s",
		    WAX_FMT(f->path),
		    WAX_FMT(
		        wax_str_head(f->term.text, WAX_SPF_TERM_SHOWN_MAX)));
	while (--c->depth > 0 && result == WAX_PASS)
		result = top(c)->term.on_match;
	if (c->depth > 0) {
		c->result.mechanism = WAX_STR("");
		return;
	}
	c->is_over = true;
	c->result.result = result;
}

/* The end of a record: redirect=, or the default.    RFC 7208 s4.7, s6.1 */
static void
finish_record(struct check *c)
{
	struct frame *f = top(c);
	struct wax_str spec = f->record.redirect, name;
	enum outcome outcome = NO_MATCH;

	if (spec.n > 0) {
		if (!may_count(c))
			return;
		if (target(c, spec, &name))
			outcome = enter_other(
			    c, name, path_by(c, "redirect=", spec), true);
	}
	if (outcome == ENTERED || c->is_over)
		return;
	f->term = (struct wax_spf_term){ .on_match = WAX_NONE };
	conclude(c, WAX_NEUTRAL);
	if (c->is_over)
		c->result.reason = WAX_STR("no term matched");
}

static void
run(struct check *c)
{
	while (!c->is_over) {
		struct frame *f = top(c);

		if (!wax_spf_record_next(&f->record, &f->at, &f->term)) {
			finish_record(c);
			continue;
		}
		switch (evaluate_term(c)) {
		case MATCH:
			conclude(c, f->term.on_match);
			break;
		case NO_MATCH:
		case ENTERED:
		case UNKNOWN:
		case OVER:
			break;
		}
	}
}

/*
 * The text for a fail, from the record that said so. Whatever is wrong with
 * it, the result stands.                                   RFC 7208 s6.2
 */
static void
explain(struct check *c)
{
	struct frame *f = &c->frame[0];
	struct wax_spf_values values;
	const struct wax_answer *answer;
	struct wax_str name, text;

	c->is_over = false;
	c->is_explaining = true;
	c->depth = 1;
	if (f->record.exp.n > 0 && target(c, f->record.exp, &name) &&
	    ask(c, name, WAX_RR_TXT, &answer) == FOUND && answer->n == 1) {
		text = answer->rr[0].txt.text;
		if (wax_spf_is_explain_string(text)) {
			if (wax_spf_uses_letter(text, 'p'))
				(void)target(c, WAX_STR("%{p}"), &name);
			values = values_of(c, f);
			if (!wax_spf_expand_text(c->arena, text, &values,
			        &c->result.explanation))
				c->result.explanation = WAX_STR("");
		}
	}
	c->is_over = true;
}

struct wax_spf_result
wax_spf_rfc7208(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct wax_spf_query *query, wax_deadline deadline)
{
	struct check c = { .arena = arena,
		.answer_arena = arena,
		.resolver = resolver,
		.query = query,
		.deadline = deadline };

	if (wax_spf_is_none(query, &c.result))
		return c.result;
	if (enter(&c, query->domain.text, WAX_STR(""), false) == NO_MATCH)
		(void)stop(&c, WAX_NONE, WAX_STR("no SPF record"));
	run(&c);
	if (c.result.result == WAX_FAIL && query->want_explanation)
		explain(&c);
	return c.result;
}

bool
wax_spf_prefetch(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct wax_spf_query *query)
{
	struct check c = { .answer_arena = arena,
		.resolver = resolver,
		.query = query,
		.ahead = true };

	if (wax_spf_is_none(query, &c.result))
		return true;
	c.arena = wax_arena_new("spf ahead", 0);
	if (enter(&c, query->domain.text, WAX_STR(""), false) == ENTERED)
		run(&c);
	wax_arena_free(c.arena);
	return !c.is_incomplete;
}
