/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where reports go, and what they are called. EX-nn: external destinations;
 * RC-nn: report content and mail.
 *
 * Two vectors of external destinations are about failure reports, which we
 * do not send: EX-18 (an override with rua= leaves a ruf= address alone) and
 * EX-19 (no ruf= of a psd=y record). EX-02 is one with the walk's own
 * questions: "no lookup" there means none for consent.
 */
#include <signal.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/dns/budget.h"
#include "policy/dns/zone.h"
#include "policy/report/rua.h"
#include "tests/support/recording.h"
#include "tests/support/suite.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))
#define OWN "reports@receiver.example"

static const struct wax_rua_options options = {
	.max_uris = 5,
	.own_address = WAX_STR_INIT(OWN),
};

/* What speaks against a destination, by what is said about it. */
static enum wax_rua_cause
cause_of(const struct wax_rua_destination *one)
{
	static const struct {
		const char *words;
		enum wax_rua_cause cause;
	} causes[] = {
		{ "no answer about", WAX_RUA_NO_ANSWER },
		{ "no consent at", WAX_RUA_NO_CONSENT },
		{ "names no usable address", WAX_RUA_NO_CONSENT },
		{ "its consent would have", WAX_RUA_NO_CONSENT },
		{ "takes no mail", WAX_RUA_NO_MAIL },
		{ "does not exist", WAX_RUA_NO_MAIL },
		{ "has neither MX", WAX_RUA_NO_MAIL },
		{ "beyond max-report-uris", WAX_RUA_TOO_MANY },
	};

	if (one->why.n == 0)
		return WAX_RUA_NOTHING;
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
		for (size_t at = 0; at < one->why.n; at++)
			if (wax_str_starts(wax_str_from(one->why, at),
			        wax_str_of(causes[i].words)))
				return causes[i].cause;
	return WAX_RUA_BAD_URI;
}

/* One line: "send a@b.example; retry a@b.example (why); refused URI (why)". */
static struct wax_str
shape_of(
    struct wax_arena *arena, const struct wax_rua_destination *list, size_t n)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < n; i++) {
		const struct wax_rua_destination *one = &list[i];

		wax_text_addz(&text, i > 0 ? "; " : "");
		switch (one->state) {
		case WAX_RUA_SEND:
			wax_text_addf(
			    &text, "send %.*s", WAX_FMT(one->address));
			break;
		case WAX_RUA_RETRY:
			wax_text_addf(
			    &text, "retry %.*s", WAX_FMT(one->address));
			break;
		case WAX_RUA_REFUSED:
			wax_text_addf(&text, "refused %.*s", WAX_FMT(one->uri));
			ck_assert_uint_eq(one->address.n, 0);
			break;
		}
		ck_assert((one->state == WAX_RUA_SEND) == (one->why.n == 0));
		ck_assert_int_eq(one->cause, cause_of(one));
		if (one->why.n > 0)
			wax_text_addf(&text, " (%.*s)", WAX_FMT(one->why));
		if (one->address.n > 0)
			ck_assert(wax_str_ends(one->address, one->host.text));
	}
	return wax_text_str(&text);
}

#define NO_URI " (not a valid URI)"
#define NO_MAILTO " (only mailto: is supported)"
#define MORE " (a mailto: with more than an address)"
#define NO_ADDRESS " (not an address that reports are sent to)"
#define NOT_OURS " (our own address)"
#define BEYOND " (beyond max-report-uris)"

/* ---- the list ------------------------------------------------------------ */

static const struct {
	const char *name, *rua, *shape;
} parse_rows[] = {
	{ "nothing", "", "" },
	{ "blanks and commas only", " , ,\t,", "" },
	{ "one", "mailto:d@example.com", "send d@example.com" },
	{ "EX-15 size", "mailto:d@example.com!10m", "send d@example.com" },
	{ "size without unit", "mailto:d@example.com!10485760",
	    "send d@example.com" },
	{ "size of another unit", "mailto:d@example.com!10q",
	    "refused mailto:d@example.com!10q" NO_URI },
	{ "two sizes", "mailto:d@example.com!1k!1k",
	    "refused mailto:d@example.com!1k!1k" NO_URI },
	{ "EX-16 another scheme", "https://x.example/r, mailto:d@example.com",
	    "refused https://x.example/r" NO_MAILTO "; send d@example.com" },
	{ "EX-17 malformed in between",
	    "mailto:d@example.com, mailto:bad, mailto:e@example.com",
	    "send d@example.com; refused mailto:bad" NO_ADDRESS
	    "; send e@example.com" },
	{ "order is kept", "mailto:z@b.example,mailto:a@a.example",
	    "send z@b.example; send a@a.example" },
	{ "scheme in capitals", "MAILTO:d@example.com", "send d@example.com" },
	{ "no scheme", "d@example.com", "refused d@example.com" NO_URI },
	{ "nothing behind the scheme", "mailto:", "refused mailto:" NO_URI },
	{ "two slashes", "mailto://d@example.com",
	    "refused mailto://d@example.com" NO_ADDRESS },
	{ "blank inside", "mailto:d @example.com",
	    "refused mailto:d @example.com" NO_URI },
	{ "semicolon", "mailto:d@example.com;x",
	    "refused mailto:d@example.com;x" NO_ADDRESS },
	{ "8-bit octet", "mailto:d@b\xc3\xbc.example",
	    "refused mailto:d@b\\xc3\\xbc.example" NO_URI },
	{ "line end", "mailto:d@example.com\r\nBcc:x@evil.example",
	    "refused mailto:d@example.com\\x0d\\x0aBcc:x@evil.example" NO_URI },
	/* fields */
	{ "fields", "mailto:d@example.com?bcc=x@evil.example",
	    "refused mailto:d@example.com?bcc=x@evil.example" MORE },
	{ "empty fields", "mailto:d@example.com?",
	    "refused mailto:d@example.com?" MORE },
	{ "only fields", "mailto:?to=d@example.com",
	    "refused mailto:?to=d@example.com" MORE },
	{ "fragment", "mailto:d@example.com#x",
	    "refused mailto:d@example.com#x" MORE },
	/* percent-encoding */
	{ "encoded letter", "mailto:%64@example.com", "send d@example.com" },
	{ "encoded in the host", "mailto:d@ex%61mple.com",
	    "send d@example.com" },
	{ "encoded at sign", "mailto:d%40example.com", "send d@example.com" },
	{ "encoded question mark is text", "mailto:d%3Fx@example.com",
	    "send d?x@example.com" },
	{ "encoded hash is text", "mailto:d%23x@example.com",
	    "send d#x@example.com" },
	{ "encoded comma: two recipients",
	    "mailto:d@example.com%2Ce@example.com",
	    "refused mailto:d@example.com%2Ce@example.com" NO_ADDRESS },
	{ "twice encoded", "mailto:d%2540evil.example@example.com",
	    "refused mailto:d%2540evil.example@example.com" NO_ADDRESS },
	{ "a letter twice encoded", "mailto:%2564@example.com",
	    "refused mailto:%2564@example.com" NO_ADDRESS },
	{ "encoded line end", "mailto:d%0d%0aBcc:x@example.com",
	    "refused mailto:d%0d%0aBcc:x@example.com" NO_ADDRESS },
	{ "encoded line end behind", "mailto:d@example.com%0A",
	    "refused mailto:d@example.com%0A" NO_ADDRESS },
	{ "encoded NUL", "mailto:d@example.com%00.evil.example",
	    "refused mailto:d@example.com%00.evil.example" NO_ADDRESS },
	{ "encoded NUL in the local-part", "mailto:d%00@example.com",
	    "refused mailto:d%00@example.com" NO_ADDRESS },
	{ "encoded blank", "mailto:d%20x@example.com",
	    "refused mailto:d%20x@example.com" NO_ADDRESS },
	{ "half an encoding", "mailto:d@example.com%4",
	    "refused mailto:d@example.com%4" NO_URI },
	{ "not an encoding", "mailto:d%zz@example.com",
	    "refused mailto:d%zz@example.com" NO_URI },
	{ "U-label", "mailto:d@b%C3%BCcher.example",
	    "send d@xn--bcher-kva.example" },
	{ "a code point that IDNA disallows", "mailto:d@b%EF%BD%81.example",
	    "refused mailto:d@b%EF%BD%81.example" NO_ADDRESS },
	{ "UTF-8 local-part", "mailto:%C3%BC@example.com",
	    "refused mailto:%C3%BC@example.com" NO_ADDRESS },
	/* twice */
	{ "twice", "mailto:d@example.com,mailto:d@example.com!1m",
	    "send d@example.com" },
	{ "twice in other words", "mailto:d@example.com,MAILTO:%64@EXAMPLE.COM",
	    "send d@example.com" },
	{ "another local-part by its case",
	    "mailto:d@example.com,mailto:D@example.com",
	    "send d@example.com; send D@example.com" },
	/* ourselves */
	{ "our own address", "mailto:" OWN, "refused mailto:" OWN NOT_OURS },
	{ "our own address in capitals", "mailto:Reports@RECEIVER.Example",
	    "refused mailto:Reports@RECEIVER.Example" NOT_OURS },
	{ "our own address encoded", "mailto:%72eports@receiver.example",
	    "refused mailto:%72eports@receiver.example" NOT_OURS },
	{ "another address at our host", "mailto:x@receiver.example",
	    "send x@receiver.example" },
};

START_TEST(test_parse)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	size_t n;
	struct wax_rua_destination *list =
	    wax_rua_parse(arena, wax_exact(parse_rows[_i].rua), &options, &n);
	struct wax_str shape = shape_of(arena, list, n);

	ck_assert_msg(wax_str_eq(shape, wax_str_of(parse_rows[_i].shape)),
	    "%s: %.*s", parse_rows[_i].name, WAX_FMT(shape));
	wax_arena_free(arena);
}
END_TEST

START_TEST(test_no_own_address)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_rua_options without = { .max_uris = 1 };
	size_t n;
	struct wax_rua_destination *list =
	    wax_rua_parse(arena, WAX_STR("mailto:a@b.example"), &without, &n);

	ck_assert_wax_str_eq(shape_of(arena, list, n), "send a@b.example");
	wax_arena_free(arena);
}
END_TEST

START_TEST(test_max_uris)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_rua_options two = { .max_uris = 2 };
	struct wax_rua_options none = { .max_uris = 0 };
	size_t n;
	struct wax_rua_destination *list = wax_rua_parse(arena,
	    WAX_STR("mailto:a@b.example,x:y,mailto:a@b.example,"
	            "mailto:b@b.example,mailto:c@b.example,z:y"),
	    &two, &n);

	ck_assert_wax_str_eq(shape_of(arena, list, n),
	    "send a@b.example; refused x:y" NO_MAILTO
	    "; send b@b.example; refused mailto:c@b.example" BEYOND
	    "; refused z:y" NO_MAILTO);
	list = wax_rua_parse(arena, WAX_STR("mailto:a@b.example"), &none, &n);
	ck_assert_wax_str_eq(
	    shape_of(arena, list, n), "refused mailto:a@b.example" BEYOND);
	wax_arena_free(arena);
}
END_TEST

START_TEST(test_items_are_bounded)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_text text;
	size_t n;
	struct wax_rua_destination *list;

	wax_text_init(&text, arena);
	for (size_t i = 1; i < WAX_RUA_ITEMS_MAX; i++)
		wax_text_addz(&text, "x:y, ,");
	wax_text_addz(&text, "mailto:last@example.com");
	list = wax_rua_parse(arena, wax_text_str(&text), &options, &n);
	ck_assert_uint_eq(n, WAX_RUA_ITEMS_MAX);
	ck_assert(list[n - 1].state == WAX_RUA_SEND);
	wax_text_addz(&text, ",mailto:beyond@example.com");
	list = wax_rua_parse(arena, wax_text_str(&text), &options, &n);
	ck_assert_uint_eq(n, WAX_RUA_ITEMS_MAX);
	ck_assert_wax_str_eq(list[n - 1].address, "last@example.com");
	wax_arena_free(arena);
}
END_TEST

START_TEST(test_uri_is_bounded)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_text text;
	size_t n;
	struct wax_rua_destination *list;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "mailto:d@example.com!");
	while (text.n < WAX_RUA_URI_MAX)
		wax_text_addc(&text, '1');
	list = wax_rua_parse(arena, wax_text_str(&text), &options, &n);
	ck_assert_wax_str_eq(shape_of(arena, list, n), "send d@example.com");
	ck_assert_uint_eq(list[0].uri.n, WAX_RUA_URI_MAX);
	wax_text_addc(&text, '1');
	list = wax_rua_parse(arena, wax_text_str(&text), &options, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_wax_str_eq(list[0].why, "the URI is too long");
	ck_assert_uint_eq(list[0].uri.n, WAX_RUA_URI_MAX + 3);
	ck_assert(wax_str_ends(list[0].uri, WAX_STR("1...")));
	wax_arena_free(arena);
}
END_TEST

/* ---- addresses ----------------------------------------------------------- */

static const struct {
	const char *address;
	bool is_valid;
} address_rows[] = {
	{ "d@example.com", true },
	{ "first.last+tag=x_y-z@mail.example.com", true },
	{ "#$&'*+=?^_{}~@example.com", true },
	{ "0@example.com", true },
	{ "d-@example.com", true },
	{ "d@a-b.example", true },
	{ "d@xn--bcher-kva.example", true },
	{ "", false },
	{ "@", false },
	{ "d", false },
	{ "d@", false },
	{ "@example.com", false },
	{ "d@com", false },
	{ "d@.com", false },
	{ "d@example..com", false },
	{ "d@example.com.", false },
	{ "d@-a.example", false },
	{ "d@a-.example", false },
	{ "d@a_b.example", false },
	{ "d@a b.example", false },
	{ "d@192.0.2.1", false },
	{ "d@[192.0.2.1]", false },
	{ "d@[IPv6:2001:db8::1]", false },
	{ "d@example.com>", false },
	{ "<d@example.com>", false },
	{ "d@example.com(x)", false },
	{ "D <d@example.com>", false },
	{ "d@example.com d", false },
	{ " d@example.com", false },
	{ "d@example.com ", false },
	{ ".d@example.com", false },
	{ "d.@example.com", false },
	{ "d..d@example.com", false },
	{ "-d@example.com", false },
	{ "d@d@example.com", false },
	{ "@a.example:d@example.com", false },
	{ "@a.example,@b.example:d@example.com", false },
	{ "d%evil.example@example.com", false },
	{ "evil.example!d@example.com", false },
	{ "|program@example.com", false },
	{ "d|x@example.com", false },
	{ "/var/mail/d@example.com", false },
	{ ":include:/etc/x@example.com", false },
	{ "d`x`@example.com", false },
	{ "\\d@example.com", false },
	{ "\"d\"@example.com", false },
	{ "\"d\".e@example.com", false },
	{ "\"@evil.example\"@example.com", false },
	{ "d,e@example.com", false },
	{ "d;e@example.com", false },
	{ "d:e@example.com", false },
	{ "d\te@example.com", false },
	{ "d\x01@example.com", false },
	{ "d\x7f@example.com", false },
	{ "d\r\nRCPT TO:<x@evil.example>@example.com", false },
	{ "d@example.com\n", false },
	{ "\xc3\xbc@example.com", false },
	{ "\xff@example.com", false },
	{ "d@\xff.example", false },
};

START_TEST(test_address)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_str address = wax_exact(address_rows[_i].address);

	ck_assert_msg(wax_rua_address_is_valid(arena, address) ==
	                  address_rows[_i].is_valid,
	    "%.*s", WAX_FMT(address));
	wax_arena_free(arena);
}
END_TEST

/* `local` octets, "@", and labels up to `host` octets. */
static struct wax_str
long_address(struct wax_arena *arena, size_t local, size_t host)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	while (text.n < local)
		wax_text_addc(&text, 'l');
	wax_text_addc(&text, '@');
	while (text.n < local + 1 + host)
		wax_text_addc(&text, text.n % 40 == 39 && text.n > local + 1 &&
		                             text.n < local + host
		                         ? '.'
		                         : 'h');
	return wax_text_str(&text);
}

START_TEST(test_address_lengths)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	static const struct {
		size_t local, host;
		bool is_valid;
	} rows[] = {
		{ WAX_LOCAL_PART_MAX, 100, true },
		{ WAX_LOCAL_PART_MAX + 1, 100, false },
		{ 1, WAX_ADDRESS_MAX - 2, true },
		{ 1, WAX_ADDRESS_MAX - 1, false },
		{ WAX_LOCAL_PART_MAX, WAX_ADDRESS_MAX - 65, true },
		{ WAX_LOCAL_PART_MAX, WAX_ADDRESS_MAX - 64, false },
	};

	for (size_t i = 0; i < N(rows); i++)
		ck_assert_msg(wax_rua_address_is_valid(
		                  arena, long_address(arena, rows[i].local,
		                             rows[i].host)) == rows[i].is_valid,
		    "%zu@%zu", rows[i].local, rows[i].host);
	wax_arena_free(arena);
}
END_TEST

/* ---- asking -------------------------------------------------------------- */

struct world {
	struct wax_arena *arena;
	struct wax_recording *recording;
};

static struct world
world_open(const char *zone)
{
	struct world world = { .arena = wax_arena_new("test", 0) };
	struct wax_err err = { .status = WAX_OK };
	struct wax_zone *parsed =
	    wax_zone_parse(world.arena, wax_str_of(zone), &err);

	ck_assert_msg(parsed != NULL, "%s in: %s", err.text, zone);
	world.recording = wax_recording_new(
	    world.arena, wax_zone_resolver(world.arena, parsed));
	return world;
}

static struct wax_str
world_verify(struct world *world, const char *policy_domain, const char *rua,
    const struct wax_rua_options *how)
{
	struct wax_domain domain;
	struct wax_rua_destination *list;
	size_t n;

	ck_assert(
	    wax_domain_parse(world->arena, wax_str_of(policy_domain), &domain));
	list = wax_rua_parse(world->arena, wax_exact(rua), how, &n);
	list = wax_rua_verify(world->arena,
	    wax_recording_resolver(world->recording), domain, how, list, n, 0,
	    &n);
	return shape_of(world->arena, list, n);
}

static void
world_close(struct world *world)
{
	wax_arena_free(world->arena);
}

#define R "v=DMARC1; p=reject"
#define AT(name, record) "_dmarc." name " TXT " record "\n"
#define MX(name) name " MX 10 mx." name "\n"
#define THIRD MX("third.example")
#define NAME "example.com._report._dmarc.third.example"
#define CONSENT(record) NAME " TXT " record "\n"
#define TO_THIRD "mailto:d@third.example"
#define ASKED_THIRD "TXT " NAME "\nMX third.example\n"
#define NO_CONSENT "refused " TO_THIRD " (no consent at " NAME ")"
#define NEITHER                                     \
	"refused " TO_THIRD " (" NAME               \
	" names no usable address at the same host" \
	")"

/* `asked` NULL: not looked at. */
static const struct {
	const char *name, *zone, *domain, *rua, *shape, *asked;
} verify_rows[] = {
	{ "EX-01", AT("example.com", R) MX("example.com"), "example.com",
	    "mailto:d@example.com", "send d@example.com", "MX example.com\n" },
	{ "EX-02", AT("example.com", R) MX("mail.example.com"), "example.com",
	    "mailto:d@mail.example.com", "send d@mail.example.com",
	    "TXT _dmarc.mail.example.com\nTXT _dmarc.example.com\n"
	    "TXT _dmarc.com\nMX mail.example.com\n" },
	{ "EX-02 the other way round", AT("example.com", R) MX("example.com"),
	    "mail.example.com", "mailto:d@example.com", "send d@example.com",
	    NULL },
	{ "EX-03", THIRD CONSENT("v=DMARC1;"), "example.com", TO_THIRD,
	    "send d@third.example", ASKED_THIRD },
	{ "EX-04", THIRD MX("example.com"), "example.com",
	    TO_THIRD ",mailto:e@example.com", NO_CONSENT "; send e@example.com",
	    NULL },
	{ "EX-04 no such type", THIRD NAME " A 192.0.2.1\n", "example.com",
	    TO_THIRD, NO_CONSENT, "TXT " NAME "\n" },
	{ "EX-05", THIRD NAME " FAULT servfail\n", "example.com", TO_THIRD,
	    "retry d@third.example (no answer about " NAME ")",
	    "TXT " NAME "\n" },
	{ "EX-05 no answer in time",
	    THIRD CONSENT("v=DMARC1") NAME " FAULT delay=9\n", "example.com",
	    TO_THIRD, "retry d@third.example (no answer about " NAME ")",
	    NULL },
	{ "EX-06", THIRD CONSENT("v=spf1 -all"), "example.com", TO_THIRD,
	    NO_CONSENT, NULL },
	{ "EX-07", THIRD CONSENT("v=DMARC1"), "example.com", TO_THIRD,
	    "send d@third.example", NULL },
	{ "EX-08", THIRD CONSENT("p=none; v=DMARC1"), "example.com", TO_THIRD,
	    NO_CONSENT, NULL },
	{ "another version", THIRD CONSENT("v=DMARC2"), "example.com", TO_THIRD,
	    NO_CONSENT, NULL },
	{ "version in small letters", THIRD CONSENT("v=dmarc1"), "example.com",
	    TO_THIRD, NO_CONSENT, NULL },
	{ "EX-09", THIRD CONSENT("v=DMARC1; rua=mailto:agg@third.example"),
	    "example.com", TO_THIRD, "send agg@third.example", NULL },
	{ "EX-10", THIRD CONSENT("v=DMARC1; rua=mailto:x@evil.example"),
	    "example.com", TO_THIRD, NEITHER, "TXT " NAME "\n" },
	{ "EX-11", THIRD CONSENT("v=DMARC1; rua=mailto:x@mail.third.example"),
	    "example.com", TO_THIRD, NEITHER, NULL },
	{ "EX-11 a host above",
	    MX("mail.third.example") "example.com._report._dmarc.mail.third."
	                             "example TXT v=DMARC1; "
	                             "rua=mailto:x@third.example\n",
	    "example.com", "mailto:d@mail.third.example",
	    "refused mailto:d@mail.third.example "
	    "(example.com._report._dmarc.mail.third.example names no usable "
	    "address at the same host)",
	    NULL },
	{ "EX-12", THIRD "*._report._dmarc.third.example TXT v=DMARC1\n",
	    "example.com", TO_THIRD, "send d@third.example", NULL },
	/* The Author Domain a.example.com is not asked about. */
	{ "EX-13", THIRD "*._report._dmarc.third.example TXT v=DMARC1\n",
	    "example.com", TO_THIRD, "send d@third.example", ASKED_THIRD },
	{ "EX-15", MX("example.com"), "example.com", "mailto:d@example.com!10m",
	    "send d@example.com", NULL },
	{ "EX-16", MX("example.com"), "example.com",
	    "https://x.example/r,mailto:d@example.com",
	    "refused https://x.example/r" NO_MAILTO "; send d@example.com",
	    "MX example.com\n" },
	{ "EX-20",
	    AT("example.com", R) AT("sub.example.com", R "; psd=n")
	        MX("sub.example.com"),
	    "example.com", "mailto:d@sub.example.com",
	    "refused mailto:d@sub.example.com (no consent at "
	    "example.com._report._dmarc.sub.example.com)",
	    NULL },
	{ "EX-21", THIRD CONSENT("v=DMARC1") CONSENT("garbage"), "example.com",
	    TO_THIRD, "send d@third.example", NULL },
	{ "EX-21 in the other order",
	    THIRD CONSENT("garbage") CONSENT("v=DMARC1"), "example.com",
	    TO_THIRD, "send d@third.example", NULL },
	{ "EX-22",
	    AT("blue.example.com", R "; psd=n")
	        MX("red.example.net") "blue.example.com._report._dmarc.red."
	                              "example.net TXT "
	                              "v=DMARC1\n",
	    "blue.example.com", "mailto:d@red.example.net",
	    "send d@red.example.net",
	    "TXT blue.example.com._report._dmarc.red.example.net\n"
	    "MX red.example.net\n" },
	{ "EX-23 no dot: nobody is asked", AT("com", R "; psd=y") MX("com"),
	    "example.com", "mailto:d@com", "refused mailto:d@com" NO_ADDRESS,
	    "" },
	{ "EX-23 by the policy of a public suffix",
	    AT("co.example", R "; psd=y") MX("a.co.example"), "co.example",
	    "mailto:d@a.co.example",
	    "refused mailto:d@a.co.example (no consent at "
	    "co.example._report._dmarc.a.co.example)",
	    NULL },
	{ "two registrants below a public suffix",
	    AT("co.example", R "; psd=y") MX("b.co.example"), "a.co.example",
	    "mailto:d@b.co.example",
	    "refused mailto:d@b.co.example (no consent at "
	    "a.co.example._report._dmarc.b.co.example)",
	    NULL },
	{ "two registrants of a top-level domain that has a record",
	    AT("com", R) AT("example.com", R) MX("example.net.com"),
	    "example.com", "mailto:d@example.net.com",
	    "refused mailto:d@example.net.com (no consent at "
	    "example.com._report._dmarc.example.net.com)",
	    "TXT example.com._report._dmarc.example.net.com\n" },
	{ "of two siblings without a record above",
	    AT("a.example.com", R) MX("b.example.com"), "a.example.com",
	    "mailto:d@b.example.com",
	    "refused mailto:d@b.example.com (no consent at "
	    "a.example.com._report._dmarc.b.example.com)",
	    NULL },
	{ "a name that only ends like it", MX("badexample.com"), "example.com",
	    "mailto:d@badexample.com",
	    "refused mailto:d@badexample.com (no consent at "
	    "example.com._report._dmarc.badexample.com)",
	    NULL },
	{ "consent of somebody else",
	    THIRD "example.net._report._dmarc.third.example TXT v=DMARC1\n",
	    "example.com", TO_THIRD, NO_CONSENT, NULL },
	{ "consent in two strings", THIRD CONSENT("\"v=DMA\" \"RC1\""),
	    "example.com", TO_THIRD, "send d@third.example", NULL },
	{ "consent behind an alias",
	    THIRD NAME " CNAME all.third.example\n"
	               "all.third.example TXT v=DMARC1\n",
	    "example.com", TO_THIRD, "send d@third.example", NULL },
	/* walks with gaps */
	{ "no answer about the destination's organization",
	    AT("example.com", R) MX(
	        "mail.example.com") "_dmarc.mail.example.com FAULT servfail\n",
	    "example.com", "mailto:d@mail.example.com",
	    "retry d@mail.example.com (no answer about the organization of "
	    "mail.example.com)",
	    NULL },
	{ "no answer about the policy domain's organization",
	    AT("a.example.com", R)
	        MX("b.example.com") "a.example.com._report._dmarc.b.example."
	                            "com TXT v=DMARC1\n"
	                            "_dmarc.a.example.com FAULT timeout\n",
	    "a.example.com", "mailto:d@b.example.com",
	    "retry d@b.example.com (no answer about the organization of "
	    "b.example.com)",
	    NULL },
	{ "no answer about both of them",
	    MX("b.example.com") "*.example.com FAULT refused TXT\n",
	    "a.example.com", "mailto:d@b.example.com",
	    "retry d@b.example.com (no answer about the organization of "
	    "b.example.com)",
	    NULL },
	/* overrides */
	{ "several addresses in its place",
	    THIRD CONSENT("v=DMARC1; rua=mailto:a@third.example, "
	                  "mailto:b@third.example!5m"),
	    "example.com", TO_THIRD,
	    "send a@third.example; send b@third.example", NULL },
	{ "several addresses at a host that is not there",
	    NAME " TXT v=DMARC1; rua=mailto:a@third.example,"
	         "mailto:b@third.example\nthird.example FAULT nxdomain MX\n",
	    "example.com", TO_THIRD,
	    "refused " TO_THIRD " (third.example does not exist)",
	    ASKED_THIRD },
	{ "one of them elsewhere",
	    THIRD CONSENT("v=DMARC1; rua=mailto:a@third.example, "
	                  "mailto:b@evil.example"),
	    "example.com", TO_THIRD, NEITHER, NULL },
	{ "the same host in capitals",
	    THIRD CONSENT("v=DMARC1; rua=mailto:agg@THIRD.Example"),
	    "example.com", TO_THIRD, "send agg@third.example", NULL },
	{ "another scheme beside",
	    THIRD CONSENT("v=DMARC1; rua=https://evil.example/, "
	                  "mailto:a@third.example"),
	    "example.com", TO_THIRD, "send a@third.example", NULL },
	{ "another scheme only",
	    THIRD CONSENT("v=DMARC1; rua=https://third.example/"),
	    "example.com", TO_THIRD, NEITHER, NULL },
	{ "nobody in its place", THIRD CONSENT("v=DMARC1; rua="), "example.com",
	    TO_THIRD, NEITHER, NULL },
	{ "no address in its place", THIRD CONSENT("v=DMARC1; rua=mailto:x"),
	    "example.com", TO_THIRD, NEITHER, NULL },
	{ "ourselves in its place",
	    MX("receiver.example") "example.com._report._dmarc.receiver."
	                           "example TXT v=DMARC1; "
	                           "rua=mailto:" OWN "\n",
	    "example.com", "mailto:d@receiver.example",
	    "refused mailto:d@receiver.example "
	    "(example.com._report._dmarc.receiver.example names no usable "
	    "address at the same host)",
	    NULL },
	{ "fields in its place",
	    THIRD CONSENT(
	        "v=DMARC1; rua=mailto:a@third.example?cc=x@b.example"),
	    "example.com", TO_THIRD, NEITHER, NULL },
	{ "two published, one in their place",
	    THIRD CONSENT("v=DMARC1; rua=mailto:agg@third.example"),
	    "example.com", TO_THIRD ",mailto:e@third.example",
	    "send agg@third.example", NULL },
	{ "ruf= replaces nothing",
	    THIRD CONSENT("v=DMARC1; ruf=mailto:x@third.example"),
	    "example.com", TO_THIRD, "send d@third.example", NULL },
	{ "no override for our own organization",
	    AT("example.com", R)
	        MX("mail.example.com") "example.com._report._dmarc.mail."
	                               "example.com TXT v=DMARC1; "
	                               "rua=mailto:x@evil.example\n",
	    "example.com", "mailto:d@mail.example.com",
	    "send d@mail.example.com", NULL },
	/* Q10: several records */
	{ "Q10 two answers, one of them an override",
	    THIRD CONSENT("v=DMARC1")
	        CONSENT("v=DMARC1; rua=mailto:agg@third.example"),
	    "example.com", TO_THIRD, "send agg@third.example", NULL },
	{ "Q10 two overrides",
	    THIRD CONSENT("v=DMARC1; rua=mailto:a@third.example")
	        CONSENT("v=DMARC1; rua=mailto:b@third.example"),
	    "example.com", TO_THIRD,
	    "send a@third.example; send b@third.example", NULL },
	{ "Q10 the same override twice",
	    THIRD CONSENT("v=DMARC1; rua=mailto:a@third.example")
	        CONSENT("v=DMARC1;  rua=mailto:a@third.example"),
	    "example.com", TO_THIRD, "send a@third.example", NULL },
	{ "Q10 two overrides, one elsewhere",
	    THIRD CONSENT("v=DMARC1; rua=mailto:x@evil.example")
	        CONSENT("v=DMARC1; rua=mailto:a@third.example"),
	    "example.com", TO_THIRD, "send a@third.example", NULL },
	{ "Q10 two overrides, both elsewhere",
	    THIRD CONSENT("v=DMARC1; rua=mailto:x@evil.example")
	        CONSENT("v=DMARC1; rua=mailto:a@mail.third.example"),
	    "example.com", TO_THIRD, NEITHER, NULL },
	{ "Q10 an override elsewhere beside plain consent",
	    THIRD CONSENT("v=DMARC1")
	        CONSENT("v=DMARC1; rua=mailto:x@evil.example"),
	    "example.com", TO_THIRD, NEITHER, NULL },
	/* reachability */
	{ "null MX", "example.com MX 0 .\nexample.com A 192.0.2.1\n",
	    "example.com", "mailto:d@example.com",
	    "refused mailto:d@example.com (example.com takes no mail (null "
	    "MX))",
	    "MX example.com\n" },
	{ "null MX beside another", "example.com MX 0 .\n" MX("example.com"),
	    "example.com", "mailto:d@example.com", "send d@example.com", NULL },
	{ "A alone", "example.com A 192.0.2.1\n", "example.com",
	    "mailto:d@example.com", "send d@example.com",
	    "MX example.com\nA example.com\n" },
	{ "AAAA alone", "example.com AAAA 2001:db8::1\n", "example.com",
	    "mailto:d@example.com", "send d@example.com",
	    "MX example.com\nA example.com\nAAAA example.com\n" },
	{ "neither MX nor address", "example.com TXT x\n", "example.com",
	    "mailto:d@example.com",
	    "refused mailto:d@example.com (example.com has neither MX nor "
	    "address)",
	    NULL },
	{ "no such host", AT("example.net", R), "example.com",
	    "mailto:d@example.com",
	    "refused mailto:d@example.com (example.com does not exist)",
	    "MX example.com\n" },
	{ "no answer about MX", "example.com FAULT servfail\n", "example.com",
	    "mailto:d@example.com",
	    "retry d@example.com (no answer about example.com)", NULL },
	{ "no answer about A",
	    "example.com TXT x\nexample.com FAULT timeout A\n", "example.com",
	    "mailto:d@example.com",
	    "retry d@example.com (no answer about example.com)", NULL },
	{ "no answer about A, but AAAA",
	    "example.com AAAA 2001:db8::1\nexample.com FAULT timeout A\n",
	    "example.com", "mailto:d@example.com", "send d@example.com", NULL },
	{ "no answer about AAAA",
	    "example.com TXT x\nexample.com FAULT timeout AAAA\n",
	    "example.com", "mailto:d@example.com",
	    "retry d@example.com (no answer about example.com)", NULL },
	{ "MX without addresses is the server's business",
	    "example.com MX 10 gone.example.com\n", "example.com",
	    "mailto:d@example.com", "send d@example.com", "MX example.com\n" },
	{ "consent first, then the null MX",
	    "third.example MX 0 .\n" CONSENT("v=DMARC1"), "example.com",
	    TO_THIRD,
	    "refused " TO_THIRD " (third.example takes no mail (null MX))",
	    ASKED_THIRD },
	{ "each for itself", THIRD NAME " FAULT servfail\n" MX("example.com"),
	    "example.com",
	    "mailto:a@example.com,x:y,mailto:d@third.example,"
	    "mailto:d@fourth.example,mailto:b@example.com",
	    "send a@example.com; refused x:y" NO_MAILTO
	    "; retry d@third.example (no answer about " NAME
	    "); refused mailto:d@fourth.example (no consent at "
	    "example.com._report._dmarc.fourth.example); send b@example.com",
	    NULL },
};

START_TEST(test_verify)
{
	struct world world = world_open(verify_rows[_i].zone);
	struct wax_str shape = world_verify(
	    &world, verify_rows[_i].domain, verify_rows[_i].rua, &options);
	const char *asked = wax_recording_text(world.recording);

	ck_assert_msg(wax_str_eq(shape, wax_str_of(verify_rows[_i].shape)),
	    "%s: %.*s", verify_rows[_i].name, WAX_FMT(shape));
	if (verify_rows[_i].asked != NULL)
		ck_assert_msg(strcmp(asked, verify_rows[_i].asked) == 0,
		    "%s: asked %s", verify_rows[_i].name, asked);
	world_close(&world);
}
END_TEST

/*
 * An answer with too many records is WAX_DNS_LIMIT, as is every one past a
 * budget: no consent, no proof of one organization, and nothing that speaks
 * against a host.
 */
static struct wax_str
verify_within(struct world *world, size_t max_questions, const char *rua)
{
	struct wax_budget *budget = wax_budget_new(world->arena,
	    wax_recording_resolver(world->recording), max_questions, 0);
	struct wax_domain domain = { WAX_STR_INIT("example.com") };
	struct wax_rua_destination *list;
	size_t n;

	list = wax_rua_parse(world->arena, wax_exact(rua), &options, &n);
	list = wax_rua_verify(world->arena, wax_budget_general(budget), domain,
	    &options, list, n, 0, &n);
	return shape_of(world->arena, list, n);
}

START_TEST(test_limit_is_no_consent)
{
	struct world world = world_open(THIRD CONSENT("v=DMARC1")
	        AT("example.com", R) MX("example.com") MX("mail.example.com"));

	ck_assert_wax_str_eq(
	    verify_within(&world, 0, "mailto:d@example.com," TO_THIRD),
	    "send d@example.com; " NO_CONSENT);
	/* The walks know all but the top. */
	ck_assert_wax_str_eq(
	    verify_within(&world, 2, "mailto:d@mail.example.com"),
	    "refused mailto:d@mail.example.com (no consent at "
	    "example.com._report._dmarc.mail.example.com)");
	ck_assert_wax_str_eq(
	    verify_within(&world, 3, "mailto:d@mail.example.com"),
	    "send d@mail.example.com");
	world_close(&world);
}
END_TEST

/* The published URI stays that of what came in its place. */
START_TEST(test_override_keeps_the_uri)
{
	struct world world =
	    world_open(THIRD CONSENT("v=DMARC1; rua=mailto:agg@third.example"));
	struct wax_domain domain = { WAX_STR_INIT("example.com") };
	struct wax_rua_destination *list;
	size_t n;

	list =
	    wax_rua_parse(world.arena, WAX_STR(TO_THIRD "!1m"), &options, &n);
	list =
	    wax_rua_verify(world.arena, wax_recording_resolver(world.recording),
	        domain, &options, list, n, 0, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_wax_str_eq(list[0].uri, TO_THIRD "!1m");
	ck_assert_wax_str_eq(list[0].address, "agg@third.example");
	world_close(&world);
}
END_TEST

/* EX-14: 253 octets are asked, one more is not. */
#define L40 "x23456789.123456789.123456789.123456789."
#define L220 L40 L40 L40 L40 L40 "123456789.123456789."

START_TEST(test_name_too_long)
{
	const char *longest = L220 "x.yz", *longer = L220 "xx.yz";
	struct world world =
	    world_open("*._report._dmarc.third.example TXT v=DMARC1\n" THIRD);

	ck_assert_uint_eq(strlen(longest) + strlen("._report._dmarc.") +
	                      strlen("third.example"),
	    WAX_DOMAIN_MAX);
	ck_assert_wax_str_eq(world_verify(&world, longest, TO_THIRD, &options),
	    "send d@third.example");
	wax_recording_forget(world.recording);
	ck_assert_wax_str_eq(world_verify(&world, longer, TO_THIRD, &options),
	    "refused " TO_THIRD " (its consent would have too long a name)");
	ck_assert_str_eq(wax_recording_text(world.recording), "");
	world_close(&world);
}
END_TEST

START_TEST(test_overrides_are_bounded)
{
	struct wax_rua_options two = { .max_uris = 2 };
	struct world world = world_open(THIRD MX("example.com") CONSENT(
	    "v=DMARC1; rua=mailto:a@third.example,mailto:b@third.example,"
	    "mailto:c@third.example"));

	ck_assert_wax_str_eq(world_verify(&world, "example.com",
	                         TO_THIRD ",mailto:e@example.com", &two),
	    "send a@third.example; send b@third.example; refused " TO_THIRD
	        BEYOND "; refused mailto:e@example.com" BEYOND);
	world_close(&world);
}
END_TEST

/* ---- names --------------------------------------------------------------- */

static struct wax_domain
domain_of(const char *text)
{
	return (struct wax_domain){ wax_str_of(text) };
}

/* RC-12, RC-14 */
START_TEST(test_names)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_domain receiver = domain_of("mail.receiver.example");
	struct wax_domain example = domain_of("example.com");
	struct wax_period period = { 1013662812, 1013749130 };

	ck_assert_wax_str_eq(
	    wax_report_file_name(arena, receiver, example, period, WAX_STR("")),
	    "mail.receiver.example!example.com!1013662812!1013749130.xml.gz");
	ck_assert_wax_str_eq(wax_report_file_name(arena, receiver, example,
	                         period, WAX_STR("0123456789abcdefABCDEF")),
	    "mail.receiver.example!example.com!1013662812!1013749130"
	    "!0123456789abcdefABCDEF.xml.gz");
	/* RC-15: the case of these words matters. */
	ck_assert_wax_str_eq(
	    wax_report_subject(arena, example, receiver, WAX_STR("0f")),
	    "Report Domain: example.com Submitter: mail.receiver.example "
	    "Report-ID: <0f>");
	wax_arena_free(arena);
}
END_TEST

/* RC-13: such a Report-ID is never made, and would be no name. */
START_TEST(test_report_id_is_alphanumeric)
{
	static const char *const ids[] = { "a-b", "a.b", "a@b", "a/b",
		"a\r\nb" };
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_period period = { 0, 1 };

	(void)wax_report_file_name(arena, domain_of("a.example"),
	    domain_of("b.example"), period, wax_str_of(ids[_i]));
}
END_TEST

START_TEST(test_subject_needs_its_id)
{
	static const char *const ids[] = { "", "a-b", "a>b" };
	struct wax_arena *arena = wax_arena_new("test", 0);

	(void)wax_report_subject(arena, domain_of("a.example"),
	    domain_of("b.example"), wax_str_of(ids[_i]));
}
END_TEST

static Suite *
rua_suite(void)
{
	Suite *suite = suite_create("destinations and names of reports");
	TCase *tc = tcase_create("rua");

	tcase_add_loop_test(tc, test_parse, 0, N(parse_rows));
	tcase_add_test(tc, test_no_own_address);
	tcase_add_test(tc, test_max_uris);
	tcase_add_test(tc, test_items_are_bounded);
	tcase_add_test(tc, test_uri_is_bounded);
	tcase_add_loop_test(tc, test_address, 0, N(address_rows));
	tcase_add_test(tc, test_address_lengths);
	tcase_add_loop_test(tc, test_verify, 0, N(verify_rows));
	tcase_add_test(tc, test_limit_is_no_consent);
	tcase_add_test(tc, test_override_keeps_the_uri);
	tcase_add_test(tc, test_name_too_long);
	tcase_add_test(tc, test_overrides_are_bounded);
	tcase_add_test(tc, test_names);
	tcase_add_loop_test_raise_signal(
	    tc, test_report_id_is_alphanumeric, SIGABRT, 0, 5);
	tcase_add_loop_test_raise_signal(
	    tc, test_subject_needs_its_id, SIGABRT, 0, 3);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { rua_suite, NULL };
