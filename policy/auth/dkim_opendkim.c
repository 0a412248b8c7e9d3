/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door to libopendkim: no other file of policy/ includes it.
 *
 * What is worked around here was read and measured in 2.11.0~beta2 (Debian
 * 12); what is kept away from the library altogether is listed at is_plain()
 * in dkim_signature.c.
 */
#include "policy/auth/dkim_library.h"

#include <opendkim/dkim.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/base64.h"
#include "policy/base/text.h"

/* --- the library's own life ----------------------------------------------- */

/*
 * The library's memory of a message comes from an arena of its own, which is
 * given back as soon as the verdicts are there; what it needs for itself has
 * no closure.
 */
static void *
library_malloc(void *closure, size_t n)
{
	if (closure == NULL)
		return malloc(n);
	return wax_alloc(closure, n, 1);
}

static void
library_free(void *closure, void *p)
{
	if (closure == NULL)
		free(p);
}

/* What the key callback needs: which signature of the library's is whose. */
struct session {
	struct wax_arena *arena;
	struct wax_library_job *jobs;
	DKIM_SIGINFO **sigs;
	size_t n;
};

/*
 * The key as a record that always fits into the library's 1,025 octets and
 * holds nothing that it could read otherwise: a 4,096-bit key takes 760.
 */
static DKIM_CBSTAT
give_key(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t buflen)
{
	const struct session *session = dkim_get_user_context(dkim);

	for (size_t i = 0; i < session->n; i++) {
		const struct wax_keyrec *key = &session->jobs[i].key;
		struct wax_str record;

		if (session->sigs[i] != sig)
			continue;
		record = wax_textf(session->arena, "v=DKIM1; k=%s; p=%.*s",
		    key->type == WAX_KEY_RSA ? "rsa" : "ed25519",
		    WAX_FMT(wax_base64_encode(session->arena, key->key)));
		if (record.n >= buflen)
			return DKIM_CBSTAT_ERROR;
		memcpy(buf, record.p, record.n + 1);
		return DKIM_CBSTAT_CONTINUE;
	}
	return DKIM_CBSTAT_ERROR;
}

/*
 * Malformed signatures keep their place in the list, so that it stays in step
 * with ours; keys are not asked at the end of the header. The library judges
 * t= and x= by its own clock, whatever DKIM_OPTS_FIXEDTIME says, and a
 * tolerance beyond t= wraps below zero: this one lets through all times that
 * is_plain() lets through, from 2001 to 2049.
 */
static bool
library_setup(DKIM_LIB *lib)
{
	u_int flags = DKIM_LIBFLAGS_BADSIGHANDLES | DKIM_LIBFLAGS_DELAYSIGPROC;
	uint64_t drift = UINT64_C(1000000000);

	return dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags,
	           sizeof flags) == DKIM_STAT_OK &&
	       dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift,
	           sizeof drift) == DKIM_STAT_OK &&
	       dkim_set_key_lookup(lib, give_key) == DKIM_STAT_OK;
}

struct dkim_lib *
wax_dkim_library_open(struct wax_err *err)
{
	DKIM_LIB *lib = dkim_init(library_malloc, library_free);

	if (lib == NULL) {
		(void)wax_fail(err, WAX_E_TEMP,
		    "libopendkim: dkim_init failed: out of memory");
		return NULL;
	}
	if (!library_setup(lib)) {
		(void)wax_fail(err, WAX_E_CONFIG,
		    "libopendkim refused its options: is it version 2.11?");
		dkim_close(lib);
		return NULL;
	}
	return lib;
}

void
wax_dkim_library_close(struct dkim_lib *lib)
{
	dkim_close(lib);
}

/* --- one message ---------------------------------------------------------- */

/* The library copies what it is shown. */
static DKIM_STAT
show_field(DKIM *dkim, const struct wax_field *field)
{
	struct wax_arena *scratch = wax_arena_new("dkim field", 4096);
	struct wax_text text;
	DKIM_STAT status;

	wax_text_init(&text, scratch);
	wax_text_add(&text, field->name);
	wax_text_addc(&text, ':');
	wax_text_add(&text, field->raw);
	status = dkim_header(dkim, (u_char *)text.p, text.n);
	wax_arena_free(scratch);
	return status;
}

/*
 * Show the fields that are signed, in their order, and the signatures. Other
 * signatures would cost memory and hashing, and other fields memory.
 */
static bool
show_header(DKIM *dkim, const struct wax_field *fields, const bool *is_signed,
    size_t n_fields, const struct wax_library_job *jobs, size_t n_jobs)
{
	size_t job = 0;

	for (size_t i = 0; i < n_fields; i++) {
		bool is_job = job < n_jobs && jobs[job].position == i;
		DKIM_STAT status;

		job += is_job;
		if (!is_job && !is_signed[i])
			continue;
		status = show_field(dkim, &fields[i]);
		/* A signature that the library finds malformed keeps its
		 * place in the list, with an error: see verify_one(). */
		if (status != DKIM_STAT_OK &&
		    !(is_job && status == DKIM_STAT_SYNTAX))
			return false;
	}
	return true;
}

static enum wax_library_verdict
verify_one(DKIM *dkim, DKIM_SIGINFO *sig)
{
	if (dkim_sig_geterror(sig) != DKIM_SIGERROR_UNKNOWN)
		return WAX_LIBRARY_NO_VERDICT;
	/* Before dkim_eom() this looks at the header alone, and one
	 * signature's trouble is not the others'. */
	if (dkim_sig_process(dkim, sig) != DKIM_STAT_OK)
		return WAX_LIBRARY_NO_VERDICT;
	if ((dkim_sig_getflags(sig) & DKIM_SIGFLAG_PASSED) != 0)
		return WAX_LIBRARY_GOOD;
	if (dkim_sig_geterror(sig) == DKIM_SIGERROR_BADSIG)
		return WAX_LIBRARY_BAD;
	return WAX_LIBRARY_NO_VERDICT;
}

static void
verify_all(DKIM *dkim, struct session *session)
{
	int n = 0;

	if (dkim_eoh(dkim) != DKIM_STAT_OK ||
	    dkim_getsiglist(dkim, &session->sigs, &n) != DKIM_STAT_OK ||
	    n < 0 || (size_t)n != session->n ||
	    dkim_set_user_context(dkim, session) != DKIM_STAT_OK)
		return;
	for (size_t i = 0; i < session->n; i++)
		session->jobs[i].verdict = verify_one(dkim, session->sigs[i]);
}

void
wax_dkim_library_verify(struct dkim_lib *lib, const struct wax_field *fields,
    const bool *is_signed, size_t n_fields, struct wax_library_job *jobs,
    size_t n_jobs)
{
	static const unsigned char id[] = "";
	struct wax_arena *arena = wax_arena_new("libopendkim", 32768);
	struct session session = { arena, jobs, NULL, n_jobs };
	DKIM_STAT status = DKIM_STAT_OK;
	DKIM *dkim = dkim_verify(lib, id, arena, &status);

	for (size_t i = 0; i < n_jobs; i++)
		jobs[i].verdict = WAX_LIBRARY_NO_VERDICT;
	if (dkim != NULL &&
	    show_header(dkim, fields, is_signed, n_fields, jobs, n_jobs))
		verify_all(dkim, &session);
	if (dkim != NULL)
		(void)dkim_free(dkim); /* says only whether it is a handle */
	wax_arena_free(arena);
}
