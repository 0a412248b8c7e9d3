# sealwaxd, sealwax-check
bin_PROGRAMS += sealwax-check
sealwax_check_SOURCES = \
	milter/cmd/check_options.c milter/cmd/check_options.h \
	milter/cmd/explain.c milter/cmd/explain.h \
	milter/cmd/explain_dmarc.c \
	milter/cmd/sealwax_check.c
sealwax_check_LDADD = libwaxresolver.a libwaxconf.a libwaxsys.a \
	libwaxpolicy.a $(POLICY_LIBS) $(UNBOUND_LIBS) $(CONFIG_LIBS)

sbin_PROGRAMS += sealwaxd
sealwaxd_SOURCES = \
	milter/cmd/background.c milter/cmd/background.h \
	milter/cmd/confine.c milter/cmd/confine.h \
	milter/cmd/daemon.h \
	milter/cmd/lifecycle.c milter/cmd/lifecycle.h \
	milter/cmd/options.c milter/cmd/options.h \
	milter/cmd/rows.c milter/cmd/rows.h \
	milter/cmd/sealwaxd.c \
	milter/cmd/socket.c milter/cmd/socket.h \
	milter/cmd/state.c milter/cmd/state.h
sealwaxd_LDADD = libwaxsession.a libwaxstore.a libwaxconf.a libwaxresolver.a \
	libwaxsys.a libwaxpolicy.a $(POLICY_LIBS) $(MILTER_LIBS) $(UNBOUND_LIBS) \
	$(CONFIG_LIBS) $(CAP_LIBS) $(STORE_LIBS)
sealwaxd_CPPFLAGS = $(AM_CPPFLAGS)
if SANITIZED
sealwaxd_CPPFLAGS += -DWAX_SANITIZED
endif
