#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a bootable CD image: make_iso.py [--own-guest] OUT.iso MENU FILE[=NAME] ...

MENU becomes GRUB's menu; each FILE is put on the image as /boot/NAME (or its own
name). The image boots on PCs with a BIOS, and by EFI where GRUB's EFI files are installed.
The same input gives the same image. With --own-guest the environment says what guest
comes first in the menu: KERNEL, INITRD (files), CMDLINE, MEM, GUEST (words of its
line), WORDS (of Gatehouse's own).
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

# What the menu and a multiboot2 kernel need; everything else stays off the image.
MODULES = ("normal multiboot2 all_video serial terminal terminfo echo test true ls cat boot sleep "
           "reboot halt configfile part_msdos part_gpt part_apple iso9660 fat search search_fs_file")
# The date of everything on the image, in the two forms wanted.
EPOCH = "1577836800"
DATE = "2020010100000000"


def quoted(word):
    """A word of a guest's line for GRUB, which takes away one level of quotes."""
    if "'" in word or '"' in word or "\\" in word:
        raise SystemExit(f"make_iso.py: GRUB spoils quotes and backslashes; CMDLINE, GUEST or WORDS has {word}")
    return f"'{word}'"


def own_guest(env):
    """(menu entry, files) for the guest that the environment describes."""
    kernel, initrd = env["KERNEL"], env.get("INITRD")
    for path in filter(None, (kernel, initrd)):
        if not os.path.isfile(path):
            raise SystemExit(f"make_iso.py: there is no file {path}")
    words, line, host = (" ".join(quoted(word) for word in env.get(key, "").split())
                         for key in ("CMDLINE", "GUEST", "WORDS"))
    lines = [f'menuentry "Gatehouse: {os.path.basename(kernel)}" --hotkey=o {{'.replace("$", ""),
             f"\tmultiboot2 /boot/gatehouse.elf {host}",
             f"\tmodule2 /boot/own/kernel guest name=own mem={env.get('MEM') or '64M'} {line} "
             f"-- {words}"]
    files = [f"{kernel}=own/kernel"]
    if initrd:
        lines.append("\tmodule2 /boot/own/initrd initrd guest=own")
        files.append(f"{initrd}=own/initrd")
    return "\n".join(lines + ["}", ""]), files


def stage(folder, menu, files):
    """Lays the files out below the folder as they are to be on the image."""
    boot = os.path.join(folder, "boot")
    os.makedirs(os.path.join(boot, "grub"))
    with open(os.path.join(boot, "grub", "grub.cfg"), "w", encoding="utf-8") as f:
        f.write(menu)
    for item in files:
        path, _, name = item.partition("=")
        target = os.path.join(boot, name or os.path.basename(path))
        if os.path.exists(target):
            raise SystemExit(f"make_iso.py: two files are named {os.path.basename(target)}")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(path, target)


def make(out, menu, files):
    """Writes the image; raises SystemExit with the tool's output when that fails."""
    env = dict(os.environ, SOURCE_DATE_EPOCH=EPOCH)
    with tempfile.TemporaryDirectory() as folder:
        stage(folder, menu, files)
        command = ["grub-mkrescue", "-o", out + ".tmp", f"--install-modules={MODULES}",
                   "--fonts=", "--locales=", "--themes=", folder,
                   "-volid", "GATEHOUSE", f"--modification-date={DATE}",
                   "--set_all_file_dates", DATE]
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(f"make_iso.py: {' '.join(command)}\n{done.stdout.decode(errors='replace')}")
    os.replace(out + ".tmp", out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--own-guest", action="store_true")
    parser.add_argument("out")
    parser.add_argument("menu")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    with open(args.menu, encoding="utf-8") as f:
        menu = f.read()
    files = args.files
    if args.own_guest:
        entry, more = own_guest(os.environ)
        head, found, tail = menu.partition("menuentry ")
        menu, files = head + entry + "\n" + found + tail, files + more
    make(args.out, menu, files)


if __name__ == "__main__":
    sys.exit(main())
