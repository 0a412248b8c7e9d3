libwaxpolicy_a_SOURCES += \
	policy/auth/spf.c policy/auth/spf.h \
	policy/auth/spf_check.c policy/auth/spf_impl.h \
	policy/auth/spf_libspf2.c \
	policy/auth/spf_macro.c policy/auth/spf_macro.h \
	policy/auth/spf_record.c policy/auth/spf_record.h \
	policy/auth/spf_rfc7208.c
