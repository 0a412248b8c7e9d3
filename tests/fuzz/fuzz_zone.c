/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a zone, which is then asked for each of its owners, what is
 * above them and what is below. What holds for any: records and status fit
 * together, a zone that has each line twice answers the same, case and a
 * trailing dot make no difference, and a name does not exist for all types or
 * for none.
 */
#include "policy/dns/zone.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "zone";

#define AT_ONCE 0
#define LATE (3600 * 1000)
#define OWNERS_MAX 12

static const enum wax_rrtype types[] = { WAX_RR_A, WAX_RR_NS, WAX_RR_CNAME,
	WAX_RR_SOA, WAX_RR_PTR, WAX_RR_MX, WAX_RR_TXT, WAX_RR_AAAA };

#define N_TYPES (sizeof types / sizeof types[0])

static struct wax_arena *arena;
static struct wax_resolver *once, *twice;
static bool has_faults;

static bool
is_same(const struct wax_answer *a, const struct wax_answer *b)
{
	return a->status == b->status && a->n == b->n && a->ttl == b->ttl &&
	       a->alias == b->alias && a->type == b->type;
}

static const struct wax_answer *
ask(struct wax_resolver *resolver, struct wax_str name, enum wax_rrtype type,
    wax_deadline deadline)
{
	const struct wax_answer *answer =
	    wax_dns_lookup(resolver, arena, name, type, deadline);

	WAX_ASSERT(answer->type == type);
	WAX_ASSERT((answer->status == WAX_DNS_OK) == (answer->n > 0));
	/* Only for more than WAX_DNS_RECORDS_MAX records. */
	WAX_ASSERT(answer->status != WAX_DNS_LIMIT || answer->n == 0);
	return answer;
}

static struct wax_str
upper(struct wax_str name)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < name.n; i++)
		wax_text_addc(&text, name.p[i] >= 'a' && name.p[i] <= 'z'
		                         ? (char)(name.p[i] - 'a' + 'A')
		                         : name.p[i]);
	wax_text_addc(&text, '.');
	return wax_text_str(&text);
}

static const struct wax_answer *
check_answer(struct wax_str name, enum wax_rrtype type)
{
	const struct wax_answer *late = ask(once, name, type, LATE);
	const struct wax_answer *now = ask(once, name, type, AT_ONCE);
	const struct wax_answer *seen = wax_dns_peek(once, arena, name, type);

	WAX_ASSERT(is_same(late, ask(twice, name, type, LATE)));
	WAX_ASSERT(is_same(late, ask(once, upper(name), type, LATE)));
	/* What waiting does not help is there at once. */
	WAX_ASSERT(now->status == WAX_DNS_TEMPFAIL || is_same(now, late));
	WAX_ASSERT(has_faults || seen != NULL);
	WAX_ASSERT(seen == NULL || is_same(seen, now));
	return late;
}

/* NXDOMAIN is of a name, not of a type. */
static bool
check_types(struct wax_str name)
{
	size_t absent = 0, alias = 0;

	for (size_t i = 0; i < N_TYPES; i++) {
		const struct wax_answer *answer = check_answer(name, types[i]);

		alias += answer->alias;
		absent += answer->status == WAX_DNS_NXDOMAIN;
	}
	if (!has_faults)
		WAX_ASSERT(absent == 0 || absent == N_TYPES || alias > 0);
	return absent < N_TYPES;
}

/* The owner and all above it exist. Below it there may be something. */
static void
check_owner(struct wax_str owner)
{
	struct wax_str name = owner, label;

	WAX_ASSERT(wax_qname_is_askable(owner));
	(void)check_types(fuzz_join(arena, WAX_STR("x."), owner));
	while (wax_str_cut(&name, '.', &label)) {
		bool is_there = name.p == NULL || check_types(name);

		WAX_ASSERT(is_there || has_faults);
	}
	WAX_ASSERT(check_types(owner) || has_faults);
}

/* Plain owners only: the parser alone reads \DDD. */
static void
check_owners(struct wax_str text)
{
	struct wax_str line, owner;
	size_t n = 0;

	while (n < OWNERS_MAX && wax_str_cut(&text, '\n', &line)) {
		line = wax_str_trim(line);
		owner = line;
		owner.n = 0;
		while (owner.n < line.n && !wax_is_space(line.p[owner.n]))
			owner.n++;
		if (owner.n == 0 || owner.p[0] == '#' ||
		    wax_str_find(owner, '\\') < owner.n)
			continue;
		if (owner.p[owner.n - 1] == '.')
			owner.n--;
		n++;
		if (owner.n > 0)
			check_owner(wax_str_lower(arena, owner));
	}
}

static void
check_error(const struct wax_err *err)
{
	struct wax_str text = wax_str_of(err->text);

	WAX_ASSERT(err->status == WAX_E_SYNTAX);
	WAX_ASSERT(wax_str_starts(text, WAX_STR("line ")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_str text = { (const char *)data, size };
	struct wax_zone *zone, *doubled;
	struct wax_err err;

	arena = wax_arena_new("fuzz", 0);
	zone = wax_zone_parse(arena, text, &err);
	if (zone == NULL) {
		check_error(&err);
	} else {
		doubled = wax_zone_parse(arena,
		    fuzz_join(
		        arena, text, fuzz_join(arena, WAX_STR("\n"), text)),
		    &err);
		WAX_ASSERT(doubled != NULL);
		once = wax_zone_resolver(arena, zone);
		twice = wax_zone_resolver(arena, doubled);
		has_faults = false;
		for (size_t i = 0; i < text.n; i++)
			has_faults |= wax_str_istarts(
			    wax_str_from(text, i), WAX_STR("FAULT"));
		check_owners(text);
	}
	wax_arena_free(arena);
	return 0;
}
