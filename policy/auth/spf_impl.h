/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_impl.h - what the engines behind spf.h share; for policy/auth and its
 * tests only.
 *
 * A check is one evaluation with its counters, its questions and its result;
 * who walks through the records, in which order, is the engine's business.
 */
#ifndef WAX_POLICY_AUTH_SPF_IMPL_H
#define WAX_POLICY_AUTH_SPF_IMPL_H

#include "policy/auth/spf.h"
#include "policy/auth/spf_record.h"
#include "policy/base/limits.h"

/* check_host() of the domain asked for, and one more for each term. */
#define WAX_SPF_FRAMES_MAX (WAX_SPF_TERMS_MAX + 1)

/* One check_host() within the evaluation. */
struct wax_spf_frame {
	struct wax_str domain;
	struct wax_spf_record record;
	struct wax_str validated; /* %{p}, once it was looked for */
};

struct wax_spf_check {
	struct wax_arena *arena;        /* for text */
	struct wax_arena *answer_arena; /* for answers */
	struct wax_resolver *resolver;
	const struct wax_spf_query *query;
	wax_deadline deadline;
	bool is_ahead;      /* peek, and ask for what is not here */
	bool is_incomplete; /* ahead: some answer is not here */
	bool is_explaining; /* nothing counts any more */
	bool is_over;       /* the result stands */
	bool is_void;       /* the current term has met a void lookup */
	struct wax_spf_result result;
};

/* What the DNS said to one question. */
enum wax_spf_found {
	WAX_SPF_FOUND,
	WAX_SPF_NOTHING, /* no such name, or no such record */
	WAX_SPF_FAILED,  /* no answer: temporary */
	WAX_SPF_MISSING, /* ahead: not here yet */
	WAX_SPF_OVER     /* the evaluation has ended */
};

/*
 * What is decided before there is a record to look at: true if the result
 * is WAX_NONE, for any engine.                            RFC 7208 s4.3
 */
bool wax_spf_is_none(
    const struct wax_spf_query *query, struct wax_spf_result *out);

/* Our own evaluator. */
struct wax_spf_result wax_spf_rfc7208(struct wax_arena *arena,
    struct wax_resolver *resolver, const struct wax_spf_query *query,
    wax_deadline deadline);

/* libspf2 behind a guard. */
struct wax_spf_result wax_spf_libspf2(struct wax_arena *arena,
    struct wax_resolver *resolver, const struct wax_spf_query *query,
    wax_deadline deadline);

/* The result stands; nothing matched. */
void wax_spf_stop(
    struct wax_spf_check *c, enum wax_result result, struct wax_str reason);

/* stop() with a temporary error: this question was not answered. */
void wax_spf_stop_unanswered(
    struct wax_spf_check *c, struct wax_str name, enum wax_rrtype type);

/*
 * stop() for an include or a redirect that leads to no record.
 *                                                   RFC 7208 s5.2, s6.1
 */
void wax_spf_stop_without_record(
    struct wax_spf_check *c, struct wax_str name, bool is_redirect);

/*
 * Count a term that needs the DNS, which begins to be evaluated. False: it
 * is one too many, the evaluation has ended.            RFC 7208 s4.6.4
 */
bool wax_spf_count_term(struct wax_spf_check *c);

/*
 * Ask. With WAX_SPF_FOUND, *out is an answer with records. A void lookup is
 * counted if `counts`; the first of a term is.          RFC 7208 s4.6.4
 */
enum wax_spf_found wax_spf_ask(struct wax_spf_check *c, struct wax_str name,
    enum wax_rrtype type, bool counts, const struct wax_answer **out);

/* More MX hosts than may be looked at: the evaluation has ended. */
bool wax_spf_has_too_many_hosts(struct wax_spf_check *c, struct wax_str name,
    const struct wax_answer *answer);

/*
 * Fetch and check the record of a domain. WAX_SPF_NOTHING: it has none. What
 * is wrong with one ends the evaluation.            RFC 7208 s4.4 to s4.6
 */
enum wax_spf_found wax_spf_open_record(
    struct wax_spf_check *c, struct wax_str domain, struct wax_spf_frame *out);

/* The type of the client's addresses. */
enum wax_rrtype wax_spf_address_type(const struct wax_spf_check *c);

/* The client's address as a name in the reverse tree. */
struct wax_str wax_spf_reverse_name(
    struct wax_spf_check *c, const struct wax_spf_frame *frame);

/* Whether one of a host's addresses is the client's, up to the prefix. */
enum wax_spf_found wax_spf_host_has_client(struct wax_spf_check *c,
    struct wax_str host, bool counts, unsigned prefix4, unsigned prefix6);

/*
 * A validated name of the client at or under a domain. RFC 7208 s5.5
 */
enum wax_spf_found wax_spf_validated_under(struct wax_spf_check *c,
    const struct wax_spf_frame *frame, struct wax_str domain);

/*
 * The target of a term, expanded; the frame's domain if the domain-spec is
 * empty. False: not known yet, or the evaluation has ended. RFC 7208 s4.8
 */
bool wax_spf_target(struct wax_spf_check *c, struct wax_spf_frame *frame,
    struct wax_str spec, struct wax_str *out);

/*
 * After a fail, put the explanation of this frame's record into the result,
 * if there is one. Whatever is wrong with it, the result stands.
 *                                                          RFC 7208 s6.2
 */
void wax_spf_explain(struct wax_spf_check *c, struct wax_spf_frame *frame);

#endif
