#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""sealwax-check --domain --authoritative before real name servers.

    domain.py BUILD_DIRECTORY

For root. In a network of its own: two nsd with a domain, a resolver of the
tests that may know something older, and an address where nobody answers.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import namespace  # noqa: E402
import zone2nsd  # noqa: E402

RESOLVER, NS1, NS2, NS6 = "192.0.2.10", "192.0.2.53", "192.0.2.54", \
    "2001:db8::53"
# No address of this network has a route there.
FAR = "2001:db8:ffff::53"
LONG = "".join(chr(ord("a") + i % 26) for i in range(3000))

ZONE = f"""
d.example SOA ns1.d.example
d.example NS ns1.d.example
d.example NS ns2.d.example
ns1.d.example A {NS1}
ns1.d.example AAAA {NS6}
ns2.d.example A {NS2}
d.example 3600 MX 10 mail.d.example
d.example 3600 MX 20 backup.d.example
mail.d.example A 192.0.2.1
mail.d.example AAAA 2001:db8::1
backup.d.example A 192.0.2.9
backup.d.example AAAA 2001:db8::9
d.example TXT v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all
_dmarc.d.example CNAME d.dmarc.example
s1._domainkey.d.example TXT v=DKIM1; n={LONG}; k=ed25519; \
p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
"""
# What only the resolver finds.
ELSEWHERE = """
d.dmarc.example TXT v=DMARC1; p=reject; rua=mailto:x@reports.example
d.example._report._dmarc.reports.example TXT v=DMARC1
reports.example A 192.0.2.99
"""


class World:
    def __init__(self, place):
        self.place = place
        self.count = 0
        self.servers = []

    def file(self, text):
        self.count += 1
        path = os.path.join(self.place, f"zone.{self.count}")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def nsd(self, address, text):
        self.count += 1
        server = zone2nsd.Nsd(self.file(text), os.path.join(
            self.place, f"nsd.{self.count}"), address, 53)
        server.start()
        self.servers.append(server.stop)

    def resolver(self, text):
        proxy = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "../support/dnsproxy.py"),
             "--listen", f"{RESOLVER}@53", "--zone", self.file(text)],
            stdout=subprocess.PIPE)
        assert proxy.stdout.readline().startswith(b"ready")

        def stop():
            proxy.terminate()
            proxy.wait(10)
            proxy.stdout.close()
        self.servers.append(stop)

    def stop(self):
        for stop in self.servers:
            stop()
        self.servers = []


def check(build, *options):
    done = subprocess.run(
        [os.path.join(build, "sealwax-check"), "-c", "/dev/null", "-o",
         "authserv-id=mx.test.example", "-o", f"resolver={RESOLVER}",
         "--domain", "d.example", "--selector", "s1", "--authoritative",
         "--json", *options], capture_output=True, check=False, timeout=60)
    if done.stderr:
        raise AssertionError(done.stderr.decode())
    (found,) = json.loads(done.stdout)
    assert found["status"] == done.returncode
    return found


SAME = ZONE + ELSEWHERE
LATER = ZONE.replace("MX 20 backup", "MX 30 backup")
# name, resolver's zone, the two servers' (None: nobody), ids, says
CASES = (
    ("all say the same", SAME, ZONE, ZONE, [], None),
    ("one is behind", SAME, ZONE, LATER, ["NS-DIFFER"],
     "ns2.d.example (192.0.2.54) says 10 mail.d.example, 30 "
     "backup.d.example"),
    ("the resolver is behind", SAME, LATER, LATER, ["NS-STALE"],
     "the resolver has 10 mail.d.example, 20 backup.d.example, for up to "
     "60 min more"),
    ("a long key differs", SAME, ZONE, ZONE.replace("URo=", "URo"),
     ["NS-DIFFER"], "the keys at s1._domainkey.d.example"),
    ("the alias differs", SAME, ZONE,
     ZONE.replace("CNAME d.", "CNAME e."), ["NS-DIFFER"],
     "says an alias of e.dmarc.example"),
    ("one is down", SAME, ZONE, None, ["NS-SILENT"],
     "ns2.d.example (192.0.2.54) does not answer for d.example"),
    ("one has lost the zone", SAME, ZONE, "e.example SOA ns.e.example\n",
     ["NS-SILENT"], None),
    ("both are down", SAME, None, None,
     ["NS-SILENT", "NS-SILENT", "NS-SILENT"], None),
    ("one is out of reach", SAME.replace(NS6, FAR), ZONE, ZONE, [], None),
)


def main():
    build = os.path.abspath(sys.argv[1])
    namespace.enter([os.path.abspath(__file__), build])
    for address in (RESOLVER, NS1, NS2, NS6):
        namespace.give_address(address)
    failed = 0
    with tempfile.TemporaryDirectory(dir="/mnt") as place:
        world = World(place)
        for name, resolver, first, second, ids, says in CASES:
            try:
                world.resolver(resolver)
                for address, zone in ((NS1, first), (NS6, first),
                                      (NS2, second)):
                    if zone is not None:
                        world.nsd(address, zone)
                found = check(build)
            finally:
                world.stop()
            findings = [one for one in found["findings"]
                        if one["area"] == "servers"]
            others = [one["id"] for one in found["findings"]
                      if one["area"] != "servers"]
            told = [one["id"] for one in findings]
            reached = {one["address"]: one["reachable"]
                       for one in found["servers"]}
            fine = told == ids and not others and (
                says is None or any(says in one["what"] for one in findings))
            if "reach" in name:
                fine &= reached == {NS1: True, FAR: False, NS2: True}
            print("%s: %s" % ("ok" if fine else "FAIL", name))
            if not fine:
                failed += 1
                print("   ", told, others, reached,
                      [one["what"] for one in findings])
    print(f"domain: {len(CASES) - failed} of {len(CASES)} cases")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
