/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * row_text.c - the canonical texts of a row.
 *
 *	domain=example.com p=reject sp=none np=none adkim=r aspf=s t=n
 *	    by=treewalk fo=0 error="no p" rua="mailto:a@example.com"
 *	ip=192.0.2.7 disposition=none dkim=fail spf=fail
 *	    reason=local_policy"on-reject" header_from=example.com
 *	    envelope_from=example.com sig=example.com,s1,fail"expired"
 *	    mailfrom=example.com,softfail
 *
 * (on one line each). All items stand in this order; error, rua and quoted
 * texts are left out where they are empty, mailfrom where there is none;
 * reason and sig are repeated. An octet that may not stand for itself is
 * written \xHH, and only such an one: so there is one text for a value, and
 * the reader refuses everything else.
 */
#include "policy/report/row.h"

#include <limits.h>

#include "policy/auth/result.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/mail/domain.h"

/* --- writing --------------------------------------------------------------- */

/* Whether an octet stands for itself: in quotes, or in a bare word. */
static bool
is_plain(char c, bool quoted)
{
	if (c < ' ' || c > '~' || c == '"' || c == '\\')
		return false;
	return quoted || (c != ' ' && c != ',');
}

static void
add_octets(struct wax_text *text, struct wax_str s, bool quoted)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_plain(s.p[i], quoted))
			wax_text_addc(text, s.p[i]);
		else
			wax_text_addf(text, "\\x%02x", (unsigned char)s.p[i]);
	}
}

static void
add_word(struct wax_text *text, const char *before, struct wax_str s)
{
	wax_text_addz(text, before);
	add_octets(text, s, false);
}

/* Nothing at all if it is empty. */
static void
add_quoted(struct wax_text *text, const char *before, struct wax_str s)
{
	if (s.n == 0)
		return;
	wax_text_addf(text, "%s\"", before);
	add_octets(text, s, true);
	wax_text_addc(text, '"');
}

static const char *
discovery_word(enum wax_discovery discovery)
{
	return discovery == WAX_BY_PSL ? "psl" : "treewalk";
}

static const char *
aligned_word(bool is_aligned)
{
	return is_aligned ? "pass" : "fail";
}

struct wax_str
wax_report_policy_format(
    struct wax_arena *arena, const struct wax_report_policy *policy)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	add_word(&text, "domain=", policy->domain);
	wax_text_addf(&text, " p=%s sp=%s np=%s",
	    wax_dmarc_policy_word(policy->p), wax_dmarc_policy_word(policy->sp),
	    wax_dmarc_policy_word(policy->np));
	wax_text_addf(&text, " adkim=%c aspf=%c t=%c by=%s",
	    policy->strict_dkim ? 's' : 'r', policy->strict_spf ? 's' : 'r',
	    policy->testing ? 'y' : 'n', discovery_word(policy->discovery));
	add_word(&text, " fo=", policy->fo);
	add_quoted(&text, " error=", policy->error);
	add_quoted(&text, " rua=", policy->rua);
	return wax_text_str(&text);
}

static void
add_signature(struct wax_text *text, const struct wax_report_signature *one)
{
	add_word(text, " sig=", one->domain);
	add_word(text, ",", one->selector);
	wax_text_addf(text, ",%s", wax_result_word(one->result));
	add_quoted(text, "", one->human);
}

struct wax_str
wax_report_tuple_format(
    struct wax_arena *arena, const struct wax_report_tuple *tuple)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	add_word(&text, "ip=", wax_ip_format(arena, tuple->source));
	wax_text_addf(&text, " disposition=%s dkim=%s spf=%s",
	    wax_disposition_word(tuple->disposition),
	    aligned_word(tuple->dkim_aligned),
	    aligned_word(tuple->spf_aligned));
	for (size_t i = 0; i < tuple->n_reasons; i++) {
		wax_text_addf(&text, " reason=%s",
		    wax_override_word(tuple->reason[i].type));
		add_quoted(&text, "", tuple->reason[i].comment);
	}
	add_word(&text, " header_from=", tuple->header_from);
	add_word(&text, " envelope_from=", tuple->envelope_from);
	for (size_t i = 0; i < tuple->n_dkim; i++)
		add_signature(&text, &tuple->dkim[i]);
	if (tuple->has_spf) {
		add_word(&text, " mailfrom=", tuple->spf_domain);
		wax_text_addf(&text, ",%s", wax_result_word(tuple->spf));
		add_quoted(&text, "", tuple->spf_human);
	}
	return wax_text_str(&text);
}

struct wax_str
wax_report_line_format(
    struct wax_arena *arena, const struct wax_report_row *row)
{
	struct wax_str policy = wax_report_policy_format(arena, &row->policy);
	struct wax_str tuple = wax_report_tuple_format(arena, &row->tuple);

	return wax_textf(arena, "%lld\t%s\t%.*s\t%.*s", (long long)row->time,
	    row->is_accepted ? "accepted" : "-", WAX_FMT(policy),
	    WAX_FMT(tuple));
}

/* --- reading --------------------------------------------------------------- */

struct reader {
	struct wax_arena *arena;
	struct wax_str rest;
};

/* Take a literal, if it is what comes next. */
static bool
take(struct reader *r, const char *literal)
{
	struct wax_str wanted = wax_str_of(literal);

	if (!wax_str_starts(r->rest, wanted))
		return false;
	r->rest = wax_str_from(r->rest, wanted.n);
	return true;
}

static int
hex_digit(char c)
{
	if (wax_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octet that an escape at the front of s stands for; false: there is
 * none, or nobody had to escape it. */
static bool
unescape(struct wax_str s, bool quoted, char *out)
{
	int high, low;

	if (s.n < 4 || s.p[0] != '\\' || s.p[1] != 'x')
		return false;
	high = hex_digit(s.p[2]);
	low = hex_digit(s.p[3]);
	if (high < 0 || low < 0)
		return false;
	*out = (char)(unsigned char)(high * 16 + low);
	return !is_plain(*out, quoted);
}

/* As many octets as there are; only in the arena if any was escaped. */
static struct wax_str
take_octets(struct reader *r, bool quoted)
{
	struct wax_str text = r->rest;
	struct wax_text octets;
	size_t n = 0, n_escaped = 0;
	char c;

	wax_text_init(&octets, r->arena);
	while (n < text.n) {
		if (is_plain(text.p[n], quoted)) {
			n++;
			continue;
		}
		if (!unescape(wax_str_from(text, n), quoted, &c))
			break;
		n_escaped++;
		n += 4;
	}
	r->rest = wax_str_from(text, n);
	text = wax_str_head(text, n);
	if (n_escaped == 0)
		return text;
	while (text.n > 0) {
		bool escaped = unescape(text, quoted, &c);

		wax_text_addc(&octets, escaped ? c : text.p[0]);
		text = wax_str_from(text, escaped ? 4 : 1);
	}
	return wax_text_str(&octets);
}

static bool
take_word(struct reader *r, const char *before, struct wax_str *out)
{
	if (!take(r, before))
		return false;
	*out = take_octets(r, false);
	return true;
}

/* A quoted text, or none; false if it is broken, or empty. */
static bool
take_quoted(struct reader *r, const char *before, struct wax_str *out)
{
	*out = WAX_STR("");
	if (!take(r, before))
		return true;
	if (!take(r, "\""))
		return before[0] == '\0';
	*out = take_octets(r, true);
	return out->n > 0 && take(r, "\"");
}

/* Enumerations by number, so that one function reads them all. */
static const char *
policy_by(size_t i)
{
	return wax_dmarc_policy_word((enum wax_dmarc_policy)i);
}

static const char *
discovery_by(size_t i)
{
	return discovery_word((enum wax_discovery)i);
}

static const char *
disposition_by(size_t i)
{
	return wax_disposition_word((enum wax_disposition)i);
}

static const char *
override_by(size_t i)
{
	return wax_override_word((enum wax_override_type)i);
}

static const char *
result_by(size_t i)
{
	return wax_result_word((enum wax_result)i);
}

#define N_POLICIES (WAX_P_REJECT + 1)
#define N_DISCOVERIES (WAX_BY_PSL + 1)
#define N_DISPOSITIONS (WAX_DISPOSITION_REJECT + 1)
#define N_OVERRIDES (WAX_OVERRIDE_TRUSTED_FORWARDER + 1)
#define N_RESULTS (WAX_PERMERROR + 1)

/* The number of the word that comes next. */
static bool
take_number(struct reader *r, const char *before,
    const char *(*word_by)(size_t), size_t n, size_t *out)
{
	struct wax_str word;

	if (!take_word(r, before, &word))
		return false;
	for (*out = 0; *out < n; ++*out)
		if (wax_str_eq(word, wax_str_of(word_by(*out))))
			return true;
	return false;
}

/* One of two words: whether it is the first. */
static bool
take_switch(struct reader *r, const char *before, const char *yes,
    const char *no, bool *out)
{
	struct wax_str word;

	if (!take_word(r, before, &word))
		return false;
	*out = wax_str_eq(word, wax_str_of(yes));
	return *out || wax_str_eq(word, wax_str_of(no));
}

static bool
take_policy(struct reader *r, const char *before, enum wax_dmarc_policy *out)
{
	size_t number;

	if (!take_number(r, before, policy_by, N_POLICIES, &number))
		return false;
	*out = (enum wax_dmarc_policy)number;
	return true;
}

static bool
take_result(struct reader *r, enum wax_result *out)
{
	size_t number;

	if (!take_number(r, ",", result_by, N_RESULTS, &number))
		return false;
	*out = (enum wax_result)number;
	return true;
}

bool
wax_report_policy_parse(
    struct wax_arena *arena, struct wax_str text, struct wax_report_policy *out)
{
	struct reader r = { arena, text };
	size_t discovery;

	if (!take_word(&r, "domain=", &out->domain) ||
	    !take_policy(&r, " p=", &out->p) ||
	    !take_policy(&r, " sp=", &out->sp) ||
	    !take_policy(&r, " np=", &out->np) ||
	    !take_switch(&r, " adkim=", "s", "r", &out->strict_dkim) ||
	    !take_switch(&r, " aspf=", "s", "r", &out->strict_spf) ||
	    !take_switch(&r, " t=", "y", "n", &out->testing) ||
	    !take_number(&r, " by=", discovery_by, N_DISCOVERIES, &discovery) ||
	    !take_word(&r, " fo=", &out->fo) ||
	    !take_quoted(&r, " error=", &out->error) ||
	    !take_quoted(&r, " rua=", &out->rua))
		return false;
	out->discovery = (enum wax_discovery)discovery;
	return r.rest.n == 0;
}

/* RFC 5952 has one text for an address, so has ours. */
static bool
take_source(struct reader *r, struct wax_ip *out)
{
	struct wax_str word;

	if (!take_word(r, "ip=", &word))
		return false;
	if (!wax_ip_parse(word, out))
		*out = (struct wax_ip){ .family = WAX_IP_NONE };
	return wax_str_eq(word, wax_ip_format(r->arena, *out));
}

static bool
take_reasons(struct reader *r, struct wax_report_tuple *out)
{
	WAX_VEC(struct wax_report_reason) list = { 0 };
	struct wax_report_reason one;
	size_t type;

	while (wax_str_starts(r->rest, WAX_STR(" reason="))) {
		if (!take_number(
		        r, " reason=", override_by, N_OVERRIDES, &type) ||
		    !take_quoted(r, "", &one.comment))
			return false;
		one.type = (enum wax_override_type)type;
		WAX_PUSH(r->arena, &list, one);
	}
	out->n_reasons = list.n;
	out->reason = list.v;
	return true;
}

static bool
take_signatures(struct reader *r, struct wax_report_tuple *out)
{
	WAX_VEC(struct wax_report_signature) list = { 0 };
	struct wax_report_signature one;

	while (take_word(r, " sig=", &one.domain)) {
		if (!take_word(r, ",", &one.selector) ||
		    !take_result(r, &one.result) ||
		    !take_quoted(r, "", &one.human))
			return false;
		WAX_PUSH(r->arena, &list, one);
	}
	out->n_dkim = list.n;
	out->dkim = list.v;
	return list.n <= WAX_REPORT_SIGNATURES_MAX;
}

static bool
take_spf(struct reader *r, struct wax_report_tuple *out)
{
	out->spf_domain = out->spf_human = WAX_STR("");
	out->spf = WAX_NONE;
	out->has_spf = take_word(r, " mailfrom=", &out->spf_domain);
	return !out->has_spf || (take_result(r, &out->spf) &&
	                            take_quoted(r, "", &out->spf_human));
}

bool
wax_report_tuple_parse(
    struct wax_arena *arena, struct wax_str text, struct wax_report_tuple *out)
{
	struct reader r = { arena, text };
	size_t disposition;

	if (!take_source(&r, &out->source) ||
	    !take_number(&r, " disposition=", disposition_by, N_DISPOSITIONS,
	        &disposition) ||
	    !take_switch(&r, " dkim=", "pass", "fail", &out->dkim_aligned) ||
	    !take_switch(&r, " spf=", "pass", "fail", &out->spf_aligned) ||
	    !take_reasons(&r, out) ||
	    !take_word(&r, " header_from=", &out->header_from) ||
	    !take_word(&r, " envelope_from=", &out->envelope_from) ||
	    !take_signatures(&r, out) || !take_spf(&r, out))
		return false;
	out->disposition = (enum wax_disposition)disposition;
	return r.rest.n == 0;
}

/* Seconds since 1970, as we write them. */
static bool
read_time(struct wax_str text, int64_t *out)
{
	unsigned long number;

	if ((text.n > 1 && text.p[0] == '0') ||
	    !wax_str_number(text, LONG_MAX, &number))
		return false;
	*out = (int64_t)number;
	return true;
}

static bool
read_accepted(struct wax_str text, bool *out)
{
	*out = wax_str_eq(text, WAX_STR("accepted"));
	return *out || wax_str_eq(text, WAX_STR("-"));
}

/* The policy's domain is one, written as we write it: it names the report. */
static bool
read_policy(
    struct wax_arena *arena, struct wax_str text, struct wax_str *domain)
{
	struct wax_report_policy policy;
	struct wax_domain parsed;

	if (!wax_report_policy_parse(arena, text, &policy) ||
	    !wax_domain_parse(arena, policy.domain, &parsed))
		return false;
	*domain = policy.domain;
	return wax_str_eq(parsed.text, policy.domain);
}

bool
wax_report_line_parse(
    struct wax_arena *arena, struct wax_str text, struct wax_report_line *out)
{
	struct wax_str rest = text, time, accepted;
	struct wax_report_tuple tuple;

	return wax_str_cut(&rest, '\t', &time) &&
	       wax_str_cut(&rest, '\t', &accepted) &&
	       wax_str_cut(&rest, '\t', &out->policy) &&
	       wax_str_cut(&rest, '\t', &out->tuple) && rest.p == NULL &&
	       read_time(time, &out->time) &&
	       read_accepted(accepted, &out->is_accepted) &&
	       read_policy(arena, out->policy, &out->domain) &&
	       wax_report_tuple_parse(arena, out->tuple, &tuple);
}
