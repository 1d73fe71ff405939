# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the EFI loader (boot/efi), under OVMF for 32 and 64 bits."""
import os
import shutil
import struct
import time

import screen
import screen_cases
from cases import Kept, expect_demo
from qemu import CLEAN, command, expect

FIRMWARE = {
    32: ("OVMF32_CODE_4M.secboot.fd", "OVMF32_VARS_4M.fd"),
    64: ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
}
FOLDER = "/usr/share/OVMF"
TIMEOUT = 180  # seconds; the firmware alone is 5 s of work
QEMU_64 = os.environ.get("QEMU64", "qemu-system-x86_64")
DEMO = """hypervisor gatehouse.elf test on-idle=poweroff
module hello.elf guest name=hello mem=4M
module clock.elf guest name=clock mem=4M -- period_ms=100 count=3
module procs.elf guest name=procs mem=8M
"""


def volume(c, name, config, files=()):
    """A folder to be a machine's EFI system partition; files: {name: bytes, or how many zeros}."""
    top = os.path.join(c.build, "boot", "efi", name)
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(os.path.join(top, "EFI", "BOOT"))
    os.makedirs(os.path.join(top, "gatehouse"))
    for program in ("BOOTIA32.EFI", "BOOTX64.EFI"):
        shutil.copy(os.path.join(c.build, "efi", program), os.path.join(top, "EFI", "BOOT"))
    paths = [os.path.join(c.build, "gatehouse.elf")] + \
        [os.path.join(c.build, "guests", g + ".elf") for g in ("hello", "clock", "procs")]
    for path in paths:
        shutil.copy(path, os.path.join(top, "gatehouse"))
    for file, data in dict(files).items():
        with open(os.path.join(top, "gatehouse", file), "wb") as f:
            if isinstance(data, int):
                f.truncate(data)
            else:
                f.write(data)
    if config is not None:
        with open(os.path.join(top, "gatehouse", "gatehouse.cfg"), "w", encoding="utf-8") as f:
            f.write(config)
    return top


def machine(bits, volumes, options=()):
    """QEMU's command line: firmware of so many bits, and the volumes in the order to be tried."""
    code, variables = (os.path.join(FOLDER, name) for name in FIRMWARE[bits])
    words = ["-M", "q35"]
    for part in (f"readonly=on,file={code}", f"snapshot=on,file={variables}"):
        words += ["-drive", f"if=pflash,format=raw,{part}"]
    for number, path in enumerate(volumes):
        # The FAT file system is QEMU's own, made of the folder.
        words += ["-drive", f"if=none,id=esp{number},format=raw,readonly=on,file=fat:{path}",
                  "-device", f"virtio-blk-pci,drive=esp{number},bootindex={number}"]
    return words + list(options)


def start(c, bits, volumes, options=()):
    """The command as a whole, for Context.boot_command()."""
    words = command(machine(bits, volumes, options))
    if bits == 64:
        words[0] = QEMU_64
    return words


def loader(bits):
    return rf"Gatehouse's EFI loader, {bits} bits"


def ia32(c):
    """The demonstration to its end; there is no card, so no screen either."""
    run = c.boot_command(start(c, 32, [volume(c, "ia32", DEMO)]), TIMEOUT)
    expect(run.has(rf"Gatehouse \S+, loaded by {loader(32)}"), "started by another loader")
    expect(not run.has(r"screen: "), "a screen without a card")
    expect_demo(run)


def x64(c):
    """The same with 6 GiB and a large module: everything is where the hypervisor can use it."""
    path = volume(c, "x64", DEMO + "module big disk name=big\n", {"big": 64 << 20})
    run = c.boot_command(start(c, 64, [path], ["-m", "6G"]), TIMEOUT)
    expect(run.has(rf"Gatehouse \S+, loaded by {loader(64)}"), "started by another loader")
    expect(run.has(r"memory: \d+ MiB free below 3 GiB, 65\d{3} KiB modules"), "no large module")
    expect_demo(run)


def tiny_kernel(base, size):
    """A multiboot2 kernel for any place: QEMU ends well if all of its bytes, CR4 and EFER are right."""
    head = 52 + 32
    code_at = 0x80
    words = [(n * 2654435761) & 0xFFFFFFFF for n in range((size - 0x100) // 4)]
    start, total = base + 0x100, sum(words) & 0xFFFFFFFF
    code = b"\x3D" + struct.pack("<I", 0x36D76289)           # cmp eax, the loader's magic
    code += b"\x0F\x94\xC3"                                 # sete bl
    code += b"\xBE" + struct.pack("<I", start)               # mov esi, start
    code += b"\xB9" + struct.pack("<I", len(words))          # mov ecx, number of words
    code += b"\x31\xD2\xAD\x01\xC2\xE2\xFB"                # xor edx, edx; all of them: add
    code += b"\x81\xFA" + struct.pack("<I", total)          # cmp edx, total
    code += b"\x0F\x94\xC7\x20\xFB"                         # sete bh; and bl, bh
    code += b"\x0F\x20\xE0\x85\xC0"                         # mov eax, cr4; test eax, eax
    code += b"\x0F\x94\xC7\x20\xFB"                         # sete bh; and bl, bh
    code += b"\xB9\x80\0\0\xC0\x0F\x32\x85\xC0"             # EFER: rdmsr; test eax, eax
    code += b"\x0F\x94\xC7\x20\xFB"                         # sete bh; and bl, bh
    code += b"\x0F\xB6\xC3\x83\xC0\x20"                    # movzx eax, bl; add eax, 0x20
    code += b"\x66\xBA\xF4\0\xEF\xF4\xEB\xFD"              # mov dx, 0xf4; out dx, eax; hlt
    elf = b"\x7fELF\x01\x01\x01" + bytes(9)
    elf += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + code_at, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    elf += struct.pack("<8I", 1, 0, base, base, size, size, 7, 0x1000)
    assert len(elf) == head
    magic = 0xE85250D6
    elf += bytes(0x58 - head) + struct.pack("<IIII", magic, 0, 16, -(magic + 16) & 0xFFFFFFFF)
    elf += bytes(code_at - len(elf)) + code
    elf += bytes(0x100 - len(elf)) + struct.pack(f"<{len(words)}I", *words)
    return elf


def in_the_way(bits):
    """A kernel for the memory that OVMF, the loader and its files fill: it arrives, all of it."""
    def case(c):
        kernel = tiny_kernel(0x7000000, 20 << 20)
        path = volume(c, f"way{bits}", "hypervisor tiny", {"tiny": kernel})
        run = c.boot_command(start(c, bits, [path], ["-m", "160"]), TIMEOUT)
        expect(run.status == CLEAN, f"QEMU's exit status is {run.status}, not {CLEAN}")
    return case


# What the configuration file says, and the message.
MISTAKES = [
    (None, r"there is no file /gatehouse/gatehouse.cfg on the volume"),
    ("hypervisor gatehouse.elf\nmodul hello.elf\n",
     r'/gatehouse/gatehouse.cfg: line 2: "modul" is not known'),
    ("hypervisor gatehouse.elf\nmodule gone.elf guest\n", r"there is no file /gatehouse/gone.elf"),
    ("hypervisor gatehouse.cfg\n", r"gatehouse.cfg, is not an ELF file"),
    ("hypervisor hello.elf\n", r"hello.elf, has no Multiboot2 header"),
    ("hypervisor gatehouse.elf\nmodule /gatehouse guest\n", r"/gatehouse is a folder"),
    ("hypervisor vga\n", r"has to be at 0x000a0000, 64 KiB, and the firmware keeps a part of that"),
    ("hypervisor gatehouse.elf\nmodule big guest\n", r"/gatehouse/big: no \d+ KiB of free memory"),
]


def mistakes(c):
    """Each mistake is told, a key leads on to the next volume, and the last one is good."""
    files = {"vga": tiny_kernel(0xA0000, 0x10000), "big": 100 << 20}
    paths = [volume(c, f"mistake{n}", config, files if n >= 6 else ())
             for n, (config, _) in enumerate(MISTAKES)]
    paths.append(volume(c, "good", "hypervisor gatehouse.elf test on-idle=poweroff\n"
                                   "module hello.elf guest name=hello mem=4M\n"))
    words = start(c, 64, paths, ["-m", "128"])
    with Kept(c, words) as m:
        for _, pattern in MISTAKES:
            m.wait_for(r"Gatehouse cannot start: .*" + pattern, TIMEOUT)
            m.wait_for(r"Press a key to go back to the firmware\.")
            time.sleep(0.2)  # keys from before are forgotten
            m.type("x")
        m.wait_for(r"hello\| bye")
        expect(m.wait_end() == CLEAN, "QEMU's exit status is not the demonstration's")


def menu(c):
    """A key stops the count, another one chooses; the screen has the mode that was asked for."""
    config = """timeout 600
default 1
screen 1024x768
entry Nothing
hypervisor gatehouse.elf
entry A guest that stays
hypervisor gatehouse.elf
module procs.elf guest name=procs mem=8M
module hello.elf guest name=hello mem=4M -- stay
"""
    words = start(c, 64, [volume(c, "menu", config)], ["-vga", "std"])
    with Kept(c, words) as m:
        m.wait_for(r" \* 1  Nothing", TIMEOUT)
        m.wait_for(r"   2  A guest that stays")
        m.wait_for(r"Starting in 600 s")
        m.type("x")
        m.type("2")
        m.wait_for(r"screen: 128 x 48 characters on 1024 x 768 pixels of 32 bits")
        screen_cases.wait_until_quiet(m)
        shown = screen_cases.settle(m, screen_cases.picture_rows)
        screen.expect_end_of_log(shown, 128, m.log)


CASES = {
    "efi_ia32": ia32,
    "efi_x64": x64,
    "efi_in_the_way_ia32": in_the_way(32),
    "efi_in_the_way_x64": in_the_way(64),
    "efi_menu": menu,
    "efi_mistakes": mistakes,
}
