/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_host() by libspf2, behind a guard. The only file that includes spf2/.
 *
 * libspf2 1.2.10 restarts the limit of terms in each include, has no limit
 * of void lookups, passes every loopback client, overflows its stack when it
 * compiles or expands macros (CVE-2021-20314, CVE-2021-33912, CVE-2021-33913,
 * CVE-2023-42118) and drops without an error what does not fit into 511
 * compiled octets. So it never sees what a stranger wrote: records are
 * checked by our grammar and written anew, with a handle in place of each
 * domain-spec (a, mx, exists, include, redirect), without modifiers, and with
 * redirect= at the end where it belongs. When the library asks for a handle,
 * the same code as our own evaluator's counts the term, expands the macros
 * and asks the DNS. Of strangers' text only names remain that were checked
 * to be askable: the targets of ptr and the client's names.
 *
 * What is left to the library is its own: compiling, the order of terms,
 * qualifiers, includes and redirects, comparing addresses and names.
 *
 * Whatever the guard itself decides (limits, errors, temporary errors) ends
 * the library's run by an error, and stands in place of its result. Our own
 * evaluator judges instead: loopback clients, records that are too big for
 * the compiler, targets of ptr that cannot be asked or need %{p}, and
 * whatever the library answers that it should not.
 *
 * Not here: which term matched (the library does not tell, so the result's
 * `mechanism` is empty), whether a temporary error is decided anyway
 * (`undecided` is true), asking ahead (spf_rfc7208.c does it for any engine).
 */
#include "policy/auth/spf_impl.h"

/* spf2's headers want these first, and to be told of ns_type. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>

#define HAVE_NS_TYPE 1
#include <spf2/spf.h>
#include <spf2/spf_dns.h>

#include "policy/base/text.h"
#include "policy/base/vec.h"

/*
 * The library's room for all mechanisms of a record, and what each part of
 * one takes. compile() sees that this is how it is.
 */
#define COMPILED_MAX SPF_MAX_MECH_LEN
#define COMPILED_HEAD 4
#define COMPILED_CIDR 4
#define COMPILED_STRING(n) (4 + ((n) + 3) / 4 * 4)
#define COMPILED_IP4 4
#define COMPILED_IP6 16

/* An askable name fits into one of its strings. */
static_assert(WAX_DOMAIN_MAX <= 255, "strings of libspf2");

/*
 * Its own limit counts per record; ours counts. It must not be reached:
 * a record of 511 octets has fewer terms.
 */
#define LIBRARY_TERMS_MAX 1000

/* What the library asks for by a handle. */
struct handle {
	struct wax_spf_frame *frame;
	struct wax_str spec; /* of a term; or a host of an mx, as it is */
	bool is_host;
	/* "/0" cannot be said to the library: then whatever addresses there
	 * are, they are given as the client's. */
	bool matches_any;
};

struct guard {
	struct wax_spf_check base;
	SPF_dns_server_t dns;
	WAX_VEC(struct handle) handles;
	struct wax_spf_frame *frame; /* the record that a fail would be of */
	bool is_unfit;               /* our own evaluator is to judge */
};

/* --- writing records ------------------------------------------------------- */

/*
 * A handle is "\" and a number: visible ASCII, no macro, and never a name
 * that may be asked, for those have no backslash.
 */
static size_t
add_handle(struct guard *g, struct wax_spf_frame *frame, struct wax_str spec,
    bool is_host, bool matches_any)
{
	WAX_PUSH(g->base.arena, &g->handles,
	    (struct handle){ frame, spec, is_host, matches_any });
	return g->handles.n - 1;
}

static struct handle *
handle_of(struct guard *g, const char *name)
{
	struct wax_str s = wax_str_of(name);
	unsigned long number;

	if (s.n == 0 || s.p[0] != '\\' ||
	    !wax_str_number(wax_str_from(s, 1), g->handles.n - 1, &number))
		return NULL;
	return &g->handles.v[number];
}

static char
qualifier_of(enum wax_result on_match)
{
	switch (on_match) {
	case WAX_FAIL:
		return '-';
	case WAX_SOFTFAIL:
		return '~';
	case WAX_NEUTRAL:
		return '?';
	case WAX_PASS:
	case WAX_NONE:
	case WAX_POLICY:
	case WAX_TEMPERROR:
	case WAX_PERMERROR:
		break;
	}
	return '+';
}

/* One record as it is written for the library. */
struct writing {
	struct guard *guard;
	struct wax_spf_frame *frame;
	struct wax_text text;
	size_t compiled; /* octets it will take at most */
	size_t n_mechanisms;
};

static void
begin_mechanism(
    struct writing *w, const struct wax_spf_term *term, const char *name)
{
	wax_text_addf(&w->text, " %c%s", qualifier_of(term->on_match), name);
	w->compiled += COMPILED_HEAD;
	w->n_mechanisms++;
}

static void
write_handle(struct writing *w, const struct wax_spf_term *term, char sign,
    bool matches_any)
{
	size_t before;

	wax_text_addc(&w->text, sign);
	before = w->text.n;
	wax_text_addf(&w->text, "\\%zu",
	    add_handle(w->guard, w->frame, term->spec, false, matches_any));
	w->compiled += COMPILED_STRING(w->text.n - before);
}

/* Only the client's family has a length; the widest is the default. */
static void
write_hosts(
    struct writing *w, const struct wax_spf_term *term, const char *name)
{
	bool is_v4 = w->guard->base.query->client.family == WAX_IPV4;
	unsigned prefix = is_v4 ? term->prefix4 : term->prefix6;

	begin_mechanism(w, term, name);
	write_handle(w, term, ':', prefix == 0);
	if (prefix == 0 || prefix == wax_ip_bits(w->guard->base.query->client))
		return;
	wax_text_addf(&w->text, "%s%u", is_v4 ? "/" : "//", prefix);
	w->compiled += COMPILED_CIDR;
}

static void
write_network(struct writing *w, const struct wax_spf_term *term)
{
	const struct wax_network *network = &term->network;
	int family = term->kind == WAX_SPF_IP4 ? AF_INET : AF_INET6;
	unsigned n_halves = network->prefix == 0 ? 2 : 1;
	struct wax_ip base = network->base;
	char z[INET6_ADDRSTRLEN];

	/* "/0" is refused: two halves of all addresses. */
	for (unsigned half = 0; half < n_halves; half++) {
		if (n_halves > 1)
			base.octet[0] = half == 0 ? 0 : 0x80;
		WAX_ASSERT(inet_ntop(family, base.octet, z, sizeof z) != NULL);
		begin_mechanism(w, term, family == AF_INET ? "ip4" : "ip6");
		wax_text_addf(
		    &w->text, ":%s/%u", z, n_halves > 1 ? 1 : network->prefix);
		w->compiled += family == AF_INET ? COMPILED_IP4 : COMPILED_IP6;
	}
}

/* The one name of a stranger that a record keeps: it is compared, not asked. */
static void
write_ptr(struct writing *w, const struct wax_spf_term *term)
{
	struct wax_str name;

	if (wax_spf_uses_letter(term->spec, 'p') ||
	    !wax_spf_target(&w->guard->base, w->frame, term->spec, &name) ||
	    !wax_qname_is_askable(name)) {
		w->guard->is_unfit = true;
		return;
	}
	begin_mechanism(w, term, "ptr:");
	w->compiled += COMPILED_STRING(name.n);
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '%')
			wax_text_addz(&w->text, "%%");
		else if (name.p[i] == ' ')
			wax_text_addz(&w->text, "%_");
		else
			wax_text_addc(&w->text, name.p[i]);
	}
}

static void
write_term(struct writing *w, const struct wax_spf_term *term)
{
	switch (term->kind) {
	case WAX_SPF_ALL:
		begin_mechanism(w, term, "all");
		break;
	case WAX_SPF_IP4:
	case WAX_SPF_IP6:
		write_network(w, term);
		break;
	case WAX_SPF_A:
		write_hosts(w, term, "a");
		break;
	case WAX_SPF_MX:
		write_hosts(w, term, "mx");
		break;
	case WAX_SPF_PTR:
		write_ptr(w, term);
		break;
	case WAX_SPF_INCLUDE:
		begin_mechanism(w, term, "include");
		write_handle(w, term, ':', false);
		break;
	case WAX_SPF_EXISTS:
		begin_mechanism(w, term, "exists");
		write_handle(w, term, ':', false);
		break;
	case WAX_SPF_REDIRECT: /* when all is written */
	case WAX_SPF_EXP:
	case WAX_SPF_UNKNOWN_MODIFIER:
		break;
	}
}

/*
 * The record as the library may see it. Behind `all` nothing has an effect;
 * the library would go on.                                 RFC 7208 s5.1
 */
static void
write_record(struct writing *w)
{
	struct wax_spf_term term = { .kind = WAX_SPF_EXP };
	size_t at = 0;

	wax_text_addz(&w->text, "v=spf1");
	while (term.kind != WAX_SPF_ALL &&
	       wax_spf_record_next(&w->frame->record, &at, &term))
		write_term(w, &term);
	if (term.kind == WAX_SPF_ALL || w->frame->record.redirect.n == 0)
		return;
	term = (struct wax_spf_term){ .kind = WAX_SPF_REDIRECT,
		.spec = w->frame->record.redirect };
	wax_text_addz(&w->text, " redirect");
	w->compiled += COMPILED_HEAD;
	w->n_mechanisms++;
	write_handle(w, &term, '=', false);
}

/* --- what the library asks ------------------------------------------------- */

static struct guard *
guard_of(SPF_dns_server_t *dns)
{
	return dns->hook;
}

static SPF_dns_rr_t *
new_answer(struct guard *g, const char *name, ns_type type, int status)
{
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(&g->dns, name, type, 0, status);

	/* NULL would end the process inside the library. */
	WAX_ASSERT(rr != NULL);
	return rr;
}

/* TRY_AGAIN makes the library stop, wherever it is. */
static SPF_dns_rr_t *
end_run(struct guard *g, const char *name, ns_type type)
{
	return new_answer(g, name, type, TRY_AGAIN);
}

static SPF_dns_rr_data_t *
add_rr(SPF_dns_rr_t *to, size_t n)
{
	WAX_ASSERT(SPF_dns_rr_buf_realloc(to, to->num_rr, n) == SPF_E_SUCCESS);
	return to->rr[to->num_rr++];
}

static void
add_text(SPF_dns_rr_t *to, const char *z)
{
	SPF_dns_rr_data_t *rr = add_rr(to, strlen(z) + 1);

	memcpy(rr->txt, z, strlen(z) + 1);
}

static void
add_address(SPF_dns_rr_t *to, struct wax_ip ip)
{
	SPF_dns_rr_data_t *rr = add_rr(to, sizeof *rr);

	if (ip.family == WAX_IPV4)
		memcpy(&rr->a, ip.octet, 4);
	else
		memcpy(&rr->aaaa, ip.octet, 16);
}

static void
add_addresses(struct guard *g, SPF_dns_rr_t *to,
    const struct wax_answer *answer, enum wax_rrtype type, bool matches_any)
{
	enum wax_family family = type == WAX_RR_A ? WAX_IPV4 : WAX_IPV6;

	for (size_t i = 0; i < answer->n; i++) {
		struct wax_ip ip = answer->rr[i].address;

		/* A mapped address matches nobody. */
		if (ip.family == family)
			add_address(
			    to, matches_any ? g->base.query->client : ip);
	}
}

static void
add_hosts(struct guard *g, SPF_dns_rr_t *to, const struct handle *handle,
    const struct wax_answer *answer)
{
	struct wax_spf_frame *frame = handle->frame;
	bool matches_any = handle->matches_any;

	for (size_t i = 0; i < answer->n; i++)
		add_text(to, wax_textf(g->base.arena, "\\%zu",
		                 add_handle(g, frame, answer->rr[i].mx.host,
		                     true, matches_any))
		                 .p);
}

/*
 * A question of an a, mx or exists. The hosts of an mx come as handles of
 * their own.
 */
static SPF_dns_rr_t *
ask_handle(struct guard *g, const struct handle *handle, const char *as,
    enum wax_rrtype type, ns_type library_type)
{
	struct wax_spf_check *c = &g->base;
	const struct wax_answer *answer;
	struct wax_str name = handle->spec;
	SPF_dns_rr_t *out;

	if (!handle->is_host &&
	    (!wax_spf_count_term(c) ||
	        !wax_spf_target(c, handle->frame, handle->spec, &name)))
		return end_run(g, as, library_type);
	switch (wax_spf_ask(c, name, type, true, &answer)) {
	case WAX_SPF_FOUND:
		break;
	case WAX_SPF_NOTHING:
		return new_answer(g, as, library_type, NO_DATA);
	case WAX_SPF_FAILED:
		wax_spf_stop_unanswered(c, name, type);
		return end_run(g, as, library_type);
	case WAX_SPF_MISSING:
	case WAX_SPF_OVER:
		return end_run(g, as, library_type);
	}
	if (type == WAX_RR_MX && wax_spf_has_too_many_hosts(c, name, answer))
		return end_run(g, as, library_type);
	out = new_answer(g, as, library_type, NETDB_SUCCESS);
	if (type == WAX_RR_MX)
		add_hosts(g, out, handle, answer);
	else
		add_addresses(g, out, answer, type, handle->matches_any);
	return out;
}

/*
 * The names of the client, for ptr. Errors are no match, and names after
 * the tenth are not looked at.                             RFC 7208 s5.5
 */
static SPF_dns_rr_t *
ask_names(struct guard *g, const char *as)
{
	struct wax_spf_check *c = &g->base;
	const struct wax_answer *answer;
	SPF_dns_rr_t *out;
	enum wax_spf_found found;

	if (!wax_spf_count_term(c))
		return end_run(g, as, ns_t_ptr);
	found = wax_spf_ask(
	    c, wax_spf_reverse_name(c, g->frame), WAX_RR_PTR, true, &answer);
	if (c->is_over)
		return end_run(g, as, ns_t_ptr);
	if (found != WAX_SPF_FOUND)
		return new_answer(g, as, ns_t_ptr, NO_DATA);
	out = new_answer(g, as, ns_t_ptr, NETDB_SUCCESS);
	for (size_t i = 0; i < answer->n && i < WAX_SPF_PTR_MAX; i++) {
		struct wax_str name = answer->rr[i].name;

		if (wax_qname_is_askable(name))
			add_text(out, wax_str_z(c->arena, name));
	}
	return out;
}

/* One of the client's names: whether it leads back. */
static SPF_dns_rr_t *
ask_name(struct guard *g, const char *name, enum wax_rrtype type,
    ns_type library_type)
{
	struct wax_spf_check *c = &g->base;
	const struct wax_answer *answer;
	SPF_dns_rr_t *out;
	enum wax_spf_found found = wax_spf_ask(
	    c, wax_str_dup(c->arena, wax_str_of(name)), type, false, &answer);

	if (c->is_over)
		return end_run(g, name, library_type);
	if (found != WAX_SPF_FOUND)
		return new_answer(g, name, library_type, NO_DATA);
	out = new_answer(g, name, library_type, NETDB_SUCCESS);
	add_addresses(g, out, answer, type, false);
	return out;
}

static SPF_dns_rr_t *
on_lookup(SPF_dns_server_t *dns, const char *name, ns_type library_type,
    int should_cache)
{
	struct guard *g = guard_of(dns);
	enum wax_rrtype type = library_type == ns_t_a    ? WAX_RR_A
	                       : library_type == ns_t_mx ? WAX_RR_MX
	                                                 : WAX_RR_AAAA;
	const struct handle *handle = handle_of(g, name);
	struct handle copy;

	(void)should_cache;
	if (g->base.is_over || g->is_unfit)
		return end_run(g, name, library_type);
	if (library_type == ns_t_ptr)
		return ask_names(g, name);
	if (handle == NULL)
		return ask_name(g, name, type, library_type);
	copy = *handle; /* answers may add handles */
	return ask_handle(g, &copy, name, type, library_type);
}

/* --- the records that the library asks for --------------------------------- */

/* Compile, and see that nothing was lost on the way. */
static SPF_errcode_t
compile(struct guard *g, struct wax_spf_frame *frame, SPF_server_t *server,
    SPF_response_t *response, SPF_record_t **out)
{
	struct writing w = { .guard = g, .frame = frame };
	SPF_errcode_t err;

	wax_text_init(&w.text, g->base.arena);
	write_record(&w);
	if (w.compiled > COMPILED_MAX)
		g->is_unfit = true;
	if (g->is_unfit || g->base.is_over)
		return SPF_E_DNS_ERROR;
	err = SPF_record_compile(server, response, out, w.text.p);
	if (err != SPF_E_SUCCESS || SPF_response_errors(response) > 0 ||
	    (*out)->num_mech != w.n_mechanisms ||
	    (*out)->mech_len != w.compiled || (*out)->num_mod != 0) {
		g->is_unfit = true;
		return SPF_E_DNS_ERROR;
	}
	return SPF_E_SUCCESS;
}

/* The domain whose record is wanted: the query's first, then handles'. */
static bool
wanted_domain(
    struct guard *g, const char *as, struct wax_str *out, bool *is_redirect)
{
	struct handle *handle = handle_of(g, as);

	*is_redirect = false;
	*out = g->base.query->domain.text;
	if (g->frame == NULL)
		return true;
	WAX_ASSERT(handle != NULL);
	*is_redirect = handle->spec.p == handle->frame->record.redirect.p;
	return wax_spf_count_term(&g->base) &&
	       wax_spf_target(&g->base, handle->frame, handle->spec, out);
}

static SPF_errcode_t
on_get_spf(SPF_server_t *server, SPF_request_t *request,
    SPF_response_t *response, SPF_record_t **out)
{
	struct guard *g = guard_of(server->resolver);
	struct wax_spf_check *c = &g->base;
	struct wax_spf_frame *frame = WAX_NEW(c->arena, struct wax_spf_frame);
	bool is_first = g->frame == NULL, is_redirect;
	struct wax_str domain;

	*out = NULL;
	if (c->is_over || g->is_unfit ||
	    !wanted_domain(g, request->cur_dom, &domain, &is_redirect))
		return SPF_E_DNS_ERROR;
	switch (wax_spf_open_record(c, domain, frame)) {
	case WAX_SPF_FOUND:
		break;
	case WAX_SPF_NOTHING:
		if (is_first)
			wax_spf_stop(c, WAX_NONE, WAX_STR("no SPF record"));
		else
			wax_spf_stop_without_record(c, domain, is_redirect);
		return SPF_E_DNS_ERROR;
	case WAX_SPF_FAILED:
		wax_spf_stop_unanswered(c, domain, WAX_RR_TXT);
		return SPF_E_DNS_ERROR;
	case WAX_SPF_MISSING:
	case WAX_SPF_OVER:
		return SPF_E_DNS_ERROR;
	}
	/* Explanations are of the first record, or of what it redirects to
	 * outside of any include. */
	if (is_first ||
	    (is_redirect && handle_of(g, request->cur_dom)->frame == g->frame))
		g->frame = frame;
	return compile(g, frame, server, response, out);
}

/* --- the whole ------------------------------------------------------------- */

/* The library's result, if the guard has none. False: none that it should. */
static bool
take_result(struct guard *g, SPF_response_t *response)
{
	struct wax_spf_result *result = &g->base.result;

	result->engine = WAX_SPF_LIBSPF2;
	if (g->base.is_over)
		return true;
	switch (SPF_response_result(response)) {
	case SPF_RESULT_PASS:
		result->result = WAX_PASS;
		break;
	case SPF_RESULT_FAIL:
		result->result = WAX_FAIL;
		break;
	case SPF_RESULT_SOFTFAIL:
		result->result = WAX_SOFTFAIL;
		break;
	case SPF_RESULT_NEUTRAL:
		result->result = WAX_NEUTRAL;
		break;
	case SPF_RESULT_INVALID:
	case SPF_RESULT_NONE:
	case SPF_RESULT_TEMPERROR:
	case SPF_RESULT_PERMERROR:
		return false;
	}
	if (SPF_response_reason(response) == SPF_REASON_DEFAULT)
		result->reason = WAX_STR("no term matched");
	return true;
}

/*
 * One run. The sender the library knows is a constant, and so is the text it
 * explains with: its macro expander works on nothing else.
 */
static bool
run(struct guard *g)
{
	SPF_server_t *server = SPF_server_new_dns(&g->dns, 0);
	SPF_response_t *response = NULL, *ignored = NULL;
	struct wax_ip client = g->base.query->client;
	SPF_request_t *request;
	struct in6_addr v6;
	struct in_addr v4;
	bool fine;

	WAX_ASSERT(server != NULL);
	(void)SPF_server_set_rec_dom(server, "receiver.invalid");
	(void)SPF_server_set_explanation(server, "-", &ignored);
	(void)SPF_server_set_max_dns_mech(server, LIBRARY_TERMS_MAX);
	request = SPF_request_new(server);
	WAX_ASSERT(request != NULL);
	memcpy(&v4, client.octet, sizeof v4);
	memcpy(&v6, client.octet, sizeof v6);
	(void)(client.family == WAX_IPV4 ? SPF_request_set_ipv4(request, v4)
	                                 : SPF_request_set_ipv6(request, v6));
	(void)SPF_request_set_env_from(request, "postmaster@sender.invalid");
	/* What it returns is in the response, too. */
	(void)SPF_request_query_mailfrom(request, &response);
	WAX_ASSERT(response != NULL);
	fine = !g->is_unfit && take_result(g, response);
	SPF_response_free(response);
	if (ignored != NULL)
		SPF_response_free(ignored);
	SPF_request_free(request);
	SPF_server_free(server);
	return fine;
}

struct wax_spf_result
wax_spf_libspf2(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct wax_spf_query *query, wax_deadline deadline)
{
	struct guard g = { .base = { .arena = arena,
		               .answer_arena = arena,
		               .resolver = resolver,
		               .query = query,
		               .deadline = deadline } };

	if (wax_spf_is_none(query, &g.base.result)) {
		g.base.result.engine = WAX_SPF_LIBSPF2;
		return g.base.result;
	}
	g.dns.lookup = on_lookup;
	g.dns.get_spf = on_get_spf;
	g.dns.name = "sealwax";
	g.dns.hook = &g;
	if (wax_ip_is_loopback(query->client) || !run(&g))
		return wax_spf_rfc7208(arena, resolver, query, deadline);
	if (g.base.result.result == WAX_FAIL && query->want_explanation)
		wax_spf_explain(&g.base, g.frame);
	return g.base.result;
}
