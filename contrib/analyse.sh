#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# analyse.sh - the static analysers over policy/ and milter/. Exit status 1
# if either complains.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0

# cppcheck does not read system headers; the lists of sys/queue.h are syntax.
queue=$(echo '#include <sys/queue.h>' | cc -E -M - | tr ' ' '\n' | grep 'sys/queue.h')
cppcheck -q --std=c11 --enable=warning,portability --inline-suppr \
	--error-exitcode=1 --suppress=normalCheckLevelMaxBranches \
	-j "$(nproc)" --include="$queue" -I . -D__linux__ policy milter || bad=1

# Their headers are not where the compiler looks by itself.
flags=$(pkg-config --cflags libpq libxml-2.0) || bad=1
export flags
find policy milter -name '*.c' | sort |
	xargs -P "$(nproc)" -n 4 sh -c 'clang-tidy-14 --quiet \
		--warnings-as-errors="*" "$@" -- -I. -D_GNU_SOURCE \
		-DPACKAGE_VERSION="\"0\"" -DPACKAGE_NAME="\"sealwax\"" \
		-std=gnu11 $flags 2>/dev/null' sh || bad=1
exit $bad
