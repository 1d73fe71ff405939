# SPDX-License-Identifier: GPL-2.0-or-later
"""What test guests find on disks: RAM disks, drives of the machine, and network cards.

A pattern: the little-endian 32-bit word number i of a disk is i * 2654435761 + seed, modulo 2^32;
seed 0 to begin with (test/guests/lib/gblk.h has the other side).
"""
import array
import os
import threading

from qemu import Disk, Failed, expect

FACTOR = 2654435761
SECTOR = 512
WORDS = SECTOR // 4
UNITS = {"K": 1 << 10, "M": 1 << 20}
DRIVES = {"virtio-blk": ["virtio-blk-pci,drive=d{0}"],
          "ahci": ["ahci,id=ahci{0}", "ide-hd,drive=d{0},bus=ahci{0}.0"],
          "ide": ["ide-hd,drive=d{0}"]}


def size(text):
    return int(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else int(text)


def pattern(first, sectors, seed=0):
    """The bytes of these sectors."""
    words = array.array("I", ((i * FACTOR + seed) & 0xFFFFFFFF
                              for i in range(first * WORDS, (first + sectors) * WORDS)))
    return words.tobytes()


def create(path, sectors):
    """Writes a disk; whoever reads it at the same time sees an old or a new one."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{threading.get_ident()}"
    with open(temporary, "wb") as f:
        f.write(pattern(0, sectors))
    os.replace(temporary, path)


def ramdisk(build, text):
    """Of `ramdisk: NAME=SIZE`: the module; its file is made when it is not there."""
    name, _, amount = text.partition("=")
    path = os.path.join(build, "boot", "media", f"pattern-{amount}.img")
    if not os.path.exists(path):
        create(path, size(amount) // SECTOR)
    return Disk(path, name)


def drive_options(path, number, text):
    """Of `drive: KIND SIZE`: a drive of the machine, new for each run."""
    kind, amount = text.split()
    create(path, size(amount) // SECTOR)
    options = ["-drive", f"file={path},if=none,id=d{number},format=raw"]
    for device in DRIVES[kind]:
        options += ["-device", device.format(number)]
    return options


def nic_options(kind):
    """Of `nic: KIND`: a card on QEMU's network of its own."""
    return ["-netdev", "user,id=n0", "-device", f"{kind},netdev=n0"]


def check_drive(path, text, after, number):
    """Of `drive-after: DRIVE SECTOR+COUNT=SEED`: these sectors were written, all others not."""
    expected = bytearray(pattern(0, size(text.split()[1]) // SECTOR))
    for line in after:
        drive, _, rest = line.partition(" ")
        if int(drive) != number:
            continue
        place, _, seed = rest.partition("=")
        first, count = (int(n) for n in place.split("+"))
        expected[first * SECTOR:(first + count) * SECTOR] = pattern(first, count, int(seed, 0))
    try:
        with open(path, "rb") as f:
            found = f.read()
    except OSError as error:
        raise Failed(f"drive {number}: {error}") from None
    expect(len(found) == len(expected), f"drive {number} has {len(found)} bytes")
    for at in range(0, len(found), SECTOR):
        expect(found[at:at + SECTOR] == expected[at:at + SECTOR],
               f"drive {number}: sector {at // SECTOR} does not hold what it should")
