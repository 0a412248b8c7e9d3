/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/dns/suites.h"

Suite *(*const wax_suites[])(
    void) = { wax_answer_suite, wax_zone_suite, wax_budget_suite, NULL };
