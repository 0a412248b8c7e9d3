#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# smoke.sh - the load driver before filters that do nothing: each message gets
# its verdict, and the filter saw what was sent. Times are not looked at.
set -u
here=${srcdir:-.}/tests/bench
bench=${builddir:-.}/tests/bench
place=$(mktemp -d "${TMPDIR:-/tmp}/bench-smoke.XXXXXX") || exit 1
filters=
cleanup() {
	# shellcheck disable=SC2086
	[ -z "$filters" ] || kill $filters 2>/dev/null
	rm -rf "$place"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

failed=0
check() { # WHAT EXPECTED GOT
	[ "$2" = "$3" ] && return
	echo "smoke.sh: $1: expected \"$2\", got \"$3\""
	failed=1
}

# Two messages of one client and one of another; the second has a body of
# three chunks, the third none.
mkdir "$place/msg"
{
	printf 'm1\tmix\ts1\t192.0.2.1\tc1.example\tc1.example\ta@c1.example\tuser@rcpt.example\tmsg/1\t-\n'
	printf 'm2\tmix\ts1\t192.0.2.1\tc1.example\tc1.example\ta@c1.example\tuser@rcpt.example\tmsg/2\t-\n'
	printf 'm3\tsmall\ts2\t2001:db8::1\t-\tc2.example\tb@c2.example\tuser@rcpt.example\tmsg/3\t-\n'
} >"$place/INDEX"
printf 'From: a@c1.example\r\nSubject: one\r\n two\r\n\r\nHello\r\n' >"$place/msg/1"
{
	printf 'From: a@c1.example\r\n\r\n'
	head -c 150000 /dev/zero | tr '\0' x
	printf '\r\n'
} >"$place/msg/2"
printf 'From: b@c2.example\r\nTo: user@rcpt.example\r\n\r\n' >"$place/msg/3"
octets=150009

start() { # NAME MODE SOCKET
	"$bench/noop" "$2" "$3" >"$place/$1.out" &
	eval "$1=$!"
	filters="$filters $!"
}
# A connection wakes libmilter's listener, which looks every 5 s only. It says
# nothing: if it comes too early, it must not count.
stop() { # NAME
	eval "kill \$$1"
	sleep 0.1
	/usr/bin/python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$place/$1"
	eval "wait \$$1"
}
await() { # PATH
	tries=0
	until [ -S "$1" ] || [ $tries = 200 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
}

start floor noreply "unix:$place/floor"
start all default "unix:$place/all"
start mark mark "unix:$place/mark"
for name in floor all mark; do
	await "$place/$name"
done

load() {
	"$bench/load" -t 60 "$@" >"$place/load.out"
	check "exit status with $*" 0 $?
}
saw() { # FIELDS
	echo "connects $1 messages $2 fields $3 octets $4 ends $2"
}

load -v "$place/verdicts" "$place" "unix:$place/floor"
check "verdicts" "m1 accept 0  m2 accept 0  m3 accept 0  " \
	"$(tr '\t\n' '  ' <"$place/verdicts")"
load -c 7 -n 3000 "$place" "unix:$place/all"
check "messages of 7 clients" 1 \
	"$(grep -c '"messages":3000,"errors":0,"changed":0' "$place/load.out")"
# A chain: the second filter sees the field that the first one inserted.
load -v "$place/verdicts" "$place" "unix:$place/mark" "unix:$place/floor"
check "verdict of a chain" \
	"m3 accept 0 mx.rcpt.example; spf=none" \
	"$(tail -n 1 "$place/verdicts" | tr '\t' ' ')"
load -s small -n 2 "$place" "unix:$place/mark"
stop floor
stop all
stop mark
check "noreply" "$(saw 4 6 $((5 + 8)) $((2 * octets)))" \
	"$(cat "$place/floor.out")"
check "default" "$(saw 2000 3000 5000 $((1000 * octets)))" \
	"$(cat "$place/all.out")"
check "mark" "$(saw 4 5 9 $octets)" "$(cat "$place/mark.out")"
"$bench/load" -t 5 "$place" "unix:$place/floor" >"$place/load.out" 2>&1
check "exit status without a filter" 1 $?
filters=
[ $failed = 0 ] && echo "smoke.sh: 5 of 5 runs as expected"
exit $failed
