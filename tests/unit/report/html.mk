check_PROGRAMS += tests/unit/report/test_html
TESTS += tests/unit/report/test_html
tests_unit_report_test_html_SOURCES = \
	tests/support/page.c tests/support/page.h \
	tests/support/reports.c tests/support/reports.h \
	tests/unit/report/test_html.c
tests_unit_report_test_html_CFLAGS = $(TEST_CFLAGS)
tests_unit_report_test_html_LDADD = $(POLICY_TEST_LIBS)
