libwaxpolicy_a_SOURCES += \
	policy/mail/abnf.c policy/mail/abnf.h \
	policy/mail/address.c policy/mail/address.h \
	policy/mail/authres.c policy/mail/authres.h \
	policy/mail/authres_claims.c \
	policy/mail/domain.c policy/mail/domain.h \
	policy/mail/field.c policy/mail/field.h \
	policy/mail/received.c policy/mail/received.h \
	policy/mail/reverse_path.c \
	policy/mail/taglist.c policy/mail/taglist.h
