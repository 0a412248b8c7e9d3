# The times of sealwax-report by themselves, and all of it on a scratch
# directory.
check_PROGRAMS += tests/unit/cmd/test_report_time
TESTS += tests/unit/cmd/test_report_time
tests_unit_cmd_test_report_time_SOURCES = tests/unit/cmd/test_report_time.c \
	milter/cmd/report_time.c milter/cmd/report_time.h
tests_unit_cmd_test_report_time_CFLAGS = $(TEST_CFLAGS)
tests_unit_cmd_test_report_time_LDADD = libwaxtest.a libwaxpolicy.a \
	$(CHECK_LIBS)

check_PROGRAMS += tests/support/seed_journal
tests_support_seed_journal_SOURCES = tests/support/seed_journal.c
tests_support_seed_journal_LDADD = libwaxstore.a libwaxsys.a libwaxpolicy.a \
	$(POLICY_LIBS)

TESTS += tests/unit/cmd/report_drill.py
EXTRA_DIST += tests/unit/cmd/report_drill.py

# sealwax-check --domain on terminals, and of many domains.
TESTS += tests/unit/cmd/domain_drill.py
EXTRA_DIST += tests/unit/cmd/domain_drill.py
