/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/reports.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

#define DAY_S 86400
#define FIRST_DAY 1790812800L /* 2026-10-01 */

typedef WAX_VEC(struct wax_report_record) record_list;

static struct wax_ip
ip(const char *z)
{
	struct wax_ip out = { .family = WAX_IP_NONE };

	if (!wax_ip_parse(wax_str_of(z), &out))
		abort();
	return out;
}

static struct wax_report_policy
policy_of(const char *domain, enum wax_dmarc_policy p)
{
	return (struct wax_report_policy){
		.domain = wax_str_of(domain),
		.p = p,
		.sp = p,
		.np = p,
		.discovery = WAX_BY_TREEWALK,
		.fo = WAX_STR("0"),
		.rua = WAX_STR("mailto:rua@collector.example"),
	};
}

static struct wax_aggregate *
report_of(struct wax_arena *arena, const char *org, int64_t begin,
    struct wax_report_policy policy, const record_list *records)
{
	struct wax_aggregate *report = WAX_NEW(arena, struct wax_aggregate);

	*report = (struct wax_aggregate){
		.org_name = wax_str_of(org),
		.email = WAX_STR("dmarc-reports@rcpt.example"),
		.report_id = wax_textf(arena, "%08x0123456789abcdef%08x",
		    (unsigned)(begin / DAY_S),
		    (unsigned)(unsigned char)policy.domain.p[0]),
		.generator = WAX_STR("sealwax test"),
		.period = { begin, begin + DAY_S - 1 },
		.policy = policy,
		.n = records->n,
		.record = records->v,
	};
	return report;
}

static struct sample_reports
set_of(struct wax_arena *arena, const char *name, size_t n)
{
	return (struct sample_reports){ name, true, 0,
		wax_alloc(arena, n, sizeof(struct wax_aggregate *)) };
}

struct sample_reports
sample_reports_empty(struct wax_arena *arena)
{
	return set_of(arena, "empty", 1);
}

/* ---- a record ----------------------------------------------------------- */

static struct wax_report_tuple
tuple_of(struct wax_arena *arena, const char *source, const char *from,
    bool spf, bool dkim)
{
	struct wax_report_signature *signature =
	    WAX_NEW(arena, struct wax_report_signature);
	struct wax_report_tuple tuple = {
		.source = ip(source),
		.disposition = WAX_DISPOSITION_NONE,
		.spf_aligned = spf,
		.dkim_aligned = dkim,
		.header_from = wax_str_of(from),
		.envelope_from = wax_str_of(from),
		.has_spf = true,
		.spf_domain = wax_str_of(from),
		.spf = spf ? WAX_PASS : WAX_SOFTFAIL,
	};

	if (!dkim)
		return tuple;
	*signature = (struct wax_report_signature){ wax_str_of(from),
		WAX_STR("s2026"), WAX_PASS, WAX_STR("") };
	tuple.dkim = signature;
	tuple.n_dkim = 1;
	return tuple;
}

static void
refuse(struct wax_report_tuple *tuple, enum wax_disposition disposition)
{
	tuple->disposition = disposition;
}

static void
override(struct wax_arena *arena, struct wax_report_tuple *tuple,
    enum wax_override_type type, const char *comment)
{
	struct wax_report_reason *reason =
	    WAX_NEW(arena, struct wax_report_reason);

	*reason = (struct wax_report_reason){ type, wax_str_of(comment) };
	tuple->reason = reason;
	tuple->n_reasons = 1;
}

struct sample_reports
sample_reports_single(struct wax_arena *arena)
{
	struct sample_reports set = set_of(arena, "single", 1);
	record_list records = { 0 };

	WAX_PUSH(arena, &records,
	    (struct wax_report_record){ 1,
	        tuple_of(arena, "192.0.2.1", "author.example", true, true) });
	set.v[set.n++] =
	    report_of(arena, "Receiver Example", FIRST_DAY - 4 * DAY_S,
	        policy_of("author.example", WAX_P_REJECT), &records);
	return set;
}

/* ---- a month ------------------------------------------------------------ */

/* The same numbers each time. */
static unsigned
next_random(unsigned *state)
{
	*state = *state * 1103515245U + 12345U;
	return *state >> 16 & 0x7fff;
}

static void
add_month_day(struct wax_arena *arena, struct sample_reports *set, int day,
    unsigned *state)
{
	bool is_weekend = (day + 3) % 7 >= 5;
	unsigned volume = is_weekend ? 300 : 2000;
	record_list records = { 0 }, others = { 0 };
	struct wax_report_tuple spoof =
	    tuple_of(arena, "203.0.113.66", "author.example", false, false);
	struct wax_report_tuple list =
	    tuple_of(arena, "2001:db8:7::25", "author.example", false, false);
	struct wax_report_policy policy =
	    policy_of("author.example", WAX_P_REJECT);

	WAX_PUSH(arena, &records,
	    (struct wax_report_record){ volume + next_random(state) % 700,
	        tuple_of(arena, "192.0.2.25", "author.example", true, true) });
	WAX_PUSH(arena, &records,
	    (struct wax_report_record){ volume / 4 + next_random(state) % 90,
	        tuple_of(arena, "2001:db8:25::a53:1", "author.example", true,
	            true) });
	WAX_PUSH(arena, &records,
	    (struct wax_report_record){ 40 + next_random(state) % 60,
	        tuple_of(arena, "198.51.100.17", "news.author.example", false,
	            true) });
	refuse(&spoof, WAX_DISPOSITION_REJECT);
	WAX_PUSH(arena, &records,
	    (struct wax_report_record){
	        next_random(state) % (day == 19 ? 900 : 40) + 1, spoof });
	refuse(&list, WAX_DISPOSITION_QUARANTINE);
	override(arena, &list, WAX_OVERRIDE_LOCAL_POLICY,
	    "reject became quarantine: a mediator relayed it");
	WAX_PUSH(arena, &records,
	    (struct wax_report_record){ next_random(state) % 25 + 1, list });
	policy.sp = policy.np = WAX_P_QUARANTINE;
	for (size_t i = 0; i < records.n - 2; i++)
		records.v[i].tuple.disposition = WAX_DISPOSITION_PASS;
	set->v[set->n++] = report_of(arena, "Receiver Example",
	    FIRST_DAY + day * (int64_t)DAY_S, policy, &records);

	WAX_PUSH(arena, &others,
	    (struct wax_report_record){ 20 + next_random(state) % 80,
	        tuple_of(arena, "192.0.2.25", "second.example", true,
	            day % 5 != 0) });
	WAX_PUSH(arena, &others,
	    (struct wax_report_record){ 1 + next_random(state) % 8,
	        tuple_of(
	            arena, "203.0.113.9", "second.example", false, false) });
	set->v[set->n++] = report_of(arena, "Mailbox Provider Example",
	    FIRST_DAY + day * (int64_t)DAY_S,
	    policy_of("second.example", WAX_P_NONE), &others);
}

struct sample_reports
sample_reports_month(struct wax_arena *arena)
{
	struct sample_reports set = set_of(arena, "month", 64);
	unsigned state = 1;

	for (int day = 0; day < 31; day++)
		if (day != 11) /* a day without reports */
			add_month_day(arena, &set, day, &state);
	return set;
}

/* ---- what strangers can do ---------------------------------------------- */

/* 253 octets in labels of 63. */
static struct wax_str
long_domain(struct wax_arena *arena, char letter)
{
	char *p = wax_alloc(arena, 253, 1);

	memset(p, letter, 253);
	p[63] = p[127] = p[191] = '.';
	return (struct wax_str){ p, 253 };
}

/* U+202E turns what follows around; a NUL, a bell, a C1 control, an octet
 * that is not UTF-8, a zero-width space, marks on one letter. */
#define WORST                                                           \
	"<script>alert(1)</script>\"'&amp;<b>]]>\n\xe2\x80\xaegnp.exe"  \
	"\xe2\x80\x8b\x07\xc2\x9b\xff\xed\xa0\x80 "                     \
	"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d a\xcc\x81\xcc\x82\xcc\x83"    \
	"\xcc\x84\xcc\x85\xcc\x86\xcc\x87\xf3\xa0\x81\x81</td></table>" \
	"<!-- -->{{x}}&#x3c;"

static struct wax_report_signature *
many_signatures(struct wax_arena *arena, size_t n, struct wax_str human)
{
	static const enum wax_result results[] = { WAX_PASS, WAX_FAIL,
		WAX_POLICY, WAX_NEUTRAL, WAX_TEMPERROR, WAX_PERMERROR };
	struct wax_report_signature *v = wax_alloc(arena, n, sizeof *v);

	for (size_t i = 0; i < n; i++)
		v[i] = (struct wax_report_signature){
			wax_textf(arena, "d%zu.signer.example", i % 60),
			wax_textf(arena, "selector-%zu", i), results[i % 6],
			human
		};
	return v;
}

struct sample_reports
sample_reports_hostile(struct wax_arena *arena)
{
	struct sample_reports set = set_of(arena, "hostile", 2);
	record_list records = { 0 };
	struct wax_str worst = { WORST, sizeof WORST - 1 };
	struct wax_report_policy policy = policy_of("", WAX_P_QUARANTINE);
	struct wax_report_signature *signature;
	struct wax_report_tuple one;
	struct wax_aggregate *report;

	policy.domain = long_domain(arena, 'p');
	policy.error = WAX_STR("p is not valid: taken for none");
	policy.strict_dkim = policy.strict_spf = policy.testing = true;
	policy.fo = WAX_STR("1:d:s");
	/* A null reverse-path, an address of IPv6, and all that a message
	 * can bring into a report by itself. */
	one = tuple_of(arena, "2001:db8:ffff:ffff:ffff:ffff:ffff:fffe",
	    "x.example", false, false);
	one.header_from = long_domain(arena, 'f');
	one.envelope_from = WAX_STR("");
	one.spf_domain = long_domain(arena, 's');
	one.spf = WAX_PERMERROR;
	one.spf_human = worst;
	signature = many_signatures(arena, 3, worst);
	signature[0].selector = worst;
	one.dkim = signature;
	one.n_dkim = 3;
	override(arena, &one, WAX_OVERRIDE_OTHER, "<script>&\"'</script>");
	WAX_PUSH(
	    arena, &records, (struct wax_report_record){ 2000000000, one });
	/* The selector of a signature is whatever a sender likes. */
	one = tuple_of(arena, "192.0.2.200", "xn--4ca.example", true, false);
	signature = many_signatures(arena, 2, WAX_STR(""));
	signature[0].selector = worst;
	one.dkim = signature;
	one.n_dkim = 2;
	WAX_PUSH(arena, &records, (struct wax_report_record){ 7, one });
	one = tuple_of(arena, "::", "a.example", true, true);
	one.has_spf = false;
	WAX_PUSH(arena, &records, (struct wax_report_record){ 1, one });
	report = report_of(
	    arena, "Receiver <Example> & Sons", FIRST_DAY, policy, &records);
	report->error = WAX_STR("p is not valid: taken for none");
	set.v[set.n++] = report;
	return set;
}

struct sample_reports
sample_reports_signatures(struct wax_arena *arena)
{
	struct sample_reports set = set_of(arena, "signatures", 1);
	record_list records = { 0 };
	struct wax_report_tuple one =
	    tuple_of(arena, "192.0.2.77", "author.example", false, false);

	one.dkim = many_signatures(arena, WAX_REPORT_SIGNATURES_MAX,
	    WAX_STR("the signature is wrong"));
	one.n_dkim = WAX_REPORT_SIGNATURES_MAX;
	WAX_PUSH(arena, &records, (struct wax_report_record){ 3, one });
	set.v[set.n++] =
	    report_of(arena, "Receiver Example", FIRST_DAY - 3 * DAY_S,
	        policy_of("author.example", WAX_P_NONE), &records);
	return set;
}

struct sample_reports
sample_reports_foreign(struct wax_arena *arena)
{
	static const int64_t begins[] = { INT64_MIN, -1, 0, FIRST_DAY,
		FIRST_DAY + 200 * (int64_t)DAY_S, INT64_MAX };
	struct sample_reports set = set_of(arena, "foreign", 8);
	const struct wax_str worst = { WORST, sizeof WORST - 1 };
	const struct wax_str long_word = {
		memset(wax_alloc(arena, 100000, 1), 'W', 100000), 100000
	};

	set.is_ours = false;
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
		record_list records = { 0 };
		struct wax_report_policy policy =
		    policy_of("x", WAX_P_QUARANTINE);
		struct wax_report_tuple one = tuple_of(
		    arena, "192.0.2.200", "x.example", i % 2 == 0, false);
		struct wax_report_signature *signature;
		struct wax_aggregate *report;

		policy.domain = i % 2 == 0 ? worst : long_word;
		one.header_from = worst;
		one.spf_domain = i % 2 == 0 ? worst : long_word;
		one.source = (struct wax_ip){ .family = WAX_IP_NONE };
		signature = many_signatures(arena, 3, worst);
		signature[0].domain = worst;
		signature[1].selector = long_word;
		one.dkim = signature;
		one.n_dkim = 3;
		override(arena, &one, WAX_OVERRIDE_OTHER, WORST);
		WAX_PUSH(arena, &records,
		    (struct wax_report_record){
		        i == 3 ? 500 : UINT64_MAX / 7 * i, one });
		one.header_from = one.spf_domain = WAX_STR("");
		one.source = ip("2001:db8::1");
		WAX_PUSH(arena, &records,
		    (struct wax_report_record){ i == 3 ? 250 : 0, one });
		report = report_of(arena, "x", FIRST_DAY, policy, &records);
		report->org_name = i == 1 ? WAX_STR("") : worst;
		report->email = report->extra_contact_info = report->generator =
		    worst;
		report->report_id = i % 2 == 0 ? worst : long_word;
		report->error = i % 2 == 0 ? worst : long_word;
		report->period = (struct wax_period){ begins[i], begins[i] };
		set.v[set.n++] = report;
	}
	return set;
}

struct sample_reports
sample_reports_many(struct wax_arena *arena)
{
	struct sample_reports set = set_of(arena, "many", 1);
	record_list records = { 0 };

	for (unsigned i = 0; i < 10000; i++) {
		const char *source =
		    wax_textf(arena, "10.0.%u.%u", i / 256 % 200, i % 256).p;
		const char *from =
		    wax_textf(arena, "d%u.author.example", i % 400).p;

		WAX_PUSH(arena, &records,
		    (struct wax_report_record){ 1 + i % 9,
		        tuple_of(arena, source, from, i % 3 > 0, i % 5 > 1) });
	}
	set.v[set.n++] =
	    report_of(arena, "Receiver Example", FIRST_DAY - 2 * DAY_S,
	        policy_of("author.example", WAX_P_NONE), &records);
	return set;
}

struct sample_reports (*const sample_reports_all[])(struct wax_arena *arena) = {
	sample_reports_empty,
	sample_reports_single,
	sample_reports_month,
	sample_reports_hostile,
	sample_reports_signatures,
	sample_reports_foreign,
	sample_reports_many,
	NULL,
};
