# Mail of others, and bounces: no foreign library.
check_PROGRAMS += tests/unit/send/test_unmail
TESTS += tests/unit/send/test_unmail
tests_unit_send_test_unmail_SOURCES = tests/unit/send/test_unmail.c \
	tests/unit/send/test_bounce.c tests/unit/send/unmail_suites.h
tests_unit_send_test_unmail_CFLAGS = $(TEST_CFLAGS)
tests_unit_send_test_unmail_LDADD = libwaxtest.a libwaxsend.a libwaxpolicy.a \
	$(CHECK_LIBS)
