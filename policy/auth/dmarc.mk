libwaxpolicy_a_SOURCES += \
	policy/auth/dmarc.c policy/auth/dmarc.h \
	policy/auth/dmarc_judge.c policy/auth/dmarc_judge.h \
	policy/auth/dmarc_record.c policy/auth/dmarc_record.h \
	policy/auth/dmarc_walk.c policy/auth/dmarc_walk.h \
	policy/auth/psl.h \
	policy/auth/psl_opendmarc.c
