/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/quantity.h"

#include "policy/base/text.h"

/* No quantity is larger than this many units. */
#define NUMBER_MAX 999999999999999UL

struct unit {
	const char *name;
	uint64_t worth;
};

/* The largest first, for printing. */
static const struct unit durations[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};
static const struct unit sizes[] = {
	{ "T", (uint64_t)1 << 40 },
	{ "G", (uint64_t)1 << 30 },
	{ "M", (uint64_t)1 << 20 },
	{ "K", (uint64_t)1 << 10 },
	{ "", 1 },
};
#define N_UNITS (sizeof durations / sizeof durations[0])
_Static_assert(sizeof sizes == sizeof durations, "one N_UNITS for both");

static enum wax_quantity
parse(const struct unit *units, struct wax_str text, uint64_t *out)
{
	unsigned long number;
	size_t n = 0;

	while (n < text.n && wax_is_digit(text.p[n]))
		n++;
	if (!wax_str_number(wax_str_head(text, n), NUMBER_MAX, &number))
		return WAX_QUANTITY_BAD;
	for (size_t i = 0; i < N_UNITS; i++) {
		if (!wax_str_ieq(wax_str_trim(wax_str_from(text, n)),
		        wax_str_of(units[i].name)))
			continue;
		if (number > UINT64_MAX / units[i].worth)
			return WAX_QUANTITY_BAD;
		*out = number * units[i].worth;
		return WAX_QUANTITY_GOOD;
	}
	return n == text.n ? WAX_QUANTITY_NO_UNIT : WAX_QUANTITY_BAD;
}

static struct wax_str
format(struct wax_arena *arena, const struct unit *units, uint64_t value)
{
	for (size_t i = 0; i < N_UNITS; i++)
		if (value >= units[i].worth && value % units[i].worth == 0)
			return wax_textf(arena, "%llu%s",
			    (unsigned long long)(value / units[i].worth),
			    units[i].name);
	return WAX_STR("0");
}

enum wax_quantity
wax_duration_parse(struct wax_str text, uint64_t *out)
{
	return parse(durations, text, out);
}

struct wax_str
wax_duration_format(struct wax_arena *arena, uint64_t ms)
{
	return ms == 0 ? WAX_STR("0s") : format(arena, durations, ms);
}

enum wax_quantity
wax_size_parse(struct wax_str text, uint64_t *out)
{
	return parse(sizes, text, out);
}

struct wax_str
wax_size_format(struct wax_arena *arena, uint64_t bytes)
{
	return format(arena, sizes, bytes);
}

enum wax_quantity
wax_octal_parse(struct wax_str text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.n == 0 || text.n > 7)
		return WAX_QUANTITY_BAD;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '7')
			return WAX_QUANTITY_BAD;
		value = value * 8 + (uint64_t)(text.p[i] - '0');
	}
	*out = value;
	return WAX_QUANTITY_GOOD;
}

struct wax_str
wax_octal_format(struct wax_arena *arena, uint64_t mode)
{
	return wax_textf(arena, "%04llo", (unsigned long long)mode);
}
