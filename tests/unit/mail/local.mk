check_PROGRAMS += tests/unit/mail/test_mail
TESTS += tests/unit/mail/test_mail
tests_unit_mail_test_mail_SOURCES = \
	tests/unit/mail/suites.h \
	tests/unit/mail/test_abnf.c \
	tests/unit/mail/test_address.c \
	tests/unit/mail/test_authres.c \
	tests/unit/mail/test_authres_claims.c \
	tests/unit/mail/test_domain.c \
	tests/unit/mail/test_field.c \
	tests/unit/mail/test_mail.c \
	tests/unit/mail/test_received.c \
	tests/unit/mail/test_reverse_path.c \
	tests/unit/mail/test_taglist.c
tests_unit_mail_test_mail_CFLAGS = $(TEST_CFLAGS)
tests_unit_mail_test_mail_LDADD = $(POLICY_TEST_LIBS)
