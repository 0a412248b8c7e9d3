# SPDX-License-Identifier: BSD-2-Clause
"""route_world.py - the hosts among which route.py sends mail, and their DNS.

Everybody has addresses of his own on the loopback interface of a network
namespace: the primary and its backup, senders, and the sink for whatever is
sent to the domains that they write in the name of.
"""
import base64
import ipaddress
import os
import re
import smtplib
import socket
import ssl
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import dkim  # Debian's python3-dkim, not ours

import backups
import namespace
import packages
import report
import sendmail
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
COLLECTOR = "198.51.100.3"  # a relay before the backup

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
down.example             FAULT servfail TXT
down.example             TXT   v=spf1 ip4:{GOOD} -all
_dmarc.down.example      TXT   v=DMARC1; p=reject
silent.example           MX    0 .
silent.example           TXT   v=spf1 ip4:{GOOD} -all
"""
# Those who own an address choose its name; the spoofer's is a lie.
POINTERS = ((BACKUP[0], "mx2.rcpt.example"), (GOOD, "mail.good.example"),
            (GOOD6, "mail.good.example"), (SPOOFER, "mail.good.example"))
ZONE += "".join(f"{ipaddress.ip_address(address).reverse_pointer} PTR {name}\n"
                for address, name in POINTERS)

PRIMARY_CF = """\
mydestination =
myhostname = mx1.rcpt.example
inet_interfaces = {addresses}
virtual_mailbox_domains = rcpt.example six.example
"""
PRIMARY_DROP = ("virtual_mailbox_domains =", "inet_interfaces",
                "mydestination", "myhostname", "smtpd_peername_lookup")
OPTIONS = ["mode=enforce", "authserv-id=mx1.rcpt.example",
           "report-org-name=Us", "report-from=reports@rcpt.example"]
MANUAL = os.path.join(stack.TOP, "man", "sealwax.7")


class Recipe:
    """What sealwax(7) says of a backup MX: a setting, and two files."""

    def __init__(self):
        with open(MANUAL, encoding="utf-8") as file:
            text = file.read().split(".Sh SETTING UP A BACKUP MX")[1]
        self.relays, self.main_cf, self.recipients = re.findall(
            r"^\.Bd -literal.*?\n(.*?)^\.Ed", text.split(".Sh ")[0],
            re.M | re.S)
        for address in BACKUP:
            check(f'"{address}"' in self.relays, self.relays)

    def option(self):
        """For sealwaxd, which knows the collector, too."""
        key, _, groups = " ".join(self.relays.split()).partition(" = ")
        return (f'{key}={groups.removesuffix(")")}, {{ name = "collector"; '
                f'networks = ["{COLLECTOR}"] }} )')

    def lines(self, place):
        """For main.cf, with the file of recipients made."""
        path = place.file("relay_recipients", "".join(
            self.recipients.replace("example.org", domain)
            for domain in backups.RELAYED))
        place.file("map/main.cf", "compatibility_level = 3.6\n")
        subprocess.run([stack.need("postmap", "postfix"), "-c",
                        place.file("map"), "hash:" + path], check=True)
        return self.main_cf.replace(
            "example.org", ", ".join(backups.RELAYED)).replace(
                "/etc/postfix/relay_recipients", path)


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


def certificate(path, name):
    """A key and its certificate for this name, in one file."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=" + name, "-keyout", path, "-out", path + ".cert"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, "a", encoding="ascii") as out, \
            open(path + ".cert", encoding="ascii") as file:
        out.write(file.read())
    return path


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


class World:
    """The two servers and all that is around them."""

    def __init__(self, place, build, backup):
        self.place, self.build, self.daemon = place, build, None
        for address in (NAMESERVER, *PRIMARY, *BACKUP, WORLD, GOOD, GOOD6,
                        SPOOFER, SPOOFER6, COLLECTOR):
            namespace.give_address(address)
        namespace.place_file(place, "/etc/resolv.conf",
                             f"nameserver {NAMESERVER}\n")
        self.key = Key(place)
        self.dns = place.stack.enter_context(stack.Dns(
            place, "dns", ZONE.format(key=self.key.record), NAMESERVER, 53))
        self.world = place.stack.enter_context(
            report.Sink(self, "world", "--listen", f"{WORLD}@25"))
        self.relays, self.bounces = Recipe().option(), 0
        self.primary = stack.Postfix(
            self.home("mx1"), addresses=PRIMARY, port=25, drop=PRIMARY_DROP,
            extra_main=PRIMARY_CF.format(
                addresses=" ".join(map(stack.literal, PRIMARY))))
        cert = certificate(place.file("tls.pem"), "mx2.rcpt.example")
        self.backup = backup(self.home("mx2"), BACKUP, cert)
        place.stack.callback(self.end_daemon)

    def home(self, name):
        """A directory for a server, which ends with it."""
        return self.place.stack.enter_context(
            stack.Workplace(self.place.file(name)))

    def judge(self, name, *options):
        """From now on a sealwaxd with these options does."""
        self.end_daemon()
        self.daemon = stack.Sealwaxd(
            self.place, name, os.path.join(self.build, "sealwaxd"),
            self.primary.services[0].socket, self.dns,
            OPTIONS + list(options))

    def end_daemon(self):
        daemon, self.daemon = self.daemon, None
        if daemon is not None:
            check(daemon.stop() == 0, daemon.child.output()[-2000:])

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

    def leave_by_tls(self, text, client, cn):
        """With the backup, over TLS with a certificate of the client."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(certificate(self.place.file("client.pem"),
                                            cn))
        with smtplib.SMTP(BACKUP[0], 25, "mail.good.example",
                          source_address=(client, 0)) as smtp:
            smtp.starttls(context=context)
            smtp.sendmail("a@good.example", "user@rcpt.example", text)

    def waits(self, queue_id):
        """The backup has it in its queue, and says why."""
        stack.wait_for("the queue", lambda: any(
            name == queue_id and "refused" in reason
            for name, _, reason in self.backup.waiting()))

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
        """It is there, was treated so, this client was judged (or this,
        "A|B"), and its one Authentication-Results field of ours has these words."""
        outcome = stack.wait_for(subject, lambda: self.find(subject))
        fields = [field for field in outcome.fields("Authentication-Results")
                  if field.startswith("mx1.")]
        check(outcome.action == action, outcome.action, fields)
        check(len(fields) == 1, fields)
        for result in results:
            check(re.search(result, fields[0]), result, fields)
        line = self.log_line(outcome)
        check(re.search(rf" client=({client}) ", line), line)
        return outcome

    def log_line(self, outcome):
        """What sealwaxd says of a message."""
        return next(line for line in self.daemon.child.output().split("\n")
                    if f"qid={outcome.queue_id} " in line)

    def through(self, queue_id):
        """The backup has done with it, one way or another."""
        stack.wait_for(f"the end of {queue_id}", lambda: not any(
            name == queue_id for name, _, _ in self.backup.waiting()))

    def tell(self):
        """What a person needs who looks for the fault."""
        for name, text in (
                ("sealwaxd", self.daemon.child.output()),
                ("primary", self.primary.maillog()),
                ("waiting", "\n".join(map(str, self.backup.waiting()))),
                ("backup", self.backup.log())):
            print("".join(f"  {name}: {line}\n"
                          for line in text.splitlines()[-40:]), flush=True)

    def asked(self, what):
        with open(self.dns.log, encoding="ascii") as file:
            return what in file.read()

    def reported(self, domain):
        """{(address, disposition): messages} in the report to come."""
        state = self.place.file("relays/state")
        done = subprocess.run(
            [os.path.join(self.build, "sealwax-report"), "-o",
             f"state-dir={state}", "-o", f"store=sqlite:{state}/sealwax.db",
             "-o", "user=nobody", "xml", "--open", "--domain", domain],
            capture_output=True, text=True)
        found = {}
        if done.returncode == 0:
            for row in ElementTree.fromstring(done.stdout).iter(
                    report.NS + "row"):
                key = (row.find(f"./{report.NS}source_ip").text,
                       row.find(f".//{report.NS}disposition").text)
                found[key] = found.get(key, 0) + int(
                    row.find(f"./{report.NS}count").text)
        return found


def backup_of(name, folder):
    """A function that starts it, and what it needs is downloaded."""
    if name == "sendmail":
        return lambda *where, root=sendmail.unpacked(folder): \
            backups.Sendmail(*where, root)
    if name == "exim":
        return lambda *where, root=packages.unpacked(
            folder, backups.Exim.PACKAGES, backups.Exim.PROGRAM): \
            backups.Exim(*where, root)
    return lambda place, *where: backups.Postfix(
        place, *where, Recipe().lines(place))
