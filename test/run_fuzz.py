#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the libFuzzer harnesses in FOLDER, each from its seeds in FOLDER/corpus, if any.

usage: run_fuzz.py --out FOLDER [--runs N | --seconds S]

--runs is the short form for make test and the default: a fixed seed and number of
runs, nothing kept. --seconds keeps what it learns in FOLDER/learned/<harness> for the next time.
The counts, one a harness, go to FOLDER/result.json; a failing input stays in
FOLDER/crash-<harness>-*.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
import tempfile

SMOKE_RUNS = 25000
SMOKE_SECONDS_MAX = 60  # a slow machine stops early


def run(program, args, learned):
    name = os.path.basename(program)
    command = [program, "-seed=1", "-max_len=4096", "-timeout=10", "-print_final_stats=1",
               f"-artifact_prefix={args.out}/crash-{name}-"]
    if args.runs:
        command += [f"-runs={args.runs}", f"-max_total_time={SMOKE_SECONDS_MAX}"]
    else:
        command += [f"-max_total_time={args.seconds}"]
    seeds = os.path.join(args.out, "corpus", name)
    command += [learned] + ([seeds] if os.path.isdir(seeds) else [])
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return name, done.returncode, done.stdout.decode(errors="replace").splitlines()


def statistic(lines, key):
    for line in lines:
        if line.startswith(f"stat::{key}"):
            return line.split()[-1]
    return "?"


def show(name, status, lines):
    if status:
        print(f"FAILED {name}: exit status {status}")
        start = next((i for i, line in enumerate(lines) if "ERROR" in line or "error:" in line),
                     max(len(lines) - 40, 0))
        for line in lines[start:start + 40]:
            print(f"    {line}")
        print("    " + next((line for line in lines if "Test unit written" in line), ""))
    else:
        print(f"ok {name}: {statistic(lines, 'number_of_executed_units')} runs")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--runs", type=int, default=SMOKE_RUNS)
    parser.add_argument("--seconds", type=int)
    args = parser.parse_args()
    if args.seconds:
        args.runs = 0
    programs = sorted(p for p in glob.glob(os.path.join(args.out, "fuzz_*"))
                      if os.path.isfile(p) and os.access(p, os.X_OK))
    with tempfile.TemporaryDirectory() as scratch, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        base = scratch if args.runs else os.path.join(args.out, "learned")
        folders = [os.path.join(base, os.path.basename(p)) for p in programs]
        for folder in folders:
            os.makedirs(folder, exist_ok=True)
        results = list(pool.map(lambda pf: run(pf[0], args, pf[1]), zip(programs, folders)))
    failed = [name for name, status, _ in results if status]
    for name, status, lines in results:
        show(name, status, lines)
    with open(os.path.join(args.out, "result.json"), "w", encoding="utf-8") as f:
        json.dump({"suite": "fuzz", "passed": len(results) - len(failed), "failed": len(failed),
                   "skipped": 0, "failures": failed}, f)
    print(f"fuzz: {len(results)} harnesses, {len(failed)} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
