/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MX hosts against the relays of a configuration.
 */
#include "policy/check/ours.h"
#include "tests/unit/check/suites.h"
#include "tests/unit/check/zones.h"

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

#define ZONE                           \
	"d.example MX 10 a.example\n"  \
	"d.example MX 20 b.example\n"  \
	"d.example MX 20 c.example\n"  \
	"d.example MX 30 localhost\n"  \
	"a.example A 192.0.2.1\n"      \
	"a.example AAAA 2001:db8::1\n" \
	"b.example A 192.0.2.2\n"      \
	"b.example AAAA 2001:db8::2\n" \
	"c.example A 192.0.2.3\n"

static const struct {
	const char *name, *zone;
	const char *relays, *internal, *own; /* comma-separated */
	const char *words;
	const char *says, *publish; /* of the first */
} rows[] = {
	{ "no relays", ZONE, "", "", "", "OURS-NO-RELAY OURS-NO-RELAY",
	    "b.example (192.0.2.2, 2001:db8::2) is an MX host of priority 20, "
	    "but in no relay entry",
	    "relays = (\n  { name = \"b.example\"; networks = "
	    "[\"192.0.2.2\", \"2001:db8::2\"] }\n)" },
	{ "all are relays", ZONE, "192.0.2.0/24,2001:db8::/64", "", "", "",
	    NULL, NULL },
	{ "one address is not", ZONE, "192.0.2.2,192.0.2.3", "", "",
	    "OURS-NO-RELAY",
	    "b.example (2001:db8::2) is an MX host of priority 20, but in no "
	    "relay entry",
	    "{ name = \"b.example\"; networks = [\"2001:db8::2\"] }" },
	{ "internal", ZONE, "2001:db8::2,192.0.2.3", "192.0.2.0/24", "",
	    "OURS-INTERNAL",
	    "b.example (192.0.2.2) is an MX host of priority 20, but among "
	    "internal-networks",
	    "{ name = \"b.example\"; networks = [\"192.0.2.2\"] }" },
	{ "internal and a relay", ZONE, "192.0.2.0/24,2001:db8::2",
	    "192.0.2.0/24", "", "", NULL, NULL },
	{ "one strange, one internal", ZONE, "192.0.2.3", "192.0.2.2", "",
	    "OURS-NO-RELAY OURS-INTERNAL", NULL, NULL },
	{ "this host is the first", ZONE, "192.0.2.2,192.0.2.3", "",
	    "192.0.2.1", "OURS-NO-RELAY", NULL, NULL },
	{ "this host is the second", ZONE, "", "", "192.0.2.2", "", NULL,
	    NULL },
	{ "this host is the third", ZONE, "", "", "192.0.2.3", "", NULL, NULL },
	{ "an address that no MX has", ZONE, "192.0.2.2", "", "192.0.2.77",
	    "OURS-NO-RELAY OURS-NO-RELAY", NULL, NULL },
	{ "two addresses of this host", ZONE, "192.0.2.3", "",
	    "2001:db8::1,192.0.2.2,2001:db8::2", "", NULL, NULL },
	{ "one host", "d.example MX 1 a.example\na.example A 192.0.2.1\n", "",
	    "", "", "", NULL, NULL },
	{ "no MX", "d.example A 192.0.2.1\n", "", "", "", "", NULL, NULL },
	{ "null MX", "d.example MX 0 .\n", "", "", "", "", NULL, NULL },
	{ "unknown", "d.example FAULT servfail\n", "", "", "", "", NULL, NULL },
};

static struct wax_network_set
networks(const char *text)
{
	struct wax_str rest = wax_str_of(text), one;
	WAX_VEC(struct wax_network) list = { 0 };

	while (rest.n > 0 && wax_str_cut(&rest, ',', &one)) {
		struct wax_network network;

		ck_assert(wax_network_parse(one, &network));
		WAX_PUSH(arena, &list, network);
	}
	return (struct wax_network_set){ list.n, list.v };
}

static struct wax_ours
ours_of(const char *relays, const char *internal, const char *own)
{
	struct wax_network_set addresses = networks(own);
	struct wax_ip *ip = wax_alloc(arena, addresses.n + 1, sizeof *ip);

	for (size_t i = 0; i < addresses.n; i++)
		ip[i] = addresses.v[i].base;
	return (struct wax_ours){ networks(relays), networks(internal),
		addresses.n, ip };
}

START_TEST(hosts_are_known)
{
	struct wax_findings ignored = { .arena = arena },
	                    findings = { .arena = arena };
	const struct wax_domain domain = { WAX_STR_INIT("d.example") };
	struct wax_route route = wax_check_route(
	    &ignored, check_zone(arena, rows[_i].zone), domain, DEADLINE);
	struct wax_ours ours =
	    ours_of(rows[_i].relays, rows[_i].internal, rows[_i].own);

	wax_check_ours(&findings, &route, &ours);
	ck_assert_msg(wax_str_eq(wax_str_of(check_words(&findings)),
	                  wax_str_of(rows[_i].words)),
	    "%s: %s", rows[_i].name, check_words(&findings));
	if (rows[_i].says == NULL)
		return;
	ck_assert_wax_str_eq(findings.list.v[0].what, rows[_i].says);
	ck_assert_wax_str_eq(findings.list.v[0].publish, rows[_i].publish);
}
END_TEST

Suite *
wax_ours_suite(void)
{
	Suite *suite = suite_create("ours");
	TCase *tcase = tcase_create("ours");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, hosts_are_known, 0, N(rows));
	suite_add_tcase(suite, tcase);
	return suite;
}
