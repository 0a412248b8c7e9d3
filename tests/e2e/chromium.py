# SPDX-License-Identifier: BSD-2-Clause
"""chromium.py - a headless Chromium without any network, and the DevTools
protocol to it, over two pipes."""
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

START_S = 30
ANSWER_S = 20


def high_pipe():
    """A pipe out of the way of descriptors 3 and 4."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high


class Chromium:
    """As a context manager: a browser in a network namespace of its own,
    where not even the loopback interface is up."""

    def __enter__(self):
        program = shutil.which("chromium")
        if program is None:
            sys.exit("chromium.py: chromium is missing: "
                     "apt-get install chromium")
        self.home = tempfile.mkdtemp(prefix="sealwax-chromium-")
        commands_read, self.commands = high_pipe()
        self.answers, answers_write = high_pipe()
        # The protocol is spoken on descriptors 3 and 4.
        script = (f"exec 3<&{commands_read} 4>&{answers_write} "
                  f"{commands_read}<&- {answers_write}>&-; "
                  'exec unshare --net "$@"')
        self.process = subprocess.Popen(
            ["bash", "-c", script, "bash", program, "--headless",
             "--no-sandbox",  # it refuses to run as root otherwise
             "--remote-debugging-pipe", "--disable-gpu",
             "--disable-dev-shm-usage", "--disable-background-networking",
             "--disable-component-update", "--no-first-run",
             f"--user-data-dir={self.home}/profile", "about:blank"],
            pass_fds=(commands_read, answers_write),
            env=dict(os.environ, HOME=self.home, TMPDIR=self.home),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(commands_read)
        os.close(answers_write)
        self.buffer = b""
        self.last_id = 0
        self.session = None
        self.events = []
        self.call("Target.getTargets", timeout=START_S)
        return self

    def __exit__(self, *_):
        os.close(self.commands)  # that is its end, too
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.answers)
        shutil.rmtree(self.home, ignore_errors=True)

    def _receive(self, deadline):
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.answers], [], [], left)[0]:
                raise TimeoutError("chromium does not answer")
            data = os.read(self.answers, 1 << 16)
            if not data:
                raise EOFError("chromium has ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, timeout=ANSWER_S, **params):
        """The result of one command; events on the way are kept."""
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if self.session is not None:
            message["sessionId"] = self.session
        line = json.dumps(message).encode() + b"\0"
        while line:
            line = line[os.write(self.commands, line):]
        deadline = time.monotonic() + timeout
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self.last_id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def wait_for(self, method):
        """The first event of that name, from those not taken yet."""
        deadline = time.monotonic() + ANSWER_S
        while True:
            for event in self.events:
                if event["method"] == method:
                    return event["params"]
            answer = self._receive(deadline)
            if "method" in answer:
                self.events.append(answer)

    def open_tab(self):
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call(
            "Target.attachToTarget", targetId=target["targetId"],
            flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "DOM", "CSS",
                       "Accessibility"):
            self.call(domain + ".enable")

    def show(self, url, width, dark=False, height=900):
        """Load a page; its events are in self.events."""
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media="screen", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        self.events = []
        self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression,
                           returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")
