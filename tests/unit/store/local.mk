# The journal and the importer; the store is a fake one, and so is the clock.
check_PROGRAMS += tests/unit/store/test_journal
TESTS += tests/unit/store/test_journal
tests_unit_store_test_journal_SOURCES = \
	tests/unit/store/bench.c tests/unit/store/bench.h \
	tests/unit/store/fake_store.c tests/unit/store/fake_store.h \
	tests/unit/store/suites.h \
	tests/unit/store/test_importer.c \
	tests/unit/store/test_journal.c \
	tests/unit/store/test_journal_trouble.c \
	tests/unit/store/test_segment.c
tests_unit_store_test_journal_CFLAGS = $(TEST_CFLAGS)
tests_unit_store_test_journal_LDADD = libwaxtest.a libwaxstore.a \
	libwaxsys.a libwaxpolicy.a $(POLICY_LIBS) $(CHECK_LIBS)
# The contract of the store: on SQLite, and with --with-pgsql on a PostgreSQL
# of the test's own.
check_PROGRAMS += tests/unit/store/test_store
TESTS += tests/unit/store/test_store
tests_unit_store_test_store_SOURCES = \
	tests/unit/store/contract.c tests/unit/store/contract.h \
	tests/unit/store/place.c tests/unit/store/place.h \
	tests/unit/store/test_store.c \
	tests/unit/store/test_store_pgsql.c \
	tests/unit/store/test_store_sqlite.c \
	tests/unit/store/test_store_trouble.c
tests_unit_store_test_store_CFLAGS = $(TEST_CFLAGS)
if WITH_PGSQL
tests_unit_store_test_store_CFLAGS += -DWAX_TEST_PGSQL \
	-DWAX_PYTHON3='"$(PYTHON3)"' -DWAX_SRCDIR='"$(abs_srcdir)"'
endif
EXTRA_DIST += tests/support/pgserver.py
tests_unit_store_test_store_LDADD = libwaxtest.a libwaxstore.a libwaxsys.a \
	libwaxpolicy.a $(STORE_LIBS) $(POLICY_LIBS) $(CHECK_LIBS)
