/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is found in trees of SPF records. The records that findings propose
 * are published, and have to mend what they are proposed for.
 */
#include "policy/base/limits.h"
#include "policy/check/spf_repair.h"
#include "policy/check/spf_tree.h"
#include "tests/support/recording.h"
#include "tests/unit/check/suites.h"
#include "tests/unit/check/zones.h"

static struct wax_arena *arena;
static struct wax_findings findings;
static const struct wax_domain d_example = { WAX_STR_INIT("d.example") };

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	findings = (struct wax_findings){ .arena = arena };
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static struct wax_spf_tree
check(const char *zone)
{
	findings = (struct wax_findings){ .arena = arena };
	return wax_check_spf(
	    &findings, check_zone(arena, zone), d_example, false, DEADLINE);
}

/* Hosts that terms may name. */
#define HOSTS                                                   \
	"d.example A 192.0.2.1\nd.example MX 10 mx.d.example\n" \
	"mx.d.example A 192.0.2.2\n1.d.example A 192.0.2.3\n"   \
	"2.d.example A 192.0.2.3\n3.d.example A 192.0.2.3\n"    \
	"4.d.example A 192.0.2.3\n5.d.example A 192.0.2.3\n"    \
	"6.d.example A 192.0.2.3\n7.d.example A 192.0.2.3\n"    \
	"8.d.example A 192.0.2.3\n9.d.example A 192.0.2.3\n"

#define EIGHT_A                                                    \
	"a:1.d.example a:2.d.example a:3.d.example a:4.d.example " \
	"a:5.d.example a:6.d.example a:7.d.example a:8.d.example"

static const struct row {
	const char *name;
	const char *zone;
	const char *words; /* of the findings, exactly */
	unsigned lookups, voids;
	const char *publish; /* of the first; NULL: whatever */
} rows[] = {
	/* --- nothing to say --- */
	{ "sound", HOSTS "d.example TXT v=spf1 mx ip4:192.0.2.0/24 -all", "", 1,
	    0, NULL },
	{ "other texts",
	    HOSTS "d.example TXT v=spf1 -all\n"
	          "d.example TXT google-site-verification=abc\n"
	          "d.example TXT spf2.0/pra ?all\n"
	          "d.example TXT spf is in the next text\n"
	          "d.example TXT v=DMARC1; p=none",
	    "", 0, 0, NULL },
	{ "includes",
	    HOSTS "d.example TXT v=spf1 include:i.other ~all\n"
	          "i.other TXT v=spf1 include:j.other ip4:192.0.2.0/24 ?all\n"
	          "j.other TXT v=spf1 ip4:198.51.100.0/24 -all",
	    "", 2, 0, NULL },
	{ "upper case", HOSTS "d.example TXT V=SPF1 MX -ALL", "", 1, 0, NULL },
	{ "redirect",
	    "d.example TXT v=spf1 redirect=i.other\n"
	    "i.other TXT v=spf1 ip4:192.0.2.0/24 -all",
	    "", 1, 0, NULL },
	{ "macros", "d.example TXT v=spf1 exists:%{i}.x.%{d} -all", "", 1, 0,
	    NULL },
	{ "macros that are known",
	    "d.example TXT v=spf1 include:_spf.%{d} -all\n"
	    "_spf.d.example TXT v=spf1 ip4:192.0.2.0/24",
	    "", 1, 0, NULL },
	{ "modifiers of failure reports",
	    "d.example TXT v=spf1 ip4:192.0.2.1 -all ra=postmaster rp=10", "",
	    0, 0, NULL },
	{ "a domain that does not exist", "other.example A 192.0.2.1", "", 0, 0,
	    NULL },
	{ "others' style",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other TXT v=spf1 ptr ?all mx",
	    "", 2, 0, NULL },
	{ "a large provider",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other TXT v=spf1 ip4:40.92.0.0/14 ip6:2001:db8::/32 -all",
	    "", 1, 0, NULL },
	{ "a wide range that does not pass",
	    "d.example TXT v=spf1 -ip4:44.0.0.0/8 ?include:i.other -all\n"
	    "i.other TXT v=spf1 +all",
	    "", 1, 0, NULL },
	/* --- SPF-NONE --- */
	{ "none, MX", "d.example MX 10 mx.d.example\nmx.d.example A 192.0.2.1",
	    "SPF-NONE", 0, 0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "none, A", "d.example AAAA 2001:db8::1", "SPF-NONE", 0, 0,
	    "d.example. IN TXT \"v=spf1 a -all\"" },
	{ "none, nothing", "d.example TXT hello", "SPF-NONE", 0, 0,
	    "d.example. IN TXT \"v=spf1 -all\"" },
	{ "none, MX not known",
	    "d.example TXT hello\nd.example FAULT servfail MX", "SPF-NONE", 0,
	    0, "" },
	/* --- SPF-UNKNOWN: never "missing" --- */
	{ "SERVFAIL",
	    "d.example MX 10 mx.d.example\n"
	    "d.example FAULT servfail TXT",
	    "SPF-UNKNOWN", 0, 0, "" },
	{ "timeout", "d.example FAULT timeout", "SPF-UNKNOWN", 0, 0, "" },
	{ "SERVFAIL of an include",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other FAULT servfail",
	    "SPF-UNKNOWN", 1, 0, "" },
	{ "SERVFAIL of a host",
	    "d.example TXT v=spf1 a:h.other -all\n"
	    "h.other FAULT servfail A",
	    "SPF-UNKNOWN", 1, 0, "" },
	{ "SERVFAIL of an MX",
	    "d.example TXT v=spf1 mx -all\n"
	    "d.example FAULT servfail MX",
	    "SPF-UNKNOWN", 1, 0, "" },
	{ "SERVFAIL of an MX host",
	    "d.example TXT v=spf1 mx -all\n"
	    "d.example MX 1 h.other\nh.other A 192.0.2.1\n"
	    "h.other FAULT servfail AAAA",
	    "SPF-UNKNOWN", 1, 0, "" },
	/* --- SPF-SEVERAL --- */
	{ "several",
	    HOSTS "d.example TXT v=spf1 mx -all\n"
	          "d.example TXT v=spf1 mx ip4:192.0.2.9 ~all",
	    "SPF-SEVERAL", 0, 0,
	    "d.example. IN TXT \"v=spf1 mx ip4:192.0.2.9 ~all\"" },
	{ "several, both hard",
	    HOSTS "d.example TXT v=spf1 mx -all\n"
	          "d.example TXT v=spf1 ip4:192.0.2.9 -all",
	    "SPF-SEVERAL", 0, 0,
	    "d.example. IN TXT \"v=spf1 mx ip4:192.0.2.9 -all\"" },
	{ "several, one redirects",
	    HOSTS "d.example TXT v=spf1 mx\n"
	          "d.example TXT v=spf1 redirect=i.other\n"
	          "i.other TXT v=spf1 -all",
	    "SPF-SEVERAL", 0, 0,
	    "d.example. IN TXT \"v=spf1 mx include:i.other ~all\"" },
	{ "several, one wrong",
	    HOSTS "d.example TXT v=spf1 mx -all\n"
	          "d.example TXT v=spf1 moo",
	    "SPF-SEVERAL", 0, 0, "" },
	/* --- SPF-LOOKALIKE --- */
	{ "semicolon", HOSTS "d.example TXT v=spf1; mx; -all", "SPF-LOOKALIKE",
	    0, 0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "without v=", HOSTS "d.example TXT spf1 mx -all", "SPF-LOOKALIKE", 0,
	    0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "version 2.0", HOSTS "d.example TXT v=spf2.0 mx -all",
	    "SPF-LOOKALIKE", 0, 0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "version 2", HOSTS "d.example TXT v=spf2 mx -all", "SPF-LOOKALIKE", 0,
	    0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "colon", HOSTS "d.example TXT v:spf1 mx -all", "SPF-LOOKALIKE", 0, 0,
	    "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "blanks around =", HOSTS "d.example TXT v = spf1 mx -all",
	    "SPF-LOOKALIKE", 0, 0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "leading blank", HOSTS "d.example TXT \" v=spf1 mx -all\"",
	    "SPF-LOOKALIKE", 0, 0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "quotation marks", HOSTS "d.example TXT \"\\\"v=spf1 mx -all\\\"\"",
	    "SPF-LOOKALIKE", 0, 0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "no blank", HOSTS "d.example TXT v=spf1mx -all", "SPF-LOOKALIKE", 0,
	    0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "tab", HOSTS "d.example TXT \"v=spf1\\009mx -all\"", "SPF-LOOKALIKE",
	    0, 0, "d.example. IN TXT \"v=spf1 mx -all\"" },
	{ "no idea", HOSTS "d.example TXT v=spf1; see our web page",
	    "SPF-LOOKALIKE", 0, 0, "" },
	{ "beside a record",
	    HOSTS "d.example TXT v=spf1 mx -all\n"
	          "d.example TXT spf1 a -all",
	    "SPF-LOOKALIKE", 1, 0, "" },
	/* --- SPF-SYNTAX --- */
	{ "no such mechanism", HOSTS "d.example TXT v=spf1 mx moo -all",
	    "SPF-SYNTAX", 0, 0, "" },
	{ "ip:", HOSTS "d.example TXT v=spf1 ip:192.0.2.1 -all", "SPF-SYNTAX",
	    0, 0, "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"" },
	{ "ipv6:", "d.example TXT v=spf1 ipv6:2001:db8::1 -all", "SPF-SYNTAX",
	    0, 0, "d.example. IN TXT \"v=spf1 ip6:2001:db8::1 -all\"" },
	{ "bare address", "d.example TXT v=spf1 192.0.2.1 -all", "SPF-SYNTAX",
	    0, 0, "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"" },
	{ "IPv6 behind ip4:", "d.example TXT v=spf1 ip4:2001:db8::1 -all",
	    "SPF-SYNTAX", 0, 0,
	    "d.example. IN TXT \"v=spf1 ip6:2001:db8::1 -all\"" },
	{ "address behind a:", "d.example TXT v=spf1 a:192.0.2.1 -all",
	    "SPF-SYNTAX", 0, 0,
	    "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"" },
	{ "blank behind the colon", "d.example TXT v=spf1 ip4: 192.0.2.1 -all",
	    "SPF-SYNTAX", 0, 0,
	    "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"" },
	{ "commas", "d.example TXT v=spf1 ip4:192.0.2.1,ip4:192.0.2.2 -all",
	    "SPF-SYNTAX", 0, 0,
	    "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all\"" },
	{ "en dash",
	    "d.example TXT v=spf1 ip4:192.0.2.1 \xe2\x80\x93"
	    "all",
	    "SPF-SYNTAX", 0, 0,
	    "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"" },
	{ "quotation mark at the end", "d.example TXT v=spf1 -all\"",
	    "SPF-SYNTAX", 0, 0, "d.example. IN TXT \"v=spf1 -all\"" },
	{ "blank before all", "d.example TXT v=spf1 ip4:192.0.2.1 - all",
	    "SPF-SYNTAX", 0, 0,
	    "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"" },
	{ "two redirects", "d.example TXT v=spf1 redirect=a.x redirect=b.x",
	    "SPF-SYNTAX", 0, 0, "" },
	{ "joined by hand", "d.example TXT v=spf1 ip4:192.0.2.1ip4:192.0.2.2",
	    "SPF-SYNTAX", 0, 0, "" },
	/* --- SPF-JOINT, SPF-STRINGS, SPF-LONG --- */
	{ "lost blank",
	    HOSTS "d.example TXT \"v=spf1 ip4:192.0.2.1\" "
	          "\"include:i.other -all\"\ni.other TXT v=spf1 -all",
	    "SPF-JOINT", 0, 0,
	    "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 include:i.other -all\"" },
	{ "lost blank before all",
	    HOSTS "d.example TXT \"v=spf1 a:1.d.example\" \"-all\"",
	    "SPF-JOINT", 1, 1,
	    "d.example. IN TXT \"v=spf1 a:1.d.example -all\"" },
	{ "several strings, another error",
	    HOSTS "d.example TXT \"v=spf1 mx \" \"moo\"", "SPF-SYNTAX", 0, 0,
	    "" },
	{ "several strings", HOSTS "d.example TXT \"v=spf1 mx \" \"-all\"",
	    "SPF-STRINGS", 1, 0, "" },
	{ "long",
	    "d.example TXT v=spf1 -all\nd.example TXT "
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "123456789012345678901234567890",
	    "", 0, 0, NULL },
	{ "longer by one",
	    "d.example TXT v=spf1 -all\nd.example TXT "
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890"
	    "1234567890123456789012345678901",
	    "SPF-LONG", 0, 0, "" },
	/* --- the limits --- */
	{ "eight", HOSTS "d.example TXT v=spf1 " EIGHT_A " -all", "", 8, 0,
	    NULL },
	{ "nine", HOSTS "d.example TXT v=spf1 mx " EIGHT_A " -all",
	    "SPF-LOOKUPS-NEAR", 9, 0, "" },
	{ "ten", HOSTS "d.example TXT v=spf1 mx a " EIGHT_A " -all",
	    "SPF-LOOKUPS-NEAR", 10, 0, "" },
	{ "eleven",
	    HOSTS "d.example TXT v=spf1 mx a a:9.d.example " EIGHT_A " -all",
	    "SPF-LOOKUPS", 11, 0, "" },
	{ "eleven, below",
	    HOSTS "d.example TXT v=spf1 mx include:i.d.example -all\n"
	          "i.d.example TXT v=spf1 a:9.d.example " EIGHT_A,
	    "SPF-LOOKUPS", 11, 0, "" },
	{ "eleven, by redirect",
	    HOSTS "d.example TXT v=spf1 mx redirect=i.d.example\n"
	          "i.d.example TXT v=spf1 a:9.d.example " EIGHT_A " -all",
	    "SPF-LOOKUPS", 11, 0, "" },
	{ "deeper than the limit",
	    "d.example TXT v=spf1 include:1.x.other -all\n"
	    "1.x.other TXT v=spf1 include:2.x.other\n"
	    "2.x.other TXT v=spf1 include:3.x.other\n"
	    "3.x.other TXT v=spf1 include:4.x.other\n"
	    "4.x.other TXT v=spf1 include:5.x.other\n"
	    "5.x.other TXT v=spf1 include:6.x.other\n"
	    "6.x.other TXT v=spf1 include:7.x.other\n"
	    "7.x.other TXT v=spf1 include:8.x.other\n"
	    "8.x.other TXT v=spf1 include:9.x.other\n"
	    "9.x.other TXT v=spf1 include:a.x.other\n"
	    "a.x.other TXT v=spf1 include:b.x.other\n"
	    "b.x.other TXT v=spf1 ip4:192.0.2.1",
	    "SPF-LOOKUPS", 11, 0, "" },
	{ "behind all is free",
	    HOSTS "d.example TXT v=spf1 include:i.other -all\n"
	          "i.other TXT v=spf1 mx:d.example ?all a:9.d.example " EIGHT_A,
	    "", 2, 0, NULL },
	{ "one void", HOSTS "d.example TXT v=spf1 a:no.d.example -all",
	    "SPF-EMPTY", 1, 1, "" },
	{ "mx of a host", HOSTS "d.example TXT v=spf1 mx:mx.d.example -all",
	    "SPF-EMPTY", 1, 1, "" },
	{ "mx without addresses",
	    "d.example TXT v=spf1 mx -all\n"
	    "d.example MX 1 no.d.example\nd.example MX 2 no2.d.example",
	    "SPF-EMPTY", 1, 1, "" },
	{ "exists of nothing", "d.example TXT v=spf1 exists:no.d.example -all",
	    "SPF-EMPTY", 1, 1, "" },
	{ "no possible name", "d.example TXT v=spf1 a:x..d.example -all",
	    "SPF-EMPTY", 1, 0, "" },
	{ "others' voids",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other TXT v=spf1 a mx -all",
	    "", 3, 2, NULL },
	{ "two voids",
	    HOSTS "d.example TXT v=spf1 a:no.d.example a:no2.d.example -all",
	    "SPF-EMPTY SPF-EMPTY", 2, 2, "" },
	{ "three voids",
	    HOSTS "d.example TXT v=spf1 a:no.d.example "
	          "a:no2.d.example exists:no3.d.example -all",
	    "SPF-VOIDS", 3, 3, "" },
	{ "three hosts without AAAA",
	    HOSTS "d.example TXT v=spf1 "
	          "a:1.d.example a:2.d.example a:3.d.example -all",
	    "", 3, 0, NULL },
	{ "three hosts without AAAA, and IPv6",
	    HOSTS
	    "d.example TXT v=spf1 "
	    "a:1.d.example a:2.d.example a:3.d.example ip6:2001:db8::1 -all",
	    "SPF-VOIDS-IPV6", 3, 0,
	    "d.example. IN TXT \"v=spf1 ip6:2001:db8::1 a:1.d.example "
	    "a:2.d.example a:3.d.example -all\"" },
	{ "three hosts without AAAA behind IPv6",
	    HOSTS
	    "d.example TXT v=spf1 ip6:2001:db8::1 a:1.d.example a:2.d.example "
	    "a:3.d.example -all",
	    "", 3, 0, NULL },
	{ "two hosts without AAAA before IPv6",
	    HOSTS "d.example TXT v=spf1 a:1.d.example a:2.d.example "
	          "ip6:2001:db8::1 a:3.d.example -all",
	    "", 3, 0, NULL },
	{ "IPv6 of a host behind three without",
	    HOSTS
	    "h.d.example AAAA 2001:db8::1\nh.d.example A 192.0.2.1\n"
	    "d.example TXT v=spf1 a:1.d.example a:2.d.example a:3.d.example "
	    "a:h.d.example -all",
	    "SPF-VOIDS-IPV6", 4, 0, NULL },
	{ "order matters",
	    HOSTS
	    "d.example TXT v=spf1 a:1.d.example a:2.d.example -a:3.d.example "
	    "ip6:2001:db8::1 -all",
	    "SPF-VOIDS-IPV6", 3, 0, "" },
	{ "private", "d.example TXT v=spf1 ip4:10.0.0.0/8 -all", "SPF-PRIVATE",
	    0, 0, "" },
	{ "private IPv6", "d.example TXT v=spf1 ip6:fd00::/8 -all",
	    "SPF-PRIVATE", 0, 0, "" },
	{ "not only private", "d.example TXT v=spf1 ip4:172.16.0.0/11 -all",
	    "SPF-WIDE", 0, 0, "" },
	/* --- includes --- */
	{ "loop",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other TXT v=spf1 include:d.example -all",
	    "SPF-LOOP", 2, 0, "" },
	{ "includes itself", "d.example TXT v=spf1 include:d.example -all",
	    "SPF-LOOP", 1, 0, "" },
	{ "redirects to itself", "d.example TXT v=spf1 redirect=%{d}",
	    "SPF-LOOP", 1, 0, "" },
	{ "include without record",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other A 192.0.2.1",
	    "SPF-INCLUDE-NONE", 1, 0, "" },
	{ "include of nothing", "d.example TXT v=spf1 include:i.other -all",
	    "SPF-INCLUDE-NONE", 1, 0, "" },
	{ "include of one label", "d.example TXT v=spf1 include:i -all",
	    "SPF-SYNTAX", 0, 0, "" },
	{ "redirect without record", "d.example TXT v=spf1 redirect=i.other",
	    "SPF-INCLUDE-NONE", 1, 0, "" },
	{ "include of several",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other TXT v=spf1 -all\ni.other TXT v=spf1 a",
	    "SPF-INCLUDE-BAD", 1, 0, "" },
	{ "include of an error",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other TXT v=spf1 include:j.other\nj.other TXT v=spf1 moo",
	    "SPF-INCLUDE-BAD", 2, 0, "" },
	{ "many MX",
	    "d.example TXT v=spf1 mx -all\nd.example MX 1 a1.other\n"
	    "d.example MX 1 a2.other\nd.example MX 1 a3.other\n"
	    "d.example MX 1 a4.other\nd.example MX 1 a5.other\n"
	    "d.example MX 1 a6.other\nd.example MX 1 a7.other\n"
	    "d.example MX 1 a8.other\nd.example MX 1 a9.other\n"
	    "d.example MX 1 a10.other\nd.example MX 1 a11.other",
	    "SPF-MX-MANY", 1, 0, "" },
	/* --- who may send --- */
	{ "+all", HOSTS "d.example TXT v=spf1 mx +all", "SPF-PASS-ALL", 1, 0,
	    "d.example. IN TXT \"v=spf1 mx ~all\"" },
	{ "all", HOSTS "d.example TXT v=spf1 mx all", "SPF-PASS-ALL", 1, 0,
	    "d.example. IN TXT \"v=spf1 mx ~all\"" },
	{ "+all of an include",
	    "d.example TXT v=spf1 include:i.other -all\n"
	    "i.other TXT v=spf1 +all",
	    "SPF-PASS-ALL", 1, 0, "" },
	{ "+all by redirect",
	    "d.example TXT v=spf1 redirect=i.other\n"
	    "i.other TXT v=spf1 +all",
	    "SPF-PASS-ALL", 1, 0, "" },
	{ "all of IPv4", "d.example TXT v=spf1 ip4:0.0.0.0/0 -all",
	    "SPF-PASS-ALL", 0, 0, "" },
	{ "a/0", HOSTS "d.example TXT v=spf1 a/0 -all", "SPF-PASS-ALL", 1, 0,
	    "" },
	{ "?all", HOSTS "d.example TXT v=spf1 mx ?all", "SPF-NEUTRAL-ALL", 1, 0,
	    "d.example. IN TXT \"v=spf1 mx ~all\"" },
	{ "?all by redirect",
	    "d.example TXT v=spf1 redirect=i.other\n"
	    "i.other TXT v=spf1 a:i.other ?all\ni.other A 192.0.2.1",
	    "SPF-NEUTRAL-ALL", 2, 0, "" },
	{ "no all", HOSTS "d.example TXT v=spf1 mx", "SPF-NO-ALL", 1, 0,
	    "d.example. IN TXT \"v=spf1 mx ~all\"" },
	{ "nothing", HOSTS "d.example TXT v=spf1", "SPF-NO-ALL", 0, 0,
	    "d.example. IN TXT \"v=spf1 ~all\"" },
	{ "no all by redirect",
	    "d.example TXT v=spf1 redirect=i.other\n"
	    "i.other TXT v=spf1 ip4:192.0.2.1",
	    "SPF-NO-ALL", 1, 0, "" },
	{ "wide", "d.example TXT v=spf1 ip4:44.0.0.0/8 -all", "SPF-WIDE", 0, 0,
	    "" },
	{ "wide by one bit", "d.example TXT v=spf1 ip4:44.0.0.0/13 -all",
	    "SPF-WIDE", 0, 0, "" },
	{ "wide IPv6", "d.example TXT v=spf1 ip6:2001:db8::/31 -all",
	    "SPF-WIDE", 0, 0, "" },
	{ "wide a", HOSTS "d.example TXT v=spf1 a/8 -all", "SPF-WIDE", 1, 0,
	    "" },
	{ "wide in sum",
	    "d.example TXT v=spf1 ip4:44.0.0.0/14 "
	    "ip4:44.4.0.0/14 ip4:44.8.0.0/14 ip4:44.12.0.0/14 ip4:44.16.0.0/14 "
	    "ip4:44.20.0.0/14 ip4:44.24.0.0/14 ip4:44.28.0.0/14 "
	    "ip4:44.32.0.0/14 ip4:44.36.0.0/14 ip4:44.40.0.0/14 "
	    "ip4:44.44.0.0/14 ip4:44.48.0.0/14 ip4:44.52.0.0/14 "
	    "ip4:44.56.0.0/14 ip4:44.60.0.0/14 -all",
	    "SPF-STRINGS SPF-WIDE", 0, 0, "" },
	{ "one range many times",
	    "d.example TXT v=spf1 ip4:44.0.0.0/14 "
	    "ip4:44.0.0.0/14 ip4:44.0.0.0/14 ip4:44.0.0.0/14 ip4:44.0.0.0/14 "
	    "ip4:44.0.0.0/14 ip4:44.0.0.0/15 ip4:44.0.0.0/16 "
	    "ip4:44.0.0.0/14 ip4:44.0.0.0/14 ip4:44.0.0.0/14 "
	    "ip4:44.0.0.0/14 ip4:44.0.0.0/14 ip4:44.0.0.0/14 "
	    "ip4:44.0.0.0/14 ip4:44.0.0.0/14 -all",
	    "SPF-STRINGS", 0, 0, NULL },
	/* --- style --- */
	{ "ptr", "d.example TXT v=spf1 ptr -all", "SPF-PTR", 1, 0, "" },
	{ "behind all", HOSTS "d.example TXT v=spf1 -all mx ip4:192.0.2.1",
	    "SPF-BEHIND-ALL", 0, 0,
	    "d.example. IN TXT \"v=spf1 mx ip4:192.0.2.1 -all\"" },
	{ "redirect beside all", "d.example TXT v=spf1 redirect=i.other -all",
	    "SPF-REDIRECT-UNUSED", 0, 0, "" },
	{ "ip4=", "d.example TXT v=spf1 ip4=192.0.2.1 -all", "SPF-MODIFIER", 0,
	    0, "d.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"" },
	{ "two records in one",
	    HOSTS "d.example TXT v=spf1 mx v=spf1 ip4:192.0.2.1 -all",
	    "SPF-MODIFIER", 1, 0,
	    "d.example. IN TXT \"v=spf1 mx ip4:192.0.2.1 -all\"" },
	{ "unknown modifier", "d.example TXT v=spf1 moo=x -all", "SPF-MODIFIER",
	    0, 0, "" },
};

START_TEST(one_record)
{
	const struct row *row = &rows[_i];
	struct wax_spf_tree tree = check(row->zone);

	ck_assert_msg(strcmp(check_words(&findings), row->words) == 0, "%s: %s",
	    row->name, check_words(&findings));
	ck_assert_msg(tree.lookups == row->lookups && tree.voids == row->voids,
	    "%s: %u lookups, %u voids", row->name, tree.lookups, tree.voids);
	if (row->publish != NULL)
		ck_assert_msg(wax_str_eq(findings.list.v[0].publish,
		                  wax_str_of(row->publish)),
		    "%s: %.*s", row->name, WAX_FMT(findings.list.v[0].publish));
}
END_TEST

/* What is proposed mends what it is proposed for, and breaks nothing. */
START_TEST(proposal_mends)
{
	const struct row *row = &rows[_i];
	enum wax_finding_id id;
	const char *healed;

	(void)check(row->zone);
	if (findings.list.n == 0)
		return;
	id = findings.list.v[0].id;
	healed = check_healed(&findings, id, row->zone);
	if (healed == NULL)
		return;
	(void)check(healed);
	ck_assert_msg(findings.list.n == 0, "%s: still %s in\n%s", row->name,
	    check_words(&findings), healed);
}
END_TEST

/* Each id of SPF is drawn by a row above. */
START_TEST(each_id_has_a_record)
{
	const char *word = wax_finding_kind((enum wax_finding_id)_i)->word;
	bool is_drawn = false;

	for (int i = 0; i < N(rows); i++) {
		struct wax_str rest = wax_str_of(rows[i].words), one;

		while (wax_str_cut(&rest, ' ', &one))
			if (wax_str_eq(one, wax_str_of(word)))
				is_drawn = true;
	}
	/* Drawn by no_mail_is_accepted. */
	if (_i != WAX_F_SPF_NOT_SENDING)
		ck_assert_msg(is_drawn, "%s", word);
}
END_TEST

static struct wax_str
drawn(const struct wax_spf_tree *tree)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < tree->n; i++) {
		const struct wax_spf_line *line = &tree->line[i];

		wax_text_addf(&text, "%*s%.*s %u/%u%s%s%.*s\n",
		    (int)line->depth * 2, "", WAX_FMT(line->term), line->cost,
		    line->total, line->is_void ? " void" : "",
		    line->remark.n > 0 ? " " : "", WAX_FMT(line->remark));
	}
	return wax_text_str(&text);
}

START_TEST(tree_in_order)
{
	struct wax_spf_tree tree =
	    check("d.example TXT v=spf1 redirect=r.other include:i.other a "
	          "ip4:192.0.2.1\n"
	          "d.example A 192.0.2.1\n"
	          "i.other TXT v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 "
	          "exists:%{i}.x include:j.other -all mx\n"
	          "j.other TXT v=spf1 a:no.other ~all\n"
	          "r.other TXT v=spf1 ptr -all");

	ck_assert_wax_str_eq(drawn(&tree),
	    "include:i.other 1/4 2 networks\n"
	    "  exists:%{i}.x 1/1 depends on the message: not asked\n"
	    "  include:j.other 1/2\n"
	    "    a:no.other 1/1 void no address\n"
	    "  mx 0/0 not used: behind all\n"
	    "a 1/1\n"
	    "ip4:192.0.2.1 0/0\n"
	    "redirect=r.other 1/2\n"
	    "  ptr 1/1 depends on the message: not asked\n");
	ck_assert_uint_eq(tree.lookups, 7);
	ck_assert_uint_eq(tree.voids, 1);
	ck_assert(tree.has_record && !tree.is_unknown && !tree.is_cut);
}
END_TEST

static const struct {
	const char *term, *hint;
} hint_rows[] = {
	{ "moo", "" },
	{ "include:spf", "the whole name of a domain is needed" },
	{ "-a:mail", "the whole name of a domain is needed" },
	{ "redirect=spf", "the whole name of a domain is needed" },
	{ "ip4:mail.d.example", "the name of a host is written a:NAME" },
	{ "ip4:mail", "the name of a host is written a:NAME" },
	{ "ip:192.0.2.1", "an address is written ip4:ADDRESS" },
	{ "a:2001:db8::1", "an address is written ip6:ADDRESS" },
	{ "192.0.2.0/24", "an address is written ip4:ADDRESS" },
	{ "ip4:", "nothing stands behind the colon" },
	{ "~", "a blank too many" },
	{ "mx;", "terms are separated by blanks only" },
	{ "mx,a", "terms are separated by blanks only" },
	{ "-all\"", "a quotation mark is part of the text" },
	{ "\xe2\x80\x93"
	  "all",
	    "it has a character that only looks right" },
};

START_TEST(hint_about_a_term)
{
	ck_assert_str_eq(
	    wax_spf_hint(wax_exact(hint_rows[_i].term)), hint_rows[_i].hint);
}
END_TEST

START_TEST(octets_of_others_are_escaped)
{
	struct wax_spf_tree tree =
	    check("d.example TXT \"v=spf1 x=\\027[2J -all\"");

	ck_assert_int_eq(findings.list.n, 1);
	ck_assert_wax_str_eq(findings.list.v[0].what,
	    "\"x=\\x1b[2J\" (at octet 10): an octet that is not visible "
	    "ASCII");
	ck_assert_wax_str_eq(tree.record, "v=spf1 x=\\x1b[2J -all");
}
END_TEST

START_TEST(no_mail_is_accepted)
{
	findings = (struct wax_findings){ .arena = arena };
	(void)wax_check_spf(&findings, check_zone(arena, "d.example MX 0 ."),
	    d_example, true, DEADLINE);
	ck_assert_str_eq(check_words(&findings), "SPF-NOT-SENDING");
	ck_assert_wax_str_eq(
	    findings.list.v[0].publish, "d.example. IN TXT \"v=spf1 -all\"");
}
END_TEST

/* Depth, not size, in round trips: what one level needs is asked before any
 * of it is waited for. */
START_TEST(levels_are_asked_together)
{
	struct wax_recording *recording = wax_recording_new(arena,
	    check_zone(arena,
	        "d.example TXT v=spf1 include:i.other include:j.other mx -all\n"
	        "i.other TXT v=spf1 a:a.other\nj.other TXT v=spf1 a:b.other\n"
	        "d.example MX 1 h.other\nd.example MX 2 g.other\n"
	        "h.other A 192.0.2.1\ng.other A 192.0.2.1\n"
	        "a.other A 192.0.2.1\nb.other A 192.0.2.1"));

	(void)wax_check_spf(&findings, wax_recording_resolver(recording),
	    d_example, false, DEADLINE);
	ck_assert_str_eq(wax_recording_text(recording),
	    "TXT d.example\nTXT i.other\nTXT j.other\nMX d.example\n"
	    "A h.other\nAAAA h.other\nA g.other\nAAAA g.other\n"
	    "AAAA a.other\nA a.other\nAAAA b.other\nA b.other\n");
}
END_TEST

/* --- terms that could go ------------------------------------------------ */

static const struct {
	const char *name, *terms, *zone;
	const char *spare; /* ""; or the term */
} spare_rows[] = {
	{ "none", "mx", "", "" },
	{ "the same network", "ip4:192.0.2.0/24 include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.128/25 -all\n", "include:i.other" },
	{ "wider", "ip4:192.0.2.128 include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.128/25 -all\n", "" },
	{ "of two networks one", "ip4:192.0.2.0/25 include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.1 ip4:192.0.2.200 -all\n", "" },
	{ "in another include", "include:j.other include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all\n"
	    "j.other TXT v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all\n",
	    "include:i.other" },
	{ "not IPv6", "include:j.other include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all\n"
	    "j.other TXT v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all\n",
	    "" },
	{ "the dearest", "ip4:192.0.2.0/24 a:h.other include:i.other",
	    "i.other TXT v=spf1 include:j.other -all\n"
	    "h.other A 192.0.2.1\n"
	    "j.other TXT v=spf1 ip4:192.0.2.128/25 -all\n",
	    "include:i.other" },
	{ "a host", "ip4:192.0.2.0/24 a:h.other", "h.other A 192.0.2.1\n",
	    "a:h.other" },
	{ "a host with IPv6", "ip4:192.0.2.0/24 a:h.other",
	    "h.other A 192.0.2.1\nh.other AAAA 2001:db8::1\n", "" },
	{ "others by name", "ip4:192.0.2.0/24 include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.1 exists:%{i}.x.other -all\n", "" },
	{ "everybody", "ip4:192.0.2.0/24 include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.1 +all\n", "" },
	{ "no answer", "ip4:192.0.2.0/24 include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.1 a:h.other -all\n"
	    "h.other FAULT servfail\n",
	    "" },
	{ "somebody is kept off before",
	    "-ip4:192.0.2.7 ip4:192.0.2.0/24 "
	    "include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.128/25 -all\n", "" },
	{ "does not pass", "?ip4:192.0.2.0/24 include:i.other",
	    "i.other TXT v=spf1 ip4:192.0.2.128/25 -all\n", "" },
};

START_TEST(term_that_could_go)
{
	struct wax_text zone, want;
	struct wax_str what;
	bool is_said = false;

	wax_text_init(&zone, arena);
	wax_text_addf(&zone, "d.example TXT v=spf1 %s", spare_rows[_i].terms);
	for (int i = 0; i < 10; i++)
		wax_text_addf(&zone, " a:h%d.d.example", i);
	wax_text_addz(&zone, " -all\n");
	for (int i = 0; i < 10; i++)
		wax_text_addf(&zone, "h%d.d.example A 203.0.113.%d\n", i, i);
	wax_text_addz(&zone, "d.example MX 1 h.d.example\n"
	                     "h.d.example A 203.0.113.99\n");
	wax_text_addz(&zone, spare_rows[_i].zone);
	(void)check(zone.p);
	what = check_first(&findings, WAX_F_SPF_LOOKUPS)->what;
	wax_text_init(&want, arena);
	wax_text_addf(&want, "; %s can go: ", spare_rows[_i].spare);
	for (size_t i = 0; i < what.n; i++)
		is_said |= wax_str_starts(wax_str_from(what, i),
		    spare_rows[_i].spare[0] != '\0' ? wax_text_str(&want)
		                                    : WAX_STR(" can go"));
	ck_assert_msg(is_said == (spare_rows[_i].spare[0] != '\0'), "%s: %.*s",
	    spare_rows[_i].name, WAX_FMT(what));
}
END_TEST

/* --- limits ------------------------------------------------------------- */

static const char *
zone_of_terms(const char *term, size_t n)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "d.example A 192.0.2.1\nd.example TXT v=spf1");
	for (size_t i = 0; i < n; i++)
		wax_text_addf(&text, " %s", term);
	wax_text_addz(&text, " -all\n");
	return text.p;
}

START_TEST(terms_that_are_asked_are_bounded)
{
	struct wax_spf_tree tree =
	    check(zone_of_terms("a", WAX_CHECK_SPF_TERMS_MAX));

	ck_assert_uint_eq(tree.lookups, WAX_CHECK_SPF_TERMS_MAX);
	ck_assert(!tree.is_cut);
	ck_assert(wax_findings_have(&findings, WAX_F_SPF_LOOKUPS));
	tree = check(zone_of_terms("a", WAX_CHECK_SPF_TERMS_MAX + 1));
	ck_assert(tree.is_cut);
	ck_assert(wax_findings_have(&findings, WAX_F_SPF_LOOKUPS));
	ck_assert_wax_str_eq(tree.line[WAX_CHECK_SPF_TERMS_MAX].remark,
	    "not asked: far beyond the limit");
}
END_TEST

/* The last term is -all. */
START_TEST(lines_are_bounded)
{
	struct wax_spf_tree tree =
	    check(zone_of_terms("x=", WAX_CHECK_SPF_LINES_MAX - 1));

	ck_assert_uint_eq(tree.n, WAX_CHECK_SPF_LINES_MAX);
	ck_assert(!tree.is_cut);
	ck_assert(!wax_findings_have(&findings, WAX_F_SPF_UNKNOWN));
	tree = check(zone_of_terms("x=", WAX_CHECK_SPF_LINES_MAX));
	ck_assert_uint_eq(tree.n, WAX_CHECK_SPF_LINES_MAX);
	ck_assert(tree.is_cut);
	ck_assert(wax_findings_have(&findings, WAX_F_SPF_UNKNOWN));
}
END_TEST

Suite *
wax_spf_tree_suite(void)
{
	Suite *suite = suite_create("spf tree");
	TCase *tcase = tcase_create("spf tree");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, one_record, 0, N(rows));
	tcase_add_loop_test(tcase, proposal_mends, 0, N(rows));
	tcase_add_loop_test(
	    tcase, each_id_has_a_record, WAX_F_SPF_NONE, WAX_F_SPF_UNKNOWN + 1);
	tcase_add_loop_test(tcase, term_that_could_go, 0, N(spare_rows));
	tcase_add_loop_test(tcase, hint_about_a_term, 0, N(hint_rows));
	tcase_add_test(tcase, tree_in_order);
	tcase_add_test(tcase, octets_of_others_are_escaped);
	tcase_add_test(tcase, no_mail_is_accepted);
	tcase_add_test(tcase, levels_are_asked_together);
	tcase_add_test(tcase, terms_that_are_asked_are_bounded);
	tcase_add_test(tcase, lines_are_bounded);
	suite_add_tcase(suite, tcase);
	return suite;
}
