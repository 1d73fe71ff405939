# SPDX-License-Identifier: GPL-2.0-or-later
"""A trace dump out of a capture of the console, and what its events mean."""
import base64
import collections
import re
import struct
import sys
import zlib

# As enum trace_kind in core/trace.h.
KINDS = ("ENTER LEAVE CALL CALL_END FILL REFLECT EMULATE INJECT RAISE IRQ TIMER FIRED DEVICE WORK "
         "WORK_END SWITCH STATE IDLE IDLE_END HEALTH").split()
NOBODY = 255
# As enum guest_state in core/guest.h.
STATES = ("created", "loading", "running", "halted", "stalled", "dead", "off")
SLEEPING, GONE = ("halted", "stalled"), ("created", "dead", "off")
# As LHCALL_* in include/gatehouse/lguest.h.
CALLS = {0: "FLUSH_ASYNC", 1: "LGUEST_INIT", 2: "SHUTDOWN", 4: "NEW_PGTABLE", 5: "FLUSH_TLB",
         6: "LOAD_IDT_ENTRY", 7: "SET_STACK", 8: "TS", 9: "SET_CLOCKEVENT", 10: "HALT",
         13: "SET_PMD", 14: "SET_PTE", 15: "SET_PGD", 16: "LOAD_TLS", 17: "NOTIFY",
         18: "LOAD_GDT_ENTRY", 19: "SEND_INTERRUPTS", 0x100: "GH_VERSION", 0x101: "GH_DEBUGREG",
         0x102: "GH_WATCHDOG", 0x103: "GH_SYSENTER", 0x1F0: "GH_TEST"}
# As enum guest_health_event in core/guest_health.h.
HEALTH = ("crash", "bite of its watchdog", "restart", "restart refused")
HYPERCALL_TRAP = 31

# What a row's time is spent on: (colour, text of the legend).
COLOURS = {
    "kernel": ("#4c78a8", "guest's kernel"),
    "user": ("#72b7b2", "guest's programs"),
    "call": ("#f58518", "hypercall"),
    "trap": ("#e45756", "trap passed on"),
    "shadow": ("#b279a2", "shadow page filled"),
    "emulate": ("#ff9da6", "instruction emulated"),
    "irq": ("#9d755d", "interrupt of the machine"),
    "host": ("#555555", "Gatehouse"),
    "work": ("#54a24b", "device work"),
    "wait": ("#f2e29b", "waits for the CPU"),
    "sleep": ("#e8e8e8", "sleeps"),
    "guest": ("#8cb4d8", "some guest runs"),
    "idle": ("#f4f4f4", "idle"),
}
EXITS = ("call", "trap", "shadow", "emulate", "irq", "host")
MARKS = {"INJECT": ("#d00000", "interrupt injected"), "IRQ": ("#000000", "real interrupt"),
         "FIRED": ("#3030ff", "timer fired")}

LINE = re.compile(r"(trace: (begin|guest|data|end) (.*?)) crc=([0-9a-f]{8})$")
Event = collections.namedtuple("Event", "us kind guest a b")
Span = collections.namedtuple("Span", "start end what label")


class BadDump(Exception):
    """What keeps a capture from being read, in a sentence."""


class Dump:
    """One dump's lines, as they come."""

    def __init__(self, text, where):
        words = dict(re.findall(r"(\w+)=(\S+)", text))
        self.where, self.version = where, text.split()[0]
        try:
            self.count, self.khz = int(words["events"]), int(words["tsc_khz"])
            self.total, self.cpu = int(words["total"]), int(words["cpu"])
            self.timers = {int(words["slice"], 16): "time slice"}
        except (KeyError, ValueError):
            raise BadDump(f"{where}: a begin line without cpu, events, total, tsc_khz and slice"
                          ) from None
        self.guests, self.data, self.lines = {}, {}, 0
        self.problem = "it has no end line"

    def add(self, kind, text, where):
        words = text.split()
        if kind == "guest":
            self.guests[int(words[0])] = words[1]
            for what, address in re.findall(r"(clock|hold)=([0-9a-f]+)", text):
                self.timers[int(address, 16)] = f"{what} of {words[1]}"
        elif kind == "data":
            self.data[int(words[0])] = base64.b64decode(words[1])
            self.lines += 1
        else:
            wanted = [int(word.split("=")[1]) for word in words]
            self.problem = None if wanted == [len(self.guests), self.lines] else (
                f"{where}: {len(self.guests)} of {wanted[0]} lines of guests and {self.lines} of "
                f"{wanted[1]} of data are there")

    def events(self):
        """All events, times in microseconds from the first."""
        if self.version != "1":
            raise BadDump(f"{self.where}: form {self.version} of the dump; this tool reads form 1")
        found, first, last = [], None, 0
        for number in sorted(self.data):
            expected = min(len(self.data[number]) // 16, self.count - number)
            for i in range(expected):
                low, high, kind, guest, a, b = struct.unpack_from("<IHBBII", self.data[number],
                                                                  i * 16)
                tsc = high << 32 | low
                while tsc < last:
                    tsc += 1 << 48
                first = tsc if first is None else first
                last = tsc
                name = KINDS[kind] if kind < len(KINDS) else f"KIND{kind}"
                found.append(Event((tsc - first) * 1000 / self.khz, name, guest, a, b))
        if len(found) != self.count:
            raise BadDump(f"{self.where}: {len(found)} of {self.count} events are there")
        return found

    def guest(self, number):
        return "nobody" if number == NOBODY else self.guests.get(number, f"guest {number}")

    def timer(self, address):
        return self.timers.get(address, f"timer 0x{address:x}")


def find_dumps(name, text):
    """All dumps of a capture, complete or not. A damaged line is one that is missing."""
    dumps = []
    for number, line in enumerate(text.split("\n"), 1):
        # what a carriage return took back was a prompt or somebody's unfinished line
        match = LINE.match(line.rstrip("\r").rpartition("\r")[2])
        if not match:
            continue
        whole, kind, rest, crc = match.groups()
        if zlib.crc32(whole.encode("latin-1")) != int(crc, 16):
            continue
        where = f"{name}:{number}"
        try:
            if kind == "begin":
                dumps.append(Dump(rest, where))
            elif dumps:
                dumps[-1].add(kind, rest, where)
        except (ValueError, IndexError):
            raise BadDump(f"{where}: not as this tool knows such a line") from None
    return dumps


def read(names):
    """The last complete dump of these files, and its events."""
    dumps = []
    for name in names:
        try:
            if name == "-":
                data = sys.stdin.buffer.read()
            else:
                with open(name, "rb") as f:
                    data = f.read()
        except OSError as error:
            raise BadDump(f"{name}: {error.strerror}") from None
        dumps += find_dumps(name, data.decode("latin-1"))
    if not dumps:
        raise BadDump("no trace dump in it: lines that begin with `trace: begin` are written by "
                      "`trace dump` in the monitor, or at the end of a run with trace=on,dump")
    whole = [d for d in dumps if d.problem is None]
    if not whole:
        raise BadDump(f"no complete dump; the last one begins at {dumps[-1].where}, and "
                      f"{dumps[-1].problem}")
    return whole[-1], whole[-1].events()


# ---- what events mean ------------------------------------------------------------


def call_name(number):
    return CALLS.get(number, f"hypercall {number}")


def describe(dump, e):
    """One event as a line of text."""
    return {
        "ENTER": lambda: f"entered at 0x{e.a:08x}, ring {e.b}",
        "LEAVE": lambda: f"left by trap {e.a & 0xFFFF} at 0x{e.b:08x}, ring {e.a >> 16}",
        "CALL": lambda: f"hypercall {call_name(e.a)}, ebx 0x{e.b:x}",
        "CALL_END": lambda: f"hypercall {call_name(e.a)} done, eax 0x{e.b:x}",
        "FILL": lambda: f"shadow filled for 0x{e.a:08x}, error code {e.b}",
        "REFLECT": lambda: f"trap {e.a} passed on, error code 0x{e.b:x}",
        "EMULATE": lambda: f"instruction at 0x{e.a:08x} emulated" +
                           (f", device memory 0x{e.b:x}" if e.b else ""),
        "INJECT": lambda: f"interrupt {e.a} injected",
        "RAISE": lambda: f"interrupt {e.a} raised",
        "IRQ": lambda: f"real interrupt, vector 0x{e.a:x}",
        "TIMER": lambda: f"timer set: {dump.timer(e.b)}, in {e.a / 1000:.3f} us",
        "FIRED": lambda: f"timer fired: {dump.timer(e.b)}, {e.a / 1000:.3f} us late",
        "DEVICE": lambda: f"driver notifies device {e.a} (0x{e.b:x})",
        "WORK": lambda: "device work begins",
        "WORK_END": lambda: "device work done" + (", some is left" if e.a else ""),
        "SWITCH": lambda: f"gets the CPU, which {dump.guest(e.a)} had",
        "STATE": lambda: f"{STATES[e.a] if e.a < len(STATES) else e.a}, was "
                         f"{STATES[e.b] if e.b < len(STATES) else e.b}",
        "IDLE": lambda: "the CPU sleeps",
        "IDLE_END": lambda: "the CPU wakes",
        "HEALTH": lambda: f"{HEALTH[e.a] if e.a < len(HEALTH) else e.a}, {e.b} so far",
    }.get(e.kind, lambda: f"{e.kind} 0x{e.a:x} 0x{e.b:x}")()


class Row:
    """What one guest, the CPU or the devices did when: spans without gaps or overlaps."""

    def __init__(self, name):
        self.name, self.spans, self.marks = name, [], []
        self.what = self.label = None
        self.since = 0.0

    def now(self, us, what, label=""):
        if self.what is not None and us > self.since:
            self.spans.append(Span(self.since, us, self.what, self.label))
        self.since, self.what, self.label = us, what, label

    def call_it(self, what, label):
        """It turns out what the time since the last change is."""
        self.what, self.label = what, label


class Timeline:
    """Rows made from events: the CPU, device work, each guest."""

    def __init__(self, dump, events):
        self.cpu, self.work = Row(f"CPU {dump.cpu}"), Row("device work")
        self.dump = dump
        numbers = {e.guest for e in events if e.guest != NOBODY} | set(dump.guests)
        self.guests = {n: Row(dump.guest(n)) for n in sorted(numbers)}
        self.state, self.current = {}, NOBODY
        self.cpu.now(0.0, "host")
        for e in events:
            getattr(self, "on_" + e.kind.lower(), lambda e: None)(e)
            if e.kind in MARKS:
                row = self.guests[e.guest] if e.guest != NOBODY else self.cpu
                row.marks.append((e.us, e.kind, describe(dump, e)))
        self.end = events[-1].us if events else 0.0
        for row in self.rows():
            row.now(self.end, None)

    def rows(self):
        return [self.cpu, self.work] + list(self.guests.values())

    def off_cpu(self, number, us):
        if number not in self.guests:
            return
        state = self.state.get(number, "running")
        what = "sleep" if state in SLEEPING else None if state in GONE else "wait"
        self.guests[number].now(us, what)

    def on_enter(self, e):
        if self.current not in (e.guest, NOBODY):
            self.off_cpu(self.current, e.us)
        self.current = e.guest
        self.cpu.now(e.us, "guest", self.dump.guest(e.guest))
        self.guests[e.guest].now(e.us, "kernel")

    def on_leave(self, e):
        trap, row = e.a & 0xFFFF, self.guests[e.guest]
        self.current = e.guest
        if row.what is not None:
            row.call_it("user" if e.a >> 16 == 3 else "kernel", "")
        self.cpu.now(e.us, "host")
        if trap == HYPERCALL_TRAP:
            row.now(e.us, "call", "hypercall")
        elif trap < 32:
            row.now(e.us, "trap", f"trap {trap}")
        else:
            row.now(e.us, "irq", f"vector 0x{trap:x}")

    def exit_is(self, e, what, label):
        row = self.guests.get(e.guest)
        if row and row.what in EXITS:
            row.call_it(what, label)

    def on_call(self, e):
        self.exit_is(e, "call", call_name(e.a))

    def on_fill(self, e):
        self.exit_is(e, "shadow", "shadow filled")

    def on_reflect(self, e):
        self.exit_is(e, "trap", f"trap {e.a} passed on")

    def on_emulate(self, e):
        self.exit_is(e, "emulate", "device memory" if e.b else "instruction emulated")

    def on_switch(self, e):
        self.off_cpu(e.a, e.us)
        self.current = e.guest
        if e.guest in self.guests:
            loads = self.state.get(e.guest) == "loading"
            self.guests[e.guest].now(e.us, "host", "loading" if loads else "scheduled")

    def on_state(self, e):
        self.state[e.guest] = STATES[e.a] if e.a < len(STATES) else "running"
        if e.guest != self.current:
            self.off_cpu(e.guest, e.us)

    def on_idle(self, e):
        self.cpu.now(e.us, "idle")

    def on_idle_end(self, e):
        self.cpu.now(e.us, "host")

    def on_work(self, e):
        self.work.now(e.us, "work", self.dump.guest(e.guest))

    def on_work_end(self, e):
        self.work.now(e.us, None)


def clipped(row, start, end):
    for s in row.spans:
        if s.what and s.end > start and s.start < end:
            yield Span(max(s.start, start), min(s.end, end), s.what, s.label)


def shares(row, start, end):
    """{what: microseconds}"""
    found = collections.Counter()
    for s in clipped(row, start, end):
        found[s.what] += s.end - s.start
    return found
