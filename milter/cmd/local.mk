# sealwaxd, sealwax-check
bin_PROGRAMS += sealwax-check
sealwax_check_SOURCES = \
	milter/cmd/check_options.c milter/cmd/check_options.h \
	milter/cmd/explain.c milter/cmd/explain.h \
	milter/cmd/explain_dmarc.c \
	milter/cmd/sealwax_check.c
sealwax_check_LDADD = libwaxresolver.a libwaxconf.a libwaxsys.a \
	libwaxpolicy.a $(POLICY_LIBS) $(UNBOUND_LIBS) $(CONFIG_LIBS)
