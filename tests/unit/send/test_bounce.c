/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounces: notifications of RFC 3464, and what older systems write.
 */
#include "milter/send/bounce.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/unit/send/unmail_suites.h"

#define ID "0123456789abcdef0123456789abcdef"

static struct wax_arena *arena;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

#define DSN(groups)                                                      \
	"Return-Path: <>\n"                                              \
	"From: MAILER-DAEMON@mx.b.example\n"                             \
	"Content-Type: multipart/report; report-type=delivery-status;\n" \
	" boundary=b\n\n--b\n\nSorry.\n--b\n"                            \
	"Content-Type: message/delivery-status\n\n"                      \
	"Reporting-MTA: dns; mx.b.example\n\n" groups                    \
	"\n--b\nContent-Type: text/rfc822-headers\n\n"                   \
	"Message-ID: <" ID "@r.example>\n--b--\n"
#define PLAIN(fields, body)                         \
	"Return-Path: <>\n" fields "\n" body        \
	"\n\n--- original ---\nTo: <x@a.example>\n" \
	"Message-ID: <" ID "@r.example>\n"

/* kind, then "address (why)" */
static const struct {
	const char *name, *message, *found;
} bounces[] = {
	{ "failed",
	    DSN("Final-Recipient: rfc822; X@A.example\nAction: failed\n"
	        "Status: 5.1.1\n"
	        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n"),
	    "failed x@a.example (smtp; 550 5.1.1 no such user)" },
	{ "status only",
	    DSN("Final-Recipient: rfc822;x@a.example\nAction: failed\n"
	        "Status: 5.1.1\n"),
	    "failed x@a.example (5.1.1)" },
	{ "forwarded",
	    DSN("Original-Recipient: rfc822;x@a.example\n"
	        "Final-Recipient: rfc822;y@c.example\nAction: failed\n"
	        "Status: 5.1.1\n"),
	    "failed x@a.example (5.1.1) y@c.example (5.1.1)" },
	{ "given up after days",
	    DSN("Final-Recipient: rfc822;x@a.example\nAction: failed\n"
	        "Status: 4.4.1\n"),
	    "failed x@a.example (4.4.1)" },
	{ "in brackets, with a comment",
	    DSN("Final-Recipient: rfc822; <x@a.example>\n"
	        "Action: failed (no)\nStatus: 5.0.0\n"),
	    "failed x@a.example (5.0.0)" },
	{ "delayed",
	    DSN("Final-Recipient: rfc822;x@a.example\nAction: delayed\n"
	        "Status: 4.4.1\n"),
	    "later" },
	{ "delivered",
	    DSN("Final-Recipient: rfc822;x@a.example\nAction: delivered\n"
	        "Status: 2.0.0\n"),
	    "later" },
	{ "one of two",
	    DSN("Final-Recipient: rfc822;x@a.example\nAction: relayed\n"
	        "Status: 2.0.0\n\n"
	        "Final-Recipient: rfc822;y@a.example\nAction: failed\n"
	        "Status: 5.2.2\n"),
	    "failed y@a.example (5.2.2)" },
	{ "no recipient in it", DSN("X: y\n"), "failed" },
	{ "a line between that is no field",
	    DSN("???\n\nFinal-Recipient: rfc822;x@a.example\n"
	        "Action: failed\n"),
	    "failed x@a.example ()" },
	{ "plain",
	    PLAIN("From: <MAILER-DAEMON@b.example>\n",
	        "<x@a.example>: 550 no such user\n"),
	    "failed" },
	{ "plain, from Exim",
	    PLAIN("X-Failed-Recipients: X@a.example, z@a.example\n",
	        "could not be delivered\n"),
	    "failed x@a.example () z@a.example ()" },
	{ "plain warning",
	    PLAIN("Subject: Warning: message delayed 24 hours\n", "x\n"),
	    "later" },
	{ "a person",
	    "From: me@a.example\nSubject: Re: Report Domain: a.example"
	    " Submitter: r.example Report-ID: <" ID ">\n\n"
	    "Message-ID: <" ID "@r.example> is nonsense\n",
	    "none" },
	{ "away", PLAIN("Auto-Submitted: auto-replied\n", "I am on leave\n"),
	    "none" },
	{ "away, and says no more",
	    "Return-Path: <>\nSubject: away: Report-ID: <" ID ">\n\n"
	    "I am on leave\n",
	    "none" },
};

static struct wax_str
found_in(const struct wax_bounce *bounce)
{
	const char *const kinds[] = { "none", "later", "failed" };
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, kinds[bounce->kind]);
	for (size_t i = 0; i < bounce->n; i++)
		wax_text_addf(&text, " %.*s (%.*s)",
		    WAX_FMT(bounce->bounced[i].address),
		    WAX_FMT(bounce->bounced[i].why));
	return wax_text_str(&text);
}

START_TEST(bounces_are_understood)
{
	struct wax_bounce bounce;
	struct wax_str got;
	struct wax_err err;

	ck_assert_int_eq(wax_bounce_parse(arena, wax_exact(bounces[_i].message),
	                     &bounce, &err),
	    WAX_OK);
	got = found_in(&bounce);
	ck_assert_msg(wax_str_eq(got, wax_str_of(bounces[_i].found)),
	    "%s: got \"%.*s\"", bounces[_i].name, WAX_FMT(got));
	/* The subject is no part of the text. */
	if (bounce.kind == WAX_BOUNCE_NONE)
		return;
	ck_assert_uint_eq(bounce.n_ids, 1);
	ck_assert_wax_str_eq(bounce.id[0], ID);
}
END_TEST

START_TEST(original_in_base64)
{
	struct wax_bounce bounce;
	struct wax_err err;

	/* "Message-ID: <ID@r.example>" */
	ck_assert_int_eq(
	    wax_bounce_parse(arena,
	        wax_exact("Return-Path: <>\nContent-Type: message/rfc822\n"
	                  "Content-Transfer-Encoding: base64\n\n"
	                  "TWVzc2FnZS1JRDogPDAxMjM0NTY3ODlhYmNkZWYw"
	                  "MTIzNDU2Nzg5YWJjZGVmQHIu\nZXhhbXBsZT4K\n"),
	        &bounce, &err),
	    WAX_OK);
	ck_assert_uint_eq(bounce.n_ids, 1);
	ck_assert_wax_str_eq(bounce.id[0], ID);
	ck_assert_int_eq(bounce.kind, WAX_BOUNCE_FAILED);
}
END_TEST

static const struct {
	const char *text, *ids;
} ids[] = {
	{ ID, ID },
	{ "0123456789ABCDEF0123456789abcdef", ID },
	{ ID "0", "" },
	{ "x" ID "x", ID },
	{ "0123456789abcdef0123456789abcde", "" },
	{ ID "\n" ID, ID },
	{ ID "-ffffffffffffffffffffffffffffffff",
	    ID " ffffffffffffffffffffffffffffffff" },
};

START_TEST(ids_are_found)
{
	struct wax_bounce bounce;
	struct wax_text got;
	struct wax_err err;

	ck_assert_int_eq(
	    wax_bounce_parse(arena,
	        wax_textf(arena, "A: b\n\n%s", ids[_i].text), &bounce, &err),
	    WAX_OK);
	wax_text_init(&got, arena);
	for (size_t i = 0; i < bounce.n_ids; i++)
		wax_text_addf(
		    &got, "%s%.*s", i > 0 ? " " : "", WAX_FMT(bounce.id[i]));
	ck_assert_wax_str_eq(wax_text_str(&got), ids[_i].ids);
}
END_TEST

START_TEST(ids_are_bounded)
{
	struct wax_bounce bounce;
	struct wax_text text;
	struct wax_err err;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "A: b\n\n");
	for (unsigned i = 0; i < WAX_BOUNCE_IDS_MAX + 1; i++) {
		wax_text_addf(&text, "%032x\n", i);
		ck_assert_int_eq(
		    wax_bounce_parse(arena, wax_text_str(&text), &bounce, &err),
		    WAX_OK);
		ck_assert_uint_eq(bounce.n_ids,
		    i < WAX_BOUNCE_IDS_MAX ? i + 1 : WAX_BOUNCE_IDS_MAX);
	}
}
END_TEST

START_TEST(bounce_is_read_so_far)
{
	struct wax_str head = WAX_STR("Return-Path: <>\n\nMessage-ID: <");
	size_t n = WAX_BOUNCE_BYTES_MAX - head.n - 32 - 1;
	struct wax_bounce bounce;
	struct wax_text text;
	struct wax_err err;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < 2; i++) {
		text.n = 0;
		wax_text_add(&text, head);
		while (text.n < head.n + n + i)
			wax_text_addc(&text, ' ');
		wax_text_addz(&text, ID "\n");
		ck_assert_int_eq(
		    wax_bounce_parse(arena, wax_text_str(&text), &bounce, &err),
		    WAX_OK);
		ck_assert_uint_eq(bounce.n_ids, 1);
		wax_text_addz(&text, "ffffffffffffffffffffffffffffffff\n");
		ck_assert_int_eq(
		    wax_bounce_parse(arena, wax_text_str(&text), &bounce, &err),
		    WAX_OK);
		ck_assert_uint_eq(bounce.n_ids, 1);
	}
}
END_TEST

START_TEST(not_a_message)
{
	struct wax_bounce bounce;
	struct wax_err err;

	ck_assert_int_eq(
	    wax_bounce_parse(arena, wax_exact("hello\n"), &bounce, &err),
	    WAX_E_SYNTAX);
	ck_assert_int_eq(bounce.kind, WAX_BOUNCE_NONE);
}
END_TEST

static const struct {
	const char *text;
	bool is_there;
} places[] = {
	{ "x@a.example", true },
	{ "<x@a.example>: no", true },
	{ "to x@a.example.", true },
	{ "to x@a.example. no", true },
	{ "'x@a.example'", true },
	{ "rcpt=x@a.example", true },
	{ "xx@a.example", false },
	{ "x@a.example.org", false },
	{ "x@a.exampl", false },
	{ "", false },
	{ "xx@a.example x@a.example", true },
	{ "-x@a.example", false },
};

START_TEST(addresses_are_found)
{
	ck_assert_msg(wax_bounce_names(wax_exact(places[_i].text),
	                  WAX_STR("x@a.example")) == places[_i].is_there,
	    "%s", places[_i].text);
	ck_assert(!wax_bounce_names(wax_exact(places[_i].text), WAX_STR("")));
}
END_TEST

Suite *
bounce_suite(void)
{
	Suite *suite = suite_create("bounce");
	TCase *tc = tcase_create("bounce");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, bounces_are_understood, 0,
	    (int)(sizeof bounces / sizeof *bounces));
	tcase_add_test(tc, original_in_base64);
	tcase_add_loop_test(
	    tc, ids_are_found, 0, (int)(sizeof ids / sizeof *ids));
	tcase_add_test(tc, ids_are_bounded);
	tcase_add_test(tc, bounce_is_read_so_far);
	tcase_add_test(tc, not_a_message);
	tcase_add_loop_test(
	    tc, addresses_are_found, 0, (int)(sizeof places / sizeof *places));
	suite_add_tcase(suite, tc);
	return suite;
}
