# SPDX-License-Identifier: BSD-2-Clause
"""namespace.py - a network for tests, in which they have every address.

A program that calls enter() runs in network, mount and host name namespaces
of its own. The loopback interface there is the whole network: it gets the
addresses of all hosts, and whoever binds one is that host. /mnt is an empty
file system in memory, which is gone with the last process.
"""
import os
import subprocess

import stack


def enter(argv):
    """Run this program again in fresh namespaces; once there, go on."""
    if os.environ.get("SEALWAX_NAMESPACE") != "inside":
        os.environ["SEALWAX_NAMESPACE"] = "inside"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--uts",
                              stack.PYTHON, *argv])
    # Sendmail trusts no socket below a directory that others may write.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs",
                    "/mnt"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def give_address(address):
    """The loopback interface gets it, unless it has it."""
    family = "-6" if ":" in address else "-4"
    bits = "128" if ":" in address else "32"
    extra = ["nodad"] if family == "-6" else []
    subprocess.run(["ip", family, "addr", "replace", f"{address}/{bits}",
                    "dev", "lo", *extra], check=True)


def place_file(place, path, text):
    """A file of the machine, such as /etc/hosts, is ours here."""
    ours = place.file("etc/" + os.path.basename(path), text)
    subprocess.run(["mount", "--bind", ours, path], check=True)
