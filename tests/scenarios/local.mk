# The corpus of scenarios and its first two drivers: see README.md here.
EXTRA_DIST += tests/scenarios/README.md tests/scenarios/base.conf \
	tests/scenarios/check.py tests/scenarios/program.py

check_PROGRAMS += tests/scenarios/corpus
TESTS += tests/scenarios/corpus tests/scenarios/check.py \
	tests/scenarios/program.py
tests_scenarios_corpus_SOURCES = \
	tests/scenarios/corpus.c \
	tests/scenarios/judge.c \
	tests/scenarios/scenario.c tests/scenarios/scenario.h
tests_scenarios_corpus_CFLAGS = $(TEST_CFLAGS)
tests_scenarios_corpus_LDADD = libwaxconf.a libwaxsys.a libwaxpolicy.a \
	$(POLICY_LIBS) $(CONFIG_LIBS) $(CHECK_LIBS)

# Each scenario; check.py looks that none is forgotten.
EXTRA_DIST += \
	tests/scenarios/align-dkim-relaxed \
	tests/scenarios/align-dkim-strict \
	tests/scenarios/align-own-organization \
	tests/scenarios/align-spf-relaxed \
	tests/scenarios/align-spf-strict \
	tests/scenarios/align-suffix-of-labels \
	tests/scenarios/align-suffix-of-text \
	tests/scenarios/authenticated \
	tests/scenarios/authres-forged \
	tests/scenarios/authres-forged-spoof \
	tests/scenarios/bad-from-accepted \
	tests/scenarios/big-message \
	tests/scenarios/big-message-changed \
	tests/scenarios/client-ipv6 \
	tests/scenarios/client-ipv6-other \
	tests/scenarios/dkim-ed25519-broken \
	tests/scenarios/dkim-ed25519-pass \
	tests/scenarios/dkim-expired \
	tests/scenarios/dkim-key-revoked \
	tests/scenarios/dkim-key-servfail \
	tests/scenarios/dkim-rsa-broken \
	tests/scenarios/dkim-rsa-pass \
	tests/scenarios/dkim-sha1 \
	tests/scenarios/dkim-temperror-as-configured \
	tests/scenarios/dkim-two-one-broken \
	tests/scenarios/dkim-two-signatures \
	tests/scenarios/forged-list-id \
	tests/scenarios/from-twice \
	tests/scenarios/from-two-addresses \
	tests/scenarios/from-two-domains \
	tests/scenarios/garbage-selector \
	tests/scenarios/garbage-signature \
	tests/scenarios/helo-pass-does-not-count \
	tests/scenarios/internal-network \
	tests/scenarios/limit-fields \
	tests/scenarios/limit-fields-just-below \
	tests/scenarios/limit-never-softens \
	tests/scenarios/list-changes-subject \
	tests/scenarios/list-id-elsewhere \
	tests/scenarios/list-keeps-subject \
	tests/scenarios/list-own-dkim \
	tests/scenarios/mode-enforce \
	tests/scenarios/mode-monitor \
	tests/scenarios/null-sender \
	tests/scenarios/null-sender-helo \
	tests/scenarios/null-sender-other-helo \
	tests/scenarios/on-dkim-fail-reject \
	tests/scenarios/on-dkim-fail-unsigned \
	tests/scenarios/on-reject-always \
	tests/scenarios/on-reject-quarantine \
	tests/scenarios/on-spf-fail-dmarc-fail \
	tests/scenarios/on-spf-fail-dmarc-pass \
	tests/scenarios/on-spf-fail-reject \
	tests/scenarios/originating-daemon \
	tests/scenarios/policy-junk-beside \
	tests/scenarios/policy-missing \
	tests/scenarios/policy-none \
	tests/scenarios/policy-np \
	tests/scenarios/policy-np-exists \
	tests/scenarios/policy-np-reject \
	tests/scenarios/policy-pct-ignored \
	tests/scenarios/policy-quarantine \
	tests/scenarios/policy-reject \
	tests/scenarios/policy-servfail \
	tests/scenarios/policy-sp \
	tests/scenarios/policy-test-mode \
	tests/scenarios/policy-two-records \
	tests/scenarios/spf-aligned \
	tests/scenarios/spf-many-lookups \
	tests/scenarios/spf-neutral \
	tests/scenarios/spf-none \
	tests/scenarios/spf-permerror \
	tests/scenarios/spf-softfail \
	tests/scenarios/spf-temperror \
	tests/scenarios/spf-temperror-cannot-align \
	tests/scenarios/spf-temperror-could-be-list \
	tests/scenarios/spf-temperror-dkim-broken \
	tests/scenarios/spf-temperror-dkim-pass \
	tests/scenarios/spf-temperror-policy-none \
	tests/scenarios/spf-ten-lookups \
	tests/scenarios/spoof-own-dkim \
	tests/scenarios/spoof-own-dkim-list-id \
	tests/scenarios/spoof-own-spf \
	tests/scenarios/spoof-plain \
	tests/scenarios/srs-forwarder \
	tests/scenarios/srs-of-another
