#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What makes sealwaxd fast is really used, and changes no verdict.

A sealwaxd that was configured without a part is held to be without it, and
judges all the same.
"""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon_drill  # noqa: E402
from daemon_drill import PROGRAM, SUPPORT, wait_for  # noqa: E402

BUILD = os.environ.get("builddir", ".")
KEYS = os.path.join(SUPPORT, "keys")


def configured(condition):
    """Whether an AM_CONDITIONAL is true in this build."""
    with open(os.path.join(BUILD, "config.status"), encoding="utf-8") as file:
        return f'\nS["{condition}_TRUE"]=""\n' in file.read()


def records():
    with open(os.path.join(KEYS, "records.txt"), encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(" ", 1) for line in file)


def zone():
    keys = records()
    return daemon_drill.ZONE + "".join(
        f"{selector}._domainkey.good.example TXT {keys[name]}\n"
        for selector, name in (("right", "rsa2048"), ("twin", "rsa2048"),
                               ("wrong", "other-rsa2048"),
                               ("ed", "ed25519")))


def signed(selector, key="rsa2048"):
    return subprocess.run(
        [os.path.join(BUILD, "tests/support/dkimsign"), "--key",
         os.path.join(KEYS, key + ".pem"), "--selector", selector,
         "--domain", "good.example"],
        input=daemon_drill.GOOD, stdout=subprocess.PIPE, check=True).stdout


class Keys(daemon_drill.Drill):
    zone = zone()

    def verdict(self, daemon, message):
        outcome = daemon.deliver(message)
        results = outcome.fields("Authentication-Results")
        self.assertEqual(len(results), 1, results)
        return re.search(r"\bdkim=(\w+)", results[0]).group(1)

    def counters(self, daemon):
        """(decoded, hits, kept), or None without a table of keys."""
        before = daemon.log().count(": journal-counters ")
        daemon.process.send_signal(signal.SIGUSR2)
        wait_for("counters", lambda: daemon.log().count(
            ": journal-counters ") > before, instead=daemon.log)
        lines = re.findall(
            r": key-counters decoded=(\d+) hits=(\d+) evicted=0 kept=(\d+) ",
            daemon.log())
        return tuple(map(int, lines[-1])) if lines else None

    def test_keys_are_decoded_once(self):
        """libopendkim gets the program's function, and by it the key that
        the DNS has at that name, never another one."""
        daemon = self.daemon()
        for _ in range(3):
            self.assertEqual(self.verdict(daemon, signed("right")), "pass")
            self.assertEqual(self.verdict(daemon, signed("wrong")), "fail")
        # The same key at another name; and the key of what failed is good
        # for what it signed.
        self.assertEqual(self.verdict(daemon, signed("twin")), "pass")
        self.assertEqual(
            self.verdict(daemon, signed("wrong", "other-rsa2048")), "pass")
        # The library does not decode these.
        self.assertEqual(
            self.verdict(daemon, signed("ed", "ed25519")), "pass")
        self.assertEqual(self.counters(daemon),
                         (2, 6, 2) if configured("KEY_CACHE") else None)
        self.assert_stops(daemon)


class Calls(daemon_drill.Drill):
    """System calls for reading, of a message that comes at once."""
    MESSAGES = 50

    def setUp(self):
        if configured("SANITIZED"):
            self.skipTest("sanitizers want to be preloaded first")
        self.counts = f"{self.place}/calls"
        with open(self.counts, "wb") as file:
            file.write(bytes(24))
        os.chmod(self.counts, 0o666)

    def calls(self):
        with open(self.counts, "rb") as file:
            return sum(struct.unpack("=QQQ", file.read(24)))

    def test_few_calls(self):
        """Without read-ahead it is five for each of some twenty packets."""
        daemon = self.daemon(environment={
            "LD_PRELOAD": os.path.abspath(
                os.path.join(BUILD, "tests/support/countcalls.so")),
            "COUNTCALLS": self.counts})
        with daemon.session() as session:
            session.connect("192.0.2.1")
            session.helo("mail.good.example")
            octets = session.message_octets(
                daemon_drill.GOOD, "a@good.example")
            before = 0
            for i in range(self.MESSAGES + 1):
                session.send(octets)
                while session.receive()[:1] != b"c":
                    pass
                if i == 0:  # the DNS is warm from here on
                    before = self.calls()
            each = (self.calls() - before) / self.MESSAGES
        if configured("READ_AHEAD"):
            self.assertLess(each, 20)
            self.assertGreater(each, 2)  # or nothing was counted
        else:
            self.assertGreater(each, 60)
        self.assert_stops(daemon)


class Tcp(daemon_drill.Drill):
    def test_small_pieces_do_not_wait(self):
        """A client whose TCP collects small pieces until the one before is
        acknowledged, as that of Postfix does: late, it would take 40 ms."""
        if not configured("READ_AHEAD"):
            self.skipTest("built without read-ahead")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        daemon = self.daemon(address=f"inet:{port}@127.0.0.1")
        took = []
        with daemon.session() as session:
            session.sock.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
            session.connect("192.0.2.1")
            for _ in range(10):
                began = time.monotonic()
                outcome = session.message(
                    daemon_drill.GOOD, "a@good.example")
                took.append(time.monotonic() - began)
                self.assert_passes(outcome)
        self.assertLess(min(took), 0.035)
        self.assert_stops(daemon)


if __name__ == "__main__":
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(f"{PROGRAM} was not built")
    unittest.main()
