/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_findings.c - what is wrong with the record that applies, what it
 * asks for, and who gets its reports.
 */
#include "policy/check/dmarc_draft.h"
#include "policy/check/dmarc_view_impl.h"

#define NOTHING_TO_PUBLISH ((struct wax_str){ NULL, 0 })

/* The record that applies, and where it stands. */
struct record {
	const struct wax_dmarc_look *look;
	struct wax_findings *findings;
	struct wax_arena *arena;
	struct wax_domain domain; /* the policy domain */
	struct wax_str name;      /* _dmarc of it */
	struct wax_str text;      /* as published */
	bool is_at_domain;        /* the domain's own, not one above */
	/* As it was meant, without what is obsolete: what each proposal
	 * begins with. */
	struct wax_dmarc_draft draft;
};

static struct wax_dmarc_draft
copy(const struct record *r)
{
	struct wax_dmarc_draft draft = { .arena = r->arena };

	for (size_t i = 0; i < r->draft.list.n; i++)
		WAX_PUSH(r->arena, &draft.list, r->draft.list.v[i]);
	return draft;
}

static struct wax_str
publish_at(const struct record *r, struct wax_domain domain,
    const struct wax_dmarc_draft *draft)
{
	return wax_publish_txt(r->arena, wax_dmarc_name(r->arena, domain),
	    wax_dmarc_draft_text(draft));
}

static struct wax_str
publish(const struct record *r, const struct wax_dmarc_draft *draft)
{
	return publish_at(r, r->domain, draft);
}

/* The record with one part less. */
static struct wax_str
publish_without(const struct record *r, const char *tag)
{
	struct wax_dmarc_draft draft = copy(r);

	wax_dmarc_draft_drop(&draft, tag);
	return publish(r, &draft);
}

/* --- syntax ------------------------------------------------------------ */

/* The tags of an unusable policy.                       RFC 9989 s4.10.1 */
static bool
is_policy_tag(struct wax_str tag)
{
	return wax_str_eq(tag, WAX_STR("p")) ||
	       wax_str_eq(tag, WAX_STR("sp")) || wax_str_eq(tag, WAX_STR("np"));
}

/* The n-th piece of this name as published; of an empty name, the first that
 * is no tag. Empty: there is none. */
static struct wax_str
piece_of(const struct record *r, struct wax_str tag, unsigned n)
{
	struct wax_str rest = r->text, piece;

	while (wax_str_cut(&rest, ';', &piece)) {
		size_t equals = wax_str_find(piece, '=');
		struct wax_str name = wax_str_trim(wax_str_head(piece, equals));

		piece = wax_str_trim(piece);
		if (piece.n == 0)
			continue;
		if (tag.n == 0 ? equals < piece.n : !wax_str_ieq(name, tag))
			continue;
		if (n-- <= 1)
			return wax_dmarc_shown(r->arena, piece);
	}
	return WAX_STR("");
}

/* Only destinations that reports are sent to; if there is none, our own
 * proposal. */
static void
mend_rua(const struct record *r, struct wax_dmarc_draft *draft)
{
	const struct wax_str *rua = wax_dmarc_draft_get(draft, "rua");
	struct wax_rua_options options = { .max_uris = WAX_RUA_ITEMS_MAX };
	const struct wax_rua_destination *list;
	struct wax_text text;
	size_t n;

	if (rua == NULL)
		return;
	list = wax_rua_parse(r->arena, *rua, &options, &n);
	wax_text_init(&text, r->arena);
	for (size_t i = 0; i < n; i++)
		if (list[i].cause == WAX_RUA_NOTHING)
			wax_text_addf(&text, "%s%.*s", text.n > 0 ? "," : "",
			    WAX_FMT(list[i].uri));
	wax_dmarc_draft_set(draft, "rua",
	    text.n > 0 ? wax_text_str(&text)
	               : wax_dmarc_own_rua(r->arena, r->domain));
}

/* A policy that is none: p=none; sp and np follow p. */
static void
mend_policies(struct wax_dmarc_draft *draft)
{
	static const char *const names[] = { "p", "sp", "np" };

	for (size_t i = 0; i < 3; i++) {
		const struct wax_str *value =
		    wax_dmarc_draft_get(draft, names[i]);
		bool is_valid = value != NULL &&
		                (wax_str_eq(*value, WAX_STR("none")) ||
		                    wax_str_eq(*value, WAX_STR("quarantine")) ||
		                    wax_str_eq(*value, WAX_STR("reject")));

		if (!is_valid && i > 0)
			wax_dmarc_draft_drop(draft, names[i]);
		if (!is_valid && i == 0)
			wax_dmarc_draft_set(draft, "p", WAX_STR("none"));
	}
}

/* Whether the parser says of a part that it is not valid. */
static bool
is_complained_of(
    const struct record *r, struct wax_str error, struct wax_str name)
{
	struct wax_str words =
	    wax_textf(r->arena, "invalid %.*s", WAX_FMT(name));
	struct wax_str one;

	while (wax_str_cut(&error, ',', &one))
		if (wax_str_eq(wax_str_trim(one), words))
			return true;
	return false;
}

/* A valid record in place of one that is not quite. */
static struct wax_dmarc_draft
sound_draft(const struct record *r)
{
	static const char *const obsolete[] = { "pct", "rf", "ri" };
	struct wax_dmarc_draft draft = wax_dmarc_draft_read(r->arena, r->text);
	struct wax_dmarc_record record;

	for (size_t i = 0; i < 3; i++)
		wax_dmarc_draft_drop(&draft, obsolete[i]);
	mend_policies(&draft);
	mend_rua(r, &draft);
	/* What else cannot be understood has its default anyway. */
	record = wax_dmarc_record_parse(r->arena, wax_dmarc_draft_text(&draft));
	for (size_t i = draft.list.n; i-- > 0;) {
		struct wax_str name = draft.list.v[i].name;

		if (is_complained_of(r, record.error, name))
			wax_dmarc_draft_drop(&draft, wax_str_z(r->arena, name));
	}
	return draft;
}

/* One complaint of the parser's: "malformed tag", "repeated p", "invalid sp".
 * Those about p, sp, np and rua= have findings of their own. */
static void
judge_complaint(const struct record *r, struct wax_str complaint)
{
	static const struct wax_str invalid = WAX_STR_INIT("invalid "),
	                            repeated = WAX_STR_INIT("repeated ");
	struct wax_str tag, none = WAX_STR("");

	if (wax_str_starts(complaint, invalid)) {
		tag = wax_str_from(complaint, invalid.n);
		if (is_policy_tag(tag) || wax_str_eq(tag, WAX_STR("rua")))
			return;
		wax_found(r->findings, WAX_F_DMARC_SYNTAX, r->name,
		    publish(r, &r->draft), "\"%.*s\" is no valid value",
		    WAX_FMT(piece_of(r, tag, 1)));
	} else if (wax_str_starts(complaint, repeated)) {
		tag = wax_str_from(complaint, repeated.n);
		wax_found(r->findings, WAX_F_DMARC_SYNTAX, r->name,
		    publish(r, &r->draft),
		    "\"%.*s\" comes twice: the first counts",
		    WAX_FMT(piece_of(r, tag, 2)));
	} else if (wax_str_starts(complaint, WAX_STR("malformed"))) {
		struct wax_str piece = piece_of(r, none, 1);

		wax_found(r->findings, WAX_F_DMARC_SYNTAX, r->name,
		    publish(r, &r->draft), "\"%.*s\" has no \"=\"%s",
		    WAX_FMT(piece),
		    wax_str_find(piece, '@') < piece.n
		        ? "; addresses are separated by commas"
		        : "");
	}
}

static void
judge_syntax(const struct record *r)
{
	struct wax_str rest = r->look->view->record.error, complaint;

	while (wax_str_cut(&rest, ',', &complaint))
		judge_complaint(r, wax_str_trim(complaint));
}

/* "pct=100": what the other tags of RFC 7489 are, too. */
static bool
is_all(struct wax_str name, struct wax_str value)
{
	return !wax_str_ieq(name, WAX_STR("pct")) ||
	       wax_str_eq(value, WAX_STR("100"));
}

/* Tags that mean nothing. Those that meant something once are put together
 * for judge_obsolete(). */
static struct wax_str
judge_tags(const struct record *r)
{
	struct wax_str rest = r->text, piece;
	struct wax_text obsolete;

	wax_text_init(&obsolete, r->arena);
	while (wax_str_cut(&rest, ';', &piece)) {
		size_t equals = wax_str_find(piece, '=');
		struct wax_str name = wax_str_trim(wax_str_head(piece, equals));
		struct wax_str value =
		    wax_str_trim(wax_str_from(piece, equals + 1));
		struct wax_str shown =
		    wax_dmarc_shown(r->arena, wax_str_trim(piece));
		enum wax_dmarc_tag_use use = wax_dmarc_tag_use(name);

		if (equals == piece.n || use == WAX_TAG_KNOWN)
			continue;
		if (use == WAX_TAG_UNKNOWN)
			wax_found(r->findings, WAX_F_DMARC_TAG, r->name,
			    publish(r, &r->draft), "\"%.*s\" is skipped",
			    WAX_FMT(shown));
		else if (is_all(name, value))
			wax_text_addf(&obsolete, "%s%.*s",
			    obsolete.n > 0 ? ", " : "", WAX_FMT(shown));
		else
			wax_found(r->findings, WAX_F_DMARC_PCT, r->name,
			    publish(r, &r->draft), "%.*s in the record",
			    WAX_FMT(shown));
	}
	return wax_text_str(&obsolete);
}

/* Whether a record for the same name is proposed already: it is without
 * them, too. */
static bool
is_proposed(const struct record *r)
{
	for (size_t i = 0; i < r->findings->list.n; i++)
		if (r->findings->list.v[i].publish.n > 0 &&
		    wax_str_eq(r->findings->list.v[i].name, r->name))
			return true;
	return false;
}

static void
judge_obsolete(const struct record *r, struct wax_str obsolete)
{
	struct wax_str proposal =
	    is_proposed(r) ? NOTHING_TO_PUBLISH : publish(r, &r->draft);

	if (obsolete.n > 0)
		wax_found(r->findings, WAX_F_DMARC_OBSOLETE, r->name, proposal,
		    "%.*s in the record", WAX_FMT(obsolete));
}

/* --- the policy -------------------------------------------------------- */

/* No policy that could be used.                         RFC 9989 s4.10.1 */
static bool
judge_usable(const struct record *r)
{
	const struct wax_dmarc_record *record = &r->look->view->record;
	struct wax_str tag = WAX_STR("p"), piece;

	if (record->has_p && !record->bad_sp && !record->bad_np)
		return true;
	if (record->has_p)
		tag = record->bad_sp ? WAX_STR("sp") : WAX_STR("np");
	piece = piece_of(r, tag, 1);
	if (piece.n == 0)
		piece = WAX_STR("no p=");
	else
		piece = wax_textf(
		    r->arena, "\"%.*s\" is no policy", WAX_FMT(piece));
	wax_found(r->findings, WAX_F_DMARC_NO_P, r->name, publish(r, &r->draft),
	    "%.*s: %s", WAX_FMT(piece),
	    record->rua_has_uri ? "p=none applies"
	                        : "no reports either, so it is ignored");
	return false;
}

/* For a domain without mail: a refusal, at the domain itself. */
static struct wax_str
refusal(const struct record *r)
{
	struct wax_dmarc_draft draft = { .arena = r->arena };

	if (r->is_at_domain) {
		draft = copy(r);
		wax_dmarc_draft_drop(&draft, "sp");
		wax_dmarc_draft_drop(&draft, "np");
		wax_dmarc_draft_drop(&draft, "t");
	}
	wax_dmarc_draft_set(&draft, "p", WAX_STR("reject"));
	return publish_at(r, r->look->view->domain, &draft);
}

/* The next step up from none, in the tag that applies. */
static struct wax_str
enforcement(const struct record *r)
{
	struct wax_dmarc_draft draft = copy(r);
	const struct wax_str *sp = wax_dmarc_draft_get(&draft, "sp");

	if (sp != NULL && !r->is_at_domain)
		wax_dmarc_draft_set(&draft, "sp", WAX_STR("quarantine"));
	else
		wax_dmarc_draft_set(&draft, "p", WAX_STR("quarantine"));
	return publish(r, &draft);
}

/* The tag that speaks of the domain. */
static const char *
applied_tag(const struct record *r)
{
	const struct wax_dmarc_view *view = r->look->view;

	if (r->is_at_domain)
		return "p";
	if (!view->exists && view->record.has_np)
		return "np";
	return view->record.has_sp ? "sp" : "p";
}

static void
judge_policy(const struct record *r)
{
	const struct wax_dmarc_view *view = r->look->view;
	const char *word = wax_dmarc_policy_word(view->policy);

	if (r->look->accepts_no_mail &&
	    (view->policy != WAX_P_REJECT || view->record.testing)) {
		wax_found(r->findings, WAX_F_DMARC_NOT_SENDING, r->name,
		    refusal(r), "%.*s accepts no mail, and its policy is %s%s",
		    WAX_FMT(view->domain.text), word,
		    view->record.testing ? ", in test mode" : "");
		return;
	}
	if (view->policy == WAX_P_NONE)
		wax_found(r->findings, WAX_F_DMARC_MONITOR, r->name,
		    enforcement(r), "the policy for %.*s is none (%s= at %.*s)",
		    WAX_FMT(view->domain.text), applied_tag(r),
		    WAX_FMT(r->name));
	else if (view->record.testing)
		wax_found(r->findings, WAX_F_DMARC_TESTING, r->name,
		    publish_without(r, "t"),
		    "the policy for %.*s is %s, but with t=y it is %s",
		    WAX_FMT(view->domain.text), word,
		    view->policy == WAX_P_REJECT ? "quarantine" : "none");
}

/* Only the domain's own record, if it is that of the organization, too: names
 * below it else have the policy of the organization. */
static void
judge_subdomains(const struct record *r)
{
	const struct wax_dmarc_view *view = r->look->view;
	struct wax_dmarc_draft draft = copy(r);
	bool weak_sp = view->subdomain_policy < view->policy;
	bool weak_np = view->absent_policy < view->policy;

	if (!r->is_at_domain || (!weak_sp && !weak_np) ||
	    (!view->record.has_sp && !view->record.has_np))
		return;
	if (weak_sp)
		wax_dmarc_draft_drop(&draft, "sp");
	if (weak_np)
		wax_dmarc_draft_drop(&draft, "np");
	wax_found(r->findings, WAX_F_DMARC_SUBDOMAINS, r->name,
	    publish(r, &draft),
	    "%s for the domain, %s for its subdomains, %s for names that do "
	    "not exist",
	    wax_dmarc_policy_word(view->policy),
	    wax_dmarc_policy_word(view->subdomain_policy),
	    wax_dmarc_policy_word(view->absent_policy));
}

static void
judge_psd(const struct record *r)
{
	if (r->is_at_domain && !r->look->is_public_suffix &&
	    r->look->view->record.psd == WAX_PSD_YES)
		wax_found(r->findings, WAX_F_DMARC_PSD, r->name,
		    publish_without(r, "psd"), "psd=y in the record");
}

/* The record at a name above where the walk ended, as it is or as it was
 * meant; without one, a first record. False: it could not be asked. */
static bool
draft_at(const struct record *r, struct wax_domain domain,
    struct wax_dmarc_draft *out)
{
	const struct wax_answer *answer = wax_dns_lookup(r->look->resolver,
	    r->arena, wax_dmarc_name(r->arena, domain), WAX_RR_TXT,
	    r->look->deadline);

	if (answer->status == WAX_DNS_TEMPFAIL ||
	    answer->status == WAX_DNS_LIMIT)
		return false;
	for (size_t i = 0; i < answer->n; i++) {
		if (!wax_dmarc_record_is(answer->rr[i].txt.text))
			continue;
		*out = wax_dmarc_draft_read(r->arena, answer->rr[i].txt.text);
		return true;
	}
	*out = (struct wax_dmarc_draft){ .arena = r->arena };
	wax_dmarc_draft_set(out, "p", WAX_STR("none"));
	wax_dmarc_draft_set(out, "rua", wax_dmarc_own_rua(r->arena, domain));
	return true;
}

/*
 * The two ways to an Organizational Domain: tree walk and list. Below the
 * domain of the list psd= is taken away; there, psd=n is put.
 */
static void
judge_organization(const struct record *r)
{
	const struct wax_dmarc_view *view = r->look->view;
	struct wax_str proposal = NOTHING_TO_PUBLISH;
	struct wax_domain place = view->psl_domain;
	struct wax_dmarc_draft draft;

	if (wax_domain_is_none(view->psl_domain) || view->is_unknown ||
	    r->look->is_public_suffix ||
	    wax_domain_eq(view->psl_domain, view->org_domain))
		return;
	if (view->record.psd != WAX_PSD_UNKNOWN &&
	    !wax_domain_eq(r->domain, place)) {
		place = r->domain;
		draft = copy(r);
		wax_dmarc_draft_drop(&draft, "psd");
		proposal = publish(r, &draft);
	} else if (draft_at(r, place, &draft)) {
		wax_dmarc_draft_set(&draft, "psd", WAX_STR("n"));
		proposal = publish_at(r, place, &draft);
	}
	wax_found(r->findings, WAX_F_DMARC_ORG_DIFFERS,
	    wax_dmarc_name(r->arena, place), proposal,
	    "by tree walk %.*s, by public suffix list %.*s",
	    WAX_FMT(view->org_domain.text), WAX_FMT(view->psl_domain.text));
}

/* --- reports ----------------------------------------------------------- */

/* What the other side publishes to get them.               RFC 9990 s4 */
static struct wax_str
consent(const struct record *r, struct wax_domain host)
{
	struct wax_str name = wax_textf(r->arena, "%.*s._report._dmarc.%.*s",
	    WAX_FMT(r->domain.text), WAX_FMT(host.text));

	if (name.n > WAX_DOMAIN_MAX)
		return NOTHING_TO_PUBLISH;
	return wax_publish_txt(r->arena, name, WAX_STR("v=DMARC1"));
}

static void
judge_destination(
    const struct record *r, const struct wax_rua_destination *destination)
{
	struct wax_str uri = destination->uri, why = destination->why;

	switch (destination->cause) {
	case WAX_RUA_NOTHING:
	case WAX_RUA_TOO_MANY:
		break;
	case WAX_RUA_BAD_URI:
		wax_found(r->findings, WAX_F_DMARC_RUA_SYNTAX, r->name,
		    publish(r, &r->draft), "%.*s: %.*s", WAX_FMT(uri),
		    WAX_FMT(why));
		break;
	case WAX_RUA_NO_CONSENT:
		wax_found(r->findings, WAX_F_DMARC_RUA_CONSENT, r->name,
		    consent(r, destination->host), "%.*s: %.*s", WAX_FMT(uri),
		    WAX_FMT(why));
		break;
	case WAX_RUA_NO_MAIL:
		wax_found(r->findings, WAX_F_DMARC_RUA_NO_MAIL, r->name,
		    NOTHING_TO_PUBLISH, "%.*s: %.*s", WAX_FMT(uri),
		    WAX_FMT(why));
		break;
	case WAX_RUA_NO_ANSWER:
		/* Its mail hosts are the route's business. */
		if (wax_domain_eq(destination->host, r->look->view->domain))
			break;
		wax_found(r->findings, WAX_F_DMARC_UNKNOWN, r->name,
		    NOTHING_TO_PUBLISH, "%.*s: %.*s", WAX_FMT(uri),
		    WAX_FMT(why));
		break;
	}
}

static void
judge_reports(const struct record *r)
{
	const struct wax_dmarc_view *view = r->look->view;

	if (!view->record.has_rua && !r->look->accepts_no_mail) {
		struct wax_dmarc_draft draft = copy(r);

		wax_dmarc_draft_set(
		    &draft, "rua", wax_dmarc_own_rua(r->arena, r->domain));
		wax_found(r->findings, WAX_F_DMARC_NO_RUA, r->name,
		    publish(r, &draft), "no rua= in the record");
	}
	if (view->record.has_rua && view->n_destinations == 0)
		wax_found(r->findings, WAX_F_DMARC_RUA_SYNTAX, r->name,
		    publish(r, &r->draft), "rua= names nobody");
	for (size_t i = 0; i < view->n_destinations; i++)
		judge_destination(r, &view->destination[i]);
}

/* --- the whole --------------------------------------------------------- */

/* A registry's record is no business of those below it. */
static bool
is_registry(const struct record *r)
{
	return !r->is_at_domain &&
	       (wax_domain_labels(r->domain) < 2 ||
	           r->look->view->record.psd == WAX_PSD_YES);
}

void
wax_dmarc_judge_record(const struct wax_dmarc_look *look)
{
	const struct wax_dmarc_view *view = look->view;
	struct record r = { .look = look,
		.findings = look->findings,
		.arena = look->arena,
		.domain = view->policy_domain,
		.text = view->record.text };
	struct wax_str obsolete;

	if (!look->is_judged || wax_domain_is_none(view->policy_domain))
		return;
	r.name = wax_dmarc_name(r.arena, r.domain);
	r.is_at_domain = wax_domain_eq(r.domain, view->domain);
	r.draft = sound_draft(&r);
	if (!r.is_at_domain)
		wax_found(r.findings, WAX_F_DMARC_INHERITED, r.name,
		    NOTHING_TO_PUBLISH, "the record of %.*s applies: %s%s",
		    WAX_FMT(r.domain.text),
		    view->has_policy ? wax_dmarc_policy_word(view->policy)
		                     : "it cannot be used",
		    view->has_policy && view->record.has_sp ? " (sp=)" : "");
	if (is_registry(&r))
		return;
	judge_syntax(&r);
	obsolete = judge_tags(&r);
	if (judge_usable(&r)) {
		judge_policy(&r);
		judge_subdomains(&r);
	}
	judge_psd(&r);
	judge_organization(&r);
	judge_reports(&r);
	judge_obsolete(&r, obsolete);
}
