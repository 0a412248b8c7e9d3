#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""quickstart_test.py - the demo notices when something is wrong.

The demo must succeed with sealwaxd, and fail with a milter that accepts
everything in its place, and with one record of its zone changed.
usage: quickstart_test.py BUILD_DIRECTORY
"""
import os
import re
import subprocess
import sys
import tempfile

import stack

DEMO = os.path.join(stack.TOP, "contrib", "quickstart.py")


def keep_and_stop(program):
    """What --keep advises where there is no Postfix works, and --stop stops
    it; an empty text, or what was wrong."""
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run([stack.PYTHON, DEMO, program, "--keep"],
                              stdout=said, stderr=said)
        said.seek(0)
        text = said.read()
    advised = re.search(r"^  (python3 .*? )FILE$", text, re.M | re.S)
    wrong = ""
    if done.returncode or not advised:
        wrong = text
    else:
        sent = subprocess.run(
            ["sh", "-c", advised.group(1)], capture_output=True, text=True,
            input="From: <info@bank.example>\n\nhello\n")
        if sent.returncode or "dmarc=pass" not in sent.stdout:
            wrong = sent.stdout + sent.stderr
    for word in ("stopped", "nothing was running"):
        done = subprocess.run([stack.PYTHON, DEMO, "--stop"],
                              capture_output=True, text=True)
        if done.stdout.strip() != word:
            wrong += f"--stop: {done.stdout}{done.stderr}"
    return wrong


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
    wrong = keep_and_stop(program)
    if wrong:
        failed += 1
        print(f"not ok: --keep without Postfix, --stop: {wrong}")
    runs = len(cases) + 1
    print(f"quickstart: {runs - failed} of {runs} runs")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
