# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the shipped guests with devices: diary and its disk, net and its peers."""
import os
import struct

import media
from qemu import CLEAN, Guest, expect

DISK_BYTES = 1 << 20
MAGIC = b"Gatehouse diary\0"


def drive(c, name, contents):
    """(path, options) of a disk of the machine with these contents."""
    path = os.path.join(c.build, "boot", "drive", name + ".img")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(contents)
    return path, ["-drive", f"file={path},format=raw"]


def contents_of(path):
    with open(path, "rb") as f:
        return f.read()


def diary_run(c, options, cmdline="", disk="hd0"):
    run = c.boot([c.guest("diary", mem="4M", words=f"disk={disk}", cmdline=cmdline)], options)
    expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")
    return run


def diary_counts(c):
    """Each start is the next number, and knows when the last one was."""
    path, options = drive(c, "diary_counts", bytes(DISK_BYTES))
    run = diary_run(c, options)
    expect(run.has(r'diary\| disk "hd0": 2048 sectors, 1024 KiB, writable$'), "the disk")
    expect(run.has(r"diary\| this is start number 1$"), "not the first start")
    run = diary_run(c, options, cmdline="pci")
    expect(run.has(r"diary\| this is start number 2; the last one was "
                   r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"), "not the second start")
    expect(run.has(r"diary\| written, flushed, and read back"), "not written")
    found = contents_of(path)
    expect(found[:20] == MAGIC + struct.pack("<I", 2), f"the disk begins with {found[:20]}")
    expect(found[512:] == bytes(DISK_BYTES - 512), "more than sector 0 was written")
    run = diary_run(c, options, disk="hd0,ro")
    expect(run.has(r"diary\| this is start number 3; ") and
           run.has(r"diary\| nothing is written to a read-only disk"), "the read-only disk")
    expect(contents_of(path) == found, "a read-only disk was written")


def diary_foreign(c):
    """What is not its own stays as it is: full, marked in sector 2 or at the end; unless told."""
    marks = [bytearray(DISK_BYTES), bytearray(DISK_BYTES), bytearray(2 * DISK_BYTES)]
    marks[0] = bytearray(media.pattern(0, DISK_BYTES // media.SECTOR))
    marks[1][1080:1082] = b"\x53\xef"  # ext4 leaves sector 0 empty
    marks[2][-512:-510] = b"\xfc\x4e"  # and there are those that write at the end only
    for contents in marks:
        path, options = drive(c, "diary_foreign", contents)
        run = diary_run(c, options)
        expect(run.has(r"diary\| the disk is not mine: byte \d+ is 0x"), "it took the disk")
        expect(run.has(r'guest "diary": powered off: the disk holds something else'), "the reason")
        expect(contents_of(path) == contents, "it wrote to the disk")
    run = diary_run(c, options, cmdline="format")
    expect(run.has(r"diary\| this is start number 1$"), "format does not help")
    expect(contents_of(path)[:16] == MAGIC, "it did not write")


def net_guests(c, *cmdlines):
    path = os.path.join(c.build, "guests/net.elf")
    return [Guest(path, f"n{n}", "net=lan", f"addr=10.0.0.{n}/24 {cmdline}", mem="4M")
            for n, cmdline in enumerate(cmdlines, 1)]


def net_run(c, *cmdlines):
    run = c.boot(net_guests(c, *cmdlines))
    expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")
    expect(run.count(r"n\d\| \d+ packets were not for us, 0 broken$") == len(cmdlines),
           "packets arrive broken")
    return run


def net_ping(c):
    """Two guests ping each other, over the lguest bus and over PCI."""
    words = "count=3 period_ms=300 linger_ms=3000"
    run = net_run(c, f"ping=10.0.0.2 {words}", f"ping=10.0.0.1 {words} pci")
    for name, peer in (("n1", 2), ("n2", 1)):
        for number in range(1, 4):
            expect(run.has(rf"{name}\| 64 bytes from 10.0.0.{peer}: icmp_seq={number} "
                           r"time=\d+\.\d{3} ms$"), f"{name}: no answer {number}")
        expect(run.has(rf"{name}\| 3 pings to 10.0.0.{peer}, 3 answered, min/avg/max "),
               f"{name} does not sum up")


def stream_sum(mib, seed=1):
    """What guests/net/stream.c says of such a stream."""
    word, a, b = (seed + 1) * 2654435761 & 0xFFFFFFFF, 0, 0
    for _ in range(mib << 18):
        a = ((a << 7 | a >> 25) + word) & 0xFFFFFFFF
        b = (b + a) & 0xFFFFFFFF
        word = (word * 1664525 + 1013904223) & 0xFFFFFFFF
    return f"{b:08x}{a:08x}"


def net_tcp_case(mib, words=""):
    """One guest sends to another by TCP, and both know how much and what."""
    def case(c):
        run = net_run(c, f"streams=1 {words}", f"send=10.0.0.1:5001 mib={mib} {words}")
        sums = f"sum {stream_sum(mib)}"
        expect(run.has(rf"n1\| tcp: {mib << 20} bytes in .*, {sums}, stream right$"),
               "it did not arrive so")
        expect(run.has(rf"n2\| tcp: sent {mib << 20} bytes in .*, {sums}, the peer agrees, "),
               "the sender says something else")
    return case


def iso_disk(c):
    """The image's second entry, which `make run` takes: diary on the machine's disk."""
    path, options = drive(c, "iso_disk", bytes(DISK_BYTES))
    iso = ["-boot", "d", "-cdrom", os.path.join(c.build, "gatehouse.iso")]
    with c.machine(iso + options, debug_exit=False) as m:
        m.wait_for(r"self-test")
        m.type("d")
        for pattern in (r"diary\| written, flushed", r"anna\| 64 bytes from 10.0.0.2",
                        r"bert\| 64 bytes from 10.0.0.1", r"clock\| clock: period 1,"):
            m.seen = 0
            m.wait_for(pattern)
    expect(contents_of(path)[:20] == MAGIC + struct.pack("<I", 1), "nothing is on the disk")


CASES = {
    "diary_counts": diary_counts,
    "diary_foreign": diary_foreign,
    "net_ping": net_ping,
    "net_tcp": net_tcp_case(8),
    "net_tcp_pci": net_tcp_case(2, "pci"),
    "iso_disk": iso_disk,
}
