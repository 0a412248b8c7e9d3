# Without libxml2, libcurl and a store: packing needs none of them.
check_PROGRAMS += tests/unit/send/test_pack
TESTS += tests/unit/send/test_pack
tests_unit_send_test_pack_SOURCES = tests/unit/send/test_pack.c
tests_unit_send_test_pack_CFLAGS = $(TEST_CFLAGS)
tests_unit_send_test_pack_LDADD = libwaxtest.a libwaxsend.a libwaxpolicy.a \
	$(ARCHIVE_LIBS) $(CHECK_LIBS)
