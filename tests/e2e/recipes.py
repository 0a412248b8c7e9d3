#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""recipes.py - every recipe of sealwax(7) does what it says.

sealwaxd logs by syslog here: in a mount namespace of its own /dev/log is a
socket of ours, whose lines become /var/log/mail.log and a journal file. Each
recipe of the manual is run as it stands there and must find exactly the
messages that it is about. The table below and the manual must hold the same
recipes.
usage: recipes.py BUILD_DIRECTORY
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

import stack

sys.path.insert(0, stack.SUPPORT)
import miltertest  # noqa: E402

MANUAL = os.path.join(stack.TOP, "man", "sealwax.7")

ZONE = """\
bank.example          TXT  v=spf1 ip4:192.0.2.10 -all
_dmarc.bank.example   TXT  v=DMARC1; p=reject
lists.example         TXT  v=spf1 ip4:192.0.2.50 -all
list.example          TXT  v=spf1 ip4:192.0.2.51 -all
_dmarc.list.example   TXT  v=DMARC1; p=none
down.example          FAULT servfail TXT
_dmarc.down.example   TXT  v=DMARC1; p=reject
slow.example          FAULT delay=2 TXT
slow.example          TXT  v=spf1 -all
"""

# Subject and queue id -> session; the queue ids are what recipes find.
MESSAGES = {
    "4XyZ1a": dict(author="a@bank.example", client="203.0.113.66",
                   mail_from="a@bank.example"),
    "GOOD1": dict(author="a@bank.example", client="192.0.2.10",
                  mail_from="a@bank.example"),
    "SPOOF2": dict(author="a@bank.example", client="203.0.113.67",
                   mail_from="x@lists.example"),
    "LIST1": dict(author="a@bank.example", client="192.0.2.50",
                  mail_from="b@lists.example",
                  extra="List-Id: <t.lists.example>\n"),
    "DOWN1": dict(author="a@down.example", client="203.0.113.66",
                  mail_from="a@down.example"),
    "SLOW1": dict(author="a@slow.example", client="203.0.113.66",
                  mail_from="a@slow.example"),
    "DKIM1": dict(author="a@list.example", client="192.0.2.51",
                  mail_from="a@list.example", extra=(
                      "DKIM-Signature: v=1; a=rsa-sha256; d=list.example; "
                      "s=nokey; h=From; bh=AAAA; b=AAAA\n")),
    "MON1": dict(author="a@bank.example", client="203.0.113.66",
                 mail_from="a@bank.example", monitor=True),
}

# The beginning of a recipe -> (how it is meant, what it must print).
QID = r"qid=(\S+)"


def qids(text):
    return sorted(re.findall(QID, text))


EXPECTED = [
    ("grep 'qid=4XyZ1a '", lambda out: qids(out) == ["4XyZ1a"]),
    ("grep -o ' action=[a-z]*'", lambda out: sorted(out.split()) == sorted(
        "4 action=accept 1 action=quarantine 2 action=reject "
        "1 action=tempfail".split())),
    ("grep -o ' would=", lambda out: out.count("\n") == 1
     and " would=reject " in out and out.endswith("author=bank.example\n")),
    ("grep ' action=reject '", lambda out: out.split() ==
     ["2", "author=bank.example"]),
    ("grep ' dmarc=fail author=bank", lambda out: sorted(
        re.findall(r"client=(\S+)", out)) ==
     ["192.0.2.50", "203.0.113.66", "203.0.113.67"]
     and re.search(r"2 +client=203.0.113.66", out)),
    ("grep ' mediator='", lambda out: qids(out) == ["LIST1"]),
    ("grep ' spf=fail '", lambda out: out.split() ==
     ["3", "client=203.0.113.66", "1", "client=203.0.113.67"]),
    ("grep -E ' (spf|", lambda out: qids(out) == ["DOWN1"]),
    ("grep -E ' dkim=(fail", lambda out: qids(out) == ["DKIM1"]),
    ("awk ", lambda out: qids(out) == ["SLOW1"]),
    ("journalctl ", lambda out: qids(out) == ["4XyZ1a", "SPOOF2"]),
]


def recipes():
    """The commands that the manual shows in its EXAMPLES."""
    with open(MANUAL, encoding="utf-8") as file:
        text = file.read().split(".Sh EXAMPLES")[1].split(".Sh ")[0]
    return [line[4:].replace("\\e", "\\")
            for line in text.splitlines() if line.startswith(".Dl ")]


class Syslog:
    """/dev/log, for a while."""

    def __init__(self):
        self.lines = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            line = self.socket.recv(65536).decode("utf-8", "replace")
            self.lines.append(line.rstrip("\n\0"))

    def named(self, queue_id):
        return any(f"qid={queue_id} " in line for line in self.lines)


def private_namespace():
    """Run again where /dev and /var/log are ours."""
    if os.environ.get("SEALWAX_RECIPES") != "inside":
        os.environ["SEALWAX_RECIPES"] = "inside"
        os.execvp("unshare", ["unshare", "--mount", stack.PYTHON,
                              *sys.argv])


def mount_over(place):
    dev = place.folder("dev")
    for name in ("null", "zero", "urandom", "random"):
        path = os.path.join(dev, name)
        with open(path, "w", encoding="ascii"):
            pass
        subprocess.run(["mount", "--bind", "/dev/" + name, path], check=True)
    log = place.folder("log-here")
    subprocess.run(["mount", "--rbind", dev, "/dev"], check=True)
    subprocess.run(["mount", "--bind", log, "/var/log"], check=True)


def message(queue_id, about):
    return (about.get("extra", "") + f"From: <{about['author']}>\n"
            f"Subject: {queue_id}\n\nhello\n").encode()


def give_all(place, dns, build, syslog):
    for monitor in (False, True):
        path = place.file(f"milter-{monitor}.sock")
        options = ["authserv-id=mx.rcpt.example", "log-to=syslog",
                   "mode=" + ("monitor" if monitor else "enforce")]
        with stack.Sealwaxd(place, f"sealwaxd-{monitor}",
                            os.path.join(build, "sealwaxd"), path, dns,
                            options):
            for queue_id, about in MESSAGES.items():
                if about.get("monitor", False) != monitor:
                    continue
                miltertest.deliver(
                    path, message(queue_id, about), client=about["client"],
                    helo="helo.example", mail_from=about["mail_from"],
                    queue_id=queue_id)
                stack.wait_for(f"the log line of {queue_id}",
                               lambda q=queue_id: syslog.named(q))


def write_logs(lines):
    """mail.log as a syslog daemon writes it, and a journal file."""
    with open("/var/log/mail.log", "w", encoding="utf-8") as file:
        for line in lines:
            file.write(re.sub(r"^<\d+>", "", line) + "\n")
    now = int(time.time() * 1e6)
    entries = ""
    for number, line in enumerate(lines):
        tag, pid, text = re.match(
            r"<\d+>\w{3} [ \d]\d [\d:]{8} ([\w-]+)\[(\d+)\]: (.*)",
            line).groups()
        entries += (f"__REALTIME_TIMESTAMP={now + number}\n"
                    f"__MONOTONIC_TIMESTAMP={number + 1}\n"
                    "_BOOT_ID=00000000000000000000000000000001\n"
                    "_MACHINE_ID=00000000000000000000000000000002\n"
                    f"SYSLOG_IDENTIFIER={tag}\nSYSLOG_PID={pid}\n"
                    f"MESSAGE={text}\n\n")
    os.makedirs("/var/log/journal-here")
    subprocess.run([shutil.which("systemd-journal-remote",
                                 path="/lib/systemd:/usr/lib/systemd"),
                    "-o", "/var/log/journal-here/recipes.journal", "-"],
                   input=entries, text=True, check=True,
                   capture_output=True)


def main():
    private_namespace()
    commands = recipes()
    right = 0
    with stack.Workplace() as place:
        mount_over(place)
        syslog = Syslog()
        with stack.Dns(place, "recipes", ZONE) as dns:
            give_all(place, dns, sys.argv[1], syslog)
        write_logs([line for line in syslog.lines if "qid=" in line])
        for command, (start, fits) in zip(commands, EXPECTED):
            run = command.replace("journalctl ", "journalctl --no-pager -D "
                                  "/var/log/journal-here ", 1)
            done = subprocess.run(["sh", "-c", run], capture_output=True,
                                  text=True)
            if command.startswith(start) and fits(done.stdout):
                right += 1
                continue
            print(f"not ok: {command}\n  prints: {done.stdout!r}"
                  f" {done.stderr!r}\n  log: " + "\n  log: ".join(
                      syslog.lines))
    if len(commands) != len(EXPECTED):
        print(f"not ok: the manual has {len(commands)} recipes, "
              f"the table {len(EXPECTED)}")
        right = 0
    print(f"recipes: {right} of {len(EXPECTED)} recipes")
    return 0 if right == len(EXPECTED) else 1


if __name__ == "__main__":
    sys.exit(main())
