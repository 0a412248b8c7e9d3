/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/spf_repair.h"

#include "policy/base/ip.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/check/plain.h"

static const struct wax_str version = WAX_STR_INIT("v=spf1");

/* Plain text with blanks between the terms. Macros have commas of their own
 * (RFC 7208 s7.1): then they stay. */
static struct wax_str
plain(struct wax_arena *arena, struct wax_str text)
{
	bool has_macros = wax_str_find(text, '%') < text.n;
	struct wax_str in = wax_plain(arena, text);
	struct wax_text out;

	wax_text_init(&out, arena);
	for (size_t i = 0; i < in.n; i++) {
		bool separates = in.p[i] == ',' || in.p[i] == ';';

		wax_text_addc(&out, separates && !has_macros ? ' ' : in.p[i]);
	}
	return wax_str_trim(wax_text_str(&out));
}

/* --- the version ------------------------------------------------------- */

static struct wax_str
skip_blanks(struct wax_str s)
{
	while (s.n > 0 && wax_is_space(s.p[0]))
		s = wax_str_from(s, 1);
	return s;
}

/* Take something like "v=spf1" off the front: "spf1", "v:spf1", "v =spf2.0".
 * The "/" of Sender ID's "spf2.0/pra" is none of it. */
static bool
cut_version(struct wax_str *text)
{
	struct wax_str rest = skip_blanks(*text), digits;
	bool has_v = rest.n > 0 && wax_lower(rest.p[0]) == 'v';

	if (has_v) {
		rest = skip_blanks(wax_str_from(rest, 1));
		if (rest.n > 0 && (rest.p[0] == '=' || rest.p[0] == ':'))
			rest = skip_blanks(wax_str_from(rest, 1));
	}
	if (!wax_str_istarts(rest, WAX_STR("spf")))
		return false;
	rest = digits = wax_str_from(rest, 3);
	while (rest.n > 0 && (wax_is_digit(rest.p[0]) || rest.p[0] == '.'))
		rest = wax_str_from(rest, 1);
	if (!has_v &&
	    (rest.p == digits.p || (rest.n > 0 && !wax_is_space(rest.p[0]) &&
	                               rest.p[0] != ';' && rest.p[0] != ',')))
		return false;
	*text = rest;
	return true;
}

bool
wax_spf_is_lookalike(struct wax_str text, const char **why)
{
	struct wax_str rest = wax_without_front(text), behind = rest;

	if (wax_spf_record_is(text) || !cut_version(&behind))
		return false;
	if (rest.p != text.p && wax_is_space(text.p[0]))
		*why = "a blank stands before v=spf1";
	else if (rest.p != text.p)
		*why = "a quotation mark is part of the text";
	else if (!wax_str_istarts(rest, version))
		*why = "it does not begin with v=spf1";
	else
		*why = "v=spf1 is not followed by a blank";
	return true;
}

/* --- terms ------------------------------------------------------------- */

static const char *const mechanism_names[] = { "include", "exists", "ip4",
	"ip6", "ptr", "all", "mx", "a" };

#define N_NAMES (sizeof mechanism_names / sizeof mechanism_names[0])

/* Split the qualifier off. */
static struct wax_str
cut_qualifier(struct wax_str *term)
{
	struct wax_str qualifier = wax_str_head(*term, 0);

	if (term->n > 0 && wax_str_find(WAX_STR("+-~?"), term->p[0]) < 4) {
		qualifier = wax_str_head(*term, 1);
		*term = wax_str_from(*term, 1);
	}
	return qualifier;
}

/* The name before ":", "=" or "/". */
static struct wax_str
name_of(struct wax_str term)
{
	size_t n = 0;

	while (n < term.n && term.p[n] != ':' && term.p[n] != '=' &&
	       term.p[n] != '/')
		n++;
	return wax_str_head(term, n);
}

static bool
is_mechanism(struct wax_str name)
{
	for (size_t i = 0; i < N_NAMES; i++)
		if (wax_str_ieq(name, wax_str_of(mechanism_names[i])))
			return true;
	return false;
}

/* Names that are taken for ip4 or ip6. */
static bool
is_address_name(struct wax_str name)
{
	static const char *const names[] = { "ip", "ipv4", "ipv6", "ip4", "ip6",
		"ip4v", "ip6v", "a", "mx", "include", "ptr" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (wax_str_ieq(name, wax_str_of(names[i])))
			return true;
	return false;
}

/* One term as it may have been meant. */
static struct wax_str
repaired(struct wax_arena *arena, struct wax_str term)
{
	struct wax_str rest = term, qualifier = cut_qualifier(&rest), value;
	struct wax_str name = name_of(rest);
	struct wax_network network;

	value = wax_str_from(rest, name.n + 1);
	if (value.n > 0 && is_address_name(name) &&
	    wax_network_parse(value, &network))
		return wax_textf(arena, "%.*s%s:%.*s", WAX_FMT(qualifier),
		    network.base.family == WAX_IPV6 ? "ip6" : "ip4",
		    WAX_FMT(value));
	if (wax_network_parse(rest, &network))
		return wax_textf(arena, "%.*s%s:%.*s", WAX_FMT(qualifier),
		    network.base.family == WAX_IPV6 ? "ip6" : "ip4",
		    WAX_FMT(rest));
	if (rest.n > name.n && rest.p[name.n] == '=' && is_mechanism(name))
		return wax_textf(arena, "%.*s%.*s:%.*s", WAX_FMT(qualifier),
		    WAX_FMT(name), WAX_FMT(value));
	return term;
}

/* Where a second term begins inside of one; 0: nowhere. Only what has a
 * colon behind its name, or is an all with its qualifier. */
static size_t
joint_in(struct wax_str term)
{
	static const char *const begins[] = { "include:", "exists:", "ip4:",
		"ip6:", "redirect=", "-all", "~all", "?all", "+all" };

	for (size_t at = 1; at < term.n; at++) {
		struct wax_str tail = wax_str_from(term, at);

		for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
			if (wax_str_istarts(tail, wax_str_of(begins[i])) &&
			    wax_str_find(WAX_STR("+-~?"), term.p[at - 1]) == 4)
				return at;
	}
	return 0;
}

bool
wax_spf_is_joined(struct wax_str term)
{
	return joint_in(term) > 0;
}

struct words {
	struct wax_arena *arena;
	WAX_VEC(struct wax_str) list;
};

static void
add_words(struct words *words, struct wax_str text, bool joined)
{
	struct wax_str rest = text, word;

	while (wax_str_cut(&rest, ' ', &word)) {
		size_t at;

		while (joined && (at = joint_in(word)) > 0) {
			WAX_PUSH(
			    words->arena, &words->list, wax_str_head(word, at));
			word = wax_str_from(word, at);
		}
		if (word.n > 0)
			WAX_PUSH(words->arena, &words->list, word);
	}
}

/* Whether a word waits for the next: "ip4:", "-", or the next for it. */
static bool
belongs_to_next(struct wax_str word, struct wax_str next)
{
	char last = word.p[word.n - 1];

	if (last == ':' || last == '=')
		return true;
	if (next.p[0] == ':' || next.p[0] == '=')
		return true;
	return word.n == 1 && wax_str_find(WAX_STR("+-~?"), last) < 4;
}

struct wax_str
wax_spf_repair(struct wax_arena *arena, struct wax_str text, bool joined)
{
	struct words words = { .arena = arena };
	struct wax_str rest = plain(arena, text), none = WAX_STR("");
	struct wax_spf_record record;
	struct wax_spf_fault fault;
	struct wax_text out;

	if (!cut_version(&rest))
		return none;
	add_words(&words, rest, joined);
	wax_text_init(&out, arena);
	wax_text_add(&out, version);
	for (size_t i = 0; i < words.list.n; i++) {
		struct wax_str word = words.list.v[i];

		while (i + 1 < words.list.n &&
		       belongs_to_next(word, words.list.v[i + 1])) {
			i++;
			word = wax_textf(arena, "%.*s%.*s", WAX_FMT(word),
			    WAX_FMT(words.list.v[i]));
		}
		/* A second record was appended. */
		if (wax_str_ieq(word, version))
			continue;
		wax_text_addc(&out, ' ');
		wax_text_add(&out, repaired(arena, word));
	}
	rest = wax_text_str(&out);
	return wax_spf_record_parse(rest, &record, &fault) ? rest : none;
}

const char *
wax_spf_hint(struct wax_str term)
{
	struct wax_str rest = term, value, name;
	struct wax_network network;

	(void)cut_qualifier(&rest); /* whatever it is */
	name = name_of(rest);
	value = wax_str_from(rest, name.n + 1);
	for (size_t i = 0; i < term.n; i++)
		if ((unsigned char)term.p[i] > 0x7e)
			return "it has a character that only looks right";
	if (wax_str_find(term, '"') < term.n)
		return "a quotation mark is part of the text";
	if (wax_str_find(term, ',') < term.n ||
	    wax_str_find(term, ';') < term.n)
		return "terms are separated by blanks only";
	if (rest.n == 0)
		return "a blank too many";
	if (rest.p[rest.n - 1] == ':')
		return "nothing stands behind the colon";
	if (wax_network_parse(rest, &network) ||
	    (value.n > 0 && is_address_name(name) &&
	        wax_network_parse(value, &network)))
		return network.base.family == WAX_IPV6
		           ? "an address is written ip6:ADDRESS"
		           : "an address is written ip4:ADDRESS";
	if (value.n > 0 && wax_str_find(value, '.') == value.n &&
	    (is_mechanism(name) || wax_str_ieq(name, WAX_STR("redirect"))) &&
	    !wax_str_istarts(name, WAX_STR("ip")))
		return "the whole name of a domain is needed";
	if (wax_str_ieq(name, WAX_STR("ip4")) && value.n > 0 &&
	    wax_is_alpha(value.p[0]))
		return "the name of a host is written a:NAME";
	return "";
}

/* --- several records --------------------------------------------------- */

/* How soft an all is: the softest of several is taken. */
static unsigned
softness(enum wax_result on_match)
{
	return on_match == WAX_FAIL ? 1 : 2;
}

static void
add_once(struct words *words, struct wax_str term)
{
	for (size_t i = 0; i < words->list.n; i++)
		if (wax_str_ieq(words->list.v[i], term))
			return;
	WAX_PUSH(words->arena, &words->list, term);
}

static unsigned
add_terms(struct words *words, struct wax_str text)
{
	struct wax_spf_record record;
	struct wax_spf_fault fault;
	struct wax_spf_term term;
	unsigned soft = 0;
	size_t at = 0;

	if (!wax_spf_record_parse(text, &record, &fault))
		return 0;
	while (wax_spf_record_next(&record, &at, &term)) {
		if (term.kind == WAX_SPF_ALL)
			soft = softness(term.on_match);
		else if (term.kind == WAX_SPF_REDIRECT && record.has_all)
			continue;
		else if (term.kind == WAX_SPF_REDIRECT)
			add_once(words, wax_textf(words->arena, "include:%.*s",
			                    WAX_FMT(term.spec)));
		else
			add_once(words, term.text);
	}
	return soft;
}

struct wax_str
wax_spf_merge(struct wax_arena *arena, size_t n, const struct wax_str *text,
    const char *all)
{
	struct words words = { .arena = arena };
	struct wax_spf_record record;
	struct wax_spf_fault fault;
	unsigned softest = 0;
	struct wax_str merged;
	struct wax_text out;

	for (size_t i = 0; i < n; i++) {
		unsigned soft = add_terms(&words, text[i]);

		if (soft > softest)
			softest = soft;
	}
	wax_text_init(&out, arena);
	wax_text_add(&out, version);
	for (size_t i = 0; i < words.list.n; i++) {
		wax_text_addc(&out, ' ');
		wax_text_add(&out, words.list.v[i]);
	}
	wax_text_addc(&out, ' ');
	if (all[0] != '\0')
		wax_text_addz(&out, all);
	else
		wax_text_addz(&out, softest == 1 ? "-all" : "~all");
	merged = wax_text_str(&out);
	return wax_spf_record_parse(merged, &record, &fault) ? merged
	                                                     : WAX_STR("");
}

static bool
is_network_term(const struct wax_spf_term *term)
{
	return term->kind == WAX_SPF_IP4 || term->kind == WAX_SPF_IP6;
}

struct wax_str
wax_spf_networks_first(struct wax_arena *arena, struct wax_str text)
{
	struct wax_spf_record record;
	struct wax_spf_fault fault;
	struct wax_spf_term term;
	struct wax_text first, rest;
	bool behind_all = false;
	size_t at = 0;

	if (!wax_spf_record_parse(text, &record, &fault) || !record.has_all)
		return WAX_STR("");
	wax_text_init(&first, arena);
	wax_text_init(&rest, arena);
	wax_text_add(&first, version);
	while (wax_spf_record_next(&record, &at, &term)) {
		struct wax_text *part = is_network_term(&term) ? &first : &rest;

		if (behind_all || term.kind == WAX_SPF_REDIRECT ||
		    (term.kind != WAX_SPF_ALL && term.on_match != WAX_PASS))
			return WAX_STR("");
		if (term.kind == WAX_SPF_ALL)
			behind_all = true;
		wax_text_addf(part, " %.*s", WAX_FMT(term.text));
	}
	wax_text_add(&first, wax_text_str(&rest));
	return wax_text_str(&first);
}
