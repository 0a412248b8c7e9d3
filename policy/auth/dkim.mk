libwaxpolicy_a_SOURCES += \
	policy/auth/dkim.h \
	policy/auth/dkim_opendkim.c
