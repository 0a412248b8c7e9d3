#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""parsers.py - what other people's programs read in our reports.

Reports of tests/support/reports.c are written by the library, as XML and as
mail; the same, as rows of a journal, by sealwax-report xml and send. xmllint
holds them all against our schema, and Debian's dmarc-cat and
dmarcts-report-parser (with a PostgreSQL of the test's own) read them. What
they show must be what was in the records. Where one of them cannot read what
RFC 9990 says, README.md has a line in its table of limits.
usage: parsers.py BUILD_DIRECTORY
"""
import collections
import email
import email.policy
import glob
import gzip
import ipaddress
import os
import re
import socket
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import stack  # noqa: E402

sys.path.insert(0, stack.SUPPORT)
import pgserver  # noqa: E402

SCHEMA = os.path.join(stack.TOP, "policy", "report", "dmarc-2.0.rng")
SAMPLES = ("single", "month", "hostile", "signatures", "many")
NAME_MAX = 255
ROWS_MAX = 20  # of a record, in the journal of report_samples
# Of columns of dmarcts-report-parser's tables.
TEXT_MAX = 255

PARSER_CONFIG = """\
$debug = 0; $delete_reports = 0; $delete_failed = 0;
$dbtype = 'Pg'; $dbname = '{name}'; $dbuser = 'postgres'; $dbpass = '';
$dbhost = '{host}'; $dbport = '5432'; $imapreadfolder = 'none';
$maxsize_xml = 50000; $compress_xml = 0;
1;
"""

ZONE = """\
*._report._dmarc.collector.example  TXT  v=DMARC1;
collector.example     MX  10 mx.collector.example
mx.collector.example  A   192.0.2.53
"""

Record = collections.namedtuple("Record", (
    "number", "begin", "count", "spf_aligned", "dkim_aligned", "disposition", "ip",
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
                int(word[0]), int(word[1]), int(word[2]), word[3] == "1", word[4] == "1",
                *word[5:6], *word[7:15],
                list(zip(word[15::2], word[16::2]))))
    return found


# One report: where it is as XML and as mail (or None), and what is in it.
Report = collections.namedtuple("Report", ("xml", "mail", "records"))


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

def check_schema(check, reports):
    """Every report keeps our schema."""
    paths = [report.xml for report in reports]
    done = run("xmllint", "--noout", "--nonet", "--relaxng", SCHEMA, *paths)
    check.that(done.returncode == 0 and
               done.stderr.count(" validates\n") == len(paths) > 60,
               f"xmllint: {done.stderr[:500]}")


def check_noticed(check, directory, report):
    """What does not keep it is noticed."""
    with open(report.xml, encoding="utf-8") as file:
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


def check_mail(check, report):
    """Its file is the report, and names go together."""
    mail, file_name, data = attached(report.mail)
    report_id = report.records[0].report_id
    with open(report.xml, "rb") as file:
        check.that(gzip.decompress(data) == file.read(),
                   f"{report.mail}: the file in the mail")
    check.that(f"Report-ID: <{report_id}>" in mail["Subject"] and
               file_name.endswith(f"!{report_id}.xml.gz"),
               f"{report.mail}: {file_name}, {mail['Subject']}")
    return file_name, data


def check_dmarc_cat(check, directory, report):
    """As the file that comes by mail; where its name is too long for a file,
    on standard input."""
    records = report.records
    file_name, data = check_mail(check, report)
    if len(file_name.encode()) <= NAME_MAX:
        path = os.path.join(directory, file_name)
        with open(path, "wb") as file:
            file.write(data)
        done = run("dmarc-cat", "-j", "1", "-N", path)
    else:
        with open(report.xml, "rb") as file:
            done = run("dmarc-cat", "-j", "1", "-N", "-t", "xml", "-",
                       stdin=file)
    where = f"dmarc-cat, {report.mail}"
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


def check_parser(check, server, directory, name, option, reports):
    """One run over all reports, into a database of its own."""
    server.run("createdb", "-h", server.top, "-U", "postgres", name)
    work = os.path.join(directory, name)
    os.mkdir(work)
    with open(os.path.join(work, "dmarcts-report-parser.conf"), "w",
              encoding="ascii") as file:
        file.write(PARSER_CONFIG.format(name=name, host=server.top))
    paths = [report.mail if option == "-e" else report.xml
             for report in reports]
    done = run("dmarcts-report-parser", "--info", option, *paths, cwd=work)
    where = f"dmarcts-report-parser, {name}"
    check.that(f"Processed {len(paths)} messages(s)." in done.stdout,
               f"{where}: {done.stdout[-300:]} {done.stderr[-600:]}")
    wanted, refused = [], []
    for report in reports:
        if can_store(report.records):
            wanted += map(parser_row, report.records)
        else:
            refused.append(report.records[0].report_id)
    for report_id in refused:
        check.that(f"{report_id}: Cannot add records" in done.stderr,
                   f"{where}: it can store {report_id} now?")
    check.that(len(refused) == 1 and
               done.stderr.count(" due to database errors") == 1,
               f"{where}: {done.stderr[-600:]}")
    rows = database_rows(server, name)
    check.same(where, map(shown_row, rows), wanted)
    check.that(all(int(row[16]) - int(row[15]) == 86399 for row in rows),
               f"{where}: periods")


# ---- the programs ----------------------------------------------------------

def read_back(paths, mails, groups):
    """Files that sealwax-report wrote, each with the records it is of."""
    reports = []
    for path in paths:
        root = ET.parse(path).getroot()
        text = {element.tag.split("}")[1]: element.text
                for element in root.iter()}
        domain = root.find("{*}policy_published/{*}domain").text
        begin = int(text["begin"])
        reports.append(Report(path, mails.get(text["report_id"]), [
            record._replace(report_id=text["report_id"], org="Us & Co",
                            count=min(record.count, ROWS_MAX))
            for record in groups.pop((begin, domain))]))
    return reports


def by_report(reports):
    groups = collections.defaultdict(list)
    for report in reports:
        for record in report.records:
            groups[record.begin, record.domain].append(record)
    return groups


class Sink:
    """A mail server that keeps what it gets, as 1.eml, 2.eml ..."""

    def __init__(self, place):
        self.folder = place.folder("sink")
        self.process = subprocess.Popen(
            [stack.PYTHON, os.path.join(stack.SUPPORT, "smtpsink.py"),
             self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.port = self.process.stdout.readline().split()[1]

    def mails(self):
        return sorted(glob.glob(self.folder + "/*.eml"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def sealwax_report(build, place, dns, port, *words):
    return run(os.path.join(build, "sealwax-report"), *words,
               "-c", place.file("sealwax.conf", f"""\
user = "root"
state-dir = "{place.path}"
store = "sqlite:{place.path}/store.db"
authserv-id = "mx.rcpt.example"
resolver = ["127.0.0.1@{dns.port}"]
report-org-name = "Us & Co"
report-from = "dmarc-reports@rcpt.example"
report-smtp = "smtp://127.0.0.1:{port}"
report-unsigned = "yes"
report-known-days = 0
"""))


def send_all(check, build, place, dns, sink):
    """20 mails a run go to one host: several runs."""
    counts = []
    while len(counts) < 2 or counts[-1] > counts[-2]:
        done = sealwax_report(build, place, dns, sink.port, "send")
        check.that(done.returncode in (0, 1),
                   f"send: {done.returncode} {done.stderr[-500:]}")
        counts.append(len(sink.mails()))
    check.that(counts[:3] == [20, 40, 60], f"send: {counts} mails")


def check_programs(check, server, directory, build, reports):
    """The same rows from a journal, by sealwax-report."""
    with stack.Workplace() as place, stack.Dns(place, "dns", ZONE) as dns, \
            Sink(place) as sink:
        os.rename(os.path.join(directory, "journal"),
                  place.file("journal"))
        out = place.folder("out")
        done = sealwax_report(build, place, dns, sink.port, "xml", "--open",
                              "--output-dir", out)
        check.that(done.returncode == 0, f"xml: {done.stderr[-500:]}")
        groups = by_report(reports)
        written = read_back(glob.glob(out + "/*.xml"), {}, groups)
        check.that(not groups, f"xml: no report of {list(groups)[:3]}")
        check_schema(check, written)
        check_parser(check, server, directory, "written", "-x", written)

        send_all(check, build, place, dns, sink)
        mails, paths = {}, []
        for path in sink.mails():
            mail, _, data = attached(path)
            paths.append(path + ".xml")
            with open(paths[-1], "wb") as file:
                file.write(gzip.decompress(data))
            mails[re.search(r"Report-ID: <(\w+)>", mail["Subject"])[1]] = path
        groups = by_report(reports)
        sent = read_back(paths, mails, groups)
        # (That is too long for the question whether it may be sent there.)
        check.that([len(domain) for _, domain in groups] == [253],
                   f"send: no mail of {list(groups)[:3]}")
        check_schema(check, sent)
        for report in sent:
            check_dmarc_cat(check, directory, report)
        check_parser(check, server, directory, "sent", "-e", sent)


def main():
    check = Checks()
    build = os.path.abspath(sys.argv[1])
    for program, package in (("xmllint", "libxml2-utils"),
                             ("dmarc-cat", "dmarc-cat"),
                             ("dmarcts-report-parser",) * 2):
        stack.need(program, package)
    reports, many = [], []
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([os.path.join(build, "tests/e2e/report_samples"),
                        directory], check=True)
        for sample in SAMPLES:
            numbers = collections.defaultdict(list)
            for record in records_of(f"{directory}/{sample}.tsv"):
                numbers[record.number].append(record)
            # dmarcts-report-parser takes half a minute for 10,000 records.
            (many if sample == "many" else reports).extend(
                Report(f"{directory}/{sample}-{number}.xml",
                       f"{directory}/{sample}-{number}.eml", records)
                for number, records in numbers.items())
        check_schema(check, reports + many)
        check_noticed(check, directory, reports[0])
        for report in reports + many:
            check_dmarc_cat(check, directory, report)
        server = pgserver.Server()
        try:
            check_parser(check, server, directory, "mails", "-e", reports)
            check_parser(check, server, directory, "files", "-x", reports)
            check_programs(check, server, directory, build, reports)
        finally:
            server.end()
    print(f"parsers: {check.right} of {check.n} checks")
    return 0 if check.right == check.n else 1


if __name__ == "__main__":
    sys.exit(main())
