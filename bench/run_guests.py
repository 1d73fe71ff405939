#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Several guests: what a switch costs, how late a sleeper wakes, whether weights hold.

usage: run_guests.py --out FOLDER [switch] [wake] [weights]

FOLDER is build/bench: what is measured is taken from the folder above. All with counted
instructions (-icount: an instruction is a nanosecond and a TSC tick, the same in every run).
Prints what it found and writes FOLDER/guests.json.
"""
import argparse
import bisect
import json
import os
import re
import statistics
import sys

from operations import ICOUNT, markdown, write
from qemu import Guest, Run, command, modules

SWITCH_MS = 2000
WAKE_TIMES, WAKE_MS, BUSY = 300, 1300, 3
WEIGHTS, WEIGHTS_MS = (100, 200, 400), 10000
BOOT_MS = 300  # all guests have been started by then


def load(build, name, cmdline, words="", mem="2M"):
    return Guest(os.path.join(build, "bench/guests/load.elf"), name, f"tsc=on {words}", cmdline, mem)


def boot(build, guests, machine=()):
    run = Run(command(modules(build, guests, "on-idle=poweroff") + ICOUNT + list(machine)), 600)
    if run.status != 0:
        raise SystemExit(f"QEMU ended with {run.status}:\n" + "\n".join(run.log[-20:]))
    return run.log


def numbers(log, name, word):
    """The lines `name| word N N` of a guest as pairs, in order."""
    found = (re.match(rf"{name}\| {word} (\d+) (\d+)", line) for line in log)
    return [(int(m.group(1)), int(m.group(2))) for m in found if m]


def summary(values):
    ordered = sorted(values)
    return {"count": len(ordered), "min": ordered[0], "median": round(statistics.median(ordered)),
            "99 %": ordered[len(ordered) * 99 // 100], "max": ordered[-1]}


def last_before(times, moment):
    """The latest of sorted times that is not after that moment, or None."""
    place = bisect.bisect_right(times, moment)
    return times[place - 1] if place else None


def switch(build):
    """From the last instruction of a guest whose slice is over to the first of the next."""
    names = ("one", "two")
    log = boot(build, [load(build, name, f"spin to_ms={SWITCH_MS}") for name in names])
    one, two = (numbers(log, name, "gap") for name in names)
    found = []
    for mine, others in ((one, two), (two, one)):
        stops = [start for start, _ in others]
        for start, end in mine:
            stopped = last_before(stops, end)
            if stopped and stopped > start:  # the other one ran in between
                found.append(end - stopped)
    return {"switch, at the end of a slice": summary(found)}


def wake(build, busy=BUSY):
    """To the first instruction of a sleeper's handler: from its clock event's deadline, and from the
    last instruction of whom the interrupt hit. And from HALT to the next guest's first."""
    names = [f"busy{n}" for n in range(busy)]
    guests = [load(build, name, f"spin to_ms={WAKE_MS}") for name in names]
    log = boot(build, guests + [load(build, "sleeper", f"sleep times={WAKE_TIMES}")])
    woken = numbers(log, "sleeper", "woken")
    gaps = [gap for name in names for gap in numbers(log, name, "gap")]
    stops, starts = (sorted(times) for times in zip(*gaps))
    slept = [moment for moment, _ in numbers(log, "sleeper", "slept")]
    return {"wake-up, from the deadline to the handler": summary([to - due for due, to in woken]),
            "wake-up, from the interrupted guest to the handler": summary(
                [to - last_before(stops, to) for _, to in woken if last_before(stops, to)]),
            "switch, from HALT to the next guest": summary(
                [starts[bisect.bisect(starts, moment)] - moment for moment in slept
                 if moment < starts[-1]])}


def weights(build):
    """{weight: {share of the work, error in %}}"""
    guests = [load(build, f"w{w}", f"busy from_ms={BOOT_MS} to_ms={BOOT_MS + WEIGHTS_MS}",
                   f"weight={w}") for w in WEIGHTS]
    log = boot(build, guests)
    rounds = {}
    for line in log:
        match = re.match(r"w(\d+)\| busy (\d+) rounds", line)
        if match:
            rounds[int(match.group(1))] = int(match.group(2))
    result = {}
    for weight in WEIGHTS:
        share, fair = rounds[weight] / sum(rounds.values()), weight / sum(WEIGHTS)
        result[weight] = {"share": round(share, 5), "error in %": round(100 * (share / fair - 1), 3)}
    return result


GOALS = {"switch, from HALT to the next guest": 600, "switch, at the end of a slice": 600}


def table(result):
    """Times, then weights."""
    rows = [["instructions", "goal", "min", "median", "99 %", "max"]]
    for part in ("switch", "wake"):
        for what, found in result.get(part, {}).items():
            rows.append([what, str(GOALS.get(what, "-")),
                         *(str(found[key]) for key in ("min", "median", "99 %", "max"))])
    shares = [["weight", "share of 10 s of work", "error"]] + [
        [str(weight), f"{100 * found['share']:.3f} %", f"{found['error in %']:+.3f} %"]
        for weight, found in result.get("weights", {}).items()]
    return "\n\n".join(markdown(part) for part in (rows, shares) if len(part) > 1)


PARTS = {"switch": switch, "wake": wake, "weights": weights}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    args = parser.parse_args()
    build = os.path.dirname(os.path.abspath(args.out))
    os.makedirs(args.out, exist_ok=True)
    path = os.path.join(args.out, "guests.json")
    result = {}
    if len(args.parts) < len(PARTS) and os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            result = json.load(f)  # what is not measured now stays
    for part in args.parts:
        result[part] = PARTS[part](build)
    print(table(result))
    write(args.out, "guests.json", json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
