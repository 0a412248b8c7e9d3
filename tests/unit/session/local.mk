# The session room, and what its tests and others' need of a mail system.
check_PROGRAMS += tests/unit/session/test_session
TESTS += tests/unit/session/test_session
tests_unit_session_test_session_SOURCES = \
	tests/support/fake_libmilter.c tests/support/fake_libmilter.h \
	tests/unit/session/bench.c tests/unit/session/bench.h \
	tests/unit/session/suites.h \
	tests/unit/session/test_connection.c \
	tests/unit/session/test_message.c \
	tests/unit/session/test_overload.c \
	tests/unit/session/test_rows.c \
	tests/unit/session/test_service.c \
	tests/unit/session/test_session.c
tests_unit_session_test_session_CFLAGS = $(TEST_CFLAGS)
tests_unit_session_test_session_LDADD = libwaxtest.a libwaxsession.a \
	libwaxconf.a libwaxsys.a libwaxpolicy.a $(POLICY_LIBS) \
	$(CONFIG_LIBS) $(CAP_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/support/acceptall
tests_support_acceptall_SOURCES = tests/support/acceptall.c
tests_support_acceptall_LDADD = $(MILTER_LIBS)
EXTRA_DIST += tests/support/miltertest.py milter/session/README.md

# A real sealwaxd on sockets of its own.
TESTS += tests/unit/session/daemon_drill.py
EXTRA_DIST += tests/unit/session/daemon_drill.py

if READ_AHEAD
check_PROGRAMS += tests/unit/session/test_readahead
TESTS += tests/unit/session/test_readahead
endif
tests_unit_session_test_readahead_SOURCES = \
	tests/unit/session/test_readahead.c \
	milter/session/readahead.c milter/session/readahead.h
tests_unit_session_test_readahead_CFLAGS = $(TEST_CFLAGS)
tests_unit_session_test_readahead_LDADD = libwaxtest.a libwaxsys.a \
	libwaxpolicy.a $(CHECK_LIBS)

# A library to be preloaded. (-fPIC comes behind -fPIE, and counts.)
check_PROGRAMS += tests/support/countcalls.so
tests_support_countcalls_so_SOURCES = tests/support/countcalls.c
tests_support_countcalls_so_CFLAGS = $(AM_CFLAGS) -fPIC -U_FORTIFY_SOURCE
tests_support_countcalls_so_LDFLAGS = -shared

# What makes it fast is there, or is not, and nobody sees a difference.
TESTS += tests/unit/session/speed_drill.py
EXTRA_DIST += tests/unit/session/speed_drill.py
