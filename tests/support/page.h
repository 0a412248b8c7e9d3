/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - whether a page of ours is well-formed and shows what is not ours
 * as text: a check that needs no browser.
 */
#ifndef WAX_TESTS_SUPPORT_PAGE_H
#define WAX_TESTS_SUPPORT_PAGE_H

#include "policy/base/str.h"

/*
 * What is wrong with it, or NULL: tags are only those that we write and are
 * closed in order, all is UTF-8, and there is no control, nor a character
 * that turns or hides others.
 */
const char *page_fault(struct wax_str page);

#endif
