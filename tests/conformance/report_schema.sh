#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# report_schema.sh - whether xmllint, with policy/report/dmarc-2.0.rng, says of
# each of tests/reports/vectors what its EXPECT says, with a tree and as a
# stream. tests/unit/report/test_xml shows the same files to wax_xml_check().
set -u
src=${srcdir:-.}
schema=$src/policy/report/dmarc-2.0.rng
vectors=$src/tests/reports/vectors
bad=0
count=0

command -v xmllint >/dev/null || {
	echo "report_schema: xmllint is missing: install the package libxml2-utils"
	exit 1
}

verdict() {
	if xmllint --nonet --noout "$@" 2>&1 | grep -q ' validates$'; then
		echo valid
	else
		echo invalid
	fi
}

while read -r name wanted _; do
	case $name in '' | '#'*) continue ;; esac
	file=$vectors/$name.xml
	count=$((count + 1))
	[ -e "$file" ] || {
		echo "report_schema: there is no $file"
		bad=1
		continue
	}
	for how in --nowarning --stream; do
		got=$(verdict "$how" --relaxng "$schema" "$file")
		[ "$got" = "$wanted" ] || {
			echo "report_schema: $name ($how): $got, expected $wanted"
			bad=1
		}
	done
done <"$vectors/EXPECT"

for file in "$vectors"/*.xml; do
	name=${file##*/}
	grep -q "^${name%.xml} " "$vectors/EXPECT" || {
		echo "report_schema: EXPECT does not name $name"
		bad=1
	}
done
# Those that are read, and those that must not be.
for file in "$src"/tests/reports/rfc7489/* "$src"/tests/reports/rfc9990/* \
	"$src"/tests/reports/hostile/*; do
	grep -q "^${file#"$src"/tests/reports/} " "$src/tests/reports/EXPECT" || {
		echo "report_schema: EXPECT does not name $file"
		bad=1
	}
done
[ "$count" -ge 60 ] || bad=1
echo "report_schema: $count vectors"
exit $bad
