#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a bootable image: make_iso.py [--own-efi FILE]... OUT.iso MENU FILE[=NAME] ...

MENU becomes GRUB's menu; each FILE is put on the image as /boot/NAME (or its own
name). The image boots as CD, USB stick or hard disk, on PCs with a BIOS, and with UEFI,
32-bit and 64-bit, where GRUB's files for these are installed. The same input gives the
same image.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

GRUB = "/usr/lib/grub"
# What the menu and a multiboot2 kernel need; it is all in the loader, no module is a file.
MODULES = ("normal multiboot2 all_video serial terminal terminfo echo test true ls cat boot sleep "
           "reboot halt configfile part_msdos part_gpt iso9660 fat search search_fs_file").split()
# A loader comes from a partition or a CD and looks for the file system with the menu.
LOADER_CONFIG = """search --no-floppy --file --set=root /boot/gatehouse.elf
set prefix=($root)/boot/grub
"""
NETWORK_CONFIG = "set prefix=($root)/boot/grub\n"
# GRUB's platforms with UEFI, and the file the firmware looks for.
EFI = {"i386-efi": "BOOTIA32.EFI", "x86_64-efi": "BOOTX64.EFI"}
# The date of everything on the image, in the two forms wanted.
EPOCH = "1577836800"
DATE = "2020010100000000"
FAT_SERIAL = "47415445"


class Failed(Exception):
    """The text says why there is no image."""


def stage(folder, menu, files):
    """Lays the files out below the folder as they are to be on the image."""
    boot = os.path.join(folder, "boot")
    os.makedirs(os.path.join(boot, "grub"))
    with open(os.path.join(boot, "grub", "grub.cfg"), "w", encoding="utf-8") as f:
        f.write(menu)
    for item in files:
        path, equals, name = item.rpartition("=")  # a path may have more of them
        path, name = (path, name) if equals else (item, "")
        target = os.path.join(boot, name or os.path.basename(path))
        if os.path.exists(target):
            raise Failed(f"two files are named {os.path.basename(target)}")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(path, target)
        os.chmod(target, 0o644)  # whatever it was: the same input gives the same image


def run(command):
    """Raises Failed with the tool's output when it fails."""
    env = dict(os.environ, SOURCE_DATE_EPOCH=EPOCH, TZ="UTC", LC_ALL="C", MTOOLSRC="/dev/null")
    try:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError as error:
        raise Failed(f"there is no {command[0]}; `tools/setup run` sees to "
                         "what is needed") from error
    if done.returncode:
        raise Failed(f"{' '.join(command)}\n{done.stdout.decode(errors='replace')}")


def loader(platform, out, more=(), config_text=LOADER_CONFIG):
    """GRUB for that platform, all in one file."""
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "load.cfg")
        with open(config, "w", encoding="utf-8") as f:
            f.write(config_text)
        run(["grub-mkimage", "-O", platform, "-c", config, "-p", "/boot/grub", "-o", out, *more,
             *MODULES])


def efi_loaders(folder):
    """Makes the loaders for UEFI, as many as can be made; their paths."""
    paths = []
    for platform, name in EFI.items():
        if os.path.isdir(os.path.join(GRUB, platform)):
            paths.append(os.path.join(folder, name))
            loader(platform, paths[-1])
    return paths


def network_loaders(folder):
    """The same for booting by network: their names. GRUB knows where it was loaded from."""
    made = []
    for platform, name, more in (("i386-pc", "gatehouse-bios.0", ["pxe", "tftp"]),
                                 ("i386-efi", "gatehouse-ia32.efi", ["efinet", "tftp"]),
                                 ("x86_64-efi", "gatehouse-x64.efi", ["efinet", "tftp"])):
        if os.path.isdir(os.path.join(GRUB, platform)):
            form = platform + ("-pxe" if platform == "i386-pc" else "")
            loader(form, os.path.join(folder, name), more, NETWORK_CONFIG)
            made.append(name)
    return made


def own_loader(tree, menu, loaders):
    """Gatehouse's own EFI loaders: they read the menu as boot/efi has it, and files from FAT."""
    lines = [f"{word} {int(number) + first}" for word, first in (("timeout", 0), ("default", 1))
             for number in re.findall(rf"^set {word}=(\d+)", menu, re.MULTILINE)]
    for _, title, body in re.findall(r"""^menuentry (["'])(.*?)\1.*?{\n(.*?)^}""", menu, re.M | re.S):
        lines.append(f"entry {title}")
        for kind, rest in re.findall(r"^\s*(multiboot2|module2) (.*)", body, re.MULTILINE):
            lines.append(f"{'module' if kind == 'module2' else 'hypervisor'} "
                         f"{rest.replace(chr(39), '')}".rstrip())
    os.makedirs(os.path.join(tree, "gatehouse"))
    with open(os.path.join(tree, "gatehouse/gatehouse.cfg"), "w", encoding="utf-8") as f:
        f.write("\n".join(lines + [""]))
    for path in loaders:
        shutil.copy(path, os.path.join(tree, "EFI/BOOT"))


def fat_image(out, tree):
    """A FAT file system with what is in the tree. In order, or it would not always be the same."""
    items = [os.path.relpath(os.path.join(top, name), tree) for top, folders, names in os.walk(tree)
             for name in folders + names]
    sizes = [os.path.getsize(os.path.join(tree, i)) for i in items]
    sectors = sum(-(-size // 4096) * 8 for size in sizes) + 512
    run(["mformat", "-C", "-i", out, "-N", FAT_SERIAL, "-h", "16", "-s", "63",
         "-T", str(-(-sectors // 1008) * 1008), "::"])
    for item in sorted(items):
        path = os.path.join(tree, item)
        if os.path.isdir(path):
            run(["mmd", "-i", out, f"::/{item}"])
        else:
            os.utime(path, (int(EPOCH), int(EPOCH)))
            run(["mcopy", "-m", "-i", out, path, f"::/{item}"])


def efi_partition(out, folder, menu, files, own):
    """What UEFI starts from; False where it cannot be made. own: loaders other than GRUB."""
    os.makedirs(os.path.join(folder, "EFI/BOOT"))
    if own:
        stage(folder, menu, files)
        own_loader(folder, menu, own)
        shutil.rmtree(os.path.join(folder, "boot/grub"))
    elif not efi_loaders(os.path.join(folder, "EFI/BOOT")):
        return False
    fat_image(out, folder)
    return True


def make(out, menu, files, efi=True, own_efi=()):
    """Writes the image; raises Failed with the tool's output when that fails. own_efi: loaders
    for UEFI, BOOTX64.EFI and BOOTIA32.EFI, that are to be used instead of GRUB."""
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        stage(tree, menu, files)
        loader("i386-pc-eltorito", os.path.join(tree, "boot/grub/bios.img"), ["biosdisk"])
        command = ["xorriso", "-as", "mkisofs", "-r", "-V", "GATEHOUSE",
                   f"--modification-date={DATE}", "--set_all_file_dates", DATE,
                   "-b", "boot/grub/bios.img", "-no-emul-boot", "-boot-load-size", "4",
                   "-boot-info-table", "--grub2-boot-info", "--grub2-mbr",
                   os.path.join(GRUB, "i386-pc/boot_hybrid.img")]
        if efi and efi_partition(os.path.join(tree, "boot/grub/efi.img"),
                                 os.path.join(folder, "efi"), menu, files, own_efi):
            command += ["--efi-boot", "boot/grub/efi.img", "-efi-boot-part", "--efi-boot-image"]
        run(command + ["--mbr-force-bootable", "-o", out + ".tmp", tree])
    os.replace(out + ".tmp", out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--own-efi", metavar="FILE", action="append", default=[],
                        help="a loader for UEFI to be used instead of GRUB")
    parser.add_argument("out")
    parser.add_argument("menu")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    with open(args.menu, encoding="utf-8") as f:
        menu = f.read()
    make(args.out, menu, args.files, own_efi=args.own_efi)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"make_iso.py: {failure}")
