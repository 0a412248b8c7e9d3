check_PROGRAMS += tests/unit/report/test_xml
TESTS += tests/unit/report/test_xml
tests_unit_report_test_xml_SOURCES = \
	tests/support/same_report.c tests/support/same_report.h \
	tests/unit/report/test_xml.c \
	tests/unit/report/test_xml_read.c \
	tests/unit/report/test_xml_refuse.c \
	tests/unit/report/test_xml_round.c \
	tests/unit/report/test_xml_vectors.c \
	tests/unit/report/test_xml_write.c \
	tests/unit/report/xml_suites.h
tests_unit_report_test_xml_CFLAGS = $(TEST_CFLAGS)
tests_unit_report_test_xml_LDADD = $(POLICY_TEST_LIBS) $(XML2_LIBS)
