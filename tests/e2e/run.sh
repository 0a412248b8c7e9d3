#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh BUILD_DIRECTORY - all end-to-end tests, one after the other. For
# root: Postfix starts as root. Exit status 1 if any failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
[ "$(id -u)" = 0 ] || {
	echo "run.sh: the end-to-end tests need root" >&2
	exit 1
}
failed=0
run() {
	script=$1
	shift
	/usr/bin/python3 "$here/$script" "$@" "$build" || {
		echo "FAIL: $script $*"
		failed=1
	}
}
run corpus.py
run corpus.py --chroot --ipv6-dns --only '[c-z]*'
run corpus.py --sendmail "$build/sendmail"
run drills.py
run drills.py --sendmail "$build/sendmail"
run trouble.py
run attach.py
run route.py
run route.py --backup sendmail "$build/sendmail"
run route.py --backup exim "$build/exim"
run domain.py
run recipes.py
run report.py
run bounces.py
run bounces.py --sendmail "$build/sendmail"
run quickstart_test.py
run worst_mail.py
run overload.py
run kill_drill.py
run fleet.py
run postgresql_tls.py
run faults.py
run send_faults.py
run html_test.py
run parsers.py
exit $failed
