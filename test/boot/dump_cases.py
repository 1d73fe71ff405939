# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of what is left when something dies: reports, cores, the log of the boot before."""
import os
import re
import subprocess
import time

from qemu import expect, modules

MONITOR = "\x1dm"
MIB = 1 << 20
DATA_LINE = b"core: data "


def folder(c, name):
    path = os.path.join(c.build, "boot", "media")
    os.makedirs(path, exist_ok=True)
    return os.path.join(path, name)


def deep(c, pae=False):
    return c.test_guest("dies_deep-pae" if pae else "dies_deep", mem="4M")


def report_case(image, *patterns):
    """A dead guest's report has these lines, in this order, once."""
    def case(c):
        guest, name = c.test_guest(image, mem="4M"), "dead"
        guest.line = guest.line.replace(f"name={image}", "name=dead")
        run = c.boot([guest, c.guest("hello")])
        log = "\n".join(run.log)
        start = log.find(f'report of guest "{name}": dead, life 1, 4 MiB')
        end = log.find(f'end of the report of guest "{name}"')
        expect(0 < start < end, "no report, or no end of it")
        expect(log.count(f'report of guest "{name}": dead') == 1, "more than one report")
        rest = log[start:end]
        for pattern in patterns:
            match = re.search(pattern, rest, re.M)
            expect(match, f"no line matches /{pattern}/, or too early")
            rest = rest[match.end():]
        expect(run.has(r'guest "hello": powered off'), "the other guest did not end well")
    return case


DEEP = (r"^  why: hypercall 99 unknown", r"^  eax 00000063  ebx b2b2b2b2  ecx c3c3c3c3  edx d4d4d4d4$",
        r"^  esi e5e5e5e5 ", r"^  eip c01\w+  cs 0061  ds 0069", r"\( SF IF \), ring 1",
        r"^  page tables: {} at 0x0010", r"^  code .* cd 1f <90> ",
        r"^  walk of eip 0xc01\w+: {}.*pte 0x.*, memory \(writable, kernel\)$",
        r"^  backtrace by ebp:$", r" dies_here\+0x0$", r" dies_middle\S*\+0x", r" dies_outer\S*\+0x",
        r" test_main\+0x", r"^  last hypercalls", r"^    17 NOTIFY ",
        r"^    99 - \(0xb2b2b2b2, 0xc3c3c3c3, 0xd4d4d4d4, 0xe5e5e5e5\) before eip 0xc01",
        r"^  last exits", r"hypercall at 0xc01\w+$",
        r"^  last console lines:\n    (test\| )?line 3\n    (test\| )?line 4\n(.*\n)*    (test\| )?line 12\n")


def deep_lines(tables, walk):
    return [p.replace("{}", tables if "tables" in p else walk) for p in DEEP]


def report_not_loaded(c):
    """A guest that never ran leaves its one line, no report."""
    path = folder(c, "no_kernel")
    with open(path, "wb") as f:
        f.write(b"\x7fELF" + bytes(4096))
    guest = c.test_guest("dies_deep")
    guest.path = path
    run = c.boot([guest])
    expect(run.has(r'guest "dies_deep": dead: cannot be loaded'), "it was loaded")
    expect(not run.has("report of guest"), "a report of a guest that never ran")


def report_restart(c):
    """on-crash=restart: each life's report is complete before the next life begins."""
    guest = c.test_guest("dies_deep", mem="4M", words="on-crash=restart")
    with c.machine(modules(c.build, [guest], "")) as m:
        for life in (1, 2, 3):
            m.wait_for(rf"report of guest \"dies_deep\": dead, life {life}")
            m.wait_for(r" dies_outer\S*\+0x")
            m.wait_for(r"end of the report")


def ask(m, line, answer):
    m.type(line + "\r")
    return m.wait_for(answer)


def report_command(c):
    """`report`: of a dead guest what was printed, of a live one what it does now."""
    with c.machine(modules(c.build, [deep(c), c.guest("hello", cmdline="stay")], "")) as m:
        m.wait_for(r"hello\| staying")
        m.type(MONITOR)
        m.wait_for("gatehouse> ")
        ask(m, "report dies_deep", r'report of guest "dies_deep": dead, life 1')
        m.wait_for(r"why: hypercall 99")
        m.wait_for(r"-- more")
        m.type("q")
        ask(m, "report hello", r'report of guest "hello": halted, life 1')
        m.wait_for(r"eip [0-9a-f]{8}  cs 0061")
        m.type("q")
        ask(m, "report nobody", r"nobody")
        ask(m, "report", r"report GUEST")


def make_core(c, name, *words):
    path = folder(c, name + ".core")
    if os.path.exists(path):
        os.unlink(path)
    done = subprocess.run(["tools/gatehouse-core", *words, "-o", path], stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE, check=False)
    return path, done.returncode, done.stderr.decode(errors="replace")


def check_deep_core(c, path, name="dies_deep"):
    """gdb sees the registers, callers and variables of dies_deep."""
    words = ["gdb", "-nx", "-batch", "-ex", "info registers", "-ex", "bt", "-ex", "p/x dies_marker",
             "-ex", "p/x dies_far[4096]", os.path.join(c.build, "test/guests", name + ".elf"), path]
    text = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False).stdout.decode(errors="replace")
    for pattern in (r"^ebx +0xb2b2b2b2 ", r"^edx +0xd4d4d4d4 ", r"^eip +0xc01\w+ .*dies_innermost",
                    r"^cs +0x61 ", r"^#0 .*dies_innermost", r"^#1 .* dies_middle ",
                    r"^#2 .* dies_outer ", r"^#3 .* test_main ", r"= 0x7d1$", r"= 0x600df00d$"):
        expect(re.search(pattern, text, re.M), f"gdb does not show /{pattern}/:\n{text}")


def core_console(pae):
    """`core` over the serial line, among other lines; a damaged copy is told as such."""
    def case(c):
        name = deep(c, pae).name
        chatter = c.guest("clock", mem="4M", cmdline="period_ms=20")
        with c.machine(modules(c.build, [deep(c, pae), chatter], "")) as m:
            m.wait_for(r"end of the report")
            m.type(MONITOR)
            m.wait_for("gatehouse> ")
            ask(m, "core " + name, r"the guest is paused meanwhile")
            m.wait_for(r"core: end lines=\d+ crc=\w+\r")
            raw = m.raw
        capture = folder(c, name + ".txt")
        with open(capture, "wb") as f:
            f.write(raw)
        path, status, text = make_core(c, name, capture)
        expect(status == 0, f"gatehouse-core: {text}")
        expect(os.path.getsize(path) > 4 * MIB, "the core is smaller than the guest")
        check_deep_core(c, path, name)
        check_damage(c, name, capture, raw)
    return case


def check_damage(c, name, capture, raw):
    lines = raw.split(b"\n")
    data = [n for n, line in enumerate(lines) if DATA_LINE in line]
    lines[data[3]] = lines[data[3]].replace(b" crc=", b"A crc=")
    del lines[data[7]]
    with open(capture, "wb") as f:
        f.write(b"\n".join(lines))
    _, status, text = make_core(c, name, capture)
    expect(status == 1, "damage goes unnoticed")
    for pattern in (rf"1 damaged lines; of the capture: {data[3] + 1}$", r"line 3 missing, file off",
                    r"line 7 missing, file offset 0x\w+ to 0x\w+$"):
        expect(re.search(pattern, text, re.M), f"not said: /{pattern}/: {text}")
    with open(capture, "wb") as f:
        f.write(b"\n".join(lines[:data[9]]))
    _, status, text = make_core(c, name, capture)
    expect(status == 1 and "the end of the core never came" in text, f"cut off, but: {text}")


def core_running(c):
    """The core of a running guest: it is paused meanwhile, and goes on."""
    guest = c.guest("clock", mem="4M", cmdline="period_ms=50")
    with c.machine(modules(c.build, [guest], "")) as m:
        m.wait_for(r"clock: period 2,")
        m.type(MONITOR)
        m.wait_for("gatehouse> ")
        ask(m, "core clock", r"core: begin 1 guest=clock")
        start = m.seen
        m.wait_for(r"core: end lines=\d+ crc=\w+\r")
        expect(b"clock: period" not in m.raw[start:m.seen], "it ran while its core was written")
        m.wait_for(r"clock: period \d+,")
        ask(m, "core", r"no core is being written")
        with open(folder(c, "running.txt"), "wb") as f:
            f.write(m.raw)
    _, status, text = make_core(c, "core_running", folder(c, "running.txt"))
    expect(status == 0, f"gatehouse-core: {text}")


def core_disk(c):
    """`core` to a disk that nobody uses; one that is used, absent or too small is refused."""
    paths = [folder(c, f"core{n}.img") for n in range(3)]
    drives = []
    for n, (path, size) in enumerate(zip(paths, (16, 1, 16))):
        with open(path, "wb") as f:
            f.truncate(size * MIB)
        drives += ["-drive", f"file={path},format=raw,if=none,id=d{n}", "-device",
                   f"virtio-blk-pci,drive=d{n},addr={4 + n}"]
    user = c.guest("hello", cmdline="stay", words="disk=hd2")
    with c.machine(modules(c.build, [deep(c), user], "") + drives) as m:
        m.wait_for(r"(?s)end of the report.*hello\| staying|hello\| staying.*end of the report")
        m.type(MONITOR)
        m.wait_for("gatehouse> ")
        ask(m, "core dies_deep hd2", r'guest "hello" writes sectors of it')
        ask(m, "core dies_deep hd9", r"no such disk; there are hd0")
        ask(m, "core dies_deep hd1", r"smaller than the file")
        ask(m, "core dies_deep hd0", r"written to disk hd0, \d+ KiB")
        ask(m, "core dies_deep hd0", r"written to disk hd0, \d+ KiB")
    path, status, text = make_core(c, "core_disk", "--disk", paths[0])
    expect(status == 0, f"gatehouse-core: {text}")
    check_deep_core(c, path)
    _, status, text = make_core(c, "core_disk", "--disk", paths[2])
    expect(status == 1 and "does not begin with a core" in text, f"an empty disk: {text}")
    with open(paths[0], "r+b") as f:
        f.seek(16)
        f.write(bytes(4))
    _, status, text = make_core(c, "core_disk", "--disk", paths[0])
    expect(status == 1 and "checksum" in text, f"a damaged head: {text}")


def resets(c, words):
    """A machine without guests whose resets are not its end."""
    return c.machine(modules(c.build, [], words), debug_exit=False, resets=True)


def previous_boot(c):
    """A panic with on-panic=reboot: the next boot shows its lines."""
    with resets(c, "crash=ud on-panic=reboot") as m:
        m.wait_for(r"\] rebooting")
        m.wait_for(r"\] Gatehouse .*, loaded by qemu")
        m.wait_for(r"previous boot: \[ +[\d.]+\] Gatehouse .*, loaded by qemu")
        m.wait_for(r"previous boot: \[ +[\d.]+\] error: panic: exception 6 in ring 0")
        m.wait_for(r"previous boot: .* crash_on_purpose\+0x")
        m.wait_for(r"previous boot: \[ +[\d.]+\] rebooting")
        m.wait_for(r"\] rebooting")
        m.wait_for(r"previous boot: \[ +[\d.]+\] rebooting")
        expect(b"previous boot: [    0.000000] previous boot" not in m.raw, "older boots, too")


def previous_off(c):
    """previous=off, and a first boot: nothing is shown."""
    with resets(c, "previous=off crash=ud on-panic=reboot") as m:
        for _ in range(3):
            m.wait_for(r"\] rebooting")
        expect(b"previous boot" not in m.raw, "shown all the same")


def previous_reset(c):
    """By the reset button."""
    with resets(c, "") as m:
        m.wait_for(r"no guest is left to run")
        expect(b"previous boot" not in m.raw, "there was a boot before the first")
        m.execute("system_reset")
        m.wait_for(r"previous boot: .* no guest is left to run")


def panic_history(c):
    """on-nmi=panic: the panic shows the current guest and what the CPU did last."""
    guest = c.guest("clock", mem="4M", cmdline="tick_us=200")
    with c.machine(modules(c.build, [guest], "on-nmi=panic")) as m:
        m.wait_for(r"clock: period 1,")
        m.execute("inject-nmi")
        m.wait_for(r"error: panic: NMI ")
        m.wait_for(r'guest "clock": (running|halted)')
        m.wait_for(r"CPU 0: current guest: (clock|none).*last exits, oldest first:")
        m.wait_for(r"    clock: (hypercall|interrupt 0xfc) at 0x00")
        m.wait_for(r"last log lines:")
        m.wait_for(r"halted; reset the machine")


def nmi_report(c):
    """on-nmi=report, the default: where the machine is, and it goes on."""
    with c.machine(modules(c.build, [c.guest("hello", cmdline="stay")], "")) as m:
        m.wait_for(r"staying")
        time.sleep(0.2)
        m.execute("inject-nmi")
        m.wait_for(r"warning: NMI \(1 so far\)")
        m.wait_for(r"at 0x001\w+ (main_loop|idle)\S*\+0x")
        m.wait_for(r'guest "hello": halted')
        m.wait_for(r"    hello: hypercall at 0x00")
        m.execute("inject-nmi")
        m.wait_for(r"warning: NMI \(2 so far\)")


def nmi_ignore(c):
    guest = c.guest("clock", mem="4M", cmdline="period_ms=50")
    with c.machine(modules(c.build, [guest], "on-nmi=ignore")) as m:
        m.wait_for(r"clock: period 1,")
        m.execute("inject-nmi")
        for _ in range(3):
            m.wait_for(r"clock: period \d+,")
        expect(b"NMI (" not in m.raw, "it speaks of the NMI")


CASES = {
    "report_deep": report_case("dies_deep", *deep_lines("2-level", "pde 0x")),
    "report_deep_pae": report_case("dies_deep-pae", *deep_lines("PAE", "directory 0x")),
    "report_fault": report_case(
        "trap_handler_unmapped", r"^  why: cannot push the frame of trap 14",
        r"^  page tables: 2-level .* last fault address 0x60000000$",
        r"^  code( --){16} <not available>( --){15}$",
        r"^  walk of eip 0x60000000: pde 0x0 at 0x\w+, not present$",
        r"^  walk of fault address 0x60000000: pde 0x0 at 0x\w+, not present$",
        r"trap 14 at 0x60000000$"),
    "report_not_loaded": report_not_loaded,
    "report_restart": report_restart,
    "report_command": report_command,
    "core_console": core_console(False),
    "core_console_pae": core_console(True),
    "core_running": core_running,
    "core_disk": core_disk,
    "previous_boot": previous_boot,
    "previous_off": previous_off,
    "previous_reset": previous_reset,
    "panic_history": panic_history,
    "nmi_report": nmi_report,
    "nmi_ignore": nmi_ignore,
}
