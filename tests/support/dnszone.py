# SPDX-License-Identifier: BSD-2-Clause
"""Zone files of ours (policy/dns/zone.h) and the DNS wire format.

For the name servers of the tests: dnsproxy.py answers from a zone or injects
its faults, zone2nsd.py gives it to nsd. Beside the faults of the format it
knows some that only make sense on a wire: tcponly, lame, loop, mismatch,
other, nosoa.
Names are tuples of labels (bytes, lower case); the root is ().
"""
import re
import socket
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15,
         "TXT": 16, "AAAA": 28}
WORDS = {number: word for word, number in TYPES.items()}
OPT = 41
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 0, 1, 2, 3, 4, 5
QR, AA, TC, RD, RA, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0010
TTL_DEFAULT = 300
TTL_NEGATIVE = 60
CNAMES_MAX = 8
PLAIN_FAULTS = ("servfail", "refused", "timeout", "nxdomain", "trunc",
                "tcponly", "lame", "loop", "mismatch", "other", "nosoa")


class ZoneError(Exception):
    """A line that is not of the format; says which."""


# --- names and rdata ---------------------------------------------------------

def name_of(text):
    """A name in text (bytes) as labels."""
    text = text.lower()
    if text.endswith(b"."):
        text = text[:-1]
    if not text:
        return ()
    labels = tuple(text.split(b"."))
    if any(not 1 <= len(label) <= 63 for label in labels):
        raise ZoneError("not a usable name: %s" % text.decode("latin-1"))
    return labels


def label_text(label):
    """A label as master files write it."""
    return "".join(chr(c) if chr(c).isascii() and (chr(c).isalnum() or
                                                   chr(c) in "-_*")
                   else "\\%03d" % c for c in label)


def name_text(name):
    """Labels as an absolute name in text."""
    return ".".join(label_text(label) for label in name) + "."


def wire_name(name):
    return b"".join(bytes([len(x)]) + x for x in name) + b"\0"


def txt_rdata(strings):
    return b"".join(bytes([len(s)]) + s for s in strings)


def txt_strings(rdata):
    strings = []
    while rdata:
        strings.append(rdata[1:1 + rdata[0]])
        rdata = rdata[1 + rdata[0]:]
    return strings


def soa_rdata(mname):
    return (wire_name(mname) + wire_name((b"hostmaster",) + mname) +
            struct.pack("!5I", 1, 3600, 600, 86400, TTL_NEGATIVE))


def read_wire_name(packet, at):
    """A name that may be compressed; (labels, where it ends)."""
    labels, end, jumps = [], None, 0
    while True:
        length = packet[at]
        if length >= 0xC0:
            if end is None:
                end = at + 2
            jumps += 1
            if jumps > 64:
                raise ValueError("a loop of pointers")
            at = (length & 0x3F) << 8 | packet[at + 1]
            continue
        at += 1
        if length == 0:
            break
        labels.append(packet[at:at + length].lower())
        at += length
    return tuple(labels), at if end is None else end


def plain_rdata(packet, rtype, at, length):
    """rdata without compressed names."""
    if rtype in (TYPES["NS"], TYPES["CNAME"], TYPES["PTR"]):
        return wire_name(read_wire_name(packet, at)[0])
    if rtype == TYPES["MX"]:
        return packet[at:at + 2] + wire_name(read_wire_name(packet, at + 2)[0])
    if rtype == TYPES["SOA"]:
        mname, next_at = read_wire_name(packet, at)
        rname, next_at = read_wire_name(packet, next_at)
        return wire_name(mname) + wire_name(rname) + packet[next_at:at + length]
    return packet[at:at + length]


# --- messages ----------------------------------------------------------------

class Question:
    """A question as it came; raises an exception if it is not one."""

    def __init__(self, packet):
        (self.id, self.flags, n_questions, n_answers, n_authority,
         n_additional) = struct.unpack_from("!6H", packet)
        if self.flags & QR or n_questions != 1 or n_answers or n_authority:
            raise ValueError("not a question")
        self.name, at = read_wire_name(packet, 12)
        self.type, self.qclass = struct.unpack_from("!2H", packet, at)
        at += 4
        self.section = packet[12:at]  # as spelled, to be echoed
        self.udp_size, self.has_edns, self.wants_dnssec = 512, False, False
        for _ in range(n_additional):
            _, at = read_wire_name(packet, at)
            rtype, size, ttl, length = struct.unpack_from("!2HIH", packet, at)
            at += 10 + length
            if rtype == OPT:
                self.has_edns = True
                self.wants_dnssec = bool(ttl & 0x8000)
                self.udp_size = max(512, size)


class Record:
    def __init__(self, owner, rtype, ttl, rdata):
        self.owner, self.type, self.ttl, self.rdata = owner, rtype, ttl, rdata

    def wire(self):
        return (wire_name(self.owner) +
                struct.pack("!2HIH", self.type, 1, self.ttl, len(self.rdata)) +
                self.rdata)


class Answer:
    """Sections of an answer; and one that was read from a packet."""

    def __init__(self, rcode=NOERROR, answer=(), authority=(), flags=AA):
        self.rcode, self.flags = rcode, flags
        self.answer, self.authority = list(answer), list(authority)

    def pack(self, question, max_size, section=None):
        """The packet; cut with the TC bit where max_size does not do."""
        edns = b"\0" + struct.pack("!2HIH", OPT, 1232, 0, 0) \
            if question.has_edns else b""
        flags = QR | RA | (question.flags & (RD | CD)) | self.flags | self.rcode
        body = b"".join(r.wire() for r in self.answer + self.authority)
        counts = (len(self.answer), len(self.authority))
        section = question.section if section is None else section
        if 12 + len(section) + len(body) + len(edns) > max_size:
            flags, body, counts = flags | TC, b"", (0, 0)
        return (struct.pack("!6H", question.id, flags, 1, counts[0], counts[1],
                            1 if edns else 0) + section + body + edns)

    @classmethod
    def unpack(cls, packet):
        _, flags, n_questions, n_answers, n_authority, _ = \
            struct.unpack_from("!6H", packet)
        at = 12
        for _ in range(n_questions):
            _, at = read_wire_name(packet, at)
            at += 4
        records = []
        for _ in range(n_answers + n_authority):
            owner, at = read_wire_name(packet, at)
            rtype, _, ttl, length = struct.unpack_from("!2HIH", packet, at)
            at += 10
            records.append(Record(owner, rtype, ttl,
                                  plain_rdata(packet, rtype, at, length)))
            at += length
        return cls(flags & 15, records[:n_answers], records[n_answers:],
                   flags & ~15)


def question_packet(number, name, rtype, flags=RD, udp_size=1232):
    edns = b"\0" + struct.pack("!2HIH", OPT, udp_size, 0, 0) if udp_size else b""
    return (struct.pack("!6H", number, flags, 1, 0, 0, 1 if edns else 0) +
            wire_name(name) + struct.pack("!2H", rtype, 1) + edns)


def ask(address, port, name, rtype, tcp=False, timeout=5.0):
    """Ask a server, over TCP where it says so; an Answer."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packet = question_packet(4711, name, rtype)
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(family, kind) as sock:
        sock.settimeout(timeout)
        sock.connect((address, port))
        if not tcp:
            sock.send(packet)
            answer = Answer.unpack(sock.recv(65535))
            if answer.flags & TC:
                return ask(address, port, name, rtype, True, timeout)
            return answer
        sock.sendall(struct.pack("!H", len(packet)) + packet)
        with sock.makefile("rb") as stream:
            head = stream.read(2)
            if len(head) < 2:
                raise ConnectionError("closed without an answer")
            return Answer.unpack(stream.read(struct.unpack("!H", head)[0]))


# --- the zone file -----------------------------------------------------------

class Fault:
    """kind is one of PLAIN_FAULTS, or "delay"; rtype None: all types."""

    def __init__(self, kind, rtype, delay=0.0):
        self.kind, self.rtype, self.delay = kind, rtype, delay

    def __str__(self):
        return "delay=%g" % self.delay if self.kind == "delay" else self.kind


def without_comment(line):
    if line.lstrip().startswith(b"#"):
        return b""
    if re.match(rb"\s*\S+\s+(\d+\s+)?TXT(\s+[^\"\s]|\s*$)", line, re.I):
        return line
    quoted = False
    for i in range(len(line)):
        if line[i:i + 1] == b'"' and line[i - 1:i] != b"\\":
            quoted = not quoted
        if line[i:i + 1] == b"#" and not quoted and line[i - 1:i].isspace():
            return line[:i]
    return line


def quoted_strings(rest):
    strings = []
    while rest.startswith(b'"'):
        match = re.match(rb'"((?:[^"\\]|\\\d{3}|\\.)*)"\s*', rest, re.S)
        if not match:
            raise ZoneError("a quote is not closed")
        string = re.sub(
            rb"\\(\d{3}|.)",
            lambda m: bytes([int(m[1])]) if len(m[1]) == 3 else m[1],
            match[1], flags=re.S)
        if len(string) > 255:
            raise ZoneError("a string is longer than 255 octets")
        strings.append(string)
        rest = rest[match.end():]
    if rest:
        raise ZoneError("text behind the last string")
    return strings


def rdata_of(rtype, rest):
    """rdata of one record; the words that were not used."""
    if rtype == "TXT":
        if rest.startswith(b'"'):
            return txt_rdata(quoted_strings(rest)), b""
        return txt_rdata([rest[i:i + 255] for i in range(0, len(rest), 255)]
                         or [b""]), b""
    word, _, rest = re.match(rb"(\S*)(\s*)(.*)", rest, re.S).groups()
    try:
        if rtype == "A":
            return socket.inet_pton(socket.AF_INET, word.decode()), rest
        if rtype == "AAAA":
            return socket.inet_pton(socket.AF_INET6, word.decode()), rest
    except (OSError, UnicodeDecodeError) as error:
        raise ZoneError("not an address") from error
    if rtype == "SOA":  # the rest of it is nobody's concern here
        return soa_rdata(name_of(word)), b""
    if rtype == "MX":
        if not word.isdigit() or int(word) > 65535:
            raise ZoneError("MX needs a preference and a host")
        host, _, rest = re.match(rb"(\S*)(\s*)(.*)", rest, re.S).groups()
        if not host:
            raise ZoneError("MX needs a preference and a host")
        return struct.pack("!H", int(word)) + wire_name(name_of(host)), rest
    if not word:
        raise ZoneError("a name is missing")
    return wire_name(name_of(word)), rest


def fault_of(rest):
    words = rest.decode("latin-1").split()
    if not 1 <= len(words) <= 2:
        raise ZoneError("FAULT needs a kind and at most one type")
    kind, rtype = words[0].lower(), None
    if len(words) == 2:
        if words[1].upper() not in TYPES:
            raise ZoneError("not a record type: %s" % words[1])
        rtype = TYPES[words[1].upper()]
    if kind.startswith("delay="):
        try:
            return Fault("delay", rtype, float(kind[6:]))
        except ValueError as error:
            raise ZoneError("delay= needs seconds") from error
    if kind not in PLAIN_FAULTS:
        raise ZoneError("not a fault: %s, delay=SECONDS" %
                        ", ".join(PLAIN_FAULTS))
    return Fault(kind, rtype)


def is_below(name, top):
    return len(name) > len(top) and name[len(name) - len(top):] == top


class Zone:
    """The records and faults of one file, and the answers they make."""

    def __init__(self, text=b""):
        self.records = {}  # owner -> [Record]
        self.faults = {}   # owner -> [Fault]
        self.nodes = {()}  # every name that exists
        for number, line in enumerate(text.split(b"\n"), 1):
            line = without_comment(line).strip()
            if not line:
                continue
            try:
                self._read_line(line)
            except ZoneError as error:
                raise ZoneError("line %d: %s" % (number, error)) from None

    @classmethod
    def load(cls, path):
        with open(path, "rb") as file:
            return cls(file.read())

    def _read_line(self, line):
        match = re.match(rb"(\S+)\s+(?:(\d+)\s+)?(\S+)\s*(.*)$", line, re.S)
        if not match:
            raise ZoneError("a record has an owner and a type")
        owner, word = name_of(match[1]), match[3].decode("latin-1").upper()
        if word == "FAULT":
            self.faults.setdefault(owner, []).append(fault_of(match[4]))
            return
        if word not in TYPES:
            raise ZoneError("not a record type: %s, FAULT" % ", ".join(TYPES))
        rdata, rest = rdata_of(word, match[4])
        if rest.strip():
            raise ZoneError("text behind the record")
        ttl = int(match[2]) if match[2] else TTL_DEFAULT
        self.add(Record(owner, TYPES[word], ttl, rdata))

    def add(self, record):
        self.records.setdefault(record.owner, []).append(record)
        for i in range(len(record.owner)):
            self.nodes.add(record.owner[i:])

    def fault(self, name, rtype):
        """The fault for a question, or None."""
        for owner in [name] + [(b"*",) + name[i:]
                               for i in range(1, len(name) + 1)]:
            for fault in self.faults.get(owner, ()):
                if fault.rtype in (None, rtype):
                    return fault
        return None

    def _owner(self, name):
        """The owner whose records answer for a name (RFC 4592 s3.3.1)."""
        if name in self.nodes:
            return name
        encloser = name[1:]
        while encloser not in self.nodes:
            encloser = encloser[1:]
        wildcard = (b"*",) + encloser
        return wildcard if wildcard in self.records else None

    def _soa(self, name):
        """The SOA at or above a name; one of the root if there is none."""
        for i in range(len(name) + 1):
            for record in self.records.get(name[i:], ()):
                if record.type == TYPES["SOA"]:
                    return Record(record.owner, record.type, TTL_NEGATIVE,
                                  record.rdata)
        return Record((), TYPES["SOA"], TTL_NEGATIVE,
                      soa_rdata((b"ns", b"zone", b"example")))

    def answer(self, name, rtype):
        """An Answer, aliases followed; faults are others' affair."""
        chain = []
        for _ in range(CNAMES_MAX + 1):
            owner = self._owner(name)
            if owner is None:
                return Answer(NXDOMAIN, chain, [self._soa(name)])
            found = [Record(name, r.type, r.ttl, r.rdata)
                     for r in self.records.get(owner, ())
                     if r.type == rtype]
            if found:
                return Answer(NOERROR, chain + found)
            alias = [r for r in self.records.get(owner, ())
                     if r.type == TYPES["CNAME"]]
            if not alias:
                return Answer(NOERROR, chain, [self._soa(name)])
            chain.append(Record(name, alias[0].type, alias[0].ttl,
                                alias[0].rdata))
            name = read_wire_name(alias[0].rdata, 0)[0]
        return Answer(SERVFAIL)
