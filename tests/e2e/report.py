#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""report.py - from a message to the report of it in somebody's mailbox.

Real programs: sealwaxd judges mail and keeps rows, sealwax-report shows and
sends them by SMTP to a server of ours, and what arrives there is looked at by
others' libraries: Python's email and XML, dkimpy, xmllint with the schema.
Then the same mail comes to our own sealwaxd, and comes back as a bounce.
usage: report.py BUILD_DIRECTORY
"""
import base64
import contextlib
import email
import email.policy
import gzip
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import dkim  # Debian's python3-dkim, not ours

import stack

sys.path.insert(0, stack.SUPPORT)
import miltertest  # noqa: E402

NS = "{urn:ietf:params:xml:ns:dmarc-2.0}"
FROM = "dmarc-reports@r.example"

ZONE = """\
_dmarc.d.example    TXT  v=DMARC1; p=reject; rua=mailto:agg@d.example,mailto:x@third.example,mailto:y@silent.example,https://d.example/rua
d.example           TXT  v=spf1 ip4:192.0.2.10 -all
d.example           MX   10 mx.d.example
mx.d.example        A    192.0.2.99
d.example._report._dmarc.third.example  TXT  v=DMARC1
third.example       MX   10 mx.third.example
mx.third.example    A    192.0.2.98
silent.example      MX   10 mx.third.example
_dmarc.forged.example  TXT  v=DMARC1; p=reject; rua=mailto:trap@forged.example
forged.example      TXT  v=spf1 -all
forged.example      MX   10 mx.d.example
_dmarc.nomail.example  TXT  v=DMARC1; p=none; rua=mailto:a@nomail.example
nomail.example      TXT  v=spf1 ip4:192.0.2.10 -all
nomail.example      MX   0 .
r.example           TXT  v=spf1 -all
r.example           MX   10 mx.d.example
_dmarc.r.example    TXT  v=DMARC1; p=reject; rua=mailto:own@r.example
s1._domainkey.r.example  TXT  {key}
"""
SILENT = 100  # domains about whose mail the DNS says nothing; as many others
SECONDS = 5   # until those others have their reports
ZONE += "".join(f"""\
_dmarc.{name}.example  TXT  v=DMARC1; p=none; rua=mailto:r@{name}.example
{name}.example         TXT  v=spf1 ip4:192.0.2.10 -all
{name}.example         {mx}
""" for i in range(SILENT) for name, mx in (
    (f"a{i}", "FAULT timeout MX"), (f"b{i}", "MX 10 mx.d.example")))


def check(truth, *what):
    if not truth:
        raise stack.Failure(" ".join(map(str, what)))


class Bench:
    def __init__(self, place, build):
        self.place, self.build = place, build
        keys = place.folder("keys")
        self.key = os.path.join(keys, "key.pem")
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"],
                       check=True, stderr=subprocess.DEVNULL)
        os.chmod(self.key, 0o600)
        if os.geteuid() == 0:
            shutil.chown(self.key, "nobody")
        der = subprocess.run(["openssl", "rsa", "-in", self.key, "-pubout",
                              "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()
        self.dns = place.stack.enter_context(
            stack.Dns(place, "dns", ZONE.format(key=self.record)))
        self.socket = place.file("sealwaxd.sock")
        self.options = ["authserv-id=mx.r.example", "mode=enforce",
                        "report-org-name=R & Sons", f"report-from={FROM}",
                        "report-dkim-domain=r.example",
                        "report-dkim-selector=s1",
                        f"report-dkim-key={self.key}"]
        self.start_daemon()
        self.state = place.file("sealwaxd/state")

    def start_daemon(self):
        self.daemon = stack.Sealwaxd(
            self.place, "sealwaxd", os.path.join(self.build, "sealwaxd"),
            self.socket, self.dns, self.options)
        self.place.stack.callback(self.stop_daemon)

    def stop_daemon(self):
        if self.daemon is not None:
            self.daemon.stop()
        self.daemon = None

    def deliver(self, author, client, message=None, mail_from=None):
        domain = author.rpartition("@")[2]
        return miltertest.deliver(
            self.socket, message or
            f"From: <{author}>\r\nSubject: x\r\n\r\nHi.\r\n".encode(),
            client=client, helo="mail." + domain,
            mail_from=author if mail_from is None else mail_from)

    def argv(self, *arguments, port=25):
        argv = [os.path.join(self.build, "sealwax-report"),
                "-o", f"state-dir={self.state}",
                "-o", f"store=sqlite:{self.state}/sealwax.db",
                "-o", f"report-smtp=smtp://127.0.0.1:{port}",
                "-o", f'resolver=["{self.dns.address}@{self.dns.port}"]']
        if os.geteuid() == 0:
            argv += ["-o", "user=nobody"]
        for option in self.options:
            argv += ["-o", option]
        return argv + list(arguments)

    def report(self, *arguments, expect=0, stdin=b"", **more):
        done = subprocess.run(self.argv(*arguments, **more), input=stdin,
                              capture_output=True, timeout=120)
        text = done.stdout.decode() + done.stderr.decode()
        check(done.returncode == expect, arguments, done.returncode, text)
        return text

    def wait_for_rows(self, *texts):
        def there():
            listed = self.report("list", "--open")
            return all(re.search(text, listed) for text in texts)
        stack.wait_for("rows", there, 25)


class Sink:
    """The mail server that takes reports."""

    def __init__(self, bench, name, *options):
        self.folder = bench.place.folder(name)
        self.process = subprocess.Popen(
            [stack.PYTHON, os.path.join(stack.SUPPORT, "smtpsink.py"),
             self.folder, *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def mails(self):
        names = [name for name in os.listdir(self.folder)
                 if name.endswith(".eml")]
        mails = []
        for name in sorted(names, key=lambda n: int(n.split(".")[0])):
            with open(os.path.join(self.folder, name), "rb") as file:
                mails.append(file.read())
        return mails

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.communicate()


def judge(bench):
    """Mail comes; its rows are seen within seconds."""
    for number in range(3):
        outcome = bench.deliver("info@d.example", "192.0.2.10")
        check(outcome.action == "accept", outcome.text)
    outcome = bench.deliver("info@d.example", "203.0.113.66")
    check(outcome.action == "reject", outcome.action)
    bench.deliver("x@forged.example", "203.0.113.66")
    bench.deliver("x@nomail.example", "192.0.2.10")
    bench.wait_for_rows(r" d\.example +open +4 +2",
                        r"forged\.example +open +1", r"nomail.example +open")


def shown(bench):
    """list, show, xml and html say the same."""
    text = bench.report("list", "--open")
    check("https://d.example/rua refused" in text, text)
    check(re.search(r"forged.*not to be sent: no aligned message", text),
          text)
    check(bench.report("list").startswith("sealwax-report: there is no"))
    text = bench.report("show", "--open", "--domain", "d.example")
    check(re.search(r"3 +192\.0\.2\.10 +pass +fail +pass", text), text)
    check(re.search(r"1 +203\.0\.113\.66 +reject +fail +fail", text), text)
    tree = ElementTree.fromstring(
        bench.report("xml", "--open", "--domain", "d.example"))
    check([each.text for each in tree.iter(NS + "count")] == ["3", "1"])
    check(tree.find(f".//{NS}org_name").text == "R & Sons")
    check("<bdi>d.<wbr>example</bdi>" in bench.report("html", "--open"))


def dry_run(bench):
    """What would be sent, and why not; nothing changes."""
    with Sink(bench, "dry") as sink:
        text = bench.report("send", "--open", "--dry-run", port=sink.port)
        for wanted in (r"agg@d\.example.*would be sent",
                       r"x@third\.example.*would be sent",
                       r"y@silent\.example.*refused",
                       r"https://d\.example/rua.*refused",
                       r"forged\.example",
                       r"2 would be sent"):
            check(re.search(wanted, text), wanted, text)
        check(not sink.mails())
    check("open" in bench.report("list", "--open"))


def server_that_fails(bench):
    """Nobody listens; it is told, and tried again at once."""
    port = stack.free_port()
    text = bench.report("send", "--open", "--domain", "d.example", expect=1,
                        port=port)
    check("0 sent" in text, text)
    listed = bench.report("list", "--open")
    check(re.search(r" d\.example +built", listed), text, listed)


def xml_of(mail):
    """The report in a mail, and its message."""
    message = email.message_from_bytes(mail, policy=email.policy.default)
    parts = [part for part in message.walk()
             if part.get_content_type() == "application/gzip"]
    check(len(parts) == 1, message)
    check(parts[0].get_content_disposition() == "attachment")
    document = gzip.decompress(parts[0].get_content())
    return message, parts[0].get_filename(), document


def sent(bench):
    """What arrives is a report by the book, once."""
    with Sink(bench, "sink") as sink:
        text = bench.report("send", "--open", port=sink.port)
        check("2 sent, 0 later, 0 failed" in text, text)
        mails = sink.mails()
        check(len(mails) == 2, text)
        again = bench.report("send", "--open", port=sink.port)
        check("0 sent, 0 later, 0 failed" in again, again)
        check(len(sink.mails()) == 2)
    to = set()
    for mail in mails:
        message, name, document = xml_of(mail)
        tree = ElementTree.fromstring(document)
        identity = tree.find(f".//{NS}report_id").text
        begin, end = (tree.find(f".//{NS}{tag}").text
                      for tag in ("begin", "end"))
        to.add(message["To"].addresses[0].addr_spec)
        check(re.fullmatch(
            r"Report Domain: d\.example\s+Submitter: r\.example\s+"
            rf"Report-ID: <{identity}>", message["Subject"]),
            message["Subject"])
        check(name == f"r.example!d.example!{begin}!{end}!{identity}.xml.gz",
              name)
        check(message["From"].addresses[0].addr_spec == FROM)
        check([each.text for each in tree.iter(NS + "count")] == ["3", "1"])
        check(int(end) == int(begin) + 86399 and int(begin) % 86400 == 0)
        path = bench.place.file("report.xml", document.decode())
        subprocess.run(
            ["xmllint", "--nonet", "--noout", "--relaxng",
             os.path.join(stack.TOP, "policy", "report", "dmarc-2.0.rng"),
             path], check=True, capture_output=True)
        check(dkim.verify(mail, dnsfunc=lambda *_args, **_more:
                          bench.record.encode()), "dkimpy says no")
        check("R & Sons <dmarc-reports@r.example>, RFC 9990"
              in bench.report("read", "-", stdin=mail))
    check(to == {"agg@d.example", "x@third.example"}, to)
    check(re.search(r"nomail\.example takes no mail", again), again)
    text = bench.report("list", "--open")
    for wanted in (r" d\.example +done .*agg@d\.example sent 20",
                   r"y@silent\.example refused: ",
                   # The day is not over: its domain may become known.
                   r"forged\.example +open"):
        check(re.search(wanted, text), wanted, text)
    check("last send" in bench.report("status"))
    return mails


def passes_itself(bench, mails):
    """RC-19: the report passes DMARC aligned, and is not reported on."""
    outcome = bench.deliver(FROM, "198.51.100.1", mails[0])
    results = outcome.fields("Authentication-Results")[0]
    check(outcome.action == "accept" and "dmarc=pass" in results and
          "header.d=r.example" in results, results)
    # Other mail of ours is counted; and then the report's row would be, too.
    bench.deliver("somebody@r.example", "203.0.113.66")
    bench.wait_for_rows(r" r\.example +open +1 +1 ")


def bounced(bench, mails):
    """What comes back for good suppresses, and nothing else does."""
    by_address = {email.message_from_bytes(mail)["To"].strip("<>"): mail
                  for mail in mails}

    def dsn(address, action, original):
        head = original.split(b"\r\n\r\n")[0].decode()
        return ("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\n"
                "Content-Type: multipart/report; boundary=b\n\n--b\n\n"
                "Sorry.\n--b\nContent-Type: message/delivery-status\n\n"
                "Reporting-MTA: dns; mx.example\n\n"
                f"Final-Recipient: rfc822; {address}\nAction: {action}\n"
                "Status: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n"
                f"--b\nContent-Type: text/rfc822-headers\n\n{head}\n--b--\n"
                ).encode()
    mail = by_address["agg@d.example"]
    for message, expect in (
            (dsn("agg@d.example", "delayed", mail), 0),
            (dsn("else@d.example", "failed", mail), 65),
            (dsn("agg@d.example", "failed",
                 re.sub(rb"[0-9a-f]{32}", b"0" * 32, mail)), 65)):
        bench.report("bounce", expect=expect, stdin=message)
        check(bench.report("suppress", "list").count("\n") == 1)
    text = bench.report("bounce", stdin=dsn("agg@d.example", "failed", mail))
    check(text.startswith(
        "agg@d.example gets no reports on d.example until 20"), text)
    check(re.search(r"^d\.example:agg@d\.example .*550 no such user",
                    bench.report("suppress", "list"), re.M))
    plain = (b"From: MAILER-DAEMON@old.example\nReturn-Path: <>\n\n"
             b"<x@third.example>: 550 mailbox is gone\n\n"
             + by_address["x@third.example"])
    check("x@third.example gets no reports" in bench.report(
        "bounce", stdin=plain))
    with Sink(bench, "after-bounce") as sink:
        bench.report("suppress", "remove", "d.example:x@third.example")
        bench.report("purge", "--domain", "d.example")
        bench.deliver("info@d.example", "192.0.2.10")
        bench.wait_for_rows(r" d\.example +open +1 +1 .*agg@d\.example"
                            r" suppressed until ")
        text = bench.report("send", "--open", "--domain", "d.example",
                            port=sink.port)
        check("1 sent" in text and re.search(
            r"agg@d\.example.*suppressed", text), text)
        check([email.message_from_bytes(each)["To"]
               for each in sink.mails()] == ["<x@third.example>"] or
              b"x@third.example" in sink.mails()[0])


def one_sends(bench):
    """Of two that send at once, the second ends with 75."""
    bench.report("purge", "--domain", "d.example")
    bench.deliver("info@d.example", "192.0.2.10")
    bench.wait_for_rows(r" d\.example +open +1 +1 ")
    with Sink(bench, "slow", "--say", "greeting=silent") as slow:
        first = subprocess.Popen(
            bench.argv("send", "--open", port=slow.port),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            stack.wait_for("the first", lambda: "built" in bench.report(
                "list", "--open", "--domain", "d.example"))
            text = bench.report("send", "--open", expect=75, port=slow.port)
            check("sending" in text, text)
        finally:
            first.terminate()
            first.wait()
    with Sink(bench, "next") as sink:
        # What the first left is taken up: the same host is not at it.
        text = bench.report("send", "--open", port=sink.port)
        check("1 sent" in text and len(sink.mails()) == 1, text)


def server_says_no(bench):
    """For now, which is told and tried again; and for good."""
    for reply, words, state in (
            ("451 4.7.1 later", "0 sent, 1 later, 0 failed", "again at 20"),
            ("550 5.1.1 no such user", "0 sent, 0 later, 1 failed",
             "given up: ")):
        bench.report("purge", "--domain", "d.example")
        bench.deliver("info@d.example", "192.0.2.10")
        bench.wait_for_rows(r" d\.example +open +1 +1 ")
        with Sink(bench, "no" + reply[:3], "--say", "rcpt=" + reply) as sink:
            text = bench.report("send", "--open", "--domain", "d.example",
                                expect=1, port=sink.port)
            check(words in text and "x@third.example" in text, text)
            check(not sink.mails())
        text = bench.report("list", "--open", "--domain", "d.example")
        check(f"x@third.example {state}" in text and reply[4:] in text, text)


def silent_domains(bench):
    """They hold up nobody, and not each other."""
    names = [f"{kind}{i}.example" for kind in "ab" for i in range(SILENT)]
    for name in names:
        bench.deliver(f"x@{name}", "192.0.2.10")
    bench.wait_for_rows(*(rf" {name} +open" for name in names))
    with Sink(bench, "beside-silence") as sink:
        start = time.monotonic()
        sending = subprocess.Popen(
            bench.argv("send", "--open", port=sink.port),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            stack.wait_for("reports", lambda: len(sink.mails()) >= SILENT,
                           60)
            took = time.monotonic() - start
            text = sending.communicate(timeout=60)[0]
        finally:
            sending.kill()
            sending.wait()
        check(took < SECONDS, f"the others waited for {took:.1f} s")
        check(sending.returncode == 0 and re.search(
            rf"^{SILENT} sent, {SILENT} later, 0 failed", text, re.M), text)
        all_took = time.monotonic() - start
        check(all_took < 8 + SECONDS, f"all of it took {all_took:.1f} s")
    bench.report("purge", "--domain", names[0])
    print(f"report: {SILENT} reports in {took:.1f} s, those without an "
          f"answer put off after {all_took:.1f} s")


def unsigned(bench):
    """Only where it is said so."""
    options = bench.options
    bench.options = [option for option in options if "dkim" not in option]
    try:
        text = bench.report("send", expect=78)
        check("report-unsigned" in text, text)
        bench.options.append("report-unsigned=yes")
        bench.report("purge", "--domain", "d.example")
        bench.deliver("info@d.example", "192.0.2.10")
        bench.wait_for_rows(r" d\.example +open +1 +1 ")
        with Sink(bench, "unsigned") as sink:
            bench.report("send", "--open", "--domain", "d.example",
                         port=sink.port)
            mail = sink.mails()[0]
            check(b"dkim-signature" not in mail.lower(), mail[:500])
    finally:
        bench.options = options


def run(place, build):
    bench = Bench(place, build)
    steps = [judge, shown, dry_run, server_that_fails]
    for step in steps:
        step(bench)
        print(f"report: {step.__name__}", flush=True)
    mails = sent(bench)
    print("report: sent", flush=True)
    for step in (passes_itself, bounced):
        step(bench, mails)
        print(f"report: {step.__name__}", flush=True)
    for step in (one_sends, server_says_no, silent_domains, unsigned):
        step(bench)
        print(f"report: {step.__name__}", flush=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = os.path.abspath(sys.argv[1])
    os.umask(0o022)
    start = time.monotonic()
    try:
        with contextlib.ExitStack() as _unused, \
                stack.Workplace(prefix="sealwax-report-") as place:
            run(place, build)
    except stack.Failure as error:
        print(f"report: {error}", file=sys.stderr)
        return 1
    print(f"report: all is as it should be ({time.monotonic() - start:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
