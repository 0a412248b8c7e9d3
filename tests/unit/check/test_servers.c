/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's name servers against each other, and against the resolver: a
 * zone each.
 */
#include "policy/check/servers.h"
#include "tests/unit/check/suites.h"
#include "tests/unit/check/zones.h"

static struct wax_arena *arena;
static const struct wax_domain d_example = { WAX_STR_INIT("d.example") };

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

/* What all have. */
#define SOA "d.example SOA ns1.d.example\n"
#define NS                             \
	"d.example NS ns1.d.example\n" \
	"d.example NS ns2.d.example\n" \
	"ns1.d.example A 192.0.2.53\n" \
	"ns2.d.example A 192.0.2.54\n"
#define RECORDS                                         \
	SOA "d.example 7200 MX 10 mail.d.example\n"     \
	    "d.example 7200 MX 20 backup.d.example\n"   \
	    "d.example 600 TXT v=spf1 mx -all\n"        \
	    "_dmarc.d.example TXT v=DMARC1; p=reject\n" \
	    "s1._domainkey.d.example TXT v=DKIM1; p=aaaa\n"

static const struct {
	const char *name;
	const char *resolver, *server[2]; /* NULL: cannot be reached */
	const char *words, *says;
} rows[] = {
	{ "all the same", NS RECORDS, { RECORDS, RECORDS }, "", NULL },
	{ "in another order", NS RECORDS,
	    { RECORDS, SOA "d.example MX 20 backup.d.example\n"
	                   "d.example MX 10 mail.d.example\n"
	                   "d.example TXT v=spf1 mx -all\n"
	                   "_dmarc.d.example TXT v=DMARC1; p=reject\n"
	                   "s1._domainkey.d.example TXT v=DKIM1; p=aaaa\n" },
	    "", NULL },
	{ "other texts", NS RECORDS,
	    { RECORDS, RECORDS "d.example TXT verification=1\n" }, "", NULL },
	{ "MX differ", NS RECORDS,
	    { RECORDS, RECORDS "d.example MX 30 third.d.example\n" },
	    "NS-DIFFER",
	    "the MX records of d.example: ns1.d.example (192.0.2.53) says 10 "
	    "mail.d.example, 20 backup.d.example; ns2.d.example (192.0.2.54) "
	    "says 10 mail.d.example, 20 backup.d.example, 30 "
	    "third.d.example" },
	{ "SPF differs", NS RECORDS,
	    { RECORDS, RECORDS "d.example TXT v=spf1 -all\n" }, "NS-DIFFER",
	    "the SPF records of d.example: ns1.d.example (192.0.2.53) says "
	    "\"v=spf1 mx -all\"; ns2.d.example (192.0.2.54) says "
	    "\"v=spf1 -all\", \"v=spf1 mx -all\"" },
	{ "DMARC is not there yet", NS RECORDS,
	    { RECORDS, SOA "d.example MX 10 mail.d.example\n"
	                   "d.example MX 20 backup.d.example\n"
	                   "d.example TXT v=spf1 mx -all\n"
	                   "s1._domainkey.d.example TXT v=DKIM1; p=aaaa\n" },
	    "NS-DIFFER",
	    "the DMARC records at _dmarc.d.example: ns1.d.example "
	    "(192.0.2.53) says \"v=DMARC1; p=reject\"; ns2.d.example "
	    "(192.0.2.54) says nothing" },
	{ "a key differs", NS RECORDS,
	    { RECORDS,
	        RECORDS "s1._domainkey.d.example TXT v=DKIM1; p=bbbb\n" },
	    "NS-DIFFER", NULL },
	{ "the resolver has an older MX",
	    NS SOA "d.example 5400 MX 10 old.d.example\n"
	           "d.example TXT v=spf1 mx -all\n"
	           "_dmarc.d.example TXT v=DMARC1; p=reject\n"
	           "s1._domainkey.d.example TXT v=DKIM1; p=aaaa\n",
	    { RECORDS, RECORDS }, "NS-STALE",
	    "the MX records of d.example are not published everywhere yet: "
	    "the name servers say 10 mail.d.example, 20 backup.d.example; the "
	    "resolver has 10 old.d.example, for up to 2 h more" },
	{ "the resolver has nothing yet",
	    NS SOA "d.example MX 10 mail.d.example\n"
	           "d.example MX 20 backup.d.example\n"
	           "_dmarc.d.example TXT v=DMARC1; p=reject\n"
	           "s1._domainkey.d.example TXT v=DKIM1; p=aaaa\n",
	    { RECORDS, RECORDS }, "NS-STALE",
	    "the SPF records of d.example are not published everywhere yet: "
	    "the name servers say \"v=spf1 mx -all\"; the resolver has "
	    "nothing, for up to 60 s more" },
	{ "the resolver does not know",
	    NS RECORDS "d.example FAULT servfail MX", { RECORDS, RECORDS }, "",
	    NULL },
	{ "one is silent", NS RECORDS, { RECORDS, "d.example FAULT timeout" },
	    "NS-SILENT",
	    "ns2.d.example (192.0.2.54) does not answer for d.example" },
	{ "one has another zone", NS RECORDS,
	    { RECORDS, "e.example SOA ns1.e.example" }, "NS-SILENT", NULL },
	{ "both are silent", NS RECORDS,
	    { "* FAULT refused", "* FAULT refused" }, "NS-SILENT NS-SILENT",
	    NULL },
	{ "one cannot be reached", NS RECORDS, { RECORDS, NULL }, "", NULL },
	{ "none can be reached", NS RECORDS, { NULL, NULL }, "NS-UNKNOWN",
	    "no name server of d.example can be reached from this host" },
	{ "one has no answer", NS RECORDS,
	    { RECORDS, RECORDS "d.example FAULT servfail MX\n" }, "NS-UNKNOWN",
	    "the MX records of d.example: ns2.d.example (192.0.2.54) gave no "
	    "answer" },
	{ "one has no address",
	    RECORDS "d.example NS ns1.d.example\nd.example NS ns3.d.example\n"
	            "ns1.d.example A 192.0.2.53\n",
	    { RECORDS, NULL }, "NS-SILENT",
	    "ns3.d.example, a name server of d.example, has no address" },
	{ "one's address is not known",
	    NS RECORDS "ns2.d.example FAULT servfail AAAA\n",
	    { RECORDS, RECORDS }, "NS-UNKNOWN",
	    "the addresses of the name server ns2.d.example could not be "
	    "asked" },
	{ "not found", "d.example FAULT servfail NS\n" RECORDS, { NULL, NULL },
	    "NS-UNKNOWN", "the name servers of d.example could not be found" },
	{ "none", RECORDS, { NULL, NULL }, "NS-UNKNOWN", NULL },
	{ "an alias, and all agree",
	    NS SOA "_dmarc.d.example CNAME d.dmarc.example\n"
	           "d.dmarc.example TXT v=DMARC1; p=none\n",
	    { SOA "_dmarc.d.example CNAME d.dmarc.example\n",
	        SOA "_dmarc.d.example CNAME d.dmarc.example\n" },
	    "", NULL },
	{ "aliases of different names",
	    NS SOA "_dmarc.d.example CNAME d.dmarc.example\n"
	           "d.dmarc.example TXT v=DMARC1; p=none\n",
	    { SOA "_dmarc.d.example CNAME d.dmarc.example\n",
	        SOA "_dmarc.d.example CNAME e.dmarc.example\n" },
	    "NS-DIFFER",
	    "the DMARC records at _dmarc.d.example: ns1.d.example "
	    "(192.0.2.53) says an alias of d.dmarc.example; ns2.d.example "
	    "(192.0.2.54) says an alias of e.dmarc.example" },
};

static void
assert_words(
    const char *name, const struct wax_findings *findings, const char *words)
{
	ck_assert_msg(
	    wax_str_eq(wax_str_of(check_words(findings)), wax_str_of(words)),
	    "%s: %s: %.*s", name, check_words(findings),
	    WAX_FMT(
	        findings->list.n > 0 ? findings->list.v[0].what : WAX_STR("")));
}

START_TEST(servers_are_compared)
{
	struct wax_findings findings = { .arena = arena };
	struct wax_resolver *resolver = check_zone(arena, rows[_i].resolver);
	const struct wax_str selector = WAX_STR("s1");
	struct wax_name_servers servers =
	    wax_check_servers_find(&findings, resolver, d_example, DEADLINE);

	ck_assert_uint_le(servers.n, 2);
	for (size_t i = 0; i < servers.n; i++)
		if (rows[_i].server[i] != NULL)
			servers.server[i].resolver =
			    check_zone(arena, rows[_i].server[i]);
	wax_check_servers(
	    &findings, resolver, d_example, &servers, 1, &selector, DEADLINE);
	assert_words(rows[_i].name, &findings, rows[_i].words);
	if (rows[_i].says != NULL)
		ck_assert_wax_str_eq(findings.list.v[0].what, rows[_i].says);
}
END_TEST

/* A name within the zone, and one that is an alias of another zone's. */
START_TEST(zone_is_found_upwards)
{
	static const struct wax_domain sub = { WAX_STR_INIT("a.b.d.example") };
	struct wax_findings findings = { .arena = arena };
	struct wax_name_servers servers = wax_check_servers_find(&findings,
	    check_zone(arena,
	        "d.example NS ns3.d.example\n" NS "ns3.d.example A 192.0.2.1\n"
	        "c.example NS ns9.c.example\n"
	        "a.b.d.example CNAME c.example\n"),
	    sub, DEADLINE);

	ck_assert_wax_str_eq(servers.zone.text, "d.example");
	ck_assert_uint_eq(servers.n, 3);
	ck_assert_wax_str_eq(servers.server[0].name, "ns1.d.example");
	ck_assert_wax_str_eq(servers.server[1].name, "ns2.d.example");
	ck_assert_wax_str_eq(servers.server[2].name, "ns3.d.example");
}
END_TEST

static struct wax_str
many_servers(size_t n_names, size_t n_each)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < n_names; i++) {
		wax_text_addf(&text, "d.example NS n%zu.example\n", i);
		for (size_t j = 0; j < n_each; j++)
			wax_text_addf(
			    &text, "n%zu.example A 192.0.%zu.%zu\n", i, i, j);
	}
	return wax_text_str(&text);
}

START_TEST(servers_are_bounded)
{
	static const struct {
		size_t n_names, n_each, n, n_more;
	} sizes[] = {
		{ WAX_CHECK_SERVERS_MAX, 1, WAX_CHECK_SERVERS_MAX, 0 },
		{ WAX_CHECK_SERVERS_MAX + 1, 1, WAX_CHECK_SERVERS_MAX, 1 },
		{ 1, WAX_CHECK_SERVERS_MAX, WAX_CHECK_SERVERS_MAX, 0 },
		{ 1, WAX_CHECK_SERVERS_MAX + 1, WAX_CHECK_SERVERS_MAX, 1 },
	};

	for (size_t i = 0; i < N(sizes); i++) {
		struct wax_findings findings = { .arena = arena };
		struct wax_name_servers servers =
		    wax_check_servers_find(&findings,
		        check_zone(arena,
		            many_servers(sizes[i].n_names, sizes[i].n_each).p),
		        d_example, DEADLINE);

		ck_assert_uint_eq(servers.n, sizes[i].n);
		ck_assert_uint_eq(servers.n_more, sizes[i].n_more);
	}
}
END_TEST

/* Long records that differ at their end. */
START_TEST(difference_is_shown)
{
	struct wax_findings findings = { .arena = arena };
	struct wax_resolver *resolver = check_zone(arena, NS RECORDS);
	struct wax_name_servers servers =
	    wax_check_servers_find(&findings, resolver, d_example, DEADLINE);
	struct wax_text zone;

	for (size_t i = 0; i < 2; i++) {
		wax_text_init(&zone, arena);
		wax_text_addz(
		    &zone, RECORDS "x._domainkey.d.example TXT v=DKIM1; p=");
		for (size_t j = 0; j < 400; j++)
			wax_text_addc(&zone, 'A');
		wax_text_addz(&zone, i == 0 ? "one\n" : "two\n");
		servers.server[i].resolver = check_zone(arena, zone.p);
	}
	wax_check_servers(&findings, resolver, d_example, &servers, 1,
	    &(struct wax_str)WAX_STR_INIT("x"), DEADLINE);
	assert_words("long", &findings, "NS-DIFFER");
	ck_assert_uint_lt(findings.list.v[0].what.n, 400);
	ck_assert_ptr_nonnull(
	    strstr(wax_str_z(arena, findings.list.v[0].what), "Aone\""));
	ck_assert_ptr_nonnull(
	    strstr(wax_str_z(arena, findings.list.v[0].what), "Atwo\""));
}
END_TEST

Suite *
wax_servers_suite(void)
{
	Suite *suite = suite_create("servers");
	TCase *tcase = tcase_create("servers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, servers_are_compared, 0, N(rows));
	tcase_add_test(tcase, zone_is_found_upwards);
	tcase_add_test(tcase, servers_are_bounded);
	tcase_add_test(tcase, difference_is_shown);
	suite_add_tcase(suite, tcase);
	return suite;
}
