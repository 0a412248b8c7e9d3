#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A zone file of ours for nsd: zone2nsd.py ZONE DIRECTORY --port PORT

Writes nsd.conf and one master file for each zone into DIRECTORY: the root
zone, and one for each name that owns NS or SOA records (in the root zone
they would be delegations). nsd is to be run as

    nsd -d -c DIRECTORY/nsd.conf

It listens on loopback only, stays as the user who started it, and keeps all
its files in DIRECTORY. FAULT lines are for dnsproxy.py. As a module: the
class Nsd runs it.
"""
import argparse
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dnszone  # noqa: E402
from dnszone import TYPES, Record  # noqa: E402

CONF = """server:
	ip-address: {address}@{port}
	username: ""
	chroot: ""
	server-count: 1
	zonesdir: "{directory}"
	database: ""
	pidfile: "{directory}/nsd.pid"
	xfrdfile: "{directory}/xfrd.state"
	xfrdir: "{directory}"
	zonelistfile: "{directory}/zone.list"
	cookie-secret-file: "{directory}/cookie-secrets"
	logfile: "{directory}/nsd.log"
	hide-version: yes
	rrl-ratelimit: 0
	tcp-count: 200
remote-control:
	control-enable: no
"""
NS_NAME = (b"ns", b"zone", b"example")


def text_of(record):
    """rdata as master files have it."""
    rdata = record.rdata
    if record.type == TYPES["TXT"]:
        return " ".join('"%s"' % "".join(
            chr(c) if 32 <= c < 127 and chr(c) not in '"\\' else "\\%03d" % c
            for c in string) for string in dnszone.txt_strings(rdata))
    if record.type == TYPES["MX"]:
        host = dnszone.read_wire_name(rdata, 2)[0]
        return "%d %s" % (rdata[0] << 8 | rdata[1], dnszone.name_text(host))
    if record.type in (TYPES["A"], TYPES["AAAA"]):
        family = dnszone.socket.AF_INET if len(rdata) == 4 \
            else dnszone.socket.AF_INET6
        return dnszone.socket.inet_ntop(family, rdata)
    name, at = dnszone.read_wire_name(rdata, 0)
    if record.type == TYPES["SOA"]:
        rname, at = dnszone.read_wire_name(rdata, at)
        numbers = dnszone.struct.unpack_from("!5I", rdata, at)
        return "%s %s %s" % (dnszone.name_text(name), dnszone.name_text(rname),
                             " ".join(map(str, numbers)))
    return dnszone.name_text(name)


def line_of(record):
    return "%s %d IN %s %s\n" % (
        dnszone.name_text(record.owner), record.ttl,
        dnszone.WORDS[record.type], text_of(record))


def apex_of(apexes, name):
    """The zone that a name belongs to."""
    for i in range(len(name) + 1):
        if name[i:] in apexes:
            return name[i:]
    raise AssertionError("the root is always a zone")


def zones_of(zone):
    """{apex: [Record]}, each complete with SOA and NS."""
    apexes = {()} | {record.owner for records in zone.records.values()
                     for record in records
                     if record.type in (TYPES["NS"], TYPES["SOA"])}
    zones = {apex: [] for apex in apexes}
    for owner, records in zone.records.items():
        types = {record.type for record in records}
        if TYPES["CNAME"] in types and len(types) > 1:
            raise dnszone.ZoneError("%s: a CNAME beside other records" %
                                    dnszone.name_text(owner))
        zones[apex_of(apexes, owner)] += records
    for apex, records in zones.items():
        types = {r.type for r in records if r.owner == apex}
        if TYPES["SOA"] not in types:
            records.insert(0, Record(apex, TYPES["SOA"], dnszone.TTL_NEGATIVE,
                                     dnszone.soa_rdata(NS_NAME)))
        if TYPES["NS"] not in types:
            records.append(Record(apex, TYPES["NS"], dnszone.TTL_DEFAULT,
                                  dnszone.wire_name(NS_NAME)))
    for apex in apexes:
        # The names between two zones exist because of the lower one.
        if apex:
            parent = apex_of(apexes, apex[1:])
            zones[parent].append(
                Record(apex, TYPES["NS"], dnszone.TTL_DEFAULT,
                       dnszone.wire_name(NS_NAME)))
    return zones


def write(zone, directory, address, port):
    """Write nsd.conf and the master files; their paths by zone name."""
    directory = os.path.abspath(directory)
    os.makedirs(directory, exist_ok=True)
    paths = {}
    conf = CONF.format(address=address, port=port, directory=directory)
    for number, (apex, records) in enumerate(sorted(zones_of(zone).items())):
        path = os.path.join(directory, "zone.%d" % number)
        with open(path, "w", encoding="ascii") as file:
            file.writelines(map(line_of, records))
        paths[dnszone.name_text(apex)] = path
        conf += 'zone:\n\tname: "%s"\n\tzonefile: "%s"\n' % (
            dnszone.name_text(apex).replace("\\", "\\\\"), path)
    with open(os.path.join(directory, "nsd.conf"), "w",
              encoding="ascii") as file:
        file.write(conf)
    return paths


class Nsd:
    """nsd with one zone file, from start() to stop()."""

    def __init__(self, zone_file, directory, address="127.0.0.1", port=5300,
                 program="/usr/sbin/nsd"):
        self.address, self.port = address, port
        self.directory, self.program = directory, program
        self.zone = dnszone.Zone.load(zone_file)
        self.process = None
        write(self.zone, directory, address, port)

    def start(self, timeout=10.0):
        self.process = subprocess.Popen(
            [self.program, "-d", "-c",
             os.path.join(self.directory, "nsd.conf")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)  # it has a log file
        end = time.monotonic() + timeout
        while time.monotonic() < end and self.process.poll() is None:
            try:
                dnszone.ask(self.address, self.port, (), TYPES["SOA"],
                            timeout=0.2)
                return
            except OSError:
                time.sleep(0.02)
        self.stop()
        log = os.path.join(self.directory, "nsd.log")
        text = ""
        if os.path.exists(log):
            with open(log, encoding="utf-8", errors="replace") as file:
                text = file.read()
        raise RuntimeError("nsd does not answer: %s" % text)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("zone")
    parser.add_argument("directory")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    try:
        write(dnszone.Zone.load(options.zone), options.directory,
              options.address, options.port)
    except (OSError, dnszone.ZoneError) as error:
        sys.exit("zone2nsd: %s: %s" % (options.zone, error))


if __name__ == "__main__":
    main()
