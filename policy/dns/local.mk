libwaxpolicy_a_SOURCES += \
	policy/dns/answer.c policy/dns/answer.h \
	policy/dns/budget.h \
	policy/dns/resolver.h \
	policy/dns/zone.h
