libwaxpolicy_a_SOURCES += \
	policy/report/html.c policy/report/html.h \
	policy/report/html_chart.c policy/report/html_chart.h \
	policy/report/html_count.c policy/report/html_count.h \
	policy/report/html_days.c \
	policy/report/html_reports.c \
	policy/report/html_sections.c policy/report/html_sections.h \
	policy/report/html_style.c policy/report/html_style.h \
	policy/report/html_table.c policy/report/html_table.h \
	policy/report/html_text.c policy/report/html_text.h
