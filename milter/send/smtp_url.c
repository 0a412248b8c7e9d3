/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/send/smtp_url.h"

#include "policy/base/ip.h"
#include "policy/base/text.h"
#include "policy/mail/domain.h"

/* It may hold a password: nothing of it is shown. */
static enum wax_status
wrong(const char *what, struct wax_err *err)
{
	return wax_fail(err, WAX_E_CONFIG,
	    "the mail server's URL: %s; use smtp://[USER@]HOST[:PORT] or "
	    "smtps://[USER@]HOST[:PORT]",
	    what);
}

static int
hex_digit(char c)
{
	if (wax_is_digit(c))
		return c - '0';
	c = wax_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 3986 s2.1: once; no controls come of it. */
static bool
decode(struct wax_arena *arena, struct wax_str s, struct wax_str *out)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '%') {
			if (i + 2 >= s.n || hex_digit(s.p[i + 1]) < 0 ||
			    hex_digit(s.p[i + 2]) < 0)
				return false;
			c = hex_digit(s.p[i + 1]) * 16 + hex_digit(s.p[i + 2]);
			i += 2;
		}
		if (c < ' ' || c == 0x7f)
			return false;
		wax_text_addc(&text, (char)c);
	}
	*out = wax_text_str(&text);
	return true;
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT" */
static bool
read_host(struct wax_arena *arena, struct wax_str s, struct wax_smtp_url *url,
    struct wax_str *port)
{
	struct wax_ip ip = { .family = WAX_IP_NONE };
	struct wax_domain name;
	size_t colon;

	if (wax_str_starts(s, WAX_STR("["))) {
		size_t end = wax_str_find(s, ']');

		url->host = wax_str_head(s, end);
		*port = wax_str_from(s, end + 1);
		url->host = wax_str_from(url->host, 1);
		url->is_ipv6 = true;
		/* An IPv4-mapped one is IPv4 for us, and not for brackets. */
		if (end == s.n || !wax_ip_parse(url->host, &ip) ||
		    ip.family != WAX_IPV6)
			return false;
		url->is_loopback = wax_ip_is_loopback(ip);
		return true;
	}
	colon = wax_str_find(s, ':');
	url->host = wax_str_head(s, colon);
	*port = wax_str_from(s, colon);
	if (wax_ip_parse(url->host, &ip)) {
		url->is_loopback = wax_ip_is_loopback(ip);
		return ip.family == WAX_IPV4;
	}
	if (!wax_domain_parse(arena, url->host, &name))
		return false;
	url->host = name.text;
	url->is_loopback = wax_str_eq(name.text, WAX_STR("localhost"));
	return true;
}

enum wax_status
wax_smtp_url_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_smtp_url *out, struct wax_err *err)
{
	struct wax_smtp_url url = { .is_tls = false };
	struct wax_str rest = text, port = WAX_STR("");
	unsigned long number = 0;
	size_t at;

	url.is_tls = wax_str_starts(text, WAX_STR("smtps://"));
	if (!url.is_tls && !wax_str_starts(text, WAX_STR("smtp://")))
		return wrong("it is no such URL", err);
	rest = wax_str_from(rest, url.is_tls ? 8 : 7);
	at = wax_str_rfind(rest, '@');
	if (at < rest.n) {
		struct wax_str user = wax_str_head(rest, at);

		rest = wax_str_from(rest, at + 1);
		if (wax_str_find(user, ':') < user.n)
			return wrong(
			    "it holds a password, which belongs into a file "
			    "(report-smtp-password-file)",
			    err);
		if (user.n == 0 || !decode(arena, user, &url.user))
			return wrong("its user cannot be read", err);
	}
	if (wax_str_ends(rest, WAX_STR("/")))
		rest = wax_str_head(rest, rest.n - 1);
	if (!read_host(arena, rest, &url, &port))
		return wrong("its host is none", err);
	url.port = url.is_tls ? 465 : 25;
	if (port.n > 0 &&
	    (port.p[0] != ':' ||
	        !wax_str_number(wax_str_from(port, 1), 65535, &number) ||
	        number == 0))
		return wrong("its port is none", err);
	if (port.n > 0)
		url.port = (unsigned)number;
	*out = url;
	return WAX_OK;
}
