#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""sealwax-report itself, on a directory of its own with SQLite: each
subcommand, each exit status, and what comes from others in it. Nothing is
sent; tests/e2e/report.py does that."""
import base64
import calendar
import gzip
import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree
import zipfile

BUILD = os.path.abspath(os.environ.get("builddir", "."))
PROGRAM = os.path.join(BUILD, "sealwax-report")
SEED = os.path.join(BUILD, "tests", "support", "seed_journal")
DAY = 86400
NOW = int(time.time())
TODAY = NOW - NOW % DAY
NS = "{urn:ietf:params:xml:ns:dmarc-2.0}"
USAGE, DATA, NOINPUT, SOFTWARE, IOERR, TEMP, CONFIG = 64, 65, 66, 70, 74, 75, 78

OTHERS = """<?xml version="1.0"?>
<feedback>
 <report_metadata><org_name>{org}</org_name><email>a@o.example</email>
  <report_id>{id}</report_id>
  <date_range><begin>1795392000</begin><end>1795478399</end></date_range>
 </report_metadata>
 <policy_published><domain>ours.example</domain><adkim>r</adkim><aspf>r</aspf>
  <p>reject</p><sp>reject</sp><pct>100</pct></policy_published>
 <record><row><source_ip>203.0.113.9</source_ip><count>7</count>
  <policy_evaluated><disposition>reject</disposition><dkim>fail</dkim>
   <spf>fail</spf></policy_evaluated></row>
  <identifiers><header_from>ours.example</header_from></identifiers>
  <auth_results><spf><domain>spam.example</domain><result>pass</result></spf>
  </auth_results></record>
</feedback>
"""


def day(number):
    """Of so many days ago, as it is written."""
    return time.strftime("%Y-%m-%d", time.gmtime(TODAY - number * DAY))


def others(org="Other Inc", report_id="r1"):
    return OTHERS.format(org=org, id=report_id).encode()


def mail(parts, boundary="b"):
    """A message with (type, encoding, bytes, name) attached."""
    text = ("From: noreply@o.example\r\nSubject: report\r\n"
            f"Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n"
            f"--{boundary}\r\n\r\nSee attachment.\r\n").encode()
    for kind, encoding, octets, name in parts:
        if encoding == "base64":
            octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
        text += (f"--{boundary}\r\nContent-Type: {kind}; name=\"{name}\"\r\n"
                 f"Content-Transfer-Encoding: {encoding}\r\n\r\n").encode()
        text += octets + b"\r\n"
    return text + f"--{boundary}--\r\n".encode()


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in entries:
            archive.writestr(name, octets)
    return out.getvalue()


def tarred(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, octets in entries:
            info = tarfile.TarInfo(name)
            info.size = len(octets)
            archive.addfile(info, io.BytesIO(octets))
    return out.getvalue()


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="sealwax-report-")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        os.chmod(self.place, 0o755)
        self.state = os.path.join(self.place, "state")
        os.mkdir(self.state, 0o750)
        self.store = "sqlite:" + os.path.join(self.state, "sealwax.db")
        self.options = []
        self.own()

    def own(self):
        """As root, everything is the user's that the program becomes."""
        if os.geteuid() == 0:
            for folder, folders, files in os.walk(self.state):
                for name in folders + files:
                    shutil.chown(os.path.join(folder, name), "nobody")
            shutil.chown(self.state, "nobody")

    def argv(self, arguments):
        argv = [PROGRAM, "-o", f"state-dir={self.state}",
                "-o", f"store={self.store}",
                "-o", "authserv-id=mx.r.example"]
        if os.geteuid() == 0:
            argv += ["-o", "user=nobody"]
        for option in self.options:
            argv += ["-o", option]
        return argv + list(arguments)

    def run_it(self, *arguments, stdin=b"", expect=0, say=None, out=None):
        done = subprocess.run(self.argv(arguments), input=stdin,
                              capture_output=True, timeout=60)
        text = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, expect, (arguments,) + text)
        if say is not None:
            self.assertIn(say, text[1])
        if out is not None:
            self.assertIn(out, text[0])
        for octet in (done.stdout + done.stderr):
            self.assertTrue(octet in b"\n" or 32 <= octet < 127 or
                            b"<html" in done.stdout or
                            b"<feedback" in done.stdout, text)
        return text[0]

    def seed(self, *rows):
        text = "".join(row + "\n" for row in rows)
        subprocess.run([SEED, os.path.join(self.state, "journal")],
                       input=text.encode(), check=True, timeout=60)
        self.own()

    def file(self, name, octets):
        path = os.path.join(self.place, name)
        with open(path, "wb") as file:
            file.write(octets)
        return path

    def two_days(self):
        """Yesterday and today of d.example, yesterday of e.example."""
        self.seed(
            f"time={TODAY - DAY} count=3 dkim=pass",
            f"time={TODAY - 1} dkim=fail disposition=reject"
            " source=2001:db8::1",
            f"time={TODAY} count=2 dkim=pass",
            f"time={TODAY - 2} domain=e.example p=none disposition=none"
            " rua=mailto:x@e.example,https://e.example/ spf=pass")
        self.run_it("list", "--open")


class Options(Case):
    def test_help_and_version(self):
        self.assertIn("usage: sealwax-report", self.run_it("-h"))
        self.assertIn("sealwax-report ", self.run_it("--version"))
        self.assertIn("usage:", self.run_it("list", "--help"))

    def test_wrong_usage(self):
        for arguments, say in (
                ((), "usage: sealwax-report"),
                (("-c", "x"), "usage: sealwax-report"),
                (("frobnicate",), '"frobnicate" is not one of them'),
                (("diff",), "comes with a later version"),
                (("list", "--frobnicate"), "frobnicate"),
                (("list", "x"), "list takes no arguments"),
                (("list", "--timer"), "--timer means nothing to list"),
                (("list", "--domain", "a..b"), '"a..b" is not a domain'),
                (("list", "--begin", "2026-02-30"), "is not a time"),
                (("list", "--end", "yesterday"), "is not a time"),
                (("list", "--begin", "2026-02-02", "--end", "2026-02-01"),
                 "--end is before --begin"),
                (("xml", "--dry-run"), "--dry-run means nothing to xml"),
                (("send", "now"), "send takes no arguments"),
                (("read",), "read takes at least one file"),
                (("read", "--open", "x"), "--open means nothing to read"),
                (("bounce", "x"), "comes on standard input"),
                (("suppress",), "is none of add, remove, list"),
                (("suppress", "all"), "is none of add, remove, list"),
                (("suppress", "add"), "at least one domain or address"),
                (("suppress", "list", "x"), "takes no arguments"),
                (("suppress", "add", "a b"), '"a b" is neither a domain'),
                (("suppress", "add", "a@b@c.example"), "is neither"),
                (("suppress", "add", "x@host"), "is neither"),
                (("suppress", "add", "--until", "2020-01-01", "a.example"),
                 "is over already"),
                (("purge",), "purge removes nothing without"),
                (("purge", "--begin", "2020-01-01"), "means nothing to"),
                (("html", "--open", "x"), "is a file"),
        ):
            with self.subTest(arguments):
                self.run_it(*arguments, expect=USAGE, say=say)
        self.assertEqual(self.run_it("suppress", "list").count("\n"), 1)

    def test_options_stand_anywhere(self):
        self.two_days()
        for arguments in (("list", "--domain", "E.example."),
                          ("--domain", "e.example", "list"),
                          ("--domain=e.example", "--", "list")):
            self.assertNotIn("d.example", self.run_it(
                *arguments, out="e.example"))

    def test_wrong_configuration(self):
        self.options = ["report-smtp=nix"]
        self.run_it("list", expect=CONFIG, say="report-smtp")
        self.run_it("-c", "/nonexistent", "list", expect=CONFIG)


class Shown(Case):
    def test_nothing(self):
        self.assertEqual(self.run_it("list", say="no such report"), "")
        self.assertEqual(self.run_it("show", say="no such report"), "")
        self.run_it("xml", expect=1, say="no such report")
        self.assertIn("<html", self.run_it("html"))
        self.assertEqual(self.run_it("list", "--open"), "")

    def test_list(self):
        self.two_days()
        lines = self.run_it("list").splitlines()
        self.assertEqual(
            [line.split()[:5] for line in lines],
            [["PERIOD", "DOMAIN", "STATE", "MESSAGES", "RECORDS"],
             [day(1), "d.example", "open", "4", "2"],
             [day(1), "e.example", "open", "1", "1"]])
        self.assertIn("agg@d.example", lines[1])
        self.assertIn("x@e.example; https://e.example/ refused: ", lines[2])
        self.assertNotIn("not to be sent", lines[1] + lines[2])
        # The running period only if it is asked for.
        self.assertIn(f"{day(0)}  d.example  open", self.run_it(
            "list", "--open"))

    def test_open_imports(self):
        self.seed(f"time={TODAY - DAY} dkim=pass")
        self.assertEqual(self.run_it("list"), "")
        self.run_it("list", "--open", out="d.example")
        self.assertEqual(os.listdir(os.path.join(self.state, "journal")), [])
        self.run_it("list", out="d.example")

    def test_selection(self):
        self.two_days()
        for begin, end, found in (
                (day(1), day(1), 2), (day(0), None, 1), (day(2), day(2), 0),
                (None, day(1), 2), (None, day(2), 0), (day(1), day(0), 3),
                # Both ends belong to it: what a period only touches counts.
                (f"{day(1)}T23:59:59Z", None, 3), (str(TODAY), None, 1),
                (None, str(TODAY - 1), 2), (None, f"{day(0)}T00:00:00", 3),
                (f"{day(1)}T12:00", f"{day(1)}T12:00", 2)):
            with self.subTest((begin, end)):
                arguments = ["list", "--open"]
                arguments += ["--begin", begin] if begin else []
                arguments += ["--end", end] if end else []
                text = self.run_it(*arguments)
                self.assertEqual(max(text.count("\n") - 1, 0), found, text)
        self.assertEqual(self.run_it(
            "list", "--domain", "nobody.example", say="no such"), "")

    def test_unknown_and_suppressed(self):
        self.seed(f"time={TODAY - DAY} accepted=no dkim=fail",
                  f"time={TODAY - DAY} domain=e.example"
                  " rua=mailto:a@x.f.example,mailto:b@e.example dkim=pass",
                  f"time={TODAY - DAY} domain=g.example rua= dkim=pass")
        self.run_it("suppress", "add", "f.example", "B@E.example",
                    "--why", "asked us", "--until", "2099-12-31")
        lines = self.run_it("list", "--open").splitlines()
        self.assertIn("agg@d.example; not to be sent: no aligned message of"
                      " it was accepted in 30 days", lines[1])
        self.assertIn("a@x.f.example suppressed until 2099-12-31T23:59:59Z"
                      " (asked us); b@e.example suppressed", lines[2])
        self.assertIn("none asked for", lines[3])
        self.options = ["report-known-days=0"]
        self.assertNotIn("not to be sent", self.run_it("list"))

    def test_show(self):
        self.seed(f"time={TODAY - DAY} count=5 dkim=pass selector=s2",
                  f"time={TODAY - DAY} dkim=fail disposition=quarantine"
                  " source=2001:db8::7 comment=monitor_mode from=x.d.example"
                  " envelope=")
        text = self.run_it("show", "--open")
        head, published, to, heading, first, second = text.splitlines()[:1] \
            + text.splitlines()[2:]
        self.assertEqual(head, f"d.example  {day(1)}  6 messages in 2 records")
        self.assertIn("p=reject sp=reject np=reject adkim=r", published)
        self.assertIn("mailto:agg@d.example", to)
        self.assertIn("COUNT", heading)
        self.assertEqual(first.split()[:6],
                         ["5", "192.0.2.1", "pass", "pass", "fail",
                          "d.example"])
        self.assertIn("d.example/s2=pass", first)
        self.assertEqual(second.split()[:7],
                         ["1", "2001:db8::7", "quarantine", "fail", "fail",
                          "x.d.example", "-"])
        self.assertIn("local_policy (monitor_mode)", second)

    def test_hostile_text(self):
        self.seed(f"time={TODAY - DAY} dkim=pass selector=\x1b[31m\x07"
                  " comment=\u202egnp.exe\u009b"
                  " rua=mailto:\x1b]0;x\x07@d.example")
        for command in ("list", "show"):
            self.run_it(command, "--open")  # run_it looks at each octet
        self.assertIn(b"<html", self.run_it("html", "--open").encode())
        tree = ElementTree.fromstring(self.run_it("xml", "--open"))
        self.assertEqual(tree.tag, NS + "feedback")

    def test_xml(self):
        self.two_days()
        self.run_it("xml", expect=USAGE, say="these are 2 reports")
        text = self.run_it("xml", "--domain", "d.example")
        tree = ElementTree.fromstring(text)
        counts = [int(each.text) for each in tree.iter(NS + "count")]
        self.assertEqual(counts, [3, 1])
        self.assertEqual(tree.find(f".//{NS}begin").text, str(TODAY - DAY))
        self.assertEqual(tree.find(f".//{NS}end").text, str(TODAY - 1))
        self.assertEqual(tree.find(f".//{NS}org_name").text, "mx.r.example")
        self.options = ["report-org-name=A & <B>",
                        "report-from=dmarc@r.example"]
        tree = ElementTree.fromstring(self.run_it(
            "xml", "--domain", "d.example", "--begin", day(1)))
        self.assertEqual(tree.find(f".//{NS}org_name").text, "A & <B>")
        self.assertEqual(tree.find(f".//{NS}email").text, "dmarc@r.example")

    def test_xml_to_files(self):
        self.two_days()
        folder = os.path.join(self.state, "out")
        os.mkdir(folder)
        self.own()
        names = self.run_it("xml", "--output-dir", folder, "--open").split()
        self.assertEqual(sorted(os.path.basename(name) for name in names),
                         sorted(os.listdir(folder)))
        self.assertEqual(len(names), 3)
        for name in names:
            self.assertTrue(os.path.basename(name).startswith("mx.r.example!"))
            self.assertTrue(name.endswith(".xml"))
            ElementTree.parse(name)
        self.run_it("xml", "--output-dir", "/nonexistent", expect=73,
                    say="No such file")

    def test_html(self):
        self.two_days()
        page = self.run_it("html")
        self.assertIn("<bdi>d.<wbr>example</bdi>", page)
        self.assertIn("</html>", page)

    def memory(self, *arguments):
        """What it needs at most, in KB."""
        environment = dict(os.environ)
        # A sanitizer keeps what was freed, 256 MB of it.
        environment["ASAN_OPTIONS"] = ":".join(filter(None, (
            environment.get("ASAN_OPTIONS"), "quarantine_size_mb=1")))
        with open(os.path.join(self.place, "out"), "wb") as out:
            process = subprocess.Popen(
                self.argv(arguments), stdout=out, stderr=subprocess.DEVNULL,
                env=environment)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertIn(process.returncode, (0, CONFIG))
        return usage.ru_maxrss

    def test_many(self):
        """Each once, whatever the size of pages; and memory does not grow
        with the number of domains that others have forged."""
        rows = [f"time={TODAY - DAY * (1 + n % 2)} domain=d{n}.example"
                f" rua=mailto:somebody@d{n}.example accepted=no"
                for n in range(20000)]
        least = self.memory("status")
        for n in range(0, len(rows), 4000):
            self.seed(*rows[n:n + 4000])
        self.run_it("list", "--open", "--domain", "nobody.example")
        lines = self.run_it("list").splitlines()[1:]
        listed = [line.split()[1] for line in lines]
        self.assertEqual(sorted(listed),
                         sorted(f"d{n}.example" for n in range(20000)))
        self.assertEqual([line.split()[0] for line in lines],
                         [day(2)] * 10000 + [day(1)] * 10000)
        for command in ("list", "show", "status", "send"):
            options = ("--dry-run",) if command == "send" else ()
            self.assertLess(self.memory(command, *options), least + 20000,
                            command)

    def test_page_of_many(self):
        """It holds what is long gone from the pages of the store."""
        self.seed(*(f"time={TODAY - DAY} domain=d{n}.example"
                    for n in range(1500)))
        page = self.run_it("html", "--open")
        self.assertNotIn("[U+0000]", page)
        self.assertRegex(page, "1[, ]?500.* reports")
        folder = os.path.join(self.state, "out")
        os.mkdir(folder)
        self.own()
        self.run_it("xml", "--output-dir", folder)
        self.assertEqual(len(os.listdir(folder)), 1500)

    def test_policy_that_cannot_be_read(self):
        """It is named, and the others are shown."""
        self.two_days()
        with sqlite3.connect(self.store.partition(":")[2]) as database:
            database.execute("UPDATE sealwax_policy SET text = 'nonsense'"
                             " WHERE domain = 'd.example'")
        database.close()
        why = f"d.example {day(1)}: the store holds no policy"
        lines = self.run_it("list", expect=1, say=why).splitlines()
        self.assertEqual([line.split()[1] for line in lines],
                         ["DOMAIN", "d.example", "e.example"])
        self.assertIn("the store holds no policy that can be read", lines[1])
        self.assertIn("x@e.example", lines[2])
        self.run_it("show", expect=1, say=f"d.example {day(1)}: ",
                    out="e.example")
        self.run_it("html", expect=1, say=f"d.example {day(1)}: ",
                    out="<bdi>e.<wbr>example</bdi>")
        folder = os.path.join(self.state, "out")
        os.mkdir(folder)
        self.own()
        self.run_it("xml", "--output-dir", folder, expect=1,
                    say=f"d.example {day(1)}: ", out="!e.example!")

    def test_output_that_fails(self):
        self.two_days()
        for command in (["list"], ["show"], ["html"], ["-h"], ["status"],
                        ["xml", "--domain", "e.example"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(self.argv(command), stdout=full,
                                      stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(done.returncode, IOERR, (command, done.stderr))
            self.assertIn(b"standard output: No space left", done.stderr)

    def test_reader_that_goes_away(self):
        self.two_days()
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            shown = subprocess.run(self.argv(["show"]), stdout=pipe,
                                   timeout=60)
            changed = subprocess.run(
                self.argv(["purge", "--domain", "d.example"]), stdout=pipe,
                stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(shown.returncode, -signal.SIGPIPE)
        # What changes something goes on, and says that it could not say it.
        self.assertEqual(changed.returncode, IOERR)
        self.assertNotIn("d.example", self.run_it("list"))


class Store(Case):
    def test_away(self):
        os.rmdir(self.state)
        for command in (["list"], ["show"], ["xml"], ["html"],
                        ["suppress", "list"], ["purge", "--before", "1"]):
            done = subprocess.run(self.argv(command), capture_output=True,
                                  timeout=60)
            self.assertIn(done.returncode, (TEMP, CONFIG), command)
            self.assertIn(b"sealwax-report: store: ", done.stderr)

    def test_no_database(self):
        path = os.path.join(self.state, "sealwax.db")
        with open(path, "wb") as file:
            file.write(b"this is no database" * 100)
        self.own()
        done = subprocess.run(self.argv(["list"]), capture_output=True,
                              timeout=60)
        self.assertIn(done.returncode, (TEMP, CONFIG), done.stderr)
        self.assertIn(b"sealwax-report: store: ", done.stderr)

    def test_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root becomes somebody else")
        self.two_days()
        for name in os.listdir(self.state):
            path = os.path.join(self.state, name)
            self.assertEqual(os.stat(path).st_uid,
                             os.stat(self.state).st_uid, name)
        self.options = ["user=no-such-user-here"]
        self.run_it("list", expect=CONFIG, say="user")

    def test_purge(self):
        self.two_days()
        self.assertEqual(self.run_it("purge", "--before", day(1)),
                         "0 reports removed\n")
        self.assertEqual(self.run_it("purge", "--domain", "E.EXAMPLE"),
                         "1 report removed\n")
        self.assertNotIn("e.example", self.run_it("list", out="d.example"))
        self.assertEqual(self.run_it("purge", "--before", day(0)),
                         "1 report removed\n")
        text = self.run_it("list", "--open")
        self.assertEqual(text.count("d.example  open"), 1)
        self.assertIn(day(0), text)

    def test_suppress(self):
        self.run_it("suppress", "add", "Example.ORG", "X.y+z@A.example",
                    "--why", "because")
        self.run_it("suppress", "add", "m\u00fcnchen.example", "--until",
                    "2099-01-01")
        lines = self.run_it("suppress", "list").splitlines()
        self.assertEqual([line.split()[0] for line in lines],
                         ["WHAT", "example.org", "x.y+z@a.example",
                          "xn--mnchen-3ya.example"])
        self.assertIn("for good", lines[1])
        self.assertIn("because", lines[1])
        self.assertIn("2099-01-01T23:59:59Z", lines[3])
        self.run_it("suppress", "remove", "EXAMPLE.org", "nobody.example",
                    "x.Y+z@a.example", expect=1,
                    say="nobody.example is not suppressed")
        self.assertEqual(self.run_it("suppress", "list").count("\n"), 2)

    def test_suppress_for_a_domain(self):
        for wrong in ("a.example:", ":x@b.example", "a.example:b.example",
                      "a.example:c.example:x@b.example", "a b:x@b.example"):
            self.run_it("suppress", "add", wrong, expect=USAGE,
                        say="is neither")
        self.run_it("suppress", "add", "A.example:X@B.example")
        self.assertIn("\na.example:x@b.example ",
                      self.run_it("suppress", "list"))
        self.run_it("suppress", "remove", "x@b.example", expect=1)
        self.run_it("suppress", "remove", "a.Example:x@b.example")
        self.assertEqual(self.run_it("suppress", "list").count("\n"), 1)


class Status(Case):
    def status(self, level, *texts):
        words = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
        line = self.run_it("status", expect=level)
        self.assertTrue(line.startswith(f"SEALWAX {words[level]} - "), line)
        self.assertEqual(line.count("\n"), 1)
        for text in texts:
            self.assertIn(text, line)
        return line

    def test_ok(self):
        line = self.status(0, "sending is not configured")
        self.assertEqual(line.count("|"), 1)
        for item in line.partition("|")[2].split():
            self.assertRegex(item, r"^[a-z_]+=\d+(s|c|B)?(;\d+;\d+)?$")

    def segment(self, age, suffix="done"):
        folder = os.path.join(self.state, "journal")
        os.makedirs(folder, exist_ok=True)
        name = f"{NOW - age:011d}-{age:032x}.{suffix}"
        self.seed(f"time={NOW} dkim=pass")
        for old in os.listdir(folder):
            if old.endswith(".done") and len(old) > 30 and \
                    int(old.split("-")[0]) > NOW - 600:
                os.rename(os.path.join(folder, old),
                          os.path.join(folder, name))
        self.own()

    def test_backlog(self):
        self.segment(60)
        self.status(0, "1 segments wait", "segments=1 ")

    def test_old_backlog(self):
        self.segment(3600)
        self.status(1, "rows have waited for the store for 60 min",
                    "oldest_segment=36")
        self.segment(7 * 3600)
        self.status(2, "rows have waited for the store for 7 h",
                    "2 segments wait")

    def test_damaged(self):
        self.segment(7 * 3600, "damaged")
        self.status(1, "1 damaged segments", "0 segments wait")

    def test_loss(self):
        self.seed(f"time={TODAY - DAY} count=3 dkim=pass")
        folder = os.path.join(self.state, "journal")
        path = os.path.join(folder, os.listdir(folder)[0])
        with open(path, "r+b") as file:
            file.seek(-5, os.SEEK_END)
            file.write(b"X")
        self.run_it("list", "--open", say="1 lines of the journal were"
                    " damaged, and are lost", out="       2        1  ")
        self.status(1, "rows were lost ", "1 rows lost", "rows_lost=1c")

    def test_quota(self):
        self.options = ["journal-quota=8M"]
        folder = os.path.join(self.state, "journal")
        os.mkdir(folder)
        path = os.path.join(folder, f"{NOW:011d}-{1:032x}.open")
        for size, level in ((3 << 20, 0), (5 << 20, 1), (8 << 20, 2)):
            with open(path, "wb") as file:
                file.truncate(size)
            self.own()
            self.status(level)

    def configure(self):
        self.options = ["report-org-name=R", "report-from=d@r.example",
                        "report-unsigned=yes"]

    def test_overdue(self):
        self.seed(f"time={TODAY - DAY} dkim=pass")
        self.run_it("list", "--open")
        self.status(0)
        self.configure()
        late = NOW - (TODAY - 1) - 3600
        self.status(1 if late > 6 * 3600 else 0)
        self.seed(f"time={TODAY - 4 * DAY} dkim=pass")
        self.run_it("list", "--open")
        self.status(2, "a report is overdue by ", "reports to be sent")
        self.options = []
        self.status(0, "sending is not configured")

    def test_wrong_configuration(self):
        self.options = ["report-smtp=nix"]
        self.status(3, "the configuration is wrong")

    def test_wrong_usage(self):
        line = self.run_it("status", "--open", expect=3)
        self.assertTrue(line.startswith("SEALWAX UNKNOWN - "), line)

    def test_store_away(self):
        self.store = "sqlite:/nonexistent/x.db"
        line = self.run_it("status", expect=self.level_of_store())
        self.assertIn("store: ", line)

    def level_of_store(self):
        done = subprocess.run(self.argv(["list"]), capture_output=True,
                              timeout=60)
        return 2 if done.returncode == TEMP else 3


class Read(Case):
    def read(self, *paths, expect=0, **more):
        return self.run_it("read", *paths, expect=expect, **more)

    def check(self, text, n=1):
        self.assertEqual(text.count("Other Inc <a@o.example>, RFC 7489"), n,
                         text)
        self.assertEqual(text.count("ours.example  2026-11-23  7 messages in"
                                    " 1 records"), n, text)

    def test_kinds(self):
        packed = gzip.compress(others())
        for name, octets in (
                ("plain", others()),
                ("bom", b"\xef\xbb\xbf" + others()),
                ("blanks", b"\r\n \n" + others().partition(b"?>\n")[2]),
                ("gz", packed),
                ("zip", zipped([("a.xml", others())])),
                ("tar.gz", tarred([("a.xml", others())])),
                ("mail-gz", mail([("application/gzip", "base64", packed,
                                   "a.xml.gz")])),
                ("mail-xgz", mail([("application/x-gzip", "base64", packed,
                                    "a")])),
                ("mail-zip", mail([("application/zip", "base64",
                                    zipped([("a.xml", others())]), "a")])),
                ("mail-xml", mail([("text/xml", "8bit", others(), "a")])),
                ("mail-octets", mail([("application/octet-stream", "base64",
                                       packed, "")])),
                ("mail-name", mail([("text/plain", "base64", packed,
                                     "A.XML.GZ")])),
                ("mail-qp", mail([("text/xml", "quoted-printable",
                                   others().replace(b"=", b"=3D"), "a")])),
                ("mail-only", b"MIME-Version: 1.0\nContent-Type:"
                 b" application/gzip\nContent-Transfer-Encoding: base64\n\n"
                 + base64.encodebytes(packed)),
                ("mail-forwarded", mail([("message/rfc822", "7bit", mail(
                    [("application/gzip", "base64", packed, "a")], "c"),
                    "")])),
        ):
            with self.subTest(name):
                self.check(self.read(self.file(name, octets)))

    def test_stdin(self):
        self.check(self.read("-", stdin=gzip.compress(others())))

    def test_several(self):
        self.check(self.read(
            self.file("a", others()),
            self.file("b", zipped([("1", others()), ("2", others())])),
            self.file("c", mail([("text/xml", "8bit", others(), ""),
                                 ("text/xml", "8bit", others(), "")]))), 5)

    def test_bad_input(self):
        good = self.file("good", others())
        for name, octets, say in (
                ("empty", b"", ""),
                ("garbage", bytes(range(256)) * 9, ""),
                ("text", b"hello\n", ""),
                ("html", b"<html><body/></html>", ""),
                ("cut", others()[:500], ""),
                ("cut-gz", gzip.compress(others())[:-20], ""),
                ("mail", b"From: a\n\nHi.\n", "no report is attached"),
                ("mail-garbage", mail([("application/gzip", "base64",
                                        b"xx", "a")]), "a: "),
                ("mail-base64", b"Content-Type: text/xml\n"
                 b"Content-Transfer-Encoding: base64\n\nAAAAA",
                 "base64 is broken"),
                ("doctype", b"<!DOCTYPE x [<!ENTITY e SYSTEM"
                 b" 'file:///etc/passwd'>]><feedback>&e;</feedback>", ""),
                ("bomb", gzip.compress(b"<feedback>" + b" " * (70 << 20)),
                 ""),
                ("large", b"<" + b" " * (64 << 20), "64 MB"),
                ("deep", b"Content-Type: message/rfc822\n\n" * 99, "deeper"),
        ):
            with self.subTest(name):
                bad = self.file("bad-" + name, octets)
                done = subprocess.run(self.argv(["read", bad, good]),
                                      capture_output=True, timeout=60)
                self.assertEqual(done.returncode, DATA, done.stderr)
                self.assertIn(b"bad-" + name.encode(), done.stderr)
                self.assertIn(say.encode(), done.stderr)
                self.check(done.stdout.decode())

    def test_missing(self):
        good = self.file("good", others())
        self.check(self.read("/nonexistent", good, expect=NOINPUT,
                             say="/nonexistent: No such file"))
        self.check(self.read(self.place, good, expect=NOINPUT,
                             say="Is a directory"))
        self.check(self.read("/nonexistent", self.file("bad", b"x"), good,
                             expect=DATA))

    def test_hostile_names(self):
        hostile = "\u202e<script>&#27;[31m\u009b"
        octets = OTHERS.format(
            org="&lt;script&gt;\u202e\u009b31m", id="r\u00e4").encode()
        text = self.read(self.file("a", octets))
        self.assertIn("<script>\\xe2\\x80\\xae", text)
        self.read(self.file("b", zipped([("\x1b[31m.xml", b"no")])),
                  expect=DATA, say="\\x1b[31m.xml")
        path = self.file("\x1b[31m\n", b"no")
        self.read(path, expect=DATA, say="\\x1b[31m\\x0a")
        self.read(self.file("c", mail([("text/xml", "8bit", b"<a>",
                                        hostile)])), expect=DATA)

    def test_html(self):
        page = self.run_it("html", self.file("a", others()),
                           self.file("b", gzip.compress(others("Third"))))
        self.assertIn("Other Inc", page)
        self.assertIn("Third", page)
        self.run_it("html", self.file("c", b"x"), expect=DATA)
        page = self.run_it("html", self.file("d", b"x"),
                           self.file("a", others()), expect=DATA)
        self.assertIn("Other Inc", page)

    def test_with_the_rights_of_the_caller(self):
        """What only root can read is read by root, and by nobody after."""
        if os.geteuid() != 0:
            self.skipTest("only root has such files")
        path = self.file("secret", others())
        os.chmod(path, 0o600)
        self.check(self.read(path))


DSN = b"""Return-Path: <>
Content-Type: multipart/report; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; agg@d.example
Action: %s
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <0123456789abcdef0123456789abcdef@r.example>
--b--
"""


class Bounce(Case):
    """Bounces of what was really sent: tests/e2e/report.py."""

    def bounce(self, message, expect, **more):
        text = self.run_it("bounce", stdin=message, expect=expect, **more)
        return text

    def test_none(self):
        for message, say in (
                (b"", "not a mail message"),
                (b"\x00\xff" * 9, "not a mail message"),
                (b"From: a@b.example\n\nHi.\n", "it is no bounce"),
                (DSN % b"failed", "no Report-ID of ours"),
                (b"From: MAILER-DAEMON@x.example\n\n<agg@d.example>: no\n"
                 b"Message-ID: <1@r.example>\n", "no Report-ID of ours"),
                (b"A: b\n" + b"Content-Type: message/rfc822\n\n" * 99,
                 "deeper")):
            with self.subTest(message):
                self.bounce(message, DATA, say=say)
                self.bounce(message, DATA, say="nothing changes")
        self.assertEqual(self.run_it("suppress", "list").count("\n"), 1)

    def test_nothing_final(self):
        for action in (b"delayed", b"delivered", b"relayed", b"expanded"):
            self.bounce(DSN % action, 0, out="nothing failed for good")

    def test_large(self):
        self.bounce(DSN % b"failed" + b"x" * (20 << 20), DATA)

    def test_again_later(self):
        self.store = "sqlite:/nonexistent/x.db"
        self.bounce(DSN % b"failed", TEMP)
        self.options = ["report-smtp=nix"]
        self.bounce(DSN % b"failed", TEMP)


class Send(Case):
    def test_not_configured(self):
        self.two_days()
        keys = ["report-org-name=R", "report-from=d@r.example",
                "report-unsigned=yes"]
        for missing, say in ((0, "report-org-name: is not set"),
                             (1, "report-from: is not set"),
                             (2, "report-dkim-key: is not set")):
            self.options = keys[:missing] + keys[missing + 1:]
            self.run_it("send", expect=CONFIG, say=say)
            self.run_it("send", "--timer", expect=CONFIG, say=say)
        self.options = keys[:2] + [
            "report-dkim-domain=r.example", "report-dkim-selector=s1",
            "report-dkim-key=/nonexistent"]
        self.run_it("send", expect=CONFIG, say="/nonexistent")
        self.assertNotIn("claimed", self.run_it("list"))

    def test_dry_run_without_configuration(self):
        self.options = ['resolver=["127.0.0.1@1"]', "dns-deadline=1s"]
        self.seed(f"time={TODAY - 2 * DAY} rua=mailto:a@b.d.example dkim=pass",
                  f"time={TODAY - 2 * DAY} domain=e.example accepted=no")
        text = self.run_it("send", "--dry-run", "--open", expect=CONFIG,
                           say="report-org-name: is not set")
        self.assertIn("e.example", text)
        self.assertIn("0 would be sent", text)
        self.assertEqual(self.run_it("list").count("  open "), 2)

    def test_timer_waits(self):
        self.options = ["report-org-name=R", "report-from=d@r.example",
                        "report-unsigned=yes"]
        # One in three hundred does not wait, and one more hardly.
        for _attempt in range(4):
            process = subprocess.Popen(
                self.argv(["send", "--timer"]), stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            try:
                process.communicate(timeout=2)
            except subprocess.TimeoutExpired:
                process.terminate()
                process.communicate()
                self.assertEqual(process.returncode, -signal.SIGTERM)
                return
        self.fail("it never waited")


if __name__ == "__main__":
    os.environ["TZ"] = "Pacific/Auckland"  # nothing here is local time
    assert calendar.timegm(time.gmtime(TODAY)) == TODAY
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(f"{PROGRAM} is not there")
    unittest.main()
