RESOLVER_TEST_LIBS = libwaxtest.a libwaxresolver.a libwaxsys.a \
	libwaxpolicy.a $(UNBOUND_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/resolver/test_answers
TESTS += tests/unit/resolver/test_answers
tests_unit_resolver_test_answers_SOURCES = \
	tests/unit/resolver/test_answers.c
tests_unit_resolver_test_answers_CFLAGS = $(TEST_CFLAGS)
tests_unit_resolver_test_answers_LDADD = $(RESOLVER_TEST_LIBS)
