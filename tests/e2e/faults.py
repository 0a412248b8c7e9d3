#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""faults.py - fail each system call of journal and import, one at a time.

usage: faults.py [--all] [--only PART] BUILD_DIRECTORY

fault_driver does what the daemon's threads do, in one. It is traced once, and
N calls that can be made to fail are counted. Then it is run again for each k
up to N, and strace makes the k-th call fail with EIO, with ENOSPC, or (the
journal's write) return as if one octet had been written, or kills the process
there.
After each run a clean one follows, as after a restart; then

  - each row that was acknowledged is there once;
  - one that was being written when the process was killed is there once or
    not at all; none is there twice, and no line is damaged;
  - no single error lost a row.

A "short write" that strace makes writes nothing. The journal does not care,
as it cuts back what is torn; SQLite believes it, as it believes every disk
that says that it has written, so it is not told such. True short writes are
made by a limit on the size of files, for each size, and by a small tmpfs, for
each number of pages.

Then a real sealwaxd: each of these calls fails, or hangs for two seconds, for
as long as mail comes in. Every message must be accepted in time.

Without --all, of each kind of call the first, the middle and the last are
failed. What cannot be made to fail by this means is printed.
"""
import argparse
import collections
import concurrent.futures as futures
import itertools
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import zlib

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import kill_drill  # noqa: E402
import rows  # noqa: E402

# What touches files. Others only compute, or cannot fail without the program
# being out of memory, which ends it (a restart, as after a kill).
CALLS = ("access,close,faccessat,faccessat2,fchmod,fchown,fcntl,fdatasync,"
         "fstat,fsync,ftruncate,getdents64,getrandom,geteuid,lseek,lstat,"
         "mkdir,newfstatat,open,openat,pread64,pwrite64,read,readlink,rename,"
         "stat,unlink,write").split(",")
WRITES = ("write",)
FAULTS = ("EIO", "ENOSPC", "short", "SIGKILL")
NOT_INJECTED = (
    "writes to the memory that SQLite maps for its -shm file; clock_gettime "
    "(vDSO: no system call); mmap, munmap, brk, futex (out of memory ends the "
    "process); sendto of the driver's own reports")
ROWS = 10
BEFORE = 3  # rows of a process that died before
SEGMENTS, EACH = 3, 3


class Failure(Exception):
    pass


class Part:
    """Something that is run again and again, each time in a new place."""

    def __init__(self, build, place):
        self.driver = os.path.join(build, "tests", "e2e", "fault_driver")
        self.place = place
        self.numbers = itertools.count()
        self.prepare()

    def run(self, folder, prefix=(), limit=None):
        """What the driver said, and its status."""
        def child():
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        ours, theirs = socket.socketpair()
        with ours:
            process = subprocess.Popen(
                [*prefix, *self.words(folder)], stdout=theirs,
                stderr=subprocess.PIPE, preexec_fn=child,
                # There is no looking for leaks under strace.
                env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
            theirs.close()
            error = process.communicate(timeout=60)[1].decode()
            ours.setblocking(False)
            said = b""
            try:
                while more := ours.recv(65536):
                    said += more
            except (BlockingIOError, ConnectionResetError):
                pass
        return said.decode().split("\n")[:-1], process.returncode, error

    def count(self):
        """Of each kind of call: how many come before, and how many count."""
        folder = self.folder()
        trace = f"{folder}.trace"
        said, status, error = self.run(
            folder, ["strace", "-o", trace, "-e",
                     "trace=umask," + ",".join(CALLS)])
        if status != 0:
            raise Failure(f"{self.name}: without a fault: {error}")
        self.check(folder, said, None)
        before, counts, begun = {}, collections.Counter(), False
        with open(trace, encoding="utf-8", errors="replace") as file:
            for line in file:
                match = re.match(r"(\w+)\(", line)
                if match is None:
                    continue
                if match[1] == "umask":
                    before, begun = dict(counts), True
                    counts.clear()
                    continue
                counts[match[1]] += 1
        assert begun, "no umask() in the trace"
        shutil.rmtree(folder)
        return before, counts

    def inject(self, call, k, fault):
        folder = self.folder()
        trace = f"{folder}.trace"
        if fault == "short":
            what = "retval=1"
        elif fault == "SIGKILL":
            what = "signal=SIGKILL"
        else:
            what = f"error={fault}"
        said, status, error = self.run(
            folder, ["strace", "-o", trace, "-e", f"trace={call}", "-e",
                     f"inject={call}:{what}:when={k}"])
        with open(trace, encoding="utf-8", errors="replace") as file:
            text = file.read()
        happened = "INJECTED" in text or "killed by SIGKILL" in text
        if not happened:
            shutil.rmtree(folder)
            os.unlink(trace)
            return False
        if status not in (0, 1, -signal.SIGKILL, 128 + signal.SIGKILL):
            raise Failure(f"{self.name}: status {status}: {error}")
        self.check(folder, said, fault)
        shutil.rmtree(folder)
        os.unlink(trace)
        return True

    def folder(self):
        folder = f"{self.place}/{self.name}-{next(self.numbers)}"
        shutil.copytree(self.sample, folder)
        return folder

    def again(self, folder):
        """As after a restart: nothing may fail."""
        said, status, error = self.run(folder)
        if status != 0:
            raise Failure(f"{self.name}: the clean run: {error}")
        return said


def names(tuples):
    counts = collections.Counter()
    for text, count in tuples.items():
        counts[re.search(r"envelope_from=(\w+)", text)[1]] += count
    return counts


class Journal(Part):
    name = "journal"
    sync_ms = "0"

    def words(self, folder):
        return [self.driver, "journal", f"{folder}/journal", str(ROWS),
                self.sync_ms]

    def prepare(self):
        """A directory with a segment that a dead process left open, and an
        empty one."""
        self.sample = f"{self.place}/{self.name}-sample"
        os.mkdir(self.sample)
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            ["strace", "-o", "/dev/null", "-e", "trace=sendto", "-e",
             f"inject=sendto:signal=SIGKILL:when={BEFORE + 1}",
             self.driver, "journal", f"{self.sample}/journal", "99", "1000"],
            stdout=theirs)
        process.wait()
        theirs.close()
        ours.close()
        path = f"{self.sample}/journal"
        left = [name for name in os.listdir(path) if name.endswith(".open")]
        assert len(left) == 1, left
        self.rename_rows(os.path.join(path, left[0]))
        with open(f"{path}/01700000000-{'0' * 32}.open", "wb"):
            pass

    @staticmethod
    def rename_rows(path):
        """The rows that were left are "x9001" and so on."""
        ident = re.search(r"-([0-9a-f]{32})\.", path)[1]
        segment = rows.Segment(path, ident)
        assert len(segment.rows) == BEFORE, segment.rows
        out = b""
        for text in [f"sealwax-journal 1 {ident}"] + [
                re.sub(r"=x(\d)\b", r"=x900\1", row)
                for row in segment.rows]:
            checked = f"{len(text)} {text}".encode()
            out += b"%08x %s\n" % (
                zlib.crc32(checked + bytes.fromhex(ident)), checked)
        with open(path, "wb") as file:
            file.write(out)

    def check(self, folder, said, fault):
        kept = {line.split()[1] for line in said if line.startswith("kept")}
        lost = {line.split()[1] for line in said if line.startswith("lost")}
        # A clean process closes what was left.
        saved, self_rows = self.words, ["0", "0"]
        self.words = lambda where: saved(where)[:3] + self_rows
        try:
            self.again(folder)
        finally:
            del self.words
        counts = names(rows.kept(f"{folder}/journal", "/nonexistent"))
        if rest := [name for name in os.listdir(f"{folder}/journal")
                    if not name.endswith(".done")]:
            raise Failure(f"journal: left over: {rest}")
        for i in range(1, BEFORE + 1):
            if counts.pop(f"x900{i}", 0) != 1:
                raise Failure("journal: a row of before is gone, or double")
        last = len(kept) + len(lost) + 1
        for i in range(1, ROWS + 1):
            found = counts.pop(f"x{i}", 0)
            if str(i) in kept:
                allowed = (1,)
            elif str(i) in lost or i > last or fault != "SIGKILL":
                allowed = (0,)
            else:  # it was under way
                allowed = (0, 1)
            if found not in allowed:
                raise Failure(f"journal: row {i} is there {found} times")
        if counts:
            raise Failure(f"journal: rows of nobody: {counts}")
        if lost and fault not in ("SIGKILL", "limit"):
            raise Failure(f"journal: one error lost rows {lost}")

    def true_short_writes(self, sizes):
        """Files may not be larger than that: the write behind it is torn."""
        for size in sizes:
            folder = self.folder()
            said, status, error = self.run(folder, limit=size)
            if status != 0:
                raise Failure(f"journal: limit {size}: {error}")
            self.check(folder, said, "limit")
            shutil.rmtree(folder)
        return len(sizes)


class JournalLater(Journal):
    """With journal-sync = "1s"."""
    name = "journal-1s"
    sync_ms = "1000"


class Import(Part):
    name = "import"

    def words(self, folder):
        return [self.driver, "import", f"{folder}/journal",
                f"{folder}/base/sealwax.db"]

    def prepare(self):
        self.sample = f"{self.place}/{self.name}-sample"
        os.makedirs(f"{self.sample}/base")
        for i in range(SEGMENTS):
            ours, theirs = socket.socketpair()
            with ours, theirs:
                subprocess.run(
                    [self.driver, "journal", f"{self.sample}/journal",
                     str(EACH)], stdout=theirs, check=True)

    def check(self, folder, said, fault):
        if "damaged 0" not in said and fault != "SIGKILL":
            raise Failure(f"import: {said}")
        if self.again(folder)[0] != "damaged 0":
            raise Failure("import: damaged lines")
        database = f"{folder}/base/sealwax.db"
        counts = names(rows.stored(database)[0])
        if counts != {f"x{i}": SEGMENTS for i in range(1, EACH + 1)}:
            raise Failure(f"import: rows in the store: {counts}")
        if left := os.listdir(f"{folder}/journal"):
            raise Failure(f"import: left over: {left}")

    def true_short_writes(self, sizes):
        for size in sizes:
            folder = self.folder()
            said, status, error = self.run(folder, limit=size)
            if status not in (0, 1) or "damaged 0" not in said:
                raise Failure(f"import: limit {size}: {said} {error}")
            self.check(folder, said, "limit")
            shutil.rmtree(folder)
        return len(sizes)

    def small_disks(self, sizes):
        for size in sizes:
            folder = self.folder()
            base = f"{folder}/base"
            with kill_drill.small_disk(base, f"{size}k"):
                said, status, _ = self.run(folder)
                if status not in (0, 1) or "damaged 0" not in said:
                    raise Failure(f"import: disk of {size} kB: {said}")
                subprocess.run(["mount", "-o", "remount,size=4m", base],
                               check=True)
                self.check(folder, said, "limit")
            shutil.rmtree(folder)
        return len(sizes)


# --- a real daemon -----------------------------------------------------------

def attached(build, place, what, inject):
    """sealwaxd with strace on it: mail must not notice."""
    with kill_drill.Bench(build, place, what) as bench:
        bench.up()
        bench.send(5)
        trace = f"{bench.place}/trace"
        strace = subprocess.Popen(
            ["strace", "-f", "-q", "-o", trace, "-e",
             "trace=" + inject.split(":")[0], "-e", f"inject={inject}",
             "-p", str(bench.process.pid)])
        try:
            kill_drill.wait_for("strace", lambda: os.path.exists(trace))
            took = bench.send(30)
            # Until a segment should be closed, and imported.
            kill_drill.wait_for(
                "fault", lambda: "INJECTED" in open(
                    trace, encoding="utf-8", errors="replace").read() or
                "DELAYED" in open(
                    trace, encoding="utf-8", errors="replace").read())
            took += bench.send(30)
        finally:
            strace.terminate()
            strace.wait()
        slowest = kill_drill.check_latency(took)
        lost = bench.counter("lost")
        if lost:
            raise Failure(f"{what}: {lost} rows lost")
        kill_drill.check_all_there(bench, 65)
    return slowest


DAEMON = tuple(
    (f"{call}-{fault.split('=')[1]}", f"{call}:{fault}")
    for call, fault in itertools.product(
        ("fdatasync", "rename", "unlink", "pwrite64"),
        ("error=EIO", "delay_enter=2000000")))


# --- all of it ---------------------------------------------------------------

def choose(before, count, all_of_them):
    numbers = range(before + 1, before + count + 1)
    if all_of_them or count <= 3:
        return list(numbers)
    return [numbers[0], numbers[count // 2], numbers[-1]]


def fail_each(part, all_of_them):
    before, counts = part.count()
    total = sum(counts.values())
    shown = " ".join(f"{call}={n}" for call, n in sorted(counts.items()))
    print(f"{part.name}: N={total} system calls can be made to fail: {shown}",
          flush=True)
    runs = [(call, k, fault) for call, n in sorted(counts.items())
            for k in choose(before.get(call, 0), n, all_of_them)
            for fault in FAULTS if fault != "short" or call in WRITES]
    failures, happened = [], 0
    for call, k, fault in runs:
        try:
            happened += part.inject(call, k, fault)
        except (Failure, AssertionError, sqlite3.Error) as failure:
            failures.append(f"{call} {k - before.get(call, 0)} of "
                            f"{counts[call]}, {fault}: {failure}")
    for failure in failures:
        print(f"not ok {part.name}: {failure}")
    print(f"{part.name}: {happened - len(failures)} of {len(runs)} faults "
          "left each row where it belongs", flush=True)
    if happened != len(runs):
        print(f"not ok {part.name}: {len(runs) - happened} faults did not "
              "happen")
    return not failures and happened == len(runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("build")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    place = tempfile.mkdtemp(prefix="wax-faults-")
    os.chmod(place, 0o755)
    good = True

    def wanted(name):
        return options.only in (None, name)

    for kind in (Journal, JournalLater, Import):
        if wanted(kind.name):
            good = fail_each(kind(build, place), options.all) and good
    step = 1 if options.all else 37
    try:
        if wanted("sizes"):
            n = JournalLater(build, tempfile.mkdtemp(dir=place)) \
                .true_short_writes(range(0, 1400, step))
            print(f"journal: {n} sizes of files, each with a true short "
                  "write: rows kept or counted")
            part = Import(build, tempfile.mkdtemp(dir=place))
            n = part.true_short_writes(range(
                0, 130000, 1021 if options.all else 12347))
            print(f"import: {n} sizes of files, each with true short writes: "
                  "each row once")
            n = part.small_disks(
                range(4, 260, 4 if options.all else 24))
            print(f"import: {n} sizes of a disk that is too small, and then "
                  "larger: each row once")
        if wanted("daemon"):
            with futures.ThreadPoolExecutor(len(DAEMON)) as pool:
                for (what, _), text in zip(DAEMON, pool.map(
                        lambda one: attached(build, place, *one), DAEMON)):
                    print(f"sealwaxd, {what} for each call: {text}")
    except (Failure, kill_drill.Failure, AssertionError,
            sqlite3.Error) as failure:
        print(f"not ok: {failure}")
        good = False
    print("not made to fail: " + NOT_INJECTED)
    if good:
        shutil.rmtree(place)
    else:
        print(f"faults: see {place}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
