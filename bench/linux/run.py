#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a Linux of yours costs its programs, natively and as a guest of Gatehouse.

usage: bench/linux/run.py [--out FOLDER] [--mem MIB] [--rounds N] [--no-native] KERNEL

KERNEL is a 32-bit bzImage with lguest guest support, initramfs and a console on hvc0 (as a guest)
and ttyS0 (natively). linux_bench.c becomes its /init. Each of the two ways is booted in QEMU
once with counted instructions (-icount: a tick is an instruction) and N times without, of which
the smallest median counts. Prints a table and writes FOLDER/linux.json.
"""
import argparse
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ICOUNT = ["-icount", "shift=0,sleep=off"]
TIMEOUT = 900
# What the design wants a guest to cost at most, against the same kernel without Gatehouse.
GOALS = {"getpid": 1.13, "write_null": 1.03, "page_fault": 1.4, "munmap_16m": 1.2,
         "mmap_touch_munmap": 1.5, "mprotect": 3.0, "signal": 1.05, "ping_pong": 1.3,
         "fork_exit_wait": 1.6, "fork_exec_wait": 1.5}


def newc(name, mode, data=b"", device=(0, 0), inode=[0]):  # pylint: disable=dangerous-default-value
    """One member of an initramfs (the kernel's Documentation/early-userspace/buffer-format.txt)."""
    inode[0] += 1
    fields = [inode[0], mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def make_initramfs(path, program):
    with open(program, "rb") as f:
        init = f.read()
    with open(path, "wb") as f:
        f.write(newc("dev", 0o040755) + newc("dev/console", 0o020600, device=(5, 1)) +
                newc("dev/null", 0o020666, device=(1, 3)) + newc("init", 0o100755, init) +
                newc("TRAILER!!!", 0))


def build(out):
    program = os.path.join(out, "linux_bench")
    source = os.path.join(TOP, "bench/linux/linux_bench.c")
    subprocess.run(["gcc", "-m32", "-march=i686", "-O2", "-static", "-Wall", "-Wextra", "-Werror",
                    "-o", program, source], check=True)
    initrd = os.path.join(out, "linux_bench.cpio")
    make_initramfs(initrd, program)
    return initrd


def escaped(text):
    return text.replace(",", ",,")


def qemu(args, machine):
    return [args.qemu, "-m", str(args.mem + 128), "-nic", "none", "-display", "none", "-no-reboot",
            "-serial", "stdio"] + machine


def native(args, initrd):
    return qemu(args, ["-m", str(args.mem), "-kernel", args.kernel, "-initrd", initrd, "-append",
                       f"console=ttyS0 quiet {args.cmdline}"])


def guest(args, initrd):
    lines = [f"{args.kernel} guest name=bench mem={args.mem}M tsc=on -- "
             f"{escaped('console=hvc0 quiet ' + args.cmdline)}", f"{initrd} initrd guest=bench"]
    return qemu(args, ["-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel", args.hypervisor,
                       "-append", "on-idle=poweroff " + args.words, "-initrd", ",".join(lines)])


def boot(command):
    """({operation: (minimum, median)}, ns per tick)"""
    log = ""
    with subprocess.Popen(["timeout", str(TIMEOUT)] + command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            log += line.decode("utf-8", "replace")
            if "BENCH-END" in log:
                break  # not every kernel can switch the machine off
        process.terminate()
    found = {m[0]: (int(m[1]), int(m[2])) for m in re.findall(r"BENCH (\w+) (\d+) (\d+) \d+", log)}
    clock = re.search(r"BENCH-CLOCK (\d+) (\d+)", log)
    if not found or not clock:
        raise SystemExit(f"no figures from: {' '.join(command)}\n" + log[-3000:])
    return found, int(clock.group(2)) / int(clock.group(1))


def measure(command, rounds):
    """{operation: {"instructions": median, "wall_ns": smallest median}}"""
    counted, _ = boot(command + ICOUNT)
    result = {name: {"instructions": median, "least": least}
              for name, (least, median) in counted.items()}
    for _ in range(rounds):
        timed, ns_per_tick = boot(command)
        for name, (_, median) in timed.items():
            ns = round(median * ns_per_tick)
            result[name]["wall_ns"] = min(ns, result[name].get("wall_ns", ns))
    return result


def show(ways):
    print(f"{'operation':<20}" + "".join(f"{way + ' instr':>15}{'wall us':>10}" for way in ways) +
          (f"{'ratio':>8}{'goal':>7}" if len(ways) > 1 else ""))
    for name in next(iter(ways.values())):
        line = f"{name:<20}"
        for way in ways.values():
            wall = way[name].get("wall_ns")
            line += f"{way[name]['instructions']:>15}{wall / 1000 if wall else 0:>10.1f}"
        if len(ways) > 1:
            base, ours = (way[name]["instructions"] for way in list(ways.values())[:2])
            line += f"{ours / base:>8.2f}{GOALS.get(name, ''):>7}"
        print(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=os.path.join(TOP, "build/bench"))
    parser.add_argument("--hypervisor", default=os.path.join(TOP, "build/gatehouse.elf"))
    parser.add_argument("--qemu", default="qemu-system-i386")
    parser.add_argument("--mem", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cmdline", default="")
    parser.add_argument("--words", default="", help="more words for Gatehouse")
    parser.add_argument("--no-native", action="store_true")
    parser.add_argument("kernel")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    initrd = build(args.out)
    ways = {} if args.no_native else {"native": measure(native(args, initrd), args.rounds)}
    ways["guest"] = measure(guest(args, initrd), args.rounds)
    show(ways)
    with open(os.path.join(args.out, "linux.json"), "w", encoding="utf-8") as f:
        json.dump(ways, f, indent=1)


if __name__ == "__main__":
    sys.exit(main())
