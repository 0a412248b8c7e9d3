libwaxpolicy_a_SOURCES += \
	policy/auth/engines.c policy/auth/engines.h \
	policy/auth/engines_impl.h \
	policy/auth/result.c policy/auth/result.h
include policy/auth/spf.mk
include policy/auth/dkim.mk
include policy/auth/dmarc.mk
