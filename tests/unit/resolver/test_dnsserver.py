#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The name servers of the tests answer alike: dnsproxy.py by itself, and nsd
with the same zone, with and without dnsproxy.py in front; and each fault does
what its name says. Without nsd it fails."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "..", "support")
sys.dont_write_bytecode = True
sys.path.insert(0, SUPPORT)
import dnsproxy  # noqa: E402
import dnszone  # noqa: E402
import zone2nsd  # noqa: E402
from dnszone import TYPES  # noqa: E402

ZONE = os.path.join(HERE, "zone")
NSD = shutil.which("nsd", path="/usr/sbin:/usr/local/sbin:" +
                   os.environ.get("PATH", ""))


class Proxy:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(SUPPORT, "dnsproxy.py"),
             *arguments], stdout=subprocess.PIPE)
        line = self.process.stdout.readline().split()
        if line[:1] != [b"ready"]:
            raise RuntimeError("dnsproxy did not start: %r" % line)
        self.port = int(line[1])

    def stop(self):
        self.process.terminate()
        code = self.process.wait(10)
        self.process.stdout.close()
        return code


def free_port():
    """A port that is free now for both protocols."""
    udp, tcp = dnsproxy.listening_sockets("127.0.0.1", 0)
    port = tcp.getsockname()[1]
    udp.close()
    tcp.close()
    return port


def facts(answer):
    """What an answer says, in a form that can be compared."""
    return (answer.rcode, sorted((r.owner, r.type, r.ttl, r.rdata)
                                 for r in answer.answer))


class Servers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="wax-dns-")
        cls.log = os.path.join(cls.directory, "log")
        cls.zone = dnszone.Zone.load(ZONE)
        cls.nsd = zone2nsd.Nsd(ZONE, os.path.join(cls.directory, "nsd"),
                               port=free_port(), program=NSD)
        cls.nsd.start()
        cls.alone = Proxy("--zone", ZONE)
        cls.front = Proxy("--upstream", "127.0.0.1@%d" % cls.nsd.port,
                          "--faults", ZONE, "--log", cls.log)

    @classmethod
    def tearDownClass(cls):
        cls.nsd.stop()
        codes = [cls.alone.stop(), cls.front.stop()]
        shutil.rmtree(cls.directory)
        assert codes == [0, 0], codes

    def ask(self, server, name, rtype="TXT", **more):
        return dnszone.ask("127.0.0.1", server.port,
                           dnszone.name_of(name.encode("latin-1")),
                           TYPES[rtype], **more)

    def questions(self):
        """Each name of the zone with each type, and names beside."""
        names = set(self.zone.nodes)
        for name in list(names):
            names.add((b"no-such-label",) + name)
            names.add((b"two", b"labels") + name)
        return [(name, rtype) for name in sorted(names)
                if not any(b"*" == label for label in name)
                for rtype in sorted(TYPES.values())]

    def test_all_servers_agree(self):
        compared = 0
        for name, rtype in self.questions():
            if self.zone.fault(name, rtype) is not None:
                continue
            ours = self.zone.answer(name, rtype)
            if ours.rcode == dnszone.SERVFAIL:
                continue  # a loop of aliases: nsd gives the loop
            if any(self.zone.fault(dnszone.read_wire_name(r.rdata, 0)[0],
                                   rtype) is not None
                   for r in ours.answer if r.type == TYPES["CNAME"]):
                continue
            if name == () or (name in zone2nsd.zones_of(self.zone) and
                              rtype in (TYPES["NS"], TYPES["SOA"])):
                continue  # nsd needs more there than the file says
            got = dnszone.ask("127.0.0.1", self.alone.port, name, rtype)
            self.assertEqual(facts(got), facts(ours), (name, rtype))
            for server in (self.nsd, self.front):
                got = dnszone.ask("127.0.0.1", server.port, name, rtype)
                text = "%s %s at %s" % (dnszone.name_text(name), rtype, server)
                # nsd follows aliases within one zone only.
                last = got.answer[-1] if got.answer else None
                if last is not None and last.type == TYPES["CNAME"] and \
                        rtype != last.type and facts(got) != facts(ours):
                    target = dnszone.read_wire_name(last.rdata, 0)[0]
                    self.assertNotEqual(
                        zone2nsd.apex_of(zone2nsd.zones_of(self.zone), target),
                        zone2nsd.apex_of(zone2nsd.zones_of(self.zone), name),
                        text)
                    continue
                self.assertEqual(facts(got), facts(ours), text)
                compared += 1
        self.assertGreater(compared, 1000)

    def test_negative_answers_have_a_soa(self):
        for server in (self.alone, self.nsd, self.front):
            for name in ("nothing.example", "a.example", "x.zone2.example"):
                answer = self.ask(server, name, "PTR")
                soa = [r for r in answer.authority if r.type == TYPES["SOA"]]
                self.assertEqual([r.ttl for r in soa],
                                 [dnszone.TTL_NEGATIVE], name)

    def test_faults(self):
        for server in (self.alone, self.front):
            for name, rcode in (("servfail", dnszone.SERVFAIL),
                                ("refused", dnszone.REFUSED),
                                ("gone", dnszone.NXDOMAIN),
                                ("toservfail", dnszone.SERVFAIL)):
                answer = self.ask(server, name + ".example")
                self.assertEqual((name, answer.rcode, answer.answer),
                                 (name, rcode, []))
            self.assertEqual(len(self.ask(server, "gone.example",
                                          "A").answer), 1)
            for name in ("t.silent.example", "tosilent.example"):
                with self.assertRaises(TimeoutError, msg=name):
                    self.ask(server, name, timeout=0.3)
            with self.assertRaises(ConnectionError):
                self.ask(server, "trunc.example")
            answer = self.ask(server, "tcponly.example")
            self.assertEqual(dnszone.txt_strings(answer.answer[0].rdata),
                             [b"by tcp"])
            before = time.monotonic()
            self.assertEqual(len(self.ask(server, "slow.example").answer), 1)
            self.assertGreaterEqual(time.monotonic() - before, 0.3)
            answer = self.ask(server, "lame.example")
            self.assertEqual((answer.answer, answer.flags & dnszone.AA),
                             ([], 0))
            answer = self.ask(server, "mismatch.example")
            self.assertEqual(answer.answer[0].owner, (b"strange", b"example"))
            answer = self.ask(server, "nosoa.example")
            self.assertEqual((answer.rcode, answer.answer, answer.authority),
                             (dnszone.NOERROR, [], []))

    def test_questions_are_logged(self):
        self.ask(self.front, "LOGGED.example", "MX")
        self.ask(self.front, "servfail.example", "TXT", tcp=True)
        with open(self.log, encoding="ascii") as file:
            lines = file.read().split("\n")
        self.assertIn("udp logged.example. MX - rd", lines)
        self.assertIn("tcp servfail.example. TXT servfail rd", lines)

    def test_hup_reads_the_zone_again(self):
        path = os.path.join(self.directory, "changing")

        def write(text):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)

        write("x.example TXT before\n")
        proxy = Proxy("--zone", path)
        try:
            self.assertEqual(len(self.ask(proxy, "x.example").answer), 1)
            write("x.example FAULT nxdomain\n")
            proxy.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + 5
            while self.ask(proxy, "x.example").rcode != dnszone.NXDOMAIN:
                self.assertLess(time.monotonic(), end)
        finally:
            self.assertEqual(proxy.stop(), 0)

    def test_ipv6(self):
        proxy = Proxy("--zone", ZONE, "--listen", "::1@0")
        try:
            answer = dnszone.ask("::1", proxy.port, (b"a", b"example"),
                                 TYPES["A"])
            self.assertEqual(len(answer.answer), 2)
        finally:
            self.assertEqual(proxy.stop(), 0)

    def test_errors_name_the_line(self):
        for text, error in (
                (b"a.example A 192.0.2.1\nb.example A x", "line 2: not an ad"),
                (b"a.example NOPE x", "line 1: not a record type"),
                (b"a.example MX mail", "line 1: MX needs"),
                (b"a.example FAULT nope", "line 1: not a fault"),
                (b'a.example TXT "x', "line 1: a quote is not"),
                (b"a..example A 192.0.2.1", "line 1: not a usable name"),
                (b"a.example A 192.0.2.1 x", "line 1: text behind")):
            with self.assertRaisesRegex(dnszone.ZoneError, error):
                dnszone.Zone(text)


if __name__ == "__main__":
    if NSD is None:
        sys.exit("nsd is missing: install the package nsd")
    unittest.main()
