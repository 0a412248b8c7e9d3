/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message in a file, as sealwax-check reads it. What holds for any: names
 * are names, the lines of a field and of the body end in CRLF, no octet of a
 * message is lost, and the message written out again is the same message,
 * behind the line of a mailbox file, too.
 */
#include "policy/saved_message.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "saved_message";

/* Each LF behind a CR; in a field, before a blank. */
static void
check_lines(struct wax_str s, bool folds)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\n')
			continue;
		WAX_ASSERT(i > 0 && s.p[i - 1] == '\r');
		WAX_ASSERT(!folds || (i + 1 < s.n && wax_is_blank(s.p[i + 1])));
	}
}

static void
check_name(struct wax_str name)
{
	WAX_ASSERT(name.n > 0 && name.p[0] > ' ');
	for (size_t i = 0; i < name.n; i++)
		WAX_ASSERT(name.p[i] != ':' &&
		           (wax_is_blank(name.p[i]) ||
		               (name.p[i] > ' ' && name.p[i] <= '~')));
}

static struct wax_str
written(struct wax_arena *arena, const struct wax_saved_message *message)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < message->n_fields; i++) {
		wax_text_add(&text, message->field[i].name);
		wax_text_addc(&text, ':');
		wax_text_add(&text, message->field[i].raw);
		wax_text_addz(&text, "\r\n");
	}
	wax_text_addz(&text, "\r\n");
	wax_text_add(&text, message->body);
	return wax_text_str(&text);
}

static void
check_same(struct wax_arena *arena, const struct wax_saved_message *message,
    struct wax_str text)
{
	struct wax_saved_message again;

	WAX_ASSERT(wax_saved_message_parse(arena, text, &again));
	WAX_ASSERT(again.n_fields == message->n_fields);
	for (size_t i = 0; i < again.n_fields; i++) {
		WAX_ASSERT(
		    wax_str_eq(again.field[i].name, message->field[i].name));
		WAX_ASSERT(
		    wax_str_eq(again.field[i].raw, message->field[i].raw));
	}
	WAX_ASSERT(wax_str_eq(again.body, message->body));
}

/* Octets that are neither CR nor LF. */
static size_t
count(struct wax_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] != '\r' && s.p[i] != '\n';
	return n;
}

/* "From :" is a field. */
static bool
is_mailbox(struct wax_str text)
{
	size_t n = 4;

	if (!wax_str_starts(text, WAX_STR("From ")))
		return false;
	while (n < text.n && wax_is_blank(text.p[n]))
		n++;
	return n == text.n || text.p[n] != ':';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size }, again;
	struct wax_saved_message message;

	if (wax_saved_message_parse(arena, text, &message)) {
		WAX_ASSERT(message.n_fields > 0);
		for (size_t i = 0; i < message.n_fields; i++) {
			check_name(message.field[i].name);
			check_lines(message.field[i].raw, true);
		}
		check_lines(message.body, false);
		WAX_ASSERT(message.body.n == 0 ||
		           wax_str_ends(message.body, WAX_STR("\r\n")));
		again = written(arena, &message);
		if (!is_mailbox(text))
			WAX_ASSERT(count(again) == count(text));
		check_same(arena, &message, again);
		check_same(arena, &message,
		    fuzz_join(arena, WAX_STR("From a@b Mon May 25\n"), again));
	}
	wax_arena_free(arena);
	return 0;
}
