/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/send/bounce.h"

#include "milter/send/unmail.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/mail/abnf.h"

#define REPORT_ID 32 /* hexadecimal digits */
#define WHY_SHOWN_MAX 200

struct reading {
	struct wax_arena *arena;
	WAX_VEC(struct wax_bounced) bounced;
	WAX_VEC(struct wax_str) ids;
	bool has_failed, has_status; /* of a delivery-status */
};

/* The fields of the message itself that tell what it is. */
struct envelope {
	bool is_null;          /* Return-Path: <> */
	bool is_daemon;        /* From: a mail system */
	bool is_reply;         /* RFC 3834 s5: auto-replied */
	bool is_warning;       /* Subject: it is tried again */
	struct wax_str failed; /* X-Failed-Recipients, of Exim */
};

static bool
is_hex(char c)
{
	return wax_is_digit(c) || (c >= 'a' && c <= 'f');
}

static void
add_id(struct reading *reading, struct wax_str id)
{
	for (size_t i = 0; i < reading->ids.n; i++)
		if (wax_str_eq(reading->ids.v[i], id))
			return;
	if (reading->ids.n < WAX_BOUNCE_IDS_MAX)
		WAX_PUSH(reading->arena, &reading->ids, id);
}

/* Runs of exactly so many digits, of a text in lower case. */
static void
find_ids(struct reading *reading, struct wax_str text)
{
	size_t start = 0;

	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && is_hex(text.p[i]))
			continue;
		if (i - start == REPORT_ID)
			add_id(reading,
			    wax_str_head(wax_str_from(text, start), REPORT_ID));
		start = i + 1;
	}
}

/* RFC 3464 s2.3.1: "rfc822; address"; what stands in <> is it as well. */
static struct wax_str
address_of(struct wax_arena *arena, struct wax_str value)
{
	size_t semicolon = wax_str_find(value, ';');
	size_t open;

	if (semicolon < value.n)
		value = wax_str_from(value, semicolon + 1);
	open = wax_str_find(value, '<');
	if (open < value.n) {
		value = wax_str_from(value, open + 1);
		value = wax_str_head(value, wax_str_find(value, '>'));
	}
	return wax_str_lower(arena, wax_str_trim(value));
}

static struct wax_str
one_line(struct wax_arena *arena, struct wax_str value)
{
	return wax_str_dup(
	    arena, wax_str_head(wax_str_trim(value), WHY_SHOWN_MAX));
}

/* One group of fields: a recipient, or the message as a whole. */
struct group {
	struct wax_str original, final, action, status, diagnostic;
	size_t n;
};

static void
read_group_field(struct wax_arena *arena, struct group *group,
    struct wax_str name, struct wax_str value)
{
	group->n++;
	if (wax_str_ieq(name, WAX_STR("Original-Recipient")))
		group->original = address_of(arena, value);
	else if (wax_str_ieq(name, WAX_STR("Final-Recipient")))
		group->final = address_of(arena, value);
	else if (wax_str_ieq(name, WAX_STR("Action")))
		group->action = value;
	else if (wax_str_ieq(name, WAX_STR("Status")))
		group->status = value;
	else if (wax_str_ieq(name, WAX_STR("Diagnostic-Code")))
		group->diagnostic = value;
}

/* RFC 3464 s2.3.3: failed; a comment may follow. */
static bool
is_failure(const struct group *group)
{
	struct wax_str action = wax_str_trim(
	    wax_str_head(group->action, wax_str_find(group->action, '(')));

	/* RFC 3463 s2: 5 is for good; "failed" with 4.4.7 is, too: the
	 * server has given up. */
	return wax_str_ieq(action, WAX_STR("failed"));
}

static void
take_group(struct reading *reading, const struct group *group)
{
	struct wax_str why =
	    group->diagnostic.n > 0 ? group->diagnostic : group->status;

	if (group->original.n == 0 && group->final.n == 0)
		return; /* about the message as a whole */
	reading->has_status = true;
	if (!is_failure(group))
		return;
	reading->has_failed = true;
	why = one_line(reading->arena, why);
	if (group->original.n > 0)
		WAX_PUSH(reading->arena, &reading->bounced,
		    (struct wax_bounced){ group->original, why });
	if (group->final.n > 0 && !wax_str_eq(group->final, group->original))
		WAX_PUSH(reading->arena, &reading->bounced,
		    (struct wax_bounced){ group->final, why });
}

static void
read_status(struct reading *reading, struct wax_str rest)
{
	struct group group = { .n = 0 };
	struct wax_str name, value;
	size_t before;

	while (rest.n > 0) {
		before = rest.n;
		while (
		    wax_mail_next_field(reading->arena, &rest, &name, &value))
			read_group_field(reading->arena, &group, name, value);
		take_group(reading, &group);
		group = (struct group){ .n = 0 };
		if (rest.n == before) /* a line that is no field */
			rest = wax_str_from(rest, wax_str_find(rest, '\n') + 1);
	}
}

static bool
has_word(struct wax_arena *arena, struct wax_str text, const char *word)
{
	struct wax_str rest = wax_str_lower(arena, text);
	struct wax_str wanted = wax_str_of(word);

	for (; rest.n >= wanted.n; rest = wax_str_from(rest, 1))
		if (wax_str_starts(rest, wanted))
			return true;
	return false;
}

static void
read_envelope_field(struct wax_arena *arena, struct envelope *envelope,
    struct wax_str name, struct wax_str value)
{
	if (wax_str_ieq(name, WAX_STR("Return-Path")))
		envelope->is_null = wax_str_eq(value, WAX_STR("<>"));
	else if (wax_str_ieq(name, WAX_STR("From")))
		envelope->is_daemon = has_word(arena, value, "mailer-daemon") ||
		                      has_word(arena, value, "postmaster@");
	else if (wax_str_ieq(name, WAX_STR("Auto-Submitted")))
		envelope->is_reply = has_word(arena, value, "auto-replied");
	else if (wax_str_ieq(name, WAX_STR("Subject")))
		envelope->is_warning = has_word(arena, value, "warning") ||
		                       has_word(arena, value, "delay");
	else if (wax_str_ieq(name, WAX_STR("X-Failed-Recipients")))
		envelope->failed = value;
}

static struct wax_str
read_envelope(
    struct wax_arena *arena, struct wax_str message, struct envelope *envelope)
{
	struct wax_str rest = message, name, value;

	*envelope = (struct envelope){ .is_null = false };
	while (wax_mail_next_field(arena, &rest, &name, &value))
		read_envelope_field(arena, envelope, name, value);
	return rest;
}

/* The text of the parts, and of `body`: what a message holds may be encoded,
 * and what a part of text holds may not be a part. */
static struct wax_str
all_text(struct wax_arena *arena, struct wax_str body,
    const struct wax_mail_part *part, size_t n)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add(&text, body);
	for (size_t i = 0; i < n; i++) {
		if (!wax_str_starts(part[i].type, WAX_STR("text/")) &&
		    !wax_str_starts(part[i].type, WAX_STR("message/")))
			continue;
		wax_text_addc(&text, '\n');
		wax_text_add(&text, part[i].bytes);
	}
	return wax_str_lower(arena, wax_text_str(&text));
}

/* Without a delivery-status: only what a mail system sent, and which holds
 * the Message-ID of what it could not deliver; an answer of a person, or of
 * a program for one who is away, may quote our Subject, too. */
static enum wax_bounce_kind
plain_kind(const struct wax_bounce *bounce, const struct envelope *envelope,
    struct wax_arena *arena)
{
	if (envelope->is_reply || (!envelope->is_null && !envelope->is_daemon))
		return WAX_BOUNCE_NONE;
	if (!has_word(arena, bounce->text, "message-id:"))
		return WAX_BOUNCE_NONE;
	return envelope->is_warning ? WAX_BOUNCE_LATER : WAX_BOUNCE_FAILED;
}

static void
take_failed_recipients(struct reading *reading, struct wax_str list)
{
	struct wax_str part;

	while (wax_str_cut(&list, ',', &part))
		WAX_PUSH(reading->arena, &reading->bounced,
		    (struct wax_bounced){
		        address_of(reading->arena, part), WAX_STR("") });
}

enum wax_status
wax_bounce_parse(struct wax_arena *arena, struct wax_str message,
    struct wax_bounce *out, struct wax_err *err)
{
	struct reading reading = { .arena = arena };
	struct envelope envelope;
	struct wax_mail_part *part;
	struct wax_str body;
	size_t n;
	enum wax_status status;

	*out = (struct wax_bounce){ .kind = WAX_BOUNCE_NONE };
	/* What tells us something comes first. */
	message = wax_str_head(message, WAX_BOUNCE_BYTES_MAX);
	status = wax_unmail(arena, message, &part, &n, err);
	if (status != WAX_OK)
		return status;
	body = read_envelope(arena, message, &envelope);
	out->text = all_text(arena, body, part, n);
	find_ids(&reading, out->text);
	for (size_t i = 0; i < n; i++)
		if (wax_str_eq(
		        part[i].type, WAX_STR("message/delivery-status")) ||
		    wax_str_eq(part[i].type,
		        WAX_STR("message/global-delivery-status")))
			read_status(&reading, part[i].bytes);
	out->is_plain = !reading.has_status;
	if (reading.has_status)
		out->kind =
		    reading.has_failed ? WAX_BOUNCE_FAILED : WAX_BOUNCE_LATER;
	else
		out->kind = plain_kind(out, &envelope, arena);
	if (out->is_plain)
		take_failed_recipients(&reading, envelope.failed);
	out->n = reading.bounced.n;
	out->bounced = reading.bounced.v;
	out->n_ids = reading.ids.n;
	out->id = reading.ids.v;
	return WAX_OK;
}

/* What may stand in an address beside it, so that x@a.example is not found in
 * xx@a.example nor in x@a.example.org. */
static bool
is_inner(char c)
{
	return (wax_is_atext(c) && wax_str_find(WAX_STR("'=`|"), c) == 4) ||
	       c == '.' || c == '@';
}

bool
wax_bounce_names(struct wax_str text, struct wax_str address)
{
	size_t last;

	for (size_t i = 0; address.n > 0 && i + address.n <= text.n; i++) {
		if (text.p[i] != address.p[0] ||
		    !wax_str_starts(wax_str_from(text, i), address))
			continue;
		last = i + address.n;
		/* The point at the end of a sentence is not in it. */
		if ((i == 0 || !is_inner(text.p[i - 1])) &&
		    (last == text.n || !is_inner(text.p[last]) ||
		        (text.p[last] == '.' &&
		            (last + 1 == text.n ||
		                !is_inner(text.p[last + 1])))))
			return true;
	}
	return false;
}
