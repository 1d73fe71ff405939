#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a seed corpus for each fuzz harness: make_seeds.py FOLDER -> FOLDER/<harness>/<seed>

A new harness gets a function here that yields its seeds (bytes).
"""
import os
import struct
import sys


def elf(segments, entry, file_bytes=0x240, machine=3, kind=2):
    """segments: (offset, vaddr, paddr, filesz, memsz)"""
    head = b"\x7fELF\x01\x01\x01" + bytes(9)
    head += struct.pack("<HHIIIIIHHHHHH", kind, machine, 1, entry, 52, 0, 0, 52, 32,
                        len(segments), 0, 0, 0)
    for offset, vaddr, paddr, filesz, memsz in segments:
        head += struct.pack("<8I", 1, offset, vaddr, paddr, filesz, memsz, 7, 0x1000)
    return (head + bytes(i & 0xFF for i in range(file_bytes)))[:file_bytes]


def fuzz_elf():
    yield elf([(0x80, 0x10000, 0x10000, 0x100, 0x100)], 0x10000)
    yield elf([(0x80, 0xC0010000, 0x10000, 0x180, 0x180),
               (0x200, 0xC0020000, 0x20000, 0x40, 0x1000)], 0xC0010010)
    yield elf([(0, 0x2000, 0x2000, 0x240, 0x240)], 0x2000)
    yield elf([(0x80, 0, 0xFFFFFFF0, 0x10, 0x20)], 0xFFFFFFF0)
    yield elf([], 0)
    yield elf([(0x80, 0x10000, 0x10000, 0x100, 0x100)], 0x10000, machine=62)


def symbols(names, entry=0x1040, shstr=2):
    """An image with a symbol table: names are (name, value, size, type)."""
    strings = b"\0" + b"".join(n.encode("latin-1") + b"\0" for n, *_ in names)
    table, offset = bytes(16), 1
    for name, value, size, kind in names:
        table += struct.pack("<IIIBBH", offset, value, size, kind, 0, 1)
        offset += len(name) + 1
    at = 52 + len(table) + len(strings)
    head = b"\x7fELF\x01\x01\x01" + bytes(9)
    head += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, entry, 0, at, 0, 52, 32, 0, 40, 3, shstr)
    sections = bytes(40) + struct.pack("<10I", 0, 2, 0, 0, 52, len(table), 2, 0, 4, 16)
    sections += struct.pack("<10I", 0, 3, 0, 0, 52 + len(table), len(strings), 0, 0, 1, 0)
    return head + table + strings + sections


def fuzz_symbols():
    stack = bytearray(4096)
    for at, ebp, eip in ((0x800, 0x820, 0x2010), (0x820, 0x840, 0x3000), (0x840, 0, 0x1044)):
        struct.pack_into("<II", stack, at, ebp, eip)
    image = symbols([("start", 0x1000, 64, 2), ("label", 0x1040, 0, 0), ("inner", 0x2000, 32, 2),
                     ("data", 0x2008, 4, 1), ("outer", 0x2FF0, 0, 2)])
    for eip, ebp in ((0x1040, 0x800), (0x2004, 0x840), (0xC0000000, 0xFFFFFFFC)):
        yield struct.pack("<II", eip, ebp) + bytes(stack) + image
    yield struct.pack("<II", 0x1040, 0x800) + bytes(stack) + image[:150]
    yield struct.pack("<II", 0x1040, 0x800) + bytes(stack)
    odd = symbols([("x" * 300, 0x1040, 0, 0), ("b\x80d \x7f", 0x2000, 0, 2), ("same", 0x2000, 0, 0)])
    yield struct.pack("<II", 0x1040, 0x800) + bytes(stack) + odd
    yield struct.pack("<II", 0x2004, 0x800) + bytes(stack) + odd
    yield struct.pack("<II", 0x2004, 0x800) + bytes(stack) + odd[:-100]
    # another magic number, class, byte order, size of a section header; where they are
    for at, value in ((0, 0), (4, 2), (5, 2), (46, 41), (32, 0xF0), (33, 0xFF)):
        bad = bytearray(image)
        bad[at] = value
        yield struct.pack("<II", 0x1040, 0x800) + bytes(stack) + bytes(bad)
    # symbols of no section, of one that is none; a table whose names are elsewhere
    for at, value in ((52 + 16 + 14, 0), (52 + 16 + 15, 0xFF), (len(image) - 56, 99)):
        bad = bytearray(image)
        bad[at] = value
        yield struct.pack("<II", 0x1040, 0x800) + bytes(stack) + bytes(bad)


def bzimage(version=0x20A, sects=1, syssize=4, start=0x100000, pref=0x100000, init=0x8000,
            relocatable=0, loadflags=1, payload=64):
    """The file from 0x1f1 on, with 0x400 bytes of setup."""
    head = bytearray(0x400)
    struct.pack_into("<BHI", head, 0x1F1, sects, 0, syssize)
    struct.pack_into("<H", head, 0x1FE, 0xAA55)
    struct.pack_into("<4sH", head, 0x202, b"HdrS", version)
    struct.pack_into("<BBHI", head, 0x210, 0, loadflags, 0, start)
    struct.pack_into("<IB", head, 0x230, 0x1000000, relocatable)
    struct.pack_into("<QI", head, 0x258, pref, init)
    return bytes(head[0x1F1:]) + bytes(i & 0xFF for i in range(payload))


def fuzz_bzimage():
    yield bzimage()
    yield bzimage(version=0x207, init=0)
    yield bzimage(sects=0, payload=0x700)
    yield bzimage(relocatable=1)
    yield bzimage(version=0x20C, start=0x100020, loadflags=0x41)
    yield bzimage(syssize=0xFFFFFFFF)
    yield bzimage(payload=50)


def fuzz_gdb():
    yield (b"qSupported:swbreak+;hwbreak+\nQStartNoAckMode\n?\ng\nqfThreadInfo\nHg2\np8\n"
           b"qThreadExtraInfo,1\nqXfer:features:read:target.xml:0,400\nvCont?\nqRcmd,6c697374\n")
    yield (b"qSupported\n?\nZ0,200,1\nZ2,300,4\nm1f0,20\nM200,2:cc90\nX204,2:}\x03a\nvCont;s:1;c\n"
           b"@\x00\x00\x20\nvCont;c\n@\x00\x00\x41\nz0,200,1\nD\n")
    yield b"?\nHg2\nZ0,2100,1\nZ1,c0000000,1\nG" + b"61" * 64 + b"\nP8=00010000\nc\n!\x03\nk\n"
    yield (b"?\nqRcmd,6174746163682074776f\nqRcmd,6465746163682074776f\nc\n@\x00\x01\nm0,10\nc\n"
           b"!$g#00\n!-\n!+$?#3f\nvKill;1\n")


def fuzz_config():
    yield b"console=com1 baud=9600 vga=off escape=^] log=debug on-idle=poweroff test\nguest\n"
    yield b"q log=warn\na guest name=web mem=64M weight=10 -- console=hvc0\nb initrd guest=web\n"
    yield b"/boot/x on-panic=reboot\n/k guest name=a shadow=1M tsc=off on-crash=restart\n"
    yield b"\ninitrd guest=a\nguest name=a mem=12Q\nguest name=a\ninitrd\n\nfoo\n"
    yield b"console=0x3f8\nguest name=a -- " + b"x" * 512 + b"\n"
    yield b"\n" + b"guest\n" * 64
    yield b"\nguest weight=10000 mem=2048M shadow=64M\nguest weight=1 mem=1M shadow=256K\n"
    yield b"\nguest weight=10001\nguest mem=2049M\nguest shadow=65M\nguest name=0123456789abcdef\n"


def fuzz_monitor_line():
    yield b"list\rshow web\r\x1b[A\x1b[A\x1b[B\x1b[D\x1b[C\x1b[3~\x1b[1~\x1bOF\r"
    yield b"po\tli\t \t\x01\x02\x03\x04\x05\x06\x08\x0b\x0c\x0e\x10\x15\x17\x7f\r\n"
    yield b'type web "two  \\" blanks" x"y z"w\rlog "open\r a b c d e f g h i\r'
    yield "gr\u00fc\u00dfe \u20ac \U0001f600\x1b[D\x1b[D\b\r".encode() + b"\xff\x80\x80\x1b[D\b"
    yield b"0123456789 " * 30 + b"\x1b[D" * 40 + b"\x17\x17\x0b\r" + b"\x80" * 300
    yield b"".join(b"%d\r" % n for n in range(20)) + b"\x10" * 20 + b"\x0e" * 20


def pci_operation(what, at, size, value=0):
    """As fuzz_virtio_pci.c has it; size in bytes."""
    return struct.pack("<BBHI", what, size.bit_length() - 1, at, value)


def pci_driver(features=0, sink=4096, typed=0):
    """A whole life: set up at 0x0 and 0x1000, output, input, emergency write, reset."""
    def bar(at, size, value):
        return pci_operation(3, at, size, value)

    def poke(at, value):
        return pci_operation(4, at, 4, value)
    ops = [bar(20, 1, 3), bar(8, 4, 0), bar(12, 4, features), bar(8, 4, 1), bar(12, 4, 1),
           bar(20, 1, 11)]
    for queue, base in ((0, 0), (1, 0x1000)):
        ops += [bar(22, 2, queue), bar(24, 2, 8), bar(32, 4, base), bar(40, 4, base + 0x80),
                bar(48, 4, base + 0x100), bar(28, 2, 1),
                poke(base, base + 0x200), poke(base + 8, 0x80), poke(base + 12, 0x10001),
                poke(base + 16, base + 0x300), poke(base + 24, 0xD00),
                poke(base + 28, 0 if queue else 2), poke(base + 0x80, 0x10000)]
    ops += [pci_operation(7, sink, 1), bar(20, 1, 15), bar(0x400, 2, 0), bar(0x404, 2, 1),
            pci_operation(6, typed, 1), pci_operation(5, 0, 1), pci_operation(7, 4096, 1),
            pci_operation(5, 0, 1), pci_operation(2, 0x100, 1), pci_operation(1, 0x8C, 4, 0x208),
            pci_operation(1, 0x90, 4, 1), pci_operation(1, 0x94, 1, 65), bar(20, 1, 0)]
    return b"".join(ops)


def fuzz_virtio_pci():
    yield pci_driver()
    yield pci_driver(features=0x20000000, sink=100, typed=50)
    yield pci_driver(features=0x30000000, typed=255) * 2


def fuzz_host_virtio_ring():
    give, take, use, poke, idx = range(5)
    for form in (0x03, 0x0D, 0x1C):
        yield bytes([form]) + b"".join(
            bytes([give, n, 0, 0, use, n, 0, 2, take, 0, 0, 0]) for n in (0, 1, 2, 0))
        yield bytes([form, give, 1, 0, 0, give, 0, 0, 0, use, 0, 0, 0, use, 0, 0, 0,
                     take, 0, 0, 0, take, 0, 0, 0])
        yield bytes([form, give, 0, 0, 0, use, 0, 1, 0, take, 0, 0, 0, poke, 16, 2, 9])
        yield bytes([form, give, 0, 0, 0, idx, 0, 0xFF, 0xFF, take, 0, 0, 0])


def identify(sets=0x7400, sectors=0x0140_0000, size=0x6003, discard=1, request=0, at=0, length=8):
    """As fuzz_ata.c has it: a request, then what an ATA disk says."""
    words = [0] * 256
    words[0] = 0x40
    words[27:32] = [0x5145, 0x4D55, 0x2048, 0x4420, 0x2020]
    words[49], words[83], words[106], words[169] = 0xB00, sets, size, discard
    words[60], words[61] = 0xFFFF, 0xFFF
    words[100:104] = [sectors >> 16 * i & 0xFFFF for i in range(4)]
    return struct.pack("<BBQIH", request, 125, at, length, 0) + struct.pack("<256H", *words)


def fuzz_ata():
    yield identify()
    yield identify(request=1, at=0x13F0000)
    yield identify(request=2, length=100_000_000, sectors=1 << 40)
    yield identify(request=1, sets=0x5000, at=0xFFFFE00)
    yield identify(request=0, sets=0x4000, size=0x5000)
    yield identify(sectors=0, size=0)


def rng_memory(features, chains):
    """As fuzz_virtio_rng.c has it: (gpa, bytes, flags) of descriptors in a row, by chain."""
    memory = bytearray(0x1000)
    at = 0
    for number, chain in enumerate(chains):
        struct.pack_into("<H", memory, 0x104 + 2 * number, at)
        for gpa, length, flags in chain:
            struct.pack_into("<QIHH", memory, 16 * at, gpa, length, flags, at + 1)
            at += 1
    struct.pack_into("<H", memory, 0x102, len(chains))
    struct.pack_into("<QIHH", memory, 0x400, 0xA00, 40, 2, 0)
    return bytes([features]) + bytes(memory)


def fuzz_virtio_rng():
    yield rng_memory(0, [[(0x800, 64, 2)], [(0x900, 16, 2)]])
    yield rng_memory(0, [[(0x800, 0x800, 2)], [(0x800, 0x700, 3), (0x700, 8, 1), (0x600, 1, 2)]])
    yield rng_memory(1, [[(0x400, 16, 4)], [(0x800, 5, 0)]])
    yield rng_memory(3, [[(0x800 + i, 1, 2)] for i in range(16)])
    yield rng_memory(2, [[(0, 0x1000, 2)], [(0x800, 1, 2)]])


def blk_operation(what, at=0, size=4, value=0):
    """As fuzz_virtio_blk.c has it; size in bytes."""
    return struct.pack("<BBHI", what, size.bit_length() - 1, at, value)


def blk_request(head, kind, sector, at, count):
    """Header at 0x400 + head * 32, status behind it."""
    def desc(n, gpa, length, flags):
        return [blk_operation(1, 16 * n, 4, gpa), blk_operation(1, 16 * n + 8, 4, length),
                blk_operation(1, 16 * n + 12, 4, flags | (n + 1) << 16)]
    header = 0x400 + head * 32
    ops = desc(head, header, 16, 1)
    ops += desc(head + 1, at, count, 3 if kind in (0, 8) else 1)
    ops += desc(head + 2, header + 16, 1, 2)
    ops += [blk_operation(0, header, 4, kind), blk_operation(0, header + 8, 4, sector)]
    if kind in (11, 13):
        ops += [blk_operation(0, at, 4, sector), blk_operation(0, at + 8, 4, 2)]
    return b"".join(ops + [blk_operation(2, 0, 1, head), blk_operation(3)])


def fuzz_virtio_blk():
    finish, work, reset = blk_operation(5), blk_operation(4), blk_operation(8)
    both = blk_request(0, 0, 3, 0x1000, 1024) + blk_request(3, 1, 5, 0x2000, 512)
    bounced = blk_request(6, 0, 7, 0x1001, 5120) + blk_request(9, 1, 9, 0x3003, 1024)
    for kind in (8, 9, 0, 12, 10):
        yield bytes([kind]) + both + finish * 4 + bounced + (work + finish) * 6
        yield bytes([kind]) + both + bounced + reset + both + bounced + (work + finish) * 12
    yield b"\x0c" + blk_request(0, 11, 3, 0x1000, 16) + blk_request(3, 13, 3, 0x1000, 16) \
        + blk_request(6, 8, 0, 0x2000, 20) + blk_request(9, 4, 0, 0, 0) + finish * 4
    yield b"\x08" + blk_operation(7, 1) + both + bounced + (work + finish) * 8
    yield b"\x08" + blk_operation(7, 0) + both + blk_operation(7, 2) + work + finish * 4


def fuzz_overlay():
    def op(what, at, sectors, cut=0):
        return bytes([what | cut << 2, at, sectors - 1])
    some = op(1, 13, 5) + op(0, 5, 20, 3) + op(2, 9, 2) + op(0, 0, 128) + op(3, 0, 1)
    for choice in (0xFC, 0xFD, 0xFE, 0xFF):
        yield bytes([choice]) + some + op(1, 230, 24, 7) + op(0, 220, 34)
    yield b"\x00" + b"".join(op(1, 8 * i, 1) + op(0, 8 * i, 8) for i in range(20))
    yield b"\x01" + some


def mbr(*entries):
    sector = bytearray(512)
    for i, (kind, first, sectors) in enumerate(entries):
        struct.pack_into("<BxxxBxxxII", sector, 446 + 16 * i,
                         0, kind, first, sectors)
    sector[510:] = b"\x55\xaa"
    return bytes(sector)


def gpt(entries, size=128):
    head = b"EFI PART\0\0\1\0" + struct.pack("<IIIQQQQ16xQIII", 92, 0, 0, 1, 4095, 34, 4062,
                                             2, entries, size, 0)
    return head + bytes(512 - len(head))


def gpt_entry(kind, first, last):
    return struct.pack("<IIQQQQ", kind, 1, 0, 0, first, last) + bytes(88)


def fuzz_partition():
    yield b"\0" + mbr((0x83, 63, 100), (0x82, 200, 10), (0, 0, 0), (7, 4095, 1))
    yield b"\0" + mbr((0x83, 63, 100), (15, 1000, 500)) + mbr((0x83, 10, 90), (5, 100, 100)) \
        + mbr((0x83, 10, 90), (5, 200, 100)) + mbr((0x83, 10, 90), (5, 0, 100))
    table = gpt_entry(0x0FC63DAF, 34, 133) + gpt_entry(1, 134, 140) + gpt_entry(2, 137, 5000)
    for choice in (0x18, 0x08, 0x19, 0x1A):
        yield bytes([choice]) + mbr((0xEE, 1, 4095)) + gpt(8) + bytes(512) + table
        yield bytes([choice]) + mbr((0xEE, 1, 4095)) + gpt(4) + table + bytes(128) + gpt(4) + table


def tcp4(payload, more=b""):
    """A TCP segment over IPv4 whose checksum is left out; its pseudo header does not matter."""
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(more) + payload, 7, 0x4000, 64, 6, 0,
                     bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    tcp = struct.pack(">HHIIBBHHH", 1, 2, 3, 4, (20 + len(more)) << 2, 0x99, 5, 6, 0)
    return (b"\x02" + bytes(5)) * 2 + b"\x08\x00" + ip + tcp + more + bytes(payload)


def tcp6(payload, extension=0):
    more = bytes([6, 0, 1, 4, 0, 0, 0, 0]) if extension else b""
    ip = struct.pack(">IHBB", 0x60000000, 20 + len(more) + payload, extension or 6, 64)
    tcp = struct.pack(">HHIIBBHHH", 1, 2, 3, 4, 0x50, 0x19, 5, 6, 0)
    return ((b"\x02" + bytes(5)) * 2 + b"\x86\xdd" + ip + bytes(range(32)) + more + tcp +
            bytes(payload))


def fuzz_net_frame():
    yield struct.pack("<BBHHH", 1, 1, 34, 16, 100) + tcp4(1000)
    yield struct.pack("<BBHHH", 1, 1, 34, 16, 7) + tcp4(50, b"\x01" * 12)
    yield struct.pack("<BBHHH", 1, 4, 54, 16, 100) + tcp6(500)
    yield struct.pack("<BBHHH", 1, 4, 62, 16, 100) + tcp6(500, 60)
    yield struct.pack("<BBHHH", 1, 4, 62, 16, 100) + tcp6(500, 43)
    # an extension that is cut off
    yield (struct.pack("<BBHHH", 1, 4, 62, 16, 100) + tcp6(0)[:14] +
           struct.pack(">IHBB", 0x60000000, 4, 43, 64) + bytes(36))
    yield struct.pack("<BBHHH", 1, 0, 34, 6, 0) + bytes(60)


def net_memory(header, frame, receive):
    """As fuzz_virtio_net.c has it: the frame to send at 0x400, buffers of those sizes at 0x1000."""
    memory = bytearray(0x4000)
    for number, size in enumerate(receive):
        struct.pack_into("<QIHH", memory, 16 * number, 0x1000 + 0x600 * number, size, 2, 0)
    struct.pack_into("<HH8H", memory, 0x80, 0, len(receive), *range(8))
    struct.pack_into("<QIHH", memory, 0x200, 0x400, len(header), 1, 1)
    struct.pack_into("<QIHH", memory, 0x210, 0x400 + len(header), len(frame), 0, 0)
    struct.pack_into("<HH8H", memory, 0x280, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0)
    memory[0x400:0x400 + len(header) + len(frame)] = header + frame
    return bytes(memory)


def fuzz_virtio_net():
    plain = bytes(10)
    yield b"\x00\x00\x04" + net_memory(plain, bytes(60), [1526] * 8)
    yield b"\x00\x01\x04" + net_memory(plain + bytes(2), bytes(60), [1526] * 8)
    large = struct.pack("<BBHHHHH", 1, 1, 0, 400, 34, 16, 0)
    yield b"\x83\x99\x0f" + net_memory(large, tcp4(2000), [700] * 8)
    yield b"\x83\x18\x0f" + net_memory(large[:10], tcp4(2000), [1526] * 8)
    large = struct.pack("<BBHHHHH", 1, 4, 0, 400, 54, 16, 0)
    yield b"\x83\x91\x0f" + net_memory(large, tcp6(2000), [1536] * 3)


def fuzz_netswitch():
    ports = b"".join(bytes([0, kind, 0xFF, number + 1]) for number, kind in
                     enumerate([0, 0, 1, 1, 2, 2]))
    open_ports = bytes([0, 0, 0xFE, 0, 0, 0, 0xF0, 0, 0, 2, 0x80, 0])
    sends = b"".join(bytes([4 | size << 3, port, to, port + 1])
                     for size in range(8) for port in range(6) for to in (1, 3, 9, 255))
    yield ports + sends
    yield ports + open_ports + sends + bytes([1, 2, 0, 0]) + sends
    yield open_ports + b"".join(bytes([4, 0, 255, n]) for n in range(200)) + sends
    yield ports + sends + bytes([10, 255, 255, 255]) * 4 + sends
    yield ports + bytes([3, 1, 4, 0]) + bytes([0xF4, 0, 2, 1]) * 40


def fuzz_virtio_console():
    rings = rng_memory(3, [[(0x1000, 64, 0)], [(0x1100, 16, 0), (0x1200, 300, 0)], [(0x400, 16, 4)]])
    for steps in ("0101", "0300010103ff0201", "0405010005080106050801010201", "010107500101060101010800"):
        yield rings[:1] + bytes.fromhex(steps + "0000") + rings[1:0x401] + rings[1:0x401]


def fuzz_lgbus():
    """Steps as fuzz_lgbus.c has them: a disk request, whose driver resets it or not."""
    ram, poke, notify, work = 0x4000, 0, 3, 5
    disk, ring = ram + 41, ram + 0x5000

    def write(at, data):
        return b"".join(struct.pack("<II", poke | at + i << 3, word)
                        for i, word in zip(range(0, len(data), 4),
                                           struct.unpack(f"<{len(data) // 4}I", data)))

    def tell(at):
        return struct.pack("<II", notify, at)
    chain = b"".join(struct.pack("<QIHH", *d) for d in
                     ((0x100, 16, 1, 1), (0x200, 512, 3, 2), (0x180, 1, 2, 0)))
    start = write(disk + 3, b"\1\7\0\0") + tell(1 << 30 | 41) + write(ring, chain)
    for status in (7, 0):
        yield (start + write(ring + 16 * 128, b"\0\0\1\0") + tell(ring - 0) +
               write(disk + 3, bytes([1, status, 0, 0])) + tell(1 << 30 | 41) +
               struct.pack("<II", work, 0) * 4)
    yield tell(1 << 30) + tell(2 << 30 | 1) + struct.pack("<II", work, 0) + tell(0x100)


def net_segment(connection, flags, data=b"", seq=0, ack=0, window=65535, options=None):
    """An operation of fuzz_net_guest; options: how many words of the data are options."""
    flags |= 0 if options is None else 32
    return struct.pack(">BBBHhhH", 1, connection, flags, len(data), seq, ack, window) \
        + (b"" if options is None else bytes([options])) + data


def fuzz_net_guest():
    fin, syn, rst, ack, of_all = 1, 2, 4, 16, 64
    wait = b"\2\1\x90"
    ethernet = bytes.fromhex("020000000001020000000002")
    arp = ethernet + bytes.fromhex("080600010800060400010200000000020a000002000000000000") \
        + bytes.fromhex("0a000001")
    ping = ethernet + bytes.fromhex("08004500001d0000000040016ade0a0000020a000001080087ff00000000") \
        + b"\x70"
    yield b"\0" + b"".join(struct.pack(">BH", 0, len(f)) + f for f in (arp, ping, arp[:30], ping[:40]))
    # received: a call, a stream in two pieces and one of them again, the end
    yield b"\0" + net_segment(0, syn, b"\2\4\5\xb4", options=1) + net_segment(0, ack | of_all) \
        + net_segment(0, ack, bytes(1000)) + net_segment(0, ack, bytes(7)) + net_segment(0, ack, bytes(7), -7) \
        + net_segment(0, ack, b"late", 100) + net_segment(0, ack | fin) + net_segment(0, ack | of_all)
    # sent: the call is taken, some is lost, the answer
    yield b"\1" + net_segment(1, syn | ack, ack=1) + 3 * net_segment(1, ack) + net_segment(1, ack, ack=1460) \
        + wait + wait + 20 * net_segment(1, ack | of_all) + net_segment(1, ack | fin, b"1048576 0") + wait
    # a shut window, a reset
    yield b"\1" + net_segment(1, syn | ack, ack=1, window=0) + wait + wait + net_segment(1, ack, window=100) \
        + b"\3\1" + wait + b"\3\0" + net_segment(1, rst)


def fuzz_efi_loader():
    magic = 0xE85250D6
    header = struct.pack("<IIII", magic, 0, 16, -(magic + 16) & 0xFFFFFFFF)
    for segments in ([(0x80, 0x100000, 0x100000, 0x100, 0x100)],
                     [(0x80, 0xFFC00000, 0x100000, 0x80, 0x80),
                      (0x100, 0x101000, 0x101000, 0x40, 0x2001)]):
        file = elf(segments, segments[0][1] + 0x20)
        yield file[:0x200] + header + file[0x210:]
    yield b"# x\r\nhypervisor gatehouse.elf test\nmodule /a/b.elf guest name=b -- x\n"
    yield (b"\xEF\xBB\xBFtimeout 5\ndefault 2\nscreen 1024x768\nentry One two\nhypervisor g\n"
           b"module a\nentry Two\n  hypervisor \\g  x \nmodule b c\n")


def main():
    out = sys.argv[1]
    for make in [f for name, f in globals().items() if name.startswith("fuzz_")]:
        folder = os.path.join(out, make.__name__)
        os.makedirs(folder, exist_ok=True)
        for number, seed in enumerate(make()):
            with open(os.path.join(folder, f"seed{number}"), "wb") as f:
                f.write(seed)


if __name__ == "__main__":
    main()
