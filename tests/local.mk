# Unit tests: one Check program per room, each with tests/support/main.c and
# linked with nothing that its room may not use.

AM_TESTS_ENVIRONMENT = srcdir='$(srcdir)'; export srcdir; \
	builddir='$(builddir)'; export builddir;

check_LIBRARIES += libwaxtest.a
libwaxtest_a_SOURCES = tests/support/main.c tests/support/suite.h \
	tests/support/recording.c tests/support/recording.h
libwaxtest_a_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

TEST_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
POLICY_TEST_LIBS = libwaxtest.a libwaxpolicy.a $(POLICY_LIBS) $(CHECK_LIBS)

EXTRA_DIST += tests/README.md tests/support/valgrind.supp

# One-line changes that a test has to notice: run by contrib/test.sh full.
EXTRA_DIST += tests/mutants

# The tests in which threads meet, for a build with --enable-sanitizers=thread.
check-threads: all $(check_PROGRAMS)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS \
		TESTS='tests/unit/sys/test_keycache tests/unit/resolver/test_answers tests/unit/resolver/test_unbound tests/unit/session/test_session tests/unit/session/test_readahead tests/unit/store/test_journal tests/unit/store/test_store'
.PHONY: check-threads

include tests/unit/base/local.mk
include tests/unit/mail/local.mk
include tests/unit/dns/local.mk
include tests/unit/auth/local.mk
include tests/unit/check/local.mk
include tests/unit/top/local.mk
include tests/unit/report/local.mk
include tests/unit/sys/local.mk
include tests/unit/conf/local.mk
include tests/unit/resolver/local.mk
include tests/unit/send/local.mk
include tests/unit/store/local.mk
include tests/unit/session/local.mk
include tests/unit/cmd/local.mk
include tests/conformance/local.mk
include tests/scenarios/local.mk
include tests/fuzz/local.mk
include tests/lint/local.mk
include tests/e2e/local.mk
include tests/bench/local.mk
