#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""program.py - each domain of tests/domains through sealwax-check.

As JSON: its findings and exit status are those expected, and each has its
sentence. As text: it has the same findings, is printable, and fits into 80
columns, but for what is to be copied as it is.
"""
import json
import os
import subprocess
import sys

SRC = os.environ.get("srcdir", ".")
BUILD = os.environ.get("builddir", ".")
PROGRAM = os.path.join(BUILD, "sealwax-check")
ROOT = os.path.join(SRC, "tests/domains")
# Room for the names of domains, which are not broken.
COLUMNS = 80


class Expected:
    def __init__(self, folder):
        self.domain = None
        self.options, self.ids, self.says, self.publish = [], [], [], []
        self.status = None
        with open(os.path.join(folder, "expect"), encoding="ascii") as file:
            for line in file:
                if not line.startswith("#"):
                    self.read(*line.rstrip("\n").partition(" ")[::2])

    def read(self, key, value):
        if key == "domain":
            self.domain = value
        elif key == "status":
            self.status = int(value)
        elif key in ("options", "ids"):
            getattr(self, key).extend(value.split())
        elif key in ("says", "publish"):
            getattr(self, key).append(value)
        else:
            raise ValueError(f"expect: {key}?")


def run(folder, expected, *more):
    command = [PROGRAM, "--zone", os.path.join(folder, "zone"),
               "-o", "authserv-id=mx.test.example", "-o",
               "psl-file=" + os.path.abspath(
                   os.path.join(SRC, "tests/unit/auth/suffixes.dat"))]
    conf = os.path.join(folder, "sealwax.conf")
    command += ["-c", conf if os.path.exists(conf) else "/dev/null"]
    command += ["--domain", expected.domain, *expected.options, *more]
    return subprocess.run(command, capture_output=True, check=False)


def check_json(folder, expected, complain):
    done = run(folder, expected, "--json")
    if done.stderr:
        complain(f"stderr: {done.stderr.decode()}")
    if done.returncode != expected.status:
        complain(f"status {done.returncode}, not {expected.status}")
    try:
        (found,) = json.loads(done.stdout)
    except ValueError as error:
        complain(f"no JSON: {error}: {done.stdout[:200]}")
        return
    findings = found["findings"]
    ids = sorted(one["id"] for one in findings)
    if ids != sorted(expected.ids):
        complain(f"found {ids}, not {sorted(expected.ids)}")
    if found["status"] != expected.status or \
            found["domain"] != expected.domain:
        complain("the object is of another domain or status")
    for text in expected.says:
        if not any(text in one["what"] for one in findings):
            complain(f"nobody says \"{text}\": " +
                     str([one["what"] for one in findings]))
    for text in expected.publish:
        if not any(text in one["publish"].split("\n") for one in findings):
            complain(f"not to be published: {text}: " +
                     str([one["publish"] for one in findings]))
    for one in findings:
        if not one["what"] or not one["meaning"] or not one["name"]:
            complain(f"{one['id']} lacks a text")


def check_text(folder, expected, complain):
    done = run(folder, expected)
    if done.returncode != expected.status:
        complain(f"text: status {done.returncode}, not {expected.status}")
    for line in done.stdout.decode("ascii").split("\n"):
        if not line.isprintable():
            complain(f"text: not printable: {line!r}")
        copied = line.startswith("      ") and "\"" in line
        if len(line) > COLUMNS and not copied and " " in line.strip():
            complain(f"text: too wide: {line}")
    words = [line.split()[1] for line in done.stdout.decode().split("\n")
             if line.startswith(("  error ", "  warning ", "  note ",
                                 "  unknown "))]
    if set(words) != set(expected.ids):
        complain(f"text: found {words}")


def main():
    complaints = []
    names = sorted(name for name in os.listdir(ROOT)
                   if os.path.isdir(os.path.join(ROOT, name)))
    for name in names:
        folder = os.path.join(ROOT, name)

        def complain(what, name=name):
            complaints.append(f"{name}: {what}")

        expected = Expected(folder)
        check_json(folder, expected, complain)
        check_text(folder, expected, complain)
    for line in complaints:
        print(line)
    print(f"domains: {len(names)}, {len(complaints)} complaints")
    return 1 if complaints or len(names) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
