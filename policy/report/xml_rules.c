/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xml_rules.c - what RFC 9990 asks of a report and a schema cannot say.
 *
 * Not here: what only a store of reports could know (that periods do not
 * overlap, that a Report-ID is new).
 */
#include "policy/report/xml_impl.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"

static enum wax_status
refuse(struct wax_arena *arena, const char *what, struct wax_str value,
    const char *wanted, struct wax_err *err)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add_escaped(&text, wax_str_head(value, 40));
	return wax_fail(err, WAX_E_SYNTAX, "%s: \"%.*s\" is not %s", what,
	    WAX_FMT(wax_text_str(&text)), wanted);
}

static enum wax_status
need_text(struct wax_arena *arena, const char *what, struct wax_str value,
    struct wax_err *err)
{
	if (wax_str_trim(value).n > 0)
		return WAX_OK;
	return refuse(arena, what, value, "a text", err);
}

static enum wax_status
need_number(struct wax_arena *arena, const char *what, struct wax_str value,
    unsigned long min, unsigned long max, struct wax_err *err)
{
	unsigned long number;

	if (wax_str_number(value, max, &number) && number >= min)
		return WAX_OK;
	return refuse(arena, what, value, min > 0 ? "a count" : "a time", err);
}

/* IPv4address or IPv6address of RFC 3986 s3.2.2: no brackets, no zone. */
static enum wax_status
need_address(struct wax_arena *arena, struct wax_str value, struct wax_err *err)
{
	struct wax_ip ip;

	if (!wax_str_istarts(value, WAX_STR("IPv6:")) &&
	    wax_ip_parse(value, &ip))
		return WAX_OK;
	return refuse(arena, "source_ip", value, "an address", err);
}

enum wax_status
wax_xml_rules_value(struct wax_arena *arena, enum wax_xml_place place,
    struct wax_str value, struct wax_err *err)
{
	switch ((int)place) {
	case WAX_XML_VERSION: /* RFC 9990 Appendix A */
		if (wax_str_eq(value, WAX_STR("1.0")))
			return WAX_OK;
		return refuse(arena, "version", value, "1.0", err);
	case WAX_XML_ORG_NAME:
		return need_text(arena, "org_name", value, err);
	case WAX_XML_EMAIL:
		return need_text(arena, "email", value, err);
	case WAX_XML_REPORT_ID:
		return need_text(arena, "report_id", value, err);
	case WAX_XML_BEGIN:
		return need_number(
		    arena, "begin", value, 0, WAX_REPORT_TIME_MAX, err);
	case WAX_XML_END:
		return need_number(
		    arena, "end", value, 0, WAX_REPORT_TIME_MAX, err);
	case WAX_XML_DOMAIN:
		return need_text(arena, "domain", value, err);
	case WAX_XML_SOURCE_IP:
		return need_address(arena, value, err);
	case WAX_XML_COUNT:
		return need_number(
		    arena, "count", value, 1, WAX_REPORT_COUNT_MAX, err);
	case WAX_XML_HEADER_FROM:
		return need_text(arena, "header_from", value, err);
	case WAX_XML_DKIM_DOMAIN:
		return need_text(arena, "domain of dkim", value, err);
	case WAX_XML_DKIM_SELECTOR:
		return need_text(arena, "selector", value, err);
	}
	return WAX_OK;
}

static enum wax_disposition
asked_for(enum wax_dmarc_policy policy)
{
	switch (policy) {
	case WAX_P_QUARANTINE:
		return WAX_DISPOSITION_QUARANTINE;
	case WAX_P_REJECT:
		return WAX_DISPOSITION_REJECT;
	case WAX_P_NONE:
		break;
	}
	return WAX_DISPOSITION_NONE;
}

/*
 * Which of p, sp and np applied to the message, the report does not say. So
 * only what none of them asks for is wrong.        RFC 9990 s3.1.6
 */
enum wax_status
wax_xml_rules_record(const struct wax_report_policy *policy,
    const struct wax_report_tuple *tuple, struct wax_err *err)
{
	bool passed = tuple->dkim_aligned || tuple->spf_aligned;
	bool is_asked_for = tuple->disposition == asked_for(policy->p) ||
	                    tuple->disposition == asked_for(policy->sp) ||
	                    tuple->disposition == asked_for(policy->np);
	bool is_enforcing = policy->p != WAX_P_NONE ||
	                    policy->sp != WAX_P_NONE ||
	                    policy->np != WAX_P_NONE;

	if (tuple->disposition == WAX_DISPOSITION_PASS && !passed)
		return wax_fail(err, WAX_E_SYNTAX,
		    "disposition: \"pass\" of a message that did not");
	if (tuple->disposition == WAX_DISPOSITION_PASS && !is_enforcing)
		return wax_fail(err, WAX_E_SYNTAX,
		    "disposition: \"pass\" where the policy is none");
	if (!passed && !is_asked_for && tuple->n_reasons == 0)
		return wax_fail(err, WAX_E_SYNTAX,
		    "disposition: \"%s\" is not what the policy asks for, and "
		    "there is no reason",
		    wax_disposition_word(tuple->disposition));
	return WAX_OK;
}

enum wax_status
wax_xml_rules_report(const struct wax_aggregate *report, struct wax_err *err)
{
	if (report->period.end >= report->period.begin)
		return WAX_OK;
	return wax_fail(
	    err, WAX_E_SYNTAX, "date_range: it ends before it begins");
}
