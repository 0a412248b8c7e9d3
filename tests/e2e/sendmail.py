# SPDX-License-Identifier: BSD-2-Clause
"""sendmail.py - a private Sendmail, beside the Postfix of the machine.

Debian allows one mail transport agent, so Sendmail's packages are downloaded
and unpacked into a directory, never installed. Sendmail knows no XCLIENT:
the client must really have its address, so everything runs in a network
namespace in which the addresses of all clients are given to the loopback
interface. The interface is that of stack.Postfix.
"""
import os
import re
import socket
import subprocess

import stack

PACKAGES = ("sendmail-bin", "sendmail-base", "sendmail-cf", "libwrap0",
            "libnsl2", "liblockfile1")
PROGRAM = "usr/libexec/sendmail/sendmail"
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
define(`ALIAS_FILE', `')
define(`confREFUSE_LA', `1000')
define(`confQUEUE_LA', `1000')
define(`confDELAY_LA', `1000')
define(`confCONNECTION_RATE_THROTTLE', `0')
define(`confMAX_DAEMON_CHILDREN', `0')
define(`confMAX_HEADERS_LENGTH', `131072')
define(`confTO_IDENT', `0s')
define(`confTO_RESOLVER_RETRANS', `1s')
define(`confTO_RESOLVER_RETRY', `1')
define(`confPRIVACY_FLAGS', `novrfy,noexpn')
define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe')
define(`confDEF_USER_ID', `nobody:nogroup')
define(`confLOG_LEVEL', `9')
define(`confDELIVERY_MODE', `interactive')
FEATURE(`no_default_msa')
FEATURE(`accept_unresolvable_domains')
FEATURE(`accept_unqualified_senders')
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
"""

HOSTS = "127.0.0.1 mx.rcpt.example localhost\n"
RESOLV_CONF = "nameserver 127.0.0.1\n"

DELIVER = """\
#!/bin/sh
umask 022
file=$(mktemp {place}/mail/tmp/XXXXXXXX) || exit 75
cat >"$file" && mv "$file" {place}/mail/inbox/new/ || exit 75
"""


def in_namespace():
    """Whether this process has a network of its own (see run below)."""
    return os.environ.get("SEALWAX_NAMESPACE") == "inside"


def enter_namespace(argv):
    """Run this program again in fresh network and mount namespaces."""
    if not in_namespace():
        os.environ["SEALWAX_NAMESPACE"] = "inside"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--uts",
                              stack.PYTHON, *argv])
    # Sendmail trusts no socket below a directory that others may write.
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    socket.sethostname("mx.rcpt.example")
    for address in (SERVER, SERVER6):
        give_address(address)


def give_address(address):
    """The loopback interface gets it, unless it has it."""
    family = "-6" if ":" in address else "-4"
    bits = "128" if ":" in address else "32"
    extra = ["nodad"] if family == "-6" else []
    subprocess.run(["ip", family, "addr", "replace", f"{address}/{bits}",
                    "dev", "lo", *extra], check=True)


def unpacked(folder):
    """Sendmail's files, from Debian's packages."""
    root = os.path.join(folder, "root")
    if os.path.isdir(root):
        return root
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["apt-get", "download", "-q", *PACKAGES], cwd=folder,
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    for name in os.listdir(folder):
        if name.endswith(".deb"):
            subprocess.run(["dpkg", "-x", os.path.join(folder, name),
                            root + ".new"], check=True)
    # Without its set-group-id bit: the loader would else not look for
    # libraries where we unpacked them.
    os.chmod(os.path.join(root + ".new", PROGRAM), 0o755)
    os.rename(root + ".new", root)
    return root


class Sendmail:
    """Sendmail with own configuration, queue and mailbox.

    Its own questions (the names of clients) go to a name server in which no
    name exists but its own.
    """

    def __init__(self, place, root, services=1, daemon_names=("MTA",)):
        self.place, self.root = place, root
        for name, text in (("hosts", HOSTS), ("resolv.conf", RESOLV_CONF)):
            subprocess.run(["mount", "--bind", place.file(name, text),
                            "/etc/" + name], check=True)
        names = place.start("names", [
            stack.PYTHON, os.path.join(stack.SUPPORT, "dnsproxy.py"),
            "--listen", "127.0.0.1@53", "--zone",
            place.file("names", f"mx.rcpt.example A {SERVER}\n")])
        stack.wait_for("names", lambda: "ready" in names.output())
        self.queue = place.folder("sendmail/queue", mode=0o700)
        place.folder("mail")
        for name in ("tmp", "inbox", "inbox/new"):
            place.folder("mail/" + name, "nobody")
        self.socket_folder = place.folder("sendmail/sockets")
        deliver = place.file("sendmail/deliver",
                             DELIVER.format(place=place.path))
        os.chmod(deliver, 0o755)
        self.services = []
        filters = daemons = ""
        for number in range(services):
            path = os.path.join(self.socket_folder, f"{number}.sock")
            filters += (f"MAIL_FILTER(`f{number}', `S=local:{path}, F=T, "
                        "T=C:30s;S:10s;R:10s;E:1m')\n")
            for name in daemon_names:
                port = stack.free_port()
                for family, address in (("inet", SERVER),
                                        ("inet6", SERVER6)):
                    daemons += (f"DAEMON_OPTIONS(`Family={family}, "
                                f"Addr={address}, Port={port}, Name={name}, "
                                f"L=300, InputMailFilters=f{number}')\n")
                self.services.append(stack.Service(port, path, name))
        self.configuration = self.make(filters, daemons)
        self.child = place.start("sendmail", [
            self.program(), "-bD", "-q1h", "-C", self.configuration],
            env={"LD_LIBRARY_PATH":
                 f"{root}/usr/lib/x86_64-linux-gnu:{root}/lib/x86_64-linux-gnu",
                 "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        for service in self.services:
            stack.wait_for("sendmail", lambda s=service: stack.answers(
                SERVER, s.port) or not self.child.alive())
        if not self.child.alive():
            raise stack.Failure("sendmail ended: " + self.child.output())

    def program(self):
        return os.path.join(self.root, PROGRAM)

    def make(self, filters, daemons):
        cf = os.path.join(self.root, "usr/share/sendmail/cf")
        source = self.place.file("sendmail/sendmail.mc", MC.format(
            cf=cf, place=self.place.path, filters=filters, daemons=daemons))
        done = subprocess.run([stack.need("m4", "m4"), source],
                              capture_output=True, text=True, cwd=cf)
        if done.returncode != 0:
            raise stack.Failure("m4: " + done.stderr)
        return self.place.file("sendmail/sendmail.cf", done.stdout)

    def held(self):
        return {name[2:] for name in os.listdir(self.queue)
                if name.startswith("hf")}

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

    def deliver(self, service, message, client=None, **session):
        """Send from the client's own address; an Outcome."""
        give_address(client)
        session.pop("client_name", None)
        code, text, _stage = stack.send(
            service.port, message, source=client,
            server=SERVER6 if ":" in client else SERVER, **session)
        if code != 250:
            return stack.Outcome(code, text)
        queue_id = text.split()[1]
        where, copy = self.copy(queue_id)
        return stack.Outcome(code, text, queue_id, where, copy)
