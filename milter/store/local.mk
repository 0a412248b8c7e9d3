# journal, importer and the stores: each file's line stands alone, sorted
noinst_LIBRARIES += libwaxstore.a
libwaxstore_a_SOURCES =
libwaxstore_a_SOURCES += milter/store/journal.c milter/store/journal.h
libwaxstore_a_SOURCES += milter/store/segment.c milter/store/segment.h
libwaxstore_a_SOURCES += milter/store/segment_file.c milter/store/segment_file.h
libwaxstore_a_SOURCES += milter/store/importer.h milter/store/store.h
