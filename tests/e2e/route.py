#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""route.py - mail that comes by way of a backup MX.

usage: route.py [--backup NAME DIR] BUILD_DIRECTORY

Two mail servers, each with an address of its own for IPv4 and IPv6: the
primary (MX 10), a Postfix that asks sealwaxd, and the backup (MX 20), which
is another Postfix, or else Sendmail or Exim (NAME), unpacked in DIR. Senders
have theirs, and whatever would be bounced to the domains that they write in
the name of comes to a sink. nsd knows all of them. The primary is stopped
while most of the mail is sent, and started again.
"""
import argparse
import os
import re
import signal
import subprocess
import sys

import namespace
import stack
from report import check
from route_world import (BACKUP, COLLECTOR, GOOD, GOOD6, PRIMARY, SPOOFER,
                         SPOOFER6, World, backup_of, message, nearest)


class Route(World):
    """Each case is a method. One that yields has sent its mail to the backup
    then, and goes on when the primary is there again."""

    # --- without relays ------------------------------------------------------

    def spoof_to_the_primary(self):
        """Refused while the sender waits, by IPv4 and IPv6."""
        for to, client in ((PRIMARY[0], SPOOFER), (PRIMARY[1], SPOOFER6)):
            reply = self.send(to, message("direct"), client=client)
            check(reply.startswith("550 5.7.26 "), reply)

    def backup_knows_recipients(self):
        """It refuses what nobody here would take, and relays nothing."""
        for recipient in ("nobody@rcpt.example", "user@good.example"):
            if not self.backup.knows_recipients and "rcpt" in recipient:
                continue
            reply = self.send(BACKUP[0], message("nobody"), client=SPOOFER,
                              recipient=recipient)
            check(reply.startswith("55"), reply)

    def no_relay_named(self):
        """What relays is for: SPF of good mail fails, and the backup bounces
        to the sender, or to whoever a spoofer named. (So bounces do come to
        the sink.)"""
        for number, client in enumerate((GOOD, SPOOFER), 1):
            queue_id = self.leave(message("unnamed"), client=client)
            self.through(queue_id)
            mails = stack.wait_for("a bounce", lambda n=number: len(
                self.world.mails()) >= n and self.world.mails())
            check(b"Mailer-Daemon@" in mails[-1] or
                  b"MAILER-DAEMON@" in mails[-1], mails[-1])
            check(b"5.7.26" in mails[-1], mails[-1])
            self.bounces = number

    # --- the primary is down -------------------------------------------------

    def signed_mail(self):
        """The backup changes nothing of what is signed."""
        self.leave(self.key.sign(message("signed", "a@signed.example"),
                                 "signed.example"),
                   mail_from="a@signed.example")
        yield
        self.arrived("signed", "accept", GOOD, r"spf=fail", r"dkim=pass",
                     r"dmarc=pass")

    def good_mail(self):
        """It goes where the DNS says, waits, and is judged by the client
        that the backup took it from."""
        check(nearest("rcpt.example") == (20, BACKUP[0]))
        self.waits(self.leave(message("good")))
        yield
        outcome = self.arrived(
            "good", "accept", GOOD,
            r"spf=pass [^;]*smtp\.mailfrom=good\.example",
            r"spf=pass [^;]*smtp\.helo=mail\.good\.example",
            r"dmarc=pass [^;]*header\.from=good\.example")
        check(" relay=backup " in self.log_line(outcome))

    def good_mail_ipv6(self):
        """The same, by IPv6 all the way."""
        self.leave(message("good6"), client=GOOD6,
                   recipient="user@six.example")
        yield
        self.arrived("good6", "accept", GOOD6,
                     r"spf=pass [^;]*smtp\.mailfrom=good\.example",
                     r"dmarc=pass")

    def good_bounce(self):
        """Under a null sender the HELO counts that the backup was given."""
        self.leave(message("null"), mail_from="")
        yield
        self.arrived("null", "accept", GOOD,
                     r"spf=pass [^;]*smtp\.helo=mail\.good\.example",
                     r"dmarc=pass")

    def spoof(self):
        """Not refused, for the backup has taken it: held."""
        self.leave(message("spoof"), client=SPOOFER)
        yield
        self.arrived("spoof", "quarantine", SPOOFER, r"spf=fail",
                     r"dmarc=fail")

    def spoof_ipv6(self):
        self.leave(message("spoof6"), client=SPOOFER6,
                   recipient="user@six.example")
        yield
        self.arrived("spoof6", "quarantine", SPOOFER6, r"spf=fail",
                     r"dmarc=fail")

    def two_authors(self):
        """What any other rule would refuse is held as well."""
        self.leave(message("authors", extra="From: <b@signed.example>\n"))
        yield
        self.arrived("authors", "quarantine", GOOD, r"spf=pass",
                     r"dmarc=permerror")

    def forged_received(self):
        """Fields below that of the backup, in its own words, change
        nothing."""
        for number, field in enumerate((
                "from mail.good.example (mail.good.example "
                f"[{GOOD}])\n\tby mx2.rcpt.example (Postfix) with ESMTP id "
                "4XyZ1a\n\tfor <user@rcpt.example>; Tue, 24 Nov 2026 "
                "10:00:00 +0000 (UTC)",
                f"from mx2.rcpt.example (mx2.rcpt.example [{BACKUP[0]}])\n"
                "\tby mx1.rcpt.example (Postfix) with ESMTP id 4XyZ1b; "
                "Tue, 24 Nov 2026 10:00:00 +0000 (UTC)")):
            self.leave(message(f"forged{number}",
                               extra=f"Received: {field}\n"),
                       client=SPOOFER)
        yield
        for number in range(2):
            self.arrived(f"forged{number}", "quarantine", SPOOFER,
                         r"spf=fail", r"dmarc=fail")

    def helo_like_a_client(self):
        """What the backup lets through of a HELO that reads as its own
        words; where it lets everything through, nobody may be believed."""
        helos = (f"x (mail.good.example [{GOOD}])", f"[{GOOD}]",
                 f"mail.good.example (mail.good.example [{GOOD}]) by x",
                 f"x\t(mail.good.example\t[{GOOD}])",
                 f"[IPv6:{GOOD6}]", f"x([{GOOD}])", f"x[{GOOD}]",
                 f'"x (y [{GOOD}])', f"(x [{GOOD}]) (y", f"x\\([{GOOD}]",
                 f"x) by y ([{GOOD}]", f"x ident=y) ([{GOOD}] helo=z",
                 f"({GOOD})", f"x ({GOOD}) by mx2.rcpt.example")
        taken = [number for number, helo in enumerate(helos) if self.send(
            BACKUP[0], message(f"helo{number}"), client=SPOOFER,
            helo=helo).startswith("250 ")]
        client = SPOOFER + "|unknown" * self.backup.takes_any_helo
        yield
        for number in taken:
            self.arrived(f"helo{number}", "quarantine", client,
                         r"spf=(fail|none)", r"dmarc=fail")

    def tls(self):
        """The words on TLS in the field of the backup are skipped; there the
        name of the client's certificate is the client's to choose."""
        self.leave_by_tls(message("tls"), GOOD, "mail.good.example")
        self.leave_by_tls(message("tls-cn"), SPOOFER,
                          f"mail.good.example [{GOOD}]")
        yield
        outcome = self.arrived("tls", "accept", GOOD, r"spf=pass",
                               r"dmarc=pass")
        check("TLS" in outcome.fields("Received")[1])
        self.arrived("tls-cn", "quarantine", f"{SPOOFER}|unknown",
                     r"spf=(fail|none)", r"dmarc=fail")

    def two_relays(self):
        """Before the backup another relay had it, which writes as Exim
        does."""
        field = (f"Received: from mail.good.example ([{GOOD}])\n"
                 "\tby mx3.rcpt.example with esmtps  (TLS1.3) tls "
                 "TLS_AES_256_GCM_SHA384\n\t(Exim 4.96)\n"
                 "\t(envelope-from <a@good.example>)\n"
                 "\tid 1tF0aB-000001-2X\n\tfor user@rcpt.example;\n"
                 "\tTue, 24 Nov 2026 10:00:00 +0000\n")
        self.leave(message("exim", extra=field), client=COLLECTOR,
                   helo="mx3.rcpt.example")
        yield
        self.arrived("exim", "accept", GOOD, r"spf=pass", r"dmarc=pass")

    def mail_of_the_backup(self):
        """What it wrote itself has no client: SPF has nothing to judge."""
        self.backup.write("root@mx2.rcpt.example", "user@rcpt.example",
                          message("own", "root@mx2.rcpt.example"))
        yield
        self.arrived("own", "accept", "unknown", r"spf=none")

    # --- with relays, the primary is there -----------------------------------

    def only_relays_are_believed(self):
        """Whoever else sends such a field is judged himself."""
        field = (f"from mail.good.example (mail.good.example [{GOOD}])\n"
                 "\tby mx2.rcpt.example (Postfix) with ESMTP id 4XyZ1a; "
                 "Tue, 24 Nov 2026 10:00:00 +0000 (UTC)")
        reply = self.send(PRIMARY[0], message(
            "unbelieved", extra=f"Received: {field}\n"), client=SPOOFER)
        check(reply.startswith("550 5.7.26 "), reply)

    def rows(self):
        """Reports count the clients, and what was done with their mail."""
        expect = {(GOOD, "pass"): 3 + self.backup.offers_tls, (GOOD6, "pass"): 1,
                  (SPOOFER6, "quarantine"): 1, (SPOOFER, "reject"): 1}

        def counted():
            found = self.reported("good.example")
            return found if expect.items() <= found.items() else None
        # When it starts it looks at once what is in the journal.
        self.judge("relays", self.relays)
        try:
            found = stack.wait_for("rows", counted, 25)
        except stack.Failure:
            raise stack.Failure(self.reported("good.example")) from None
        check({key for key in found if key[1] == "pass"} ==
              {(GOOD, "pass"), (GOOD6, "pass")}, found)
        check(found.keys() - expect.keys() <=
              {(SPOOFER, "quarantine"), (BACKUP[0], "quarantine"),
               (BACKUP[1], "quarantine")}, found)

    def accepted_by_choice(self):
        """on-relay-reject = "accept": delivered, with the result."""
        self.judge("accept", self.relays, "on-relay-reject=accept")
        self.leave(message("accepted"), client=SPOOFER)
        self.arrived("accepted", "accept", SPOOFER, r"spf=fail",
                     r"dmarc=fail")

    def null_mx(self):
        """Refused where the sender waits, held where the backup does; and
        not asked for unless it is wanted."""
        session = dict(mail_from="a@silent.example", client=GOOD)
        text = message("silent", "a@silent.example")
        self.send(PRIMARY[0], text, **session)
        self.arrived("silent", "accept", GOOD, r"spf=pass")
        check(not self.asked("silent.example. MX"))
        self.judge("null-mx", self.relays, "on-null-mx=reject")
        reply = self.send(PRIMARY[0], text, **session)
        check(reply.startswith("550 5.7.27 "), reply)
        check(self.asked("silent.example. MX"))
        self.leave(message("silent2", "a@silent.example"), **session)
        self.arrived("silent2", "quarantine", GOOD, r"spf=pass")

    def trouble_with_the_dns(self):
        """Is no refusal: the backup keeps the message, and it is judged when
        there are answers again."""
        self.leave(message("trouble", "a@down.example"),
                   mail_from="a@down.example")
        stack.wait_for("deferral", lambda: any(
            re.search(r"451.4\.(7\.24|4\.3)", reason)
            for _, _, reason in self.backup.waiting()))
        with open(self.dns.zone, encoding="utf-8") as file:
            zone = "".join(line for line in file if " FAULT " not in line)
        with open(self.dns.zone, "w", encoding="utf-8") as file:
            file.write(zone)
        self.dns.proxy.process.send_signal(signal.SIGHUP)
        self.judge("answers", self.relays)  # and remembers none from before
        self.backup.flush()
        self.arrived("trouble", "accept", GOOD, r"spf=pass", r"dmarc=pass")

    def judged_on_both(self):
        """A sealwaxd on the backup, too, refuses while the sender waits."""
        with stack.Sealwaxd(
                self.place, "backup", os.path.join(self.build, "sealwaxd"),
                self.backup.ask_milter(), self.dns,
                ["mode=enforce", "authserv-id=mx2.rcpt.example"]):
            reply = self.send(BACKUP[0], message("both"), client=SPOOFER)
            check(reply.startswith("550 5.7.26 "), reply)
            self.leave(message("both"))
            outcome = self.arrived("both", "accept", GOOD, r"spf=pass",
                                   r"dmarc=pass")
        check(len(outcome.fields("Authentication-Results")) == 2, outcome.copy)

    def nobody_got_a_bounce(self):
        """Of all that came by way of the backup since it has been named."""
        stack.wait_for("the backup's queue",
                       lambda: not self.backup.waiting())
        senders = [entry["sender"] for entry in self.primary.waiting()]
        check("MAILER-DAEMON" not in senders, senders)
        check("non-delivery notification" not in self.primary.maillog())
        check(len(self.world.mails()) == self.bounces, self.world.mails())


PLAIN = ["spoof_to_the_primary", "backup_knows_recipients",
         "no_relay_named"]
DOWN = ["good_mail", "good_mail_ipv6", "good_bounce", "signed_mail", "tls",
        "two_relays", "mail_of_the_backup", "spoof", "spoof_ipv6",
        "two_authors", "forged_received", "helo_like_a_client"]
UP = ["only_relays_are_believed", "rows", "accepted_by_choice", "null_mx",
      "trouble_with_the_dns", "judged_on_both", "nobody_got_a_bounce"]


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

    def possible(self, names):
        """Those that this backup has what it takes for."""
        able = {"tls": self.route.backup.offers_tls,
                "judged_on_both": self.route.backup.asks_milters}
        return [name for name in names if able.get(name, True)]

    def run(self, names):
        for name in self.possible(names):
            self.step(name, getattr(self.route, name))

    def run_down(self, names):
        """The primary is down until all have sent."""
        route = self.route
        route.primary.stop()
        cases = [(name, getattr(route, name)())
                 for name in self.possible(names)]
        for name, case in cases:
            self.step(name, lambda c=case: next(c, None) or "more")
        stack.wait_for("deferral", lambda: all(
            re.search("refused|retry time not reached", reason)
            for _, _, reason in route.backup.waiting()))
        route.primary.start()
        route.backup.flush()
        for name, case in cases:
            self.step(name, lambda c=case: next(c, None))

    def all_right(self, name):
        total = len(self.right) + len(self.wrong)
        print(f"route, {name}: {len(self.right)} of {total} cases")
        if self.wrong:
            self.route.tell()
        return not self.wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--backup", nargs=2, metavar=("NAME", "DIR"),
                        default=("postfix", ""))
    parser.add_argument("build")
    options = parser.parse_args()
    name, folder = options.backup
    backup = backup_of(name, os.path.abspath(folder))
    build = os.path.abspath(options.build)
    namespace.enter(sys.argv)
    os.umask(0o022)
    with stack.Workplace("/mnt/sealwax") as place:
        route = Route(place, build, backup)
        score = Score(route)
        try:
            route.judge("alone")
            score.run(PLAIN)
            route.judge("relays", route.relays)
            score.run_down(DOWN)
            score.run(UP)
        except stack.Failure:
            route.tell()
            raise
        return 0 if score.all_right(name) else 1


if __name__ == "__main__":
    sys.exit(main())
