#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""bounces.py - what the manual says of bounces, with real mail servers.

usage: bounces.py [--sendmail FOLDER] BUILD_DIRECTORY

The recipe of sealwax-report(1) for Postfix, or that for Sendmail, is taken
from the manual as it stands there. A report goes out to an address where it
fails; the mail server's own bounce comes back to report-from, and stops
reports to that address. Other mail to there does nothing, and what comes while
the store is away waits in the mail server's queue.

Everything runs in namespaces of its own: /etc is a copy, with a user
"sealwax", and /usr/local/bin holds nothing but sealwax-report.
"""
import argparse
import contextlib
import email
import glob
import os
import re
import shutil
import subprocess
import sys
import time

import namespace
import sendmail
import stack

MANUAL = os.path.join(stack.TOP, "man", "sealwax-report.1")
PROGRAM = "/usr/local/bin/sealwax-report"
USER = "sealwax:x:64321:64321::/var/lib/sealwax:/usr/sbin/nologin\n"
GROUP = "sealwax:x:64321:\n"

ZONE = """\
rcpt.example         MX   10 mx.rcpt.example
_dmarc.rcpt.example  TXT  v=DMARC1; p=none
mx.rcpt.example      A    127.0.0.1
"""

CONFIGURATION = """\
state-dir = "{state}"
store = "sqlite:{state}/sealwax.db"
resolver = ["{dns.address}@{dns.port}"]
authserv-id = "mx.rcpt.example"
report-org-name = "Us"
report-from = "{sender}"
report-unsigned = "yes"
report-smtp = "smtp://{server}:{port}"
"""

DSN = """\
From: MAILER-DAEMON@far.example
To: <{sender}>
Subject: Undeliverable
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; far.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user

--b
Content-Type: text/rfc822-headers

{head}
--b--
"""


def check(truth, *what):
    if not truth:
        raise stack.Failure(" ".join(map(str, what)))


def shown(first_line):
    """The literal lines of the manual's display that begins with this one."""
    with open(MANUAL, encoding="utf-8") as file:
        text = file.read()
    found = re.search(r"^\.Bd -literal -offset indent\n"
                      rf"({re.escape(first_line)}\n.*?)^\.Ed$", text,
                      re.M | re.S)
    check(found, f"no \"{first_line}\" in {MANUAL}")
    return {part.splitlines()[0][2:].partition(",")[0]:
            "".join(line + "\n" for line in part.splitlines()[1:])
            for part in found[1].split("\n\n")}


def own_machine(place, build):
    """What the recipes expect of it."""
    shutil.copytree("/etc", f"{place.path}/whole-etc", symlinks=True,
                    ignore_dangling_symlinks=True)
    subprocess.run(["mount", "--bind", f"{place.path}/whole-etc", "/etc"],
                   check=True)
    for name, line in (("passwd", USER), ("group", GROUP),
                       ("shells", "/SENDMAIL/ANY/SHELL/\n")):
        with open("/etc/" + name, "a", encoding="ascii") as file:
            file.write(line)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs",
                    "/usr/local/bin"], check=True)
    shutil.copy(os.path.join(build, "sealwax-report"), PROGRAM)
    os.makedirs("/etc/sealwax", exist_ok=True)


class Postfix:
    """A Postfix with the recipe, where mail for gone@ fails."""
    sender = "dmarc-reports@rcpt.example"
    gone, kept = "gone@rcpt.example", "kept@rcpt.example"
    server = "127.0.0.1"

    def __init__(self, place):
        recipe = shown("# master.cf")
        transport = place.file("transport", recipe["transport"].replace(
            "example.org", "rcpt.example") + f"{self.gone} false:\n")
        self.mta = stack.Postfix(
            place, service_milters=False,
            extra_main=f"transport_maps = texthash:{transport}\n",
            extra_master=recipe["master.cf"] +
            "false unix - n n - - pipe\n  user=nobody argv=/bin/false\n")
        self.port = self.mta.services[0].port

    def send(self, message, mail_from, to):
        return self.mta.send(self.mta.services[0], message,
                             mail_from=mail_from, recipients=(to,))

    def queued(self):
        """Of mail to the recipe: what it refuses goes back to others."""
        return [entry["queue_name"] for entry in self.mta.waiting()
                for one in entry["recipients"]
                if one["address"] == self.sender]

    def waits(self):
        return "deferred" in self.queued()

    def is_empty(self):
        return not self.queued()

    def flush(self):
        self.mta.flush()

    def log(self):
        return self.mta.maillog()


class Sendmail:
    """A Sendmail with the recipe; programs have to be known to smrsh."""
    sender = "dmarc-reports@mx.rcpt.example"
    gone, kept = "gone@mx.rcpt.example", "kept@rcpt.example"
    server = sendmail.SERVER

    def __init__(self, place, folder):
        recipe = shown("# /etc/mail/aliases")
        os.makedirs("/etc/mail/smrsh", exist_ok=True)
        os.symlink(PROGRAM, "/etc/mail/smrsh/sealwax-report")
        for name, text in recipe.items():
            with open(name, "w", encoding="ascii") as file:
                file.write(text)
        with open("/etc/mail/aliases", "a", encoding="ascii") as file:
            file.write("gone: \"|/bin/false\"\nMAILER-DAEMON: postmaster\n"
                       "postmaster: /dev/null\n")
        shutil.chown("/etc/mail/sealwax-bounce", "sealwax")
        self.root = sendmail.unpacked(folder)
        self.mta = sendmail.Sendmail(place, self.root, services=0,
                                     aliases="/etc/mail/aliases")
        self.port = self.mta.services[0].port

    def send(self, message, mail_from, to):
        namespace.give_address("198.51.100.7")
        return self.mta.send(self.mta.services[0], message,
                             client="198.51.100.7", mail_from=mail_from,
                             recipients=(to,))

    def waits(self):
        return glob.glob(self.mta.queue + "/qf*")

    def is_empty(self):
        return not self.waits()

    def flush(self):
        subprocess.run([os.path.join(self.root, sendmail.PROGRAM), "-C",
                        self.mta.configuration, "-q"], check=True,
                       env=self.mta.environment, stdin=subprocess.DEVNULL)

    def log(self):
        return self.mta.child.output()


class Drill:
    def __init__(self, place, build, mail):
        self.place, self.mail = place, mail
        self.state = place.folder("state", "sealwax", 0o750)
        self.journal = place.folder("state/journal", "sealwax", 0o750)
        dns = place.stack.enter_context(stack.Dns(place, "dns", ZONE))
        with open("/etc/sealwax/sealwax.conf", "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(
                state=self.state, dns=dns, sender=mail.sender,
                server=mail.server, port=mail.port))
        subprocess.run(
            ["setpriv", "--reuid=sealwax", "--regid=sealwax",
             "--clear-groups", os.path.join(build, "tests", "support",
                                            "seed_journal"), self.journal],
            input=f"time={int(time.time())} domain=rcpt.example"
                  f" from=rcpt.example rua=mailto:{mail.gone},"
                  f"mailto:{mail.kept}\n".encode(), check=True)

    def report(self, *words):
        done = subprocess.run([PROGRAM, *words], capture_output=True,
                              text=True, timeout=60, check=False)
        check(done.returncode == 0, words, done.returncode, done.stdout,
              done.stderr)
        return done.stdout

    def suppressed(self, address):
        return f"rcpt.example:{address} " in self.report("suppress", "list")

    def expect_suppressed(self, address):
        try:
            stack.wait_for("suppression", lambda: self.suppressed(address))
        except stack.Failure as failure:
            raise stack.Failure(
                f"{failure}\n{self.mail.log()[-3000:]}") from None

    def kept_report(self):
        """The report as it came to who can be reached."""
        def look():
            for path in glob.glob(self.place.file("mail/inbox/new/*")):
                with open(path, "rb") as file:
                    text = file.read()
                if b"Report-ID" in text:
                    return text
            return None
        return stack.wait_for("the report", look)


def own_bounce(drill):
    """The mail server takes the report, fails, and says so."""
    said = drill.report("send", "--open")
    check("2 sent" in said, said)
    drill.expect_suppressed(drill.mail.gone)
    check(not drill.suppressed(drill.mail.kept))


def other_mail(drill):
    """Not a bounce, and one that names no report of ours."""
    mail = drill.mail
    for sender, message in (
            ("a@far.example", "From: a@far.example\n\nWhat is this?\n"),
            ("", DSN.format(sender=mail.sender, address=mail.kept,
                            head="Subject: Report-ID: <" + "0" * 32 + ">"))):
        mail.send(message.encode(), sender, mail.sender)
    # Else they would be what waits while the store is away.
    stack.wait_for("an empty queue", mail.is_empty)
    check(not drill.suppressed(mail.kept), "suppressed by another's mail")


def store_away(drill):
    """The bounce waits in the queue, and comes again."""
    mail = drill.mail
    head = drill.kept_report().replace(b"\r\n", b"\n").split(b"\n\n")[0]
    check(email.message_from_bytes(head)["Subject"])
    os.chmod(drill.state, 0)
    try:
        mail.send(DSN.format(sender=mail.sender, address=mail.kept,
                             head=head.decode()).encode(), "", mail.sender)
        stack.wait_for("the queue", mail.waits)
    finally:
        os.chmod(drill.state, 0o750)
    check(not drill.suppressed(mail.kept), "suppressed without a store")
    mail.flush()
    drill.expect_suppressed(mail.kept)


def run(place, build, folder):
    own_machine(place, build)
    mail = Sendmail(place, folder) if folder else Postfix(place)
    drill = Drill(place, build, mail)
    for step in (own_bounce, other_mail, store_away):
        step(drill)
        print(f"ok   {step.__name__}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sendmail", metavar="FOLDER",
                        help="with a Sendmail that is unpacked below there")
    parser.add_argument("build")
    options = parser.parse_args()
    os.umask(0o022)
    if options.sendmail:
        if os.environ.get("SEALWAX_NAMESPACE") != "inside":
            sendmail.unpacked(options.sendmail)  # there is a network yet
        sendmail.enter_namespace(sys.argv)
    else:
        namespace.enter(sys.argv)
    start = time.monotonic()
    try:
        with contextlib.ExitStack() as _unused, \
                stack.Workplace("/mnt/sealwax" if options.sendmail else
                                None) as place:
            run(place, os.path.abspath(options.build), options.sendmail and
                os.path.abspath(options.sendmail))
    except stack.Failure as failure:
        print(f"not ok bounces: {failure}")
        return 1
    print(f"bounces: 3 of 3 ({time.monotonic() - start:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
