# The corpus of scenarios and its first two drivers: see README.md here.
EXTRA_DIST += tests/scenarios/README.md tests/scenarios/base.conf \
	tests/scenarios/check.py

check_PROGRAMS += tests/scenarios/corpus
TESTS += tests/scenarios/corpus tests/scenarios/check.py
tests_scenarios_corpus_SOURCES = \
	tests/scenarios/corpus.c \
	tests/scenarios/judge.c \
	tests/scenarios/scenario.c tests/scenarios/scenario.h
tests_scenarios_corpus_CFLAGS = $(TEST_CFLAGS)
tests_scenarios_corpus_LDADD = libwaxconf.a libwaxsys.a libwaxpolicy.a \
	$(POLICY_LIBS) $(CONFIG_LIBS) $(CHECK_LIBS)

# Each scenario; check.py looks that none is forgotten.
EXTRA_DIST += \
	tests/scenarios/authenticated \
	tests/scenarios/authres-forged \
	tests/scenarios/authres-forged-spoof \
	tests/scenarios/dkim-ed25519-broken \
	tests/scenarios/dkim-ed25519-pass \
	tests/scenarios/dkim-rsa-broken \
	tests/scenarios/dkim-rsa-pass \
	tests/scenarios/forged-list-id \
	tests/scenarios/from-twice \
	tests/scenarios/from-two-addresses \
	tests/scenarios/from-two-domains \
	tests/scenarios/garbage-selector \
	tests/scenarios/garbage-signature \
	tests/scenarios/helo-pass-does-not-count \
	tests/scenarios/internal-network \
	tests/scenarios/list-changes-subject \
	tests/scenarios/list-id-elsewhere \
	tests/scenarios/list-keeps-subject \
	tests/scenarios/list-own-dkim \
	tests/scenarios/null-sender \
	tests/scenarios/null-sender-helo \
	tests/scenarios/null-sender-other-helo \
	tests/scenarios/originating-daemon \
	tests/scenarios/spf-aligned \
	tests/scenarios/spoof-own-dkim \
	tests/scenarios/spoof-own-dkim-list-id \
	tests/scenarios/spoof-own-spf \
	tests/scenarios/spoof-plain \
	tests/scenarios/srs-forwarder \
	tests/scenarios/srs-of-another
