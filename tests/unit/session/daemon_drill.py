#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a real sealwaxd does when it is started, hurried, hit and stopped.

Everything happens on unix and loopback sockets, in a directory of its own;
dnsproxy.py is the DNS. As root, sealwaxd runs as nobody.
"""
import ctypes
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "..", "support")
sys.path.insert(0, SUPPORT)
import miltertest  # noqa: E402

PROGRAM = os.path.abspath(
    os.path.join(os.environ.get("builddir", "."), "sealwaxd"))
AS_ROOT = os.geteuid() == 0
PATIENCE = 20  # seconds: of a machine that has much else to do

ZONE = """\
good.example        TXT v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all
_dmarc.good.example TXT v=DMARC1; p=reject
silent.example      FAULT timeout
"""
GOOD = (b"From: a@good.example\r\nTo: user@rcpt.example\r\n"
        b"Authentication-Results: mx.rcpt.example;\r\n\tdmarc=pass\r\n"
        b"Subject: a drill\r\n\r\nHello\r\n")


def wait_for(what, ready, seconds=PATIENCE, instead=lambda: ""):
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} in {seconds} s {instead()}")
        time.sleep(0.005)


class Daemon:
    """A sealwaxd in the foreground."""

    def __init__(self, place, *options, config="", environment=None,
                 address=None, name="d"):
        self.place, self.name = place, name
        self.run = f"{place}/{name}.run"
        self.path = f"{self.run}/sock"
        self.address = address or f"unix:{self.path}"
        self.config = f"{place}/{name}.conf"
        self.write(config)
        self.state = f"{place}/{name}.state"
        for folder in (self.run, self.state):
            os.makedirs(folder, exist_ok=True)
            if AS_ROOT:
                shutil.chown(folder, "nobody")
        self.options = options
        self.environment = dict(os.environ, **(environment or {}))
        self.start()

    def write(self, config):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(config)

    def words(self, *more):
        words = [PROGRAM, "-c", self.config, "-o", f"socket={self.address}",
                 "-o", f"state-dir={self.state}", "-o", "log-to=stderr",
                 "-o", f"store=sqlite:{self.state}/sealwax.db",
                 "-o", "authserv-id=mx.rcpt.example",
                 "-o", f'resolver=["127.0.0.1@{Drill.dns_port}"]']
        if AS_ROOT:
            words += ["-o", "user=nobody", "-o", "group=nogroup"]
        for option in self.options + more:
            words += ["-o", option]
        return words

    def start(self):
        self.log_path = f"{self.place}/{self.name}.log"
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                self.words() + ["-f"], stderr=log, env=self.environment)
        wait_for("start line", lambda: self.process.poll() is not None
                 or " started version=" in self.log())

    def log(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def deliver(self, message=GOOD, **facts):
        facts.setdefault("mail_from", "a@good.example")
        facts.setdefault("helo", "mail.good.example")
        return miltertest.deliver(self.address, message, **facts)

    def session(self, **facts):
        return miltertest.Session(self.address, timeout=PATIENCE, **facts)

    def counter(self, name):
        before = self.log().count(": counters ")
        self.process.send_signal(signal.SIGUSR2)
        wait_for("counters", lambda: self.log().count(": counters ") > before)
        return int(re.findall(rf" {name}=(\d+)", self.log())[-1])

    def stop(self, number=signal.SIGTERM):
        """The exit status, and how long it took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(PATIENCE * 2)
        return status, time.monotonic() - began


class Drill(unittest.TestCase):
    zone = ZONE

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="wax-drill-")
        os.chmod(cls.place, 0o755)
        zone = f"{cls.place}/zone"
        with open(zone, "w", encoding="utf-8") as file:
            file.write(cls.zone)
        cls.dns = subprocess.Popen(
            [sys.executable, f"{SUPPORT}/dnsproxy.py", "--zone", zone],
            stdout=subprocess.PIPE)
        Drill.dns_port = int(cls.dns.stdout.readline().split()[1])

    @classmethod
    def tearDownClass(cls):
        cls.dns.terminate()
        cls.dns.wait()
        cls.dns.stdout.close()
        shutil.rmtree(cls.place)

    def daemon(self, *options, **more):
        daemon = Daemon(self.place, *options, name=self._testMethodName,
                        **more)
        self.addCleanup(self.end, daemon)
        return daemon

    @staticmethod
    def end(daemon):
        if daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.wait()

    def run_to_end(self, *words, environment=None):
        return subprocess.run(
            [PROGRAM, *words], capture_output=True, text=True,
            timeout=PATIENCE, env=environment, check=False)

    def assert_passes(self, outcome):
        self.assertEqual(outcome.action, "accept", outcome.text)
        results = outcome.fields("Authentication-Results")
        self.assertEqual(len(results), 1, results)
        self.assertIn("dmarc=pass", results[0])

    # libmilter's listener looks every 5 s only, unless it is woken.
    def assert_stops(self, daemon, within=4.5):
        status, took = daemon.stop()
        self.assertEqual(status, 0, daemon.log())
        self.assertLess(took, within)
        self.assertTrue(daemon.log().endswith(": stopped\n"), daemon.log())


class Signals(Drill):
    def test_a_thousand_hups(self):
        daemon = self.daemon()
        for _ in range(1000):
            daemon.process.send_signal(signal.SIGHUP)
        self.assert_passes(daemon.deliver())
        self.assert_stops(daemon)
        self.assertFalse(os.path.exists(daemon.path))

    def test_stop_with_idle_sessions(self):
        """INT does as TERM does; who says nothing is not waited for."""
        daemon = self.daemon()
        sessions = [daemon.session() for _ in range(20)]
        for session in sessions[10:]:
            session.connect("192.0.2.1")
            session.mail("a@good.example")
        status, took = daemon.stop(signal.SIGINT)
        self.assertEqual(status, 0)
        self.assertLess(took, 2)
        for session in sessions:
            with self.assertRaises(miltertest.Gone):
                session.receive()
            session.close()

    def test_stop_taken_by_libmilter(self):
        """It waits for TERM, too, and may be faster than our own thread."""
        daemon = self.daemon()
        libc = ctypes.CDLL(None, use_errno=True)
        pid = daemon.process.pid
        for thread in os.listdir(f"/proc/{pid}/task"):
            if int(thread) != pid:
                libc.tgkill(pid, int(thread), signal.SIGTERM)
        self.assertEqual(daemon.process.wait(10), 0, daemon.log())
        self.assertIn("stopped", daemon.log())

    def test_stop_with_fifty_busy(self):
        """All at the same moment: none waits behind another, and at the
        end each gets its verdict."""
        daemon = self.daemon("dns-deadline=4s")
        sessions = [daemon.session() for _ in range(50)]
        for session in sessions:
            session.connect("192.0.2.1")
            session.mail("a@silent.example")
            session.rcpt("user@rcpt.example")
            session.header("From", " a@silent.example")
            session.say("eoh")
        for session in sessions:
            session.send(session.stage_octets("eom"))
        wait_for("busy sessions", lambda: daemon.counter("running") == 50,
                 instead=daemon.log)
        status, took = daemon.stop()
        self.assertEqual(status, 0, daemon.log())
        self.assertLess(took, 8)
        for session in sessions:
            edit = session.receive()
            self.assertEqual(edit[:1], b"i")
            self.assertIn(b"spf=temperror", edit)
            self.assertEqual(session.receive(), b"c")
            session.close()

    def test_reload(self):
        daemon = self.daemon(config='mode = "monitor"\n')

        def forged(session):
            return session.message(GOOD, "b@elsewhere.example").action

        def reload(config, said):
            daemon.write(config)
            before = daemon.log().count(said)
            daemon.process.send_signal(signal.SIGUSR1)
            wait_for(said, lambda: daemon.log().count(said) > before,
                     instead=daemon.log)
        with daemon.session() as before:
            before.connect("203.0.113.1")
            self.assertEqual(forged(before), "accept")
            reload('mode = "enforce"\n', "was read again; mode=enforce")
            with daemon.session() as after:
                after.connect("203.0.113.1")
                self.assertEqual(forged(after), "reject")
            self.assertEqual(forged(before), "accept")
        reload('mode = "monitor"\nmode2 = 1\nsocket-mode = "rw"\n',
               "the old one stays")
        self.assertIn("mode2", daemon.log())
        self.assertIn("socket-mode", daemon.log())
        with daemon.session() as after:
            after.connect("203.0.113.1")
            self.assertEqual(forged(after), "reject")
        reload('mode = "enforce"\nuser = "root"\ndns-cache-entries = 700\n',
               "was read again")
        self.assertRegex(daemon.log(), "dns-cache-entries.*needs restart")
        self.assert_stops(daemon)

    def test_watchdog(self):
        path = f"{self.place}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            os.chmod(path, 0o777)
            manager.settimeout(PATIENCE)
            daemon = self.daemon(environment={
                "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "2400000"})
            self.assertEqual(manager.recv(99), b"READY=1")
            self.assertEqual(manager.recv(99), b"WATCHDOG=1")
            self.assertEqual(manager.recv(99), b"WATCHDOG=1")
            self.assert_stops(daemon)
            said = manager.recv(99)
            while said == b"WATCHDOG=1":
                said = manager.recv(99)
            self.assertEqual(said, b"STOPPING=1")


class Places(Drill):
    def test_killed_and_started_again(self):
        daemon = self.daemon()
        daemon.stop(signal.SIGKILL)
        self.assertTrue(os.path.exists(daemon.path))
        daemon.start()
        self.assert_passes(daemon.deliver())
        self.assert_stops(daemon)

    def test_second_daemon(self):
        daemon = self.daemon()
        for what, other in (("same state directory", "socket"),
                            ("same socket", "state-dir")):
            state = f"{self.place}/other"
            os.makedirs(state, exist_ok=True)
            if AS_ROOT:
                shutil.chown(state, "nobody")
            value = (f"unix:{self.place}/other.sock" if other == "socket"
                     else state)
            words = daemon.words(f"{other}={value}")
            done = self.run_to_end(*words[1:], "-f")
            self.assertEqual(done.returncode, 69, what + done.stderr)
        self.assert_passes(daemon.deliver())
        self.assert_stops(daemon)

    def test_not_a_socket(self):
        folder = f"{self.place}/{self._testMethodName}.run"
        path = f"{folder}/sock"
        os.mkdir(folder)
        with open(path, "w", encoding="ascii") as file:
            file.write("precious")
        daemon = self.daemon()
        self.assertEqual(daemon.process.wait(PATIENCE), 78)
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")

    def test_places_without_rights(self):
        locked = f"{self.place}/locked"
        os.mkdir(locked, 0o555)
        daemon = self.daemon()
        for option in (f"state-dir={locked}",
                       "state-dir=/nonexistent/place",
                       "socket=unix:/nonexistent/place/sock"):
            daemon.stop()
            if AS_ROOT and "sock" not in option:
                os.chown(locked, 0, 0)
            words = daemon.words(option)
            done = self.run_to_end(*words[1:], "-f")
            self.assertEqual(done.returncode, 77, option + done.stderr)

    def test_no_place_for_the_journal(self):
        daemon = self.daemon()
        self.assert_stops(daemon)
        shutil.rmtree(f"{daemon.state}/journal", ignore_errors=True)
        with open(f"{daemon.state}/journal", "w", encoding="ascii"):
            pass
        done = self.run_to_end(*daemon.words()[1:], "-f")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("journal", done.stderr)

    def test_rows_are_journalled(self):
        """Kept when the verdict is given, counted, and closed at the end;
        a store that cannot be used is no reason not to start."""
        daemon = self.daemon("store=sqlite:/nonexistent/place/sealwax.db")
        journal = f"{daemon.state}/journal"
        self.assertEqual(os.listdir(journal), [])
        self.assert_passes(daemon.deliver())
        name, = os.listdir(journal)
        self.assertTrue(name.endswith(".open"), name)
        daemon.counter("messages")
        self.assert_stops(daemon)
        name, = os.listdir(journal)
        self.assertTrue(name.endswith(".done"), name)
        with open(f"{journal}/{name}", encoding="ascii") as file:
            rows = file.read().split("\n")[1:-1]
        self.assertEqual(len(rows), 1)
        self.assertIn("header_from=good.example", rows[0])
        self.assertRegex(daemon.log(),
                         "journal-counters rows=1 lost=0 unsynced=0 ")
        self.assertIn("the store cannot be used", daemon.log())

    def test_password_is_not_logged(self):
        daemon = self.daemon("store=postgresql://u:pass-word@127.0.0.1:1/d")
        self.assert_stops(daemon)
        self.assertNotIn("pass-word", daemon.log())

    @unittest.skipUnless(AS_ROOT, "only root gives up rights")
    def test_rights_are_gone(self):
        daemon = self.daemon("socket-mode=0600")
        with open(f"/proc/{daemon.process.pid}/status",
                  encoding="ascii") as file:
            status = file.read()
        nobody = str(shutil._get_uid("nobody"))
        self.assertIn("Uid:\t" + "\t".join([nobody] * 4), status)
        for kind in ("Inh", "Prm", "Eff", "Amb"):
            self.assertIn(f"Cap{kind}:\t0000000000000000", status)
        self.assertIn("NoNewPrivs:\t1", status)
        found = os.stat(daemon.path)
        self.assertEqual(stat.S_IMODE(found.st_mode), 0o600)
        self.assertEqual(str(found.st_uid), nobody)
        self.assertEqual(found.st_gid, shutil._get_gid("nogroup"))
        self.assert_stops(daemon)

    @unittest.skipUnless(AS_ROOT, "only root chooses the group")
    def test_group_of_the_mail_server(self):
        """It reaches the socket in a directory that the daemon made, under
        the umask of the unit, and nobody else does."""
        daemon = self.daemon()
        daemon.stop()
        path = f"{self.place}/made/sock"
        words = daemon.words(f"socket=unix:{path}", "socket-group=mail",
                             "log-to=stderr")
        process = subprocess.Popen(words + ["-f"], umask=0o027,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        mail, others = shutil._get_gid("mail"), shutil._get_gid("games")
        connect = ("import socket, sys; "
                   "socket.socket(socket.AF_UNIX).connect(sys.argv[1])")

        def reaches(group):
            done = subprocess.run(
                [sys.executable, "-c", connect, path], user="games",
                group=group, extra_groups=[], stderr=subprocess.DEVNULL,
                check=False)
            return done.returncode == 0
        wait_for("socket", lambda: reaches(mail))
        self.assertFalse(reaches(others))

    @unittest.skipUnless(AS_ROOT, "only root can write what others cannot")
    def test_configuration_that_the_user_cannot_read(self):
        daemon = self.daemon()
        daemon.stop()
        os.chmod(daemon.config, 0o600)
        done = self.run_to_end(*daemon.words()[1:], "-f")
        self.assertEqual(done.returncode, 77, done.stderr)

    def test_background(self):
        daemon = self.daemon()
        daemon.stop()
        pid_file = f"{self.place}/pids/pid"
        os.mkdir(os.path.dirname(pid_file))
        os.chmod(os.path.dirname(pid_file), 0o777)
        # (With log-to=stderr it would keep our end of its pipe.)
        words = daemon.words(f"pid-file={pid_file}", "log-to=syslog")
        done = self.run_to_end(*words[1:])
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(pid_file, encoding="ascii") as file:
            pid = int(file.read())
        self.assert_passes(daemon.deliver())
        again = self.run_to_end(*words[1:])
        self.assertEqual(again.returncode, 69)
        self.assertIn("belongs to a sealwaxd that runs", again.stderr)
        os.kill(pid, signal.SIGTERM)
        wait_for("end", lambda: not os.path.exists(daemon.path), 5)
        wrong = self.run_to_end(*words[1:], "-o", "mode=often")
        self.assertEqual(wrong.returncode, 78)
        self.assertIn("mode", wrong.stderr)


    def test_standard_files_are_closed(self):
        """Nothing of the daemon's may stand where the log goes, or the
        terminal was."""
        daemon = self.daemon()
        daemon.stop()
        pids = f"{self.place}/closed"
        os.mkdir(pids)
        os.chmod(pids, 0o777)
        for log in ("stderr", "syslog"):
            command = shlex.join(
                daemon.words(f"pid-file={pids}/pid", f"log-to={log}"))
            done = subprocess.run(f"{command} <&- >&- 2>&-", shell=True,
                                  timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 0)
            with open(f"{pids}/pid", encoding="ascii") as file:
                pid = int(file.read())
            self.addCleanup(subprocess.run, ["kill", "-9", str(pid)],
                            stderr=subprocess.DEVNULL, check=False)
            for number in (0, 1, 2):
                self.assertEqual(os.readlink(f"/proc/{pid}/fd/{number}"),
                                 "/dev/null", log)
            self.assert_passes(daemon.deliver())
            os.kill(pid, signal.SIGTERM)
            wait_for("end", lambda: not os.path.exists(f"/proc/{pid}"), 5)


class Protocol(Drill):
    def test_start_line(self):
        daemon = self.daemon()
        line = [line for line in daemon.log().splitlines()
                if " started version=" in line][0]
        for part in ("mode=monitor ", "authserv-id=mx.rcpt.example ",
                     f"socket={daemon.address} ",
                     f'resolver="127.0.0.1@{self.dns_port}" ',
                     "resolver-answers=", "store=sqlite:",
                     f"config={daemon.config};",
                     "nothing is refused, held or deferred"):
            self.assertIn(part, line)
        self.assert_stops(daemon)

    def test_clients(self):
        daemon = self.daemon()
        for client, spf in (("192.0.2.1", "pass"), ("192.0.2.2", "fail"),
                            ("2001:db8::1", "pass"),
                            ("IPv6:2001:db8:0:0:0:0:0:1", "pass"),
                            ("IPv6:2001:db8:0:0:0:0:0:2", "fail"),
                            ("::ffff:192.0.2.1", "pass"),
                            ("/run/client.sock", "none"), (None, "none")):
            outcome = daemon.deliver(client=client)
            self.assertIn(f" spf={spf} ",
                          outcome.fields("Authentication-Results")[0],
                          client)
        self.assert_stops(daemon)

    def test_old_mta(self):
        """Nothing but what the protocol had in the beginning."""
        daemon = self.daemon("mode=enforce")
        for version, steps in ((2, 0x7f), (6, miltertest.ALL_STEPS
                                           & ~miltertest.LEADSPC)):
            with daemon.session(version=version, actions=0x3f,
                                steps=steps) as session:
                session.connect("192.0.2.1")
                session.helo("mail.good.example")
                self.assert_passes(
                    session.message(GOOD, "a@good.example"))
                self.assertEqual(
                    session.message(GOOD, "a@bad.example").action,
                    "reject")
        self.assert_stops(daemon)

    def over_tcp(self, family, kind, host):
        with socket.socket(family) as probe:
            probe.bind((host, 0))
            port = probe.getsockname()[1]
        daemon = self.daemon(address=f"{kind}:{port}@{host}")
        took = []
        with daemon.session() as session:
            session.connect("192.0.2.1")
            for _ in range(10):
                began = time.monotonic()
                self.assert_passes(session.message(GOOD, "a@good.example"))
                took.append(time.monotonic() - began)
        # A delayed ACK would cost each of them 40 ms.
        self.assertLess(min(took), 0.035)
        second = self.run_to_end(
            *daemon.words(f"state-dir={self.place}")[1:], "-f")
        self.assertEqual(second.returncode, 69, second.stderr)
        self.assert_stops(daemon)

    def test_inet(self):
        self.over_tcp(socket.AF_INET, "inet", "127.0.0.1")

    def test_inet6(self):
        self.over_tcp(socket.AF_INET6, "inet6", "::1")

    def test_max_sessions(self):
        daemon = self.daemon("max-sessions=2", "mode=enforce")
        first, second, third = (daemon.session() for _ in range(3))
        for session in (first, second, third):
            session.connect("192.0.2.1")
            session.helo("mail.good.example")
        self.assertTrue(
            third.mail("a@good.example").startswith(b"y451 4.3.2 "))
        self.assert_passes(first.message(GOOD, "a@good.example"))
        first.quit()
        wait_for("room", lambda: daemon.counter("sessions") == 1)
        with daemon.session() as fourth:
            fourth.connect("192.0.2.1")
            self.assert_passes(fourth.message(GOOD, "a@good.example"))
        # Still the same session: no room in the middle of it.
        self.assertTrue(
            third.mail("a@good.example").startswith(b"y451 4.3.2 "))
        second.close()
        third.close()
        self.assert_stops(daemon)

    def test_cut_at_every_octet(self):
        """An MTA that vanishes, and one whose packets come in pieces."""
        daemon = self.daemon()
        with daemon.session() as session:
            steps = session.steps
        stream = miltertest.conversation(
            GOOD, steps, helo="mail.good.example",
            mail_from="a@good.example")
        for end in range(len(stream)):
            with miltertest.dial(daemon.address, PATIENCE) as sock:
                sock.sendall(stream[:end])
        wait_for("all gone", lambda: daemon.counter("sessions") == 0)
        self.assertEqual(daemon.counter("messages"), 0)
        for end in range(1, len(stream), 3):
            with miltertest.dial(daemon.address, PATIENCE) as sock:
                session = miltertest.Session(None, sock=sock,
                                             negotiate=False)
                sock.sendall(stream[:end])
                sock.sendall(stream[end:])
                self.assertEqual(session.receive()[:1], b"O")
                self.assertEqual(session.receive()[:1], b"m")
                self.assertEqual(session.receive()[:1], b"i")
                self.assertEqual(session.receive(), b"c")
        self.assert_passes(daemon.deliver())
        self.assert_stops(daemon)

    def test_connection_used_again(self):
        """QUIT that keeps the connection; then no new negotiation."""
        daemon = self.daemon("mode=enforce")
        with daemon.session() as session:
            for _ in range(2):
                session.connect("192.0.2.1")
                session.helo("mail.good.example")
                self.assert_passes(session.message(GOOD, "a@good.example"))
                session.send(miltertest.packet(b"K"))
                wait_for("end of the session",
                         lambda: daemon.counter("sessions") == 0)
        self.assertEqual(daemon.counter("connections"), 2)
        self.assert_stops(daemon)

    def test_rubbish(self):
        daemon = self.daemon()
        for rubbish in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"GET / HTTP/1.1",
                        b"\0\0\0\1Z", miltertest.packet(b"L", b"x\0y\0"),
                        miltertest.packet(b"O", b"short"),
                        miltertest.packet(b"O", b"\0" * 12)):
            with miltertest.dial(daemon.address, PATIENCE) as sock:
                sock.sendall(rubbish)
                sock.shutdown(socket.SHUT_WR)
                try:
                    while sock.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
        self.assert_passes(daemon.deliver())
        self.assert_stops(daemon)


class CommandLine(Drill):
    def test_exit_statuses(self):
        wrong = f"{self.place}/wrong.conf"
        with open(wrong, "w", encoding="ascii") as file:
            file.write('# two errors\nmode = "often"\ndns-deadline = "0s"\n')
        theirs = f"{self.place}/opendmarc.conf"
        with open(theirs, "w", encoding="ascii") as file:
            file.write("RejectFailures true\n")
        for words, status, texts in (
                (["-V"], 0, ["sealwaxd "]),
                (["-h"], 0, ["usage: "]),
                (["-x"], 64, ["usage: "]),
                (["-c"], 64, ["usage: ", "requires an argument"]),
                (["-f", "more"], 64, ["argument too many"]),
                (["--import"], 64, ["--import needs files"]),
                (["--import", "-f", "x"], 64, ["no other options"]),
                (["--import", "/nonexistent"], 66, ["/nonexistent"]),
                (["--import", wrong], 78, ["wrong.conf: neither"]),
                (["--import", theirs], 0, ['mode = "enforce"']),
                (["-t", "-c", wrong], 78, ["wrong.conf:2", "wrong.conf:3"]),
                (["-f", "-c", wrong], 78, ["wrong.conf:2", "wrong.conf:3"]),
                (["-t", "-c", "/nonexistent"], 78, ["/nonexistent"]),
                (["-t", "-o", "mode"], 78, ["mode"]),
                (["-n", "-o", "mode=enforce"], 0, ['mode = "enforce"']),
                (["-T", "-o", "mode=enforce"], 0, ["dns-deadline"])):
            if words[0] in ("-t", "-n", "-T"):
                words += ["-o", "user=root"]
            done = self.run_to_end(*words)
            said = done.stdout + done.stderr
            self.assertEqual(done.returncode, status, f"{words}: {said}")
            for text in texts:
                self.assertIn(text, said, words)
            self.assertNotIn("unknown option", said, words)


if __name__ == "__main__":
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(f"{PROGRAM} was not built")
    unittest.main()
