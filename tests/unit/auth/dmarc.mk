check_PROGRAMS += tests/unit/auth/test_dmarc
TESTS += tests/unit/auth/test_dmarc
tests_unit_auth_test_dmarc_SOURCES = \
	tests/unit/auth/dmarc_world.c tests/unit/auth/dmarc_world.h \
	tests/unit/auth/test_dmarc.c \
	tests/unit/auth/test_dmarc_align.c \
	tests/unit/auth/test_dmarc_oracle.c \
	tests/unit/auth/test_dmarc_policy.c \
	tests/unit/auth/test_dmarc_record.c \
	tests/unit/auth/test_dmarc_trouble.c \
	tests/unit/auth/test_dmarc_walk.c \
	tests/unit/auth/test_psl.c
tests_unit_auth_test_dmarc_CFLAGS = $(TEST_CFLAGS)
tests_unit_auth_test_dmarc_LDADD = $(POLICY_TEST_LIBS)
EXTRA_DIST += tests/unit/auth/no-suffixes.dat tests/unit/auth/suffixes.dat
