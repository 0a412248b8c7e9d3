# SPDX-License-Identifier: BSD-2-Clause
"""filters.py - sealwaxd and those that it is compared with, each as a thing
that can be started on a socket, watched and stopped; and their DNS.

Everything runs in a network namespace (namespace.py), so that each may have
its name server on port 53, and is ended by its pid.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
import dnszone  # noqa: E402
import zone2nsd  # noqa: E402

AUTHSERV_ID = "mx.rcpt.example"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class Failure(Exception):
    """Something that should work did not; the text is for a person."""


def program(name):
    return shutil.which(name, path=PATH)


def wait_for(what, condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"{what}: nothing after {seconds:g} s")
        time.sleep(0.02)


class Dns:
    """The zone of a corpus in nsd, behind dnsdelay on port 53."""

    def __init__(self, build, corpus, place):
        dnszone.TTL_NEGATIVE = 3600  # as long as the others
        self.nsd = zone2nsd.Nsd(os.path.join(corpus, "zone"),
                                os.path.join(place, "nsd"), port=5300)
        self.nsd.start()
        self.proxy = None
        try:
            self.proxy = subprocess.Popen(
                [os.path.join(build, "tests/bench/dnsdelay"), "53", "5300"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                bufsize=1)
            if self.proxy.stdout.readline() != "ready\n":
                raise Failure("dnsdelay does not start")
        except BaseException:
            self.stop()
            raise

    def say(self, line):
        self.proxy.stdin.write(line + "\n")
        return self.proxy.stdout.readline().strip()

    def delay(self, milliseconds):
        self.say(f"delay {milliseconds}")

    def hole(self, name):
        self.say(f"hole {name or '-'}")

    def questions(self):
        return int(self.say("count").split()[0])

    def stop(self):
        if self.proxy is not None:
            self.proxy.stdin.close()
            self.proxy.wait()
        self.nsd.stop()


def children_of(pids):
    """Those processes and all below them."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii",
                          errors="replace") as file:
                    parents[int(entry)] = int(
                        file.read().rpartition(")")[2].split()[1])
            except OSError:
                pass
    found = set(pids)
    while True:
        more = {pid for pid, parent in parents.items()
                if parent in found and pid not in found}
        if not more:
            return found
        found |= more


class Filter:
    """One that can be started; subclasses say how."""

    name = ""
    answers_dns = True  # it asks something

    def __init__(self, build, place):
        self.build, self.place = build, os.path.join(place, self.key)
        self.processes, self.addresses = [], []
        shutil.rmtree(self.place, ignore_errors=True)
        os.makedirs(self.place)
        os.chmod(self.place, 0o755)

    @property
    def key(self):
        return type(self).__name__.lower()

    @classmethod
    def missing(cls, build):
        """What is not there; "" if it can run."""
        del build
        return ""

    def file(self, name, text=None):
        path = os.path.join(self.place, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def unix(self, name):
        path = self.file(name)
        if os.path.exists(path):
            os.unlink(path)
        self.addresses.append("unix:" + path)
        return path

    def run(self, argv, env=None):
        with open(self.file("log"), "ab") as log:
            self.processes.append(subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=env, start_new_session=True))

    def launch(self):
        raise NotImplementedError

    def start(self):
        self.processes, self.addresses = [], []
        self.launch()
        for address in self.addresses:
            wait_for(self.name, lambda: self.is_up(address))
        return self

    def is_up(self, address):
        for process in self.processes:
            if process.poll() is not None:
                with open(self.file("log"), errors="replace") as log:
                    raise Failure(f"{self.name} ended:\n{log.read()[-2000:]}")
        kind, _, rest = address.partition(":")
        if kind == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(rest) == 0
        port, _, host = rest.partition("@")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def pids(self):
        return children_of([process.pid for process in self.processes])

    def cpu_ns(self):
        """User and system time of all threads so far, ended ones too."""
        return sum(time.clock_gettime_ns((~pid << 3) | 2)
                   for pid in self.pids())

    def memory_kb(self):
        """Resident; of several processes what they share counts once."""
        pids, total = self.pids(), 0
        for pid in pids:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                found = dict(re.findall(r"^(Rss|Pss): +(\d+) kB", file.read(),
                                        re.M))
            total += int(found["Rss" if len(pids) == 1 else "Pss"])
        return total

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        # A connection wakes libmilter's listener.
        for address in self.addresses:
            try:
                self.is_up(address)
            except (Failure, OSError):
                pass
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()


class NoReply(Filter):
    name = "no-op filter, no-reply negotiated"
    answers_dns = False
    mode = "noreply"

    def launch(self):
        self.run([os.path.join(self.build, "tests/bench/noop"), self.mode,
                  "unix:" + self.unix("socket")])


class Default(NoReply):
    name = "no-op filter, default"
    mode = "default"


class Sealwaxd(Filter):
    name = "sealwaxd"
    options = ()  # of tests

    def socket_option(self):
        return "unix:" + self.unix("socket")

    def launch(self):
        state = self.file("state")
        os.makedirs(state, exist_ok=True)
        argv = [os.path.join(self.build, "sealwaxd"), "-f", "-c",
                self.file("sealwax.conf", "")]
        options = ["socket=" + self.socket_option(), f"state-dir={state}",
                   f"store=sqlite:{state}/sealwax.db", "log-to=stderr",
                   f"authserv-id={AUTHSERV_ID}", 'resolver=["127.0.0.1@53"]',
                   "mode=monitor"]
        if os.geteuid() == 0:
            shutil.chown(state, "nobody")
            os.chmod(self.place, 0o777)
            options.append("user=nobody")
        for option in (*options, *self.options):
            argv += ["-o", option]
        self.run(argv)


class SealwaxdTcp(Sealwaxd):
    name = "sealwaxd over TCP"
    port = 8891

    def socket_option(self):
        self.addresses.append(f"inet:{self.port}@127.0.0.1")
        return f"inet:{self.port}@127.0.0.1"


SUFFIXES = "// for the mail that is measured with\nexample\n"


class OpenDkimOpenDmarc(Filter):
    """A chain; OpenDMARC asks SPF by itself, as Debian builds it."""

    name = "OpenDKIM + OpenDMARC"

    @classmethod
    def missing(cls, build):
        absent = [package for package in ("opendkim", "opendmarc")
                  if program(package) is None]
        return "install " + " ".join(absent) if absent else ""

    def launch(self):
        self.run([program("opendkim"), "-f", "-x", self.file(
            "opendkim.conf",
            f"Mode v\nSyslog no\nBackground no\nUserID root\n"
            f"Nameservers 127.0.0.1\nAuthservID {AUTHSERV_ID}\n"
            f"AlwaysAddARHeader yes\nRequireSafeKeys no\n"
            f"Socket local:{self.unix('opendkim')}\n")])
        self.run([program("opendmarc"), "-f", "-c", self.file(
            "opendmarc.conf",
            f"Syslog no\nBackground no\nUserID root\n"
            f"AuthservID {AUTHSERV_ID}\nTrustedAuthservIDs {AUTHSERV_ID}\n"
            f"SPFIgnoreResults yes\nSPFSelfValidate yes\n"
            f"RejectFailures no\n"
            f"PublicSuffixList {self.file('suffixes', SUFFIXES)}\n"
            f"Socket local:{self.unix('opendmarc')}\n")])


RSPAMD = """\
options {{
	pidfile = "{place}/pid"; tempdir = "{place}"; cache_file = "{place}/cache";
	control_socket = "{place}/control mode=0600"; hs_cache_dir = "{place}/";
	stats_file = "{place}/stats"; history_file = "{place}/history";
	url_tld = "{suffixes}"; filters = "dkim"; check_all_filters = true;
	local_addrs = []; task_timeout = 30s;
	dns {{ nameserver = ["127.0.0.1:53:1"]; timeout = 5s; sockets = 64;
		retransmits = 3; }}
	dns_max_requests = 256;
}}
logging {{ type = "file"; filename = "{place}/rspamd.log"; level = "warning"; }}
worker "rspamd_proxy" {{
	bind_socket = "{socket} mode=0666"; milter = yes; timeout = 120s;
	count = 2;
	upstream "local" {{ default = yes; self_scan = yes; }}
}}
spf {{ spf_cache_size = 4k; spf_cache_expire = 1d; }}
dkim {{ dkim_cache_size = 4k; dkim_cache_expire = 1d; trusted_only = false; }}
dmarc {{ }}
arc {{ }}
milter_headers {{ use = ["authentication-results"];
	skip_local = false; skip_authenticated = false;
	routines {{ authentication-results {{ hostname = "{authserv_id}"; }} }} }}
modules {{
{modules}}}
"""


class Rspamd(Filter):
    name = "rspamd (spf, dkim, dmarc, arc only)"

    @classmethod
    def missing(cls, build):
        return "" if program("rspamd") else "install rspamd"

    def launch(self):
        modules = "".join(
            f'\tpath = "/usr/share/rspamd/plugins/{name}.lua";\n'
            for name in ("spf", "dmarc", "arc", "milter_headers"))
        text = RSPAMD.format(
            place=self.place, suffixes=self.file("suffixes", SUFFIXES),
            socket=self.unix("socket"), authserv_id=AUTHSERV_ID,
            modules=modules)
        self.run([program("rspamd"), "-f", "-i", "-c",
                  self.file("rspamd.conf", text)])


ALL = (NoReply, Default, Sealwaxd, OpenDkimOpenDmarc, Rspamd)
