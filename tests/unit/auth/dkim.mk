# Signing for tests; dkimsign is for the corpus of scenarios, too.
check_PROGRAMS += tests/support/dkimsign
tests_support_dkimsign_SOURCES = tests/support/dkimsign.c \
	tests/support/signer.c tests/support/signer.h
tests_support_dkimsign_LDADD = libwaxpolicy.a $(CRYPTO_LIBS)

# Test keys only: their private halves are public.
EXTRA_DIST += \
	tests/support/keys/ed25519.pem \
	tests/support/keys/other-ed25519.pem \
	tests/support/keys/other-rsa2048.pem \
	tests/support/keys/records.txt \
	tests/support/keys/rsa1023.pem \
	tests/support/keys/rsa1024.pem \
	tests/support/keys/rsa2048.pem \
	tests/support/keys/rsa4096.pem \
	tests/support/keys/rsa512.pem

check_PROGRAMS += tests/unit/auth/test_dkim
TESTS += tests/unit/auth/test_dkim
tests_unit_auth_test_dkim_SOURCES = \
	tests/support/signer.c tests/support/signer.h \
	tests/unit/auth/dkim_judge.c tests/unit/auth/dkim_judge.h \
	tests/unit/auth/test_canon.c \
	tests/unit/auth/test_dkim.c \
	tests/unit/auth/test_dkim_keys.c \
	tests/unit/auth/test_dkim_library.c \
	tests/unit/auth/test_dkim_many.c \
	tests/unit/auth/test_dkim_rfc.c \
	tests/unit/auth/test_dkim_signature.c \
	tests/unit/auth/test_dkim_vectors.c \
	tests/unit/auth/test_engines.c \
	tests/unit/auth/test_keyrec.c \
	tests/unit/auth/test_signed_fields.c \
	tests/unit/auth/test_signer.c
tests_unit_auth_test_dkim_CFLAGS = $(TEST_CFLAGS)
tests_unit_auth_test_dkim_LDADD = $(POLICY_TEST_LIBS)
