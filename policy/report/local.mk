# Making, writing and reading aggregate reports. xml.c and html.c are linked
# only where they are called: who calls xml.h adds $(XML2_LIBS).
libwaxpolicy_a_SOURCES += \
	policy/report/aggregate.h \
	policy/report/html.h \
	policy/report/row.h \
	policy/report/rua.h \
	policy/report/xml.h
