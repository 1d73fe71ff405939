#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the guest fuzzers, boot after boot, each with another seed, until something is found.

usage: fuzz_guests.py --build FOLDER [--on tcg|bochs] [--seed N] [--steps N] [--hours H]

In each boot all fuzzers run side by side with two bystanders. --seed is the first boot's seed,
--steps those of each fuzzer in a boot. Prints a line a boot with the steps so far. Ends with
status 1 at the first finding: a panic, a broken invariant, a fuzzer's own check that fails or
that no longer comes to an end, a bystander that noticed; then with the command to run it by hand,
and the log in FOLDER/soak/.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "test/boot"))
import bochs  # pylint: disable=wrong-import-position
import guest_tests  # pylint: disable=wrong-import-position
import media  # pylint: disable=wrong-import-position
import packs  # pylint: disable=wrong-import-position
from qemu import (Failed, Guest, Disk, by_hand, clean_log, command, expect,  # pylint: disable=wrong-import-position
                  modules)

# QEMU's CPUs to take turns: each has an APIC; with NX and without, with SMEP and SMAP (max).
CPUS = ("qemu32", "max", "pentium3", "n270", "coreduo", "Nehalem")
FUZZERS = ("calls", "code", "tables")
# Of random calls, some have a device write into the guest's own code: then it may well hang.
WORDS = {"calls": "watchdog=60000 disk=fuzz net=fuzz", "code": "", "tables": "shadow=256K"}
# Shares of --steps: a step costs some 1000, 8000 and 5000 instructions.
SHARE = {"calls": 1.0, "code": 0.06, "tables": 0.12}
AUDIT = 2048  # steps between two audits, which cost much
FOREVER_MS = 1_000_000_000  # bystanders have no end of their own
PATIENCE = 600  # seconds without a line from any guest
BEGUN = re.compile(r"fuzz: \w+ seed \d+ life (\d+) from step (\d+)$")
STEPS = re.compile(r"VERDICT: SUCCESS: \w+: seed \d+, (\d+) steps in (\d+) lives, (\d+) traps")


def guests(build, seed, steps):
    """The fuzzers of both formats, and who stands by."""
    found = []
    for fuzzer in FUZZERS:
        for suffix in ("", "-pae"):
            elf = os.path.join(build, f"test/guests/fuzz_{fuzzer}{suffix}.elf")
            disk = WORDS[fuzzer].replace("disk=fuzz", f"disk=fuzz{suffix}")
            found.append(Guest(elf, fuzzer + suffix, f"mem=4M on-crash=restart restarts=any {disk}".strip(),
                               f"seed={seed} steps={int(steps * SHARE[fuzzer])} audit={AUDIT}"))
    return found, packs.bystanders(build, FOREVER_MS)


class Boot:
    """One boot, watched line by line."""

    def __init__(self, fuzzers, bystanders):
        self.fuzzers, self.bystanders = fuzzers, bystanders
        self.begun = {}  # name of a fuzzer: steps before its present life
        self.done = {}  # and all of them
        self.lives = 0

    def look(self, line):
        """Raises Failed at a finding; true when the last fuzzer came to its end."""
        guest_tests.check_host([line])
        name = line.split("|")[0]
        said = re.search(r"VERDICT: (\w+): (.*)", line)
        match = STEPS.search(line)
        if match and name in {g.name for g in self.fuzzers}:
            self.done[name] = int(match.group(1))
            self.lives += int(match.group(2))
        elif said and "%" not in line:  # devices that are lied to print the guest's own texts
            raise Failed(f"{name}: {said.group(0)}")
        match = BEGUN.search(line)
        if match:
            self.begun[name] = int(match.group(2))
        self.look_for_ends(line)
        for guest in self.bystanders:
            expect(f'guest "{guest.name}": dead' not in line and
                   f'guest "{guest.name}": powered off' not in line, f"a bystander ended: {line}")
        expect(not re.search(r"\bcannot be loaded|no memory", line), line)
        return len(self.done) == len(self.fuzzers)

    def look_for_ends(self, line):
        """A fuzzer that powers off without a verdict: what is random may come to that, too."""
        off = re.search(r'guest "([\w-]+)": powered off(?!: SUCCESS)', line)
        name = off and off.group(1)
        if name in {g.name for g in self.fuzzers} and name not in self.done:
            self.done[name] = self.begun.get(name, 0)
            print(f"{name} ended itself: {line}", flush=True)

    def watch(self, path, process):
        """Until all fuzzers have ended, or something is found."""
        seen, quiet_since, rest = 0, time.monotonic(), b""
        while True:
            with open(path, "rb") as f:
                f.seek(seen)
                new = f.read()
            seen += len(new)
            *lines, rest = (rest + new).split(b"\n")
            for line in clean_log(b"\n".join(lines)):
                if self.look(line):
                    return
            if new:
                quiet_since = time.monotonic()
            expect(process.poll() is None or new, f"the machine ended, status {process.poll()}")
            expect(time.monotonic() - quiet_since < PATIENCE, f"no line for {PATIENCE} s")
            time.sleep(0.2)


def start_tcg(args, number, boot, log):
    disks = [media.ramdisk(args.build, text) for text in packs.DISKS]
    for name in ("fuzz", "fuzz-pae"):
        path = os.path.join(args.out, name + ".img")
        with open(path, "wb") as f:
            f.write(bytes(65536))
        disks.append(Disk(path, name))
    words = modules(args.build, boot.fuzzers + boot.bystanders + disks, "test on-idle=poweroff")
    words = command(words + ["-cpu", CPUS[number % len(CPUS)]], serial=f"file:{log}")
    return words, subprocess.Popen(words, stdin=subprocess.DEVNULL)


class AsTest:
    """What bochs.write_files() wants of a test: its guests. RAM disks it has none."""

    def __init__(self, guest):
        self.guest, self.bystander = guest, None

    def guests(self, name="test"):
        del name
        return [self.guest]


def start_bochs(args, number, boot, log):
    del number
    for guest in boot.fuzzers:
        guest.line = re.sub(r" disk=\S+", "", guest.line)
    folder = os.path.join(args.out, "bochs")
    serial = bochs.write_files(args.build, folder, [AsTest(g) for g in boot.fuzzers], FOREVER_MS)
    for path in (serial, log):
        if os.path.lexists(path):
            os.remove(path)
    os.symlink(os.path.abspath(serial), log)
    with open(serial, "wb"):
        pass
    words = ["bochs", "-q", "-f", os.path.join(folder, "bochsrc"),
             "-rc", os.path.join(folder, "commands")]
    with open(os.path.join(folder, "output"), "wb") as output:
        return words, subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT)


def run(args, number):
    """One boot: its steps. Ends the program at a finding."""
    seed = args.seed + number
    boot = Boot(*guests(args.build, seed, args.steps))
    log = os.path.join(args.out, f"{args.on}.log")
    if args.on == "tcg":
        with open(log, "wb"):
            pass
    words, process = (start_tcg if args.on == "tcg" else start_bochs)(args, number, boot, log)
    try:
        boot.watch(log, process)
    except Failed as failure:
        kept = os.path.join(args.out, f"{args.on}-{seed}.log")
        with open(log, "rb") as f, open(kept, "wb") as to:
            to.write(f.read())
        print(f"FOUND with seed {seed}: {failure}\n  by hand: {by_hand(words)}\n  log: {kept}")
        sys.exit(1)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    return sum(boot.done.values()), boot.lives


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--on", choices=("tcg", "bochs"), default="tcg")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2000000)
    parser.add_argument("--hours", type=float, default=1.0)
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    args.out = os.path.join(args.build, "soak")
    os.makedirs(args.out, exist_ok=True)
    started, number, steps, lives = time.monotonic(), 0, 0, 0
    while number == 0 or time.monotonic() - started < args.hours * 3600:
        new = run(args, number)
        steps, lives = steps + new[0], lives + new[1]
        cpu = CPUS[number % len(CPUS)] if args.on == "tcg" else "Bochs"
        print(f"seed {args.seed + number} on {cpu}: {new[0]} steps in {new[1]} lives; "
              f"so far {steps} in {lives}, {time.monotonic() - started:.0f} s", flush=True)
        number += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
