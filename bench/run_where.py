#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the instructions of an operation go: a table for each, and FOLDER/where.json.

usage: run_where.py --out FOLDER [OPERATION ...]

FOLDER is build/bench: what is measured is taken from the folder above. The operation runs in a
loop (bench/guests/ops); once it is warm, one round is single-stepped by QEMU's debugger and
its instructions are counted by function, in the order of the first one's turn.
"""
import argparse
import bisect
import json
import os
import subprocess
import sys

from operations import OPS, markdown, ops_guest, write
from debugger import Debugger
from qemu import Machine, command, modules
from run_guests import load

DEFAULT = ("call", "int3", "page_fault", "map", "space", "halt")
# Where a round begins: behind this symbol of the guest, at this instruction.
PLACES = {"call": ("sample_call", b"\xcd\x1f"), "int3": ("user_int3", b"\xcc"),
          "ud": ("user_ud2", b"\x0f\x0b"), "page_fault": ("user_fault", b"\xa1\x00\x00\x00\x60"),
          "map": ("machine_entry_changed", b"\xcd\x1f"), "space": ("machine_space", b"\xcd\x1f"),
          "ts": ("sample_ts", b"\xcd\x1f"), "set_stack": ("sample_stack", b"\xcd\x1f"),
          "load_tls": ("sample_tls", b"\xcd\x1f"), "halt": ("doze", b"\xcd\x1f")}
HALT = "switch of guests: from HALT to the next guest"
WARM_ROUNDS = 40
STEPS_MAX = 20000
EIP, CS = 8, 10  # their places among the debugger's registers


def symbols(path):
    """(sorted addresses, names)"""
    text = subprocess.run(["nm", "-n", path], check=True, stdout=subprocess.PIPE).stdout.decode()
    rows = [line.split() for line in text.splitlines()]
    rows = [(int(row[0], 16), row[2]) for row in rows if len(row) == 3 and row[1] in "tT"]
    return [row[0] for row in rows], [row[1] for row in rows]


def place(elf, name):
    """The linear address where a round begins."""
    symbol, code = PLACES[name]
    text = subprocess.run(["nm", elf], check=True, stdout=subprocess.PIPE).stdout.decode()
    at = next(int(line.split()[0], 16) for line in text.splitlines()
              if line.split()[-1] == symbol)
    dump = subprocess.run(["objdump", "-d", f"--start-address={at}", f"--stop-address={at + 300}",
                           elf], check=True, stdout=subprocess.PIPE).stdout.decode()
    for line in dump.splitlines():
        address, _, rest = line.partition(":\t")
        if rest.replace(" ", "").startswith(code.hex()):
            return int(address, 16)
    raise SystemExit(f"{elf}: no such instruction behind {symbol}")


class Stepper(Debugger):
    def step(self):
        """One instruction; the next one's place."""
        self.ask("s")
        return self.now()

    def now(self):
        """(eip, ring)"""
        registers = self.ask("g")
        eip, cs = (int.from_bytes(bytes.fromhex(registers[8 * n:8 * n + 8]), "little")
                   for n in (EIP, CS))
        return eip, cs & 3


def steps(build, name):
    """The places of one round's instructions: until the same comes again, or another guest runs."""
    if name == "halt":
        guests = [load(build, "sleeper", "sleep"), load(build, "other", "spin to_ms=100000")]
    else:
        guests = [ops_guest(build, f"only={name}")]
    start = place(guests[0].path, name)
    with Machine(command(modules(build, guests, "") + ["-S", "-icount", "shift=0"])) as m:
        debugger = Stepper(m)
        for _ in range(WARM_ROUNDS):
            debugger.run_to(start)
            debugger.step()
        debugger.run_to(start)
        found, at = [debugger.now()], debugger.step()
        while at[0] != start and not (name == "halt" and at[1]):
            found.append(at)
            if len(found) > STEPS_MAX:
                raise SystemExit(f"{name}: does not come round in {STEPS_MAX} instructions")
            at = debugger.step()
        return found


def by_function(build, places):
    """{function: instructions}; of the guest's, all together."""
    starts, names = symbols(os.path.join(build, "gatehouse.elf"))
    counts = {}
    for address, ring in places:
        name = "the guest" if ring else names[bisect.bisect_right(starts, address) - 1]
        counts[name] = counts.get(name, 0) + 1
    return counts


def table(result):
    return "\n\n".join(
        markdown([[OPS[name].text if name in OPS else HALT, "instructions"],
                  *([function, str(count)] for function, count in counts.items()),
                  ["together", str(sum(counts.values()))]]) for name, counts in result.items())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    args = parser.parse_args()
    build = os.path.dirname(os.path.abspath(args.out))
    os.makedirs(args.out, exist_ok=True)
    result = {}
    for name in args.names:
        result[name] = by_function(build, steps(build, name))
    print(table(result))
    write(args.out, "where.json", json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
