#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""bench.py - how fast sealwaxd is, beside a filter that does nothing and
beside others that judge.

usage: bench.py [--quick] [--corpus DIRECTORY] [--json FILE] [--only NAMES]
                [--rounds N] [--anyway] BUILD_DIRECTORY

All filters do the same work in one run, in turn: a round gives each of them
every task once, and a figure is the median of its rounds. What is compared
are ratios; times alone say as much of the machine. Needs root (a network
namespace of its own). The README tells what each figure is.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import corpus  # noqa: E402
import filters  # noqa: E402
import namespace  # noqa: E402

DELAY_MS = 50
CLIENTS, MANY = 16, 200


class Load:
    """The driver, and the corpus it sends."""

    def __init__(self, build, directory):
        self.program = os.path.join(build, "tests/bench/load")
        self.directory = directory

    def argv(self, filter_, clients, sets, messages=None, verdicts=None,
             hold=False):
        argv = [self.program, "-c", str(clients), "-s", sets, "-t", "240"]
        if messages is not None:
            argv += ["-n", str(messages)]
        if verdicts is not None:
            argv += ["-v", verdicts]
        if hold:
            argv.append("-H")
        return [*argv, self.directory, *filter_.addresses]

    def run(self, filter_, clients, sets, messages=None, verdicts=None):
        """What the driver prints, with "cpu_us" of the filter a message."""
        before = filter_.cpu_ns()
        done = subprocess.run(
            self.argv(filter_, clients, sets, messages, verdicts),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            check=False)
        result = json.loads(done.stdout)
        result["cpu_us"] = (filter_.cpu_ns() - before) / 1000 \
            / result["messages"]
        if result["errors"]:
            raise filters.Failure(f"{filter_.name}: {result}")
        return result


class Results:
    """Figures by filter and name: a list, one of each round."""

    def __init__(self):
        self.figures = {}

    def add(self, filter_, name, value):
        self.figures.setdefault(filter_.key, {}).setdefault(
            name, []).append(value)

    def median(self, key, name):
        values = self.figures.get(key, {}).get(name)
        return statistics.median(values) if values else None

    def ratios(self, key, name, other):
        """Median of the ratios round by round, and their extremes."""
        pairs = list(zip(self.figures.get(key, {}).get(name, ()),
                         self.figures.get(other, {}).get(name, ())))
        ratios = [a / b for a, b in pairs if b]
        if not ratios:
            return None
        return statistics.median(ratios), min(ratios), max(ratios)


# --- what is measured ---------------------------------------------------------

def warm(bench, running):
    """All answers known; no delay. Rounds, each filter in turn."""
    for filter_ in running:
        bench.load.run(filter_, CLIENTS, "mix,small")
        bench.load.run(filter_, CLIENTS, "mix", verdicts=bench.verdicts(
            filter_))
    for _ in range(bench.rounds):
        for filter_ in running:
            one = bench.load.run(filter_, CLIENTS, "mix", bench.messages)
            bench.results.add(filter_, "mix_cpu_us", one["cpu_us"])
            bench.results.add(filter_, "mix_rate", one["per_second"])
            one = bench.load.run(filter_, CLIENTS, "small", bench.messages)
            bench.results.add(filter_, "small_cpu_us", one["cpu_us"])
            bench.results.add(filter_, "small_rate", one["per_second"])
            one = bench.load.run(filter_, MANY, "mix", bench.messages)
            bench.results.add(filter_, "many_rate", one["per_second"])
            bench.results.add(filter_, "many_cpu_us", one["cpu_us"])
            one = bench.load.run(filter_, 1, "mix", bench.messages // 4)
            bench.results.add(filter_, "eom_ms", one["eom_us"]["p50"] / 1000)
            one = bench.load.run(filter_, 1, "small", bench.messages // 4)
            bench.results.add(filter_, "small_eom_ms",
                              one["eom_us"]["p50"] / 1000)
        bench.say("a round of warm mail")


def cold(bench, filter_):
    """Each message the first of its domain, each answer far away."""
    before = bench.dns.questions()
    bench.dns.delay(DELAY_MS)
    one = bench.load.run(filter_, 8, "first")
    first = bench.dns.questions()
    again = bench.load.run(filter_, 8, "first")
    bench.dns.delay(0)
    bench.results.add(filter_, "cold_cpu_us", one["cpu_us"])
    for name in ("p50", "p99"):
        bench.results.add(filter_, f"cold_{name}_trips",
                          one["whole_us"][name] / 1000 / DELAY_MS)
    bench.results.add(filter_, "questions_first",
                      (first - before) / one["messages"])
    bench.results.add(filter_, "questions_again",
                      (bench.dns.questions() - first) / again["messages"])


def memory(bench, filter_):
    """Resident, with 200 connections: idle, and busy."""
    bench.load.run(filter_, CLIENTS, "mix")
    argv = bench.load.argv(filter_, MANY, "small", MANY * 2, hold=True)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, text=True,
                          stdout=subprocess.PIPE) as driver:
        line = driver.stdout.readline()
        if line != f"holding {MANY}\n":
            raise filters.Failure(f"{filter_.name}: {line}")
        bench.results.add(filter_, "idle_mb", filter_.memory_kb() / 1024)
        driver.stdin.close()
        driver.stdout.read()
    bench.results.add(filter_, "busy_mb", highest(
        bench, filter_, MANY, "mix", bench.messages * 2))


def highest(bench, filter_, clients, sets, messages):
    """Memory in MB at its highest while messages are sent."""
    most = 0
    with subprocess.Popen(bench.load.argv(filter_, clients, sets, messages),
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as driver:
        while driver.poll() is None:
            most = max(most, filter_.memory_kb())
            time.sleep(0.02)
        driver.stdout.read()
    return most / 1024


def large(bench, filter_):
    """What 30 MB need beside the memory that is held anyway."""
    bench.load.run(filter_, 1, "small")
    before = filter_.memory_kb() / 1024
    bench.results.add(filter_, "big_mb",
                      highest(bench, filter_, 1, "big", 5) - before)


def tcp(bench, unix, inet):
    for filter_ in (unix, inet):
        bench.load.run(filter_, CLIENTS, "mix,small")
    for _ in range(bench.rounds):
        for filter_ in (unix, inet):
            one = bench.load.run(filter_, 1, "small", bench.messages // 4)
            bench.results.add(filter_, "tcp_eom_ms",
                              one["eom_us"]["p50"] / 1000)


# --- verdicts -----------------------------------------------------------------

def word_of(authres, method):
    """A method's result; with several, a pass counts."""
    found = re.findall(rf"(?:^|[;|]\s*){method}=(\w+)", authres)
    return "pass" if "pass" in found else found[0] if found else "none"


def expectations(directory):
    wanted = {}
    with open(os.path.join(directory, "INDEX"), encoding="ascii") as file:
        for line in file:
            column = line.rstrip("\n").split("\t")
            wanted[column[0]] = dict(word.split("=")
                                     for word in column[9].split())
    return wanted


def compare(path, wanted):
    """(messages, those as expected by method, the others as text)."""
    n, right, others = 0, {"spf": 0, "dkim": 0, "dmarc": 0}, []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            name, action, _deleted, authres = line.rstrip("\n").split("\t")
            n += 1
            for method in right:
                word = word_of(authres, method)
                if word == wanted[name][method]:
                    right[method] += 1
                else:
                    others.append(f"{name}: {method} {word}, expected "
                                  f"{wanted[name][method]} ({action})")
    return n, right, others


# --- tables -------------------------------------------------------------------

def figure(value, form="{:.0f}"):
    return "-" if value is None else form.format(value)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def of_all(bench):
    """One line a filter."""
    head = ("", "CPU us/msg, mix", "/ no-op", "CPU us/msg, 2 KB", "/ no-op",
            "msg/s, 16 conns", "msg/s, 200 conns", "EOM p50 ms, 1 conn",
            "cold p50 trips", "p99", "cold CPU us/msg", "questions first", "again",
            "MB, 200 idle", "busy", "as expected: spf, dkim, dmarc")
    rows = []
    for cls in bench.kinds:
        key, m = cls.__name__.lower(), bench.results.median
        ratios = [bench.results.ratios(key, name, "noreply")
                  for name in ("mix_cpu_us", "small_cpu_us")]
        n, right, _ = bench.compared.get(key, (0, {}, []))
        rows.append((
            cls.name, figure(m(key, "mix_cpu_us")),
            figure(ratios[0] and ratios[0][0], "{:.2f}"),
            figure(m(key, "small_cpu_us")),
            figure(ratios[1] and ratios[1][0], "{:.2f}"),
            figure(m(key, "mix_rate")), figure(m(key, "many_rate")),
            figure(m(key, "eom_ms"), "{:.2f}"),
            figure(m(key, "cold_p50_trips"), "{:.2f}"),
            figure(m(key, "cold_p99_trips"), "{:.2f}"),
            figure(m(key, "cold_cpu_us")),
            figure(m(key, "questions_first"), "{:.2f}"),
            figure(m(key, "questions_again"), "{:.2f}"),
            figure(m(key, "idle_mb")), figure(m(key, "busy_mb")),
            " ".join(f"{100 * right[x] / n:.0f} %" for x in right)
            if cls.answers_dns and n else "-"))
    return table(head, rows)


def of_goals(bench):
    """What we want, and what we have."""
    results, key, peer = bench.results, "sealwaxd", "opendkimopendmarc"
    m = results.median

    def ratio(name, other, other_name=None):
        if other_name is None:
            found = results.ratios(key, name, other)
            return found and found[0]
        top, bottom = m(key, name), m(other, other_name)
        return top / bottom if top and bottom else None

    tcp_ms, unix_ms = m("sealwaxdtcp", "tcp_eom_ms"), m(key, "tcp_eom_ms")
    over = tcp_ms - unix_ms if tcp_ms is not None else None
    rows = [
        ("CPU of the mix / no-reply no-op filter",
         ratio("mix_cpu_us", "noreply"), "{:.2f}", "3.0", "2.0"),
        ("CPU of 2 KB messages / the same",
         ratio("small_cpu_us", "noreply"), "{:.2f}", "1.8", "1.0"),
        ("msg/s at 16 connections / OpenDKIM + OpenDMARC",
         ratio("mix_rate", peer), "{:.2f}", "3.7", "5"),
        ("msg/s at 200 connections / our own at 16",
         ratio("many_rate", key, "mix_rate"), "{:.2f}", "0.8", "0.95"),
        (f"cold, p50 in DNS round trips of {DELAY_MS} ms",
         m(key, "cold_p50_trips"), "{:.2f}", "3.1", "2.6"),
        ("cold, p99 in DNS round trips", m(key, "cold_p99_trips"), "{:.2f}",
         "4", ""),
        ("DNS questions a message, first sight",
         m(key, "questions_first"), "{:.2f}", "7", "7"),
        ("DNS questions a message, within the TTL",
         m(key, "questions_again"), "{:.2f}", "0", "0"),
        ("warm end-of-message p50 at 1 connection, ms", m(key, "eom_ms"),
         "{:.2f}", "0.4", "0.3"),
        ("RSS, 200 idle connections, MB", m(key, "idle_mb"), "{:.0f}", "10",
         "8"),
        ("RSS, 200 busy connections, MB", m(key, "busy_mb"), "{:.0f}", "30",
         "20"),
        ("end-of-message over TCP, ms more than over a unix socket", over,
         "{:.2f}", "0.2", "0.2"),
        ("a message of 30 MB, MB more than before", m(key, "big_mb"),
         "{:.1f}", "no copy", ""),
    ]
    return table(("", "measured", "goal", "then"),
                 [(what, figure(value, form), first, then)
                  for what, value, form, first, then in rows])


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    return (f"{os.cpu_count()} cores, "
            f"{model.group(1) if model else 'unknown processor'}, load "
            f"{os.getloadavg()[0]:.1f}")


# --- the whole ----------------------------------------------------------------

class Bench:
    def __init__(self, options, place):
        self.options, self.place = options, place
        self.load = Load(options.build, options.corpus)
        self.results, self.compared = Results(), {}
        self.rounds = options.rounds or (2 if options.quick else 5)
        self.messages = 200 if options.quick else 800
        self.kinds, self.dns = [], None

    def say(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def verdicts(self, filter_):
        return os.path.join(self.place, filter_.key + ".verdicts")

    def choose(self):
        for cls in filters.ALL:
            if self.options.only and \
                    cls.__name__.lower() not in self.options.only.split(","):
                continue
            missing = cls.missing(self.options.build)
            if missing:
                self.say(f"without {cls.name}: {missing}")
            else:
                self.kinds.append(cls)

    def run(self):
        self.choose()
        self.dns = filters.Dns(self.options.build, self.options.corpus,
                               self.place)
        try:
            self.run_parts()
        finally:
            self.dns.stop()
        wanted = expectations(self.options.corpus)
        for cls in self.kinds:
            path = os.path.join(self.place, cls.__name__.lower() + ".verdicts")
            self.compared[cls.__name__.lower()] = compare(path, wanted)

    def run_parts(self):
        running = [cls(self.options.build, self.place) for cls in self.kinds]
        try:
            for filter_ in running:
                filter_.start()
            warm(self, running)
        finally:
            for filter_ in running:
                filter_.stop()
        for _ in range(1 if self.options.quick else 3):
            for cls in self.kinds:
                if cls.answers_dns:
                    with cls(self.options.build, self.place) as filter_:
                        cold(self, filter_)
        self.say("cold mail")
        for cls in self.kinds:
            with cls(self.options.build, self.place) as filter_:
                memory(self, filter_)
        self.say("memory")
        if filters.Sealwaxd in self.kinds:
            with filters.Sealwaxd(self.options.build, self.place) as unix, \
                    filters.SealwaxdTcp(self.options.build,
                                        self.place) as inet:
                tcp(self, unix, inet)
                large(self, unix)

    def report(self):
        print(f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {machine()}, "
              f"{self.rounds} rounds of {self.messages} messages\n")
        print(of_all(self) + "\n")
        if filters.Sealwaxd in self.kinds:
            print(of_goals(self))
            spread = self.results.ratios("sealwaxd", "mix_cpu_us", "noreply")
            if spread:
                print("\nCPU of the mix / no-op: median %.2f, from %.2f to "
                      "%.2f in %d rounds" % (*spread, self.rounds))
        for cls in self.kinds:
            n, _, others = self.compared[cls.__name__.lower()]
            if cls.answers_dns and others:
                print(f"\n{cls.name}: {len(others)} results of {n} messages "
                      "are not as expected; the first are\n    "
                      + "\n    ".join(others[:5]))
        if self.options.json:
            with open(self.options.json, "w", encoding="utf-8") as file:
                json.dump(self.results.figures, file, indent=1)


def check_build(options):
    """Optimised, and with all that is needed."""
    for name in ("sealwaxd", "tests/bench/load", "tests/bench/noop",
                 "tests/bench/dnsdelay"):
        if not os.access(os.path.join(options.build, name), os.X_OK):
            sys.exit(f"bench: {options.build}/{name} is missing: run make "
                     "bench there")
    with open(os.path.join(options.build, "Makefile"),
              encoding="utf-8") as file:
        flags = " ".join(re.findall(r"^(?:WAX_)?CFLAGS = (.*)", file.read(),
                                    re.M))
    level = re.findall(r"-O(\S*)", flags)
    wrong = None
    if "-fsanitize" in flags:
        wrong = "it is built with sanitizers"
    elif not level or level[-1] in ("0", "1", "g"):
        wrong = "it is not optimised (configure with CFLAGS=\"-g -O2\")"
    if wrong and not options.anyway:
        sys.exit(f"bench: {options.build}: {wrong}; --anyway measures it all "
                 "the same")
    if wrong:
        print(f"bench: warning: {wrong}: the figures are not those of a "
              "package", file=sys.stderr)
    if filters.program("nsd") is None:
        sys.exit("bench: nsd is missing: install nsd")


def main():
    parser = argparse.ArgumentParser(description="Measure sealwaxd beside "
                                     "others.")
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true",
                        help="under a minute: fewer messages and rounds")
    parser.add_argument("--corpus", help="directory, kept for the next time")
    parser.add_argument("--json", help="write all figures there")
    parser.add_argument("--only", help="filters, with commas: noreply, "
                        "default, sealwaxd, opendkimopendmarc, rspamd")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--anyway", action="store_true",
                        help="measure what is not optimised, too")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    if options.corpus is None:
        options.corpus = "/var/tmp/sealwax-bench" + \
            ("-quick" if options.quick else "")
    check_build(options)
    namespace.enter()
    corpus.ensure(options.corpus, options.quick)
    with tempfile.TemporaryDirectory(prefix="sealwax-bench-") as place:
        os.chmod(place, 0o755)
        bench = Bench(options, place)
        try:
            bench.run()
        except filters.Failure as failure:
            sys.exit(f"bench: {failure}")
        bench.report()


if __name__ == "__main__":
    main()
