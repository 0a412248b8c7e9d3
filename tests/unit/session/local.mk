# The session room, and what its tests and others' need of a mail system.
check_PROGRAMS += tests/support/acceptall
tests_support_acceptall_SOURCES = tests/support/acceptall.c
tests_support_acceptall_LDADD = $(MILTER_LIBS)
EXTRA_DIST += tests/support/miltertest.py
