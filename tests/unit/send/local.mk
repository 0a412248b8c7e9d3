include tests/unit/send/pack.mk
include tests/unit/send/send.mk
include tests/unit/send/unmail.mk
