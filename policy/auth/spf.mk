libwaxpolicy_a_SOURCES += policy/auth/spf.h
