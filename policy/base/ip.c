/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/ip.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define TEXT_MAX 64 /* longer than any address */

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0xff };

struct wax_ip
wax_ip_from4(const void *four_octets)
{
	struct wax_ip ip = { .family = WAX_IPV4 };

	memcpy(ip.octet, four_octets, 4);
	return ip;
}

struct wax_ip
wax_ip_from6(const void *sixteen_octets)
{
	struct wax_ip ip = { .family = WAX_IPV6 };

	memcpy(ip.octet, sixteen_octets, 16);
	if (memcmp(ip.octet, mapped_prefix, sizeof mapped_prefix) == 0)
		return wax_ip_from4(ip.octet + 12);
	return ip;
}

bool
wax_ip_parse(struct wax_str text, struct wax_ip *out)
{
	char z[TEXT_MAX];
	uint8_t octet[16];

	if (wax_str_istarts(text, WAX_STR("IPv6:")))
		text = wax_str_from(text, 5);
	if (text.n == 0 || text.n >= sizeof z ||
	    memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (inet_pton(AF_INET, z, octet) == 1) {
		*out = wax_ip_from4(octet);
		return true;
	}
	if (inet_pton(AF_INET6, z, octet) == 1) {
		*out = wax_ip_from6(octet);
		return true;
	}
	return false;
}

struct wax_str
wax_ip_format(struct wax_arena *arena, struct wax_ip ip)
{
	char z[INET6_ADDRSTRLEN];

	switch (ip.family) {
	case WAX_IPV4:
		(void)inet_ntop(AF_INET, ip.octet, z, sizeof z);
		return wax_str_dup(arena, wax_str_of(z));
	case WAX_IPV6:
		(void)inet_ntop(AF_INET6, ip.octet, z, sizeof z);
		return wax_str_dup(arena, wax_str_of(z));
	case WAX_IP_NONE:
		break;
	}
	return WAX_STR("unknown");
}

bool
wax_ip_eq(struct wax_ip a, struct wax_ip b)
{
	return a.family == b.family && wax_ip_within(a, b, wax_ip_bits(a));
}

bool
wax_ip_within(struct wax_ip ip, struct wax_ip base, unsigned prefix)
{
	unsigned whole = prefix / 8;
	unsigned rest = prefix % 8;

	if (ip.family != base.family || prefix > wax_ip_bits(ip))
		return false;
	if (whole > 0 && memcmp(ip.octet, base.octet, whole) != 0)
		return false;
	return rest == 0 || (ip.octet[whole] >> (8 - rest)) ==
	                        (base.octet[whole] >> (8 - rest));
}

bool
wax_ip_is_loopback(struct wax_ip ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	switch (ip.family) {
	case WAX_IPV4:
		return ip.octet[0] == 127;
	case WAX_IPV6:
		return memcmp(ip.octet, one, sizeof one) == 0;
	case WAX_IP_NONE:
		break;
	}
	return false;
}

unsigned
wax_ip_bits(struct wax_ip ip)
{
	switch (ip.family) {
	case WAX_IPV4:
		return 32;
	case WAX_IPV6:
		return 128;
	case WAX_IP_NONE:
		break;
	}
	return 0;
}

bool
wax_network_parse(struct wax_str text, struct wax_network *out)
{
	size_t slash = wax_str_find(text, '/');
	unsigned long prefix;

	if (!wax_ip_parse(wax_str_head(text, slash), &out->base))
		return false;
	out->prefix = wax_ip_bits(out->base);
	if (slash == text.n)
		return true;
	if (!wax_str_number(wax_str_from(text, slash + 1), 128, &prefix))
		return false;
	/* ::ffff:192.0.2.0/120 counts the mapped prefix, too. */
	if (out->base.family == WAX_IPV4 && wax_str_find(text, ':') < slash) {
		if (prefix < 96)
			return false;
		prefix -= 96;
	}
	if (prefix > out->prefix)
		return false;
	out->prefix = (unsigned)prefix;
	return true;
}

bool
wax_network_set_has(const struct wax_network_set *set, struct wax_ip ip)
{
	for (size_t i = 0; i < set->n; i++)
		if (wax_ip_within(ip, set->v[i].base, set->v[i].prefix))
			return true;
	return false;
}
