# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases with a hand at the keyboard, the monitor or the NMI button."""
import os
import re
import time

import media
import pages
from qemu import Guest, expect, modules

ESCAPE = "\x1d"
NX = ["-cpu", "max"]
DRIVE_CASES = {
    "drive_pc": ("virtio-blk",),
    "drive_ioapic": ("virtio-blk", "ioapic=on"),
    "drive_8259": ("virtio-blk", "ioapic=off"),
    "drive_q35": ("virtio-blk", "", "-M", "q35"),
    "drive_q35_8259": ("virtio-blk", "ioapic=off", "-M", "q35"),
    "drive_message": ("ahci", "ioapic=off", "-M", "q35"),
    "drive_isa": ("ide", "ioapic=on"),
}


def forever(c):
    """Guests that never end: asleep, with both page table formats, without any."""
    return [c.guest("hello", mem="4M", cmdline="stay"),
            c.guest("procs", mem="8M", cmdline="forever"),
            Guest(os.path.join(c.build, "guests/procs-pae.elf"), "procs-pae", mem="8M",
                  cmdline="forever")]


def status_page(c):
    with c.machine(modules(c.build, forever(c)[:2], "")) as m:
        m.wait_for(r"hello\| staying")
        m.wait_for(r"procs\| 2 \(count\): counting: 5")
        m.type(ESCAPE + "s")
        m.wait_for(r"up \d+\.\d+ s, idle")
        m.wait_for(r"\* 1 hello +halted +4 MiB")
        m.wait_for(r"  2 procs +\w+ +8 MiB")
        m.type(ESCAPE + "?")
        m.wait_for(r"after the escape key: ")


def status_of_dead(c):
    """The status page says why a guest is dead."""
    guests = [c.guest("hello", cmdline="stay"), c.test_guest("hcall_unknown")]
    with c.machine(modules(c.build, guests, "")) as m:
        m.wait_for(r'guest "hcall_unknown": dead: ')
        m.type(ESCAPE + "s")
        m.wait_for(r"2 hcall_unknown +dead ")
        m.wait_for(r" +hypercall 20 ")


def escape_key_other(c):
    """escape=^T: that key, and ^] belongs to the guest."""
    with c.machine(modules(c.build, [c.guest("hello", cmdline="stay")], "escape=^T")) as m:
        m.wait_for(r"staying")
        m.type(ESCAPE + "s")
        time.sleep(0.5)
        expect(b" idle " not in m.raw, "^] is still the escape key")
        m.type("\x14s")
        m.wait_for(r"up \d+\.\d+ s, idle")


def typing(c, words="", machine=()):
    """Typed lines reach the guest that has the keyboard, and only it."""
    guests = [c.guest("hello", cmdline="stay", mem="4M")] + [
        Guest(os.path.join(c.build, "guests/echo.elf"), name, mem="4M") for name in ("one", "two")]
    options = modules(c.build, guests, f"on-idle=poweroff {words}") + list(machine)
    with c.machine(options, debug_exit=False) as m:
        for name in ("one", "two"):
            m.seen = 0
            m.wait_for(rf"{name}\| .*quit")
        m.type("for nobody\r")
        m.type(ESCAPE + "2")
        m.wait_for(r"the keyboard is now guest 2's, \"one\"")
        m.type("good morning\r")
        m.wait_for(r"one\| you said: good morning\r")
        m.type(ESCAPE + ESCAPE + "itself\r")
        m.wait_for(rf"one\| you said: {ESCAPE}itself\r")
        m.type(ESCAPE + "n")
        m.wait_for(r"the keyboard is now guest 3's, \"two\"")
        m.type("good evening\r")
        m.wait_for(r"two\| you said: good evening\r")
        m.type("quit\r")
        m.wait_for(r'guest "two": powered off')
        m.type(ESCAPE + "2quit\r")
        m.wait_for(r'guest "one": powered off')
        m.type(ESCAPE + "9")
        m.wait_for(r"there are guests 1 to 3")
        log = m.log
    for words, name in (("good morning", "one"), ("good evening", "two")):
        wrong = [line for line in log if words in line and not line.startswith(name + "|")]
        expect(not wrong, f"somebody else heard it: {wrong}")


def typing_case(wiring, *machine, words=""):
    """The same with the serial line's interrupt on another way, which the log names."""
    def case(c):
        typing(c, words, machine)
        expect(sum(re.search(f"interrupts: {wiring}$", line) is not None for line in c.log) == 1,
               f"the log does not say once that these are used: {wiring}")
    return case


def drive_case(name, kind, words="", *machine):
    """A disk of the machine by its interrupts, which are counted: polling would do without."""
    def case(c):
        guest = c.test_guest("blk_drive", cmdline="case=0", words="disk=hd0")
        path = os.path.join(c.build, "boot", "media", f"{name}.img")
        drive = media.drive_options(path, 0, f"{kind} 1M")
        with c.machine(modules(c.build, [guest], words) + list(machine) + drive) as m:
            m.wait_for(r"VERDICT: SUCCESS")
            m.type(ESCAPE + "s")
            m.wait_for(r"interrupts: \d+ timer, \d+ lines")
            count = int(re.search(rb"timer, (\d+) lines", m.raw).group(1))
            expect(20 <= count < 200, f"{count} interrupts for some 40 requests")
            expect(b"stays off" not in m.raw, "a line was given up")
    return case


def nmi(c):
    """NMIs while guests run: a line each, and everything goes on."""
    count = 150
    # a CPU makes one of two NMIs at once: without the watchdog's, each is ours
    with c.machine(modules(c.build, forever(c), "nmi-watchdog=off")) as m:
        m.wait_for(r"procs\| procs: 1 \(primes\) starts")
        for _ in range(count):
            m.execute("inject-nmi")
            m.wait_for(r"warning: NMI \(\d+ so far\)")
            time.sleep(0.003)
        found = re.findall(rb"NMI \((\d+) so far\)", m.raw)
        expect(int(found[-1]) == count, f"{found[-1]} NMIs counted, not {count}")
        m.wait_for(r"procs\| procs: round \d+")
        m.wait_for(r"procs-pae\| procs: round \d+")
        expect(b"panic:" not in m.raw and b"dead:" not in m.raw, "somebody died of it")


def nmi_idle(c):
    with c.machine(modules(c.build, [c.guest("hello", cmdline="stay")], "")) as m:
        m.wait_for(r"staying")
        for _ in range(5):
            time.sleep(0.1)
            m.execute("inject-nmi")
            m.wait_for(r"warning: NMI")
        m.type(ESCAPE + "s")
        m.wait_for(r"1 hello +halted")


def pages_host(c):
    """The host's tables while all guests sleep: nothing writable and executable (I2)."""
    sym = pages.symbols(c.build)
    with c.machine(modules(c.build, forever(c)[:1], "") + NX) as m:
        m.wait_for(r"staying")
        for _ in range(100):
            m.execute("stop")
            cpu = pages.Processor(m)
            if cpu.is_halted and cpu.ring == 0:
                break
            m.execute("cont")
            time.sleep(0.05)
        expect(cpu.is_halted and cpu.ring == 0, "the machine never sleeps")
        expect(cpu.has_paging, "paging is off")
        pages.check_host(pages.read(m), sym)


def rams(m):
    """{name: (base, bytes)} of the guests that were started."""
    found = re.findall(rb'guest "([^"]+)": started, (\d+) MiB at 0x([0-9a-f]{8})', m.raw)
    return {name.decode(): (int(base, 16), int(mib) << 20) for name, mib, base in found}


def pages_guest(c):
    """A guest's tables while it runs: its memory and the window, nothing else (I1)."""
    sym = pages.symbols(c.build)
    seen = {}
    guests = forever(c)[1:] + [c.test_guest("hcall_random", cmdline="seed=1"),
                               c.guest("clock", mem="4M", cmdline="tick_us=50")]
    with c.machine(modules(c.build, guests, "") + NX) as m:
        m.wait_for(r"procs-pae\| procs: 1 \(primes\) starts")
        end = time.monotonic() + 30
        while time.monotonic() < end and len(seen) < 5 or sum(seen.values()) < 30:
            expect(time.monotonic() < end + 30, f"hardly ever in a guest: {seen}")
            time.sleep(0.013)
            m.execute("stop")
            cpu = pages.Processor(m)
            if cpu.ring:
                name = pages.check_guest(pages.read(m), sym, rams(m))
                key = f"{name} ring {cpu.ring}"
                seen[key] = seen.get(key, 0) + 1
            m.execute("cont")
        expect(b"panic:" not in m.raw, "panic")
    for name in ("procs", "procs-pae"):
        expect(f"{name} ring 3" in seen, f"never caught {name} in ring 3: {seen}")


def weights(c):
    """CPU time goes by weight: three busy guests with 100, 200 and 300."""
    guests = []
    for weight in (100, 200, 300):
        path = os.path.join(c.build, "test/guests/spin_for.elf")
        guests.append(Guest(path, f"w{weight}", f"weight={weight} tsc=on", "ms=1000000"))
    with c.machine(modules(c.build, guests, "")) as m:
        m.wait_for(r'"w300": started')
        time.sleep(6)
        m.type(ESCAPE + "s")
        m.wait_for(r"3 w300 .*")
        m.wait_for(r"injected|$")
        time.sleep(0.5)
        text = m.raw.decode(errors="replace")
        ran = {int(w): float(s) for w, s in
               re.findall(r"\d w(\d+) +\w+ +\d+ MiB +([\d.]+) s", text)}
    expect(len(ran) == 3, f"CPU times of {sorted(ran)} only")
    for weight in (200, 300):
        ratio = ran[weight] / ran[100] * 100 / weight
        expect(0.93 < ratio < 1.07, f"weight {weight} got {ran[weight]} s, 100 got {ran[100]} s")


CASES = {
    "status_page": status_page,
    "status_of_dead": status_of_dead,
    "escape_key_other": escape_key_other,
    "typing": typing,
    "typing_ioapic": typing_case("I/O APIC 0, 24 pins", words="ioapic=on"),
    "typing_8259": typing_case("8259s", words="ioapic=off"),
    "typing_q35": typing_case("I/O APIC 0, 24 pins", "-M", "q35"),
    "typing_q35_8259": typing_case("8259s", "-M", "q35", words="ioapic=off"),
    "typing_isapc": typing_case("8259s", "-M", "isapc", "-cpu", "qemu32"),
    "typing_no_acpi": typing_case("I/O APIC 0, 24 pins", "-machine", "acpi=off"),  # by the MP table
    "typing_pentium3": typing_case("I/O APIC 0, 24 pins", "-cpu", "pentium3"),
    "typing_n270": typing_case("I/O APIC 0, 24 pins", "-cpu", "n270"),
    **{name: drive_case(name, *how) for name, how in DRIVE_CASES.items()},
    "weights": weights,
    "nmi": nmi,
    "nmi_idle": nmi_idle,
    "pages_host": pages_host,
    "pages_guest": pages_guest,
}
