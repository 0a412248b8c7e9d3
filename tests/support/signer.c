/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/signer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/vec.h"

struct wax_signer {
	EVP_PKEY *key;
};

static struct wax_signer *
signer_of(EVP_PKEY *key)
{
	struct wax_signer *signer;

	if (key == NULL)
		return NULL;
	signer = malloc(sizeof *signer);
	if (signer == NULL)
		abort();
	signer->key = key;
	return signer;
}

struct wax_signer *
wax_signer_generate(const char *kind)
{
	bool rsa = strncmp(kind, "rsa", 3) == 0;
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key = NULL;

	if (!rsa && strcmp(kind, "ed25519") != 0)
		return NULL;
	ctx = EVP_PKEY_CTX_new_id(rsa ? EVP_PKEY_RSA : EVP_PKEY_ED25519, NULL);
	if (ctx == NULL)
		return NULL;
	if (EVP_PKEY_keygen_init(ctx) != 1 ||
	    (rsa && EVP_PKEY_CTX_set_rsa_keygen_bits(
	                ctx, (int)strtol(kind + 3, NULL, 10)) != 1) ||
	    EVP_PKEY_keygen(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return signer_of(key);
}

struct wax_signer *
wax_signer_load(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key;

	if (file == NULL)
		return NULL;
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	(void)fclose(file);
	return signer_of(key);
}

bool
wax_signer_save(const struct wax_signer *signer, const char *path)
{
	FILE *file = fopen(path, "w");
	bool written;

	if (file == NULL)
		return false;
	written = PEM_write_PKCS8PrivateKey(
	              file, signer->key, NULL, NULL, 0, NULL, NULL) == 1;
	return fclose(file) == 0 && written;
}

void
wax_signer_free(struct wax_signer *signer)
{
	if (signer == NULL)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

bool
wax_signer_is_ed25519(const struct wax_signer *signer)
{
	return EVP_PKEY_id(signer->key) == EVP_PKEY_ED25519;
}

static struct wax_str
base64(struct wax_arena *arena, const unsigned char *p, size_t n)
{
	char *out = wax_alloc(arena, 4 * ((n + 2) / 3) + 1, 1);
	int length = EVP_EncodeBlock((unsigned char *)out, p, (int)n);

	return (struct wax_str){ out, (size_t)length };
}

struct wax_str
wax_signer_public(struct wax_arena *arena, const struct wax_signer *signer)
{
	unsigned char raw[32], *der = NULL;
	size_t n = sizeof raw;
	struct wax_str text;
	int length;

	if (wax_signer_is_ed25519(signer)) {
		if (EVP_PKEY_get_raw_public_key(signer->key, raw, &n) != 1)
			abort();
		return base64(arena, raw, n);
	}
	length = i2d_PUBKEY(signer->key, &der);
	if (length <= 0)
		abort();
	text = base64(arena, der, (size_t)length);
	OPENSSL_free(der);
	return text;
}

struct wax_str
wax_signer_public_bare(struct wax_arena *arena, const struct wax_signer *signer)
{
	unsigned char *der = NULL;
	struct wax_str text;
	int length = i2d_PublicKey(signer->key, &der);

	if (length <= 0)
		abort();
	text = base64(arena, der, (size_t)length);
	OPENSSL_free(der);
	return text;
}

struct wax_str
wax_signer_record(struct wax_arena *arena, const struct wax_signer *signer)
{
	return wax_textf(arena, "v=DKIM1; k=%s; p=%.*s",
	    wax_signer_is_ed25519(signer) ? "ed25519" : "rsa",
	    WAX_FMT(wax_signer_public(arena, signer)));
}

/* --- the message ---------------------------------------------------------- */

struct message {
	WAX_VEC(struct wax_str) fields; /* without their CRLF */
	struct wax_str body;
};

/* Where the line that starts at `from` ends: behind its CRLF. */
static size_t
line_end(struct wax_str s, size_t from)
{
	for (size_t i = from; i + 1 < s.n; i++)
		if (s.p[i] == '\r' && s.p[i + 1] == '\n')
			return i + 2;
	return s.n;
}

static struct message
message_split(struct wax_arena *arena, struct wax_str text)
{
	struct message message = { 0 };
	size_t at = 0;

	while (at < text.n && !(text.p[at] == '\r' && at + 1 < text.n &&
	                          text.p[at + 1] == '\n')) {
		size_t start = at;

		at = line_end(text, at);
		while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
			at = line_end(text, at);
		WAX_PUSH(arena, &message.fields,
		    wax_str_trim((struct wax_str){ text.p + start, 0 }));
		/* Only the CRLF goes: blanks at the end are signed. */
		message.fields.v[message.fields.n - 1] =
		    (struct wax_str){ text.p + start,
			    at - start >= 2 && text.p[at - 1] == '\n'
			        ? at - start - 2
			        : at - start };
	}
	message.body = wax_str_from(text, at + 2);
	return message;
}

static bool
field_has_name(struct wax_str field, struct wax_str name)
{
	struct wax_str head =
	    wax_str_trim(wax_str_head(field, wax_str_find(field, ':')));

	return wax_str_ieq(head, name);
}

/* --- canonicalisation ----------------------------------------------------- */

/* RFC 6376 s3.4.2 */
static void
relaxed_field(struct wax_text *out, struct wax_str field)
{
	size_t colon = wax_str_find(field, ':');
	struct wax_str name = wax_str_trim(wax_str_head(field, colon));
	struct wax_str value = wax_str_trim(wax_str_from(field, colon + 1));
	bool gap = false;

	for (size_t i = 0; i < name.n; i++)
		wax_text_addc(out, wax_lower(name.p[i]));
	wax_text_addc(out, ':');
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c == '\r' || c == '\n')
			continue;
		if (c == ' ' || c == '\t') {
			gap = true;
			continue;
		}
		if (gap)
			wax_text_addc(out, ' ');
		gap = false;
		wax_text_addc(out, c);
	}
}

static void
canon_field(struct wax_text *out, struct wax_str field, bool relaxed)
{
	if (relaxed)
		relaxed_field(out, field);
	else
		wax_text_add(out, field);
}

/* RFC 6376 s3.4.4: the lines. */
static struct wax_str
relaxed_lines(struct wax_arena *arena, struct wax_str body)
{
	struct wax_text out;
	struct wax_str line;

	wax_text_init(&out, arena);
	while (body.n > 0) {
		size_t end = line_end(body, 0);
		bool gap = false;

		line = wax_str_head(body, end);
		body = wax_str_from(body, end);
		while (line.n > 0 && wax_is_space(line.p[line.n - 1]))
			line.n--;
		for (size_t i = 0; i < line.n; i++) {
			if (wax_is_blank(line.p[i])) {
				gap = true;
				continue;
			}
			if (gap)
				wax_text_addc(&out, ' ');
			gap = false;
			wax_text_addc(&out, line.p[i]);
		}
		wax_text_addz(&out, "\r\n");
	}
	return wax_text_str(&out);
}

static struct wax_str
canon_body(struct wax_arena *arena, struct wax_str body, bool relaxed)
{
	struct wax_text closed;

	if (body.n > 0 && !wax_str_ends(body, WAX_STR("\r\n"))) {
		wax_text_init(&closed, arena);
		wax_text_add(&closed, body);
		wax_text_addz(&closed, "\r\n");
		body = wax_text_str(&closed);
	}
	if (relaxed)
		body = relaxed_lines(arena, body);
	while (wax_str_ends(body, WAX_STR("\r\n\r\n")))
		body.n -= 2;
	if (wax_str_eq(body, WAX_STR("\r\n")))
		body.n = 0;
	if (body.n == 0 && !relaxed)
		return WAX_STR("\r\n"); /* RFC 6376 s3.4.3 */
	return body;
}

/* --- the signature -------------------------------------------------------- */

static struct wax_str
digest_of(struct wax_arena *arena, struct wax_str s, bool sha1)
{
	unsigned char *md = wax_alloc(arena, EVP_MAX_MD_SIZE, 1);
	unsigned int n = 0;

	if (EVP_Digest(
	        s.p, s.n, md, &n, sha1 ? EVP_sha1() : EVP_sha256(), NULL) != 1)
		abort();
	return (struct wax_str){ (const char *)md, n };
}

static struct wax_str
signature_of(struct wax_arena *arena, const struct wax_signer *signer,
    struct wax_str input, bool sha1, bool corrupt)
{
	bool ed = wax_signer_is_ed25519(signer);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = 2048;
	unsigned char *sig = wax_alloc(arena, n, 1);

	if (ed) /* RFC 8463 s3: the digest is what is signed */
		input = digest_of(arena, input, false);
	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL,
	        ed     ? NULL
	        : sha1 ? EVP_sha1()
	               : EVP_sha256(),
	        NULL, signer->key) != 1 ||
	    EVP_DigestSign(
	        ctx, sig, &n, (const unsigned char *)input.p, input.n) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	if (corrupt)
		sig[n / 2] ^= 1;
	return base64(arena, sig, n);
}

struct tag {
	struct wax_str name, value;
};

struct tags {
	struct wax_arena *arena;
	WAX_VEC(struct tag) list;
};

static void
tag_set(struct tags *tags, const char *name, struct wax_str value)
{
	struct tag tag = { wax_str_of(name), value };

	for (size_t i = 0; i < tags->list.n; i++)
		if (wax_str_eq(tags->list.v[i].name, tag.name)) {
			tags->list.v[i].value = value;
			return;
		}
	WAX_PUSH(tags->arena, &tags->list, tag);
}

static bool
is_left_out(const struct wax_sign_request *request, struct wax_str name)
{
	for (size_t i = 0; i < request->n_without; i++)
		if (wax_str_eq(name, wax_str_of(request->without[i])))
			return true;
	return false;
}

/* The value that the request gives to a tag; p is NULL if none. */
static struct wax_str
requested(const struct wax_sign_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_tags; i++) {
		struct wax_str rest = wax_str_of(request->tag[i]), head;

		if (wax_str_cut(&rest, '=', &head) &&
		    wax_str_eq(head, wax_str_of(name)))
			return rest.p != NULL ? rest : WAX_STR("");
	}
	return (struct wax_str){ NULL, 0 };
}

/* Each of the usual fields, as often as it is there. */
static struct wax_str
default_h(struct wax_arena *arena, const struct message *message)
{
	static const char *const usual[] = { "From", "To", "Subject", "Date" };
	struct wax_text h;

	wax_text_init(&h, arena);
	for (size_t u = 0; u < sizeof usual / sizeof *usual; u++)
		for (size_t i = 0; i < message->fields.n; i++)
			if (field_has_name(
			        message->fields.v[i], wax_str_of(usual[u])))
				wax_text_addf(
				    &h, "%s%s", h.n > 0 ? ":" : "", usual[u]);
	return h.n > 0 ? wax_text_str(&h) : WAX_STR("From");
}

static struct wax_str
body_hash(struct wax_arena *arena, const struct wax_sign_request *request,
    const struct message *message, bool relaxed, bool sha1)
{
	struct wax_str body = canon_body(arena, message->body, relaxed);
	struct wax_str l = requested(request, "l");
	unsigned long length;

	if (l.p != NULL && wax_str_number(l, 1UL << 40, &length))
		body = wax_str_head(body, length);
	body = digest_of(arena, body, sha1);
	return base64(arena, (const unsigned char *)body.p, body.n);
}

/* RFC 6376 s5.4.2: the names take the fields from the last one up. */
static void
add_signed_fields(struct wax_arena *arena, struct wax_text *input,
    const struct message *message, struct wax_str h, bool relaxed)
{
	bool *used = wax_alloc(arena, message->fields.n + 1, sizeof *used);
	struct wax_str name;

	while (wax_str_cut(&h, ':', &name)) {
		name = wax_str_trim(name);
		for (size_t i = message->fields.n; i > 0; i--) {
			if (used[i - 1] ||
			    !field_has_name(message->fields.v[i - 1], name))
				continue;
			used[i - 1] = true;
			canon_field(input, message->fields.v[i - 1], relaxed);
			wax_text_addz(input, "\r\n");
			break;
		}
	}
}

static void
write_tags(struct wax_text *out, const struct wax_sign_request *request,
    const struct tags *tags)
{
	const char *gap = request->odd_spaces ? " \r\n\t " : "";

	wax_text_addz(out, "DKIM-Signature:");
	for (size_t i = 0; i < tags->list.n; i++) {
		const struct tag *tag = &tags->list.v[i];

		if (is_left_out(request, tag->name))
			continue;
		wax_text_addz(
		    out, tag->name.n == 2 || wax_str_eq(tag->name, WAX_STR("h"))
		             ? "\r\n\t"
		             : " ");
		wax_text_addf(out, "%.*s%s=%s%.*s%s;", WAX_FMT(tag->name), gap,
		    gap, WAX_FMT(tag->value), gap);
	}
}

static bool
requested_sha1(const struct wax_sign_request *request)
{
	return request->algorithm != NULL &&
	       strcmp(request->algorithm, "rsa-sha1") == 0;
}

static void
collect_tags(struct tags *tags, const struct wax_signer *signer,
    const struct wax_sign_request *request, struct wax_str canon,
    struct wax_str h, struct wax_str bh)
{
	struct wax_arena *arena = tags->arena;

	tag_set(tags, "v", WAX_STR("1"));
	tag_set(tags, "a",
	    request->algorithm != NULL      ? wax_str_of(request->algorithm)
	    : wax_signer_is_ed25519(signer) ? WAX_STR("ed25519-sha256")
	                                    : WAX_STR("rsa-sha256"));
	tag_set(tags, "c", canon);
	tag_set(tags, "d", wax_str_of(request->domain));
	tag_set(tags, "s", wax_str_of(request->selector));
	tag_set(tags, "h", h);
	tag_set(tags, "bh", bh);
	for (size_t i = 0; i < request->n_tags; i++) {
		struct wax_str rest = wax_str_of(request->tag[i]), name;

		if (!wax_str_cut(&rest, '=', &name))
			continue;
		tag_set(tags, wax_str_z(arena, name),
		    rest.p != NULL ? rest : WAX_STR(""));
	}
}

/* b= in lines of 64, as signers do. */
static void
write_b(struct wax_text *out, struct wax_str b)
{
	for (size_t i = 0; i < b.n; i += 64)
		wax_text_addf(out, "%s%.*s", i > 0 ? "\r\n\t " : "",
		    WAX_FMT(wax_str_head(wax_str_from(b, i), 64)));
}

struct wax_str
wax_sign(struct wax_arena *arena, const struct wax_signer *signer,
    const struct wax_sign_request *request, struct wax_str text)
{
	struct message message = message_split(arena, text);
	struct wax_str canon = wax_str_of(
	    request->canon != NULL ? request->canon : "relaxed/simple");
	struct wax_str h = request->h != NULL ? wax_str_of(request->h)
	                                      : default_h(arena, &message);
	bool relaxed_header = wax_str_starts(canon, WAX_STR("relaxed"));
	bool relaxed_body = wax_str_ends(canon, WAX_STR("/relaxed"));
	bool sha1 = requested_sha1(request);
	struct tags tags = { arena, { 0 } };
	struct wax_text field, input;
	struct wax_str given = requested(request, "b");
	const char *gap = request->odd_spaces ? "\r\n\t " : "";
	const char *append = request->append != NULL ? request->append : "";

	collect_tags(&tags, signer, request, canon, h,
	    body_hash(arena, request, &message, relaxed_body, sha1));
	/* What h= says is what is signed, even if the request rewrote it. */
	h = requested(request, "h").p != NULL ? requested(request, "h") : h;
	wax_text_init(&field, arena);
	write_tags(&field, request, &tags);
	if (given.p != NULL || is_left_out(request, WAX_STR("b"))) {
		/* b= as requested is one of the tags, or there is none. */
		wax_text_addf(&field, "%s\r\n", append);
		return wax_text_str(&field);
	}
	wax_text_addf(&field, "\r\n\t%sb%s=", gap, gap);
	wax_text_init(&input, arena);
	add_signed_fields(arena, &input, &message, h, relaxed_header);
	canon_field(&input,
	    wax_textf(arena, "%.*s%s", WAX_FMT(wax_text_str(&field)), append),
	    relaxed_header);
	write_b(&field, signature_of(arena, signer, wax_text_str(&input), sha1,
	                    request->corrupt));
	wax_text_addf(&field, "%s\r\n", append);
	return wax_text_str(&field);
}

struct wax_str
wax_sign_message(struct wax_arena *arena, const struct wax_signer *signer,
    const struct wax_sign_request *request, struct wax_str message)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	wax_text_add(&out, wax_sign(arena, signer, request, message));
	wax_text_add(&out, message);
	return wax_text_str(&out);
}
