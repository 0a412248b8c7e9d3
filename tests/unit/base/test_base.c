/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/base64.h"
#include "policy/base/ip.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "tests/support/suite.h"

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

struct call {
	int *counter;
	int order;
};

static void
note_call(void *arg)
{
	struct call *call = arg;

	call->order = ++*call->counter;
}

START_TEST(test_arena_zeroes_aligns_and_counts)
{
	size_t before = wax_arena_total();

	for (size_t n = 0; n < 3000; n += 7) {
		unsigned char *p = wax_alloc(arena, n, 1);

		ck_assert_uint_eq((size_t)p % 16, 0);
		for (size_t i = 0; i < n; i++) {
			ck_assert_uint_eq(p[i], 0);
			p[i] = 0xff;
		}
	}
	ck_assert_uint_eq(wax_arena_total() - before, wax_arena_bytes(arena));
	wax_arena_reset(arena);
	ck_assert_uint_eq(wax_arena_total(), before);
}
END_TEST

START_TEST(test_arena_runs_deferred_last_in_first_out)
{
	int counter = 0;
	struct call first = { &counter, 0 }, second = { &counter, 0 };

	wax_arena_defer(arena, note_call, &first);
	wax_arena_defer(arena, note_call, &second);
	wax_arena_reset(arena);
	ck_assert_int_eq(second.order, 1);
	ck_assert_int_eq(first.order, 2);
	wax_arena_reset(arena);
	ck_assert_int_eq(counter, 2);
}
END_TEST

START_TEST(test_str_cut_gives_every_part)
{
	struct wax_str rest = wax_exact("a,,b,"), part;

	ck_assert(wax_str_cut(&rest, ',', &part));
	ck_assert_wax_str_eq(part, "a");
	ck_assert(wax_str_cut(&rest, ',', &part));
	ck_assert_wax_str_eq(part, "");
	ck_assert(wax_str_cut(&rest, ',', &part));
	ck_assert_wax_str_eq(part, "b");
	ck_assert(wax_str_cut(&rest, ',', &part));
	ck_assert_wax_str_eq(part, "");
	ck_assert(!wax_str_cut(&rest, ',', &part));
}
END_TEST

START_TEST(test_str_compares)
{
	ck_assert(wax_str_ieq(wax_exact("AbC"), wax_exact("aBc")));
	ck_assert(!wax_str_ieq(wax_exact("abc"), wax_exact("abcd")));
	ck_assert(!wax_str_eq(wax_exact("a"), wax_exact("A")));
	ck_assert(wax_str_starts(wax_exact("abc"), wax_exact("ab")));
	ck_assert(!wax_str_starts(wax_exact("ab"), wax_exact("abc")));
	ck_assert(wax_str_ends(wax_exact("abc"), wax_exact("bc")));
	ck_assert_int_lt(wax_str_cmp(wax_exact("ab"), wax_exact("abc")), 0);
	ck_assert_int_gt(wax_str_cmp(wax_exact("b"), wax_exact("abc")), 0);
	ck_assert_uint_eq(wax_str_rfind(wax_exact("a@b@c"), '@'), 3);
	ck_assert_wax_str_eq(wax_str_trim(wax_exact(" \t a b\r\n")), "a b");
}
END_TEST

START_TEST(test_str_z_refuses_nul)
{
	ck_assert_str_eq(wax_str_z(arena, wax_exact("ab")), "ab");
	ck_assert_ptr_null(wax_str_z(arena, wax_exact_n("a\0b", 3)));
}
END_TEST

START_TEST(test_str_number_bounds)
{
	unsigned long n = 0;

	ck_assert(wax_str_number(wax_exact("255"), 255, &n) && n == 255);
	ck_assert(!wax_str_number(wax_exact("256"), 255, &n));
	ck_assert(!wax_str_number(wax_exact(""), 255, &n));
	ck_assert(!wax_str_number(wax_exact("1x"), 255, &n));
	ck_assert(!wax_str_number(wax_exact("7"), 5, &n));
	ck_assert(!wax_str_number(
	    wax_exact("99999999999999999999999"), (unsigned long)-1, &n));
}
END_TEST

START_TEST(test_text_grows_and_escapes)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (int i = 0; i < 1000; i++)
		wax_text_addf(&text, "%d,", i % 10);
	ck_assert_uint_eq(text.n, 2000);
	ck_assert_int_eq(text.p[text.n], '\0');
	wax_text_init(&text, arena);
	wax_text_add_escaped(&text, wax_exact("a\n\x1b\\\xc3"));
	ck_assert_wax_str_eq(wax_text_str(&text), "a\\x0a\\x1b\\x5c\\xc3");
}
END_TEST

START_TEST(test_vec_keeps_elements)
{
	WAX_VEC(int) vec = { 0 };

	for (int i = 0; i < 100; i++)
		WAX_PUSH(arena, &vec, i);
	ck_assert_uint_eq(vec.n, 100);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(vec.v[i], i);
}
END_TEST

static const struct {
	const char *text, *formatted; /* NULL: not an address */
} addresses[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "2001:DB8:0:0::10", "2001:db8::10" },
	{ "IPv6:2001:db8:0:0:0:0:0:10", "2001:db8::10" },
	{ "::ffff:192.0.2.7", "192.0.2.7" },
	{ "IPv6:::ffff:c000:207", "192.0.2.7" },
	{ "192.0.2", NULL },
	{ "192.0.2.256", NULL },
	{ "", NULL },
	{ "unknown", NULL },
};

START_TEST(test_ip_parses_and_formats)
{
	struct wax_ip ip;
	bool ok = wax_ip_parse(wax_exact(addresses[_i].text), &ip);

	ck_assert_int_eq(ok, addresses[_i].formatted != NULL);
	if (ok)
		ck_assert_wax_str_eq(
		    wax_ip_format(arena, ip), addresses[_i].formatted);
}
END_TEST

static const struct {
	const char *network, *ip;
	bool within;
} networks[] = {
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "0.0.0.0/0", "203.0.113.1", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "::ffff:192.0.2.0/120", "192.0.2.9", true },
	{ "::1", "::1", true },
};

START_TEST(test_network_holds)
{
	struct wax_network network;
	struct wax_network_set set = { 1, &network };
	struct wax_ip ip;

	ck_assert(wax_network_parse(wax_exact(networks[_i].network), &network));
	ck_assert(wax_ip_parse(wax_exact(networks[_i].ip), &ip));
	ck_assert_int_eq(wax_network_set_has(&set, ip), networks[_i].within);
}
END_TEST

START_TEST(test_network_refuses)
{
	static const char *const bad[] = { "192.0.2.0/33", "192.0.2.0/",
		"192.0.2.0/-1", "2001:db8::/129", "x/8", "/8",
		"::ffff:192.0.2.0/95" };
	struct wax_network network;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert(!wax_network_parse(wax_exact(bad[i]), &network));
}
END_TEST

START_TEST(test_loopback)
{
	struct wax_ip ip;

	ck_assert(wax_ip_parse(wax_exact("127.9.9.9"), &ip));
	ck_assert(wax_ip_is_loopback(ip));
	ck_assert(wax_ip_parse(wax_exact("::1"), &ip));
	ck_assert(wax_ip_is_loopback(ip));
	ck_assert(wax_ip_parse(wax_exact("::2"), &ip));
	ck_assert(!wax_ip_is_loopback(ip));
	ck_assert(!wax_ip_is_loopback((struct wax_ip){ 0 }));
}
END_TEST

static const struct {
	const char *text, *decoded; /* NULL: not base64 */
} base64[] = {
	{ "", "" },
	{ "Zg==", "f" },
	{ "Zm8=", "fo" },
	{ "Zm9v", "foo" },
	{ "Zm 9v\r\n\tYg= =", "foob" },
	{ "Zm9vYmE=", "fooba" },
	{ "Zg=", NULL },
	{ "Zg", NULL },
	{ "Z===", NULL },
	{ "====", NULL },
	{ "Zg==Zg==", NULL },
	{ "Zm9*", NULL },
};

START_TEST(test_base64_decodes)
{
	struct wax_str out;
	bool ok = wax_base64_decode(arena, wax_exact(base64[_i].text), &out);

	ck_assert_int_eq(ok, base64[_i].decoded != NULL);
	if (ok)
		ck_assert_wax_str_eq(out, base64[_i].decoded);
}
END_TEST

/* RFC 4648 s4: each digit has its value, and no other octet has any. */
START_TEST(test_base64_digits)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (int octet = 0; octet < 256; octet++) {
		const char *at = octet != 0 ? strchr(digits, octet) : NULL;
		char text[] = { 'A', 'A', 'A', (char)octet };
		struct wax_str out;
		bool ok = wax_base64_decode(
		    arena, wax_exact_n(text, sizeof text), &out);

		ck_assert_int_eq(ok, at != NULL || octet == '=');
		if (at == NULL)
			continue;
		ck_assert_uint_eq(out.n, 3);
		ck_assert_int_eq(out.p[2], (int)(at - digits));
	}
}
END_TEST

START_TEST(test_base64_goes_round)
{
	char octets[64];

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (char)(i * 37);
	for (size_t n = 0; n <= sizeof octets; n++) {
		struct wax_str out, in = wax_exact_n(octets, n);

		ck_assert(wax_base64_decode(
		    arena, wax_base64_encode(arena, in), &out));
		ck_assert(wax_str_eq(in, out));
	}
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof(table)[0])

static Suite *
suite(void)
{
	Suite *s = suite_create("base");
	TCase *tc = tcase_create("base");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_arena_zeroes_aligns_and_counts);
	tcase_add_test(tc, test_arena_runs_deferred_last_in_first_out);
	tcase_add_test(tc, test_str_cut_gives_every_part);
	tcase_add_test(tc, test_str_compares);
	tcase_add_test(tc, test_str_z_refuses_nul);
	tcase_add_test(tc, test_str_number_bounds);
	tcase_add_test(tc, test_text_grows_and_escapes);
	tcase_add_test(tc, test_vec_keeps_elements);
	tcase_add_loop_test(tc, test_ip_parses_and_formats, 0, N(addresses));
	tcase_add_loop_test(tc, test_network_holds, 0, N(networks));
	tcase_add_test(tc, test_network_refuses);
	tcase_add_test(tc, test_loopback);
	tcase_add_loop_test(tc, test_base64_decodes, 0, N(base64));
	tcase_add_test(tc, test_base64_digits);
	tcase_add_test(tc, test_base64_goes_round);
	suite_add_tcase(s, tc);
	return s;
}

Suite *(*const wax_suites[])(void) = { suite, NULL };
