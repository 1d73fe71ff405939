#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Breaks the guards of what Gatehouse promises, one at a time, and sees a test fail for each.

usage: mutate.py --check                       every mutant still fits the source
       mutate.py --out FOLDER [--list] [PATTERN ...]

The mutants are those of test/mutants.py, mutants_devices.py and mutants_fast.py;
PATTERN (I3*, device/*, ...) chooses. Each is applied to one scratch copy of the tree in FOLDER/tree, built there,
and its tests are run until one fails; then the copy is as it was. Prints a table, writes
FOLDER/result.json and ends in "N caught, N missed".
"""
import argparse
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import time

import mutants
import mutants_devices
import mutants_fast

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
UNIT_TIMEOUT = 300


class Mutant:
    def __init__(self, name, file, old, new, tests):
        self.name, self.file, self.old, self.new = name, file, old, new
        self.tests = tests.split()

    def text_of(self, top):
        with open(os.path.join(top, self.file), encoding="utf-8") as f:
            return f.read()

    def problem(self, top):
        """Why it cannot be applied, or None."""
        if not os.path.isfile(os.path.join(top, self.file)):
            return f"{self.file} does not exist"
        count = self.text_of(top).count(self.old)
        if count != 1:
            return f"{self.file} holds its text {count} times, not once: {self.old!r}"
        for test in self.tests:
            kind, _, name = test.partition("/")
            path = f"test/unit/{name}.c" if kind == "unit" else f"test/guests/{name}/main.c"
            name = re.sub(r"(-pae)?(\.\d+)?$", "", path[:-7] if kind != "unit" else path)
            if kind == "unit" and not os.path.isfile(os.path.join(top, path)):
                return f"no {path}"
            if kind in ("guest", "max") and not os.path.isdir(os.path.join(top, name)):
                return f"no {name}"
        return None if self.tests else "it names no test"


def load():
    entries = mutants.MUTANTS + mutants_devices.MUTANTS + mutants_fast.MUTANTS
    found = [Mutant(*entry) for entry in entries]
    names = [m.name for m in found]
    double = {n for n in names if names.count(n) > 1}
    if double:
        sys.exit(f"mutate: two mutants have the name {', '.join(sorted(double))}")
    return found


def check(found):
    problems = [(m, m.problem(TOP)) for m in found]
    bad = [(m, why) for m, why in problems if why]
    for m, why in bad:
        print(f"{m.name}: {why}")
    print(f"mutate: {len(found)} mutants, {len(bad)} do not fit the source")
    return 1 if bad else 0


def files_below(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(path, name)


class Tree:
    """The scratch copy, and beside it what make had built before any mutant."""

    def __init__(self, out):
        self.top = os.path.join(out, "tree")
        self.pristine = os.path.join(out, "pristine")
        self.build = os.path.join(self.top, "build")
        self.log = open(os.path.join(out, "log.txt"), "w", encoding="utf-8")

    def fill(self):
        """The sources, and of the tree's own build what saves time, with their times."""
        shutil.rmtree(self.top, ignore_errors=True)
        done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others",
                               "--exclude-standard"], cwd=TOP, stdout=subprocess.PIPE, check=True)
        for name in set(done.stdout.decode().split("\0")) - {""}:
            if os.path.isfile(os.path.join(TOP, name)):
                os.makedirs(os.path.dirname(os.path.join(self.top, name)), exist_ok=True)
                shutil.copy2(os.path.join(TOP, name), os.path.join(self.top, name))
        for name in ("arch", "boot", "core", "drivers", "gen", "guests", "test", "run",
                     "unit/gcc", "gatehouse0.elf", "gatehouse.elf", "gatehouse.iso"):
            source, target = os.path.join(TOP, "build", name), os.path.join(self.build, name)
            if os.path.isdir(source) and name != "boot":
                shutil.copytree(source, target)
            elif os.path.isfile(source):
                shutil.copy2(source, target)
        for path in files_below(os.path.join(TOP, "build", "boot")):
            if path.endswith((".o", ".d")):
                target = os.path.join(self.build, os.path.relpath(path, TOP + "/build"))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(path, target)

    def make(self, targets):
        done = subprocess.run(["make", f"-j{os.cpu_count()}", *targets], cwd=self.top,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env={k: v for k, v in os.environ.items()
                                   if "MAKE" not in k and k != "O"})
        text = done.stdout.decode(errors="replace")
        self.log.write(text)
        return None if done.returncode == 0 else text

    def keep(self):
        shutil.rmtree(self.pristine, ignore_errors=True)
        shutil.copytree(self.build, self.pristine)

    def restore(self, since_ns):
        """What was built since then is again what it was."""
        for path in list(files_below(self.build)):
            if os.stat(path).st_mtime_ns < since_ns:
                continue
            kept = os.path.join(self.pristine, os.path.relpath(path, self.build))
            if os.path.exists(kept):
                shutil.copy2(kept, path)
            else:
                os.remove(path)

    def run(self, test):
        """None if the test passes, else what it says."""
        kind, _, name = test.partition("/")
        if kind == "unit":
            command = [f"build/unit/gcc/{name}"]
        else:
            command = ["test/boot/run_boot.py", "--out", "build/boot",
                       test if kind in ("guest", "max", "bochs") else name]
        try:
            done = subprocess.run(command, cwd=self.top, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False, timeout=UNIT_TIMEOUT,
                                  env=dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP"))
        except subprocess.TimeoutExpired:
            return f"still running after {UNIT_TIMEOUT} s"
        text = done.stdout.decode(errors="replace")
        self.log.write(text)
        if done.returncode == 0:
            return None
        lines = [line.strip("# ") for line in text.split("\n")
                 if re.search(r"not ok|ERROR|FAILED|runtime error|fail", line)]
        return lines[0] if lines else f"exit status {done.returncode}"


def targets_of(tests):
    units = {f"build/unit/gcc/{t[5:]}" for t in tests if t.startswith("unit/")}
    return sorted(units) + (["all"] if any(not t.startswith("unit/") for t in tests) else [])


def try_one(tree, mutant):
    """(outcome, the test that failed, what it said)"""
    path = os.path.join(tree.top, mutant.file)
    times = os.stat(path)
    original = mutant.text_of(tree.top)
    started = time.time_ns()
    tree.log.write(f"==== {mutant.name}\n")
    with open(path, "w", encoding="utf-8") as f:
        f.write(original.replace(mutant.old, mutant.new))
    try:
        trouble = tree.make(targets_of(mutant.tests))
        if trouble:
            lines = [line for line in trouble.split("\n") if "error" in line]
            return "not built", "", (lines or [""])[0]
        for test in mutant.tests:
            said = tree.run(test)
            if said:
                return "caught", test, said
        return "missed", "", "passed: " + " ".join(mutant.tests)
    finally:
        with open(path, "w", encoding="utf-8") as f:
            f.write(original)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        tree.restore(started)
        tree.log.flush()


def prepare(tree, chosen):
    """Builds the copy; no test may fail before anything is broken."""
    tests = sorted({t for m in chosen for t in m.tests})
    tree.fill()
    boots = any(not t.startswith("unit/") for t in tests)
    trouble = tree.make(targets_of(tests) + (["test-guests", "iso"] if boots else []))
    if trouble:
        sys.exit(f"mutate: the tree itself does not build:\n{trouble[-2000:]}")
    tree.keep()
    failing = [(test, said) for test in tests for said in [tree.run(test)] if said]
    for test, said in failing:
        print(f"{test} fails without any mutant: {said}")
    return {test for test, _ in failing}


def run_all(tree, chosen):
    results = []
    unusable = prepare(tree, chosen)
    for mutant in chosen:
        started = time.monotonic()
        mutant.tests = [t for t in mutant.tests if t not in unusable]
        outcome, test, said = try_one(tree, mutant)
        seconds = time.monotonic() - started
        results.append({"mutant": mutant.name, "outcome": outcome, "test": test, "said": said,
                        "seconds": round(seconds, 1)})
        print(f"{outcome:9} {mutant.name:44} {test or said}", flush=True)
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("patterns", nargs="*")
    args = parser.parse_args()
    found = load()
    if args.check:
        return check(found)
    chosen = [m for m in found if not args.patterns or
              any(fnmatch.fnmatch(m.name, p) for p in args.patterns)]
    if args.list:
        for m in chosen:
            print(f"{m.name:44} {m.file:28} {' '.join(m.tests)}")
        return 0
    if not args.out or not chosen:
        parser.error("--out FOLDER is needed, and a PATTERN that fits some mutant")
    if check(found):
        return 1
    out = os.path.abspath(args.out)
    os.makedirs(out, exist_ok=True)
    results = run_all(Tree(out), chosen)
    with open(os.path.join(out, "result.json"), "w", encoding="utf-8") as f:
        json.dump(results, f, indent=1)
    caught = sum(r["outcome"] == "caught" for r in results)
    print(f"mutate: {caught} caught, {len(results) - caught} missed")
    return 0 if caught == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
