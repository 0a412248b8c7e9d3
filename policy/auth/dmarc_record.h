/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_record.h - one DMARC Policy Record.        RFC 9989 s4.7, s4.8
 */
#ifndef WAX_POLICY_AUTH_DMARC_RECORD_H
#define WAX_POLICY_AUTH_DMARC_RECORD_H

#include "policy/base/str.h"

enum wax_dmarc_policy {
	WAX_P_NONE,
	WAX_P_QUARANTINE,
	WAX_P_REJECT
};
enum wax_dmarc_psd {
	WAX_PSD_UNKNOWN,
	WAX_PSD_NO,
	WAX_PSD_YES
};

struct wax_dmarc_record {
	struct wax_str text; /* as published */
	/* Whether the tag is there with a valid value. p, sp, np hold the
	 * published value only then. */
	bool has_p, has_sp, has_np;
	/* sp or np is there, but not valid.        RFC 9989 s4.10.1 */
	bool bad_sp, bad_np;
	enum wax_dmarc_policy p, sp, np;
	enum wax_dmarc_psd psd;
	bool testing;                 /* t=y */
	bool strict_dkim, strict_spf; /* adkim=s, aspf=s */
	struct wax_str fo;            /* "0" if absent or not valid */
	struct wax_str rua, ruf;      /* as published; empty: absent */
	bool has_rua;                 /* the tag is there, valid or not */
	bool rua_has_uri; /* at least one URI of valid syntax, any scheme */
	/* What was wrong, for the report's `error` and for explain; empty:
	 * nothing. Our own words. */
	struct wax_str error;
};

/*
 * Whether a TXT text is a DMARC Policy Record at all: its first tag is v,
 * with the value DMARC1 in that case.                  RFC 9989 s4.7
 */
bool wax_dmarc_record_is(struct wax_str text);

/*
 * Parse one that is. Never fails: bad tags take their defaults. Text of the
 * result points into `text` or lives in the arena.
 */
struct wax_dmarc_record wax_dmarc_record_parse(
    struct wax_arena *arena, struct wax_str text);

/* A URI of rua= or ruf=, without the obsolete limit of size behind "!". */
struct wax_dmarc_uri {
	struct wax_str scheme, rest; /* before and behind the first ":" */
};

/* RFC 9989 s4.7, RFC 3986 s3: blanks at both ends do not count. */
bool wax_dmarc_uri_parse(struct wax_str text, struct wax_dmarc_uri *out)
    WAX_MUST_USE;

const char *wax_dmarc_policy_word(enum wax_dmarc_policy policy);

#endif
