# SPDX-License-Identifier: BSD-2-Clause
"""backups.py - mail servers that serve as a backup MX, for route.py.

Each has a directory, the addresses and the port 25 of its own, takes mail for
RELAYED and hands it to the better MX. They have one interface, `Backup`, so
that what is asked of one is asked of all.
"""
import os
import re
import shutil
import subprocess

import namespace
import packages
import sendmail
import stack

RELAYED = ("rcpt.example", "six.example")
NAME = "mx2.rcpt.example"


class Backup:
    """What route.py needs of a server."""

    knows_recipients = True  # and refuses others itself
    offers_tls = True
    asks_milters = False  # if ask_milter() is called
    takes_any_helo = False  # with whatever is in it, and writes it down

    def queue_id(self, reply):
        """Out of the reply to a message that was taken."""
        raise NotImplementedError

    def waiting(self):
        """[(queue id, sender, why it waits)]"""
        raise NotImplementedError

    def flush(self):
        """Try again now."""
        raise NotImplementedError

    def write(self, sender, recipient, message):
        """A message that this host itself writes."""
        raise NotImplementedError

    def log(self):
        raise NotImplementedError


POSTFIX = """\
mydestination =
myhostname = {name}
inet_interfaces = {addresses}
smtp_address_preference = ipv4
smtpd_tls_security_level = may
smtpd_tls_chain_files = {certificate}
smtpd_tls_received_header = yes
smtpd_tls_ask_ccert = yes
"""
POSTFIX_DROP = ("inet_interfaces", "mydestination", "myhostname", "virtual_",
                "smtpd_peername_lookup", "smtpd_relay_restrictions")


class Postfix(Backup):
    """With these lines for the domains that it relays."""

    asks_milters = True

    def __init__(self, place, addresses, certificate, lines):
        self.postfix = stack.Postfix(
            place, addresses=addresses, port=25, service_milters=False,
            drop=POSTFIX_DROP, extra_main=lines + POSTFIX.format(
                name=NAME, certificate=certificate,
                addresses=" ".join(map(stack.literal, addresses))))
        self.log = self.postfix.maillog
        self.queue_id = self.postfix.queue_id
        self.flush = self.postfix.flush

    def waiting(self):
        return [(entry["queue_id"], entry["sender"],
                 "".join(one.get("delay_reason", "")
                         for one in entry["recipients"]))
                for entry in self.postfix.waiting()]

    def ask_milter(self):
        """From now on; the socket on which one has to listen."""
        subprocess.run([stack.need("postconf", "postfix"), "-c",
                        self.postfix.etc, "-e",
                        "smtpd_milters = unix:sealwax/0.sock"], check=True)
        self.postfix.stop()  # after a reload an old smtpd may take one more
        self.postfix.start()
        return self.postfix.services[0].socket

    def write(self, sender, recipient, message):
        subprocess.run([stack.need("sendmail", "postfix"), "-C",
                        self.postfix.etc, "-f", sender, recipient],
                       input=message, check=True)


SENDMAIL = """\
divert(-1)
define(`_CF_DIR_', `{cf}/')
include(`{cf}/m4/cf.m4')
VERSIONID(`sealwax tests')
OSTYPE(`linux')
define(`confDOMAIN_NAME', `{name}')
define(`QUEUE_DIR', `{place}/queue')
define(`STATUS_FILE', `{place}/statistics')
define(`confPID_FILE', `{place}/pid')
define(`ALIAS_FILE', `')
define(`confREFUSE_LA', `1000')
define(`confQUEUE_LA', `1000')
define(`confDELAY_LA', `1000')
define(`confTO_IDENT', `0s')
define(`confDONT_PROBE_INTERFACES', `True')
define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')
define(`confDONT_BLAME_SENDMAIL', `GroupReadableKeyFile')
define(`confDEF_USER_ID', `nobody:nogroup')
define(`confDELIVERY_MODE', `background')
FEATURE(`no_default_msa')
FEATURE(`accept_unresolvable_domains')
FEATURE(`accept_unqualified_senders')
{daemons}
MAILER(`smtp')
LOCAL_CONFIG
CR {relayed}
Cw mx2.six.example
"""


class Sendmail(Backup):
    knows_recipients = offers_tls = False

    def __init__(self, place, addresses, _certificate, root):
        self.root = root
        self.queue = place.folder("queue", mode=0o700)
        self.environment = packages.environment(root)
        cf = os.path.join(root, "usr/share/sendmail/cf")
        daemons = "".join(
            f"{kind}(`Family={family}, Addr={address}{more}')\n"
            for address, family in zip(addresses, ("inet", "inet6"))
            for kind, more in (("DAEMON_OPTIONS", ", Port=25, Name=MTA"),
                               ("CLIENT_OPTIONS", "")))
        source = place.file("sendmail.mc", SENDMAIL.format(
            cf=cf, name=NAME, place=place.path, daemons=daemons,
            relayed=" ".join(RELAYED)))
        done = subprocess.run([stack.need("m4", "m4"), source], check=True,
                              capture_output=True, text=True, cwd=cf)
        self.configuration = place.file("sendmail.cf", done.stdout)
        namespace.place_file(place, "/etc/hosts",
                             f"{addresses[0]} {NAME}\n127.0.0.1 localhost\n")
        self.child = place.start("sendmail", self.argv("-bD"),
                                 env=self.environment)
        self.log = self.child.output
        for address in addresses:
            stack.wait_for("sendmail", lambda a=address: stack.answers(a, 25)
                           or not self.child.alive())
        if not self.child.alive():
            raise stack.Failure("sendmail ended: " + self.log())

    def argv(self, *words):
        return [os.path.join(self.root, sendmail.PROGRAM), "-C",
                self.configuration, *words]

    @staticmethod
    def queue_id(reply):
        return reply.split()[2]

    def waiting(self):
        found = []
        for name in os.listdir(self.queue):
            if not name.startswith("qf"):
                continue
            try:
                with open(os.path.join(self.queue, name),
                          encoding="latin-1") as file:
                    lines = file.read().splitlines()
            except FileNotFoundError:
                continue
            values = {line[0]: line[1:] for line in reversed(lines) if line}
            found.append((name[2:], values.get("S", ""),
                          values.get("M", "")))
        return found

    def flush(self):
        subprocess.run(self.argv("-q"), check=True, env=self.environment,
                       stdin=subprocess.DEVNULL)

    def write(self, sender, recipient, message):
        subprocess.run(self.argv("-f", sender, recipient), check=True,
                       env=self.environment, input=message)


EXIM = """\
primary_hostname = {name}
local_interfaces = <; {addresses}
daemon_smtp_ports = 25
spool_directory = {place}/spool
exim_path = {program}
log_file_path = {place}/spool/log-%s
pid_file_path = {place}/spool/pid
exim_user = nobody
exim_group = nogroup
deliver_drop_privilege = true
trusted_users = root
hosts_treat_as_local =
host_lookup = *
helo_allow_chars = _
helo_accept_junk_hosts = *
message_size_limit = 10M
domainlist relayed = {relayed}
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_try_verify_hosts = *
tls_verify_certificates = {certificate}
keep_environment = LD_LIBRARY_PATH
begin acl
rcpt:
	accept hosts = :
	accept domains = +relayed
		local_parts = user
	deny domains = +relayed
		message = unknown user
	deny message = relay not permitted
begin routers
everywhere:
	driver = dnslookup
	transport = smtp
	self = fail
begin transports
smtp:
	driver = smtp
	interface = <; {addresses}
begin retry
*	*	F,1d,1m
"""


class Exim(Backup):
    """One that believes every HELO, as its administrator must not."""

    takes_any_helo = True
    PACKAGES = ("exim4-daemon-light", "libdb5.3", "libgnutls-dane0",
                "libidn12", "libnsl2", "libpcre2-8-0", "libtirpc3")
    PROGRAM = "usr/sbin/exim4"
    USER = "Debian-exim:x:4294:4294::/nonexistent:/usr/sbin/nologin\n"
    GROUP = "Debian-exim:x:4294:\n"

    def __init__(self, place, addresses, certificate, root):
        self.root = root
        self.spool = place.folder("spool", "nobody")
        self.environment = packages.environment(root)
        # It does not start unless these are there, whoever it runs as.
        for path, line in (("/etc/passwd", self.USER),
                           ("/etc/group", self.GROUP)):
            with open(path, encoding="utf-8") as file:
                namespace.place_file(place, path, file.read() + line)
        certificate = shutil.copy(certificate, place.file("exim.pem"))
        shutil.chown(certificate, "nobody")
        self.configuration = place.file("exim.conf", EXIM.format(
            name=NAME, place=place.path, certificate=certificate,
            program=os.path.join(root, self.PROGRAM),
            relayed=" : ".join(RELAYED), addresses=" ; ".join(addresses)))
        self.child = place.start("exim", self.argv("-bdf"),
                                 env=self.environment)
        for address in addresses:
            stack.wait_for("exim", lambda a=address: stack.answers(a, 25)
                           or not self.child.alive())
        if not self.child.alive():
            raise stack.Failure("exim ended: " + self.log())

    def argv(self, *words):
        return [os.path.join(self.root, self.PROGRAM), "-C",
                self.configuration, *words]

    @staticmethod
    def queue_id(reply):
        return re.search(r" id=(\S+)", reply)[1]

    def run(self, *words, **more):
        return subprocess.run(self.argv(*words), check=True,
                              env=self.environment, **more)

    def waiting(self):
        listed = self.run("-bpa", capture_output=True, text=True).stdout
        return [(queue_id, sender, self.reason(queue_id)) for
                queue_id, sender in re.findall(
                    r"^ *\S+ +\S+ +(\w{6}-\w{6}-\w\w) <(.*?)>", listed, re.M)]

    def reason(self, queue_id):
        """What the log of a message says last."""
        try:
            with open(os.path.join(self.spool, "msglog", queue_id),
                      encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def flush(self):
        self.run("-qqff", stdin=subprocess.DEVNULL)

    def write(self, sender, recipient, message):
        self.run("-f", sender, recipient, input=message)

    def log(self):
        text = self.child.output()
        for name in ("log-main", "log-panic"):
            path = os.path.join(self.spool, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += file.read()
        return text
