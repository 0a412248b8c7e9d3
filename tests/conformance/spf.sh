#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The OpenSPF suites for RFC 7208 and RFC 4408, and those of pyspf and of
# blitiri.com.ar/go/spf, as the Debian package has them. Prints "N of N" for
# each; what is missing is a failure that says which package has it.

suites=/usr/share/gocode/src/blitiri.com.ar/go/spf/testdata
python=${PYTHON3:-/usr/bin/python3}
here=${srcdir:-.}/tests/conformance
driver=${builddir:-.}/tests/conformance/spf_suite

if [ ! -r "$suites/rfc7208-tests.yml" ]; then
	echo "spf: no test suites: install the package golang-blitiri-go-spf-dev"
	exit 1
fi
if ! "$python" -c 'import yaml' 2>/dev/null; then
	echo "spf: no YAML for $python: install the package python3-yaml"
	exit 1
fi

lines=$(mktemp) || exit 1
trap 'rm -f "$lines"' EXIT
failed=0
for suite in rfc7208 rfc4408 pyspf blitirispf; do
	"$python" "$here/spf_convert.py" "$suites/$suite-tests.yml" \
	    >"$lines" || failed=1
	for engine in own libspf2 tree; do
		"$driver" $engine "$suite-tests.yml" "$here/spf_exceptions" \
		    <"$lines" || failed=1
	done
done
exit $failed
