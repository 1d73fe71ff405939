#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test suites one after the other and ends in one line: N passed, N failed

usage: run_all.py --out FOLDER SUITE ...        (suites: see SUITES below)

A suite is a command that writes FOLDER/<suite>/result.json:
    {"passed": 3, "failed": 0, "skipped": 1}
To add one, add a line to SUITES. A suite that is missing, dies, or runs
nothing counts as a failure. Everything it needs has been built before.
"""
import argparse
import json
import os
import subprocess
import sys

# name: command; {out} is the suite's own folder below the build folder.
SUITES = {
    "lint": ["tools/lint/lint.py", "--out", "{out}"],
    "unit": ["test/run_unit.py", "--out", "{out}"],
    "tools": ["test/run_tools.py", "--out", "{out}"],
    "fuzz": ["test/run_fuzz.py", "--out", "{out}"],
    "boot": ["test/boot/run_boot.py", "--out", "{out}"],
}


def run(name, out):
    """(passed, failed, skipped) of one suite."""
    folder = os.path.join(out, name)
    result = os.path.join(folder, "result.json")
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(result):
        os.remove(result)
    command = [word.format(out=folder) for word in SUITES[name]]
    print(f"== {name}: {' '.join(command)}", flush=True)
    try:
        status = subprocess.run(command, check=False).returncode
        with open(result, encoding="utf-8") as f:
            counts = json.load(f)
    except (OSError, ValueError) as error:
        print(f"FAILED suite {name}: no result: {error}", flush=True)
        return 0, 1, 0
    passed, failed = counts["passed"], counts["failed"]
    skipped = counts.get("skipped", 0)
    if not failed and (status or not passed):
        print(f"FAILED suite {name}: exit status {status}, {passed} passed", flush=True)
        failed = 1
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True, help="the build folder")
    parser.add_argument("suites", nargs="+", choices=list(SUITES))
    args = parser.parse_args()
    totals = [run(name, args.out) for name in args.suites]
    passed, failed, skipped = (sum(column) for column in zip(*totals))
    for name, counts in zip(args.suites, totals):
        print(f"{name}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    if skipped:
        print(f"{skipped} skipped: see above what they need")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
