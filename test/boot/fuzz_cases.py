# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the guest fuzzers: a seed is all there is to a run."""
from cases import DETERMINISTIC
from guest_tests import check_host, verdict
from qemu import expect

STEPS = {"calls": 2000, "code": 800, "tables": 1200}


def replays(c):
    """Two runs with the same seed have the same log, to the last byte; another seed another."""
    logs = []
    for seed in (1, 1, 2):
        guests = [c.test_guest("fuzz_" + name, words="mem=4M on-crash=restart restarts=any",
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


CASES = {"fuzz_replays": replays}
