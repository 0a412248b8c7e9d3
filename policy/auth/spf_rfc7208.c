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
 * what every engine does alike (spf_check.c).
 */
#include "policy/auth/spf_impl.h"

#include "policy/base/text.h"

/* One check_host(): a domain, its record, and how far it is read. */
struct frame {
	struct wax_spf_frame base;
	size_t at;                /* behind the term */
	struct wax_spf_term term; /* the one being evaluated */
	struct wax_str path;      /* the terms that led here: "x -> " */
};

struct check {
	struct wax_spf_check base;
	size_t depth;
	struct frame frame[WAX_SPF_FRAMES_MAX];
};

/* What became of a term, or of a part of one. */
enum outcome {
	NO_MATCH,
	MATCH,
	ENTERED, /* a frame was pushed or replaced */
	UNKNOWN, /* ahead: no answer yet; it goes on as with NO_MATCH */
	OVER     /* the evaluation has ended */
};

static struct frame *
top(struct check *c)
{
	return &c->frame[c->depth - 1];
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
 * The prospect of a frame whose current term may match (`term.pass`), may
 * not (`term.other`), or both. Terms behind it that need the DNS may do
 * either.
 */
static struct prospect
prospect_of(const struct check *c, const struct frame *f, struct prospect term)
{
	const struct wax_spf_record *record = &f->base.record;
	struct prospect p = { false, false };
	struct wax_spf_term next;
	unsigned terms = c->base.result.terms;
	size_t at = f->at;

	if (term.pass)
		add_prospect(&p, f->term.on_match);
	if (!term.other)
		return p;
	while (wax_spf_record_next(record, &at, &next)) {
		if (next.kind == WAX_SPF_REDIRECT || next.kind == WAX_SPF_EXP ||
		    next.kind == WAX_SPF_UNKNOWN_MODIFIER)
			continue;
		if (wax_spf_kind_counts(next.kind)) {
			if (terms++ >= WAX_SPF_TERMS_MAX)
				return p;
			add_prospect(&p, next.on_match);
		} else if (next.kind == WAX_SPF_ALL ||
		           wax_ip_within(c->base.query->client,
		               next.network.base, next.network.prefix)) {
			add_prospect(&p, next.on_match);
			return p;
		}
	}
	p.other = true;
	if (record->redirect.n > 0 && terms < WAX_SPF_TERMS_MAX)
		p.pass = true;
	return p;
}

/*
 * A question of the current term, or the record that is to replace the
 * current frame (`in_redirect`), has no answer. Could the evaluation have
 * come to a pass with one? Unless what is known says no.
 */
static enum outcome
stop_unanswered(struct check *c, struct wax_str name, enum wax_rrtype type,
    bool in_redirect)
{
	struct prospect p = { true, true };
	size_t i = in_redirect ? c->depth - 1 : c->depth;

	while (i-- > 0)
		p = prospect_of(c, &c->frame[i], p);
	wax_spf_stop_unanswered(&c->base, name, type);
	c->base.result.undecided = p.pass;
	return OVER;
}

/* --- terms ----------------------------------------------------------------- */

static enum outcome
outcome_of(struct check *c, enum wax_spf_found found, struct wax_str name,
    enum wax_rrtype type)
{
	switch (found) {
	case WAX_SPF_FOUND:
		return MATCH;
	case WAX_SPF_NOTHING:
		return NO_MATCH;
	case WAX_SPF_MISSING:
		return UNKNOWN;
	case WAX_SPF_FAILED:
		return stop_unanswered(c, name, type, false);
	case WAX_SPF_OVER:
		break;
	}
	return OVER;
}

/* RFC 7208 s5.3, and the hosts of s5.4 */
static enum outcome
match_a(struct check *c, const struct wax_spf_term *term, struct wax_str name)
{
	enum wax_spf_found found = wax_spf_host_has_client(
	    &c->base, name, true, term->prefix4, term->prefix6);

	return outcome_of(c, found, name, wax_spf_address_type(&c->base));
}

/* RFC 7208 s5.4 */
static enum outcome
match_mx(struct check *c, const struct wax_spf_term *term, struct wax_str name)
{
	const struct wax_answer *answer;
	enum wax_spf_found found =
	    wax_spf_ask(&c->base, name, WAX_RR_MX, true, &answer);
	enum outcome outcome;

	if (found != WAX_SPF_FOUND)
		return outcome_of(c, found, name, WAX_RR_MX);
	if (wax_spf_has_too_many_hosts(&c->base, name, answer))
		return OVER;
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
	enum wax_spf_found found =
	    wax_spf_validated_under(&c->base, &top(c)->base, name);

	if (found == WAX_SPF_FAILED)
		return NO_MATCH;
	return outcome_of(c, found, name, WAX_RR_PTR);
}

/* RFC 7208 s5.7: A, whatever the client's family is. */
static enum outcome
match_exists(struct check *c, struct wax_str name)
{
	const struct wax_answer *answer;
	enum wax_spf_found found =
	    wax_spf_ask(&c->base, name, WAX_RR_A, true, &answer);

	return outcome_of(c, found, name, WAX_RR_A);
}

/* The way into another record, for explain. */
static struct wax_str
path_by(struct check *c, const char *how, struct wax_str to)
{
	struct wax_text path;

	if (c->base.is_ahead)
		return WAX_STR("");
	wax_text_init(&path, c->base.arena);
	wax_text_add(&path, top(c)->path);
	wax_text_addz(&path, how);
	wax_text_add(&path, wax_str_head(to, WAX_SPF_TERM_SHOWN_MAX));
	wax_text_addz(&path, " -> ");
	return wax_text_str(&path);
}

/*
 * Begin the check_host() of a domain: on top of the stack, or in place of
 * the frame that redirects. NO_MATCH: there is no record.
 */
static enum outcome
enter(struct check *c, struct wax_str domain, struct wax_str path,
    bool in_redirect)
{
	struct frame frame = { .path = path };
	enum wax_spf_found found =
	    wax_spf_open_record(&c->base, domain, &frame.base);

	if (found == WAX_SPF_FAILED)
		return stop_unanswered(c, domain, WAX_RR_TXT, in_redirect);
	if (found != WAX_SPF_FOUND)
		return outcome_of(c, found, domain, WAX_RR_TXT);
	if (in_redirect)
		c->depth--;
	WAX_ASSERT(c->depth < WAX_SPF_FRAMES_MAX);
	c->frame[c->depth++] = frame;
	return ENTERED;
}

/* RFC 7208 s5.2, s6.1 */
static enum outcome
enter_other(
    struct check *c, struct wax_str name, struct wax_str path, bool in_redirect)
{
	enum outcome outcome = enter(c, name, path, in_redirect);

	if (outcome != NO_MATCH)
		return outcome;
	wax_spf_stop_without_record(&c->base, name, in_redirect);
	return OVER;
}

static enum outcome
evaluate_term(struct check *c)
{
	const struct wax_spf_term *term = &top(c)->term;
	struct wax_str name = { NULL, 0 };

	if (term->kind == WAX_SPF_REDIRECT) /* when all is read */
		return NO_MATCH;
	if (wax_spf_kind_counts(term->kind)) {
		if (!wax_spf_count_term(&c->base))
			return OVER;
		if (!wax_spf_target(&c->base, &top(c)->base, term->spec, &name))
			return c->base.is_over ? OVER : UNKNOWN;
	}
	switch (term->kind) {
	case WAX_SPF_ALL:
		return MATCH;
	case WAX_SPF_IP4:
	case WAX_SPF_IP6:
		return wax_ip_within(c->base.query->client, term->network.base,
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

static void
note_mechanism(struct check *c)
{
	const struct frame *f = top(c);

	if (!c->base.is_ahead)
		c->base.result.mechanism = wax_textf(c->base.arena, "%.*s%.*s",
		    WAX_FMT(f->path),
		    WAX_FMT(
		        wax_str_head(f->term.text, WAX_SPF_TERM_SHOWN_MAX)));
}

/*
 * The frame on top has come to a result: it is the whole result, or says
 * whether the include that led to it matches.              RFC 7208 s5.2
 */
static void
conclude(struct check *c, enum wax_result result)
{
	while (--c->depth > 0 && result == WAX_PASS)
		result = top(c)->term.on_match;
	if (c->depth > 0) {
		c->base.result.mechanism = WAX_STR("");
		return;
	}
	c->base.is_over = true;
	c->base.result.result = result;
}

/* The end of a record: redirect=, or the default.    RFC 7208 s4.7, s6.1 */
static void
finish_record(struct check *c)
{
	struct wax_str spec = top(c)->base.record.redirect, name;
	enum outcome outcome = NO_MATCH;

	if (spec.n > 0) {
		if (!wax_spf_count_term(&c->base))
			return;
		if (wax_spf_target(&c->base, &top(c)->base, spec, &name))
			outcome = enter_other(
			    c, name, path_by(c, "redirect=", spec), true);
	}
	if (outcome == ENTERED || c->base.is_over)
		return;
	conclude(c, WAX_NEUTRAL);
	if (c->base.is_over)
		c->base.result.reason = WAX_STR("no term matched");
}

static void
run(struct check *c)
{
	while (!c->base.is_over) {
		struct frame *f = top(c);

		if (!wax_spf_record_next(&f->base.record, &f->at, &f->term)) {
			finish_record(c);
			continue;
		}
		switch (evaluate_term(c)) {
		case MATCH:
			note_mechanism(c);
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

struct wax_spf_result
wax_spf_rfc7208(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct wax_spf_query *query, wax_deadline deadline)
{
	struct check c = { .base = { .arena = arena,
		               .answer_arena = arena,
		               .resolver = resolver,
		               .query = query,
		               .deadline = deadline } };
	struct wax_spf_result *result = &c.base.result;

	if (wax_spf_is_none(query, result))
		return *result;
	if (enter(&c, query->domain.text, WAX_STR(""), false) == NO_MATCH)
		wax_spf_stop(&c.base, WAX_NONE, WAX_STR("no SPF record"));
	run(&c);
	/* The frame of the record that failed is still there. */
	if (result->result == WAX_FAIL && query->want_explanation)
		wax_spf_explain(&c.base, &c.frame[0].base);
	return *result;
}

bool
wax_spf_prefetch(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct wax_spf_query *query)
{
	struct check c = { .base = { .answer_arena = arena,
		               .resolver = resolver,
		               .query = query,
		               .is_ahead = true } };

	if (wax_spf_is_none(query, &c.base.result))
		return true;
	c.base.arena = wax_arena_new("spf ahead", 0);
	if (enter(&c, query->domain.text, WAX_STR(""), false) == ENTERED)
		run(&c);
	wax_arena_free(c.base.arena);
	return !c.base.is_incomplete;
}
