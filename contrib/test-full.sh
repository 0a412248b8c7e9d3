# SPDX-License-Identifier: BSD-2-Clause
# test-full.sh - sourced by test.sh: what "full" adds.

say "building with clang"
build_in "$top/build/clang" --enable-werror --with-pgsql CC=clang-14
step "make check (clang)" check_in "$top/build/clang"

say "building with AddressSanitizer and UndefinedBehaviorSanitizer"
build_in "$top/build/sanitized" --enable-werror --enable-sanitizers --with-pgsql \
	CFLAGS="-g -O1"
step "make check (sanitizers)" check_in "$top/build/sanitized"
step "every fault" /usr/bin/python3 "$top/tests/e2e/faults.py" --all \
	"$top/build/gcc"
grep -hE '^(not ok|journal|import)' "$top/build/every-fault.log"
step "every fault of sending" /usr/bin/python3 \
	"$top/tests/e2e/send_faults.py" --all "$top/build/gcc"
grep -hE '^(not ok|send)' "$top/build/every-fault-of-sending.log"
step "a long outage of PostgreSQL" /usr/bin/python3 \
	"$top/tests/e2e/fleet.py" --outage 180 "$top/build/gcc"
grep -hE '^(not )?ok .*outage' "$top/build/a-long-outage-of-PostgreSQL.log"
step "under systemd" /usr/bin/python3 "$top/tests/e2e/systemd_test.py" \
	"$top/build/gcc"
grep -hE '^(not ok|systemd)' "$top/build/under-systemd.log"
step "end to end (sanitizers)" make -C "$top/build/sanitized" check-e2e

say "building with ThreadSanitizer"
build_in "$top/build/threads" --enable-werror --enable-sanitizers=thread --with-pgsql \
	CFLAGS="-g -O1"
step "make check (threads)" make -C "$top/build/threads" -j2 check-threads

say "building the fuzz targets"
build_in "$top/build/fuzz" --enable-werror --enable-fuzzing --enable-sanitizers \
	CC=clang-14 CFLAGS="-g -O1"
step "fuzz targets" make -C "$top/build/fuzz" -j"$(nproc)" fuzz-targets
step "fuzz 10 s each" make -C "$top/build/fuzz" fuzz FUZZ_SECONDS=10
grep '^fuzz' "$top/build/fuzz-10-s-each.log"
step "fuzz coverage" make -C "$top/build/fuzz" fuzz-coverage
grep -E '^policy/[a-z]* ' "$top/build/fuzz-coverage.log"
step "planted bugs" make -C "$top/build/fuzz" fuzz-planted
grep '^planted: ' "$top/build/planted-bugs.log"

# Every unit test of the plain build, with nothing lost and nothing unset.
# test_sys_log is not among them: its cases need processes of their own, and
# one takes away the descriptors that valgrind needs. The sanitizers see it.
under_valgrind() {
	bad=0
	for program in "$top"/build/gcc/tests/unit/*/test_*; do
		case $program in
		*.* | */test_sys_log) continue ;;
		esac
		[ -x "$program" ] || continue
		(cd "$top/build/gcc" && CK_FORK=no CK_DEFAULT_TIMEOUT=0 \
			srcdir="$top" builddir=. \
			valgrind -q --error-exitcode=9 --leak-check=full --num-callers=40 \
			--errors-for-leak-kinds=definite,indirect \
			--suppressions="$top/tests/support/valgrind.supp" \
			"$program") || {
			echo "valgrind: $program"
			bad=1
		}
	done
	return $bad
}
step "valgrind" under_valgrind

step "static analysis" sh "$top/contrib/analyse.sh"

step "mutants" sh "$top/tests/mutants/run"
grep -hE '^mutants: |^not ok' "$top/build/mutants.log"

step "make distcheck" make -C "$top/build/gcc" distcheck
