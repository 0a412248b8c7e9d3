#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""postgresql_tls.py - the store on another host: PostgreSQL by TCP, with a
password and a certificate that is checked.

usage: postgresql_tls.py BUILD_DIRECTORY

The server lets in nobody without TLS and password. sealwaxd, started as root,
confined and without rights, and sealwax-report find both where the manual of
libpq says: in files that the URL names, that the environment names, or in the
home directory of the user that they become, whatever HOME says. The server is stopped and comes back: the daemon
needs the files again, from within its confinement. What is wrong is said, and
no password with it. The build has to be --with-pgsql.
"""
import os
import re
import shutil
import sys
import time

import fleet
import namespace
import stack

sys.path.insert(0, stack.SUPPORT)
import pgserver  # noqa: E402

PASSWORD = "correct horse: battery"
EX_TEMPFAIL, EX_CONFIG = 75, 78
check = fleet.check


def secret(place, name, text):
    """A file for the user alone, as libpq wants it."""
    path = place.file(name, text)
    os.chmod(path, 0o600)
    shutil.chown(path, "nobody")
    return path


class Drill:
    def __init__(self, place, build):
        self.place, self.build = place, build
        self.tls = pgserver.Tls(place.folder("tls"), PASSWORD)
        os.chmod(self.tls.ca, 0o644)
        self.server = pgserver.Server(tls=self.tls)
        place.stack.callback(self.server.end)
        self.dns = place.stack.enter_context(
            stack.Dns(place, "dns", fleet.ZONE))
        escaped = PASSWORD.replace(":", "\\:")
        self.passfile = secret(
            place, "passfile", f"127.0.0.1:{self.server.port}:*:sealwax:"
            f"{escaped}\n")
        self.url = (f"postgresql://sealwax@127.0.0.1:{self.server.port}/"
                    "sealwax?sslmode=verify-full")
        self.number = 0

    def make_home(self):
        """Of the user that they become, with what libpq looks for there."""
        home = self.place.folder("home", "nobody")
        with open("/etc/passwd", encoding="utf-8") as file:
            namespace.place_file(self.place, "/etc/passwd", re.sub(
                "^(nobody:.*):[^:\n]*:", rf"\1:{home}:", file.read(),
                flags=re.M))
        secret(self.place, "home/.pgpass", open(
            self.passfile, encoding="ascii").read())
        self.place.folder("home/.postgresql", "nobody")
        shutil.copy(self.tls.ca, home + "/.postgresql/root.crt")

    def host(self, name, more="", **environment):
        clean = {key: value for key, value in os.environ.items()
                 if not key.startswith("PG")}
        clean["HOME"] = "/root"
        return fleet.Host(self.place, self.build, name, self.url + more,
                          self.dns, 25, {**clean, **environment})

    def deliver(self, host):
        self.number += 1
        host.deliver("d1.example", f"n{self.number}")

    def rows(self):
        if self.server.query("SELECT to_regclass('sealwax_record')") == [""]:
            return 0
        return sum(map(int, self.server.query(
            "SELECT count FROM sealwax_record")))

    def wait_for_rows(self, host):
        def look():
            check(host.daemon.alive(), host.daemon.output()[-2000:])
            return self.rows() == self.number
        try:
            stack.wait_for("rows", look, 40)
        except stack.Failure:
            raise stack.Failure(host.daemon.output()[-2000:]) from None


def works(drill, name, host):
    """Rows come in, and are seen; the session is one by TLS."""
    host.start()
    check("files are not confined" not in host.daemon.output(),
          "this kernel confines nothing: the test says too little")
    drill.deliver(host)
    drill.wait_for_rows(host)
    check(drill.server.query(
        "SELECT DISTINCT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a"
        " USING (pid) WHERE a.usename = 'sealwax'") == ["t"])
    done = host.report("list", "--open")
    check(done.returncode == 0 and "d1.example" in done.stdout, name,
          done.stdout, done.stderr)


def goes_on_after_a_crash(drill, host):
    drill.server.crash()
    drill.deliver(host)
    stack.wait_for("the loss", lambda: host.says("the store cannot be used"),
                   30)
    drill.server.start()
    drill.wait_for_rows(host)


def places(drill):
    """Each place that the manual names."""
    drill.make_home()
    files = f"&sslrootcert={drill.tls.ca}&passfile={drill.passfile}"
    for name, host in (
            ("url", drill.host("url", files)),
            ("environment", drill.host(
                "environment", PGPASSFILE=drill.passfile,
                PGSSLROOTCERT=drill.tls.ca)),
            ("home", drill.host("home"))):
        works(drill, name, host)
        if name == "home":
            goes_on_after_a_crash(drill, host)
        host.stop()
    return "files of URL, environment and home"


def faults(drill):
    """What is wrong is said; the daemon takes mail all the same."""
    shutil.rmtree(drill.place.file("home"))
    files = f"&sslrootcert={drill.tls.ca}&passfile="
    wrong = secret(drill.place, "wrong", "*:*:*:*:wrong\n")
    open_to_all = drill.place.file("open", open(
        drill.passfile, encoding="ascii").read())
    stranger = pgserver.Tls(drill.place.folder("stranger"), "x")
    for name, host, status, why in (
            ("password", drill.host("p", files + wrong), EX_CONFIG,
             "password authentication failed"),
            ("none", drill.host("n", files + "/nonexistent"), EX_CONFIG,
             "no password supplied"),
            ("readable by others", drill.host("o", files + open_to_all),
             EX_CONFIG, "no password supplied"),
            ("certificate", drill.host(
                "c", f"&sslrootcert={stranger.ca}&passfile="
                f"{drill.passfile}"), EX_TEMPFAIL,
             "certificate verify failed"),
            ("name", drill.host("d", files + drill.passfile
                                + "&host=localhost"), EX_TEMPFAIL,
             "does not match host name"),
            ("no TLS", drill.host("t", files + drill.passfile
                                  + "&sslmode=disable"), EX_CONFIG,
             "no encryption")):
        done = host.report("list")
        said = done.stdout + done.stderr
        check(done.returncode == status and why in said, name,
              done.returncode, said)
        check(PASSWORD not in said and "wrong\n" not in said, said)
        if name != "password":
            continue
        host.start()
        host.deliver("d1.example", "in-vain")
        stack.wait_for("the fault", lambda h=host: h.says(why), 30)
        host.stop()
    return "password, certificate, name and encryption"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    namespace.enter(sys.argv)
    os.umask(0o022)
    begun = time.monotonic()
    with stack.Workplace() as place:
        drill = Drill(place, os.path.abspath(sys.argv[1]))
        for step in (places, faults):
            print(f"ok   {step.__name__}:", step(drill), flush=True)
    print(f"postgresql_tls: 2 of 2 ({time.monotonic() - begun:.0f} s)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except stack.Failure as failure:
        print(f"not ok postgresql_tls: {failure}")
        sys.exit(1)
