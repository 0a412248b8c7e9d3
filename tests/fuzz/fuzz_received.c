/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The value of a Received field. First as a whole; then as the HELO that a
 * client said to a server of each kind which let it say anything at all: the
 * client's address is the one that the server wrote, or is not known.
 */
#include "policy/base/limits.h"
#include "policy/mail/abnf.h"
#include "policy/mail/received.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "received";

static struct wax_arena *arena;

/* What the server writes in front of the HELO and behind it; the client is
 * 203.0.113.66. */
static const struct {
	struct wax_str before, behind;
} servers[] = {
	{ WAX_STR_INIT(" from "),
	    WAX_STR_INIT(
	        " (out.d.example [203.0.113.66])\n\tby mx2.rcpt.example"
	        " (Postfix) with ESMTP id 4X\n\tfor <u@rcpt.example>;"
	        " Tue, 24 Nov 2026 18:30:00 +0000 (UTC)") },
	{ WAX_STR_INIT(" from "),
	    WAX_STR_INIT(
	        " (a@out.d.example [203.0.113.66] (may be forged))\n\tby"
	        " mx2.rcpt.example (8.17.1/8.17.1) with ESMTP id 5A;"
	        " Tue, 24 Nov 2026 18:30:00 GMT") },
	{ WAX_STR_INIT(" from "),
	    WAX_STR_INIT(
	        " ([203.0.113.66])\n\tby mx2.rcpt.example (8.17.1/8.17.1)"
	        " with ESMTP id 5A; Tue, 24 Nov 2026 18:30:00 GMT") },
	{ WAX_STR_INIT(" from out.d.example ([203.0.113.66] helo="),
	    WAX_STR_INIT(")\n\tby mx2.rcpt.example with esmtp (Exim 4.96)\n\t"
	                 "(envelope-from <b@d.example>)\n\tid 1vNabc;\n\t"
	                 "Tue, 24 Nov 2026 18:30:00 +0000") },
	{ WAX_STR_INIT(" from [203.0.113.66] (helo="),
	    WAX_STR_INIT(")\n\tby mx2.rcpt.example with esmtp (Exim 4.96)\n\t"
	                 "(envelope-from <b@d.example>)\n\tid 1vNabc;\n\t"
	                 "Tue, 24 Nov 2026 18:30:00 +0000") },
	{ WAX_STR_INIT(" from "),
	    WAX_STR_INIT(
	        " (203.0.113.66) by EX01.rcpt.example\n (10.0.0.5) with"
	        " Microsoft SMTP Server (TLS) id 15.1.2507.39;\n Tue, 24"
	        " Nov 2026 18:30:00 +0000") },
};

static void
check_part(struct wax_str raw, struct wax_str part)
{
	WAX_ASSERT(part.n == 0 ||
	           (part.p >= raw.p && part.p + part.n <= raw.p + raw.n));
	for (size_t i = 0; i < part.n; i++)
		WAX_ASSERT(part.p[i] != ' ' && !wax_is_control(part.p[i]));
}

static void
check_field(struct wax_str raw)
{
	struct wax_received got, again;
	struct wax_str more;

	if (!wax_received_parse(raw, &got))
		return;
	WAX_ASSERT(got.client.family != WAX_IP_NONE);
	WAX_ASSERT(raw.n <= WAX_RECEIVED_BYTES_MAX);
	check_part(raw, got.helo);
	check_part(raw, got.client_name);
	/* Folds are blanks, and lines end with LF or CRLF. */
	more = fuzz_join(arena, WAX_STR("\r\n\t"), raw);
	WAX_ASSERT(more.n > WAX_RECEIVED_BYTES_MAX ||
	           (wax_received_parse(more, &again) &&
	               wax_ip_eq(got.client, again.client)));
	/* With one more clause at its end it is nobody's. */
	more = fuzz_join(arena, raw, WAX_STR(" (x [192.0.2.7]) by x; x"));
	WAX_ASSERT(!wax_received_parse(more, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wax_str input = { (const char *)data, size };
	struct wax_ip client;

	WAX_ASSERT(wax_ip_parse(WAX_STR("203.0.113.66"), &client));
	arena = wax_arena_new("fuzz", 0);
	check_field(input);
	for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
		struct wax_received got;

		if (wax_received_parse(
		        fuzz_join(arena,
		            fuzz_join(arena, servers[i].before, input),
		            servers[i].behind),
		        &got))
			WAX_ASSERT(wax_ip_eq(got.client, client));
	}
	wax_arena_free(arena);
	return 0;
}
