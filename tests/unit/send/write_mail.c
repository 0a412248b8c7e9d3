/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * write_mail NAME=VALUE... - a report as mail, signed if there is a key, on
 * standard output: for tests/unit/send/parsed. gzip= and key= name files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/send/compose.h"
#include "milter/send/sign.h"
#include "milter/sys/file.h"
#include "policy/report/rua.h"

struct arguments {
	int n;
	char **v;
};

static const char *
value_of(const struct arguments *arguments, const char *name)
{
	size_t n = strlen(name);

	for (int i = 0; i < arguments->n; i++)
		if (strncmp(arguments->v[i], name, n) == 0 &&
		    arguments->v[i][n] == '=')
			return arguments->v[i] + n + 1;
	return "";
}

static struct wax_domain
domain_of(struct wax_arena *arena, const char *text)
{
	struct wax_domain domain;

	if (!wax_domain_parse(arena, wax_str_of(text), &domain)) {
		(void)fprintf(stderr, "write_mail: no domain: %s\n", text);
		exit(2);
	}
	return domain;
}

static void
must(enum wax_status status, const struct wax_err *err)
{
	if (status == WAX_OK)
		return;
	(void)fprintf(stderr, "write_mail: %s\n", err->text);
	exit(1);
}

static struct wax_str
composed(struct wax_arena *arena, const struct arguments *arguments)
{
	struct wax_report_mail mail = {
		.from = wax_str_of(value_of(arguments, "from")),
		.org_name = wax_str_of(value_of(arguments, "org")),
		.to = wax_str_of(value_of(arguments, "to")),
		.policy_domain =
		    domain_of(arena, value_of(arguments, "domain")),
		.submitter = domain_of(arena, value_of(arguments, "submitter")),
		.period = { strtoll(value_of(arguments, "begin"), NULL, 10),
		    strtoll(value_of(arguments, "end"), NULL, 10) },
		.report_id = wax_str_of(value_of(arguments, "id")),
		.contact = wax_str_of(value_of(arguments, "contact")),
		.n_messages =
		    strtoull(value_of(arguments, "messages"), NULL, 10),
		.date = strtoll(value_of(arguments, "date"), NULL, 10),
	};
	struct wax_err err = { .text = "" };

	mail.file_name = wax_report_file_name(arena, mail.submitter,
	    mail.policy_domain, mail.period, mail.report_id);
	must(wax_file_read(
	         arena, value_of(arguments, "gzip"), 1000000, &mail.gzip, &err),
	    &err);
	return wax_compose(arena, &mail);
}

int
main(int argc, char **argv)
{
	struct arguments arguments = { argc - 1, argv + 1 };
	struct wax_arena *arena = wax_arena_new("mail", 65536);
	struct wax_str mail = composed(arena, &arguments);
	const char *key = value_of(&arguments, "key");
	struct wax_err err = { .text = "" };

	if (key[0] != '\0') {
		struct wax_signer *signer = NULL;

		must(wax_signer_open(value_of(&arguments, "submitter"),
		         value_of(&arguments, "selector"), key, &signer, &err),
		    &err);
		must(wax_sign(signer, arena, mail,
		         strtoll(value_of(&arguments, "date"), NULL, 10), &mail,
		         &err),
		    &err);
		wax_signer_close(signer);
	}
	if (fwrite(mail.p, 1, mail.n, stdout) != mail.n || fflush(stdout) != 0)
		return 1;
	wax_arena_free(arena);
	return 0;
}
