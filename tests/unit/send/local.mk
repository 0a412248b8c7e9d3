include tests/unit/send/pack.mk
include tests/unit/send/unmail.mk
