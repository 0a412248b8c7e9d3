# Scripts and examples.
EXTRA_DIST += \
	contrib/analyse.sh \
	contrib/attach-postfix.sh \
	contrib/quickstart.py \
	contrib/quickstart.sh \
	contrib/sendmail/sealwax.mc \
	contrib/setup.sh \
	contrib/systemd/sealwax.sysusers \
	contrib/systemd/sealwax.tmpfiles \
	contrib/systemd/sealwaxd.service.in \
	contrib/test-full.sh \
	contrib/test.sh

contrib/systemd/sealwaxd.service: contrib/systemd/sealwaxd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && \
	$(SED) 's|@sbindir[@]|$(sbindir)|g' \
		$(srcdir)/contrib/systemd/sealwaxd.service.in > $@.tmp && \
	mv $@.tmp $@
noinst_DATA = contrib/systemd/sealwaxd.service
CLEANFILES += contrib/systemd/sealwaxd.service

# Only with --with-systemdsystemunitdir=DIR: make distcheck must not write
# outside its prefix.
if INSTALL_UNITS
systemdsystemunit_DATA = contrib/systemd/sealwaxd.service
endif

dist_doc_DATA = contrib/sealwax.conf.example
