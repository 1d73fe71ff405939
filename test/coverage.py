#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests that run on this machine execute of arch/, boot/, core/ and drivers/.

usage: coverage.py --out FOLDER --corpus FOLDER     (make coverage builds what it runs)

Runs FOLDER/unit/test_* and, on the seeds below --corpus, FOLDER/fuzz/fuzz_*; then prints
lines and branches of each file, and writes FOLDER/html/index.html. Files that none of
them has are listed: they run in ring 0 only, under the boot tests.

A branch of the code that handles what a guest or a loader gives (GUEST_DATA) must be taken both
ways, or docs/coverage.md must say why not: its tables hold the file, the line's text (or
"NAME()" for all lines of a function) and the reason. What is neither, or explained in vain, is printed, and the exit status is 1.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = ("arch/x86", "boot", "core", "core/virtio", "drivers")
REASONS = "docs/coverage.md"

# What handles bytes, numbers and addresses of a guest, of its image, or of the loader.
GUEST_DATA = """
arch/x86/descriptor.c arch/x86/guest_walk.c arch/x86/vcpu.c
boot/memmap.c boot/multiboot1.c boot/multiboot2.c
core/boot_params.c core/block_queue.c core/config.c core/config_values.c core/decode.c
core/decode_mov.c core/devices.c core/disk_window.c core/elf_symbols.c core/emulate.c
core/frames.c core/guest_mem.c core/hypercall.c core/image.c core/image_bzimage.c
core/image_elf.c core/init_call.c core/lgbus.c core/mmio.c core/net_frame.c core/netswitch.c
core/options.c core/overlay.c core/partition.c core/pci_bus.c core/ports.c core/ramdisk.c
core/health.c core/shadow.c core/shadow_blocks.c core/shadow_pool.c core/shadow_tables.c core/trace_words.c core/traps.c
core/virq.c
core/virtio/blk.c core/virtio/console.c core/virtio/device.c core/virtio/net.c
core/virtio/pci.c core/virtio/rng.c core/virtio/virtq.c
""".split()

ROW = re.compile(r"^\| `([^`]+)` \| `(.+)` \| (.+) \|$")


def run_programs(out, corpus):
    """Runs them all, counters from zero; the names of those that failed."""
    for old in glob.glob(f"{out}/**/*.gcda", recursive=True):
        os.remove(old)
    commands = [[p] for p in sorted(glob.glob(f"{out}/unit/test_*")) if os.access(p, os.X_OK)]
    for program in sorted(glob.glob(f"{out}/fuzz/fuzz_*")):
        if os.path.isfile(program):
            commands.append([program, *sorted(glob.glob(
                f"{corpus}/{os.path.basename(program)}/*"))])
    commands = [c for c in commands if os.path.isfile(c[0])]

    def one(command):
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        codes = list(pool.map(one, commands))
    return [os.path.basename(c[0]) for c, code in zip(commands, codes) if code]


def measure(out):
    """gcovr's report of each file, by name."""
    report = os.path.join(out, "report.json")
    os.makedirs(os.path.join(out, "html"), exist_ok=True)
    command = ["gcovr", "--root", TOP, "--object-directory", out, "-j", str(os.cpu_count()),
               "--json", report, "--html-details", os.path.join(out, "html", "index.html"), "--exclude-unreachable-branches"]
    for folder in ("arch/", "boot/", "core/", "drivers/"):
        command += ["--filter", re.escape(os.path.join(TOP, folder))]
    done = subprocess.run([*command, out], cwd=TOP, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(done.stdout.decode(errors="replace"))
    with open(report, encoding="utf-8") as f:
        return {entry["file"]: entry["lines"] for entry in json.load(f)["files"]}


class Source:
    """Lines and branches of one file."""

    def __init__(self, name, lines):
        self.name = name
        lines = [line for line in lines if not line.get("gcovr/noncode")]
        branches = [b for line in lines for b in line["branches"]]
        self.lines, self.lines_hit = len(lines), sum(1 for line in lines if line["count"])
        self.branches = len(branches)
        self.branches_hit = sum(1 for b in branches if b["count"])
        self.open = sorted({line["line_number"] for line in lines
                            if any(not b["count"] for b in line["branches"]) or
                            not line["count"]})


def read_reasons():
    """(file, text of the line) of what is explained."""
    reasons = set()
    with open(os.path.join(TOP, REASONS), encoding="utf-8") as f:
        for line in f:
            match = ROW.match(line.rstrip("\n"))
            if match:
                reasons.add((match.group(1), match.group(2).replace("\\|", "|")))
    return reasons


def functions_of(text):
    """For each line the function that it belongs to, as "NAME()", or None."""
    current, found = None, []
    for line in text:
        match = re.match(r"[A-Za-z][^;=]*?\b(\w+)\((?!.*;$)", line)
        if match and not current:
            current = f"{match.group(1)}()"
        found.append(current)
        if line.startswith("}"):
            current = None
    return found


def unexplained(sources):
    """Findings: lines that are not covered and have no reason, and reasons without a line."""
    reasons, found = read_reasons(), []
    used = set()
    for source in sources:
        if source.name not in GUEST_DATA:
            continue
        with open(os.path.join(TOP, source.name), encoding="utf-8") as f:
            text = f.read().split("\n")
        functions = functions_of(text)
        for number in source.open:
            key = (source.name, text[number - 1].strip())
            keys = {key, (source.name, functions[number - 1])} & reasons
            if keys:
                used |= keys
            else:
                found.append(f"{source.name}:{number}: not taken both ways: {key[1]}")
    found += [f"{REASONS}: covered by now, or not there: {file}: {line}"
              for file, line in sorted(reasons - used)]
    return found


def percent(part, whole):
    return f"{part:6} of {whole:5} {100 * part / whole:6.1f} %" if whole else " " * 22


def print_table(sources):
    print(f"{'':30}{'lines':>18}{'branches':>24}")
    for s in sources:
        mark = "*" if s.name in GUEST_DATA else " "
        print(f"{s.name:28}{mark} {percent(s.lines_hit, s.lines)} "
              f"{percent(s.branches_hit, s.branches)}")
    for title, some in (("all of these", sources),
                        ("what handles guest data *", [s for s in sources
                                                       if s.name in GUEST_DATA])):
        print(f"{title:29} {percent(sum(s.lines_hit for s in some), sum(s.lines for s in some))} "
              f"{percent(sum(s.branches_hit for s in some), sum(s.branches for s in some))}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--corpus", required=True)
    args = parser.parse_args()
    out = os.path.abspath(args.out)
    failed = run_programs(out, os.path.abspath(args.corpus))
    measured = measure(out)
    sources = [Source(name, lines) for name, lines in sorted(measured.items())
               if name.endswith(".c")]
    print_table(sources)
    every = {os.path.relpath(p, TOP) for f in FOLDERS for p in glob.glob(f"{TOP}/{f}/*.[cS]")}
    only_booted = sorted(every - {s.name for s in sources})
    print(f"\nIn none of these programs ({len(only_booted)}): {' '.join(only_booted)}")
    missing = [name for name in GUEST_DATA if name not in measured]
    found = [f"{name}: no unit test has it" for name in missing] + unexplained(sources) + \
        [f"{name}: fails" for name in failed]
    for finding in found:
        print(finding)
    print(f"coverage: {len(sources)} files, {len(found)} findings; see {args.out}/html/index.html")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
