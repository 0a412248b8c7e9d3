/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * privileges.h - what the process is allowed beside its user: see sandbox.h
 * for that, and for capabilities and files.
 */
#ifndef WAX_MILTER_SYS_PRIVILEGES_H
#define WAX_MILTER_SYS_PRIVILEGES_H

#include <stddef.h>

#include "policy/base/status.h"

/*
 * No core files and no debugger of the same user: mail is in our memory. New
 * files are for the user and its group alone. After the drop, which resets
 * it. A leak checker cannot work any more.
 */
enum wax_status wax_process_harden(struct wax_err *err) WAX_MUST_USE;

/*
 * Room for `wanted` open files, as far as the hard limit allows; root raises
 * that, too. WAX_E_LIMIT: fewer than `least`. `got` says how many.
 */
enum wax_status wax_files_raise(
    size_t wanted, size_t least, size_t *got, struct wax_err *err) WAX_MUST_USE;

#endif
