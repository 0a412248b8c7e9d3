#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""corpus.py - the messages that are measured with, and their DNS.

usage: corpus.py DIRECTORY [--quick]

Writes INDEX (columns: corpus.h), msg/ and zone into DIRECTORY, unless they
are there already, made by this same script. Structure and texts come from a
fixed seed; keys are made anew. Sets:

  mix    2 KB to 2 MB (median 6 KB, mean 60 KB), 1 to 3 messages a session
  small  2 KB each
  first  2 KB to 64 KB, each of a domain of its own: what a cold cache sees
  hole   2 KB, all of domains whose only name server is to be black-holed
  big    one message of 30 MB

In all of them 80 % are signed (RSA of 2048 bits, some Ed25519; one or two
signatures), SPF records include each other up to three deep, DMARC Policy
Records are at none, quarantine, reject or missing, and some messages fail.
The column `expect` says what must come out.
"""
import argparse
import base64
import hashlib
import os
import random
import shutil
import sys

SEED = 9989
RCPT = "user@rcpt.example"
HOLE = "hole.example"
KEYS_RSA, KEYS_ED25519 = 48, 4
TTL = 3600
PROSE_MAX = 8192  # octets of a body that is no attachment
SIZES = {"mix": 400, "small": 200, "first": 200, "hole": 100, "big": 1}
SIZES_QUICK = {"mix": 100, "small": 60, "first": 60, "hole": 40, "big": 1}
WORDS = ("the of and to in a is that for it as was with be by on not he his "
         "but at are this have from or had an they which one you were all her "
         "she there would their we him been has when who will no more if out "
         "account invoice delivery meeting attached regards project schedule "
         "customer newsletter unsubscribe order number update").split()


def need_modules():
    missing = []
    for module, package in (("dkim", "python3-dkim"), ("nacl", "python3-nacl"),
                            ("cryptography", "python3-cryptography")):
        try:
            __import__(module)
        except ImportError:
            missing.append(package)
    if missing:
        sys.exit("corpus.py: missing; install: " + " ".join(missing))


class Key:
    """One that signs, and its record."""

    def __init__(self, algorithm, private, record):
        self.algorithm, self.private, self.record = algorithm, private, record

    @classmethod
    def rsa(cls):
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric import rsa
        key = rsa.generate_private_key(65537, 2048)
        public = key.public_key().public_bytes(
            s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
        return cls(b"rsa-sha256", key.private_bytes(
            s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL,
            s.NoEncryption()),
            "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode())

    @classmethod
    def ed25519(cls):
        import nacl.signing
        key = nacl.signing.SigningKey.generate()
        return cls(b"ed25519-sha256", base64.b64encode(bytes(key)),
                   "v=DKIM1; k=ed25519; p="
                   + base64.b64encode(bytes(key.verify_key)).decode())


class Sender:
    """A domain with its records, and what its mail should come to."""

    def __init__(self, maker, number, top):
        pick, self.maker = maker.random, maker
        self.domain = f"d{number:04d}.{top}"
        self.esp = f"esp{number:04d}.{top}"
        self.author = f"news.{self.domain}" if pick.random() < 0.3 \
            else self.domain
        self.client = f"203.0.{number // 250 % 250}.{number % 250 + 1}"
        self.helo = f"mx.{self.domain}"
        maker.add(self.helo, "A", self.client)
        maker.add(self.domain, "A", self.client)
        self.author != self.domain and maker.add(self.author, "A", self.client)
        self.through_esp = pick.random() < 0.2
        self.mail_domain = self.esp if self.through_esp else self.domain
        self.publish_spf()
        self.publish_dmarc()
        self.keys = {}

    def publish_spf(self):
        pick, add = self.maker.random, self.maker.add
        kind = pick.choices(("pass", "softfail", "fail", "none"),
                            (84, 6, 6, 4))[0]
        self.spf = kind
        if kind == "none":
            return
        ending = {"softfail": "~all", "fail": "-all"}.get(
            kind, pick.choice(("-all", "~all")))
        depth = pick.choices((0, 1, 2, 3), (30, 30, 25, 15))[0]
        own = self.client if kind == "pass" else "198.51.100.7"
        name = self.mail_domain
        for level in range(depth):
            terms = "ip4:192.0.2.0/24" if pick.random() < 0.6 else ""
            if level == 0 and pick.random() < 0.15:
                terms += " mx"
                add(name, "MX", f"10 mail.{name}")
                add(f"mail.{name}", "A", "192.0.2.9")
            below = f"_spf{level + 1}.{self.mail_domain}"
            add(name, "TXT", f"v=spf1 {terms} include:{below} {ending}"
                .replace("  ", " "))
            if pick.random() < 0.3:
                # Neighbours of the include, that do not match.
                beside = f"_also{level + 1}.{self.mail_domain}"
                add(beside, "TXT", "v=spf1 ip4:192.0.2.128/25 ~all")
                self.maker.zone[-2] = self.maker.zone[-2].replace(
                    " include:", f" include:{beside} include:", 1)
            name = below
        add(name, "TXT", f"v=spf1 ip4:192.0.2.0/24 ip4:{own} {ending}")

    def publish_dmarc(self):
        pick = self.maker.random
        self.policy = pick.choices(("none", "quarantine", "reject", None),
                                   (30, 25, 35, 10))[0]
        self.strict = self.policy is not None and pick.random() < 0.1
        if self.policy is None:
            return
        record = f"v=DMARC1; p={self.policy}"
        if self.strict:
            record += "; adkim=s; aspf=s"
        record += f"; rua=mailto:dmarc@{self.domain}"
        self.maker.add("_dmarc." + self.domain, "TXT", record)

    def key(self, domain, algorithm):
        """(selector, key) of a domain, published when first used."""
        where = domain, algorithm
        if where not in self.keys:
            selector = "s1" if algorithm == "rsa" else "e1"
            key = self.maker.random.choice(self.maker.keys[algorithm])
            self.maker.add(f"{selector}._domainkey.{domain}", "TXT",
                           key.record)
            self.keys[where] = selector, key
        return self.keys[where]

    def aligned(self, domain):
        if self.strict:
            return domain == self.author
        return domain == self.domain or domain.endswith("." + self.domain)


class Maker:
    def __init__(self, directory, sizes):
        self.directory, self.sizes = directory, sizes
        self.random = random.Random(SEED)
        self.zone, self.index, self.senders = [], [], 0
        self.keys = {"rsa": [Key.rsa() for _ in range(KEYS_RSA)],
                     "ed25519": [Key.ed25519() for _ in range(KEYS_ED25519)]}
        # Random text to cut bodies from.
        lines = [" ".join(self.random.choices(WORDS, k=11)) for _ in range(900)]
        self.prose = "\r\n".join(lines).encode()
        raw = self.random.randbytes(3 << 20)
        encoded = base64.b64encode(raw)
        self.base64 = b"\r\n".join(encoded[i:i + 76]
                                   for i in range(0, len(encoded), 76))

    def add(self, owner, rtype, text):
        self.zone.append(f"{owner} {TTL} {rtype} {text}")

    def size(self, kind):
        if kind in ("small", "hole"):
            return 2048
        if kind == "big":
            return 30 << 20
        low, high = self.random.choices(
            ((2, 8), (8, 60), (60, 400), (400, 2048)), (60, 26, 11, 3))[0]
        return min(int(1024 * low * (high / low) ** self.random.random()),
                   (64 if kind == "first" else 2048) << 10)

    def body(self, n):
        if n < 2 * PROSE_MAX:
            at = self.random.randrange(len(self.prose) - n)
            at = self.prose.index(b"\r\n", at) + 2 if at else 0
            text = self.prose[at:at + n]
        else:
            text = b""
            while len(text) < n:
                text += self.base64[:n - len(text)]
        return text.rstrip(b"\r\n ") + b"\r\n"

    def fields(self, sender, name, is_long):
        pick = self.random
        mime = ("application/pdf", "base64") if is_long else \
            ("text/plain; charset=utf-8", "7bit")
        by = sender.mail_domain
        fields = [
            f"Received: from out1.{by} (out1.{by} [10.1.2.3])\r\n"
            f"\tby mx.{by} (Postfix) with ESMTPS id {pick.randrange(1 << 40):X}"
            f"\r\n\tfor <{RCPT}>; Tue, 24 Nov 2026 10:00:00 +0000 (UTC)",
            f"Received: by app.{by} id {pick.randrange(1 << 40):x};\r\n"
            "\tTue, 24 Nov 2026 09:59:59 +0000",
            "Date: Tue, 24 Nov 2026 09:59:58 +0000",
            f"From: \"The {name} Team\" <team@{sender.author}>",
            f"Reply-To: <reply@{sender.author}>",
            f"To: User <{RCPT}>",
            f"Message-ID: <{name}.{pick.randrange(1 << 60)}@{sender.author}>",
            "Subject: " + " ".join(pick.choices(WORDS, k=7)),
            "MIME-Version: 1.0",
            f"Content-Type: {mime[0]}",
            f"Content-Transfer-Encoding: {mime[1]}",
            f"List-Unsubscribe: <https://{sender.author}/u?id={name}>",
            "X-Mailer: bench 1.0",
        ]
        return ("\r\n".join(fields) + "\r\n").encode()

    def sign(self, message, sender, domain, algorithm):
        import dkim
        selector, key = sender.key(domain, algorithm)
        canon = self.random.choices(
            ((b"relaxed", b"relaxed"), (b"relaxed", b"simple"),
             (b"simple", b"simple")), (70, 20, 10))[0]
        return dkim.sign(
            message, selector.encode(), domain.encode(), key.private,
            canonicalize=canon, signature_algorithm=key.algorithm,
            include_headers=[b"From", b"To", b"Subject", b"Date",
                             b"Message-ID", b"MIME-Version", b"Content-Type"])

    def signers(self, sender):
        """[(domain, algorithm)]"""
        own, esp = sender.domain, sender.esp
        if sender.strict:
            own = sender.author
        return self.random.choices(
            ([], [(own, "rsa")], [(own, "rsa"), (esp, "rsa")],
             [(own, "ed25519"), (own, "rsa")], [(esp, "rsa")]),
            (20, 48, 18, 8, 6))[0]

    def message(self, sender, name, kind):
        """A message as octets, and what to expect."""
        signers = self.signers(sender)
        size = self.size(kind)
        head = self.fields(sender, name, size >= 2 * PROSE_MAX)
        body = self.body(max(size - len(head) - 2 - 630 * len(signers), 60))
        message = head + b"\r\n" + body
        broken = bool(signers) and self.random.random() < 0.07
        for domain, algorithm in signers:
            message = self.sign(message, sender, domain, algorithm) + message
        if broken:  # on its way, by a list say
            message += b"-- \r\nThis list is no list.\r\n"
        dkim_word = "none" if not signers else "fail" if broken else "pass"
        passed = (sender.spf == "pass" and sender.aligned(sender.mail_domain)) \
            or (dkim_word == "pass" and
                any(sender.aligned(domain) for domain, _ in signers))
        dmarc = "none" if sender.policy is None else \
            "pass" if passed else "fail"
        return message, (f"spf={sender.spf} dkim={dkim_word} "
                         f"signatures={len(signers)} dmarc={dmarc} "
                         f"p={sender.policy or '-'}")

    def make(self):
        os.makedirs(os.path.join(self.directory, "msg"))
        for kind, n in self.sizes.items():
            self.make_set(kind, n)
        self.write("zone", "\n".join(self.zone) + "\n")
        self.write("INDEX", "\n".join(self.index) + "\n")

    def make_set(self, kind, n):
        left = n
        while left > 0:
            top = HOLE if kind == "hole" else "example"
            sender = Sender(self, self.senders, top)
            session = f"{kind}{self.senders:04d}"
            self.senders += 1
            many = self.random.choices((1, 2, 3), (75, 15, 10))[0] \
                if kind in ("mix", "small") else 1
            for _ in range(min(many, left)):
                name = f"{kind[0]}{n - left:04d}"
                message, expect = self.message(sender, name, kind)
                path = f"msg/{name}.eml"
                with open(os.path.join(self.directory, path), "wb") as file:
                    file.write(message)
                self.index.append("\t".join((
                    name, kind, session, sender.client, sender.helo,
                    sender.helo, f"bounce@{sender.mail_domain}", RCPT, path,
                    expect)))
                left -= 1

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w",
                  encoding="ascii") as file:
            file.write(text)


def ensure(directory, quick=False):
    """Make the corpus unless it is there; whether it was made."""
    sizes = SIZES_QUICK if quick else SIZES
    with open(os.path.abspath(__file__), "rb") as file:
        stamp = hashlib.sha256(file.read() + repr(sizes).encode()).hexdigest()
    stamp_path = os.path.join(directory, "stamp")
    try:
        with open(stamp_path, encoding="ascii") as file:
            if file.read() == stamp:
                return False
    except OSError:
        pass
    need_modules()
    if os.path.isdir(directory):
        if os.listdir(directory) and not os.path.exists(stamp_path):
            sys.exit(f"corpus.py: {directory} is not empty and no corpus")
        shutil.rmtree(directory)
    os.makedirs(directory)
    maker = Maker(directory, sizes)
    maker.write("stamp", "unfinished")
    maker.make()
    maker.write("stamp", stamp)
    return True


def main():
    parser = argparse.ArgumentParser(description="Make the messages that are "
                                     "measured with.")
    parser.add_argument("directory")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    made = ensure(options.directory, options.quick)
    print(f"corpus: {options.directory} " + ("made" if made else "is fresh"))


if __name__ == "__main__":
    main()
