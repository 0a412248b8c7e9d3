#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""attach.py - contrib/attach-postfix.sh on a private Postfix.

The Postfix has another milter already, once with chrooted services and once
without. Usage: attach.py BUILD_DIRECTORY
"""
import os
import subprocess
import sys
import time

import stack

SCRIPT = os.path.join(stack.TOP, "contrib", "attach-postfix.sh")
GOOD = b"From: <a@out.example>\nSubject: hello\n\nhello\n"


class Case:
    def __init__(self):
        self.done = self.failed = 0

    def check(self, name, good, detail=""):
        self.done += 1
        if not good:
            self.failed += 1
            print(f"not ok: {name}: {detail}")


def attach(postfix, place, *words):
    return subprocess.run(
        ["sh", SCRIPT, *words, "--config-dir", postfix.etc, "--user",
         "nobody", "--sealwax-conf", place.file("sealwax.conf")],
        capture_output=True, text=True)


def settings(postfix):
    return subprocess.run(["postconf", "-c", postfix.etc, "-n"],
                          capture_output=True, text=True, check=True).stdout


def fields_of_a_message(postfix):
    outcome = stack.deliver(postfix, postfix.services[0], GOOD,
                            client="203.0.113.9", helo="out.example",
                            mail_from="a@out.example")
    return outcome.action, outcome.fields("Authentication-Results")


def without_main_cf(case):
    """Debian's choice "No configuration", and a wrong directory."""
    done = subprocess.run(["sh", SCRIPT, "--config-dir", "/nonexistent"],
                          capture_output=True, text=True)
    case.check("no main.cf: it says what to do", done.returncode == 1
               and "/nonexistent/main.cf does not exist" in done.stderr
               and "dpkg-reconfigure postfix" in done.stderr, done.stderr)


def run(build, chroot, case):
    title = "chrooted" if chroot else "plain"
    with stack.Workplace() as place:
        other = place.file("postfix/queue/other.sock")
        # This Postfix is an ordinary one: milters in main.cf.
        postfix = stack.Postfix(
            place, chroot=chroot, service_milters=False,
            extra_main="smtpd_milters = unix:other.sock\n",
            drop=("message_reject_characters",))
        milter = stack.Child(
            "other", [os.path.join(build, "tests/support/acceptall"), other],
            place.file("log/other.log", ""))
        place.stack.callback(milter.stop)
        stack.wait_for("the other milter", lambda: os.path.exists(other))
        os.chmod(other, 0o777)
        before = settings(postfix)

        shown = attach(postfix, place)
        case.check(f"{title}: showing succeeds", shown.returncode == 0,
                   shown.stderr)
        case.check(f"{title}: showing changes nothing",
                   settings(postfix) == before)
        case.check(f"{title}: it says what it would do",
                   "smtpd_milters = unix:other.sock, "
                   "unix:sealwax/sealwax.sock" in shown.stdout,
                   shown.stdout)
        case.check(f"{title}: the characters to refuse are shown",
                   "message_reject_characters = \\0 " in shown.stdout,
                   shown.stdout)
        case.check(f"{title}: chrooted services are named",
                   ("chrooted" in shown.stdout) == chroot, shown.stdout)

        applied = attach(postfix, place, "--apply")
        case.check(f"{title}: applying succeeds", applied.returncode == 0,
                   applied.stdout + applied.stderr)
        case.check(f"{title}: both milters are set",
                   "smtpd_milters = unix:other.sock, "
                   "unix:sealwax/sealwax.sock" in settings(postfix),
                   settings(postfix))
        case.check(f"{title}: NUL in a header is refused",
                   "message_reject_characters = \\0" in settings(postfix))
        again = attach(postfix, place, "--apply")
        case.check(f"{title}: applying twice changes nothing more",
                   again.returncode == 0
                   and settings(postfix).count("sealwax.sock") == 1,
                   again.stdout + again.stderr)

        with open(place.file("sealwax.conf"), encoding="utf-8") as file:
            written = file.read()
        case.check(f"{title}: a new sealwax.conf is in monitor mode",
                   "monitor" in written)
        case.check(f"{title}: our name is that of Postfix",
                   '\nauthserv-id  = "mx.rcpt.example"\n' in written, written)
        checked = subprocess.run(
            [os.path.join(build, "sealwaxd"), "-t", "-o", "user=nobody",
             "-c", place.file("sealwax.conf")], capture_output=True, text=True)
        case.check(f"{title}: it is right", checked.returncode == 0
                   and not checked.stderr, checked.stderr)
        socket_path = place.file("postfix/queue/sealwax/sealwax.sock")
        with stack.Sealwaxd(place, "sealwaxd",
                            os.path.join(build, "sealwaxd"), socket_path,
                            options=["authserv-id=mx.rcpt.example",
                                     'resolver=["127.0.0.1@9"]',
                                     "dns-deadline=1s"]):
            action, results = fields_of_a_message(postfix)
            case.check(f"{title}: mail is judged", action == "accept"
                       and len(results) == 1, (action, results))

        undone = attach(postfix, place, "--undo")
        case.check(f"{title}: undoing succeeds", undone.returncode == 0,
                   undone.stdout + undone.stderr)
        case.check(f"{title}: everything is as before",
                   settings(postfix) == before, settings(postfix))
        time.sleep(1)  # postfix reload: smtpd processes end when idle
        action, results = fields_of_a_message(postfix)
        case.check(f"{title}: mail is not judged any more",
                   action == "accept" and not results, (action, results))
        case.check(f"{title}: undoing twice is an error",
                   attach(postfix, place, "--undo").returncode == 1)

        os.unlink(place.file("sealwax.conf"))
        subprocess.run(["postconf", "-c", postfix.etc, "-e",
                        "myhostname = vm.localdomain"], check=True)
        attach(postfix, place, "--apply")
        with open(place.file("sealwax.conf"), encoding="utf-8") as file:
            written = file.read()
        case.check(f"{title}: a name that many have is not taken",
                   "\n# authserv-id = " in written, written)
        attach(postfix, place, "--undo")


def main():
    case = Case()
    without_main_cf(case)
    for chroot in (False, True):
        run(sys.argv[1], chroot, case)
    print(f"attach: {case.done - case.failed} of {case.done} checks")
    return 1 if case.failed else 0


if __name__ == "__main__":
    sys.exit(main())
