libwaxpolicy_a_SOURCES += \
	policy/auth/canon.c policy/auth/canon.h \
	policy/auth/dkim.c policy/auth/dkim.h \
	policy/auth/dkim_choose.c \
	policy/auth/dkim_impl.h \
	policy/auth/dkim_library.h \
	policy/auth/dkim_opendkim.c \
	policy/auth/dkim_prefix.c \
	policy/auth/dkim_signature.c policy/auth/dkim_signature.h \
	policy/auth/dkim_verify.c \
	policy/auth/keyrec.c policy/auth/keyrec.h \
	policy/auth/pkey.c policy/auth/pkey.h \
	policy/auth/rsakey.c policy/auth/rsakey.h \
	policy/auth/signed_fields.c policy/auth/signed_fields.h
