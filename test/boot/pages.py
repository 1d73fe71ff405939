# SPDX-License-Identifier: GPL-2.0-or-later
"""The page tables in force, as QEMU sees them, held against the rules (design I1, I2)."""
import os
import re
import subprocess

from qemu import expect

PAGE = 4096
WINDOW = 0xFFC00000
WINDOW_TEXT_PAGES = 16
WINDOW_ENTRY, WINDOW_STATE = 0xFFC11000, 0xFFC12000  # of CPU 0
# The guest's own half: aliases of its memory, and what the fast tier goes by.
WINDOW_FAST, FAST_DATA, FAST_PAGE = 0xFFE00000, range(0xFFF04000, 0xFFF06000), 0xFFF06000
# Of the lguest bus, behind each guest's RAM: the descriptors; two rings of the console and one
# of random numbers, two pages each; behind them a disk's ring, and a card's two.
DEVICE_PAGES, DISK_PAGES, CARD_PAGES = 7, 2, 6
HOST_RAM_END = 0xC0000000
ROM_START, ROM_END = 0xC0000, 0x100000

LINE = re.compile(r"([0-9a-f]{16}): ([0-9a-f]{16}) ([-XGPDACTUW]{9})")


class Page:
    """One mapping."""

    def __init__(self, va, pa, flags):
        self.va, self.pa = va, pa & 0x7FFFFFFFFFFFFFFF
        self.is_executable = flags[0] != "X"
        self.bytes = 2 << 20 if flags[2] == "P" else PAGE
        self.is_user, self.is_writable = flags[7] == "U", flags[8] == "W"
        self.text = f"0x{va:08x}: 0x{self.pa:x} {flags}"


class Processor:
    """What the stopped machine's processor is doing."""

    def __init__(self, machine):
        text = machine.monitor("info registers")
        self.ring = int(re.search(r"CPL=(\d)", text).group(1))
        self.is_halted = "HLT=1" in text
        self.eip = int(re.search(r"EIP=([0-9a-f]+)", text).group(1), 16)
        self.cr3 = int(re.search(r"CR3=([0-9a-f]+)", text).group(1), 16)
        self.has_paging = int(re.search(r"CR0=([0-9a-f]+)", text).group(1), 16) & 0x80000000


def read(machine):
    """All mappings of the stopped machine."""
    found = [Page(int(m.group(1), 16), int(m.group(2), 16), m.group(3))
             for m in LINE.finditer(machine.monitor("info tlb"))]
    expect(found, "info tlb shows no mapping")
    return found


def symbols(build):
    """name: address, of the hypervisor."""
    text = subprocess.run(["nm", os.path.join(build, "gatehouse.elf")], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    return {words[2]: int(words[0], 16) for words in map(str.split, text.splitlines())
            if len(words) == 3}


def within(page, start, end):
    return start <= page.pa and page.pa + page.bytes <= end


def check_host(pages, sym, framebuffer=range(0)):
    """The host's own tables; framebuffer: its addresses, which have to be there."""
    text = range(sym["__text_start"], sym["__text_end"])
    rodata = range(sym["__rodata_start"], sym["__rodata_end"])
    for p in pages:
        expect(not (p.is_writable and p.is_executable), f"writable and executable: {p.text}")
        expect(not p.is_user, f"open to ring 3: {p.text}")
        expect(p.va >= PAGE, f"page 0 is there: {p.text}")
        if p.va in framebuffer:
            expect(p.va == p.pa and not p.is_executable, f"no framebuffer: {p.text}")
        elif p.va < HOST_RAM_END:
            expect(p.va == p.pa, f"not at its own address: {p.text}")
            expect(not p.is_executable or p.va in text, f"executable, but no text: {p.text}")
            expect(not p.is_writable or p.va not in text and p.va not in rodata,
                   f"writable, but constant: {p.text}")
        else:
            expect(p.va >= WINDOW, f"between RAM and the window: {p.text}")
            expect(not p.is_executable or p.va < WINDOW + WINDOW_TEXT_PAGES * PAGE,
                   f"executable, but no text: {p.text}")
        expect(p.bytes == PAGE or p.is_writable and p.va in framebuffer or
               not p.is_executable and p.va >= sym["__data_end"] and p.va < HOST_RAM_END,
               f"a large page: {p.text}")
    mapped = {p.va for p in pages}
    for name in ("host_nmi_stack_guard", "boot_stack_guard", "double_fault"):
        expect(sym[name] not in mapped, f"the guard page {name} is there")
        expect(sym[name] + PAGE in mapped, f"no stack behind {name}: was this understood?")
    expect(all(at in mapped for at in framebuffer[::2 << 20]), "the framebuffer is not mapped")
    for name in ("__text_start", "__data_start"):
        expect(sym[name] in mapped, f"{name} is not mapped: was this understood?")


def check_window(pages, sym):
    """What a guest's tables hold in the window: text, an entry and a state page, nothing else."""
    text_end = WINDOW + -(-sym["__switcher_bytes"] // PAGE) * PAGE
    for p in pages:
        expect(not p.is_user, f"open to ring 3: {p.text}")
        expect(p.bytes == PAGE, f"a large page: {p.text}")
        if p.va < text_end:
            expect(not p.is_writable, f"writable text: {p.text}")
            expect(p.pa == sym["__switcher_load"] + p.va - WINDOW, f"not the switcher: {p.text}")
            continue
        expect(p.va in (WINDOW_ENTRY, WINDOW_STATE), f"what is this in the window? {p.text}")
        expect(not p.is_executable, f"executable: {p.text}")
        expect(p.va == WINDOW_ENTRY or not p.is_writable, f"the guest can write it: {p.text}")
    expect({p.va for p in pages} >= {WINDOW, WINDOW_ENTRY, WINDOW_STATE}, "no window")


def check_aliases(pages, sym, base, end):
    """The guest's half of the window shows its memory, which is from base to end, and one page of
    the host's that it can read."""
    expect(FAST_PAGE in {p.va for p in pages}, "the fast tier's page is not there")
    for p in pages:
        expect(not p.is_user and not p.is_executable and p.bytes == PAGE, f"its rights: {p.text}")
        expect(not p.is_writable or p.va in FAST_DATA, f"the guest can write it: {p.text}")
        if p.va == FAST_PAGE:
            expect(p.pa >= sym["__data_end"] and not base <= p.pa < end, f"whose is it? {p.text}")
        else:
            expect(within(p, base, end), f"not its own memory: {p.text}")


def check_guest(pages, sym, rams, more=None):
    """A guest's tables; rams: {name: (base, bytes)}; more: {name: pages of its disks and cards}.
    Returns the guest's name."""
    check_window([p for p in pages if WINDOW <= p.va < WINDOW_FAST], sym)
    aliases = [p for p in pages if p.va >= WINDOW_FAST]
    own = [p for p in pages if p.va < WINDOW]
    expect(own, "nothing of the guest is mapped")
    for name, (base, ram) in rams.items():
        end = base + ram + (DEVICE_PAGES + (more or {}).get(name, 0)) * PAGE
        if within(own[0], base, end):
            break
    else:
        expect(False, f"in no guest's memory: {own[0].text}")
    for p in own:
        expect(p.bytes == PAGE, f"a large page: {p.text}")
        expect(within(p, base, end),
               f"guest {name} has 0x{base:x}, {ram >> 20} MiB, but maps {p.text}")
    check_aliases(aliases, sym, base, end)
    # its own three pages lie together, in no guest's memory
    at = {p.va: p.pa for p in pages}
    expect(at[WINDOW_ENTRY] == at[FAST_PAGE] + PAGE, f"whose entry page? 0x{at[WINDOW_ENTRY]:x}")
    expect(at[WINDOW_STATE] == at[FAST_PAGE] + 2 * PAGE, f"whose GDT? 0x{at[WINDOW_STATE]:x}")
    return name
