check_PROGRAMS += tests/unit/send/test_send
TESTS += tests/unit/send/test_send
tests_unit_send_test_send_SOURCES = \
	tests/unit/send/sink.c tests/unit/send/sink.h \
	tests/unit/send/test_compose.c \
	tests/unit/send/test_pemkey.c \
	tests/unit/send/test_send.c \
	tests/unit/send/test_sign.c \
	tests/unit/send/test_smtp_url.c \
	tests/unit/send/test_submit.c
tests_unit_send_test_send_CFLAGS = $(TEST_CFLAGS)
tests_unit_send_test_send_CPPFLAGS = $(AM_CPPFLAGS) \
	-DWAX_PYTHON3='"$(PYTHON3)"' -DWAX_SRCDIR='"$(abs_srcdir)"'
tests_unit_send_test_send_LDADD = libwaxtest.a libwaxsend.a libwaxsys.a \
	libwaxpolicy.a $(POLICY_LIBS) $(SEND_LIBS) $(CHECK_LIBS)
EXTRA_DIST += tests/support/smtpsink.py

# What other people's parsers and verifiers make of our mail.
EXTRA_DIST += tests/unit/send/parsed
check_PROGRAMS += tests/unit/send/write_mail
tests_unit_send_write_mail_SOURCES = tests/unit/send/write_mail.c
tests_unit_send_write_mail_LDADD = libwaxsend.a libwaxsys.a libwaxpolicy.a \
	$(POLICY_LIBS) $(SEND_LIBS)
TESTS += tests/unit/send/parsed
