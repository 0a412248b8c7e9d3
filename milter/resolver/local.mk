noinst_LIBRARIES += libwaxresolver.a
libwaxresolver_a_SOURCES = \
	milter/resolver/answers.c milter/resolver/answers.h \
	milter/resolver/direct.c milter/resolver/direct.h \
	milter/resolver/endpoint.c milter/resolver/endpoint.h \
	milter/resolver/packet.c milter/resolver/packet.h \
	milter/resolver/recheck.c milter/resolver/recheck.h \
	milter/resolver/unbound.c milter/resolver/unbound.h
