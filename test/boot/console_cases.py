# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the console: its views, fairness, lines of guests' own, serial cards."""
import fcntl
import os
import re
import select
import socket
import tempfile
import time

from qemu import Guest, expect, modules

ESCAPE = "\x1d"
PIPE_BYTES = 4096  # the least a pipe can hold
F_SETPIPE_SZ = 1031


def echo(c, name, words=""):
    return Guest(os.path.join(c.build, "guests/echo.elf"), name, words, mem="4M")


class Line:
    """The other end of a second serial line, a socket QEMU listens at."""

    def __init__(self, m, path):
        self.socket, self.raw = socket.socket(socket.AF_UNIX), b""
        end = time.monotonic() + 20
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                expect(time.monotonic() < end and m.process.poll() is None, "no second line")
                time.sleep(0.02)
        self.socket.settimeout(30)

    def wait_for(self, text):
        while text not in self.raw:
            data = self.socket.recv(4096)
            expect(data, f"the line ended before {text!r}; {self.raw!r}")
            self.raw += data


def alone(c):
    """x: one guest's bytes as they are, its history first; moves with the keyboard; a: all."""
    guests = [echo(c, "one"), echo(c, "two"), c.guest("clock", mem="4M", cmdline="period_ms=100")]
    with c.machine(modules(c.build, guests, "on-idle=poweroff"), debug_exit=False) as m:
        m.wait_for(r"one\| .*quit")
        m.wait_for(r"clock\| clock: period 1")
        m.type("h\xc3\xa9llo\r")
        m.wait_for(r"one\| you said: ")
        m.type(ESCAPE + "x")
        m.wait_for(r"-- one alone; escape key, a: all --\r\ntype a line; \"quit\" ends it\r\n"
                   r"you said: h")
        start = m.seen
        m.type("\x1b[1mbold\r")
        m.wait_for("you said: \x1b\\[1mbold\r\n")
        time.sleep(0.5)
        expect(b"clock" not in m.raw[start:], "others are seen")
        m.type(ESCAPE + "2")
        m.wait_for(r"-- two alone; escape key, a: all --\r\ntype a line")
        m.type("there\r")
        m.wait_for(r"you said: there\r\n")
        m.type(ESCAPE + "a")
        m.wait_for(r"clock\| clock: period")
        m.type(ESCAPE + "x")
        m.wait_for(r"-- two alone")
        m.type(ESCAPE + "s")  # whatever answers is seen
        m.wait_for(r"\* 2 two +\w+ +4 MiB")
        m.type(ESCAPE + "x")
        m.wait_for(r"-- two alone")
        m.type("quit\r")  # and so is its end
        m.wait_for(r'guest "two": powered off')
        m.wait_for(r"clock\| clock: period")


def colours(c):
    """colour=on: sequences around names and nowhere else; without it there are none."""
    for words, wanted in (("colour=on", rb"\x1b\[31mhello\|\x1b\[00m Hello"),
                          ("", rb"\r\nhello\| Hello")):
        with c.machine(modules(c.build, [c.guest("hello", mem="4M", cmdline="stay")],
                               words)) as m:
            m.wait_for("staying")
            expect(re.search(wanted, m.raw), f"{words}: not found: {wanted}")
            expect(b"\x1b" not in re.sub(rb"\x1b\[\d\dm", b"", m.raw), "other sequences")
            expect(words or b"\x1b" not in m.raw, "sequences without being asked")


class SlowLine:
    """The first serial line as pipes, read at the speed of 115200 baud and not ahead."""

    def __init__(self, folder):
        self.path, self.raw = os.path.join(folder, "slow"), b""
        for end in (".in", ".out"):
            os.mkfifo(self.path + end)
        self.keys = os.open(self.path + ".in", os.O_RDWR)
        self.fd = os.open(self.path + ".out", os.O_RDWR)
        fcntl.fcntl(self.fd, F_SETPIPE_SZ, PIPE_BYTES)

    def wait_for(self, pattern, limit=1 << 20):
        """Reads on until pattern; fails when it is not within limit bytes from here."""
        start, regex = len(self.raw), re.compile(pattern)
        while not regex.search(self.raw, start):
            expect(len(self.raw) - start < limit, f"{pattern} not within {limit} bytes")
            expect(select.select([self.fd], [], [], 30)[0], f"silence before {pattern}")
            self.raw += os.read(self.fd, 64)
            time.sleep(64 / 11520)

    def type(self, text):
        os.write(self.keys, text.encode())


def flood(c):
    """A guest that prints without end: keys, another's lines and the monitor are not behind it."""
    path = os.path.join(c.build, "test/guests/console_much.elf")
    guests = [echo(c, "one"), Guest(path, "flood", "weight=1000", "rounds=1000000", mem="4M")]
    limit = PIPE_BYTES + 1536  # what was under way, and a few lines
    with tempfile.TemporaryDirectory() as folder:
        line = SlowLine(folder)
        with c.machine(modules(c.build, guests, ""), serial=f"pipe:{line.path}"):
            line.wait_for(rb"one\| type a line")
            line.wait_for(rb"(flood\| \.{30,31}\r\n){300}")
            for word in ("first", "second", "third"):
                line.type(f"{word}\r")
                line.wait_for(rf"one\| you said: {word}\r\n".encode(), limit)
            line.type(ESCAPE + "s")
            line.wait_for(rb"\* 1 one .*\r\n", 2 * limit)
            line.type(ESCAPE + "x")
            line.wait_for(rb"-- one alone.*\r\n", limit)
            line.type("alone\r")
            line.wait_for(rb"you said: alone\r\n")
            shown = line.raw[line.raw.rindex(b"-- one alone"):]
            expect(b"..." not in shown, "the flood is seen in the view of another")
    lines = re.findall(rb"flood\| [^\r]*\r\n", line.raw[:line.raw.index(b"-- one alone")])
    wrong = {text for text in lines if text not in (b"flood| " + b"." * 31 + b"\r\n",
                                                    b"flood| " + b"." * 30 + b"\r\n")}
    expect(not wrong, f"mixed: {wrong}")


def own_line(c, name="com2", machine=("-serial", "unix:{path},server=on,wait=off")):
    """console=com2: that guest has the line for itself, both ways and raw."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "line")
        machine = [word.format(path=path) for word in machine]
        guests = [c.guest("hello", mem="4M", cmdline="stay"), echo(c, "one", f"console={name}"),
                  echo(c, "two", f"console={name}")]
        with c.machine(modules(c.build, guests, "") + machine) as m:
            line = Line(m, path)
            m.wait_for(rf'guest "two": dead: console={name}: there is no such serial line, or')
            m.wait_for("staying")
            line.socket.sendall(b"k" + ESCAPE.encode() + b"s\r")
            line.wait_for(b"you said: k" + ESCAPE.encode() + b"s\r\n")
            line.socket.sendall(b"quit\r")
            line.wait_for(b"bye\r\n")
            m.wait_for(r'guest "one": powered off')
            expect(b"you said" not in m.raw and b"one|" not in m.raw, "seen on the common line")
            expect(b"hello" not in line.raw and b"guest" not in line.raw, "others on its line")


PCI_SERIAL = ("-chardev", "socket,id=card,path={path},server=on,wait=off",
              "-device", "pci-serial,chardev=card")


def pci_console(c, words, *machine):
    """console=pci0 and no other line: the log, the guests and the keyboard are on the card."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "line")
        card = [word.format(path=path) for word in PCI_SERIAL]
        options = modules(c.build, [echo(c, "one")], f"console=pci0 on-idle=poweroff {words}")
        with c.machine(options + card + list(machine), serial="none", debug_exit=False) as m:
            line = Line(m, path)
            line.wait_for(b"one| type a line")
            line.socket.sendall(b"hello\r")
            line.wait_for(b"one| you said: hello\r\n")
            line.socket.sendall(b"quit\r")
            line.wait_for(b"powering off\r\n")
            expect(m.wait_end() == 0, "QEMU's status")


def no_line(c):
    """A guest's own line that is not there; no serial line at all, but a screen."""
    guests = [echo(c, "one", "console=com3"), echo(c, "two", "console=com1"),
              c.guest("hello", mem="4M", cmdline="stay")]
    with c.machine(modules(c.build, guests, "")) as m:
        m.wait_for(r'guest "one": dead: console=com3: there is no such serial line, or')
        m.wait_for(r'guest "two": dead: console=com1: there is no such serial line, or')
        m.wait_for("staying")


def shown_at_once(c):
    """A guest's line is shown even if nothing in the machine happens after it wrote it."""
    path = os.path.join(c.build, "test/guests/monitor_target.elf")
    guests = [Guest(path, "busy", "", "spin", mem="2M")]
    with c.machine(modules(c.build, guests, "nmi-watchdog=off")) as m:
        m.wait_for(r"busy\| ready\r", 20)


CASES = {
    "console_alone": alone,
    "console_colours": colours,
    "console_flood": flood,
    "console_own_line": own_line,
    "console_own_line_pci": lambda c: own_line(c, "pci0", PCI_SERIAL),
    "console_pci": lambda c: pci_console(c, ""),
    "console_pci_8259": lambda c: pci_console(c, "ioapic=off"),
    "console_pci_q35": lambda c: pci_console(c, "", "-M", "q35"),
    "console_no_line": no_line,
    "console_shown_at_once": shown_at_once,
}
