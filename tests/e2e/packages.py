# SPDX-License-Identifier: BSD-2-Clause
"""packages.py - programs of Debian that are not installed.

Debian allows one mail transport agent on a machine, and ours is Postfix. The
packages of others are downloaded and unpacked into a directory.
"""
import glob
import os
import subprocess

import stack


def download(folder, names):
    """The packages of Debian; the lists are fetched if they are missing."""
    for words in (["download", "-q", *names], ["update", "-q"],
                  ["download", "-q", *names]):
        done = subprocess.run(["apt-get", *words], cwd=folder,
                              capture_output=True, text=True)
        if words[0] == "download" and done.returncode == 0:
            return
    raise stack.Failure("apt-get download: " + done.stderr)


def unpacked(folder, names, program):
    """The files of these packages; nothing in them runs with more rights
    than who starts it."""
    root = os.path.join(folder, "root")
    if os.path.isdir(root):
        return root
    os.makedirs(folder, exist_ok=True)
    download(folder, names)
    for path in glob.glob(os.path.join(folder, "*.deb")):
        subprocess.run(["dpkg", "-x", path, root + ".new"], check=True)
    # Without its set-id bits: the loader would else not look for libraries
    # where we unpacked them.
    os.chmod(os.path.join(root + ".new", program), 0o755)
    os.rename(root + ".new", root)
    return root


def environment(root):
    """In which these programs find their libraries."""
    return {"LD_LIBRARY_PATH": ":".join(
        glob.glob(os.path.join(root, "usr/lib/*-linux-gnu*"))
        + glob.glob(os.path.join(root, "lib/*-linux-gnu*"))),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
