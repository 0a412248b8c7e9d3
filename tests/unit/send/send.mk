check_PROGRAMS += tests/unit/send/test_send
TESTS += tests/unit/send/test_send
tests_unit_send_test_send_SOURCES = \
	tests/support/leaks.c tests/support/leaks.h \
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
tests_unit_send_write_mail_SOURCES = tests/unit/send/write_mail.c \
	tests/support/leaks.c tests/support/leaks.h
tests_unit_send_write_mail_LDADD = libwaxsend.a libwaxsys.a libwaxpolicy.a \
	$(POLICY_LIBS) $(SEND_LIBS)
TESTS += tests/unit/send/parsed

# A run of sending on a real store: -Wl,--wrap lets the test end it anywhere.
check_PROGRAMS += tests/unit/send/test_schedule
TESTS += tests/unit/send/test_schedule
tests_unit_send_test_schedule_SOURCES = \
	tests/support/leaks.c tests/support/leaks.h \
	tests/unit/send/schedule_suites.h \
	tests/unit/send/test_schedule.c \
	tests/unit/send/slow_dns.c tests/unit/send/slow_dns.h \
	tests/unit/send/test_schedule_ahead.c \
	tests/unit/send/test_schedule_kill.c \
	tests/unit/send/test_schedule_main.c \
	tests/unit/send/world.c tests/unit/send/world.h
tests_unit_send_test_schedule_CFLAGS = $(TEST_CFLAGS)
tests_unit_send_test_schedule_CPPFLAGS = $(AM_CPPFLAGS) \
	-DWAX_SRCDIR='"$(abs_srcdir)"'
tests_unit_send_test_schedule_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=wax_store_reports \
	-Wl,--wrap=wax_store_records \
	-Wl,--wrap=wax_store_lock_sending \
	-Wl,--wrap=wax_store_claim \
	-Wl,--wrap=wax_store_withhold \
	-Wl,--wrap=wax_store_save_built \
	-Wl,--wrap=wax_store_built_bytes \
	-Wl,--wrap=wax_store_deliveries \
	-Wl,--wrap=wax_store_mark \
	-Wl,--wrap=wax_store_is_known \
	-Wl,--wrap=wax_store_suppressions \
	-Wl,--wrap=wax_xml_check
tests_unit_send_test_schedule_LDADD = libwaxtest.a libwaxsend.a libwaxstore.a \
	libwaxsys.a libwaxpolicy.a $(POLICY_LIBS) $(SEND_LIBS) $(STORE_LIBS) \
	$(XML2_LIBS) $(CHECK_LIBS)
