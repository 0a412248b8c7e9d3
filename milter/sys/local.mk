# log, privileges, signals, clock: each file's line stands alone, sorted
noinst_LIBRARIES += libwaxsys.a
libwaxsys_a_SOURCES =
libwaxsys_a_SOURCES += milter/sys/clock.c milter/sys/clock.h
libwaxsys_a_SOURCES += milter/sys/thread.c milter/sys/thread.h
