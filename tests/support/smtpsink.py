#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""smtpsink - an SMTP server for tests that answers as it is told.

usage: smtpsink.py DIRECTORY [option...]

	--say STAGE[:TEXT]=REPLY  answer so at greeting, ehlo, starttls, auth,
	                          mail, rcpt, data or message; with TEXT only
	                          where the command has it. The first that fits
	                          counts. "\\n" in REPLY begins another line.
	                          REPLY may be "cut" (the connection ends),
	                          "silent" (no answer comes), "taken-REPLY"
	                          (a message is kept all the same),
	                          "after-SECONDS-REPLY" or "N*REPLY"
	                          (only the first N times); what has no code
	                          is sent as it is
	--after N                 a connection ends after N messages
	--tls                     TLS from the first octet
	--starttls                STARTTLS is offered
	--login USER:PASSWORD     AUTH PLAIN and LOGIN are offered, and a must
	--ehlo-without-size       SIZE is not offered
	--listen ADDRESS@PORT     in place of 127.0.0.1 and a port that the
	                          system chooses

Once it listens it prints "ready PORT". In DIRECTORY: "port" (the same), "log" (what was said, one line each),
"1.eml", "2.eml" ... (the messages that were taken, octets as they came, dots
undone), "ca.pem" (of its certificate, with --tls and --starttls). It ends
when it is told to, and when its standard input does.
"""
import argparse
import base64
import os
import socket
import ssl
import subprocess
import sys
import threading
import time


class Cut(Exception):
    pass


class Rule:
    def __init__(self, text):
        text = os.fsencode(text).decode("latin-1")
        place, self.reply = text.split("=", 1)
        self.stage, _, self.text = place.partition(":")
        self.left = None
        count, star, rest = self.reply.partition("*")
        if star and count.isdigit():
            self.left, self.reply = int(count), rest

    def fits(self, stage, line):
        return self.stage == stage and self.left != 0 and \
            self.text in line


class Sink:
    def __init__(self, options):
        self.options = options
        self.rules = [Rule(text) for text in options.say]
        self.lock = threading.Lock()
        self.n_messages = self.n_connections = 0
        self.log_file = open(self.path("log"), "w", encoding="latin-1")
        self.context = None
        if options.tls or options.starttls:
            self.context = self.certificate()

    def path(self, name):
        return os.path.join(self.options.directory, name)

    def certificate(self):
        key, cert = self.path("key.pem"), self.path("ca.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", key, "-out", cert],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context

    def log(self, text):
        with self.lock:
            self.log_file.write(text + "\n")
            self.log_file.flush()

    def reply_for(self, stage, line, usual):
        with self.lock:
            for rule in self.rules:
                if rule.fits(stage, line):
                    if rule.left is not None:
                        rule.left -= 1
                    return rule.reply
        return usual

    def keep(self, octets):
        with self.lock:
            self.n_messages += 1
            name = self.path(f"{self.n_messages}.eml")
        with open(name + ".new", "wb") as file:
            file.write(octets)
        os.rename(name + ".new", name)

    def serve(self):
        address, _, port = self.options.listen.partition("@")
        server = socket.create_server((address, int(port)), backlog=20)
        with open(self.path("port.new"), "w", encoding="ascii") as file:
            file.write(f"{server.getsockname()[1]}\n")
        os.rename(self.path("port.new"), self.path("port"))
        print("ready", server.getsockname()[1], flush=True)
        while True:
            client, _ = server.accept()
            threading.Thread(target=self.talk, args=(client,),
                             daemon=True).start()

    def talk(self, client):
        with self.lock:
            self.n_connections += 1
            number = self.n_connections
        self.log(f"connection {number}")
        try:
            if self.options.tls:
                client = self.context.wrap_socket(client, server_side=True)
            Talk(self, client).run()
        except (Cut, OSError):
            pass
        client.close()
        self.log(f"end {number}")


class Talk:
    def __init__(self, sink, client):
        self.sink = sink
        self.client = client
        self.file = client.makefile("rb")
        self.is_secure = sink.options.tls
        self.is_in = not sink.options.login
        self.is_open = False
        self.n_messages = self.n_recipients = 0

    def line(self):
        line = self.file.readline()
        if not line:
            raise Cut
        return line

    def send(self, reply):
        if not reply[:3].isdigit():
            self.client.sendall(reply.encode("latin-1") + b"\r\n")
            return
        lines = reply.split("\\n")
        code = lines[0][:3]
        texts = [lines[0][4:]] + lines[1:]
        out = "".join(
            f"{code}{'-' if i + 1 < len(texts) else ' '}{text}\r\n"
            for i, text in enumerate(texts))
        self.client.sendall(out.encode("latin-1"))

    def answer(self, stage, line, usual):
        """The code that was given."""
        return self.give(self.sink.reply_for(stage, line, usual))

    def give(self, reply):
        if reply.startswith("after-"):
            _, seconds, reply = reply.split("-", 2)
            time.sleep(float(seconds))
        if reply == "cut":
            raise Cut
        if reply == "silent":
            while self.client.recv(4096):
                pass
            raise Cut
        self.send(reply)
        return int(reply[:3]) if reply[:3].isdigit() else 0

    def run(self):
        if self.answer("greeting", "", "220 sink.example ESMTP") >= 400:
            raise Cut
        while True:
            line = self.line().decode("latin-1").rstrip("\r\n")
            verb = line.split(" ")[0].split(":")[0].upper()
            self.sink.log(line if verb != "AUTH" else "AUTH ...")
            handler = getattr(self, "on_" + verb.lower(), None)
            if handler is None:
                self.send("500 5.5.1 what?")
            else:
                handler(line)

    def on_ehlo(self, line):
        options = self.sink.options
        lines = ["250 sink.example"]
        if not options.ehlo_without_size:
            lines.append("SIZE 10000000")
        if options.starttls and not self.is_secure:
            lines.append("STARTTLS")
        if options.login:
            lines.append("AUTH PLAIN LOGIN")
        self.answer("ehlo", line, "\\n".join(lines))

    def on_helo(self, line):
        self.answer("ehlo", line, "250 sink.example")

    def on_starttls(self, line):
        if self.answer("starttls", line, "220 go ahead") == 220:
            self.client = self.sink.context.wrap_socket(
                self.client, server_side=True)
            self.file = self.client.makefile("rb")
            self.is_secure = True
            self.sink.log("secure")

    def prompted(self, prompt):
        self.send("334 " + base64.b64encode(prompt).decode())
        return base64.b64decode(self.line())

    def on_auth(self, line):
        words = line.split(" ")
        if words[1].upper() == "PLAIN":
            got = base64.b64decode(words[2]) if len(words) > 2 \
                else self.prompted(b"")
            _, user, password = got.split(b"\0")
        else:
            user = base64.b64decode(words[2]) if len(words) > 2 \
                else self.prompted(b"Username:")
            password = self.prompted(b"Password:")
        right = self.sink.options.login.encode()
        self.is_in = user + b":" + password == right
        self.answer("auth", line, "235 2.7.0 welcome" if self.is_in
                    else "535 5.7.8 wrong")

    def on_mail(self, line):
        if not self.is_in:
            self.send("530 5.7.0 log in first")
            return
        if self.is_open:
            self.send("503 5.5.1 nested MAIL")
            return
        self.n_recipients = 0
        self.is_open = self.answer("mail", line, "250 2.1.0 ok") < 300

    def on_rcpt(self, line):
        if self.answer("rcpt", line, "250 2.1.5 ok") < 300:
            self.n_recipients += 1

    def on_data(self, line):
        if self.n_recipients == 0:
            self.send("554 5.5.1 no valid recipients")
            return
        if self.answer("data", line, "354 go on") != 354:
            return
        lines = []
        while True:
            line = self.line()
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        octets = b"".join(lines)
        self.sink.log("message")
        self.is_open = False
        reply = self.sink.reply_for(
            "message", octets.decode("latin-1"), "250 2.0.0 taken")
        if reply.startswith("taken-"):
            self.sink.keep(octets)
            reply = reply[6:]
        elif reply.startswith("2"):
            self.sink.keep(octets)
        self.give(reply)
        self.n_messages += 1
        if self.n_messages == self.sink.options.after:
            raise Cut

    def on_rset(self, line):
        del line
        self.is_open = False
        self.n_recipients = 0
        self.send("250 2.0.0 ok")

    def on_noop(self, line):
        del line
        self.send("250 2.0.0 ok")

    def on_quit(self, line):
        del line
        self.send("221 2.0.0 bye")
        raise Cut


def end_with_input():
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("directory")
    parser.add_argument("--say", action="append", default=[])
    parser.add_argument("--after", type=int, default=0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--starttls", action="store_true")
    parser.add_argument("--login", default="")
    parser.add_argument("--ehlo-without-size", action="store_true")
    parser.add_argument("--listen", default="127.0.0.1@0")
    options = parser.parse_args()
    threading.Thread(target=end_with_input, daemon=True).start()
    Sink(options).serve()


if __name__ == "__main__":
    main()
