check_PROGRAMS += tests/unit/conf/test_conf
TESTS += tests/unit/conf/test_conf
tests_unit_conf_test_conf_SOURCES = \
	tests/unit/conf/heard.c tests/unit/conf/heard.h \
	tests/unit/conf/test_config.c \
	tests/unit/conf/test_syntax.c \
	tests/unit/conf/test_value.c
tests_unit_conf_test_conf_CFLAGS = $(TEST_CFLAGS)
tests_unit_conf_test_conf_LDADD = libwaxtest.a libwaxconf.a libwaxsys.a libwaxpolicy.a \
	$(CONFIG_LIBS) $(IDN2_LIBS) $(CHECK_LIBS)
