check_PROGRAMS += tests/unit/dns/test_dns
TESTS += tests/unit/dns/test_dns
tests_unit_dns_test_dns_SOURCES = \
	tests/unit/dns/suites.h \
	tests/unit/dns/test_answer.c \
	tests/unit/dns/test_budget.c \
	tests/unit/dns/test_dns.c \
	tests/unit/dns/test_zone.c
tests_unit_dns_test_dns_CFLAGS = $(TEST_CFLAGS)
tests_unit_dns_test_dns_LDADD = $(POLICY_TEST_LIBS)
