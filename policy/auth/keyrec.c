/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/keyrec.h"

#include <string.h>

#include "policy/auth/rsakey.h"
#include "policy/base/base64.h"
#include "policy/base/limits.h"
#include "policy/mail/taglist.h"

#define ED25519_BYTES 32

const char *
wax_key_fault_text(enum wax_key_fault fault)
{
	switch (fault) {
	case WAX_KEY_OK:
		break;
	case WAX_KEY_NO_RECORD:
		return "no key record of valid syntax";
	case WAX_KEY_TOO_LONG:
		return "key record is too long";
	case WAX_KEY_OTHER_TYPE:
		return "key is of another type (k=)";
	case WAX_KEY_OTHER_HASH:
		return "key is not for this hash (h=)";
	case WAX_KEY_OTHER_SERVICE:
		return "key is not for mail (s=)";
	case WAX_KEY_REVOKED:
		return "key is revoked";
	case WAX_KEY_MALFORMED:
		return "key is malformed (p=)";
	}
	return "key is good";
}

/*
 * Whether a colon-separated list has one of two words. Words in ABNF quotes
 * match without case (RFC 5234 s2.3).
 */
static bool
list_has(struct wax_str list, struct wax_str word, struct wax_str other)
{
	struct wax_str item;

	while (wax_str_cut(&list, ':', &item)) {
		item = wax_str_trim(item);
		if (wax_str_ieq(item, word) || wax_str_ieq(item, other))
			return true;
	}
	return false;
}

/* RFC 6376 s3.6.1: v= is optional, but then first and exactly this. */
static bool
version_is_valid(const struct wax_taglist *tags)
{
	const struct wax_str *v = wax_taglist_get(tags, "v");

	if (v == NULL)
		return true;
	return wax_str_eq(tags->tag[0].name, WAX_STR("v")) &&
	       wax_str_eq(*v, WAX_STR("DKIM1"));
}

static bool
type_is(const struct wax_taglist *tags, enum wax_key_type type)
{
	const struct wax_str *k = wax_taglist_get(tags, "k");

	switch (type) {
	case WAX_KEY_RSA:
		return k == NULL || wax_str_ieq(*k, WAX_STR("rsa"));
	case WAX_KEY_ED25519:
		break;
	}
	return k != NULL && wax_str_ieq(*k, WAX_STR("ed25519"));
}

static enum wax_key_fault
read_key(struct wax_arena *arena, struct wax_str p, struct wax_keyrec *out)
{
	struct wax_str octets;

	if (wax_str_trim(p).n == 0)
		return WAX_KEY_REVOKED;
	if (!wax_base64_decode(arena, p, &octets))
		return WAX_KEY_MALFORMED;
	switch (out->type) {
	case WAX_KEY_RSA:
		if (!wax_rsakey_read(arena, octets, &out->key, &out->bits))
			return WAX_KEY_MALFORMED;
		return WAX_KEY_OK;
	case WAX_KEY_ED25519:
		break;
	}
	if (octets.n != ED25519_BYTES)
		return WAX_KEY_MALFORMED; /* RFC 8463 s4 */
	out->key = octets;
	out->bits = 256;
	return WAX_KEY_OK;
}

static enum wax_key_fault
read_record(
    struct wax_arena *arena, struct wax_str text, struct wax_keyrec *out)
{
	struct wax_taglist tags;
	const struct wax_str *p, *h, *s, *t;

	if (text.n > WAX_KEY_RECORD_BYTES_MAX)
		return WAX_KEY_TOO_LONG;
	if (!wax_taglist_parse(arena, text, &tags) || tags.n == 0 ||
	    !version_is_valid(&tags))
		return WAX_KEY_NO_RECORD;
	p = wax_taglist_get(&tags, "p");
	h = wax_taglist_get(&tags, "h");
	s = wax_taglist_get(&tags, "s");
	t = wax_taglist_get(&tags, "t");
	if (p == NULL)
		return WAX_KEY_NO_RECORD;
	if (!type_is(&tags, out->type))
		return WAX_KEY_OTHER_TYPE;
	if (h != NULL && !list_has(*h, WAX_STR("sha256"), WAX_STR("sha256")))
		return WAX_KEY_OTHER_HASH;
	if (s != NULL && !list_has(*s, WAX_STR("email"), WAX_STR("*")))
		return WAX_KEY_OTHER_SERVICE;
	out->testing = t != NULL && list_has(*t, WAX_STR("y"), WAX_STR("y"));
	out->strict_domain =
	    t != NULL && list_has(*t, WAX_STR("s"), WAX_STR("s"));
	return read_key(arena, *p, out);
}

struct wax_keyrec
wax_keyrec_parse(
    struct wax_arena *arena, struct wax_str text, enum wax_key_type type)
{
	struct wax_keyrec out = { .type = type };

	out.fault = read_record(arena, text, &out);
	if (out.fault != WAX_KEY_OK) {
		out.key = (struct wax_str){ NULL, 0 };
		out.bits = 0;
	}
	return out;
}

struct wax_keyrec
wax_keyrec_choose(struct wax_arena *arena, const struct wax_answer *answer,
    enum wax_key_type type)
{
	struct wax_keyrec best = { .fault = WAX_KEY_NO_RECORD, .type = type };

	for (size_t i = 0; i < answer->n; i++) {
		struct wax_keyrec one =
		    wax_keyrec_parse(arena, answer->rr[i].txt.text, type);

		if (one.fault == WAX_KEY_OK)
			return one;
		/* The faults are in the order of the checks. */
		if (i == 0 || one.fault > best.fault)
			best = one;
	}
	return best;
}
