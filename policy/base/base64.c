/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* By ASCII code; -1 is no digit. */
static const signed char digit[128] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1,
	-1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
	-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
	19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1, -1, 26, 27, 28, 29, 30,
	31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
	49, 50, 51, -1, -1, -1, -1, -1 };

static int
digit_of(char c)
{
	unsigned char octet = (unsigned char)c;

	return octet < sizeof digit ? digit[octet] : -1;
}

bool
wax_base64_decode(
    struct wax_arena *arena, struct wax_str text, struct wax_str *out)
{
	char *p = wax_alloc(arena, text.n / 4 * 3 + 3, 1);
	unsigned long bits = 0;
	size_t digits = 0, pads = 0, n = 0;

	for (size_t i = 0; i < text.n; i++) {
		int value;

		if (wax_is_space(text.p[i]))
			continue;
		if (text.p[i] == '=') {
			pads++;
			continue;
		}
		value = digit_of(text.p[i]);
		if (value < 0 || pads > 0)
			return false;
		bits = (bits << 6 | (unsigned long)value) & 0xffffff;
		digits++;
		if (digits % 4 == 0) {
			p[n++] = (char)(bits >> 16 & 0xff);
			p[n++] = (char)(bits >> 8 & 0xff);
			p[n++] = (char)(bits & 0xff);
		}
	}
	if ((digits + pads) % 4 != 0 || pads > 2)
		return false;
	if (pads == 1)
		p[n++] = (char)(bits >> 10 & 0xff);
	if (pads == 1)
		p[n++] = (char)(bits >> 2 & 0xff);
	if (pads == 2)
		p[n++] = (char)(bits >> 4 & 0xff);
	*out = (struct wax_str){ p, n };
	return true;
}

struct wax_str
wax_base64_encode(struct wax_arena *arena, struct wax_str s)
{
	char *p = wax_alloc(arena, s.n / 3 * 4 + 5, 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		unsigned long bits = (unsigned long)(unsigned char)s.p[i] << 16;

		if (left > 1)
			bits |= (unsigned long)(unsigned char)s.p[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned long)(unsigned char)s.p[i + 2];
		p[n++] = alphabet[bits >> 18 & 63];
		p[n++] = alphabet[bits >> 12 & 63];
		p[n++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		p[n++] = left > 2 ? alphabet[bits & 63] : '=';
	}
	return (struct wax_str){ p, n };
}
