/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_view.c - the walk name by name, and what comes of it for the domain,
 * for a subdomain of it, and for one that does not exist.
 */
#include "policy/check/dmarc_view.h"

#include "policy/auth/dmarc_judge.h"
#include "policy/check/dmarc_view_impl.h"

#define TEXT_SHOWN_MAX 200

struct wax_str
wax_dmarc_name(struct wax_arena *arena, struct wax_domain domain)
{
	return wax_textf(arena, "_dmarc.%.*s", WAX_FMT(domain.text));
}

struct wax_str
wax_dmarc_shown(struct wax_arena *arena, struct wax_str text)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	wax_text_add_escaped(&out, wax_str_head(text, TEXT_SHOWN_MAX));
	if (text.n > TEXT_SHOWN_MAX)
		wax_text_addz(&out, "...");
	return wax_text_str(&out);
}

struct wax_str
wax_dmarc_own_rua(struct wax_arena *arena, struct wax_domain domain)
{
	return wax_textf(
	    arena, "mailto:dmarc-reports@%.*s", WAX_FMT(domain.text));
}

size_t
wax_dmarc_count_records(const struct wax_answer *answer)
{
	size_t n = 0;

	for (size_t i = 0; i < answer->n; i++)
		if (wax_dmarc_record_is(answer->rr[i].txt.text))
			n++;
	return n;
}

/* --- the walk, name by name -------------------------------------------- */

static bool
is_answered(const struct wax_answer *answer)
{
	return answer->status != WAX_DNS_TEMPFAIL &&
	       answer->status != WAX_DNS_LIMIT;
}

static struct wax_str
remark_of(const struct wax_dmarc_look *look, const struct wax_answer *answer)
{
	size_t n = wax_dmarc_count_records(answer);

	if (!is_answered(answer))
		return WAX_STR("no answer");
	if (n == 0)
		return WAX_STR("no record");
	if (n > 1)
		return wax_textf(look->arena, "%zu records: none counts", n);
	return WAX_STR("");
}

static struct wax_str
escaped(struct wax_arena *arena, struct wax_str text)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	wax_text_add_escaped(&out, text);
	return wax_text_str(&out);
}

static struct wax_dmarc_step
step_of(const struct wax_dmarc_look *look, struct wax_domain domain,
    const struct wax_answer *answer)
{
	const struct wax_walk_step *found = wax_walk_find(look->walk, domain);
	struct wax_dmarc_step step = { .domain = domain,
		.remark = remark_of(look, answer) };

	if (found == NULL)
		return step;
	step.record = escaped(look->arena, found->record.text);
	if (found->record.psd == WAX_PSD_YES)
		step.remark = WAX_STR("the walk ends here: psd=y");
	if (found->record.psd == WAX_PSD_NO)
		step.remark = WAX_STR("the walk ends here: psd=n");
	return step;
}

static void
show_walk(struct wax_dmarc_look *look, struct wax_dmarc_view *view)
{
	struct wax_domain domains[WAX_WALK_MAX];
	size_t n = wax_walk_domains(view->domain, domains);
	struct wax_dmarc_step *steps = wax_alloc(look->arena, n, sizeof *steps);

	for (size_t i = 0; i < n; i++) {
		const struct wax_walk_step *last =
		    look->walk->n > 0 ? &look->walk->step[look->walk->n - 1]
		                      : NULL;

		look->answers[i] = wax_dns_lookup(look->resolver, look->arena,
		    wax_dmarc_name(look->arena, domains[i]), WAX_RR_TXT,
		    look->deadline);
		steps[i] = step_of(look, domains[i], look->answers[i]);
		view->n_steps = i + 1;
		if (look->walk->stopped && last != NULL &&
		    wax_domain_eq(last->domain, domains[i]))
			break;
	}
	view->step = steps;
}

/* --- what comes of it -------------------------------------------------- */

/* Policy discovery, as for a message of the walk's start. */
static struct wax_judgement
judge(const struct wax_walk *walk, bool exists)
{
	struct wax_evidence evidence = { .walk = *walk,
		.existence = exists ? WAX_EXISTS : WAX_EXISTS_NOT };
	struct wax_supposition given = { .exists = exists };

	return wax_dmarc_judge(&evidence, &given);
}

/* The walk of a subdomain that publishes nothing itself. */
static struct wax_walk
walk_below(struct wax_arena *arena, const struct wax_walk *walk)
{
	struct wax_walk below = *walk;

	below.start.text =
	    wax_textf(arena, "sub.%.*s", WAX_FMT(walk->start.text));
	return below;
}

static void
apply(struct wax_dmarc_look *look, struct wax_dmarc_view *view)
{
	struct wax_judgement own = judge(look->walk, view->exists);
	struct wax_walk below = walk_below(look->arena, look->walk);

	view->org_domain = own.org_domain;
	view->has_policy = own.has_record;
	view->policy_domain = own.found.domain;
	view->record = own.found.record;
	if (!view->has_policy)
		return;
	view->policy = own.published;
	view->subdomain_policy = judge(&below, true).published;
	view->absent_policy = judge(&below, false).published;
}

/* A public suffix of the list, which gives a name below it as its own. */
static bool
is_public_suffix(const struct wax_dmarc_look *look,
    const struct wax_engines *psl, struct wax_domain domain)
{
	struct wax_domain below = { wax_textf(
	    look->arena, "sub.%.*s", WAX_FMT(domain.text)) };

	return below.text.n <= WAX_DOMAIN_MAX &&
	       wax_domain_eq(wax_engines_psl_domain(psl, below), below);
}

/* Unknown is what no name that was answered can settle: the record at the
 * domain itself does, for the policy. */
static void
look_for_gaps(struct wax_dmarc_look *look, struct wax_dmarc_view *view)
{
	view->is_unknown = look->walk->incomplete || look->walk->limit_hit;
	look->is_judged = !view->is_unknown ||
	                  wax_walk_find(look->walk, view->domain) != NULL;
	if (look->is_judged)
		return;
	view->has_policy = false;
	view->policy_domain = view->org_domain =
	    (struct wax_domain){ { NULL, 0 } };
}

static void
find_destinations(
    const struct wax_dmarc_look *look, struct wax_dmarc_view *view)
{
	struct wax_rua_options options = { .max_uris = WAX_RUA_ITEMS_MAX };
	struct wax_rua_destination *parsed;
	size_t n;

	if (!look->is_judged || wax_domain_is_none(view->policy_domain))
		return;
	parsed = wax_rua_parse(look->arena, view->record.rua, &options, &n);
	view->destination =
	    wax_rua_verify(look->arena, look->resolver, view->policy_domain,
	        &options, parsed, n, look->deadline, &view->n_destinations);
}

struct wax_dmarc_view
wax_check_dmarc(struct wax_findings *findings, struct wax_resolver *resolver,
    const struct wax_engines *psl, struct wax_domain domain,
    bool accepts_no_mail, wax_deadline deadline)
{
	struct wax_dmarc_view view = { .domain = domain };
	struct wax_dmarc_look look = { .findings = findings,
		.arena = findings->arena,
		.resolver = resolver,
		.deadline = deadline,
		.accepts_no_mail = accepts_no_mail,
		.view = &view };
	struct wax_walk walk;

	wax_walk_prefetch(findings->arena, resolver, domain);
	look.texts = wax_dns_lookup(
	    resolver, findings->arena, domain.text, WAX_RR_TXT, deadline);
	view.exists =
	    look.texts->status != WAX_DNS_NXDOMAIN || look.texts->alias;
	walk = wax_walk_run(findings->arena, resolver, domain, deadline);
	if (walk.start_exists)
		view.exists = true;
	look.walk = &walk;
	show_walk(&look, &view);
	apply(&look, &view);
	look_for_gaps(&look, &view);
	if (psl != NULL) {
		view.psl_domain = wax_engines_psl_domain(psl, domain);
		look.is_public_suffix = is_public_suffix(&look, psl, domain);
	}
	find_destinations(&look, &view);
	wax_dmarc_judge_names(&look);
	wax_dmarc_judge_record(&look);
	return view;
}
