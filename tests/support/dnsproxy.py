#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A name server for tests: a proxy with faults, or one with a zone.

With --upstream it passes questions on to a name server (nsd) and injects the
FAULT lines of --faults; with --zone it answers from the records of a zone
file by itself, faults included. It answers over UDP and TCP, on loopback.

One line on stdout, "ready PORT", says that it listens. Each question is a
line of the log, as "PROTOCOL NAME TYPE FAULT FLAGS":

    udp a.example. TXT servfail rd,do

HUP reads the files again, TERM ends it. Faults beside those of the format:
tcponly (TC over UDP, the answer over TCP), lame (a referral upwards, as from
a server that knows nothing of the name), loop (an alias of itself), mismatch
(records of another name), other (the answer to another question) and nosoa
(nothing, and no SOA record: an honest form of "no such type"). A delay counts
from the first of several equal questions, as with a resolver that has to walk:
who asks again meanwhile gets the answer at the same time.
"""
import argparse
import asyncio
import os
import signal
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dnszone  # noqa: E402
from dnszone import Answer, Record, TYPES  # noqa: E402

UPSTREAM_TIMEOUT = 10.0
ANSWERED_AGAIN = 3.0  # seconds in which a delayed answer stays known
STRANGE = (b"strange", b"example")


class Server:
    def __init__(self, options):
        self.options = options
        self.log = open(options.log, "a", buffering=1) if options.log else None
        self.zone = self.faults = dnszone.Zone()
        self.upstream = None  # an Upstream
        self.tasks = set()
        self.delayed = {}  # (name, type) -> when its answer is there
        self.load()

    def load(self):
        self.delayed.clear()
        if self.options.zone:
            self.zone = self.faults = dnszone.Zone.load(self.options.zone)
        if self.options.faults:
            self.faults = dnszone.Zone.load(self.options.faults)

    def reload(self):
        try:
            self.load()
        except (OSError, dnszone.ZoneError) as error:
            print("dnsproxy: kept the old zone: %s" % error, file=sys.stderr)

    def note(self, protocol, question, fault):
        if self.log is None:
            return
        flags = [word for bit, word in ((dnszone.RD, "rd"), (dnszone.CD, "cd"))
                 if question.flags & bit]
        if question.wants_dnssec:
            flags.append("do")
        self.log.write("%s %s %s %s %s\n" % (
            protocol, dnszone.name_text(question.name),
            dnszone.WORDS.get(question.type, "TYPE%d" % question.type),
            fault or "-", ",".join(flags) or "-"))

    def spawn(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def honest(self, question, packet, tcp):
        """The right answer as a packet, or None."""
        if self.upstream is not None:
            return await self.upstream.ask(packet, tcp)
        answer = self.zone.answer(question.name, question.type)
        return answer.pack(question, 65535 if tcp else question.udp_size)

    def hidden_fault(self, question, packet):
        """A fault of a name that aliases in an answer lead to."""
        try:
            answer = Answer.unpack(packet)
        except (ValueError, IndexError, struct.error):
            return None
        for record in answer.answer:
            if record.type != TYPES["CNAME"] or question.type == record.type:
                continue
            target = dnszone.read_wire_name(record.rdata, 0)[0]
            fault = self.faults.fault(target, question.type)
            if fault is not None:
                return fault
        return None

    async def respond(self, packet, tcp):
        """The packet that answers; None for none, b"" to close."""
        try:
            question = dnszone.Question(packet)
        except (ValueError, IndexError, struct.error):
            return None
        fault = self.faults.fault(question.name, question.type)
        self.note("tcp" if tcp else "udp", question, fault)
        if fault is None or fault.kind in ("delay", "tcponly"):
            reply = await self.honest(question, packet, tcp)
            if fault is None and reply is not None:
                fault = self.hidden_fault(question, reply)
            if fault is None:
                return reply
        else:
            reply = None
        return await self.faulty(question, fault, reply, tcp)

    async def faulty(self, question, fault, reply, tcp):
        max_size = 65535 if tcp else question.udp_size
        if fault.kind == "delay":
            now, key = time.monotonic(), (question.name, question.type)
            if self.delayed.get(key, 0) + ANSWERED_AGAIN < now:
                self.delayed[key] = now + fault.delay
            await asyncio.sleep(max(0, self.delayed[key] - now))
            return reply
        if fault.kind == "timeout":
            return None
        if fault.kind == "tcponly" and tcp:
            return reply
        if fault.kind in ("trunc", "tcponly"):
            return b"" if tcp else Answer(
                flags=dnszone.AA | dnszone.TC).pack(question, max_size)
        if fault.kind == "lame":
            root = Record((), TYPES["NS"], 3600, dnszone.wire_name(
                (b"a", b"root-servers", b"net")))
            return Answer(authority=[root], flags=0).pack(question, max_size)
        if fault.kind == "loop":
            alias = Record(question.name, TYPES["CNAME"], 300,
                           dnszone.wire_name(question.name))
            return Answer(answer=[alias]).pack(question, max_size)
        if fault.kind == "mismatch":
            text = Record(STRANGE, TYPES["TXT"], 300,
                          dnszone.txt_rdata([b"v=spf1 +all"]))
            address = Record(STRANGE, TYPES["A"], 300, b"\x7f\0\0\x02")
            return Answer(answer=[text, address]).pack(question, max_size)
        if fault.kind == "nosoa":
            return Answer().pack(question, max_size)
        if fault.kind == "other":
            section = dnszone.wire_name(STRANGE) + question.section[-4:]
            text = Record(STRANGE, question.type, 300, b"\0")
            return Answer(answer=[text]).pack(question, max_size, section)
        if fault.kind == "nxdomain":
            return Answer(dnszone.NXDOMAIN, authority=[Record(
                (), TYPES["SOA"], dnszone.TTL_NEGATIVE, dnszone.soa_rdata(
                    (b"ns", b"zone", b"example")))]).pack(question, max_size)
        rcode = {"servfail": dnszone.SERVFAIL, "refused": dnszone.REFUSED}
        return Answer(rcode[fault.kind], flags=0).pack(question, max_size)


class Upstream(asyncio.DatagramProtocol):
    """The server behind; questions get numbers of ours on the way."""

    def __init__(self, address, port):
        self.address, self.port = address, port
        self.transport = None
        self.waiting = {}
        self.number = 0

    def datagram_received(self, data, addr):
        if len(data) < 12:
            return
        future = self.waiting.pop(struct.unpack("!H", data[:2])[0], None)
        if future is not None and not future.done():
            future.set_result(data)

    def error_received(self, exc):
        pass  # nobody listens there: a timeout for who asked

    async def ask_udp(self, packet):
        number = self.number = (self.number + 1) & 0xFFFF
        future = asyncio.get_running_loop().create_future()
        self.waiting[number] = future
        self.transport.sendto(struct.pack("!H", number) + packet[2:])
        try:
            return await asyncio.wait_for(future, UPSTREAM_TIMEOUT)
        finally:
            if self.waiting.get(number) is future:
                del self.waiting[number]

    async def ask_tcp(self, packet):
        reader, writer = await asyncio.open_connection(self.address, self.port)
        try:
            writer.write(struct.pack("!H", len(packet)) + packet)
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            return await reader.readexactly(size)
        finally:
            writer.close()

    async def ask(self, packet, tcp):
        try:
            reply = await asyncio.wait_for(
                self.ask_tcp(packet) if tcp else self.ask_udp(packet),
                UPSTREAM_TIMEOUT)
        except (OSError, EOFError, asyncio.TimeoutError):
            return None
        flags = struct.unpack("!H", reply[2:4])[0] | dnszone.RA
        return packet[:2] + struct.pack("!H", flags) + reply[4:]


class Udp(asyncio.DatagramProtocol):
    def __init__(self, server):
        self.server = server
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.server.spawn(self.answer(data, addr))

    async def answer(self, data, addr):
        reply = await self.server.respond(data, False)
        if reply:
            self.transport.sendto(reply, addr)


async def serve_tcp(server, reader, writer):
    """Questions of one connection are answered in any order."""
    async def one(packet):
        reply = await server.respond(packet, True)
        if reply == b"":
            writer.close()
        elif reply and not writer.is_closing():
            writer.write(struct.pack("!H", len(reply)) + reply)
    try:
        while True:
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            server.spawn(one(await reader.readexactly(size)))
    except (EOFError, OSError):
        pass
    finally:
        writer.close()


def listening_sockets(address, port):
    """One port that is free for both protocols."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for _ in range(100):
        tcp = socket.socket(family, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        try:
            tcp.bind((address, port))
            udp.bind((address, tcp.getsockname()[1]))
            return udp, tcp
        except OSError:
            tcp.close()
            udp.close()
            if port:
                raise
    raise OSError("no port is free for UDP and TCP")


async def run(options):
    server = Server(options)
    udp, tcp = listening_sockets(options.listen[0], options.listen[1])
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    loop.add_signal_handler(signal.SIGHUP, server.reload)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(
            number, lambda: ended.done() or ended.set_result(None))
    if options.upstream:
        upstream = Upstream(*options.upstream)
        upstream.transport, _ = await loop.create_datagram_endpoint(
            lambda: upstream, remote_addr=options.upstream)
        server.upstream = upstream
    await loop.create_datagram_endpoint(lambda: Udp(server), sock=udp)
    listener = await asyncio.start_server(
        lambda r, w: serve_tcp(server, r, w), sock=tcp, backlog=512)
    print("ready %d" % tcp.getsockname()[1], flush=True)
    await ended
    listener.close()
    for task in list(server.tasks):
        task.cancel()


def place(text):
    """ADDRESS@PORT, as resolver= has it."""
    address, _, port = text.partition("@")
    return address, int(port or 53)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--listen", type=place, default=("127.0.0.1", 0),
                        metavar="ADDRESS@PORT", help="port 0: any that is free")
    parser.add_argument("--upstream", type=place, metavar="ADDRESS@PORT")
    parser.add_argument("--zone", help="answer from this zone file")
    parser.add_argument("--faults", help="take the faults from this zone file")
    parser.add_argument("--log", help="append a line for each question")
    options = parser.parse_args()
    if bool(options.upstream) == bool(options.zone):
        parser.error("either --upstream or --zone")
    try:
        asyncio.run(run(options))
    except (OSError, dnszone.ZoneError) as error:
        sys.exit("dnsproxy: %s" % error)


if __name__ == "__main__":
    main()
