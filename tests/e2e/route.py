#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""route.py - mail that comes by way of a backup MX.

usage: route.py BUILD_DIRECTORY

Two Postfix, each with an address of its own for IPv4 and IPv6: the primary
(MX 10), which asks sealwaxd, and the backup (MX 20). Senders have theirs, and
whatever would be bounced to the domains that they write in the name of comes
to a sink. nsd knows all of them. The primary is stopped while most of the
mail is sent, and started again.
"""
import base64
import os
import re
import socket
import subprocess
import sys

import dkim  # Debian's python3-dkim, not ours

import namespace
import report
import stack
from report import check

sys.path.insert(0, stack.SUPPORT)
import dnszone  # noqa: E402

NAMESERVER = "192.0.2.53"
PRIMARY = ("192.0.2.1", "2001:db8:1::1")
BACKUP = ("198.51.100.2", "2001:db8:2::2")
WORLD = "203.0.113.25"
GOOD = "203.0.113.10"
GOOD6 = "2001:db8:3::10"
SPOOFER = "203.0.113.66"
SPOOFER6 = "2001:db8:3::66"

# good.example and signed.example are what spoofers write in the name of.
ZONE = f"""\
rcpt.example             MX    10 mx1.rcpt.example
rcpt.example             MX    20 mx2.rcpt.example
mx1.rcpt.example         A     {PRIMARY[0]}
mx1.rcpt.example         AAAA  {PRIMARY[1]}
mx2.rcpt.example         A     {BACKUP[0]}
mx2.rcpt.example         AAAA  {BACKUP[1]}
six.example              MX    10 mx1.six.example
six.example              MX    20 mx2.six.example
mx1.six.example          AAAA  {PRIMARY[1]}
mx2.six.example          AAAA  {BACKUP[1]}
good.example             MX    10 mx.good.example
good.example             TXT   v=spf1 ip4:{GOOD} ip6:{GOOD6} -all
_dmarc.good.example      TXT   v=DMARC1; p=reject; rua=mailto:r@good.example
mail.good.example        TXT   v=spf1 ip4:{GOOD} ip6:{GOOD6} -all
mail.good.example        A     {GOOD}
mail.good.example        AAAA  {GOOD6}
mx.good.example          A     {WORLD}
signed.example           MX    10 mx.good.example
signed.example           TXT   v=spf1 -all
_dmarc.signed.example    TXT   v=DMARC1; p=reject
s1._domainkey.signed.example  TXT  {{key}}
silent.example           MX    0 .
silent.example           TXT   v=spf1 ip4:{GOOD} -all
2.100.51.198.in-addr.arpa   PTR  mx2.rcpt.example
10.113.0.203.in-addr.arpa   PTR  mail.good.example
"""

# What stack.MAIN_CF has for one server, and what ours have in its place.
DROP = ("virtual_mailbox_domains =", "inet_interfaces", "mydestination",
        "myhostname", "smtpd_peername_lookup")
BACKUP_DROP = DROP + ("virtual_",)
MAIN_CF = """\
mydestination =
myhostname = {name}.rcpt.example
inet_interfaces = {addresses}
"""
PRIMARY_CF = """\
virtual_mailbox_domains = rcpt.example six.example
"""
BACKUP_CF = f"""\
relay_domains = rcpt.example six.example
relay_recipient_maps =
    inline:{{{{user@rcpt.example=x}} {{user@six.example=x}}}}
smtp_address_preference = ipv4
smtp_bind_address = {BACKUP[0]}
smtp_bind_address6 = {BACKUP[1]}
"""
OPTIONS = ["mode=enforce", "authserv-id=mx1.rcpt.example",
           "report-org-name=Us", "report-from=reports@rcpt.example"]


class Key:
    """A DKIM key, made now."""

    def __init__(self, place):
        path = place.file("key.pem")
        subprocess.run(["openssl", "genrsa", "-out", path, "2048"],
                       check=True, stderr=subprocess.DEVNULL)
        der = subprocess.run(["openssl", "rsa", "-in", path, "-pubout",
                              "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()
        with open(path, "rb") as file:
            self.pem = file.read()

    def sign(self, message, domain):
        message = stack.crlf(message)
        return dkim.sign(message, b"s1", domain.encode(), self.pem,
                         include_headers=[b"from", b"subject"]) + message


def message(subject, author="a@good.example", extra=""):
    return (f"{extra}From: <{author}>\nSubject: {subject}\n"
            "To: <user@rcpt.example>\n\nhello\n").encode()


def question(name, kind):
    """The records that the name server has."""
    return [record for record in dnszone.ask(
        NAMESERVER, 53, dnszone.name_of(name.encode()),
        dnszone.TYPES[kind]).answer]


def nearest(domain):
    """The server that a sender finds (RFC 5321 s5.1): priority, address."""
    found = sorted((record.rdata[0] << 8 | record.rdata[1],
                    dnszone.name_text(dnszone.read_wire_name(
                        record.rdata, 2)[0]))
                   for record in question(domain, "MX"))
    for priority, host in found:
        for record in question(host, "A"):
            address = socket.inet_ntop(socket.AF_INET, record.rdata)
            if stack.answers(address, 25):
                return priority, address
    raise stack.Failure(f"nobody answers for {domain}")


class Route:
    """The two servers and all that is around them.

    Each case is a method. One that yields has sent its mail to the backup
    then, and goes on when the primary is there again.
    """

    def __init__(self, place, build):
        self.place, self.build, self.daemon = place, build, None
        for address in (NAMESERVER, *PRIMARY, *BACKUP, WORLD, GOOD, GOOD6,
                        SPOOFER, SPOOFER6):
            namespace.give_address(address)
        namespace.place_file(place, "/etc/resolv.conf",
                             f"nameserver {NAMESERVER}\n")
        self.key = Key(place)
        self.dns = place.stack.enter_context(stack.Dns(
            place, "dns", ZONE.format(key=self.key.record), NAMESERVER, 53))
        self.world = place.stack.enter_context(
            report.Sink(self, "world", "--listen", f"{WORLD}@25"))
        self.primary = self.server("mx1", PRIMARY, PRIMARY_CF, DROP)
        self.backup = self.server("mx2", BACKUP, BACKUP_CF,
                                  BACKUP_DROP)
        place.stack.callback(self.end_daemon)

    def server(self, name, addresses, main, drop):
        """A Postfix in a directory of its own."""
        place = self.place.stack.enter_context(
            stack.Workplace(self.place.file(name)))
        return stack.Postfix(
            place, addresses=addresses, port=25, drop=drop,
            service_milters=name == "mx1",
            extra_main=main + MAIN_CF.format(name=name, addresses=" ".join(
                map(stack.literal, addresses))))

    def judge(self, name, *options):
        """From now on a sealwaxd with these options does."""
        self.end_daemon()
        self.daemon = stack.Sealwaxd(
            self.place, name, os.path.join(self.build, "sealwaxd"),
            self.primary.services[0].socket, self.dns,
            OPTIONS + list(options))

    def end_daemon(self):
        if self.daemon is not None:
            self.daemon.stop()
        self.daemon = None

    def send(self, to, text, client=GOOD, mail_from="a@good.example",
             helo="mail.good.example", recipient="user@rcpt.example"):
        """From one address to another; the last reply."""
        code, text, _stage = stack.send(
            25, text, helo=helo, mail_from=mail_from, server=to,
            source=client, recipients=[recipient])
        return f"{code} {text}"

    def leave(self, text, **session):
        """With the backup, which takes it; its queue id there."""
        to = BACKUP[":" in session.get("client", GOOD)]
        reply = self.send(to, text, **session)
        check(reply.startswith("250 "), reply)
        return self.backup.queue_id(reply)

    def waits(self, queue_id):
        """The backup has it in its queue, and says why."""
        stack.wait_for("the queue", lambda: any(
            entry["queue_id"] == queue_id and "Connection refused" in
            entry["recipients"][0].get("delay_reason", "")
            for entry in self.backup.waiting()))

    def find(self, subject):
        """What the primary has of this subject, as stack.Outcome."""
        mark = re.compile(rb"^Subject: " + subject.encode() + rb"\r?$", re.M)
        for queue_id in self.primary.held():
            copy = self.primary.held_copy(queue_id)
            if mark.search(copy):
                return stack.Outcome(250, "", queue_id, "held", copy)
        folder = self.primary.place.file("mail/inbox/new")
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), "rb") as file:
                copy = file.read()
            if mark.search(copy):
                queue_id = re.search(rb"\sby mx1\.rcpt\.example \(Postfix\) "
                                     rb"with \S+ id (\w+)", copy)[1].decode()
                return stack.Outcome(250, "", queue_id, "delivered", copy)
        return None

    def arrived(self, subject, action, client, *results):
        """It is there, was treated so, this client was judged, and its one
        Authentication-Results field has these words."""
        outcome = stack.wait_for(subject, lambda: self.find(subject))
        fields = outcome.fields("Authentication-Results")
        check(outcome.action == action, outcome.action, fields)
        check(len(fields) == 1, fields)
        for result in results:
            check(re.search(result, fields[0]), result, fields)
        check(f" client={client} " in self.log_line(outcome),
              self.log_line(outcome))
        return outcome

    def log_line(self, outcome):
        """What sealwaxd says of a message."""
        return next(line for line in self.daemon.child.output().split("\n")
                    if f"qid={outcome.queue_id} " in line)

    def through(self, queue_id, server):
        """The server has done with it, one way or another."""
        stack.wait_for(f"the end of {queue_id}", lambda: re.search(
            rf"qmgr.*: {queue_id}: removed", server.maillog()))

    def tell(self):
        """What a person needs who looks for the fault."""
        for name, text in (
                ("sealwaxd", self.daemon.child.output()),
                ("primary", self.primary.maillog()),
                ("backup", self.backup.maillog())):
            print("".join(f"  {name}: {line}\n"
                          for line in text.splitlines()[-40:]), flush=True)

    # --- without relays ------------------------------------------------------

    def spoof_to_the_primary(self):
        """Refused while the sender waits, by IPv4 and IPv6."""
        for to, client in ((PRIMARY[0], SPOOFER), (PRIMARY[1], SPOOFER6)):
            reply = self.send(to, message("direct"), client=client)
            check(reply.startswith("550 5.7.26 "), reply)

    def backup_knows_recipients(self):
        """It refuses what nobody here would take, and relays nothing."""
        for recipient, expect in (("nobody@rcpt.example", "550 5.1.1 "),
                                  ("user@good.example", "554 5.7.1 ")):
            reply = self.send(BACKUP[0], message("nobody"), client=SPOOFER,
                              recipient=recipient)
            check(reply.startswith(expect), reply)

    def no_relay_named(self):
        """What relays is for: SPF of good mail fails, and the backup bounces
        to the sender, or to whoever a spoofer named. (So bounces do come to
        the sink.)"""
        for number, client in enumerate((GOOD, SPOOFER), 1):
            queue_id = self.leave(message("unnamed"), client=client)
            self.through(queue_id, self.backup)
            mails = stack.wait_for("a bounce", lambda n=number: len(
                self.world.mails()) >= n and self.world.mails())
            check(b"Received: by mx2.rcpt.example" in mails[-1] and
                  b"MAILER-DAEMON@" in mails[-1] and
                  b"550 5.7.26" in mails[-1], mails[-1])
        self.bounces = 2

    # --- the primary is down -------------------------------------------------

    def signed_mail(self):
        """The backup changes nothing of what is signed."""
        text = self.key.sign(message("signed", "a@signed.example"),
                             "signed.example")
        check(nearest("rcpt.example") == (20, BACKUP[0]))
        self.waits(self.leave(text, mail_from="a@signed.example"))
        yield
        self.arrived("signed", "accept", BACKUP[0], r"spf=fail", r"dkim=pass",
                     r"dmarc=pass")


PLAIN = ["spoof_to_the_primary", "backup_knows_recipients",
         "no_relay_named"]
DOWN = ["signed_mail"]


class Score:
    """Cases that went as they should, and the others."""

    def __init__(self, route):
        self.route, self.right, self.wrong = route, [], []

    def step(self, name, action):
        """A part of a case; whether it went well."""
        if name in self.wrong:
            return
        try:
            if action() == "more":
                return
        except (stack.Failure, OSError,
                subprocess.SubprocessError) as error:
            self.wrong.append(name)
            print(f"not ok: {name}: {error}"[:3000], flush=True)
            return
        self.right.append(name)
        print(f"route: {name}", flush=True)

    def run(self, names):
        for name in names:
            self.step(name, getattr(self.route, name))

    def run_down(self, names):
        """The primary is down until all have sent."""
        route = self.route
        route.primary.stop()
        cases = [(name, getattr(route, name)()) for name in names]
        for name, case in cases:
            self.step(name, lambda c=case: next(c, None) or "more")
        stack.wait_for("deferral", lambda: all(
            entry["queue_name"] == "deferred"
            for entry in route.backup.waiting()))
        route.primary.start()
        route.backup.flush()
        for name, case in cases:
            self.step(name, lambda c=case: next(c, None))

    def all_right(self):
        total = len(self.right) + len(self.wrong)
        print(f"route: {len(self.right)} of {total} cases")
        if self.wrong:
            self.route.tell()
        return not self.wrong


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = os.path.abspath(sys.argv[1])
    namespace.enter(sys.argv)
    os.umask(0o022)
    with stack.Workplace(prefix="sealwax-route-") as place:
        route = Route(place, build)
        score = Score(route)
        route.judge("alone")
        score.run(PLAIN)
        score.run_down(DOWN)
        return 0 if score.all_right() else 1


if __name__ == "__main__":
    sys.exit(main())
