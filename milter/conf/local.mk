noinst_LIBRARIES += libwaxconf.a
libwaxconf_a_SOURCES = \
	milter/conf/check.c milter/conf/check.h \
	milter/conf/check_report.c \
	milter/conf/config.c milter/conf/config.h \
	milter/conf/dump.c \
	milter/conf/import.c milter/conf/import.h \
	milter/conf/import_apply.c \
	milter/conf/import_chain.c milter/conf/import_chain.h \
	milter/conf/import_decide.c \
	milter/conf/import_decide_dkim.c \
	milter/conf/import_decide_spf.c \
	milter/conf/import_impl.h \
	milter/conf/import_network.c \
	milter/conf/import_opendkim.c \
	milter/conf/import_opendmarc.c \
	milter/conf/import_pyspf.c \
	milter/conf/import_read.c \
	milter/conf/import_set.c \
	milter/conf/import_socket.c \
	milter/conf/import_write.c \
	milter/conf/parse.c milter/conf/parse.h \
	milter/conf/quantity.c milter/conf/quantity.h \
	milter/conf/report.c milter/conf/report.h \
	milter/conf/scan.c milter/conf/scan.h \
	milter/conf/schema.c milter/conf/schema.h \
	milter/conf/slip.c milter/conf/slip.h \
	milter/conf/snapshot.c milter/conf/snapshot.h \
	milter/conf/source.c milter/conf/source.h \
	milter/conf/state.h \
	milter/conf/suggest.c milter/conf/suggest.h \
	milter/conf/value.c milter/conf/value.h \
	milter/conf/value_read.c
