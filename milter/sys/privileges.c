/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/privileges.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum wax_status
wax_process_harden(struct wax_err *err)
{
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

	(void)umask(S_IROTH | S_IWOTH | S_IXOTH); /* it cannot fail */
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return wax_fail(err, WAX_E_IO, "cannot forbid core files: %s",
		    strerror(errno));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return wax_fail(err, WAX_E_IO,
		    "cannot protect the memory from other programs: %s",
		    strerror(errno));
	return WAX_OK;
}

enum wax_status
wax_files_raise(size_t wanted, size_t least, size_t *got, struct wax_err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wax_fail(err, WAX_E_IO,
		    "cannot read the limit of open files: %s", strerror(errno));
	if (limit.rlim_cur < wanted) {
		struct rlimit more = limit;

		more.rlim_cur = wanted;
		if (more.rlim_max < wanted)
			more.rlim_max = wanted;
		if (setrlimit(RLIMIT_NOFILE, &more) != 0) {
			/* Only root may go beyond the hard limit. */
			more = limit;
			more.rlim_cur = limit.rlim_max;
			(void)setrlimit(RLIMIT_NOFILE, &more); /* asked below */
		}
		if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
			return wax_fail(err, WAX_E_IO,
			    "cannot read the limit of open files: %s",
			    strerror(errno));
	}
	*got = limit.rlim_cur;
	if (limit.rlim_cur < least)
		return wax_fail(err, WAX_E_LIMIT,
		    "only %zu files may be open, at least %zu are needed; "
		    "raise LimitNOFILE= of the unit, or ulimit -n",
		    *got, least);
	return WAX_OK;
}
