#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""corpus.py - the scenario corpus through a real mail server.

Each scenario gets a name server with its zone (nsd, behind the proxy that
makes its faults) and a sealwaxd with its options; a few services of Postfix
or Sendmail are shared. What is compared is what the MTA shows: reply, hold
queue, delivered copy; and the client's address and name in the log line.
tests/scenarios/README.md has the format, README.md beside this file the
scenarios in which the two MTAs differ.

usage: corpus.py [--chroot | --sendmail DIR] [--ipv6-dns] [--only PATTERN]
                 [--corpus DIR] BUILD_DIRECTORY

With --sendmail, DIR is where Sendmail's packages are unpacked. With
--ipv6-dns sealwaxd reaches its name server at ::1, and only there.
"""
import argparse
import concurrent.futures
import fnmatch
import ipaddress
import os
import queue
import re
import subprocess
import sys
import time

import sendmail
import stack

README = os.path.join(stack.HERE, "README.md")
CORPUS = os.path.join(stack.TOP, "tests", "scenarios")
BASE = ["authserv-id=mx.rcpt.example", "mode=enforce"]
OURS = "mx.rcpt.example"
WORKERS = 4
LINE = (b"0123456789abcdef" * 4)[:63] + b"\n"


def read_lines(path):
    """The `key value` lines of a file as a list of pairs."""
    pairs = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            key, _, value = line.partition(" ")
            pairs.append((key, value.strip()))
    return pairs


class Scenario:
    def __init__(self, folder):
        self.name = os.path.basename(folder)
        with open(os.path.join(folder, "zone"), encoding="utf-8") as file:
            self.zone = file.read()
        self.session = read_lines(os.path.join(folder, "session"))
        self.expect = read_lines(os.path.join(folder, "expect"))
        self.message = self.read_message(folder)
        self.address, _, self.client_name = self.value("client").partition(
            " ")
        self.address = self.address.removeprefix("IPv6:")

    @staticmethod
    def read_message(folder):
        plain = os.path.join(folder, "message.eml")
        if os.path.exists(plain):
            with open(plain, "rb") as file:
                return file.read()
        with open(os.path.join(folder, "message.gen"), "rb") as file:
            first, _, rest = file.read().partition(b"\n")
        octets = int(first.split()[1])
        return rest + (LINE * (octets // 64 + 1))[:octets]

    def value(self, key, default=None):
        return next((v for k, v in self.session if k == key), default)

    def judged_client(self):
        """The client's address and name as the log has them."""
        wanted = self.wanted("judged-client")
        address, _, name = (wanted or [""])[0].partition(" ")
        if address == "unknown":
            return address, None
        address = ipaddress.ip_address(address or self.address)
        return (str(getattr(address, "ipv4_mapped", None) or address),
                (name if wanted else self.client_name) or None)

    def values(self, key, where=None):
        return [v for k, v in (where or self.session) if k == key]

    def wanted(self, key):
        return self.values(key, self.expect)


def corpus(parent):
    found = []
    for name in sorted(os.listdir(parent)):
        folder = os.path.join(parent, name)
        if os.path.exists(os.path.join(folder, "expect")):
            found.append(Scenario(folder))
    return found


class Differences:
    """The table of README.md: scenario -> what each MTA shows instead.

    A row that names no scenario, or says the same of both MTAs, or what the
    scenario expects anyway, is an error.
    """

    AS_EXPECTED = "as expected"

    def __init__(self, scenarios):
        self.rows, self.wrong = {}, []
        known = {scenario.name: scenario for scenario in scenarios}
        with open(README, encoding="utf-8") as file:
            table = file.read().partition("## Differences")[2]
        for line in table.splitlines():
            cells = [cell.strip() for cell in line.split("|")[1:-1]]
            if len(cells) != 4 or not cells[0].startswith("`"):
                continue
            name = cells[0].strip("`")
            self.rows[name] = {"postfix": cells[1], "sendmail": cells[2]}
            if name not in known:
                self.wrong.append(f"{name}: listed, but not a scenario")
            else:
                self.check(known[name], cells)

    def check(self, scenario, cells):
        if cells[1] == cells[2] or not cells[3]:
            self.wrong.append(f"{scenario.name}: listed without a difference "
                              "or without a reason")
        for cell in cells[1:3]:
            if cell != self.AS_EXPECTED and all(
                    pair in scenario.expect for pair in self.pairs(cell)):
                self.wrong.append(f"{scenario.name}: {cell} is no "
                                  "difference")

    @staticmethod
    def pairs(cell):
        """`action reject`, `reply 553 ` as lines of expect."""
        found = re.findall(r"`(\w+) ([^`]*)`", cell)
        return [(key, value) for key, value in found]

    def apply(self, mta, scenarios):
        """The scenarios as they are with this MTA."""
        for scenario in scenarios:
            cell = self.rows.get(scenario.name, {}).get(mta)
            if cell in (None, self.AS_EXPECTED):
                continue
            pairs = self.pairs(cell)
            keys = {key for key, _ in pairs}
            scenario.expect = pairs + [pair for pair in scenario.expect
                                       if pair[0] not in keys]


def raw_fields(message):
    """(name, value) of each header field, octets unchanged, LF folds."""
    head = re.split(rb"\r?\n\r?\n", message, maxsplit=1)[0]
    fields = []
    for line in head.replace(b"\r\n", b"\n").split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1] += b"\n" + line
        elif b":" in line:
            name, _, value = line.partition(b":")
            fields.append([name.strip().lower(), value])
    return [(name, value) for name, value in fields]


def plain(value):
    return re.sub(r"\s+", " ", value.decode("utf-8", "replace")).strip()


def differences(scenario, outcome, log):
    """What is not as expected, in words."""
    wrong = []

    def hold(what, seen, wanted):
        if seen != wanted:
            wrong.append(f"{what} is {seen!r}, should be {wanted!r}")

    hold("action", outcome.action, scenario.wanted("action")[0])
    for number, reply in enumerate(scenario.wanted("reply")):
        whole = f"{outcome.code} {outcome.text}"
        if number == 0 and not whole.startswith(reply) or reply not in whole:
            wrong.append(f"reply {whole!r} has not {reply!r}")
    if outcome.copy is not None:
        compare_copy(scenario, outcome, hold)
    compare_log(scenario, log, hold)
    return wrong


def compare_log(scenario, log, hold):
    def logged(key):
        match = re.search(rf" {key}=(\S+)", log)
        return match and match.group(1).strip('"')
    for key in ("rule", "would", "mediator", "relay"):
        for wanted in scenario.wanted(key):
            if logged(key):
                hold(f"{key} in the log", logged(key), wanted)
    if logged("client"):
        hold("judged", "yes", (scenario.wanted("judged") or ["yes"])[0])
        address, name = scenario.judged_client()
        hold("client in the log", logged("client"), address)
        hold("name in the log", logged("name"), name)
    else:
        hold("judged", "no", (scenario.wanted("judged") or ["yes"])[0])


def compare_copy(scenario, outcome, hold):
    name = b"authentication-results"
    before = [value for key, value in raw_fields(scenario.message)
              if key == name]
    # Ours stands above the Received field that Postfix wrote.
    fields = raw_fields(outcome.copy)
    after = [value for key, value in fields if key == name]
    ours = []
    for key, value in fields:
        if key == b"received":
            break
        if key == name:
            ours.append(value)
    judged = not scenario.wanted("exempt")
    hold("number of our fields", len(ours), 1 if judged else 0)
    kept = [value for value in after if value in before]
    hold("number of fields", len(after), len(ours) + len(kept))
    for wanted in scenario.wanted("kept"):
        hold("foreign fields kept", len(kept), int(wanted))
    for wanted in scenario.wanted("authres"):
        hold("Authentication-Results",
             plain(ours[0]) if ours else "absent", wanted)
    if ours:
        compare_words(scenario, plain(ours[0]), hold)


def compare_words(scenario, value, hold):
    found = re.findall(r";\s*(\w+)=(\w+)([^;]*)", value)
    spf = [(word, rest) for method, word, rest in found if method == "spf"]
    seen = {"dkim": " ".join(word for method, word, _ in found
                             if method == "dkim"),
            "dmarc": " ".join(word for method, word, _ in found
                              if method == "dmarc")}
    if spf:
        seen["spf"] = spf[0][0]
    policy = re.search(r"policy\.dmarc=(\w+)", value)
    if policy:
        seen["policy"] = policy.group(1)
    for key, word in seen.items():
        for wanted in scenario.wanted(key):
            hold(key, word, wanted)


def run_one(place, mta, services, options, scenario):
    daemon = scenario.value("daemon", "smtpd")
    if daemon not in services:
        raise stack.Failure(f"no smtpd service has the daemon name {daemon}")
    service = services[daemon]
    name = f"run/{scenario.name}"
    with stack.Dns(place, name, scenario.zone,
                   "::1" if options.ipv6_dns else "127.0.0.1") as dns:
        daemon = stack.Sealwaxd(
            place, name, os.path.join(options.build, "sealwaxd"),
            service.socket,
            dns, BASE + scenario.values("option"))
        try:
            outcome = stack.deliver(
                mta, service, scenario.message, client=scenario.address,
                client_name=scenario.client_name or None,
                helo=scenario.value("helo", "localhost"),
                mail_from=" ".join([scenario.value("from"),
                                    *scenario.values("esmtp")]),
                recipients=scenario.values("rcpt"),
                login=scenario.value("auth"))
        finally:
            status = daemon.stop()
    log = daemon.child.output()
    wrong = differences(scenario, outcome, log)
    if status != 0:
        wrong.append(f"sealwaxd ended with status {status}")
    if wrong:
        wrong.append("log: " + log.strip().replace("\n", "\n  log: "))
    return wrong


NAMES = ("smtpd", "ORIGINATING")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chroot", action="store_true")
    parser.add_argument("--sendmail", metavar="DIR")
    parser.add_argument("--ipv6-dns", action="store_true")
    parser.add_argument("--only", metavar="PATTERN", default="*")
    parser.add_argument("--corpus", metavar="DIR", default=CORPUS)
    parser.add_argument("build")
    return parser.parse_args()


def start_mta(place, options, root):
    if root:
        return sendmail.Sendmail(place, root, WORKERS, NAMES)
    return stack.Postfix(place, services=WORKERS, chroot=options.chroot,
                         daemon_names=NAMES)


def groups(mta, scenarios):
    """The scenarios in groups in which each client has one name, or none.

    Sendmail looks the names up itself, in a name server for all.
    """
    if isinstance(mta, stack.Postfix):
        yield scenarios
        return
    left = scenarios
    while left:
        names, group = {}, []
        for scenario in left:
            known = names.setdefault(scenario.address, scenario.client_name)
            if known == scenario.client_name:
                group.append(scenario)
        mta.know_clients({address: name for address, name in names.items()
                          if name})
        yield group
        left = [scenario for scenario in left if scenario not in group]


def run_all(place, mta, options, scenarios):
    """(scenario, what is wrong with it) of each."""
    free = queue.Queue()
    for number in range(WORKERS):
        free.put({service.daemon_name: service
                  for service in mta.services[2 * number:2 * number + 2]})

    def work(scenario):
        services = free.get()
        try:
            return run_one(place, mta, services, options, scenario)
        except (stack.Failure, OSError, subprocess.SubprocessError) as why:
            return [str(why)]
        finally:
            free.put(services)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for group in groups(mta, scenarios):
            yield from zip(group, pool.map(work, group))


def main():
    options = arguments()
    root = None
    if options.sendmail:
        root = sendmail.unpacked(os.path.abspath(options.sendmail))
        sendmail.enter_namespace(sys.argv)
    title = "sendmail" if root else "postfix"
    scenarios = corpus(options.corpus)
    differences_of = Differences(corpus(CORPUS))
    differences_of.apply(title, scenarios)
    for line in differences_of.wrong:
        print(f"not ok: {line}")
    scenarios = [scenario for scenario in scenarios
                 if fnmatch.fnmatch(scenario.name, options.only)]
    started = time.monotonic()
    failed = 0
    with stack.Workplace("/mnt/sealwax" if root else None) as place:
        mta = start_mta(place, options, root)
        for scenario, wrong in run_all(place, mta, options, scenarios):
            for line in wrong:
                print(f"not ok: {scenario.name}: {line}", flush=True)
            failed += bool(wrong)
    total = len(scenarios)
    title += " chrooted" * options.chroot + ", DNS at ::1" * options.ipv6_dns
    print(f"{title}: {total - failed} of {total} scenarios "
          f"({time.monotonic() - started:.0f} s)")
    return 1 if failed or differences_of.wrong or not total else 0


if __name__ == "__main__":
    sys.exit(main())
