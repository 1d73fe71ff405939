# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of machines: processors, clocks, tables, ways to reset that may be there or not."""
import os
import re

import bochs
from cases import Kept, expect_halted
from look_cases import Looker
from qemu import CLEAN, command, expect, modules


def one_guest(*patterns, machine=(), without=()):
    """A guest says hello on that machine, and the log has all patterns and none of `without`."""
    def case(c):
        run = c.boot([c.guest("hello", mem="4M")], machine)
        expect(run.has(r"hello\| bye"), "the guest did not come to its end")
        for pattern in patterns:
            expect(run.has(pattern), f"no line matches /{pattern}/")
        for pattern in without:
            expect(not run.has(pattern), f"a line matches /{pattern}/")
        expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")
    return case


def cpu(name, *patterns):
    return one_guest(r"\] cpu: ", *patterns, machine=("-cpu", name))


def clocks(names, *machine, **more):
    return one_guest(rf"clock: TSC \d+\.\d+ MHz, .* measured against{names}$", machine=machine,
                     **more)


def date(base, shown):
    return one_guest(rf"clock: {shown}", machine=("-rtc", f"base={base},clock=vm"))


def refused(*machine, lacks):
    """The message, then the machine sleeps."""
    def case(c):
        with c.machine(modules(c.build, [c.guest("hello")]) + list(machine)) as m:
            m.wait_for(rf"this CPU lacks {lacks}, which Gatehouse needs; halted")
            expect_halted(m)
    return case


def no_clock(c):
    run = c.boot([c.guest("hello")], ("-machine", "pit=off,acpi=off", "-machine", "hpet=off"))
    expect(run.has(r"panic: no clock to calibrate by: neither a PIT \(8254\) nor an HPET nor"),
           "no message")


def resets(*machine):
    """on-idle=reboot: it comes up again, by whatever way there is."""
    def case(c):
        words = command(modules(c.build, [c.guest("hello")], "on-idle=reboot") + list(machine),
                        debug_exit=False, resets=True)
        with Kept(c, words) as m:
            for _ in range(2):
                m.wait_for(r"loaded by qemu")
                m.wait_for(r"\] rebooting")
    return case


def in_bochs(model, *patterns, without=()):
    """Another processor than QEMU has; one with a TSC deadline, for example."""
    def case(c):
        folder = os.path.join(c.build, "boot", "bochs", model)
        files = {os.path.join(c.build, "gatehouse.elf"): "gatehouse.elf",
                 os.path.join(c.build, "guests/clock.elf"): "clock.elf"}
        line = "\tmodule2 /boot/clock.elf guest name=clock mem=4M -- period_ms=50 count=2"
        serial = bochs.write_machine(folder, files, [line], memory=64, cpu=model)
        c.log, c.commands, failure = bochs.execute(folder, serial)
        expect(not failure, failure)
        for pattern in (r"clock\| clock: period 2, ", "test: exit code 0x21", *patterns):
            expect(any(re.search(pattern, line) for line in c.log), f"no /{pattern}/")
        for pattern in without:
            expect(not any(re.search(pattern, line) for line in c.log), f"/{pattern}/")
    return case


def no_power_off(c):
    """Without ACPI a machine stays on, and it is said."""
    words = modules(c.build, [c.guest("hello")], "on-idle=poweroff")
    with c.machine(words + ["-M", "isapc", "-cpu", "qemu32"], debug_exit=False) as m:
        m.wait_for(r"this machine does not power off by ACPI; it is safe to switch it off")
        expect_halted(m)


def command_machine(c):
    """The monitor's `machine` has all that a report should contain."""
    options = ["-M", "q35", "-vga", "std", "-cpu", "coreduo,model=13,-pae", "-smp", "2"]
    words = modules(c.build, [c.guest("hello", mem="4M", cmdline="stay", words="disk=nothere"),
                              c.guest("clock", mem="4M")], "scrub=what")
    with c.machine(words + options) as m:
        m.wait_for(r"clock\| clock: ")
        Looker(m).expect(
            "machine", r"^Gatehouse \d", "^loaded by qemu$", "^its words: .*scrub=what",
            "^GenuineIntel, .*T2600", "^family 6 model 13 stepping 8, microcode 0x1$",
            "^has   NX ", "^lacks ", "^note: a Pentium M that hides its PAE",
            r"^TSC \d+ kHz, trusted$", "^memory map$", "^  0x000000000 to 0x00009[ef]fff usable$",
            "^  0x000100000 to 0x00f[0-9a-f]+fff usable$", "^ACPI tables:$",
            r"^  FACP 0x00f[0-9a-f]+ +\d+ bytes$", r"^  HPET 0x00f[0-9a-f]+     56 bytes$",
            "^interrupts by the MADT: 2 CPUs, 1 I/O APICs, 8259s$",
            "^  I/O APIC 0 at 0xfec00000, from interrupt 0 on$",
            "^  line 0 is interrupt 2, edge, active high$",
            "^power off: ports 0x604 and 0x0, S5 is 0 and 0$",
            "^reset: port 0xcf9, value 0xf, then keyboard controller, ",
            r"^clocks: APIC timer \d+ kHz; HPET right, PM timer right, PIT right$",
            "^screen: 80 x 25 characters, VGA text$", r"^timer [1-9]\d*, sources ",
            "serial port$", "keyboard$", "^00:00.0 8086:29c0 class 06.00.00 host bridge",
            "^none is in use", "^warnings and errors in the log:$", "error: config: .*scrub")
        expect(b"panic:" not in m.raw, "panic")


def command_machine_bare(c):
    """Where there is next to nothing, it says so."""
    options = ["-M", "isapc", "-cpu", "qemu32"]
    with c.machine(modules(c.build, [c.guest("hello", cmdline="stay")], "") + options) as m:
        m.wait_for(r"hello\| staying")
        Looker(m).expect("machine", "^ACPI tables: none$", r"^interrupts by \w+ ",
                         "^power off: no FADT$", "^reset: keyboard controller, port 0xcf9, ",
                         "HPET none, PM timer none, PIT right$", "^there is no PCI bus$")


CASES = {
    "cpu_athlon": cpu("athlon", "AuthenticAMD, .* family 6 model 2 "),
    "cpu_phenom": cpu("phenom", "AMD Phenom.* family 16 model 2 .*, NX"),
    "cpu_pentium2": cpu("pentium2", "family 6 model 5 "),
    "cpu_coreduo": cpu("coreduo", "T2600.* family 6 model 14 .*, NX"),
    "cpu_core2duo": cpu("core2duo", "family 6 model 15 "),
    "cpu_pentium_m": cpu("coreduo,model=13,-pae", "cpu: a Pentium M that hides its PAE, which is"),
    "cpu_pentium": refused("-cpu", "pentium", lacks="PAE"),
    "cpu_no_apic": refused("-cpu", "qemu32,-apic", lacks="APIC"),
    "cpu_deadline": in_bochs("corei7_sandy_bridge_2600k", "i7-2600K.*, TSC deadline$"),
    "cpu_old_microcode": in_bochs("corei7_haswell_4770", "cpu: too old a microcode for the TSC",
                                  without=(", TSC deadline$",)),
    "machine_isapc": clocks(" PIT", "-M", "isapc", "-cpu", "qemu32"),
    "machine_isapc_486": refused("-M", "isapc", lacks="TSC, MSR, PAE, CX8, APIC"),
    "machine_no_pit": clocks(" HPET PM timer", "-machine", "pit=off"),
    "machine_pm_timer_only": clocks(" PM timer", "-machine", "pit=off", "-machine", "hpet=off"),
    "machine_no_clock": no_clock,
    "machine_mp_table": one_guest("interrupts: 1 I/O APICs by the MP table",
                                  "interrupts: I/O APIC 0, 24 pins", machine=(
                                      "-machine", "acpi=off", "-smp", "2")),
    "machine_no_i8042": one_guest(machine=("-machine", "i8042=off", "-vga", "std"),
                                  without=("keyboard: PS/2",)),
    "machine_no_screen": one_guest(without=("screen: ", "keyboard: PS/2")),
    "machine_eight_cpus": one_guest(machine=("-smp", "8", "-M", "q35")),
    "mem_5120": one_guest(r"memory: 3\d{3} MiB free below 3 GiB|memory: 30\d\d MiB",
                          machine=("-m", "5120")),
    "rtc_1999": date("1999-12-31T23:59:50", "1999-12-31 23:59:5"),
    "rtc_2099": date("2099-02-28T12:00:00", "2099-02-28 12:00:0"),
    "reset_keyboard": resets("-machine", "acpi=off"),
    "reset_port": resets("-machine", "acpi=off,i8042=off"),
    "reset_triple_fault": resets("-M", "isapc,i8042=off", "-cpu", "qemu32"),
    "no_power_off": no_power_off,
    "command_machine": command_machine,
    "command_machine_bare": command_machine_bare,
}
