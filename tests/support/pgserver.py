#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""pgserver - a PostgreSQL of the test's own, in a private directory.

No network, only a socket there; everybody who may enter it is let in. With a
Tls it listens on a port of loopback as well, for the user "sealwax" with a
password over TLS and for nobody else. As a program it says the URL when the server takes connections, then obeys lines
and says "done": "crash" (as `pg_ctl stop -m immediate`), "start", "freeze" and
"thaw" (stop and continue every process of the server). When its input ends,
or if it dies, the server ends.
"""
import ctypes
import glob
import os
import shutil
import signal
import socket
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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Tls:
    """A certificate for 127.0.0.1, made now, and whom to trust for it."""

    def __init__(self, folder, password):
        self.password = password
        self.ca, self.key, self.certificate = (
            os.path.join(folder, name) for name in
            ("ca.pem", "server.key", "server.pem"))
        ca_key = os.path.join(folder, "ca.key")
        request = os.path.join(folder, "request")
        names = os.path.join(folder, "names")
        with open(names, "w", encoding="ascii") as file:
            file.write("subjectAltName = IP:127.0.0.1\n")
        kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes"]
        for words in (
                ["req", "-x509", *kind, "-keyout", ca_key, "-out", self.ca,
                 "-days", "2", "-subj", "/CN=test"],
                ["req", *kind, "-keyout", self.key, "-out", request, "-subj",
                 "/CN=db.example"],
                ["x509", "-req", "-in", request, "-CA", self.ca, "-CAkey",
                 ca_key, "-CAcreateserial", "-days", "2", "-extfile", names,
                 "-out", self.certificate]):
            subprocess.run(["openssl", *words], check=True,
                           stderr=subprocess.DEVNULL)
        os.chmod(self.key, 0o600)
        if os.getuid() == 0:
            shutil.chown(self.key, "postgres", "postgres")

    def settings(self):
        return ["-c", "listen_addresses=127.0.0.1", "-c", "ssl=on",
                "-c", f"ssl_cert_file={self.certificate}",
                "-c", f"ssl_key_file={self.key}"]


class Server:
    def __init__(self, database="sealwax", tls=None):
        self.bin = bin_directory()
        self.database = database
        self.tls = tls
        self.port = 5432 if tls is None else free_port()
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
            if tls is not None:
                self.only_by_tls()
            self.start()
            self.run("createdb", "-h", self.top, "-p", str(self.port), "-U",
                     "postgres", database)
            if tls is not None:
                self.query(f"CREATE ROLE sealwax LOGIN PASSWORD "
                           f"'{tls.password}'; ALTER DATABASE {database} "
                           "OWNER TO sealwax")
        except BaseException:
            self.end()
            raise

    def run(self, program, *arguments):
        subprocess.run([os.path.join(self.bin, program), *arguments],
                       check=True, stdout=subprocess.DEVNULL, cwd="/",
                       **self.account)

    def only_by_tls(self):
        with open(os.path.join(self.data, "pg_hba.conf"), "w",
                  encoding="ascii") as file:
            file.write("local all postgres trust\n"
                       "hostssl all sealwax 127.0.0.1/32 scram-sha-256\n")

    def query(self, sql):
        """As the superuser; the lines of the result."""
        done = subprocess.run(
            [os.path.join(self.bin, "psql"), "-XAtq", "-F", " ", "-h",
             self.top, "-p", str(self.port), "-U", "postgres", "-c", sql,
             self.database], capture_output=True, text=True, check=True,
            cwd="/")
        return done.stdout.splitlines()

    @property
    def url(self):
        return f"postgresql://postgres@/{self.database}?host={self.top}"

    def is_ready(self):
        return subprocess.run(
            [os.path.join(self.bin, "pg_isready"), "-q", "-h", self.top,
             "-p", str(self.port), "-U", "postgres"],
            cwd="/", check=False).returncode == 0

    def start(self):
        until = time.monotonic() + PATIENCE
        while True:
            log = open(os.path.join(self.top, "log"), "ab")
            with log:
                self.process = subprocess.Popen(
                    [os.path.join(self.bin, "postgres"), "-D", self.data,
                     "-k", self.top, "-p", str(self.port),
                     *(["-c", "listen_addresses="] if self.tls is None else
                       self.tls.settings()),
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
