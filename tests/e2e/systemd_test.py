#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""systemd_test.py - the units of contrib/systemd under a real systemd.

usage: systemd_test.py BUILD_DIRECTORY

systemd runs as the first process of namespaces of its own, on a copy-on-write
view of this machine: nothing is left behind, and the machine's own systemd,
if there is one, sees nothing of it. The programs are installed there and the
units put in place as README.md says. Then:

  - sealwaxd starts with the unit's confinement, and takes its socket;
  - reload reads the configuration again;
  - after kill -9 it is there again;
  - sealwax-report.service sends a report that is due to a mail server;
  - stop is a matter of a moment.

Not part of "make check-e2e": a container often does not let systemd run.
For root.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "support")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOT = """
set -e
R=$1
mount --make-rprivate /
mount -t tmpfs tmpfs "$R"
mkdir "$R/up" "$R/work" "$R/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$R/up,workdir=$R/work" \
    "$R/root"
cd "$R/root"
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir -p "$R/dev"
for each in null zero full random urandom tty; do
    touch "$R/dev/$each"
    mount --bind "/dev/$each" "$R/dev/$each"
done
mkdir "$R/dev/pts" "$R/dev/shm"
ln -s /proc/self/fd "$R/dev/fd"
mount --rbind "$R/dev" dev
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm
rm -f etc/systemd/system/*.wants/* etc/machine-id
echo > etc/machine-id
ip link set lo up
exec env -i container=other PATH="$2" chroot . \
    /lib/systemd/systemd --unit=basic.target --log-target=null
"""
ZONE = """\
_dmarc.d.example    TXT  v=DMARC1; p=none; rua=mailto:agg@d.example
d.example           MX   10 mx.d.example
mx.d.example        A    192.0.2.99
"""
CONF = """\
authserv-id = "mx.r.example"
resolver = ["127.0.0.1@%d"]
report-org-name = "R"
report-from = "reports@r.example"
report-unsigned = "yes"
report-smtp = "smtp://127.0.0.1:%d"
"""


class Machine:
    """systemd and what it manages."""

    def __init__(self, build):
        self.build = build
        self.place = tempfile.mkdtemp(prefix="wax-systemd-")
        self.inbox = tempfile.mkdtemp(prefix="wax-inbox-")
        self.helpers = []
        self.boot = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--uts", "--ipc", "--net",
             "--cgroup", "--fork", "--kill-child", "sh", "-c", BOOT, "sh",
             self.place, PATH], stdin=subprocess.DEVNULL)
        self.pid = None
        self.wait(self.find, "systemd does not start")
        self.wait(lambda: self.run("systemctl", "is-active", "basic.target")
                  .stdout.strip() == "active", "basic.target is not reached")

    def find(self):
        done = subprocess.run(
            ["pgrep", "-x", "-P", str(self.boot.pid), "systemd"],
            capture_output=True, text=True)
        self.pid = done.stdout.strip()
        return self.pid != ""

    @staticmethod
    def wait(is_there, complaint, seconds=30):
        end = time.monotonic() + seconds
        while not is_there():
            if time.monotonic() > end:
                raise AssertionError(complaint)
            time.sleep(0.1)

    def enter(self, *argv):
        root = f"/proc/{self.pid}/root"
        return ["nsenter", "-t", self.pid, "-m", "-p", "-u", "-i", "-n",
                f"--root={root}", f"--wd={root}", "env", "-i",
                f"PATH={PATH}", "SYSTEMD_IGNORE_CHROOT=1", "LC_ALL=C.UTF-8",
                *argv]

    def run(self, *argv, text=None):
        return subprocess.run(self.enter(*argv), input=text,
                              capture_output=True, text=True, timeout=120)

    def must(self, *argv, text=None):
        done = self.run(*argv, text=text)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}: status {done.returncode}"
                                 f"\n{done.stdout}{done.stderr}{self.journal()}")
        return done.stdout

    def journal(self):
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u",
                        "sealwaxd", "-u", "sealwax-report").stdout

    def helper(self, *argv):
        """A server in the machine's network; its port."""
        process = subprocess.Popen(
            ["nsenter", "-t", self.pid, "-n", sys.executable, *argv],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.helpers.append(process)
        return int(process.stdout.readline().split()[1])

    def install(self):
        root = f"/proc/{self.pid}/root"
        subprocess.run(
            ["make", "-s", "-C", self.build, "install", f"DESTDIR={root}"],
            check=True, stdout=subprocess.DEVNULL)
        # README.md: one "install -D" a line
        units = os.path.join(self.build, "contrib", "systemd")
        with open(os.path.join(HERE, "..", "..", "README.md"),
                  encoding="utf-8") as file:
            lines = re.findall(r"^    install -D -m 644 contrib/systemd/(\S+)"
                               r" (\S+)$", file.read(), re.M)
        assert len(lines) == 5, lines
        for name, target in lines:
            path = os.path.join(units, name)
            if not os.path.exists(path):
                path = os.path.join(HERE, "../../contrib/systemd", name)
            os.makedirs(os.path.dirname(root + target), exist_ok=True)
            shutil.copy(path, root + target)
        zone = os.path.join(self.inbox, "zone")
        with open(zone, "w", encoding="utf-8") as file:
            file.write(ZONE)
        dns = self.helper(f"{SUPPORT}/dnsproxy.py", "--zone", zone)
        sink = self.helper(f"{SUPPORT}/smtpsink.py", self.inbox)
        os.makedirs(f"{root}/etc/sealwax", exist_ok=True)
        with open(f"{root}/etc/sealwax/sealwax.conf", "w",
                  encoding="utf-8") as file:
            file.write(CONF % (dns, sink))
        self.must("sh", "-c",
                  "systemd-sysusers && systemd-tmpfiles --create")
        self.must("systemctl", "daemon-reload")

    def main_pid(self):
        return self.must("systemctl", "show", "-p", "MainPID", "--value",
                         "sealwaxd").strip()

    def is_listening(self):
        return self.run("test", "-S", "/run/sealwax/sealwax.sock"
                        ).returncode == 0

    def seed(self):
        """A row of the day before yesterday, as a daemon leaves it."""
        when = int(time.time()) - 2 * 86400
        seed = os.path.join(self.build, "tests", "support", "seed_journal")
        shutil.copy(seed, f"/proc/{self.pid}/root/usr/local/bin/seed_journal")
        self.must("setpriv", "--reuid", "sealwax", "--regid", "sealwax",
                  "--clear-groups", "seed_journal",
                  "/var/lib/sealwax/journal",
                  text=f"time={when} domain=d.example "
                  "rua=mailto:agg@d.example source=192.0.2.1 count=1\n")

    def end(self):
        for process in self.helpers:
            process.terminate()
            process.communicate()
        if self.pid:
            os.kill(int(self.pid), signal.SIGKILL)
        self.boot.kill()
        self.boot.wait()
        shutil.rmtree(self.inbox)
        os.rmdir(self.place)


def starts(machine):
    machine.must("systemctl", "enable", "--now", "sealwaxd")
    assert machine.is_listening()
    status = f"/proc/{machine.main_pid()}/status"
    text = machine.must("cat", status)
    assert re.search(r"^NoNewPrivs:\s+1$", text, re.M), text
    assert re.search(r"^Seccomp:\s+2$", text, re.M), text
    assert re.search(r"^CapEff:\s+0+$", text, re.M), text
    uid = re.search(r"^Uid:\s+(\d+)", text, re.M)[1]
    names = machine.must("getent", "passwd", uid)
    assert names.startswith("sealwax:"), names


def reloads(machine):
    machine.must("systemctl", "reload", "sealwaxd")
    machine.wait(lambda: "configuration was read again" in machine.journal(),
                 "reload does nothing")


def comes_again(machine):
    before = machine.main_pid()
    machine.must("kill", "-9", before)
    machine.wait(lambda: machine.main_pid() not in ("0", before) and
                 machine.run("systemctl", "is-active", "sealwaxd")
                 .returncode == 0, "it does not come again")


def reports(machine):
    machine.must("systemctl", "stop", "sealwaxd")
    machine.seed()
    # Five minutes of jitter are not waited for.
    machine.must("sed", "-i", "s/send --timer/send/",
                 "/etc/systemd/system/sealwax-report.service")
    machine.must("systemctl", "daemon-reload")
    machine.must("systemctl", "start", "sealwaxd")
    machine.wait(lambda: "d.example" in machine.run(
        "sealwax-report", "list", "--open").stdout, "the row is not imported")
    machine.must("systemctl", "start", "sealwax-report.service")
    mail = os.path.join(machine.inbox, "1.eml")
    assert os.path.exists(mail), machine.journal()
    with open(mail, "rb") as file:
        assert b"Report Domain: d.example" in file.read()
    machine.must("systemctl", "enable", "--now", "sealwax-report.timer")
    timers = machine.must("systemctl", "list-timers", "--no-pager")
    assert "sealwax-report.timer" in timers, timers


def stops(machine):
    begun = time.monotonic()
    machine.must("systemctl", "stop", "sealwaxd")
    assert time.monotonic() - begun < 5
    assert "stopped" in machine.journal()
    failed = machine.must("systemctl", "--failed", "--no-legend", "--plain")
    assert "sealwax" not in failed, failed


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: systemd_test.py BUILD_DIRECTORY")
    assert os.geteuid() == 0, "for root"
    steps = (starts, reloads, comes_again, reports, stops)
    machine = Machine(os.path.abspath(sys.argv[1]))
    passed = 0
    try:
        machine.install()
        for step in steps:
            try:
                step(machine)
                passed += 1
                print(f"ok systemd: {step.__name__}", flush=True)
            except (AssertionError, subprocess.TimeoutExpired) as failure:
                print(f"not ok systemd: {step.__name__}: {failure}",
                      flush=True)
    finally:
        machine.end()
    print(f"systemd: {passed} of {len(steps)}")
    return 0 if passed == len(steps) else 1


if __name__ == "__main__":
    sys.exit(main())
