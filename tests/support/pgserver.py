#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""pgserver - a PostgreSQL of the test's own, in a private directory.

No network, only a socket there; everybody who may enter it is let in. As a
program it says the URL when the server takes connections, then obeys lines
and says "done": "crash" (as `pg_ctl stop -m immediate`), "start", "freeze" and
"thaw" (stop and continue every process of the server). When its input ends,
or if it dies, the server ends.
"""
import ctypes
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 30
ROOM = 300 * 1024 * 1024


def bin_directory():
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if not found:
        sys.exit("pgserver: there is no PostgreSQL: install postgresql-15")
    return os.path.dirname(max(
        found, key=lambda path: int(path.split("/")[4].split(".")[0])))


def top_directory():
    """In memory, if there is room: after each crash the server syncs every
    file, which takes seconds on a disk that others use."""
    memory = "/dev/shm"
    try:
        fs = os.statvfs(memory)
        roomy = fs.f_bavail * fs.f_frsize > ROOM and \
            os.access(memory, os.W_OK)
    except OSError:
        roomy = False
    return tempfile.mkdtemp(prefix="wax-pg-", dir=memory if roomy else None)


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


class Server:
    def __init__(self, database="sealwax"):
        self.bin = bin_directory()
        self.database = database
        self.top = top_directory()
        os.chmod(self.top, 0o755)
        self.data = os.path.join(self.top, "data")
        # PostgreSQL does not run as root.
        self.account = {}
        if os.getuid() == 0:
            shutil.chown(self.top, "postgres", "postgres")
            self.account = {"user": "postgres", "group": "postgres",
                            "extra_groups": []}
        self.process = None
        try:
            self.run("initdb", "-D", self.data, "-U", "postgres",
                     "--auth=trust", "--locale=C", "--encoding=UTF8",
                     "--no-sync", "--no-instructions", "--wal-segsize=1")
            self.start()
            self.run("createdb", "-h", self.top, "-U", "postgres", database)
        except BaseException:
            self.end()
            raise

    def run(self, program, *arguments):
        subprocess.run([os.path.join(self.bin, program), *arguments],
                       check=True, stdout=subprocess.DEVNULL, cwd="/",
                       **self.account)

    @property
    def url(self):
        return f"postgresql://postgres@/{self.database}?host={self.top}"

    def is_ready(self):
        return subprocess.run(
            [os.path.join(self.bin, "pg_isready"), "-q", "-h", self.top,
             "-U", "postgres"],
            cwd="/", check=False).returncode == 0

    def start(self):
        until = time.monotonic() + PATIENCE
        while True:
            log = open(os.path.join(self.top, "log"), "ab")
            with log:
                self.process = subprocess.Popen(
                    [os.path.join(self.bin, "postgres"), "-D", self.data,
                     "-k", self.top, "-c", "listen_addresses=",
                     "-c", "fsync=on", "-c", "max_connections=60",
                     "-c", "max_wal_size=32MB", "-c", "min_wal_size=2MB"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    cwd="/", preexec_fn=end_with_parent, **self.account)
            while self.process.poll() is None and not self.is_ready() and \
                    time.monotonic() < until:
                time.sleep(0.02)
            if self.process.poll() is None and self.is_ready():
                return
            # After a crash its memory may still be held for a moment.
            if time.monotonic() >= until:
                self.end()
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.1)

    def crash(self):
        """What pg_ctl stop -m immediate does."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE)

    def signal_all(self, number):
        pids = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
            capture_output=True, text=True, check=False).stdout.split()
        for pid in [self.process.pid, *map(int, pids)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.signal_all(signal.SIGCONT)
            self.crash()
        shutil.rmtree(self.top, ignore_errors=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    server = Server()
    try:
        print(server.url, flush=True)
        for line in sys.stdin:
            word = line.strip()
            if word == "crash":
                server.crash()
            elif word == "start":
                server.start()
            elif word == "freeze":
                server.signal_all(signal.SIGSTOP)
            elif word == "thaw":
                server.signal_all(signal.SIGCONT)
            else:
                sys.exit(f"pgserver: what is {word}?")
            print("done", flush=True)
    finally:
        server.end()


if __name__ == "__main__":
    main()
