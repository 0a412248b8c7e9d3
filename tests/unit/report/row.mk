check_PROGRAMS += tests/unit/report/test_row
TESTS += tests/unit/report/test_row
tests_unit_report_test_row_SOURCES = \
	tests/support/signer.c tests/support/signer.h \
	tests/unit/report/suites.h \
	tests/unit/report/test_aggregate.c \
	tests/unit/report/test_row.c \
	tests/unit/report/test_row_make.c \
	tests/unit/report/test_row_text.c \
	tests/unit/report/test_row_vectors.c \
	tests/unit/top/bench.c tests/unit/top/bench.h \
	tests/unit/top/sample.c \
	tests/unit/top/suites.h
tests_unit_report_test_row_CFLAGS = $(TEST_CFLAGS)
tests_unit_report_test_row_LDADD = $(POLICY_TEST_LIBS)
