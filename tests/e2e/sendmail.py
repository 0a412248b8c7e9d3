# SPDX-License-Identifier: BSD-2-Clause
"""sendmail.py - a private Sendmail, beside the Postfix of the machine.

Debian allows one mail transport agent, so Sendmail's packages are downloaded
and unpacked into a directory, never installed. Sendmail knows no XCLIENT:
the client must really have its address, so everything runs in a network
namespace in which the addresses of all clients are given to the loopback
interface. SMTP AUTH is real, too: PLAIN, with one password for everybody.
The interface is that of stack.Postfix.
"""
import ipaddress
import os
import re
import shutil
import socket
import subprocess

import namespace
import packages
import stack

PACKAGES = ("sendmail-bin", "sendmail-base", "sendmail-cf", "libwrap0",
            "libnsl2", "liblockfile1", "libldap-2.5-0", "sasl2-bin")
PROGRAM = "usr/libexec/sendmail/sendmail"
SMRSH = "usr/libexec/sendmail/smrsh"
SASLPASSWD = "usr/sbin/saslpasswd2"
SERVER = "198.18.0.1"
SERVER6 = "2001:db8:ffff::1"

MC = """\
divert(-1)
define(`_CF_DIR_', `{cf}/')
include(`{cf}/m4/cf.m4')
VERSIONID(`sealwax tests')
OSTYPE(`linux')
define(`confDOMAIN_NAME', `mx.rcpt.example')
define(`QUEUE_DIR', `{place}/sendmail/queue')
define(`STATUS_FILE', `{place}/sendmail/statistics')
define(`confPID_FILE', `{place}/sendmail/pid')
define(`ALIAS_FILE', `{aliases}')
define(`confREFUSE_LA', `1000')
define(`confQUEUE_LA', `1000')
define(`confDELAY_LA', `1000')
define(`confCONNECTION_RATE_THROTTLE', `0')
define(`confMAX_DAEMON_CHILDREN', `0')
define(`confTO_IDENT', `0s')
define(`confTO_RESOLVER_RETRANS', `1s')
define(`confTO_RESOLVER_RETRY', `1')
define(`confPRIVACY_FLAGS', `novrfy,noexpn')
define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe')
define(`confDEF_USER_ID', `nobody:nogroup')
define(`confLOG_LEVEL', `9')
define(`confDELIVERY_MODE', `interactive')
define(`confAUTH_MECHANISMS', `PLAIN')
TRUST_AUTH_MECH(`PLAIN')
FEATURE(`no_default_msa')
FEATURE(`accept_unresolvable_domains')
FEATURE(`accept_unqualified_senders')
FEATURE(`smrsh', `{smrsh}')
{filters}
{daemons}
MAILER(`local')
MAILER(`smtp')
MAILER_DEFINITIONS
Mkeep,	P={place}/sendmail/deliver, F=lsDFMPn9, S=EnvFromL/HdrFromL,
	R=EnvToL/HdrToL, M=0, T=DNS/RFC822/X-Unix, A=deliver $u
LOCAL_RULE_0
R$* < @ rcpt.example . > $*	$#keep $: $1 @ rcpt.example
R$* < @ rcpt.example > $*	$#keep $: $1 @ rcpt.example
LOCAL_CONFIG
CR rcpt.example
ESASL_CONF_PATH={place}/sendmail/sasl
"""

SASL_CONF = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {place}/sendmail/sasl/db
mech_list: PLAIN
"""

HOSTS = "127.0.0.1 mx.rcpt.example localhost\n"
RESOLV_CONF = "nameserver 127.0.0.1\n"

DELIVER = """\
#!/bin/sh
umask 022
file=$(mktemp {place}/mail/tmp/XXXXXXXX) || exit 75
cat >"$file" && mv "$file" {place}/mail/inbox/new/ || exit 75
"""


def enter_namespace(argv):
    """Run this program again in namespaces of its own."""
    namespace.enter(argv)
    socket.sethostname("mx.rcpt.example")
    for address in (SERVER, SERVER6):
        namespace.give_address(address)


def unpacked(folder):
    """Sendmail's files, from Debian's packages."""
    return packages.unpacked(folder, PACKAGES, PROGRAM)


class Service(stack.Service):
    """A port for IPv4 and IPv6, and one whose socket takes both."""

    def __init__(self, socket_path, daemon_name):
        super().__init__(stack.free_port(), socket_path, daemon_name)
        self.both = stack.free_port()

    def options(self, more=""):
        for family, address, port in (("inet", SERVER, self.port),
                                      ("inet6", SERVER6, self.port),
                                      ("inet6", "::", self.both)):
            yield (f"DAEMON_OPTIONS(`Family={family}, Addr={address}, "
                   f"Port={port}, Name={self.daemon_name}, L=300{more}')\n")


class Sendmail:
    """Sendmail with own configuration, queue and mailbox.

    Each service has a milter of its own; with `recipe`, a file of ours for
    sendmail.mc, all have the one that this names. With none (0 services)
    there is one daemon without a milter.

    Its own questions (the names of clients) go to a name server in which no
    name exists but its own and those that it was told of by know_clients().
    """

    def __init__(self, place, root, services=1, daemon_names=("MTA",),
                 recipe=None, aliases=""):
        self.place, self.root, self.aliases = place, root, aliases
        for name, text in (("hosts", HOSTS), ("resolv.conf", RESOLV_CONF)):
            namespace.place_file(place, "/etc/" + name, text)
        self.names = None
        self.know_clients({})
        place.stack.callback(lambda: self.names.stop())
        self.queue = place.folder("sendmail/queue", mode=0o700)
        place.folder("mail")
        for name in ("tmp", "inbox", "inbox/new"):
            place.folder("mail/" + name, "nobody")
        os.chmod(place.file("sendmail/deliver",
                            DELIVER.format(place=place.path)), 0o755)
        place.file("sendmail/sasl/Sendmail.conf",
                   SASL_CONF.format(place=place.path))
        self.environment = packages.environment(root)
        self.services = []
        self.configuration = self.make(
            *(self.recipe_lines(recipe, daemon_names) if recipe else
              self.lines(services, daemon_names)))
        if aliases:
            subprocess.run([os.path.join(root, PROGRAM), "-C",
                            self.configuration, "-bi"], check=True,
                           env=self.environment, stdout=subprocess.DEVNULL)
        self.child = place.start("sendmail", [
            os.path.join(root, PROGRAM), "-bD", "-q1h", "-C",
            self.configuration], env=self.environment)
        for service in self.services:
            stack.wait_for("sendmail", lambda s=service: stack.answers(
                SERVER, s.port) or not self.child.alive())
        if not self.child.alive():
            raise stack.Failure("sendmail ended: " + self.child.output())

    def lines(self, services, daemon_names):
        """A milter for each number, one daemon for each name at it."""
        folder = self.place.folder("sendmail/sockets")
        filters, daemons = "define(`confMAX_HEADERS_LENGTH', `131072')\n", ""
        for number in range(services):
            path = os.path.join(folder, f"{number}.sock")
            filters += (f"MAIL_FILTER(`f{number}', `S=local:{path}, F=T, "
                        "T=C:30s;S:10s;R:40s;E:1m')\n")
            for name in daemon_names:
                self.services.append(Service(path, name))
                daemons += "".join(self.services[-1].options(
                    f", InputMailFilters=f{number}"))
        if services == 0:
            self.services.append(Service(None, daemon_names[0]))
            daemons += "".join(self.services[0].options())
        return filters, daemons

    def recipe_lines(self, recipe, daemon_names):
        """The socket that it names, below a /run of our own."""
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs",
                        "/run"], check=True)
        with open(recipe, encoding="utf-8") as file:
            path = re.search(r"^INPUT_MAIL_FILTER\(.*S=local:([^,]+),",
                             file.read(), re.M).group(1)
        os.mkdir(os.path.dirname(path), 0o755)
        shutil.chown(os.path.dirname(path), "nobody")
        self.services = [Service(path, name) for name in daemon_names]
        return f"include(`{recipe}')", "".join(
            "".join(service.options()) for service in self.services)

    def make(self, filters, daemons):
        cf = os.path.join(self.root, "usr/share/sendmail/cf")
        source = self.place.file("sendmail/sendmail.mc", MC.format(
            cf=cf, place=self.place.path, filters=filters, daemons=daemons,
            aliases=self.aliases, smrsh=os.path.join(self.root, SMRSH)))
        done = subprocess.run([stack.need("m4", "m4"), source],
                              capture_output=True, text=True, cwd=cf)
        if done.returncode != 0 or done.stderr:
            raise stack.Failure("m4: " + done.stderr)
        return self.place.file("sendmail/sendmail.cf", done.stdout)

    def know_clients(self, names):
        """From now on the clients with these addresses have these names."""
        zone = f"mx.rcpt.example A {SERVER}\n"
        for address, name in names.items():
            kind = "AAAA" if ":" in address else "A"
            pointer = ipaddress.ip_address(address).reverse_pointer
            zone += f"{pointer} PTR {name}\n{name} {kind} {address}\n"
        if self.names is not None:
            self.names.stop()
        log = self.place.file("log/names.log", "")
        self.names = stack.Child("names", [
            stack.PYTHON, os.path.join(stack.SUPPORT, "dnsproxy.py"),
            "--listen", "127.0.0.1@53", "--zone",
            self.place.file("names", zone)], log)
        stack.wait_for("names", lambda: not self.names.alive()
                       or "ready" in self.names.output())
        if not self.names.alive():
            raise stack.Failure("names ended: " + self.names.output())

    def know_user(self, login):
        """From now on this user can authenticate itself."""
        user, _, realm = login.partition("@")
        subprocess.run([os.path.join(self.root, SASLPASSWD), "-p", "-c",
                        "-f", self.place.file("sendmail/sasl/db"), "-u",
                        realm, user], input=stack.PASSWORD, text=True,
                       check=True, env=self.environment)

    def held(self):
        return {name[2:] for name in os.listdir(self.queue)
                if name.startswith("hf")}

    def release(self, queue_id):
        """Let a quarantined message go."""
        for words in (["-qQ", "-qI" + queue_id, "-Q"], ["-qI" + queue_id]):
            subprocess.run([os.path.join(self.root, PROGRAM), "-C",
                            self.configuration, *words], check=True,
                           env=self.environment, stdin=subprocess.DEVNULL)

    def copy(self, queue_id, seconds=20.0):
        def look():
            if queue_id in self.held():
                return "held", self.held_copy(queue_id)
            return self.delivered(queue_id)
        return stack.wait_for(f"message {queue_id}", look, seconds)

    def held_copy(self, queue_id):
        """Header from the queue file, body from the data file."""
        with open(os.path.join(self.queue, "hf" + queue_id), "rb") as file:
            lines = file.read().split(b"\n")
        header, inside = [], False
        for line in lines:
            if line.startswith(b"H"):
                inside = True
                header.append(re.sub(rb"^H\?[^?]*\?", b"", line, count=1))
            elif inside and line[:1] in (b" ", b"\t"):
                header.append(line)
            else:
                inside = False
        with open(os.path.join(self.queue, "df" + queue_id), "rb") as file:
            return b"\n".join(header) + b"\n\n" + file.read()

    def delivered(self, queue_id):
        folder = self.place.file("mail/inbox/new")
        mark = re.compile(rb"^Received: [^\0]*?\bid " + queue_id.encode()
                          + rb"\b", re.M)
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                text = file.read()
            if mark.search(text.split(b"\n\n", 1)[0]):
                return "delivered", text
        return None

    def reach(self, service, client, login=None):
        """The arguments with which stack.begin comes from this address."""
        mapped = client.startswith("::ffff:")
        namespace.give_address(client.removeprefix("::ffff:"))
        if login is not None:
            self.know_user(login)
        server = SERVER6 if ":" in client else SERVER
        return dict(port=service.both if mapped else service.port,
                    server="::ffff:" + SERVER if mapped else server,
                    source=client, login=login)

    def begin(self, service, client, login=None):
        return stack.begin(**self.reach(service, client, login))

    def send(self, service, message, client, client_name=None, login=None,
             **session):
        return stack.send(message=message, **session,
                          **self.reach(service, client, login))

    @staticmethod
    def queue_id(text):
        """Out of the reply to the final dot."""
        return text.split()[1]
