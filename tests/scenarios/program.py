#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""program.py - the command line of sealwax-check: exit statuses, the forms
in which a message may come, and what the explanation shows."""
import json
import os
import subprocess
import sys
import tempfile

CORPUS = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(os.environ.get("builddir", "."), "sealwax-check")
BASE = ["-c", os.path.join(CORPUS, "base.conf")]
SPOOF = ["--ip", "203.0.113.66", "--helo", "mail.attacker.example",
         "--from", "<bounce@bank.example>"]
OWN = ["--ip", "192.0.2.7", "--helo", "mail.bank.example",
       "--from", "bounce@bank.example"]

tests = []


def test(function):
    tests.append(function)
    return function


def run(*args, stdin=b""):
    return subprocess.run([PROGRAM, *args], input=stdin, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)


def path(scenario, name):
    return os.path.join(CORPUS, scenario, name)


def read(scenario, name="message.eml"):
    with open(path(scenario, name), "rb") as file:
        return file.read()


def judge(scenario, *args, stdin=None):
    """A scenario's message and zone with other arguments."""
    message = [path(scenario, "message.eml")] if stdin is None else []
    return run(*BASE, "--zone", path(scenario, "zone"), *args, *message,
               stdin=stdin or b"")


def status(done, wanted):
    assert done.returncode == wanted, \
        f"exit status {done.returncode}, not {wanted}: {done.stderr!r}"
    return done


def has(text, *parts):
    for part in parts:
        assert part.encode() in text, f"{part!r} is not in\n{text.decode()}"


@test
def exit_status_is_the_verdict_of_enforce_mode():
    status(judge("spf-aligned", *OWN), 0)
    status(judge("policy-quarantine", *SPOOF), 1)
    status(judge("spoof-plain", *SPOOF), 2)
    status(judge("policy-servfail", *SPOOF), 3)
    status(judge("spoof-plain", *SPOOF, "-o", "mode=monitor"), 2)


@test
def as_configured_is_the_action_of_the_mode():
    monitor = [*SPOOF, "-o", "mode=monitor", "--as-configured"]
    status(judge("spoof-plain", *monitor), 0)
    status(judge("policy-servfail", *monitor), 0)
    status(judge("spoof-plain", *SPOOF, "--as-configured"), 2)


@test
def usage_is_64():
    for args in (["--nonsense"], ["--ip", "192.0.2.300"], ["--ip"],
                 ["--at", "yesterday"], ["one", "two"], ["--json=yes"]):
        done = status(run(*BASE, *args), 64)
        has(done.stderr, "usage: sealwax-check")
        assert done.stdout == b""


@test
def what_is_no_message_is_65():
    for text in (b"", b"\n", b"no header\n", b"\nFrom: <a@b.example>\n",
                 b"From me to you\n", b": x\n", bytes(range(256))):
        done = status(judge("spf-aligned", "-", stdin=text), 65)
        has(done.stderr, "is not a message")


@test
def what_is_not_there_is_66():
    status(run(*BASE, "/nonexistent/message"), 66)
    status(run(*BASE, "--zone", "/nonexistent/zone",
               path("spf-aligned", "message.eml")), 66)
    done = status(run(*BASE, "--zone", path("spf-aligned", "zone"), "/"), 66)
    has(done.stderr, "Is a directory")


@test
def a_wrong_configuration_is_78():
    done = status(judge("spf-aligned", "-o", "mode=sometimes"), 78)
    has(done.stderr, "mode", "monitor", "enforce")
    status(run("-c", "/nonexistent/conf", "-"), 78)


@test
def a_wrong_zone_names_its_line():
    with tempfile.NamedTemporaryFile(suffix=".zone") as zone:
        zone.write(b"a.example A 192.0.2.1\nb.example A nonsense\n")
        zone.flush()
        done = status(run(*BASE, "--zone", zone.name,
                          path("spf-aligned", "message.eml")), 65)
        has(done.stderr, "line 2")


@test
def help_and_version_are_printed():
    has(status(run("-h"), 0).stdout, "usage: sealwax-check")
    has(status(run("--help"), 0).stdout, "--as-configured")
    has(status(run("-V"), 0).stdout, "sealwax-check ")


@test
def a_message_may_come_in_any_form():
    """LF, CRLF, a mailbox's From line, standard input: one verdict."""
    signed = read("dkim-rsa-pass")
    forms = {
        "LF": signed,
        "CRLF": signed.replace(b"\n", b"\r\n"),
        "mailbox": b"From info@bank.example Mon May 25 10:00:00 2026\n" +
                   signed,
        "last line not ended": signed[:-1],
    }
    for form, text in forms.items():
        for args in ([], ["-"]):
            done = judge("dkim-rsa-pass", *SPOOF, "--json", *args, stdin=text)
            result = json.loads(status(done, 0).stdout)
            assert result["dkim"][0]["result"] == "pass", form


@test
def without_ip_spf_is_none_and_that_is_said():
    done = status(judge("spf-aligned", "--json"), 2)
    has(done.stderr, "no --ip", "SPF is none")
    assert json.loads(done.stdout)["spf"]["result"] == "none"


@test
def without_from_the_sender_is_null_and_that_is_said():
    ip, address, helo, name = OWN[:4]
    done = judge("spf-aligned", ip, address, helo, name)
    has(done.stderr, "no --from", "null sender")
    done = judge("spf-aligned", ip, address, helo, name, "--from", "<>")
    assert done.stderr == b"", done.stderr


@test
def time_is_an_argument():
    scenario = "dkim-expired"
    early = json.loads(judge(scenario, *SPOOF, "--json", "--at",
                             "1700000001").stdout)
    late = json.loads(judge(scenario, *SPOOF, "--json").stdout)
    assert early["dkim"][0]["result"] == "pass", early["dkim"]
    assert late["dkim"][0]["result"] == "policy", late["dkim"]


@test
def mail_that_is_not_judged_is_said_to_be():
    done = status(judge("authres-forged", *SPOOF, "--auth", "user"), 0)
    has(done.stdout, "Not judged: authenticated.", "Fields removed: 3.")
    done = judge("authres-forged", "--json", "--ip", "127.0.0.1")
    assert json.loads(status(done, 0).stdout)["exempt"] == "internal"
    done = judge("authres-forged", *SPOOF, "--daemon", "MSA", "--json")
    assert json.loads(status(done, 0).stdout)["exempt"] == "originating"


@test
def the_explanation_shows_each_step():
    done = status(judge("list-changes-subject", "--ip", "198.51.100.20",
                        "--helo", "mx.list.example", "--name",
                        "mx.list.example", "--rcpt", "<user@rcpt.example>",
                        "--from", "<dev-bounces@list.example>"), 1)
    has(done.stdout, "198.51.100.20", "<user@rcpt.example>",
        "TXT  list.example", "v=spf1 ip4:198.51.100.20 -all",
        "TXT  mx.list.example  nxdomain",
        "pass for list.example, matched ip4:198.51.100.20",
        "fail d=bank.example s=s1 a=rsa-sha256, key of 2048 bits, broken",
        "_dmarc.bank.example: one record", "_dmarc.example: nxdomain",
        "Organizational Domain  bank.example", "p=reject",
        "list.example: shares less than two labels",
        "action                 quarantine", "rule                   dmarc",
        "mediator               list.example", "local_policy",
        "Authentication-Results: mx.rcpt.example;")


@test
def the_row_of_a_report_is_shown():
    done = judge("spf-aligned", *OWN)
    has(done.stdout, "\nAggregate report\n  policy: domain=bank.example p=",
        "\n  row: ip=192.0.2.7 disposition=pass dkim=fail spf=pass ",
        "\n  makes its policy domain known\n")
    row = json.loads(judge("spf-aligned", *OWN, "--json").stdout)["report_row"]
    assert row["accepted"] is True and row["policy"].startswith("domain=bank")
    assert row["tuple"].endswith(" mailfrom=bank.example,pass"), row
    monitor = [*SPOOF, "-o", "mode=monitor"]
    done = judge("spoof-plain", *monitor)
    has(done.stdout, "disposition=none", 'reason=local_policy"monitoring: ')
    assert b"makes its policy domain known" not in done.stdout
    has(judge("policy-missing", *SPOOF).stdout, "\n  row: none\n")
    done = judge("policy-missing", *SPOOF, "--json")
    assert json.loads(done.stdout)["report_row"] is None
    # Reports to us, and what came from no address, are not reported.
    for args in (["-o", "report-from=user@rcpt.example", *OWN, "--rcpt",
                  "<user@rcpt.example>"], OWN[2:]):
        done = judge("spf-aligned", *args)
        has(done.stdout, "\n  row: none\n")


@test
def json_holds_the_answers():
    done = judge("list-changes-subject", "--ip", "198.51.100.20", "--helo",
                 "mx.list.example", "--from", "<dev-bounces@list.example>",
                 "--json")
    answers = {one["name"]: one.get("answers")
               for one in json.loads(done.stdout)["questions"]
               if one["type"] == "TXT"}
    assert answers["list.example"] == ["v=spf1 ip4:198.51.100.20 -all"]
    assert answers["mx.list.example"] is None, answers
    with tempfile.NamedTemporaryFile(suffix=".zone") as zone:
        zone.write(b"bank.example TXT v=spf1 mx -all\n"
                   b"bank.example MX 10 a.bank.example\n"
                   b"a.bank.example A 192.0.2.7\na.bank.example AAAA ::1\n")
        zone.flush()
        done = run(*BASE, *OWN, "--zone", zone.name, "--json",
                   path("spf-aligned", "message.eml"))
    answers = {(one["name"], one["type"]): one.get("answers")
               for one in json.loads(done.stdout)["questions"]}
    assert answers["bank.example", "MX"] == ["10 a.bank.example"], answers
    assert answers["a.bank.example", "A"] == ["192.0.2.7"], answers


@test
def comparisons_are_explained():
    done = judge("align-own-organization", "--ip", "192.0.2.7", "--from",
                 "<b@other.bank.example>")
    has(done.stdout, "Organizational Domain other.bank.example: not aligned")
    done = judge("align-suffix-of-labels", "--ip", "192.0.2.7", "--from",
                 "<b@other.bank.example>")
    has(done.stdout, "Organizational Domain bank.example: aligned")
    done = judge("align-spf-strict", "--ip", "192.0.2.7", "--from",
                 "<b@bounce.bank.example>")
    has(done.stdout, "not the Author Domain (strict): not aligned")
    done = judge("from-twice", *OWN)
    has(done.stdout, "Author Domain          none: several From fields")
    done = judge("policy-two-records", *SPOOF)
    has(done.stdout, "_dmarc.bank.example: several records: none counts")


@test
def nothing_of_a_sender_acts_on_the_terminal():
    message = (b"From: <info@bank.example>\nMessage-Id: <\x1b[2J\x07@x>\n\n")
    done = judge("spf-aligned", "--helo", "a\x1b]0;b\x07", "--from",
                 "<\x1b@x>", "--rcpt", "\x1b<r>", stdin=message)
    has(done.stdout, "\\x1b]0;b", "\\x1b[2J")
    shown = done.stdout.replace(b"\n", b"").replace(b"\t", b"")
    assert all(32 <= octet < 127 for octet in shown)


@test
def the_dns_is_asked_without_a_zone():
    """Nobody answers on this port: DNS trouble, within the deadline."""
    done = run(*BASE, *OWN, "-o", 'resolver=["127.0.0.1@9"]', "-o",
               "dns-deadline=1s", "--json", path("spf-aligned", "message.eml"))
    result = json.loads(status(done, 3).stdout)
    assert result["spf"]["result"] == "temperror"
    assert result["verdict"]["reply"].startswith("451 4.")


def main():
    failed = 0
    for function in tests:
        try:
            function()
        except (AssertionError, ValueError) as why:
            failed += 1
            print(f"{function.__name__}: {why}")
    print(f"{len(tests) - failed} of {len(tests)} tests of sealwax-check")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
