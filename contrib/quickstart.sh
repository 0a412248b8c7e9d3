#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# quickstart.sh - see sealwaxd judge real mail on this machine.
#
# For root on Debian 12. Installs what is missing, builds, starts a private
# Postfix, a private name server with a demo zone, and sealwaxd in enforce
# mode; sends demo messages by SMTP, and prints what became of each. The
# machine's own mail system is not touched. Exit status 1 if a row of the
# table is not what it should be.
#
#	--keep	leave it running, and say how to send to it
#	--stop	stop what --keep left running
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/contrib/setup.sh"

usage="usage: sh contrib/quickstart.sh [--keep | --stop]"
for argument; do
	case $argument in
	--keep | --stop | --milter=* | --change=*) ;; # the last two: for tests
	-h | --help)
		echo "$usage"
		exit 0
		;;
	*)
		echo "$usage" >&2
		exit 64
		;;
	esac
done
[ "${1:-}" != --stop ] || exec /usr/bin/python3 "$top/contrib/quickstart.py" --stop

need_root_debian
mta=$(installed_mta)
postfix=postfix
case $mta in
'' | postfix) ;;
*)
	say "$mta is installed here, and Debian allows one mail transport agent:"
	say "sealwaxd is driven by a milter client instead of Postfix"
	postfix=
	;;
esac
# shellcheck disable=SC2086
install_packages $packages_build $packages_run python3-dkim python3-nacl \
	${postfix:+postfix swaks}

say "building (output in build/quickstart/build.log)"
build_in "$top/build/quickstart"
exec /usr/bin/python3 "$top/contrib/quickstart.py" \
	${postfix:+--postfix} "$@"
