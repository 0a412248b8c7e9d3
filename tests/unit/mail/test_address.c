/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/address.h"
#include "tests/unit/mail/suites.h"

#define OK WAX_AUTHOR_OK
#define NONE WAX_AUTHOR_NONE
#define SEVERAL WAX_AUTHOR_SEVERAL
#define SYNTAX WAX_AUTHOR_SYNTAX

static struct wax_field_list fields;
static struct wax_domain domain;
static struct wax_str reason;

static enum wax_author_status
author(size_t max_addresses)
{
	domain.text = WAX_STR("not set");
	reason = WAX_STR("not set");
	return wax_author_domain(
	    mail_arena, &fields, max_addresses, &domain, &reason);
}

static enum wax_author_status
author_of(struct wax_str raw)
{
	wax_field_list_init(&fields, mail_arena);
	wax_field_append(&fields, WAX_STR("From"), raw);
	/* The list has a copy of its own; look for over-reads in ours. */
	fields.fields.v[0].raw = wax_exact_n(raw.p, raw.n);
	return author(WAX_FROM_ADDRESSES_DEFAULT);
}

/* The value of one From field. */
static const struct {
	const char *name;
	struct wax_str raw;
	enum wax_author_status status;
	const char *domain;
} rows[] = {
	/* What everyday mail has. */
	{ "addr-spec", ROW_TEXT(" j@d.example"), OK, "d.example" },
	{ "no blank first", ROW_TEXT("j@d.example"), OK, "d.example" },
	{ "angle-addr alone", ROW_TEXT(" <j@d.example>"), OK, "d.example" },
	{ "display name", ROW_TEXT(" John Doe <j@d.example>"), OK,
	    "d.example" },
	{ "no blank before angle", ROW_TEXT(" John<j@d.example>"), OK,
	    "d.example" },
	{ "quoted comma", ROW_TEXT(" \"Doe, John\" <j@d.example>"), OK,
	    "d.example" },
	{ "dots in the name", ROW_TEXT(" John Q. Public <j@d.example>"), OK,
	    "d.example" },
	{ "dot at the end of it", ROW_TEXT(" Doe Jr. <j@d.example>"), OK,
	    "d.example" },
	{ "comment as name", ROW_TEXT(" j@d.example (John)"), OK, "d.example" },
	{ "comment in front", ROW_TEXT(" (John) j@d.example"), OK,
	    "d.example" },
	{ "raw UTF-8 name", ROW_TEXT(" J\xc3\xb6rg <j@d.example>"), OK,
	    "d.example" },
	{ "raw 8-bit name", ROW_TEXT(" J\xf6rg <j@d.example>"), OK,
	    "d.example" },
	{ "raw 8-bit in quotes", ROW_TEXT("\"J\xf6rg\" <j@d.example>"), OK,
	    "d.example" },
	{ "raw 8-bit in comment", ROW_TEXT(" j@d.example (J\xf6rg)"), OK,
	    "d.example" },
	{ "apostrophe", ROW_TEXT(" Pat O'Hara <j@d.example>"), OK,
	    "d.example" },
	{ "all of atext", ROW_TEXT(" !#$%&'*+-/=?^_`{|}~ <j@d.example>"), OK,
	    "d.example" },
	{ "all of atext in local-part",
	    ROW_TEXT(" !#$%&'*+-/=?^_`{|}~@d.example"), OK, "d.example" },
	{ "tabs", ROW_TEXT("\tJohn\tDoe\t<j@d.example>\t"), OK, "d.example" },
	{ "folded name", ROW_TEXT(" John\r\n Doe\r\n\t<j@d.example>"), OK,
	    "d.example" },
	{ "folded with LF", ROW_TEXT(" John\n Doe\n\t<j@d.example>"), OK,
	    "d.example" },
	{ "folded first", ROW_TEXT("\r\n j@d.example"), OK, "d.example" },
	{ "blank folded line", ROW_TEXT(" j@d.example\r\n "), OK, "d.example" },
	{ "folded quotes", ROW_TEXT(" \"John\r\n Doe\" <j@d.example>"), OK,
	    "d.example" },
	{ "encoded-word", ROW_TEXT(" =?utf-8?q?J=C3=B6rg?= <j@d.example>"), OK,
	    "d.example" },
	{ "encoded-word with an address",
	    ROW_TEXT(" =?utf-8?q?a=40bank.example?= <j@d.example>"), OK,
	    "d.example" },
	{ "encoded-word in quotes",
	    ROW_TEXT(" \"=?utf-8?b?YUBi?=\" <j@d.example>"), OK, "d.example" },
	{ "encoded-word in comment",
	    ROW_TEXT(" j@d.example (=?utf-8?b?YUBi?=)"), OK, "d.example" },
	{ "address in quotes", ROW_TEXT(" \"a@bank.example\" <j@d.example>"),
	    OK, "d.example" },
	{ "address in comment", ROW_TEXT(" j@d.example (a@bank.example)"), OK,
	    "d.example" },
	{ "address in comment first",
	    ROW_TEXT(" (<a@bank.example>) <j@d.example>"), OK, "d.example" },
	{ "quoted name with quotes",
	    ROW_TEXT(" \"John \\\"Jo\\\" Doe\" <j@d.example>"), OK,
	    "d.example" },
	{ "empty quoted name", ROW_TEXT(" \"\" <j@d.example>"), OK,
	    "d.example" },
	{ "quoted local-part", ROW_TEXT(" \"john doe\"@d.example"), OK,
	    "d.example" },
	{ "at sign in quoted local-part",
	    ROW_TEXT(" \"a@bank.example\"@d.example"), OK, "d.example" },
	{ "angle in quoted local-part",
	    ROW_TEXT(" <\"a@bank.example> <\"@d.example>"), OK, "d.example" },
	{ "escaped quote in local-part",
	    ROW_TEXT(" \"a\\\"@bank.example\"@d.example"), OK, "d.example" },
	{ "carrier's local-part, dot at end", ROW_TEXT(" j.@d.example"), OK,
	    "d.example" },
	{ "carrier's local-part, two dots", ROW_TEXT(" <j..d@d.example>"), OK,
	    "d.example" },
	{ "dot first in local-part", ROW_TEXT(" .j@d.example"), OK,
	    "d.example" },
	{ "local-part of words and dots", ROW_TEXT(" a.\"b\".c@d.example"), OK,
	    "d.example" },
	{ "8-bit local-part", ROW_TEXT(" j\xc3\xb6@d.example"), OK,
	    "d.example" },
	{ "upper case", ROW_TEXT(" J@D.EXAMPLE"), OK, "d.example" },
	{ "bounce address", ROW_TEXT(" <b+j=x.example@d.example>"), OK,
	    "d.example" },
	{ "no encoded-word yet", ROW_TEXT(" =?=@d.example"), OK, "d.example" },
	{ "equals sign at the end", ROW_TEXT(" a="), SYNTAX, NULL },
	{ "equals and question mark", ROW_TEXT(" a=?b@d.example"), OK,
	    "d.example" },

	/* Comments and folds where the grammar has them. */
	{ "CFWS around the at sign", ROW_TEXT(" j (a) @ (b) d.example"), OK,
	    "d.example" },
	{ "CFWS around dots", ROW_TEXT(" j@d (a).(b)\r\n example"), OK,
	    "d.example" },
	{ "CFWS in the local-part", ROW_TEXT(" a (x) . b@d.example"), OK,
	    "d.example" },
	{ "CFWS in angle brackets", ROW_TEXT(" < (a) j@d.example (b) >"), OK,
	    "d.example" },
	{ "CFWS everywhere",
	    ROW_TEXT("(1)J(2)<(3)j(4)@(5)d(6).(7)example(8)>(9)"), OK,
	    "d.example" },
	{ "nested comments", ROW_TEXT(" (a (b (c)) d) j@d.example"), OK,
	    "d.example" },
	{ "quoted-pairs in comment", ROW_TEXT(" (a \\) \\( \\\\) j@d.example"),
	    OK, "d.example" },
	{ "quote in comment", ROW_TEXT(" (\") j@d.example (\")"), OK,
	    "d.example" },
	{ "parenthesis in quotes", ROW_TEXT(" \"(\" <j@d.example>"), OK,
	    "d.example" },

	/* Lists. */
	{ "AL-33: one domain twice", ROW_TEXT(" a@x.example, b@x.example"), OK,
	    "x.example" },
	{ "one domain, other case", ROW_TEXT(" a@d.example, B <b@D.Example.>"),
	    OK, "d.example" },
	{ "U-label and A-label",
	    ROW_TEXT(" a@b\xc3\xbc"
	             "cher.example, b@xn--bcher-kva.example"),
	    OK, "xn--bcher-kva.example" },
	{ "trailing comma", ROW_TEXT(" j@d.example,"), OK, "d.example" },
	{ "empty elements", ROW_TEXT(" ,, (a) , j@d.example, ,"), OK,
	    "d.example" },
	{ "AL-32: two domains", ROW_TEXT(" a@x.example, b@y.example"), SEVERAL,
	    NULL },
	{ "two domains, same local-part", ROW_TEXT(" j@x.example, j@y.example"),
	    SEVERAL, NULL },
	{ "subdomain is another", ROW_TEXT(" a@d.example, a@s.d.example"),
	    SEVERAL, NULL },
	{ "two domains in a group", ROW_TEXT(" g: a@x.example, b@y.example;"),
	    SEVERAL, NULL },
	{ "third is another",
	    ROW_TEXT(" a@x.example, b@x.example, c@y.example"), SEVERAL, NULL },
	{ "two domains and rubbish", ROW_TEXT(" a@x.example, b@y.example, <"),
	    SYNTAX, NULL },
	{ "no comma", ROW_TEXT(" <a@d.example> <b@d.example>"), SYNTAX, NULL },
	{ "semicolon for comma", ROW_TEXT(" a@d.example; b@d.example"), SYNTAX,
	    NULL },

	/* Groups. RFC 6854. */
	{ "empty group", ROW_TEXT(" Undisclosed group:;"), NONE, NULL },
	{ "empty group, quoted", ROW_TEXT(" \"un:disclosed\" : (none) ;"), NONE,
	    NULL },
	{ "group of one", ROW_TEXT(" Team: J <j@d.example>;"), OK,
	    "d.example" },
	{ "group of empty elements", ROW_TEXT(" Team: ,, ,;"), NONE, NULL },
	{ "group of two, trailing comma",
	    ROW_TEXT(" Team: a@d.example, b@d.example,; (x)"), OK,
	    "d.example" },
	{ "group and mailbox", ROW_TEXT(" g: a@d.example;, j@d.example"), OK,
	    "d.example" },
	{ "two groups", ROW_TEXT(" g:;, h: j@d.example;"), OK, "d.example" },
	{ "group that does not end", ROW_TEXT(" g: j@d.example"), SYNTAX,
	    NULL },
	{ "group without a comma within",
	    ROW_TEXT(" g: a@d.example b@d.example;"), SYNTAX, NULL },
	{ "group in a group", ROW_TEXT(" g: h: j@d.example;;"), SYNTAX, NULL },
	{ "group without a name", ROW_TEXT(" : j@d.example;"), SYNTAX, NULL },
	{ "group without a comma behind", ROW_TEXT(" g:; j@d.example"), SYNTAX,
	    NULL },
	{ "end of no group", ROW_TEXT(" j@d.example;"), SYNTAX, NULL },

	/* No address. */
	{ "empty", ROW_TEXT(""), NONE, NULL },
	{ "blanks", ROW_TEXT(" \r\n\t"), NONE, NULL },
	{ "comment only", ROW_TEXT(" (j@d.example)"), NONE, NULL },
	{ "commas only", ROW_TEXT(",,"), NONE, NULL },
	{ "name only", ROW_TEXT(" John Doe"), SYNTAX, NULL },
	{ "unqualified", ROW_TEXT(" root"), SYNTAX, NULL },
	{ "unqualified in brackets", ROW_TEXT(" <root>"), SYNTAX, NULL },
	{ "null", ROW_TEXT(" <>"), SYNTAX, NULL },
	{ "name and null", ROW_TEXT(" MAILER-DAEMON <>"), SYNTAX, NULL },
	{ "no local-part", ROW_TEXT(" @d.example"), SYNTAX, NULL },
	{ "no local-part in brackets", ROW_TEXT(" <@d.example>"), SYNTAX,
	    NULL },
	{ "no domain", ROW_TEXT(" j@"), SYNTAX, NULL },
	{ "no domain in brackets", ROW_TEXT(" <j@>"), SYNTAX, NULL },
	{ "dots for a local-part", ROW_TEXT(" .@d.example"), SYNTAX, NULL },
	{ "encoded-word only", ROW_TEXT(" =?utf-8?b?PGpAZC5leGFtcGxlPg==?="),
	    SYNTAX, NULL },

	/* An element without address beside one with. */
	{ "name, then mailbox", ROW_TEXT(" Doe, John <j@d.example>"), SYNTAX,
	    NULL },
	{ "unqualified beside mailbox", ROW_TEXT(" j@d.example, root"), SYNTAX,
	    NULL },
	{ "null beside mailbox", ROW_TEXT(" j@d.example, <>"), SYNTAX, NULL },

	/* Where readers find different authors. */
	{ "address for a name", ROW_TEXT(" a@bank.example <j@d.example>"),
	    SYNTAX, NULL },
	{ "address in a name", ROW_TEXT(" Bank a@bank.example <j@d.example>"),
	    SYNTAX, NULL },
	{ "at sign in a name", ROW_TEXT(" John @ Work <j@d.example>"), SYNTAX,
	    NULL },
	{ "address for a name, same domain",
	    ROW_TEXT(" a@D.Example <j@d.example>"), OK, "d.example" },
	{ "that with U-label",
	    ROW_TEXT(" j@xn--bcher-kva.example (x) <j@b\xc3\xbc"
	             "cher.example>"),
	    OK, "xn--bcher-kva.example" },
	{ "address for a name, subdomain",
	    ROW_TEXT(" a@d.example <j@s.d.example>"), SYNTAX, NULL },
	{ "two addresses for a name",
	    ROW_TEXT(" a@d.example b@d.example <j@d.example>"), SYNTAX, NULL },
	{ "address for a name and no address", ROW_TEXT(" a@d.example <>"),
	    SYNTAX, NULL },
	{ "address for a name and two",
	    ROW_TEXT(" a@d.example <j@d.example> <k@d.example>"), SYNTAX,
	    NULL },
	{ "address for a name and route",
	    ROW_TEXT(" a@d.example <@x.example:j@d.example>"), SEVERAL, NULL },
	{ "address behind", ROW_TEXT(" <j@d.example> a@bank.example"), SYNTAX,
	    NULL },
	{ "address behind, no angle", ROW_TEXT(" j@d.example a@bank.example"),
	    SYNTAX, NULL },
	{ "word behind", ROW_TEXT(" j@d.example John"), SYNTAX, NULL },
	{ "word behind the angle", ROW_TEXT(" <j@d.example> John"), SYNTAX,
	    NULL },
	{ "two at signs", ROW_TEXT(" j@bank.example@d.example"), SYNTAX, NULL },
	{ "two at signs in brackets", ROW_TEXT(" <j@d.example@bank.example>"),
	    SYNTAX, NULL },
	{ "brackets in brackets", ROW_TEXT(" <<j@d.example>>"), SYNTAX, NULL },
	{ "brackets not closed", ROW_TEXT(" <j@d.example"), SYNTAX, NULL },
	{ "brackets not opened", ROW_TEXT(" j@d.example>"), SYNTAX, NULL },
	{ "quotes not closed", ROW_TEXT(" \"John <j@d.example>"), SYNTAX,
	    NULL },
	{ "comment not closed", ROW_TEXT(" j@d.example (John"), SYNTAX, NULL },
	{ "comment not opened", ROW_TEXT(" John) <j@d.example>"), SYNTAX,
	    NULL },
	{ "square brackets in a name", ROW_TEXT(" [J] <j@d.example>"), OK,
	    "d.example" },
	{ "square brackets, odd ones", ROW_TEXT(" ]J[ x] <j@d.example>"), OK,
	    "d.example" },
	{ "square brackets before an address", ROW_TEXT(" [J] j@d.example"),
	    SYNTAX, NULL },
	{ "square brackets around an address",
	    ROW_TEXT(" [a@bank.example] <j@d.example>"), SYNTAX, NULL },
	{ "square brackets in a local-part", ROW_TEXT(" <[j]@d.example>"),
	    SYNTAX, NULL },
	{ "square brackets name a group", ROW_TEXT(" [J]: j@d.example;"),
	    SYNTAX, NULL },
	{ "square brackets alone", ROW_TEXT(" [J]"), SYNTAX, NULL },
	{ "colon in a name", ROW_TEXT(" Re: J <j@d.example>"), SYNTAX, NULL },
	{ "backslash outside quotes", ROW_TEXT(" j\\@bank@d.example"), SYNTAX,
	    NULL },
	{ "backslash in the domain", ROW_TEXT(" j@d\\.example"), SYNTAX, NULL },
	{ "dot first in a name", ROW_TEXT(" .J <j@d.example>"), SYNTAX, NULL },
	{ "blank in the local-part", ROW_TEXT(" <a b@d.example>"), SYNTAX,
	    NULL },
	{ "blank in the local-part, behind a dot", ROW_TEXT(" a.b c@d.example"),
	    SYNTAX, NULL },
	{ "blank in the domain", ROW_TEXT(" <j@d.ex ample>"), SYNTAX, NULL },
	{ "two quoted words", ROW_TEXT(" \"a\"\"b\"@d.example"), SYNTAX, NULL },
	{ "word beside quotes", ROW_TEXT(" \"a\"b@d.example"), SYNTAX, NULL },
	{ "encoded-word as local-part",
	    ROW_TEXT(" =?utf-8?q?a=40bank.example?=@d.example"), SYNTAX, NULL },
	{ "that in brackets", ROW_TEXT(" <=?utf-8?b?YUBi?=@d.example>"), SYNTAX,
	    NULL },
	{ "that in quotes", ROW_TEXT(" \"=?utf-8?b?YUBi?=\"@d.example"), SYNTAX,
	    NULL },
	{ "that with dots",
	    ROW_TEXT(" =?utf-8?q?a=40bank.example.?=@d.example"), SYNTAX,
	    NULL },
	{ "at sign in an encoded-word",
	    ROW_TEXT(" =?utf-8?q?a@bank.example?= <j@d.example>"), SYNTAX,
	    NULL },
	{ "address in an encoded-word",
	    ROW_TEXT(" =?utf-8?q?<a@bank.example>?= <j@d.example>"), SYNTAX,
	    NULL },
	{ "encoded-word as domain", ROW_TEXT(" j@=?utf-8?q?d.example?="),
	    SYNTAX, NULL },
	{ "local-part not UTF-8", ROW_TEXT(" j\xf6@d.example"), SYNTAX, NULL },
	{ "overlong at sign",
	    ROW_TEXT(" a\xc1\x80"
	             "bank.example@d.example"),
	    SYNTAX, NULL },

	/* Source routes. */
	{ "route through a host of the domain",
	    ROW_TEXT(" <@relay.d.example,@d.example:j@d.example>"), OK,
	    "d.example" },
	{ "route with empty elements",
	    ROW_TEXT(" J <,, (a) @d.example , , : j@d.example>"), OK,
	    "d.example" },
	{ "route through another domain",
	    ROW_TEXT(" <@bank.example:j@d.example>"), SEVERAL, NULL },
	{ "route, second is another",
	    ROW_TEXT(" <@d.example,@bank.example:j@d.example>"), SEVERAL,
	    NULL },
	{ "route through the parent", ROW_TEXT(" <@d.example:j@s.d.example>"),
	    SEVERAL, NULL },
	{ "route without brackets", ROW_TEXT(" @d.example:j@d.example"), SYNTAX,
	    NULL },
	{ "route without colon", ROW_TEXT(" <@d.example j@d.example>"), SYNTAX,
	    NULL },
	{ "route without comma",
	    ROW_TEXT(" <@d.example@d.example:j@d.example>"), SYNTAX, NULL },
	{ "route and no more", ROW_TEXT(" <@d.example"), SYNTAX, NULL },
	{ "route of commas", ROW_TEXT(" <,:j@d.example>"), SYNTAX, NULL },
	{ "route and nothing", ROW_TEXT(" <@d.example:>"), SYNTAX, NULL },
	{ "route of an address literal",
	    ROW_TEXT(" <@[192.0.2.1]:j@d.example>"), SYNTAX, NULL },

	/* Domains. */
	{ "trailing dot", ROW_TEXT(" j@d.example."), OK, "d.example" },
	{ "trailing dot behind CFWS", ROW_TEXT(" j@d.example (a) ."), OK,
	    "d.example" },
	{ "two trailing dots", ROW_TEXT(" j@d.example.."), SYNTAX, NULL },
	{ "dot first", ROW_TEXT(" j@.d.example"), SYNTAX, NULL },
	{ "empty label", ROW_TEXT(" j@d..example"), SYNTAX, NULL },
	{ "single label", ROW_TEXT(" j@localhost"), SYNTAX, NULL },
	{ "single label and dot", ROW_TEXT(" j@example."), SYNTAX, NULL },
	{ "single label beside good", ROW_TEXT(" a@d.example, j@example"),
	    SYNTAX, NULL },
	{ "address literal", ROW_TEXT(" j@[192.0.2.1]"), SYNTAX, NULL },
	{ "address literal, IPv6", ROW_TEXT(" <j@[IPv6:2001:db8::1]>"), SYNTAX,
	    NULL },
	{ "address without brackets", ROW_TEXT(" j@192.0.2.1"), SYNTAX, NULL },
	{ "underscore", ROW_TEXT(" j@a_b.d.example"), OK, "a_b.d.example" },
	{ "odd octet", ROW_TEXT(" j@d!.example"), SYNTAX, NULL },
	{ "PD-44: U-label",
	    ROW_TEXT(" j@b\xc3\xbc"
	             "cher.example"),
	    OK, "xn--bcher-kva.example" },
	{ "U-label in capitals",
	    ROW_TEXT(" j@B\xc3\xbc"
	             "cher.EXAMPLE"),
	    OK, "xn--bcher-kva.example" },
	{ "full-width letter", ROW_TEXT(" j@\xef\xbd\x84.example"), SYNTAX,
	    NULL },
	{ "ideographic full stop",
	    ROW_TEXT(" j@d\xe3\x80\x82"
	             "example"),
	    SYNTAX, NULL },
	{ "zero width space", ROW_TEXT(" j@d\xe2\x80\x8b.example"), SYNTAX,
	    NULL },
	{ "no-break space", ROW_TEXT(" j@d.example\xc2\xa0"), SYNTAX, NULL },
	{ "Latin-1 domain",
	    ROW_TEXT(" j@b\xfc"
	             "cher.example"),
	    SYNTAX, NULL },

	/* Octets that are nowhere allowed. */
	{ "NUL", ROW_TEXT(" j@d.example\0"), SYNTAX, NULL },
	{ "NUL in a name", ROW_TEXT(" \"a\0b\" <j@d.example>"), SYNTAX, NULL },
	{ "NUL in a domain", ROW_TEXT(" j@d.example\0.evil.example"), SYNTAX,
	    NULL },
	{ "quoted NUL", ROW_TEXT(" \"\\\0\" <j@d.example>"), SYNTAX, NULL },
	{ "control in a comment", ROW_TEXT(" j@d.example (\001)"), SYNTAX,
	    NULL },
	{ "escape in a name", ROW_TEXT(" \033[31m <j@d.example>"), SYNTAX,
	    NULL },
	{ "DEL", ROW_TEXT(" j\x7f@d.example"), SYNTAX, NULL },
	{ "CR", ROW_TEXT(" j@d.example\r"), SYNTAX, NULL },
	{ "CR and blank", ROW_TEXT(" j@d.example\r "), SYNTAX, NULL },
	{ "line end without fold", ROW_TEXT(" j@d.example\r\nx"), SYNTAX,
	    NULL },
	{ "line end at the end", ROW_TEXT(" j@d.example\n"), SYNTAX, NULL },
	{ "form feed", ROW_TEXT(" j@d.example\f"), SYNTAX, NULL },
};

START_TEST(test_author)
{
	enum wax_author_status status = author_of(rows[_i].raw);
	const char *expected = status == OK ? rows[_i].domain : "not set";

	ck_assert_msg(status == rows[_i].status, "%s: status %d (%.*s)",
	    rows[_i].name, (int)status, WAX_FMT(reason));
	ck_assert_wax_str_eq(domain.text, expected);
	ck_assert_msg((reason.n == 0) == (status == OK), "%s", rows[_i].name);
}
END_TEST

/* Several fields, as name and value. */
static const struct {
	const char *name;
	struct {
		const char *name, *raw;
	} field[3];
	enum wax_author_status status;
} messages[] = {
	{ "none", { { "To", "j@d.example" } }, NONE },
	{ "other names",
	    { { "Resent-From", "a@x.example" }, { "From-X", "a@x.example" },
	        { "Sender", "a@x.example" } },
	    NONE },
	{ "one among others",
	    { { "Sender", "a@x.example" }, { "fROM", "j@d.example" },
	        { "Resent-From", "a@x.example" } },
	    OK },
	{ "AL-34: two",
	    { { "From", "j@d.example" }, { "From", "a@x.example" } }, SEVERAL },
	{ "two that are the same",
	    { { "From", "j@d.example" }, { "From", "j@d.example" } }, SEVERAL },
	{ "the second is empty", { { "From", "j@d.example" }, { "FROM", "" } },
	    SEVERAL },
	{ "the second has blanks",
	    { { "From", "j@d.example" }, { "From ", "a@x.example" } },
	    SEVERAL },
	{ "the first has blanks",
	    { { "from\t ", "a@x.example" }, { "From", "j@d.example" } },
	    SEVERAL },
	{ "the only one has blanks", { { "From ", "j@d.example" } }, SYNTAX },
};

START_TEST(test_author_fields)
{
	wax_field_list_init(&fields, mail_arena);
	for (size_t i = 0; i < 3 && messages[_i].field[i].name != NULL; i++)
		wax_field_append(&fields, wax_exact(messages[_i].field[i].name),
		    wax_exact(messages[_i].field[i].raw));
	ck_assert_msg(author(WAX_FROM_ADDRESSES_DEFAULT) == messages[_i].status,
	    "%s (%.*s)", messages[_i].name, WAX_FMT(reason));
}
END_TEST

START_TEST(test_author_reason_may_be_null)
{
	wax_field_list_init(&fields, mail_arena);
	ck_assert_int_eq(
	    wax_author_domain(mail_arena, &fields, 1, &domain, NULL), NONE);
}
END_TEST

/* What the operator reads in the log. */
static const struct {
	const char *raw, *reason;
} reasons[] = {
	{ "", "no address in the From field" },
	{ "a@x.example,b@y.example", "several domains in the From field" },
	{ "a@b.example <j@d.example>",
	    "an address of another domain in the display name" },
	{ "<j@d.example> b", "text behind an address" },
	{ "j@localhost", "a domain has only one label" },
	{ "j@[192.0.2.1]", "an address literal in place of a domain" },
	{ "j@", "an address has no valid domain" },
	{ "j@d.example[", "text behind an address" },
	{ "John", "a display name without an address" },
	{ "]", "a special character without quotes" },
	{ "John ]", "a display name without an address" },
	{ "\001", "a control character" },
};

START_TEST(test_author_says_why)
{
	(void)author_of(wax_str_of(reasons[_i].raw)); /* see test_author */
	ck_assert_wax_str_eq(reason, reasons[_i].reason);
}
END_TEST

START_TEST(test_author_says_which_field)
{
	wax_field_list_init(&fields, mail_arena);
	ck_assert_int_eq(author(1), NONE);
	ck_assert_wax_str_eq(reason, "no From field");
	wax_field_append(&fields, WAX_STR("From "), WAX_STR("j@d.example"));
	ck_assert_int_eq(author(1), SYNTAX);
	ck_assert_wax_str_eq(reason, "blanks before the colon of From");
	wax_field_append(&fields, WAX_STR("From"), WAX_STR("j@d.example"));
	ck_assert_int_eq(author(1), SEVERAL);
	ck_assert_wax_str_eq(reason, "several From fields");
}
END_TEST

START_TEST(test_author_max_addresses)
{
	struct wax_str at = mail_repeat("j@d.example,", 64);
	struct wax_str beyond = mail_repeat("j@d.example,", 65);

	ck_assert_int_eq(author_of(at), OK);
	ck_assert_int_eq(author_of(beyond), SYNTAX);
	ck_assert_wax_str_eq(reason, "too many addresses");
	/* Hosts of a source route are addresses, too. */
	wax_field_list_init(&fields, mail_arena);
	wax_field_append(&fields, WAX_STR("From"),
	    WAX_STR("<@d.example,@d.example:j@d.example>"));
	ck_assert_int_eq(author(3), OK);
	ck_assert_int_eq(author(2), SYNTAX);
}
END_TEST

START_TEST(test_author_comment_depth)
{
	struct wax_str at = mail_join(mail_repeat("(", WAX_COMMENT_DEPTH_MAX),
	    mail_repeat(")", WAX_COMMENT_DEPTH_MAX), WAX_STR("j@d.example"));
	struct wax_str beyond =
	    mail_join(mail_repeat("(", WAX_COMMENT_DEPTH_MAX + 1),
	        mail_repeat(")", WAX_COMMENT_DEPTH_MAX + 1),
	        WAX_STR("j@d.example"));

	ck_assert_int_eq(author_of(at), OK);
	ck_assert_int_eq(author_of(beyond), SYNTAX);
}
END_TEST

START_TEST(test_author_domain_length)
{
	struct wax_str labels = mail_repeat("abcdefghi.", 24);
	struct wax_str at =
	    mail_join(WAX_STR("j@"), labels, WAX_STR("abcdefghi.exe"));
	struct wax_str beyond =
	    mail_join(WAX_STR("j@"), labels, WAX_STR("abcdefghi.exam"));

	ck_assert_int_eq(author_of(at), OK);
	ck_assert_uint_eq(domain.text.n, WAX_DOMAIN_MAX);
	ck_assert_int_eq(author_of(beyond), SYNTAX);
}
END_TEST

/* As large as a field gets, and of what could make a parser look twice. */
static const struct {
	const char *unit, *end;
	enum wax_author_status status;
} large[] = {
	{ "(", "", SYNTAX },
	{ "()", "j@d.example", OK },
	{ ",", "j@d.example", OK },
	{ "a ", "<j@d.example>", OK },
	{ "a.", "j@d.example", OK },
	{ "\"a\"", "<j@d.example>", OK },
	{ "\"", "", SYNTAX },
	{ "\"\\", "", SYNTAX },
	{ "<", "", SYNTAX },
	{ "<@", "", SYNTAX },
	{ "@", "", SYNTAX },
	{ "g:;,", "", NONE },
	{ "\r\n ", "j@d.example", OK },
	{ "=?", "@d.example", SYNTAX },
	{ "j@d.", "", SYNTAX },
	{ "\xc3\xa4", "@d.example", OK },
};

START_TEST(test_author_large)
{
	size_t n = WAX_FIELD_BYTES_DEFAULT / wax_str_of(large[_i].unit).n;
	struct wax_str raw = mail_join(mail_repeat(large[_i].unit, n),
	    wax_str_of(large[_i].end), WAX_STR(""));

	ck_assert_msg(author_of(raw) == large[_i].status, "%s (%.*s)",
	    large[_i].unit, WAX_FMT(reason));
}
END_TEST

Suite *
mail_suite_address(void)
{
	Suite *suite = suite_create("mail/address");
	TCase *tc = mail_case(suite);

	tcase_add_loop_test(tc, test_author, 0, ROWS(rows));
	tcase_add_loop_test(tc, test_author_fields, 0, ROWS(messages));
	tcase_add_test(tc, test_author_reason_may_be_null);
	tcase_add_loop_test(tc, test_author_says_why, 0, ROWS(reasons));
	tcase_add_test(tc, test_author_says_which_field);
	tcase_add_test(tc, test_author_max_addresses);
	tcase_add_test(tc, test_author_comment_depth);
	tcase_add_test(tc, test_author_domain_length);
	tcase_add_loop_test(tc, test_author_large, 0, ROWS(large));
	return suite;
}
