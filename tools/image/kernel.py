# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks into a kernel: whether it can be a guest, as far as the file tells."""
import bz2
import lzma
import re
import struct
import zlib

HEADER_MAGIC, VERSION, PAYLOAD = 0x202, 0x206, 0x248
VERSION_PAYLOAD = 0x208
UNPACKED_MAX = 256 << 20

# How files begin, and what the option in a kernel's configuration is called.
PACKED = [(b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x5d\0\0", "lzma"),
          (b"\x89LZO", "lzo"), (b"\x02\x21\x4c\x18", "lz4"), (b"\x28\xb5\x2f\xfd", "zstd")]

# From arch/x86/lguest/boot.c, in all versions: a message of the guest's side, and its name,
# which the host's side has, too.
GUEST_MARK, NAME_MARK = b"lguest_clockevent_set_next_event", b"lguest\0"
FIRST, LAST = (2, 6, 31), (4, 13)  # versions with lguest guest support


class CannotUnpack(Exception):
    """The text says why."""


def packing(data):
    """The name of how the file is compressed, or None."""
    return next((name for magic, name in PACKED if data.startswith(magic)), None)


def unlz4(data):
    """The legacy form: the magic number, then blocks with their length in front."""
    out, at = bytearray(), 4
    while at + 4 <= len(data):
        size = struct.unpack_from("<I", data, at)[0]
        at += 4
        if size == 0 or at + size > len(data):
            break  # behind the last block a kernel has the size of it all
        unlz4_block(data[at:at + size], out)
        at += size
    return bytes(out)


def unlz4_block(block, out):
    at = 0

    def length(nibble):
        nonlocal at
        total = nibble
        while nibble == 15:
            byte = block[at]
            at += 1
            total += byte
            if byte != 255:
                break
        return total

    while at < len(block):
        token = block[at]
        at += 1
        count = length(token >> 4)
        out += block[at:at + count]
        at += count
        if at >= len(block):
            return
        offset = block[at] | block[at + 1] << 8
        at += 2
        count = length(token & 15) + 4
        if offset == 0 or offset > len(out) or len(out) + count > UNPACKED_MAX:
            raise ValueError("a match outside of what there is")
        if offset >= count:
            out += out[len(out) - offset:len(out) - offset + count]
        else:
            piece = bytes(out[-offset:])
            out += (piece * (count // offset + 1))[:count]


UNPACK = {
    "gzip": lambda d: zlib.decompressobj(31).decompress(d, UNPACKED_MAX),
    "bzip2": lambda d: bz2.BZ2Decompressor().decompress(d, UNPACKED_MAX),
    "xz": lambda d: lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(d, UNPACKED_MAX),
    "lzma": lambda d: lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(d, UNPACKED_MAX),
    "lz4": unlz4,
}


def unpack(data):
    """The contents of a compressed file, with whatever stands behind it left out."""
    name = packing(data)
    if name not in UNPACK:
        raise CannotUnpack(f"it is packed with {name}, which this tool cannot unpack" if name else
                           f"how it is packed is unknown (it begins with {data[:4].hex(' ')})")
    try:
        return UNPACK[name](data)
    except (ValueError, IndexError, EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        raise CannotUnpack(f"it is packed with {name}, and damaged: {error}") from error


def payload(data):
    """What a bzImage unpacks when it starts."""
    version = struct.unpack_from("<H", data, VERSION)[0]
    if version < VERSION_PAYLOAD:
        raise CannotUnpack(f"boot protocol {version >> 8}.{version & 255:02} does not say where "
                           "the packed kernel lies (2.08 and later do)")
    offset, size = struct.unpack_from("<II", data, PAYLOAD)
    start = ((data[0x1F1] or 4) + 1) * 512 + offset
    return unpack(data[start:start + size])


class Kernel:
    """What a file tells: is_linux, version, lguest, pae (True, False, None: unknown), config
    (a dictionary or None), and text, how that was found out or could not be."""

    def __init__(self, data):
        self.is_linux = self.lguest = self.pae = self.config = None
        self.version = self.text = ""
        self.is_bzimage = data[HEADER_MAGIC:HEADER_MAGIC + 4] == b"HdrS"
        try:
            if self.is_bzimage:
                self.look(payload(data))
            elif data.startswith(b"\x7fELF"):
                self.look(data)
            else:
                self.text = "it is no kernel that this tool knows"
        except (CannotUnpack, struct.error) as error:
            self.text = str(error)

    def look(self, image):
        found = re.search(rb"Linux version (\d+\.\d+(?:\.\d+)?[^ \0\n]*) ", image)
        self.is_linux = found is not None
        self.version = found.group(1).decode(errors="replace") if found else ""
        self.config = embedded_config(image)
        if self.config is not None:
            self.lguest = self.has("LGUEST_GUEST")
            self.pae = self.has("X86_PAE")
            self.text = "its embedded configuration says so"
        elif self.is_linux:
            self.lguest = True if GUEST_MARK in image else None if NAME_MARK in image else False
            self.pae = True if b"NX (Execute Disable) protection: disabled" in image else \
                False if b"non-PAE kernel" in image else None
            self.text = ("it has no embedded configuration, and a text of lguest's guest side was "
                         f"looked for in it and {'' if self.lguest else 'not '}found")
        else:
            self.text = "it is not Linux; only its headers were looked at"

    def has(self, option):
        """Whether its configuration has that built in or as a module."""
        return self.config.get(option) in ("y", "m")

    def number(self):
        found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", self.version)
        return tuple(int(n) for n in found.groups() if n) if found else ()


def embedded_config(image):
    """A kernel built with CONFIG_IKCONFIG has its configuration in it, packed by gzip."""
    at = image.find(b"IKCFG_ST\x1f\x8b")
    if at < 0:
        return None
    try:
        text = zlib.decompressobj(31).decompress(image[at + 8:], 1 << 20).decode(errors="replace")
    except zlib.error:
        return None
    return dict(re.findall(r"^CONFIG_(\w+)=(.*)$", text, re.MULTILINE))


def kernel_findings(kernel, words):
    """(mistakes, warnings) about a kernel as a guest with such words on its line."""
    mistakes, warnings = [], []
    if not kernel.is_linux:
        if kernel.is_bzimage:
            warnings.append(f"whether the kernel has lguest support could not be told: {kernel.text}")
        return mistakes, warnings
    if kernel.lguest is None:
        warnings.append(f"whether Linux {kernel.version} has lguest guest support is doubtful: "
                        f"{kernel.text}, but the word lguest was")
    elif not kernel.lguest:
        mistakes.append(f"Linux {kernel.version} has no lguest support ({kernel.text}); it needs "
                        "CONFIG_LGUEST_GUEST=y (Linux 2.6.31 to 4.13)")
    number = kernel.number()
    if number and not FIRST <= number < (LAST[0], LAST[1] + 1):
        warnings.append(f"Linux {kernel.version} is outside of 2.6.31 to 4.13, the versions with "
                        "lguest guest support")
    if kernel.config is not None:
        wanted = [("VIRTIO_CONSOLE", "its console, hvc0", "console=off" not in words),
                  ("VIRTIO_BLK", "its disks", any(w.startswith("disk=") for w in words)),
                  ("VIRTIO_NET", "its network cards", any(w.startswith("net=") for w in words)),
                  ("VIRTIO_PCI", "all its devices (from Linux 4.0 on)", number >= (4,))]
        warnings += [f"Linux {kernel.version} is built without CONFIG_{option}: {what} will not work"
                     for option, what, needed in wanted if needed and not kernel.has(option)]
    return mistakes, warnings


def initrd_findings(kernel, data):
    """(mistakes, warnings) about an initrd for that kernel."""
    name = packing(data)
    if not name and not data.startswith((b"07070", b"\xc7\x71", b"\x71\xc7")):
        return [], [f"the initrd begins with {data[:4].hex(' ')}: neither a cpio archive nor "
                    "compressed in a known way; it may be an image of a file system"]
    if not kernel.is_linux:
        return [], []
    if kernel.config is None:
        return [], [f"whether the kernel can unpack an initrd packed with {name} could not be "
                    "told: its configuration is not in it"] if name else []
    if not kernel.has("BLK_DEV_INITRD"):
        return ["the kernel is built without CONFIG_BLK_DEV_INITRD and cannot use an initrd"], []
    able = [n for _, n in PACKED if kernel.has("RD_" + n.upper())]
    if name and name not in able:
        return [f"the initrd is packed with {name}; its kernel can unpack "
                f"{', '.join(able) or 'none'} (CONFIG_RD_{name.upper()} is not set)"], []
    return [], []
