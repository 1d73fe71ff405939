#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What attacks cost the others: how long interrupts are off, how late a bystander's clock is.

usage: run_hostile.py --out FOLDER [TEST_GUEST|GLOB ...]

Each attack runs beside two bystanders, with counted instructions (-icount: an instruction is
a nanosecond, the same in every run). Prints a table and writes FOLDER/result.json.
"""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "test/boot"))
import guest_tests  # pylint: disable=wrong-import-position
import packs  # pylint: disable=wrong-import-position
from qemu import Failed  # pylint: disable=wrong-import-position

ATTACKS = ["storm_*", "async_storm", "async_lies.3", "data_changes.0", "dies_busy.2",
           "hcall_random.0", "pt_quota-pae", "console_much", "sched_spinner", "blk_hostile.1", "net_hostile.1",
           "rng_hostile.1", "console_hostile.1"]


def row(build, test):
    """(name, the figures) or (name, what went wrong)"""
    name = test.name if test else "none"
    try:
        return (name, *packs.measure(build, test))
    except Failed as failure:
        return name, str(failure)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("names", nargs="*", default=ATTACKS)
    args = parser.parse_args()
    build = os.path.dirname(os.path.abspath(args.out))
    os.chdir(TOP)
    os.makedirs(args.out, exist_ok=True)
    tests = [None] + [t for t in guest_tests.find(build, TOP)
                      if any(fnmatch.fnmatch(t.name, p) for p in args.names)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = list(pool.map(lambda test: row(build, test), tests))
    print("| attack | interrupts off at most, us | clock late, 99 %: below, us | at most, us |")
    print("|---|---|---|---|")
    for name, off, *late in rows:
        print(f"| {name} | {off / 1000:.1f} | {late[0]} | {late[1]} |" if late else
              f"| {name} | {off} | | |")
    with open(os.path.join(args.out, "result.json"), "w", encoding="utf-8") as f:
        json.dump(rows, f)
    return 1 if any(len(found) == 2 for found in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
