# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases that bound what the worst attacks cost others; bench/run_hostile.py has all."""
import guest_tests
import packs
from qemu import expect

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


CASES = {f"bounded_{name}": bounded(name) for name in WORST}
