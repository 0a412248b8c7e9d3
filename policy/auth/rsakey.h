/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rsakey.h - the DER of RSA public keys, read by hand.
 *
 * Strict DER (ITU-T X.690 s10), no recursion, nothing behind the end. RFC
 * 6376 s3.6.1 speaks of an RSAPublicKey, everybody publishes it wrapped as
 * SubjectPublicKeyInfo (erratum 3017); both are taken.
 */
#ifndef WAX_POLICY_AUTH_RSAKEY_H
#define WAX_POLICY_AUTH_RSAKEY_H

#include "policy/base/str.h"

/*
 * Check, and write the two numbers anew as a SubjectPublicKeyInfo, so that
 * what libraries get is of our own making. The modulus is odd, the exponent
 * odd, from 3 to 2^32. `bits` are those of the modulus.
 */
bool wax_rsakey_read(struct wax_arena *arena, struct wax_str der,
    struct wax_str *spki, unsigned *bits) WAX_MUST_USE;

#endif
