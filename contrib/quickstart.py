#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""quickstart.py - the demo behind quickstart.sh, once everything is built.

The table is read from SMTP replies, the hold queue and the delivered copies.
What it should be stands in DEMO below.
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))

import dkim  # noqa: E402  (Debian's python3-dkim, not ours)
import stack  # noqa: E402

PLACE = "/run/sealwax-quickstart"  # where only root can make it
PROGRAM = os.path.join(TOP, "build", "quickstart", "sealwaxd")

# Keys are made at each run; the records are filled in.
ZONE = """\
# the demo's names: nothing outside this machine is asked
bank.example                TXT  v=spf1 ip4:192.0.2.10 -all
_dmarc.bank.example         TXT  v=DMARC1; p=reject; adkim=r; aspf=r
s1._domainkey.bank.example  TXT  {rsa}
ed._domainkey.bank.example  TXT  {ed25519}
shop.example                TXT  v=spf1 include:_spf.shop.example -all
_spf.shop.example           TXT  v=spf1 ip4:192.0.2.20 ip6:2001:db8::20 -all
_dmarc.shop.example         TXT  v=DMARC1; p=quarantine; sp=reject
deals.shop.example          A    192.0.2.20
club.example                TXT  v=spf1 ip4:192.0.2.30 ~all
_dmarc.club.example         TXT  v=DMARC1; p=none
plain.example               TXT  v=spf1 ip4:192.0.2.40 -all
trial.example               TXT  v=spf1 -all
_dmarc.trial.example        TXT  v=DMARC1; p=reject; t=y
lists.example               TXT  v=spf1 ip4:192.0.2.50 -all
_dmarc.lists.example        TXT  v=DMARC1; p=none
crook.example               TXT  v=spf1 ip4:192.0.2.66 -all
_dmarc.crook.example        TXT  v=DMARC1; p=none
down.example                FAULT servfail TXT
_dmarc.down.example         TXT  v=DMARC1; p=reject
"""


class Message:
    """A demo message, and what must become of it."""

    def __init__(self, name, author, client, mail_from, expect, sign=None,
                 spoil=False, extra="", helo=None, login=None):
        self.name, self.author, self.client = name, author, client
        self.mail_from, self.sign, self.spoil = mail_from, sign, spoil
        self.extra, self.login = extra, login
        self.helo = helo or "mail." + (mail_from.rpartition("@")[2]
                                       or "unknown.example")
        # SPF, DKIM, DMARC, action; "-": neither copy nor reply shows it
        self.expect = expect

    def text(self, keys):
        text = (f"{self.extra}From: <{self.author}>\r\n"
                "To: <user@rcpt.example>\r\n"
                f"Subject: {self.name}\r\n"
                "Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
                f"Message-ID: <{abs(hash(self.name))}@{self.helo}>\r\n"
                "\r\n"
                "This is a message of the sealwax demo.\r\n").encode()
        if self.sign:
            selector, domain = self.sign
            text = keys.sign(text, selector, domain) + text
        if self.spoil:
            text += b"A line that was added on the way.\r\n"
        return text


FORGED = ("Authentication-Results: mx.rcpt.example; dmarc=pass"
          " header.from=bank.example\r\n")
REFUSED = ("fail", "none", "fail", "reject")

DEMO = [
    Message("direct mail of a bank, unsigned", "info@bank.example",
            "192.0.2.10", "info@bank.example",
            ("pass", "none", "pass", "accept")),
    Message("signed with RSA, sent by somebody else", "info@bank.example",
            "198.51.100.7", "bounce@club.example",
            ("softfail", "pass", "pass", "accept"),
            sign=("s1", "bank.example")),
    Message("signed with Ed25519", "info@bank.example", "198.51.100.7",
            "bounce@plain.example", ("fail", "pass", "pass", "accept"),
            sign=("ed", "bank.example")),
    Message("forged bank", "info@bank.example", "203.0.113.66",
            "info@bank.example", REFUSED),
    Message("forged bank, forger's own SPF passes", "info@bank.example",
            "192.0.2.66", "x@crook.example",
            ("pass", "none", "fail", "reject")),
    Message("forged bank with a forged result", "info@bank.example",
            "203.0.113.66", "", ("none", "none", "fail", "reject"),
            extra=FORGED),
    Message("signed, and changed by a mailing list", "info@bank.example",
            "192.0.2.50", "list-bounce@lists.example",
            ("pass", "fail", "fail", "quarantine"),
            sign=("s1", "bank.example"), spoil=True,
            extra="List-Id: <talk.lists.example>\r\n"),
    Message("shop by IPv6, through an include", "sale@shop.example",
            "2001:db8::20", "sale@shop.example",
            ("pass", "none", "pass", "accept")),
    Message("forged shop (p=quarantine)", "sale@shop.example",
            "203.0.113.66", "sale@shop.example",
            ("fail", "none", "fail", "quarantine")),
    Message("forged subdomain (sp=reject)", "win@deals.shop.example",
            "203.0.113.66", "x@deals.shop.example",
            ("none", "none", "fail", "reject")),
    Message("club without enforcement (p=none)", "chair@club.example",
            "203.0.113.66", "chair@club.example",
            ("softfail", "none", "fail", "accept")),
    Message("domain without a DMARC record", "me@plain.example",
            "203.0.113.66", "me@plain.example",
            ("fail", "none", "none", "accept")),
    Message("p=reject under test (t=y)", "a@trial.example", "203.0.113.66",
            "a@trial.example", ("fail", "none", "fail", "quarantine")),
    Message("SPF record cannot be read now", "a@down.example",
            "203.0.113.66", "a@down.example",
            ("temperror", "-", "-", "tempfail")),
    Message("two authors in From", "info@bank.example>, <x@crook.example",
            "192.0.2.66", "x@crook.example", ("-", "-", "-", "reject")),
    Message("our own user, authenticated", "me@rcpt.example", "203.0.113.5",
            "me@rcpt.example", ("-", "-", "-", "accept"), login="user"),
]


class Keys:
    """Keys of this run, and signatures made with python3-dkim."""

    def __init__(self, folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.rsa = os.path.join(folder, "rsa.pem")
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", self.rsa,
                        "2048"], check=True, stderr=subprocess.DEVNULL)
        der = subprocess.run(["openssl", "rsa", "-in", self.rsa, "-pubout",
                              "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.rsa_record = "v=DKIM1; k=rsa; p=" + base64_text(der)
        import nacl.encoding
        import nacl.signing
        key = nacl.signing.SigningKey.generate()
        encoder = nacl.encoding.Base64Encoder
        self.ed25519 = key.encode(encoder=encoder)
        self.ed25519_record = "v=DKIM1; k=ed25519; p=" + \
            key.verify_key.encode(encoder=encoder).decode()

    def sign(self, text, selector, domain):
        if selector == "ed":
            return dkim.sign(text, b"ed", domain.encode(), self.ed25519,
                             signature_algorithm=b"ed25519-sha256",
                             include_headers=[b"From", b"To", b"Subject"])
        with open(self.rsa, "rb") as file:
            return dkim.sign(text, selector.encode(), domain.encode(),
                             file.read(),
                             include_headers=[b"From", b"To", b"Subject"])


def base64_text(octets):
    import base64
    return base64.b64encode(octets).decode()


def observed(outcome):
    """SPF, DKIM, DMARC and action, from what the MTA shows."""
    action = outcome.action
    results = outcome.fields("Authentication-Results")
    ours = [value for value in results
            if value.lower().startswith("mx.rcpt.example")]
    if len(ours) > 1:
        return ("?", "?", "forged field left", action)
    if ours:
        words = [re.search(rf"\b{method}=(\w+)", ours[0])
                 for method in ("spf", "dkim", "dmarc")]
        return tuple(word.group(1) if word else "-"
                     for word in words) + (action,)
    # There is no copy: what the reply says.
    if outcome.action == "tempfail":
        spf = "4.7.24 DNS trouble: SPF" in outcome.text
        return ("temperror" if spf else "-", "-", "-", action)
    words = [re.search(rf"\b{method} (\w+)", outcome.text)
             for method in ("SPF", "DKIM", "DMARC")]
    return tuple(word.group(1) if word else "-" for word in words) + (action,)


def print_table(rows):
    heading = ("message", "SPF", "DKIM", "DMARC", "action", "")
    widths = [40, 9, 6, 10, 11, 0]
    for row in [heading, tuple("-" * len(h) for h in heading)] + rows:
        print("  ".join(cell.ljust(width)
                        for cell, width in zip(row, widths)).rstrip())


def judge_all(deliver, keys):
    rows, wrong = [], 0
    for message in DEMO:
        outcome = deliver(message)
        seen = observed(outcome)
        good = seen == message.expect
        wrong += not good
        rows.append((message.name,) + seen
                    + ("" if good else "<- should be "
                       + " ".join(message.expect),))
        if sys.stdout.isatty():
            print(f"\r   {len(rows)} of {len(DEMO)} messages sent", end="",
                  flush=True)
    if sys.stdout.isatty():
        print()
    print()
    print_table(rows)
    print()
    return wrong


def stop_kept():
    """Stop what --keep left behind; idempotent."""
    pid_file = os.path.join(PLACE, "pid")
    try:
        with open(pid_file, encoding="ascii") as file:
            pid = int(file.read())
    except (FileNotFoundError, ValueError):
        return False
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            if b"quickstart.py" not in file.read():
                return False
        os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return False
    stack.wait_for("the kept demo to stop",
                   lambda: not os.path.exists(f"/proc/{pid}"), 30)
    return True


def report_command(options):
    """What shows the rows of the demo; it becomes the demo's user."""
    state = os.path.join(PLACE, "sealwaxd", "state")
    path = os.path.join(PLACE, "report.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(f'state-dir = "{state}"\n'
                   f'store = "sqlite:{state}/sealwax.db"\n'
                   'user = "nobody"\nauthserv-id = "mx.rcpt.example"\n')
    program = os.path.join(os.path.dirname(options.program),
                           "sealwax-report")
    return f"{program} list --open -c {path}"


def advice(postfix, port, reports):
    where = f"127.0.0.1:{port}"
    print(f"""It runs until you stop it: sh contrib/quickstart.sh --stop

Send a message of your own (the client address is given by XCLIENT, since
mail from 127.0.0.1 is internal and not judged):

  swaks --server {where} --xclient-addr 192.0.2.10 \\
    --helo mail.bank.example --from info@bank.example \\
    --to user@rcpt.example --header 'From: <info@bank.example>'

Delivered copies: {PLACE}/mail/inbox/new    held ones: postqueue -c {postfix.etc} -p
Log of sealwaxd:  {PLACE}/log/sealwaxd.log

What aggregate reports would say of the messages, ten seconds after them (show,
xml and html instead of list say more):

  {reports}

To judge the mail of the Postfix of this machine: make install, then
  sh contrib/attach-postfix.sh            shows what it would change
  sh contrib/attach-postfix.sh --apply    changes it; --undo takes it back""")


def advice_without_postfix(path, reports):
    print(f"""It runs until you stop it: sh contrib/quickstart.sh --stop

Give it a message of your own, as a mail server would:

  python3 {TOP}/tests/support/miltertest.py unix:{path} \\
    --ip 192.0.2.10 --helo mail.bank.example --from info@bank.example FILE

Log of sealwaxd:  {PLACE}/log/sealwaxd.log

What aggregate reports would say of the messages, ten seconds after them:

  {reports}""")


def with_postfix(place, options, keys):
    print("== starting nsd, sealwaxd and a private Postfix", flush=True)
    dns = place.stack.enter_context(
        stack.Dns(place, "demo", zone_text(options, keys)))
    postfix = stack.Postfix(place)
    service = postfix.services[0]
    if options.milter:
        milter = stack.Child("milter", [options.milter, service.socket],
                             place.file("log/milter.log", ""))
        place.stack.callback(milter.stop)
        stack.wait_for("the other milter",
                       lambda: os.path.exists(service.socket))
        os.chmod(service.socket, 0o777)
    else:
        place.stack.enter_context(stack.Sealwaxd(
            place, "sealwaxd", options.program, service.socket, dns,
            ["mode=enforce", "authserv-id=mx.rcpt.example"]))
    print("== sending messages by SMTP", flush=True)

    def deliver(message):
        return stack.deliver(
            postfix, service, message.text(keys), client=message.client,
            helo=message.helo, mail_from=message.mail_from,
            login=message.login)
    wrong = judge_all(deliver, keys)
    return wrong, lambda: advice(postfix, service.port,
                                 report_command(options))


def without_postfix(place, options, keys):
    import miltertest
    print("== starting nsd and sealwaxd", flush=True)
    dns = place.stack.enter_context(
        stack.Dns(place, "demo", zone_text(options, keys)))
    path = place.file("sealwaxd.sock")
    place.stack.enter_context(stack.Sealwaxd(
        place, "sealwaxd", options.program, path, dns,
        ["mode=enforce", "authserv-id=mx.rcpt.example"]))
    print("== giving messages to sealwaxd as an MTA does", flush=True)

    def deliver(message):
        return miltertest.deliver(
            path, message.text(keys), client=message.client,
            helo=message.helo, mail_from=message.mail_from,
            login=message.login)
    return judge_all(deliver, keys), lambda: advice_without_postfix(
        path, report_command(options))


def zone_text(options, keys):
    text = ZONE.format(rsa=keys.rsa_record, ed25519=keys.ed25519_record)
    if options.change:
        old, _, new = options.change.partition("=>")
        if old not in text:
            raise stack.Failure(f"nothing to change: {old!r} is not there")
        text = text.replace(old, new)
    return text


def run(options, place):
    keys = Keys(place.file("keys"))
    start = with_postfix if options.postfix else without_postfix
    wrong, say_more = start(place, options, keys)
    if wrong:
        print(f"{wrong} of {len(DEMO)} messages were not treated as they "
              "should be")
    else:
        print(f"all {len(DEMO)} messages were treated as they should be")
    return wrong, say_more


def main():
    parser = argparse.ArgumentParser(prog="quickstart.sh")
    parser.add_argument("--keep", action="store_true",
                        help="leave it running, say how to use it")
    parser.add_argument("--stop", action="store_true",
                        help="stop what --keep left running")
    parser.add_argument("--postfix", action="store_true",
                        help=argparse.SUPPRESS)
    parser.add_argument("--program", default=PROGRAM,
                        help=argparse.SUPPRESS)
    parser.add_argument("--milter", help=argparse.SUPPRESS)
    parser.add_argument("--change", help=argparse.SUPPRESS)
    options = parser.parse_args()
    stopped = stop_kept()
    if options.stop:
        print("stopped" if stopped else "nothing was running")
        return 0
    shutil.rmtree(PLACE, ignore_errors=True)
    if not options.keep:
        with stack.Workplace(PLACE) as place:
            wrong, _say_more = run(options, place)
        return 1 if wrong else 0
    return run_and_keep(options)


def run_and_keep(options):
    """The demo in a process of its own, which stays; its verdict comes
    through a pipe."""
    receive, send = os.pipe()
    if os.fork() > 0:
        os.close(send)
        with os.fdopen(receive) as pipe:
            return 0 if pipe.read() == "good" else 1
    os.close(receive)
    os.setsid()
    status = 1
    with stack.Workplace(PLACE) as place:
        place.file("pid", str(os.getpid()))
        wrong, say_more = run(options, place)
        say_more()
        sys.stdout.flush()
        if not wrong:
            status = 0
            os.write(send, b"good")
        os.close(send)
        silence = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        signal.pthread_sigmask(signal.SIG_BLOCK,
                               {signal.SIGTERM, signal.SIGINT})
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(status)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except stack.Failure as failure:
        print(f"quickstart: {failure}", file=sys.stderr)
        sys.exit(1)
