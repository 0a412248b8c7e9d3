# Making, writing and reading aggregate reports. xml.c and html.c are linked
# only where they are called: who calls xml.h adds $(XML2_LIBS).
libwaxpolicy_a_SOURCES += \
	policy/report/aggregate.c policy/report/aggregate.h \
	policy/report/report_name.c \
	policy/report/row.c policy/report/row.h \
	policy/report/row_text.c \
	policy/report/rua.c policy/report/rua.h \
	policy/report/rua_impl.h \
	policy/report/rua_verify.c
include policy/report/html.mk
include policy/report/xml.mk
