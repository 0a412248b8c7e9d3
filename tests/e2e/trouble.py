#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""trouble.py - what sealwaxd does when the DNS does not answer.

usage: trouble.py BUILD_DIRECTORY

A real sealwaxd, asked by miltertest.py, in front of a name server that makes
faults (dnsproxy.py). Three parts:

  cases   one question of a message fails. All questions with all faults, and
          with all of (what else passed, policy). What must come out is told
          by an oracle (tests/support/oracle.py), from the answers that the
          question could have had: the action may be "tempfail" only if these
          lead to different ones.
  floods  the DNS says nothing to 50 messages at once; 200 names of one
          domain that nobody answers, beside mail that must go on.
  outage  ten seconds without DNS, with one forwarder and with two; the first
          messages afterwards.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import time

import stack

sys.path.insert(0, stack.SUPPORT)
import miltertest  # noqa: E402
import oracle  # noqa: E402
from oracle import AWAY, CLIENT, HERE  # noqa: E402

DEADLINE = 4  # seconds: enough for honest answers on a busy machine
SESSIONS = 64

# --- the messages -------------------------------------------------------------

# Faults after which the truth is known all the same.
TRUTHFUL = ("tcponly", "delay=1")
# Two are answers, and believed: "nxdomain", and an empty one without a SOA
# record, which some forwarders honestly give ("nosoa").
FAULTS = ("servfail", "refused", "timeout", "trunc", "lame", "loop", "other",
          "mismatch", "nosoa", "nxdomain", "delay=30") + TRUTHFUL
SPF_QUESTIONS = ("spf", "include", "a", "mx", "mx-address", "helo",
                 "mediator")
QUESTIONS = SPF_QUESTIONS + ("helo-beside", "key", "record", "parent", "psd",
                             "identifier", "existence")
BESIDES = ("nothing", "spf", "dkim", "unaligned")
POLICIES = {"none": "p=none", "quarantine": "p=quarantine",
            "reject": "p=reject", "np": "p=none; sp=none; np=reject"}
# Their identity is SPF's only one: it cannot have passed as well.
ALONE = ("spf", "helo", "identifier", "mediator")


class Mail:
    """A message, the world it comes from, and the question that fails."""

    KEY = None  # the record of the key that signs

    def __init__(self, number, question, beside, policy):
        self.name = f"{question}, {beside}, {policy}"
        org = f"bank.gov.t{number}" if question == "psd" \
            else f"c{number}.example"
        self.number, self.world, self.signatures = number, {}, []
        self.list_id = None
        self.spf_domain, self.helo, self.null_sender = org, "x.example", False
        self.author = org
        published = org
        if policy == "np" or question == "existence":
            self.author = "ghost." + org
        elif question == "parent":
            self.author = "news." + org
            self.add(self.author, "A", "192.0.2.80")
        record = POLICIES[policy]
        if question == "existence":
            record = f"p=none; sp=none; np={policy}" if policy != "np" \
                else "p=reject; sp=reject; np=none"
        if question == "psd":
            published = org.partition(".")[2]
            record += "; psd=y"
        self.add("_dmarc." + published, "TXT", "v=DMARC1; " + record)
        self.first_term = HERE if beside == "spf" else AWAY
        self.question = getattr(self, "ask_" + question.replace("-", "_"))(
            org)
        if (org, "TXT") not in self.world:
            self.add(org, "TXT", f"v=spf1 {self.first_term} -all")
        if beside == "dkim":
            self.sign(org, "good")
        if beside == "unaligned":
            other = f"other{number}.example"
            self.sign(other, "good")
            if self.spf_domain == org and question not in SPF_QUESTIONS:
                self.spf_domain = other
                self.add(other, "TXT", f"v=spf1 {HERE} -all")

    def add(self, name, rtype, text):
        self.world.setdefault((name, rtype), []).append(text)

    def sign(self, domain, selector):
        self.signatures.append((domain, selector))
        self.add(f"{selector}._domainkey.{domain}", "TXT", self.KEY)

    def ask_spf(self, org):
        self.add(org, "TXT", f"v=spf1 {HERE} -all")
        return org, "TXT"

    def ask_include(self, org):
        self.add(org, "TXT", f"v=spf1 {self.first_term} include:i.{org} -all")
        self.add("i." + org, "TXT", f"v=spf1 {HERE} -all")
        return "i." + org, "TXT"

    def ask_a(self, org):
        self.add(org, "TXT", f"v=spf1 {self.first_term} a:host.{org} -all")
        self.add("host." + org, "A", CLIENT)
        return "host." + org, "A"

    def ask_mx(self, org):
        self.add(org, "TXT", f"v=spf1 {self.first_term} mx:{org} -all")
        self.add(org, "MX", f"10 host.{org}")
        self.add("host." + org, "A", CLIENT)
        return org, "MX"

    def ask_mx_address(self, org):
        self.ask_mx(org)
        return "host." + org, "A"

    def ask_helo(self, org):
        self.null_sender, self.helo = True, org
        return self.ask_spf(org)

    def ask_helo_beside(self, org):
        self.helo = f"h{self.number}.example"
        self.add(self.helo, "TXT", f"v=spf1 {HERE} -all")
        return self.helo, "TXT"

    def ask_mediator(self, org):
        self.list_id = self.spf_domain = f"list{self.number}.example"
        return self.ask_spf(self.spf_domain)

    def ask_key(self, org):
        self.sign(org, "key")
        return "key._domainkey." + org, "TXT"

    def ask_record(self, org):
        return "_dmarc." + self.author, "TXT"

    def ask_parent(self, org):
        return "_dmarc." + org, "TXT"

    def ask_psd(self, org):
        return "_dmarc." + org.partition(".")[2], "TXT"

    def ask_identifier(self, org):
        self.spf_domain = "mail." + org
        self.add(self.spf_domain, "TXT", f"v=spf1 {HERE} -all")
        return "_dmarc." + self.spf_domain, "TXT"

    def ask_existence(self, org):
        return self.author, "TXT"

    def zone(self, fault):
        name, rtype = self.question
        return "".join(f"{owner} {kind} {text}\n"
                       for (owner, kind), all_ in self.world.items()
                       for text in all_) + f"{name} FAULT {fault} {rtype}\n"

    def text(self, build):
        message = (f"From: <a@{self.author}>\r\nSubject: {self.name}\r\n"
                   + (f"List-Id: <{self.list_id}>\r\n" if self.list_id
                      else "") + "\r\nHello\r\n").encode()
        for domain, selector in self.signatures:
            message = subprocess.run(
                [os.path.join(build, "tests/support/dkimsign"), "--key",
                 os.path.join(stack.SUPPORT, "keys/rsa2048.pem"),
                 "--selector", selector, "--domain", domain],
                input=message, stdout=subprocess.PIPE, check=True).stdout
        return message

    def sender(self):
        return "" if self.null_sender else "a@" + self.spf_domain


class Case:
    def __init__(self, number, question, fault, beside, policy,
                 on_temperror="tempfail"):
        self.mail = Mail(number, question, beside, policy)
        self.name = f"{self.mail.name}, {fault}"
        if on_temperror != "tempfail":
            self.name += f", on-temperror={on_temperror}"
        self.fault, self.on_temperror = fault, on_temperror
        self.queue_id = f"T{number:05d}"
        self.is_spf = question in SPF_QUESTIONS
        self.wanted = oracle.expect(self.mail, Mail.KEY, self.answers(),
                                    on_temperror)

    def answers(self):
        """What the question could have been answered with."""
        question = self.mail.question
        if self.fault in TRUTHFUL:
            return {}
        return {question: {"nxdomain": [None], "nosoa": [[]]}.get(
            self.fault,
            oracle.possible_answers(self.mail, Mail.KEY, question))}

    def check(self, outcome, log):
        """What is wrong, or None."""
        line = re.search(rf" qid={self.queue_id} .*", log)
        items = dict(re.findall(r" (\S+?)=(\S+)", line[0] if line else ""))
        result, action = self.wanted
        if (items.get("dmarc"), outcome.action) != self.wanted:
            return (f"dmarc={items.get('dmarc')} {outcome.action}, not "
                    f"dmarc={result} {action}: {outcome.text}")
        if action == "tempfail" and (
                outcome.code != 451 or not outcome.text.startswith(
                    "4.7.24 " if self.is_spf else "4.4.3 ")):
            return f"reply {outcome.code} {outcome.text}"
        if outcome.copy is not None:
            fields = outcome.fields("Authentication-Results")
            if len(fields) != 1 or f"dmarc={result} " not in fields[0]:
                return f"Authentication-Results: {fields}"
        return None


def all_cases():
    """(question, fault, beside, policy, on-temperror) of each."""
    for question in QUESTIONS:
        for fault in FAULTS:
            yield question, fault, "nothing", "reject", "tempfail"
        for beside in BESIDES:
            if beside == "spf" and question in ALONE:
                continue
            for policy in POLICIES:
                yield question, "servfail", beside, policy, "tempfail"
        for policy in POLICIES:
            yield question, "servfail", "nothing", policy, "accept"


# --- servers ------------------------------------------------------------------

class Dns:
    """dnsproxy.py with a zone of its own."""

    def __init__(self, place, name, zone_text):
        self.address = "127.0.0.1"
        self.zone = place.file(f"{name}/zone", zone_text)
        self.child = place.start(name, [
            stack.PYTHON, os.path.join(stack.SUPPORT, "dnsproxy.py"),
            "--zone", self.zone])
        self.port = int(stack.wait_for("dnsproxy", lambda: re.search(
            r"ready (\d+)", self.child.output()))[1])

    def change(self, zone_text):
        """Answer from another zone from now on."""
        with open(self.zone, "w", encoding="utf-8") as file:
            file.write(zone_text)
        self.child.process.send_signal(stack.signal.SIGHUP)
        time.sleep(0.3)


class Daemon:
    def __init__(self, place, name, build, *dns, options=()):
        folder = place.folder(f"{name}/run", "nobody")
        self.socket = os.path.join(folder, "sock")
        servers = ", ".join(f'"{d.address}@{d.port}"' for d in dns)
        self.daemon = stack.Sealwaxd(
            place, name, os.path.join(build, "sealwaxd"), self.socket,
            options=("mode=enforce", "authserv-id=mx.rcpt.example",
                     f"resolver=[{servers}]") + tuple(options))
        place.stack.callback(self.stop)

    def stop(self):
        status = self.daemon.stop()
        if status != 0:
            raise stack.Failure(f"sealwaxd ended with {status}:\n"
                                + self.log()[-2000:])

    def log(self):
        return self.daemon.child.output()

    def deliver(self, message, **facts):
        facts.setdefault("client", CLIENT)
        return miltertest.deliver("unix:" + self.socket, message, **facts)

    def item(self, queue_id, key):
        """A value of the log line of a message, once it is there."""
        return stack.wait_for(f"line of {queue_id}", lambda: re.search(
            rf" qid={queue_id} .*? {key}=(\S+)", self.log()))[1]


# --- cases --------------------------------------------------------------------

def run_cases(place, build):
    with open(os.path.join(stack.SUPPORT, "keys/records.txt"),
              encoding="utf-8") as file:
        Mail.KEY = re.search(r"^rsa2048\s+(.*)$", file.read(), re.M)[1]
    cases = [Case(number, *row) for number, row in enumerate(all_cases())]
    dns = Dns(place, "dns", "".join(c.mail.zone(c.fault) for c in cases))
    daemons = {word: Daemon(
        place, f"on-temperror-{word}", build, dns,
        options=(f"on-temperror={word}", f"dns-deadline={DEADLINE}s"))
        for word in ("tempfail", "accept")}

    def deliver(case):
        mail = case.mail
        return daemons[case.on_temperror].deliver(
            mail.text(build), mail_from=mail.sender(), helo=mail.helo,
            queue_id=case.queue_id)

    # A server that cuts off TCP connections cuts those of others, too.
    rounds = [[c for c in cases if c.fault != "trunc"],
              [c for c in cases if c.fault == "trunc"]]
    order, outcomes = sum(rounds, []), []
    with concurrent.futures.ThreadPoolExecutor(SESSIONS) as pool:
        for some in rounds:
            outcomes += pool.map(deliver, some)
    for daemon in daemons.values():
        stack.wait_for("log lines", lambda d=daemon: d.log().count(" qid=")
                       >= sum(daemons[c.on_temperror] is d for c in cases))
    logs = {word: daemon.log() for word, daemon in daemons.items()}
    right = 0
    for case, outcome in zip(order, outcomes):
        error = case.check(outcome, logs[case.on_temperror])
        right += error is None
        if error is not None:
            print(f"trouble: {case.name}: {error}")
    for daemon in daemons.values():
        daemon.stop()
    return right, len(cases)


# --- floods and outages -------------------------------------------------------

GOOD_ZONE = """\
*.good.example TXT v=spf1 ip4:192.0.2.1 -all
_dmarc.good.example TXT v=DMARC1; p=reject
"""


def drill_mail(daemon, number, client=CLIENT, domain="good.example"):
    """Of a domain that is asked about for the first time."""
    sender = f"a@{number}.{domain}"
    return daemon.deliver(f"From: <{sender}>\n\nHello\n".encode(),
                          mail_from=sender, client=client,
                          queue_id=f"D{number}")


def black_hole(place, build):
    """50 at once, and nobody answers: each is deferred at the deadline."""
    dns = Dns(place, "hole", "* FAULT timeout\n")
    daemon = Daemon(place, "in-the-dark", build, dns,
                    options=(f"dns-deadline={DEADLINE}s",))
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(
            lambda number: drill_mail(daemon, f"h{number}"), range(50)))
    took = time.monotonic() - start
    for outcome in outcomes:
        assert (outcome.action, outcome.code) == ("tempfail", 451), \
            outcome.text
    slowest = max(int(daemon.item(f"Dh{n}", "ms")) for n in range(50))
    assert slowest <= (DEADLINE + 1) * 1000, f"{slowest} ms"
    assert took <= 2 * DEADLINE + 1, f"{took:.1f} s"


def one_dead_domain(place, build):
    """200 names of one domain that nobody answers slow nobody else."""
    dns = Dns(place, "dead", GOOD_ZONE + "*.dead.example FAULT timeout\n")
    daemon = Daemon(place, "beside-dead", build, dns,
                    options=(f"dns-deadline={DEADLINE}s",))
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        waiting = [pool.submit(drill_mail, daemon, f"d{number}",
                               domain="dead.example")
                   for number in range(200)]
        stack.wait_for("questions", lambda: sum(
            f.running() or f.done() for f in waiting) == 200)
        time.sleep(0.5)
        n_done = sum(future.done() for future in waiting)
        for number in range(40):
            outcome = drill_mail(daemon, f"g{number}")
            assert outcome.action == "accept", outcome.text
        for future in waiting:
            assert future.result().action == "tempfail"
    assert n_done == 0, "they did not wait"
    slow = sorted(int(daemon.item(f"Dg{n}", "ms")) for n in range(40))
    # A busy machine may hold up some.
    assert slow[30] < 500, slow
    assert slow[-1] < DEADLINE * 1000, slow


def check_after(daemon, name):
    """Right at once: the good one accepted, the forged one refused."""
    good = drill_mail(daemon, f"{name}-good")
    assert good.action == "accept", f"{name}: good: {good.text}"
    forged = drill_mail(daemon, f"{name}-forged", client="203.0.113.66")
    assert forged.action == "reject", f"{name}: forged: {forged.text}"


def outage(place, build, n_servers, seconds):
    """Some seconds without any DNS; mail comes in all the time."""
    servers = [Dns(place, f"out{n_servers}-{i}", GOOD_ZONE)
               for i in range(n_servers)]
    daemon = Daemon(place, f"outage{n_servers}", build, *servers)
    check_after(daemon, "before")
    if n_servers > 1:
        servers[0].change("* FAULT timeout\n")
        for number in range(5):
            check_after(daemon, f"one-of-{n_servers}-{number}")
    for server in servers:
        server.change("* FAULT timeout\n")
    end = time.monotonic() + seconds
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        waiting = []
        while time.monotonic() < end:
            waiting.append(pool.submit(drill_mail, daemon,
                                       f"w{len(waiting)}"))
            time.sleep(0.25)
        for server in servers:
            server.change(GOOD_ZONE)
        check_after(daemon, "after")
        for future in waiting:
            # Those of the last seconds may hear of the return.
            assert future.result().action in ("tempfail", "accept")
        assert waiting[0].result().action == "tempfail"


DRILLS = {
    "50 messages in the dark": black_hole,
    "200 names of a dead domain": one_dead_domain,
    "10 s without the only forwarder":
        lambda place, build: outage(place, build, 1, 10),
    "10 s without both forwarders":
        lambda place, build: outage(place, build, 2, 10),
}


def run_drills(place, build):
    """All at once: they wait most of the time."""
    right = 0
    with concurrent.futures.ThreadPoolExecutor(len(DRILLS)) as pool:
        running = {name: pool.submit(drill, place, build)
                   for name, drill in DRILLS.items()}
        for name, future in running.items():
            try:
                future.result()
                right += 1
            except (AssertionError, stack.Failure, OSError,
                    miltertest.Gone) as error:
                print(f"trouble: {name}: {error}")
    return right, len(DRILLS)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = os.path.abspath(sys.argv[1])
    os.umask(0o022)
    try:
        with stack.Workplace(prefix="sealwax-trouble-") as place:
            start = time.monotonic()
            right, n = run_cases(place, build)
            more, n_more = run_drills(place, build)
            print(f"trouble: {right + more} of {n + n_more} "
                  f"({time.monotonic() - start:.0f} s)", flush=True)
            if right + more != n + n_more:
                raise stack.Failure("see " + place.path)
    except stack.Failure as error:
        print(f"trouble: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
