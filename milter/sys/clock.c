/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/clock.h"

#include "policy/base/status.h"

int64_t
wax_clock_ms(void)
{
	struct timespec now;

	WAX_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
wax_clock_wall(void)
{
	struct timespec now;

	WAX_ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return now.tv_sec;
}

struct timespec
wax_clock_timespec(int64_t ms)
{
	if (ms < 0)
		ms = 0;
	return (struct timespec){ .tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000 };
}
