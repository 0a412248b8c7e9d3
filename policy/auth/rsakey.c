/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/rsakey.h"

#include <stdint.h>

#include "policy/base/text.h"

#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_SEQUENCE 0x30

/* AlgorithmIdentifier: rsaEncryption (1.2.840.113549.1.1.1) and NULL, which
 * some leave out. */
static const char rsa_algorithm[] = { 0x06, 0x09, 0x2a, (char)0x86, 0x48,
	(char)0x86, (char)0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };

static const struct wax_str rsa_identifier = { rsa_algorithm,
	sizeof rsa_algorithm };

static unsigned char
octet(struct wax_str s, size_t i)
{
	return (unsigned char)s.p[i];
}

/* A definite length in its shortest form, of at most two octets. */
static bool
take_length(struct wax_str *in, size_t *out)
{
	unsigned char first;

	if (in->n == 0)
		return false;
	first = octet(*in, 0);
	if (first < 0x80) {
		*out = first;
		*in = wax_str_from(*in, 1);
		return true;
	}
	if (first == 0x81 && in->n >= 2 && octet(*in, 1) >= 0x80) {
		*out = octet(*in, 1);
		*in = wax_str_from(*in, 2);
		return true;
	}
	if (first == 0x82 && in->n >= 3 && octet(*in, 1) > 0) {
		*out = (size_t)octet(*in, 1) << 8 | octet(*in, 2);
		*in = wax_str_from(*in, 3);
		return true;
	}
	return false;
}

/* Take one element of that tag from the front. */
static bool
take(struct wax_str *in, unsigned char tag, struct wax_str *content)
{
	size_t n;

	if (in->n == 0 || octet(*in, 0) != tag)
		return false;
	*in = wax_str_from(*in, 1);
	if (!take_length(in, &n) || n > in->n)
		return false;
	*content = wax_str_head(*in, n);
	*in = wax_str_from(*in, n);
	return true;
}

/* A positive number without its sign octet. */
static bool
take_number(struct wax_str *in, struct wax_str *number)
{
	if (!take(in, DER_INTEGER, number) || number->n == 0)
		return false;
	if (octet(*number, 0) >= 0x80)
		return false; /* negative */
	if (octet(*number, 0) > 0)
		return true;
	*number = wax_str_from(*number, 1);
	/* Zero itself, or a sign octet that was not needed. */
	return number->n > 0 && octet(*number, 0) >= 0x80;
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent } RFC 8017 sA.1.1 */
static bool
read_bare(struct wax_str der, struct wax_str *n, struct wax_str *e)
{
	struct wax_str pair;

	return take(&der, DER_SEQUENCE, &pair) && der.n == 0 &&
	       take_number(&pair, n) && take_number(&pair, e) && pair.n == 0;
}

static bool
is_rsa(struct wax_str algorithm)
{
	return wax_str_eq(algorithm, rsa_identifier) ||
	       wax_str_eq(algorithm,
	           wax_str_head(rsa_identifier, rsa_identifier.n - 2));
}

/* SubjectPublicKeyInfo ::= SEQUENCE { algorithm, key }  RFC 5280 s4.1 */
static bool
read_wrapped(struct wax_str der, struct wax_str *n, struct wax_str *e)
{
	struct wax_str outer, algorithm, bits;

	return take(&der, DER_SEQUENCE, &outer) && der.n == 0 &&
	       take(&outer, DER_SEQUENCE, &algorithm) && is_rsa(algorithm) &&
	       take(&outer, DER_BIT_STRING, &bits) && outer.n == 0 &&
	       bits.n > 0 && octet(bits, 0) == 0 &&
	       read_bare(wax_str_from(bits, 1), n, e);
}

/* Odd, from 3 to 2^32. */
static bool
exponent_is_sane(struct wax_str e)
{
	if (e.n > 4 || (octet(e, e.n - 1) & 1) == 0)
		return false;
	return e.n > 1 || octet(e, 0) >= 3;
}

static unsigned
count_bits(struct wax_str number)
{
	unsigned bits = (unsigned)(number.n - 1) * 8;

	for (unsigned char top = octet(number, 0); top > 0; top >>= 1)
		bits++;
	return bits;
}

/* --- writing -------------------------------------------------------------- */

static void
put_header(struct wax_text *out, unsigned char tag, size_t n)
{
	wax_text_addc(out, (char)tag);
	if (n >= 0x100)
		wax_text_addc(out, (char)0x82);
	else if (n >= 0x80)
		wax_text_addc(out, (char)0x81);
	if (n >= 0x100)
		wax_text_addc(out, (char)(n >> 8));
	wax_text_addc(out, (char)(n & 0xff));
}

static void
put_number(struct wax_text *out, struct wax_str number)
{
	bool sign = octet(number, 0) >= 0x80;

	put_header(out, DER_INTEGER, number.n + sign);
	if (sign)
		wax_text_addc(out, '\0');
	wax_text_add(out, number);
}

static struct wax_str
put_sequence(struct wax_arena *arena, struct wax_str content)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	put_header(&out, DER_SEQUENCE, content.n);
	wax_text_add(&out, content);
	return wax_text_str(&out);
}

static struct wax_str
write_spki(struct wax_arena *arena, struct wax_str n, struct wax_str e)
{
	struct wax_text pair, outer;
	struct wax_str key;

	wax_text_init(&pair, arena);
	put_number(&pair, n);
	put_number(&pair, e);
	key = put_sequence(arena, wax_text_str(&pair));
	wax_text_init(&outer, arena);
	wax_text_add(&outer, put_sequence(arena, rsa_identifier));
	put_header(&outer, DER_BIT_STRING, key.n + 1);
	wax_text_addc(&outer, '\0');
	wax_text_add(&outer, key);
	return put_sequence(arena, wax_text_str(&outer));
}

bool
wax_rsakey_read(struct wax_arena *arena, struct wax_str der,
    struct wax_str *spki, unsigned *bits)
{
	struct wax_str n = { NULL, 0 }, e = { NULL, 0 };

	/* Below what take_length() can say, whatever is written around it. */
	if (der.n > 32768)
		return false;
	if (!read_wrapped(der, &n, &e) && !read_bare(der, &n, &e))
		return false;
	if ((octet(n, n.n - 1) & 1) == 0 || !exponent_is_sane(e))
		return false;
	*bits = count_bits(n);
	*spki = write_spki(arena, n, e);
	return true;
}
