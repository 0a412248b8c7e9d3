/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys, hashes and signatures of what was chosen: RFC 6376 s6.1.2, s6.1.3.
 *
 * libopendkim checks the header of each signature that it reads as RFC 6376
 * has it; the others are checked here, with the same canonicalization that
 * hashes the bodies.
 */
#include <string.h>

#include "policy/auth/dkim_impl.h"
#include "policy/auth/dkim_library.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

/* libopendkim looks at all fields for each name: names times fields. */
#define LIBRARY_STEPS_MAX 100000

/* --- the key -------------------------------------------------------------- */

/* RFC 8301 s3.2: below 1024 bits is never valid; between that and what the
 * operator wants it is the operator's policy. */
static bool
key_size_is_allowed(struct wax_dkim *dkim, struct wax_dkim_entry *entry)
{
	unsigned bits = entry->key.bits;

	if (entry->key.type == WAX_KEY_ED25519)
		return true;
	if (bits > dkim->options.max_key_bits) {
		wax_dkim_decide(entry, WAX_PERMERROR, "key has too many bits");
		entry->out.limit_hit = true;
		return false;
	}
	if (bits < WAX_KEY_BITS_MIN_DEFAULT) {
		wax_dkim_decide(
		    entry, WAX_PERMERROR, "key has less than 1024 bits");
		return false;
	}
	if (bits < dkim->options.min_rsa_bits) {
		wax_dkim_decide(entry, WAX_POLICY, "key has too few bits");
		return false;
	}
	return true;
}

static bool
key_is_allowed(struct wax_dkim *dkim, struct wax_dkim_entry *entry)
{
	entry->out.test_key = entry->key.testing;
	entry->out.key_bits = entry->key.bits;
	if (entry->key.fault != WAX_KEY_OK) {
		wax_dkim_decide(
		    entry, WAX_PERMERROR, wax_key_fault_text(entry->key.fault));
		entry->out.limit_hit = entry->key.fault == WAX_KEY_TOO_LONG;
		return false;
	}
	if (entry->key.strict_domain && entry->tags.auid_is_below) {
		wax_dkim_decide(entry, WAX_PERMERROR,
		    "i= is below d=, which the key forbids (t=s)");
		return false;
	}
	return key_size_is_allowed(dkim, entry);
}

/* Wait for the key; false if that gave a result. RFC 6376 s6.1.2 */
static bool
find_key(
    struct wax_dkim *dkim, struct wax_dkim_entry *entry, wax_deadline deadline)
{
	const struct wax_answer *answer = wax_dns_lookup(dkim->resolver,
	    dkim->arena, entry->tags.qname, WAX_RR_TXT, deadline);

	switch (answer->status) {
	case WAX_DNS_OK:
		entry->key = wax_keyrec_choose(
		    dkim->arena, answer, entry->tags.key_type);
		return key_is_allowed(dkim, entry);
	case WAX_DNS_NODATA:
	case WAX_DNS_NXDOMAIN:
		wax_dkim_decide(entry, WAX_PERMERROR, "no key");
		return false;
	case WAX_DNS_LIMIT:
		wax_dkim_decide(entry, WAX_PERMERROR,
		    "too many DNS questions, or records at the key's name");
		entry->out.limit_hit = true;
		return false;
	case WAX_DNS_TEMPFAIL:
		break;
	}
	wax_dkim_decide(entry, WAX_TEMPERROR, "key lookup did not complete");
	entry->out.undecided = true;
	return false;
}

/* --- the body ------------------------------------------------------------- */

static bool
body_is_good(struct wax_dkim *dkim, struct wax_dkim_entry *entry)
{
	const struct wax_dkim_body *body = &dkim->bodies.v[entry->body];
	uint64_t length = wax_body_hash_length(body->hash);

	/* A resolver that forgets what it answered. */
	if (!body->is_needed) {
		wax_dkim_decide(
		    entry, WAX_TEMPERROR, "key was not there before");
		entry->out.undecided = true;
		return false;
	}
	if (body->limit != UINT64_MAX && body->limit > length) {
		/* RFC 6376 s3.5, l= */
		wax_dkim_decide(
		    entry, WAX_PERMERROR, "l= is more than the body has");
		return false;
	}
	entry->out.l_unsigned = length > body->limit;
	if (memcmp(body->digest, entry->tags.body_hash, sizeof body->digest) ==
	    0)
		return true;
	wax_dkim_decide(entry, WAX_FAIL, "body hash did not verify");
	entry->out.broken = true;
	return false;
}

/* --- the header ----------------------------------------------------------- */

static void
decide_good(struct wax_dkim *dkim, struct wax_dkim_entry *entry)
{
	if (entry->out.l_unsigned && !dkim->options.accept_l_tag)
		wax_dkim_decide(
		    entry, WAX_POLICY, "l= leaves a part of the body unsigned");
	else
		wax_dkim_decide(entry, WAX_PASS, NULL);
}

static void
decide_bad(struct wax_dkim_entry *entry)
{
	wax_dkim_decide(entry, WAX_FAIL, "signature did not verify");
	entry->out.broken = true;
}

/* The signature's own field without what b= says.     RFC 6376 s3.7 */
static struct wax_str
without_b(struct wax_arena *arena, struct wax_str raw,
    const struct wax_dkim_tags *tags)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add(&text, wax_str_head(raw, tags->b_start));
	wax_text_add(&text, wax_str_from(raw, tags->b_end));
	return wax_text_str(&text);
}

void
wax_dkim_header_digest(const struct wax_field *fields,
    struct wax_signed_fields *index, size_t own,
    const struct wax_dkim_tags *tags, unsigned char digest[WAX_SHA256_BYTES])
{
	const struct wax_field *signature = &fields[own];
	struct wax_arena *scratch = wax_arena_new("header digest", 4096);
	struct wax_sha256 *hash = wax_sha256_new(scratch);
	size_t n;
	const size_t *position =
	    wax_signed_fields_select(index, tags->name, tags->n_names, own, &n);

	for (size_t i = 0; i < n; i++) {
		const struct wax_field *field = &fields[position[i]];

		wax_canon_field(
		    hash, tags->header_canon, field->name, field->raw);
		wax_sha256_add(hash, WAX_STR("\r\n"));
	}
	wax_canon_field(hash, tags->header_canon, signature->name,
	    without_b(scratch, signature->raw, tags));
	wax_sha256_end(hash, digest);
	wax_arena_free(scratch);
}

static void
verify_here(struct wax_dkim *dkim, struct wax_dkim_entry *entry,
    struct wax_signed_fields *index)
{
	unsigned char digest[WAX_SHA256_BYTES];

	wax_dkim_header_digest(
	    dkim->fields.v, index, entry->position, &entry->tags, digest);
	switch (wax_pkey_verify(
	    entry->key.type, entry->key.key, digest, entry->tags.signature)) {
	case WAX_PKEY_GOOD:
		decide_good(dkim, entry);
		return;
	case WAX_PKEY_BAD:
		decide_bad(entry);
		return;
	case WAX_PKEY_UNUSABLE:
		wax_dkim_decide(entry, WAX_PERMERROR, "key is not usable");
		return;
	case WAX_PKEY_INTERNAL:
		break;
	}
	wax_dkim_decide(entry, WAX_TEMPERROR, "libcrypto failed");
	entry->out.undecided = true;
	entry->out.internal_error = true;
}

/* --- what goes to libopendkim --------------------------------------------- */

struct plan {
	struct wax_signed_fields *index;
	bool *is_signed; /* fields to show */
	size_t n_shown;
	WAX_VEC(struct wax_library_job) jobs;
	WAX_VEC(struct wax_dkim_entry *) entries; /* of the jobs */
};

/*
 * Octets that the library's relaxed canonicalization takes for white space
 * or for the end, and line ends that fold nothing.
 */
static bool
is_odd(struct wax_str raw)
{
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '\0' || c == '\v' || c == '\f')
			return true;
		if (c == '\r' && (i + 1 == raw.n || raw.p[i + 1] != '\n'))
			return true;
		if (c == '\n' &&
		    (i == 0 || raw.p[i - 1] != '\r' || i + 1 == raw.n ||
		        !wax_is_blank(raw.p[i + 1])))
			return true;
	}
	return false;
}

/* The library refuses a tab before the colon (RFC 5322 s4.5 has it). */
static bool
name_is_odd(struct wax_str name)
{
	return wax_str_find(name, '\t') < name.n;
}

/*
 * The library keeps the first key that it got for an s= and d=: another one
 * at the same name, of the other type, would not be asked for.
 */
static bool
key_is_taken(const struct plan *plan, const struct wax_dkim_entry *entry)
{
	for (size_t i = 0; i < plan->jobs.n; i++)
		if (plan->jobs.v[i].key.type != entry->key.type &&
		    wax_str_eq(plan->jobs.v[i].tags->qname, entry->tags.qname))
			return true;
	return false;
}

static bool
suits_library(struct wax_dkim *dkim, const struct plan *plan,
    const struct wax_dkim_entry *entry, const size_t *position, size_t n)
{
	if (!entry->tags.is_plain || key_is_taken(plan, entry) ||
	    entry->tags.n_names * (plan->n_shown + n) > LIBRARY_STEPS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct wax_field *field = &dkim->fields.v[position[i]];

		if (name_is_odd(field->name) || is_odd(field->raw))
			return false;
	}
	return !name_is_odd(dkim->fields.v[entry->position].name);
}

static void
hand_over(
    struct wax_dkim *dkim, struct plan *plan, struct wax_dkim_entry *entry)
{
	struct wax_library_job job = { .position = entry->position,
		.tags = &entry->tags,
		.key = entry->key };
	size_t n;
	const size_t *position = wax_signed_fields_select(plan->index,
	    entry->tags.name, entry->tags.n_names, entry->position, &n);

	if (!suits_library(dkim, plan, entry, position, n)) {
		verify_here(dkim, entry, plan->index);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		plan->n_shown += !plan->is_signed[position[i]];
		plan->is_signed[position[i]] = true;
	}
	WAX_PUSH(dkim->arena, &plan->jobs, job);
	WAX_PUSH(dkim->arena, &plan->entries, entry);
}

static void
take_verdicts(struct wax_dkim *dkim, struct plan *plan)
{
	for (size_t i = 0; i < plan->jobs.n; i++) {
		struct wax_dkim_entry *entry = plan->entries.v[i];

		switch (plan->jobs.v[i].verdict) {
		case WAX_LIBRARY_GOOD:
			decide_good(dkim, entry);
			break;
		case WAX_LIBRARY_BAD:
			decide_bad(entry);
			break;
		case WAX_LIBRARY_NO_VERDICT:
			verify_here(dkim, entry, plan->index);
			break;
		}
	}
}

void
wax_dkim_verify_chosen(struct wax_dkim *dkim, wax_deadline deadline)
{
	struct plan plan = { 0 };

	for (size_t i = 0; i < dkim->n; i++) {
		struct wax_dkim_entry *entry = &dkim->entry[i];

		if (!entry->chosen || !find_key(dkim, entry, deadline) ||
		    !body_is_good(dkim, entry))
			continue;
		if (plan.index == NULL) {
			plan.index = wax_signed_fields_new(
			    dkim->arena, dkim->fields.v, dkim->fields.n);
			plan.is_signed = wax_alloc(
			    dkim->arena, dkim->fields.n, sizeof(bool));
		}
		hand_over(dkim, &plan, entry);
	}
	if (plan.jobs.n == 0)
		return;
	wax_dkim_library_verify(dkim->engines->dkim_lib, dkim->fields.v,
	    plan.is_signed, dkim->fields.n, plan.jobs.v, plan.jobs.n);
	take_verdicts(dkim, &plan);
}
