libwaxpolicy_a_SOURCES += \
	policy/mail/address.h \
	policy/mail/authres.h \
	policy/mail/domain.c policy/mail/domain.h \
	policy/mail/field.h \
	policy/mail/taglist.h
