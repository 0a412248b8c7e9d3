#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The YAML suites of OpenSPF as lines for tests/conformance/spf_suite.

A line is a word, a blank and a value; "run" runs the case so far. Octets
that are not visible ASCII, and backslashes, are \\DDD. Zone data becomes the
syntax of policy/dns/zone.h.
"""

import sys

import yaml

TYPES = ("A", "AAAA", "CNAME", "MX", "PTR", "TXT")


def octets(text):
    """The suites write octets as code points of up to U+00FF."""
    return str(text).encode("latin-1")


def escaped(text, also=b"\\"):
    return "".join(
        chr(c) if 0x20 < c < 0x7F and c not in also else "\\%03d" % c
        for c in octets(text)
    )


def aslist(value):
    return value if isinstance(value, list) else [value]


def name(text):
    return escaped(str(text).rstrip(".")) or "."


def txt(value):
    # A record without any string cannot be on the wire; an empty one can.
    strings = []
    for string in aslist(value) or [""]:
        while len(string) > 255:
            strings.append(string[:255])
            string = string[255:]
        strings.append(string)
    return " ".join('"%s"' % escaped(s, b'\\"') for s in strings)


def rdata(kind, value):
    if kind in ("TXT", "SPF"):
        return txt(value)
    if kind == "MX":
        return "%d %s" % (value[0], name(value[1]))
    if kind in ("CNAME", "PTR"):
        return name(value)
    return str(value)


def zone_lines(owner, records):
    """SPF records stand for TXT records, unless the name has some: the
    suites' drivers are to copy them. A TXT of NONE says: there is none, and
    do not copy. A fault is for the types that have no record."""
    entries = []
    faulty = False
    for record in records:
        if record in ("TIMEOUT", "SERVFAIL"):
            faulty = True
            continue
        (kind, value), = record.items()
        if kind in ("TIMEOUT", "SERVFAIL"):
            faulty = True
        elif kind == "CNAMELOOP":
            entries.append(("CNAME", owner))
        else:
            entries.append((kind, value))
    if not any(kind == "TXT" for kind, _ in entries):
        entries += [("TXT", v) for kind, v in entries if kind == "SPF"]
    entries = [
        (kind, value)
        for kind, value in entries
        if kind != "SPF" and not (kind == "TXT" and value == "NONE")
    ]
    for kind, value in entries:
        yield "%s %s %s" % (name(owner), kind, rdata(kind, value))
    if faulty:
        there = {kind for kind, _ in entries}
        for kind in TYPES:
            if kind not in there and kind != "CNAME":
                yield "%s FAULT timeout %s" % (name(owner), kind)


def main():
    with open(sys.argv[1], "rb") as suite:
        scenarios = list(yaml.safe_load_all(suite))
    for scenario in scenarios:
        title = scenario.get("description") or scenario.get("comment") or "-"
        print("scenario", escaped(title.strip()))
        for owner, records in scenario["zonedata"].items():
            for line in zone_lines(owner, records or []):
                print("zone", line)
        for case, what in scenario["tests"].items():
            print("case", case)
            print("helo", escaped(what.get("helo") or ""))
            print("from", escaped(what.get("mailfrom") or ""))
            print("host", what["host"])
            print("result", " ".join(map(str, aslist(what["result"]))))
            if what.get("explanation") is not None:
                print("explanation", escaped(what["explanation"]))
            print("run")


if __name__ == "__main__":
    main()
