/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * psl_opendmarc.c - the public suffix list through libopendmarc; the only
 * file that includes its header.
 *
 * What libopendmarc 1.4.2 makes of the list, and what is done about it here
 * (tests/unit/auth/test_psl.c has a row for each):
 *  - wildcard rules lose their "*.": a.b.c.ck gives c.ck instead of b.c.ck;
 *  - rules in U-labels never match a name in A-labels;
 *  - rules with a label of one letter do not match (b.se, a.run.app);
 *  - of a name that is one letter below a suffix it gives the suffix: it is
 *    asked about a longer name, which has the same answer;
 *  - for a name under no rule the buffer is left as it was;
 *  - letters are not folded: we only have lower-case names;
 *  - the parent of a wildcard counts as a suffix itself: that is left as it
 *    is, libpsl does the same.
 * So the rules of the first three kinds, and the exceptions, are kept here
 * beside the library's table: some seven hundred of nine thousand. The
 * longest rule prevails, an exception before all (publicsuffix.org/list).
 */
#include "policy/auth/psl.h"

#include <opendmarc/dmarc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

/* Exported, but not declared in the installed header. */
int opendmarc_get_tld(u_char *domain, u_char *tld, size_t tld_len);

enum rule_kind {
	RULE_PLAIN,
	RULE_WILDCARD,
	RULE_EXCEPTION
};

struct rule {
	enum rule_kind kind;
	struct wax_domain domain; /* without "*." and "!" */
};

struct wax_psl {
	struct wax_arena *arena;
	WAX_VEC(struct rule) rules; /* that the library gets wrong */
};

static bool
is_ascii(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

static bool
has_letter_label(struct wax_str name)
{
	struct wax_str rest = name, label;

	while (wax_str_cut(&rest, '.', &label))
		if (label.n == 1)
			return true;
	return false;
}

/* One line of the list. True if it is a rule. */
static bool
take_line(struct wax_psl *psl, struct wax_str line)
{
	struct rule rule = { .kind = RULE_PLAIN };
	size_t end = 0;

	/* A rule ends at the first blank. */
	while (end < line.n && !wax_is_space(line.p[end]))
		end++;
	line = wax_str_head(line, end);
	if (line.n == 0 || wax_str_starts(line, WAX_STR("//")))
		return false;
	if (wax_str_starts(line, WAX_STR("*."))) {
		rule.kind = RULE_WILDCARD;
		line = wax_str_from(line, 2);
	} else if (line.p[0] == '!') {
		rule.kind = RULE_EXCEPTION;
		line = wax_str_from(line, 1);
	}
	if (rule.kind == RULE_PLAIN && is_ascii(line) &&
	    !has_letter_label(line))
		return true;
	/* A rule that is no domain can match none. */
	if (wax_domain_parse(psl->arena, line, &rule.domain))
		WAX_PUSH(psl->arena, &psl->rules, rule);
	return true;
}

/* How many rules the file has; 0 if it cannot be read. */
static size_t
read_rules(struct wax_psl *psl, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, n = 0;
	ssize_t length;

	if (file == NULL)
		return 0;
	while ((length = getline(&line, &size, file)) > 0)
		if (take_line(psl, (struct wax_str){ line, (size_t)length }))
			n++;
	free(line);
	(void)fclose(file); /* only read */
	return n;
}

/* The library wants text that it could write to; it does not. */
static bool
read_table(struct wax_arena *arena, const char *path)
{
	char comment[] = "//", wildcard[] = "*.", exception[] = "!";
	struct wax_text copy;

	wax_text_init(&copy, arena);
	wax_text_addz(&copy, path);
	return opendmarc_tld_read_file(copy.p, comment, wildcard, exception) ==
	       0;
}

struct wax_psl *
wax_psl_open(const char *path, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("public suffixes", 0);
	struct wax_psl *psl = WAX_NEW(arena, struct wax_psl);

	psl->arena = arena;
	if (read_rules(psl, path) > 0 && read_table(arena, path))
		return psl;
	(void)wax_fail(err, WAX_E_CONFIG,
	    "psl-file: %s cannot be read, or has no rules; install the "
	    "package publicsuffix, or use org-domain-method = \"treewalk\"",
	    path);
	wax_arena_free(arena);
	return NULL;
}

void
wax_psl_close(struct wax_psl *psl)
{
	if (psl == NULL)
		return;
	opendmarc_tld_shutdown();
	wax_arena_free(psl->arena);
}

/* No rule is longer, and the library's names have 256 octets. */
#define TABLE_LABELS_MAX 8
#define TABLE_NAME_MAX 240

/*
 * Labels of the Organizational Domain as the library sees it; of a suffix,
 * one more than it has.
 */
static size_t
labels_by_table(struct wax_domain domain)
{
	u_char name[WAX_DOMAIN_MAX + 1] = "xx.", org[WAX_DOMAIN_MAX + 1] = "";
	size_t labels = TABLE_LABELS_MAX;
	struct wax_domain tail = wax_domain_suffix(domain, labels);

	while (tail.text.n > TABLE_NAME_MAX)
		tail = wax_domain_suffix(tail, --labels);
	memcpy(name + 3, tail.text.p, tail.text.n);
	if (opendmarc_get_tld(name, org, sizeof org) != 0 || org[0] == '\0')
		return 2;
	tail.text = wax_str_of((const char *)org);
	return wax_domain_labels(tail);
}

struct wax_domain
wax_psl_org_domain(const struct wax_psl *psl, struct wax_domain domain)
{
	size_t labels = labels_by_table(domain);

	for (size_t i = 0; i < psl->rules.n; i++) {
		const struct rule *rule = &psl->rules.v[i];
		size_t needed = wax_domain_labels(rule->domain);

		if (!wax_domain_is_under(domain, rule->domain))
			continue;
		switch (rule->kind) {
		case RULE_EXCEPTION:
			return rule->domain;
		case RULE_WILDCARD:
			needed += 2;
			break;
		case RULE_PLAIN:
			needed += 1;
			break;
		}
		if (needed > labels)
			labels = needed;
	}
	return wax_domain_suffix(domain, labels);
}
