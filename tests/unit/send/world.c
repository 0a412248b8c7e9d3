/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/send/world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/sys/file.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/dns/zone.h"
#include "policy/report/xml.h"

struct world *world;

/* --- steps that may be the last ------------------------------------------- */

/* Whether the step happens; *is_heard: whether anybody hears of it. */
static bool
step(bool is_mail, bool *is_heard)
{
	bool was_mail = world->last_was_mail;

	*is_heard = !world->is_ended;
	if (world->is_ended)
		return false;
	world->n_steps++;
	world->last_was_mail = is_mail;
	if (world->end == WORLD_GOES_ON || world->n_steps != world->end_at)
		return true;
	world->is_ended = true;
	world->end_was_at_mail = is_mail || was_mail;
	*is_heard = false;
	return world->end == WORLD_ENDS_AFTER;
}

/*
 * The linker puts these in the place of the store's (-Wl,--wrap): the real
 * store does the work, if the step happens.
 */
#define WRAP(name, parameters, ...)                                            \
	enum wax_status __real_wax_store_##name parameters WAX_MUST_USE;       \
	enum wax_status __wrap_wax_store_##name parameters WAX_MUST_USE;       \
	enum wax_status __wrap_wax_store_##name parameters                     \
	{                                                                      \
		enum wax_status status = WAX_E_TEMP;                           \
		bool is_heard = true;                                          \
                                                                               \
		if (step(false, &is_heard))                                    \
			status = __real_wax_store_##name(__VA_ARGS__);         \
		return is_heard ? status                                       \
		                : wax_fail(err, WAX_E_TEMP, "the world ends"); \
	}

WRAP(reports,
    (struct wax_store * store, struct wax_arena *arena,
        const struct wax_report_filter *filter,
        struct wax_report_cursor *cursor, struct wax_stored_reports *out,
        struct wax_err *err),
    store, arena, filter, cursor, out, err)
WRAP(records,
    (struct wax_store * store, struct wax_arena *arena, int64_t report,
        struct wax_stored_records *out, struct wax_err *err),
    store, arena, report, out, err)
WRAP(lock_sending, (struct wax_store * store, bool *mine, struct wax_err *err),
    store, mine, err)
WRAP(claim,
    (struct wax_store * store, int64_t report, struct wax_str report_id,
        int64_t now, bool *mine, struct wax_err *err),
    store, report, report_id, now, mine, err)
WRAP(withhold,
    (struct wax_store * store, int64_t report, struct wax_str why,
        struct wax_err *err),
    store, report, why, err)
WRAP(save_built,
    (struct wax_store * store, int64_t report, struct wax_str file_name,
        struct wax_str bytes, const struct wax_delivery *delivery, size_t n,
        int64_t now, struct wax_err *err),
    store, report, file_name, bytes, delivery, n, now, err)
WRAP(built_bytes,
    (struct wax_store * store, struct wax_arena *arena, int64_t report,
        struct wax_str *bytes, struct wax_err *err),
    store, arena, report, bytes, err)
WRAP(deliveries,
    (struct wax_store * store, struct wax_arena *arena, int64_t report,
        bool only_unfinished, struct wax_deliveries *out, struct wax_err *err),
    store, arena, report, only_unfinished, out, err)
WRAP(mark,
    (struct wax_store * store, const struct wax_delivery *delivery,
        struct wax_err *err),
    store, delivery, err)
WRAP(is_known,
    (struct wax_store * store, struct wax_str domain, int64_t since,
        bool *is_known, struct wax_err *err),
    store, domain, since, is_known, err)
WRAP(suppressions,
    (struct wax_store * store, struct wax_arena *arena, int64_t now,
        struct wax_suppressions *out, struct wax_err *err),
    store, arena, now, out, err)

enum wax_status __real_wax_xml_check(
    struct wax_str document, struct wax_err *err) WAX_MUST_USE;
enum wax_status __wrap_wax_xml_check(
    struct wax_str document, struct wax_err *err) WAX_MUST_USE;

enum wax_status
__wrap_wax_xml_check(struct wax_str document, struct wax_err *err)
{
	if (world->xml_is_bad)
		return wax_fail(err, WAX_E_SYNTAX, "line 1: not as it\nshould");
	return __real_wax_xml_check(document, err);
}

/* --- what a run is given -------------------------------------------------- */

static int64_t
clock_ms(void *arg)
{
	(void)arg;
	return world->now * 1000 + world->ms;
}

static void
pause_ms(void *arg, unsigned ms)
{
	(void)arg;
	world->ms += ms;
}

static int64_t
now(void *arg)
{
	(void)arg;
	return world->now;
}

static struct wax_str
report_id(void *arg, struct wax_arena *arena)
{
	(void)arg;
	return wax_textf(arena, "%032x", ++world->n_ids);
}

static enum wax_submit_result
submit(void *arg, struct wax_arena *arena, struct wax_str from,
    struct wax_str to, struct wax_str message, struct wax_str *why)
{
	enum wax_submit_result result = WAX_SUBMITTED;
	bool is_heard = true;

	(void)arg;
	(void)arena;
	ck_assert_wax_str_eq(from, "dmarc@receiver.example");
	*why = WAX_STR("");
	if (!step(true, &is_heard))
		return WAX_SUBMIT_LATER;
	if (world->answer != NULL)
		result = world->answer(world, to, why);
	if (result == WAX_SUBMITTED)
		WAX_PUSH(world->arena, &world->mails,
		    (struct world_mail){ world->now,
		        wax_str_dup(world->arena, to),
		        wax_str_dup(world->arena, message) });
	return result;
}

static void
say(void *arg, bool is_failure, struct wax_str line)
{
	(void)arg;
	for (size_t i = 0; i < line.n; i++)
		ck_assert(line.p[i] >= ' ' && line.p[i] < 0x7f);
	wax_text_addz(&world->said, is_failure ? "F " : "  ");
	wax_text_add(&world->said, line);
	wax_text_addc(&world->said, '\n');
}

/* --- its life ------------------------------------------------------------- */

static void
open_store(const char *host)
{
	struct wax_store_options options = {
		.url =
		    wax_textf(world->arena, "sqlite:%s/db", world->directory),
		.host = wax_str_of(host),
		.max_records = WAX_REPORT_RECORDS_MAX,
		.timeout_ms = 1000,
	};

	ck_assert_msg(
	    wax_store_open(&options, &world->store, &world->err) == WAX_OK,
	    "%s", world->err.text);
	world->options.store = world->store;
	world->options.host = wax_str_of(host);
}

void
world_make(void)
{
	struct wax_arena *arena = wax_arena_new("world", 1 << 20);

	world = WAX_NEW(arena, struct world);
	world->arena = arena;
	world->now = DUE;
	world->options = (struct wax_schedule_options){
		.now = now,
		.clock_ms = clock_ms,
		.pause = pause_ms,
		.dns_deadline_ms = 5000,
		.report_id = report_id,
		.submit = submit,
		.say = say,
		.org_name = WAX_STR("Receiver"),
		.from = WAX_STR("dmarc@receiver.example"),
		.contact = WAX_STR("postmaster@receiver.example"),
		.generator = WAX_STR("sealwax test"),
		.delay_s = DELAY_S,
		.known_days = 30,
		.max_uris = 5,
	};
	ck_assert(wax_domain_parse(
	    arena, wax_exact("receiver.example"), &world->options.submitter));
	wax_text_init(&world->said, arena);
	(void)snprintf(
	    world->directory, sizeof world->directory, "/tmp/wax-world-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(world->directory));
	open_store("one");
	world_dns("");
}

void
world_remove(void)
{
	DIR *directory = opendir(world->directory);
	const struct dirent *entry;
	char path[400];

	wax_store_close(world->store);
	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", world->directory,
		    entry->d_name);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_int_eq(closedir(directory), 0);
	ck_assert_int_eq(rmdir(world->directory), 0);
	wax_arena_free(world->arena);
	world = NULL;
}

void
world_again(const char *host)
{
	wax_store_close(world->store);
	world->store = NULL;
	world->is_ended = false;
	world->end = WORLD_GOES_ON;
	open_store(host);
}

void
world_dns(const char *zone)
{
	struct wax_err err = { .text = "" };
	struct wax_zone *parsed =
	    wax_zone_parse(world->arena, wax_str_of(zone), &err);

	ck_assert_msg(parsed != NULL, "%s", err.text);
	world->dns = wax_recording_new(
	    world->arena, wax_zone_resolver(world->arena, parsed));
	world->options.resolver = wax_recording_resolver(world->dns);
}

const char *
world_key(const char *kind)
{
	const char *srcdir = getenv("srcdir");
	const char *path =
	    wax_textf(world->arena, "%s/key", world->directory).p;
	struct wax_str pem = WAX_STR("");
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(
	    wax_file_read(world->arena,
	        wax_textf(world->arena, "%s/tests/support/keys/%s.pem",
	            srcdir != NULL ? srcdir : WAX_SRCDIR, kind)
	            .p,
	        10000, &pem, &world->err),
	    WAX_OK);
	ck_assert_uint_eq(fwrite(pem.p, 1, pem.n, file), pem.n);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
	return path;
}

/* --- rows ----------------------------------------------------------------- */

static struct wax_report_row
row_of(int64_t time, const char *domain, const char *rua, bool is_accepted,
    unsigned char last_octet)
{
	const unsigned char octets[4] = { 192, 0, 2, last_octet };

	return (struct wax_report_row){
		.time = time,
		.is_accepted = is_accepted,
		.policy = { .domain = wax_str_of(domain),
		    .p = WAX_P_NONE,
		    .sp = WAX_P_NONE,
		    .np = WAX_P_NONE,
		    .discovery = WAX_BY_TREEWALK,
		    .fo = WAX_STR("0"),
		    .rua = wax_str_of(rua) },
		.tuple = { .source = wax_ip_from4(octets),
		    .disposition = WAX_DISPOSITION_NONE,
		    .dkim_aligned = is_accepted,
		    .header_from = wax_str_of(domain) },
	};
}

void
world_rows(int64_t time, const char *domain, const char *rua, size_t n,
    bool is_accepted)
{
	uint8_t id[WAX_SEGMENT_ID_BYTES] = { 0 };
	struct wax_report_line *line = wax_alloc(world->arena, n, sizeof *line);
	bool already = true;

	world->n_segments++;
	memcpy(id, &world->n_segments, sizeof world->n_segments);
	for (size_t i = 0; i < n; i++) {
		struct wax_report_row row = row_of(
		    time, domain, rua, is_accepted, (unsigned char)(i % 200));

		ck_assert(wax_report_line_parse(world->arena,
		    wax_report_line_format(world->arena, &row), &line[i]));
	}
	ck_assert_msg(wax_store_import(world->store, id, line, n, time,
	                  &already, &world->err) == WAX_OK,
	    "%s", world->err.text);
	ck_assert(!already);
}

/* --- runs ----------------------------------------------------------------- */

enum wax_status
world_run(void)
{
	world->said.n = 0;
	world->err = (struct wax_err){ .text = "" };
	return wax_schedule_run(&world->options, &world->counts, &world->err);
}

void
world_run_counts(
    uint64_t sent, uint64_t later, uint64_t failed, uint64_t withheld)
{
	enum wax_status status = world_run();

	ck_assert_msg(status == WAX_OK, "%s", world->err.text);
	ck_assert_msg(world->counts.sent == sent &&
	                  world->counts.later == later &&
	                  world->counts.failed == failed &&
	                  world->counts.withheld == withheld,
	    "%u sent, %u later, %u failed, %u withheld:\n%.*s",
	    (unsigned)world->counts.sent, (unsigned)world->counts.later,
	    (unsigned)world->counts.failed, (unsigned)world->counts.withheld,
	    WAX_FMT(wax_text_str(&world->said)));
}

static void
add_deliveries(struct wax_text *text, int64_t report)
{
	static const char *const words[] = { "due", "asking", "sending", "sent",
		"given up", "refused" };
	struct wax_deliveries all = { 0, NULL };

	ck_assert_int_eq(__real_wax_store_deliveries(world->store, world->arena,
	                     report, false, &all, &world->err),
	    WAX_OK);
	for (size_t i = 0; i < all.n; i++)
		wax_text_addf(text, "  %.*s %s %u %.*s\n",
		    WAX_FMT(all.v[i].address.n > 0 ? all.v[i].address
		                                   : all.v[i].uri),
		    words[all.v[i].state], all.v[i].attempts,
		    WAX_FMT(all.v[i].why));
}

const char *
world_state(void)
{
	static const char *const words[] = { "open", "claimed", "built", "done",
		"withheld" };
	const struct wax_report_filter filter = { .states = 0 };
	struct wax_report_cursor cursor = { .is_begun = false };
	struct wax_stored_reports all = { 0, NULL };
	struct wax_text text;

	wax_text_init(&text, world->arena);
	wax_text_addz(&text, "");
	do {
		ck_assert_int_eq(
		    __real_wax_store_reports(world->store, world->arena,
		        &filter, &cursor, &all, &world->err),
		    WAX_OK);
		for (size_t i = 0; i < all.n; i++) {
			wax_text_addf(&text, "%.*s %s %.*s\n",
			    WAX_FMT(all.v[i].domain), words[all.v[i].state],
			    WAX_FMT(all.v[i].why));
			add_deliveries(&text, all.v[i].id);
		}
	} while (all.n > 0);
	return text.p;
}

void
world_expect_said(const char *line)
{
	struct wax_str rest = wax_text_str(&world->said), part;

	while (wax_str_cut(&rest, '\n', &part))
		if (wax_str_eq(part, wax_str_of(line)))
			return;
	ck_abort_msg(
	    "no \"%s\" in:\n%.*s", line, WAX_FMT(wax_text_str(&world->said)));
}

struct wax_str
world_body(const struct world_mail *mail)
{
	const char *from =
	    memmem(mail->message.p, mail->message.n, "From: ", 6);
	const char *to = memmem(mail->message.p, mail->message.n, "\nTo: ", 5);
	const char *subject =
	    memmem(mail->message.p, mail->message.n, "\nSubject:", 9);
	struct wax_text text;

	ck_assert(from != NULL && to != NULL && subject != NULL);
	wax_text_init(&text, world->arena);
	wax_text_add(&text, (struct wax_str){ from, (size_t)(to - from) });
	wax_text_add(&text,
	    wax_str_from(mail->message, (size_t)(subject - mail->message.p)));
	return wax_text_str(&text);
}
