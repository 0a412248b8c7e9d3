check_PROGRAMS += tests/unit/report/test_rua
TESTS += tests/unit/report/test_rua
tests_unit_report_test_rua_SOURCES = tests/unit/report/test_rua.c
tests_unit_report_test_rua_CFLAGS = $(TEST_CFLAGS)
tests_unit_report_test_rua_LDADD = $(POLICY_TEST_LIBS)
include tests/unit/report/html.mk
include tests/unit/report/row.mk
include tests/unit/report/xml.mk
