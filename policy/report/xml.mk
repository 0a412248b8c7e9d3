libwaxpolicy_a_SOURCES += \
	policy/report/xml.c policy/report/xml.h \
	policy/report/xml_impl.h \
	policy/report/xml_reading.c \
	policy/report/xml_rules.c \
	policy/report/xml_text.c

# The schema is installed for everybody's tools, and built in: as a C string.
dist_pkgdata_DATA = policy/report/dmarc-2.0.rng
nodist_libwaxpolicy_a_SOURCES = policy/report/xml_schema.c
CLEANFILES += policy/report/xml_schema.c
policy/report/xml_schema.c: policy/report/dmarc-2.0.rng policy/report/xml.mk
	$(AM_V_GEN)$(MKDIR_P) policy/report && { \
		echo '/* SPDX-License-Identifier: BSD-2-Clause */' && \
		echo '/* Made from policy/report/dmarc-2.0.rng. */' && \
		echo '/* clang-format off */' && \
		echo '#include "policy/report/xml_impl.h"' && \
		echo 'const char wax_xml_schema[] =' && \
		$(SED) 's/[\\"]/\\&/g; s/.*/"&\\n"/' \
			$(srcdir)/policy/report/dmarc-2.0.rng && \
		echo ';' && \
		echo 'const size_t wax_xml_schema_bytes = sizeof wax_xml_schema - 1;'; \
	} > $@.tmp && mv $@.tmp $@
