/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/keycache.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "policy/base/limits.h"
#include "policy/base/str.h"

/*
 * What a decoded RSA key takes, used once: 2.0 kB for 1,024 bits, 2.7 kB for
 * 2,048 and 3.9 kB for 4,096, measured with OpenSSL 3.0.
 */
#define BYTES_FIXED 512
#define BYTES_PER_OCTET 8

struct kept {
	struct wax_str der;     /* first: what the tree compares */
	EVP_PKEY *key;          /* one reference */
	TAILQ_ENTRY(kept) link; /* in `by_use` */
	size_t bytes;
	char octets[]; /* of `der` */
};

TAILQ_HEAD(kept_list, kept);

/* d2i_PUBKEY_bio() has no argument of ours: there is one for the process. */
static struct {
	pthread_mutex_t lock; /* guards: all below */
	void *tree;           /* of tsearch(3): balanced, so that no choice of
	                       * keys makes it slow */
	struct kept_list by_use; /* most recently used first */
	struct wax_keycache_counters counters;
} table = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.by_use = TAILQ_HEAD_INITIALIZER(table.by_use),
};

static void
lock(void)
{
	WAX_ASSERT(pthread_mutex_lock(&table.lock) == 0);
}

static void
unlock(void)
{
	WAX_ASSERT(pthread_mutex_unlock(&table.lock) == 0);
}

static int
compare(const void *left, const void *right)
{
	const struct wax_str *a = left, *b = right;

	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return memcmp(a->p, b->p, a->n);
}

static struct kept *
find(const struct wax_str *der)
{
	void *node = tfind(der, &table.tree, compare);

	return node != NULL ? *(struct kept **)node : NULL;
}

static void
forget(struct kept *kept)
{
	(void)tdelete(&kept->der, &table.tree, compare);
	TAILQ_REMOVE(&table.by_use, kept, link);
	table.counters.kept--;
	table.counters.kept_bytes -= kept->bytes;
	EVP_PKEY_free(kept->key);
	free(kept);
}

static bool
is_full(void)
{
	return table.counters.kept > WAX_DECODED_KEYS_MAX ||
	       table.counters.kept_bytes > WAX_DECODED_KEYS_BYTES_MAX;
}

/* The key of these octets with a reference of the caller's, or NULL. */
static EVP_PKEY *
take(const struct wax_str *der)
{
	EVP_PKEY *key = NULL;
	struct kept *kept;

	lock();
	kept = find(der);
	if (kept != NULL && EVP_PKEY_up_ref(kept->key) == 1) {
		key = kept->key;
		TAILQ_REMOVE(&table.by_use, kept, link);
		TAILQ_INSERT_HEAD(&table.by_use, kept, link);
		table.counters.hits++;
	} else {
		table.counters.decoded++;
	}
	unlock();
	return key;
}

/* A place for a key, not yet in the table; NULL: no memory. */
static struct kept *
prepare(struct wax_str der)
{
	struct kept *kept = calloc(1, sizeof *kept + der.n);

	if (kept == NULL)
		return NULL;
	memcpy(kept->octets, der.p, der.n);
	kept->der = (struct wax_str){ kept->octets, der.n };
	kept->bytes =
	    sizeof *kept + der.n + BYTES_FIXED + der.n * BYTES_PER_OCTET;
	return kept;
}

/* Another thread may have been faster, or memory be short: then not. */
static bool
insert(struct kept *kept, EVP_PKEY *key)
{
	if (find(&kept->der) != NULL || EVP_PKEY_up_ref(key) != 1)
		return false;
	kept->key = key;
	if (tsearch(kept, &table.tree, compare) == NULL) {
		EVP_PKEY_free(key);
		return false;
	}
	TAILQ_INSERT_HEAD(&table.by_use, kept, link);
	table.counters.kept++;
	table.counters.kept_bytes += kept->bytes;
	while (is_full()) {
		forget(TAILQ_LAST(&table.by_use, kept_list));
		table.counters.evicted++;
	}
	return true;
}

static void
keep(struct kept *kept, EVP_PKEY *key)
{
	bool is_kept;

	lock();
	is_kept = insert(kept, key);
	unlock();
	if (!is_kept)
		free(kept);
}

/* What libcrypto's own d2i_PUBKEY_bio() is. */
static EVP_PKEY *
decode(BIO *bio, EVP_PKEY **out)
{
	return ASN1_d2i_bio_of(EVP_PKEY, EVP_PKEY_new, d2i_PUBKEY, bio, out);
}

/* All that is still to be read, if it can be seen without reading it. */
static bool
peek(BIO *bio, struct wax_str *out)
{
	char *p = NULL;
	long n;

	if (bio == NULL || BIO_method_type(bio) != BIO_TYPE_MEM ||
	    BIO_next(bio) != NULL)
		return false;
	n = BIO_get_mem_data(bio, &p);
	if (n <= 0 || n > WAX_DECODED_KEY_OCTETS_MAX || p == NULL ||
	    BIO_pending(bio) != n)
		return false;
	*out = (struct wax_str){ p, (size_t)n };
	return true;
}

/* Only what was read to its end was kept. */
static bool
read_all(BIO *bio, size_t n)
{
	char octets[WAX_DECODED_KEY_OCTETS_MAX];

	return BIO_read(bio, octets, (int)n) == (int)n;
}

/* In the place of libcrypto's; see keycache.h. */
__attribute__((visibility("default"))) EVP_PKEY *
d2i_PUBKEY_bio(BIO *bio, EVP_PKEY **out)
{
	struct wax_str der;
	struct kept *kept;
	EVP_PKEY *key;

	if (out != NULL || !peek(bio, &der))
		return decode(bio, out);
	key = take(&der);
	if (key != NULL && read_all(bio, der.n))
		return key;
	EVP_PKEY_free(key);
	kept = prepare(der); /* before the octets are read away */
	key = decode(bio, NULL);
	if (key != NULL && kept != NULL && BIO_pending(bio) == 0)
		keep(kept, key);
	else
		free(kept);
	return key;
}

bool
wax_keycache_count(struct wax_keycache_counters *out)
{
	lock();
	*out = table.counters;
	unlock();
	return true;
}

void
wax_keycache_clear(void)
{
	lock();
	while (!TAILQ_EMPTY(&table.by_use))
		forget(TAILQ_FIRST(&table.by_use));
	table.counters = (struct wax_keycache_counters){ 0 };
	unlock();
}
