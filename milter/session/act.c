/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/session/act.h"

#include <string.h>

#include "policy/base/text.h"

/* libmilter takes char *, and does not write to it. NULL: s holds a NUL. */
static char *
text_of(struct wax_arena *arena, struct wax_str s)
{
	char *p;

	if (wax_str_find(s, '\0') < s.n)
		return NULL;
	p = wax_alloc(arena, s.n + 1, 1);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

/* smfi_setreply() is a printf of the MTA's: "%" is doubled. */
static char *
reply_text(struct wax_arena *arena, struct wax_str s)
{
	char *p = wax_alloc(arena, 2 * s.n + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%')
			p[n++] = '%';
		/* For a control character it would refuse the reply. */
		p[n++] = s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '?';
	}
	return p;
}

/* Without the leading blank if the MTA puts one in itself. */
static struct wax_str
value_for(const struct wax_granted *granted, struct wax_str value)
{
	if (!granted->leading_space && value.n > 0 && value.p[0] == ' ')
		return wax_str_from(value, 1);
	return value;
}

static enum wax_status
insert(SMFICTX *ctx, const struct wax_granted *granted, struct wax_arena *arena,
    struct wax_str name, struct wax_str value, struct wax_err *err)
{
	char *name_z = text_of(arena, name);
	char *value_z = text_of(arena, value_for(granted, value));

	if (name_z == NULL || value_z == NULL ||
	    smfi_insheader(ctx, 0, name_z, value_z) != MI_SUCCESS)
		return wax_fail(err, WAX_E_IO,
		    "the MTA did not take a new %.*s field", WAX_FMT(name));
	return WAX_OK;
}

static enum wax_status
edit(SMFICTX *ctx, const struct wax_granted *granted, struct wax_arena *arena,
    const struct wax_edit *edit, struct wax_err *err)
{
	char *name;

	if (edit->kind == WAX_EDIT_INSERT)
		return insert(
		    ctx, granted, arena, edit->name, edit->value, err);
	name = text_of(arena, edit->name);
	if (name == NULL ||
	    smfi_chgheader(ctx, name, (int)edit->index, NULL) != MI_SUCCESS)
		return wax_fail(err, WAX_E_IO,
		    "the MTA did not remove %.*s field %u", WAX_FMT(edit->name),
		    edit->index);
	return WAX_OK;
}

static enum wax_status
hold(SMFICTX *ctx, struct wax_arena *arena, struct wax_str reason,
    struct wax_err *err)
{
	char *reason_z = text_of(arena, reason);

	if (reason_z == NULL || smfi_quarantine(ctx, reason_z) != MI_SUCCESS)
		return wax_fail(
		    err, WAX_E_IO, "the MTA did not hold the message");
	return WAX_OK;
}

static enum wax_status
set_reply(SMFICTX *ctx, struct wax_arena *arena, struct wax_str code,
    struct wax_str enhanced, struct wax_str text, struct wax_err *err)
{
	char *code_z = text_of(arena, code);
	char *enhanced_z = text_of(arena, enhanced);

	if (code_z == NULL || enhanced_z == NULL ||
	    smfi_setreply(ctx, code_z, enhanced_z, reply_text(arena, text)) !=
	        MI_SUCCESS)
		return wax_fail(err, WAX_E_IO,
		    "the MTA library did not take the reply \"%.*s %.*s\"",
		    WAX_FMT(code), WAX_FMT(enhanced));
	return WAX_OK;
}

static sfsistat
answer_of(enum wax_action action)
{
	switch (action) {
	case WAX_REJECT:
		return SMFIS_REJECT;
	case WAX_TEMPFAIL:
		return SMFIS_TEMPFAIL;
	case WAX_ACCEPT:
	case WAX_QUARANTINE:
		break;
	}
	return SMFIS_CONTINUE;
}

enum wax_status
wax_act(SMFICTX *ctx, const struct wax_granted *granted,
    struct wax_arena *arena, const struct wax_plan *plan, sfsistat *reply,
    struct wax_err *err)
{
	enum wax_status status = WAX_OK;

	*reply = answer_of(plan->action);
	if (*reply != SMFIS_CONTINUE)
		return set_reply(ctx, arena, plan->smtp_code,
		    plan->enhanced_code, plan->text, err);
	for (size_t i = 0; i < plan->n_edits && status == WAX_OK; i++)
		status = edit(ctx, granted, arena, &plan->edit[i], err);
	if (status == WAX_OK && plan->quarantine.n > 0)
		status = hold(ctx, arena, plan->quarantine, err);
	return status;
}

sfsistat
wax_act_verdict(
    SMFICTX *ctx, struct wax_arena *arena, const struct wax_verdict *verdict)
{
	sfsistat reply = answer_of(verdict->applied);

	if (reply != SMFIS_CONTINUE)
		(void)set_reply(ctx, arena, verdict->smtp_code,
		    verdict->enhanced_code, verdict->text, NULL);
	return reply;
}
