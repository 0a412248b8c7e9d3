/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xml.c - libxml2: writing a report, parsing one, holding one against the
 * schema.
 *
 * What we read is parsed by callbacks: no tree of a stranger's document is
 * ever made, and memory is that of what is kept. The schema is applied to a
 * document that was read before, record by record.
 */
#include "policy/report/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/relaxng.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/abnf.h"
#include "policy/report/xml_impl.h"

#define SCRATCH ((size_t)32 * 1024)

/* Out of memory ends the process, here as in an arena. */
static void *
made(void *handle)
{
	if (handle == NULL)
		abort();
	return handle;
}

static const xmlChar *
xml_of(const char *z)
{
	return (const xmlChar *)z;
}

/* ---- writing ------------------------------------------------------------- */

struct writing {
	xmlTextWriterPtr writer;
	struct wax_arena *scratch;
};

/* Writing into memory fails for lack of it only. */
static void
done(int status)
{
	if (status < 0)
		abort();
}

static void
open_element(const struct writing *writing, const char *name)
{
	done(xmlTextWriterStartElement(writing->writer, xml_of(name)));
}

static void
close_element(const struct writing *writing)
{
	done(xmlTextWriterEndElement(writing->writer));
}

static void
put_word(const struct writing *writing, const char *name, const char *word)
{
	done(xmlTextWriterWriteElement(
	    writing->writer, xml_of(name), xml_of(word)));
}

static void
put_text(const struct writing *writing, const char *name, struct wax_str text)
{
	put_word(writing, name, wax_xml_text(writing->scratch, text).p);
}

static void
put_domain(const struct writing *writing, const char *name, struct wax_str text)
{
	put_word(writing, name, wax_xml_domain(writing->scratch, text).p);
}

static void
put_text_if(
    const struct writing *writing, const char *name, struct wax_str text)
{
	if (wax_xml_text(writing->scratch, text).n > 0)
		put_text(writing, name, text);
}

static void
put_time(const struct writing *writing, const char *name, int64_t time)
{
	put_word(writing, name,
	    wax_textf(writing->scratch, "%lld", (long long)time).p);
}

static void
put_count(const struct writing *writing, const char *name, uint64_t number)
{
	put_word(writing, name,
	    wax_textf(writing->scratch, "%llu", (unsigned long long)number).p);
}

/* What is wrong with the report or the Domain Owner's record (the former says
 * the latter, too), and how many messages did not fit into it. */
static struct wax_str
error_of(struct wax_arena *arena, const struct wax_aggregate *report,
    uint64_t n_left_out)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add(
	    &text, report->error.n > 0 ? report->error : report->policy.error);
	if (n_left_out > 0)
		wax_text_addf(&text,
		    "%sthe report is full: %llu messages are not listed",
		    text.n > 0 ? "; " : "", (unsigned long long)n_left_out);
	return wax_text_str(&text);
}

static void
put_metadata(const struct writing *writing, const struct wax_aggregate *report,
    uint64_t n_left_out)
{
	open_element(writing, "report_metadata");
	put_text(writing, "org_name", report->org_name);
	put_text(writing, "email", report->email);
	put_text_if(writing, "extra_contact_info", report->extra_contact_info);
	put_text(writing, "report_id", report->report_id);
	open_element(writing, "date_range");
	put_time(writing, "begin", report->period.begin);
	put_time(writing, "end", report->period.end);
	close_element(writing);
	put_text_if(
	    writing, "error", error_of(writing->scratch, report, n_left_out));
	put_text_if(writing, "generator", report->generator);
	close_element(writing);
}

static void
put_policy(
    const struct writing *writing, const struct wax_report_policy *policy)
{
	open_element(writing, "policy_published");
	put_domain(writing, "domain", policy->domain);
	put_word(writing, "p", wax_dmarc_policy_word(policy->p));
	put_word(writing, "sp", wax_dmarc_policy_word(policy->sp));
	put_word(writing, "np", wax_dmarc_policy_word(policy->np));
	put_word(writing, "adkim", policy->strict_dkim ? "s" : "r");
	put_word(writing, "aspf", policy->strict_spf ? "s" : "r");
	put_word(writing, "discovery_method",
	    policy->discovery == WAX_BY_PSL ? "psl" : "treewalk");
	put_text_if(writing, "fo", policy->fo);
	put_word(writing, "testing", policy->testing ? "y" : "n");
	close_element(writing);
}

static void
put_row(const struct writing *writing, const struct wax_report_record *record)
{
	const struct wax_report_tuple *tuple = &record->tuple;

	open_element(writing, "row");
	put_text(writing, "source_ip",
	    wax_ip_format(writing->scratch, tuple->source));
	put_count(writing, "count", record->count);
	open_element(writing, "policy_evaluated");
	put_word(
	    writing, "disposition", wax_disposition_word(tuple->disposition));
	put_word(writing, "dkim", tuple->dkim_aligned ? "pass" : "fail");
	put_word(writing, "spf", tuple->spf_aligned ? "pass" : "fail");
	for (size_t i = 0; i < tuple->n_reasons; i++) {
		open_element(writing, "reason");
		put_word(
		    writing, "type", wax_override_word(tuple->reason[i].type));
		put_text_if(writing, "comment", tuple->reason[i].comment);
		close_element(writing);
	}
	close_element(writing);
	close_element(writing);
}

static void
put_signature(
    const struct writing *writing, const struct wax_report_signature *signature)
{
	/* RFC 9990 has no dkim without a selector, and no softfail. */
	if (wax_xml_domain(writing->scratch, signature->domain).n == 0 ||
	    wax_xml_text(writing->scratch, signature->selector).n == 0)
		return;
	open_element(writing, "dkim");
	put_domain(writing, "domain", signature->domain);
	put_text(writing, "selector", signature->selector);
	put_word(writing, "result",
	    wax_result_word(signature->result == WAX_SOFTFAIL
	                        ? WAX_FAIL
	                        : signature->result));
	put_text_if(writing, "human_result", signature->human);
	close_element(writing);
}

static void
put_record(
    const struct writing *writing, const struct wax_report_record *record)
{
	const struct wax_report_tuple *tuple = &record->tuple;

	open_element(writing, "record");
	put_row(writing, record);
	open_element(writing, "identifiers");
	put_domain(writing, "header_from", tuple->header_from);
	put_domain(writing, "envelope_from", tuple->envelope_from);
	close_element(writing);
	open_element(writing, "auth_results");
	for (size_t i = 0; i < tuple->n_dkim; i++)
		put_signature(writing, &tuple->dkim[i]);
	if (tuple->has_spf) {
		open_element(writing, "spf");
		put_domain(writing, "domain", tuple->spf_domain);
		put_word(writing, "scope", "mfrom");
		put_word(writing, "result", wax_result_word(tuple->spf));
		put_text_if(writing, "human_result", tuple->spf_human);
		close_element(writing);
	}
	close_element(writing);
	close_element(writing);
}

/*
 * The first n records, until there are more octets than `max_bytes`. How many
 * of them there was room for.
 */
static size_t
put_report(xmlBufferPtr buffer, const struct wax_aggregate *report,
    uint64_t n_left_out, size_t n, size_t max_bytes)
{
	struct writing writing = {
		.writer = made(xmlNewTextWriterMemory(buffer, 0)),
		.scratch = wax_arena_new("xml", SCRATCH),
	};
	size_t i = 0;

	done(xmlTextWriterSetIndent(writing.writer, 1));
	done(xmlTextWriterSetIndentString(writing.writer, xml_of("  ")));
	done(xmlTextWriterStartDocument(writing.writer, NULL, "UTF-8", NULL));
	open_element(&writing, "feedback");
	done(xmlTextWriterWriteAttribute(
	    writing.writer, xml_of("xmlns"), xml_of(WAX_XML_NS)));
	put_word(&writing, "version", "1.0");
	put_metadata(&writing, report, n_left_out);
	put_policy(&writing, &report->policy);
	for (; i < n; i++) {
		put_record(&writing, &report->record[i]);
		wax_arena_reset(writing.scratch);
		done(xmlTextWriterFlush(writing.writer));
		if ((size_t)xmlBufferLength(buffer) > max_bytes)
			break;
	}
	close_element(&writing);
	done(xmlTextWriterEndDocument(writing.writer));
	xmlFreeTextWriter(writing.writer);
	wax_arena_free(writing.scratch);
	return i;
}

struct wax_str
wax_xml_write(struct wax_arena *arena, const struct wax_aggregate *report)
{
	xmlBufferPtr buffer;
	uint64_t n_left_out = 0;
	struct wax_str out;
	size_t n;

	xmlInitParser();
	buffer = made(xmlBufferCreateSize(SCRATCH));
	xmlBufferSetAllocationScheme(buffer, XML_BUFFER_ALLOC_DOUBLEIT);
	n = put_report(
	    buffer, report, 0, report->n, WAX_REPORT_WRITE_BYTES_MAX);
	if (n < report->n) {
		/* Again, without what did not fit, but saying so. */
		for (size_t i = n; i < report->n; i++)
			n_left_out += report->record[i].count;
		xmlBufferEmpty(buffer);
		(void)put_report(buffer, report, n_left_out, n, SIZE_MAX);
	}
	out = wax_str_dup(
	    arena, (struct wax_str){ (const char *)xmlBufferContent(buffer),
	               (size_t)xmlBufferLength(buffer) });
	xmlBufferFree(buffer);
	return out;
}

/* ---- parsing ------------------------------------------------------------- */

struct parsing {
	xmlParserCtxtPtr parser;
	struct wax_xml_reading *reading;
	struct wax_arena *arena;
	bool is_strict;
	/* The first failure; nothing is done after it. */
	enum wax_status status;
	struct wax_err err;
	unsigned long line; /* of the failure; 0: of the whole document */
};

static struct wax_str
str_of(const xmlChar *z)
{
	return wax_str_of((const char *)z);
}

/* The first thing that went wrong is what is told. */
static void
take_failure(struct parsing *parsing, enum wax_status status)
{
	if (status == WAX_OK || parsing->status != WAX_OK)
		return;
	parsing->status = status;
	parsing->line = (unsigned long)xmlSAX2GetLineNumber(parsing->parser);
	xmlStopParser(parsing->parser);
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *ns, int n_namespaces, const xmlChar **namespaces,
    int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct parsing *parsing = arg;

	(void)prefix;
	(void)namespaces;
	(void)n_attributes;
	(void)n_defaulted;
	(void)attributes;
	if (parsing->status == WAX_OK)
		take_failure(parsing,
		    wax_xml_reading_start(parsing->reading, str_of(ns),
		        str_of(name), (size_t)n_namespaces, &parsing->err));
}

static void
on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns)
{
	struct parsing *parsing = arg;

	(void)name;
	(void)prefix;
	(void)ns;
	if (parsing->status == WAX_OK)
		take_failure(parsing,
		    wax_xml_reading_end(parsing->reading, &parsing->err));
}

static void
on_text(void *arg, const xmlChar *text, int n)
{
	struct parsing *parsing = arg;

	if (parsing->status == WAX_OK)
		wax_xml_reading_text(parsing->reading,
		    (struct wax_str){ (const char *)text, (size_t)n });
}

/* wax_xml_prepare() has seen it before; this is the second lock. */
static void
on_doctype(void *arg, const xmlChar *name, const xmlChar *external_id,
    const xmlChar *system_id)
{
	struct parsing *parsing = arg;

	(void)name;
	(void)external_id;
	(void)system_id;
	take_failure(parsing,
	    wax_fail(&parsing->err, WAX_E_SYNTAX,
	        "it has a document type declaration, which is not read"));
}

/* What the library says: one line, printable. */
static enum wax_status
said(struct wax_arena *arena, const xmlError *error, struct wax_err *err)
{
	struct wax_text text;

	/* Also the bound of the parser's dictionary of names. */
	if (error->code == XML_ERR_NO_MEMORY)
		return wax_fail(err, WAX_E_LIMIT, "it takes too much memory");
	wax_text_init(&text, arena);
	wax_text_add_escaped(
	    &text, wax_str_head(wax_str_trim(wax_str_of(error->message)), 160));
	return wax_fail(
	    err, WAX_E_SYNTAX, "%.*s", WAX_FMT(wax_text_str(&text)));
}

static void
on_error(void *arg, xmlErrorPtr error)
{
	struct parsing *parsing = arg;

	if (error->level < (parsing->is_strict ? XML_ERR_ERROR : XML_ERR_FATAL))
		return;
	take_failure(parsing, said(parsing->arena, error, &parsing->err));
}

static void
parse(struct parsing *parsing, struct wax_str document)
{
	static const xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_doctype,
		.externalSubset = on_doctype,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.serror = on_error,
	};
	xmlParserCtxtPtr parser;

	xmlInitParser();
	parser = made(xmlCreateMemoryParserCtxt(document.p, (int)document.n));
	parsing->parser = parser;
	(void)xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	/* Its dictionary of names is slow when it is large. */
	(void)xmlDictSetLimit(parser->dict, WAX_REPORT_NAMES_BYTES_MAX);
	*parser->sax = handler;
	parser->userData = parsing;
	(void)xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
	(void)xmlParseDocument(parser); /* on_error() heard of it */
	if (!parser->wellFormed && parsing->status == WAX_OK)
		parsing->status = wax_fail(
		    &parsing->err, WAX_E_SYNTAX, "it is no well-formed XML");
	xmlFreeParserCtxt(parser);
	xmlResetLastError();
}

/* `arena` gets what is read, `scratch` everything else. */
static enum wax_status
read_into(struct wax_arena *arena, struct wax_arena *scratch,
    struct wax_str document, bool is_strict, struct wax_aggregate *out,
    enum wax_xml_dialect *dialect, struct wax_err *err)
{
	struct parsing parsing = {
		.reading = wax_xml_reading_new(arena, is_strict),
		.arena = scratch,
		.is_strict = is_strict,
	};

	if (document.n == 0)
		return wax_fail(err, WAX_E_SYNTAX, "it is empty");
	parse(&parsing, document);
	if (parsing.status == WAX_OK)
		parsing.status = wax_xml_reading_finish(
		    parsing.reading, out, dialect, &parsing.err);
	if (parsing.status != WAX_OK && parsing.line > 0)
		return wax_fail(err, parsing.status, "line %lu: %s",
		    parsing.line, parsing.err.text);
	if (parsing.status != WAX_OK)
		return wax_fail(err, parsing.status, "%s", parsing.err.text);
	return WAX_OK;
}

enum wax_status
wax_xml_read(struct wax_arena *arena, struct wax_str document,
    struct wax_aggregate *out, enum wax_xml_dialect *dialect,
    struct wax_err *err)
{
	struct wax_arena *scratch = wax_arena_new("xml", SCRATCH);
	enum wax_status status =
	    wax_xml_prepare(scratch, document, &document, err);

	if (status == WAX_OK)
		status = read_into(
		    arena, scratch, document, false, out, dialect, err);
	wax_arena_free(scratch);
	return status;
}

/* ---- the schema ---------------------------------------------------------- */

struct validating {
	struct wax_arena *arena;
	enum wax_status status; /* of the first thing that is wrong */
	struct wax_err err;
};

static void
on_invalid(void *arg, xmlErrorPtr error)
{
	struct validating *validating = arg;
	struct wax_err err;

	if (validating->status != WAX_OK || error->level < XML_ERR_ERROR)
		return;
	validating->status = said(validating->arena, error, &err);
	(void)wax_fail(&validating->err, validating->status, "line %d: %s",
	    error->line, err.text);
}

/* The schema is ours: that it can be read is promised. */
static xmlRelaxNGPtr
schema_of(struct validating *validating)
{
	xmlRelaxNGParserCtxtPtr parser = made(xmlRelaxNGNewMemParserCtxt(
	    wax_xml_schema, (int)wax_xml_schema_bytes));
	xmlRelaxNGPtr schema;

	xmlRelaxNGSetParserStructuredErrors(parser, on_invalid, validating);
	schema = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);
	WAX_ASSERT(schema != NULL && validating->status == WAX_OK);
	return schema;
}

static enum wax_status
validate(struct wax_arena *arena, struct wax_str document, struct wax_err *err)
{
	struct validating validating = { .arena = arena };
	xmlRelaxNGPtr schema = schema_of(&validating);
	xmlTextReaderPtr reader =
	    made(xmlReaderForMemory(document.p, (int)document.n, NULL, "UTF-8",
	        XML_PARSE_NONET | XML_PARSE_IGNORE_ENC));
	int more = 1;

	xmlTextReaderSetStructuredErrorHandler(reader, on_invalid, &validating);
	if (xmlTextReaderRelaxNGSetSchema(reader, schema) != 0)
		abort();
	while (more == 1 && validating.status == WAX_OK)
		more = xmlTextReaderRead(reader);
	if (validating.status == WAX_OK &&
	    (more != 0 || xmlTextReaderIsValid(reader) != 1))
		validating.status = wax_fail(&validating.err, WAX_E_SYNTAX,
		    "it does not keep the schema");
	xmlFreeTextReader(reader);
	xmlRelaxNGFree(schema);
	xmlResetLastError();
	if (validating.status != WAX_OK)
		return wax_fail(
		    err, validating.status, "%s", validating.err.text);
	return WAX_OK;
}

enum wax_status
wax_xml_check(struct wax_str document, struct wax_err *err)
{
	struct wax_arena *scratch = wax_arena_new("xml", SCRATCH);
	struct wax_str prepared = WAX_STR("");
	enum wax_status status =
	    wax_xml_prepare(scratch, document, &prepared, err);
	struct wax_aggregate report;
	enum wax_xml_dialect dialect;

	/* Nothing in it needed to be repaired. */
	if (status == WAX_OK && !wax_str_starts(document, prepared))
		status = wax_fail(err, WAX_E_SYNTAX,
		    "it has characters that are not allowed in it");
	if (status == WAX_OK)
		status = validate(scratch, prepared, err);
	if (status == WAX_OK)
		status = read_into(
		    scratch, scratch, prepared, true, &report, &dialect, err);
	wax_arena_free(scratch);
	return status;
}
