# Making reports into mail, and taking those of others apart. Who links it adds
# the libraries whose doors are used: $(ARCHIVE_LIBS) for pack.c.
noinst_LIBRARIES += libwaxsend.a
libwaxsend_a_SOURCES = \
	milter/send/bounce.c milter/send/bounce.h \
	milter/send/unmail.c milter/send/unmail.h \
	milter/send/pack.c milter/send/pack.h
