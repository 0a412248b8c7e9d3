/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records are kept in the order of the text and found by comparing names: a
 * zone is a test's or a demo's, some hundred lines. Each answer is made anew,
 * through the same code as a real resolver's (answer.h).
 */
#include "policy/dns/zone.h"

#include <stdint.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

#define CNAMES_MAX 8
#define TTL_DEFAULT 300
#define TTL_NEGATIVE 60
#define STRING_MAX 255

enum fault {
	FAULT_TEMPFAIL,
	FAULT_NXDOMAIN,
	FAULT_DELAY
};

struct record {
	struct wax_str owner; /* lower case, no trailing dot */
	enum wax_rrtype type;
	uint32_t ttl;
	struct wax_wire rdata;
};

struct faulty {
	struct wax_str owner;
	bool any_type;
	enum wax_rrtype type;
	enum fault fault;
	wax_deadline delay_ms;
};

struct wax_zone {
	WAX_VEC(struct record) records;
	WAX_VEC(struct faulty) faults;
};

struct zone_resolver {
	struct wax_resolver base;
	const struct wax_zone *zone;
};

/* --- reading ------------------------------------------------------------ */

struct line {
	struct wax_arena *arena;
	struct wax_str rest; /* what is left of it */
	const char *error;   /* the first thing wrong */
};

static struct wax_str
next_word(struct line *line)
{
	struct wax_str word;
	size_t n = 0;

	line->rest = wax_str_trim(line->rest);
	while (n < line->rest.n && !wax_is_space(line->rest.p[n]))
		n++;
	word = wax_str_head(line->rest, n);
	line->rest = wax_str_from(line->rest, n);
	return word;
}

/* Lower case, without the trailing dot; the root is the empty name. */
static struct wax_str
plain_name(struct wax_arena *arena, struct wax_str name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	return wax_str_lower(arena, name);
}

/* \DDD is the octet of that number: the only way to a blank in a name. */
static struct wax_str
unescaped(struct wax_arena *arena, struct wax_str word)
{
	struct wax_text text;
	unsigned long octet;

	if (wax_str_find(word, '\\') == word.n)
		return word;
	wax_text_init(&text, arena);
	while (word.n > 0) {
		if (word.n > 3 && word.p[0] == '\\' &&
		    wax_str_number(
		        wax_str_head(wax_str_from(word, 1), 3), 255, &octet)) {
			wax_text_addc(&text, (char)octet);
			word = wax_str_from(word, 4);
			continue;
		}
		wax_text_addc(&text, word.p[0]);
		word = wax_str_from(word, 1);
	}
	return wax_text_str(&text);
}

static struct wax_str
next_name(struct line *line)
{
	struct wax_str word = next_word(line), name;

	name = plain_name(line->arena, unescaped(line->arena, word));
	if (word.n == 0)
		line->error = "a name is missing";
	else if (name.n > 0 && !wax_qname_is_askable(name))
		line->error = "not a usable name";
	return name;
}

static void
add_wire_name(struct wax_text *wire, struct wax_str name)
{
	struct wax_str label;

	while (name.n > 0 && wax_str_cut(&name, '.', &label)) {
		wax_text_addc(wire, (char)label.n);
		wax_text_add(wire, label);
	}
	wax_text_addc(wire, '\0');
}

static void
add_wire_string(struct wax_text *wire, struct wax_str s)
{
	wax_text_addc(wire, (char)(unsigned char)s.n);
	wax_text_add(wire, s);
}

/* "a" "b": strings as they stand, with \" \\ and \DDD. */
static void
read_quoted(struct line *line, struct wax_text *wire)
{
	struct wax_str rest = wax_str_trim(line->rest);

	while (rest.n > 0 && rest.p[0] == '"') {
		struct wax_text string;

		wax_text_init(&string, line->arena);
		rest = wax_str_from(rest, 1);
		while (rest.n > 0 && rest.p[0] != '"') {
			unsigned long octet;

			if (rest.p[0] == '\\' &&
			    wax_str_number(
			        wax_str_head(wax_str_from(rest, 1), 3), 255,
			        &octet) &&
			    rest.n > 3) {
				wax_text_addc(&string, (char)octet);
				rest = wax_str_from(rest, 4);
				continue;
			}
			if (rest.p[0] == '\\')
				rest = wax_str_from(rest, 1);
			wax_text_add(&string, wax_str_head(rest, 1));
			rest = wax_str_from(rest, 1);
		}
		if (rest.n == 0)
			line->error = "a quote is not closed";
		if (string.n > STRING_MAX)
			line->error = "a string is longer than 255 octets";
		if (line->error != NULL)
			return;
		add_wire_string(wire, wax_text_str(&string));
		rest = wax_str_trim(wax_str_from(rest, 1));
	}
	if (rest.n > 0)
		line->error = "text behind the last string";
}

static void
read_txt(struct line *line, struct wax_text *wire)
{
	struct wax_str rest = wax_str_trim(line->rest);

	if (rest.n > 0 && rest.p[0] == '"') {
		read_quoted(line, wire);
		return;
	}
	do {
		add_wire_string(wire, wax_str_head(rest, STRING_MAX));
		rest = wax_str_from(rest, STRING_MAX);
	} while (rest.n > 0);
}

static void
read_address(struct line *line, enum wax_rrtype type, struct wax_text *wire)
{
	struct wax_str word = next_word(line);
	struct wax_ip ip;

	if (!wax_ip_parse(word, &ip)) {
		line->error = "not an address";
		return;
	}
	if (type == WAX_RR_A && ip.family == WAX_IPV4) {
		wax_text_add(wire, (struct wax_str){ (char *)ip.octet, 4 });
		return;
	}
	/* A mapped address is IPv4 to wax_ip, and still AAAA rdata. */
	if (type == WAX_RR_AAAA && ip.family == WAX_IPV4 &&
	    wax_str_find(word, ':') < word.n) {
		wax_text_add(wire, WAX_STR("\0\0\0\0\0\0\0\0\0\0\xff\xff"));
		wax_text_add(wire, (struct wax_str){ (char *)ip.octet, 4 });
		return;
	}
	if (type == WAX_RR_AAAA && ip.family == WAX_IPV6) {
		wax_text_add(wire, (struct wax_str){ (char *)ip.octet, 16 });
		return;
	}
	line->error = "an address of the other family";
}

static void
read_mx(struct line *line, struct wax_text *wire)
{
	unsigned long preference;

	if (!wax_str_number(next_word(line), 65535, &preference)) {
		line->error = "MX needs a preference and a host";
		return;
	}
	wax_text_addc(wire, (char)(preference >> 8));
	wax_text_addc(wire, (char)(preference & 0xff));
	add_wire_name(wire, next_name(line));
}

static struct wax_wire
read_rdata(struct line *line, enum wax_rrtype type)
{
	struct wax_text wire;

	wax_text_init(&wire, line->arena);
	switch (type) {
	case WAX_RR_A:
	case WAX_RR_AAAA:
		read_address(line, type, &wire);
		break;
	case WAX_RR_MX:
		read_mx(line, &wire);
		break;
	case WAX_RR_TXT:
		read_txt(line, &wire);
		line->rest = WAX_STR("");
		break;
	case WAX_RR_NS:
	case WAX_RR_CNAME:
	case WAX_RR_PTR:
		add_wire_name(&wire, next_name(line));
		break;
	case WAX_RR_SOA: /* the rest of a SOA is nobody's concern here */
		add_wire_name(&wire, next_name(line));
		line->rest = WAX_STR("");
		break;
	}
	return (struct wax_wire){ wire.p, wire.n };
}

static void
read_fault(struct line *line, struct wax_zone *zone, struct wax_str owner)
{
	struct faulty faulty = { .owner = owner, .any_type = true };
	struct wax_str word = next_word(line), type;
	unsigned long seconds;

	if (wax_str_istarts(word, WAX_STR("delay="))) {
		faulty.fault = FAULT_DELAY;
		if (!wax_str_number(wax_str_from(word, 6), 3600, &seconds)) {
			line->error = "delay= needs seconds, up to 3600";
			return;
		}
		faulty.delay_ms = (wax_deadline)seconds * 1000;
	} else if (wax_str_ieq(word, WAX_STR("nxdomain"))) {
		faulty.fault = FAULT_NXDOMAIN;
	} else if (wax_str_ieq(word, WAX_STR("servfail")) ||
	           wax_str_ieq(word, WAX_STR("refused")) ||
	           wax_str_ieq(word, WAX_STR("timeout")) ||
	           wax_str_ieq(word, WAX_STR("trunc"))) {
		faulty.fault = FAULT_TEMPFAIL;
	} else {
		line->error = "not a fault: servfail, refused, timeout, "
		              "nxdomain, trunc, delay=SECONDS";
		return;
	}
	type = next_word(line);
	faulty.any_type = type.n == 0;
	if (!faulty.any_type && !wax_rrtype_parse(type, &faulty.type))
		line->error = "not a record type";
	WAX_PUSH(line->arena, &zone->faults, faulty);
}

/* A set of records has no member twice: RFC 2181 s5. */
static void
add_record(struct wax_arena *arena, struct wax_zone *zone, struct record record)
{
	for (size_t i = 0; i < zone->records.n; i++) {
		const struct record *known = &zone->records.v[i];

		if (known->type == record.type &&
		    wax_str_eq(known->owner, record.owner) &&
		    known->rdata.n == record.rdata.n &&
		    memcmp(known->rdata.p, record.rdata.p, record.rdata.n) == 0)
			return;
	}
	WAX_PUSH(arena, &zone->records, record);
}

static void
read_line(struct line *line, struct wax_zone *zone)
{
	struct record record = { .ttl = TTL_DEFAULT };
	struct wax_str word;
	unsigned long ttl;

	record.owner = next_name(line);
	word = next_word(line);
	if (wax_str_number(word, UINT32_MAX, &ttl)) {
		record.ttl = (uint32_t)ttl;
		word = next_word(line);
	}
	if (line->error != NULL)
		return;
	if (wax_str_ieq(word, WAX_STR("FAULT"))) {
		read_fault(line, zone, record.owner);
	} else if (wax_rrtype_parse(word, &record.type)) {
		record.rdata = read_rdata(line, record.type);
		if (line->error == NULL)
			add_record(line->arena, zone, record);
	} else {
		line->error = "not a record type: A, AAAA, CNAME, FAULT, MX, "
		              "NS, PTR, SOA, TXT";
	}
	if (line->error == NULL && wax_str_trim(line->rest).n > 0)
		line->error = "text behind the record";
}

/*
 * "#" begins a comment at the start of a line, or behind a blank outside
 * quotes in anything but a TXT record without quotes (where it is text).
 */
static struct wax_str
without_comment(struct wax_arena *arena, struct wax_str text)
{
	struct line line = { arena, text, NULL };
	bool quoted = false;
	struct wax_str word;
	unsigned long ttl;

	if (wax_str_trim(text).n > 0 && wax_str_trim(text).p[0] == '#')
		return WAX_STR("");
	(void)next_word(&line);
	word = next_word(&line);
	if (wax_str_number(word, UINT32_MAX, &ttl))
		word = next_word(&line);
	line.rest = wax_str_trim(line.rest);
	if (wax_str_ieq(word, WAX_STR("TXT")) &&
	    (line.rest.n == 0 || line.rest.p[0] != '"'))
		return text;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' && (i == 0 || text.p[i - 1] != '\\'))
			quoted = !quoted;
		if (text.p[i] == '#' && !quoted && i > 0 &&
		    wax_is_space(text.p[i - 1]))
			return wax_str_head(text, i);
	}
	return text;
}

struct wax_zone *
wax_zone_parse(
    struct wax_arena *arena, struct wax_str text, struct wax_err *err)
{
	struct wax_zone *zone = WAX_NEW(arena, struct wax_zone);
	struct wax_str part;
	unsigned number = 0;

	while (wax_str_cut(&text, '\n', &part)) {
		struct line line = { arena, without_comment(arena, part),
			NULL };

		number++;
		if (wax_str_trim(line.rest).n == 0)
			continue;
		read_line(&line, zone);
		if (line.error == NULL)
			continue;
		(void)wax_fail(
		    err, WAX_E_SYNTAX, "line %u: %s", number, line.error);
		return NULL;
	}
	return zone;
}

/* --- asking -------------------------------------------------------------- */

static bool
is_wildcard(struct wax_str owner)
{
	return wax_str_starts(owner, WAX_STR("*."));
}

static bool
is_below(struct wax_str name, struct wax_str top)
{
	return name.n > top.n && wax_str_ends(name, top) &&
	       (top.n == 0 || name.p[name.n - top.n - 1] == '.');
}

/* Whether a name is there: by a record, or because one is below it. */
static bool
exists(const struct wax_zone *zone, struct wax_str name)
{
	for (size_t i = 0; i < zone->records.n; i++) {
		struct wax_str owner = zone->records.v[i].owner;

		if (wax_str_eq(owner, name) || is_below(owner, name))
			return true;
	}
	return false;
}

/*
 * The owner whose records answer for a name: the name itself, or the
 * wildcard at its closest encloser (RFC 4592 s3.3.1). False: NXDOMAIN.
 */
static bool
owner_of(struct wax_arena *arena, const struct wax_zone *zone,
    struct wax_str name, struct wax_str *owner)
{
	struct wax_str encloser = name;

	*owner = name;
	if (exists(zone, name))
		return true;
	do {
		size_t dot = wax_str_find(encloser, '.');

		encloser = wax_str_from(encloser, dot + 1);
	} while (encloser.n > 0 && !exists(zone, encloser));
	*owner = encloser.n == 0
	             ? WAX_STR("*")
	             : wax_textf(arena, "*.%.*s", WAX_FMT(encloser));
	for (size_t i = 0; i < zone->records.n; i++)
		if (wax_str_eq(zone->records.v[i].owner, *owner))
			return true;
	return false;
}

/*
 * How closely a fault's owner, a name or a wildcard, means a name; 0: not at
 * all. Other than a record's, a fault's wildcard is for names that are there,
 * too.
 */
static size_t
closeness(struct wax_str owner, struct wax_str name)
{
	if (wax_str_eq(owner, name))
		return SIZE_MAX;
	if (wax_str_eq(owner, WAX_STR("*")) ||
	    (is_wildcard(owner) && is_below(name, wax_str_from(owner, 2))))
		return owner.n;
	return 0;
}

/* The closest one; the first of equals. */
static const struct faulty *
fault_of(const struct wax_zone *zone, struct wax_str name, enum wax_rrtype type)
{
	const struct faulty *best = NULL;
	size_t closest = 0;

	for (size_t i = 0; i < zone->faults.n; i++) {
		const struct faulty *faulty = &zone->faults.v[i];
		size_t close = closeness(faulty->owner, name);

		if ((faulty->any_type || faulty->type == type) &&
		    close > closest) {
			best = faulty;
			closest = close;
		}
	}
	return best;
}

static const struct wax_answer *
negative(enum wax_dns_status status, enum wax_rrtype type, bool alias)
{
	return wax_answer_new(status, type, alias, TTL_NEGATIVE, 0, NULL);
}

/* The records of one owner and type as an answer; NULL if there are none. */
static const struct wax_answer *
answer_from(struct wax_arena *arena, const struct wax_zone *zone,
    struct wax_str owner, enum wax_rrtype type, bool alias)
{
	WAX_VEC(struct wax_wire) rdata = { 0 };
	uint32_t ttl = TTL_DEFAULT;

	for (size_t i = 0; i < zone->records.n; i++) {
		const struct record *record = &zone->records.v[i];

		if (record->type != type || !wax_str_eq(record->owner, owner))
			continue;
		ttl = record->ttl;
		WAX_PUSH(arena, &rdata, record->rdata);
	}
	if (rdata.n == 0)
		return NULL;
	return wax_answer_new(WAX_DNS_OK, type, alias, ttl, rdata.n, rdata.v);
}

static const struct wax_answer *
ask(struct wax_arena *arena, const struct wax_zone *zone, struct wax_str name,
    enum wax_rrtype type, wax_deadline deadline)
{
	bool alias = false;

	for (unsigned hops = 0; hops <= CNAMES_MAX; hops++) {
		const struct faulty *faulty = fault_of(zone, name, type);
		const struct wax_answer *answer;
		struct wax_str owner;

		if (faulty != NULL && faulty->fault == FAULT_NXDOMAIN)
			return negative(WAX_DNS_NXDOMAIN, type, alias);
		if (faulty != NULL && (faulty->fault == FAULT_TEMPFAIL ||
		                          faulty->delay_ms > deadline))
			return negative(WAX_DNS_TEMPFAIL, type, false);
		if (!owner_of(arena, zone, name, &owner))
			return negative(WAX_DNS_NXDOMAIN, type, alias);
		answer = answer_from(arena, zone, owner, type, alias);
		if (answer != NULL)
			return answer;
		answer = answer_from(arena, zone, owner, WAX_RR_CNAME, true);
		if (answer == NULL)
			return negative(WAX_DNS_NODATA, type, alias);
		name = wax_str_dup(arena, answer->rr[0].name);
		wax_answer_unref(answer);
		alias = true;
	}
	return negative(WAX_DNS_TEMPFAIL, type, false);
}

static void
zone_prefetch(
    struct wax_resolver *resolver, struct wax_str qname, enum wax_rrtype type)
{
	(void)resolver;
	(void)qname;
	(void)type;
}

static const struct wax_answer *
zone_lookup(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type, wax_deadline deadline)
{
	const struct zone_resolver *self =
	    (const struct zone_resolver *)(const void *)resolver;
	const struct wax_answer *answer, *held;
	struct wax_str name = plain_name(arena, qname);

	answer = wax_qname_is_askable(name)
	             ? ask(arena, self->zone, name, type, deadline)
	             : negative(WAX_DNS_NXDOMAIN, type, false);
	held = wax_answer_hold(arena, answer);
	wax_answer_unref(answer);
	return held;
}

static const struct wax_answer *
zone_peek(struct wax_resolver *resolver, struct wax_arena *arena,
    struct wax_str qname, enum wax_rrtype type)
{
	const struct zone_resolver *self =
	    (const struct zone_resolver *)(const void *)resolver;
	const struct faulty *faulty =
	    fault_of(self->zone, plain_name(arena, qname), type);

	/* What is late has not come yet. */
	if (faulty != NULL && faulty->fault == FAULT_DELAY)
		return NULL;
	return zone_lookup(resolver, arena, qname, type, 0);
}

static bool
zone_wait_any(struct wax_resolver *resolver, wax_deadline deadline)
{
	(void)resolver;
	(void)deadline;
	return false; /* nothing is ever outstanding */
}

static const struct wax_resolver_ops zone_ops = {
	.prefetch = zone_prefetch,
	.peek = zone_peek,
	.lookup = zone_lookup,
	.wait_any = zone_wait_any,
};

struct wax_resolver *
wax_zone_resolver(struct wax_arena *arena, const struct wax_zone *zone)
{
	struct zone_resolver *self = WAX_NEW(arena, struct zone_resolver);

	self->base.ops = &zone_ops;
	self->zone = zone;
	return &self->base;
}
