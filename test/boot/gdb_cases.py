# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the gdb stub: a real gdb on the second serial line, or packets by hand."""
import os
import re
import socket
import subprocess
import tempfile
import time

from qemu import Guest, expect, modules

GDB_SECONDS = 60


class Line:
    """The second serial line as a client that speaks packets."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(10)
        self.data = b""

    def close(self):
        self.socket.close()

    def send(self, text):
        self.socket.sendall(text.encode())

    def _byte(self):
        if not self.data:
            self.data = self.socket.recv(4096)
            expect(self.data, "the line is closed")
        first, self.data = self.data[:1], self.data[1:]
        return first

    def acknowledgement(self):
        return self._byte().decode()

    def reply(self):
        """The next packet's text, acknowledged."""
        while self._byte() != b"$":
            pass
        text = b""
        while (c := self._byte()) != b"#":
            text += c
        expect(int(self._byte() + self._byte(), 16) == sum(text) & 255, f"checksum of {text}")
        self.send("+")
        return text.decode()

    def packet(self, text):
        self.send(f"${text}#{sum(text.encode()) & 255:02x}")

    def ask(self, text):
        self.packet(text)
        return self.reply()


class Bench:
    """A machine with a gdb line; gdb() runs a script against it."""

    def __init__(self, c, guests, words):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "gdb")
        self.elf, self.name = guests[0].path, guests[0].name
        self.kept = c.machine(modules(c.build, guests, f"gdb=com2 {words}") +
                              ["-serial", f"unix:{self.path},server=on,wait=off"])

    def __enter__(self):
        self.m = self.kept.__enter__()
        self.m.wait_for(f'guest "{self.name}": started')  # what comes earlier is lost
        return self

    def __exit__(self, *how):
        self.kept.__exit__(*how)
        self.folder.cleanup()

    def gdb(self, *lines, elf=None):
        """What gdb prints when it executes the lines."""
        script = os.path.join(self.folder.name, "script")
        with open(script, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        words = ["gdb", "-nx", "-batch", "-ex", "set pagination off", "-ex",
                 f"target remote {self.path}", "-x", script, elf or self.elf]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=GDB_SECONDS, check=False)
        return done.stdout.decode(errors="replace")


def has(text, *patterns):
    """Each pattern is in the text, behind the last one's match."""
    at = 0
    for pattern in patterns:
        match = re.compile(pattern, re.M).search(text, at)
        expect(match, f"gdb did not say /{pattern}/ there:\n{text}")
        at = match.end()


def target(c, cmdline=""):
    return Guest(c.test_guest("gdb_target").path, "target", mem="4M", cmdline=cmdline)


def breaks(c):
    """Breakpoints of both kinds, registers, memory, a variable changed."""
    with Bench(c, [target(c)], "gdb-wait=target") as b:
        said = b.gdb("p/x $eip", "info registers cs eflags", "tbreak *0x100005", "continue",
                     "break count_up", "continue",
                     "p n", "bt", "x/1xb $pc", "p/x secret", "finish", "p counter", "delete", "hbreak look_at_secret", "continue",
                     "set var secret = 1", "set var rounds = 2", "p/x secret", "delete",
                     "set $eax = 0x1234", "p/x $eax", "p $st0", "p $mxcsr", "monitor list",
                     "monitor nonsense", "continue")
        has(said, r"= 0x100000$", r"^cs +0x61 ", r"^eflags .*\[.* IF", r"Temporary breakpoint 1,",
            "Breakpoint 2, count_up",
            r"= 1$", r"#1 .* test_main", r"<count_up[^>]*>:\t0x(?!cc)", r"= 0x12345678$",
            "test_main", r"= 1$",
            "Breakpoint 3, look_at_secret", r"= 0x1$", r"= 0x1234$", r"= 0", "= \\[", "target",
            "nonsense", "exited normally")
        b.m.wait_for("rounds 2, counter 3, sum 0x2")
        b.m.wait_for("VERDICT: SUCCESS")


def steps(c):
    """Single steps over everything that has to do with TF; the guest looks for traces."""
    with Bench(c, [target(c)], "gdb-wait=target") as b:
        said = b.gdb("break steps_begin", "continue", "delete", "set $n = 0",
                     "while $pc != &steps_end && $n < 3000", "stepi", "set $n = $n + 1", "end",
                     "printf \"steps %d\\n\", $n", "p $pc == &steps_end", "continue")
        has(said, r"^steps \d+$", "= 1$", "exited normally")
        count = int(re.search(r"^steps (\d+)$", said, re.M).group(1))
        expect(13 < count < 2999, f"{count} steps, but int3's handler has some, too")
        b.m.wait_for("VERDICT: SUCCESS")


def watchpoints(c):
    """Write, read and access watchpoints in the debug registers."""
    with Bench(c, [target(c)], "gdb-wait=target") as b:
        said = b.gdb("watch counter", "continue", "continue", "delete", "rwatch secret",
                     "continue", "p $pc", "delete", "awatch secret", "continue", "delete",
                     "watch *(char *)0xffd00000", "continue")
        has(said, "Hardware watchpoint 1", "Old value = 0", "New value = 1", "Old value = 1",
            "New value = 3", "Hardware read watchpoint 2", "= 0x12345678|= 305419896",
            "look_at_secret", "Hardware access .*watchpoint 3", "Value = ")
        has(said, "Could not insert hardware watchpoint|Cannot insert|cannot access|exited|"
                  "Cannot access memory")


def others_run(c):
    """A guest that is held does not hold the others; threads are guests."""
    guests = [target(c), c.guest("clock", mem="4M", cmdline="period_ms=100")]
    with Bench(c, guests, "gdb-wait=target") as b:
        m = b.m
        m.wait_for(r"clock\| clock: period 5")
        expect(b"rounds" not in m.raw, "the guest that should wait ran")
        said = b.gdb("info threads", "break count_up", "continue", "shell sleep 1",
                     "info threads", "thread 2", "x/1i $pc", "detach")
        has(said, r"^\* 1 .*target: running", r"^  2 .*clock: .*not attached", "Breakpoint 1",
            r"\* 1 .*count_up", "Switching to thread 2", "=> 0x")
        m.wait_for(r"VERDICT: SUCCESS")
        m.seen = len(m.raw)
        m.wait_for(r"clock\| clock: period")


def death(c):
    """A guest that dies stops, and tells why; what is left of it can be read."""
    with Bench(c, [target(c, "die")], "test on-idle=poweroff gdb-wait=target") as b:
        said = b.gdb("continue", "bt 1", "p $eax", "p counter", "p die_here == 0",
                     "set var counter = 5", "p counter", "continue")
        has(said, 'guest "target": dead: hypercall 77 unknown', "SIGABRT", "#0 .*die_here",
            r"= 77$", r"= 6$", r"= 5$", "terminated with signal SIGABRT")
        b.m.wait_end()


def attach_detach(c):
    """More guests can be attached to, and let go; killing is the guest's end."""
    guests = [target(c), c.guest("clock", mem="4M", cmdline="period_ms=100")]
    with Bench(c, guests, "gdb-wait=target") as b:
        said = b.gdb("monitor attach clock", "info threads", "monitor attach nobody",
                     "shell sleep 1", "monitor detach clock", "info threads", "kill")
        has(said, "it stops with the others", r"^  2 .*clock: \w+\)", "no guest of this name",
            "it runs on by itself", "not attached")
        b.m.wait_for('guest "target": dead: killed by the debugger')
        b.m.seen = len(b.m.raw)
        b.m.wait_for(r"clock\| clock: period")


def vanish(c):
    """A gdb that goes without a word: the next one finds its guest stopped, the code whole."""
    with Bench(c, [target(c)], "gdb-wait=target") as b:
        line = Line(b.path)
        line.ask("qSupported:swbreak+")
        line.ask("QStartNoAckMode")
        symbols = subprocess.run(["nm", b.elf], stdout=subprocess.PIPE, check=True).stdout
        at = int(re.search(rb"^(\w+) T count_up$", symbols, re.M).group(1), 16)
        expect(line.ask(f"Z0,{at:x},1") == "OK", "no breakpoint")
        line.packet("vCont;c")
        expect(line.reply() == "T05thread:1;swbreak:;", "it did not stop at the breakpoint")
        line.packet("vCont;c")
        line.close()
        time.sleep(0.5)
        has(b.gdb("bt 1", "x/1xb &count_up", "break look_at_secret", "continue", "delete",
                  "continue"),
            "#0 .*count_up", r":\t0x(?!cc)", "Breakpoint 1", "exited normally")
        b.m.wait_for("VERDICT: SUCCESS")


def resume_by_monitor(c):
    """Without a gdb, the monitor lets a stopped guest go."""
    with Bench(c, [target(c)], "gdb-wait=target") as b:
        b.m.type("\x1dm")
        b.m.wait_for("gatehouse> ")
        b.m.type("resume target\r")
        b.m.wait_for("VERDICT: SUCCESS")


def packets(c):
    """Bad, overlong and unknown packets; a packet that is sent again."""
    with Bench(c, [target(c)], "gdb-wait=target") as b:
        line = Line(b.path)
        line.send("$?#00")
        expect(line.acknowledgement() == "-", "a wrong checksum was taken")
        line.send("$g#zz")
        expect(line.acknowledgement() == "-", "a checksum of letters was taken")
        line.packet("?")
        expect(line.acknowledgement() == "+" and line.reply() == "T05thread:1;", "no T05")
        line.send("-")
        expect(line.reply() == "T05thread:1;", "it was not sent again")
        expect(line.ask("m" + "0" * 5000) == "E07", "a long packet was taken")
        for text in ("", "y", "vFoo", "qFoo", "Z9,0,0", "x0,1", "!"):
            expect(line.ask(text) == "", f"{text} has an answer")
        for text in ("m", "m0", "m0,", "m,4", "mfff00000,4", "M0,4:00", "G00", "P8", "P8=1",
                     "P10=00000000", "Pa=00000000", "pff", "Hg99", "T99", "vCont;x", "vCont;c:77",
                     "Z0,0", "Z2,ffd00000,4", "qXfer:features:read:target.xml:ffff,10",
                     "m123456789,4", "X0,4:ab"):
            expect(line.ask(text)[:1] == "E", f"{text} is no error")
        expect(line.ask("mfff00000,4") == "E14", "memory that is not there")
        expect(len(line.ask("g")) == 2 * 308, "the registers have another length")
        expect(line.ask("M2000,4:01020304") == "OK" and line.ask("m2000,4") == "01020304", "M")
        expect(line.ask("X2001,2:}\x03}]") == "OK" and line.ask("m2000,4") == "01237d04", "X")
        expect(line.ask("Z0,2001,1") == "OK" and line.ask("m2000,4") == "01237d04", "int3 shows")
        expect(line.ask("M2000,3:aabbcc") == "OK" and line.ask("m2000,4") == "aabbcc04", "over it")
        expect(line.ask("z0,2001,1") == "OK" and line.ask("m2000,4") == "aabbcc04", "put back")
        line.close()


def ctrl_c(c):
    """Ctrl-C stops a guest that runs or sleeps; it goes on as if nothing had been."""
    with Bench(c, [c.guest("clock", mem="4M", cmdline="period_ms=100")], "gdb-wait=clock") as b:
        line = Line(b.path)
        line.ask("qSupported:swbreak+")
        for _ in range(3):
            line.packet("vCont;c")
            b.m.wait_for(r"clock\| clock: period")
            line.send("\x03")
            expect(line.reply() == "T02thread:1;", "Ctrl-C has another answer")
            time.sleep(0.3)  # for what it wrote before
            b.m.seen = len(b.m.raw)
            time.sleep(0.3)
            expect(b"period" not in b.m.raw[b.m.seen:], "it runs on")
        line.close()


CASES = {
    "gdb_breaks": breaks,
    "gdb_steps": steps,
    "gdb_watchpoints": watchpoints,
    "gdb_others_run": others_run,
    "gdb_ctrl_c": ctrl_c,
    "gdb_death": death,
    "gdb_attach_detach": attach_detach,
    "gdb_vanish": vanish,
    "gdb_resume_by_monitor": resume_by_monitor,
    "gdb_packets": packets,
}
