/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which messages are reported, and what is said about them.
 */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/report/aggregate.h"
#include "policy/report/row.h"
#include "tests/unit/report/suites.h"
#include "tests/unit/top/suites.h"

#define NOW 1764000000

static struct wax_arena *arena;
static struct sample m;
static struct wax_str own_address;
static struct wax_report_row row;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	sample_spoof(&m);
	m.results.dmarc.record = wax_dmarc_record_parse(
	    arena, WAX_STR("v=DMARC1; p=reject; rua=mailto:d@author.example"));
	own_address = WAX_STR("");
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static bool
make(void)
{
	struct wax_verdict verdict =
	    wax_verdict_decide(arena, &m.policy, &m.facts, &m.results);

	return wax_report_row_make(
	    arena, &m.facts, &m.results, &verdict, own_address, NOW, &row);
}

static struct wax_str
policy_text(void)
{
	return wax_report_policy_format(arena, &row.policy);
}

static struct wax_str
tuple_text(void)
{
	return wax_report_tuple_format(arena, &row.tuple);
}

START_TEST(test_row_of_a_spoof)
{
	ck_assert(make());
	ck_assert_int_eq(row.time, NOW);
	ck_assert(!row.is_accepted);
	ck_assert_wax_str_eq(policy_text(),
	    "domain=author.example p=reject sp=reject np=reject adkim=r"
	    " aspf=r t=n by=treewalk fo=0 rua=\"mailto:d@author.example\"");
	ck_assert_wax_str_eq(tuple_text(),
	    "ip=192.0.2.66 disposition=reject dkim=fail spf=fail"
	    " header_from=author.example envelope_from=author.example"
	    " mailfrom=author.example,fail");
}
END_TEST

/* --- which messages -------------------------------------------------------- */

START_TEST(test_no_row_without_outcome)
{
	static const enum wax_result none[] = { WAX_NONE, WAX_TEMPERROR,
		WAX_PERMERROR };

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		sample_set_dmarc(&m, none[i], WAX_P_REJECT);
		ck_assert(!make());
	}
	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	m.results.dmarc.spf_aligned = true;
	ck_assert(make());
	/* The record could not be read; the identifier is identical. */
	m.results.dmarc.has_record = false;
	ck_assert(!make());
	m.results.dmarc.has_record = true;
	m.facts.connection.client.family = WAX_IP_NONE;
	ck_assert(!make());
}
END_TEST

/* What decides here is a rule that could not be asked. */
START_TEST(test_no_row_for_who_comes_again)
{
	m.policy.on_spf_fail = WAX_REJECT;
	sample_set_dmarc(&m, WAX_FAIL, WAX_P_NONE);
	m.results.mailfrom.result = WAX_TEMPERROR;
	ck_assert(!make());
	/* In monitor mode it is taken at once. */
	m.policy.mode = WAX_MONITOR;
	ck_assert(make());
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_NONE);
}
END_TEST

/* Nobody hides from a Domain Owner by exceeding a bound of ours. */
START_TEST(test_spent_questions_are_a_failure)
{
	sample_set_dmarc(&m, WAX_PERMERROR, WAX_P_REJECT);
	m.results.dmarc.limit_hit = m.results.dmarc.only_limit = true;
	m.results.limit = "max-dns-queries";
	ck_assert(make());
	ck_assert(!row.is_accepted && !row.tuple.spf_aligned &&
	          !row.tuple.dkim_aligned);
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_REJECT);
	ck_assert_uint_eq(row.tuple.n_reasons, 0);
	/* Where the record is not known there is nobody to tell. */
	m.results.dmarc.has_record = false;
	ck_assert(!make());
	/* An answer is missing besides. */
	m.results.dmarc.has_record = true;
	m.results.dmarc.only_limit = false;
	ck_assert(!make());
}
END_TEST

/* --- the mail of reporting itself ------------------------------------------ */

#define REPORTER "dmarc@mx.rcpt.example"

static void
send_to(size_t n, const char *const *argument)
{
	struct wax_str *list = wax_alloc(arena, n, sizeof *list);

	for (size_t i = 0; i < n; i++)
		list[i] = wax_str_of(argument[i]);
	m.facts.recipient = list;
	m.facts.n_recipients = m.facts.n_recipients_kept = n;
}

static const struct {
	const char *name;
	const char *recipient[2];
	bool is_reported;
} recipients[] = {
	{ "ours", { "<" REPORTER ">", NULL }, false },
	{ "without brackets", { REPORTER, NULL }, false },
	{ "other case", { "<DMARC@MX.Rcpt.Example>", NULL }, false },
	{ "route", { "<@a.example:" REPORTER ">", NULL }, false },
	{ "quoted", { "<\"dmarc\"@mx.rcpt.example>", NULL }, false },
	{ "twice", { "<" REPORTER ">", "<" REPORTER ">" }, false },
	{ "another", { "<user@mx.rcpt.example>", NULL }, true },
	{ "below", { "<dmarc@a.mx.rcpt.example>", NULL }, true },
	{ "above", { "<dmarc@rcpt.example>", NULL }, true },
	{ "its end", { "<xdmarc@mx.rcpt.example>", NULL }, true },
	{ "and another", { "<" REPORTER ">", "<user@rcpt.example>" }, true },
	{ "another first", { "<user@rcpt.example>", "<" REPORTER ">" }, true },
	{ "no address", { "<postmaster>", NULL }, true },
};

START_TEST(test_no_row_for_reports_to_us)
{
	const char *const *list = recipients[_i].recipient;

	send_to(list[1] == NULL ? 1 : 2, list);
	ck_assert(make());
	own_address = wax_exact(REPORTER);
	ck_assert_msg(
	    make() == recipients[_i].is_reported, "%s", recipients[_i].name);
	own_address = wax_exact("<" REPORTER ">");
	ck_assert_msg(
	    make() == recipients[_i].is_reported, "%s", recipients[_i].name);
	own_address = wax_exact("dmarc");
	ck_assert(make());
}
END_TEST

/* Of those that were not kept nobody knows where they are. */
START_TEST(test_recipients_not_kept_are_others)
{
	static const char *const own[] = { "<" REPORTER ">", "<" REPORTER ">" };

	own_address = WAX_STR(REPORTER);
	send_to(2, own);
	ck_assert(!make());
	m.facts.n_recipients = 3;
	ck_assert(make());
	m.facts.n_recipients = m.facts.n_recipients_kept = 0;
	ck_assert(make());
}
END_TEST

static const struct {
	const char *name, *sender, *author;
	bool is_reported;
} senders[] = {
	{ "ours", "<" REPORTER ">", "mx.rcpt.example", false },
	{ "ours in capitals", "<Dmarc@MX.RCPT.EXAMPLE>", "mx.rcpt.example",
	    false },
	{ "another author", "<" REPORTER ">", "author.example", true },
	{ "author below", "<" REPORTER ">", "a.mx.rcpt.example", true },
	{ "another sender", "<user@mx.rcpt.example>", "mx.rcpt.example", true },
	{ "another domain", "<dmarc@rcpt.example>", "mx.rcpt.example", true },
	{ "null", "<>", "mx.rcpt.example", true },
	{ "not valid", "<dmarc>", "mx.rcpt.example", true },
};

START_TEST(test_no_row_for_reports_of_ours)
{
	m.facts.reverse_path =
	    wax_reverse_path_parse(arena, wax_exact(senders[_i].sender));
	m.results.dmarc.author_domain = dom(senders[_i].author);
	ck_assert(make());
	own_address = wax_exact(REPORTER);
	ck_assert_msg(
	    make() == senders[_i].is_reported, "%s", senders[_i].name);
}
END_TEST

/* --- under which policy ---------------------------------------------------- */

static const struct {
	const char *record, *text;
} policies[] = {
	{ "v=DMARC1; p=quarantine",
	    "p=quarantine sp=quarantine np=quarantine adkim=r aspf=r t=n"
	    " by=treewalk fo=0" },
	{ "v=DMARC1; p=reject; sp=none",
	    "p=reject sp=none np=none adkim=r aspf=r t=n by=treewalk fo=0" },
	{ "v=DMARC1; p=none; np=reject",
	    "p=none sp=none np=reject adkim=r aspf=r t=n by=treewalk fo=0" },
	{ "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=s; t=y",
	    "p=reject sp=quarantine np=none adkim=s aspf=s t=y by=treewalk"
	    " fo=0" },
	{ "v=DMARC1; p=reject; fo= 1 : D:s; ruf=mailto:a@b.example",
	    "p=reject sp=reject np=reject adkim=r aspf=r t=n by=treewalk"
	    " fo=1:d:s" },
	{ "v=DMARC1; p=REJECT; pct=50; adkim=x; rua= mailto:a@b.example ",
	    "p=reject sp=reject np=reject adkim=r aspf=r t=n by=treewalk"
	    " fo=0 error=\"invalid adkim\" rua=\"mailto:a@b.example\"" },
	{ "v=DMARC1; p=reject; sp=x; np=reject; rua=mailto:a@b.example",
	    "p=none sp=none np=none adkim=r aspf=r t=n by=treewalk fo=0"
	    " error=\"invalid sp\" rua=\"mailto:a@b.example\"" },
	{ "v=DMARC1; p=reject; np=; rua=mailto:a@b.example\t,x:y\\",
	    "p=none sp=none np=none adkim=r aspf=r t=n by=treewalk fo=0"
	    " error=\"invalid np\" rua=\"mailto:a@b.example\\x09,x:y"
	    "\\x5c\"" },
};

START_TEST(test_policy_as_it_applied)
{
	m.results.dmarc.record =
	    wax_dmarc_record_parse(arena, wax_exact(policies[_i].record));
	ck_assert(make());
	ck_assert_wax_str_eq(policy_text(),
	    wax_textf(arena, "domain=author.example %s", policies[_i].text).p);
}
END_TEST

START_TEST(test_policy_by_suffix_list)
{
	m.results.dmarc.discovery = WAX_BY_PSL;
	m.results.dmarc.policy_domain = dom("example");
	ck_assert(make());
	ck_assert(wax_str_starts(policy_text(), WAX_STR("domain=example ")));
	ck_assert_int_eq(row.policy.discovery, WAX_BY_PSL);
	ck_assert_wax_str_eq(row.tuple.header_from, "author.example");
}
END_TEST

/* --- what is counted ------------------------------------------------------- */

START_TEST(test_aligned_and_accepted)
{
	sample_set_dmarc(&m, WAX_PASS, WAX_P_NONE);
	m.results.dmarc.spf_aligned = true;
	sample_add_spf_pass(&m, "bounce.author.example");
	ck_assert(make());
	ck_assert(row.is_accepted);
	ck_assert_wax_str_eq(tuple_text(),
	    "ip=192.0.2.66 disposition=none dkim=fail spf=pass"
	    " header_from=author.example"
	    " envelope_from=bounce.author.example"
	    " mailfrom=bounce.author.example,pass");
}
END_TEST

/* A failure is no way to become known, whatever is done with it. */
START_TEST(test_only_aligned_mail_makes_known)
{
	static const enum wax_mode modes[] = { WAX_ENFORCE, WAX_MONITOR };

	for (size_t i = 0; i < 2; i++) {
		m.policy.mode = modes[i];
		sample_set_dmarc(&m, WAX_FAIL, WAX_P_NONE);
		ck_assert(make());
		ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_NONE);
		ck_assert(!row.is_accepted);
		sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
		ck_assert(make());
		ck_assert(row.is_accepted);
	}
}
END_TEST

START_TEST(test_signatures_need_a_name)
{
	struct wax_dkim_signature *one =
	    sample_add_signature(&m, WAX_PERMERROR, "");

	one->selector = WAX_STR("s1");
	one = sample_add_signature(&m, WAX_PERMERROR, "a.example");
	one->selector = WAX_STR("");
	one = sample_add_signature(&m, WAX_POLICY, "b.example");
	one->selector = WAX_STR("s3");
	one->reason = WAX_STR("signature has expired");
	ck_assert(make());
	ck_assert_uint_eq(row.tuple.n_dkim, 1);
	ck_assert_wax_str_eq(row.tuple.dkim[0].domain, "b.example");
	ck_assert_wax_str_eq(row.tuple.dkim[0].selector, "s3");
	ck_assert_int_eq(row.tuple.dkim[0].result, WAX_POLICY);
	ck_assert_wax_str_eq(row.tuple.dkim[0].human, "signature has expired");
}
END_TEST

/* By psl there is an Organizational Domain; where it was not needed, what is
 * below the Author Domain or above it counts for related. */
START_TEST(test_related_signatures)
{
	static const char *const order[] = { "author.example",
		"a.author.example", "x.example", "b.author.example" };
	struct wax_dkim_signature *one;

	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	m.results.dmarc.author_domain = dom("author.example");
	for (size_t i = 0; i < 4; i++) {
		one = sample_add_signature(&m, WAX_PASS, order[3 - i]);
		one->selector = WAX_STR("s");
	}
	for (int known = 0; known < 2; known++) {
		m.results.dmarc.org_domain =
		    dom(known == 0 ? "author.example" : "");
		ck_assert(make());
		ck_assert_wax_str_eq(
		    row.tuple.dkim[0].domain, "author.example");
		ck_assert_wax_str_eq(
		    row.tuple.dkim[1].domain, "b.author.example");
		ck_assert_wax_str_eq(
		    row.tuple.dkim[2].domain, "a.author.example");
		ck_assert_wax_str_eq(row.tuple.dkim[3].domain, "x.example");
	}
	/* The one that made it a pass is aligned, whatever it looks like. */
	m.results.dmarc.dkim_aligned = true;
	m.results.dmarc.aligned_signature = 1;
	ck_assert(make());
	ck_assert_wax_str_eq(row.tuple.dkim[2].domain, "x.example");
}
END_TEST

START_TEST(test_spf_needs_a_domain)
{
	m.results.mailfrom.result = WAX_NONE;
	m.results.mailfrom.domain = dom("");
	ck_assert(make());
	ck_assert(!row.tuple.has_spf);
}
END_TEST

/* A macro may have put a local-part into a name. */
START_TEST(test_spf_reason_tells_no_local_part)
{
	m.results.mailfrom.result = WAX_PERMERROR;
	m.results.mailfrom.reason =
	    WAX_STR("x.spf.author.example, which is included, has no SPF "
	            "record");
	ck_assert(make());
	ck_assert(wax_str_eq(row.tuple.spf_human, m.results.mailfrom.reason));
	m.results.mailfrom.names_by_macro = true;
	ck_assert(make());
	ck_assert_uint_eq(row.tuple.spf_human.n, 0);
	ck_assert_int_eq(row.tuple.spf, WAX_PERMERROR);
}
END_TEST

/* --- reasons --------------------------------------------------------------- */

/* All ways in which a message can come to its action: 0 to N_WAYS - 1. */
struct way {
	unsigned rest;
};

static unsigned
one_of(struct way *way, unsigned n)
{
	unsigned choice = way->rest % n;

	way->rest /= n;
	return choice;
}

#define N_WAYS (3 * 3 * 2 * 2 * 3 * 3 * 2 * 2 * 2 * 2 * 2 * 2)

static void
take_way(unsigned number)
{
	static const enum wax_action actions[] = { WAX_ACCEPT, WAX_QUARANTINE,
		WAX_REJECT };
	static const enum wax_result results[] = { WAX_PASS, WAX_FAIL,
		WAX_PERMERROR };
	static const enum wax_on_reject on_reject[] = { WAX_REJECT_ALWAYS,
		WAX_REJECT_QUARANTINE, WAX_REJECT_CORROBORATED };
	struct way way = { number };
	struct wax_dmarc_result *dmarc = &m.results.dmarc;
	enum wax_dmarc_policy published;

	sample_spoof(&m);
	dmarc->result = results[one_of(&way, 3)];
	published = (enum wax_dmarc_policy)one_of(&way, 3);
	dmarc->published = dmarc->policy = published;
	if (one_of(&way, 2) == 1)
		dmarc->policy = wax_dmarc_downgraded(published);
	dmarc->least = dmarc->most = dmarc->policy;
	dmarc->only_limit = dmarc->limit_hit = dmarc->result == WAX_PERMERROR;
	dmarc->spf_aligned = dmarc->result == WAX_PASS;
	m.policy.mode = one_of(&way, 2) == 0 ? WAX_ENFORCE : WAX_MONITOR;
	m.policy.on_reject = on_reject[one_of(&way, 3)];
	m.policy.on_spf_fail = actions[one_of(&way, 3)];
	m.policy.on_dkim_fail = one_of(&way, 2) == 0 ? WAX_ACCEPT : WAX_REJECT;
	m.policy.on_limit = one_of(&way, 2) == 0 ? WAX_ACCEPT : WAX_QUARANTINE;
	if (one_of(&way, 2) == 1)
		m.results.limit = "max-dns-queries";
	if (one_of(&way, 2) == 1)
		(void)sample_add_signature(&m, WAX_FAIL, "author.example");
	if (one_of(&way, 2) == 1) /* a mediator */
		sample_add_spf_pass(&m, "relay.example");
	if (one_of(&way, 2) == 1) {
		m.policy.on_temperror = WAX_ACCEPT;
		m.results.mailfrom.result = WAX_TEMPERROR;
	}
}

static enum wax_action
action_of(enum wax_disposition disposition)
{
	switch (disposition) {
	case WAX_DISPOSITION_NONE:
	case WAX_DISPOSITION_PASS:
		return WAX_ACCEPT;
	case WAX_DISPOSITION_QUARANTINE:
		return WAX_QUARANTINE;
	case WAX_DISPOSITION_REJECT:
		break;
	}
	return WAX_REJECT;
}

static bool
has_reason(enum wax_override_type type)
{
	for (size_t i = 0; i < row.tuple.n_reasons; i++)
		if (row.tuple.reason[i].type == type)
			return true;
	return false;
}

/*
 * RFC 9990 s3.1.1.9: a reason must be there whenever alignment failed and the
 * action is not the one of the configured policy; and only then.
 */
static bool
is_explained(void)
{
	static const enum wax_action wanted[] = { [WAX_P_NONE] = WAX_ACCEPT,
		[WAX_P_QUARANTINE] = WAX_QUARANTINE,
		[WAX_P_REJECT] = WAX_REJECT };
	const struct wax_dmarc_result *dmarc = &m.results.dmarc;
	enum wax_action action = action_of(row.tuple.disposition);
	bool is_by_policy = action == wanted[dmarc->policy];

	if (dmarc->result == WAX_PASS)
		return row.tuple.n_reasons == 0;
	return has_reason(WAX_OVERRIDE_POLICY_TEST_MODE) ==
	           (dmarc->published != dmarc->policy) &&
	       has_reason(WAX_OVERRIDE_LOCAL_POLICY) == !is_by_policy &&
	       (action == wanted[dmarc->published] || row.tuple.n_reasons > 0);
}

START_TEST(test_reason_wherever_the_action_differs)
{
	unsigned n_rows = 0, n_reasons = 0;

	for (unsigned i = 0; i < N_WAYS; i++) {
		wax_arena_reset(arena);
		take_way(i);
		if (!make())
			continue;
		n_rows++;
		n_reasons += row.tuple.n_reasons > 0;
		if (!is_explained())
			ck_abort_msg("way %u: %s, published %s: %s", i,
			    wax_result_word(m.results.dmarc.result),
			    wax_dmarc_policy_word(m.results.dmarc.published),
			    wax_str_z(arena, tuple_text()));
	}
	/* None of them is told to come again. */
	ck_assert_uint_eq(n_rows, N_WAYS);
	ck_assert_uint_gt(n_reasons, N_WAYS / 4);
	ck_assert_uint_lt(n_reasons, N_WAYS / 4 * 3);
}
END_TEST

/* Two policies could apply, and nobody asked which. */
START_TEST(test_milder_policy_is_a_reason)
{
	sample_set_dmarc(&m, WAX_PERMERROR, WAX_P_REJECT);
	m.results.dmarc.only_limit = m.results.dmarc.limit_hit = true;
	m.results.dmarc.least = WAX_P_NONE;
	m.results.limit = "max-dns-queries";
	ck_assert(make());
	ck_assert(has_reason(WAX_OVERRIDE_LOCAL_POLICY));
	ck_assert_int_eq(row.tuple.disposition, WAX_DISPOSITION_QUARANTINE);
}
END_TEST

/* --- signatures, addresses ------------------------------------------------- */

/* Signatures of a message, d= by their number. */
static void
sign(size_t n, struct wax_dkim_signature (*one)(size_t))
{
	struct wax_dkim_signature *list = wax_alloc(arena, n, sizeof *list);

	for (size_t i = 0; i < n; i++)
		list[i] = one(i);
	m.results.n_dkim = n;
	m.results.dkim = list;
}

static struct wax_dkim_signature
signature(enum wax_result result, const char *sdid, struct wax_str selector)
{
	return (struct wax_dkim_signature){
		.result = result,
		.sdid = dom(sdid),
		.selector = selector,
		.reason = result == WAX_PASS ? WAX_STR("") : WAX_STR("why"),
	};
}

/* Failing, foreign, related and own ones by turns; the own ones last. */
static struct wax_dkim_signature
one_of_150(size_t i)
{
	struct wax_str selector = wax_textf(arena, "s%zu", i);

	if (i >= 140)
		return signature(WAX_PASS, "author.example", selector);
	switch (i % 4) {
	case 0:
		return signature(WAX_FAIL, "author.example", selector);
	case 1:
		return signature(WAX_PASS, "other.example", selector);
	case 2:
		return signature(WAX_PASS, "news.author.example", selector);
	default:
		return signature(WAX_PERMERROR, "other.example", selector);
	}
}

/* RFC 9990 s3.1.3: aligned ones first, and those of a kind in their order. */
START_TEST(test_rc_09_signatures_by_preference)
{
	const struct wax_report_signature *list;

	sample_set_dmarc(&m, WAX_PASS, WAX_P_REJECT);
	m.results.dmarc.dkim_aligned = true;
	m.results.dmarc.aligned_signature = 140;
	sign(150, one_of_150);
	ck_assert(make());
	ck_assert_uint_eq(row.tuple.n_dkim, WAX_REPORT_SIGNATURES_MAX);
	list = row.tuple.dkim;
	for (size_t i = 0; i < 10; i++)
		ck_assert_str_eq(wax_str_z(arena, list[i].selector),
		    wax_str_z(arena, wax_textf(arena, "s%zu", 140 + i)));
	for (size_t i = 10; i < 45; i++) {
		ck_assert_wax_str_eq(list[i].domain, "news.author.example");
		ck_assert_int_eq(list[i].result, WAX_PASS);
	}
	ck_assert_wax_str_eq(list[10].selector, "s2");
	ck_assert_wax_str_eq(list[11].selector, "s6");
	for (size_t i = 45; i < 80; i++) {
		ck_assert_wax_str_eq(list[i].domain, "other.example");
		ck_assert_int_eq(list[i].result, WAX_PASS);
	}
	ck_assert_wax_str_eq(list[80].selector, "s0");
	ck_assert_wax_str_eq(list[81].selector, "s3");
	ck_assert_int_eq(list[81].result, WAX_PERMERROR);
	ck_assert_wax_str_eq(list[81].human, "why");
	/* The line is read again. */
	ck_assert(wax_report_tuple_parse(arena, tuple_text(), &row.tuple));
}
END_TEST

/* A record's rua= of so many octets, the last URI ending there. */
static void
set_rua(size_t n)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "mailto:a@author.example ,");
	while (text.n < n - 40)
		wax_text_addz(&text, "mailto:b@author.example,");
	wax_text_addz(&text, "mailto:");
	while (text.n < n - 2)
		wax_text_addc(&text, 'c');
	wax_text_addz(&text, "@d");
	m.results.dmarc.record.rua = wax_text_str(&text);
	ck_assert_uint_eq(text.n, n);
}

START_TEST(test_rua_is_bounded)
{
	size_t max = WAX_REPORT_RUA_BYTES_MAX;

	set_rua(max);
	ck_assert(make());
	ck_assert(wax_str_eq(row.policy.rua, m.results.dmarc.record.rua));
	set_rua(max + 1);
	ck_assert(make());
	ck_assert(
	    wax_str_ends(row.policy.rua, WAX_STR("mailto:b@author.example")));
	ck_assert(wax_str_starts(m.results.dmarc.record.rua, row.policy.rua));
	ck_assert_uint_gt(row.policy.rua.n, max - 60);
	/* A comma just behind the bound ends a URI that has room. */
	set_rua(max);
	m.results.dmarc.record.rua = wax_textf(arena, "%.*s,mailto:e@f.example",
	    WAX_FMT(m.results.dmarc.record.rua));
	ck_assert(make());
	ck_assert_uint_eq(row.policy.rua.n, max);
	/* Blanks before the comma are no part of it. */
	m.results.dmarc.record.rua =
	    wax_textf(arena, "mailto:a@b.example \t,%0*d", 3000, 1);
	ck_assert(make());
	ck_assert_wax_str_eq(row.policy.rua, "mailto:a@b.example");
	m.results.dmarc.record.rua = wax_textf(arena, "mailto:%03000d@d", 1);
	ck_assert(make());
	ck_assert_uint_eq(row.policy.rua.n, 0);
}
END_TEST

#define N(rows) (int)(sizeof rows / sizeof rows[0])

Suite *
wax_row_suite(void)
{
	Suite *suite = suite_create("row");
	TCase *tcase = tcase_create("row");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_row_of_a_spoof);
	tcase_add_test(tcase, test_no_row_without_outcome);
	tcase_add_test(tcase, test_no_row_for_who_comes_again);
	tcase_add_test(tcase, test_spent_questions_are_a_failure);
	tcase_add_loop_test(
	    tcase, test_no_row_for_reports_to_us, 0, N(recipients));
	tcase_add_test(tcase, test_recipients_not_kept_are_others);
	tcase_add_loop_test(
	    tcase, test_no_row_for_reports_of_ours, 0, N(senders));
	tcase_add_loop_test(tcase, test_policy_as_it_applied, 0, N(policies));
	tcase_add_test(tcase, test_policy_by_suffix_list);
	tcase_add_test(tcase, test_aligned_and_accepted);
	tcase_add_test(tcase, test_only_aligned_mail_makes_known);
	tcase_add_test(tcase, test_signatures_need_a_name);
	tcase_add_test(tcase, test_related_signatures);
	tcase_add_test(tcase, test_spf_needs_a_domain);
	tcase_add_test(tcase, test_spf_reason_tells_no_local_part);
	tcase_add_test(tcase, test_reason_wherever_the_action_differs);
	tcase_add_test(tcase, test_milder_policy_is_a_reason);
	tcase_add_test(tcase, test_rc_09_signatures_by_preference);
	tcase_add_test(tcase, test_rua_is_bounded);
	suite_add_tcase(suite, tcase);
	return suite;
}
