#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a bootable CD image: make_iso.py OUT.iso MENU FILE[=NAME] ...

MENU becomes GRUB's menu; each FILE is put on the image as /boot/NAME (or its own
name). The image boots on PCs with a BIOS, and by EFI where GRUB's EFI files are installed.
The same input gives the same image.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

# What the menu and a multiboot2 kernel need; everything else stays off the image.
MODULES = ("normal multiboot2 serial terminal terminfo echo test true ls cat boot sleep reboot halt "
           "configfile part_msdos part_gpt part_apple iso9660 fat search search_fs_file")
# The date of everything on the image, in the two forms wanted.
EPOCH = "1577836800"
DATE = "2020010100000000"


def stage(folder, menu, files):
    """Lays the files out below the folder as they are to be on the image."""
    boot = os.path.join(folder, "boot")
    os.makedirs(os.path.join(boot, "grub"))
    shutil.copyfile(menu, os.path.join(boot, "grub", "grub.cfg"))
    for item in files:
        path, _, name = item.partition("=")
        target = os.path.join(boot, name or os.path.basename(path))
        if os.path.exists(target):
            raise SystemExit(f"make_iso.py: two files are named {os.path.basename(target)}")
        shutil.copyfile(path, target)
    for parent, folders, names in os.walk(folder):
        for name in folders + names:
            os.utime(os.path.join(parent, name), (int(EPOCH), int(EPOCH)))
    os.utime(folder, (int(EPOCH), int(EPOCH)))


def make(out, menu, files):
    """Writes the image; raises SystemExit with the tool's output when that fails."""
    env = dict(os.environ)
    env.setdefault("SOURCE_DATE_EPOCH", EPOCH)
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
    parser.add_argument("out")
    parser.add_argument("menu")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    make(args.out, args.menu, args.files)


if __name__ == "__main__":
    sys.exit(main())
