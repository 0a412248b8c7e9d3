# SPDX-License-Identifier: BSD-2-Clause
"""rows.py - the rows of reports that a sealwaxd has kept: in the segments of
its journal and in its SQLite store, each counted once.

Written from the description in milter/store/segment.h, not from its code.
"""
import collections
import os
import re
import sqlite3
import time
import urllib.parse
import zlib

NAME = re.compile(r"\d{11}-([0-9a-f]{32})\.(open|done|damaged)")


class Segment:
    """One file of the journal."""

    def __init__(self, path, segment_id):
        self.rows, self.damaged = [], 0
        ident = bytes.fromhex(segment_id)
        with open(path, "rb") as file:
            *lines, rest = file.read().split(b"\n")
        self.is_torn = rest.strip(b"\0") != b""
        header = b"sealwax-journal 1 " + segment_id.encode()
        for number, line in enumerate(lines):
            crc, _, checked = line.lstrip(b"\0").partition(b" ")
            length, _, text = checked.partition(b" ")
            if crc != b"%08x" % zlib.crc32(checked + ident) or \
                    not length.isdigit() or int(length) != len(text):
                self.damaged += 1
            elif number == 0:
                assert text == header, text
            else:
                self.rows.append(text.decode("ascii"))


def connect(database):
    """A connection that only reads; None if there is no store yet."""
    if not os.path.exists(database):
        return None
    return sqlite3.connect(
        f"file:{urllib.parse.quote(database)}?mode=ro", uri=True,
        timeout=20)


def stored(database, patience=200):
    """The tuples in a store with their counts, and the ids of the segments
    that they came from."""
    tuples, segments = collections.Counter(), set()
    path, database = database, connect(database)
    if database is None:
        return tuples, segments
    try:
        # Both at the same moment.
        database.execute("BEGIN")
        for text, count in database.execute(
                "SELECT tuple, count FROM sealwax_record"):
            tuples[bytes(text).decode("ascii")] += count
        segments = {bytes(one).hex() for one, in
                    database.execute("SELECT id FROM sealwax_segment")}
    except sqlite3.OperationalError as error:
        # Who only reads cannot read while it is made, or repaired after a
        # kill.
        if patience > 0 and re.search("readonly|unable to open", str(error)):
            time.sleep(0.05)
            return stored(path, patience - 1)
        if "no such table" not in str(error):
            raise
    finally:
        database.close()
    return tuples, segments


def kept(journal, database):
    """All tuples with their counts; while nobody writes."""
    tuples, imported = stored(database)
    for name in sorted(os.listdir(journal)) \
            if os.path.isdir(journal) else []:
        match = NAME.fullmatch(name)
        if match is None or match[1] in imported:
            continue
        segment = Segment(os.path.join(journal, name), match[1])
        assert not segment.damaged, f"{name}: {segment.damaged} lines"
        for row in segment.rows:
            tuples[row.split("\t")[3]] += 1
    return tuples


def number(database, name):
    """A number of the store; 0 if it is not there."""
    database = connect(database)
    if database is None:
        return 0
    try:
        row = database.execute(
            "SELECT sum(value) FROM sealwax_number WHERE name = ?",
            (name,)).fetchone()
        return row[0] or 0
    finally:
        database.close()
