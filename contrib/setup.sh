# SPDX-License-Identifier: BSD-2-Clause
# setup.sh - sourced by quickstart.sh and test.sh: packages without their
# services, and the build. Nothing is done when this file is read.

say() {
	printf '== %s\n' "$*"
}

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

need_root_debian() {
	[ "$(id -u)" = 0 ] || die "run it as root: packages are installed, and Postfix starts as root"
	command -v apt-get >/dev/null || die "apt-get is missing: this is for Debian 12 and its relatives"
}

# What the build needs; what running mail through it needs; what tests need.
packages_build="autoconf automake gcc libc6-dev make pkg-config \
libarchive-dev libcap-dev libconfig-dev libcurl4-openssl-dev libidn2-dev \
libjansson-dev libmilter-dev libopendkim-dev libopendmarc-dev libspf2-dev \
libsqlite3-dev libssl-dev libunbound-dev libxml2-dev"
packages_run="nsd openssl procps python3 publicsuffix"
packages_test="check chromium clang-format-14 dmarc-cat \
dmarcts-report-parser golang-blitiri-go-spf-dev iproute2 libdbd-pg-perl \
libpq-dev libxml2-utils m4 mandoc patch postgresql-15 python3-cryptography \
python3-dkim python3-nacl python3-yaml strace swaks systemd \
systemd-journal-remote"
packages_full="clang-14 clang-tidy-14 cppcheck libclang-rt-14-dev llvm-14 \
valgrind xz-utils"

missing_packages() {
	for package; do
		dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null |
			grep -q '^ii' || printf '%s ' "$package"
	done
}

# Packages whose services must not start: Debian would start nsd on port 53
# and Postfix on port 25 at once. A policy-rc.d says no while we install.
policy_file=/usr/sbin/policy-rc.d
policy_ours=

forbid_services() {
	[ -e "$policy_file" ] && return
	printf '#!/bin/sh\nexit 101\n' >"$policy_file"
	chmod 755 "$policy_file"
	policy_ours=yes
	trap allow_services EXIT
	trap 'allow_services; exit 130' INT TERM HUP
}

allow_services() {
	allow_clusters
	[ -z "$policy_ours" ] || rm -f "$policy_file"
	policy_ours=
}

# Debian makes a database cluster, which would start with the machine. Tests
# make their own.
clusters_file=/etc/postgresql-common/createcluster.d/sealwax.conf

forbid_clusters() {
	mkdir -p "$(dirname "$clusters_file")"
	echo "create_main_cluster = false" >"$clusters_file"
}

allow_clusters() {
	rm -f "$clusters_file"
}

install_packages() {
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	say "installing:" $missing
	forbid_services
	case " $missing" in
	*" postfix "*)
		echo "postfix postfix/main_mailer_type select No configuration" |
			debconf-set-selections || die "debconf-set-selections failed"
		;;
	esac
	case " $missing" in
	*" postgresql-15 "*) forbid_clusters ;;
	esac
	apt-get update -q >/dev/null || die "apt-get update failed (is the network there?)"
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
		--no-install-recommends $missing >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		die "apt-get install failed; the whole output is in $log"
	fi
	rm -f "$log"
	allow_services
	missing=$(missing_packages "$@")
	[ -z "$missing" ] || die "still not installed: $missing"
}

# The mail transport agent that is installed, if any; empty: none.
installed_mta() {
	dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Provides}\n' 2>/dev/null |
		awk '$1 == "ii" && / mail-transport-agent/ { print $2; exit }'
}

# build DIR CONFIGURE_ARGUMENTS...: configure and make in DIR.
build_in() {
	dir=$1
	shift
	mkdir -p "$dir"
	log=$dir/build.log
	# (set -e would be of no effect here: the shell looks at the status.)
	(
		[ -e "$top/configure" ] || (cd "$top" && autoreconf -fi) || exit 1
		cd "$dir" || exit 1
		# Made anew when the arguments or configure itself are others.
		if [ ! -e Makefile ] || [ "$(cat .arguments 2>/dev/null)" != "$*" ]; then
			rm -f .arguments
			"$top/configure" -q "$@" || exit 1
			printf '%s' "$*" >.arguments
		fi
		make -j"$(nproc)" all
	) >"$log" 2>&1 || {
		grep -E '(error|warning|Error)' "$log" | head -n 20 >&2
		tail -n 5 "$log" >&2
		die "the build failed; the whole output is in $log"
	}
}
