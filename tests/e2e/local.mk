# End-to-end tests: real mail servers, a real name server. They need root.
EXTRA_DIST += \
	tests/e2e/README.md \
	tests/e2e/attach.py \
	tests/e2e/backups.py \
	tests/e2e/bounces.py \
	tests/e2e/chromium.py \
	tests/e2e/corpus.py \
	tests/e2e/domain.py \
	tests/e2e/drills.py \
	tests/e2e/fleet.py \
	tests/e2e/html_test.py \
	tests/e2e/namespace.py \
	tests/e2e/packages.py \
	tests/e2e/overload.py \
	tests/e2e/parsers.py \
	tests/e2e/postgresql_tls.py \
	tests/e2e/faults.py \
	tests/e2e/kill_drill.py \
	tests/e2e/quickstart_test.py \
	tests/e2e/recipes.py \
	tests/e2e/report.py \
	tests/e2e/route.py \
	tests/e2e/route_world.py \
	tests/e2e/run.sh \
	tests/e2e/send_faults.py \
	tests/e2e/systemd_test.py \
	tests/e2e/sendmail.py \
	tests/e2e/stack.py \
	tests/e2e/trouble.py \
	tests/e2e/worst_mail.py \
	tests/support/rows.py

check-e2e: all $(check_PROGRAMS)
	sh $(srcdir)/tests/e2e/run.sh $(builddir)
.PHONY: check-e2e

# The journal and the importer in one thread, for faults.py.
check_PROGRAMS += tests/e2e/fault_driver
tests_e2e_fault_driver_SOURCES = tests/e2e/fault_driver.c
tests_e2e_fault_driver_LDADD = libwaxstore.a libwaxsys.a libwaxpolicy.a \
	$(STORE_LIBS) $(POLICY_LIBS)

# Reports as files, for the browser and for other people's parsers.
check_PROGRAMS += tests/e2e/report_samples
tests_e2e_report_samples_SOURCES = \
	tests/support/reports.c tests/support/reports.h \
	tests/e2e/report_samples.c
tests_e2e_report_samples_LDADD = libwaxsend.a libwaxstore.a libwaxsys.a \
	libwaxpolicy.a $(POLICY_LIBS) $(STORE_LIBS) $(XML2_LIBS) \
	$(ARCHIVE_LIBS)
