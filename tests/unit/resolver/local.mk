RESOLVER_TEST_LIBS = libwaxtest.a libwaxresolver.a libwaxsys.a \
	libwaxpolicy.a $(UNBOUND_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/resolver/test_answers
TESTS += tests/unit/resolver/test_answers
tests_unit_resolver_test_answers_SOURCES = \
	tests/unit/resolver/test_answers.c
tests_unit_resolver_test_answers_CFLAGS = $(TEST_CFLAGS)
tests_unit_resolver_test_answers_LDADD = $(RESOLVER_TEST_LIBS)

# The name servers of the tests, compared with nsd (skipped without it).
TESTS += tests/unit/resolver/test_dnsserver.py
EXTRA_DIST += tests/unit/resolver/test_dnsserver.py tests/unit/resolver/zone \
	tests/support/dnsproxy.py tests/support/dnszone.py \
	tests/support/zone2nsd.py
