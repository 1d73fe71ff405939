#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a Linux of yours costs its programs, natively and as a guest of Gatehouse.

usage: bench/linux/run.py [--out FOLDER] [--mem MIB] [--rounds N] [--map System.map] [--only NAME,...]
                          [--no-native] [--no-pair] [--no-counters] KERNEL

KERNEL is a 32-bit bzImage with lguest guest support, initramfs and a console on hvc0 (as a guest)
and ttyS0 (natively); with virtio disks and cards, these are measured too. linux_bench becomes its
/init. Each of the two ways is booted in QEMU once with counted instructions (-icount: a tick is an
instruction) and N times without, of which the smallest median counts; a guest once more while the
hypervisor's counters are read between operations. Prints a table and writes FOLDER/linux.json and
FOLDER/linux.svg.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import figures   # pylint: disable=wrong-import-position
import machines  # pylint: disable=wrong-import-position

TIMEOUT = 900
PAIR = "BENCH=tcp_peer,tcp_peer_1m"


class Machine:
    """A QEMU and its serial line."""

    def __init__(self, command):
        self.command, self.log = command, ""
        self.ends_at = time.monotonic() + TIMEOUT
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["timeout", str(TIMEOUT)] + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def read_to(self, pattern, start=0):
        """Until something from there on matches; its match."""
        while True:
            found = re.search(pattern, self.log[start:])
            if found:
                return found
            got = os.read(self.process.stdout.fileno(), 4096)
            if not got:
                raise SystemExit(f"no {pattern} from: {' '.join(self.command)}\n{self.log[-3000:]}")
            self.log += got.decode("utf-8", "replace").replace("\r", "")

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def boot(command, peers=()):
    """What linux_bench said. peers: machines it needs, which are ended with it."""
    others = [Machine(peer) for peer in peers]
    time.sleep(1 if others else 0)
    machine = Machine(command)
    try:
        machine.read_to(r"BENCH-(END|ERROR[^\n]*\n)")  # not every kernel can switch itself off
    finally:
        for each in [machine] + others:
            each.end()
    if not figures.parse(machine.log):
        raise SystemExit(f"no figures from: {' '.join(command)}\n{machine.log[-3000:]}")
    return machine.log


def read_counters(machine):
    """By the monitor, whose pages are 23 lines."""
    start = len(machine.log)
    machine.type("\x1dm")
    machine.read_to("gatehouse> ", start)
    machine.type("counters bench raw\r")
    seen = start
    while True:
        machine.read_to(r"-- more|max_silence_ms|worst_silence_ms \d+\s", seen)
        if "-- more" not in machine.log[seen:]:
            break
        seen = len(machine.log)
        machine.type(" ")
    machine.type("\x1d")
    time.sleep(0.1)
    return figures.parse_counters(machine.log[start:], "bench")


def add_counters(way, command):
    """Adds "per" to the operations of a guest that waits for a line before each of them."""
    machine, last, before, at = Machine(command), None, {}, 0
    try:
        while last != "end":
            step = machine.read_to(r"BENCH-STEP (\w+)\n", at)
            at += step.end()
            after = read_counters(machine)
            done = re.search(rf"BENCH {last} \d+ \d+ (\d+)", machine.log)
            if last and done:
                name = "sleep_1ms_over" if last == "sleep_1ms" else last
                way[name]["per"] = figures.per_operation(before, after, int(done.group(1)))
            last, before = step.group(1), after
            machine.type("\n")
    finally:
        machine.end()


def measure(args, command, is_native):
    counted = figures.counted(boot(command + machines.ICOUNT), is_native)
    for _ in range(args.rounds):
        figures.add_wall(counted, boot(command))
    return counted


def measure_pairs(args, files, ways):
    """Two machines: what they cost together is not counted natively, they run at the same time."""
    if "native" in ways:
        peers, command = machines.native_pair(args, files, PAIR)
        figures.add_wall(ways["native"], boot(command, peers))
    command = machines.guest_pair(args, files, PAIR)
    pair = figures.counted(boot(command + machines.ICOUNT))
    figures.add_wall(pair, boot(command))
    ways["guest"].update(pair)


def measure_all(args, files):
    only = f"BENCH={args.only}" if args.only else ""
    commands = {"native": machines.native(args, files, only),
                "guest": machines.guest(args, files, only)}
    if args.no_native:
        del commands["native"]
    ways = {name: measure(args, command, name == "native") for name, command in commands.items()}
    if not args.no_counters:
        add_counters(ways["guest"], machines.guest(args, files, only + " BENCH_STEP=1"))
    if not args.no_pair and not only:
        measure_pairs(args, files, ways)
    if args.map:
        for name, command in commands.items():
            ways[name]["kernel_start"] = {
                "instructions": machines.kernel_start(command, args.map, args.out)}
    return ways


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=os.path.join(TOP, "build/bench"))
    parser.add_argument("--hypervisor", default=os.path.join(TOP, "build/gatehouse.elf"))
    parser.add_argument("--qemu", default="qemu-system-i386")
    parser.add_argument("--mem", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--map", help="the kernel's System.map: also from start_kernel to rest_init")
    parser.add_argument("--only", help="operations, with commas between")
    parser.add_argument("--cmdline", default="", help="more words for the kernel")
    parser.add_argument("--words", default="", help="more words for Gatehouse")
    parser.add_argument("--no-native", action="store_true")
    parser.add_argument("--no-pair", action="store_true", help="not with two machines")
    parser.add_argument("--no-counters", action="store_true")
    parser.add_argument("kernel")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    ways = measure_all(args, machines.build(args.out))
    print("\n".join(figures.table(ways)))
    with open(os.path.join(args.out, "linux.json"), "w", encoding="utf-8") as f:
        json.dump(ways, f, indent=1)
    with open(os.path.join(args.out, "linux.svg"), "w", encoding="utf-8") as f:
        f.write(figures.chart(ways, f"{os.path.basename(args.kernel)}: guest / native"))


if __name__ == "__main__":
    sys.exit(main())
