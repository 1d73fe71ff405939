# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the trace and the counters: recorded, dumped, read by tools/gatehouse-trace."""
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree

from guest_tests import check_interrupts_off
from qemu import expect, modules

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
import trace_dump  # pylint: disable=wrong-import-position

TOOL = os.path.join(TOP, "tools/gatehouse-trace")
MONITOR = "\x1dm"
ICOUNT = ["-icount", "shift=0,sleep=off"]
EVENT_COST = 60  # instructions: what core/trace.h promises
WATCH_COST = 60  # of the loop's way for onlookers


def captured(c, name, raw):
    """A file with what the serial line said."""
    path = os.path.join(c.build, "boot", f"{name}.capture")
    with open(path, "wb") as f:
        f.write(raw)
    return path


def converted(path, *words):
    done = subprocess.run([TOOL, path, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, text=True)
    expect(done.returncode == 0, f"gatehouse-trace {' '.join(words)}: {done.stdout}")
    return done.stdout


def check_order(dump, events):
    """Time goes on; a guest enters and leaves in turns, one at a time; calls end as they begin."""
    inside, call = None, {}
    for before, e in zip(events, events[1:]):
        expect(e.us >= before.us, f"{e} comes after {before}")
    for e in events[next(n for n, e in enumerate(events) if e.kind == "ENTER"):]:
        if e.kind == "ENTER":
            expect(inside is None, f"{e}, while guest {inside} is inside")
            inside = e.guest
        elif e.kind == "LEAVE":
            expect(inside == e.guest, f"{e}, while guest {inside} is inside")
            inside = None
        elif e.kind == "CALL":
            call[e.guest] = e.a
        elif e.kind == "CALL_END":
            expect(call.pop(e.guest, e.a) == e.a, f"{e} ends another call")
        elif e.kind not in ("IRQ", "TIMER"):
            expect(inside is None, f"{e}, while guest {inside} is inside")
    expect(dump.guests, "the dump names no guest")


def check_pictures(path):
    """Every form is written, and is what it should be."""
    chrome = json.loads(converted(path, "--json", "-"))["traceEvents"]
    threads = [e["args"]["name"] for e in chrome if e["name"] == "thread_name"]
    expect({"CPU 0", "clock", "procs"} <= set(threads), f"threads are {threads}")
    spans = {}
    for e in chrome:
        if e["ph"] == "X":
            expect(e["ts"] >= spans.get(e["tid"], 0) - 0.001, f"overlaps: {e}")
            spans[e["tid"]] = e["ts"] + e["dur"]
    for zoom in ([], ["--from", "1ms", "--to", "3ms"]):
        root = xml.etree.ElementTree.fromstring(converted(path, "--svg", "-", *zoom).encode())
        expect(root.tag.endswith("}svg"), f"not a picture: {root.tag}")
    expect(re.search(r"SET_CLOCKEVENT +\d+ times", converted(path, "--summary")),
           "the summary does not name a call")


def trace_monitor(c):
    """Switched on, dumped twice and off again by typing, while guests write lines, too."""
    guests = [c.guest("clock", mem="8M", cmdline="period_ms=100"),
              c.guest("procs", mem="16M", cmdline="forever")]
    with c.machine(modules(c.build, guests, "")) as m:
        m.wait_for(r"procs\| procs: round 1")
        m.type(MONITOR + "trace\r")
        m.wait_for(r"tracing: off")
        m.type("trace on\r")
        m.wait_for(r"tracing: guest,calls,traps,interrupts,timers,sched,devices")
        time.sleep(0.5)
        for _ in range(2):
            m.type("trace dump\r")
            m.wait_for(r"trace: end guests=2 lines=\d+ crc=\w+\r")
        m.type("trace sched,calls\r")
        m.wait_for(r"tracing: calls,sched")
        m.type("trace clear\r")
        m.type("trace off\r")
        m.wait_for(r"tracing: off")
        m.type("trace nonsense\r")
        m.wait_for(r"trace \[on\|off")
        m.type("trace dump\r")
        m.wait_for(r"trace: end guests=2 lines=\d+ crc=\w+\r")
        raw = m.raw
    path = captured(c, "trace_monitor", raw)
    dumps = trace_dump.find_dumps(path, raw.decode("latin-1"))
    expect([d.problem for d in dumps] == [None] * 3, f"problems: {[d.problem for d in dumps]}")
    expect(dumps[2].count < 1000 < dumps[1].count, "it was not cleared")
    for dump in dumps[:2]:
        check_order(dump, dump.events())
    first = raw.rindex(b"trace: begin")
    path = captured(c, "trace_monitor", raw[:first])
    kinds = {e.kind for e in dumps[1].events()}
    for kind in ("ENTER", "CALL", "REFLECT", "INJECT", "RAISE", "IRQ", "TIMER", "FIRED", "SWITCH",
                 "STATE", "WORK"):
        expect(kind in kinds, f"no event {kind}; there are {sorted(kinds)}")
    check_pictures(path)


def trace_at_end(c):
    """trace=LIST,dump: from the first moment to the last, without a hand."""
    run = c.boot([c.guest("hello", mem="4M")], words="test on-idle=poweroff trace=guest,sched,dump")
    path = captured(c, "trace_at_end", run.raw)
    dump, events = trace_dump.read([path])
    check_order(dump, events)
    expect({e.kind for e in events} <= {"ENTER", "LEAVE", "SWITCH", "STATE", "IDLE", "IDLE_END"},
           "kinds that nobody wanted")
    states = [trace_dump.STATES[e.a] for e in events if e.kind == "STATE"]
    expect(states[:2] == ["loading", "running"] and states[-1] == "off", f"states: {states}")
    for name in ("console_rings", "pci_console"):  # on the lguest bus, and on PCI
        run = c.boot([c.test_guest(name)], words="test on-idle=poweroff trace=devices,dump")
        _, events = trace_dump.read([captured(c, "trace_at_end", run.raw)])
        expect("DEVICE" in {e.kind for e in events}, f"{name} notified no device")
    bad = c.boot([c.guest("hello", mem="4M")], words="test on-idle=poweroff trace=everything")
    expect(bad.has(r"trace=everything.*on, off, or some of guest,calls"), "no complaint")


def empty_call(c, words):
    """Instructions of a hypercall that does nothing."""
    run = c.boot([c.test_guest("costs", mem="8M", words="tsc=on fast=off")], ICOUNT, words=words)
    found = [re.search(r"empty hypercall: (\d+) ticks", line) for line in run.log]
    found = [int(match.group(1)) for match in found if match]
    expect(len(found) == 1, "the cost was not measured")
    return found[0]


def trace_cost(c):
    """What an event costs; a hypercall brings four. Off, a branch each."""
    off = empty_call(c, "on-idle=poweroff")
    once = empty_call(c, "on-idle=poweroff trace=calls")
    expect(2 * EVENT_COST + WATCH_COST > once - off > 20, f"2 events: {once - off} instructions")
    full = empty_call(c, "on-idle=poweroff trace=on")
    expect(4 * EVENT_COST + WATCH_COST > full - off > 40, f"4 events: {full - off} instructions")
    expect(2 * EVENT_COST > full - once > 20, f"2 events more: {full - once} instructions")


def trace_latency(c):
    """A dump does not keep interrupts off for longer than anything else may (I6)."""
    guests = [c.guest("clock", mem="8M", cmdline="period_ms=100 count=30"),
              c.guest("procs", mem="16M")]
    words = "test on-idle=poweroff trace=on"
    with c.machine(modules(c.build, guests, words) + ICOUNT) as m:
        m.wait_for(r"clock\| clock: period 1,")
        m.type(MONITOR + "trace dump\r")
        m.wait_for(r"trace: end guests=2 lines=\d+ crc=\w+\r")
        m.type("exit\r")
        m.wait_for(r"test: exit code", 200)
    c.command = c.commands[-1]
    check_interrupts_off(c)


def raw_counters(m, command):
    """{key: number}; the pages are turned as they come."""
    start = len(m.raw)
    m.type(command + "\r")
    m.wait_for(re.escape(command))
    for _ in range(100):
        time.sleep(0.1)
        seen = m.raw[start:]
        m.type(" ")
        if b"shadow.flushes" in seen and b"more:" not in seen[seen.rindex(b"shadow.flushes"):]:
            break
    return {k: int(v) for k, v in re.findall(r"((?:guest|cpu)\.\S+) (\d+)\r",
                                             m.raw[start:].decode("latin-1"))}


def counters(c):
    """Counters for people and for programs, of a guest that did what it always does, and reset."""
    guests = [c.guest("hello", mem="4M", cmdline="stay"), c.guest("procs", mem="16M")]
    with c.machine(modules(c.build, guests, "on-idle=wait")) as m:
        m.wait_for(r'guest "procs": powered off')
        m.type(MONITOR + "counters procs\r")
        m.wait_for(r'guest "procs" in \d+ ms: ran \d+\.\d %')
        m.wait_for(r"hypercall NEW_PGTABLE +\d+ +\d+ +\d+ +\d+")
        m.wait_for(r"without an exit: [1-9]\d* traps, \d+ hypercalls")
        m.wait_for(r"flushes")
        found = raw_counters(m, "counters procs raw")
        exits, fast = (found.get(f"guest.procs.{k}", 0) for k in ("exit.trap.14.count",
                                                                 "fast.traps"))
        # besides page faults, what the killed ones died of
        expect(fast and 42 <= exits + fast <= 44, f"{exits} and {fast}, and procs had 42 faults")
        expect(found["guest.procs.injected.0"] > 10, "hardly an interrupt")
        for key, value in found.items():
            if key.endswith(".count"):
                total, worst = (found[key[:-len("count")] + k] for k in ("total_ns", "worst_ns"))
                expect(0 < worst <= total <= worst * value + value, f"{key}: {total}, {worst}")
        exits = sum(v for k, v in found.items() if re.search(r"exit\..*total_ns$", k))
        run = found["guest.procs.run_ns"]
        expect(0.5 * run < exits + found["guest.procs.inside_ns"] <= run * 1.01,
               f"{exits} in exits, {found['guest.procs.inside_ns']} inside, but ran for {run} ns")
        expect(run + found["guest.procs.wait_ns"] <= found["guest.procs.time_ns"], "too much time")
        m.type("counters reset\r")
        found = raw_counters(m, "counters procs raw")
        expect(found["guest.procs.run_ns"] == 0 and not any("exit" in k for k in found),
               f"not reset: {found}")
        m.type("counters nobody\r")
        m.wait_for(r"nobody")


CASES = {
    "trace_monitor": trace_monitor,
    "trace_at_end": trace_at_end,
    "trace_cost": trace_cost,
    "trace_latency": trace_latency,
    "counters": counters,
}
