/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hosts that the three programs leave alone, as one list of networks.
 * Names of hosts are none; "!" takes a network out of a larger one; and a
 * network so wide that nobody would be judged is not believed.
 */
#include <stdlib.h>
#include <string.h>

#include "milter/conf/import_impl.h"
#include "policy/base/text.h"

#define NO_NAMES                                                             \
	"hosts are known by their addresses; a name would be what the host " \
	"says of itself"
#define TOO_WIDE                                                    \
	"it is so wide that mail of strangers would not be judged " \
	"at all; list your own networks"

/* Wider ones hold more than any site has. */
#define IPV4_PREFIX_MIN 8
#define IPV6_PREFIX_MIN 7 /* fc00::/7 */

/* [ADDRESS] or [ADDRESS]/PREFIX, as OpenDKIM allows. */
static struct wax_str
without_brackets(struct wax_arena *arena, struct wax_str text)
{
	size_t end = wax_str_find(text, ']');

	if (!wax_str_starts(text, WAX_STR("[")) || end == text.n)
		return text;
	return wax_textf(arena, "%.*s%.*s",
	    WAX_FMT(wax_str_head(wax_str_from(text, 1), end - 1)),
	    WAX_FMT(wax_str_from(text, end + 1)));
}

/* Only the bits of the prefix. */
static struct wax_network
masked(struct wax_network network)
{
	for (unsigned i = 0; i < sizeof network.base.octet; i++) {
		unsigned keep =
		    network.prefix > i * 8 ? network.prefix - i * 8 : 0;

		if (keep < 8)
			network.base.octet[i] &= (uint8_t)(0xff00U >> keep);
	}
	return network;
}

/* NULL, or why the member is not taken. */
static const char *
read_member(struct wax_import *import, const struct wax_import_member *member,
    struct wax_import_network *out)
{
	struct wax_str text = member->text;
	unsigned least;

	out->is_excluded = wax_str_starts(text, WAX_STR("!"));
	if (out->is_excluded)
		text = wax_str_from(text, 1);
	if (!wax_network_parse(
	        without_brackets(import->arena, text), &out->network))
		return NO_NAMES;
	out->network = masked(out->network);
	least = out->network.base.family == WAX_IPV4 ? IPV4_PREFIX_MIN
	                                             : IPV6_PREFIX_MIN;
	return out->network.prefix < least && !out->is_excluded ? TOO_WIDE
	                                                        : NULL;
}

/* How many networks of the line there are; the others are dropped. */
static size_t
take(struct wax_import *import, struct wax_import_line *line,
    enum wax_import_set how, bool is_relay)
{
	struct wax_import_members members;
	size_t n = 0;

	if (!wax_import_set_read(import, line, how, &members))
		return 0;
	wax_import_drop(import, line, "there is no network in it");
	for (size_t i = 0; i < members.n; i++) {
		const struct wax_import_member *one = &members.v[i];
		struct wax_import_network network;
		const char *why = read_member(import, one, &network);

		if (why != NULL) {
			wax_import_drop_part(import, line, &one->place,
			    wax_import_member_shown(import, one), why);
			continue;
		}
		n++;
		if (is_relay)
			WAX_PUSH(import->arena, &import->relays, network);
		else
			WAX_PUSH(import->arena, &import->internal, network);
	}
	return n;
}

static void
take_internal(struct wax_import *import, struct wax_import_line *line,
    enum wax_import_set how)
{
	if (take(import, line, how, false) > 0)
		wax_import_name(import, line, "internal-networks");
}

void
wax_import_to_internal_file(
    struct wax_import *import, struct wax_import_line *line)
{
	take_internal(import, line, WAX_IMPORT_FILE);
}

void
wax_import_to_internal_set(
    struct wax_import *import, struct wax_import_line *line)
{
	take_internal(import, line, WAX_IMPORT_DATA);
}

void
wax_import_to_internal_list(
    struct wax_import *import, struct wax_import_line *line)
{
	take_internal(import, line, WAX_IMPORT_LIST);
}

/* A growing set without members that others hold. */
struct networks {
	struct wax_arena *arena;
	WAX_VEC(struct wax_network) v;
};

static bool
holds(struct wax_network outer, struct wax_network inner)
{
	return outer.prefix <= inner.prefix &&
	       wax_ip_within(inner.base, outer.base, outer.prefix);
}

static void
add(struct networks *set, struct wax_network network)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->v.n; i++)
		if (holds(set->v.v[i], network))
			return;
	for (size_t i = 0; i < set->v.n; i++)
		if (!holds(network, set->v.v[i]))
			set->v.v[kept++] = set->v.v[i];
	set->v.n = kept;
	WAX_PUSH(set->arena, &set->v, network);
}

/* `outer` without `hole`, which it holds: one network for each bit. */
static void
add_around(
    struct networks *set, struct wax_network outer, struct wax_network hole)
{
	for (unsigned bit = outer.prefix; bit < hole.prefix; bit++) {
		struct wax_network part = hole;

		part.base.octet[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
		part.prefix = bit + 1;
		add(set, masked(part));
	}
}

/* Take one of the networks with "!" out. At most one holds it. */
static void
take_out(struct networks *set, struct wax_network hole)
{
	for (size_t i = 0; i < set->v.n; i++) {
		struct wax_network outer = set->v.v[i];

		if (!holds(outer, hole))
			continue;
		set->v.v[i] = set->v.v[--set->v.n];
		add_around(set, outer, hole);
		return;
	}
}

static struct wax_str
joined(struct wax_arena *arena, const struct networks *set, const char *quote)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < set->v.n; i++) {
		struct wax_network one = set->v.v[i];

		wax_text_addf(&text, "%s%s%.*s", i > 0 ? ", " : "", quote,
		    WAX_FMT(wax_ip_format(arena, one.base)));
		if (one.prefix < wax_ip_bits(one.base))
			wax_text_addf(&text, "/%u", one.prefix);
		wax_text_addz(&text, quote);
	}
	return wax_text_str(&text);
}

static bool
is_beyond(struct wax_import *import, const struct networks *set)
{
	if (set->v.n <= WAX_IMPORT_NETWORKS_MAX)
		return false;
	wax_conf_error(&import->report, &(struct wax_conf_place){ 0 },
	    WAX_STR("internal-networks"),
	    "there are more than %d networks to leave alone",
	    WAX_IMPORT_NETWORKS_MAX);
	return true;
}

/* Wide ones first; of two alike, the one with "!" last. */
static int
by_width(const void *a, const void *b)
{
	const struct wax_import_network *x = a, *y = b;

	if (x->network.prefix != y->network.prefix)
		return x->network.prefix < y->network.prefix ? -1 : 1;
	if (x->is_excluded != y->is_excluded)
		return x->is_excluded ? 1 : -1;
	return memcmp(x->network.base.octet, y->network.base.octet,
	    sizeof x->network.base.octet);
}

/* Whether there is more than this host itself. */
static bool
has_others(const struct networks *set)
{
	for (size_t i = 0; i < set->v.n; i++)
		if (!wax_ip_is_loopback(set->v.v[i].base))
			return true;
	return false;
}

static void
add_loopback(struct networks *set)
{
	static const char *const loopback[] = { "127.0.0.0/8", "::1" };
	struct wax_network one;

	for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++)
		if (wax_network_parse(wax_str_of(loopback[i]), &one))
			add(set, one);
}

static void
offer_internal(struct wax_import *import)
{
	struct networks set = { .arena = import->arena };
	size_t n_programs = 0;

	add_loopback(&set);
	/* The narrower one of two decides, so it comes later. */
	qsort(import->internal.v, import->internal.n,
	    sizeof import->internal.v[0], by_width);
	for (size_t i = 0; i < import->internal.n; i++) {
		if (import->internal.v[i].is_excluded)
			take_out(&set, import->internal.v[i].network);
		else
			add(&set, import->internal.v[i].network);
		if (is_beyond(import, &set))
			return;
	}
	add_loopback(&set); /* it may have been taken out */
	wax_import_imply(import, "internal-networks",
	    joined(import->arena, &set, "").p,
	    "this host itself is always among them");
	for (int i = 0; i < WAX_IMPORT_PROGRAMS; i++)
		n_programs +=
		    wax_import_has(import, (enum wax_import_program)i);
	if (n_programs > 1 && has_others(&set))
		wax_import_note(import,
		    "Hosts that one of the programs left alone are left alone "
		    "by all of sealwax (internal-networks): neither SPF nor "
		    "DKIM nor DMARC is looked at, and the fields that they "
		    "send stay. See whether each network is one of yours.");
}

void
wax_import_offer_networks(struct wax_import *import)
{
	if (import->internal.n > 0)
		offer_internal(import);
}

/* The SPF milter's Whitelist: backup MX hosts and forwarders, whose client
 * is to be looked at, and not they themselves. */
void
wax_import_to_relays(struct wax_import *import, struct wax_import_line *line)
{
	const struct wax_conf_key *key = wax_conf_key_find(WAX_STR("relays"));
	struct networks set = { .arena = import->arena };
	struct wax_str text;

	if (take(import, line, WAX_IMPORT_LIST, true) == 0)
		return;
	for (size_t i = 0; i < import->relays.n; i++)
		if (!import->relays.v[i].is_excluded)
			add(&set, import->relays.v[i].network);
	text = wax_textf(import->arena,
	    "( { name = \"from-Whitelist\"; networks = [%.*s] } )",
	    WAX_FMT(joined(import->arena, &set, "\"")));
	WAX_ASSERT(key != NULL);
	import->spares_some |= key->since != NULL;
	if (key->since == NULL)
		wax_import_note(import,
		    "Hosts of Whitelist are relays: mail that they hand over "
		    "is judged by the client that their Received field names. "
		    "DKIM and DMARC are looked at, and what would be refused "
		    "is quarantined (on-relay-reject).");
	(void)wax_import_offer(import, line, "relays", text);
}
