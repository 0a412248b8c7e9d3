/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/config.h"

#include <limits.h>
#include <unistd.h>

#include "milter/conf/check.h"
#include "milter/conf/state.h"
#include "milter/conf/suggest.h"
#include "milter/sys/file.h"
#include "policy/base/text.h"

struct loading {
	const struct wax_config_source *source;
	struct wax_arena *work; /* until the end of loading */
	struct wax_conf_report report;
	struct wax_snapshot *out;
};

static void
set(struct loading *loading, const struct wax_conf_key *key,
    const struct wax_conf_node *node)
{
	struct wax_conf_reader reader = { loading->out->arena,
		&loading->report };
	struct wax_conf_setting *setting =
	    &loading->out->setting[key - wax_conf_keys];
	struct wax_conf_value value;

	if (!wax_conf_value_read(&reader, key, WAX_STR(""), node, &value))
		return;
	setting->value = value;
	setting->place = node->place;
	setting->place.file =
	    wax_str_dup(loading->out->arena, node->place.file);
}

/* The host's own name, as far as it knows it without asking anybody. */
static void
set_host_name(struct loading *loading, size_t key)
{
	struct wax_arena *arena = loading->out->arena;
	char *name = wax_alloc(arena, HOST_NAME_MAX + 1, 1);
	struct wax_str *v = WAX_NEW(arena, struct wax_str);

	if (gethostname(name, HOST_NAME_MAX) == 0)
		*v = wax_str_of(name);
	loading->out->setting[key].value =
	    (struct wax_conf_value){ .n = 1, .v = v };
}

static void
set_defaults(struct loading *loading)
{
	struct wax_conf_place nowhere = { .order = 0 };

	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];
		struct wax_conf_node node;

		if (key->initial == NULL) {
			set_host_name(loading, i);
			continue;
		}
		node = wax_conf_value_node(
		    loading->work, key, &nowhere, wax_str_of(key->initial));
		set(loading, key, &node);
	}
	WAX_ASSERT(loading->report.n_errors == 0);
}

static void
unknown(struct loading *loading, const struct wax_conf_place *place,
    struct wax_str name)
{
	struct wax_str meant = wax_conf_suggest(loading->work, name);

	if (meant.n > 0)
		wax_conf_error(&loading->report, place, name,
		    "is not a key; did you mean %.*s?", WAX_FMT(meant));
	else
		wax_conf_error(&loading->report, place, name,
		    "is not a key; sealwax.conf(5) lists them");
}

static void
apply(struct loading *loading, const struct wax_conf_node *top)
{
	for (size_t i = 0; i < top->n; i++) {
		const struct wax_conf_node *one = &top->member[i];
		const struct wax_conf_key *key = wax_conf_key_find(one->name);

		if (key == NULL)
			unknown(loading, &one->place, one->name);
		else
			set(loading, key, one);
	}
}

/* Whether the file may be missing: not if the running configuration came
 * from one, which somebody may just be writing anew. */
static bool
can_do_without_file(const struct wax_snapshot *running)
{
	return running == NULL || running->config.file.n == 0;
}

static void
apply_file(struct loading *loading, const struct wax_snapshot *running)
{
	const char *path = loading->source->file;
	struct wax_conf_source source;

	if (path == NULL) {
		path = WAX_CONFIG_FILE;
		if (!wax_file_exists(path) && can_do_without_file(running))
			return;
	}
	loading->out->config.file =
	    wax_str_dup(loading->out->arena, wax_str_of(path));
	if (wax_conf_source_file(
	        loading->work, &loading->report, path, &source))
		apply(loading,
		    wax_conf_parse(loading->work, &loading->report, &source));
}

/* key=value; the value as text, or in the file's syntax if it has brackets. */
static void
apply_override(struct loading *loading, struct wax_str text, size_t serial)
{
	struct wax_conf_place place = { .file = WAX_STR("-o"),
		.order = SIZE_MAX / 2 + serial };
	struct wax_str rest = text, name;
	const struct wax_conf_key *key;
	struct wax_conf_source source;
	struct wax_conf_node node;

	(void)wax_str_cut(&rest, '=', &name); /* rest says whether there is */
	name = wax_str_trim(name);
	if (rest.p == NULL || name.n == 0) {
		wax_conf_error(&loading->report, &place, WAX_STR(""),
		    "\"%.*s\" has no =; write -o KEY=VALUE",
		    WAX_FMT(wax_conf_shown(loading->work, text)));
		return;
	}
	rest = wax_str_trim(rest);
	key = wax_conf_key_find(name);
	if (key == NULL) {
		unknown(loading, &place, name);
		return;
	}
	if (rest.n > 0 && wax_str_find(WAX_STR("[({\""), rest.p[0]) < 4) {
		text = wax_textf(
		    loading->work, "%s = %.*s", key->name, WAX_FMT(rest));
		if (wax_conf_source_text(
		        loading->work, &loading->report, &place, text, &source))
			apply(loading, wax_conf_parse(loading->work,
			                   &loading->report, &source));
		return;
	}
	if (key->type == WAX_TYPE_GROUPS || key->type == WAX_TYPE_GROUP) {
		wax_conf_error(&loading->report, &place, name,
		    "\"%.*s\" does not fit here; %.*s",
		    WAX_FMT(wax_conf_shown(loading->work, rest)),
		    WAX_FMT(wax_conf_value_allowed(loading->work, key)));
		return;
	}
	node = wax_conf_value_node(loading->work, key, &place, rest);
	set(loading, key, &node);
}

static void
store_all(struct loading *loading)
{
	for (size_t i = 0; i < wax_conf_n_keys; i++)
		wax_conf_value_store(&wax_conf_keys[i],
		    &loading->out->setting[i].value, &loading->out->config);
}

static void
mark_changed(struct loading *loading, const struct wax_snapshot *defaults)
{
	for (size_t i = 0; i < wax_conf_n_keys; i++)
		loading->out->setting[i].is_changed = !wax_conf_value_eq(
		    &wax_conf_keys[i], &loading->out->setting[i].value,
		    &defaults->setting[i].value);
}

/* Keys of features that come with a later version. */
static void
check_features(struct loading *loading)
{
	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];
		const struct wax_conf_setting *now = &loading->out->setting[i];

		if (key->since == NULL || !now->is_changed)
			continue;
		if (key->is_refused)
			wax_conf_error(&loading->report, &now->place,
			    wax_str_of(key->name),
			    "would not be obeyed: it works from %s%s on; "
			    "leave it out",
			    wax_is_digit(key->since[0]) ? "version " : "",
			    key->since);
		else
			wax_conf_warn(&loading->report, &now->place,
			    wax_str_of(key->name),
			    "has no effect yet: it works from %s%s on",
			    wax_is_digit(key->since[0]) ? "version " : "",
			    key->since);
	}
}

static void
copy_setting(struct wax_arena *arena, const struct wax_conf_setting *from,
    struct wax_conf_setting *to)
{
	struct wax_str *v = wax_alloc(arena, from->value.n, sizeof *v);

	*to = *from;
	to->place.file = wax_str_dup(arena, from->place.file);
	for (size_t i = 0; i < from->value.n; i++)
		v[i] = wax_str_dup(arena, from->value.v[i]);
	to->value.v = v;
}

/* What cannot change while we run stays; the operator hears of it. */
static void
keep(struct loading *loading, const struct wax_snapshot *running)
{
	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];
		struct wax_conf_setting *now = &loading->out->setting[i];

		if (!key->is_restart || wax_conf_value_eq(key, &now->value,
		                            &running->setting[i].value))
			continue;
		wax_conf_warn(&loading->report, &now->place,
		    wax_str_of(key->name), "%.*s needs restart; %.*s is kept",
		    WAX_FMT(
		        wax_conf_value_format(loading->work, key, &now->value)),
		    WAX_FMT(wax_conf_value_format(
		        loading->work, key, &running->setting[i].value)));
		/* A value of networks would have to be copied, too. */
		WAX_ASSERT(key->type != WAX_TYPE_NETWORKS &&
		           key->type != WAX_TYPE_GROUPS);
		copy_setting(loading->out->arena, &running->setting[i], now);
	}
}

static struct wax_snapshot *
defaults_only(struct wax_arena *work)
{
	struct loading loading = { .work = work,
		.report = { .arena = work },
		.out = wax_snapshot_new() };

	set_defaults(&loading);
	return loading.out;
}

static struct wax_snapshot *
load(const struct wax_config_source *source, const struct wax_snapshot *running,
    wax_config_report *on_error, wax_config_report *on_warning, void *arg)
{
	struct wax_arena *work = wax_arena_new("reading configuration", 65536);
	struct loading loading = { .source = source,
		.work = work,
		.report = { .arena = work },
		.out = wax_snapshot_new() };
	struct wax_snapshot *defaults = defaults_only(work);

	set_defaults(&loading);
	apply_file(&loading, running);
	for (size_t i = 0; i < source->n_overrides; i++)
		apply_override(&loading, wax_str_of(source->override[i]), i);
	store_all(&loading);
	wax_conf_check_values(&loading.report, loading.out);
	if (running == NULL)
		wax_conf_check_machine(
		    &loading.report, loading.out, source->is_daemon);
	mark_changed(&loading, defaults);
	check_features(&loading);
	if (running != NULL) {
		keep(&loading, running);
		store_all(&loading);
	}
	wax_conf_report_flush(&loading.report, on_error, on_warning, arg);
	wax_snapshot_unref(defaults);
	if (loading.report.n_errors > 0) {
		wax_snapshot_unref(loading.out);
		loading.out = NULL;
	}
	wax_arena_free(work);
	return loading.out;
}

struct wax_snapshot *
wax_config_load(const struct wax_config_source *source,
    wax_config_report *on_error, wax_config_report *on_warning, void *arg)
{
	return load(source, NULL, on_error, on_warning, arg);
}

struct wax_snapshot *
wax_config_reload(const struct wax_config_source *source,
    const struct wax_snapshot *running, wax_config_report *on_error,
    wax_config_report *on_warning, void *arg)
{
	return load(source, running, on_error, on_warning, arg);
}
