libwaxpolicy_a_SOURCES += policy/auth/dkim.h
