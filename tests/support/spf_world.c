/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/spf_world.h"

#include "policy/base/text.h"

/* Few names, so that records meet; one is under another, one is none. */
static const char *const names[] = { "a.example", "b.example", "c.example",
	"d.example", "h.a.example", "void.example", "x..example", "example" };
static const char *const clients[] = { "192.0.2.7", "192.0.2.200",
	"2001:db8::7", "::ffff:192.0.2.7" };
static const char *const specs[] = { "%{d}", "%{o}", "h.%{d}", "%{d2}.",
	"%{l1r-}.example", "%{p}", "%{i}.%{h}", "%{ir}.%{v}.arpa", "%{S}.x" };
static const char *const networks4[] = { "192.0.2.7", "192.0.2.0/24",
	"192.0.2.200/25", "0.0.0.0/0", "198.51.100.0/31", "192.0.2.7/0" };
static const char *const networks6[] = { "2001:db8::7", "2001:db8::/32", "::/0",
	"::ffff:192.0.2.7", "2001:db8::8/125", "8000::/1" };
static const char *const lengths[] = { "", "", "/24", "//64", "/24//127", "/0",
	"//0", "/32//128", "/1", "/31" };
static const char *const addresses[] = { "192.0.2.7", "192.0.2.200",
	"198.51.100.9", "203.0.113.1" };
static const char *const addresses6[] = { "2001:db8::7", "2001:db8::8",
	"2001:db9::1", "::ffff:192.0.2.7" };
static const char *const faults[] = { "servfail", "timeout TXT", "refused A",
	"trunc AAAA", "timeout MX", "delay=9" };

#define PICK(octets, table) \
	((table)[next(octets) % (sizeof(table) / sizeof(table)[0])])

static unsigned
next(struct wax_str *octets)
{
	unsigned char c = octets->n > 0 ? (unsigned char)octets->p[0] : 0;

	*octets = wax_str_from(*octets, 1);
	return c;
}

static void
add_target(struct wax_text *text, struct wax_str *octets)
{
	if (next(octets) % 3 == 0)
		wax_text_addz(text, PICK(octets, specs));
	else /* "example" alone is no domain-spec */
		wax_text_addz(text, names[next(octets) % 7]);
}

static void
add_term(struct wax_text *text, struct wax_str *octets)
{
	unsigned kind = next(octets);

	wax_text_addc(text, ' ');
	if (kind % 16 < 13 && kind >= 64)
		wax_text_addc(text, "+-~?"[kind / 64]);
	switch (kind % 16) {
	case 0:
	case 1:
	case 2:
		wax_text_addz(text, kind % 16 == 2 ? "exists:" : "include:");
		add_target(text, octets);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		wax_text_addz(text, kind % 2 == 0 ? "a" : "mx");
		if (kind % 16 > 4) {
			wax_text_addc(text, ':');
			add_target(text, octets);
		}
		wax_text_addz(text, PICK(octets, lengths));
		break;
	case 7:
		wax_text_addz(text, "ptr");
		break;
	case 8:
		wax_text_addz(text, "ptr:");
		add_target(text, octets);
		break;
	case 9:
		wax_text_addf(text, "ip4:%s", PICK(octets, networks4));
		break;
	case 10:
		wax_text_addf(text, "ip6:%s", PICK(octets, networks6));
		break;
	case 11:
	case 12:
		wax_text_addz(text, "all");
		break;
	case 13:
		wax_text_addz(text, "redirect=");
		add_target(text, octets);
		break;
	case 14:
		wax_text_addf(text, "exp=%s", names[next(octets) % 7]);
		break;
	case 15:
		wax_text_addz(text, next(octets) == 0 ? "moo" : "x=%{c}");
		break;
	}
}

/* What one name has. */
static void
add_name(struct wax_text *text, const char *name, struct wax_str *octets)
{
	unsigned what = next(octets);

	if (what % 8 != 7) {
		wax_text_addf(text, "%s TXT v=spf1", name);
		for (unsigned n = next(octets) % 8; n > 0; n--)
			add_term(text, octets);
		wax_text_addc(text, '\n');
	}
	if (what & 8)
		wax_text_addf(text, "%s A %s\n", name, PICK(octets, addresses));
	if (what & 16)
		wax_text_addf(
		    text, "%s AAAA %s\n", name, PICK(octets, addresses6));
	for (unsigned n = what & 32 ? next(octets) % 13 : 0; n > 0; n--)
		wax_text_addf(text, "%s MX %u %s\n", name, n % 3, names[n % 6]);
	if ((what & 192) == 192)
		wax_text_addf(
		    text, "%s FAULT %s\n", name, PICK(octets, faults));
}

struct wax_str
wax_spf_world(struct wax_arena *arena, struct wax_str octets)
{
	static const char *const reverse[] = { "7.2.0.192.in-addr.arpa",
		"7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0."
		"0.2.ip6.arpa" };
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addf(
	    &text, "%s c-b@a.example mail.example\n", PICK(&octets, clients));
	for (unsigned i = 0; i < 2; i++)
		for (unsigned n = next(&octets) % 12; n > 0; n--)
			wax_text_addf(
			    &text, "%s PTR %s\n", reverse[i], names[n % 6]);
	for (unsigned i = 0; i < 5; i++)
		add_name(&text, names[i], &octets);
	return wax_text_str(&text);
}
