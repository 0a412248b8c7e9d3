#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# attach-postfix.sh - let a Postfix of this machine ask sealwaxd.
#
#	sh contrib/attach-postfix.sh            show what would be changed
#	sh contrib/attach-postfix.sh --apply    save the old values, change it
#	sh contrib/attach-postfix.sh --undo     take it back
#
#	--config-dir DIR   the Postfix instance (default: postconf's own)
#	--user NAME        the user that sealwaxd runs as (default: sealwax)
#	--sealwax-conf F   its configuration (default: /etc/sealwax/sealwax.conf)
#
# Milters that are there stay, in their order, before ours. The socket lies
# below the queue directory, where chrooted services see it, too. Only
# main.cf is changed, by postconf; master.cf is read. The old values are kept
# beside main.cf in sealwax-undo until --undo.
set -u

user=sealwax
conf=/etc/sealwax/sealwax.conf
config_dir=
action=show

fail() {
	echo "attach-postfix.sh: $*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--apply) action=apply ;;
	--undo) action=undo ;;
	--config-dir | --user | --sealwax-conf)
		[ $# -gt 1 ] || fail "$1 needs a value"
		case $1 in
		--config-dir) config_dir=$2 ;;
		--user) user=$2 ;;
		--sealwax-conf) conf=$2 ;;
		esac
		shift
		;;
	-h | --help)
		sed -n '4,20s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	*)
		echo "usage: sh contrib/attach-postfix.sh [--apply | --undo]" \
			"[--config-dir DIR] [--user NAME] [--sealwax-conf FILE]" >&2
		exit 64
		;;
	esac
	shift
done

command -v postconf >/dev/null ||
	fail "postconf is missing: is Postfix installed on this machine?"
[ -n "$config_dir" ] || config_dir=$(postconf -h config_directory 2>/dev/null)
: "${config_dir:=/etc/postfix}"
[ -f "$config_dir/main.cf" ] || fail "$config_dir/main.cf does not exist: configure Postfix first (on Debian: dpkg-reconfigure postfix), or give the instance with --config-dir"
[ "$action" = show ] || [ "$(id -u)" = 0 ] || fail "--$action needs root"

value() {
	postconf -c "$config_dir" -xh "$1" 2>/dev/null
}

is_set() {
	postconf -c "$config_dir" -n "$1" 2>/dev/null | grep -q .
}

queue=$(value queue_directory)
undo=$config_dir/sealwax-undo
folder=$queue/sealwax
ours=unix:sealwax/sealwax.sock

# --- what is there -----------------------------------------------------------

milters=$(value smtpd_milters)
attached=
case " $(echo "$milters" | tr ',' ' ') " in
*" $ours "*) attached=yes ;;
esac

# Services of master.cf that run smtpd or cleanup in a chroot.
chrooted() {
	level=$(value compatibility_level)
	postconf -c "$config_dir" -M | awk -v level="${level%%.*}" '
		$8 == "smtpd" || $8 == "cleanup" {
			if ($5 == "y" || ($5 == "-" && level + 0 < 1))
				printf "%s%s/%s", n++ ? ", " : "", $1, $2
		}'
}

# smtpd services with milters of their own: main.cf does not reach them.
overriding() {
	postconf -c "$config_dir" -P 2>/dev/null |
		sed -n 's,^\([^/]*/[^/]*\)/smtpd_milters = \(.*\)$,\1 (\2),p' |
		paste -s -d, -
}

running() {
	postfix -c "$config_dir" status >/dev/null 2>&1
}

reload() {
	if running; then
		postfix -c "$config_dir" reload 2>&1 || fail "postfix reload failed"
	else
		echo "Postfix is not running: nothing to reload."
	fi
}

# --- undo ----------------------------------------------------------------------

restore() {
	# $1: parameter. The old value, or none, as it was saved.
	if [ -e "$undo/$1.unset" ]; then
		postconf -c "$config_dir" -X "$1"
	else
		postconf -c "$config_dir" -e "$1 = $(cat "$undo/$1")"
	fi || fail "postconf could not restore $1"
}

without_ours() {
	echo "$milters" | tr ',' ' ' | tr -s ' ' '\n' | grep -vxF -e "$ours" -e '' |
		paste -s -d, - | sed 's/,/, /g'
}

if [ "$action" = undo ]; then
	[ -d "$undo" ] || fail "nothing to undo: $undo does not exist"
	if [ "$milters" = "$(cat "$undo/milters-after")" ]; then
		restore smtpd_milters
	elif [ -n "$attached" ]; then
		echo "smtpd_milters was changed since: only our entry is removed."
		postconf -c "$config_dir" -e "smtpd_milters = $(without_ours)" ||
			fail "postconf failed"
	fi
	[ ! -e "$undo/message_reject_characters.unset" ] ||
		restore message_reject_characters
	rm -rf "$undo"
	reload
	echo "Undone. sealwaxd is not asked any more; $conf and $folder are left."
	exit 0
fi

# --- what would be done ----------------------------------------------------------

if [ -n "$milters" ] && [ -z "$attached" ]; then
	wanted="$milters, $ours"
else
	wanted=${milters:-$ours}
fi

chroots=$(chrooted)
own=$(overriding)
echo "Postfix in $config_dir, queue directory $queue"
echo "  milters now:        ${milters:-none}"
[ -z "$chroots" ] || echo "  chrooted services:  $chroots"
[ -z "$own" ] || echo "  services with milters of their own (left as they are; add $ours where mail from outside arrives): $own"
echo "  when a milter fails: $(value milter_default_action)"
case $milters in
*opendkim* | *opendmarc* | *pyspf* | *policyd-spf*)
	echo "  note: a milter that is there does a part of the same work; remove it once you have compared the verdicts"
	;;
esac
echo

if [ -n "$attached" ]; then
	echo "sealwaxd is attached already: smtpd_milters holds $ours."
else
	echo "main.cf:"
	echo "  smtpd_milters = $wanted"
	is_set message_reject_characters ||
		printf '%s\n' '  message_reject_characters = \0      (a header is cut at a NUL before a milter sees it)'
fi
echo "directory (for user $user, reachable by Postfix):"
echo "  $folder"
echo "$conf:"
echo "  socket       = \"unix:$folder/sealwax.sock\""
echo "  socket-group = \"postfix\""

[ "$action" = apply ] || {
	echo
	echo "Nothing was changed. With --apply it will be."
	exit 0
}

# --- apply ------------------------------------------------------------------------

id "$user" >/dev/null 2>&1 ||
	fail "there is no user $user yet; make it with: useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin $user"
group=$(value setgid_group)
mail_owner=$(value mail_owner)
mail_group=$(id -gn "$mail_owner") || fail "there is no user $mail_owner"
[ -n "$group" ] || fail "postconf does not answer for $config_dir"

if [ -z "$attached" ]; then
	[ ! -e "$undo" ] || fail "$undo exists from before: run --undo first, or remove it"
	mkdir -m 0700 "$undo" || fail "cannot save the old values in $undo"
	for parameter in smtpd_milters message_reject_characters; do
		if is_set "$parameter"; then
			postconf -c "$config_dir" -h "$parameter" >"$undo/$parameter"
		else
			: >"$undo/$parameter.unset"
		fi || fail "cannot save the old value of $parameter"
	done
	echo "$wanted" >"$undo/milters-after"
	postconf -c "$config_dir" -e "smtpd_milters = $wanted" ||
		fail "postconf failed; nothing was changed"
	[ ! -e "$undo/message_reject_characters.unset" ] ||
		postconf -c "$config_dir" -e 'message_reject_characters = \0' ||
		fail "postconf failed; take back the rest with --undo"
fi

install -d -o "$user" -g "$mail_group" -m 0750 "$folder" ||
	fail "cannot make $folder"

if [ ! -e "$conf" ]; then
	# The name in Received, if it can be unique: else the host name is used.
	id=$(value myhostname)
	case $id in
	*.localdomain) id="# authserv-id = \"mx.example.org\"" ;;
	*.*) id="authserv-id  = \"$id\"" ;;
	*) id="# authserv-id = \"mx.example.org\"" ;;
	esac
	mkdir -p "$(dirname "$conf")" &&
		cat >"$conf" <<END
# Made by attach-postfix.sh; every key: man sealwax.conf
mode         = "monitor"
$id
socket       = "unix:$folder/sealwax.sock"
socket-group = "$mail_group"
END
	echo "Wrote $conf (monitor mode: nothing is refused yet)."
elif ! grep -q "unix:$folder/sealwax.sock" "$conf"; then
	echo "Put the two lines above into $conf, and restart sealwaxd."
fi
reload
echo "Done. Until sealwaxd listens, Postfix does for each message what milter_default_action says ($(value milter_default_action))."
