libwaxpolicy_a_SOURCES += \
	policy/check/catalogue.c \
	policy/check/dkim_keys.c policy/check/dkim_keys.h \
	policy/check/dmarc_draft.c policy/check/dmarc_draft.h \
	policy/check/dmarc_findings.c \
	policy/check/dmarc_names.c \
	policy/check/dmarc_view.c policy/check/dmarc_view.h \
	policy/check/dmarc_view_impl.h \
	policy/check/domain_check.c policy/check/domain_check.h \
	policy/check/finding.c policy/check/finding.h \
	policy/check/plain.c policy/check/plain.h \
	policy/check/ours.c policy/check/ours.h \
	policy/check/publish.c \
	policy/check/route.c policy/check/route.h \
	policy/check/route_host.c policy/check/route_impl.h \
	policy/check/servers.c policy/check/servers.h \
	policy/check/spf_allowed.c \
	policy/check/spf_ask.c \
	policy/check/spf_judge.c \
	policy/check/spf_repair.c policy/check/spf_repair.h \
	policy/check/spf_spare.c \
	policy/check/spf_tree.c policy/check/spf_tree.h \
	policy/check/spf_tree_impl.h
