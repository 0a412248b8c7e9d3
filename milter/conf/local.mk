# libwaxconf.a
EXTRA_DIST += milter/conf/config.h milter/conf/snapshot.h
