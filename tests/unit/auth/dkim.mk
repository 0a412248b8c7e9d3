check_PROGRAMS += tests/unit/auth/test_dkim
TESTS += tests/unit/auth/test_dkim
tests_unit_auth_test_dkim_SOURCES = \
	tests/unit/auth/test_dkim.c \
	tests/unit/auth/test_engines.c
tests_unit_auth_test_dkim_CFLAGS = $(TEST_CFLAGS)
tests_unit_auth_test_dkim_LDADD = $(POLICY_TEST_LIBS)
