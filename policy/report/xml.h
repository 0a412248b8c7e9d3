/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xml.h - aggregate reports as XML: writing ours, reading anybody's.
 *                                         RFC 9990 s3.1, Appendix A
 *
 * The only file that knows libxml2. Text is written as XML 1.0 allows it:
 * what may not stand there is replaced by U+FFFD, and lengths are cut at
 * character borders. Reading never opens a file, a network or an entity, and
 * takes no document type declaration.
 */
#ifndef WAX_POLICY_REPORT_XML_H
#define WAX_POLICY_REPORT_XML_H

#include "policy/report/aggregate.h"

/*
 * UTF-8, indented, in the RFC's order. Domains are written in lower case and
 * without a local-part, texts cut to WAX_REPORT_TEXT_MAX; a signature without
 * a selector is left out, since RFC 9990 has no place for it. Records beyond
 * WAX_REPORT_WRITE_BYTES_MAX are left out, and the error says how many
 * messages those are.
 */
struct wax_str wax_xml_write(
    struct wax_arena *arena, const struct wax_aggregate *report);

/*
 * Whether a document keeps the schema (policy/report/dmarc-2.0.rng, built
 * in) and the rules that a schema cannot say: version, addresses, counts,
 * periods, at most WAX_REPORT_SIGNATURES_MAX signatures a record.
 */
enum wax_status wax_xml_check(struct wax_str document, struct wax_err *err)
    WAX_MUST_USE;

enum wax_xml_dialect {
	WAX_XML_RFC7489, /* its namespace, or none */
	WAX_XML_RFC9990
};

/*
 * Read a report of either dialect as leniently as its meaning allows: order
 * and unknown elements do not matter, what is missing is empty, what an
 * older dialect calls otherwise is translated ("forwarded" becomes other,
 * with the word as its comment). Text is valid UTF-8, but hostile: shown as
 * text only. WAX_E_SYNTAX: no report. WAX_E_LIMIT: beyond
 * WAX_REPORT_READ_BYTES_MAX, WAX_REPORT_RECORDS_MAX, or nested too deep.
 * Texts of errors are printable.
 */
enum wax_status wax_xml_read(struct wax_arena *arena, struct wax_str document,
    struct wax_aggregate *out, enum wax_xml_dialect *dialect,
    struct wax_err *err) WAX_MUST_USE;

#endif
