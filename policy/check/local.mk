libwaxpolicy_a_SOURCES += \
	policy/check/catalogue.c \
	policy/check/dkim_keys.h \
	policy/check/dmarc_view.h \
	policy/check/finding.c policy/check/finding.h \
	policy/check/publish.c \
	policy/check/route.h \
	policy/check/spf_tree.h
