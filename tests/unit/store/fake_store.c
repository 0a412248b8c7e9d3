/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/store/fake_store.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct fake_store *fake;

struct fake_store *
fake_store_begin(void)
{
	if (fake == NULL)
		fake = mmap(NULL, sizeof *fake, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	WAX_ASSERT(fake != MAP_FAILED);
	memset(fake, 0, sizeof *fake);
	return fake;
}

/* Any address will do. */
enum wax_status
wax_store_open(const struct wax_store_options *options, struct wax_store **out,
    struct wax_err *err)
{
	*out = NULL;
	if (!wax_str_eq(options->url, WAX_STR("fake:")))
		return wax_fail(err, WAX_E_CONFIG, "that is not the one");
	if (fake->open_failure != WAX_OK)
		return wax_fail(err, fake->open_failure, "it is away");
	atomic_fetch_add(&fake->opened, 1);
	*out = (struct wax_store *)(void *)fake;
	return WAX_OK;
}

void
wax_store_close(struct wax_store *store)
{
	if (store != NULL)
		atomic_fetch_add(&fake->closed, 1);
}

static bool
has(const uint8_t id[WAX_SEGMENT_ID_BYTES])
{
	for (size_t i = 0; i < fake->n_segments; i++)
		if (memcmp(fake->id[i], id, WAX_SEGMENT_ID_BYTES) == 0)
			return true;
	return false;
}

enum wax_status
wax_store_import(struct wax_store *store,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], const struct wax_report_line *line,
    size_t n, int64_t now, bool *already, struct wax_err *err)
{
	enum fake_trouble trouble = atomic_exchange(&fake->trouble, FAKE_NONE);

	(void)store;
	WAX_ASSERT(now > 0 && n > 0 && fake->n_segments < FAKE_SEGMENTS_MAX);
	for (size_t i = 0; i < n; i++)
		WAX_ASSERT(wax_str_eq(line[i].domain, WAX_STR("d.example")));
	if (trouble == FAKE_BEFORE)
		return wax_fail(err, fake->failure, "it went away");
	*already = has(id);
	if (!*already) {
		memcpy(fake->id[fake->n_segments], id, WAX_SEGMENT_ID_BYTES);
		fake->n_segments++;
		fake->n_rows += n;
	}
	if (trouble == FAKE_AFTER)
		return wax_fail(err, fake->failure, "it went away late");
	if (trouble == FAKE_DIE)
		_exit(0);
	return WAX_OK;
}

enum wax_status
wax_store_note(struct wax_store *store, struct wax_str name, int64_t value,
    bool is_sum, struct wax_err *err)
{
	(void)store;
	(void)err;
	if (wax_str_eq(name, WAX_STR("rows-lost")) && is_sum)
		fake->lost += value;
	else if (wax_str_eq(name, WAX_STR("rows-damaged")) && is_sum)
		fake->damaged += value;
	else if (wax_str_eq(name, WAX_STR("segments-waiting")) && !is_sum)
		fake->waiting = value;
	else if (wax_str_eq(name, WAX_STR("last-loss")) && !is_sum)
		fake->last_loss = value;
	else if (wax_str_eq(name, WAX_STR("last-import")) && !is_sum) {
		fake->last_import = value;
		fake->last_imports++;
	} else
		return WAX_E_NOTFOUND;
	return WAX_OK;
}

enum wax_status
wax_store_purge(struct wax_store *store, struct wax_str domain, int64_t before,
    uint64_t *n, struct wax_err *err)
{
	(void)store;
	(void)err;
	WAX_ASSERT(domain.n == 0);
	fake->purged_before = before;
	atomic_fetch_add(&fake->purged, 1);
	*n = 3;
	return WAX_OK;
}
