# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of Gatehouse's own end: the NMI watchdog, panics, machine checks."""
import time

import pages
from debugger import Debugger
from qemu import BROKEN, CLEAN, Failed, deaf_line, expect, modules

HANG = "crash=hang nmi-watchdog=1"
HANGS = r"error: panic: ring 0 hangs: the main loop has not come round for 1 s"


def busy(c):
    """One that computes, one that sleeps and wakes."""
    return [c.guest("procs", mem="8M", cmdline="forever"), c.guest("clock", mem="4M")]


def hang_case(source, *machine):
    """The watchdog names the function in which ring 0 hangs, and the last exits."""
    def case(c):
        run = c.boot(busy(c), machine, words=f"test {HANG}")
        for pattern in (rf"NMI watchdog: 1 s, by the {source}", HANGS, r" hang\+0x",
                        r"main_loop\+0x", r"CPU 0: current guest: .*last exits, oldest first",
                        r"error:     procs: ", r"^last log lines:"):
            expect(run.has(pattern), f"no line matches /{pattern}/")
        expect(run.status == BROKEN, f"QEMU's exit status is {run.status}, not {BROKEN}")
    return case


def switcher_hang_case(symbol):
    """A loop patched into the switcher, on a guest's tables: the NMI finds its way out. But none
    comes if it was an NMI that had just ended the guest's turn: then once more."""
    def attempt(c, sym):
        with c.machine(modules(c.build, busy(c), "test nmi-watchdog=1")) as m:
            m.wait_for(r"procs\| procs: round 1")
            debugger = Debugger(m)
            at = sym[symbol] - pages.WINDOW + sym["__switcher_load"]
            debugger.write_physical(at, b"\xeb\xfe")  # jmp to itself
            debugger.go_on()
            m.wait_for(HANGS, timeout=15)
            m.wait_for(rf"error: eip {sym[symbol]:08x} cs 0050")
            m.wait_for(rf"error:     0x\w+ {symbol}\+0x0\r")
            m.wait_for(r"test: exit code 0x2f")

    def case(c):
        sym = pages.symbols(c.build)
        try:
            attempt(c, sym)
        except Failed:
            attempt(c, sym)
    return case


def hang_reboots(c):
    """After on-panic=reboot the next boot's log tells of the hang."""
    with c.machine(modules(c.build, busy(c), f"{HANG} on-panic=reboot"), resets=True) as m:
        m.wait_for(HANGS)
        m.wait_for(r"\] rebooting")
        m.wait_for(r"previous boot: .* " + HANGS)
        m.wait_for(r"previous boot: .* hang\+0x")
        m.wait_for(r"previous boot: .*\] rebooting")


def watchdog_ticks(m, running, seconds):
    """How many NMIs of the watchdog came in that time, once that line was seen."""
    def so_far():
        m.type("interrupts\r")
        return int(m.wait_for(r"NMI \d+, watchdog (\d+)\r").group(1))
    m.wait_for(running)
    m.type("\x1dm")
    m.wait_for(r"> ")
    before = so_far()
    time.sleep(seconds)
    return so_far() - before


def watchdog_idle(c):
    """A machine that sleeps gets no NMIs; one that works gets one a second, and goes on."""
    with c.machine(modules(c.build, [c.guest("hello", cmdline="stay")],
                           "nmi-watchdog=1 test")) as m:
        idle = watchdog_ticks(m, r"staying", 4)
        expect(idle <= 2, f"{idle} NMIs in 4 s of sleep")
    with c.machine(modules(c.build, busy(c), "nmi-watchdog=1 test")) as m:
        ticks = watchdog_ticks(m, r"procs\| procs: round 1", 4)
        expect(2 <= ticks <= 8, f"{ticks} NMIs in 4 s of work")
        m.execute("inject-nmi")
        m.wait_for(r"warning: NMI \(1 so far\)")
        expect(b"panic:" not in m.raw, "panic")


def watchdog_wrap(c):
    """The HPET's counter wraps after 43 s, which interrupts, too: no foreign NMI."""
    guest = c.guest("clock", mem="4M", cmdline="period_ms=45000 count=1")
    run = c.boot([guest], ["-icount", "shift=0,sleep=off"],
                 words="test on-idle=poweroff on-nmi=panic")
    expect(run.has(r"clock\| clock: period 1,"), "no period")
    expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")


def watchdog_none(c):
    """Where it cannot work, a line says so; off says nothing."""
    run = c.boot([c.guest("hello")], words="test on-idle=poweroff ioapic=off")
    expect(run.has(r"NMI watchdog: none without an I/O APIC"), "not a word")
    run = c.boot([c.guest("hello")], words="test on-idle=poweroff nmi-watchdog=off")
    expect(not run.has(r"NMI watchdog"), "one though it is off")


def panic_nested(c):
    """A panic while one is told, here an NMI's: the machine ends as on-panic= says."""
    words = "crash=ud on-nmi=panic on-panic=reboot,40"
    with c.machine(modules(c.build, busy(c), words), resets=True) as m:
        m.wait_for(r"error: panic: exception 6")
        m.wait_for(r"waiting 40 s \(on-panic=\)")
        m.execute("inject-nmi")
        m.wait_for(r"error: panic while one was told: NMI \(on-nmi=panic\)")
        m.wait_for(r"\] rebooting")
        m.wait_for(r"previous boot: .*error: panic while one was told")


def panic_poweroff(c):
    """on-panic=poweroff, after a wait."""
    with c.machine(modules(c.build, busy(c), "crash=ud on-panic=poweroff,2"),
                   debug_exit=False) as m:
        m.wait_for(r"waiting 2 s")
        before = time.monotonic()
        m.wait_for(r"\] powering off")
        expect(time.monotonic() - before > 1, "it did not wait")
        expect(m.wait_event("SHUTDOWN")["data"]["reason"] == "guest-shutdown", "no power-off")


def panic_deaf_line(c):
    """Nobody takes what the serial line sends: the panic comes to its end all the same."""
    with deaf_line() as serial, c.machine(modules(c.build, busy(c), "crash=ud on-panic=poweroff"),
                                          debug_exit=False, serial=serial) as m:
        expect(m.wait_end() == 0, "it did not power off")


def machine_check_case(status, at, *patterns, ring=3, reset=False):
    """QEMU makes a machine check of bank 1 in that ring, at an offset in a guest's memory."""
    def case(c):
        words = "on-panic=reboot" if reset else "test"
        with c.machine(modules(c.build, busy(c), words) + ["-cpu", "max"],
                       resets=reset) as m:
            base = int(m.wait_for(r'"procs": started, 8 MiB at 0x(\w+),').group(1), 16)
            m.wait_for(r"procs\| procs: round 1")
            for _ in range(400):
                m.execute("stop")
                if pages.Processor(m).ring == ring:
                    break
                m.execute("cont")
                time.sleep(0.003)
            else:
                expect(False, f"never caught it in ring {ring}")
            answer = m.monitor(f"mce 0 1 {status:#x} 0x5 {base + at:#x} 0").strip()
            expect(not answer, f"QEMU's answer to mce: {answer}")
            m.execute("cont")
            for pattern in patterns:
                m.wait_for(pattern)
    return case


MC_MEMORY = 0xB40000000000009F  # valid, uncorrected, enabled, with an address
MC_BUS_LOST = 0xB600000000000E0F  # the same, and the CPU's context is corrupt
LINES_MC = r"error: machine check: bank 1: memory error, status 0xb40000000000009f, address 0x"

CASES = {
    "machine_check_guest": machine_check_case(
        MC_MEMORY, 0x5000, LINES_MC,
        r'guest "procs": dead: machine check at \w+:\w+: its memory at 0x00005000 is broken',
        r"clock: period [3-9],"),
    "machine_check_elsewhere": machine_check_case(
        MC_MEMORY, 0x800000, LINES_MC, r"error: panic: machine check: the machine is broken",
        r"exit code 0x2f"),
    "machine_check_lost": machine_check_case(
        MC_BUS_LOST, 0x5000, r"bank 1: bus or interconnect error, .*the CPU's state is lost",
        r"error: panic: machine check", r"exit code 0x2f"),
    "machine_check_host": machine_check_case(
        MC_MEMORY, 0x5000, LINES_MC, r"error: panic: machine check", r"\] rebooting",
        r"previous boot: .*bank 1: memory error", ring=0, reset=True),
    "hang_hpet": hang_case("HPET"),
    "hang_8254": hang_case("8254", "-machine", "hpet=off"),
    "hang_q35": hang_case("HPET", "-M", "q35"),
    "hang_switcher_in": switcher_hang_case("switcher_iret"),
    "hang_switcher_out": switcher_hang_case("have_state"),
    "hang_reboots": hang_reboots,
    "watchdog_idle": watchdog_idle,
    "watchdog_wrap": watchdog_wrap,
    "watchdog_none": watchdog_none,
    "panic_nested": panic_nested,
    "panic_poweroff": panic_poweroff,
    "panic_deaf_line": panic_deaf_line,
}
