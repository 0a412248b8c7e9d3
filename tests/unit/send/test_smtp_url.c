/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "milter/send/smtp_url.h"
#include "tests/support/suite.h"

static const struct {
	const char *text;
	bool is_tls;
	const char *user, *host;
	bool is_ipv6, is_loopback;
	unsigned port;
} good[] = {
	{ "smtp://127.0.0.1:25", false, "", "127.0.0.1", false, true, 25 },
	{ "smtp://127.8.9.1", false, "", "127.8.9.1", false, true, 25 },
	{ "smtps://mx.example", true, "", "mx.example", false, false, 465 },
	{ "smtps://mx.example:25/", true, "", "mx.example", false, false, 25 },
	{ "smtp://LOCALHOST:1", false, "", "localhost", false, true, 1 },
	{ "smtp://localhost.example", false, "", "localhost.example", false,
	    false, 25 },
	{ "smtp://[::1]:65535", false, "", "::1", true, true, 65535 },
	{ "smtp://[2001:db8::1]", false, "", "2001:db8::1", true, false, 25 },
	{ "smtp://u@mx.example:587", false, "u", "mx.example", false, false,
	    587 },
	{ "smtp://u%40example.org@mx.example", false, "u@example.org",
	    "mx.example", false, false, 25 },
	{ "smtp://u@example.org@mx.example", false, "u@example.org",
	    "mx.example", false, false, 25 },
};

START_TEST(is_read)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_smtp_url url = { .port = 0 };
	struct wax_err err = { .text = "" };

	ck_assert_msg(wax_smtp_url_parse(arena, wax_exact(good[_i].text), &url,
	                  &err) == WAX_OK,
	    "%s: %s", good[_i].text, err.text);
	ck_assert_int_eq(url.is_tls, good[_i].is_tls);
	ck_assert_wax_str_eq(url.user, good[_i].user);
	ck_assert_wax_str_eq(url.host, good[_i].host);
	ck_assert_int_eq(url.is_ipv6, good[_i].is_ipv6);
	ck_assert_int_eq(url.is_loopback, good[_i].is_loopback);
	ck_assert_uint_eq(url.port, good[_i].port);
	wax_arena_free(arena);
}
END_TEST

static const struct {
	const char *text, *said;
} bad[] = {
	{ "", "it is no such URL" },
	{ "127.0.0.1:25", "it is no such URL" },
	{ "http://127.0.0.1", "it is no such URL" },
	{ "file:///etc/passwd", "it is no such URL" },
	{ "smtp:/x", "it is no such URL" },
	{ "smtp://u:geheim@mx.example", "it holds a password" },
	{ "smtp://u:@mx.example", "it holds a password" },
	{ "smtp://u:ge/he@im@mx.example", "it holds a password" },
	{ "smtp://@mx.example", "its user" },
	{ "smtp://%@mx.example", "its user" },
	{ "smtp://a%0d%0ab@mx.example", "its user" },
	{ "smtp://a%00@mx.example", "its user" },
	{ "smtp://", "its host" },
	{ "smtp://:25", "its host" },
	{ "smtp://mx..example", "its host" },
	{ "smtp://mx.example/path", "its host" },
	{ "smtp://mx.example;AUTH=PLAIN", "its host" },
	{ "smtp://mx.example?x=1", "its host" },
	{ "smtp://[::1", "its host" },
	{ "smtp://[1.2.3.4]", "its host" },
	{ "smtp://[mx.example]", "its host" },
	{ "smtp://[::ffff:1.2.3.4]", "its host" },
	{ "smtp://[::1]25", "its port" },
	{ "smtp://mx.example:", "its port" },
	{ "smtp://mx.example:0", "its port" },
	{ "smtp://mx.example:65536", "its port" },
	{ "smtp://mx.example:25x", "its port" },
	{ "smtp://mx.example:25/helo", "its port" },
};

START_TEST(is_refused)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_smtp_url url;
	struct wax_err err = { .text = "" };

	ck_assert_int_eq(
	    wax_smtp_url_parse(arena, wax_exact(bad[_i].text), &url, &err),
	    WAX_E_CONFIG);
	ck_assert_msg(strstr(err.text, bad[_i].said) != NULL, "%s: %s",
	    bad[_i].text, err.text);
	ck_assert_ptr_null(strstr(err.text, "geheim"));
	ck_assert_ptr_null(strstr(err.text, "ge/he"));
	wax_arena_free(arena);
}
END_TEST

Suite *wax_smtp_url_suite(void);

Suite *
wax_smtp_url_suite(void)
{
	Suite *suite = suite_create("smtp_url");
	TCase *tc = tcase_create("smtp_url");

	tcase_add_loop_test(
	    tc, is_read, 0, (int)(sizeof good / sizeof good[0]));
	tcase_add_loop_test(
	    tc, is_refused, 0, (int)(sizeof bad / sizeof bad[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
