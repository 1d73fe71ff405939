#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What single operations cost a guest: a table, FOLDER/ops.json and FOLDER/ops.svg.

usage: run_bench.py --out FOLDER [--rounds N] [--bounds check|update]

FOLDER is build/bench: what is measured is taken from the folder above. The same operations run
in a guest (bench/guests/ops) and without a hypervisor (bench/native), once with counted
instructions (-icount: a tick is an instruction, the same in every run) and N times without, of
which the smallest figures count. Then each operation is done in a boot of its own for the full
exits that Gatehouse counts and the TLB flushes that QEMU counts. --bounds: only the first of
these; fails where bench/bounds.json allows fewer instructions, or writes that file anew.
"""
import argparse
import json
import os
import sys

import chart
import operations
from operations import OPS, markdown, write


def median(figures, key):
    return figures.get(key, {}).get("median")


def pair(figures, key):
    found = figures.get(key)
    return f"{found['min']} / {found['median']}" if found else "-"


def ratio(figures):
    goal = figures["goal"]
    return f"{median(figures, 'instructions') / goal:.2f}" if goal else "-"


def known(value):
    return "-" if value is None else f"{value:g}"


HEAD = ["operation", "instructions", "wall ns", "full exits", "TLB flushes", "goal", "of goal",
        "bare PC: instr.", "wall ns", "Xen pv32: instr.", "wall ns"]


def row(name, figures):
    op = OPS[name]
    return [op.text, pair(figures, "instructions"), pair(figures, "wall_ns"),
            known(figures.get("full_exits")), known(figures.get("tlb_flushes")), known(op.goal),
            ratio(figures), known(figures.get("bare_instructions")),
            known(median(figures, "bare_wall_ns")), known(op.xen), known(op.xen_wall)]


def table(result):
    rows = [HEAD] + [row(name, result[name]) for name in OPS if name in result]
    return markdown(rows)


def bars(result):
    rows = [(OPS[name].text, {"Gatehouse": median(result[name], "instructions"),
                              "bare PC": result[name].get("bare_instructions"),
                              "goal": OPS[name].goal, "Xen 4.17 pv32": OPS[name].xen})
            for name in OPS if name in result]
    return chart.bars("Instructions of an operation (QEMU, -icount shift=0)", rows,
                      ("Gatehouse", "bare PC"), ("goal", "Xen 4.17 pv32"))


def check_bounds(build, update):
    counted = operations.run_bounds(build)
    if update:
        operations.write_bounds(counted)
        return 0
    wrong = operations.beyond_bounds(counted, operations.bounds())
    print("\n".join(wrong) or f"{len(counted)} operations are within their bounds")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bounds", choices=("check", "update"))
    args = parser.parse_args()
    build = os.path.dirname(os.path.abspath(args.out))
    os.makedirs(args.out, exist_ok=True)
    if args.bounds:
        return check_bounds(build, args.bounds == "update")
    result = operations.measure(build, args.rounds)
    print(table(result))
    write(args.out, "ops.json", json.dumps(result, indent=1) + "\n")
    write(args.out, "ops.svg", bars(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
