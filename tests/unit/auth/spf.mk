check_PROGRAMS += tests/unit/auth/test_spf
TESTS += tests/unit/auth/test_spf
tests_unit_auth_test_spf_SOURCES = \
	tests/support/spf_world.c tests/support/spf_world.h \
	tests/unit/auth/spf_suites.h \
	tests/unit/auth/spf_support.c \
	tests/unit/auth/test_spf.c \
	tests/unit/auth/test_spf_ahead.c \
	tests/unit/auth/test_spf_check.c \
	tests/unit/auth/test_spf_libspf2.c \
	tests/unit/auth/test_spf_limits.c \
	tests/unit/auth/test_spf_macro.c \
	tests/unit/auth/test_spf_record.c
tests_unit_auth_test_spf_CFLAGS = $(TEST_CFLAGS)
tests_unit_auth_test_spf_LDADD = $(POLICY_TEST_LIBS)
