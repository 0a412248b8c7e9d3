/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_record.c - the grammar of a DMARC Policy Record.
 *
 *	record = version *(sep tag) [sep]
 *	sep    = *WSP ";" *WSP
 *	tag    = 1*ALPHA *WSP "=" *WSP 1*value      ; value: printable, no ";"
 *
 * Not the tag-list of DKIM: names are letters only, version comes first, and
 * a piece that is wrong is dropped without the rest.        RFC 9989 s4.8
 * Where the text leaves it open: names of tags are taken in either case, and
 * of several tags with one name the first counts. Whether a record can be
 * used for anything is not decided here: see dmarc.c.
 */
#include "policy/auth/dmarc_record.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"

/* The tags with a meaning; all others are ignored.       RFC 9989 s4.7 */
enum tag {
	TAG_V,
	TAG_P,
	TAG_SP,
	TAG_NP,
	TAG_PSD,
	TAG_T,
	TAG_ADKIM,
	TAG_ASPF,
	TAG_FO,
	TAG_RUA,
	TAG_RUF
};

static const char *const tag_names[] = {
	[TAG_V] = "v",
	[TAG_P] = "p",
	[TAG_SP] = "sp",
	[TAG_NP] = "np",
	[TAG_PSD] = "psd",
	[TAG_T] = "t",
	[TAG_ADKIM] = "adkim",
	[TAG_ASPF] = "aspf",
	[TAG_FO] = "fo",
	[TAG_RUA] = "rua",
	[TAG_RUF] = "ruf",
};

#define N_TAGS (sizeof tag_names / sizeof tag_names[0])

static const char *const policy_words[] = {
	[WAX_P_NONE] = "none",
	[WAX_P_QUARANTINE] = "quarantine",
	[WAX_P_REJECT] = "reject",
};

#define N_POLICIES (sizeof policy_words / sizeof policy_words[0])

const char *
wax_dmarc_policy_word(enum wax_dmarc_policy policy)
{
	WAX_ASSERT((size_t)policy < N_POLICIES);
	return policy_words[policy];
}

static struct wax_str
trim_blanks(struct wax_str s)
{
	while (s.n > 0 && wax_is_blank(s.p[0]))
		s = wax_str_from(s, 1);
	while (s.n > 0 && wax_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Split "name = value"; false if there is no "=". */
static bool
split_tag(struct wax_str piece, struct wax_str *name, struct wax_str *value)
{
	size_t equals = wax_str_find(piece, '=');

	if (equals == piece.n)
		return false;
	*name = trim_blanks(wax_str_head(piece, equals));
	*value = trim_blanks(wax_str_from(piece, equals + 1));
	return true;
}

bool
wax_dmarc_record_is(struct wax_str text)
{
	struct wax_str first, name, value;

	if (text.n > WAX_RECORD_BYTES_MAX)
		return false;
	/* The grammar has no blank before the version. */
	if (text.n == 0 || wax_is_blank(text.p[0]))
		return false;
	first = wax_str_head(text, wax_str_find(text, ';'));
	if (!split_tag(first, &name, &value))
		return false;
	return wax_str_ieq(name, WAX_STR("v")) &&
	       wax_str_eq(value, WAX_STR("DMARC1"));
}

/* Octets that a value may hold; the tab, as lists of URIs may be spaced. */
static bool
value_is_printable(struct wax_str value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((value.p[i] < ' ' || value.p[i] > '~') &&
		    value.p[i] != '\t')
			return false;
	return true;
}

static bool
find_tag(struct wax_str name, enum tag *out)
{
	for (size_t i = 0; i < N_TAGS; i++) {
		if (!wax_str_ieq(name, wax_str_of(tag_names[i])))
			continue;
		*out = (enum tag)i;
		return true;
	}
	return false;
}

static bool
read_policy(struct wax_str value, enum wax_dmarc_policy *out)
{
	for (size_t i = 0; i < N_POLICIES; i++) {
		if (!wax_str_ieq(value, wax_str_of(policy_words[i])))
			continue;
		*out = (enum wax_dmarc_policy)i;
		return true;
	}
	return false;
}

static bool
read_psd(struct wax_str value, enum wax_dmarc_psd *out)
{
	if (wax_str_ieq(value, WAX_STR("y")))
		*out = WAX_PSD_YES;
	else if (wax_str_ieq(value, WAX_STR("n")))
		*out = WAX_PSD_NO;
	else
		return wax_str_ieq(value, WAX_STR("u"));
	return true;
}

/* One of two letters: *out is whether it is the first. */
static bool
read_switch(struct wax_str value, char yes, char no, bool *out)
{
	if (value.n != 1 ||
	    (wax_lower(value.p[0]) != yes && wax_lower(value.p[0]) != no))
		return false;
	*out = wax_lower(value.p[0]) == yes;
	return true;
}

/* A colon list of 0 or 1, d, s; none twice.              RFC 9989 s4.7 */
static bool
read_fo(struct wax_str value, struct wax_str *out)
{
	bool zero_or_one = false, d = false, s = false;
	struct wax_str rest = value, option;

	while (wax_str_cut(&rest, ':', &option)) {
		bool *seen;

		option = trim_blanks(option);
		if (option.n != 1)
			return false;
		if (option.p[0] == '0' || option.p[0] == '1')
			seen = &zero_or_one;
		else if (wax_lower(option.p[0]) == 'd')
			seen = &d;
		else if (wax_lower(option.p[0]) == 's')
			seen = &s;
		else
			return false;
		if (*seen)
			return false;
		*seen = true;
	}
	*out = value;
	return true;
}

static bool
is_hex(char c)
{
	return wax_is_digit(c) || (wax_lower(c) >= 'a' && wax_lower(c) <= 'f');
}

/* What RFC 3986 s2 lets stand in a URI, without "," and "!". */
static bool
uri_rest_is_valid(struct wax_str s)
{
	static const char punctuation[] = "-._~:/?#[]@$&'()*+;=";

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%') {
			if (s.n - i < 3 || !is_hex(s.p[i + 1]) ||
			    !is_hex(s.p[i + 2]))
				return false;
			continue;
		}
		if (!wax_is_alpha(s.p[i]) && !wax_is_digit(s.p[i]) &&
		    wax_str_find(wax_str_of(punctuation), s.p[i]) ==
		        sizeof punctuation - 1)
			return false;
	}
	return s.n > 0;
}

static bool
scheme_is_valid(struct wax_str scheme)
{
	if (scheme.n == 0 || !wax_is_alpha(scheme.p[0]))
		return false;
	for (size_t i = 1; i < scheme.n; i++) {
		char c = scheme.p[i];

		if (!wax_is_alpha(c) && !wax_is_digit(c) && c != '+' &&
		    c != '-' && c != '.')
			return false;
	}
	return true;
}

/* The obsolete limit of size behind "!": digits and a unit, no meaning. */
static bool
size_suffix_is_valid(struct wax_str suffix)
{
	size_t digits = 0;

	while (digits < suffix.n && wax_is_digit(suffix.p[digits]))
		digits++;
	suffix = wax_str_from(suffix, digits);
	if (digits == 0 || suffix.n > 1)
		return false;
	return suffix.n == 0 ||
	       wax_str_find(WAX_STR("kmgt"), wax_lower(suffix.p[0])) < 4;
}

bool
wax_dmarc_uri_parse(struct wax_str text, struct wax_dmarc_uri *out)
{
	struct wax_str uri = trim_blanks(text);
	size_t bang = wax_str_find(uri, '!'), colon;

	if (bang < uri.n && !size_suffix_is_valid(wax_str_from(uri, bang + 1)))
		return false;
	uri = wax_str_head(uri, bang);
	colon = wax_str_find(uri, ':');
	out->scheme = wax_str_head(uri, colon);
	out->rest = wax_str_from(uri, colon + 1);
	return scheme_is_valid(out->scheme) && uri_rest_is_valid(out->rest);
}

/*
 * A URI of any scheme; of a mailto only that it names somebody somewhere.
 * Whether we would send to it is policy/report's business.
 */
static bool
uri_is_valid(struct wax_str text)
{
	struct wax_dmarc_uri uri;
	size_t at;

	if (!wax_dmarc_uri_parse(text, &uri))
		return false;
	if (!wax_str_ieq(uri.scheme, WAX_STR("mailto")))
		return true;
	at = wax_str_find(uri.rest, '@');
	return at > 0 && at + 1 < uri.rest.n;
}

/* Whether the list holds at least one valid URI.       RFC 9989 s4.10.1 */
static bool
list_has_uri(struct wax_str list)
{
	struct wax_str rest = list, uri;

	while (wax_str_cut(&rest, ',', &uri))
		if (uri_is_valid(uri))
			return true;
	return false;
}

/* Take one tag's value into the record; false: not valid, the default holds. */
static bool
take_value(struct wax_dmarc_record *record, enum tag tag, struct wax_str value)
{
	switch (tag) {
	case TAG_V:
		return true;
	case TAG_P:
		return record->has_p = read_policy(value, &record->p);
	case TAG_SP:
		record->has_sp = read_policy(value, &record->sp);
		record->bad_sp = !record->has_sp;
		return record->has_sp;
	case TAG_NP:
		record->has_np = read_policy(value, &record->np);
		record->bad_np = !record->has_np;
		return record->has_np;
	case TAG_PSD:
		return read_psd(value, &record->psd);
	case TAG_T:
		return read_switch(value, 'y', 'n', &record->testing);
	case TAG_ADKIM:
		return read_switch(value, 's', 'r', &record->strict_dkim);
	case TAG_ASPF:
		return read_switch(value, 's', 'r', &record->strict_spf);
	case TAG_FO:
		return read_fo(value, &record->fo);
	case TAG_RUA:
		record->rua = value;
		record->has_rua = true;
		record->rua_has_uri = list_has_uri(value);
		return record->rua_has_uri;
	case TAG_RUF:
		record->ruf = value;
		return list_has_uri(value);
	}
	return false;
}

/* What is wrong with a record, collected once for each tag. */
struct complaints {
	struct wax_text text;
	bool malformed, duplicate[N_TAGS];
};

static void
complain(struct complaints *complaints, const char *what, const char *tag)
{
	if (complaints->text.n > 0)
		wax_text_addz(&complaints->text, ", ");
	wax_text_addf(&complaints->text, "%s%s", what, tag);
}

static void
take_piece(struct wax_dmarc_record *record, struct wax_str piece,
    bool seen[N_TAGS], struct complaints *complaints)
{
	struct wax_str name = { NULL, 0 }, value = { NULL, 0 };
	enum tag tag;

	if (!split_tag(piece, &name, &value)) {
		if (!complaints->malformed)
			complain(complaints, "malformed tag", "");
		complaints->malformed = true;
		return;
	}
	if (!find_tag(name, &tag))
		return;
	if (seen[tag]) {
		if (!complaints->duplicate[tag])
			complain(complaints, "repeated ", tag_names[tag]);
		complaints->duplicate[tag] = true;
		return;
	}
	seen[tag] = true;
	/* An octet that no value may hold leaves nothing of the value. */
	if (!value_is_printable(value))
		value.n = 0;
	if (!take_value(record, tag, value))
		complain(complaints, "invalid ", tag_names[tag]);
}

struct wax_dmarc_record
wax_dmarc_record_parse(struct wax_arena *arena, struct wax_str text)
{
	struct wax_dmarc_record record = {
		.text = text,
		.fo = WAX_STR_INIT("0"),
	};
	struct complaints complaints = { .malformed = false };
	bool seen[N_TAGS] = { false };
	struct wax_str rest = text, piece;

	wax_text_init(&complaints.text, arena);
	while (wax_str_cut(&rest, ';', &piece)) {
		piece = trim_blanks(piece);
		/* A last ";" is good form, and more of them do no harm. */
		if (piece.n > 0)
			take_piece(&record, piece, seen, &complaints);
	}
	if (!seen[TAG_P])
		complain(&complaints, "no ", tag_names[TAG_P]);
	record.error = wax_text_str(&complaints.text);
	return record;
}
