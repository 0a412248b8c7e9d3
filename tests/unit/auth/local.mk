include tests/unit/auth/spf.mk
include tests/unit/auth/dkim.mk
include tests/unit/auth/dmarc.mk
