# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts QEMU: to its end in one go, or step by step with its console and monitor."""
import contextlib
import fcntl
import json
import os
import re
import shlex
import socket
import subprocess
import tempfile
import threading
import time

QEMU = os.environ.get("QEMU", "qemu-system-i386")
TIMEOUT = 60  # seconds; the machine may be busy with other things
ICOUNT_TIMEOUT = 240  # where instructions are counted, waiting is work

# QEMU's exit status under `test` (core/machine.h: 2 * code + 1).
CLEAN, GUEST_DIED, BROKEN = 67, 69, 95


class Failed(Exception):
    """A test's expectation was not met; the text says which."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


class Guest:
    """A module: a guest's image and its line."""

    def __init__(self, path, name, words="", cmdline="", mem=""):
        self.path, self.name = path, name
        parts = ["guest", f"name={name}" if name else "", f"mem={mem}" if mem else "", words]
        self.line = " ".join(filter(None, parts)) + (f" -- {cmdline}" if cmdline else "")


class Disk:
    """A module that is a RAM disk."""

    def __init__(self, path, name):
        self.path, self.line = path, f"disk name={name}"


def command(machine=(), debug_exit=True, serial="stdio", resets=False, program=QEMU):
    """QEMU, headless and without anything that is not needed. machine: further options."""
    words = [program, "-nic", "none", "-vga", "none", "-display", "none", "-no-reboot",
             "-monitor", "none", "-serial", serial]
    if debug_exit:
        words += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    if resets:
        words.remove("-no-reboot")
    if "-m" not in machine:
        words += ["-m", "256"]
    return words + list(machine)


def modules(build, guests, words="test on-idle=poweroff"):
    """The options that boot the hypervisor with these guests by QEMU's own loader."""
    options = ["-kernel", os.path.join(build, "gatehouse.elf"), "-append", words]
    if guests:
        # A comma separates modules; two stand for one.
        options += ["-initrd", ",".join(f"{g.path} {g.line.replace(',', ',,')}" for g in guests)]
    return options


def clean_log(raw):
    """Lines of a serial line's bytes, without carriage returns and terminal sequences."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", raw.decode(errors="replace"))
    text = re.sub(r"[^\n\r\t\x20-\x7e]", "?", text)
    return [re.sub(r"^.*\r(?=.)", "", line.rstrip("\r")) for line in text.split("\n")]


class Run:
    """What one boot did: status (None: still running when its time was over), log, command."""

    def __init__(self, words, timeout=None):
        timeout = timeout or (ICOUNT_TIMEOUT if "-icount" in words else TIMEOUT)
        self.command = words
        started = time.monotonic()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        try:
            raw, _ = process.communicate(timeout=timeout)
            self.status = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            raw, _ = process.communicate()
            self.status = None
        self.raw = raw
        self.log = clean_log(raw)
        self.seconds = time.monotonic() - started

    def has(self, pattern):
        return any(re.search(pattern, line) for line in self.log)

    def count(self, pattern):
        return sum(1 for line in self.log if re.search(pattern, line))


class Machine:
    """A running QEMU. Use it in a with statement; it is gone afterwards."""

    def __init__(self, words):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "qmp")
        self.command = words
        self.raw = b""
        self.seen = 0  # wait_for() looks behind this
        self.changed = threading.Condition()
        self.ended = False
        self.events = []
        self.process = subprocess.Popen(
            words + ["-qmp", f"unix:{path},server=on,wait=off"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.qmp = self._connect(path)
        except (Failed, OSError) as error:
            self.process.kill()
            self.process.wait()
            raise Failed(f"QEMU did not start, or not for long: {error}; "
                         f"{self.raw.decode(errors='replace')}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.qmp.close()
        self.folder.cleanup()

    def _read(self):
        while True:
            data = os.read(self.process.stdout.fileno(), 65536)
            with self.changed:
                self.raw += data
                self.ended = not data
                self.changed.notify_all()
            if not data:
                return

    def _connect(self, path):
        end = time.monotonic() + TIMEOUT
        s = socket.socket(socket.AF_UNIX)
        while True:
            try:
                s.connect(path)
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.02)
        s.settimeout(TIMEOUT)
        f = s.makefile("rw", encoding="utf-8")
        f.readline()
        f.write('{"execute": "qmp_capabilities"}\n')
        f.flush()
        f.readline()
        return f

    @property
    def log(self):
        return clean_log(self.raw)

    def wait_for(self, pattern, timeout=TIMEOUT):
        """Waits for a match behind the last one found; returns it."""
        regex = re.compile(pattern.encode())
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                match = regex.search(self.raw, self.seen)
                if match:
                    self.seen = match.end()
                    return match
                left = end - time.monotonic()
                if left <= 0 or self.ended:
                    why = "the machine ended" if self.ended else f"not within {timeout} s"
                    raise Failed(f"waited for /{pattern}/: {why}")
                self.changed.wait(left)

    def type(self, text):
        os.write(self.process.stdin.fileno(), text.encode())

    def wait_end(self, timeout=TIMEOUT):
        """QEMU's exit status."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"the machine still runs after {timeout} s") from None

    def execute(self, name, **arguments):
        """One QMP command's result; events that come along are kept."""
        self.qmp.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.qmp.flush()
        while True:
            line = self.qmp.readline()
            if not line:
                raise Failed(f"QEMU ended during {name}")
            answer = json.loads(line)
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise Failed(f"QMP {name}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def wait_event(self, name):
        while True:
            for event in self.events:
                if event["event"] == name:
                    return event
            line = self.qmp.readline()
            if not line:
                raise Failed(f"QEMU ended without the event {name}")
            answer = json.loads(line)
            if "event" in answer:
                self.events.append(answer)

    def monitor(self, line):
        """What the human monitor answers to a line."""
        return self.execute("human-monitor-command", **{"command-line": line})


@contextlib.contextmanager
def deaf_line():
    """For command(serial=): a line of which nobody takes what is sent, not one byte."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "line")
        for end in (".in", ".out"):
            os.mkfifo(path + end)
        out = os.open(path + ".out", os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, 4096)
        try:
            while os.write(out, b"x" * 512):
                pass
        except BlockingIOError:
            pass
        yield f"pipe:{path}"
        os.close(out)


def by_hand(words):
    return shlex.join(words) + "; echo $?"
