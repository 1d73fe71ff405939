# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the guest fuzzers: a seed is all there is to a run."""
import re

from cases import DETERMINISTIC
from guest_tests import check_host, verdict
from qemu import Guest, expect

STEPS = {"calls": 2000, "code": 800, "tables": 1200}
WORDS = "mem=4M on-crash=restart restarts=any"

EXACT_STEPS = {"code": 1024, "tables": 2048}


def replays(c):
    """Two runs with the same seed have the same log, to the last byte; another seed another."""
    logs = []
    for seed in (1, 1, 2):
        guests = [c.test_guest("fuzz_" + name, words=WORDS,
                               cmdline=f"seed={seed} steps={steps} life=500")
                  for name, steps in STEPS.items()]
        run = c.boot(guests, DETERMINISTIC)
        check_host(run.log)
        for guest in guests:
            said = verdict(run.log, guest.name)
            expect(said and said[0] == "SUCCESS", f"{guest.name}, seed {seed}: {said}")
        logs.append(run.raw)
    for n, (one, two) in enumerate(zip(*(log.split(b"\n") for log in logs[:2]))):
        expect(one == two, f"line {n + 1} differs:\n  {one}\n  {two}")
    expect(logs[0] == logs[1], "one log is longer")
    expect(logs[0] != logs[2].replace(b"seed 2", b"seed 1"), "the seed makes no difference")


def said_by(log, name):
    """A fuzzer's lives, digests, deaths and verdict."""
    said = re.compile(rf'{name}\| ((?:fuzz|VERDICT): .*)|.*error: guest "{name}": (dead: .*)')
    return [m.group(1) or m.group(2) for m in map(said.match, log) if m]


def fast_tier(c):
    """The fast tier makes no difference to what a fuzzer sees: the same digests, step by step."""
    pairs, guests = [], []
    for name, steps in EXACT_STEPS.items():
        for elf in (f"fuzz_{name}", f"fuzz_{name}-pae"):
            path, pair = c.test_guest(elf).path, []
            for fast in ("on", "off"):
                pair.append(f"{elf.replace('fuzz_', '')}-{fast}")
                guests.append(Guest(path, pair[-1], f"mem=4M on-crash=restart restarts=30 fast={fast}",
                                    f"exact=1 seed=1 steps={steps} life={steps // 2}"))
            pairs.append(pair)
    run = c.boot(guests, DETERMINISTIC)
    check_host(run.log)
    for pair in pairs:
        on, off = (said_by(run.log, name) for name in pair)
        expect(any("VERDICT: SUCCESS" in line for line in off), f"{pair[1]}: {off[-1:]}")
        for one, two in zip(on, off):
            expect(one == two, f"{pair[0]}: {one}, but {pair[1]}: {two}")
        expect(len(on) == len(off), f"{' and '.join(pair)}: one says more")


CASES = {"fuzz_replays": replays, "fuzz_fast_tier": fast_tier}
