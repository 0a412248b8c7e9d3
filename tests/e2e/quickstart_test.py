#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""quickstart_test.py - the demo notices when something is wrong.

The demo must succeed with sealwaxd, and fail with a milter that accepts
everything in its place, and with one record of its zone changed.
usage: quickstart_test.py BUILD_DIRECTORY
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import stack

DEMO = os.path.join(stack.TOP, "contrib", "quickstart.py")


def rows_that_are_missing(text):
    """The command that shows what is reported shows it, within seconds."""
    advised = re.search(r"^  (\S*/sealwax-report list --open .*)$", text, re.M)
    if not advised:
        return "no command for reports in:\n" + text
    end = time.monotonic() + 25
    while True:
        shown = subprocess.run(["sh", "-c", advised.group(1)],
                               capture_output=True, text=True)
        if re.search(r" bank\.example +open +[6-9] ", shown.stdout):
            return ""
        if shown.returncode or time.monotonic() > end:
            return f"{advised.group(1)}: {shown.stdout}{shown.stderr}"
        time.sleep(1)


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
        wrong += rows_that_are_missing(text)
    for word in ("stopped", "nothing was running"):
        done = subprocess.run([stack.PYTHON, DEMO, "--stop"],
                              capture_output=True, text=True)
        if done.stdout.strip() != word:
            wrong += f"--stop: {done.stdout}{done.stderr}"
    return wrong


def build_that_fails(_program):
    """What configure or autoreconf refuse is not built as it was before."""
    setup = os.path.join(stack.TOP, "contrib", "setup.sh")
    wrong = ""
    for old in ("", "others"):
        with tempfile.TemporaryDirectory() as top:
            os.mkdir(f"{top}/b")
            for name, text in (("configure", "#!/bin/sh\nexit 1\n"),
                               ("b/Makefile", "all:\n\techo made\n"),
                               ("b/.arguments", old)):
                with open(f"{top}/{name}", "w", encoding="ascii") as file:
                    file.write(text)
            os.chmod(f"{top}/configure", 0o755)
            done = subprocess.run(
                ["sh", "-c", f". {setup}; top={top}; build_in {top}/b --new; "
                 "echo went on"], capture_output=True, text=True)
        if done.returncode != 1 or "build failed" not in done.stderr:
            wrong += f"{old}: {done.returncode} {done.stdout}{done.stderr}"
    return wrong


PLACE = b"/run/sealwax-quickstart"


def left_running():
    """The command lines of what works in the demo's directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read()
            if PLACE in words + os.readlink(os.fsencode(f"/proc/{pid}/cwd")):
                found.append(words)
        except OSError:
            pass  # it has ended meanwhile
    return found


def left_after_a_while():
    """The same once Postfix's own stop script has slept its second."""
    end = time.monotonic() + 5
    while left_running() and time.monotonic() < end:
        time.sleep(0.1)
    return left_running()


def end_by(program, number):
    """The demo's status when it gets a signal while it sends."""
    demo = subprocess.Popen(
        [stack.PYTHON, DEMO, program, "--postfix"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in demo.stdout:
        if "sending messages" in line:
            break
    demo.send_signal(number)
    status = demo.wait(60)
    demo.stdout.close()
    return status


def hurt(program):
    """Ended while it sends messages, the demo leaves nothing running."""
    wrong = ""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        # On a fast machine it may have sent them all before the signal.
        status = next(filter(None, (end_by(program, number)
                                    for _ in range(10))), 0)
        left = left_after_a_while()
        if status != 128 + number or left:
            wrong += f"{number!r}: exit {status}, left {left}\n"
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
    others = [("--keep without Postfix, --stop", keep_and_stop),
              ("ended by a signal", hurt),
              ("a build that fails", build_that_fails)]
    for name, check in others:
        wrong = check(program)
        if wrong:
            failed += 1
            print(f"not ok: {name}: {wrong}")
    runs = len(cases) + len(others)
    print(f"quickstart: {runs - failed} of {runs} runs")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
