/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mail message that somebody sent to us, taken apart, and as a bounce. What
 * holds for any: bounds are kept, types are in lower case and have a slash,
 * what is not decoded is a piece of the message, addresses and ids of a
 * bounce are what they are called, and a message in a message has the same
 * parts.
 */
#include "milter/send/bounce.h"
#include "milter/send/unmail.h"
#include "policy/base/limits.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "unmail";

static void
check_lower(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		WAX_ASSERT(s.p[i] < 'A' || s.p[i] > 'Z');
}

static void
check_part(const struct wax_mail_part *part, struct wax_str message)
{
	check_lower(part->type);
	WAX_ASSERT(wax_str_find(part->type, '/') > 0);
	WAX_ASSERT(wax_str_find(part->type, '/') + 1 < part->type.n);
	WAX_ASSERT(part->bytes.n <= message.n);
	WAX_ASSERT(!part->is_damaged || part->bytes.n == 0);
}

/* Put into another message, there is one part more, in front. */
static void
check_wrapped(struct wax_arena *arena, struct wax_str message,
    const struct wax_mail_part *part, size_t n, enum wax_status status)
{
	struct wax_mail_part *again;
	struct wax_err err;
	size_t m;
	struct wax_str wrapped = fuzz_join(
	    arena, WAX_STR("Content-Type: message/rfc822\n\n"), message);

	/* A line of a mailbox file is only known in front of everything. */
	if (wax_str_starts(message, WAX_STR("From ")) ||
	    wax_unmail(arena, wrapped, &again, &m, &err) != WAX_OK)
		return; /* too deep now, or too many */
	WAX_ASSERT(status != WAX_E_LIMIT);
	if (status != WAX_OK)
		return; /* as a part, what is no message is text */
	WAX_ASSERT(m == n + 1);
	WAX_ASSERT(wax_str_eq(again[0].bytes, message));
	for (size_t i = 0; i < n; i++) {
		WAX_ASSERT(wax_str_eq(again[i + 1].type, part[i].type));
		WAX_ASSERT(wax_str_eq(again[i + 1].bytes, part[i].bytes));
	}
}

static void
check_bounce(struct wax_arena *arena, struct wax_str message)
{
	struct wax_bounce bounce;
	struct wax_err err;

	if (wax_bounce_parse(arena, message, &bounce, &err) != WAX_OK)
		return;
	WAX_ASSERT(bounce.n_ids <= WAX_BOUNCE_IDS_MAX);
	check_lower(bounce.text);
	for (size_t i = 0; i < bounce.n_ids; i++)
		WAX_ASSERT(bounce.id[i].n == 32);
	for (size_t i = 0; i < bounce.n; i++) {
		check_lower(bounce.bounced[i].address);
		(void)wax_bounce_names(bounce.text, bounce.bounced[i].address);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str message =
	    wax_str_dup(arena, (struct wax_str){ (const char *)data, size });
	struct wax_mail_part *part;
	struct wax_err err;
	size_t n;
	enum wax_status status = wax_unmail(arena, message, &part, &n, &err);

	WAX_ASSERT(n <= WAX_MAIL_PARTS_MAX);
	for (size_t i = 0; status == WAX_OK && i < n; i++)
		check_part(&part[i], message);
	check_wrapped(arena, message, part, n, status);
	check_bounce(arena, message);
	wax_arena_free(arena);
	return 0;
}
