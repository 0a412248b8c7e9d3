/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The copies that came from malloc, so that a leak checker finds them
 * reachable until the end. */
static struct kept {
	struct kept *next;
	char *p;
} * kept;

static char *
kept_block(size_t n)
{
	struct kept *one = malloc(sizeof *one);

	if (one == NULL || (one->p = malloc(n > 0 ? n : 1)) == NULL)
		abort();
	one->next = kept;
	kept = one;
	return one->p;
}

/*
 * n octets that end where a page begins which nobody may read: the octet
 * behind them is noticed without a sanitizer, too. NULL if the system has no
 * more mappings for us.
 */
static char *
guarded_block(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (n + page - 1) / page * page;
	char *p = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (mprotect(p + room, page, PROT_NONE) != 0) {
		(void)munmap(p, room + page); /* it was just made */
		return NULL;
	}
	return p + room - n;
}

struct wax_str
wax_exact_n(const void *p, size_t n)
{
	char *copy = guarded_block(n);

	if (copy == NULL)
		copy = kept_block(n);
	if (n > 0)
		memcpy(copy, p, n);
	return (struct wax_str){ copy, n };
}

struct wax_str
wax_exact(const char *z)
{
	return wax_exact_n(z, strlen(z));
}

int
main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	for (size_t i = 0; wax_suites[i] != NULL; i++)
		srunner_add_suite(runner, wax_suites[i]());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	while (kept != NULL) {
		struct kept *next = kept->next;

		free(kept->p);
		free(kept);
		kept = next;
	}
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
