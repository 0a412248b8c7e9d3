#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""send_faults.py - fail each system call of a run of sealwax-report send.

usage: send_faults.py [--all] BUILD_DIRECTORY

As faults.py does with journal and import. From when it opens the store, the
calls of the main thread are counted: those on files, and those on the
connection to the mail server. Each is failed with EIO or with ENOSPC, or the
process is killed there. Then time goes by (in the store), and a clean run
follows. After that

  - the report is done, and has every row;
  - it was received once, or more than once with the same octets: the same
    Report-ID and the same file.

Without --all, of each kind of call the first, the middle and the last.
"""
import argparse
import collections
import email
import email.policy
import gzip
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "support")
sys.path.insert(0, HERE)
import faults  # noqa: E402

AS_ROOT = os.geteuid() == 0
CALLS = faults.CALLS + ["connect", "getpeername", "getsockname",
                        "getsockopt", "poll", "recvfrom", "sendto",
                        "setsockopt", "socket"]
FAULTS = ("EIO", "ENOSPC", "SIGKILL")
NS = "{urn:ietf:params:xml:ns:dmarc-2.0}"
DONE = 3  # enum wax_report_state
MESSAGES = 7
ZONE = """\
_dmarc.d.example    TXT  v=DMARC1; p=none; rua=mailto:agg@d.example
d.example           MX   10 mx.d.example
mx.d.example        A    192.0.2.99
"""


class Bench:
    def __init__(self, build, place):
        self.build, self.place = build, place
        zone = f"{place}/zone"
        with open(zone, "w", encoding="utf-8") as file:
            file.write(ZONE)
        self.inbox = f"{place}/inbox"
        os.mkdir(self.inbox)
        self.dns = self.started(f"{SUPPORT}/dnsproxy.py", "--zone", zone)
        self.sink = self.started(f"{SUPPORT}/smtpsink.py", self.inbox)
        self.sample = f"{place}/sample"
        self.runs = 0
        self.aborted = set()  # calls whose failure ends the program
        self.received = 0
        self.prepare()

    @staticmethod
    def started(*argv):
        process = subprocess.Popen(
            [sys.executable, *argv], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        process.port = int(process.stdout.readline().split()[1])
        return process

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for process in (self.dns, self.sink):
            process.terminate()
            process.communicate()

    def prepare(self):
        """A store with one report that is due."""
        os.mkdir(self.sample)
        when = int(time.time()) - 2 * 86400
        lines = [f"time={when} domain=d.example rua=mailto:agg@d.example "
                 f"source=192.0.2.{i % 3} count=1" for i in range(MESSAGES)]
        subprocess.run(
            [os.path.join(self.build, "tests", "support", "seed_journal"),
             f"{self.sample}/journal"],
            input="\n".join(lines) + "\n", text=True, check=True)
        self.own(self.sample)
        subprocess.run(self.argv(self.sample, "list", "--open"), check=True,
                       stdout=subprocess.DEVNULL)

    @staticmethod
    def own(state):
        if AS_ROOT:
            for folder, _, names in os.walk(state):
                for name in [folder] + [f"{folder}/{one}" for one in names]:
                    shutil.chown(name, "nobody")

    def argv(self, state, *words):
        argv = [os.path.join(self.build, "sealwax-report")]
        options = [f"state-dir={state}", f"store=sqlite:{state}/sealwax.db",
                   f"report-smtp=smtp://127.0.0.1:{self.sink.port}",
                   f'resolver=["127.0.0.1@{self.dns.port}"]',
                   "authserv-id=mx.r.example", "report-org-name=R",
                   "report-from=reports@r.example", "report-unsigned=yes"]
        if AS_ROOT:
            options.append("user=nobody")
        for option in options:
            argv += ["-o", option]
        return argv + list(words)

    def send(self, state, *strace):
        return subprocess.run(
            [*strace, *self.argv(state, "send")], capture_output=True,
            text=True, timeout=60,
            env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))

    def state(self):
        self.runs += 1
        state = f"{self.place}/{self.runs}"
        shutil.copytree(self.sample, state)
        self.own(state)
        return state

    def count(self):
        state = self.state()
        trace = f"{state}.trace"
        done = self.send(state, "strace", "-o", trace, "-e",
                         "trace=" + ",".join(CALLS))
        if done.returncode != 0:
            raise faults.Failure(f"without a fault: {done.stderr}")
        self.check(state)
        before, counts, begun = {}, collections.Counter(), False
        with open(trace, encoding="utf-8", errors="replace") as file:
            for line in file:
                match = re.match(r"(\w+)\(", line)
                if match is None:
                    continue
                if not begun and "sealwax.db" in line:
                    before, begun = dict(counts), True
                    counts.clear()
                counts[match[1]] += 1
        assert begun, "the store was not opened"
        shutil.rmtree(state)
        return before, counts

    def inject(self, call, k, fault):
        self.new_mails()  # of a run that was given up
        state = self.state()
        trace = f"{state}.trace"
        what = "signal=SIGKILL" if fault == "SIGKILL" else f"error={fault}"
        done = self.send(
            state, "strace", "-o", trace, "-e", f"trace={call}", "-e",
            f"inject={call}:{what}:when={k}")
        with open(trace, encoding="utf-8", errors="replace") as file:
            text = file.read()
        happened = "INJECTED" in text or "killed by SIGKILL" in text
        # A promise of the system that was broken: it ends by itself, and what
        # it leaves has to be as right as after a kill.
        if "broken promise" in done.stderr:
            self.aborted.add(call)
        elif done.returncode < 0 and done.returncode != -signal.SIGKILL:
            raise faults.Failure(
                f"status {done.returncode}: {done.stderr[-500:]}")
        self.check(state)
        shutil.rmtree(state)
        os.unlink(trace)
        return happened

    def later(self, state):
        """What waits for another time is due."""
        database = sqlite3.connect(f"{state}/sealwax.db")
        database.execute("UPDATE sealwax_delivery SET next_at = 0, "
                         "attempt_at = attempt_at - 90000 WHERE state < 3")
        database.commit()
        database.close()
        self.own(state)

    def check(self, state):
        self.later(state)
        done = self.send(state)
        if done.returncode != 0:
            raise faults.Failure(f"the clean run: {done.stderr}")
        database = sqlite3.connect(f"{state}/sealwax.db")
        states = database.execute(
            "SELECT state, why FROM sealwax_report").fetchall()
        deliveries = database.execute(
            "SELECT state, why FROM sealwax_delivery").fetchall()
        database.close()
        if [one for one, _ in states] != [DONE]:
            raise faults.Failure(f"reports {states}, deliveries {deliveries}")
        mails = self.new_mails()
        if not mails:
            raise faults.Failure(f"nothing was received: {deliveries}")
        reports = {self.report_of(mail) for mail in mails}
        if len(reports) != 1:
            raise faults.Failure(f"{len(reports)} different reports")
        (_, octets), = reports
        counted = sum(int(each.text) for each in ElementTree.fromstring(
            gzip.decompress(octets)).iter(NS + "count"))
        if counted != MESSAGES:
            raise faults.Failure(f"{counted} messages in the report")

    def new_mails(self):
        mails = []
        while True:
            path = f"{self.inbox}/{self.received + 1}.eml"
            if not os.path.exists(path):
                return mails
            self.received += 1
            with open(path, "rb") as file:
                mails.append(file.read())

    @staticmethod
    def report_of(mail):
        """The name and the octets of what is attached."""
        message = email.message_from_bytes(mail, policy=email.policy.default)
        parts = [part for part in message.walk()
                 if part.get_content_type() == "application/gzip"]
        if len(parts) != 1:
            raise faults.Failure(f"a mail of {len(mail)} octets with "
                                 f"{len(parts)} reports was received")
        return parts[0].get_filename(), parts[0].get_payload(decode=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("build")
    options = parser.parse_args()
    place = tempfile.mkdtemp(prefix="wax-send-faults-")
    os.chmod(place, 0o755)
    failures, happened = [], 0
    with Bench(os.path.abspath(options.build), place) as bench:
        before, counts = bench.count()
        shown = " ".join(f"{call}={n}" for call, n in sorted(counts.items()))
        print(f"send: N={sum(counts.values())} system calls of the main "
              f"thread can be made to fail: {shown}", flush=True)
        runs = [(call, k, fault) for call, n in sorted(counts.items())
                for k in faults.choose(before.get(call, 0), n, options.all)
                for fault in FAULTS]
        for call, k, fault in runs:
            try:
                happened += bench.inject(call, k, fault)
            except (faults.Failure, AssertionError, sqlite3.Error,
                    subprocess.TimeoutExpired) as failure:
                failures.append(f"{call} {k - before.get(call, 0)} of "
                                f"{counts[call]}, {fault}: {failure}")
        mails = bench.received
    for failure in failures:
        print(f"not ok send: {failure}")
    print(f"send: {happened} of {len(runs)} faults happened, "
          f"{len(failures)} left the report wrong; "
          f"{mails - happened - 1} of {happened} faults made it come twice, "
          "the same each time; it ended by itself where these failed: "
          f"{' '.join(sorted(bench.aborted)) or 'none'}")
    print("send: not made to fail: the resolver's thread (a DNS that fails is "
          "tests/unit/send's), and " + faults.NOT_INJECTED)
    shutil.rmtree(place)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
