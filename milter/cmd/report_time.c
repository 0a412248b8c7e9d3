/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/report_time.h"

#include "policy/base/text.h"

#define DAY 86400
#define LAST_SECOND 253402300799LL /* of 9999 */

/* Days from 1970-01-01; March begins the year, so that leap days end it. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

/* The way back. */
static void
date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097, in_era = z % 146097;
	int64_t y =
	    (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * in_year + 2) / 153;

	*day = (int)(in_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2 ? 1 : 0));
}

/* Exactly n digits, at most `max`. */
static bool
take_digits(struct wax_str *rest, size_t n, unsigned long max, int64_t *out)
{
	unsigned long number;

	if (rest->n < n ||
	    !wax_str_number(wax_str_head(*rest, n), max, &number))
		return false;
	*rest = wax_str_from(*rest, n);
	*out = (int64_t)number;
	return true;
}

static bool
take_char(struct wax_str *rest, char c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	*rest = wax_str_from(*rest, 1);
	return true;
}

static bool
take_date(struct wax_str *rest, int64_t *days)
{
	int64_t year, month, day;
	int y, m, d;

	if (!take_digits(rest, 4, 9999, &year) || !take_char(rest, '-') ||
	    !take_digits(rest, 2, 12, &month) || !take_char(rest, '-') ||
	    !take_digits(rest, 2, 31, &day) || year < 1970 || month < 1 ||
	    day < 1)
		return false;
	*days = days_of(year, month, day);
	date_of(*days, &y, &m, &d); /* no 31st of November */
	return d == day && m == month;
}

/* HH:MM, HH:MM:SS; *length is what it names: a minute or a second. */
static bool
take_clock(struct wax_str *rest, int64_t *seconds, int64_t *length)
{
	int64_t hour, minute, second = 0;

	if (!take_digits(rest, 2, 23, &hour) || !take_char(rest, ':') ||
	    !take_digits(rest, 2, 59, &minute))
		return false;
	*length = 60;
	if (take_char(rest, ':')) {
		if (!take_digits(rest, 2, 59, &second))
			return false;
		*length = 1;
	}
	(void)take_char(rest, 'Z');
	*seconds = hour * 3600 + minute * 60 + second;
	return true;
}

bool
wax_time_parse(struct wax_str text, bool is_end, int64_t *out)
{
	struct wax_str rest = text;
	int64_t days, seconds = 0, length = DAY;
	unsigned long number;

	if (wax_str_number(text, LAST_SECOND, &number)) {
		*out = (int64_t)number;
		return true;
	}
	if (!take_date(&rest, &days))
		return false;
	if (rest.n > 0 &&
	    (!take_char(&rest, 'T') || !take_clock(&rest, &seconds, &length)))
		return false;
	*out = days * DAY + seconds + (is_end ? length - 1 : 0);
	return rest.n == 0;
}

struct wax_str
wax_time_format(struct wax_arena *arena, int64_t time)
{
	int year, month, day;
	int second = (int)(time % DAY);

	if (time < 0 || time > LAST_SECOND)
		return wax_textf(arena, "%lld", (long long)time);
	date_of(time / DAY, &year, &month, &day);
	return wax_textf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month,
	    day, second / 3600, second / 60 % 60, second % 60);
}

struct wax_str
wax_period_format(struct wax_arena *arena, struct wax_period period)
{
	/* Reports of others come with any numbers, and some of them with the
	 * first second of the next day as their end. */
	bool is_day = period.begin >= 0 && period.begin <= LAST_SECOND &&
	              period.begin % DAY == 0 &&
	              (period.end == period.begin + DAY - 1 ||
	                  period.end == period.begin + DAY);
	struct wax_str begin = wax_time_format(arena, period.begin);

	if (is_day)
		return wax_str_head(begin, 10);
	return wax_textf(arena, "%.*s/%.*s", WAX_FMT(begin),
	    WAX_FMT(wax_time_format(arena, period.end)));
}

struct wax_str
wax_age_format(struct wax_arena *arena, int64_t seconds)
{
	long long s = seconds > 0 ? (long long)seconds : 0;

	if (s < 120)
		return wax_textf(arena, "%lld s", s);
	if (s < 7200)
		return wax_textf(arena, "%lld min", s / 60);
	if (s < 2 * DAY)
		return wax_textf(arena, "%lld h", s / 3600);
	return wax_textf(arena, "%lld d", s / DAY);
}
