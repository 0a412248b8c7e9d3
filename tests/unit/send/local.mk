include tests/unit/send/pack.mk
