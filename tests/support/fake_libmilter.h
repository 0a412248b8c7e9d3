/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_libmilter.h - libmilter at link time, without an MTA.
 *
 * A test program that links fake_libmilter.c in place of -lmilter gets the
 * registered callbacks and calls them as the library would; every smfi_*
 * call that says something to the MTA is written down as one line. The
 * rules that the real library enforces are enforced here: edits only at the
 * end of a message and only if granted, reply texts as it takes them.
 */
#ifndef WAX_TESTS_SUPPORT_FAKE_LIBMILTER_H
#define WAX_TESTS_SUPPORT_FAKE_LIBMILTER_H

#include <stdbool.h>

/* Behind stdbool.h: it makes a bool of its own otherwise, of another size. */
#include <libmilter/mfapi.h>

/* Everything an MTA of today offers. */
#define FAKE_ALL_ACTIONS 0x1ffUL
#define FAKE_ALL_STEPS 0x1fffffUL

/* What smfi_register() was given; NULL before. */
const struct smfiDesc *fake_registered(void);
/* The longest packet that would be taken from an MTA. */
size_t fake_max_data_size(void);

/* One connection of an MTA. */
SMFICTX *fake_open(void);
/* Ends it as the library does, callback included. */
void fake_close(SMFICTX *ctx);

/* Set a macro ("i", "{daemon_name}"); NULL takes it away. */
void fake_macro(SMFICTX *ctx, const char *name, const char *value);

/* The callbacks, in the MTA's words. */
sfsistat fake_negotiate(
    SMFICTX *ctx, unsigned long actions, unsigned long steps);
/* What was asked for. */
unsigned long fake_steps(const SMFICTX *ctx);
unsigned long fake_actions(const SMFICTX *ctx);

/* `address`: "192.0.2.1", "2001:db8::1", "/path", or NULL for none. */
sfsistat fake_connect(SMFICTX *ctx, const char *host, const char *address);
sfsistat fake_helo(SMFICTX *ctx, const char *name);
sfsistat fake_mail(SMFICTX *ctx, const char *address);
sfsistat fake_rcpt(SMFICTX *ctx, const char *address);
sfsistat fake_header(SMFICTX *ctx, const char *name, const char *value);
sfsistat fake_eoh(SMFICTX *ctx);
sfsistat fake_body(SMFICTX *ctx, const char *text);
sfsistat fake_eom(SMFICTX *ctx);
sfsistat fake_abort(SMFICTX *ctx);

/* What was said to the MTA, one call a line, and forget it. The text is
 * valid until the next call. */
const char *fake_said(SMFICTX *ctx);

/* Let the function of that name ("insheader") fail from now on; NULL: none. */
void fake_fail(SMFICTX *ctx, const char *function);

#endif
