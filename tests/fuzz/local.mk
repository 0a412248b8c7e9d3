# Fuzz targets. Each is one file tests/fuzz/fuzz_NAME.c with its seeds in
# tests/fuzz/corpus/NAME, and makes two programs:
#	replay_NAME	replays the seeds; part of make check
#	fuzz_NAME	with libFuzzer, if configured with --enable-fuzzing and
#			CC=clang: make fuzz-targets, make fuzz FUZZ_SECONDS=60
# tests/fuzz/README.md tells more.

FUZZ_NAMES = answer authres canon config dkim dmarc_record domain domain_check \
	evaluation \
	from html import keyrec packet received report_line reverse_path rua \
	saved_message spf_engines spf_macro spf_record taglist unmail unpack walk \
	xml_read zone

FUZZ_LIBS = libwaxpolicy.a $(POLICY_LIBS)
FUZZ_CONFIG_LIBS = libwaxconf.a libwaxsys.a $(FUZZ_LIBS) $(CONFIG_LIBS)
FUZZ_RESOLVER_LIBS = libwaxresolver.a $(FUZZ_LIBS)
FUZZ_REPLAYS = tests/fuzz/replay_answer tests/fuzz/replay_authres \
	tests/fuzz/replay_canon tests/fuzz/replay_config \
	tests/fuzz/replay_dkim tests/fuzz/replay_dmarc_record \
	tests/fuzz/replay_domain tests/fuzz/replay_evaluation \
	tests/fuzz/replay_from tests/fuzz/replay_html \
	tests/fuzz/replay_import \
	tests/fuzz/replay_keyrec \
	tests/fuzz/replay_packet tests/fuzz/replay_received \
	tests/fuzz/replay_report_line \
	tests/fuzz/replay_reverse_path \
	tests/fuzz/replay_rua tests/fuzz/replay_domain_check \
	tests/fuzz/replay_saved_message tests/fuzz/replay_spf_engines \
	tests/fuzz/replay_spf_macro tests/fuzz/replay_spf_record \
	tests/fuzz/replay_taglist tests/fuzz/replay_unmail \
	tests/fuzz/replay_unpack tests/fuzz/replay_walk \
	tests/fuzz/replay_xml_read tests/fuzz/replay_zone
FUZZERS = tests/fuzz/fuzz_answer tests/fuzz/fuzz_authres \
	tests/fuzz/fuzz_canon tests/fuzz/fuzz_config tests/fuzz/fuzz_dkim \
	tests/fuzz/fuzz_dmarc_record tests/fuzz/fuzz_domain \
	tests/fuzz/fuzz_evaluation tests/fuzz/fuzz_from \
	tests/fuzz/fuzz_html tests/fuzz/fuzz_import \
	tests/fuzz/fuzz_keyrec tests/fuzz/fuzz_packet \
	tests/fuzz/fuzz_received tests/fuzz/fuzz_report_line \
	tests/fuzz/fuzz_reverse_path tests/fuzz/fuzz_rua \
	tests/fuzz/fuzz_domain_check \
	tests/fuzz/fuzz_saved_message \
	tests/fuzz/fuzz_spf_engines tests/fuzz/fuzz_spf_macro \
	tests/fuzz/fuzz_spf_record tests/fuzz/fuzz_taglist \
	tests/fuzz/fuzz_unmail tests/fuzz/fuzz_unpack \
	tests/fuzz/fuzz_walk tests/fuzz/fuzz_xml_read tests/fuzz/fuzz_zone

check_PROGRAMS += $(FUZZ_REPLAYS)
TESTS += $(FUZZ_REPLAYS)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/dict tests/fuzz/planted \
	tests/fuzz/README.md tests/fuzz/run tests/fuzz/coverage

tests_fuzz_replay_authres_SOURCES = tests/fuzz/fuzz_authres.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_authres_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_domain_SOURCES = tests/fuzz/fuzz_domain.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_domain_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_domain_check_SOURCES = tests/fuzz/fuzz_domain_check.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h \
	tests/support/spf_agree.c tests/support/spf_agree.h
tests_fuzz_replay_domain_check_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_from_SOURCES = tests/fuzz/fuzz_from.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_from_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_received_SOURCES = tests/fuzz/fuzz_received.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_received_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_report_line_SOURCES = tests/fuzz/fuzz_report_line.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_report_line_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_reverse_path_SOURCES = tests/fuzz/fuzz_reverse_path.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_reverse_path_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_rua_SOURCES = tests/fuzz/fuzz_rua.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_rua_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_spf_engines_SOURCES = tests/fuzz/fuzz_spf_engines.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h \
	tests/support/recording.c tests/support/recording.h \
	tests/support/spf_world.c tests/support/spf_world.h
tests_fuzz_replay_spf_engines_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_spf_macro_SOURCES = tests/fuzz/fuzz_spf_macro.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_spf_macro_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_spf_record_SOURCES = tests/fuzz/fuzz_spf_record.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_spf_record_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_taglist_SOURCES = tests/fuzz/fuzz_taglist.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_taglist_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_dmarc_record_SOURCES = tests/fuzz/fuzz_dmarc_record.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_dmarc_record_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_walk_SOURCES = tests/fuzz/fuzz_walk.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_walk_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_config_SOURCES = tests/fuzz/fuzz_config.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_config_LDADD = $(FUZZ_CONFIG_LIBS)
tests_fuzz_replay_import_SOURCES = tests/fuzz/fuzz_import.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_import_LDADD = $(FUZZ_CONFIG_LIBS)

DKIM_FUZZ_INPUT = tests/fuzz/dkim_input.c tests/fuzz/dkim_input.h
tests_fuzz_replay_canon_SOURCES = tests/fuzz/fuzz_canon.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h $(DKIM_FUZZ_INPUT) \
	tests/support/signer.c tests/support/signer.h
tests_fuzz_replay_canon_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_dkim_SOURCES = tests/fuzz/fuzz_dkim.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h $(DKIM_FUZZ_INPUT)
tests_fuzz_replay_dkim_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_html_SOURCES = tests/fuzz/fuzz_html.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h \
	tests/support/page.c tests/support/page.h
tests_fuzz_replay_html_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_keyrec_SOURCES = tests/fuzz/fuzz_keyrec.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_keyrec_LDADD = $(FUZZ_LIBS)

tests_fuzz_replay_evaluation_SOURCES = tests/fuzz/fuzz_evaluation.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_evaluation_LDADD = $(FUZZ_LIBS)

tests_fuzz_replay_answer_SOURCES = tests/fuzz/fuzz_answer.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_answer_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_packet_SOURCES = tests/fuzz/fuzz_packet.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_packet_LDADD = $(FUZZ_RESOLVER_LIBS)
tests_fuzz_replay_saved_message_SOURCES = tests/fuzz/fuzz_saved_message.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_saved_message_LDADD = $(FUZZ_LIBS)
tests_fuzz_replay_zone_SOURCES = tests/fuzz/fuzz_zone.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_zone_LDADD = $(FUZZ_LIBS)

tests_fuzz_replay_unpack_SOURCES = tests/fuzz/fuzz_unpack.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_unpack_LDADD = libwaxsend.a libwaxpolicy.a $(ARCHIVE_LIBS)
tests_fuzz_replay_xml_read_SOURCES = tests/fuzz/fuzz_xml_read.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h \
	tests/support/same_report.c tests/support/same_report.h
tests_fuzz_replay_xml_read_LDADD = $(FUZZ_LIBS) $(XML2_LIBS)
tests_fuzz_replay_unmail_SOURCES = tests/fuzz/fuzz_unmail.c \
	tests/fuzz/standalone.c tests/fuzz/fuzz.h
tests_fuzz_replay_unmail_LDADD = libwaxsend.a libwaxpolicy.a

FUZZ_SECONDS = 60
if FUZZING
EXTRA_PROGRAMS = $(FUZZERS)
CLEANFILES += $(FUZZERS)
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer

tests_fuzz_fuzz_authres_SOURCES = tests/fuzz/fuzz_authres.c
tests_fuzz_fuzz_authres_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_authres_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_domain_SOURCES = tests/fuzz/fuzz_domain.c
tests_fuzz_fuzz_domain_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_domain_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_from_SOURCES = tests/fuzz/fuzz_from.c
tests_fuzz_fuzz_from_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_from_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_received_SOURCES = tests/fuzz/fuzz_received.c
tests_fuzz_fuzz_received_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_received_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_report_line_SOURCES = tests/fuzz/fuzz_report_line.c
tests_fuzz_fuzz_report_line_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_report_line_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_reverse_path_SOURCES = tests/fuzz/fuzz_reverse_path.c
tests_fuzz_fuzz_reverse_path_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_reverse_path_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_domain_check_SOURCES = tests/fuzz/fuzz_domain_check.c \
	tests/support/spf_agree.c
tests_fuzz_fuzz_domain_check_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_domain_check_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_rua_SOURCES = tests/fuzz/fuzz_rua.c
tests_fuzz_fuzz_rua_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_rua_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_spf_engines_SOURCES = tests/fuzz/fuzz_spf_engines.c \
	tests/support/recording.c tests/support/spf_world.c
tests_fuzz_fuzz_spf_engines_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_spf_engines_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_spf_macro_SOURCES = tests/fuzz/fuzz_spf_macro.c
tests_fuzz_fuzz_spf_macro_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_spf_macro_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_spf_record_SOURCES = tests/fuzz/fuzz_spf_record.c
tests_fuzz_fuzz_spf_record_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_spf_record_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_taglist_SOURCES = tests/fuzz/fuzz_taglist.c
tests_fuzz_fuzz_taglist_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_taglist_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dmarc_record_SOURCES = tests/fuzz/fuzz_dmarc_record.c
tests_fuzz_fuzz_dmarc_record_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_dmarc_record_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_walk_SOURCES = tests/fuzz/fuzz_walk.c
tests_fuzz_fuzz_walk_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_walk_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c
tests_fuzz_fuzz_config_LDADD = $(FUZZ_CONFIG_LIBS)
tests_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_import_SOURCES = tests/fuzz/fuzz_import.c
tests_fuzz_fuzz_import_LDADD = $(FUZZ_CONFIG_LIBS)
tests_fuzz_fuzz_import_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_canon_SOURCES = tests/fuzz/fuzz_canon.c \
	$(DKIM_FUZZ_INPUT) tests/support/signer.c tests/support/signer.h
tests_fuzz_fuzz_canon_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_canon_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dkim_SOURCES = tests/fuzz/fuzz_dkim.c $(DKIM_FUZZ_INPUT)
tests_fuzz_fuzz_dkim_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_dkim_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_html_SOURCES = tests/fuzz/fuzz_html.c tests/support/page.c
tests_fuzz_fuzz_html_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_html_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_keyrec_SOURCES = tests/fuzz/fuzz_keyrec.c
tests_fuzz_fuzz_keyrec_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_keyrec_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_evaluation_SOURCES = tests/fuzz/fuzz_evaluation.c
tests_fuzz_fuzz_evaluation_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_evaluation_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_answer_SOURCES = tests/fuzz/fuzz_answer.c
tests_fuzz_fuzz_answer_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_answer_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_packet_SOURCES = tests/fuzz/fuzz_packet.c
tests_fuzz_fuzz_packet_LDADD = $(FUZZ_RESOLVER_LIBS)
tests_fuzz_fuzz_packet_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_saved_message_SOURCES = tests/fuzz/fuzz_saved_message.c
tests_fuzz_fuzz_saved_message_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_saved_message_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_zone_SOURCES = tests/fuzz/fuzz_zone.c
tests_fuzz_fuzz_zone_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_zone_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_unpack_SOURCES = tests/fuzz/fuzz_unpack.c
tests_fuzz_fuzz_unpack_LDADD = libwaxsend.a libwaxpolicy.a $(ARCHIVE_LIBS)
tests_fuzz_fuzz_unpack_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_xml_read_SOURCES = tests/fuzz/fuzz_xml_read.c \
	tests/support/same_report.c
tests_fuzz_fuzz_xml_read_LDADD = $(FUZZ_LIBS) $(XML2_LIBS)
tests_fuzz_fuzz_xml_read_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_unmail_SOURCES = tests/fuzz/fuzz_unmail.c
tests_fuzz_fuzz_unmail_LDADD = libwaxsend.a libwaxpolicy.a
tests_fuzz_fuzz_unmail_LDFLAGS = $(FUZZ_LINK)

fuzz-targets: $(FUZZERS)

# What is found is kept below fuzz-corpus of the build directory.
fuzz: fuzz-targets
	srcdir='$(srcdir)' $(srcdir)/tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_NAMES)
else
fuzz-targets fuzz:
	@echo "$@: configure with --enable-fuzzing and CC=clang" >&2; exit 1
endif

# How much of the parsers the seeds reach, in a build of its own.
fuzz-coverage:
	srcdir='$(srcdir)' $(srcdir)/tests/fuzz/coverage $(FUZZ_NAMES)

# Whether each target finds the bug that its patch plants.
fuzz-planted:
	$(srcdir)/tests/fuzz/planted/run $(FUZZ_NAMES)

.PHONY: fuzz fuzz-coverage fuzz-planted fuzz-targets
