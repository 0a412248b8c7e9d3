/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum wax_status
wax_fail(struct wax_err *err, enum wax_status status, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return status;
	err->status = status;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return status;
}

void
wax_assert_failed(const char *cond, const char *file, int line)
{
	(void)fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, cond);
	abort();
}
