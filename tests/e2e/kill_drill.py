#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""kill_drill.py - no row of a report is lost, whatever happens to sealwaxd or
to its disk.

usage: kill_drill.py [--messages N] [--seed N] BUILD_DIRECTORY

First: N messages (default 10,000) by the milter protocol, while sealwaxd is
killed (SIGKILL) at random moments and started again. Each attempt to deliver
has an envelope of its own, so that its row is known again. An attempt whose
verdict was received has one row; one whose end-of-message was under way when
a kill struck has one or none; any other has none. The reports that
sealwax-report makes of it count the same.

Then, each with a sealwaxd of its own and mail going on: the store locked
by another process; its directory read-only; the journal read-only; the disk
full (a small tmpfs; as root only); the journal's quota reached.
"""
import argparse
import collections
import concurrent.futures as futures
import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from xml.etree import ElementTree

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "support")
sys.path.insert(0, SUPPORT)
import miltertest  # noqa: E402
import rows  # noqa: E402

AS_ROOT = os.geteuid() == 0
PATIENCE = 30
XMLNS = "{urn:ietf:params:xml:ns:dmarc-2.0}"
WORKERS = 6
QUOTA = 8 * 1024 * 1024
# One message may take so long while a disk is in trouble. What is measured
# beside it is a machine that has much else to do.
SLOW = 2.0

ZONE = """\
_dmarc.good.example TXT v=DMARC1; p=none; rua=mailto:d@good.example
*.b.good.example    TXT v=spf1 ip4:192.0.2.1 -all
"""
MESSAGE = (b"From: a@good.example\r\nTo: user@rcpt.example\r\n"
           b"Subject: a drill\r\n\r\nHello\r\n")


class Failure(Exception):
    pass


def wait_for(what, ready, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise Failure(f"no {what} in {seconds} s")
        time.sleep(0.01)


def own(path):
    if AS_ROOT:
        shutil.chown(path, "nobody")


class Bench:
    """A directory, a name server, and sealwaxd, which may come and go."""

    def __init__(self, build, place, name, *options):
        self.place = os.path.join(place, name)
        self.state = f"{self.place}/state"
        self.journal = f"{self.state}/journal"
        self.base = f"{self.place}/base"
        self.database = f"{self.base}/sealwax.db"
        self.socket = f"{self.place}/run/sock"
        for folder in ("", "/run", "/state", "/base"):
            os.mkdir(self.place + folder)
            own(self.place + folder)
        zone = f"{self.place}/zone"
        with open(zone, "w", encoding="utf-8") as file:
            file.write(ZONE)
        self.dns = subprocess.Popen(
            [sys.executable, f"{SUPPORT}/dnsproxy.py", "--zone", zone],
            stdout=subprocess.PIPE)
        port = self.dns.stdout.readline().split()[1].decode()
        options = [f"socket=unix:{self.socket}", f"state-dir={self.state}",
                   f"store=sqlite:{self.database}", "log-to=stderr",
                   "authserv-id=mx.rcpt.example", "journal-sync=100ms",
                   f'resolver=["127.0.0.1@{port}"]', *options]
        if AS_ROOT:
            options += ["user=nobody", "group=nogroup"]
        self.options = ["-c", "/dev/null"]
        for option in options:
            self.options += ["-o", option]
        self.argv = [os.path.join(build, "sealwaxd"), "-f", *self.options]
        self.report = os.path.join(build, "sealwax-report")
        self.log_path = f"{self.place}/log"
        self.process = None
        self.attempts = 0
        self.lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.dns.terminate()
        self.dns.wait()
        self.dns.stdout.close()

    def start(self):
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.argv, stderr=log)

    def up(self):
        self.start()
        begun = self.log().count(" started version=")
        wait_for("start", lambda: self.process.poll() is not None or
                 self.log().count(" started version=") > begun)
        if self.process.poll() is not None:
            raise Failure(f"sealwaxd ended:\n{self.log()[-2000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        if status != 0:
            raise Failure(f"sealwaxd ended with {status}")

    def log(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def counter(self, name):
        before = self.log().count(": journal-counters ")
        self.process.send_signal(signal.SIGUSR2)
        wait_for("counters",
                 lambda: self.log().count(": journal-counters ") > before)
        return int(re.findall(rf": journal-counters.* {name}=(\d+)",
                              self.log())[-1])

    def next_name(self):
        """The domain of one attempt's reverse-path."""
        with self.lock:
            self.attempts += 1
            return f"x{self.attempts}.b.good.example"

    def deliver(self, name):
        """The verdict; (None, whether end-of-message was under way)."""
        at_end = False
        try:
            with miltertest.Session(f"unix:{self.socket}",
                                    timeout=PATIENCE) as session:
                session.connect("192.0.2.1")
                session.helo("mail.good.example")
                session.mail(f"a@{name}")
                session.macros["i"] = name.split(".")[0]
                session.rcpt("user@rcpt.example")
                session.say("data")
                fields, body = miltertest.split(MESSAGE)
                for field, value in fields:
                    session.header(field, value)
                session.say("eoh")
                session.body_chunk(body)
                at_end = True
                edits, final = session.eom()
                outcome = session.outcome("eom", final, edits)
                session.quit()
                return outcome.action, True
        except (miltertest.Gone, OSError):
            return None, at_end

    def send(self, n):
        """n messages that must be accepted; how long each took."""
        took = []
        for _ in range(n):
            began = time.monotonic()
            action, _ = self.deliver(self.next_name())
            took.append(time.monotonic() - began)
            if action != "accept":
                raise Failure(f"a message was not accepted: {action}")
        return took

    def counts(self):
        """How many rows each attempt has."""
        counts = collections.Counter()
        for text, count in rows.kept(self.journal, self.database).items():
            counts[re.search(r"envelope_from=(\S+)", text)[1]] += count
        return counts

    def counts_in_xml(self):
        """The same in the reports as they would be sent."""
        counts, folder = collections.Counter(), f"{self.place}/xml"
        os.mkdir(folder)
        own(folder)
        subprocess.run([self.report, "xml", "--open", "--output-dir", folder,
                        *self.options], check=True, stdout=subprocess.DEVNULL)
        for name in os.listdir(folder):
            for record in ElementTree.parse(f"{folder}/{name}").iter(
                    f"{XMLNS}record"):
                who = record.findtext(
                    f"{XMLNS}identifiers/{XMLNS}envelope_from")
                counts[who] += int(record.findtext(f"{XMLNS}row/{XMLNS}count"))
        return counts

    def files(self, suffix=""):
        if not os.path.isdir(self.journal):
            return []
        return [name for name in os.listdir(self.journal)
                if name.endswith(suffix)]

    def stored(self):
        return sum(rows.stored(self.database)[0].values())


# --- kills -------------------------------------------------------------------

class Worker(threading.Thread):
    """Delivers until enough messages have a verdict, as an MTA does: what
    got none comes again."""

    def __init__(self, bench, wanted):
        super().__init__()
        self.bench, self.wanted = bench, wanted
        self.verdicts, self.at_end, self.before = set(), set(), set()
        self.failure = None

    def run(self):
        deadline = time.monotonic() + 600
        while len(self.verdicts) < self.wanted:
            name = self.bench.next_name()
            action, at_end = self.bench.deliver(name)
            if action == "accept":
                self.verdicts.add(name)
            elif action is not None:
                self.failure = f"{name}: {action}"
                return
            elif at_end:
                self.at_end.add(name)
            else:
                self.before.add(name)
                time.sleep(0.01)
            if time.monotonic() > deadline:
                self.failure = "it takes too long"
                return


def kills(build, place, n, seed):
    rng = random.Random(seed)
    with Bench(build, place, "kills") as bench:
        bench.up()
        workers = [Worker(bench, n // WORKERS + (i < n % WORKERS))
                   for i in range(WORKERS)]
        for worker in workers:
            worker.start()
        killed = 0
        while any(worker.is_alive() for worker in workers):
            # Also while it starts, and while it imports what is there.
            time.sleep(rng.choice((0.02, 0.06, 0.06, 0.2)) * rng.random())
            bench.kill()
            killed += 1
            bench.start()
        for worker in workers:
            worker.join()
            if worker.failure:
                raise Failure(worker.failure)
        bench.kill()
        verdicts = set().union(*(worker.verdicts for worker in workers))
        at_end = set().union(*(worker.at_end for worker in workers))
        before = set().union(*(worker.before for worker in workers))
        total = check_bound(bench, verdicts, at_end, before)
        imported = bench.stored()
        # What is left is imported once, too.
        bench.up()
        wait_for("import of the rest", lambda: not bench.files(".done"))
        bench.stop()
        if check_bound(bench, verdicts, at_end, before) != total:
            raise Failure("importing the rest changed the number of rows")
        left = bench.files(".open") + bench.files(".damaged")
        if left:
            raise Failure(f"left in the journal: {left}")
        if bench.counts_in_xml() != +bench.counts():
            raise Failure("the reports do not count what the store has")
        lost = rows.number(bench.database, "rows-lost")
        damaged = rows.number(bench.database, "rows-damaged")
        if lost or damaged:
            raise Failure(f"rows lost {lost}, damaged {damaged}")
    return (f"{len(verdicts)} verdicts <= {total} rows <= {len(verdicts)} + "
            f"{len(at_end)} at end-of-message; {killed} kills struck "
            f"{len(before)} others earlier; {imported} rows were imported "
            "between kills")


def check_bound(bench, verdicts, at_end, before):
    counts = bench.counts()
    for name in verdicts:
        if counts[name] != 1:
            raise Failure(f"{name}: a verdict, and {counts[name]} rows")
    for name in at_end:
        if counts[name] > 1:
            raise Failure(f"{name}: {counts[name]} rows")
    for name in before:
        if counts[name]:
            raise Failure(f"{name}: a row, and no end-of-message")
    total = sum(counts.values())
    assert len(verdicts) <= total <= len(verdicts) + len(at_end)
    return total


# --- trouble with the disk ---------------------------------------------------

def check_latency(took):
    if max(took) > SLOW:
        raise Failure(f"a message took {max(took):.2f} s")
    return (f"median {statistics.median(took) * 1000:.1f} ms, "
            f"at most {max(took) * 1000:.0f} ms")


def check_all_there(bench, n):
    wait_for("import", lambda: bench.stored() == n and
             not bench.files(".done"))
    bench.stop()
    counts = bench.counts()
    if set(counts.values()) != {1} or len(counts) != n:
        raise Failure(f"{n} messages, rows: {counts.most_common(3)}...")


def locked_store(build, place, n):
    """Another process is in the middle of a transaction."""
    with Bench(build, place, "locked-store") as bench:
        bench.up()
        before = bench.send(n)
        wait_for("first import", lambda: bench.stored() == n)
        other = sqlite3.connect(bench.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        took = bench.send(n)
        wait_for("closed segment", lambda: bench.files(".done"))
        # The importer waits for the lock now.
        took += bench.send(n)
        if bench.stored() != n:
            raise Failure("a locked store was written to")
        said = wait_log(bench, "the store cannot be used")
        other.execute("ROLLBACK")
        other.close()
        check_all_there(bench, 3 * n)
        if "the store can be used again" not in bench.log():
            raise Failure("nobody said that the store is back")
    return f"{check_latency(took)} (before: {check_latency(before)}); {said}"


def wait_log(bench, text):
    wait_for(text, lambda: text in bench.log())
    return f"said: {text}"


def store_read_only(build, place, n):
    """Its directory is read-only at the start already."""
    with Bench(build, place, "store-read-only") as bench:
        os.chmod(bench.base, 0o555)
        bench.up()
        took = bench.send(n)
        said = wait_log(bench, "the store cannot be used")
        wait_for("closed segment", lambda: bench.files(".done"))
        os.chmod(bench.base, 0o755)
        check_all_there(bench, n)
    return f"{check_latency(took)}; {said}"


def journal_read_only(build, place, n):
    """Mail goes on; what could not be kept is counted."""
    with Bench(build, place, "journal-read-only") as bench:
        bench.up()
        took = bench.send(n)
        wait_for("closed segment", lambda: not bench.files(".open"))
        os.chmod(bench.journal, 0o555)
        took += bench.send(n)
        lost = bench.counter("lost")
        os.chmod(bench.journal, 0o755)
        if lost != n:
            raise Failure(f"{lost} rows lost, not {n}")
        said = wait_log(bench, "Permission denied: rows of reports are lost")
        time.sleep(1.1)  # until it is tried again
        took += bench.send(n)
        if bench.counter("lost") != n:
            raise Failure("rows are lost where they could be kept")
        check_all_there(bench, 2 * n)
        if rows.number(bench.database, "rows-lost") != n:
            raise Failure("the store does not say how many were lost")
    return f"{check_latency(took)}; {lost} rows lost and counted; {said}"


@contextlib.contextmanager
def small_disk(path, size):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755",
                    "tmpfs", path], check=True)
    try:
        own(path)
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def fill(path):
    """All room but a few hundred octets."""
    with open(path, "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 4096)
    return os.path.getsize(path)


def disk_full(build, place, n):
    with Bench(build, place, "disk-full") as bench:
        with small_disk(bench.state, "256k"):
            bench.up()
            took = bench.send(n)
            fill(f"{bench.state}/filler")
            # What fits behind the last row still does.
            while bench.counter("lost") == 0:
                took += bench.send(n)
            took += bench.send(n)
            lost = bench.counter("lost")
            said = wait_log(bench, "No space left on device: rows of reports")
            os.unlink(f"{bench.state}/filler")
            time.sleep(1.1)  # until it is tried again
            took += bench.send(n)
            if bench.counter("lost") != lost:
                raise Failure("rows are lost where there is room")
            kept = len(took) - lost
            check_all_there(bench, kept)
    return (f"{check_latency(took)}; {kept} rows kept, {lost} lost and "
            f"counted; {said}")


def quota_reached(build, place, n):
    """The store is away until the journal is full."""
    with Bench(build, place, "quota-reached", f"journal-quota={QUOTA}") as bench:
        os.chmod(bench.base, 0o555)
        os.mkdir(bench.journal)
        own(bench.journal)
        filler = f"{bench.journal}/filler"
        with open(filler, "wb") as file:
            file.truncate(QUOTA - 8192)
        bench.up()
        took = []
        while bench.counter("lost") == 0:
            took += bench.send(n)
        took += bench.send(n)
        lost = bench.counter("lost")
        said = wait_log(bench, "has reached journal-quota")
        used = sum(os.path.getsize(f"{bench.journal}/{name}")
                   for name in bench.files())
        if used > QUOTA:
            raise Failure(f"{used} octets are more than {QUOTA}")
        kept = len(took) - lost
        os.chmod(bench.base, 0o755)
        wait_for("import", lambda: bench.stored() == kept)
        os.unlink(filler)
        # Noticed within a second; then rows are kept again.
        time.sleep(2.2)
        took += bench.send(n)
        if bench.counter("lost") != lost:
            raise Failure("rows are lost where there is room")
        check_all_there(bench, kept + n)
    return (f"{check_latency(took)}; {lost} of {len(took)} rows lost and "
            f"counted; {said}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("build")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    place = tempfile.mkdtemp(prefix="wax-kill-")
    os.chmod(place, 0o755)
    drills = [("kills", lambda: kills(build, place, options.messages,
                                      options.seed))]
    for drill in (locked_store, store_read_only, journal_read_only,
                  quota_reached) + ((disk_full,) if AS_ROOT else ()):
        drills.append((drill.__name__,
                       lambda drill=drill: drill(build, place, 40)))
    if options.only:
        drills = [one for one in drills if one[0] == options.only]

    def run(drill):
        try:
            return True, drill[1]()
        except (Failure, AssertionError, sqlite3.Error) as failure:
            return False, str(failure)

    passed = 0
    with futures.ThreadPoolExecutor(len(drills)) as pool:
        # The first one alone: the others mostly wait, and are timed.
        results = [run(drills[0])] + list(pool.map(run, drills[1:]))
    for (name, _), (good, text) in zip(drills, results):
        print(f"{'ok' if good else 'not ok'} {name}: {text}", flush=True)
        passed += good
        log = f"{place}/{name.replace('_', '-')}/log"
        if not good and os.path.exists(log):
            with open(log, encoding="utf-8") as file:
                print("".join(file.readlines()[-15:]))
    if passed == len(drills):
        shutil.rmtree(place)
    print(f"kill_drill: {passed} of {len(drills)} drills passed")
    return 0 if passed == len(drills) else 1


if __name__ == "__main__":
    sys.exit(main())
