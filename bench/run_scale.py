#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What more guests cost: FOLDER/scale.json, FOLDER/scale.svg and a table.

usage: run_scale.py --out FOLDER [N ...]

FOLDER is build/bench: what is measured is taken from the folder above. For each N: how long it
takes to start N guests of 8 MiB in 1 GiB, how much memory each takes, whether the machine is
quiet while all of them sleep, what single operations cost a guest beside N - 1
sleepers, and how much work N busy guests do together in a second against one. With counted instructions
(-icount: an instruction is a nanosecond).
"""
import argparse
import json
import os
import re
import statistics
import sys
import time

import chart
from operations import ICOUNT, Looker, figures, markdown, ops_guest, write
from qemu import ICOUNT_TIMEOUT, Machine, command, modules
from run_guests import boot, load, numbers

COUNTS = (1, 2, 4, 8, 16, 32, 64)
MEMORY = ["-m", "1024"]
IDLE_SECONDS = 2
BUSY_MS = 1000
BESIDE = ("call", "page_fault_in", "clock")  # and a wake-up


def sleepers(build, count):
    return [load(build, f"g{n}", "idle", mem="8M") for n in range(count)]


def timer_interrupts(look):
    return int(look.expect("counters", r"since boot (\d+) timer interrupts")[0].group(1))


def resting(build, count):
    """Starting them, their memory, and the machine at rest."""
    words = command(modules(build, sleepers(build, count), "on-idle=wait") + MEMORY +
                    ["-icount", "shift=0"])  # here a sleep takes its time
    with Machine(words) as m:
        starts = [m.wait_for(r"\[ *(\d+\.\d+)\] guest \"g\d+\": started", ICOUNT_TIMEOUT)
                  for _ in range(count)]
        begin = re.search(rb"\[ *(\d+\.\d+)\] clock: ", m.raw)
        starts = [float(match.group(1)) - float(begin.group(1)) for match in starts]
        look = Looker(m)
        rows = [line for line in look.ask("memory") if re.match(r" *\d+ g\d+ ", line)]
        sizes = [int(re.search(r"0x[0-9a-f]+ +(\d+) KiB", line).group(1)) for line in rows]
        timers = timer_interrupts(look)
        time.sleep(IDLE_SECONDS)
        timers = timer_interrupts(look) - timers
    return {"all started, ms": round(1000 * starts[-1], 2),
            "first started, ms": round(1000 * starts[0], 2),
            "memory beside its 8 MiB, KiB": round(sum(sizes) / len(sizes)) - 8192,
            f"timer interrupts in {IDLE_SECONDS} s at rest": timers}


def beside(build, count):
    """{operation: instructions} of a guest beside sleepers."""
    guests = [*sleepers(build, count - 1), ops_guest(build, "samples=10")]
    words = command(modules(build, guests, "on-idle=wait") + MEMORY + ICOUNT)
    with Machine(words) as m:
        m.wait_for("ops: done", ICOUNT_TIMEOUT)
        found = figures(m.log)
    return {name: round(found[name][1]) for name in BESIDE}


def waking(build, count):
    """Instructions from a deadline to the handler of a guest that sleeps like the others."""
    guests = [*sleepers(build, count - 1), load(build, "sleeper", "sleep times=50", mem="8M")]
    with Machine(command(modules(build, guests, "on-idle=wait") + MEMORY + ICOUNT)) as m:
        m.wait_for('"sleeper": powered off', ICOUNT_TIMEOUT)
        return statistics.median(to - due for due, to in numbers(m.log, "sleeper", "woken"))


def together(build, count, from_ms):
    """Rounds of work that they did."""
    guests = [load(build, f"g{n}", f"busy from_ms={from_ms} to_ms={from_ms + BUSY_MS}", mem="8M")
              for n in range(count)]
    log = boot(build, guests, MEMORY)
    rounds = [int(match.group(1)) for match in
              (re.match(r"g\d+\| busy (\d+) rounds", line) for line in log) if match]
    if len(rounds) != count:
        raise SystemExit(f"{len(rounds)} of {count} guests said what they did")
    return sum(rounds)


def table(result):
    keys = list(next(iter(result.values())))
    rows = [["guests", *map(str, result)]] + [
        [key, *(f"{found[key]:g}" for found in result.values())] for key in keys]
    return markdown(rows)


def plots(result):
    def line(key):
        return {count: found[key] for count, found in result.items()}

    return chart.lines("What more guests cost (QEMU, -icount shift=0)", "guests", [
        ("milliseconds until all guests of 8 MiB run", {"all started": line("all started, ms")}),
        ("instructions of an operation beside guests that sleep",
         {name: line(f"{name}, instructions") for name in (*BESIDE, "wake-up")}),
        ("work of busy guests together, % of one alone", {"work": line("work together, %")})])


def measure(build, counts):
    """{guests: figures}"""
    result, alone = {}, None
    for count in counts:
        found = resting(build, count)
        for name, instructions in beside(build, count).items():
            found[f"{name}, instructions"] = instructions
        found["wake-up, instructions"] = waking(build, count)
        work = together(build, count, int(found["all started, ms"]) + 100)
        alone = alone or work
        found["work together, %"] = round(100 * work / alone, 2)
        result[count] = found
        print(f"{count}: {json.dumps(found)}", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("counts", nargs="*", type=int, default=COUNTS)
    args = parser.parse_args()
    build = os.path.dirname(os.path.abspath(args.out))
    os.makedirs(args.out, exist_ok=True)
    result = measure(build, args.counts)
    print(table(result))
    write(args.out, "scale.json", json.dumps(result, indent=1) + "\n")
    write(args.out, "scale.svg", plots(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
