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

check_PROGRAMS += tests/unit/conf/test_import
TESTS += tests/unit/conf/test_import
tests_unit_conf_test_import_SOURCES = \
	tests/unit/conf/heard.c tests/unit/conf/heard.h \
	tests/unit/conf/import_world.c tests/unit/conf/import_world.h \
	tests/unit/conf/test_import.c \
	tests/unit/conf/test_import_hostile.c
tests_unit_conf_test_import_CPPFLAGS = $(AM_CPPFLAGS) \
	-DWAX_SRCDIR='"$(abs_srcdir)"'
tests_unit_conf_test_import_CFLAGS = $(TEST_CFLAGS)
tests_unit_conf_test_import_LDADD = $(tests_unit_conf_test_conf_LDADD)
EXTRA_DIST += tests/unit/conf/import
