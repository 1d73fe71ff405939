#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What single operations cost: prints a table and writes FOLDER/result.json.

usage: run_bench.py --out FOLDER [--rounds N] [TEST_GUEST ...]

The test guests that measure print lines like "what: 340 ticks" or "24 ticks what". Each
runs once with counted instructions (-icount: a tick is an instruction, the same in every
run), and N times without, of which the smallest counts, in nanoseconds of this machine.
"""
import argparse
import json
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "test/boot"))
import guest_tests  # pylint: disable=wrong-import-position
from qemu import Failed, Run, command, modules  # pylint: disable=wrong-import-position

GUESTS = ["costs", "syscall_cost", "pf_demand", "pf_demand-pae"]
LINE = re.compile(r"test\| (?:(.+): (\d+)(?:\.\d+)? ticks|(\d+) (?:TSC )?ticks (.+))$")
ICOUNT = ["-icount", "shift=0,sleep=off"]


def measure(test, machine):
    """{operation: ticks}, TSC kHz of one run."""
    run = Run(command(modules(test.build, test.guests()) + machine))
    try:
        guest_tests.check_host(run.log)
        if machine:
            # without icount, a check of the cost itself may fail
            guest_tests.judge(test, run)
    except Failed as failure:
        raise SystemExit(f"{test.name}: {failure}\n" + "\n".join(run.log[-30:])) from None
    found, khz = {}, 0.0
    for line in run.log:
        match = re.search(r"clock: TSC ([0-9.]+) MHz", line)
        if match:
            khz = float(match.group(1)) * 1000
        match = LINE.match(line)
        if match:
            name = match.group(1) or match.group(4)
            found[name] = int(match.group(2) or match.group(3))
    if not found or not khz:
        raise SystemExit(f"{test.name}: measured nothing")
    return found, khz


def bench(test, rounds):
    """[(operation, instructions, wall ns)]"""
    counted, _ = measure(test, ICOUNT)
    wall = {}
    for _ in range(rounds):
        ticks, khz = measure(test, [])
        for name, value in ticks.items():
            ns = value * 1e6 / khz
            wall[name] = min(ns, wall.get(name, ns))
    return [(name, value, round(wall[name])) for name, value in counted.items()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("guests", nargs="*", default=GUESTS)
    args = parser.parse_args()
    build = os.path.dirname(os.path.abspath(args.out))
    os.makedirs(args.out, exist_ok=True)
    tests = {test.name: test for test in guest_tests.find(build, TOP)}
    result = {}
    print(f"{'operation':<50} {'instructions':>12} {'wall ns':>9}")
    for name in args.guests:
        print(f"{name}:")
        for what, instructions, ns in bench(tests[name], args.rounds):
            print(f"  {what:<48} {instructions:>12} {ns:>9}", flush=True)
            result[f"{name}: {what}"] = {"instructions": instructions, "wall_ns": ns}
    with open(os.path.join(args.out, "result.json"), "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)


if __name__ == "__main__":
    sys.exit(main())
