check_PROGRAMS += tests/unit/top/test_top
TESTS += tests/unit/top/test_top
tests_unit_top_test_top_SOURCES = \
	tests/support/signer.c tests/support/signer.h \
	tests/unit/top/bench.c tests/unit/top/bench.h \
	tests/unit/top/sample.c \
	tests/unit/top/suites.h \
	tests/unit/top/test_evaluation.c \
	tests/unit/top/test_limits.c \
	tests/unit/top/test_plan.c \
	tests/unit/top/test_relay.c \
	tests/unit/top/test_render.c \
	tests/unit/top/test_reply.c \
	tests/unit/top/test_saved_message.c \
	tests/unit/top/test_temperror.c \
	tests/unit/top/test_top.c \
	tests/unit/top/test_trouble.c \
	tests/unit/top/test_verdict.c
tests_unit_top_test_top_CFLAGS = $(TEST_CFLAGS)
tests_unit_top_test_top_LDADD = $(POLICY_TEST_LIBS)

# Random worlds with missing answers, judged by sealwax-check and an oracle.
TESTS += tests/unit/top/trouble_worlds.py
EXTRA_DIST += tests/unit/top/trouble_worlds.py tests/support/oracle.py
