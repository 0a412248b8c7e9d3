/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/session/bench.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "milter/conf/config.h"
#include "milter/session/callbacks.h"
#include "milter/sys/log.h"
#include "policy/dns/zone.h"

#define ZONE                                                           \
	"good.example TXT v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all\n" \
	"_dmarc.good.example TXT v=DMARC1; p=reject\n"                 \
	"mail.good.example TXT v=spf1 ip4:192.0.2.1 -all\n"            \
	"doubt.example TXT v=spf1 -all\n"                              \
	"_dmarc.doubt.example TXT v=DMARC1; p=quarantine\n"            \
	"down.example FAULT servfail TXT\n"                            \
	"_dmarc.down.example TXT v=DMARC1; p=reject\n"

const struct bench_message bench_good = { .from = "<a@good.example>",
	.author = "a@good.example" };
const struct bench_message bench_spoof = { .from = "<a@other.example>",
	.author = "ceo@good.example" };
const struct bench_message bench_doubtful = { .from = "<a@other.example>",
	.author = "a@doubt.example" };
const struct bench_message bench_undecided = { .from = "<a@down.example>",
	.author = "a@down.example" };

/* One test at a time, each in a process of its own. */
static struct {
	struct wax_arena *arena;
	struct wax_engines *engines;
	struct wax_service *service;
	int log;
	char *last_log;
} bench;

static void
complain(void *arg, const char *line)
{
	(void)arg;
	ck_abort_msg("configuration: %s", line);
}

static void
ignore(void *arg, const char *line)
{
	(void)arg;
	(void)line; /* warnings */
}

static struct wax_snapshot *
snapshot_of(const struct bench_keys *keys)
{
	const char *override[16] = { "authserv-id=mx.rcpt.example",
		"mode=enforce" };
	struct wax_config_source source = {
		.file = "/dev/null", .n_overrides = 2, .override = override
	};
	struct wax_snapshot *snapshot;

	for (size_t i = 0; keys != NULL && keys->key[i] != NULL; i++)
		override[source.n_overrides++] = keys->key[i];
	snapshot = wax_config_load(&source, complain, ignore, NULL);
	ck_assert_ptr_nonnull(snapshot);
	return snapshot;
}

static void
open_log(void)
{
	struct wax_log_options options = { .name = "test" };

	bench.log = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_gt(bench.log, 0);
	options.stderr_fd = bench.log;
	ck_assert_int_eq(wax_log_open(&options, NULL), WAX_OK);
}

struct wax_service *
bench_start(const struct bench_keys *keys)
{
	struct wax_engine_options options = { .spf = WAX_SPF_OWN };
	struct wax_zone *zone;

	open_log();
	bench.arena = wax_arena_new("bench", 0);
	zone = wax_zone_parse(bench.arena, WAX_STR(ZONE), NULL);
	ck_assert_ptr_nonnull(zone);
	bench.engines = wax_engines_open(&options, NULL);
	ck_assert_ptr_nonnull(bench.engines);
	bench.service = WAX_NEW(bench.arena, struct wax_service);
	wax_service_init(bench.service, bench.engines,
	    wax_zone_resolver(bench.arena, zone), snapshot_of(keys));
	ck_assert_int_eq(
	    wax_milter_register(bench.service, "unix:/nowhere", NULL), WAX_OK);
	return bench.service;
}

void
bench_stop(void)
{
	size_t bytes = wax_arena_bytes(bench.arena);

	ck_assert_uint_eq(atomic_load(&bench.service->sessions), 0);
	ck_assert_uint_eq(wax_service_running(bench.service), 0);
	wax_snapshot_unref(bench.service->snapshot);
	/* Whatever a session or a message had is given back. */
	ck_assert_uint_eq(wax_arena_total(), bytes);
	wax_engines_close(bench.engines);
	wax_arena_free(bench.arena);
	wax_log_close();
	(void)close(bench.log);
	free(bench.last_log);
	bench.last_log = NULL;
}

void
bench_reconfigure(const struct bench_keys *keys)
{
	wax_service_reconfigure(bench.service, snapshot_of(keys));
}

const char *
bench_log(void)
{
	off_t size = lseek(bench.log, 0, SEEK_END);
	ssize_t n;

	free(bench.last_log);
	bench.last_log = calloc(1, (size_t)size + 1);
	ck_assert_ptr_nonnull(bench.last_log);
	n = pread(bench.log, bench.last_log, (size_t)size, 0);
	ck_assert_int_eq(n, size);
	ck_assert_int_eq(ftruncate(bench.log, 0), 0);
	return bench.last_log;
}

SMFICTX *
bench_open(void)
{
	SMFICTX *ctx = fake_open();

	ck_assert_int_eq(fake_negotiate(ctx, FAKE_ALL_ACTIONS, FAKE_ALL_STEPS),
	    SMFIS_CONTINUE);
	(void)fake_said(ctx);
	ck_assert_int_eq(
	    fake_connect(ctx, "mail.good.example", "192.0.2.1"), SMFIS_NOREPLY);
	ck_assert_int_eq(fake_helo(ctx, "mail.good.example"), SMFIS_NOREPLY);
	return ctx;
}

/* The value as the MTA shows it: with its blank, or without. */
static void
field(SMFICTX *ctx, const char *name, const char *value)
{
	char text[2048];
	bool with_blank = (fake_steps(ctx) & SMFIP_HDR_LEADSPC) != 0;

	(void)snprintf(text, sizeof text, "%s%s", with_blank ? " " : "", value);
	(void)fake_header(ctx, name, text);
}

void
bench_feed(SMFICTX *ctx, const struct bench_message *message)
{
	(void)fake_mail(ctx, message->from);
	(void)fake_rcpt(ctx, "<user@rcpt.example>");
	for (size_t i = 0; i < 4 && message->authres[i] != NULL; i++)
		field(ctx, "Authentication-Results", message->authres[i]);
	field(ctx, "From", message->author);
	field(ctx, "Subject", "folded\n and long");
	if (message->extra != NULL) {
		const char *colon = strchr(message->extra, ':');
		char name[64] = "";

		memcpy(name, message->extra, (size_t)(colon - message->extra));
		field(ctx, name, colon + 2);
	}
	(void)fake_eoh(ctx);
	(void)fake_body(ctx, "Hello\r\n");
	(void)fake_body(ctx, "world\r\n");
}

sfsistat
bench_send(SMFICTX *ctx, const struct bench_message *message)
{
	bench_feed(ctx, message);
	fake_macro(ctx, "i", "Q1");
	return fake_eom(ctx);
}
