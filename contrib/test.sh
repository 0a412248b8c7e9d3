#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# test.sh [full] - install what the tests need, build with warnings as
# errors, run make check and the end-to-end tests. With "full" also: both
# compilers, sanitizers, valgrind, static analysers, make distcheck.
#
# For root on Debian 12. Builds below build/ in the source tree; leaves
# nothing running. Any check that cannot run is a failure, none is skipped.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/contrib/setup.sh"

case ${1:-} in
'') full= ;;
full) full=yes ;;
*)
	echo "usage: sh contrib/test.sh [full]" >&2
	exit 64
	;;
esac

need_root_debian
started=$(date +%s)
mta=$(installed_mta)
case $mta in
'' | postfix) ;;
*) die "the end-to-end tests need Postfix, and $mta is installed: Debian allows one mail transport agent. Run this on another machine or in a container" ;;
esac
# shellcheck disable=SC2086
install_packages $packages_build $packages_run $packages_test postfix \
	libsasl2-modules ${full:+$packages_full}

failed=

# step NAME COMMAND...: run, keep the output, say how it went.
mkdir -p "$top/build"
step() {
	name=$1
	shift
	log=$top/build/$(echo "$name" | tr ' /' '--').log
	begun=$(date +%s)
	printf '== %-44s ' "$name"
	if "$@" >"$log" 2>&1; then
		echo "ok ($(($(date +%s) - begun)) s)"
		return 0
	fi
	echo "FAILED ($(($(date +%s) - begun)) s): $log"
	tail -n 40 "$log"
	failed="$failed $name;"
	return 1
}

# The closing lines of Check and of the scripts, so that one sees what ran.
closing_lines() {
	find "$1/tests" -name '*.log' ! -name test-suite.log | sort |
		while read -r log; do
			grep -hE '^[0-9]+%: Checks: |(^|: )[0-9]+ of [0-9]+|: [0-9]+ inputs replayed|^(layers|style|stored): ' \
				"$log" | sed "s|^|$(basename "$log" .log): |"
		done
}

check_in() {
	make -C "$1" -j"$(nproc)" check
}

say "building with warnings as errors (gcc)"
build_in "$top/build/gcc" --enable-werror --with-pgsql
step "make check" check_in "$top/build/gcc"
closing_lines "$top/build/gcc"
step "end to end" make -C "$top/build/gcc" check-e2e
grep -hE ': [0-9]+ of [0-9]+|^not ok|^FAIL' "$top/build/end-to-end.log"

if [ -n "$full" ]; then
	. "$top/contrib/test-full.sh"
fi

seconds=$(($(date +%s) - started))
if [ -n "$failed" ]; then
	echo "FAILED after $seconds s:$failed"
	exit 1
fi
echo "all tests passed in $seconds s"
