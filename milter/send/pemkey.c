/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/send/pemkey.h"

#include <string.h>

#include "policy/base/base64.h"

#define DER_INTEGER 0x02
#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_SEQUENCE 0x30

/* RFC 8017 sA.1, RFC 8410 s3 */
static const struct wax_str rsa_oid =
    WAX_STR_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
static const struct wax_str ed25519_oid = WAX_STR_INIT("\x2b\x65\x70");

/* --- DER ------------------------------------------------------------------ */

/* The length of a value, one to four octets long; moves *in behind it. */
static bool
der_length(struct wax_str *in, size_t *out)
{
	size_t n_octets, length = 0;

	if (in->n == 0)
		return false;
	length = (unsigned char)in->p[0];
	*in = wax_str_from(*in, 1);
	if (length < 0x80) {
		*out = length;
		return true;
	}
	n_octets = length - 0x80;
	if (n_octets == 0 || n_octets > 3 || n_octets > in->n)
		return false;
	length = 0;
	for (size_t i = 0; i < n_octets; i++)
		length = length << 8 | (unsigned char)in->p[i];
	*in = wax_str_from(*in, n_octets);
	*out = length;
	return true;
}

/* The contents of the next value, if it has that tag. */
static bool
der_take(struct wax_str *in, unsigned char tag, struct wax_str *out)
{
	size_t length;

	if (in->n == 0 || (unsigned char)in->p[0] != tag)
		return false;
	*in = wax_str_from(*in, 1);
	if (!der_length(in, &length) || length > in->n)
		return false;
	*out = wax_str_head(*in, length);
	*in = wax_str_from(*in, length);
	return true;
}

static size_t
bits_of(struct wax_str integer)
{
	size_t bits;

	while (integer.n > 0 && integer.p[0] == 0)
		integer = wax_str_from(integer, 1);
	if (integer.n == 0)
		return 0;
	bits = (integer.n - 1) * 8;
	for (unsigned c = (unsigned char)integer.p[0]; c > 0; c >>= 1)
		bits++;
	return bits;
}

/* RSAPrivateKey: version, modulus ...                     RFC 8017 sA.1.2 */
static void
look_at_rsa(struct wax_str der, struct wax_pemkey *key)
{
	struct wax_str in, part;

	if (!der_take(&der, DER_SEQUENCE, &in) ||
	    !der_take(&in, DER_INTEGER, &part) ||
	    !der_take(&in, DER_INTEGER, &part))
		return;
	key->kind = WAX_PEMKEY_RSA;
	key->bits = bits_of(part);
}

/* PrivateKeyInfo: version, algorithm, key.                RFC 5208 s5 */
static void
look_at_pkcs8(struct wax_str der, struct wax_pemkey *key)
{
	struct wax_str in, algorithm, part;

	if (!der_take(&der, DER_SEQUENCE, &in) ||
	    !der_take(&in, DER_INTEGER, &part) ||
	    !der_take(&in, DER_SEQUENCE, &algorithm) ||
	    !der_take(&algorithm, DER_OID, &part))
		return;
	if (wax_str_eq(part, ed25519_oid))
		key->kind = WAX_PEMKEY_ED25519;
	else if (!wax_str_eq(part, rsa_oid))
		key->kind = WAX_PEMKEY_OTHER;
	else if (der_take(&in, DER_OCTETS, &part))
		look_at_rsa(part, key);
}

/* --- PEM ------------------------------------------------------------------ */

static bool
has(struct wax_str s, struct wax_str part)
{
	return memmem(s.p, s.n, part.p, part.n) != NULL;
}

/*
 * Cut a block from the text: its label, what is between its two lines, and
 * all of it.                                                  RFC 7468 s3 */
static bool
next_block(struct wax_str *text, struct wax_str *label, struct wax_str *body,
    struct wax_str *whole)
{
	static const struct wax_str begin = WAX_STR_INIT("-----BEGIN ");
	static const struct wax_str end = WAX_STR_INIT("-----END ");
	const char *p = memmem(text->p, text->n, begin.p, begin.n);
	struct wax_str rest;

	if (p == NULL)
		return false;
	*text = wax_str_from(*text, (size_t)(p - text->p));
	rest = wax_str_from(*text, begin.n);
	*label = wax_str_head(rest, wax_str_find(rest, '-'));
	rest = wax_str_from(rest, label->n);
	if (!wax_str_starts(rest, WAX_STR("-----")))
		return false;
	rest = wax_str_from(rest, 5);
	p = memmem(rest.p, rest.n, end.p, end.n);
	if (p == NULL)
		return false;
	*body = wax_str_head(rest, (size_t)(p - rest.p));
	rest = wax_str_from(rest, body->n);
	rest = wax_str_from(rest, wax_str_find(rest, '\n'));
	*whole = wax_str_head(*text, text->n - rest.n);
	*text = rest;
	return true;
}

static void
look_at_block(struct wax_arena *arena, struct wax_str label,
    struct wax_str body, struct wax_pemkey *key)
{
	struct wax_str der;

	if (wax_str_eq(label, WAX_STR("ENCRYPTED PRIVATE KEY")) ||
	    has(body, WAX_STR("ENCRYPTED")))
		key->kind = WAX_PEMKEY_ENCRYPTED;
	else if (wax_str_eq(label, WAX_STR("EC PRIVATE KEY")) ||
	         wax_str_eq(label, WAX_STR("DSA PRIVATE KEY")) ||
	         wax_str_eq(label, WAX_STR("OPENSSH PRIVATE KEY")))
		key->kind = WAX_PEMKEY_OTHER;
	else if (!wax_base64_decode(arena, body, &der))
		return;
	else if (wax_str_eq(label, WAX_STR("RSA PRIVATE KEY")))
		look_at_rsa(der, key);
	else
		look_at_pkcs8(der, key);
}

struct wax_pemkey
wax_pemkey_read(struct wax_arena *arena, struct wax_str text)
{
	struct wax_pemkey key = { .kind = WAX_PEMKEY_NONE };
	struct wax_str label, body, whole;

	while (next_block(&text, &label, &body, &whole)) {
		if (!wax_str_ends(label, WAX_STR("PRIVATE KEY")))
			continue;
		key.pem = whole;
		look_at_block(arena, label, body, &key);
		break;
	}
	return key;
}
