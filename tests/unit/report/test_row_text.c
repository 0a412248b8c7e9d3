/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canonical texts: one for each value, and nothing else is read.
 */
#include <stdint.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/report/row.h"
#include "tests/unit/report/suites.h"

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

static bool
is_same_policy(
    const struct wax_report_policy *a, const struct wax_report_policy *b)
{
	return wax_str_eq(a->domain, b->domain) && a->p == b->p &&
	       a->sp == b->sp && a->np == b->np &&
	       a->strict_dkim == b->strict_dkim &&
	       a->strict_spf == b->strict_spf && a->testing == b->testing &&
	       a->discovery == b->discovery && wax_str_eq(a->fo, b->fo) &&
	       wax_str_eq(a->error, b->error) && wax_str_eq(a->rua, b->rua);
}

static bool
are_same_reasons(
    const struct wax_report_tuple *a, const struct wax_report_tuple *b)
{
	for (size_t i = 0; i < a->n_reasons && i < b->n_reasons; i++)
		if (a->reason[i].type != b->reason[i].type ||
		    !wax_str_eq(a->reason[i].comment, b->reason[i].comment))
			return false;
	return a->n_reasons == b->n_reasons;
}

static bool
are_same_signatures(
    const struct wax_report_tuple *a, const struct wax_report_tuple *b)
{
	for (size_t i = 0; i < a->n_dkim && i < b->n_dkim; i++) {
		const struct wax_report_signature *x = &a->dkim[i];
		const struct wax_report_signature *y = &b->dkim[i];

		if (!wax_str_eq(x->domain, y->domain) ||
		    !wax_str_eq(x->selector, y->selector) ||
		    x->result != y->result || !wax_str_eq(x->human, y->human))
			return false;
	}
	return a->n_dkim == b->n_dkim;
}

static bool
is_same_tuple(
    const struct wax_report_tuple *a, const struct wax_report_tuple *b)
{
	return wax_ip_eq(a->source, b->source) &&
	       a->disposition == b->disposition &&
	       a->dkim_aligned == b->dkim_aligned &&
	       a->spf_aligned == b->spf_aligned && are_same_reasons(a, b) &&
	       wax_str_eq(a->header_from, b->header_from) &&
	       wax_str_eq(a->envelope_from, b->envelope_from) &&
	       are_same_signatures(a, b) && a->has_spf == b->has_spf &&
	       wax_str_eq(a->spf_domain, b->spf_domain) && a->spf == b->spf &&
	       wax_str_eq(a->spf_human, b->spf_human);
}

/* --- what they look like --------------------------------------------------- */

#define POLICY                                                               \
	"domain=d.example p=reject sp=quarantine np=none adkim=s aspf=r t=y" \
	" by=treewalk fo=1:d"
#define TUPLE                                                            \
	"ip=192.0.2.7 disposition=none dkim=fail spf=fail"               \
	" reason=local_policy\"monitoring\" header_from=d.example"       \
	" envelope_from=b.d.example sig=d.example,s1,fail\"hash: a, b\"" \
	" sig=x.example,s2,pass mailfrom=b.d.example,softfail"
#define PLAIN                                              \
	"ip=192.0.2.7 disposition=none dkim=pass spf=pass" \
	" header_from=d.example envelope_from="

static const struct wax_report_policy policy = {
	.domain = WAX_STR_INIT("d.example"),
	.p = WAX_P_REJECT,
	.sp = WAX_P_QUARANTINE,
	.np = WAX_P_NONE,
	.strict_dkim = true,
	.testing = true,
	.fo = WAX_STR_INIT("1:d"),
};

static struct wax_report_tuple
sample_tuple(void)
{
	static const struct wax_report_reason reason[] = {
		{ WAX_OVERRIDE_LOCAL_POLICY, WAX_STR_INIT("monitoring") },
	};
	static const struct wax_report_signature dkim[] = {
		{ WAX_STR_INIT("d.example"), WAX_STR_INIT("s1"), WAX_FAIL,
		    WAX_STR_INIT("hash: a, b") },
		{ WAX_STR_INIT("x.example"), WAX_STR_INIT("s2"), WAX_PASS,
		    WAX_STR_INIT("") },
	};

	return (struct wax_report_tuple){
		.source = wax_ip_from4((const unsigned char[]){ 192, 0, 2, 7 }),
		.n_reasons = 1,
		.reason = reason,
		.header_from = WAX_STR("d.example"),
		.envelope_from = WAX_STR("b.d.example"),
		.n_dkim = 2,
		.dkim = dkim,
		.has_spf = true,
		.spf_domain = WAX_STR("b.d.example"),
		.spf = WAX_SOFTFAIL,
	};
}

START_TEST(test_texts_are_readable)
{
	struct wax_report_policy more = policy;
	struct wax_report_tuple tuple = sample_tuple();

	ck_assert_wax_str_eq(wax_report_policy_format(arena, &policy), POLICY);
	more.discovery = WAX_BY_PSL;
	more.error = WAX_STR("no p");
	more.rua = WAX_STR("mailto:a@d.example");
	ck_assert_wax_str_eq(wax_report_policy_format(arena, &more),
	    "domain=d.example p=reject sp=quarantine np=none adkim=s aspf=r"
	    " t=y by=psl fo=1:d error=\"no p\" rua=\"mailto:a@d.example\"");
	ck_assert_wax_str_eq(wax_report_tuple_format(arena, &tuple), TUPLE);
}
END_TEST

START_TEST(test_line_has_four_parts)
{
	struct wax_report_row row = { 1764000000, true, policy,
		sample_tuple() };
	struct wax_str text = wax_report_line_format(arena, &row);
	struct wax_report_line line;

	ck_assert_wax_str_eq(text, "1764000000\taccepted\t" POLICY "\t" TUPLE);
	text = wax_exact_n(text.p, text.n);
	ck_assert(wax_report_line_parse(arena, text, &line));
	ck_assert_int_eq(line.time, 1764000000);
	ck_assert(line.is_accepted);
	ck_assert_wax_str_eq(line.domain, "d.example");
	ck_assert_wax_str_eq(line.policy, POLICY);
	ck_assert_wax_str_eq(line.tuple, TUPLE);
	/* What it says points into it. */
	ck_assert(line.policy.p > text.p &&
	          line.policy.p + line.policy.n < text.p + text.n);
	row.is_accepted = false;
	row.time = 0;
	text = wax_report_line_format(arena, &row);
	ck_assert_wax_str_eq(text, "0\t-\t" POLICY "\t" TUPLE);
	ck_assert(wax_report_line_parse(arena, text, &line));
	ck_assert(!line.is_accepted && line.time == 0);
}
END_TEST

/* --- what is refused ------------------------------------------------------- */

/* Not as we write it, however little is different. */
static const char *const bad_policies[] = {
	"",
	"domain=d.example",
	POLICY " ",
	" " POLICY,
	POLICY "\n",
	POLICY " error=\"\"",
	POLICY " error=",
	POLICY " error=a",
	POLICY " error=\"a",
	POLICY " error=\"a\"b",
	POLICY " error=\"a\" ",
	POLICY " rua=\"a\" error=\"b\"",
	POLICY " rua=\"a\" rua=\"a\"",
	POLICY " rua=\"a\\x41\"",
	POLICY " rua=\"a\\xE4\"",
	POLICY " rua=\"a\\xe\"",
	POLICY " rua=\"a\\xeg\"",
	POLICY " rua=\"a\\e4\"",
	POLICY " rua=\"a\\",
	POLICY " rua=\"\xe4\"",
	POLICY " rua=\"a\tb\"",
	POLICY " rua=\"\\x20\"",
	POLICY " rua=\"\\x2c\"",
	POLICY ",d",
	"Domain=d.example p=reject sp=none np=none adkim=r aspf=r t=n"
	" by=treewalk fo=0",
	"domain=d.example p=REJECT sp=none np=none adkim=r aspf=r t=n"
	" by=treewalk fo=0",
	"domain=d.example p=rejec sp=none np=none adkim=r aspf=r t=n"
	" by=treewalk fo=0",
	"domain=d.example p=rejectx sp=none np=none adkim=r aspf=r t=n"
	" by=treewalk fo=0",
	"domain=d.example p= sp=none np=none adkim=r aspf=r t=n"
	" by=treewalk fo=0",
	"domain=d.example  p=reject sp=none np=none adkim=r aspf=r t=n"
	" by=treewalk fo=0",
	"domain=d.example p=reject np=none sp=none adkim=r aspf=r t=n"
	" by=treewalk fo=0",
	"domain=d.example p=reject sp=none np=none adkim=S aspf=r t=n"
	" by=treewalk fo=0",
	"domain=d.example p=reject sp=none np=none adkim=r aspf=y t=n"
	" by=treewalk fo=0",
	"domain=d.example p=reject sp=none np=none adkim=r aspf=r t=r"
	" by=treewalk fo=0",
	"domain=d.example p=reject sp=none np=none adkim=r aspf=r t=n"
	" by=dns fo=0",
};

START_TEST(test_refuses_policy)
{
	struct wax_report_policy out;

	ck_assert_msg(
	    !wax_report_policy_parse(arena, wax_exact(bad_policies[_i]), &out),
	    "%s", bad_policies[_i]);
}
END_TEST

static const char *const bad_tuples[] = {
	"",
	"ip=",
	"ip=192.0.2.7",
	TUPLE " ",
	TUPLE "\"\"",
	TUPLE " mailfrom=b.d.example,softfail",
	PLAIN " mailfrom=d.example",
	PLAIN " mailfrom=d.example,",
	PLAIN " mailfrom=d.example,Pass",
	PLAIN " mailfrom=d.example,pass ",
	PLAIN " mailfrom=d.example,pass\"a\"\"b\"",
	PLAIN " mailfrom=d.example,pass,x",
	PLAIN " mailfrom=d.example,pass sig=d.example,s,pass",
	PLAIN " sig=d.example,s",
	PLAIN " sig=d.example,s,hardfail",
	PLAIN " sig=d.example,s,pass\"\"",
	PLAIN " sig=d.example,s,pass reason=other",
	PLAIN " sig=d\\x2eexample,s,pass",
	PLAIN " sig=d.example,s\\x20,pass\\x20",
	PLAIN "\\x7e",
	"ip=192.0.2.07 disposition=none dkim=pass spf=pass"
	" header_from=d.example envelope_from=",
	"ip=2001:DB8::1 disposition=none dkim=pass spf=pass"
	" header_from=d.example envelope_from=",
	"ip=IPv6:2001:db8::1 disposition=none dkim=pass spf=pass"
	" header_from=d.example envelope_from=",
	"ip=::ffff:192.0.2.7 disposition=none dkim=pass spf=pass"
	" header_from=d.example envelope_from=",
	"ip=nowhere disposition=none dkim=pass spf=pass"
	" header_from=d.example envelope_from=",
	"ip=192.0.2.7 disposition=accept dkim=pass spf=pass"
	" header_from=d.example envelope_from=",
	"ip=192.0.2.7 disposition=none dkim=temperror spf=pass"
	" header_from=d.example envelope_from=",
	"ip=192.0.2.7 disposition=none dkim=pass spf=pass reason=forwarded"
	" header_from=d.example envelope_from=",
	"ip=192.0.2.7 disposition=none dkim=pass spf=pass reason=other\"\""
	" header_from=d.example envelope_from=",
	"ip=192.0.2.7 disposition=none dkim=pass spf=pass"
	" header_from=d.example",
};

START_TEST(test_refuses_tuple)
{
	struct wax_report_tuple out;

	ck_assert_msg(
	    !wax_report_tuple_parse(arena, wax_exact(bad_tuples[_i]), &out),
	    "%s", bad_tuples[_i]);
}
END_TEST

static const char *const bad_lines[] = {
	"",
	"\t",
	"1\t-",
	"1\t-\t" POLICY,
	"1\t-\t" POLICY "\t",
	"1\t-\t" POLICY "\t" TUPLE "\t",
	"1\t-\t" POLICY "\t" TUPLE "\n",
	"1\t\t" POLICY "\t" TUPLE,
	"1\t+\t" POLICY "\t" TUPLE,
	"1\tAccepted\t" POLICY "\t" TUPLE,
	"\t-\t" POLICY "\t" TUPLE,
	"01\t-\t" POLICY "\t" TUPLE,
	"+1\t-\t" POLICY "\t" TUPLE,
	"-1\t-\t" POLICY "\t" TUPLE,
	"1.0\t-\t" POLICY "\t" TUPLE,
	" 1\t-\t" POLICY "\t" TUPLE,
	"9223372036854775808\t-\t" POLICY "\t" TUPLE,
	"1\t-\t" TUPLE "\t" POLICY,
	/* A report has the name of a domain. */
	"1\t-\tdomain= p=none sp=none np=none adkim=r aspf=r t=n by=psl fo=0"
	"\t" TUPLE,
	"1\t-\tdomain=D.example p=none sp=none np=none adkim=r aspf=r t=n"
	" by=psl fo=0\t" TUPLE,
	"1\t-\tdomain=d.example. p=none sp=none np=none adkim=r aspf=r t=n"
	" by=psl fo=0\t" TUPLE,
	"1\t-\tdomain=../d.example p=none sp=none np=none adkim=r aspf=r t=n"
	" by=psl fo=0\t" TUPLE,
};

START_TEST(test_refuses_line)
{
	struct wax_report_line out;

	ck_assert_msg(
	    !wax_report_line_parse(arena, wax_exact(bad_lines[_i]), &out), "%s",
	    bad_lines[_i]);
}
END_TEST

START_TEST(test_takes_the_latest_time)
{
	struct wax_report_line line;

	ck_assert(wax_report_line_parse(arena,
	    wax_exact("9223372036854775807\t-\t" POLICY "\t" TUPLE), &line));
	ck_assert(line.time == INT64_MAX);
}
END_TEST

/* Whether a text is read; then it is the one that we would write. */
static bool
is_read(struct wax_str text)
{
	struct wax_report_line line;
	struct wax_report_row row;

	if (!wax_report_line_parse(arena, text, &line))
		return false;
	row.time = line.time;
	row.is_accepted = line.is_accepted;
	ck_assert(wax_report_policy_parse(arena, line.policy, &row.policy));
	ck_assert(wax_report_tuple_parse(arena, line.tuple, &row.tuple));
	ck_assert(wax_str_eq(wax_report_line_format(arena, &row), text));
	return true;
}

/* A line that is cut short, or has one other octet, is refused or is
 * another value's own line. */
START_TEST(test_no_two_texts_for_one_value)
{
	static const char octets[] = "\"\\ ,=x1pP\t\n\x7f\xe4";
	struct wax_str text = WAX_STR("7\t-\t" POLICY " rua=\"\\x09\""
	                              "\t" TUPLE);
	size_t n_read = 0;

	ck_assert(is_read(text));
	for (size_t i = 0; i < text.n * sizeof octets; i++) {
		struct wax_text other;
		size_t at = i / sizeof octets;

		wax_text_init(&other, arena);
		wax_text_add(&other, wax_str_head(text, at));
		wax_text_addc(&other, octets[i % sizeof octets]);
		wax_text_add(&other, wax_str_from(text, at + 1));
		n_read += is_read(wax_text_str(&other));
	}
	/* There are many letters of names that may be others. */
	ck_assert_uint_gt(n_read, 10);
	ck_assert_uint_lt(n_read, text.n * sizeof octets / 2);
	n_read = 0;
	for (size_t n = 0; n < text.n; n++)
		n_read += is_read(wax_exact_n(text.p, n));
	ck_assert_uint_gt(n_read, 0);
	ck_assert_uint_lt(n_read, 100);
}
END_TEST

/* --- any value comes back -------------------------------------------------- */

static uint64_t
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return *state >> 33;
}

static struct wax_str
random_text(uint64_t *state)
{
	static const char likely[] = "ab.\"\\ ,=x\t\n";
	struct wax_text text;
	size_t n = next_random(state) % 12;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < n; i++)
		wax_text_addc(&text,
		    next_random(state) % 2 == 0
		        ? (char)(unsigned char)next_random(state)
		        : likely[next_random(state) % (sizeof likely - 1)]);
	return wax_text_str(&text);
}

static struct wax_report_policy
random_policy(uint64_t *state)
{
	return (struct wax_report_policy){
		.domain = random_text(state),
		.p = (enum wax_dmarc_policy)(next_random(state) % 3),
		.sp = (enum wax_dmarc_policy)(next_random(state) % 3),
		.np = (enum wax_dmarc_policy)(next_random(state) % 3),
		.strict_dkim = next_random(state) % 2 == 0,
		.strict_spf = next_random(state) % 2 == 0,
		.testing = next_random(state) % 2 == 0,
		.discovery = (enum wax_discovery)(next_random(state) % 2),
		.fo = random_text(state),
		.error = random_text(state),
		.rua = random_text(state),
	};
}

static struct wax_ip
random_ip(uint64_t *state)
{
	unsigned char octet[16];

	for (size_t i = 0; i < sizeof octet; i++)
		octet[i] = next_random(state) % 3 == 0
		               ? 0
		               : (unsigned char)next_random(state);
	switch (next_random(state) % 8) {
	case 0:
		return (struct wax_ip){ .family = WAX_IP_NONE };
	case 1:
	case 2:
	case 3:
		return wax_ip_from6(octet);
	default:
		return wax_ip_from4(octet);
	}
}

static struct wax_report_tuple
random_tuple(uint64_t *state)
{
	struct wax_report_tuple tuple = {
		.source = random_ip(state),
		.disposition = (enum wax_disposition)(next_random(state) % 4),
		.dkim_aligned = next_random(state) % 2 == 0,
		.spf_aligned = next_random(state) % 2 == 0,
		.n_reasons = next_random(state) % 4,
		.header_from = random_text(state),
		.envelope_from = random_text(state),
		.n_dkim = next_random(state) % 4,
		.has_spf = next_random(state) % 2 == 0,
	};
	struct wax_report_reason *reason = wax_alloc(arena, 4, sizeof *reason);
	struct wax_report_signature *dkim = wax_alloc(arena, 4, sizeof *dkim);

	for (size_t i = 0; i < 4; i++) {
		reason[i].type =
		    (enum wax_override_type)(next_random(state) % 5);
		reason[i].comment = random_text(state);
		dkim[i].domain = random_text(state);
		dkim[i].selector = random_text(state);
		dkim[i].result = (enum wax_result)(next_random(state) % 8);
		dkim[i].human = random_text(state);
	}
	tuple.reason = reason;
	tuple.dkim = dkim;
	if (tuple.has_spf) {
		tuple.spf_domain = random_text(state);
		tuple.spf = (enum wax_result)(next_random(state) % 8);
		tuple.spf_human = random_text(state);
	}
	return tuple;
}

static bool
is_printable(struct wax_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	return true;
}

START_TEST(test_any_value_comes_back)
{
	uint64_t state = 1;

	for (int i = 0; i < 5000; i++) {
		struct wax_report_policy a, b;
		struct wax_report_tuple x, y;
		struct wax_str text;

		wax_arena_reset(arena);
		a = random_policy(&state);
		x = random_tuple(&state);
		text = wax_report_policy_format(arena, &a);
		ck_assert(is_printable(text));
		ck_assert(wax_report_policy_parse(arena, text, &b));
		ck_assert(is_same_policy(&a, &b));
		ck_assert(
		    wax_str_eq(wax_report_policy_format(arena, &b), text));
		text = wax_report_tuple_format(arena, &x);
		ck_assert(is_printable(text));
		ck_assert(wax_report_tuple_parse(arena, text, &y));
		ck_assert(is_same_tuple(&x, &y));
		ck_assert(wax_str_eq(wax_report_tuple_format(arena, &y), text));
	}
}
END_TEST

/* Two values that differ have two texts. */
START_TEST(test_other_values_have_other_texts)
{
	uint64_t state = 7;
	size_t n_same = 0;

	for (int i = 0; i < 2000; i++) {
		struct wax_report_tuple x = random_tuple(&state), y = x;

		switch (next_random(&state) % 5) {
		case 0:
			y.header_from = random_text(&state);
			break;
		case 1:
			y.envelope_from = random_text(&state);
			break;
		case 2:
			y.n_dkim = next_random(&state) % 4;
			break;
		case 3:
			y.n_reasons = next_random(&state) % 4;
			break;
		default:
			y.source = random_ip(&state);
			break;
		}
		ck_assert_int_eq(is_same_tuple(&x, &y),
		    wax_str_eq(wax_report_tuple_format(arena, &x),
		        wax_report_tuple_format(arena, &y)));
		n_same += is_same_tuple(&x, &y);
	}
	ck_assert_uint_gt(n_same, 0);
}
END_TEST

START_TEST(test_signatures_are_bounded)
{
	struct wax_report_tuple tuple = sample_tuple(), out;
	struct wax_report_signature *dkim =
	    wax_alloc(arena, WAX_REPORT_SIGNATURES_MAX + 1, sizeof *dkim);

	for (size_t i = 0; i <= WAX_REPORT_SIGNATURES_MAX; i++)
		dkim[i] = tuple.dkim[0];
	tuple.dkim = dkim;
	tuple.n_dkim = WAX_REPORT_SIGNATURES_MAX;
	ck_assert(wax_report_tuple_parse(
	    arena, wax_report_tuple_format(arena, &tuple), &out));
	ck_assert_uint_eq(out.n_dkim, WAX_REPORT_SIGNATURES_MAX);
	tuple.n_dkim++;
	ck_assert(!wax_report_tuple_parse(
	    arena, wax_report_tuple_format(arena, &tuple), &out));
}
END_TEST

#define N(rows) (int)(sizeof rows / sizeof rows[0])

Suite *
wax_row_text_suite(void)
{
	Suite *suite = suite_create("row text");
	TCase *tcase = tcase_create("row text");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_texts_are_readable);
	tcase_add_test(tcase, test_line_has_four_parts);
	tcase_add_loop_test(tcase, test_refuses_policy, 0, N(bad_policies));
	tcase_add_loop_test(tcase, test_refuses_tuple, 0, N(bad_tuples));
	tcase_add_loop_test(tcase, test_refuses_line, 0, N(bad_lines));
	tcase_add_test(tcase, test_takes_the_latest_time);
	tcase_add_test(tcase, test_no_two_texts_for_one_value);
	tcase_add_test(tcase, test_any_value_comes_back);
	tcase_add_test(tcase, test_other_values_have_other_texts);
	tcase_add_test(tcase, test_signatures_are_bounded);
	suite_add_tcase(suite, tcase);
	return suite;
}
