/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/suite.h"

#include <stdlib.h>
#include <string.h>

/* The copies, so that a leak checker finds them reachable until the end. */
static struct kept {
	struct kept *next;
	char *p;
} * kept;

struct wax_str
wax_exact_n(const void *p, size_t n)
{
	struct kept *one = malloc(sizeof *one);

	if (one == NULL || (one->p = malloc(n > 0 ? n : 1)) == NULL)
		abort();
	if (n > 0)
		memcpy(one->p, p, n);
	one->next = kept;
	kept = one;
	return (struct wax_str){ one->p, n };
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
