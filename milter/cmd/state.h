/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.h - the state directory, its lock, and the pid file.
 *
 * One daemon a state directory: the lock is on the directory itself, so that
 * there is no lock file whose owner or age could be in the way. It ends with
 * the process.
 *
 * What fails returns an exit status of sysexits.h, and says why in `err`.
 */
#ifndef WAX_MILTER_CMD_STATE_H
#define WAX_MILTER_CMD_STATE_H

#include "milter/sys/sandbox.h"

/*
 * Open and lock; make the directory if only its last part is missing.
 * `owner` (NULL: ourselves) is whose it shall be then. *fd_out stays open.
 * EX_UNAVAILABLE: another daemon has it.
 */
int wax_state_lock(const char *dir, const struct wax_identity *owner,
    int *fd_out, struct wax_err *err) WAX_MUST_USE;

/* After privileges were dropped: EX_NOPERM if we cannot write there. */
int wax_state_check(int fd, const char *dir, struct wax_err *err) WAX_MUST_USE;

/* Make a directory for `owner` if only its last part is missing; what cannot
 * be made is noticed by whoever needs it. */
void wax_state_make(
    const char *dir, mode_t mode, const struct wax_identity *owner);

/* Write our process id; "" is no file. */
int wax_pid_file_write(const char *path, struct wax_err *err) WAX_MUST_USE;

#endif
