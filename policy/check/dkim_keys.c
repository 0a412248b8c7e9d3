/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/dkim_keys.h"

#include "policy/base/limits.h"
#include "policy/mail/taglist.h"

/* Bits that a key should have: RFC 8301 s3.2. */
#define RSA_BITS_GOOD 2048
#define NO_RECORD WAX_STR("")

/* Of signing programs, providers and manuals. */
const char *const wax_common_selectors[] = { "default", "dkim", "mail", "mx",
	"smtp", "email", "key1", "k1", "k2", "s1", "s2", "selector1",
	"selector2", "google", "fm1", "protonmail", "zoho" };
const size_t wax_n_common_selectors =
    sizeof wax_common_selectors / sizeof *wax_common_selectors;

struct keys {
	struct wax_findings *findings;
	struct wax_resolver *resolver;
	struct wax_domain domain;
	wax_deadline deadline;
	size_t n_unknown_guesses;
	WAX_VEC(struct wax_dkim_key) list;
};

static struct wax_str
qname_of(const struct keys *keys, struct wax_str selector)
{
	return wax_textf(keys->findings->arena, "%.*s._domainkey.%.*s",
	    WAX_FMT(selector), WAX_FMT(keys->domain.text));
}

static const struct wax_answer *
look_up(const struct keys *keys, struct wax_str qname)
{
	return wax_dns_lookup(keys->resolver, keys->findings->arena, qname,
	    WAX_RR_TXT, keys->deadline);
}

static struct wax_str
shown(const struct keys *keys, struct wax_str s)
{
	struct wax_text text;

	wax_text_init(&text, keys->findings->arena);
	wax_text_add_escaped(&text, wax_str_head(s, WAX_SPF_TERM_SHOWN_MAX));
	return wax_text_str(&text);
}

/* As a record of the type it says it is. */
static struct wax_keyrec
read_record(struct wax_arena *arena, struct wax_str text)
{
	struct wax_keyrec rsa = wax_keyrec_parse(arena, text, WAX_KEY_RSA), ed;

	if (rsa.fault != WAX_KEY_OTHER_TYPE)
		return rsa;
	ed = wax_keyrec_parse(arena, text, WAX_KEY_ED25519);
	return ed.fault != WAX_KEY_OTHER_TYPE ? ed : rsa;
}

/* --- what to publish ----------------------------------------------------- */

static struct wax_str
form(const struct keys *keys, struct wax_str qname)
{
	return wax_publish_txt(keys->findings->arena, qname,
	    WAX_STR("v=DKIM1; k=rsa; p=<the public key>"));
}

/* t= without y; empty: nothing is left. */
static struct wax_str
flags_without_test(struct wax_arena *arena, struct wax_str flags)
{
	struct wax_text text;
	struct wax_str flag;

	wax_text_init(&text, arena);
	while (wax_str_cut(&flags, ':', &flag)) {
		flag = wax_str_trim(flag);
		if (wax_str_ieq(flag, WAX_STR("y")))
			continue;
		if (text.n > 0)
			wax_text_addc(&text, ':');
		wax_text_add(&text, flag);
	}
	return wax_text_str(&text);
}

/* The record without what hinders its use: h=, s= and t=y. */
static struct wax_str
mended(const struct keys *keys, struct wax_str qname, struct wax_str record)
{
	struct wax_arena *arena = keys->findings->arena;
	struct wax_taglist tags;
	struct wax_text text;

	wax_text_init(&text, arena);
	if (!wax_taglist_parse(arena, record, &tags))
		return NO_RECORD;
	for (size_t i = 0; i < tags.n; i++) {
		struct wax_str name = tags.tag[i].name,
		               value = tags.tag[i].value;

		if (wax_str_eq(name, WAX_STR("h")) ||
		    wax_str_eq(name, WAX_STR("s")))
			continue;
		if (wax_str_eq(name, WAX_STR("t"))) {
			value = flags_without_test(arena, value);
			if (value.n == 0)
				continue;
		}
		if (wax_str_eq(name, WAX_STR("p")))
			value = wax_without_space(arena, value);
		wax_text_addf(&text, "%s%.*s=%.*s", text.n > 0 ? "; " : "",
		    WAX_FMT(name), WAX_FMT(value));
	}
	return wax_publish_txt(arena, qname, wax_text_str(&text));
}

/* --- faults -------------------------------------------------------------- */

/* Quotation marks that became part of the text; empty: that is not it. */
static struct wax_str
without_quotes(struct wax_arena *arena, struct wax_str record)
{
	struct wax_text text;

	if (wax_str_find(record, '"') == record.n)
		return NO_RECORD;
	wax_text_init(&text, arena);
	for (size_t i = 0; i < record.n; i++)
		if (record.p[i] != '"' && record.p[i] != '\\')
			wax_text_addc(&text, record.p[i]);
	if (read_record(arena, wax_text_str(&text)).fault != WAX_KEY_OK)
		return NO_RECORD;
	return wax_text_str(&text);
}

/* Why it is no key record, as closely as can be said. */
static const char *
why_not_read(struct wax_arena *arena, struct wax_str record)
{
	struct wax_taglist tags;
	const struct wax_str *p;

	if (!wax_taglist_parse(arena, record, &tags))
		return "is not made of tags as in \"v=DKIM1; k=rsa; p=...\"";
	p = wax_taglist_get(&tags, "p");
	if (p == NULL)
		return "has no key (p=)";
	if (wax_taglist_get(&tags, "v") != NULL &&
	    (!wax_str_eq(tags.tag[0].name, WAX_STR("v")) ||
	        !wax_str_eq(tags.tag[0].value, WAX_STR("DKIM1"))))
		return "does not begin with v=DKIM1";
	if (wax_str_find(*p, '-') < p->n)
		return "has the lines \"-----BEGIN\" or \"-----END\" of a "
		       "file in its key (p=)";
	return "has a key (p=) that is damaged or cut off";
}

static void
found_syntax(
    const struct keys *keys, struct wax_dkim_key *key, struct wax_str record)
{
	struct wax_arena *arena = keys->findings->arena;
	struct wax_str qname = qname_of(keys, key->selector);
	struct wax_str better = without_quotes(arena, record);

	key->remark = WAX_STR("cannot be read");
	wax_found(keys->findings, WAX_F_DKIM_SYNTAX, qname,
	    better.n > 0 ? wax_publish_txt(arena, qname, better)
	                 : form(keys, qname),
	    "the record at %.*s %s: \"%.*s\"%s", WAX_FMT(qname),
	    better.n > 0 ? "has quotation marks within its text"
	                 : why_not_read(arena, record),
	    WAX_FMT(shown(keys, record)),
	    record.n > WAX_SPF_TERM_SHOWN_MAX ? " ..." : "");
}

static void
found_fault(
    const struct keys *keys, struct wax_dkim_key *key, struct wax_str record)
{
	struct wax_findings *findings = keys->findings;
	struct wax_str qname = qname_of(keys, key->selector);

	switch (key->record.fault) {
	case WAX_KEY_OK:
		break;
	case WAX_KEY_TOO_LONG:
		key->remark = WAX_STR("record too long");
		wax_found(findings, WAX_F_DKIM_TOO_LONG, qname, NO_RECORD,
		    "the record at %.*s has %zu octets, more than %lu",
		    WAX_FMT(qname), record.n, WAX_KEY_RECORD_BYTES_MAX);
		break;
	case WAX_KEY_OTHER_TYPE:
		key->remark = WAX_STR("of another type");
		wax_found(findings, WAX_F_DKIM_TYPE, qname, form(keys, qname),
		    "the key at %.*s is neither rsa nor ed25519: \"%.*s\"",
		    WAX_FMT(qname), WAX_FMT(shown(keys, record)));
		break;
	case WAX_KEY_OTHER_HASH:
	case WAX_KEY_OTHER_SERVICE:
		key->remark = WAX_STR("not for mail signatures");
		wax_found(findings, WAX_F_DKIM_USE, qname,
		    mended(keys, qname, record), "the key at %.*s %s",
		    WAX_FMT(qname),
		    key->record.fault == WAX_KEY_OTHER_HASH
		        ? "is not for sha256 (h=)"
		        : "is not for mail (s=)");
		break;
	case WAX_KEY_REVOKED:
		key->remark = WAX_STR("withdrawn");
		wax_found(findings, WAX_F_DKIM_REVOKED, qname,
		    form(keys, qname), "the key at %.*s is withdrawn",
		    WAX_FMT(qname));
		break;
	case WAX_KEY_NO_RECORD:
	case WAX_KEY_MALFORMED:
		found_syntax(keys, key, record);
		break;
	}
}

/* RFC 8301 s3.2 */
static void
check_bits(const struct keys *keys, struct wax_dkim_key *key)
{
	struct wax_str qname = qname_of(keys, key->selector);
	unsigned bits = key->record.bits;
	enum wax_finding_id id = WAX_F_DKIM_WEAK;

	if (key->record.type != WAX_KEY_RSA ||
	    (bits >= RSA_BITS_GOOD && bits <= WAX_KEY_BITS_DEFAULT))
		return;
	if (bits < WAX_KEY_BITS_MIN_DEFAULT)
		id = WAX_F_DKIM_SHORT;
	if (bits > WAX_KEY_BITS_DEFAULT)
		id = WAX_F_DKIM_TOO_LONG;
	key->remark = id == WAX_F_DKIM_TOO_LONG ? WAX_STR("too long")
	              : id == WAX_F_DKIM_SHORT  ? WAX_STR("too short")
	                                        : WAX_STR("weak");
	wax_found(keys->findings, id, qname, NO_RECORD,
	    "the key at %.*s has %u bits", WAX_FMT(qname), bits);
}

static void
check_usable(
    const struct keys *keys, struct wax_dkim_key *key, struct wax_str record)
{
	struct wax_str qname = qname_of(keys, key->selector);

	key->has_key = true;
	check_bits(keys, key);
	if (key->record.testing)
		wax_found(keys->findings, WAX_F_DKIM_TESTING, qname,
		    mended(keys, qname, record),
		    "the key at %.*s is marked as a test (t=y)",
		    WAX_FMT(qname));
}

/* --- a selector ---------------------------------------------------------- */

static bool
is_key_at(const struct keys *keys, struct wax_str qname)
{
	const struct wax_answer *answer = look_up(keys, qname);

	for (size_t i = 0; i < answer->n; i++)
		if (read_record(keys->findings->arena, answer->rr[i].txt.text)
		        .fault == WAX_KEY_OK)
			return true;
	return false;
}

/* Where it is published by mistake; empty: nowhere that is thought of. */
static struct wax_str
misplaced(const struct keys *keys, struct wax_str selector)
{
	struct wax_arena *arena = keys->findings->arena;
	struct wax_str domain = keys->domain.text;
	struct wax_str place[2];

	/* A dot is missing at the end of the name in the zone file. */
	place[0] = wax_textf(arena, "%.*s._domainkey.%.*s.%.*s",
	    WAX_FMT(selector), WAX_FMT(domain), WAX_FMT(domain));
	place[1] =
	    wax_textf(arena, "%.*s.%.*s", WAX_FMT(selector), WAX_FMT(domain));
	for (size_t i = 0; i < sizeof place / sizeof *place; i++)
		if (is_key_at(keys, place[i]))
			return place[i];
	return NO_RECORD;
}

static void
found_no_key(const struct keys *keys, struct wax_dkim_key *key,
    const struct wax_answer *answer)
{
	struct wax_str qname = qname_of(keys, key->selector);
	struct wax_str elsewhere = misplaced(keys, key->selector);

	key->remark = WAX_STR("no key");
	if (elsewhere.n > 0) {
		wax_found(keys->findings, WAX_F_DKIM_NO_KEY, qname,
		    form(keys, qname),
		    "there is no key at %.*s, but one at %.*s", WAX_FMT(qname),
		    WAX_FMT(elsewhere));
		return;
	}
	wax_found(keys->findings, WAX_F_DKIM_NO_KEY, qname, form(keys, qname),
	    "%.*s %s", WAX_FMT(qname),
	    answer->alias ? "is an alias that leads to no key"
	    : answer->status == WAX_DNS_NXDOMAIN ? "does not exist"
	                                         : "has no TXT record");
}

/* The record that counts: the first that is usable, or what comes closest.
 * `n_keys`: how many are key records at all. */
static struct wax_str
choose(struct wax_arena *arena, const struct wax_answer *answer,
    struct wax_keyrec *out, size_t *n_keys)
{
	struct wax_str chosen = NO_RECORD;

	*n_keys = 0;
	for (size_t i = 0; i < answer->n; i++) {
		struct wax_str text = answer->rr[i].txt.text;
		struct wax_keyrec one = read_record(arena, text);
		bool is_better =
		    i == 0 ||
		    (out->fault != WAX_KEY_OK &&
		        (one.fault == WAX_KEY_OK || one.fault > out->fault));

		*n_keys += one.fault != WAX_KEY_NO_RECORD;
		if (is_better) {
			*out = one;
			chosen = text;
		}
	}
	return chosen;
}

static void
check_records(struct keys *keys, struct wax_dkim_key *key,
    const struct wax_answer *answer)
{
	struct wax_str qname = qname_of(keys, key->selector);
	struct wax_str record;
	size_t n_keys;

	record = choose(keys->findings->arena, answer, &key->record, &n_keys);
	/* A wildcard's text is at each name one thinks of. */
	if (key->is_guess && n_keys == 0)
		return;
	if (key->record.fault == WAX_KEY_OK)
		check_usable(keys, key, record);
	else
		found_fault(keys, key, record);
	if (answer->n > 1)
		wax_found(keys->findings, WAX_F_DKIM_SEVERAL, qname, NO_RECORD,
		    "%.*s has %zu records, %zu of them a key", WAX_FMT(qname),
		    answer->n, n_keys);
	WAX_PUSH(keys->findings->arena, &keys->list, *key);
}

static void
check_selector(struct keys *keys, struct wax_str selector, bool is_guess)
{
	struct wax_dkim_key key = { .selector = selector,
		.is_guess = is_guess };
	struct wax_str qname = qname_of(keys, selector);
	const struct wax_answer *answer = look_up(keys, qname);

	switch (answer->status) {
	case WAX_DNS_OK:
		check_records(keys, &key, answer);
		return;
	case WAX_DNS_NODATA:
	case WAX_DNS_NXDOMAIN:
		if (is_guess)
			return;
		found_no_key(keys, &key, answer);
		break;
	case WAX_DNS_TEMPFAIL:
	case WAX_DNS_LIMIT:
		if (is_guess) {
			keys->n_unknown_guesses++;
			return;
		}
		key.remark = WAX_STR("could not be asked");
		wax_found(keys->findings, WAX_F_DKIM_UNKNOWN, qname, NO_RECORD,
		    "the key at %.*s could not be asked", WAX_FMT(qname));
		break;
	}
	WAX_PUSH(keys->findings->arena, &keys->list, key);
}

/* --- all of them --------------------------------------------------------- */

static bool
is_given(size_t n, const struct wax_str *selector, struct wax_str name)
{
	for (size_t i = 0; i < n; i++)
		if (wax_str_ieq(selector[i], name))
			return true;
	return false;
}

static void
check_common(struct keys *keys, size_t n, const struct wax_str *selector)
{
	for (size_t i = 0; i < wax_n_common_selectors; i++) {
		struct wax_str name = wax_str_of(wax_common_selectors[i]);

		if (!is_given(n, selector, name))
			check_selector(keys, name, true);
	}
	if (keys->n_unknown_guesses > 0)
		wax_found(keys->findings, WAX_F_DKIM_UNKNOWN, keys->domain.text,
		    NO_RECORD, "%zu of the common selectors could not be asked",
		    keys->n_unknown_guesses);
}

const struct wax_dkim_key *
wax_check_dkim(struct wax_findings *findings, struct wax_resolver *resolver,
    struct wax_domain domain, size_t n_selectors,
    const struct wax_str *selector, bool tries_common, wax_deadline deadline,
    size_t *n)
{
	struct keys keys = {
		.findings = findings,
		.resolver = resolver,
		.domain = domain,
		.deadline = deadline,
	};

	for (size_t i = 0; i < n_selectors; i++)
		wax_dns_prefetch(
		    resolver, qname_of(&keys, selector[i]), WAX_RR_TXT);
	for (size_t i = 0; tries_common && i < wax_n_common_selectors; i++)
		wax_dns_prefetch(resolver,
		    qname_of(&keys, wax_str_of(wax_common_selectors[i])),
		    WAX_RR_TXT);
	for (size_t i = 0; i < n_selectors; i++)
		check_selector(&keys, selector[i], false);
	if (tries_common)
		check_common(&keys, n_selectors, selector);
	*n = keys.list.n;
	return keys.list.v;
}
