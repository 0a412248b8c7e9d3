/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip.h - IP addresses and sets of networks.
 *
 * An IPv4-mapped IPv6 address is IPv4 here (RFC 7208 s5: ip4 matches it), so
 * nobody else has to think of it.
 */
#ifndef WAX_POLICY_BASE_IP_H
#define WAX_POLICY_BASE_IP_H

#include <stdint.h>

#include "policy/base/str.h"

enum wax_family {
	WAX_IP_NONE = 0,
	WAX_IPV4 = 4,
	WAX_IPV6 = 6
};

struct wax_ip {
	enum wax_family family; /* WAX_IP_NONE: no address is known */
	uint8_t octet[16];      /* network order; IPv4 uses the first four */
};

struct wax_network {
	struct wax_ip base;
	unsigned prefix; /* bits */
};

struct wax_network_set {
	size_t n;
	const struct wax_network *v;
};

struct wax_ip wax_ip_from4(const void *four_octets);
struct wax_ip wax_ip_from6(const void *sixteen_octets);

/* Either family; "IPv6:" in front is allowed (RFC 5321 s4.1.3). */
bool wax_ip_parse(struct wax_str text, struct wax_ip *out) WAX_MUST_USE;

/* RFC 5952 text. WAX_IP_NONE gives "unknown". */
struct wax_str wax_ip_format(struct wax_arena *arena, struct wax_ip ip);

bool wax_ip_eq(struct wax_ip a, struct wax_ip b);
/* Whether the first `prefix` bits agree; false between families. */
bool wax_ip_within(struct wax_ip ip, struct wax_ip base, unsigned prefix);
bool wax_ip_is_loopback(struct wax_ip ip);
/* 32 or 128; 0 without an address. */
unsigned wax_ip_bits(struct wax_ip ip);

/* "192.0.2.0/24", "2001:db8::/32" or a plain address. */
bool wax_network_parse(struct wax_str text, struct wax_network *out)
    WAX_MUST_USE;
bool wax_network_set_has(const struct wax_network_set *set, struct wax_ip ip);

#endif
