libwaxpolicy_a_SOURCES += \
	policy/auth/dmarc.h \
	policy/auth/dmarc_record.c policy/auth/dmarc_record.h \
	policy/auth/dmarc_walk.c policy/auth/dmarc_walk.h
