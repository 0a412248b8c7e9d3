noinst_LIBRARIES += libwaxpolicy.a
libwaxpolicy_a_SOURCES = \
	policy/evaluation.h \
	policy/facts.h \
	policy/forged.h \
	policy/local_policy.c policy/local_policy.h \
	policy/plan.h \
	policy/render.h \
	policy/results.h \
	policy/verdict.h

include policy/base/local.mk
include policy/mail/local.mk
include policy/dns/local.mk
include policy/auth/local.mk
