# SPDX-License-Identifier: GPL-2.0-or-later
"""The single operations: what they are called, what they should cost, and boots that measure them."""
import collections
import concurrent.futures
import json
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "test/boot"))
# pylint: disable=wrong-import-position
from look_cases import Looker
from qemu import Guest, Machine, Run, command, modules

ICOUNT = ["-icount", "shift=0,sleep=off"]
SAMPLES = 50
BOUNDS = os.path.join(TOP, "bench/bounds.json")
MARGIN = 1.05

# Instructions. xen: Xen 4.17.7, a 32-bit paravirtualized guest, in the same emulator.
Op = collections.namedtuple("Op", "text goal xen xen_wall")
OPS = {
    "int80": Op("int 0x80 from ring 3 to its handler, and back", 2, 285, 550),
    "call": Op("empty hypercall (FLUSH_ASYNC)", 90, 263, 392),
    "int3_in": Op("int3 in ring 3, to its handler", 100, 386, 547),
    "int3": Op("int3 in ring 3, to its handler and back", None, None, None),
    "ud_in": Op("#UD in ring 3, to its handler", 100, 449, 619),
    "ud": Op("#UD in ring 3, to its handler and back", None, None, None),
    "page_fault_in": Op("page fault in ring 3, to its handler", 120, 455, 799),
    "page_fault": Op("page fault in ring 3, to its handler and back", None, None, None),
    "map": Op("map a page (SET_PTE)", 300, 823, 1021),
    "unmap": Op("unmap a page that was in use (SET_PTE)", None, None, None),
    "batch": Op("change a page's entry, in a batch of 32", None, None, None),
    "fill": Op("demand fill: fault, map, return, retry", 700, 1673, 2728),
    "flush": Op("FLUSH_TLB of the user part", None, None, None),
    "virq": Op("interrupt that was held off, to its handler, and back", 200, 592, 800),
    "clock": Op("SET_CLOCKEVENT for at once, to its handler", None, None, None),
    "space": Op("switch to a known address space (NEW_PGTABLE)", 350, 1933, 10902),
    "set_stack": Op("SET_STACK, as on a switch of processes", None, None, None),
    "load_tls": Op("LOAD_TLS", None, None, None),
    "ts": Op("TS", None, None, None),
}

LINE = re.compile(r"^(?:ops\| )?op (\w+) (\d+) (\d+) of (\d+)")


def markdown(rows):
    """A table, in columns for those who read it as it is. The first row is its head."""
    widths = [max(len(line[n]) for line in rows) for n in range(len(rows[0]))]
    text = ["| " + " | ".join(cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in
                              enumerate(zip(line, widths))) + " |" for line in rows]
    text.insert(1, "|" + "|".join("-" * (w + 1) + ("-" if n == 0 else ":")
                                  for n, w in enumerate(widths)) + "|")
    return "\n".join(text)


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def figures(log):
    """{operation: (minimum, median)} in ticks an operation"""
    found = {}
    for line in log:
        match = LINE.match(line)
        if match:
            least, median, times = (int(text) for text in match.groups()[1:])
            found[match.group(1)] = (least / times, median / times)
    if not found:
        raise SystemExit("no figures from the boot:\n" + "\n".join(log[-30:]))
    return found


def khz(log):
    """Of the TSC, as the hypervisor measured it."""
    return next(float(m.group(1)) * 1000 for m in (re.search(r"clock: TSC ([0-9.]+) MHz", line)
                                                   for line in log) if m)


def ops_guest(build, cmdline=""):
    return Guest(os.path.join(build, "bench/guests/ops.elf"), "ops", "tsc=on", cmdline, mem="8M")


def run_guest(build, machine, samples=SAMPLES):
    run = Run(command(modules(build, [ops_guest(build, f"samples={samples}")],
                              "on-idle=poweroff") + list(machine)))
    return figures(run.log), khz(run.log)


def run_native(build, machine):
    run = Run(command(["-kernel", os.path.join(build, "bench/native.elf"), *machine]))
    return figures(run.log)


# What QEMU 7.2 adds to its partial and elided flushes for one CR3 load, as bench/native showed.
FLUSH_PARTS = 8


def flushes(m):
    """TLB flushes by QEMU's own count, which has one for each of its TLBs, dirty or not."""
    text = m.monitor("info jit")
    full, *parts = (int(re.search(rf"TLB {kind} flushes +(\d+)", text).group(1))
                    for kind in ("full", "partial", "elided"))
    return full + sum(parts) / FLUSH_PARTS


def totals(build, cmdline):
    """({why: full exits}, TLB flushes) of a boot."""
    guest = ops_guest(build, cmdline + " stay")
    with Machine(command(modules(build, [guest], "") + ICOUNT)) as m:
        m.wait_for("ops: done")
        text = "\n".join(Looker(m).ask("counters ops raw"))
        exits = re.findall(r"\.exit\.(\S+)\.count (\d+)", text)
        return {why: int(count) for why, count in exits}, flushes(m)


# One at a time, each with exits of its own before it.
SINGLE = {"virq": ("call.SET_CLOCKEVENT", "interrupt"), "clock": ()}


def events(build, name):
    """(full exits, TLB flushes) of one such operation: by the difference of two boots, of which
    one does only what comes before each sample; or fewer samples, less the exits before each."""
    long, short, times = f"only={name} samples={SAMPLES}", "setup", SAMPLES * 32
    if name in SINGLE:
        long, short, times = f"only={name} samples=150", f"only={name} samples=50", 100
    else:
        short = f"{long} {short}"
    (exits, flushed), (exits_before, flushed_before) = totals(build, long), totals(build, short)
    more = {why: (exits[why] - exits_before.get(why, 0)) / times for why in exits}
    not_its_own = sum(more.get(why, 0) for why in SINGLE.get(name, ()))
    # each of those is two loads of CR3
    return (sum(more.values()) - not_its_own,
            (flushed - flushed_before) / times - 2 * not_its_own)


def measure(build, rounds):
    """{operation: figures}"""
    counted, _ = run_guest(build, ICOUNT)
    bare = run_native(build, ICOUNT)
    result = {}
    for name, (least, median) in counted.items():
        result[name] = {"text": OPS[name].text, "goal": OPS[name].goal,
                        "instructions": {"min": round(least), "median": round(median)}}
        if name in bare:
            result[name]["bare_instructions"] = round(bare[name][1])
    for _ in range(rounds):
        timed, tsc_khz = run_guest(build, [])
        for where, found in (("wall_ns", timed), ("bare_wall_ns", run_native(build, []))):
            for name, (least, median) in found.items():
                least, median = round(least * 1e6 / tsc_khz), round(median * 1e6 / tsc_khz)
                best = result[name].setdefault(where, {"min": least, "median": median})
                best["min"], best["median"] = min(least, best["min"]), min(median, best["median"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda name: (name, *events(build, name)), result))
    for name, exits, flushed in found:
        result[name]["full_exits"] = abs(round(exits, 1))
        result[name]["tlb_flushes"] = abs(round(flushed, 1))
    return result


def is_by_gcc(build):
    """Bounds are of that compiler's code."""
    with open(os.path.join(build, "gen/flags"), encoding="utf-8") as f:
        return "gcc" in f.read().split()[0]


def bounds():
    """{operation: instructions at most}"""
    with open(BOUNDS, encoding="utf-8") as f:
        return json.load(f)["at most"]


def run_bounds(build):
    """What is held against the bounds. More samples than may fall into the printing of a line."""
    return run_guest(build, ICOUNT, samples=9)[0]


def write_bounds(counted):
    """Recorded, with a margin; an operation of few instructions may take two more."""
    limits = {name: max(round(median * MARGIN), round(median) + 2)
              for name, (_, median) in counted.items()}
    with open(BOUNDS, "w", encoding="utf-8") as f:
        json.dump({"what": "instructions of an operation, at most; make bench BOUNDS=update",
                   "at most": limits}, f, indent=1)
        f.write("\n")


def beyond_bounds(counted, limits):
    """What is wrong, as lines."""
    found = [f"{name} ({OPS[name].text}): {round(median)} instructions, at most "
             f"{limits.get(name, 0)} are recorded in bench/bounds.json"
             for name, (_, median) in counted.items() if round(median) > limits.get(name, 0)]
    return found + [f"{name} is not measured any more" for name in limits if name not in counted]
