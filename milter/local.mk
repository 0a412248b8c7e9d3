include milter/sys/local.mk
include milter/conf/local.mk
include milter/resolver/local.mk
include milter/send/local.mk
include milter/store/local.mk
include milter/session/local.mk
include milter/cmd/local.mk
