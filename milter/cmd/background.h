/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * background.h - becoming a daemon, before there are threads.
 *
 * The command waits until the daemon is ready, and ends with the daemon's
 * status if it never is: errors of the start are seen where it was started.
 */
#ifndef WAX_MILTER_CMD_BACKGROUND_H
#define WAX_MILTER_CMD_BACKGROUND_H

#include "policy/base/status.h"

/*
 * Opens /dev/null where standard input, output or error are closed: else
 * what is opened first would stand there, and be written to. To be called
 * before anything is opened.
 */
enum wax_status wax_background_fill_standard(struct wax_err *err) WAX_MUST_USE;

/*
 * Returns in the child; the parent waits and ends here. *ready_out is for
 * wax_background_ready().
 */
enum wax_status wax_background_fork(int *ready_out, struct wax_err *err)
    WAX_MUST_USE;

/* Let the parent go with status 0, and leave the terminal. */
void wax_background_ready(int ready, int keep_stderr);

#endif
