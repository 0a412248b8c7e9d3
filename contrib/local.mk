# Scripts and examples.
EXTRA_DIST += \
	contrib/analyse.sh \
	contrib/attach-postfix.sh \
	contrib/cron/sealwax-report \
	contrib/quickstart.py \
	contrib/quickstart.sh \
	contrib/sendmail/sealwax.mc \
	contrib/setup.sh \
	contrib/systemd/sealwax-report.service.in \
	contrib/systemd/sealwax-report.timer \
	contrib/systemd/sealwax.sysusers \
	contrib/systemd/sealwax.tmpfiles \
	contrib/systemd/sealwaxd.service.in \
	contrib/test-full.sh \
	contrib/test.sh

UNITS = contrib/systemd/sealwaxd.service contrib/systemd/sealwax-report.service
UNIT_EDIT = $(SED) -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@bindir[@]|$(bindir)|g'

contrib/systemd/sealwaxd.service: contrib/systemd/sealwaxd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && \
	$(UNIT_EDIT) $(srcdir)/contrib/systemd/sealwaxd.service.in > $@.tmp && \
	mv $@.tmp $@
contrib/systemd/sealwax-report.service: \
		contrib/systemd/sealwax-report.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && \
	$(UNIT_EDIT) $(srcdir)/contrib/systemd/sealwax-report.service.in \
		> $@.tmp && \
	mv $@.tmp $@
noinst_DATA = $(UNITS)
CLEANFILES += $(UNITS)

# Only with --with-systemdsystemunitdir=DIR: make distcheck must not write
# outside its prefix.
if INSTALL_UNITS
systemdsystemunit_DATA = $(UNITS) contrib/systemd/sealwax-report.timer
endif

dist_doc_DATA = contrib/sealwax.conf.example
