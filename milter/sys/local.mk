# log, privileges, signals, clock: each file's line stands alone, sorted
noinst_LIBRARIES += libwaxsys.a
libwaxsys_a_SOURCES =
libwaxsys_a_SOURCES += milter/sys/clock.c milter/sys/clock.h
libwaxsys_a_SOURCES += milter/sys/thread.c milter/sys/thread.h
libwaxsys_a_SOURCES += milter/sys/sandbox.c milter/sys/sandbox.h
libwaxsys_a_SOURCES += milter/sys/sd_notify.c milter/sys/sd_notify.h
libwaxsys_a_SOURCES += milter/sys/signals.c milter/sys/signals.h
libwaxsys_a_SOURCES += milter/sys/file.c milter/sys/file.h
libwaxsys_a_SOURCES += milter/sys/log.c milter/sys/log.h
libwaxsys_a_SOURCES += milter/sys/privileges.c milter/sys/privileges.h
