# The published suites. They are Debian packages, not copies of ours.
# `make conformance` runs them and shows what they print.

CONFORMANCE = tests/conformance/spf.sh

check_PROGRAMS += tests/conformance/spf_suite
tests_conformance_spf_suite_SOURCES = tests/conformance/spf_suite.c \
	tests/support/spf_agree.c tests/support/spf_agree.h
tests_conformance_spf_suite_LDADD = libwaxpolicy.a $(POLICY_LIBS)

TESTS += $(CONFORMANCE)
EXTRA_DIST += $(CONFORMANCE) tests/conformance/spf_convert.py \
	tests/conformance/spf_exceptions

.PHONY: conformance
conformance: tests/conformance/spf_suite$(EXEEXT)
	@$(AM_TESTS_ENVIRONMENT) failed=0; for test in $(CONFORMANCE); do \
		$(srcdir)/$$test || failed=1; done; exit $$failed

# The schema of aggregate reports, in the eyes of xmllint.
EXTRA_DIST += tests/conformance/report_schema.sh tests/reports
TESTS += tests/conformance/report_schema.sh
