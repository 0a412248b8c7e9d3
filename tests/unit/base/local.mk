check_PROGRAMS += tests/unit/base/test_base
TESTS += tests/unit/base/test_base
tests_unit_base_test_base_SOURCES = \
	tests/unit/base/test_base.c
tests_unit_base_test_base_CFLAGS = $(TEST_CFLAGS)
tests_unit_base_test_base_LDADD = $(POLICY_TEST_LIBS)
