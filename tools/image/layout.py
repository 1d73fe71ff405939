# SPDX-License-Identifier: GPL-2.0-or-later
"""Lays out what boots: an ISO, a folder for a stick, a folder for the network."""
import os
import shutil
import sys

from description import Problem

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../iso"))
import make_iso  # pylint: disable=wrong-import-position

NETWORK_TEXT = """How to boot from this folder by network
=======================================

Serve it by TFTP, and let DHCP name the file to start (option 67):

  PC with a BIOS                       gatehouse-bios.0
  PC with 64-bit UEFI (client arch 7)  gatehouse-x64.efi
  PC with 32-bit UEFI (client arch 6)  gatehouse-ia32.efi
  iPXE on a BIOS, by TFTP or HTTP      boot.ipxe

With dnsmasq, in a network that has a DHCP server already:

  dnsmasq --no-daemon --port=0 --enable-tftp --tftp-root=THIS-FOLDER \\
      --dhcp-range=192.0.2.0,proxy --pxe-service=x86PC,Gatehouse,gatehouse-bios.0 \\
      --pxe-service=x86-64_EFI,Gatehouse,gatehouse-x64.efi \\
      --pxe-service=IA32_EFI,Gatehouse,gatehouse-ia32.efi

To try it in QEMU:

  qemu-system-x86_64 -m 256 -boot n -serial stdio \\
      -nic user,model=e1000,tftp=THIS-FOLDER,bootfile=/gatehouse-bios.0

The loaders are not signed: Secure Boot has to be off.
"""


def quoted(words):
    return " ".join(f"'{w}'" for w in words)


def place(n, module):
    """Where a module lies below /boot: numbered, since names may be the same."""
    name = "".join(c if c.isalnum() or c in "-._" else "_" for c in os.path.basename(module.path))
    return f"m{n:02}/{name}"


def menu(description):
    lines = ["if serial --unit=0 --speed=115200; then", "\tterminal_input console serial",
             "\tterminal_output console serial", "fi",
             f"set timeout={description.timeout}", "set default=0",
             f"menuentry '{description.title}' {{",
             f"\tmultiboot2 /boot/gatehouse.elf {quoted(description.words)}",
             '\tif [ "$grub_platform" = pc ]; then', "\t\tset gfxpayload=text", "\tfi"]
    lines += [f"\tmodule2 /boot/{place(n, m)} {quoted([m.kind] + m.words)}"
              for n, m in enumerate(description.modules, 1)]
    return "\n".join(lines + ["}", ""])


def files(description, elf):
    return [f"{elf}=gatehouse.elf"] + [f"{m.path}={place(n, m)}"
                                       for n, m in enumerate(description.modules, 1)]


def write_iso(out, description, elf):
    make_iso.make(out, menu(description), files(description, elf))


def fresh(folder):
    """Nothing of somebody else's is overwritten."""
    if os.path.isdir(folder) and os.listdir(folder):
        if not os.path.isfile(os.path.join(folder, "boot/gatehouse.elf")):
            raise Problem(f"{folder} is not empty, and not from an earlier run; name another folder")
        shutil.rmtree(os.path.join(folder, "boot"))
    os.makedirs(folder, exist_ok=True)


def write_folder(folder, description, elf):
    """For a FAT file system on a stick: UEFI finds EFI/BOOT, an installed GRUB the menu."""
    fresh(folder)
    make_iso.stage(folder, menu(description), files(description, elf))
    target = os.path.join(folder, "EFI/BOOT")
    os.makedirs(target, exist_ok=True)
    return make_iso.efi_loaders(target)


def ipxe_script(description):
    """iPXE has no second level of quotes: words go as they are. ${ would be a variable."""
    lines = ["#!ipxe", f"kernel boot/gatehouse.elf {' '.join(description.words)}".rstrip()]
    lines += [f"module boot/{place(n, m)} {m.line()}" for n, m in enumerate(description.modules, 1)]
    for line in lines:
        if "${" in line or {"&&", "||"} & set(line.split()):
            raise Problem(f"iPXE takes ${{...}}, && and || for its own; leave them out of `{line}`")
    return "\n".join(lines + ["boot", ""])


def write_network(folder, description, elf):
    fresh(folder)
    make_iso.stage(folder, menu(description), files(description, elf))
    made = make_iso.network_loaders(folder)
    for name, text in (("boot.ipxe", ipxe_script(description)), ("README", NETWORK_TEXT)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)
    return made
