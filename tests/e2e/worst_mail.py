#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""worst_mail.py - what the worst mail costs sealwaxd, and that it has an end.

usage: worst_mail.py BUILD_DIRECTORY

First each kind of it alone: the processor time and the growth of memory are
printed, the verdict is checked. Then 200 sessions of it at a time, under a
small max-memory: each gets an answer, memory stays near the bound and comes
back, and a good message passes afterwards. No assertion is about time.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "support")
sys.path.insert(0, SUPPORT)
import miltertest  # noqa: E402

AS_ROOT = os.geteuid() == 0
PATIENCE = 60
MB = 1024 * 1024
SESSIONS = 200
MAX_MEMORY = 64  # MB
# Beside max-memory: the program (15 MB), the DNS cache, the threads that 200
# connections need, what libmilter holds of each, and malloc's rounding.
ALLOWANCE = 64  # MB
# What may stay when all is over: the small blocks in malloc's heaps.
RETAINED = 40  # MB

GOOD = (b"From: a@good.example\nTo: user@rcpt.example\n"
        b"Subject: a message like any other\n\nHello\n")


def zone():
    """good.example, and all that the worst mail wants to have asked."""
    keys = os.path.join(SUPPORT, "keys", "records.txt")
    with open(keys, encoding="ascii") as file:
        rsa = next(line.partition(" ")[2].strip() for line in file
                   if line.startswith("rsa2048 "))
    macro = "%{s}.%{l1r-}.%{ir}.%{d2}."
    spf = "v=spf1"
    for number in range(9):
        spf += f" a:{macro * 70}m{number}.worst.example"
    spf += " -all"
    assert 15000 < len(spf) <= 16384, len(spf)
    return f"""\
good.example         TXT v=spf1 ip4:192.0.2.1 -all
_dmarc.good.example  TXT v=DMARC1; p=reject
worst.example        TXT {spf}
*.worst.example      A 192.0.2.99
_dmarc.worst.example TXT v=DMARC1; p=reject
*._domainkey.worst.example TXT {rsa}
"""


class Signer:
    """100 signatures, made of one: the selectors differ, all keys exist."""

    def __init__(self, build):
        self.program = os.path.join(build, "tests", "support", "dkimsign")

    def signed(self, message, n=100, canon="relaxed/relaxed", h="", tag=""):
        words = [self.program, "--key",
                 os.path.join(SUPPORT, "keys", "rsa2048.pem"), "--selector",
                 "s0", "--domain", "worst.example", "--canon", canon]
        words += ["--h", h] if h else []
        words += ["--tag", tag] if tag else []
        done = subprocess.run(words, input=message, stdout=subprocess.PIPE,
                              check=True, timeout=PATIENCE)
        field = done.stdout[:len(done.stdout) - len(message)]
        assert b"s=s0" in field
        return b"".join(field.replace(b"s=s0", b"s=s%d" % number)
                        for number in range(n)) + message


def header(more=b""):
    return (b"From: a@worst.example\nTo: user@rcpt.example\n" + more
            + b"Subject: the worst\n\n")


def many_fields(n, octets):
    return b"".join(b"X-%d: %s\n" % (i, b"x " * (octets // 2))
                    for i in range(n))


def names(n):
    """For h=: the fields of many_fields(), and From."""
    return "from:" + ":".join(f"x-{i}" for i in range(n))


def kinds(signer):
    """Name, message, envelope, and how the message ends."""
    alone = b"Hello\n"
    yield ("2,000 fields", header(many_fields(2000, 400)) + alone, "reject")
    yield ("one field of 64 kB",
           header(b"X-Long: " + b"x y " * 16000 + b"\n") + alone, "reject")
    yield ("one field beyond 64 kB",
           header(b"X-Long: " + b"x y " * 17000 + b"\n") + alone, "reject")
    yield ("100 signatures", signer.signed(header() + alone), "accept")
    yield ("100 signatures, 2,000 fields",
           signer.signed(header(many_fields(1900, 300)) + alone,
                         h=names(500)), "accept")
    yield ("100 signatures of all of 500 kB",
           signer.signed(header(many_fields(100, 5000)) + alone,
                         canon="simple/simple", h=names(100)), "accept")
    line = b"0123456789abcdef" * 4 + b"\n"
    for name, body in (("30 MB of lines", line * (30 * MB // len(line))),
                       ("a line of 30 MB", b"x" * (30 * MB) + b"\n"),
                       ("30 MB of empty lines", b"\n" * (15 * MB)),
                       ("30 MB of blanks", b" \t" * (15 * MB) + b"\n")):
        for canon in ("simple", "relaxed"):
            yield (f"{name}, {canon}",
                   signer.signed(header() + body + b"end\n", n=2,
                                 canon=f"{canon}/{canon}"), "accept")
    authors = ", ".join(f"\"a (\\\" {i}\" <a{i}@worst.example>"
                        for i in range(64))
    yield ("64 mailboxes", f"From: {authors}\n\n".encode() + alone, "reject")
    yield ("65 mailboxes",
           f"From: {authors}, a@worst.example\n\n".encode() + alone, "reject")
    yield ("comments in 30,000 pieces",
           b"From: " + b"(a)" * 20000 + b"a@worst.example\n\n" + alone,
           "reject")
    yield ("1,000 forged results",
           header(b"Authentication-Results: (((( mx.rcpt.example;\n" * 1000)
           + alone, "reject")


def is_instrumented(program):
    """A sanitizer's own memory is not what is measured here."""
    with open(program, "rb") as file:
        content = file.read()
    return b"__asan_init" in content or b"__tsan_init" in content


class Daemon:
    def __init__(self, place, build, dns_port):
        self.address = f"unix:{place}/run/sock"
        for folder in ("run", "state"):
            os.mkdir(f"{place}/{folder}")
            if AS_ROOT:
                shutil.chown(f"{place}/{folder}", "nobody")
        program = os.path.join(build, "sealwaxd")
        self.is_measured = not is_instrumented(program)
        words = [program, "-f", "-c", "/dev/null"]
        options = [f"socket={self.address}", f"state-dir={place}/state",
                   f"store=sqlite:{place}/state/sealwax.db",
                   "log-to=stderr", "authserv-id=mx.rcpt.example",
                   "mode=enforce", f'resolver=["127.0.0.1@{dns_port}"]',
                   f"max-memory={MAX_MEMORY}M"]
        if AS_ROOT:
            options += ["user=nobody", "group=nogroup"]
        for option in options:
            words += ["-o", option]
        self.log_path = f"{place}/log"
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(words, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while " started version=" not in self.log():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.01)

    def log(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def _status(self, key):
        """MB"""
        with open(f"/proc/{self.process.pid}/status",
                  encoding="ascii") as file:
            for line in file:
                if line.startswith(key):
                    return int(line.split()[1]) / 1024
        raise AssertionError(f"no {key}")

    def resident(self):
        return self._status("VmRSS:")

    def peak(self):
        """Since forget_peak()."""
        return self._status("VmHWM:")

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w",
                  encoding="ascii") as file:
            file.write("5")

    def cpu_ms(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            words = file.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) * 1000 \
            // os.sysconf("SC_CLK_TCK")

    def deliver(self, message, sender="a@worst.example"):
        return miltertest.deliver(self.address, message, mail_from=sender,
                                  helo="mail.good.example", timeout=PATIENCE)

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


def check_good(daemon):
    outcome = daemon.deliver(GOOD, "a@good.example")
    assert outcome.action == "accept", outcome.text
    assert "dmarc=pass" in outcome.fields("Authentication-Results")[0]


def one_by_one(daemon, signer):
    failed = 0
    print(f"{'':34} {'CPU ms':>7} {'grown MB':>9}")
    for name, message, action in kinds(signer):
        daemon.forget_peak()
        cpu, resident = daemon.cpu_ms(), daemon.resident()
        outcome = daemon.deliver(message)
        print(f"{name:34} {daemon.cpu_ms() - cpu:7}"
              f" {daemon.peak() - resident:9.1f}  {outcome.action}")
        # An exceeded bound is never a temporary failure.
        if outcome.action != action:
            failed += 1
            print(f"not ok: {name}: {outcome.action} {outcome.text}")
    return failed


def all_at_once(daemon, message):
    """All but the end of each message; then all ends."""
    with miltertest.Session(daemon.address) as session:
        steps = session.steps
    octets = miltertest.conversation(message, steps,
                                     mail_from="a@worst.example")
    end = miltertest.packet(b"E")
    assert octets.endswith(end)
    sessions, answers = [], {}
    daemon.forget_peak()
    cpu = daemon.cpu_ms()
    start = octets.index(miltertest.words("From"))
    for _ in range(SESSIONS):
        session = miltertest.Session(daemon.address, negotiate=False,
                                     timeout=PATIENCE)
        session.sock.sendall(octets[:start])
        sessions.append(session)
    for session in sessions:
        session.sock.sendall(octets[start:-len(end)])
    held = daemon.resident()
    for session in sessions:
        session.sock.sendall(end)
    for session in sessions:
        assert session.receive()[:1] == b"O"
        _edits, final = session_end(session)
        word = final[:4].decode() if final[:1] == b"y" else final.decode()
        answers[word] = answers.get(word, 0) + 1
        session.close()
    print(f"{SESSIONS} sessions: {daemon.cpu_ms() - cpu} CPU ms,"
          f" {held:.0f} MB held, {daemon.peak():.0f} MB at most,"
          f" {daemon.resident():.0f} MB behind; answers {answers}")
    return answers


def session_end(session):
    edits = []
    while True:
        answer = session.receive()
        if answer[:1] not in b"imhq+-2ebp":
            return edits, answer
        edits.append(answer)


def together(daemon, signer):
    before = daemon.resident()
    many = signer.signed(header(many_fields(1900, 300)) + b"Hello\n",
                         h=names(500))
    large = signer.signed(header(many_fields(14, 60000)) + b"Hello\n" * 20000,
                          canon="simple/simple", h=names(14))
    for message in (many, large):
        answers = all_at_once(daemon, message)
        assert sum(answers.values()) == SESSIONS, answers
        # Judged (it passes), or too much to do.
        assert set(answers) <= {"c", "y451"}, answers
        assert answers.get("c", 0) > 0, answers
        assert not daemon.is_measured \
            or daemon.peak() < MAX_MEMORY + ALLOWANCE, daemon.peak()
        check_good(daemon)
    time.sleep(1)
    after = daemon.resident()
    print(f"memory: {before:.0f} MB before, {after:.0f} MB behind")
    assert not daemon.is_measured or after < before + RETAINED, after


def main():
    build = sys.argv[1]
    place = tempfile.mkdtemp(prefix="wax-worst-")
    os.chmod(place, 0o755)
    with open(f"{place}/zone", "w", encoding="utf-8") as file:
        file.write(zone())
    dns = subprocess.Popen(
        [sys.executable, f"{SUPPORT}/dnsproxy.py", "--zone",
         f"{place}/zone"], stdout=subprocess.PIPE)
    daemon = None
    failed = 0
    try:
        daemon = Daemon(place, build, int(dns.stdout.readline().split()[1]))
        signer = Signer(build)
        check_good(daemon)
        failed = one_by_one(daemon, signer)
        together(daemon, signer)
        assert daemon.stop() == 0, daemon.log()[-2000:]
    except (AssertionError, OSError, miltertest.Gone) as error:
        failed += 1
        print(f"not ok: {error!r}"[:2000])
        print(daemon.log()[-2000:] if daemon else "")
    finally:
        if daemon is not None and daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.wait()
        dns.terminate()
        dns.wait()
        shutil.rmtree(place)
    print("worst mail: " + ("failed" if failed else "ok"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
