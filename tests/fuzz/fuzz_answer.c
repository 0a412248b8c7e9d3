/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An answer of rdata in wire format. The input: two octets of the type, then
 * records, each an octet of length and so much rdata; the last one takes what
 * is left. What holds for any: there are all records or none, TXT has the
 * octets of its strings, a name written as labels again is the name, and MX
 * hosts are in order.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/vec.h"
#include "policy/dns/answer.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "answer";

static struct wax_arena *arena;

struct records {
	WAX_VEC(struct wax_wire) rdata;
};

/* A block of its exact size, so that no octet behind it is read. */
static struct wax_wire
exact(struct wax_str s)
{
	char *p = malloc(s.n > 0 ? s.n : 1);

	WAX_ASSERT(p != NULL);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	wax_arena_defer(arena, free, p);
	return (struct wax_wire){ p, s.n };
}

static struct records
read_records(struct wax_str rest)
{
	struct records records = { { NULL, 0, 0 } };

	while (rest.n > 0) {
		size_t n = (unsigned char)rest.p[0];

		WAX_PUSH(arena, &records.rdata,
		    exact(wax_str_head(wax_str_from(rest, 1), n)));
		rest = wax_str_from(rest, 1 + n);
	}
	return records;
}

/* A label's text as octets: \DDD is one. */
static struct wax_str
unescaped(struct wax_str label)
{
	struct wax_text text;
	unsigned long octet;

	wax_text_init(&text, arena);
	while (label.n > 0) {
		if (label.p[0] != '\\') {
			wax_text_addc(&text, label.p[0]);
			label = wax_str_from(label, 1);
			continue;
		}
		WAX_ASSERT(label.n >= 4);
		WAX_ASSERT(wax_str_number(
		    wax_str_head(wax_str_from(label, 1), 3), 255, &octet));
		wax_text_addc(&text, (char)octet);
		label = wax_str_from(label, 4);
	}
	return wax_text_str(&text);
}

/* The name as labels again is what the rdata begins with. */
static void
check_name(struct wax_str name, struct wax_str wire)
{
	struct wax_str rest = name, label;
	struct wax_text text;

	WAX_ASSERT(name.n > 0);
	if (wax_str_eq(name, WAX_STR(".")))
		rest.n = 0;
	wax_text_init(&text, arena);
	while (rest.n > 0 && wax_str_cut(&rest, '.', &label)) {
		struct wax_str octets = unescaped(label);

		WAX_ASSERT(octets.n > 0 && octets.n <= WAX_LABEL_MAX);
		wax_text_addc(&text, (char)octets.n);
		wax_text_add(&text, octets);
	}
	wax_text_addc(&text, '\0');
	/* The root's label, and 254 octets before it. */
	WAX_ASSERT(text.n <= 256);
	WAX_ASSERT(wax_str_istarts(wire, wax_text_str(&text)));
}

static void
check_txt(const union wax_rdata *rr, struct wax_wire wire)
{
	WAX_ASSERT(rr->txt.n_strings > 0);
	WAX_ASSERT(rr->txt.text.n + rr->txt.n_strings == wire.n);
	/* Read each octet: they are the answer's own. */
	WAX_ASSERT(wax_str_eq(rr->txt.text, wax_str_dup(arena, rr->txt.text)));
}

static bool
has_host(const struct records *records, const union wax_rdata *rr)
{
	for (size_t i = 0; i < records->rdata.n; i++) {
		const unsigned char *p = records->rdata.v[i].p;

		if (rr->mx.preference == ((unsigned)p[0] << 8 | p[1]))
			return true;
	}
	return false;
}

static void
check_record(
    const struct wax_answer *answer, const struct records *records, size_t i)
{
	const union wax_rdata *rr = &answer->rr[i];
	struct wax_wire wire = records->rdata.v[i];

	switch (answer->type) {
	case WAX_RR_A:
		WAX_ASSERT(rr->address.family == WAX_IPV4 && wire.n == 4);
		return;
	case WAX_RR_AAAA:
		WAX_ASSERT(rr->address.family != WAX_IP_NONE && wire.n == 16);
		return;
	case WAX_RR_MX:
		WAX_ASSERT(i == 0 || rr->mx.preference >= rr[-1].mx.preference);
		WAX_ASSERT(rr->mx.host.n > 0 && has_host(records, rr));
		return;
	case WAX_RR_TXT:
		check_txt(rr, wire);
		return;
	case WAX_RR_NS:
	case WAX_RR_CNAME:
	case WAX_RR_SOA:
	case WAX_RR_PTR:
		check_name(rr->name, (struct wax_str){ wire.p, wire.n });
		return;
	}
}

static void
check(enum wax_rrtype type, const struct records *records)
{
	size_t n = records->rdata.n;
	const struct wax_answer *answer =
	    wax_answer_new(n > 0 ? WAX_DNS_OK : WAX_DNS_NODATA, type, false, 60,
	        n, records->rdata.v);

	WAX_ASSERT(wax_answer_hold(arena, answer) == answer);
	wax_answer_unref(answer);
	WAX_ASSERT(wax_answer_bytes(answer) >= sizeof *answer);
	WAX_ASSERT(answer->type == type && !answer->alias);
	if (answer->status != WAX_DNS_OK) {
		WAX_ASSERT(answer->n == 0);
		WAX_ASSERT(answer->status ==
		           (n > 0 ? WAX_DNS_TEMPFAIL : WAX_DNS_NODATA));
		return;
	}
	WAX_ASSERT(answer->n == n && n <= WAX_DNS_RECORDS_MAX);
	for (size_t i = 0; i < n; i++)
		check_record(answer, records, i);
}

/* A name that may be asked has labels, and is one octet of text a label. */
static void
check_askable(struct wax_str name)
{
	struct wax_str longer;

	if (!wax_qname_is_askable(name))
		return;
	WAX_ASSERT(name.n <= WAX_DOMAIN_MAX && name.p[0] != '.');
	longer = fuzz_join(arena, WAX_STR("x."), name);
	WAX_ASSERT(
	    wax_qname_is_askable(longer) == (longer.n <= WAX_DOMAIN_MAX));
	WAX_ASSERT(
	    !wax_qname_is_askable(fuzz_join(arena, name, WAX_STR("..x"))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_str text = { (const char *)data, size };
	struct records records;
	enum wax_rrtype type;
	unsigned number;

	if (size < 2)
		return 0;
	arena = wax_arena_new("fuzz", 0);
	number = (unsigned)data[0] << 8 | data[1];
	records = read_records(wax_str_from(text, 2));
	/* The types that we ask for; of others there are no answers. */
	for (unsigned known = 0; known <= WAX_RR_AAAA; known++) {
		if (known != number)
			continue;
		type = (enum wax_rrtype)known;
		if (wax_rrtype_parse(wax_str_of(wax_rrtype_word(type)), &type))
			check(type, &records);
	}
	check_askable(wax_str_from(text, 2));
	wax_arena_free(arena);
	return 0;
}
