# Making reports into mail, and taking those of others apart. Who links it adds
# the libraries whose doors are used: $(ARCHIVE_LIBS) for pack.c, $(CURL_LIBS) for submit.c.
noinst_LIBRARIES += libwaxsend.a
libwaxsend_a_SOURCES = \
	milter/send/ahead.c milter/send/ahead.h \
	milter/send/bounce.c milter/send/bounce.h \
	milter/send/compose.c milter/send/compose.h \
	milter/send/pack.c milter/send/pack.h \
	milter/send/pemkey.c milter/send/pemkey.h \
	milter/send/schedule.c milter/send/schedule.h \
	milter/send/schedule_build.c \
	milter/send/schedule_consent.c \
	milter/send/schedule_deliver.c \
	milter/send/schedule_impl.h \
	milter/send/schedule_window.c \
	milter/send/sign.c milter/send/sign.h \
	milter/send/smtp_url.c milter/send/smtp_url.h \
	milter/send/submit.c milter/send/submit.h \
	milter/send/unmail.c milter/send/unmail.h
