/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkimsign - sign a message for the corpus of scenarios.
 *
 *	dkimsign --genkey rsa2048|ed25519 FILE	writes FILE, prints the TXT record
 *	dkimsign --record FILE			prints the TXT record of a key
 *	dkimsign --key FILE --selector S --domain D [--canon C] [--algo A]
 *	    [--h LIST] [--tag X=Y ...] [--without X ...] [--append TEXT]
 *	    [--corrupt] [--odd-spaces] < message > signed
 *
 * RSA (PKCS#1 v1.5) and Ed25519 signatures have no random part: the same
 * message and key give the same octets. Lines may end in LF or CRLF; what
 * comes out ends as what went in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/vec.h"
#include "tests/support/signer.h"

static void
die(const char *why, const char *what)
{
	(void)fprintf(stderr, "dkimsign: %s %s\n", why, what);
	exit(2);
}

static struct wax_str
read_all(struct wax_arena *arena, FILE *file)
{
	struct wax_text text;
	char buffer[4096];
	size_t n;

	wax_text_init(&text, arena);
	while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
		wax_text_add(&text, (struct wax_str){ buffer, n });
	return wax_text_str(&text);
}

static struct wax_str
with_crlf(struct wax_arena *arena, struct wax_str s)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			wax_text_addc(&text, '\r');
		wax_text_addc(&text, s.p[i]);
	}
	return wax_text_str(&text);
}

static void
print(struct wax_str s, bool crlf)
{
	for (size_t i = 0; i < s.n; i++)
		if (crlf || s.p[i] != '\r' || i + 1 == s.n ||
		    s.p[i + 1] != '\n')
			(void)putchar(s.p[i]);
}

static int
print_record(struct wax_arena *arena, struct wax_signer *signer)
{
	(void)printf("%.*s\n", WAX_FMT(wax_signer_record(arena, signer)));
	wax_signer_free(signer);
	wax_arena_free(arena);
	return 0;
}

struct job {
	const char *key;
	struct wax_sign_request request;
	WAX_VEC(const char *) tags, without;
};

/* An option that takes a value; where it goes, or NULL. */
static const char **
slot(struct job *job, const char *option)
{
	struct wax_sign_request *r = &job->request;

	if (strcmp(option, "--key") == 0)
		return &job->key;
	if (strcmp(option, "--selector") == 0)
		return &r->selector;
	if (strcmp(option, "--domain") == 0)
		return &r->domain;
	if (strcmp(option, "--canon") == 0)
		return &r->canon;
	if (strcmp(option, "--algo") == 0)
		return &r->algorithm;
	if (strcmp(option, "--h") == 0)
		return &r->h;
	if (strcmp(option, "--append") == 0)
		return &r->append;
	return NULL;
}

static void
parse(struct wax_arena *arena, struct job *job, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char **to = slot(job, argv[i]);

		if (strcmp(argv[i], "--corrupt") == 0) {
			job->request.corrupt = true;
			continue;
		}
		if (strcmp(argv[i], "--odd-spaces") == 0) {
			job->request.odd_spaces = true;
			continue;
		}
		if (i + 1 == argc)
			die("no value for", argv[i]);
		if (to != NULL)
			*to = argv[++i];
		else if (strcmp(argv[i], "--tag") == 0)
			WAX_PUSH(arena, &job->tags, argv[++i]);
		else if (strcmp(argv[i], "--without") == 0)
			WAX_PUSH(arena, &job->without, argv[++i]);
		else
			die("unknown option", argv[i]);
	}
	job->request.n_tags = job->tags.n;
	job->request.tag = job->tags.v;
	job->request.n_without = job->without.n;
	job->request.without = job->without.v;
	if (job->key == NULL || job->request.selector == NULL ||
	    job->request.domain == NULL)
		die("--key, --selector and --domain", "are needed");
}

int
main(int argc, char **argv)
{
	struct wax_arena *arena = wax_arena_new("dkimsign", 65536);
	struct wax_signer *signer;
	struct job job = { 0 };
	struct wax_str in;
	bool crlf;

	if (argc == 4 && strcmp(argv[1], "--genkey") == 0) {
		signer = wax_signer_generate(argv[2]);
		if (signer == NULL || !wax_signer_save(signer, argv[3]))
			die("cannot make the key", argv[3]);
		return print_record(arena, signer);
	}
	if (argc == 3 && strcmp(argv[1], "--record") == 0) {
		signer = wax_signer_load(argv[2]);
		if (signer == NULL)
			die("no key in", argv[2]);
		return print_record(arena, signer);
	}
	parse(arena, &job, argc, argv);
	signer = wax_signer_load(job.key);
	if (signer == NULL)
		die("no key in", job.key);
	in = read_all(arena, stdin);
	crlf = in.n == 0 || wax_str_find(in, '\r') < in.n;
	print(
	    wax_sign_message(arena, signer, &job.request, with_crlf(arena, in)),
	    crlf);
	wax_signer_free(signer);
	wax_arena_free(arena);
	return fflush(stdout) == 0 ? 0 : 1;
}
