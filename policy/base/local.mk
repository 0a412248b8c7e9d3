libwaxpolicy_a_SOURCES += \
	policy/base/arena.c policy/base/arena.h \
	policy/base/base64.c policy/base/base64.h \
	policy/base/ip.c policy/base/ip.h \
	policy/base/limits.h \
	policy/base/status.c policy/base/status.h \
	policy/base/str.c policy/base/str.h \
	policy/base/text.c policy/base/text.h \
	policy/base/vec.h
