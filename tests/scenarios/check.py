#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""check.py - the second driver of the corpus: every scenario through
sealwax-check, by its exit status and its JSON. README.md has the format."""
import json
import os
import re
import subprocess
import sys
import tempfile

CORPUS = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(os.environ.get("builddir", "."), "sealwax-check")
STATUS = {0: "accept", 1: "quarantine", 2: "reject", 3: "tempfail"}
FLAGS = {"helo": "--helo", "from": "--from", "rcpt": "--rcpt",
         "auth": "--auth", "daemon": "--daemon", "time": "--at",
         "option": "-o"}
LINE = (b"0123456789abcdef" * 4)[:63] + b"\n"


def lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        text = [line.strip() for line in file]
    return [(key, value.strip()) for key, _, value in
            (line.partition(" ") for line in text
             if line and not line.startswith("#"))]


def message(folder):
    plain = os.path.join(folder, "message.eml")
    if os.path.exists(plain):
        with open(plain, "rb") as file:
            return file.read()
    with open(os.path.join(folder, "message.gen"), "rb") as file:
        first, _, rest = file.read().partition(b"\n")
    return rest + LINE * (int(first.split()[1]) // len(LINE))


def command(folder):
    """sealwax-check and its arguments for the session of a scenario."""
    args = [PROGRAM, "-c", os.path.join(CORPUS, "base.conf"), "--json",
            "--as-configured", "--zone", os.path.join(folder, "zone")]
    session = lines(folder, "session")
    if not any(key == "time" for key, _ in session):
        args += ["--at", "1780000000"]
    for key, value in session:
        if key == "client":
            address, _, name = value.partition(" ")
            args += [] if address == "none" else ["--ip", address]
            args += ["--name", name.strip()] if name else []
        elif key != "esmtp":
            args += [FLAGS[key], value]
    return args


def words(items, empty):
    return " ".join(items) or empty


def client(seen, facts):
    """The client that was judged, and who handed its message over."""
    address = " ".join([facts["client"], facts.get("name", "")]).strip()
    return dict(seen, relay=facts.get("relay", "none"),
                **{"judged-client": address})


def observed(status, result):
    """The keys of expect that sealwax-check shows."""
    seen = {"action": STATUS.get(status, f"exit status {status}")}
    if "exempt" in result:
        return client(dict(seen, exempt=result["exempt"]), result)
    seen = client(seen, result["message"])
    verdict = result["verdict"]
    seen.update(
        spf=result["spf"]["result"], helo=result["helo"]["result"],
        dkim=words([one["result"] for one in result["dkim"]], "none"),
        dmarc=result["dmarc"]["result"],
        policy=result["dmarc"].get("policy"),
        authres=" ".join(result["authentication_results"].split()),
        rule=verdict["rule"], would=verdict["action"],
        mediator=verdict.get("mediator", "none"),
        disposition=verdict["disposition"],
        reason=words([one["type"] for one in verdict["reasons"]], "none"),
        reply=verdict.get("reply"), queries=result["asked"])
    row = result["report_row"] or {"tuple": "none"}
    seen["row"] = row["tuple"]
    if "policy" in row:
        seen["row-policy"] = row["policy"]
        seen["row-accepted"] = "yes" if row["accepted"] else "no"
    return seen


def is_as_expected(key, value, got, first_reply):
    if key == "reply":
        return bool(got) and (got.startswith(value) if first_reply
                              else value in got)
    if key == "queries":
        return got <= int(value)
    return got == value


def differences(folder):
    with tempfile.TemporaryDirectory() as scratch:
        saved = os.path.join(scratch, "message")
        with open(saved, "wb") as file:
            file.write(message(folder))
        done = subprocess.run(command(folder) + [saved], timeout=120,
                              stdout=subprocess.PIPE, check=False)
    try:
        seen = observed(done.returncode, json.loads(done.stdout))
    except ValueError:
        return [f"exit status {done.returncode}, and no JSON"]
    wrong, first_reply = [], True
    for key, value in lines(folder, "expect"):
        # What is removed and kept is the plan's business; a refused message
        # has no field of ours, but sealwax-check shows it.
        if key in ("twin", "removed", "kept") or value == "absent":
            continue
        if not is_as_expected(key, value, seen.get(key), first_reply):
            wrong.append(f"{key}: expected {value!r}, got {seen.get(key)!r}")
        first_reply = first_reply and key != "reply"
    return wrong


def main():
    folders = [os.path.join(CORPUS, name) for name in sorted(
        os.listdir(CORPUS))]
    folders = [folder for folder in folders
               if os.path.exists(os.path.join(folder, "expect"))]
    with open(os.path.join(CORPUS, "local.mk"), encoding="utf-8") as file:
        listed = file.read().split()
    good = 0
    for folder in folders:
        wrong = differences(folder)
        if "tests/scenarios/" + os.path.basename(folder) not in listed:
            wrong.append("is not in local.mk, so no release would have it")
        good += not wrong
        for one in wrong:
            print(f"{os.path.basename(folder)}: {re.sub(chr(10), ' ', one)}")
    print(f"{good} of {len(folders)} scenarios")
    return 0 if folders and good == len(folders) else 1


if __name__ == "__main__":
    sys.exit(main())
