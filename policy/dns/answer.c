/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/dns/answer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/limits.h"

/*
 * The public part comes first and is followed, in the same block of memory,
 * by the records and then by the text they point to.
 */
struct counted {
	struct wax_answer answer;
	atomic_uint references;
	size_t bytes;
};

static const struct {
	enum wax_rrtype type;
	const char *word;
} type_words[] = {
	{ WAX_RR_A, "A" },
	{ WAX_RR_NS, "NS" },
	{ WAX_RR_CNAME, "CNAME" },
	{ WAX_RR_SOA, "SOA" },
	{ WAX_RR_PTR, "PTR" },
	{ WAX_RR_MX, "MX" },
	{ WAX_RR_TXT, "TXT" },
	{ WAX_RR_AAAA, "AAAA" },
};

#define N_TYPES (sizeof type_words / sizeof type_words[0])

const char *
wax_rrtype_word(enum wax_rrtype type)
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (type_words[i].type == type)
			return type_words[i].word;
	return "?";
}

bool
wax_rrtype_parse(struct wax_str word, enum wax_rrtype *out)
{
	for (size_t i = 0; i < N_TYPES; i++) {
		if (!wax_str_ieq(word, wax_str_of(type_words[i].word)))
			continue;
		*out = type_words[i].type;
		return true;
	}
	return false;
}

const char *
wax_dns_status_word(enum wax_dns_status status)
{
	switch (status) {
	case WAX_DNS_OK:
		return "ok";
	case WAX_DNS_NODATA:
		return "nodata";
	case WAX_DNS_NXDOMAIN:
		return "nxdomain";
	case WAX_DNS_TEMPFAIL:
		return "tempfail";
	case WAX_DNS_LIMIT:
		return "limit";
	}
	return "?";
}

bool
wax_qname_is_askable(struct wax_str qname)
{
	struct wax_str rest = qname, label;

	if (qname.n == 0 || qname.n > WAX_DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < qname.n; i++)
		if (qname.p[i] < ' ' || qname.p[i] > '~' || qname.p[i] == '\\')
			return false;
	while (wax_str_cut(&rest, '.', &label))
		if (label.n == 0 || label.n > WAX_LABEL_MAX)
			return false;
	return true;
}

/* Where text of records goes; `p` NULL: only measure. */
struct pool {
	char *p;
	size_t n;
};

static void
pool_add(struct pool *pool, char c)
{
	if (pool->p != NULL)
		pool->p[pool->n] = c;
	pool->n++;
}

static struct wax_str
pool_str(const struct pool *pool, size_t start)
{
	return (struct wax_str){ pool->p != NULL ? pool->p + start : NULL,
		pool->n - start };
}

/* A label's octet as text; odd ones as \DDD, as in zone files. */
static void
pool_add_octet(struct pool *pool, unsigned char c)
{
	if (c > ' ' && c <= '~' && c != '.' && c != '\\') {
		pool_add(pool, wax_lower((char)c));
		return;
	}
	pool_add(pool, '\\');
	pool_add(pool, (char)('0' + c / 100));
	pool_add(pool, (char)('0' + c / 10 % 10));
	pool_add(pool, (char)('0' + c % 10));
}

static bool
read_name(struct wax_wire wire, struct pool *pool, struct wax_str *out)
{
	const unsigned char *p = wire.p;
	size_t start = pool->n, i = 0;

	while (i < wire.n && p[i] != 0) {
		size_t len = p[i++];

		if (len > WAX_LABEL_MAX || len > wire.n - i)
			return false;
		if (pool->n > start)
			pool_add(pool, '.');
		while (len-- > 0)
			pool_add_octet(pool, p[i++]);
		if (i > 255)
			return false;
	}
	if (i == wire.n)
		return false;
	if (pool->n == start)
		pool_add(pool, '.');
	*out = pool_str(pool, start);
	return true;
}

static bool
read_txt(struct wax_wire wire, struct pool *pool, union wax_rdata *out)
{
	const unsigned char *p = wire.p;
	size_t start = pool->n, i = 0;
	unsigned n_strings = 0;

	while (i < wire.n) {
		size_t len = p[i++];

		if (len > wire.n - i)
			return false;
		while (len-- > 0)
			pool_add(pool, (char)p[i++]);
		n_strings++;
	}
	out->txt.text = pool_str(pool, start);
	out->txt.n_strings = n_strings;
	return n_strings > 0;
}

static bool
read_rdata(enum wax_rrtype type, struct wax_wire wire, struct pool *pool,
    union wax_rdata *out)
{
	const unsigned char *p = wire.p;

	switch (type) {
	case WAX_RR_A:
		if (wire.n == 4)
			out->address = wax_ip_from4(p);
		return wire.n == 4;
	case WAX_RR_AAAA:
		if (wire.n == 16)
			out->address = wax_ip_from6(p);
		return wire.n == 16;
	case WAX_RR_MX:
		if (wire.n < 3)
			return false;
		out->mx.preference = (unsigned)p[0] << 8 | p[1];
		return read_name((struct wax_wire){ p + 2, wire.n - 2 }, pool,
		    &out->mx.host);
	case WAX_RR_TXT:
		return read_txt(wire, pool, out);
	case WAX_RR_NS:
	case WAX_RR_CNAME:
	case WAX_RR_SOA:
	case WAX_RR_PTR:
		return read_name(wire, pool, &out->name);
	}
	return false;
}

static bool
read_all(enum wax_rrtype type, size_t n, const struct wax_wire *rdata,
    struct pool *pool, union wax_rdata *rr)
{
	for (size_t i = 0; i < n; i++) {
		union wax_rdata ignored;

		if (!read_rdata(
		        type, rdata[i], pool, rr != NULL ? &rr[i] : &ignored))
			return false;
	}
	return true;
}

/* Stable: hosts of one preference stay in the order of the answer. */
static void
sort_by_preference(union wax_rdata *rr, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i;
		     j > 0 && rr[j - 1].mx.preference > rr[j].mx.preference;
		     j--) {
			union wax_rdata swap = rr[j];

			rr[j] = rr[j - 1];
			rr[j - 1] = swap;
		}
}

const struct wax_answer *
wax_answer_new(enum wax_dns_status status, enum wax_rrtype type, bool alias,
    uint32_t ttl, size_t n, const struct wax_wire *rdata)
{
	struct pool measure = { NULL, 0 }, pool;
	struct counted *counted;
	union wax_rdata *rr;
	size_t bytes;

	if (n > WAX_DNS_RECORDS_MAX) {
		/* The next answer will be as long: permanent. */
		status = WAX_DNS_LIMIT;
		n = 0;
	} else if (!read_all(type, n, rdata, &measure, NULL)) {
		status = WAX_DNS_TEMPFAIL;
		n = 0;
		measure.n = 0;
	}
	WAX_ASSERT(n == 0 ? status != WAX_DNS_OK : status == WAX_DNS_OK);
	bytes = sizeof *counted + n * sizeof *rr + measure.n;
	counted = calloc(1, bytes);
	WAX_ASSERT(counted != NULL);
	rr = (union wax_rdata *)(counted + 1);
	pool = (struct pool){ (char *)(rr + n), 0 };
	(void)read_all(type, n, rdata, &pool, rr); /* measured above */
	if (type == WAX_RR_MX)
		sort_by_preference(rr, n);
	counted->answer = (struct wax_answer){ .status = status,
		.type = type,
		.alias = alias,
		.ttl = ttl,
		.n = n,
		.rr = rr };
	atomic_init(&counted->references, 1);
	counted->bytes = bytes;
	return &counted->answer;
}

static struct counted *
counted_of(const struct wax_answer *answer)
{
	/* Every wax_answer is the first member of a block made above. */
	return (struct counted *)(uintptr_t)answer;
}

const struct wax_answer *
wax_answer_ref(const struct wax_answer *answer)
{
	atomic_fetch_add_explicit(
	    &counted_of(answer)->references, 1, memory_order_relaxed);
	return answer;
}

void
wax_answer_unref(const struct wax_answer *answer)
{
	if (answer == NULL)
		return;
	if (atomic_fetch_sub_explicit(
	        &counted_of(answer)->references, 1, memory_order_acq_rel) == 1)
		free(counted_of(answer));
}

static void
unref(void *arg)
{
	wax_answer_unref(arg);
}

const struct wax_answer *
wax_answer_hold(struct wax_arena *arena, const struct wax_answer *answer)
{
	wax_arena_defer(arena, unref, counted_of(answer));
	return wax_answer_ref(answer);
}

size_t
wax_answer_bytes(const struct wax_answer *answer)
{
	return counted_of(answer)->bytes;
}
