/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xml_impl.h - the parts of xml.h; for policy/report only.
 *
 * xml.c writes, parses and validates: it is the one that knows libxml2.
 * xml_text.c makes text fit for XML, and documents of others fit for a
 * parser; xml_reading.c says what the elements mean; xml_rules.c has what the
 * RFC asks for and a schema cannot say.
 */
#ifndef WAX_POLICY_REPORT_XML_IMPL_H
#define WAX_POLICY_REPORT_XML_IMPL_H

#include "policy/report/xml.h"

#define WAX_XML_NS "urn:ietf:params:xml:ns:dmarc-2.0"
#define WAX_XML_NS_RFC7489 "http://dmarc.org/dmarc-xml/0.1"

/* policy/report/dmarc-2.0.rng; made from it when this is built. */
extern const char wax_xml_schema[];
extern const size_t wax_xml_schema_bytes;

/* ---- xml_text.c ---------------------------------------------------------- */

/*
 * s as one line of text that XML 1.0 allows and a terminal survives: without
 * blanks at its ends, line breaks and tabs as blanks, control characters and
 * what is not UTF-8 as U+FFFD, cut to WAX_REPORT_TEXT_MAX octets at a
 * character. Followed by a NUL. The same again gives the same.
 */
struct wax_str wax_xml_text(struct wax_arena *arena, struct wax_str s);

/* The same of a domain: in lower case, and without a local-part. */
struct wax_str wax_xml_domain(struct wax_arena *arena, struct wax_str s);

/*
 * A stranger's document as UTF-8 that a parser may see: characters replaced
 * as above, Latin-1 converted, and refused if there is a document type
 * declaration in it, or a tag whose attributes would take too long.
 */
enum wax_status wax_xml_prepare(struct wax_arena *arena,
    struct wax_str document, struct wax_str *out, struct wax_err *err)
    WAX_MUST_USE;

/* ---- xml_reading.c ------------------------------------------------------- */

/* What an element is, by its name and those around it. */
enum wax_xml_place {
	WAX_XML_OUTSIDE,
	WAX_XML_UNKNOWN, /* with all that is in it */
	WAX_XML_FEEDBACK,
	WAX_XML_VERSION,
	WAX_XML_METADATA,
	WAX_XML_ORG_NAME,
	WAX_XML_EMAIL,
	WAX_XML_CONTACT,
	WAX_XML_REPORT_ID,
	WAX_XML_DATE_RANGE,
	WAX_XML_BEGIN,
	WAX_XML_END,
	WAX_XML_ERROR,
	WAX_XML_GENERATOR,
	WAX_XML_POLICY,
	WAX_XML_DOMAIN,
	WAX_XML_P,
	WAX_XML_SP,
	WAX_XML_NP,
	WAX_XML_ADKIM,
	WAX_XML_ASPF,
	WAX_XML_DISCOVERY,
	WAX_XML_FO,
	WAX_XML_TESTING,
	WAX_XML_RECORD,
	WAX_XML_ROW,
	WAX_XML_SOURCE_IP,
	WAX_XML_COUNT,
	WAX_XML_EVALUATED,
	WAX_XML_DISPOSITION,
	WAX_XML_DKIM_ALIGNED,
	WAX_XML_SPF_ALIGNED,
	WAX_XML_REASON,
	WAX_XML_REASON_TYPE,
	WAX_XML_REASON_COMMENT,
	WAX_XML_IDENTIFIERS,
	WAX_XML_HEADER_FROM,
	WAX_XML_ENVELOPE_FROM,
	WAX_XML_AUTH_RESULTS,
	WAX_XML_DKIM,
	WAX_XML_DKIM_DOMAIN,
	WAX_XML_DKIM_SELECTOR,
	WAX_XML_DKIM_RESULT,
	WAX_XML_DKIM_HUMAN,
	WAX_XML_SPF,
	WAX_XML_SPF_DOMAIN,
	WAX_XML_SPF_SCOPE,
	WAX_XML_SPF_RESULT,
	WAX_XML_SPF_HUMAN
};

/*
 * A document, element by element. Any of these may fail; then the document
 * is refused, and nothing more is given.
 */
struct wax_xml_reading;

/* `is_strict`: hold it against xml_rules.c, too. What is read lives in the
 * arena. */
struct wax_xml_reading *wax_xml_reading_new(
    struct wax_arena *arena, bool is_strict);
/* `ns` is empty without a namespace; `n_namespaces` are declared here. */
enum wax_status wax_xml_reading_start(struct wax_xml_reading *reading,
    struct wax_str ns, struct wax_str name, size_t n_namespaces,
    struct wax_err *err) WAX_MUST_USE;
void wax_xml_reading_text(struct wax_xml_reading *reading, struct wax_str s);
enum wax_status wax_xml_reading_end(
    struct wax_xml_reading *reading, struct wax_err *err) WAX_MUST_USE;
/* Behind the last element. */
enum wax_status wax_xml_reading_finish(struct wax_xml_reading *reading,
    struct wax_aggregate *out, enum wax_xml_dialect *dialect,
    struct wax_err *err) WAX_MUST_USE;

/* ---- xml_rules.c --------------------------------------------------------- */

/* A value, as it is in the document. */
enum wax_status wax_xml_rules_value(struct wax_arena *arena,
    enum wax_xml_place place, struct wax_str value, struct wax_err *err)
    WAX_MUST_USE;
/* A record, and the policy before it. */
enum wax_status wax_xml_rules_record(const struct wax_report_policy *policy,
    const struct wax_report_tuple *tuple, struct wax_err *err) WAX_MUST_USE;
enum wax_status wax_xml_rules_report(
    const struct wax_aggregate *report, struct wax_err *err) WAX_MUST_USE;

#endif
