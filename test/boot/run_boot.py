#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots the hypervisor with test guests, and in all sorts of machines.

usage: run_boot.py --out FOLDER [--list] [-v] [NAME|GLOB ...]

FOLDER is build/boot: what is tested is taken from the folder above, and the counts go to
FOLDER/result.json, each log to FOLDER/log/. Names: guest/x is the test guest x under QEMU,
max/x the same on QEMU's CPU with everything, full/x the same without the fast tier, bochs/x under
Bochs; in a boot they share with others and two bystanders where they can (packs.py). The rest are
boot cases.
"""
import argparse
import concurrent.futures
import fnmatch
import glob
import importlib
import json
import os
import re
import sys
import time

import bochs
import cases
import guest_tests
import packs
from qemu import Failed, Run, by_hand

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOG_TAIL = 30
# Begun first, so that they do not end last.
SLOW = ("deterministic", "clock_period", "clock_event", "iso_demo", "iso_power_off")

# The kinds of boots of test guests under QEMU, and what makes its machine.
MACHINES = {"guest": (), "max": ("-cpu", "max"), "full": ()}

# Tests of what the fast tier answers: with fast=off they give the same verdicts.
FAST = re.compile(r"(async|eflags|exc|gate|handler|int|irq|pf|pt|stack|trap|ts)_")


class Result:
    def __init__(self, name, outcome, text="", commands=(), log=(), seconds=0.0):
        self.name, self.outcome, self.text = name, outcome, text
        self.commands, self.log, self.seconds = commands, log, seconds


class GuestJob:
    """One test guest, one boot, on QEMU's default CPU or another."""

    def __init__(self, test, kind):
        self.test, self.name, self.machine = test, f"{kind}/{test.name}", MACHINES[kind]

    def run(self):
        done = Run(self.test.command(self.machine))
        outcome, text = "passed", ""
        try:
            skipped = guest_tests.judge(self.test, done)
            if skipped is not None:
                outcome, text = "skipped", skipped
        except Failed as failure:
            outcome, text = "failed", f"{failure}\nexpected: {self.test.expectation()}"
        return [Result(self.name, outcome, text, [done.command], done.log, done.seconds)]


class CaseJob:
    """One boot case: a function that raises Failed."""

    def __init__(self, name, function, build):
        self.name, self.function, self.build = name, function, build

    def run(self):
        context = cases.Context(self.build)
        started = time.monotonic()
        outcome, text = "passed", ""
        try:
            self.function(context)
        except (Failed, OSError) as failure:
            # an OSError is QEMU's end while it was being asked something
            outcome, text = "failed", str(failure)
        return [Result(self.name, outcome, text, context.commands, context.log,
                       time.monotonic() - started)]


class Part:
    """A test guest in a boot that it shares with others."""

    def __init__(self, test, kind):
        self.test, self.kind, self.name = test, kind, f"{kind}/{test.name}"


class PackJob:
    """Several test guests in one boot of QEMU, with bystanders; a result each."""

    def __init__(self, number, tests, kind):
        self.name, self.tests, self.kind = f"{kind} pack {number}", tests, kind

    def run(self):
        started, results = time.monotonic(), []
        for test, outcome, text, boot in packs.run(self.tests, MACHINES[self.kind]):
            results.append(Result(f"{self.kind}/{test.name}", outcome, text, [boot.command],
                                  boot.log, boot.seconds / len(self.tests)))
        results[0].seconds = time.monotonic() - started
        return results


class BochsJob:
    """Several test guests in one boot of Bochs; a result each."""

    def __init__(self, number, tests, build, out):
        self.name, self.tests, self.build = f"bochs boot {number}", tests, build
        self.folder = os.path.join(out, f"bochs{number}")

    def run(self):
        started = time.monotonic()
        log, commands, failure = bochs.run(self.build, self.folder, self.tests)
        seconds = time.monotonic() - started
        results = []
        for number, test in enumerate(self.tests):
            outcome, text = "passed", ""
            try:
                if failure:
                    raise Failed(failure)
                skipped = bochs.judge(test, number, log)
                if skipped is not None:
                    outcome, text = "skipped", skipped
            except Failed as reason:
                outcome, text = "failed", f"{reason}\nexpected: {test.expectation()}"
            results.append(Result(f"bochs/{test.name}", outcome, text, commands, log,
                                  seconds / len(self.tests)))
        return results


def all_cases():
    """The CASES of every file here that ends in cases.py."""
    found = {}
    for path in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                              "*cases.py"))):
        found.update(importlib.import_module(os.path.basename(path)[:-3]).CASES)
    return found


def all_jobs(build):
    tests = guest_tests.find(build, TOP)
    marked = [t for t in tests if t.comments.get("bochs") == "yes"]
    found = [Part(test, "bochs") for test in marked if not test.case]
    found += [CaseJob(name, function, build)
              for name, function in all_cases().items()]
    full = [t.with_words("fast=off") for t in tests
            if FAST.match(t.name) and not t.case and packs.fits(t)]
    for kind, those in (("guest", tests), ("max", marked), ("full", full)):
        found += [(Part if packs.fits(test) else GuestJob)(test, kind) for test in those]
    return found


def chosen(jobs, patterns):
    """Those with such a name, or such a last part of it."""
    if not patterns:
        return jobs
    found = [j for j in jobs if any(fnmatch.fnmatch(j.name, p) or
                                    fnmatch.fnmatch(j.name.split("/")[-1], p) for p in patterns)]
    if not found:
        raise SystemExit(f"nothing is named {' or '.join(patterns)}; see --list")
    return found


def in_order(jobs, build, out):
    """What takes long first, so that it does not end last; what shares a boot put together."""
    parts = {kind: [j.test for j in jobs if isinstance(j, Part) and j.kind == kind]
             for kind in ("bochs", *MACHINES)}
    shared = [BochsJob(n, batch, build, out)
              for n, batch in enumerate(bochs.batches(parts.pop("bochs")), 1)]
    shared += [PackJob(n, batch, kind) for kind, tests in parts.items()
               for n, batch in enumerate(packs.batches(tests), 1)]
    others = [j for j in jobs if not isinstance(j, Part)]
    return sorted(shared + others, key=lambda job: job.name.split("/")[-1] not in SLOW and
                  not isinstance(job, BochsJob))


def guarded(job):
    """A mistake in a test is that test's failure, not the end of all."""
    try:
        return job.run()
    except Exception as error:  # pylint: disable=broad-except
        return [Result(job.name, "failed", f"the test itself: {type(error).__name__}: {error}")]


def report(result, args):
    path = os.path.join(args.out, "log", result.name.replace("/", "-") + ".log")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(result.log) + "\n")
    if result.outcome == "passed":
        if args.verbose:
            print(f"ok {result.name} ({result.seconds:.1f} s)", flush=True)
        return
    if result.outcome == "skipped":
        print(f"skipped {result.name}: {result.text}", flush=True)
        return
    print(f"FAILED {result.name} ({result.seconds:.1f} s): {result.text}")
    for line in result.log[-LOG_TAIL:]:
        print(f"    {line}")
    for words in result.commands:
        print(f"  by hand: {by_hand(words)}")
    print(f"  whole log: {path}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    build = os.path.dirname(os.path.abspath(args.out))
    os.chdir(TOP)
    args.out = os.path.abspath(args.out)
    os.makedirs(os.path.join(args.out, "log"), exist_ok=True)
    jobs = chosen(all_jobs(build), args.names)
    if args.list:
        print("\n".join(j.name for j in jobs))
        return 0
    jobs = in_order(jobs, build, args.out)
    started = time.monotonic()
    results = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(guarded, j) for j in jobs]):
            for result in done.result():
                report(result, args)
                results.append(result)
    counts = {k: sum(r.outcome == k for r in results) for k in ("passed", "failed", "skipped")}
    with open(os.path.join(args.out, "result.json"), "w", encoding="utf-8") as f:
        json.dump({"suite": "boot", **counts,
                   "failures": [r.name for r in results if r.outcome == "failed"]}, f)
    print(f"boot: {counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['skipped']} skipped in {time.monotonic() - started:.0f} s")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
