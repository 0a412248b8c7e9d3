/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status.h - operational errors, attributes and assertions.
 *
 * Outcomes of the protocols (pass, temperror) are values, not errors: see
 * policy/auth/result.h. An operational failure is an enum wax_status with a
 * text for the operator. A broken promise of the programmer, and running out
 * of memory, end the process.
 */
#ifndef WAX_POLICY_BASE_STATUS_H
#define WAX_POLICY_BASE_STATUS_H

#define WAX_MUST_USE __attribute__((warn_unused_result))
#define WAX_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* For promises of the caller only, never for input. Never compiled out. */
#define WAX_ASSERT(cond) \
	((cond) ? (void)0 : wax_assert_failed(#cond, __FILE__, __LINE__))

enum wax_status {
	WAX_OK,
	WAX_E_SYNTAX,   /* the input is not of its form */
	WAX_E_LIMIT,    /* a bound of ours was exceeded */
	WAX_E_NOTFOUND, /* no such thing */
	WAX_E_TEMP,     /* may work later */
	WAX_E_IO,       /* the system refused */
	WAX_E_CONFIG    /* the operator's choices do not fit together */
};

struct wax_err {
	enum wax_status status;
	char text[240]; /* lower case, what failed, why, what to do */
};

/*
 * Fill `err` (may be NULL) and return `status`, so that a failure is one
 * statement: return wax_fail(err, WAX_E_IO, "...").
 */
enum wax_status wax_fail(struct wax_err *err, enum wax_status status,
    const char *fmt, ...) WAX_PRINTF(3, 4);

/* Say where on stderr, and abort(). */
void wax_assert_failed(const char *cond, const char *file, int line)
    __attribute__((noreturn));

#endif
