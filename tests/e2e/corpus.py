#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""corpus.py - the scenario corpus through a real mail server.

Each scenario gets a name server with its zone (nsd, behind the proxy that
makes its faults) and a sealwaxd with its options; a few services of Postfix
or Sendmail are shared. What is compared is what the MTA shows: reply, hold
queue, delivered copy. tests/scenarios/README.md has the format.

usage: corpus.py [--chroot | --sendmail DIR] [--only PATTERN] BUILD_DIRECTORY

With --sendmail, DIR is where Sendmail's packages are unpacked.
"""
import argparse
import concurrent.futures
import fnmatch
import os
import queue
import re
import sys
import time

import sendmail
import stack

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

    def values(self, key, where=None):
        return [v for k, v in (where or self.session) if k == key]

    def wanted(self, key):
        return self.values(key, self.expect)


def corpus():
    found = []
    for name in sorted(os.listdir(CORPUS)):
        folder = os.path.join(CORPUS, name)
        if os.path.exists(os.path.join(folder, "expect")):
            found.append(Scenario(folder))
    return found


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
    for key in ("rule", "would", "mediator"):
        for wanted in scenario.wanted(key):
            match = re.search(rf" {key}=(\S+)", log)
            if match:
                hold(f"{key} in the log", match.group(1).strip('"'), wanted)
    return wrong


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


def run_one(place, mta, services, build, scenario):
    daemon = scenario.value("daemon", "smtpd")
    if daemon not in services:
        raise stack.Failure(f"no smtpd service has the daemon name {daemon}")
    service = services[daemon]
    client, _, client_name = scenario.value("client").partition(" ")
    name = f"run/{scenario.name}"
    with stack.Dns(place, name, scenario.zone) as dns:
        daemon = stack.Sealwaxd(
            place, name, os.path.join(build, "sealwaxd"), service.socket,
            dns, BASE + scenario.values("option"))
        try:
            outcome = mta.deliver(
                service, scenario.message, client=client,
                client_name=client_name or None,
                helo=scenario.value("helo", "localhost"),
                mail_from=scenario.value("from"),
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
    parser.add_argument("--only", metavar="PATTERN", default="*")
    parser.add_argument("build")
    return parser.parse_args()


def start_mta(place, options, root):
    if options.sendmail:
        return "sendmail", sendmail.Sendmail(place, root, WORKERS, NAMES)
    return ("postfix chrooted" if options.chroot else "postfix",
            stack.Postfix(place, services=WORKERS, chroot=options.chroot,
                          daemon_names=NAMES))


def main():
    options = arguments()
    root = None
    if options.sendmail:
        root = sendmail.unpacked(os.path.abspath(options.sendmail))
        sendmail.enter_namespace(sys.argv)
    scenarios = [s for s in corpus()
                 if fnmatch.fnmatch(s.name, options.only)]
    started = time.monotonic()
    failed = 0
    with stack.Workplace("/mnt/sealwax" if root else None) as place:
        title, mta = start_mta(place, options, root)
        free = queue.Queue()
        for number in range(WORKERS):
            free.put({service.daemon_name: service
                      for service in mta.services[2 * number:
                                                      2 * number + 2]})

        def work(scenario):
            services = free.get()
            try:
                return run_one(place, mta, services, options.build,
                               scenario)
            except stack.Failure as failure:
                return [str(failure)]
            finally:
                free.put(services)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for scenario, wrong in zip(scenarios, pool.map(work, scenarios)):
                for line in wrong:
                    print(f"not ok: {scenario.name}: {line}", flush=True)
                failed += bool(wrong)
    total = len(scenarios)
    print(f"{title}: {total - failed} of {total} scenarios "
          f"({time.monotonic() - started:.0f} s)")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
