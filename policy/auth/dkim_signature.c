/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/dkim_signature.h"

#include <string.h>

#include "policy/base/base64.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/mail/taglist.h"

/* RFC 6376 s3.5: t= and x= have up to twelve digits, l= up to 76. */
#define TIME_DIGITS_MAX 12
#define LENGTH_DIGITS_MAX 76

struct reader {
	struct wax_arena *arena;
	struct wax_str raw;
	time_t now;
	size_t max_names;
	struct wax_taglist tags;
	struct wax_dkim_tags *out;
};

static bool
refuse(struct reader *r, enum wax_result verdict, const char *reason)
{
	r->out->verdict = verdict;
	r->out->reason = reason;
	return false;
}

static bool
wrong(struct reader *r, const char *reason)
{
	return refuse(r, WAX_PERMERROR, reason);
}

static const struct wax_str *
tag(const struct reader *r, const char *name)
{
	return wax_taglist_get(&r->tags, name);
}

/* --- the names: d=, s=, i= ------------------------------------------------ */

static bool
read_sdid(struct reader *r)
{
	const struct wax_str *d = tag(r, "d");
	struct wax_domain domain;

	if (d == NULL)
		return wrong(r, "d= is missing");
	if (wax_str_ends(*d, WAX_STR(".")) ||
	    !wax_domain_parse(r->arena, *d, &domain))
		return wrong(r, "d= is no domain");
	r->out->sdid = domain;
	if (wax_domain_labels(domain) < 2)
		return wrong(r, "d= has one label only");
	return true;
}

/*
 * The selector is checked as part of the name that will be asked, by the
 * same code as every other name: it may not be all digits as a domain, but
 * may as a label of one.
 */
static bool
read_selector(struct reader *r)
{
	static const char middle[] = "._domainkey.";
	const struct wax_str *s = tag(r, "s");
	struct wax_domain name;
	size_t behind = sizeof middle - 1 + r->out->sdid.text.n;

	if (s == NULL)
		return wrong(r, "s= is missing");
	if (s->n == 0 || !wax_domain_parse(r->arena,
	                     wax_textf(r->arena, "%.*s%s%.*s", WAX_FMT(*s),
	                         middle, WAX_FMT(r->out->sdid.text)),
	                     &name))
		return wrong(r, "s= is no selector");
	r->out->qname = name.text;
	r->out->selector = wax_str_head(name.text, name.text.n - behind);
	return true;
}

static int
hex_digit(char c)
{
	if (wax_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* dkim-quoted-printable, RFC 6376 s2.11: white space is not part of it. */
static bool
unquote_printable(
    struct wax_arena *arena, struct wax_str s, struct wax_str *out)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (wax_is_space(s.p[i]))
			continue;
		if (s.p[i] != '=') {
			wax_text_addc(&text, s.p[i]);
			continue;
		}
		if (s.n - i < 3)
			return false;
		high = hex_digit(s.p[i + 1]);
		low = hex_digit(s.p[i + 2]);
		if (high < 0 || low < 0)
			return false;
		wax_text_addc(&text, (char)(high << 4 | low));
		i += 2;
	}
	*out = wax_text_str(&text);
	return true;
}

/* A dot-atom of ASCII: what may be shown without quotes. */
static bool
is_plain_local_part(struct wax_str s)
{
	static const char specials[] = "!#$%&'*+-/=?^_`{|}~.";

	if (s.n > 64 || wax_str_starts(s, WAX_STR(".")) ||
	    wax_str_ends(s, WAX_STR(".")))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && i > 0 && s.p[i - 1] == '.')
			return false;
		if (!wax_is_alpha(s.p[i]) && !wax_is_digit(s.p[i]) &&
		    (s.p[i] == '\0' || strchr(specials, s.p[i]) == NULL))
			return false;
	}
	return true;
}

static bool
read_auid(struct reader *r)
{
	const struct wax_str *i = tag(r, "i");
	struct wax_str text, local;
	struct wax_domain domain;
	size_t at;

	if (i == NULL) {
		r->out->auid =
		    wax_textf(r->arena, "@%.*s", WAX_FMT(r->out->sdid.text));
		return true;
	}
	if (!unquote_printable(r->arena, *i, &text))
		return wrong(r, "i= is malformed");
	at = wax_str_rfind(text, '@');
	if (at == text.n || wax_str_ends(text, WAX_STR(".")) ||
	    !wax_domain_parse(r->arena, wax_str_from(text, at + 1), &domain))
		return wrong(r, "i= has no domain");
	local = wax_str_head(text, at);
	if (!is_plain_local_part(local))
		local.n = 0;
	r->out->auid = wax_textf(
	    r->arena, "%.*s@%.*s", WAX_FMT(local), WAX_FMT(domain.text));
	if (!wax_domain_is_under(domain, r->out->sdid))
		return wrong(r, "i= is outside d=");
	r->out->auid_is_below = !wax_domain_eq(domain, r->out->sdid);
	return true;
}

/* --- the methods: v=, a=, c=, q= ------------------------------------------ */

static bool
read_version(struct reader *r)
{
	const struct wax_str *v = tag(r, "v");

	if (v == NULL)
		return wrong(r, "v= is missing");
	if (!wax_str_eq(*v, WAX_STR("1")))
		return wrong(r, "v= is not 1");
	return true;
}

static const struct {
	struct wax_str word;
	enum wax_key_type key_type;
} algorithms[] = {
	{ WAX_STR_INIT("rsa-sha256"), WAX_KEY_RSA },
	{ WAX_STR_INIT("ed25519-sha256"), WAX_KEY_ED25519 },
};

static bool
read_algorithm(struct reader *r)
{
	const struct wax_str *a = tag(r, "a");

	if (a == NULL)
		return wrong(r, "a= is missing");
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		if (!wax_str_ieq(*a, algorithms[i].word))
			continue;
		r->out->algorithm = algorithms[i].word;
		r->out->key_type = algorithms[i].key_type;
		return true;
	}
	if (wax_str_ieq(*a, WAX_STR("rsa-sha1"))) {
		r->out->algorithm = WAX_STR("rsa-sha1");
		return wrong(r, "rsa-sha1 is not secure"); /* RFC 8301 s3.1 */
	}
	return refuse(r, WAX_NEUTRAL, "a= is not known");
}

/* One word stands for the header; the body is simple then. */
static bool
read_canon(struct reader *r)
{
	const struct wax_str *c = tag(r, "c");
	struct wax_str rest, word;

	r->out->header_canon = WAX_CANON_SIMPLE;
	r->out->body_canon = WAX_CANON_SIMPLE;
	if (c == NULL)
		return true;
	rest = *c;
	if (!wax_str_cut(&rest, '/', &word) ||
	    !wax_canon_parse(word, &r->out->header_canon) ||
	    (rest.p != NULL && !wax_canon_parse(rest, &r->out->body_canon)))
		return refuse(r, WAX_NEUTRAL, "c= is not known");
	return true;
}

/* RFC 6376 s3.5: unknown ways of asking for the key are ignored. */
static bool
read_query(struct reader *r)
{
	const struct wax_str *q = tag(r, "q");
	struct wax_str rest, word;

	if (q == NULL)
		return true;
	rest = *q;
	while (wax_str_cut(&rest, ':', &word))
		if (wax_str_ieq(wax_str_trim(word), WAX_STR("dns/txt")))
			return true;
	return refuse(r, WAX_NEUTRAL, "q= has no way that is known");
}

/* --- what is signed: h=, l= ----------------------------------------------- */

/* RFC 5322 s3.6.8 without ";", which ends the tag. */
static bool
is_field_name(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

static bool
read_names(struct reader *r)
{
	const struct wax_str *h = tag(r, "h");
	WAX_VEC(struct wax_str) names = { 0 };
	struct wax_str rest, name;
	bool has_from = false;

	if (h == NULL)
		return wrong(r, "h= is missing");
	rest = wax_str_lower(r->arena, *h);
	while (wax_str_cut(&rest, ':', &name)) {
		name = wax_str_trim(name);
		if (!is_field_name(name))
			return wrong(r, "h= is malformed");
		if (names.n == r->max_names) {
			r->out->limit_hit = true;
			return wrong(r, "h= has too many names");
		}
		has_from |= wax_str_eq(name, WAX_STR("from"));
		WAX_PUSH(r->arena, &names, name);
	}
	if (!has_from)
		return wrong(r, "From is not signed"); /* s5.4, s6.1.1 */
	r->out->n_names = names.n;
	r->out->name = names.v;
	return true;
}

/* Digits; what is beyond 64 bits is UINT64_MAX, longer than any body. */
static bool
read_digits(struct wax_str s, size_t max_digits, uint64_t *out)
{
	uint64_t value = 0;

	if (s.n == 0 || s.n > max_digits)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!wax_is_digit(s.p[i]))
			return false;
		if (value > (UINT64_MAX - 9) / 10)
			value = UINT64_MAX;
		else
			value = value * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = value;
	return true;
}

static bool
read_length(struct reader *r)
{
	const struct wax_str *l = tag(r, "l");

	r->out->body_limit = UINT64_MAX;
	if (l == NULL)
		return true;
	if (!read_digits(*l, LENGTH_DIGITS_MAX, &r->out->body_limit))
		return wrong(r, "l= is no number");
	/* UINT64_MAX says that there is no l=. */
	if (r->out->body_limit == UINT64_MAX)
		r->out->body_limit--;
	return true;
}

/* --- b=, bh= -------------------------------------------------------------- */

static bool
read_body_hash(struct reader *r)
{
	const struct wax_str *bh = tag(r, "bh");
	struct wax_str octets;

	if (bh == NULL)
		return wrong(r, "bh= is missing");
	if (!wax_base64_decode(r->arena, *bh, &octets) ||
	    octets.n != WAX_SHA256_BYTES)
		return wrong(r, "bh= is no SHA-256 hash");
	memcpy(r->out->body_hash, octets.p, octets.n);
	return true;
}

/* For the result's header.b, even if the signature has other faults. */
static void
read_b_text(struct reader *r)
{
	const struct wax_str *b = tag(r, "b");
	struct wax_str octets;

	if (b != NULL && wax_base64_decode(r->arena, *b, &octets))
		r->out->b_text = wax_without_space(r->arena, *b);
}

static bool
read_signature(struct reader *r)
{
	const struct wax_str *b = tag(r, "b");

	if (b == NULL)
		return wrong(r, "b= is missing");
	if (!wax_base64_decode(r->arena, *b, &r->out->signature) ||
	    r->out->signature.n == 0)
		return wrong(r, "b= is malformed");
	/* The value points into the field: from behind "=" to the ";". */
	r->out->b_start = (size_t)(b->p - r->raw.p);
	while (r->raw.p[r->out->b_start - 1] != '=')
		r->out->b_start--;
	r->out->b_end =
	    r->out->b_start +
	    wax_str_find(wax_str_from(r->raw, r->out->b_start), ';');
	return true;
}

/* --- t=, x= --------------------------------------------------------------- */

static bool
read_times(struct reader *r)
{
	const struct wax_str *t = tag(r, "t"), *x = tag(r, "x");
	uint64_t signed_at = 0, expires = 0;
	uint64_t now = r->now > 0 ? (uint64_t)r->now : 0;

	if (t != NULL && !read_digits(*t, TIME_DIGITS_MAX, &signed_at))
		return wrong(r, "t= is no time");
	if (x != NULL && !read_digits(*x, TIME_DIGITS_MAX, &expires))
		return wrong(r, "x= is no time");
	if (t != NULL && x != NULL && expires <= signed_at)
		return wrong(r, "x= is not behind t=");
	if (x != NULL && expires < now)
		return refuse(r, WAX_POLICY, "signature has expired");
	if (t != NULL && signed_at > now + WAX_DKIM_CLOCK_DRIFT)
		return refuse(r, WAX_POLICY, "signature is of the future");
	return true;
}

/* --- the whole ------------------------------------------------------------ */

/*
 * RFC 6376 s3.2: names of tags differ by case, and unknown tags are ignored.
 * libopendkim 2.11 folds case, and the last of "h" and "H" wins: what looks
 * like a known tag in other letters is there to be read differently by
 * different readers.
 */
static bool
no_tag_in_disguise(struct reader *r)
{
	static const char *const known[] = { "v", "a", "b", "bh", "c", "d", "h",
		"i", "l", "q", "s", "t", "x", "z" };

	for (size_t i = 0; i < r->tags.n; i++)
		for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
			struct wax_str name = wax_str_of(known[k]);

			if (wax_str_ieq(r->tags.tag[i].name, name) &&
			    !wax_str_eq(r->tags.tag[i].name, name))
				return wrong(r, "a tag is in capital letters");
		}
	return true;
}

static bool
is_printable_text(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!wax_is_space(s.p[i]) && (s.p[i] < ' ' || s.p[i] > '~'))
			return false;
	return true;
}

/* Other tags whose name ends in b: libopendkim would blank them, too. */
static bool
only_b_ends_in_b(const struct wax_taglist *tags)
{
	for (size_t i = 0; i < tags->n; i++)
		if (tags->tag[i].name.n > 1 &&
		    wax_str_ends(tags->tag[i].name, WAX_STR("b")))
			return false;
	return true;
}

static bool
time_is_plain(const struct wax_str *value)
{
	uint64_t time;

	return value == NULL ||
	       (read_digits(*value, TIME_DIGITS_MAX, &time) &&
	           time >= UINT64_C(1000000000) && time < UINT64_C(2500000000));
}

/*
 * What libopendkim 2.11 reads as RFC 6376 has it. Beyond: U-labels; lists of
 * more than 4,095 octets, which it cuts; i= of more than 256; "b =", which it
 * does not blank; other signatures as signed fields (they are not shown to
 * it); fields of 64 kB; and times that its clock would judge.
 */
static bool
is_plain(const struct reader *r)
{
	const struct wax_str *i = tag(r, "i"), *h = tag(r, "h");
	const struct wax_dkim_tags *out = r->out;

	if (!is_printable_text(r->raw) || r->raw.n > 32000 ||
	    (h != NULL && h->n > 4000) || (i != NULL && i->n > 200))
		return false;
	if (!only_b_ends_in_b(&r->tags) || !time_is_plain(tag(r, "t")) ||
	    !time_is_plain(tag(r, "x")))
		return false;
	if (out->body_limit != UINT64_MAX && out->body_limit > INT64_MAX)
		return false;
	for (size_t n = 0; n < out->n_names; n++)
		if (wax_str_eq(out->name[n], WAX_STR("dkim-signature")))
			return false;
	/* "b=", nothing between the two. */
	return out->b_start >= 2 && r->raw.p[out->b_start - 2] == 'b';
}

static bool
read_all(struct reader *r)
{
	if (!wax_taglist_parse(r->arena, r->raw, &r->tags))
		return wrong(r, "tag list is malformed");
	read_b_text(r);
	/* Names first, so that a faulty signature is listed under its own. */
	return no_tag_in_disguise(r) && read_sdid(r) && read_selector(r) &&
	       read_auid(r) && read_version(r) && read_algorithm(r) &&
	       read_canon(r) && read_query(r) && read_names(r) &&
	       read_length(r) && read_body_hash(r) && read_signature(r) &&
	       read_times(r);
}

struct wax_dkim_tags
wax_dkim_tags_parse(
    struct wax_arena *arena, struct wax_str raw, time_t now, size_t max_names)
{
	struct wax_dkim_tags out = { .verdict = WAX_NONE };
	struct reader r = { .arena = arena,
		.raw = raw,
		.now = now,
		.max_names = max_names,
		.out = &out };

	if (read_all(&r))
		out.is_plain = is_plain(&r);
	return out;
}
