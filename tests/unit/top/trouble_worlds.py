#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Messages of random worlds, of which one or two questions fail.

sealwax-check judges each with a zone file; the oracle of tests/support says
what must come out. WAX_WORLDS: how many (default 120); WAX_SEED: which.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
SUPPORT = os.path.join(TOP, "tests/support")
sys.path.insert(0, SUPPORT)
import oracle  # noqa: E402
from oracle import AWAY, CLIENT, HERE  # noqa: E402

BUILD = os.environ.get("builddir", ".")
ACTIONS = ("accept", "quarantine", "reject", "tempfail")
OTHERS = ("list.another", "x.list.another")


def chance(r, probability):
    return r.random() < probability


def random_record(r):
    policies = ("none", "quarantine", "reject")
    text = "v=DMARC1; p=" + r.choice(policies + ("reject",))
    for tag, values, probability in (
            ("sp", policies, .35), ("np", policies, .35), ("aspf", "s", .25),
            ("adkim", "s", .25), ("psd", "yn", .25)):
        if chance(r, probability):
            text += f"; {tag}={r.choice(values)}"
    return text


class World:
    def __init__(self, r, key):
        self.key, self.world = key, {}
        base = r.choice(("org.example", "bank.gov.land"))
        names = [base, "a." + base, "b.a." + base, "c." + base]
        labels = base.split(".")
        above = [".".join(labels[i:]) for i in range(1, len(labels))]
        for name in names + above:
            if chance(r, .6 if name == base else .3):
                self.add("_dmarc." + name, "TXT", random_record(r))
        self.author = r.choice(names[:3])
        self.spf_domain = r.choice(names + list(OTHERS))
        self.list_id = r.choice((None, None, None, OTHERS[0]))
        self.add_spf(r)
        self.signatures = []
        for number in range(r.choice((0, 0, 1, 1, 2))):
            domain = r.choice(names + list(OTHERS))
            self.signatures.append((domain, f"s{number}"))
            if chance(r, .8):
                self.add(f"s{number}._domainkey.{domain}", "TXT", key)
        if chance(r, .5):
            self.add(self.author, "MX", "10 elsewhere.another")
        self.missing = r.sample(self.questions(), r.choice((1, 1, 1, 2)))
        self.wanted = oracle.expect(self, key, {
            question: oracle.possible_answers(self, key, question)
            for question in self.missing})

    def add(self, name, rtype, text):
        self.world.setdefault((name, rtype), []).append(text)

    def add_spf(self, r):
        """At most one term asks, and nothing but "all" follows: a term that
        was not asked any more would be another missing answer."""
        domain, terms = self.spf_domain, []
        if chance(r, .3):
            terms.append(r.choice((HERE, AWAY, AWAY)))
        address = r.choice((CLIENT, "192.0.2.99"))
        kind = r.choice(("", "include", "a", "mx"))
        if kind == "include":
            terms.append("include:i." + domain)
            self.add("i." + domain, "TXT",
                     f"v=spf1 {r.choice((HERE, AWAY))} -all")
        elif kind:
            terms.append(f"{r.choice(('', '-'))}{kind}:h.{domain}")
            host = "h." + domain
            if kind == "mx":
                self.add(host, "MX", "10 m." + domain)
                host = "m." + domain
            self.add(host, "A", address)
        if chance(r, .85):
            terms.append(r.choice(("-all", "-all", "+all", "?all")))
            self.add(domain, "TXT", " ".join(["v=spf1"] + terms).replace(
                "?all", "").strip())

    def questions(self):
        """All that could be asked."""
        found = {(self.author, "TXT"), (self.spf_domain, "TXT")}
        for domain in [self.author, self.spf_domain] + [
                domain for domain, _ in self.signatures]:
            labels = domain.split(".")
            found |= {("_dmarc." + ".".join(labels[i:]), "TXT")
                      for i in range(len(labels))}
        found |= {(f"{selector}._domainkey.{domain}", "TXT")
                  for domain, selector in self.signatures}
        found |= {(name, rtype) for name, rtype in self.world
                  if name.startswith(("h.", "i.", "m."))}
        return sorted(found)

    def zone(self):
        return "".join(
            f"{name} {rtype} {text}\n"
            for (name, rtype), all_ in self.world.items() for text in all_
        ) + "".join(f"{name} FAULT servfail {rtype}\n"
                    for name, rtype in self.missing)

    def message(self):
        text = f"From: <a@{self.author}>\r\nSubject: a world\r\n"
        if self.list_id:
            text += f"List-Id: <{self.list_id}>\r\n"
        text = (text + "\r\nHello\r\n").encode()
        for domain, selector in self.signatures:
            text = subprocess.run(
                [os.path.join(BUILD, "tests/support/dkimsign"), "--key",
                 os.path.join(SUPPORT, "keys/rsa2048.pem"), "--selector",
                 selector, "--domain", domain],
                input=text, stdout=subprocess.PIPE, check=True).stdout
        return text

    def found(self, path):
        """(result, action) of sealwax-check."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.zone())
        done = subprocess.run(
            [os.path.join(BUILD, "sealwax-check"), "-c", "/dev/null",
             "-o", "authserv-id=mx.rcpt.example", "--zone", path, "--ip", CLIENT, "--helo", "x.example", "--from",
             "a@" + self.spf_domain, "--json", "-"],
            input=self.message(), stdout=subprocess.PIPE, check=False)
        return (json.loads(done.stdout)["dmarc"]["result"],
                ACTIONS[done.returncode])


def main():
    count = int(os.environ.get("WAX_WORLDS", "120"))
    r = random.Random(int(os.environ.get("WAX_SEED", "9989")))
    with open(os.path.join(SUPPORT, "keys/records.txt"),
              encoding="utf-8") as file:
        key = next(line.split(None, 1)[1].strip() for line in file
                   if line.startswith("rsa2048 "))
    right, undecided = 0, 0
    with tempfile.TemporaryDirectory() as place:
        for number in range(count):
            world = World(r, key)
            found = world.found(os.path.join(place, "zone"))
            right += found == world.wanted
            undecided += world.wanted[0] == "temperror"
            if found != world.wanted:
                print(f"world {number}: {found}, not {world.wanted}; author "
                      f"{world.author}, SPF {world.spf_domain}, List-Id "
                      f"{world.list_id}\n{world.zone()}")
    print(f"trouble_worlds: {right} of {count}, {undecided} undecided")
    return 0 if right == count and undecided * 10 > count else 1


if __name__ == "__main__":
    sys.exit(main())
