#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the unit test programs, prints what failed, sums up their counts.

usage: run_unit.py --out FOLDER [PROGRAM ...]    (none: all in FOLDER/gcc and FOLDER/clang)

Each program is a cmocka program; its TAP output is read. A program that dies
counts as one failure more. The counts go to FOLDER/result.json.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys

TIMEOUT_SECONDS = 300
PLAN = re.compile(r"1\.\.(\d+)$")
RESULT = re.compile(r"(ok|not ok) \d+ - (\S+)( # SKIP)?")


class Report:
    """What one program did."""

    def __init__(self, program):
        self.name = "/".join(program.split("/")[-2:])
        self.passed = self.skipped = self.planned = 0
        self.failures = []  # (test, [lines])


def read_tap(report, text):
    """Counts results; the lines behind a failed test (or before it) belong to it."""
    pending = []
    for line in text.splitlines():
        if PLAN.match(line):
            report.planned += int(PLAN.match(line).group(1))
            continue
        match = RESULT.match(line)
        if not match:
            if line.strip() and not line.startswith(("# ok", "# not ok", "ok - ", "not ok - ")):
                if report.failures and line.startswith("# "):
                    report.failures[-1][1].append(line[2:])
                else:
                    pending.append(line)
            continue
        if match.group(3):
            report.skipped += 1
        elif match.group(1) == "ok":
            report.passed += 1
        else:
            report.failures.append((match.group(2), pending))
        pending = []
    return pending


def run(program):
    report = Report(program)
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP",
               UBSAN_OPTIONS="print_stacktrace=1", ASAN_OPTIONS="detect_stack_use_after_return=1")
    try:
        done = subprocess.run([program], env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        report.failures.append(("timeout", [f"still running after {TIMEOUT_SECONDS} s"]))
        return report
    rest = read_tap(report, done.stdout.decode(errors="replace"))
    finished = report.passed + report.skipped + len(report.failures)
    if finished < report.planned or report.planned == 0:
        report.failures.append(("died", rest + [f"exit status {done.returncode}, "
                                                f"{finished} of {report.planned} tests finished"]))
    elif done.returncode and not report.failures:
        report.failures.append(("exit", rest + [f"exit status {done.returncode}"]))
    return report


def all_programs(out):
    for folder in ("gcc", "clang"):
        path = os.path.join(out, folder)
        for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
            full = os.path.join(path, name)
            if name.startswith("test_") and os.path.isfile(full) and os.access(full, os.X_OK):
                yield full


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("programs", nargs="*")
    args = parser.parse_args()
    programs = args.programs or list(all_programs(args.out))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = list(pool.map(run, programs))
    for report in reports:
        for test, lines in report.failures:
            print(f"FAILED {report.name}: {test}")
            for line in lines:
                print(f"    {line}")
    passed = sum(r.passed for r in reports)
    failed = sum(len(r.failures) for r in reports)
    skipped = sum(r.skipped for r in reports)
    with open(os.path.join(args.out, "result.json"), "w", encoding="utf-8") as f:
        json.dump({"suite": "unit", "passed": passed, "failed": failed, "skipped": skipped,
                   "failures": [f"{r.name}: {t}" for r in reports for t, _ in r.failures]}, f)
    print(f"unit: {len(programs)} programs, {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
