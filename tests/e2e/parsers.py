#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""parsers.py - what other people's programs read in our reports.

Reports of tests/support/reports.c are written as XML, compressed, and as
mail; then xmllint holds them against our schema, and Debian's dmarc-cat and
dmarcts-report-parser (with a PostgreSQL of the test's own) read them. What
they show must be what was in the records. Where one of them cannot read what
RFC 9990 says, README.md has a line in its table of limits, and exactly that
must come.
usage: parsers.py BUILD_DIRECTORY
"""
import collections
import email
import email.policy
import glob
import ipaddress
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
import pgserver  # noqa: E402

SCHEMA = os.path.join(TOP, "policy", "report", "dmarc-2.0.rng")
SAMPLES = ("single", "month", "hostile", "signatures", "many")
NAME_MAX = 255
# Of columns of dmarcts-report-parser's tables.
TEXT_MAX = 255

PARSER_CONFIG = """\
$debug = 0; $delete_reports = 0; $delete_failed = 0;
$dbtype = 'Pg'; $dbname = '{name}'; $dbuser = 'postgres'; $dbpass = '';
$dbhost = '{host}'; $dbport = '5432'; $imapreadfolder = 'none';
$maxsize_xml = 50000; $compress_xml = 0;
1;
"""

Record = collections.namedtuple("Record", (
    "number", "count", "spf_aligned", "dkim_aligned", "disposition", "ip",
    "header_from", "domain", "org", "report_id", "spf_domain", "spf",
    "reason", "dkim"))


def unescape(text):
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m.group(1), 16)]),
                  text.encode()).decode("utf-8", "replace")


def records_of(path):
    """What a sample was made of, as report_samples.c lists it."""
    found = []
    with open(path, encoding="ascii") as lines:
        for line in lines:
            word = [unescape(w) for w in line.rstrip("\n").split("\t")]
            found.append(Record(
                int(word[0]), int(word[2]), word[3] == "1", word[4] == "1",
                *word[5:6], *word[7:15],
                list(zip(word[15::2], word[16::2]))))
    return found


class Checks:
    def __init__(self):
        self.right, self.n = 0, 0

    def that(self, good, text):
        self.n += 1
        self.right += bool(good)
        if not good:
            print(f"not ok: {text}")

    def same(self, what, shown, ours):
        """Two lists, in any order."""
        shown, ours = collections.Counter(shown), collections.Counter(ours)
        self.that(shown == ours,
                  f"{what}: shown {list((shown - ours).items())[:3]}, "
                  f"ours {list((ours - shown).items())[:3]}")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120,
                          check=False, **options)


# ---- xmllint ---------------------------------------------------------------

def check_schema(check, directory):
    """Every report keeps our schema; one that does not is noticed."""
    paths = sorted(glob.glob(directory + "/*.xml"))
    done = run("xmllint", "--noout", "--nonet", "--relaxng", SCHEMA, *paths)
    check.that(done.returncode == 0 and
               done.stderr.count(" validates\n") == len(paths) > 60,
               f"xmllint: {done.stderr[:500]}")
    with open(f"{directory}/single-0.xml", encoding="utf-8") as file:
        text = file.read()
    for name, old, new in (("element", "count>", "counts>"),
                           ("namespace", "ns:dmarc-2.0", "ns:dmarc-1.0"),
                           ("word", "<p>reject<", "<p>refuse<")):
        bad = os.path.join(directory, "bad")
        with open(bad, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
        done = run("xmllint", "--noout", "--nonet", "--relaxng", SCHEMA, bad)
        check.that(done.returncode == 3, f"xmllint takes another {name}")


# ---- dmarc-cat -------------------------------------------------------------

def cat_words(record):
    """A row of dmarc-cat. It shows the last signature, its domain as RFrom;
    without one the RFrom is that of SPF."""
    dkim = [word for _, word in record.dkim[-1:]]
    sender = record.dkim[-1][0] if record.dkim else record.spf_domain
    return (record.ip, str(record.count), record.header_from) + \
        ((sender,) if sender and (record.dkim or record.spf) else ()) + \
        tuple(dkim) + ((record.spf,) if record.spf else ())


def attached(path):
    """The file in a mail: its name and bytes."""
    with open(path, "rb") as file:
        mail = email.message_from_binary_file(file,
                                              policy=email.policy.default)
    parts = [part for part in mail.walk()
             if part.get_content_type() == "application/gzip"]
    return mail, parts[0].get_filename(), parts[0].get_payload(decode=True)


def check_dmarc_cat(check, directory, name, number, records):
    """As the file that comes by mail; where its name is too long for a file,
    on standard input."""
    mail, file_name, data = attached(f"{directory}/{name}-{number}.eml")
    with open(f"{directory}/{name}-{number}.xml.gz", "rb") as file:
        check.that(file.read() == data, f"{name}: the file in the mail")
    check.that(f"<{records[0].report_id}>" in mail["Subject"] and
               records[0].report_id in file_name, f"{name}: {file_name}")
    if len(file_name.encode()) <= NAME_MAX:
        path = os.path.join(directory, file_name)
        with open(path, "wb") as file:
            file.write(data)
        done = run("dmarc-cat", "-j", "1", "-N", path)
    else:
        with open(f"{directory}/{name}-{number}.xml", "rb") as file:
            done = run("dmarc-cat", "-j", "1", "-N", "-t", "xml", "-",
                       stdin=file)
    where = f"dmarc-cat, {name}-{number}"
    check.that(done.returncode == 0, f"{where}: {done.stderr[:300]}")
    lines = done.stdout.splitlines()
    header = [i for i, line in enumerate(lines) if line.startswith("IP ")]
    check.that(len(header) == 1 and
               f"Reporting by: {records[0].org} " in done.stdout and
               f"\nDomain: {records[0].domain}\n" in done.stdout,
               f"{where}: {done.stdout[:300]}")
    check.same(where, [tuple(line.split()) for line in
                       lines[header[0] + 1:] if line] if header else [],
               map(cat_words, records))


# ---- dmarcts-report-parser -------------------------------------------------

def parser_result(words):
    """Its summary of several results."""
    if len(words) == 1:
        return words[0]
    if "pass" in words:
        return "pass"
    return words[0] if words and words[-1] == words[-2] else "unknown"


def parser_row(record):
    ip = record.ip
    return (record.org, record.domain, record.report_id, ip,
            str(record.count),
            # Not among the words it knows: an older list.
            "unknown" if record.disposition == "pass" else record.disposition,
            "pass" if record.spf_aligned else "fail",
            "pass" if record.dkim_aligned else "fail",
            record.reason, "/".join(domain for domain, _ in record.dkim),
            parser_result([word for _, word in record.dkim])
            if record.dkim else "unknown",
            record.spf_domain if record.spf else "", record.spf or "unknown",
            record.header_from)


QUERY = """SELECT org, domain, reportid, ip, encode(ip6, 'hex'), rcount,
disposition, spf_align, dkim_align, reason, dkimdomain, dkimresult, spfdomain,
spfresult, identifier_hfrom, extract(epoch FROM mindate)::bigint,
extract(epoch FROM maxdate)::bigint
FROM report JOIN rptrecord USING (serial)"""


def shown_row(word):
    if word[3]:
        ip = socket.inet_ntoa(int(word[3]).to_bytes(4, "big"))
    else:
        ip = str(ipaddress.ip_address(bytes.fromhex(word[4])))
    return (*word[:3], ip, *word[5:15])


def database_rows(server, name):
    done = run(os.path.join(server.bin, "psql"), "-h", server.top, "-U",
               "postgres", "-d", name, "-At", "-F", "\t", "-c", QUERY)
    if done.returncode != 0:
        sys.exit(f"parsers: psql: {done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def can_store(records):
    return all(len("/".join(domain for domain, _ in record.dkim)) <= TEXT_MAX
               for record in records)


def check_parser(check, server, directory, option, end, all_records):
    """One run over all reports, into a database of its own."""
    name = "reports" + option.strip("-")
    server.run("createdb", "-h", server.top, "-U", "postgres", name)
    work = os.path.join(directory, name)
    os.mkdir(work)
    with open(os.path.join(work, "dmarcts-report-parser.conf"), "w",
              encoding="ascii") as file:
        file.write(PARSER_CONFIG.format(name=name, host=server.top))
    paths = [f"{directory}/{sample}-{number}{end}"
             for sample, numbers in all_records.items() for number in numbers]
    done = run("dmarcts-report-parser", "--info", option, *paths, cwd=work)
    where = f"dmarcts-report-parser {option}"
    check.that(f"Processed {len(paths)} messages(s)." in done.stdout,
               f"{where}: {done.stdout[-300:]} {done.stderr[-600:]}")
    wanted, refused = [], 0
    for numbers in all_records.values():
        for records in numbers.values():
            if can_store(records):
                wanted += map(parser_row, records)
            else:
                refused += 1
                check.that(f"{records[0].report_id}: Cannot add records"
                           in done.stderr, f"{where}: it can store "
                           f"{records[0].report_id} now?")
    check.that(refused == 1 and done.stderr.count(" due to database errors")
               == refused, f"{where}: {done.stderr[-600:]}")
    rows = database_rows(server, name)
    check.same(where, map(shown_row, rows), wanted)
    check.that(all(int(row[16]) - int(row[15]) == 86399 for row in rows),
               f"{where}: periods")
    return sum(int(row[5]) for row in rows)


def main():
    check = Checks()
    for program in ("xmllint", "dmarc-cat", "dmarcts-report-parser"):
        if shutil.which(program) is None:
            sys.exit(f"parsers: {program} is missing")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([os.path.join(sys.argv[1],
                                     "tests/e2e/report_samples"), directory],
                       check=True)
        check_schema(check, directory)
        all_records = {}
        for sample in SAMPLES:
            numbers = all_records[sample] = collections.defaultdict(list)
            for record in records_of(f"{directory}/{sample}.tsv"):
                numbers[record.number].append(record)
            for number, records in numbers.items():
                check_dmarc_cat(check, directory, sample, number, records)
        # It takes a minute for 10,000 records.
        del all_records["many"]
        server = pgserver.Server()
        try:
            messages = {check_parser(check, server, directory, option, end,
                                     all_records)
                        for option, end in (("-e", ".eml"), ("-x", ".xml"))}
        finally:
            server.end()
        want = sum(record.count for numbers in all_records.values()
                   for records in numbers.values() for record in records
                   if can_store(records))
        check.that(messages == {want}, f"{messages} messages, ours {want}")
    print(f"parsers: {check.right} of {check.n} checks")
    return 0 if check.right == check.n else 1


if __name__ == "__main__":
    sys.exit(main())
