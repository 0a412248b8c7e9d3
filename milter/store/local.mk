# journal, importer and the stores: each file's line stands alone, sorted
noinst_LIBRARIES += libwaxstore.a
libwaxstore_a_SOURCES =
libwaxstore_a_SOURCES += milter/store/importer.c milter/store/importer.h
libwaxstore_a_SOURCES += milter/store/importer_thread.c
libwaxstore_a_SOURCES += milter/store/journal.c milter/store/journal.h
libwaxstore_a_SOURCES += milter/store/segment.c milter/store/segment.h
libwaxstore_a_SOURCES += milter/store/segment_file.c milter/store/segment_file.h
libwaxstore_a_SOURCES += milter/store/schema.c
libwaxstore_a_SOURCES += milter/store/sql.c
libwaxstore_a_SOURCES += milter/store/store.c milter/store/store.h
libwaxstore_a_SOURCES += milter/store/store_impl.h
libwaxstore_a_SOURCES += milter/store/store_import.c
libwaxstore_a_SOURCES += milter/store/store_report.c
libwaxstore_a_SOURCES += milter/store/store_sqlite.c milter/store/store_sqlite.h
libwaxstore_a_SOURCES += milter/store/store_sqlite_open.c
if WITH_PGSQL
libwaxstore_a_SOURCES += milter/store/store_pgsql.c milter/store/store_pgsql.h
libwaxstore_a_SOURCES += milter/store/store_pgsql_open.c
else
libwaxstore_a_SOURCES += milter/store/store_no_pgsql.c
endif

# What a program that opens a store needs beside it.
STORE_LIBS = $(SQLITE_LIBS) $(PGSQL_LIBS)
