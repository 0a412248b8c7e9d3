/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/resolver/packet.h"

#include "policy/dns/answer.h"

#define SOA_NUMBERS_BYTES 20 /* behind its two names */

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
	uint32_t type, ttl;
	struct cursor rdata;
};

static struct record
next_record(struct cursor *c)
{
	struct record record = { 0 };
	uint32_t length;

	skip_name(c);
	record.type = number(c, 2);
	skip(c, 2); /* class */
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
