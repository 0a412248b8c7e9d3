/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second door to libopendkim (2.11.0~beta2 in Debian 12). It takes the
 * key as PEM and reads it anew for each message; what it would make of keys
 * of other kinds is kept away from it by pemkey.h. Of an Ed25519 key it gives
 * about 1 kB a message not back (tests/support/leaks.c): a run that signs a
 * thousand and ends can bear it.
 */
#include "milter/send/sign.h"

/* libopendkim's header uses types that it does not bring. */
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include <opendkim/dkim.h>
#include <stdlib.h>

#include "milter/send/pemkey.h"
#include "milter/sys/file.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/domain.h"

#define KEY_FILE_BYTES_MAX (64UL * 1024)

struct wax_signer {
	DKIM_LIB *lib;
	struct wax_arena *arena;
	const char *domain, *selector, *pem;
	dkim_alg_t algorithm;
};

/* --- the library ---------------------------------------------------------- */

/* RFC 6376 s5.4.1; with From twice nobody can put a second one in front. */
static bool
library_setup(DKIM_LIB *lib)
{
	static const char *const is_signed[] = { "From", "To", "Subject",
		"Date", "Message-ID", "Auto-Submitted", "MIME-Version",
		"Content-Type", NULL };
	static const char *const is_signed_again[] = { "From", NULL };
	const void *lists[] = { is_signed, is_signed_again };

	/* The library only reads the lists; its prototype has no const. */
	return dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_SIGNHDRS,
	           (void *)(uintptr_t)lists[0],
	           sizeof(u_char **)) == DKIM_STAT_OK &&
	       dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS,
	           (void *)(uintptr_t)lists[1],
	           sizeof(u_char **)) == DKIM_STAT_OK;
}

/* The library changes what it is given, now and then. */
static DKIM_STAT
show_field(DKIM *dkim, struct wax_arena *scratch, struct wax_str field)
{
	struct wax_text text;

	wax_text_init(&text, scratch);
	wax_text_add(&text, field);
	return dkim_header(dkim, (u_char *)text.p, text.n);
}

/* The fields of the message, then its body from *body on. */
static bool
show_header(DKIM *dkim, struct wax_arena *scratch, struct wax_str message,
    struct wax_str *body)
{
	size_t start = 0;

	for (size_t i = 0; i + 3 < message.n; i++) {
		char next = message.p[i + 2];

		if (message.p[i] != '\r' || message.p[i + 1] != '\n' ||
		    next == ' ' || next == '\t')
			continue;
		if (show_field(dkim, scratch,
		        (struct wax_str){ message.p + start, i - start }) !=
		    DKIM_STAT_OK)
			return false;
		start = i + 2;
		if (next == '\r' && message.p[i + 3] == '\n') {
			*body = wax_str_from(message, i + 4);
			return true;
		}
	}
	return false;
}

static bool
show_message(DKIM *dkim, struct wax_arena *scratch, struct wax_str message)
{
	struct wax_str body;

	return show_header(dkim, scratch, message, &body) &&
	       dkim_eoh(dkim) == DKIM_STAT_OK &&
	       (body.n == 0 || dkim_body(dkim, (u_char *)(uintptr_t)body.p,
	                           body.n) == DKIM_STAT_OK) &&
	       dkim_eom(dkim, NULL) == DKIM_STAT_OK;
}

static const char *
reason_of(DKIM *dkim)
{
	const char *why = dkim == NULL ? NULL : dkim_geterror(dkim);

	return why != NULL && why[0] != '\0' ? why : "libopendkim gave up";
}

/* With its name, folded, and without its CRLF. */
static enum wax_status
signature(struct wax_signer *signer, struct wax_arena *arena,
    struct wax_str message, struct wax_str *out, struct wax_err *err)
{
	static const char name[] = "DKIM-Signature: ";
	static const unsigned char id[] = "report";
	struct wax_arena *scratch = wax_arena_new("signing", 32768);
	enum wax_status status = WAX_OK;
	DKIM_STAT answer = DKIM_STAT_OK;
	u_char *field = NULL;
	size_t n = 0;
	DKIM *dkim = dkim_sign(signer->lib, id, NULL,
	    (dkim_sigkey_t)(uintptr_t)signer->pem,
	    (const unsigned char *)signer->selector,
	    (const unsigned char *)signer->domain, DKIM_CANON_RELAXED,
	    DKIM_CANON_RELAXED, signer->algorithm, (ssize_t)-1, &answer);

	if (dkim == NULL || !show_message(dkim, scratch, message) ||
	    dkim_getsighdr_d(dkim, sizeof name - 1, &field, &n) != DKIM_STAT_OK)
		status = wax_fail(err, WAX_E_IO,
		    "the report cannot be signed: %.120s", reason_of(dkim));
	else
		*out = wax_textf(
		    arena, "%s%.*s", name, (int)n, (const char *)field);
	if (dkim != NULL)
		(void)dkim_free(dkim); /* says only whether it is a handle */
	wax_arena_free(scratch);
	return status;
}

/* --- opening -------------------------------------------------------------- */

static enum wax_status
check_names(struct wax_signer *signer, const char *domain, const char *selector,
    struct wax_err *err)
{
	struct wax_domain checked;

	/* A selector is made of labels, as a domain is: RFC 6376 s3.1; one
	 * of digits only is not a domain by itself. */
	if (!wax_domain_parse(signer->arena, wax_str_of(domain), &checked))
		return wax_fail(err, WAX_E_CONFIG,
		    "\"%.100s\" is not a domain that could sign", domain);
	signer->domain = wax_str_z(signer->arena, checked.text);
	if (!wax_domain_parse(signer->arena,
	        wax_textf(signer->arena, "%s.example", selector), &checked))
		return wax_fail(err, WAX_E_CONFIG,
		    "\"%.100s\" is not a selector", selector);
	signer->selector = wax_str_z(signer->arena, wax_str_of(selector));
	return WAX_OK;
}

static enum wax_status
check_kind(struct wax_signer *signer, const struct wax_pemkey *key,
    const char *file, struct wax_err *err)
{
	switch (key->kind) {
	case WAX_PEMKEY_NONE:
		return wax_fail(err, WAX_E_CONFIG,
		    "%.120s holds no private key in PEM form", file);
	case WAX_PEMKEY_ENCRYPTED:
		return wax_fail(err, WAX_E_CONFIG,
		    "the key in %.120s is encrypted; decrypt it: nobody is "
		    "there to be asked for its passphrase",
		    file);
	case WAX_PEMKEY_OTHER:
		return wax_fail(err, WAX_E_CONFIG,
		    "the key in %.120s is neither RSA nor Ed25519", file);
	case WAX_PEMKEY_ED25519:
		signer->algorithm = DKIM_SIGN_ED25519SHA256;
		if (dkim_libfeature(signer->lib, DKIM_FEATURE_ED25519))
			return WAX_OK;
		return wax_fail(err, WAX_E_CONFIG,
		    "the key in %.120s is Ed25519, which this libopendkim "
		    "cannot do; use an RSA key",
		    file);
	case WAX_PEMKEY_RSA:
		break;
	}
	/* RFC 8301 s3.2: what every verifier has to take. */
	signer->algorithm = DKIM_SIGN_RSASHA256;
	if (key->bits >= WAX_KEY_BITS_MIN_DEFAULT &&
	    key->bits <= WAX_KEY_BITS_DEFAULT)
		return WAX_OK;
	return wax_fail(err, WAX_E_CONFIG,
	    "the key in %.120s has %zu bits; %d to %d are needed, 2048 are "
	    "usual",
	    file, key->bits, WAX_KEY_BITS_MIN_DEFAULT, WAX_KEY_BITS_DEFAULT);
}

static enum wax_status
load_key(struct wax_signer *signer, const char *file, struct wax_err *err)
{
	struct wax_str text;
	struct wax_pemkey key;
	enum wax_status status = wax_file_read_secret(
	    signer->arena, file, KEY_FILE_BYTES_MAX, &text, err);

	if (status != WAX_OK) {
		if (err != NULL)
			err->status = WAX_E_CONFIG;
		return WAX_E_CONFIG;
	}
	key = wax_pemkey_read(signer->arena, text);
	status = check_kind(signer, &key, file, err);
	if (status != WAX_OK)
		return status;
	signer->pem = wax_str_z(signer->arena, key.pem);
	return signer->pem != NULL
	           ? WAX_OK
	           : wax_fail(err, WAX_E_CONFIG,
	                 "the key in %.120s holds a NUL octet", file);
}

/* Whether the library can do it at all: better now than at each report. */
static enum wax_status
try_key(struct wax_signer *signer, const char *file, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("trial", 4096);
	struct wax_str out;
	enum wax_status status = signature(signer, arena,
	    WAX_STR("From: <trial@example.org>\r\n\r\ntrial\r\n"), &out, NULL);

	wax_arena_free(arena);
	if (status == WAX_OK)
		return WAX_OK;
	return wax_fail(err, WAX_E_CONFIG,
	    "nothing can be signed with the key in %.120s: it is damaged",
	    file);
}

enum wax_status
wax_signer_open(const char *domain, const char *selector, const char *key_file,
    struct wax_signer **out, struct wax_err *err)
{
	struct wax_signer *signer = calloc(1, sizeof *signer);
	enum wax_status status;

	WAX_ASSERT(signer != NULL);
	signer->arena = wax_arena_new("signer", KEY_FILE_BYTES_MAX);
	signer->lib = dkim_init(NULL, NULL);
	if (signer->lib == NULL || !library_setup(signer->lib))
		status = wax_fail(err, WAX_E_CONFIG,
		    "libopendkim refused its options: is it version 2.11?");
	else
		status = check_names(signer, domain, selector, err);
	if (status == WAX_OK)
		status = load_key(signer, key_file, err);
	if (status == WAX_OK)
		status = try_key(signer, key_file, err);
	if (status == WAX_OK) {
		*out = signer;
		return WAX_OK;
	}
	wax_signer_close(signer);
	return status;
}

enum wax_status
wax_sign(struct wax_signer *signer, struct wax_arena *arena,
    struct wax_str message, int64_t now, struct wax_str *out,
    struct wax_err *err)
{
	uint64_t t = now > 0 ? (uint64_t)now : 0;
	struct wax_str field;
	enum wax_status status;

	if (dkim_options(signer->lib, DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &t,
	        sizeof t) != DKIM_STAT_OK)
		return wax_fail(
		    err, WAX_E_IO, "libopendkim does not take the time");
	status = signature(signer, arena, message, &field, err);
	if (status == WAX_OK)
		*out = wax_textf(
		    arena, "%.*s\r\n%.*s", WAX_FMT(field), WAX_FMT(message));
	return status;
}

void
wax_signer_close(struct wax_signer *signer)
{
	if (signer == NULL)
		return;
	if (signer->lib != NULL)
		dkim_close(signer->lib);
	wax_arena_free(signer->arena);
	free(signer);
}
