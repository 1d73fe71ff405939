# SPDX-License-Identifier: GPL-2.0-or-later
"""The page tables in force at many random moments, seen from outside (design I1, I2)."""
import os
import random
import time

import pages
from debugger import Debugger
from live_cases import forever, rams
from qemu import expect, modules

SAMPLES = 120
BUS = {"diary": pages.DISK_PAGES, "net": pages.CARD_PAGES}
# Where the CPU is in ring 0 with a guest's tables: before it enters, and when it has left.
SWITCHER = ("switcher_iret", "have_state")


class Moments:
    """A machine that is stopped again and again; counts what it was found at."""

    def __init__(self, m, sym):
        self.m, self.sym, self.host_cr3, self.seen = m, sym, None, {}

    def look(self):
        """The machine stands still: whose tables are they, and do they keep the rules?"""
        cpu = pages.Processor(self.m)
        expect(cpu.has_paging, "paging is off")
        if cpu.ring == 0 and cpu.eip < pages.WINDOW:
            expect(self.host_cr3 in (None, cpu.cr3), f"the host has other tables: 0x{cpu.cr3:x}")
            self.host_cr3 = cpu.cr3
        if self.host_cr3 is None:
            return
        mapped = pages.read(self.m)
        if cpu.cr3 == self.host_cr3:
            expect(cpu.ring == 0, "a guest runs on the host's tables")
            pages.check_host(mapped, self.sym)
            where = "host asleep" if cpu.is_halted else "host"
        else:
            if cpu.ring == 0 and all(p.va >= pages.WINDOW for p in mapped):
                pages.check_window(mapped, self.sym)  # a guest that has just begun
                return
            where = f"{pages.check_guest(mapped, self.sym, rams(self.m), BUS)} ring {cpu.ring}"
        self.seen[where] = self.seen.get(where, 0) + 1

    def sample(self, count, chance):
        for _ in range(count):
            time.sleep(chance.expovariate(1 / 0.01))
            self.m.execute("stop")
            self.look()
            self.m.execute("cont")

    def in_switcher(self, count):
        """On a guest's tables in ring 0: chance hardly ever finds that."""
        debugger = Debugger(self.m)
        for n in range(count):
            name = SWITCHER[n % len(SWITCHER)]
            debugger.run_to(self.sym[name])
            expect(pages.Processor(self.m).ring == 0, f"not in ring 0 at {name}")
            self.look()
        debugger.go_on()


def pages_random(c):
    """Seven guests that compute, sleep, write to a disk, talk on a network and lie."""
    sym = pages.symbols(c.build)
    guests = forever(c)[1:] + [
        c.test_guest("hcall_random", cmdline="seed=1"), c.test_guest("pt_fuzz"),
        c.guest("clock", mem="4M", cmdline="tick_us=50"),
        c.guest("diary", mem="8M", words="disk=hd0"),
        c.guest("net", mem="8M", words="net=lan")]
    disk = os.path.join(c.build, "boot", "pages.img")
    with open(disk, "wb") as f:
        f.truncate(1 << 20)
    machine = ["-cpu", "max", "-drive", f"file={disk},format=raw,if=virtio"]
    with c.machine(modules(c.build, guests, "") + machine) as m:
        m.wait_for(r'guest "procs-pae": started')
        moments = Moments(m, sym)
        moments.sample(SAMPLES, random.Random(1))
        moments.in_switcher(16)
        expect(b"panic:" not in m.raw, "panic")
    for where in ("host", "procs ring 3", "procs-pae ring 3"):
        expect(where in moments.seen, f"never caught in {where}: {moments.seen}")
    in_ring_0 = sum(n for where, n in moments.seen.items() if where.endswith("ring 0"))
    expect(in_ring_0 >= 8, f"seldom on a guest's tables in ring 0: {moments.seen}")


CASES = {"pages_random": pages_random}
