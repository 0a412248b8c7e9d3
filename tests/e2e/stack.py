# SPDX-License-Identifier: BSD-2-Clause
"""stack.py - a private mail system for tests and the demo.

Starts, each in a directory of its own and on loopback ports that were free:
nsd with a zone, a DNS proxy that makes faults, sealwaxd, and a Postfix whose
smtpd services each have a milter socket. Nothing of the machine's own mail
system or name server is touched. Everything that was started is ended by its
pid. Python's standard library only.
"""
import base64
import contextlib
import email.parser
import email.policy
import grp
import json
import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SUPPORT = os.path.join(TOP, "tests", "support")
PYTHON = "/usr/bin/python3"

sys.dont_write_bytecode = True
sys.path.insert(0, SUPPORT)
import zone2nsd  # noqa: E402


class Failure(Exception):
    """Something that should work did not; the text is for a person."""


def free_port(address="127.0.0.1"):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def need(program, package):
    """The path of a program; sbin counts."""
    path = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin:"
                        + os.environ.get("PATH", ""))
    if path is None:
        raise Failure(f"{program} is missing: install the package {package}")
    return path


def wait_for(what, condition, seconds=10.0):
    """Poll until condition() is true; Failure after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Failure(f"{what}: nothing after {seconds:g} s")
        time.sleep(0.01)


def literal(address):
    """As it is written before a port, and in main.cf."""
    return f"[{address}]" if ":" in address else address


def answers(address, port):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                       socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


class Child:
    """A process that we started, its output in a file, ended by its pid."""

    def __init__(self, name, argv, log, env=None):
        self.name = name
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env=env, start_new_session=True)
        self.pid = self.process.pid

    def alive(self):
        return self.process.poll() is None

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self, seconds=10.0):
        """TERM, then KILL; the exit status."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure(f"{self.name} did not end within {seconds:g} s of "
                          "SIGTERM") from None


def end_by_signal(number, _frame):
    """A terminal that is closed, a time limit: end what was started."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


class Workplace:
    """A directory that everything lives in, and the list of what runs."""

    def __init__(self, path=None, prefix="sealwax-"):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end_by_signal)
        self.path = path or tempfile.mkdtemp(prefix=prefix)
        os.makedirs(self.path, exist_ok=True)
        os.chmod(self.path, 0o755)  # user postfix must get through
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stack.close()
        if not exc[0]:
            shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name, text=None):
        path = os.path.join(self.path, name)
        if text is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def folder(self, name, owner=None, mode=0o755):
        path = self.file(name)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        if owner is not None:
            shutil.chown(path, owner)
        return path

    def start(self, name, argv, env=None):
        child = Child(name, argv, self.file(f"log/{name}.log", ""), env)
        self.stack.callback(child.stop)
        return child


class Dns:
    """A zone in nsd, seen through the proxy that makes its faults."""

    def __init__(self, place, name, zone_text, address="127.0.0.1", port=0):
        self.zone = place.file(f"{name}/zone", zone_text)
        self.address, self.proxy = address, None
        self.log = place.file(f"{name}/questions", "")
        upstream = self.start_nsd(place.folder(f"{name}/nsd"))
        try:
            self.proxy = Child(f"{name}-proxy", [
                PYTHON, os.path.join(SUPPORT, "dnsproxy.py"),
                "--listen", f"{address}@{port}",
                "--upstream", f"127.0.0.1@{upstream}",
                "--faults", self.zone, "--log", self.log],
                place.file(f"log/{name}-proxy.log", ""))
            ready = wait_for("dnsproxy", lambda: not self.proxy.alive() or
                             re.search(r"ready (\d+)", self.proxy.output()))
            if not self.proxy.alive():
                raise Failure("dnsproxy ended:\n" + self.proxy.output())
            self.port = int(ready.group(1))
        except BaseException:
            self.stop()
            raise

    def start_nsd(self, folder):
        """Its port: one that was free, unless somebody else was faster."""
        for attempt in range(5):
            port = free_port()
            self.nsd = zone2nsd.Nsd(self.zone, folder, port=port,
                                    program=need("nsd", "nsd"))
            try:
                self.nsd.start()
                return port
            except RuntimeError as error:
                if attempt == 4 or "in use" not in str(error):
                    raise Failure(str(error)) from None
        raise AssertionError("not reached")

    def stop(self):
        if self.proxy is not None:
            self.proxy.stop()
        self.nsd.stop()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


class Sealwaxd:
    """A sealwaxd on a unix socket that Postfix's services can reach."""

    def __init__(self, place, name, program, socket_path, dns=None,
                 options=(), ready=True):
        config = place.file(f"{name}/sealwax.conf", "")
        state = place.folder(f"{name}/state")
        argv = [program, "-f", "-c", config,
                "-o", f"socket=unix:{socket_path}",
                "-o", f"state-dir={state}",
                "-o", f"store=sqlite:{state}/sealwax.db",
                "-o", "log-to=stderr"]
        if dns is not None:
            argv += ["-o", f'resolver=["{dns.address}@{dns.port}"]']
        if os.geteuid() == 0:
            shutil.chown(state, "nobody")
            argv += ["-o", "user=nobody", "-o", "socket-group=postfix"]
        for option in options:
            argv += ["-o", option]
        self.argv = argv
        self.child = Child(name, argv, place.file(f"log/{name}.log", ""))
        if ready:
            self.wait(socket_path)

    def wait(self, socket_path):
        def up():
            if not self.child.alive():
                return True
            # It listens before the MTA may connect.
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(socket_path) == 0 and \
                    os.stat(socket_path).st_mode & 0o020
        wait_for("sealwaxd", up)
        if not self.child.alive():
            raise Failure("sealwaxd ended at once:\n" + self.child.output())

    def stop(self):
        return self.child.stop()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {place}/postfix/queue
data_directory = {place}/postfix/data
config_directory = {place}/postfix/etc
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.rcpt.example
mydomain = rcpt.example
myorigin = rcpt.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = all
alias_maps =
alias_database =
virtual_mailbox_domains = rcpt.example
virtual_mailbox_base = {place}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 52428800
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_peername_lookup = no
smtputf8_enable = yes
message_reject_characters = \\0
milter_default_action = tempfail
milter_protocol = 6
maillog_file = {place}/postfix/maillog
maillog_file_prefixes = {place}
default_process_limit = 150
local_header_rewrite_clients =
"""

MASTER_CF = """\
pickup    unix  n  -  n  60  1  pickup
cleanup   unix  n  -  {chroot}  -  0  cleanup
qmgr      unix  n  -  n  300 1  qmgr
tlsmgr    unix  -  -  n  1000? 1 tlsmgr
rewrite   unix  -  -  n  -  -  trivial-rewrite
bounce    unix  -  -  n  -  0  bounce
defer     unix  -  -  n  -  0  bounce
trace     unix  -  -  n  -  0  bounce
verify    unix  -  -  n  -  1  verify
proxymap  unix  -  -  n  -  -  proxymap
flush     unix  n  -  n  1000? 0 flush
smtp      unix  -  -  n  -  -  smtp
relay     unix  -  -  n  -  -  smtp
error     unix  -  -  n  -  -  error
retry     unix  -  -  n  -  -  error
discard   unix  -  -  n  -  -  discard
showq     unix  n  -  n  -  -  showq
virtual   unix  -  n  n  -  -  virtual
anvil     unix  -  -  n  -  1  anvil
scache    unix  -  -  n  -  1  scache
postlog   unix-dgram n - n -  1  postlogd
"""


class Service:
    """One smtpd of the private Postfix, with its milter socket."""

    def __init__(self, port, socket_path, daemon_name):
        self.port = port
        self.socket = socket_path  # as sealwaxd opens it
        self.daemon_name = daemon_name


class Postfix:
    """A Postfix with own configuration, queue and mailbox.

    Mail for rcpt.example is delivered to one Maildir. `services` smtpd
    processes listen; each asks its own milter socket below the queue
    directory, which chrooted services see, too. Each has a port of loopback
    that was free, or else all `addresses` and one `port`.
    """

    def __init__(self, place, services=1, chroot=False,
                 daemon_names=("MTA",), extra_main="", service_milters=True,
                 drop=(), addresses=("127.0.0.1",), port=None,
                 extra_master=""):
        self.place = place
        self.command = need("postfix", "postfix")
        self.chroot = chroot
        nobody = pwd.getpwnam("nobody")
        self.etc = place.folder("postfix/etc")
        place.folder("postfix/data", "postfix", 0o700)
        self.queue = place.folder("postfix/queue")
        place.folder("mail", "nobody", 0o755)
        self.socket_folder = place.folder("postfix/queue/sealwax", "nobody",
                                          0o755)
        main = MAIN_CF.format(place=place.path, uid=nobody.pw_uid,
                              gid=nobody.pw_gid)
        place.file("postfix/etc/main.cf", "".join(
            line for line in main.splitlines(True)
            if not line.startswith(tuple(drop))) + extra_main)
        master = MASTER_CF.format(chroot="y" if chroot else "n")
        self.services = []
        for number in range(services):
            for daemon_name in daemon_names:
                name = f"sealwax/{number}.sock"
                service = Service(port or free_port(), os.path.join(
                    self.queue, name), daemon_name)
                self.services.append(service)
                for address in map(literal, addresses):
                    master += (f"{address}:{service.port} inet n - "
                               f"{'y' if chroot else 'n'} - - smtpd\n")
                    if service_milters:
                        master += f"  -o smtpd_milters=unix:{name}\n"
                    master += f"  -o milter_macro_daemon_name={daemon_name}\n"
        place.file("postfix/etc/master.cf", master + extra_master)
        self.addresses, self.is_running = addresses, False
        place.stack.callback(self.stop)
        self.start()

    def start(self):
        self.run("start")
        self.is_running = True
        for place in self.places():
            wait_for("postfix", lambda p=place: answers(*p))

    def places(self):
        """Where it listens."""
        return [(address, service.port) for service in self.services
                for address in self.addresses]

    def run(self, *words):
        done = subprocess.run([self.command, "-c", self.etc, *words],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"postfix {' '.join(words)}: {done.stderr}\n"
                          + self.maillog()[-2000:])

    def stop(self):
        if self.is_running:
            self.is_running = False
            self.run("stop")
            # An smtpd that was waiting may still take one connection more.
            for place in self.places():
                wait_for("end of postfix", lambda p=place: not answers(*p))

    def maillog(self):
        try:
            with open(self.place.file("postfix/maillog"),
                      encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def waiting(self):
        """What is in the queue, as postqueue -j has it."""
        done = subprocess.run([need("postqueue", "postfix"), "-c", self.etc,
                               "-j"], capture_output=True, text=True,
                              check=True)
        return list(map(json.loads, done.stdout.splitlines()))

    def held(self):
        """The queue ids of the hold queue."""
        return {entry["queue_id"] for entry in self.waiting()
                if entry["queue_name"] == "hold"}

    def held_copy(self, queue_id):
        done = subprocess.run(
            [need("postcat", "postfix"), "-c", self.etc, "-bhq", queue_id],
            capture_output=True, check=True)
        return done.stdout

    def flush(self):
        """Try again now what waits."""
        subprocess.run([need("postqueue", "postfix"), "-c", self.etc, "-f"],
                       check=True, capture_output=True)

    def release(self, queue_id):
        """Let a held message go."""
        subprocess.run([need("postsuper", "postfix"), "-c", self.etc, "-H",
                        queue_id], check=True, capture_output=True)
        self.flush()

    def copy(self, queue_id, seconds=20.0):
        """Where a message that was answered with 250 went, and its bytes.

        ("held", bytes) or ("delivered", bytes).
        """
        def look():
            if queue_id in self.held():
                return "held", self.held_copy(queue_id)
            return self.delivered(queue_id)
        return wait_for(f"message {queue_id}", look, seconds)

    @staticmethod
    def begin(service, **client):
        return begin(service.port, **client)

    @staticmethod
    def send(service, message, **session):
        return send(service.port, message, **session)

    @staticmethod
    def queue_id(text):
        """Out of the reply to the final dot."""
        match = re.search(r"queued as (\S+)", text)
        if not match:
            raise Failure(f"no queue id in the reply: {text}")
        return match.group(1)

    def delivered(self, queue_id):
        folder = self.place.file("mail/inbox/new")
        mark = re.compile(rb"^Received: [^\0]*?\bid " + queue_id.encode()
                          + rb"\b", re.M)
        if not os.path.isdir(folder):
            return None
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                head = file.read(200000)
                if mark.search(head.split(b"\n\n", 1)[0]):
                    return "delivered", head + file.read()
        return None


class Outcome:
    """What became of one message, as the MTA shows it."""

    def __init__(self, code, text, queue_id=None, where=None, copy=None):
        self.code = code
        self.text = text
        self.queue_id = queue_id
        self.copy = copy
        self.action = {None: "reject" if 500 <= code < 600 else "tempfail",
                       "held": "quarantine",
                       "delivered": "accept"}[where]

    def fields(self, name):
        """The values of a header field in the copy, unfolded."""
        if self.copy is None:
            return []
        head = re.split(rb"\r?\n\r?\n", self.copy, maxsplit=1)[0]
        found = []
        for line in re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines():
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower().encode():
                found.append(value.strip().decode("utf-8", "replace"))
        return found


PASSWORD = "correct horse"


def crlf(message):
    return re.sub(rb"\r?\n", b"\r\n", message)


def bracketed(address):
    return address if "<" in address else f"<{address}>"


def begin(port, client=None, client_name=None, login=None,
          server="127.0.0.1", source=None, timeout=60):
    """A connection before its EHLO.

    The client is given by XCLIENT (`client`), or the connection really comes
    from its address (`source`).
    """
    smtp = smtplib.SMTP(timeout=timeout,
                        source_address=source and (source, 0))
    smtp.command_encoding = "utf-8"
    smtp.connect(server, port)
    smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    attributes = []
    if client is not None:
        address = f"IPV6:{client}" if ":" in client else client
        attributes.append(f"ADDR={address}")
        attributes.append(f"NAME={client_name or '[UNAVAILABLE]'}")
    if login is not None and source is None:
        attributes.append(f"LOGIN={login}")
    if attributes:
        smtp.ehlo("xclient.example")
        code, text = smtp.docmd("XCLIENT", " ".join(attributes))
        if code != 220:
            raise Failure(f"XCLIENT: {code} {text!r}")
    return smtp


def send(port, message, helo="client.example", mail_from="",
         recipients=("user@rcpt.example",), **client):
    """One message by SMTP; (code, text, stage) of the last reply.

    mail_from and recipients may be whole arguments with angle brackets; for
    the rest see begin(). A client that really has its address authenticates
    itself if it has a `login`.
    """
    smtp = begin(port, **client)
    login = client.get("login") if client.get("source") else None
    try:
        code, text = smtp.docmd("EHLO", helo)
        if code != 250:
            return code, text.decode("utf-8", "replace"), "helo"
        if login is not None:
            secret = f"\0{login}\0{PASSWORD}".encode()
            code, text = smtp.docmd(
                "AUTH", "PLAIN " + base64.b64encode(secret).decode())
            if code != 235:
                raise Failure(f"AUTH: {code} {text!r}")
        code, text = smtp.docmd("MAIL", "FROM:" + bracketed(mail_from))
        if code != 250:
            return code, text.decode("utf-8", "replace"), "mail"
        for recipient in recipients:
            code, text = smtp.docmd("RCPT", "TO:" + bracketed(recipient))
            if code != 250:
                return code, text.decode("utf-8", "replace"), "rcpt"
        code, text = smtp.docmd("DATA")
        if code != 354:
            return code, text.decode("utf-8", "replace"), "data"
        body = re.sub(rb"(?m)^\.", b"..", crlf(message))
        if not body.endswith(b"\r\n"):
            body += b"\r\n"
        smtp.sock.sendall(body + b".\r\n")
        code, text = smtp.getreply()
        return code, text.decode("utf-8", "replace"), "eom"
    finally:
        with contextlib.suppress(OSError):
            smtp.close()


def deliver(mta, service, message, **session):
    """Send through one service, and find out what became of it."""
    code, text, _stage = mta.send(service, message, **session)
    if code != 250:
        return Outcome(code, text)
    queue_id = mta.queue_id(text)
    where, copy = mta.copy(queue_id)
    return Outcome(code, text, queue_id, where, copy)
