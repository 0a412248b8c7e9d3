/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_keys - the table of keys for tests/lint/conf.
 *
 * Without argument: a line for each key, "NAME restart|reload since|now
 * GROUP = DEFAULT". With one: the messages about that configuration file,
 * and exit status 1 if there is an error.
 */
#include <stdio.h>
#include <string.h>

#include "milter/conf/config.h"
#include "milter/conf/schema.h"
#include "milter/conf/value.h"

static void
print(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

static int
check(const char *file)
{
	static const char *const id[] = { "authserv-id=mx.example.org" };
	struct wax_config_source source = {
		.file = file, .n_overrides = 1, .override = id
	};
	struct wax_snapshot *snapshot =
	    wax_config_load(&source, print, print, NULL);

	if (snapshot == NULL)
		return 1;
	wax_snapshot_unref(snapshot);
	return 0;
}

static struct wax_str
default_of(struct wax_arena *arena, const struct wax_conf_key *key)
{
	struct wax_conf_report report = { .arena = arena };
	struct wax_conf_reader reader = { arena, &report };
	struct wax_conf_place place = { .order = 0 };
	struct wax_conf_node node;
	struct wax_conf_value value;

	if (key->initial == NULL)
		return WAX_STR("the host name");
	node =
	    wax_conf_value_node(arena, key, &place, wax_str_of(key->initial));
	WAX_ASSERT(
	    wax_conf_value_read(&reader, key, WAX_STR(""), &node, &value));
	return wax_conf_value_format(arena, key, &value);
}

int
main(int argc, char **argv)
{
	struct wax_arena *arena;

	if (argc > 1)
		return check(argv[1]);
	arena = wax_arena_new("keys", 4096);
	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];

		printf("%s %s %s %s = %.*s\n", key->name,
		    key->is_restart ? "restart" : "reload",
		    key->since != NULL ? "since" : "now",
		    wax_conf_group_title(key->group),
		    WAX_FMT(default_of(arena, key)));
	}
	wax_arena_free(arena);
	return 0;
}
