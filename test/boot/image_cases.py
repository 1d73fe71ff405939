# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the image on all media and firmware, and of what gatehouse-image makes."""
import os
import subprocess

from qemu import CLEAN, QEMU, Failed, command, expect

OVMF = "/usr/share/OVMF"
BIOS = []
UEFI = ["-bios", f"{OVMF}/OVMF_CODE.fd"]
UEFI32 = ["-M", "q35", "-drive", "if=pflash,unit=0,format=raw,readonly=on,file="
          f"{OVMF}/OVMF32_CODE_4M.secboot.fd", "-drive",
          f"if=pflash,unit=1,format=raw,snapshot=on,file={OVMF}/OVMF32_VARS_4M.fd"]
SLOW = 120  # firmware with UEFI takes seconds, on a busy machine many


def cd(path):
    return ["-cdrom", path]


def hard_disk(path):
    return ["-drive", f"file={path},format=raw,snapshot=on"]


def stick(path):
    return ["-device", "qemu-xhci", "-drive", f"if=none,id=stick,format=raw,snapshot=on,file={path}",
            "-device", "usb-storage,drive=stick"]


def program(firmware):
    """The QEMU whose CPU that firmware can run on."""
    return "qemu-system-x86_64" if firmware is UEFI else QEMU


def shipped(firmware, medium):
    """The shipped image there: its third entry, by its key, to the real power-off."""
    def case(c):
        options = firmware + medium(os.path.join(c.build, "gatehouse.iso"))
        with c.machine(options, debug_exit=False, program=program(firmware)) as m:
            m.wait_for(r"without a serial line", SLOW)
            m.type("p")
            m.wait_for(r"loaded by GRUB", SLOW)
            m.wait_for(r"\] powering off", SLOW)
            expect(m.wait_end() == 0, "QEMU's exit status is not 0")
    return case


def made(c, name, *more):
    """Has gatehouse-image make something of a small guest; its path, and what was said."""
    out = os.path.join(c.build, "boot", "media", name)
    os.makedirs(os.path.dirname(out), exist_ok=True)
    done = subprocess.run(
        ["tools/gatehouse-image", "--build", c.build, "--words", "test on-idle=poweroff",
         "--guest", "@hello name=hello mem=4M -- of=gatehouse-image", *more, out],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    if done.returncode:
        raise Failed(done.stdout)
    return out


def expect_hello(c, firmware, options, loader):
    run = c.boot_command(command(firmware + options, program=program(firmware)), SLOW)
    expect(run.has(f"loaded by {loader}"), f"not loaded by {loader}")
    expect(run.has(r'hello\| command line: "of=gatehouse-image"'), "hello's words are others")
    expect(run.status == CLEAN, f"exit status {run.status}, not {CLEAN}")


def own_image(c):
    expect_hello(c, BIOS, cd(made(c, "own.iso", "-o")), "GRUB")


def own_run(c):
    """--run starts QEMU, with a disk, and with what stands behind --."""
    disk = os.path.join(c.build, "boot", "media", "run-disk")
    os.makedirs(os.path.dirname(disk), exist_ok=True)
    with open(disk, "wb") as f:
        f.truncate(1 << 20)
    run = c.boot_command(
        ["tools/gatehouse-image", "--build", c.build, "--run", "--disk", disk, "--guest",
         "@diary name=diary mem=8M disk=hd0", "--words", "test on-idle=poweroff", "--", "-device",
         "isa-debug-exit,iobase=0xf4,iosize=4"], SLOW)
    expect(run.has(r"diary\| written, flushed"), "diary has no disk")
    expect(run.status == CLEAN, f"exit status {run.status}, not {CLEAN}")


def own_folder(c):
    """As files on a FAT stick, started by UEFI."""
    folder = made(c, "own-folder", "--folder")
    options = ["-drive", f"if=none,id=f,format=raw,readonly=on,file=fat:{folder}", "-device",
               "virtio-blk-pci,drive=f"]
    expect_hello(c, UEFI, options, "GRUB")


def network(firmware, file, loader, card="e1000"):
    """By DHCP and TFTP, of which QEMU has servers."""
    def case(c):
        folder = made(c, "net-" + file, "--network-boot")
        options = ["-boot", "n", "-nic", f"user,model={card},tftp={folder},bootfile=/{file}"]
        expect_hello(c, firmware, options, loader)
    return case


CASES = {
    "iso_hard_disk": shipped(BIOS, hard_disk),
    "iso_usb": shipped(BIOS, stick),
    "iso_uefi_cd": shipped(UEFI, cd),
    "iso_uefi_usb": shipped(UEFI, stick),
    "iso_uefi32_usb": shipped(UEFI32, stick),
    "image_own": own_image,
    "image_folder": own_folder,
    "image_run": own_run,
    "image_network": network(BIOS, "gatehouse-bios.0", "GRUB"),
    "image_ipxe": network(BIOS, "boot.ipxe", "iPXE"),
    "image_uefi_network": network(UEFI, "gatehouse-x64.efi", "GRUB", "virtio"),
}
