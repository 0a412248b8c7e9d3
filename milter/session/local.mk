noinst_LIBRARIES += libwaxsession.a
libwaxsession_a_SOURCES = \
	milter/session/act.c milter/session/act.h \
	milter/session/callbacks.c milter/session/callbacks.h \
	milter/session/connection.c milter/session/connection.h \
	milter/session/judge.c milter/session/judge.h \
	milter/session/message.c milter/session/message.h \
	milter/session/negotiate.c milter/session/negotiate.h \
	milter/session/service.c milter/session/service.h \
	milter/session/waiting.c milter/session/waiting.h
EXTRA_DIST += milter/README.md
