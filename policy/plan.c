/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/plan.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/render.h"

struct edits {
	struct wax_arena *arena;
	WAX_VEC(struct wax_edit) list;
};

/* From the highest place down: deleting renumbers in Postfix. */
static void
delete_all(
    struct edits *edits, const char *name, const struct wax_forged_name *forged)
{
	for (size_t i = forged->place.n; i > 0; i--)
		WAX_PUSH(edits->arena, &edits->list,
		    (struct wax_edit){
		        .kind = WAX_EDIT_DELETE,
		        .name = wax_str_of(name),
		        .index = forged->place.v[i - 1],
		    });
}

static void
delete_forged(struct edits *edits, const struct wax_forged *forged)
{
	delete_all(edits, "Authentication-Results", &forged->authres);
	delete_all(edits, WAX_QUARANTINE_HEADER, &forged->quarantine);
}

static void
insert(struct edits *edits, const char *name, struct wax_str value)
{
	WAX_PUSH(edits->arena, &edits->list,
	    (struct wax_edit){
	        .kind = WAX_EDIT_INSERT,
	        .name = wax_str_of(name),
	        .value = value,
	    });
}

/* "rule; why", folded at blanks. */
static struct wax_str
quarantine_value(struct wax_arena *arena, const struct wax_verdict *verdict)
{
	struct wax_str rest = wax_textf(arena, "%s; %.*s",
	    wax_rule_word(verdict->rule), WAX_FMT(verdict->why));
	size_t column = sizeof WAX_QUARANTINE_HEADER;
	struct wax_str word;
	struct wax_text text;

	wax_text_init(&text, arena);
	while (wax_str_cut(&rest, ' ', &word)) {
		if (column + 1 + word.n > WAX_HEADER_LINE_FOLD) {
			wax_text_addz(&text, "\n\t");
			column = 8;
		} else {
			wax_text_addc(&text, ' ');
			column++;
		}
		wax_text_add(&text, word);
		column += word.n;
	}
	return wax_text_str(&text);
}

static struct wax_plan *
plan_of(struct wax_arena *arena, const struct edits *edits,
    const struct wax_verdict *verdict)
{
	struct wax_plan *plan = WAX_NEW(arena, struct wax_plan);

	plan->n_edits = edits->list.n;
	plan->edit = edits->list.v;
	if (verdict == NULL)
		return plan;
	plan->action = verdict->applied;
	if (verdict->applied == WAX_REJECT ||
	    verdict->applied == WAX_TEMPFAIL) {
		plan->smtp_code = verdict->smtp_code;
		plan->enhanced_code = verdict->enhanced_code;
		plan->text = verdict->text;
	}
	return plan;
}

/* What is refused is not edited, too. */
static bool
is_refused(const struct wax_verdict *verdict)
{
	return verdict != NULL && (verdict->applied == WAX_REJECT ||
	                              verdict->applied == WAX_TEMPFAIL);
}

const struct wax_plan *
wax_plan_make(struct wax_arena *arena, const struct wax_local_policy *policy,
    const struct wax_facts *facts, const struct wax_forged *forged,
    const struct wax_results *results, const struct wax_verdict *verdict)
{
	struct edits edits = { .arena = arena };
	bool is_held = verdict->applied == WAX_QUARANTINE;
	struct wax_plan *plan;

	if (!is_refused(verdict)) {
		delete_forged(&edits, forged);
		if (is_held && policy->quarantine_by_header)
			insert(&edits, WAX_QUARANTINE_HEADER,
			    quarantine_value(arena, verdict));
		if (policy->received_spf)
			insert(&edits, "Received-SPF",
			    wax_render_received_spf(
			        arena, policy->authserv_id, facts, results));
		insert(&edits, "Authentication-Results",
		    wax_render_authres(
		        arena, policy->authserv_id, facts, results));
	}
	plan = plan_of(arena, &edits, verdict);
	if (is_held && !policy->quarantine_by_header)
		plan->quarantine = verdict->why;
	return plan;
}

const struct wax_plan *
wax_plan_unjudged(struct wax_arena *arena, enum wax_exempt exempt,
    const struct wax_forged *forged, const struct wax_verdict *verdict)
{
	struct edits edits = { .arena = arena };

	if (!is_refused(verdict) && exempt != WAX_EXEMPT_INTERNAL)
		delete_forged(&edits, forged);
	return plan_of(arena, &edits, verdict);
}
