libwaxpolicy_a_SOURCES += \
	policy/dns/answer.c policy/dns/answer.h \
	policy/dns/budget.c policy/dns/budget.h \
	policy/dns/resolver.h \
	policy/dns/zone.c policy/dns/zone.h
