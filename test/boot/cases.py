# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases that need no hand at the keyboard: machines, loaders, faults in the lines."""
import os
import re

import pages
from qemu import BROKEN, CLEAN, Failed, Guest, GUEST_DIED, Machine, Run, command, expect, modules

# Everything that may differ from run to run is pinned: an icount machine then repeats itself.
DETERMINISTIC = ["-icount", "shift=0,sleep=off", "-rtc", "base=2020-01-01,clock=vm"]


class Context:
    """What a case works with: the build folder; it leaves its commands and last log here."""

    def __init__(self, build):
        self.build = build
        self.commands, self.log = [], []

    def guest(self, name, **more):
        return Guest(os.path.join(self.build, "guests", name + ".elf"), name, **more)

    def test_guest(self, name, **more):
        return Guest(os.path.join(self.build, "test/guests", name + ".elf"), name, **more)

    def boot(self, guests, machine=(), words="test on-idle=poweroff", **more):
        """One boot from start to end by -kernel."""
        return self.boot_command(command(modules(self.build, guests, words) + list(machine),
                                         **more))

    def boot_command(self, words, timeout=None):
        self.commands.append(words)
        run = Run(words, timeout)
        self.log = run.log
        return run

    def machine(self, options, **more):
        """A machine to work with; its log is kept whatever happens."""
        return Kept(self, command(options, **more))

    def demo(self):
        return [self.guest("hello", mem="4M"), self.guest("clock", mem="4M",
                                                          cmdline="period_ms=100 count=3"),
                self.guest("procs", mem="8M")]


class Kept(Machine):
    def __init__(self, context, words):
        context.commands.append(words)
        self.context = context
        super().__init__(words)

    def __exit__(self, *args):
        super().__exit__(*args)
        self.context.log = self.log


def expect_demo(run):
    """The three guests of demo() did what they do, and the machine ended well."""
    expect(run.status is not None, "still running after its time")
    for pattern in (r"hello\| Hello from a Gatehouse guest in ring 1", r"hello\| bye",
                    r"clock\| clock: period 3,", r"procs\| procs: round 1: 6 exited \(0 ",
                    r'guest "hello": powered off', r'guest "clock": powered off',
                    r'guest "procs": powered off'):
        expect(run.has(pattern), f"no line matches /{pattern}/")
    expect(run.count(r"audit: .*: 0 findings") == 3, "not three audits without findings")
    expect(not run.has(r"panic:"), "panic")
    expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")


def expect_halted(m):
    """The processor sleeps, with interrupts off; the machine is still there."""
    for _ in range(100):
        if "HLT=1" in m.monitor("info registers"):
            break
    else:
        raise Failed("the processor is not halted")
    expect(m.process.poll() is None, "the machine ended")


def kernel_demo(c):
    """Three guests by QEMU's own loader (multiboot 1)."""
    expect_demo(c.boot(c.demo()))


def kernel_pae_guest(c):
    guests = c.demo()
    guests[2] = Guest(os.path.join(c.build, "guests/procs-pae.elf"), "procs", mem="8M")
    run = c.boot(guests)
    expect_demo(run)
    expect(run.has(r"procs\| .*PAE"), "procs does not speak of PAE")


def iso_demo(c):
    """The image's first entry, reached by its timeout (multiboot 2)."""
    with c.machine(["-cdrom", os.path.join(c.build, "gatehouse.iso")], debug_exit=False) as m:
        m.wait_for(r"loaded by GRUB")
        patterns = [r"diary\| this is start number 1\r", r"diary\| written, flushed",
                    r"anna\| 64 bytes from 10.0.0.2", r"bert\| 64 bytes from 10.0.0.1",
                    r"clock\| clock: period 1,"]
        for pattern in patterns:
            m.seen = 0
            m.wait_for(pattern)


def iso_power_off(c):
    """The third entry, by its key; the end is a real power-off."""
    with c.machine(["-cdrom", os.path.join(c.build, "gatehouse.iso")], debug_exit=False) as m:
        m.wait_for(r"self-test")
        m.type("p")
        m.wait_for(r'\] powering off')
        event = m.wait_event("SHUTDOWN")
        expect(event["data"]["reason"] == "guest-shutdown", f"SHUTDOWN says {event['data']}")
        expect(m.wait_end() == 0, "QEMU's exit status is not 0")


def iso_self_test(c):
    """The last entry: guests that try to break out, all of them in vain."""
    with open("tools/iso/grub.cfg", encoding="utf-8") as f:
        names = re.findall(r"module2 /boot/tests/\S+ guest name=(\S+)", f.read())
    with c.machine(["-cdrom", os.path.join(c.build, "gatehouse.iso")], debug_exit=False) as m:
        m.wait_for(r"self-test")
        m.type("t")
        m.wait_for(r"no guest is left to run")
        log = m.log
    for name in names:
        ended = any(f"{name}| VERDICT: SUCCESS" in line or f'guest "{name}": dead:' in line
                    for line in log)
        expect(ended, f"{name}: neither a success nor a death")
    expect(not any("VERDICT: FAILURE" in line or "VERDICT: ERROR" in line for line in log),
           "a guest failed")
    findings = [line for line in log if "audit: " in line and ": 0 findings" not in line]
    expect(not findings, f"audit: {findings}")


def machine_case(*options):
    """The demonstration on another sort of machine."""
    def case(c):
        expect_demo(c.boot(c.demo(), options))
    return case


def cpu_486(c):
    """A CPU that is too old: the message, then the machine sleeps."""
    with c.machine(modules(c.build, c.demo()) + ["-cpu", "486"]) as m:
        m.wait_for(r"this CPU lacks [A-Z0-9, ]+, which Gatehouse needs; halted")
        expect_halted(m)


def memory_too_small(c):
    """A guest that does not fit: it alone stays out, with a reason."""
    guests = c.demo() + [c.guest("hello", mem="512M")]
    guests[3].line = guests[3].line.replace("name=hello", "name=big")
    run = c.boot(guests, ["-m", "64"])
    expect(run.count(r'guest "big": dead: no \d+ KiB of memory in one piece') == 1,
           "not one message about the guest that is too big")
    expect(run.has(r'guest "procs": powered off') and run.has(r'guest "hello": powered off'),
           "the others did not run")
    expect(run.status == GUEST_DIED, f"QEMU's exit status is {run.status}, not {GUEST_DIED}")


def console_none(c):
    """Not a byte on the serial line."""
    run = c.boot(c.demo(), words="test on-idle=poweroff console=none")
    expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")
    expect(not run.raw, f"output: {run.log}")


def console_com2(c):
    """The log on the second serial line; nothing on the first."""
    run = c.boot(c.demo(), ["-serial", "null"], words="test on-idle=poweroff console=com2")
    expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")
    expect(not run.raw, f"output on the first line: {run.log}")
    # the last -serial is the second port
    words = command(modules(c.build, c.demo(), "test on-idle=poweroff console=com2"), serial="null")
    run = c.boot_command(words + ["-serial", "stdio"])
    expect_demo(run)


def config_faults(c):
    """Mistakes in two guests' lines: one message each; the good guests run."""
    guests = c.demo() + [c.guest("hello"), c.guest("hello")]
    guests[3].line = "guest name=bad1 mem=3X"
    guests[4].line = "guest name=bad2 wieght=7"
    run = c.boot(guests)
    messages = [line for line in run.log if re.search(r"\] error: config: ", line)]
    expect(len(messages) == 2, f"{len(messages)} messages, not 2: {messages}")
    expect("bad1" in messages[0] and "3X" in messages[0], f"unhelpful: {messages[0]}")
    expect("bad2" in messages[1] and "wieght" in messages[1], f"unhelpful: {messages[1]}")
    expect_demo(run)


def config_host_fault(c):
    """A mistake in the hypervisor's own line: one message, everything runs."""
    run = c.boot(c.demo(), words="test on-idle=poweroff on-panic=explode")
    messages = [line for line in run.log if re.search(r"\] error: config: ", line)]
    expect(len(messages) == 1 and "explode" in messages[0], f"messages: {messages}")
    expect_demo(run)


def no_guest(c):
    run = c.boot([], words="test on-idle=poweroff")
    expect(run.has(r"no guest: give each as a module"), "no message")
    expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")


def not_a_kernel(c):
    """A module that is no kernel: its guest alone does not start."""
    run = c.boot([Guest("Makefile", "text", mem="4M")] + c.demo())
    expect(run.count(r'guest "text": dead: cannot be loaded: ') == 1, "not one message")
    expect(run.has(r'guest "procs": powered off'), "the others did not run")
    expect(run.status == GUEST_DIED, f"QEMU's exit status is {run.status}, not {GUEST_DIED}")


def many_guests(c):
    """As many guests as there may be, and one more."""
    path = os.path.join(c.build, "guests/hello.elf")
    run = c.boot([Guest(path, f"h{n}", mem="2M") for n in range(1, 66)], ["-m", "512"])
    expect(run.count(r'guest "h\d+": powered off') == 64, "not 64 guests came to their end")
    messages = [line for line in run.log if "error: config: " in line]
    expect(len(messages) == 1, f"messages about the 65th: {messages}")
    expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")


def power_off(c):
    """on-idle=poweroff without the test's exit: a real power-off, no triple fault."""
    with c.machine(modules(c.build, c.demo(), "on-idle=poweroff"), debug_exit=False) as m:
        m.wait_for(r"\] powering off")
        event = m.wait_event("SHUTDOWN")
        expect(event["data"]["reason"] == "guest-shutdown", f"SHUTDOWN says {event['data']}")
        expect(m.wait_end() == 0, "QEMU's exit status is not 0")


def reboot(c):
    """on-idle=reboot: the machine comes up again."""
    words = command(modules(c.build, [c.guest("hello")], "on-idle=reboot"), debug_exit=False)
    words.remove("-no-reboot")
    with Kept(c, words) as m:
        for _ in range(3):
            m.wait_for(r"loaded by qemu")
            m.wait_for(r"hello\| bye")
            m.wait_for(r"\] rebooting")


def on_crash_poweroff(c):
    """A guest's death with on-crash=poweroff ends the machine though others run."""
    guests = [c.guest("hello", cmdline="stay"), c.test_guest("hcall_unknown",
                                                             words="on-crash=poweroff")]
    run = c.boot(guests, words="test")
    expect(run.has(r'guest "hcall_unknown": dead:'), "it did not die")
    expect(run.status == GUEST_DIED, f"QEMU's exit status is {run.status}, not {GUEST_DIED}")


def on_crash_restart(c):
    """on-crash=restart gives a dead guest another life."""
    guests = [c.guest("hello", cmdline="stay"), c.test_guest("hcall_unknown",
                                                             words="on-crash=restart")]
    with c.machine(modules(c.build, guests, "")) as m:
        for _ in range(3):
            m.wait_for(r'guest "hcall_unknown": started')
            m.wait_for(r'guest "hcall_unknown": dead:')


def memory_comes_back(c):
    """Guests that powered off hold nothing any more."""
    path = os.path.join(c.build, "guests/hello.elf")
    guests = [Guest(path, "one", mem="8M"), Guest(path, "two", mem="4M")]
    run = c.boot(guests, words="test on-idle=poweroff log=debug")
    free = [int(n) for n in re.findall(r"memory given back, 0 pages held, (\d+) pages free", "\n".join(run.log))]
    left = [int(n) for n in re.findall(r"life 1, (\d+) pages left", "\n".join(run.log))]
    expect(len(free) == 2 and len(left) == 2, "no figures in the log")
    expect(free[1] - free[0] > 1024, f"the second gave back {free[1] - free[0]} pages only")
    expect(free[1] > max(left), f"{free[1]} pages free in the end, {max(left)} before")


PANICS = {
    "stack": (r"double fault \(stack overflow", r"recurse\+0x"),
    "null": (r"page fault in ring 0 at 0x00000000, error code 0x2", r"crash_on_purpose\+0x"),
    "text": (r"page fault in ring 0 at 0x\w+, error code 0x3", r"crash_on_purpose\+0x"),
    "exec": (r"page fault in ring 0 at 0x\w+, error code 0x11", r"gatehouse_main\+0x"),
    "ud": (r"exception 6 in ring 0", r"crash_on_purpose\+0x"),
}


def panic_case(kind):
    """crash=: the panic says why and where, and the machine ends as told."""
    def case(c):
        reason, place = PANICS[kind]
        run = c.boot(c.demo(), ["-cpu", "max"], words=f"test crash={kind}")
        # behind it, the end of the log is repeated
        end = [n for n, line in enumerate(run.log) if "last log lines:" in line]
        report = run.log[:end[0]] if end else run.log
        panics = [n for n, line in enumerate(report) if "] error: panic: " in line]
        expect(len(panics) == 1, f"{len(panics)} panics, not one")
        expect(re.search(reason, report[panics[0]]), f"no panic because of /{reason}/")
        expect(any(re.search(place, line) for line in report[panics[0]:]),
               f"/{place}/ is not named")
        expect(run.has(r"gatehouse_main\+0x") or kind == "stack", "no backtrace")
        expect(run.status == BROKEN, f"QEMU's exit status is {run.status}, not {BROKEN}")
        if kind == "stack":
            check_stack_end(c, report[panics[0]])
    return case


def check_stack_end(c, line):
    """The overflow ended in the page below the stack, not in what lies further down."""
    guard = pages.symbols(c.build)["boot_stack_guard"]
    esp = int(re.search(r"esp 0x(\w+)", line).group(1), 16)
    expect(guard <= esp < guard + pages.PAGE + 512, f"esp 0x{esp:x}, the guard page is at 0x{guard:x}")


def panic_halts(c):
    """Without `test`, the machine halts and says how to go on."""
    with c.machine(modules(c.build, c.demo(), "crash=ud")) as m:
        m.wait_for(r"error: panic: ")
        m.wait_for(r"halted; reset the machine \(on-panic=reboot does it by itself\)")
        expect_halted(m)


def panic_reboots(c):
    words = command(modules(c.build, c.demo(), "crash=ud on-panic=reboot"))
    words.remove("-no-reboot")
    with Kept(c, words) as m:
        for _ in range(2):
            m.wait_for(r"error: panic: ")
            m.wait_for(r"\] rebooting")
        m.wait_for(r"loaded by qemu")


def deterministic(c):
    """Two runs with counted instructions have the same log to the last byte."""
    guests = c.demo() + [c.test_guest("hcall_random", cmdline="seed=7")]
    logs = [c.boot(guests, DETERMINISTIC).raw for _ in range(2)]
    lines = [log.decode(errors="replace").split("\n") for log in logs]
    for n, (one, two) in enumerate(zip(*lines)):
        expect(one == two, f"line {n + 1} differs:\n  {one}\n  {two}")
    expect(logs[0] == logs[1], "one log is longer")
    expect(len(lines[0]) > 30, "hardly any log")


CASES = {
    "kernel_demo": kernel_demo,
    "kernel_pae_guest": kernel_pae_guest,
    "iso_demo": iso_demo,
    "iso_power_off": iso_power_off,
    "iso_self_test": iso_self_test,
    "cpu_max": machine_case("-cpu", "max"),
    "cpu_n270": machine_case("-cpu", "n270"),
    "cpu_qemu32": machine_case("-cpu", "qemu32"),
    "cpu_qemu32_nx": machine_case("-cpu", "qemu32,+nx"),
    "cpu_pentium3": machine_case("-cpu", "pentium3"),
    "cpu_486": cpu_486,
    "mem_32": machine_case("-m", "32"),
    "mem_64": machine_case("-m", "64"),
    "mem_3072": machine_case("-m", "3072"),
    "mem_4096": machine_case("-m", "4096"),
    "mem_too_small": memory_too_small,
    "machine_q35": machine_case("-M", "q35"),
    "machine_no_hpet": machine_case("-machine", "hpet=off"),
    "machine_no_acpi": machine_case("-machine", "acpi=off"),
    "machine_vga": machine_case("-vga", "std"),
    "machine_two_cpus": machine_case("-smp", "2"),
    "console_none": console_none,
    "console_com2": console_com2,
    "config_faults": config_faults,
    "config_host_fault": config_host_fault,
    "no_guest": no_guest,
    "not_a_kernel": not_a_kernel,
    "many_guests": many_guests,
    "power_off": power_off,
    "reboot": reboot,
    "on_crash_poweroff": on_crash_poweroff,
    "on_crash_restart": on_crash_restart,
    "memory_comes_back": memory_comes_back,
    **{f"panic_{kind}": panic_case(kind) for kind in PANICS},
    "panic_halts": panic_halts,
    "panic_reboots": panic_reboots,
    "deterministic": deterministic,
}
