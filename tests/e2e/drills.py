#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""drills.py - a real MTA and sealwaxd when things go wrong or get large.

usage: drills.py [--sendmail DIR] BUILD_DIRECTORY

With --sendmail, DIR is where Sendmail's packages are unpacked. That Sendmail
has the lines of contrib/sendmail/sealwax.mc.
"""
import argparse
import concurrent.futures
import os
import socket
import subprocess
import sys
import threading
import time

import sendmail
import stack

ZONE = """\
good.example         TXT  v=spf1 ip4:192.0.2.10 -all
_dmarc.good.example  TXT  v=DMARC1; p=reject
slow.example         TXT  v=spf1 include:dark.example -all
slow.example         FAULT delay=6 TXT
_dmarc.slow.example  TXT  v=DMARC1; p=reject
dark.example         FAULT timeout
"""
# Longer than Sendmail waits for a milter by default.
OPTIONS = ["mode=enforce", "authserv-id=mx.rcpt.example", "dns-deadline=12s"]
GOOD = dict(client="192.0.2.10", helo="mail.good.example",
            mail_from="a@good.example")
SPOOF = dict(GOOD, client="203.0.113.66")


def message(subject="drill", body=b"hello\n", extra=b""):
    return (b"From: <a@good.example>\nSubject: " + subject.encode() + b"\n"
            + extra + b"\n" + body)


class Drill:
    """What all drills share; each method is one."""

    def __init__(self, place, mta, build):
        self.place, self.mta, self.build = place, mta, build
        self.service = mta.services[0]
        self.dns = place.stack.enter_context(
            stack.Dns(place, "drill", ZONE))
        self.daemon = None
        self.start()
        place.stack.callback(lambda: self.daemon.stop())

    def start(self, *options):
        self.daemon = stack.Sealwaxd(
            self.place, "sealwaxd", os.path.join(self.build, "sealwaxd"),
            self.service.socket, self.dns, OPTIONS + list(options))

    def deliver(self, text, session):
        return stack.deliver(self.mta, self.service, text, **session)

    def send(self, text, session):
        """(code, text) of the last reply."""
        return self.mta.send(self.service, text, **session)[:2]

    def expect(self, session, action):
        outcome = self.deliver(message(), session)
        assert outcome.action == action, (outcome.action, outcome.text)
        return outcome

    def large_message(self):
        """20 MB are judged and delivered unchanged."""
        body = b"0123456789abcdef0123456789abcdef0123456789abcdef01234\n"
        body *= 20 * 1024 * 1024 // len(body) + 1
        outcome = self.deliver(message(body=body), GOOD)
        assert outcome.action == "accept", outcome.text
        assert outcome.copy.endswith(body), "the body was changed"
        assert len(outcome.fields("Authentication-Results")) == 1

    def long_deadline(self):
        """The MTA waits as long as we do for the DNS: the answer is ours."""
        start = time.monotonic()
        code, text = self.send(
            message().replace(b"good.example", b"slow.example"),
            dict(GOOD, mail_from="a@slow.example"))
        assert code == 451 and "DNS trouble" in text, (code, text)
        assert time.monotonic() - start > 11

    def parallel_sessions(self):
        """50 sessions at a time, good and forged mixed."""
        def one(number):
            forged = number % 2 == 1
            outcome = self.deliver(message(f"parallel {number}"),
                                   SPOOF if forged else GOOD)
            return outcome.action == ("reject" if forged else "accept")
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            right = sum(pool.map(one, range(200)))
        assert right == 200, f"{right} of 200"

    def several_messages_in_a_session(self):
        """State of one message is never seen in the next."""
        smtp = self.open_session(GOOD)
        for sender in ("a@good.example", "a@other.example"):
            smtp.docmd("MAIL", f"FROM:<{sender}>")
            smtp.docmd("RCPT", "TO:<user@rcpt.example>")
            smtp.docmd("RSET")
        for subject, author, wanted in (
                ("one", "a@good.example", 250),
                ("two", "a@elsewhere.example", 250),
                ("three", "a@good.example", 250)):
            smtp.docmd("MAIL", f"FROM:<{author}>")
            smtp.docmd("RCPT", "TO:<user@rcpt.example>")
            smtp.docmd("DATA")
            smtp.send(f"From: <{author}>\r\nSubject: {subject}\r\n\r\n"
                      "hi\r\n.\r\n")
            code, text = smtp.getreply()
            assert code == wanted, (code, text)
            queue_id = self.mta.queue_id(text.decode())
            _where, copy = self.mta.copy(queue_id)
            result = stack.Outcome(250, "", queue_id, "delivered", copy) \
                .fields("Authentication-Results")
            assert len(result) == 1 and author.split("@")[1] in result[0], \
                result
        smtp.close()

    def open_session(self, session):
        smtp = self.mta.begin(self.service, client=session["client"])
        smtp.docmd("EHLO", session["helo"])
        return smtp

    def dropped_connections(self):
        """Clients that vanish at any stage leave nothing behind."""
        for stage in range(5):
            smtp = self.open_session(GOOD)
            steps = [("MAIL", "FROM:<a@good.example>"),
                     ("RCPT", "TO:<user@rcpt.example>"), ("DATA", "")]
            for verb, argument in steps[:stage]:
                smtp.docmd(verb, argument)
            if stage == 4:
                smtp.sock.sendall(b"From: <a@good.exam")
            smtp.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 b"\1\0\0\0\0\0\0\0")
            smtp.close()
        self.expect(GOOD, "accept")
        self.expect(SPOOF, "reject")

    def killed_and_restarted(self):
        """kill -9, and a start on the same socket: mail waits, then goes."""
        self.daemon.child.process.kill()
        self.daemon.child.process.wait()
        code, text = self.send(message(), GOOD)
        assert 400 <= code < 500, (code, text)
        self.start()
        self.expect(GOOD, "accept")
        self.expect(SPOOF, "reject")

    def nul_in_a_header(self):
        """A header is cut at a NUL before a milter sees it: refused."""
        code, text = self.send(message(extra=b"X-A: a\0b\n"), GOOD)
        assert 500 <= code < 600, (code, text)

    def swaks(self):
        """A message sent with swaks carries our Authentication-Results."""
        done = subprocess.run(
            [stack.need("swaks", "swaks"), "--server",
             f"127.0.0.1:{self.service.port}", "--xclient-addr",
             "192.0.2.10", "--helo", "mail.good.example", "--from",
             "a@good.example", "--to", "user@rcpt.example", "--header",
             "From: <a@good.example>"], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        queue_id = self.mta.queue_id(done.stdout)
        _where, copy = self.mta.copy(queue_id)
        assert b"Authentication-Results: mx.rcpt.example;" in copy

    def reload_under_load(self):
        """SIGUSR1 while mail flows: nothing is refused for it."""
        stop = threading.Event()

        def hup():
            while not stop.is_set():
                os.kill(self.daemon.child.pid, 10)
                time.sleep(0.01)
        thread = threading.Thread(target=hup)
        thread.start()
        try:
            with concurrent.futures.ThreadPoolExecutor(10) as pool:
                codes = set(pool.map(
                    lambda n: self.send(message(), GOOD)[0], range(100)))
        finally:
            stop.set()
            thread.join()
        assert codes == {250}, codes

    def idle_stop(self):
        """TERM ends an idle daemon within 2 s, with status 0."""
        begun = time.monotonic()
        status = self.daemon.stop()
        took = time.monotonic() - begun
        assert status == 0, status
        assert took < 2, took
        self.start()


    def submission(self):
        """Mail to the submission daemon is not judged."""
        outcome = stack.deliver(self.mta, self.mta.services[1], message(),
                                **SPOOF)
        assert outcome.action == "accept", outcome.text
        assert not outcome.fields("Authentication-Results")

    def held(self):
        """A quarantined message waits, with our field, to be released."""
        self.stop_and_start("on-reject=quarantine")
        outcome = self.expect(SPOOF, "quarantine")
        results = outcome.fields("Authentication-Results")
        assert len(results) == 1 and "dmarc=fail" in results[0], results
        self.stop_and_start()  # which would refuse it, if it were asked
        self.mta.release(outcome.queue_id)
        text = stack.wait_for("release", lambda: self.mta.delivered(
            outcome.queue_id))[1]
        released = stack.Outcome(250, "", outcome.queue_id, "delivered", text)
        assert released.fields("Authentication-Results") == results

    def stop_and_start(self, *options):
        status = self.daemon.stop()
        assert status == 0, status
        self.start(*options)

    def large_header(self):
        """80 kB of header fields are judged and delivered."""
        fields = b"".join(b"X-%d: %s\n" % (number, b"x" * 900)
                          for number in range(90))
        outcome = self.deliver(message(extra=fields), GOOD)
        assert outcome.action == "accept", outcome.text
        assert outcome.copy.count(b"x" * 900) == 90

    def field_beyond_64_kb(self):
        """Sendmail sends no milter such a field, and the sender gets 451."""
        code, text = self.send(
            message(extra=b"X-A: " + b"a\n " * 23000 + b"\n"), GOOD)
        assert code == 451, (code, text)
        self.expect(GOOD, "accept")


EVERYWHERE = ["long_deadline", "large_message", "parallel_sessions",
              "several_messages_in_a_session", "dropped_connections",
              "killed_and_restarted", "large_header", "held"]
POSTFIX = EVERYWHERE + ["nul_in_a_header", "swaks", "reload_under_load",
                        "idle_stop"]
SENDMAIL = EVERYWHERE + ["submission", "field_beyond_64_kb"]
RECIPE = os.path.join(stack.TOP, "contrib", "sendmail", "sealwax.mc")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sendmail", metavar="DIR")
    parser.add_argument("build")
    options = parser.parse_args()
    drills, root, failed = POSTFIX, None, 0
    if options.sendmail:
        drills = SENDMAIL
        root = sendmail.unpacked(os.path.abspath(options.sendmail))
        sendmail.enter_namespace(sys.argv)
    with stack.Workplace("/mnt/sealwax" if root else None) as place:
        mta = sendmail.Sendmail(place, root, daemon_names=("MTA", "MSA"),
                                recipe=RECIPE) if root \
            else stack.Postfix(place)
        drill = Drill(place, mta, options.build)
        for name in drills:
            try:
                getattr(drill, name)()
            except (AssertionError, stack.Failure, OSError,
                    subprocess.SubprocessError) as error:
                failed += 1
                print(f"not ok: {name}: {error!r}"[:2000])
                print("  log: " + drill.daemon.child.output()[-1500:])
    print(f"drills, {'sendmail' if root else 'postfix'}: "
          f"{len(drills) - failed} of {len(drills)} drills")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
