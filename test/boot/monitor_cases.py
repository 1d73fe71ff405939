# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the monitor itself: what it makes of keys, and each command that orders."""
import os
import re
import time

import media
from look_cases import MONITOR, PROMPT, Looker
from qemu import Guest, expect, modules

ESCAPE = "\x1d"


class Asker(Looker):
    """Answers begin behind what was typed: lines of guests bring the prompt back at any time."""

    def ask(self, line):
        m = self.m
        m.seen -= len(PROMPT)  # it may stand there already
        m.type(line + "\r")
        start = m.wait_for(re.escape(PROMPT + line) + "\r\n").end()
        while m.wait_for(rf"-- more: |{PROMPT}").group(0).startswith(b"--"):
            m.type(" ")
        text = m.raw[start:m.seen].decode(errors="replace")
        lines = [re.sub(r"^.*\r(?=.)", "", one.rstrip("\r")) for one in text.split("\n")]
        return [one for one in lines if one and not re.search(f"-- more:|{PROMPT}", one)]


def wait_for_all(m, *patterns):
    """In any order."""
    for pattern in patterns:
        m.seen = 0
        m.wait_for(pattern)
    m.seen = len(m.raw)


def echo(c, name):
    return Guest(os.path.join(c.build, "guests/echo.elf"), name, mem="4M")


def target(c, name, cmdline="", words=""):
    path = os.path.join(c.build, "test/guests/monitor_target.elf")
    return Guest(path, name, words, cmdline, mem="2M")


def monitor_keys(c):
    """Editing, history and completion, as they look on the line; both ways to leave."""
    guests = [echo(c, "one"), echo(c, "two")]
    with c.machine(modules(c.build, guests, "")) as m:
        wait_for_all(m, r"one\| .*quit", r"two\| .*quit")
        m.type(MONITOR)
        m.wait_for(r"the monitor: `help` lists")
        m.type("focXus\x1b[D\x1b[D\x7f\x05 t\t\r")
        m.wait_for(r"the keyboard is now guest 2's, \"two\"")
        m.type("\x1b[A\x17one\r")
        m.wait_for(r"the keyboard is now guest 1's, \"one\"")
        m.type("focus \t\t")
        m.wait_for(r"\none  two  \r\n")
        m.type("\x15nonsense\r")
        m.wait_for(r"no command \"nonsense\"; `help` lists them")
        m.type("focus\r")
        m.wait_for(r"usage: focus GUEST\|next")
        m.type("focus three\r")
        m.wait_for(r"no guest is named \"three\"")
        m.type("focus 3\r")
        m.wait_for(r"there is no guest 3; there are guests 1 to 2")
        m.type('focus "one\r')
        m.wait_for(r"a quote without its end")
        m.type("x" * 300 + "\r")
        m.wait_for(r"no command \"x{200}")
        m.type("a " * 70 + "\r")
        m.wait_for(r"more than 64 words")
        m.type("\x04")
        m.wait_for(PROMPT + r"\r\n")
        m.type("first\r")
        m.wait_for(r"one\| you said: first\r")
        m.type(MONITOR)
        m.wait_for(PROMPT)
        m.type("half" + ESCAPE + "second\r")
        m.wait_for(r"one\| you said: second\r")
        m.type(MONITOR + "exit\r")
        m.wait_for(PROMPT + r"exit\r\n")
        m.type("third\r")
        m.wait_for(r"one\| you said: third\r")


def monitor_help(c):
    """Each command has a line of help, and more by name; a long answer comes in pages."""
    with c.machine(modules(c.build, [target(c, "t")], "")) as m:
        m.wait_for(r"t\| ready")
        look = Asker(m)
        names = [line.split()[0] for line in look.ask("help") if re.match(r"[a-z]", line)]
        expect(len(names) > 20 and len(set(names)) == len(names), f"commands: {names}")
        for name in names:
            look.expect(f"help {name}", rf"^usage: {name}\b", r"^\S+ .*\w")
        look.expect("help nonsense", "no command \"nonsense\"")
        m.type("help\r")
        m.wait_for("-- more: space, enter, q --")
        m.type("\r")
        m.wait_for("-- more: space, enter, q --")
        m.type("q")
        m.wait_for(PROMPT)
        m.type(" log 1\r")
        m.wait_for(r"\n\[ +\d")


def monitor_orders(c):
    """Each order in each state a guest can have: done, or refused in words."""
    guests = [target(c, "t"), target(c, "other")]
    with c.machine(modules(c.build, guests, "test on-idle=wait")) as m:
        wait_for_all(m, r"t\| ready", r"other\| ready")
        look = Asker(m)

        def do(name, answer, state):
            look.expect(f"{name} t", rf'^guest "t" {answer}')
            expect(re.search(rf" 1 t +{state} ", "\n".join(look.ask("list"))),
                   f"after {name} it is not {state}")

        def lives():
            end = time.monotonic() + 30
            while " halted" not in look.ask("show t")[0]:
                expect(time.monotonic() < end, "the new life does not begin")

        do("start", "was started already", "halted")
        do("resume", "is not paused", "halted")
        do("pause", "is paused$", "paused")
        do("pause", "is paused already", "paused")
        do("start", "was started already", "paused")
        do("resume", "is no longer paused", "halted")
        do("pause", "is paused$", "paused")
        do("kill", "is dead; its memory is kept", "dead")
        look.expect("show t", "dead: killed by the monitor", "memory: 2048 KiB at 0x")
        for name in ("pause", "kill"):
            do(name, "is dead", "dead")
        do("resume", "is not paused", "dead")
        do("start", "is being started", r"\w+")
        lives()
        look.expect("show t", "^guest 1, \"t\": halted, life 2")
        do("restart", "is being restarted", r"\w+")
        lives()
        do("stop", "is being stopped", "off")
        look.expect("show t", "memory: none")
        do("stop", "is off already", "off")
        do("kill", "is off, and has no memory", "off")
        do("pause", "is off$", "off")
        do("resume", "is not paused", "off")
        do("start", "is being started", r"\w+")
        lives()
        do("kill", "is dead", "dead")
        do("stop", "is being stopped", "off")
        do("restart", "is being restarted", r"\w+")
        lives()
        do("pause", "is paused$", "paused")
        do("restart", "is being restarted", r"\w+")
        lives()
        expect(b"audit: guest \"t\": 0 findings" in m.raw, "no audit")
        expect(b"panic" not in m.raw, "panic")


def monitor_order_again(c):
    """Orders that follow each other at once, on a guest whose memory is large: none is lost."""
    guests = [Guest(os.path.join(c.build, "test/guests/monitor_target.elf"), "t", mem="96M"),
              target(c, "other")]
    with c.machine(modules(c.build, guests, "test on-idle=wait")) as m:
        m.wait_for(r"t\| ready")
        look = Asker(m)
        m.type("stop t\rstart t\rpause t\rresume t\rkill t\rstart t\rstop t\rrestart t\rrestart t\r")
        m.wait_for(r"t\| ready")
        look.expect("show t", "^guest 1, \"t\": (running|halted), life")
        m.type("stop t\rstart t\rstop t\r")
        time.sleep(2)
        m.wait_for(PROMPT)
        found = look.expect("list", r"(\d+) own, \d+ modules", r" 1 t +off ")
        expect(found, "list")
        expect(b"panic" not in m.raw, "panic")


def monitor_crash_policy(c):
    """A killed guest stays dead, whatever on-crash= says; what could not be made is not started."""
    guests = [target(c, "again", words="on-crash=restart"), target(c, "end", words="on-crash=poweroff"),
              target(c, "broken", words="disk=nosuch")]
    with c.machine(modules(c.build, guests, "")) as m:
        wait_for_all(m, r"again\| ready", r"end\| ready")
        look = Asker(m)
        for name in ("again", "end"):
            look.expect(f"kill {name}", "is dead; its memory is kept")
        time.sleep(0.5)
        look.expect("list", " 1 again +dead ", " 2 end +dead ")
        look.expect("start broken", "cannot be started: its devices could not be made")
        look.expect("stop broken", "is being stopped")
        look.expect("start again", "is being started")
        m.wait_for(r"again\| ready")


def monitor_disk(c):
    """A guest with a disk at work is stopped and started: the disk serves one life at a time."""
    guest = c.test_guest("blk_drive", cmdline="case=0", words="disk=hd0")
    path = os.path.join(c.build, "boot", "media", "monitor_disk.img")
    drive = media.drive_options(path, 0, "virtio-blk 1M")
    with c.machine(modules(c.build, [guest, target(c, "t")], "") + drive) as m:
        m.wait_for(r"\"blk_drive\": started")
        look = Asker(m)
        for _ in range(3):
            look.ask("restart blk_drive")
            look.ask("stop blk_drive")
            look.ask("start blk_drive")
        m.wait_for(r"blk_drive\| .*VERDICT: SUCCESS")
        expect(b"panic" not in m.raw, "panic")


def monitor_weight(c):
    """Two busy guests; the weights change while they run."""
    path = os.path.join(c.build, "test/guests/spin_for.elf")
    guests = [Guest(path, n, "tsc=on", "ms=1000000") for n in ("a", "b")]
    with c.machine(modules(c.build, guests, "")) as m:
        wait_for_all(m, r'"a": started', r'"b": started')
        look = Asker(m)
        look.expect("weight a 300", 'guest "a": weight 300, was 100')
        look.expect("weight a 0", "weight 0: 1 to 10000 are allowed")
        look.expect("weight a 10001", "weight 10001: 1 to 10000 are allowed")
        look.expect("weight a much", '"much" is no number')
        ran = [[float(f.group(1)) for f in look.expect("list", r" 1 a .*MiB +([\d.]+) s",
                                                      r" 2 b .*MiB +([\d.]+) s")]
               for _ in (1, 2) if not time.sleep(3)]
        ratio = (ran[1][0] - ran[0][0]) / (ran[1][1] - ran[0][1])
        expect(2.7 < ratio < 3.3, f"300 to 100 gave {ratio}")


def monitor_inject(c):
    guests = [target(c, "t"), target(c, "deaf", "no-nmi"), target(c, "busy", "spin")]
    with c.machine(modules(c.build, guests, "")) as m:
        wait_for_all(m, r"t\| ready", r"deaf\| ready", r"busy\| ready")
        look = Asker(m)
        m.type("inject t irq 7\r")
        wait_for_all(m, r'guest "t": interrupt 7 is pending\r', r"t\| interrupt 7\r")
        time.sleep(0.5)  # for its handler to end: it shares the CPU with one that spins
        m.type("inject t nmi\r")
        wait_for_all(m, r'guest "t" has got an NMI', r"t\| NMI, interrupts were on, cs 0x61\r")
        m.type("inject busy nmi\r")
        wait_for_all(m, r"busy\| NMI, interrupts were off, cs 0x61\r")
        look.ask("")
        look.expect("inject deaf nmi", 'guest "deaf" has no handler for NMIs')
        look.expect("inject t irq 9", "interrupt 9 is pending, but its IDT has no gate for it")
        look.expect("inject t irq 10", "interrupt 10 is pending, and it is blocked")
        look.expect("show t", "pending 0x00000600, .* blocked 0x00000400")
        look.expect("inject t irq 32", "interrupt 32: 0 to 31 exist")
        look.expect("inject t irq x", '"x" is no number')
        look.expect("inject t", "usage: inject GUEST")
        look.ask("kill t")
        look.expect("inject t irq 7", 'guest "t" is dead: it cannot get interrupts')
        look.expect("inject t nmi", 'guest "t" is neither running nor halted')


def monitor_type(c):
    with c.machine(modules(c.build, [target(c, "t"), echo(c, "e")], "")) as m:
        m.wait_for(r"e\| .*quit")
        look = Asker(m)
        m.type('type e "two  blanks" one \\\\ \r')
        m.wait_for(r"e\| you said: two  blanks one \\\r")
        m.type("type e half\\c\rtype e way\r")
        m.wait_for(r"e\| you said: halfway\r")
        look.ask("")
        look.expect("type e \\q", r"^of \\ only \\r \\n \\t \\e")
        look.expect("type e", "usage: type GUEST TEXT")
        m.type("type t " + 200 * "x" + "\r")
        time.sleep(1)  # more than 256 keys at once would be lost
        m.type("type t " + 200 * "x" + "\r")
        m.wait_for(r'guest "t" has not read .*: 146 of 201 bytes are lost')


def monitor_log(c):
    with c.machine(modules(c.build, [target(c, "t"), target(c, "u")], "")) as m:
        m.wait_for(r"u\| ready")
        look = Asker(m)
        look.ask("kill u")
        answer = [line for line in look.ask("log 3") if line.startswith("[")]
        expect(len(answer) == 3, f"log 3 says {answer}")
        look.expect("log 1000", r"Gatehouse 0\.1", "started", "dead: killed by the monitor")
        look.expect("log 100 error", "error: .*dead: killed by the monitor")
        expect(not any("started" in line for line in look.ask("log error")), "not an error")
        look.expect("log 0", "usage: log")
        look.expect("log 1 2", "usage: log")


def monitor_clear(c):
    """clear and Ctrl-L: all that was there is scrolled away, the line typed stays."""
    with c.machine(modules(c.build, [target(c, "t")], "")) as m:
        m.wait_for(r"t\| ready")
        Asker(m)
        m.type("clear\r")
        m.wait_for(r"(\r\n){22}")
        m.wait_for(PROMPT)
        m.type("abc\x0c")
        m.wait_for(r"(\r\n){22}")
        m.wait_for(PROMPT + "abc")


def monitor_poweroff(c):
    """Not while a guest runs, unless told so."""
    for name, left in (("poweroff", "powering off"), ("reboot", "rebooting")):
        with c.machine(modules(c.build, [target(c, "t")], ""), debug_exit=False) as m:
            m.wait_for(r"t\| ready")
            look = Asker(m)
            look.expect(name, f"1 guest is still running: `{name} now` ends it")
            look.expect(f"{name} later", rf"usage: {name} \[now\]")
            if name == "reboot":
                look.ask("stop t")
                m.type("reboot\r")
            else:
                m.type("poweroff now\r")
            m.wait_for(left)
            m.wait_end()


def monitor_flood(c):
    """Guests that print without end: the monitor answers, and its line stays whole."""
    guests = [target(c, "f", "flood"), target(c, "g", "flood"), target(c, "t")]
    with c.machine(modules(c.build, guests, "")) as m:
        m.wait_for(r"f\| the quick")
        start = time.monotonic()
        m.type(MONITOR)
        m.wait_for(r"the monitor: ")
        for _ in range(5):
            m.type("show t\r")
            m.wait_for(r'\nguest 3, "t": \w+, life 1')
            m.wait_for(r"device 1, console")
        m.type("pause f\rpause g\r")
        m.wait_for(r'\nguest "g" is paused')
        took = time.monotonic() - start
        expect(took < 20, f"seven commands took {took:.1f} s")
        time.sleep(1)
        bytes_before = len(m.raw)
        time.sleep(1)
        expect(len(m.raw) == bytes_before, "a paused guest prints")
        m.type("resume g\r")
        m.wait_for(r"g\| the quick")
        for line in m.log[:-1]:  # the last one is not ended
            if "quick" in line:
                expect(re.fullmatch(r".*[fg]\| the quick brown fox jumps over the lazy dog", line),
                       f"mixed: {line}")


CASES = {name: case for name, case in list(globals().items()) if name.startswith("monitor_")}
