#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""quickstart_test.py - the demo notices when something is wrong.

The demo must succeed with sealwaxd, and fail with a milter that accepts
everything in its place, and with one record of its zone changed.
usage: quickstart_test.py BUILD_DIRECTORY
"""
import os
import subprocess
import sys

import stack

DEMO = os.path.join(stack.TOP, "contrib", "quickstart.py")


def main():
    build = os.path.abspath(sys.argv[1])
    program = f"--program={build}/sealwaxd"
    accept_all = os.path.join(build, "tests/support/acceptall")
    cases = [
        ("with sealwaxd", ["--postfix"], 0),
        ("with the milter client", [], 0),
        ("with a milter that accepts all",
         ["--postfix", f"--milter={accept_all}"], 1),
        ("with one record changed",
         ["--postfix", "--change=v=spf1 ip4:192.0.2.10 -all=>"
          "v=spf1 ip4:192.0.2.11 -all"], 1),
    ]
    failed = 0
    for name, words, wanted in cases:
        done = subprocess.run([stack.PYTHON, DEMO, program, *words],
                              capture_output=True, text=True)
        if done.returncode != wanted or "messages were" not in done.stdout:
            failed += 1
            print(f"not ok: {name}: exit {done.returncode}, not {wanted}\n"
                  f"{done.stdout}{done.stderr}")
    print(f"quickstart: {len(cases) - failed} of {len(cases)} runs")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
