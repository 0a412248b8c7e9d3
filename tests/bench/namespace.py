# SPDX-License-Identifier: BSD-2-Clause
"""namespace.py - a machine of its own, with no network but the loopback.

enter() starts the program again in namespaces: /etc/resolv.conf names
127.0.0.1, port 53 is free, and when the program ends, so does all it started.
"""
import os
import shutil
import subprocess
import sys
import tempfile

MARK = "SEALWAX_BENCH_INSIDE"


def enter():
    """Returns inside only."""
    if os.environ.get(MARK) == "1":
        settle()
        return
    if os.geteuid() != 0:
        sys.exit("bench: run it as root: it makes a network namespace, so "
                 "that every filter has a name server of its own on port 53")
    for tool, package in (("unshare", "util-linux"), ("ip", "iproute2"),
                          ("mount", "mount")):
        if shutil.which(tool) is None:
            sys.exit(f"bench: {tool} is missing: install {package}")
    os.environ[MARK] = "1"
    os.execvp("unshare", [
        "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child",
        "--mount-proc", sys.executable, *sys.argv])


def settle():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".resolv") as file:
        file.write("nameserver 127.0.0.1\noptions timeout:5 attempts:2\n")
        file.flush()
        os.chmod(file.name, 0o644)
        subprocess.run(["mount", "--bind", file.name,
                        os.path.realpath("/etc/resolv.conf")], check=True)
