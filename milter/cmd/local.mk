# sealwaxd, sealwax-check, sealwax-report
bin_PROGRAMS += sealwax-check
sealwax_check_SOURCES = \
	milter/cmd/check_options.c milter/cmd/check_options.h \
	milter/cmd/domain.h \
	milter/cmd/domain_dmarc.c milter/cmd/domain_page.h \
	milter/cmd/domain_findings.c \
	milter/cmd/domain_json.c \
	milter/cmd/domain_list.c \
	milter/cmd/domain_ours.c \
	milter/cmd/domain_run.c \
	milter/cmd/domain_servers.c \
	milter/cmd/domain_text.c \
	milter/cmd/explain.c milter/cmd/explain.h \
	milter/cmd/explain_dmarc.c \
	milter/cmd/page.c milter/cmd/page.h \
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
# No parts of a library: they take the place of functions of libcrypto and of
# the C library, in this program alone.
if KEY_CACHE
sealwaxd_SOURCES += milter/sys/keycache.c milter/sys/keycache.h
else
sealwaxd_SOURCES += milter/sys/no_keycache.c milter/sys/keycache.h
endif
if READ_AHEAD
sealwaxd_SOURCES += milter/session/readahead.c milter/session/readahead.h
else
sealwaxd_SOURCES += milter/session/no_readahead.c milter/session/readahead.h
endif
if SANITIZED
sealwaxd_CPPFLAGS += -DWAX_SANITIZED
endif

# The only program that loads what packing, XML and SMTP need.
bin_PROGRAMS += sealwax-report
sealwax_report_SOURCES = \
	milter/cmd/report_bounce.c \
	milter/cmd/report_html.c \
	milter/cmd/report_input.c milter/cmd/report_input.h \
	milter/cmd/report_list.c \
	milter/cmd/report_options.c milter/cmd/report_options.h \
	milter/cmd/report_program.c milter/cmd/report_program.h \
	milter/cmd/report_purge.c \
	milter/cmd/report_read.c \
	milter/cmd/report_send.c \
	milter/cmd/report_show.c \
	milter/cmd/report_status.c \
	milter/cmd/report_suppress.c \
	milter/cmd/report_table.c milter/cmd/report_table.h \
	milter/cmd/report_time.c milter/cmd/report_time.h \
	milter/cmd/report_xml.c \
	milter/cmd/sealwax_report.c
sealwax_report_LDADD = libwaxsend.a libwaxstore.a libwaxconf.a \
	libwaxresolver.a libwaxsys.a libwaxpolicy.a $(POLICY_LIBS) \
	$(STORE_LIBS) $(XML2_LIBS) $(ARCHIVE_LIBS) $(CURL_LIBS) \
	$(UNBOUND_LIBS) $(CONFIG_LIBS) $(CAP_LIBS)
sealwax_report_CPPFLAGS = $(AM_CPPFLAGS)
if SANITIZED
sealwax_report_CPPFLAGS += -DWAX_SANITIZED
endif
