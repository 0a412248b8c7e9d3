/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/mail/domain.h"

#include <idn2.h>
#include <string.h>

#include "policy/base/limits.h"

static bool
is_ascii(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

/*
 * U-labels to A-labels. libidn2 gets lower-case ASCII letters beside the
 * others as they are: IDNA2008 has no upper case (RFC 5891 s5.2), and no
 * mapping of ours may turn one name into another (full-width letters, the
 * ideographic full stop and invisible code points are errors).
 */
static bool
to_a_labels(struct wax_arena *arena, struct wax_str text, struct wax_str *out)
{
	const char *z = wax_str_z(arena, wax_str_lower(arena, text));
	uint8_t *ascii = NULL;
	int rc;

	if (z == NULL)
		return false;
	rc = idn2_lookup_u8(
	    (const uint8_t *)z, &ascii, IDN2_NFC_INPUT | IDN2_NO_TR46);
	if (rc != IDN2_OK)
		return false;
	*out = wax_str_dup(arena, wax_str_of((const char *)ascii));
	idn2_free(ascii);
	return true;
}

static bool
label_is_valid(struct wax_str label)
{
	if (label.n == 0 || label.n > WAX_LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];

		if (!wax_is_alpha(c) && !wax_is_digit(c) && c != '-' &&
		    c != '_')
			return false;
	}
	return true;
}

static bool
is_all_digits(struct wax_str label)
{
	for (size_t i = 0; i < label.n; i++)
		if (!wax_is_digit(label.p[i]))
			return false;
	return true;
}

bool
wax_domain_parse(
    struct wax_arena *arena, struct wax_str text, struct wax_domain *out)
{
	struct wax_str rest, label = { NULL, 0 };

	if (text.n > 0 && text.p[text.n - 1] == '.')
		text.n--;
	/* Four octets of UTF-8 never make less than one of an A-label. */
	if (text.n == 0 || text.n > 4 * WAX_DOMAIN_MAX)
		return false;
	if (!is_ascii(text) && !to_a_labels(arena, text, &text))
		return false;
	if (text.n > WAX_DOMAIN_MAX)
		return false;
	rest = text;
	while (wax_str_cut(&rest, '.', &label))
		if (!label_is_valid(label))
			return false;
	/* A name is not an address: RFC 3696 s2. */
	if (is_all_digits(label))
		return false;
	out->text = wax_str_lower(arena, text);
	return true;
}

bool
wax_domain_is_none(struct wax_domain domain)
{
	return domain.text.n == 0;
}

bool
wax_domain_eq(struct wax_domain a, struct wax_domain b)
{
	return wax_str_eq(a.text, b.text);
}

size_t
wax_domain_labels(struct wax_domain domain)
{
	size_t n = domain.text.n > 0 ? 1 : 0;

	for (size_t i = 0; i < domain.text.n; i++)
		if (domain.text.p[i] == '.')
			n++;
	return n;
}

bool
wax_domain_parent(struct wax_domain domain, struct wax_domain *out)
{
	size_t dot = wax_str_find(domain.text, '.');

	if (dot == domain.text.n)
		return false;
	out->text = wax_str_from(domain.text, dot + 1);
	return true;
}

struct wax_domain
wax_domain_suffix(struct wax_domain domain, size_t n)
{
	size_t labels = wax_domain_labels(domain);

	WAX_ASSERT(n > 0);
	for (; labels > n; labels--)
		if (!wax_domain_parent(domain, &domain))
			break;
	return domain;
}

bool
wax_domain_is_under(struct wax_domain sub, struct wax_domain top)
{
	if (top.text.n == 0 || !wax_str_ends(sub.text, top.text))
		return false;
	return sub.text.n == top.text.n ||
	       sub.text.p[sub.text.n - top.text.n - 1] == '.';
}

size_t
wax_domain_common(struct wax_domain a, struct wax_domain b)
{
	size_t same = 0, n = 0;

	/* Count the labels of the longest common tail that ends in whole
	 * labels on both sides. */
	while (n < a.text.n && n < b.text.n &&
	       a.text.p[a.text.n - 1 - n] == b.text.p[b.text.n - 1 - n]) {
		n++;
		if ((n == a.text.n || a.text.p[a.text.n - 1 - n] == '.') &&
		    (n == b.text.n || b.text.p[b.text.n - 1 - n] == '.'))
			same++;
	}
	return same;
}
