# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases that bound what the worst attacks cost others; bench/run_hostile.py has all."""
import os
import re
import struct

import guest_tests
import packs
from monitor_cases import Asker
from qemu import GUEST_DIED, Guest, expect, modules

# Attacks of each sort that cost most: a ring full of flushes, of output; restarts; a disk and a
# card that are reset and kicked; page faults.
WORST = ("storm_calls.14", "storm_calls-pae.16", "storm_restarts", "storm_devices.3",
         "storm_devices.5", "storm_traps-pae.4", "hcall_random.0")
LATE_US = 1000  # a bystander's clock, at most


def bounded(name):
    def case(c):
        found = [t for t in guest_tests.find(c.build, guest_tests.TOP) if t.name == name]
        expect(found, f"there is no test guest {name}")
        pack = packs.Pack(c.build, found, measured=True)
        c.commands.append(pack.run.command)
        c.log = pack.run.log
        pack.judge_all()
        pack.judge(0)
        off, _, late = packs.figures("\n".join(c.log))
        expect(off <= guest_tests.MAX_OFF_NS, f"interrupts were off for {off} instructions")
        expect(late <= LATE_US, f"a bystander's clock was {late} us late")
    return case


# What a guest may begin with, so that it goes no further: (instruction, the reason).
FIRST = {"ud2": (b"\x0f\x0b", r"unhandled trap 6,"), "hlt": (b"\xf4", r"unhandled trap 13,"),
         "int3": (b"\xcc", r"unhandled trap 13, error code 0x1a"),
         "call": (b"\xcd\x1f", r"hypercall 0 before LGUEST_INIT"),
         "store": (b"\xa3\xfc\xff\xff\xff", r"page fault at 0xfffffffc, .* before LGUEST_INIT")}
LIVES = 40  # of each


def kernel(c, name, code):
    """An ELF executable of these instructions alone, at 1 MiB."""
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    head = struct.pack("<16sHHIIIIIHHHHHH", ident, 2, 3, 1, 0x100000, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    segment = struct.pack("<IIIIIIII", 1, 84, 0x100000, 0x100000, len(code), len(code), 7, 1)
    path = os.path.join(c.build, "boot", "media", "first-" + name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(head + segment + code)
    return path


def first_instruction(c):
    """Guests that die of their first instruction, over and over: nothing is lost or left."""
    guests = [Guest(kernel(c, name, code), name, "on-crash=restart restarts=any", mem="2M")
              for name, (code, _) in FIRST.items()]
    guests.append(c.guest("clock", mem="2M", cmdline="period_ms=200"))
    with c.machine(modules(c.build, guests, "test on-idle=poweroff log=info")) as m:
        for name in FIRST:
            m.seen = 0
            m.wait_for(rf'guest "{name}": started, .* life {LIVES},')
        ask = Asker(m)
        for guest in guests:
            ask.ask("stop " + guest.name)
        status = m.wait_end()
        log = m.log
    expect(status == GUEST_DIED, f"QEMU's exit status is {status}, not {GUEST_DIED}")
    guest_tests.check_host(log)
    guest_tests.check_memory(log)
    expect(any("clock| clock: period 2," in line for line in log), "the clock did not go on")
    for name, (_, reason) in FIRST.items():
        deaths = [line for line in log if f'"{name}": dead:' in line]
        odd = [line for line in deaths if not re.search(reason, line)]
        expect(len(deaths) >= LIVES - 1 and not odd, f"{name}: {len(deaths)} deaths, {odd[:1]}")
    bases = {line.split(" at ")[1].split(",")[0] for line in log if '"ud2": started' in line}
    expect(len(bases) == 1, f"its memory moved: {sorted(bases)}")


CASES = {f"bounded_{name}": bounded(name) for name in WORST}
CASES["first_instruction"] = first_instruction
