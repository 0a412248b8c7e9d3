#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""miltertest.py - an MTA's side of the milter protocol, as Postfix speaks it.

As a module: deliver() gives one message to a filter and says what became of
it; Session is one connection, stage by stage, for tests that need more; and
conversation() gives the octets of a whole session.

As a program: sends a message file to a filter and prints what it did. Exit
status: 0 accepted, 1 quarantined, 2 rejected, 3 deferred, 75 no filter there.
"""
import argparse
import re
import socket
import struct
import sys

sys.dont_write_bytecode = True

# Actions (SMFIF_*) and steps (SMFIP_*) as an MTA of today offers them.
ALL_ACTIONS = 0x1ff
ALL_STEPS = 0x1fffff
ADDHDRS, CHGHDRS, QUARANTINE, SETSYMLIST = 0x01, 0x10, 0x20, 0x100
NODATA, NOUNKNOWN, LEADSPC = 0x200, 0x100, 0x100000
# Stage: the command, its "do not send" bit, its "no reply" bit.
STAGES = {
    "connect": (b"C", 0x01, 0x1000),
    "helo": (b"H", 0x02, 0x2000),
    "mail": (b"M", 0x04, 0x4000),
    "rcpt": (b"R", 0x08, 0x8000),
    "data": (b"T", 0x200, 0x10000),
    "header": (b"L", 0x20, 0x80),
    "eoh": (b"N", 0x40, 0x40000),
    "body": (b"B", 0x10, 0x80000),
    "eom": (b"E", 0, 0),
    "unknown": (b"U", 0x100, 0x20000),
}
# What is sent unasked (Postfix), and the number of each stage in a list of
# the macros that are asked for.
DEFAULT_MACROS = {
    "connect": "j {daemon_name} {daemon_addr} v _",
    "helo": "{tls_version} {cipher} {cipher_bits}",
    "mail": "{auth_type} {auth_authen} {auth_author} {mail_addr}",
    "rcpt": "{rcpt_addr}",
    "data": "i", "header": "i", "eoh": "i", "body": "i", "eom": "i",
}
SYMLIST = ["connect", "helo", "mail", "rcpt", "data", "eom", "eoh"]
CHUNK = 65535


class Gone(Exception):
    """The filter closed the connection, or said what makes no sense."""


def packet(command, data=b""):
    return struct.pack(">I", len(data) + 1) + command + data


def octets(text):
    return text if isinstance(text, bytes) else \
        text.encode("utf-8", "surrogateescape")


def words(*parts):
    return b"".join(octets(part) + b"\0" for part in parts)


def bracketed(address):
    return address if "<" in address else f"<{address}>"


def dial(address, timeout):
    """unix:PATH, local:PATH, PATH, inet:PORT@HOST, inet6:PORT@HOST"""
    kind, _, rest = address.partition(":")
    if kind in ("inet", "inet6"):
        port, _, host = rest.partition("@")
        sock = socket.create_connection((host.strip("[]"), int(port)),
                                        timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(timeout)
    try:
        sock.connect(rest if kind in ("unix", "local") else address)
    except OSError:
        sock.close()
        raise
    return sock


def split(message):
    """The fields as [(name, raw value with LF folds)], and the body.

    The message has CRLF or LF line ends; the body comes back with CRLF.
    """
    head, found, body = re.sub(rb"\r?\n", b"\r\n",
                               message).partition(b"\r\n\r\n")
    if not found and head.endswith(b"\r\n"):
        head = head[:-2]
    fields = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1] += b"\n" + line
        elif b":" in line:
            name, _, value = line.partition(b":")
            fields.append([name.rstrip(b" \t"), value])
    return [(name, value) for name, value in fields], body


def connect_data(client, client_name=None, port=40000):
    """client: an IP address (as IPv6:... too), a path, or None."""
    if client is None:
        return words(client_name or "localhost") + b"U"
    if client.startswith("/"):
        return (words(client_name or "localhost") + b"L"
                + struct.pack(">H", 0) + words(client))
    family = b"6" if ":" in client else b"4"
    return (words(client_name or f"[{client}]") + family
            + struct.pack(">H", port) + words(client))


class Outcome:
    """What became of one message."""

    def __init__(self, session, stage, final, edits):
        self.stage, self.final, self.edits = stage, final, edits
        self.code, self.text = 250, ""
        self.queue_id = session.macros.get("i")
        self.copy = None
        self.action = {b"c": "accept", b"a": "accept", b"s": "accept",
                       b"d": "discard", b"r": "reject", b"t": "tempfail",
                       b"y": "reply"}[final[:1]]
        if self.action == "reply":
            reply = final[1:].rstrip(b"\0").decode("utf-8", "replace")
            self.code, self.text = int(reply[:3]), reply[4:]
            self.action = "reject" if self.code >= 500 else "tempfail"
        elif self.action in ("reject", "tempfail"):
            self.code = 550 if self.action == "reject" else 451
        else:
            if any(kind == b"q" for kind, _ in edits):
                self.action = "quarantine"
            self.copy = edited(session, edits)

    def fields(self, name):
        """The values of a header field in the copy, unfolded."""
        if self.copy is None:
            return []
        return [re.sub(rb"\n[ \t]*", b" ", value).strip()
                .decode("utf-8", "replace")
                for field, value in split(self.copy)[0]
                if field.lower() == name.lower().encode()]


def edited(session, edits):
    """The delivered copy: edits are applied as Postfix does, in order."""
    own = (b"Received", b" from client by mx.rcpt.example")
    fields = [own] + session.fields
    blank = b"" if session.steps & LEADSPC else b" "
    for kind, data in edits:
        if kind in (b"i", b"m"):
            index, = struct.unpack(">I", data[:4])
            name, value = data[4:].split(b"\0")[:2]
            if kind == b"i":
                fields.insert(index, (name, blank + value))
                continue
            # The filter was not shown the MTA's own Received.
            places = [i for i, field in enumerate(fields)
                      if field[0].lower() == name.lower()
                      and field is not own]
            if index > len(places):
                continue
            if value:
                fields[places[index - 1]] = (name, blank + value)
            else:
                del fields[places[index - 1]]
        elif kind == b"h":
            name, value = data.split(b"\0")[:2]
            fields.append((name, blank + value))
    head = b"".join(name + b":" + value + b"\n" for name, value in fields)
    return head.replace(b"\n", b"\r\n") + b"\r\n" + session.body


class Session:
    """One connection of an MTA."""

    def __init__(self, address, actions=ALL_ACTIONS, steps=ALL_STEPS,
                 timeout=30, sock=None, negotiate=True, version=6):
        self.sock = sock or dial(address, timeout)
        self.buffer = b""
        self.macros = {"j": "mx.rcpt.example", "v": "Postfix 3.7.11",
                       "{daemon_name}": "smtpd"}
        self.wanted = dict(DEFAULT_MACROS)
        self.actions, self.steps = actions, 0
        self.fields, self.body = [], b""
        if negotiate:
            self.negotiate(actions, steps, version)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Gone(str(error)) from error

    def _read(self, n):
        while len(self.buffer) < n:
            try:
                more = self.sock.recv(65536)
            except socket.timeout:
                raise
            except OSError as error:
                raise Gone(str(error)) from error
            if not more:
                raise Gone("the filter closed the connection")
            self.buffer += more
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def receive(self):
        """The next packet: command and data as one bytes object."""
        return self._read(struct.unpack(">I", self._read(4))[0])

    def negotiate(self, actions, steps, version=6):
        self.send(packet(b"O", struct.pack(">III", version, actions, steps)))
        answer = self.receive()
        if answer[:1] != b"O":
            raise Gone(f"answer to the negotiation: {answer!r}")
        _version, self.actions, self.steps = struct.unpack(
            ">III", answer[1:13])
        rest = answer[13:]
        while len(rest) > 4:
            place, = struct.unpack(">I", rest[:4])
            names, _, rest = rest[4:].partition(b"\0")
            self.wanted[SYMLIST[place]] = names.decode()

    def macro_packet(self, stage):
        parts = []
        for name in self.wanted.get(stage, "").split():
            if name in self.macros:
                parts += [name, self.macros[name]]
        return packet(b"D", STAGES[stage][0] + words(*parts))

    def stage_octets(self, stage, data=b""):
        """What is sent for it; nothing where the filter wants nothing."""
        command, not_sent, _ = STAGES[stage]
        if self.steps & not_sent:
            return b""
        return self.macro_packet(stage) + packet(command, data)

    def say(self, stage, data=b""):
        """Send one stage; the answer, or b"c" where none is given."""
        command, not_sent, no_reply = STAGES[stage]
        if self.steps & not_sent:
            return b"c"
        self.send(self.stage_octets(stage, data))
        if self.steps & no_reply:
            return b"c"
        return self.receive()

    def connect(self, client, client_name=None):
        address = (client or "").rpartition("IPv6:")[2]
        if client is None or client.startswith("/"):
            self.macros["{client_addr}"] = "unknown" if client is None \
                else client
        else:
            self.macros["{client_addr}"] = address
        self.macros["{client_name}"] = client_name or "unknown"
        self.macros["{client_resolve}"] = "OK" if client_name else "FAIL"
        return self.say("connect", connect_data(client, client_name))

    def helo(self, name):
        return self.say("helo", words(name))

    def mail(self, address, login=None):
        self.macros.pop("i", None)
        for name, value in (("{auth_type}", "PLAIN"),
                            ("{auth_authen}", login)):
            if login is not None:
                self.macros[name] = value
            else:
                self.macros.pop(name, None)
        self.fields, self.body = [], b""
        return self.say("mail", words(bracketed(address)))

    def rcpt(self, address):
        return self.say("rcpt", words(bracketed(address)))

    def header(self, name, value):
        """value: what stands behind the colon, its blank included."""
        self.fields.append((octets(name), octets(value)))
        shown = octets(value)
        if not self.steps & LEADSPC and shown.startswith(b" "):
            shown = shown[1:]
        return self.say("header", words(name, shown))

    def body_chunk(self, chunk):
        self.body += chunk
        return self.say("body", chunk)

    def eom(self):
        """The edits and the last answer."""
        edits = []
        self.send(self.stage_octets("eom"))
        while True:
            answer = self.receive()
            if answer[:1] in b"imhq+-2ebp":
                edits.append((answer[:1], answer[1:]))
            else:
                return edits, answer

    def abort(self):
        self.send(packet(b"A"))

    def quit(self):
        self.send(packet(b"Q"))
        self.close()

    def outcome(self, stage, final, edits=()):
        return Outcome(self, stage, final, list(edits))

    def message(self, message, mail_from="", recipients=("user@rcpt.example",),
                login=None, queue_id="4XyzQ1", chunk=CHUNK):
        """One message, from MAIL FROM to its end."""
        fields, body = split(message)
        for stage, answer in self._message_stages(
                fields, body, mail_from, recipients, login, queue_id, chunk):
            if answer[:1] in b"rtyd" or (answer[:1] == b"a"):
                return self.outcome(stage, answer)
        edits, final = self.eom()
        return self.outcome("eom", final, edits)

    def message_octets(self, message, mail_from="",
                       recipients=("user@rcpt.example",)):
        """What one message is to a filter that answers to its end only."""
        sock, self.sock = self.sock, _Tape()
        fields, body = split(message)
        for _ in self._message_stages(fields, body, mail_from, recipients,
                                      None, "4XyzQ1", CHUNK):
            pass
        sent = self.sock.sent + self.stage_octets("eom")
        self.sock = sock
        return sent

    def _message_stages(self, fields, body, mail_from, recipients, login,
                        queue_id, chunk):
        yield "mail", self.mail(mail_from, login)
        self.macros["i"] = queue_id
        for recipient in recipients:
            yield "rcpt", self.rcpt(recipient)
        yield "data", self.say("data")
        for name, value in fields:
            yield "header", self.header(name, value)
        yield "eoh", self.say("eoh")
        for start in range(0, len(body), chunk):
            yield "body", self.body_chunk(body[start:start + chunk])


class _Tape:
    """In a socket's place: writes down what is sent."""

    def __init__(self):
        self.sent = b""

    def sendall(self, data):
        self.sent += data

    def close(self):
        pass


def conversation(message, steps, client="192.0.2.1", helo="client.example",
                 mail_from="", recipients=("user@rcpt.example",)):
    """The octets from negotiation to the end of the message, for a filter
    that was granted `steps` (and so answers to the first and last only)."""
    tape = _Tape()
    session = Session(None, sock=tape, negotiate=False)
    session.steps = steps
    tape.sent = packet(b"O", struct.pack(">III", 6, ALL_ACTIONS, ALL_STEPS))
    session.connect(client)
    session.helo(helo)
    return tape.sent + session.message_octets(message, mail_from, recipients)


def deliver(address, message, client="192.0.2.1", client_name=None,
            helo="client.example", mail_from="",
            recipients=("user@rcpt.example",), login=None,
            daemon_name="smtpd", queue_id="4XyzQ1", actions=ALL_ACTIONS,
            steps=ALL_STEPS, timeout=60):
    """Give one message to the filter at `address`; an Outcome."""
    with Session(address, actions, steps, timeout) as session:
        session.macros["{daemon_name}"] = daemon_name
        for stage, answer in (
                ("connect", session.connect(client, client_name)),
                ("helo", session.helo(helo))):
            if answer[:1] in b"rtyda":
                return session.outcome(stage, answer)
        outcome = session.message(message, mail_from, recipients, login,
                                  queue_id)
        session.quit()
        return outcome


def describe(outcome):
    lines = []
    for kind, data in outcome.edits:
        if kind in (b"i", b"m"):
            index, = struct.unpack(">I", data[:4])
            name, value = data[4:].split(b"\0")[:2]
            name = name.decode("utf-8", "replace")
            if kind == b"m" and not value:
                lines.append(f"delete {name} {index}")
                continue
            value = value.decode("utf-8", "replace")
            word = "insert" if kind == b"i" else "change"
            lines.append(f"{word} {index} {name}:{value}")
        elif kind == b"q":
            lines.append("quarantine "
                         + data.rstrip(b"\0").decode("utf-8", "replace"))
        else:
            lines.append(f"{kind.decode()} {data!r}")
    lines.append(f"{outcome.action} {outcome.code} {outcome.text}".rstrip())
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(
        description="Give a message to a milter, as an MTA does.")
    parser.add_argument("socket", help="unix:PATH or inet:PORT@HOST")
    parser.add_argument("file", nargs="?", default="-",
                        help="the message; - is standard input")
    parser.add_argument("--ip", default="192.0.2.1",
                        help="of the client; none: without an address")
    parser.add_argument("--name", help="of the client, verified")
    parser.add_argument("--helo", default="client.example")
    parser.add_argument("--from", dest="mail_from", default="")
    parser.add_argument("--rcpt", action="append")
    parser.add_argument("--login", help="the client authenticated itself")
    parser.add_argument("--daemon", default="smtpd", help="{daemon_name}")
    parser.add_argument("--queue-id", default="4XyzQ1")
    parser.add_argument("--copy", action="store_true",
                        help="print the message as it is delivered")
    options = parser.parse_args()
    if options.file == "-":
        message = sys.stdin.buffer.read()
    else:
        with open(options.file, "rb") as file:
            message = file.read()
    try:
        outcome = deliver(
            options.socket, message,
            client=None if options.ip == "none" else options.ip,
            client_name=options.name, helo=options.helo,
            mail_from=options.mail_from,
            recipients=options.rcpt or ["user@rcpt.example"],
            login=options.login, daemon_name=options.daemon,
            queue_id=options.queue_id)
    except (OSError, Gone) as error:
        print(f"miltertest: {options.socket}: {error}", file=sys.stderr)
        return 75
    if options.copy and outcome.copy is not None:
        sys.stdout.buffer.write(outcome.copy)
    else:
        print(describe(outcome))
    return {"accept": 0, "quarantine": 1, "reject": 2,
            "tempfail": 3}.get(outcome.action, 4)


if __name__ == "__main__":
    sys.exit(main())
