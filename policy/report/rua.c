/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rua.c - the destinations that rua= names, before anybody is asked.
 */
#include "policy/report/rua.h"

#include "policy/auth/dmarc_record.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/mail/abnf.h"
#include "policy/report/rua_impl.h"

/* ---- addresses ----------------------------------------------------------- */

/* atext without what a mail server may read as a route, a program or a file
 * (header comment). */
static bool
is_local_char(char c)
{
	static const struct wax_str refused = WAX_STR_INIT("%!|/`");

	return wax_is_atext(c) && (unsigned char)c < 0x80 &&
	       wax_str_find(refused, c) == refused.n;
}

/* Dot-string (RFC 5321 s4.1.2), as far as it is taken. */
static bool
local_part_is_valid(struct wax_str text)
{
	struct wax_str rest = text, atom;

	if (text.n == 0 || text.n > WAX_LOCAL_PART_MAX || text.p[0] == '-')
		return false;
	while (wax_str_cut(&rest, '.', &atom)) {
		if (atom.n == 0)
			return false;
		for (size_t i = 0; i < atom.n; i++)
			if (!is_local_char(atom.p[i]))
				return false;
	}
	return true;
}

/* Letters, digits and hyphens between them: RFC 5321 s4.1.2 has no "_". */
static bool
host_is_valid(struct wax_domain host)
{
	struct wax_str rest = host.text, label;

	while (wax_str_cut(&rest, '.', &label))
		if (wax_str_find(label, '_') < label.n || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return false;
	return wax_domain_labels(host) > 1;
}

static bool
read_address(struct wax_arena *arena, struct wax_str text,
    struct wax_str *address, struct wax_domain *host)
{
	size_t at = wax_str_rfind(text, '@');
	struct wax_str local_part = wax_str_head(text, at);

	if (at == text.n || text.p[text.n - 1] == '.' ||
	    !local_part_is_valid(local_part) ||
	    !wax_domain_parse(arena, wax_str_from(text, at + 1), host) ||
	    !host_is_valid(*host))
		return false;
	*address = wax_textf(
	    arena, "%.*s@%.*s", WAX_FMT(local_part), WAX_FMT(host->text));
	return address->n <= WAX_ADDRESS_MAX;
}

bool
wax_rua_address_is_valid(struct wax_arena *arena, struct wax_str address)
{
	struct wax_str same;
	struct wax_domain host;

	return read_address(arena, address, &same, &host);
}

/* ---- URIs ---------------------------------------------------------------- */

static unsigned
hex_value(char c)
{
	return wax_is_digit(c) ? (unsigned)(c - '0')
	                       : (unsigned)(wax_lower(c) - 'a' + 10);
}

/* Percent-encoding undone, once (RFC 3986 s2.4); `s` is of valid syntax. */
static struct wax_str
decoded(struct wax_arena *arena, struct wax_str s)
{
	struct wax_text text;
	unsigned octet;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '%') {
			wax_text_addc(&text, s.p[i]);
			continue;
		}
		octet = hex_value(s.p[i + 1]) << 4 | hex_value(s.p[i + 2]);
		wax_text_addc(&text, (char)(unsigned char)octet);
		i += 2;
	}
	return wax_text_str(&text);
}

/* Whether s holds "?" or "#": fields or a fragment behind the address. */
static bool
has_more_than_address(struct wax_str s)
{
	return wax_str_find(s, '?') < s.n || wax_str_find(s, '#') < s.n;
}

/* Fill in the address; the words say why there is none, or are NULL. */
static const char *
read_uri(struct wax_arena *arena, struct wax_str text,
    struct wax_rua_destination *destination)
{
	struct wax_dmarc_uri uri;

	if (text.n > WAX_RUA_URI_MAX)
		return "the URI is too long";
	if (!wax_dmarc_uri_parse(text, &uri))
		return "not a valid URI";
	/* RFC 9990 s3.4: other schemes are ignored. */
	if (!wax_str_ieq(uri.scheme, WAX_STR("mailto")))
		return "only mailto: is supported";
	if (has_more_than_address(uri.rest))
		return "a mailto: with more than an address";
	if (!read_address(arena, decoded(arena, uri.rest),
	        &destination->address, &destination->host))
		return "not an address that reports are sent to";
	return NULL;
}

/* ---- the list ------------------------------------------------------------ */

void
wax_rua_refuse(struct wax_rua_destination *destination,
    enum wax_rua_cause cause, struct wax_str why)
{
	destination->state = WAX_RUA_REFUSED;
	destination->cause = cause;
	destination->why = why;
	destination->address = WAX_STR("");
}

bool
wax_rua_has_address(const struct wax_rua_destination *destination, size_t n,
    struct wax_str address)
{
	for (size_t i = 0; i < n; i++)
		if (destination[i].state != WAX_RUA_REFUSED &&
		    wax_str_eq(destination[i].address, address))
			return true;
	return false;
}

/* What must not be a destination; cases are not told apart, as some mail
 * servers do not. */
static bool
is_own(struct wax_arena *arena, const struct wax_rua_options *options,
    struct wax_str address)
{
	struct wax_str own;
	struct wax_domain host;

	return read_address(arena, options->own_address, &own, &host) &&
	       wax_str_ieq(address, own);
}

static struct wax_str
shown(struct wax_arena *arena, struct wax_str uri)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add_escaped(&text, wax_str_head(uri, WAX_RUA_URI_MAX));
	if (uri.n > WAX_RUA_URI_MAX)
		wax_text_addz(&text, "...");
	return wax_text_str(&text);
}

static void
read_item(struct wax_arena *arena, struct wax_str item,
    const struct wax_rua_options *options, struct wax_rua_destination *one)
{
	const char *why = read_uri(arena, item, one);

	if (why == NULL && is_own(arena, options, one->address))
		why = "our own address";
	if (why != NULL)
		wax_rua_refuse(one, WAX_RUA_BAD_URI, wax_str_of(why));
}

struct wax_rua_destination *
wax_rua_parse(struct wax_arena *arena, struct wax_str rua,
    const struct wax_rua_options *options, size_t *n)
{
	WAX_VEC(struct wax_rua_destination) list = { 0 };
	struct wax_str rest = rua, item;
	size_t n_taken = 0, n_items = 0;

	while (n_items < WAX_RUA_ITEMS_MAX && wax_str_cut(&rest, ',', &item)) {
		struct wax_rua_destination one = { .state = WAX_RUA_SEND };

		item = wax_str_trim(item);
		if (item.n == 0)
			continue;
		n_items++;
		one.uri = shown(arena, item);
		read_item(arena, item, options, &one);
		if (one.state == WAX_RUA_SEND &&
		    wax_rua_has_address(list.v, list.n, one.address))
			continue;
		if (one.state == WAX_RUA_SEND && n_taken == options->max_uris)
			wax_rua_refuse(
			    &one, WAX_RUA_TOO_MANY, WAX_STR(WAX_RUA_BEYOND));
		if (one.state == WAX_RUA_SEND)
			n_taken++;
		WAX_PUSH(arena, &list, one);
	}
	*n = list.n;
	return list.v;
}
