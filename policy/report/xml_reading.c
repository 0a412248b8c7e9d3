/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xml_reading.c - what the elements of a report mean, in either dialect.
 *
 * Elements are known by their name and the element around them, in whatever
 * order they come. What is in another namespace is somebody's extension,
 * whatever its name.                                RFC 9990 s3.2
 */
#include "policy/report/xml_impl.h"

#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

/* So much of a text is kept before it is cut as wax_xml_text() does. */
#define RAW_TEXT_MAX ((size_t)4 * WAX_REPORT_TEXT_MAX)

struct wax_xml_reading {
	struct wax_arena *arena;
	bool is_strict;
	/* The elements that are open, and the namespaces declared by each. */
	size_t depth;
	enum wax_xml_place place[WAX_REPORT_DEPTH_MAX];
	size_t n_namespaces[WAX_REPORT_DEPTH_MAX];
	size_t namespaces;
	/* The text since the last tag. */
	char text[RAW_TEXT_MAX];
	size_t text_n;
	struct wax_str ns; /* of the root */
	bool has_report, has_sp, has_np, has_discovery;
	bool has_new_words; /* that RFC 7489 does not know */
	struct wax_aggregate report;
	WAX_VEC(struct wax_report_record) records;
	/* The record, reason, signature and SPF result that are open. */
	struct wax_report_record record;
	WAX_VEC(struct wax_report_reason) reasons;
	WAX_VEC(struct wax_report_signature) signatures;
	struct wax_str reason_word;
	struct wax_report_reason reason;
	struct wax_report_signature signature;
	struct {
		struct wax_str domain, human;
		enum wax_result result;
		bool is_helo;
	} spf;
	bool spf_is_helo; /* the one that the record has */
};

static const struct child {
	enum wax_xml_place parent;
	const char *name;
	enum wax_xml_place place;
} children[] = {
	{ WAX_XML_OUTSIDE, "feedback", WAX_XML_FEEDBACK },
	{ WAX_XML_FEEDBACK, "record", WAX_XML_RECORD },
	{ WAX_XML_FEEDBACK, "version", WAX_XML_VERSION },
	{ WAX_XML_FEEDBACK, "report_metadata", WAX_XML_METADATA },
	{ WAX_XML_FEEDBACK, "policy_published", WAX_XML_POLICY },
	{ WAX_XML_METADATA, "org_name", WAX_XML_ORG_NAME },
	{ WAX_XML_METADATA, "email", WAX_XML_EMAIL },
	{ WAX_XML_METADATA, "extra_contact_info", WAX_XML_CONTACT },
	{ WAX_XML_METADATA, "report_id", WAX_XML_REPORT_ID },
	{ WAX_XML_METADATA, "date_range", WAX_XML_DATE_RANGE },
	{ WAX_XML_METADATA, "error", WAX_XML_ERROR },
	{ WAX_XML_METADATA, "generator", WAX_XML_GENERATOR },
	{ WAX_XML_DATE_RANGE, "begin", WAX_XML_BEGIN },
	{ WAX_XML_DATE_RANGE, "end", WAX_XML_END },
	{ WAX_XML_POLICY, "domain", WAX_XML_DOMAIN },
	{ WAX_XML_POLICY, "p", WAX_XML_P },
	{ WAX_XML_POLICY, "sp", WAX_XML_SP },
	{ WAX_XML_POLICY, "np", WAX_XML_NP },
	{ WAX_XML_POLICY, "adkim", WAX_XML_ADKIM },
	{ WAX_XML_POLICY, "aspf", WAX_XML_ASPF },
	{ WAX_XML_POLICY, "discovery_method", WAX_XML_DISCOVERY },
	{ WAX_XML_POLICY, "fo", WAX_XML_FO },
	{ WAX_XML_POLICY, "testing", WAX_XML_TESTING },
	{ WAX_XML_RECORD, "row", WAX_XML_ROW },
	{ WAX_XML_RECORD, "identifiers", WAX_XML_IDENTIFIERS },
	/* of drafts before RFC 7489; some never changed it */
	{ WAX_XML_RECORD, "identities", WAX_XML_IDENTIFIERS },
	{ WAX_XML_RECORD, "auth_results", WAX_XML_AUTH_RESULTS },
	{ WAX_XML_ROW, "source_ip", WAX_XML_SOURCE_IP },
	{ WAX_XML_ROW, "count", WAX_XML_COUNT },
	{ WAX_XML_ROW, "policy_evaluated", WAX_XML_EVALUATED },
	{ WAX_XML_EVALUATED, "disposition", WAX_XML_DISPOSITION },
	{ WAX_XML_EVALUATED, "dkim", WAX_XML_DKIM_ALIGNED },
	{ WAX_XML_EVALUATED, "spf", WAX_XML_SPF_ALIGNED },
	{ WAX_XML_EVALUATED, "reason", WAX_XML_REASON },
	{ WAX_XML_REASON, "type", WAX_XML_REASON_TYPE },
	{ WAX_XML_REASON, "comment", WAX_XML_REASON_COMMENT },
	{ WAX_XML_IDENTIFIERS, "header_from", WAX_XML_HEADER_FROM },
	{ WAX_XML_IDENTIFIERS, "envelope_from", WAX_XML_ENVELOPE_FROM },
	{ WAX_XML_AUTH_RESULTS, "dkim", WAX_XML_DKIM },
	{ WAX_XML_AUTH_RESULTS, "spf", WAX_XML_SPF },
	{ WAX_XML_DKIM, "domain", WAX_XML_DKIM_DOMAIN },
	{ WAX_XML_DKIM, "selector", WAX_XML_DKIM_SELECTOR },
	{ WAX_XML_DKIM, "result", WAX_XML_DKIM_RESULT },
	{ WAX_XML_DKIM, "human_result", WAX_XML_DKIM_HUMAN },
	{ WAX_XML_SPF, "domain", WAX_XML_SPF_DOMAIN },
	{ WAX_XML_SPF, "scope", WAX_XML_SPF_SCOPE },
	{ WAX_XML_SPF, "result", WAX_XML_SPF_RESULT },
	{ WAX_XML_SPF, "human_result", WAX_XML_SPF_HUMAN },
};

struct wax_xml_reading *
wax_xml_reading_new(struct wax_arena *arena, bool is_strict)
{
	struct wax_xml_reading *reading =
	    WAX_NEW(arena, struct wax_xml_reading);

	reading->arena = arena;
	reading->is_strict = is_strict;
	return reading;
}

static enum wax_xml_place
current(const struct wax_xml_reading *reading)
{
	return reading->depth > 0 ? reading->place[reading->depth - 1]
	                          : WAX_XML_OUTSIDE;
}

/* ---- what begins --------------------------------------------------------- */

static enum wax_xml_place
place_of(const struct wax_xml_reading *reading, struct wax_str ns,
    struct wax_str name)
{
	enum wax_xml_place parent = current(reading);

	if (parent == WAX_XML_UNKNOWN)
		return WAX_XML_UNKNOWN;
	if (parent != WAX_XML_OUTSIDE && ns.n > 0 &&
	    !wax_str_eq(ns, reading->ns) &&
	    !wax_str_eq(ns, WAX_STR(WAX_XML_NS)) &&
	    !wax_str_eq(ns, WAX_STR(WAX_XML_NS_RFC7489)))
		return WAX_XML_UNKNOWN;
	for (size_t i = 0; i < sizeof children / sizeof children[0]; i++)
		if (children[i].parent == parent &&
		    wax_str_eq(name, wax_str_of(children[i].name)))
			return children[i].place;
	return WAX_XML_UNKNOWN;
}

static enum wax_status
begin_report(struct wax_xml_reading *reading, enum wax_xml_place place,
    struct wax_str ns, struct wax_str name, struct wax_err *err)
{
	struct wax_text text;

	if (place == WAX_XML_FEEDBACK) {
		reading->ns = wax_str_dup(reading->arena, ns);
		reading->has_report = true;
		return WAX_OK;
	}
	wax_text_init(&text, reading->arena);
	wax_text_add_escaped(&text, wax_str_head(name, 40));
	return wax_fail(err, WAX_E_SYNTAX,
	    "it is no aggregate report: it begins with <%.*s>",
	    WAX_FMT(wax_text_str(&text)));
}

/* What the element collects is forgotten of the one before. */
static enum wax_status
begin(struct wax_xml_reading *reading, enum wax_xml_place place,
    struct wax_err *err)
{
	if (place == WAX_XML_RECORD) {
		if (reading->records.n == WAX_REPORT_RECORDS_MAX)
			return wax_fail(err, WAX_E_LIMIT,
			    "it has more than %d records",
			    WAX_REPORT_RECORDS_MAX);
		reading->record = (struct wax_report_record){ 0 };
		reading->reasons.n = 0;
		reading->signatures.n = 0;
		reading->spf_is_helo = false;
	}
	if (place == WAX_XML_REASON) {
		reading->reason =
		    (struct wax_report_reason){ .type = WAX_OVERRIDE_OTHER };
		reading->reason_word = WAX_STR("");
	}
	if (place == WAX_XML_DKIM)
		reading->signature = (struct wax_report_signature){ 0 };
	if (place == WAX_XML_SPF) {
		reading->spf.domain = WAX_STR("");
		reading->spf.human = WAX_STR("");
		reading->spf.result = WAX_NONE;
		reading->spf.is_helo = false;
	}
	return WAX_OK;
}

enum wax_status
wax_xml_reading_start(struct wax_xml_reading *reading, struct wax_str ns,
    struct wax_str name, size_t n_namespaces, struct wax_err *err)
{
	enum wax_xml_place place = place_of(reading, ns, name);
	enum wax_status status = WAX_OK;

	if (reading->depth == WAX_REPORT_DEPTH_MAX)
		return wax_fail(err, WAX_E_LIMIT,
		    "elements are nested deeper than %d", WAX_REPORT_DEPTH_MAX);
	/* Each name is looked up among all of them. */
	if (n_namespaces > WAX_REPORT_NAMESPACES_MAX - reading->namespaces)
		return wax_fail(err, WAX_E_LIMIT, "more than %d namespaces",
		    WAX_REPORT_NAMESPACES_MAX);
	if (reading->is_strict && reading->depth > 0 && n_namespaces > 0)
		return wax_fail(err, WAX_E_SYNTAX,
		    "a namespace is declared below the first element");
	if (reading->depth == 0)
		status = begin_report(reading, place, ns, name, err);
	else
		status = begin(reading, place, err);
	if (status != WAX_OK)
		return status;
	reading->place[reading->depth] = place;
	reading->n_namespaces[reading->depth] = n_namespaces;
	reading->namespaces += n_namespaces;
	reading->depth++;
	reading->text_n = 0;
	return WAX_OK;
}

void
wax_xml_reading_text(struct wax_xml_reading *reading, struct wax_str s)
{
	/* Any amount of blanks may be in front. */
	if (reading->text_n == 0 && !reading->is_strict)
		while (s.n > 0 && wax_is_space(s.p[0]))
			s = wax_str_from(s, 1);
	s = wax_str_head(s, RAW_TEXT_MAX - reading->text_n);
	if (s.n > 0)
		memcpy(reading->text + reading->text_n, s.p, s.n);
	reading->text_n += s.n;
}

/* ---- values -------------------------------------------------------------- */

/* Missing is 0. */
static enum wax_status
take_number(struct wax_xml_reading *reading, struct wax_str raw,
    const char *what, unsigned long max, unsigned long *out,
    struct wax_err *err)
{
	struct wax_text text;

	raw = wax_str_trim(raw);
	*out = 0;
	if (raw.n == 0 || wax_str_number(raw, max, out))
		return WAX_OK;
	wax_text_init(&text, reading->arena);
	wax_text_add_escaped(&text, wax_str_head(raw, 40));
	return wax_fail(err, WAX_E_SYNTAX,
	    "%s: \"%.*s\" is no number from 0 to %lu", what,
	    WAX_FMT(wax_text_str(&text)), max);
}

static enum wax_status
take_time(struct wax_xml_reading *reading, struct wax_str raw, const char *what,
    int64_t *out, struct wax_err *err)
{
	unsigned long number;
	enum wax_status status =
	    take_number(reading, raw, what, WAX_REPORT_TIME_MAX, &number, err);

	*out = (int64_t)number;
	return status;
}

static enum wax_status
take_count(
    struct wax_xml_reading *reading, struct wax_str raw, struct wax_err *err)
{
	unsigned long number;
	enum wax_status status = take_number(
	    reading, raw, "count", WAX_REPORT_COUNT_MAX, &number, err);

	reading->record.count = number;
	return status;
}

static bool
is_word(struct wax_str raw, const char *word)
{
	return wax_str_ieq(wax_str_trim(raw), wax_str_of(word));
}

static bool
take_policy(struct wax_str raw, enum wax_dmarc_policy *out)
{
	for (int i = WAX_P_NONE; i <= WAX_P_REJECT; i++) {
		if (!is_word(
		        raw, wax_dmarc_policy_word((enum wax_dmarc_policy)i)))
			continue;
		*out = (enum wax_dmarc_policy)i;
		return true;
	}
	return false;
}

static void
take_disposition(struct wax_xml_reading *reading, struct wax_str raw)
{
	for (int i = WAX_DISPOSITION_NONE; i <= WAX_DISPOSITION_REJECT; i++)
		if (is_word(raw, wax_disposition_word((enum wax_disposition)i)))
			reading->record.tuple.disposition =
			    (enum wax_disposition)i;
	if (reading->record.tuple.disposition == WAX_DISPOSITION_PASS)
		reading->has_new_words = true;
}

/* What we do not know, RFC 7489's forwarded and sampled_out among it, is
 * "other", and the word is kept. */
static void
take_reason_type(struct wax_xml_reading *reading, struct wax_str raw)
{
	for (int i = WAX_OVERRIDE_LOCAL_POLICY;
	     i <= WAX_OVERRIDE_TRUSTED_FORWARDER; i++) {
		if (!is_word(raw, wax_override_word((enum wax_override_type)i)))
			continue;
		reading->reason.type = (enum wax_override_type)i;
		reading->reason_word = WAX_STR("");
		if (i == WAX_OVERRIDE_POLICY_TEST_MODE)
			reading->has_new_words = true;
		return;
	}
	reading->reason.type = WAX_OVERRIDE_OTHER;
	reading->reason_word = wax_xml_text(reading->arena, raw);
}

/* Also the words that others use, and used. */
static enum wax_result
result_of(struct wax_str raw)
{
	enum wax_result result;

	if (wax_result_parse(wax_str_trim(raw), &result))
		return result;
	if (is_word(raw, "hardfail"))
		return WAX_FAIL;
	if (is_word(raw, "error"))
		return WAX_TEMPERROR;
	if (is_word(raw, "unknown")) /* RFC 4408's permerror, in its drafts */
		return WAX_PERMERROR;
	return WAX_NONE;
}

static enum wax_result
dkim_result_of(struct wax_str raw)
{
	enum wax_result result = result_of(raw);

	return result == WAX_SOFTFAIL ? WAX_FAIL : result;
}

/* Something of an address, whatever stands around it. */
static struct wax_ip
address_of(struct wax_str raw)
{
	struct wax_ip ip = { .family = WAX_IP_NONE };

	raw = wax_str_trim(raw);
	if (raw.n > 2 && raw.p[0] == '[' && raw.p[raw.n - 1] == ']')
		raw = wax_str_head(wax_str_from(raw, 1), raw.n - 2);
	if (!wax_ip_parse(raw, &ip))
		ip.family = WAX_IP_NONE;
	return ip;
}

static void
add_error(struct wax_xml_reading *reading, struct wax_str raw)
{
	struct wax_aggregate *report = &reading->report;
	struct wax_str text;

	/* RFC 7489 allows any number of them. */
	if (report->error.n >= WAX_REPORT_TEXT_MAX - sizeof "; ")
		return;
	text = wax_xml_text(reading->arena, raw);
	if (report->error.n > 0 && text.n > 0)
		text = wax_xml_text(
		    reading->arena, wax_textf(reading->arena, "%.*s; %.*s",
		                        WAX_FMT(report->error), WAX_FMT(text)));
	if (text.n > 0)
		report->error = text;
}

/* Values of report_metadata and policy_published. */
static enum wax_status
take_head(struct wax_xml_reading *reading, enum wax_xml_place place,
    struct wax_str raw, struct wax_err *err)
{
	struct wax_aggregate *report = &reading->report;
	struct wax_report_policy *policy = &report->policy;
	struct wax_arena *arena = reading->arena;

	switch ((int)place) {
	case WAX_XML_ORG_NAME:
		report->org_name = wax_xml_text(arena, raw);
		break;
	case WAX_XML_EMAIL:
		report->email = wax_xml_text(arena, raw);
		break;
	case WAX_XML_CONTACT:
		report->extra_contact_info = wax_xml_text(arena, raw);
		break;
	case WAX_XML_REPORT_ID:
		report->report_id = wax_xml_text(arena, raw);
		break;
	case WAX_XML_BEGIN:
		return take_time(
		    reading, raw, "begin", &report->period.begin, err);
	case WAX_XML_END:
		return take_time(reading, raw, "end", &report->period.end, err);
	case WAX_XML_ERROR:
		add_error(reading, raw);
		break;
	case WAX_XML_GENERATOR:
		report->generator = wax_xml_text(arena, raw);
		reading->has_new_words = true;
		break;
	case WAX_XML_DOMAIN:
		policy->domain = wax_xml_domain(arena, raw);
		break;
	case WAX_XML_P:
		(void)take_policy(raw, &policy->p); /* or none */
		break;
	case WAX_XML_SP:
		reading->has_sp = take_policy(raw, &policy->sp);
		break;
	case WAX_XML_NP:
		reading->has_np = take_policy(raw, &policy->np);
		reading->has_new_words = true;
		break;
	case WAX_XML_ADKIM:
		policy->strict_dkim = is_word(raw, "s");
		break;
	case WAX_XML_ASPF:
		policy->strict_spf = is_word(raw, "s");
		break;
	case WAX_XML_DISCOVERY:
		policy->discovery =
		    is_word(raw, "psl") ? WAX_BY_PSL : WAX_BY_TREEWALK;
		reading->has_discovery = true;
		reading->has_new_words = true;
		break;
	case WAX_XML_FO:
		policy->fo = wax_xml_text(arena, raw);
		break;
	case WAX_XML_TESTING:
		policy->testing = is_word(raw, "y");
		reading->has_new_words = true;
		break;
	}
	return WAX_OK;
}

/* Values of a record. */
static enum wax_status
take_of_record(struct wax_xml_reading *reading, enum wax_xml_place place,
    struct wax_str raw, struct wax_err *err)
{
	struct wax_report_tuple *tuple = &reading->record.tuple;
	struct wax_arena *arena = reading->arena;

	switch ((int)place) {
	case WAX_XML_SOURCE_IP:
		tuple->source = address_of(raw);
		break;
	case WAX_XML_COUNT:
		return take_count(reading, raw, err);
	case WAX_XML_DISPOSITION:
		take_disposition(reading, raw);
		break;
	case WAX_XML_DKIM_ALIGNED:
		tuple->dkim_aligned = is_word(raw, "pass");
		break;
	case WAX_XML_SPF_ALIGNED:
		tuple->spf_aligned = is_word(raw, "pass");
		break;
	case WAX_XML_REASON_TYPE:
		take_reason_type(reading, raw);
		break;
	case WAX_XML_REASON_COMMENT:
		reading->reason.comment = wax_xml_text(arena, raw);
		break;
	case WAX_XML_HEADER_FROM:
		tuple->header_from = wax_xml_domain(arena, raw);
		break;
	case WAX_XML_ENVELOPE_FROM:
		tuple->envelope_from = wax_xml_domain(arena, raw);
		break;
	case WAX_XML_DKIM_DOMAIN:
		reading->signature.domain = wax_xml_domain(arena, raw);
		break;
	case WAX_XML_DKIM_SELECTOR:
		reading->signature.selector = wax_xml_text(arena, raw);
		break;
	case WAX_XML_DKIM_RESULT:
		reading->signature.result = dkim_result_of(raw);
		break;
	case WAX_XML_DKIM_HUMAN:
		reading->signature.human = wax_xml_text(arena, raw);
		break;
	case WAX_XML_SPF_DOMAIN:
		reading->spf.domain = wax_xml_domain(arena, raw);
		break;
	case WAX_XML_SPF_SCOPE:
		reading->spf.is_helo = is_word(raw, "helo");
		break;
	case WAX_XML_SPF_RESULT:
		reading->spf.result = result_of(raw);
		break;
	case WAX_XML_SPF_HUMAN:
		reading->spf.human = wax_xml_text(arena, raw);
		reading->has_new_words = true;
		break;
	}
	return WAX_OK;
}

/* ---- what ends ----------------------------------------------------------- */

static void
end_reason(struct wax_xml_reading *reading)
{
	struct wax_report_reason reason = reading->reason;
	struct wax_str word = reading->reason_word;

	if (reading->reasons.n == WAX_REPORT_REASONS_MAX)
		return;
	if (word.n > 0 && reason.comment.n > 0)
		reason.comment = wax_xml_text(reading->arena,
		    wax_textf(reading->arena, "%.*s: %.*s", WAX_FMT(word),
		        WAX_FMT(reason.comment)));
	else if (word.n > 0)
		reason.comment = word;
	WAX_PUSH(reading->arena, &reading->reasons, reason);
}

static enum wax_status
end_signature(struct wax_xml_reading *reading, struct wax_err *err)
{
	if (reading->signatures.n < WAX_REPORT_SIGNATURES_MAX) {
		/* "There was no signature" is said by none of them. */
		if (reading->signature.domain.n > 0)
			WAX_PUSH(reading->arena, &reading->signatures,
			    reading->signature);
		return WAX_OK;
	}
	if (!reading->is_strict)
		return WAX_OK;
	return wax_fail(err, WAX_E_SYNTAX, "a record has more than %d dkim",
	    WAX_REPORT_SIGNATURES_MAX);
}

/* RFC 7489 has HELO beside MAIL FROM; what counts is the latter. */
static void
end_spf(struct wax_xml_reading *reading)
{
	struct wax_report_tuple *tuple = &reading->record.tuple;

	if (tuple->has_spf && (!reading->spf_is_helo || reading->spf.is_helo))
		return;
	tuple->has_spf = true;
	tuple->spf_domain = reading->spf.domain;
	tuple->spf = reading->spf.result;
	tuple->spf_human = reading->spf.human;
	reading->spf_is_helo = reading->spf.is_helo;
}

/* An array of exactly its size, that stays as it is. */
static void *
settled(struct wax_arena *arena, const void *v, size_t n, size_t size)
{
	void *copy;

	if (n == 0)
		return NULL;
	copy = wax_alloc(arena, n, size);
	memcpy(copy, v, n * size);
	return copy;
}

static enum wax_status
end_record(struct wax_xml_reading *reading, struct wax_err *err)
{
	struct wax_report_tuple *tuple = &reading->record.tuple;
	struct wax_arena *arena = reading->arena;

	tuple->n_reasons = reading->reasons.n;
	tuple->reason = settled(arena, reading->reasons.v, reading->reasons.n,
	    sizeof *reading->reasons.v);
	tuple->n_dkim = reading->signatures.n;
	tuple->dkim = settled(arena, reading->signatures.v,
	    reading->signatures.n, sizeof *reading->signatures.v);
	WAX_PUSH(arena, &reading->records, reading->record);
	if (!reading->is_strict)
		return WAX_OK;
	return wax_xml_rules_record(&reading->report.policy, tuple, err);
}

/* What was not said is what the record of the Domain Owner means then.
 *                                                    RFC 9989 s4.7 */
static void
end_policy(struct wax_xml_reading *reading)
{
	struct wax_report_policy *policy = &reading->report.policy;

	if (!reading->has_sp)
		policy->sp = policy->p;
	if (!reading->has_np)
		policy->np = policy->sp;
}

enum wax_status
wax_xml_reading_end(struct wax_xml_reading *reading, struct wax_err *err)
{
	enum wax_xml_place place = current(reading);
	struct wax_str raw = { reading->text, reading->text_n };
	enum wax_status status = WAX_OK;

	WAX_ASSERT(reading->depth > 0);
	reading->depth--;
	reading->namespaces -= reading->n_namespaces[reading->depth];
	if (reading->is_strict)
		status = wax_xml_rules_value(reading->arena, place, raw, err);
	if (status == WAX_OK)
		status = take_head(reading, place, raw, err);
	if (status == WAX_OK)
		status = take_of_record(reading, place, raw, err);
	reading->text_n = 0;
	if (status != WAX_OK)
		return status;
	if (place == WAX_XML_POLICY)
		end_policy(reading);
	if (place == WAX_XML_REASON)
		end_reason(reading);
	if (place == WAX_XML_DKIM)
		return end_signature(reading, err);
	if (place == WAX_XML_SPF)
		end_spf(reading);
	if (place == WAX_XML_RECORD)
		return end_record(reading, err);
	return WAX_OK;
}

enum wax_status
wax_xml_reading_finish(struct wax_xml_reading *reading,
    struct wax_aggregate *out, enum wax_xml_dialect *dialect,
    struct wax_err *err)
{
	struct wax_aggregate *report = &reading->report;

	if (!reading->has_report)
		return wax_fail(err, WAX_E_SYNTAX, "it is no aggregate report");
	*dialect = WAX_XML_RFC7489;
	if (wax_str_eq(reading->ns, WAX_STR(WAX_XML_NS)))
		*dialect = WAX_XML_RFC9990;
	/* Many leave the namespace out; few name one that is of neither. */
	if (reading->has_new_words &&
	    !wax_str_eq(reading->ns, WAX_STR(WAX_XML_NS_RFC7489)))
		*dialect = WAX_XML_RFC9990;
	if (!reading->has_discovery)
		report->policy.discovery =
		    *dialect == WAX_XML_RFC7489 ? WAX_BY_PSL : WAX_BY_TREEWALK;
	report->n = reading->records.n;
	report->record = reading->records.v;
	if (reading->is_strict) {
		enum wax_status status = wax_xml_rules_report(report, err);

		if (status != WAX_OK)
			return status;
	}
	*out = *report;
	return WAX_OK;
}
