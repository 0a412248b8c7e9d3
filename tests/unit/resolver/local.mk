RESOLVER_TEST_LIBS = libwaxtest.a libwaxresolver.a libwaxsys.a \
	libwaxpolicy.a $(UNBOUND_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/resolver/test_answers
TESTS += tests/unit/resolver/test_answers
tests_unit_resolver_test_answers_SOURCES = \
	tests/unit/resolver/test_answers.c
tests_unit_resolver_test_answers_CFLAGS = $(TEST_CFLAGS)
tests_unit_resolver_test_answers_LDADD = $(RESOLVER_TEST_LIBS)

# Asks a name server of our own (Python) on loopback.
check_PROGRAMS += tests/unit/resolver/test_unbound
TESTS += tests/unit/resolver/test_unbound
tests_unit_resolver_test_unbound_SOURCES = \
	tests/unit/resolver/test_unbound.c
tests_unit_resolver_test_unbound_CFLAGS = $(TEST_CFLAGS) \
	-DWAX_PYTHON3='"$(PYTHON3)"' -DWAX_SRCDIR='"$(abs_srcdir)"'
tests_unit_resolver_test_unbound_LDADD = $(RESOLVER_TEST_LIBS)

# A minute without DNS, and the first questions after it.
outage-drill: tests/unit/resolver/test_unbound
	WAX_OUTAGE_SECONDS=60 srcdir='$(srcdir)' \
		tests/unit/resolver/test_unbound
.PHONY: outage-drill

# The name servers of the tests, compared with nsd (skipped without it).
TESTS += tests/unit/resolver/test_dnsserver.py
EXTRA_DIST += tests/unit/resolver/test_dnsserver.py tests/unit/resolver/zone \
	tests/support/dnsproxy.py tests/support/dnszone.py \
	tests/support/zone2nsd.py

check_PROGRAMS += tests/unit/resolver/test_packet
TESTS += tests/unit/resolver/test_packet
tests_unit_resolver_test_packet_SOURCES = tests/unit/resolver/test_packet.c
tests_unit_resolver_test_packet_CFLAGS = $(TEST_CFLAGS)
tests_unit_resolver_test_packet_LDADD = $(RESOLVER_TEST_LIBS)

check_PROGRAMS += tests/unit/resolver/test_recheck
TESTS += tests/unit/resolver/test_recheck
tests_unit_resolver_test_recheck_SOURCES = tests/unit/resolver/test_recheck.c
tests_unit_resolver_test_recheck_CFLAGS = $(TEST_CFLAGS)
tests_unit_resolver_test_recheck_LDADD = $(RESOLVER_TEST_LIBS)

check_PROGRAMS += tests/unit/resolver/test_direct
TESTS += tests/unit/resolver/test_direct
tests_unit_resolver_test_direct_SOURCES = tests/unit/resolver/test_direct.c
tests_unit_resolver_test_direct_CFLAGS = $(TEST_CFLAGS)
tests_unit_resolver_test_direct_LDADD = $(RESOLVER_TEST_LIBS)
