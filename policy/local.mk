noinst_LIBRARIES += libwaxpolicy.a
libwaxpolicy_a_SOURCES = \
	policy/evaluation.c policy/evaluation.h \
	policy/facts.h \
	policy/forged.c policy/forged.h \
	policy/local_policy.c policy/local_policy.h \
	policy/log_items.c policy/log_items.h \
	policy/mediator.c policy/mediator.h \
	policy/plan.c policy/plan.h \
	policy/relay.c policy/relay.h \
	policy/render.c policy/render.h \
	policy/render_json.c \
	policy/render_log.c \
	policy/reply.c policy/reply.h \
	policy/results.h \
	policy/saved_message.c policy/saved_message.h \
	policy/verdict.c policy/verdict.h

EXTRA_DIST += policy/README.md

include policy/base/local.mk
include policy/mail/local.mk
include policy/dns/local.mk
include policy/auth/local.mk
include policy/check/local.mk
include policy/report/local.mk
