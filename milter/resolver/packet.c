/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/resolver/packet.h"

#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/str.h"
#include "policy/base/vec.h"

#define SOA_NUMBERS_BYTES 20 /* behind its two names */
#define HEADER_BYTES 12
#define NAME_BYTES_MAX 255
#define CLASS_IN 1
/* RFC 1035 s4.1.1 */
#define FLAG_QR 0x8000
#define FLAG_AA 0x0400
#define FLAG_TC 0x0200
#define FLAG_RD 0x0100
#define OPCODE_MASK 0x7800
#define RCODE_MASK 0x000f
#define RCODE_NOERROR 0
#define RCODE_NXDOMAIN 3

/* What is left of a packet; `ok` is false once it ended too early. */
struct cursor {
	const uint8_t *p;
	size_t n;
	bool ok;
};

static void
skip(struct cursor *c, size_t n)
{
	if (n > c->n) {
		c->ok = false;
		n = c->n;
	}
	c->p += n;
	c->n -= n;
}

static uint32_t
number(struct cursor *c, size_t octets)
{
	uint32_t value = 0;

	if (octets > c->n) {
		c->ok = false;
		return 0;
	}
	for (size_t i = 0; i < octets; i++)
		value = value << 8 | c->p[i];
	skip(c, octets);
	return value;
}

/* A name ends with an empty label or with a pointer (RFC 1035 s4.1.4). */
static void
skip_name(struct cursor *c)
{
	while (c->ok) {
		uint32_t length = number(c, 1);

		if (length == 0)
			return;
		if (length >= 0xc0) {
			skip(c, 1);
			return;
		}
		skip(c, length);
	}
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

struct record {
	uint32_t type, class, ttl;
	struct cursor rdata;
};

static struct record
next_record(struct cursor *c)
{
	struct record record = { 0 };
	uint32_t length;

	skip_name(c);
	record.type = number(c, 2);
	record.class = number(c, 2);
	record.ttl = number(c, 4);
	length = number(c, 2);
	record.rdata = (struct cursor){ c->p, length, true };
	skip(c, length);
	return record;
}

/* The last of a SOA record's numbers: the TTL of negative answers. */
static uint32_t
soa_minimum(struct cursor rdata)
{
	skip_name(&rdata);
	skip_name(&rdata);
	skip(&rdata, SOA_NUMBERS_BYTES - 4);
	return number(&rdata, 4); /* 0 if it is not there */
}

/* What the authority section of an answer says. */
struct authority {
	bool is_whole; /* else the packet ends too early */
	bool has_soa, has_ns;
	uint32_t negative_ttl; /* with has_soa */
};

/* Without anything if the packet ends too early. */
static struct authority
read_authority(const void *packet, size_t n)
{
	struct cursor c = { packet, n, true };
	struct authority found = { 0 };
	uint32_t questions, answers, records;

	skip(&c, 4); /* identification, flags */
	questions = number(&c, 2);
	answers = number(&c, 2);
	records = number(&c, 2);
	skip(&c, 2); /* additional records */
	for (; questions > 0 && c.ok; questions--) {
		skip_name(&c);
		skip(&c, 4);
	}
	for (; answers > 0 && c.ok; answers--)
		(void)next_record(&c);
	for (; records > 0 && c.ok && !found.has_soa; records--) {
		struct record record = next_record(&c);

		if (c.ok && record.type == WAX_RR_SOA) {
			found.has_soa = true;
			found.negative_ttl =
			    smaller(record.ttl, soa_minimum(record.rdata));
		}
		found.has_ns |= record.type == WAX_RR_NS;
	}
	found.is_whole = c.ok;
	return c.ok ? found : (struct authority){ 0 };
}

uint32_t
wax_packet_negative_ttl(const void *packet, size_t n)
{
	return read_authority(packet, n).negative_ttl;
}

bool
wax_packet_is_referral(const void *packet, size_t n)
{
	struct authority found = read_authority(packet, n);

	return found.has_ns && !found.has_soa;
}

bool
wax_packet_has_no_authority(const void *packet, size_t n)
{
	struct authority found = read_authority(packet, n);

	return !found.has_ns && !found.has_soa;
}

/* ---- a question of our own ----------------------------------------------- */

/* A name in wire format, without pointers. */
struct name {
	uint8_t p[NAME_BYTES_MAX];
	size_t n; /* 0: none */
};

/*
 * The name at a place of a packet. A pointer leads to an earlier place only
 * (RFC 1035 s4.1.4), so that no chain of them is endless.
 */
static struct name
read_name(const uint8_t *packet, size_t n, size_t at)
{
	struct name name = { .n = 0 }, none = { .n = 0 };
	size_t limit = at;

	while (at < n) {
		size_t length = packet[at];

		if (length >= 0xc0) {
			if (at + 1 >= n)
				return none;
			at = (length & 0x3f) << 8 | packet[at + 1];
			if (at >= limit)
				return none;
			limit = at;
			continue;
		}
		if (length > WAX_LABEL_MAX || length + 1 > n - at ||
		    length + 1 > sizeof name.p - name.n)
			return none;
		memcpy(name.p + name.n, packet + at, length + 1);
		name.n += length + 1;
		if (length == 0)
			return name;
		at += length + 1;
	}
	return none;
}

/* Octets as they are, letters in either case: no length is taken for one, it
 * is below them. */
static bool
is_same_text(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (wax_lower((char)a[i]) != wax_lower((char)b[i]))
			return false;
	return true;
}

static bool
is_same_name(const struct name *a, const struct name *b)
{
	return a->n == b->n && is_same_text(a->p, b->p, a->n);
}

/* What the aliases of an answer lead to from its question. */
static struct name
name_at_the_end(const uint8_t *packet, size_t n)
{
	struct cursor c = { packet, n, true };
	struct name name = read_name(packet, n, HEADER_BYTES);
	uint32_t answers;

	skip(&c, 6); /* identification, flags, questions */
	answers = number(&c, 2);
	skip(&c, 4);
	skip_name(&c);
	skip(&c, 4);
	for (; answers > 0 && c.ok && name.n > 0; answers--) {
		struct name owner =
		    read_name(packet, n, (size_t)(c.p - packet));
		struct record record = next_record(&c);

		if (c.ok && record.type == WAX_RR_CNAME &&
		    is_same_name(&owner, &name))
			name = read_name(
			    packet, n, (size_t)(record.rdata.p - packet));
	}
	if (!c.ok)
		name.n = 0;
	return name;
}

static void
put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)(value & 0xff);
}

static size_t
put_question(const struct name *name, enum wax_rrtype type, uint16_t id,
    unsigned flags, uint8_t out[WAX_PACKET_QUESTION_MAX])
{
	if (name->n == 0)
		return 0;
	memset(out, 0, HEADER_BYTES);
	put16(out, id);
	put16(out + 2, flags);
	put16(out + 4, 1); /* question */
	memcpy(out + HEADER_BYTES, name->p, name->n);
	put16(out + HEADER_BYTES + name->n, (unsigned)type);
	put16(out + HEADER_BYTES + name->n + 2, CLASS_IN);
	return HEADER_BYTES + name->n + 4;
}

size_t
wax_packet_ask_again(const void *answer, size_t n, enum wax_rrtype type,
    uint16_t id, uint8_t out[WAX_PACKET_QUESTION_MAX])
{
	struct name name = name_at_the_end(answer, n);

	return put_question(&name, type, id, FLAG_RD, out);
}

static bool
is_reply_to(
    const uint8_t *question, size_t n_question, const uint8_t *reply, size_t n)
{
	struct cursor c = { reply, n, true };
	uint32_t id = number(&c, 2), flags = number(&c, 2);

	return n >= n_question &&
	       id == ((uint32_t)question[0] << 8 | question[1]) &&
	       (flags & (FLAG_QR | OPCODE_MASK)) == FLAG_QR &&
	       number(&c, 2) == 1 &&
	       is_same_text(reply + HEADER_BYTES, question + HEADER_BYTES,
	           n_question - HEADER_BYTES);
}

enum wax_packet_reply
wax_packet_read_reply(
    const uint8_t *question, size_t n_question, const void *packet, size_t n)
{
	struct cursor c = { packet, n, true };
	uint32_t flags, answers;
	struct authority found;

	if (!is_reply_to(question, n_question, packet, n))
		return WAX_REPLY_OF_ANOTHER;
	skip(&c, 2); /* identification */
	flags = number(&c, 2);
	skip(&c, 2); /* questions */
	answers = number(&c, 2);
	if ((flags & RCODE_MASK) != RCODE_NOERROR &&
	    (flags & RCODE_MASK) != RCODE_NXDOMAIN)
		return WAX_REPLY_FAILED;
	found = read_authority(packet, n);
	if ((flags & FLAG_TC) != 0 || answers > 0 || !found.is_whole ||
	    (found.has_ns && !found.has_soa))
		return WAX_REPLY_SOMETHING;
	return WAX_REPLY_NOTHING;
}

/* ---- answers of a zone's own name servers -------------------------------- */

/* Labels of a name that may be asked. */
static struct name
name_of(struct wax_str qname)
{
	struct name name = { .n = 0 };
	struct wax_str label;

	if (qname.n > 0 && qname.p[qname.n - 1] == '.')
		qname.n--;
	if (!wax_qname_is_askable(qname))
		return name;
	while (wax_str_cut(&qname, '.', &label)) {
		name.p[name.n] = (uint8_t)label.n;
		memcpy(name.p + name.n + 1, label.p, label.n);
		name.n += label.n + 1;
	}
	name.p[name.n++] = 0;
	return name;
}

size_t
wax_packet_ask(struct wax_str qname, enum wax_rrtype type, uint16_t id,
    uint8_t out[WAX_PACKET_QUESTION_MAX])
{
	struct name name = name_of(qname);

	return put_question(&name, type, id, 0, out);
}

struct answers {
	bool is_whole; /* else the packet ends too early, or is wrong */
	bool alias;
	uint32_t ttl;
	WAX_VEC(struct wax_wire) rdata;
};

/* Rdata without pointers: `fixed` octets as they are, then a name. */
static bool
read_named(struct wax_arena *arena, const uint8_t *packet, size_t n,
    struct cursor rdata, size_t fixed, struct wax_wire *out)
{
	struct cursor rest = rdata;
	struct name name;
	char *copy;

	skip(&rest, fixed);
	name = read_name(packet, n, (size_t)(rest.p - packet));
	if (!rest.ok || name.n == 0)
		return false;
	copy = wax_alloc(arena, fixed + name.n, 1);
	memcpy(copy, rdata.p, fixed);
	memcpy(copy + fixed, name.p, name.n);
	*out = (struct wax_wire){ copy, fixed + name.n };
	return true;
}

static bool
read_rdata(struct wax_arena *arena, const uint8_t *packet, size_t n,
    const struct record *record, struct wax_wire *out)
{
	switch (record->type) {
	case WAX_RR_MX:
		return read_named(arena, packet, n, record->rdata, 2, out);
	case WAX_RR_NS:
	case WAX_RR_CNAME:
	case WAX_RR_SOA: /* its first name is all that is looked at */
	case WAX_RR_PTR:
		return read_named(arena, packet, n, record->rdata, 0, out);
	default:
		*out = (struct wax_wire){ record->rdata.p, record->rdata.n };
		return true;
	}
}

/* Aliases are followed as they stand, as far as the packet does. */
static struct answers
read_answers(struct wax_arena *arena, const uint8_t *packet, size_t n,
    uint32_t type, struct cursor c, uint32_t count)
{
	struct name name = read_name(packet, n, HEADER_BYTES);
	struct answers found = { .ttl = UINT32_MAX };

	for (; count > 0 && c.ok && name.n > 0; count--) {
		struct name owner =
		    read_name(packet, n, (size_t)(c.p - packet));
		struct record record = next_record(&c);
		struct wax_wire wire;

		if (!c.ok || record.class != CLASS_IN ||
		    !is_same_name(&owner, &name))
			continue;
		if (record.type != type && record.type == WAX_RR_CNAME) {
			name = read_name(
			    packet, n, (size_t)(record.rdata.p - packet));
			found.alias = true;
		} else if (record.type == type) {
			if (found.rdata.n == WAX_DNS_RECORDS_MAX ||
			    !read_rdata(arena, packet, n, &record, &wire))
				return found;
			found.ttl = smaller(found.ttl, record.ttl);
			WAX_PUSH(arena, &found.rdata, wire);
		}
	}
	found.is_whole = c.ok && name.n > 0;
	return found;
}

static const struct wax_answer *
without_records(
    enum wax_dns_status status, enum wax_rrtype type, bool alias, uint32_t ttl)
{
	return wax_answer_new(status, type, alias, ttl, 0, NULL);
}

enum wax_packet_direct
wax_packet_read_direct(struct wax_arena *arena, const uint8_t *question,
    size_t n_question, const void *packet, size_t n,
    const struct wax_answer **out)
{
	enum wax_rrtype type = (enum wax_rrtype)(
	    question[n_question - 4] << 8 | question[n_question - 3]);
	struct cursor c = { packet, n, true };
	uint32_t flags, rcode, count;
	struct answers found;

	if (!is_reply_to(question, n_question, packet, n))
		return WAX_DIRECT_OF_ANOTHER;
	skip(&c, 2); /* identification */
	flags = number(&c, 2);
	skip(&c, 2); /* questions */
	count = number(&c, 2);
	if ((flags & FLAG_TC) != 0)
		return WAX_DIRECT_CUT;
	skip(&c, n_question - 8); /* the rest of the header, the question */
	rcode = flags & RCODE_MASK;
	found = read_answers(arena, packet, n, type, c, count);
	if (count == 0 && rcode == RCODE_NOERROR &&
	    wax_packet_is_referral(packet, n))
		*out = without_records(WAX_DNS_NODATA, type, true, 0);
	else if ((rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN) ||
	         (flags & FLAG_AA) == 0 || !found.is_whole)
		*out = without_records(WAX_DNS_TEMPFAIL, type, false, 0);
	else if (found.rdata.n > 0)
		*out = wax_answer_new(WAX_DNS_OK, type,
		    found.alias || type == WAX_RR_CNAME, found.ttl,
		    found.rdata.n, found.rdata.v);
	else
		*out = without_records(rcode == RCODE_NXDOMAIN && !found.alias
		                           ? WAX_DNS_NXDOMAIN
		                           : WAX_DNS_NODATA,
		    type, found.alias, wax_packet_negative_ttl(packet, n));
	return WAX_DIRECT_ANSWER;
}
