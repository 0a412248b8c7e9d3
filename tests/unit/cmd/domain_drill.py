#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""domain_drill.py - sealwax-check --domain as a program: several domains, a
terminal, wrong usage. What it finds is tested by tests/domains/program.py.
"""
import json
import os
import pty
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("builddir", ".")
PROGRAM = os.path.abspath(os.path.join(BUILD, "sealwax-check"))
GOOD = """
{0} MX 10 mail.{0}
{0} MX 20 backup.{0}
mail.{0} A 192.0.2.1
mail.{0} AAAA 2001:db8::1
backup.{0} A 192.0.2.9
backup.{0} AAAA 2001:db8::9
{0} TXT v=spf1 ip4:192.0.2.0/24 -all
_dmarc.{0} TXT v=DMARC1; p=reject; rua=mailto:x@{0}
"""


class Drill(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.zone = self.file("zone", GOOD.format("good.example") + """
warn.example A 192.0.2.1
error.example MX 10 localhost
unknown.example FAULT servfail
*.unknown.example FAULT servfail
hostile.example MX 10 a\\033b\\059.hostile.example
hostile.example TXT "v=spf1 \\027[31mred\\007 -all"
_dmarc.hostile.example TXT "v=DMARC1; p=\\155none; rua=mailto:\\027]0;x\\007@d"
*.many.example MX 0 .
""")

    def file(self, name, text):
        path = os.path.join(self.place.name, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def command(self, *arguments, zone=True):
        return [PROGRAM, "-c", "/dev/null", *arguments,
                *(["--zone", self.zone] if zone else [])]

    def run_program(self, *arguments, stdin="", zone=True):
        return subprocess.run(
            self.command(*arguments, zone=zone), input=stdin, text=True,
            capture_output=True, check=False, timeout=60)

    def on_terminal(self, *arguments, env=None, zone=True):
        """What a terminal gets; standard error has one, too."""
        master, slave = pty.openpty()
        process = subprocess.Popen(
            self.command(*arguments, zone=zone), stdin=subprocess.DEVNULL,
            stdout=slave, stderr=slave, env=env)
        os.close(slave)
        out = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            out += part
        os.close(master)
        process.wait(60)
        return out.decode("ascii")

    def test_worst_status(self):
        # An error that is known outweighs what is not.
        order = (("good", 0), ("warn", 2), ("error", 2), ("unknown", 3))
        for name, _ in order:
            one = self.run_program("--domain", f"{name}.example", "--json")
            self.assertEqual(json.loads(one.stdout)[0]["status"],
                             one.returncode)
        self.assertEqual(self.status("good"), 0)
        self.assertEqual(self.status("good", "unknown"), 3)
        self.assertEqual(self.status("unknown", "good"), 3)
        self.assertEqual(self.status("error", "unknown"), 2)
        self.assertEqual(self.status("unknown", "error", "good"), 2)

    def status(self, *names):
        return self.run_program(
            "--domain", *(f"{name}.example" for name in names)).returncode

    def test_order_of_many(self):
        names = [f"n{i}.many.example" for i in range(100)]
        listed = "".join(f"{name}  # {i}\n\n" for i, name in
                         enumerate(names[1:]))
        done = self.run_program("--domain", names[0], "--file", "-",
                                "--json", stdin="# all\n" + listed)
        self.assertEqual(done.stderr, "")
        self.assertEqual(
            [one["domain"] for one in json.loads(done.stdout)], names)
        text = self.run_program("--file", self.file("list", listed))
        heads = [line for line in text.stdout.split("\n")
                 if line.endswith(".many.example")
                 and not line.startswith(" ")]
        self.assertEqual(heads, names[1:])

    def test_forms_of_a_name(self):
        done = self.run_program("--domain", "GOOD.Example.", "--json")
        self.assertEqual(json.loads(done.stdout)[0]["domain"],
                         "good.example")
        done = self.run_program("--domain", "b\u00fccher.example", "--json")
        self.assertEqual(json.loads(done.stdout)[0]["domain"],
                         "xn--bcher-kva.example")
        done = self.run_program("--domain", "good.example", "--json",
                                "--selector",
                                "s1._domainkey.good.example")
        self.assertEqual(json.loads(done.stdout)[0]["dkim"][0]["selector"],
                         "s1")
        done = self.run_program("--domain", "good.example", "--json",
                                "--selector", "B\u00fccher.a")
        self.assertEqual(json.loads(done.stdout)[0]["dkim"][0]["selector"],
                         "xn--bcher-kva.a")

    def test_hostile_octets(self):
        for done in (self.run_program("--domain", "hostile.example"),
                     self.run_program("--domain", "hostile.example",
                                      "--json")):
            self.assertTrue(all(line.isprintable() and line.isascii()
                                for line in done.stdout.split("\n")),
                            done.stdout)

    def test_colours(self):
        env = {name: value for name, value in os.environ.items()
               if name != "NO_COLOR"}
        env["TERM"] = "xterm"
        name = ("--domain", "error.example")
        self.assertIn("\033[31merror MX-LOCAL\033[0m",
                      self.on_terminal(*name, env=env))
        for change in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            self.assertNotIn("\033", self.on_terminal(
                *name, env={**env, **change}))
        self.assertIn("\033", self.on_terminal(
            *name, env={**env, "NO_COLOR": ""}))
        self.assertNotIn("\033", self.on_terminal(*name, "--json", env=env))
        self.assertNotIn("\033", self.run_program(*name).stdout)

    def test_progress(self):
        env = {**os.environ, "NO_COLOR": "1"}
        many = [f"n{i}.example" for i in range(20)]
        slow = ("-o", "resolver=127.0.0.1@9", "-o", "dns-deadline=1s")
        out = self.on_terminal(*slow, "--domain", *many, env=env, zone=False)
        parts = out.split(" of 20 domains checked")
        self.assertGreater(len(parts), 2)
        # What is written over it is gone first.
        for part in parts[1:]:
            self.assertRegex(part[:20], r"^\r(\d+$|\x1b\[K)")
        alone = self.on_terminal(*slow, "--domain", many[0], env=env,
                                 zone=False)
        self.assertFalse("domains checked" in alone)

    def test_wrong_usage(self):
        for arguments, part in (
                (("--domain", "a..b"), "is not the name of a domain"),
                (("--domain", "good.example", "x y"),
                 "is not the name of a domain"),
                (("--domain", "good.example", "--selector", "a..b"),
                 "is not a selector"),
                (("--domain", "good.example", "--ip", "192.0.2.1"),
                 "is for a message"),
                (("--selector", "s1"), "needs --domain"),
                (("--ours",), "needs --domain"),
                (("--domain", "good.example", "--authoritative"),
                 "a zone has none")):
            done = self.run_program(*arguments)
            self.assertEqual(done.returncode, 64, arguments)
            self.assertIn(part, done.stderr)
            self.assertEqual(done.stdout, "")

    def test_wrong_files(self):
        for text, status, part in (
                ("good.example\n\na..b\n", 65, "line 3"),
                ("# nothing\n\n", 65, "names no domain")):
            done = self.run_program("--file", self.file("list", text))
            self.assertEqual(done.returncode, status)
            self.assertIn(part, done.stderr)
            self.assertEqual(done.stdout, "")
        done = self.run_program("--file",
                                os.path.join(self.place.name, "none"))
        self.assertEqual(done.returncode, 66)

    def test_output_that_is_full(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run(
                self.command("--domain", "good.example"), stdout=full,
                stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 74)

    def test_nobody_answers(self):
        """All is unknown, in a bounded time."""
        done = self.run_program(
            "--domain", "good.example", "other.example", "--json", "-o",
            "resolver=127.0.0.1@9", "-o", "dns-deadline=1s", zone=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        for one in json.loads(done.stdout):
            self.assertEqual({finding["severity"]
                              for finding in one["findings"]}, {"unknown"})


if __name__ == "__main__":
    unittest.main()
