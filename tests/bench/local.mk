# What speed is measured with: README.md there.
EXTRA_DIST += tests/bench/README.md \
	tests/bench/bench.py \
	tests/bench/corpus.py \
	tests/bench/filters.py \
	tests/bench/namespace.py \
	tests/bench/smoke.sh

# As root. BENCH_OPTIONS: those of bench.py.
bench: sealwaxd $(BENCH_TOOLS)
	$(PYTHON3) $(srcdir)/tests/bench/bench.py $(BENCH_OPTIONS) $(builddir)
bench-quick: sealwaxd $(BENCH_TOOLS)
	$(PYTHON3) $(srcdir)/tests/bench/bench.py --quick $(BENCH_OPTIONS) \
		$(builddir)
.PHONY: bench bench-quick

BENCH_TOOLS = tests/bench/load tests/bench/noop tests/bench/dnsdelay
check_PROGRAMS += $(BENCH_TOOLS)

# An MTA's side of the milter protocol, many connections at once.
tests_bench_load_SOURCES = tests/bench/load.c \
	tests/bench/client.c tests/bench/client.h \
	tests/bench/corpus.c tests/bench/corpus.h \
	tests/bench/peer.c tests/bench/peer.h \
	tests/bench/tally.c tests/bench/tally.h

# The floor: a filter that does nothing.
tests_bench_noop_SOURCES = tests/bench/noop.c
tests_bench_noop_LDADD = $(MILTER_LIBS)

# A name server that is far away.
tests_bench_dnsdelay_SOURCES = tests/bench/dnsdelay.c

TESTS += tests/bench/smoke.sh
