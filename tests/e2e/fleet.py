#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""fleet.py - two hosts that share a PostgreSQL: no mail is delayed, no row is
lost and no report sent twice, whatever becomes of the database.

usage: fleet.py [--outage SECONDS] BUILD_DIRECTORY

Two sealwaxd, each with a host name, journal and socket of its own, judge mail
by the milter protocol while the server is stopped (as pg_ctl stop -m
immediate) and started again; each message has an envelope of its own, so that
its row is known again. What people ask of the store meanwhile ends with 75.
Then both hosts send at the same time: each report
arrives once. Then again, and the server is stopped while they send: what one
was sending at that moment may come once more, as the same mail.
The build has to be --with-pgsql.
"""
import argparse
import collections
import email
import email.policy
import glob
import gzip
import os
import re
import statistics
import subprocess
import sys
import threading
import time

import stack

sys.path.insert(0, stack.SUPPORT)
import miltertest  # noqa: E402
import pgserver  # noqa: E402

WORKERS = 4
PAUSE = 0.02  # of a worker between two messages
DOMAINS = 60  # of each of the two rounds of sending
OUTAGE = 8
SLOW = 2.0  # a message may take so long on a machine that is busy
EX_TEMPFAIL = 75

ZONE = "".join(f"""\
_dmarc.{name}   TXT  v=DMARC1; p=none; rua=mailto:reports@{name}
*.b.{name}      TXT  v=spf1 ip4:192.0.2.1 -all
{name}          MX   10 mx.{name}
mx.{name}       A    192.0.2.53
""" for name in (f"{round_}{i}.example" for round_ in "de"
                 for i in range(DOMAINS)))
COUNT = re.compile(rb"<count>(\d+)</count>")


def check(good, *what):
    if not good:
        raise stack.Failure(" ".join(map(str, what)))


class Host:
    """A sealwaxd that calls itself by a name of its own."""

    def __init__(self, place, build, name, url, dns, port, environment=None):
        self.environment = environment
        self.place, self.name, self.build = place, name, build
        self.state = place.folder(f"{name}/state", "nobody")
        self.socket = place.file(f"{place.folder(name + '/run', 'nobody')}/s")
        options = [f"state-dir={self.state}", f"store={url}", "user=nobody",
                   "authserv-id=mx.rcpt.example", "journal-sync=100ms",
                   f'resolver=["{dns.address}@{dns.port}"]',
                   "report-org-name=Us", "report-from=reports@rcpt.example",
                   "report-unsigned=yes",
                   f"report-smtp=smtp://127.0.0.1:{port}"]
        self.options = [word for option in options
                        for word in ("-o", option)]

    def argv(self, program, *words):
        return ["unshare", "--uts", "sh", "-c",
                f"hostname {self.name}.example && exec \"$@\"", "sh",
                os.path.join(self.build, program), "-c", "/dev/null",
                *self.options, *words]

    def start(self):
        self.daemon = self.place.start(f"{self.name}-sealwaxd", self.argv(
            "sealwaxd", "-f", "-o", f"socket=unix:{self.socket}",
            "-o", "log-to=stderr"), self.environment)
        stack.wait_for("sealwaxd", lambda: not self.daemon.alive() or
                       " started version=" in self.daemon.output())
        check(self.daemon.alive(), self.daemon.output()[-2000:])

    def stop(self):
        check(self.daemon.stop() == 0, self.daemon.output()[-2000:])

    def says(self, text):
        return text in self.daemon.output()

    def report(self, *words):
        return subprocess.run(self.argv("sealwax-report", *words),
                              capture_output=True, text=True, timeout=60,
                              check=False, env=self.environment)

    def begin_to_send(self):
        return subprocess.Popen(
            self.argv("sealwax-report", "send", "--open"), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def deliver(self, domain, number):
        """How long it took."""
        begun = time.monotonic()
        outcome = miltertest.deliver(
            self.socket, f"From: a@{domain}\r\n\r\nHello\r\n".encode(),
            client="192.0.2.1", helo="mail.example",
            mail_from=f"a@x{number}.b.{domain}")
        check(outcome.action == "accept", outcome.action, outcome.text)
        return time.monotonic() - begun


class Load(threading.Thread):
    """Delivers to the hosts in turn, until it is told to stop."""

    def __init__(self, hosts, number):
        super().__init__(daemon=True)
        self.hosts, self.number = hosts, number
        self.phase, self.is_over, self.failure = "before", False, None
        self.took = collections.defaultdict(list)
        self.names = []

    def run(self):
        try:
            while not self.is_over:
                phase, n = self.phase, len(self.names)
                name = f"{self.number}-{n}"
                took = self.hosts[n % 2].deliver(
                    f"d{(n * WORKERS + self.number) % DOMAINS}.example", name)
                self.names.append(f"x{name}")
                self.took[phase].append(took)
                time.sleep(PAUSE)
        except (stack.Failure, OSError, miltertest.Gone) as error:
            self.failure = repr(error)


class Fleet:
    def __init__(self, place, build):
        self.place = place
        self.server = pgserver.Server()
        place.stack.callback(self.server.end)
        self.dns = place.stack.enter_context(stack.Dns(place, "dns", ZONE))
        self.sink = place.folder("sink")
        process = subprocess.Popen(
            [stack.PYTHON, os.path.join(stack.SUPPORT, "smtpsink.py"),
             self.sink], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        place.stack.callback(process.wait)
        place.stack.callback(process.terminate)
        port = process.stdout.readline().split()[1]
        self.hosts = [Host(place, build, name, self.server.url, self.dns,
                           port) for name in ("mx1", "mx2")]
        for host in self.hosts:
            host.start()

    def query(self, sql):
        return self.server.query(sql)

    def counts(self):
        """How many rows each message has in the store."""
        counts = collections.Counter()
        for line in self.query("SELECT count, convert_from(tuple, 'UTF8') "
                               "FROM sealwax_record"):
            count, _, text = line.partition(" ")
            counts[re.search(r"envelope_from=(x[^.]+)", text)[1]] += \
                int(count)
        return counts

    def mails(self):
        """The report mails that came: (domain, Report-ID, messages)."""
        found = []
        for path in glob.glob(f"{self.sink}/*.eml"):
            with open(path, "rb") as file:
                mail = email.message_from_binary_file(
                    file, policy=email.policy.default)
            subject = re.search(r"Report Domain: (\S+) .*Report-ID: (\S+)",
                                mail["Subject"])
            part = next(part for part in mail.walk()
                        if part.get_content_type() == "application/gzip")
            text = gzip.decompress(part.get_content())
            found.append((subject[1], subject[2],
                          sum(map(int, COUNT.findall(text)))))
        return found

    def take_in(self):
        """What waits in the journals of hosts that were stopped."""
        for host in self.hosts:
            done = host.report("list", "--open")
            check(done.returncode == 0, done.stderr)
            left = [name for name in os.listdir(f"{host.state}/journal")
                    if not name.startswith(".")]
            check(not left, host.name, "has left", left)


def milliseconds(took):
    return (f"median {statistics.median(took) * 1000:.1f} ms, "
            f"at most {max(took) * 1000:.0f} ms")


ASKED = (
    (EX_TEMPFAIL, "list"), (EX_TEMPFAIL, "send"), (EX_TEMPFAIL, "show"),
    (EX_TEMPFAIL, "suppress", "add", "x.example"),
    (EX_TEMPFAIL, "purge", "--domain", "x.example"),
    (2, "status"))  # as monitoring plug-ins say "critical"


def ask_in_vain(host):
    """Each says what is wrong, and ends soon."""
    slowest = 0.0
    for status, *words in ASKED:
        begun = time.monotonic()
        done = host.report(*words)
        slowest = max(slowest, time.monotonic() - begun)
        said = done.stdout + done.stderr
        check(done.returncode == status and "store: " in said and
              re.search("server|connect", said) and said.count("\n") <= 4,
              words, done.returncode, said)
    check(slowest < 20, f"{slowest:.0f} s until it was said")


class Journals:
    """What waits in them at most, in segments and octets of each host."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.segments = self.octets = 0

    def look(self):
        for host in self.hosts:
            paths = glob.glob(f"{host.state}/journal/*.done")
            self.segments = max(self.segments, len(paths))
            self.octets = max(self.octets, sum(
                os.path.getsize(path) for path in paths
                if os.path.exists(path)))


def outage(fleet, seconds):
    """Mail goes on while the database is away."""
    hosts = fleet.hosts
    load = [Load(hosts, i) for i in range(WORKERS)]

    def phase(name):
        for worker in load:
            worker.phase = name
            check(worker.failure is None, worker.failure)

    for worker in load:
        worker.start()
    stack.wait_for("first import", lambda: int(fleet.query(
        "SELECT count(*) FROM sealwax_segment")[0]) >= 2, 25)
    phase("away")
    fleet.server.crash()
    until = time.monotonic() + seconds
    ask_in_vain(hosts[0])
    journals = Journals(hosts)
    while time.monotonic() < until:
        time.sleep(0.5)
        journals.look()
    stack.wait_for("import that fails", lambda: all(
        host.says("the store cannot be used") for host in hosts), 20)
    phase("after")
    fleet.server.start()
    begun = time.monotonic()
    stack.wait_for("return of the store", lambda: all(
        host.says("the store can be used again") for host in hosts), 90)
    back = time.monotonic() - begun
    if seconds > 60:
        check(journals.segments >= seconds / 12, journals.segments,
              "segments were waiting")
    for worker in load:
        worker.is_over = True
    for worker in load:
        worker.join()
        check(worker.failure is None, worker.failure)
    for host in hosts:
        host.stop()
    fleet.take_in()
    names = [name for worker in load for name in worker.names]
    counts = fleet.counts()
    check(set(counts) == set(names) and set(counts.values()) == {1},
          len(names), "messages,", len(counts), "of them have rows,",
          counts.most_common(3))
    took = {name: [t for worker in load for t in worker.took[name]]
            for name in ("before", "away", "after")}
    check(max(map(max, took.values())) < SLOW and
          statistics.median(took["away"]) <
          2 * statistics.median(took["before"]) + 0.02,
          {name: milliseconds(t) for name, t in took.items()})
    return len(names), (
        f"{len(names)} messages, {len(counts)} rows; before: "
        f"{milliseconds(took['before'])}; away for {seconds} s: "
        f"{milliseconds(took['away'])}; after: {milliseconds(took['after'])};"
        f" up to {journals.segments} segments with "
        f"{journals.octets / 1e6:.1f} MB waited on a host; taken up again "
        f"{back:.0f} s after the start")


def send_at_once(fleet, done=lambda: None):
    """Both hosts at the same time; how each of them ended."""
    running = [host.begin_to_send() for host in fleet.hosts]
    done()
    ends = []
    for process in running:
        output, _ = process.communicate(timeout=60)
        ends.append(process.returncode)
        check(process.returncode in (0, EX_TEMPFAIL), process.returncode,
              output[-1000:])
    return ends


def sending(fleet, messages):
    """Each report arrives once."""
    ends = send_at_once(fleet)
    check(0 in ends, ends)
    ends += send_at_once(fleet)
    mails = fleet.mails()
    check(sorted(domain for domain, _, _ in mails) ==
          sorted(f"d{i}.example" for i in range(DOMAINS)),
          len(mails), "mails", collections.Counter(
              domain for domain, _, _ in mails).most_common(3))
    check(sum(n for _, _, n in mails) == messages, "their counts:",
          sum(n for _, _, n in mails))
    check(EX_TEMPFAIL in ends, "both hosts sent at the same time:", ends)
    return (f"{len(mails)} reports on {messages} messages, each once; "
            f"{ends.count(EX_TEMPFAIL)} of {len(ends)} runs left it to the "
            "other host")


def sending_through_a_crash(fleet):
    """The server is stopped when some of the reports are sent."""
    for host in fleet.hosts:
        host.start()
    for i in range(DOMAINS):
        fleet.hosts[i % 2].deliver(f"e{i}.example", f"e-{i}")
    for host in fleet.hosts:
        host.stop()
    fleet.take_in()
    before = len(fleet.mails())

    def new_mails():
        return [mail for mail in fleet.mails() if mail[0].startswith("e")]

    def crash():
        stack.wait_for("some reports", lambda: len(glob.glob(
            f"{fleet.sink}/*.eml")) >= before + DOMAINS // 4, 30)
        fleet.server.crash()

    ends = send_at_once(fleet, crash)
    check(ends == [EX_TEMPFAIL] * 2, "through a crash:", ends)
    at_crash = len(new_mails())
    check(at_crash < DOMAINS, "all were sent before the crash")
    fleet.server.start()
    for _ in range(2):
        check(0 in send_at_once(fleet), "after the crash")
    # What a host was sending it takes up itself, at once.
    for host in fleet.hosts:
        done = host.report("send", "--open")
        check(done.returncode == 0, done.stdout, done.stderr)
    ids = collections.defaultdict(list)
    for domain, report_id, _ in new_mails():
        ids[domain].append(report_id)
    check(len(ids) == DOMAINS, len(ids), "reports")
    again = [domain for domain in ids if len(ids[domain]) > 1]
    check(len(again) <= 1, "sent again:", again)
    check(all(len(set(ids[domain])) == 1 for domain in ids),
          "another Report-ID")
    left = fleet.query("SELECT count(*) FROM sealwax_report WHERE state < 3")
    check(left == ["0"], left, "reports are unfinished")
    return (f"{at_crash} of {DOMAINS} reports were sent at the crash, then "
            f"all; {len(again)} once more, as the same mail")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--outage", type=float, default=OUTAGE,
                        metavar="SECONDS", help="how long it is stopped")
    parser.add_argument("build")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    loaded = subprocess.run(["ldd", os.path.join(build, "sealwaxd")],
                            capture_output=True, text=True, check=True).stdout
    check("libpq.so" in loaded, "the build is without PostgreSQL: configure "
          "it --with-pgsql")
    begun = time.monotonic()
    with stack.Workplace() as place:
        fleet = Fleet(place, build)
        messages, said = outage(fleet, options.outage)
        print("ok   outage:", said)
        print("ok   sending:", sending(fleet, messages))
        print("ok   crash:", sending_through_a_crash(fleet))
    print(f"fleet: 3 of 3 ({time.monotonic() - begun:.0f} s)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except stack.Failure as failure:
        print(f"not ok fleet: {failure}")
        sys.exit(1)
