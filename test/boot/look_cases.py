# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the monitor's looking commands: what they say is compared with what is known."""
import os
import re
import subprocess
import time

import media
from qemu import Disk, Guest, expect, modules

MONITOR = "\x1dm"
PROMPT = "gatehouse> "


class Looker:
    """The monitor of a running machine: ask() returns the lines of an answer."""

    def __init__(self, m):
        self.m = m
        m.type(MONITOR)
        m.wait_for("the monitor: ")
        m.wait_for(PROMPT)

    def ask(self, line):
        m = self.m
        m.type(line + "\r")
        m.wait_for(re.escape(line) + " *\r\n")
        start = m.seen
        while True:
            found = m.wait_for(rf"-- more: |{PROMPT}")
            if found.group(0).startswith(b"--"):
                m.type(" ")
                continue
            text = m.raw[start:m.seen].decode(errors="replace")
            text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
            lines = [re.sub(r"^.*\r(?=.)", "", one.rstrip("\r")) for one in text.split("\n")]
            return [one for one in lines if "-- more:" not in one and PROMPT not in one]

    def until(self, line, pattern):
        """Asks until a line of an answer fits: what is looked at is on its way."""
        for _ in range(100):
            if any(re.search(pattern, one) for one in self.ask(line)):
                return
            time.sleep(0.05)
        self.expect(line, pattern)

    def expect(self, line, *patterns):
        """Each pattern fits a line of the answer, behind the last one's; returns the matches."""
        answer = self.ask(line)
        found, rest = [], list(answer)
        for pattern in patterns:
            match = None
            while rest and not match:
                match = re.search(pattern, rest.pop(0))
            text = "\n  ".join(answer)
            expect(match, f"`{line}` does not say /{pattern}/, or too early:\n  {text}")
            found.append(match)
        return found


def symbols(path):
    """name: address, of a guest."""
    text = subprocess.run(["nm", path], check=True, stdout=subprocess.PIPE).stdout.decode()
    return {words[2]: int(words[0], 16) for words in map(str.split, text.splitlines())
            if len(words) == 3}


def looked_at(c, pae):
    path = os.path.join(c.build, f"test/guests/looked_at{'-pae' if pae else ''}.elf")
    return Guest(path, "known", mem="4M", cmdline="stay"), symbols(path)


def ready(m):
    """The root table and the first of the known pages, guest-physical; where its memory is."""
    base = m.wait_for(r'guest "known": started, 4 MiB at (0x[0-9a-f]+),').group(1)
    found = m.wait_for(r"looked_at: root (0x[0-9a-f]+) page (0x[0-9a-f]+)\r")
    return [int(text, 16) for text in (*found.groups(), base)]


def both(case):
    """The case with either format of the guest's tables."""
    return {case.__name__: lambda c: case(c, False),
            case.__name__ + "_pae": lambda c: case(c, True)}


def look_processor(c, pae):
    """Registers, segments, gates, interrupts, callers: what the guest set up."""
    guest, sym = looked_at(c, pae)
    with c.machine(modules(c.build, [guest], "")) as m:
        root, _, _ = ready(m)
        look = Looker(m)
        look.until("regs known", "^eax a1a1a1a1 ")
        look.until("regs known", "pending 00000001")
        look.expect("pause known", "paused")
        look.expect(
            "regs known", r'^guest 1 "known": running, paused$',
            "^eax a1a1a1a1  ebx b2b2b2b2  ecx c3c3c3c3  edx d4d4d4d4$",
            "^esi e5e5e5e5  edi f6f6f6f6  ebp [0-9a-f]{8}  esp ",
            rf"^eip {sym['looked_at_here']:08x}  eflags [0-9a-f]{{8}}: IF (.* )?CF$",
            "^cs 0061  ss 0069  ds 0069  es 0069  fs 0000  gs 0000  ring 1$",
            f"^cr0.ts 0  cr2 [0-9a-f]{{8}}  tables {root:08x}  shadow ",
            "^interrupts off, pending 00000001, blocked 00000002$", "last exit: interrupt ",
            "^dr0 00000000 .* dr6 ffff0ff0  dr7 00000000$")
        look.expect("bt known", f"{sym['looked_at_here']:08x}", f"{sym['looked_at_return_2']:08x}",
                    f"{sym['looked_at_return_1']:08x}")
        expect(len(look.ask("bt known 2")) < len(look.ask("bt known")), "bt's COUNT is no limit")
        look.expect(
            "gdt 1", "^  50  00cffa000000ffff  00cf9b000000ffff  code ring 0 ",
            "Gatehouse's own", "^  60 .* code ring 1 00000000 limit ffffffff$",
            "^  80 .*TSS ring 0 ffc12",
            "^  a0  00cf92000000ffff  00cfb3000000ffff  data ring 1 00000000 limit ffffffff$",
            "^ +ring 0 became ring 1, accessed set beforehand$",
            "^  a8  0060fb1230000045  0040fb1230000045  code ring 3 00123000 limit 00000045$",
            "^ +64-bit bit cleared$", "^  b0  0000890050000067  0{16}  empty$",
            "^ +refused: not a code or data segment$",
            "^  b8  0040f30010002fff  0040f30010002fff  data ring 3 00001000 limit 00002fff$",
            "^  f8 ")
        look.expect(
            "idt known", r"^  0 #DE int 0061:[0-9a-f]{8} dpl 0 +an interrupt gate ",
            "^  3 #BP trap 0061:c0100333 dpl 3 +direct$",
            "^  4 #OF int 0061:c0100444 dpl 3 +an interrupt gate would clear the real",
            "^ 14 #PF trap 0061:c0100eee dpl 0 +may be for a shadow table to fill$",
            "^ 32 to 63 +a virtual interrupt, which Gatehouse delivers$")
        look.expect("idt known 3", "direct$", "^wish +c010ef0000610333$",
                    "^the CPU's c010ef0000610333  trap 0061:c0100333 dpl 3$")
        look.expect("idt known 14", "^ 14 #PF", "^wish +c0108f0000610eee$",
                    "^the CPU's [0-9a-f]{16}  int 0050:ffc0[0-9a-f]{4} dpl 0, the switcher's$")
        look.expect("idt known 200", "^200     none +not its system call vector$")
        look.expect("irqs known", "^interrupts off, 0 were injected$",
                    "^  0     32  clock +0 pending - +-$", "^  1     33  console +0 - +blocked -$")
        for wrong in ("regs", "idt known 256", "gdt", "irqs", "bt", "bt known 1 2"):
            look.expect(wrong, "^usage: " + wrong.split()[0])
        look.expect("regs 7", "7")
        expect(b"panic:" not in m.raw, "panic")


def look_tables(c, pae):
    """Memory and page tables: known bytes, and a page of each sort."""
    guest, _ = looked_at(c, pae)
    with c.machine(modules(c.build, [guest], "") + ["-cpu", "max"]) as m:
        root, page, base = ready(m)
        look = Looker(m)
        text = "6c 6f 6f 6b 20 61 74 20"
        look.expect("mem known 0x40000018", rf"^40000010 {{27}}{text} {{11}}look at ",
                    r"^40000020  74 68 69 73 20 74 65 78  74 00 .*   this text\.")
        answer = look.ask("mem known 0x4000001a 3")
        expect(any(re.search(r"^40000010 +6f 6b 20 +ok +$", one) for one in answer), answer)
        look.expect(f"pmem known {page + 0x18} 8", rf" {{27}}{text} {{11}}look at ")
        look.expect("pmem known 4M 4096", "^00400000 ")  # the lguest bus
        look.expect("pmem known 0x40000800 4096", "^40000800  to 40000fff: absent$",
                    "^40001000  to 400017ff: absent$")
        look.expect("mem known 0x40003ffc 8", "^40003ffc  to 40003fff: absent$",
                    "^40004000  to 40004003: absent$")
        look.expect("mem known 0xffc12000 4", "^ffc12000  to ffc12003: absent$")
        look.expect("mem known 0xfffffffc 64", "^fffffffc  to ffffffff: absent$")
        look.expect("mem known 0xc0100000 5000", "are too many: the first 4096$", "^c0100ff0 ")
        walk_pages(look, pae, root, page, base)
        look.expect("shadow known", f"^{'PAE' if pae else '2-level'} tables; all roots share "
                    "0xc0000000 and up$", r"^pages: \d+ of 88 in use; \d+ filled, ",
                    rf"^\*  0  top 0x{root:08x}  +\d+ user tables ")
        expect(b"panic:" not in m.raw, "panic")


def walk_pages(look, pae, root, page, base):
    step = 8 if pae else 4

    def walk(n, *patterns):
        return look.expect(f"walk known {0x40000000 + n * 4096}", *patterns)

    def leaf(n, bits, flags, shadow, shadow_flags):
        return (rf"^page table [0-9a-f]{{5}}{n * step:03x} +{page + n * 4096 + bits:x} {flags}  "
                rf"[0-9a-f]{{5}}{n * 8:03x} +{shadow:x} {shadow_flags}$")

    top = rf"{root + 8:08x} +[0-9a-f]+ P-----" if pae else "-"
    walk(0, rf"^top +{top} +[0-9a-f]{{5}}[0-9a-f]{{2}}8 +[0-9a-f]+ P--[A-]--$",
         r"^directory +[0-9a-f]{8} +[0-9a-f]+ PWUAD-  [0-9a-f]{8} +[0-9a-f]+ PWUA--$",
         leaf(0, 0x63, "PW-AD-", base + page + 0x63, "PW-AD-"),
         f"^0x40000000 is guest-physical 0x{page:08x}$", "^as the guest has it$")
    walk(1, leaf(1, 0x23, "PW-A--", base + page + 0x1061, "P--AD-"),
         "^read-only until the guest's entry is dirty")
    walk(2, leaf(2, 0x03, "PW----", 0, "------"), "^not filled yet")
    walk(3, "^beyond its memory, for devices: every access is emulated$")
    walk(4, "^the guest maps nothing: an access is its own page fault$")
    walk(5, f"^0x40005000 is guest-physical 0x{page + 6 * 4096:08x}$",
         "^the shadow differs from what the guest has now: no flush yet$")
    look.expect("walk known 0x80000000", rf"^{'top' if pae else 'directory'} .* ------", "^page table +- +-",
                "^the guest maps nothing")
    look.expect("walk known 0xffc12fff", "P--A--$", "^the window: Gatehouse's")
    look.expect("walk known", "^usage: walk")
    look.expect("walk known x", "no number")


def number(look, line, pattern):
    return int(look.expect(line, pattern)[0].group(1))


def look_sharing(c):
    """Time and memory: timers, shares, owners, the stack."""
    guests = [Guest(os.path.join(c.build, "test/guests/looked_at.elf"), "known", "weight=200",
                    mem="4M", cmdline="stay"),
              c.guest("clock", mem="8M", cmdline="period_ms=3000"),
              c.guest("hello", mem="4M", cmdline="stay")]
    with c.machine(modules(c.build, guests, "")) as m:
        m.wait_for("looked_at: root")
        m.seen = 0
        m.wait_for(r"hello\| staying")
        look = Looker(m)
        look.until("timers", r'^ +\d\.\d{3} ms  clock_expired of guest "clock"$')
        look.until("timers", r"^ +\d\.\d{3} ms  slice_over$")
        look.expect("sched", r"^up \d+\.\d{3} ms, idle \d+\.\d{3} ms; least weighted time \d+",
                    r"1 known +running  ready +200 +\d+\.\d{3} +\d+\.\d{3}$",
                    r"2 clock +\w+ +\w+ +100 ", r"3 hello +halted   waits +100 ")
        look.ask("pause known")
        look.expect("sched", r"1 known +running  paused +200 ")
        found = look.expect(
            "memory", r"^free +(\d+) frames +(\d+) KiB$", r"^Gatehouse +(\d+) frames ",
            r"^modules +(\d+) frames ", r"^guests +(\d+) frames ", r"^no RAM +(\d+) frames ",
            r"^the largest piece for a guest: \d+ KiB$",
            r"^ 1 known +0x[0-9a-f]+ +\d+ KiB: RAM 4096, devices \d+, shadow pool 352 \(\d+ free",
            r"^ 2 clock +0x[0-9a-f]+ +\d+ KiB: RAM 8192, ", "^ 3 hello ",
            r"^kernel known +0x[0-9a-f]+ +\d+ KiB$", "^kernel clock ", "^kernel hello ")
        total = sum(int(found[n].group(1)) for n in range(5))
        expect(total == 65504, f"{total} frames, not 256 MiB less what QEMU's firmware has")
        expect(int(found[0].group(2)) == 4 * int(found[0].group(1)), "KiB are not frames * 4")
        used, of = look.expect("stack", r"^at most (\d+) of (\d+) bytes")[0].groups()
        expect(500 < int(used) < int(of) == 16384, f"{used} of {of} bytes of stack")
        look.expect("version", r"^Gatehouse \d+\.\d+$")
        expect(b"panic:" not in m.raw, "panic")


def look_machine(c):
    """Processor, PCI, devices, interrupts: what QEMU was told to have."""
    path = os.path.join(c.build, "boot", "media", "look_machine.img")
    guests = [c.guest("hello", mem="4M", words="disk=hd0,snapshot=256K net=lan,isolated",
                      cmdline="stay"), Disk(media.ramdisk(c.build, "ram=64K").path, "ram"),
              Guest(os.path.join(c.build, "guests/hello.elf"), "two", "disk=ram,ro", mem="4M",
                    cmdline="stay")]
    options = media.drive_options(path, 0, "virtio-blk 2M") + [
        "-nic", "user,model=e1000,mac=52:54:00:aa:bb:cc", "-M", "q35",
        "-cpu", "Nehalem,vendor=GenuineIntel,-pcid,+sep"]
    with c.machine(modules(c.build, guests, "uplink=lan") + options) as m:
        m.wait_for(r"two\| staying")
        look = Looker(m)
        look.expect("cpu", "^GenuineIntel, Intel Core i7 9xx", "^family 6 model 26 stepping 3, "
                    "microcode 0x[0-9a-f]+$", "^has   .*SEP FXSR SSE SSE2",
                    "^lacks .*PCID.*invariant-TSC", r"^TSC \d+ kHz, trusted$")
        look.expect("pci", r"^00:00\.0 8086:29c0 class 06\.00\.00 host bridge",
                    r"^00:0\d\.0 1af4:\w+ class 01\.00\.00 .* INTA line \d+ +virtio disk$",
                    r"^00:1f\.0 8086:2918 .* ISA bridge",
                    r"^00:1f\.2 8086:2922 class 01\.06\.01 SATA disks +INTA line \d+ +ahci$")
        look.expect("pci", r"8086:100e class 02\.00\.00 network card INTA line \d+ +e1000$")
        answer = look.expect("devices", r"^00:0\d\.0 virtio disk, interrupt source (\d+)$",
                             "^    hd0: virtio disk, 2 MiB$")
        look.expect("devices", r"e1000, interrupt source \d+$",
                    "eth0: Intel 82540EM, 52:54:00:aa:bb:cc, link up$",
                    r"^    received \d+, sent \d+, errors 0$")
        look.expect("devices", '^disk ram +.*, guest "two": sectors 0 to 127, read-only$')
        look.expect("devices", '^disk hd0 +.*, guest "hello": sectors 0 to 4095, snapshot$',
                    r"snapshot: \d+ of 64 pages used$", "^network lan$",
                    r"^   0 eth0 +in \d+ \(\d+ bytes\), out 0 \(0 bytes\), dropped \d+$",
                    r"^   1 hello +in 0 \(0 bytes\), out 0 .* dropped 0, isolated$")
        source = answer[0].group(1)
        look.expect("interrupts", r"^timer [1-9]\d*, sources [1-9]\d*, spurious \d+, unexpected 0",
                    r"^     0   0xe0 I/O APIC pin   4 edge +[1-9]\d* serial port$",
                    rf"^     {source}   0xe{source} .* [1-9]\d* virtio disk$")
        before = number(look, "interrupts", r"(\d+) serial port$")
        expect(number(look, "interrupts", r"(\d+) serial port$") > before, "no more interrupts")
        expect(b"panic:" not in m.raw, "panic")


def look_8259(c):
    """An old machine without PCI: there is less to be seen, and it is said."""
    options = ["-M", "isapc", "-cpu", "qemu32"]
    with c.machine(modules(c.build, [c.guest("hello", cmdline="stay")], "") + options) as m:
        m.wait_for(r"hello\| staying")
        look = Looker(m)
        look.expect("pci", "^there is no PCI bus$")
        look.expect("devices", "^none is in use: ")
        look.expect("interrupts", r"^     0   0xd4 8259 line      4 edge +\d+ serial port$")
        look.expect("cpu", "^lacks .*NX")


GUEST_COMMANDS = ("regs", "bt", "mem 0xc0100000 64", "mem 0 64", "pmem 0 64", "walk 0xc0100000",
                  "walk 0", "walk 0x7fffffff", "gdt", "idt", "idt 14", "irqs", "shadow")


def look_states(c):
    """Guests that are dead, off, never were: every command says what it can, and no more."""
    guests = [c.guest("hello", mem="2M"), c.test_guest("hcall_unknown", mem="2M"),
              c.test_guest("pt_garbage", mem="4M"),
              Guest(os.path.join(c.build, "guests/hello.elf"), "big", mem="1024M"),
              Guest(os.path.join(c.build, "guests/hello.elf.d"), "none", mem="2M"),
              c.guest("procs", mem="8M", cmdline="forever"),
              Guest(os.path.join(c.build, "test/guests/hcall_before_init.elf"), "early", mem="2M")]
    with open(guests[4].path, "w", encoding="utf-8") as f:
        f.write("not a kernel")
    with c.machine(modules(c.build, guests, "")) as m:
        for guest, end in (("hello", "powered off"), ("none", "dead: cannot be loaded"),
                           ("pt_garbage", "dead"), ("early", "dead"), ("hcall_unknown", "dead")):
            m.seen = 0
            m.wait_for(f'guest "{guest}": {end}')
        look = Looker(m)
        for guest in guests:
            for line in GUEST_COMMANDS:
                name, _, more = line.partition(" ")
                answer = look.ask(f"{name} {guest.name} {more}")
                expect(answer, f"no answer to {line} of {guest.name}: {answer}")
        look.expect("regs hello", '"hello": off$', "^eax ")
        look.expect("mem hello 0", '"hello": off: it has no memory$')
        look.expect("walk hello 0", "it has no memory$")
        look.expect("regs hcall_unknown", '"hcall_unknown": dead$', "^eax 00000014 ")
        look.expect("pmem hcall_unknown 0x200", "HdrS")
        look.expect("regs big", '"big": dead: it has no processor yet$')
        look.expect("pmem big 0", "it has no memory$")
        look.expect("regs none", "it has no processor yet$")
        look.expect("pmem none 0 16", "^00000000  00 00 ")
        look.expect("irqs early", "dead$", "^irq ")
        m.wait_for(r"procs\| procs: round ")
        expect(b"panic:" not in m.raw, "panic")


CASES = {**both(look_processor), **both(look_tables), "look_sharing": look_sharing,
         "look_machine": look_machine, "look_8259": look_8259, "look_states": look_states}
