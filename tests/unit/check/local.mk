check_PROGRAMS += tests/unit/check/test_check
TESTS += tests/unit/check/test_check
tests_unit_check_test_check_SOURCES = \
	tests/support/spf_agree.c tests/support/spf_agree.h \
	tests/unit/check/domain_case.c tests/unit/check/domain_case.h \
	tests/unit/check/suites.h \
	tests/unit/check/test_catalogue.c \
	tests/unit/check/test_check.c \
	tests/unit/check/test_dmarc_view.c \
	tests/unit/check/test_domains.c \
	tests/unit/check/test_finding.c \
	tests/unit/check/test_ours.c \
	tests/unit/check/test_publish.c \
	tests/unit/check/test_route.c \
	tests/unit/check/test_servers.c \
	tests/unit/check/test_spf_agree.c \
	tests/unit/check/test_spf_tree.c \
	tests/unit/check/zones.c tests/unit/check/zones.h
tests_unit_check_test_check_CFLAGS = $(TEST_CFLAGS)
tests_unit_check_test_check_LDADD = $(POLICY_TEST_LIBS)

# The domains, and their second driver: see tests/domains/README.md.
TESTS += tests/domains/program.py
EXTRA_DIST += tests/domains
