# tests of that room
check_PROGRAMS += tests/unit/sys/test_clock
TESTS += tests/unit/sys/test_clock
tests_unit_sys_test_clock_SOURCES = tests/unit/sys/test_clock.c
tests_unit_sys_test_clock_CFLAGS = $(TEST_CFLAGS)
tests_unit_sys_test_clock_LDADD = libwaxtest.a libwaxsys.a libwaxpolicy.a \
	$(CHECK_LIBS)

check_PROGRAMS += tests/unit/sys/test_sandbox
TESTS += tests/unit/sys/test_sandbox
tests_unit_sys_test_sandbox_SOURCES = tests/unit/sys/test_sandbox.c
tests_unit_sys_test_sandbox_CFLAGS = $(TEST_CFLAGS)
tests_unit_sys_test_sandbox_LDADD = libwaxtest.a libwaxsys.a libwaxpolicy.a \
	$(CAP_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/sys/test_sys_log
TESTS += tests/unit/sys/test_sys_log
tests_unit_sys_test_sys_log_SOURCES = tests/unit/sys/test_sys_log.c
tests_unit_sys_test_sys_log_CFLAGS = $(TEST_CFLAGS)
tests_unit_sys_test_sys_log_LDADD = libwaxtest.a libwaxsys.a libwaxpolicy.a \
	$(CHECK_LIBS)

if KEY_CACHE
check_PROGRAMS += tests/unit/sys/test_keycache
TESTS += tests/unit/sys/test_keycache
endif
tests_unit_sys_test_keycache_SOURCES = tests/unit/sys/test_keycache.c \
	milter/sys/keycache.c milter/sys/keycache.h
tests_unit_sys_test_keycache_CFLAGS = $(TEST_CFLAGS)
tests_unit_sys_test_keycache_LDADD = libwaxtest.a libwaxsys.a libwaxpolicy.a \
	$(CRYPTO_LIBS) $(CHECK_LIBS)
