#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""overload.py - sealwaxd before 200 and 500 connections at a time.

usage: overload.py BUILD_DIRECTORY [PART...]

  many      200 and 500 connections: each message has its verdict, the right
            one, as it has with one connection
  sessions  more of them than max-sessions: the others are told so, or let
            pass without a result; and when they are gone, all is as before
  judged    more messages at their end than max-evaluations
  memory    more than max-memory
  hole      the name server of one domain says nothing: mail of that domain
            on 100 connections holds up no other mail on 100 more
  dead      no name server says anything: temperror within one deadline,
            never none or fail

As an MTA: the load driver of tests/bench. Times are printed, and compared
only where the difference is one of seconds. For root: a network namespace.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "bench"))
import bench  # noqa: E402
import corpus  # noqa: E402
import filters  # noqa: E402
import namespace  # noqa: E402

DEADLINE = 3  # seconds: dns-deadline where no answer comes
PATIENCE = 25  # where all answers come: a busy machine makes no temperror
# Beside max-memory: see worst_mail.py.
ALLOWANCE_MB = 64


class Wrong(Exception):
    """What should hold does not."""


def must(condition, text):
    if not condition:
        raise Wrong(text)


class Daemon(filters.Sealwaxd):
    """One that carries its verdicts out."""

    def __init__(self, test, *options, deadline=PATIENCE):
        super().__init__(test.build, test.place)
        self.options = ("mode=enforce", f"dns-deadline={deadline}s", *options)


class Run:
    """The driver at work, and what came of it."""

    def __init__(self, test, daemon, clients, sets, messages=None, hold=False):
        self.path = os.path.join(test.place, f"verdicts.{sets}")
        self.test, self.daemon = test, daemon
        self.process = subprocess.Popen(
            test.load.argv(daemon, clients, sets, messages, self.path, hold),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if hold:
            line = self.process.stdout.readline()
            must(line == f"holding {clients}\n", f"the driver said {line!r}")

    def finish(self):
        out, _ = self.process.communicate()
        result = json.loads(out)
        must(result["errors"] == 0 and self.process.returncode == 0,
             f"messages without an answer: {out}")
        return result

    def judged(self):
        """{name: (action, results)} of those that have results."""
        return {name: (action, authres)
                for name, action, authres in self.verdicts() if authres}

    def verdicts(self):
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                name, action, _, authres = line.rstrip("\n").split("\t")
                yield name, action, authres

    def check(self):
        """Whoever has results has the right ones."""
        for name, (_, authres) in self.judged().items():
            for method in ("spf", "dkim", "dmarc"):
                word = bench.word_of(authres, method)
                must(word == self.test.wanted[name][method],
                     f"{name}: {method}={word}, "
                     f"not {self.test.wanted[name][method]}: {authres}")


def send(test, daemon, clients, sets, messages=None):
    run = Run(test, daemon, clients, sets, messages)
    result = run.finish()
    return run, result


def normal_again(test, daemon, clients=16):
    """Nothing is left of an overload."""
    run, result = send(test, daemon, clients, "mix")
    run.check()
    must(result["actions"]["tempfail"] == 0,
         f"after the overload: {result['actions']}")


class Test:
    def __init__(self, build, place, directory):
        self.build, self.place = build, place
        self.load = bench.Load(build, directory)
        self.wanted = bench.expectations(directory)
        self.dns = filters.Dns(build, directory, place)

    # --- parts ---------------------------------------------------------------

    def many(self):
        with Daemon(self, "max-sessions=1000") as daemon:
            one, _ = send(self, daemon, 1, "mix")
            one.check()
            alone = dict((name, rest) for name, *rest in one.verdicts())
            must(len({action for action, _ in alone.values()}) > 1,
                 "the corpus has messages of one verdict only")
            for clients in (200, 500):
                run, result = send(self, daemon, clients, "mix", clients * 8)
                must(dict((name, rest) for name, *rest in run.verdicts())
                     == alone, f"{clients} connections: other verdicts")
                must(result["changed"] == 0, "verdicts that changed")
                print(f"  {clients} connections: {result['messages']} "
                      f"messages, {result['per_second']:.0f} a second, "
                      f"{daemon.memory_kb() / 1024:.0f} MB")

    def sessions(self):
        for action in ("tempfail", "accept"):
            with Daemon(self, "max-sessions=50",
                        f"on-overload={action}") as daemon:
                # That of the test that looked whether it is up is gone then.
                send(self, daemon, 1, "small", 3)
                run = Run(self, daemon, 200, "first,hole", 200, hold=True)
                result = run.finish()
                run.check()
                actions = result["actions"]
                judged = 200 - actions["tempfail"] if action == "tempfail" \
                    else result["marked"] + actions["reject"]
                must(judged == 50, f"{judged} judged: {actions}")
                print(f"  on-overload={action}: of 200 sessions that stay "
                      f"{200 - judged} were not judged")
                normal_again(self, daemon)
                # What cannot be kept for long: a storm.
                run, result = send(self, daemon, 500, "mix", 4000)
                run.check()
                print(f"  on-overload={action}, 500 connections, "
                      f"max-sessions=50: {result['actions']}")
                normal_again(self, daemon)

    def judged(self):
        for action in ("tempfail", "accept"):
            with Daemon(self, "max-evaluations=10",
                        f"on-overload={action}") as daemon:
                self.dns.delay(500)
                run, result = send(self, daemon, 60, "first")
                self.dns.delay(0)
                run.check()
                actions = result["actions"]
                unjudged = actions["tempfail"] if action == "tempfail" else \
                    actions["accept"] - result["marked"] + \
                    actions["quarantine"]
                must(0 < unjudged < result["messages"] - 9,
                     f"{unjudged} not judged: {result['actions']}")
                print(f"  on-overload={action}: {unjudged} of "
                      f"{result['messages']} not judged")
                normal_again(self, daemon, clients=5)

    def memory(self):
        with Daemon(self, "max-memory=16M", "on-overload=tempfail",
                    "max-sessions=1000") as daemon:
            send(self, daemon, 16, "mix")
            before = daemon.memory_kb()
            self.dns.delay(300)
            run = Run(self, daemon, 500, "small", 4000)
            most = before
            while run.process.poll() is None:
                most = max(most, daemon.memory_kb())
                time.sleep(0.02)
            result = run.finish()
            self.dns.delay(0)
            run.check()
            must(result["actions"]["tempfail"] > 0, "no memory was short")
            must(most - before < (16 + ALLOWANCE_MB) * 1024,
                 f"{(most - before) / 1024:.0f} MB more than before")
            print(f"  500 connections, max-memory=16M: "
                  f"{result['actions']['tempfail']} of {result['messages']} "
                  f"deferred, {before / 1024:.0f} MB before, "
                  f"{most / 1024:.0f} MB at most")
            normal_again(self, daemon)

    def hole(self):
        """The same mail with and without mail of a dead domain beside it."""
        took = {}
        for dead in (False, True):
            with Daemon(self, "max-sessions=1000",
                        deadline=DEADLINE) as daemon:
                self.dns.delay(50)
                self.dns.hole(corpus.HOLE if dead else None)
                beside = Run(self, daemon, 100, "hole", 400)
                time.sleep(0.3)
                run, cold = send(self, daemon, 100, "first")
                run.check()
                run, warm = send(self, daemon, 100, "first")
                run.check()
                end = time.monotonic()
                still = beside.process.poll() is None
                others = beside.finish()
                self.dns.hole(None)
                self.dns.delay(0)
                must(not dead or still, "the dead domain's mail was over "
                     "before the other")
                took[dead] = cold["whole_us"], warm["whole_us"]
                must((others["actions"]["tempfail"] == 400) is dead,
                     f"of the dead domain: {others['actions']}")
                if dead:
                    most = others["whole_us"]["max"] / 1e6
                    must(most < 2 * DEADLINE, f"one waited {most:.1f} s")
                    print(f"  400 messages of the dead domain: all deferred, "
                          f"each after {most:.1f} s at most "
                          f"(dns-deadline {DEADLINE} s); "
                          f"{time.monotonic() - end:.1f} s after the others")
        for i, what in ((0, "first sight"), (1, "known")):
            alone, beside = took[False][i], took[True][i]
            print(f"  200 messages of others, {what}: p50 "
                  f"{alone['p50'] / 1000:.0f} ms without, "
                  f"{beside['p50'] / 1000:.0f} ms with the dead domain's; "
                  f"p99 {alone['p99'] / 1000:.0f} and "
                  f"{beside['p99'] / 1000:.0f} ms")
            # Held up would be a deadline, not a slow machine.
            must(beside["p99"] < alone["p99"] + DEADLINE * 500000,
                 "mail of other domains was held up")

    def dead(self):
        with Daemon(self, deadline=DEADLINE) as daemon:
            self.dns.hole("example")
            run, result = send(self, daemon, 200, "first,hole", 400)
            self.dns.hole(None)
            most = result["whole_us"]["max"] / 1e6
            must(most < 2 * DEADLINE, f"one waited {most:.1f} s")
            must(result["actions"]["tempfail"] == result["messages"],
                 f"{result['actions']}")
            print(f"  200 connections without DNS: {result['messages']} "
                  f"messages, all deferred, each after {most:.1f} s at most")
        with Daemon(self, "on-temperror=accept",
                    deadline=DEADLINE) as daemon:
            self.dns.hole("example")
            run, _ = send(self, daemon, 200, "first")
            self.dns.hole(None)
            for name, _, authres in run.verdicts():
                signed = self.wanted[name]["signatures"] != "0"
                for method in ("spf", "dmarc") + ("dkim",) * signed:
                    word = bench.word_of(authres, method)
                    must(word == "temperror", f"{name}: {authres}")
            print("  all results are temperror")
            normal_again(self, daemon)


PARTS = ("many", "sessions", "judged", "memory", "hole", "dead")


def main():
    if len(sys.argv) < 2 or set(sys.argv[2:]) - set(PARTS):
        sys.exit(__doc__)
    namespace.enter()
    parts = sys.argv[2:] or PARTS
    failed = 0
    with tempfile.TemporaryDirectory(prefix="sealwax-overload-") as place:
        os.chmod(place, 0o755)
        directory = "/var/tmp/sealwax-bench-quick"
        corpus.ensure(directory, quick=True)
        test = Test(os.path.abspath(sys.argv[1]), place, directory)
        try:
            for part in parts:
                print(f"{part}:", flush=True)
                try:
                    getattr(test, part)()
                except (Wrong, filters.Failure) as error:
                    print(f"FAIL: overload.py: {part}: {error}")
                    failed += 1
        finally:
            test.dns.stop()
    print(f"overload: {len(parts) - failed} of {len(parts)} parts as expected")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
