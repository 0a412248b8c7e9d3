/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer.h - what the DNS said to one question: immutable, counted.
 *
 * Answers are shared between messages and threads; only the count of
 * references changes, and it is atomic. Made from the rdata of the wire
 * format, so that every resolver's answers are checked by the same code:
 * rdata that does not parse makes the whole answer a WAX_DNS_TEMPFAIL.
 */
#ifndef WAX_POLICY_DNS_ANSWER_H
#define WAX_POLICY_DNS_ANSWER_H

#include <stdint.h>

#include "policy/base/ip.h"
#include "policy/base/str.h"

enum wax_rrtype {
	WAX_RR_A = 1,
	WAX_RR_NS = 2,
	WAX_RR_CNAME = 5,
	WAX_RR_SOA = 6,
	WAX_RR_PTR = 12,
	WAX_RR_MX = 15,
	WAX_RR_TXT = 16,
	WAX_RR_AAAA = 28
};

enum wax_dns_status {
	WAX_DNS_OK,       /* at least one record of the asked type */
	WAX_DNS_NODATA,   /* the name exists, without that type */
	WAX_DNS_NXDOMAIN, /* the name does not exist (RFC 8020) */
	WAX_DNS_TEMPFAIL, /* SERVFAIL, timeout, bogus: may change */
	WAX_DNS_LIMIT     /* a bound of ours: the message's budget is spent, or
			   * the answer has too many records */
};

/* Names are lower-case text without a trailing dot; the root is ".". */
union wax_rdata {
	struct {
		struct wax_str text; /* strings joined (RFC 7208 s3.3) */
		unsigned n_strings;
	} txt;
	struct wax_ip address; /* A, AAAA (::ffff:0:0/96 becomes IPv4) */
	struct {
		unsigned preference;
		struct wax_str host;
	} mx;                /* in order of preference */
	struct wax_str name; /* PTR, CNAME, NS, SOA: the (first) name */
};

struct wax_answer {
	enum wax_dns_status status;
	enum wax_rrtype type;
	bool alias;   /* the name owns a CNAME: it exists even if status is
		       * WAX_DNS_NXDOMAIN (RFC 9989 s3.2.13) */
	uint32_t ttl; /* seconds */
	size_t n;     /* 0 unless status is WAX_DNS_OK */
	const union wax_rdata *rr;
};

/* One record's rdata in wire format, names not compressed. */
struct wax_wire {
	const void *p;
	size_t n;
};

/*
 * A new answer with one reference. With records (n > 0) the status is
 * WAX_DNS_OK; without, `status` must be another.
 */
const struct wax_answer *wax_answer_new(enum wax_dns_status status,
    enum wax_rrtype type, bool alias, uint32_t ttl, size_t n,
    const struct wax_wire *rdata) __attribute__((returns_nonnull));

const struct wax_answer *wax_answer_ref(const struct wax_answer *answer)
    __attribute__((returns_nonnull));
void wax_answer_unref(const struct wax_answer *answer); /* NULL is allowed */

/* Take a reference that ends with the arena; returns `answer`. */
const struct wax_answer *wax_answer_hold(
    struct wax_arena *arena, const struct wax_answer *answer);

/* Memory it takes, for the bound of a cache. */
size_t wax_answer_bytes(const struct wax_answer *answer);

/*
 * Whether a name may be asked: 1 to 253 octets of printable ASCII (blanks,
 * too: RFC 7208 s7.1 has a macro for them) without backslash, labels of 1 to
 * 63. What may not cannot exist.
 */
bool wax_qname_is_askable(struct wax_str qname) WAX_MUST_USE;

/* "TXT"; "TYPE65" is never needed. Text to type: false if unknown. */
const char *wax_rrtype_word(enum wax_rrtype type);
bool wax_rrtype_parse(struct wax_str word, enum wax_rrtype *out) WAX_MUST_USE;
const char *wax_dns_status_word(enum wax_dns_status status);

#endif
