/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recording.h - a resolver that writes down what it is asked, for tests.
 *
 * It wraps another one (a zone's), and may hold answers back: then an answer
 * that was asked ahead is not here before it was delivered, as with a real
 * network. What is looked up is answered at once in any case.
 */
#ifndef WAX_TESTS_SUPPORT_RECORDING_H
#define WAX_TESTS_SUPPORT_RECORDING_H

#include "policy/dns/resolver.h"

struct wax_recording;

struct wax_recording *wax_recording_new(
    struct wax_arena *arena, struct wax_resolver *inner);
struct wax_resolver *wax_recording_resolver(struct wax_recording *recording);

/* From now on, answers wait for wax_recording_deliver() (or wait_any()). */
void wax_recording_hold(struct wax_recording *recording);
/* All that is outstanding arrives; how many questions that were. */
size_t wax_recording_deliver(struct wax_recording *recording);

/* Different questions so far, asked ahead or looked up. */
size_t wax_recording_count(const struct wax_recording *recording);

/*
 * The questions in the order in which they were first asked, one a line:
 * "TXT example.net\n". In the arena; forgotten by wax_recording_forget().
 */
const char *wax_recording_text(const struct wax_recording *recording);
void wax_recording_forget(struct wax_recording *recording);

#endif
