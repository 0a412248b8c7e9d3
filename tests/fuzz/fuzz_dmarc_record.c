/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DMARC Policy Record. What holds for any text that is one: what it says
 * of a tag fits together, unknown tags and repeated ones behind it change
 * nothing, and the record written out again says the same.
 */
#include "policy/auth/dmarc_record.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "dmarc_record";

static bool
is_same(const struct wax_dmarc_record *a, const struct wax_dmarc_record *b)
{
	return a->has_p == b->has_p && a->has_sp == b->has_sp &&
	       a->has_np == b->has_np && a->bad_sp == b->bad_sp &&
	       a->bad_np == b->bad_np && a->p == b->p && a->sp == b->sp &&
	       a->np == b->np && a->psd == b->psd && a->testing == b->testing &&
	       a->strict_dkim == b->strict_dkim &&
	       a->strict_spf == b->strict_spf &&
	       a->rua_has_uri == b->rua_has_uri && wax_str_eq(a->fo, b->fo) &&
	       wax_str_eq(a->rua, b->rua) && wax_str_eq(a->ruf, b->ruf);
}

static void
add_policy(struct wax_text *text, const char *tag, bool has, bool bad,
    enum wax_dmarc_policy policy)
{
	if (has || bad)
		wax_text_addf(text, ";%s=%s", tag,
		    bad ? "?" : wax_dmarc_policy_word(policy));
}

static struct wax_str
written(struct wax_arena *arena, const struct wax_dmarc_record *record)
{
	static const char *const psd[] = { "u", "n", "y" };
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "v=DMARC1");
	add_policy(&text, "np", record->has_np, record->bad_np, record->np);
	add_policy(&text, "sp", record->has_sp, record->bad_sp, record->sp);
	add_policy(&text, "p", record->has_p, !record->has_p, record->p);
	wax_text_addf(&text, ";psd=%s;t=%c;adkim=%c;aspf=%c", psd[record->psd],
	    record->testing ? 'y' : 'n', record->strict_dkim ? 's' : 'r',
	    record->strict_spf ? 's' : 'r');
	wax_text_addf(&text, ";fo=%.*s;rua=%.*s;ruf=%.*s", WAX_FMT(record->fo),
	    WAX_FMT(record->rua), WAX_FMT(record->ruf));
	return wax_text_str(&text);
}

static void
check_record(struct wax_arena *arena, struct wax_str text)
{
	struct wax_dmarc_record record = wax_dmarc_record_parse(arena, text);
	struct wax_str more = written(arena, &record);
	struct wax_dmarc_record again = wax_dmarc_record_parse(arena, more);

	WAX_ASSERT(!record.has_sp || !record.bad_sp);
	WAX_ASSERT(!record.has_np || !record.bad_np);
	WAX_ASSERT(record.fo.n > 0);
	WAX_ASSERT(!record.rua_has_uri || record.rua.n > 2);
	for (size_t i = 0; i < record.error.n; i++)
		WAX_ASSERT(wax_is_alpha(record.error.p[i]) ||
		           record.error.p[i] == ' ' ||
		           record.error.p[i] == ',');
	WAX_ASSERT(wax_dmarc_record_is(more));
	WAX_ASSERT(is_same(&record, &again));
	/* All of its tags are there now: no more of them count. */
	more = fuzz_join(arena, more,
	    WAX_STR(";zz=1;;p=reject;sp=none;np=none;psd=y;t=y;adkim=s;"
	            "aspf=s;fo=1;rua=mailto:a@b;ruf=x:y;"));
	again = wax_dmarc_record_parse(arena, more);
	WAX_ASSERT(record.has_p == again.has_p && record.psd == again.psd &&
	           record.testing == again.testing &&
	           wax_str_eq(record.rua, again.rua) &&
	           wax_str_eq(record.fo, again.fo));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };

	if (wax_dmarc_record_is(text))
		check_record(arena, text);
	/* Most inputs are none: look at them as tags of one, too. */
	check_record(arena, fuzz_join(arena, WAX_STR("v=DMARC1;"), text));
	wax_arena_free(arena);
	return 0;
}
