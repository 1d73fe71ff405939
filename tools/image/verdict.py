# SPDX-License-Identifier: GPL-2.0-or-later
"""What would become of a description: asks gatehouse-check, and looks into the kernels."""
import os
import re
import struct
import subprocess

from description import Problem, nearest
from kernel import Kernel, initrd_findings, kernel_findings


class Verdict:
    """mistakes and warnings are sentences; notes say what was found out."""

    def __init__(self):
        self.mistakes, self.warnings, self.notes = [], [], []


def own_range(elf):
    """Where the hypervisor's image lies in memory, from its program headers."""
    with open(elf, "rb") as f:
        data = f.read()
    table, = struct.unpack_from("<I", data, 28)
    size, count = struct.unpack_from("<HH", data, 42)
    parts = [struct.unpack_from("<8I", data, table + n * size) for n in range(count)]
    loads = [(p[3], p[3] + p[5]) for p in parts if p[0] == 1]
    return min(start for start, _ in loads), max(end for _, end in loads)


def ask(build, description, ram):
    """The records that gatehouse-check writes, as lists of fields."""
    elf, checker = (os.path.join(build, n) for n in ("stripped/gatehouse.elf", "gatehouse-check"))
    for path in (elf, checker):
        if not os.path.isfile(path):
            raise Problem(f"there is no {path}; run make first, or say where it is by --build")
    start, end = own_range(elf)
    lines = [f"ram {ram}", f"own {start} {end}", f"words {' '.join(description.words)}"]
    lines += [f"module {m.path}\t{m.line()}" for m in description.modules]
    done = subprocess.run([checker], input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        raise Problem(done.stderr.strip() or f"{checker} ended with status {done.returncode}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def with_hint(description, text):
    """The hypervisor's sentence, with the place in the description and the nearest word."""
    unknown = re.search(r'unknown word "([^"=]*)(=?)[^"]*"; known are (.*)', text)
    refused = re.search(r'"([^"=]*)=([^"]*)" is not allowed; \S+ takes (.*)', text)
    if unknown:
        text += nearest(unknown[1] + unknown[2], re.split(r", | and ", unknown[3]))
    elif refused:
        text += nearest(refused[2], re.split(r", | or ", refused[3]))
    place = re.match(r"module (\d+) \(", text)
    if place and int(place[1]) <= len(description.modules):
        module = description.modules[int(place[1]) - 1]
        text = f"{module.where}: {re.sub(r'^module .*?[)]: ', '', text, 1)}"
    return text


def read_start(path, size=None):
    with open(path, "rb") as f:
        return f.read(size)


def judge_kernel(verdict, name, module, initrd, sizes):
    kernel = Kernel(read_start(module.path))
    mistakes, warnings = kernel_findings(kernel, module.words)
    if initrd:
        more = initrd_findings(kernel, read_start(initrd, 16))
        mistakes, warnings = mistakes + more[0], warnings + more[1]
    verdict.mistakes += [f'guest "{name}": {text}' for text in mistakes]
    verdict.warnings += [f'guest "{name}": {text}' for text in warnings]
    kind = f"Linux {kernel.version}" if kernel.is_linux else "no Linux"
    pae = {True: ", PAE", False: ", without PAE", None: ", PAE or not unknown"}[kernel.pae] \
        if kernel.is_linux else ""
    verdict.notes.append(f'guest "{name}": {os.path.basename(module.path)}, {kind}{pae}; '
                         f"{sizes[0]} KiB of memory, {sizes[1]} KiB for its page tables")
    if kernel.lguest:
        verdict.notes.append(f'guest "{name}": has lguest support: {kernel.text}')
    if kernel.is_linux and not initrd and \
            not any(w.startswith("root=") for w in module.words):
        verdict.warnings.append(f'guest "{name}": it has neither an initrd nor root= on its '
                                "command line; Linux needs one of them")


def judge(build, description, ram):
    """The verdict on the description for a machine with ram bytes of memory."""
    verdict = Verdict()
    if not any(m.kind == "guest" for m in description.modules):
        verdict.mistakes.append("no guest: name one by a line `guest FILE name=web mem=64M`")
    for record in ask(build, description, ram):
        if record[0] == "mistake":
            verdict.mistakes.append(with_hint(description, record[1]))
        elif record[0] == "guest":
            _, name, memory, pool, path, initrd = record
            module = next(m for m in description.modules if m.kind == "guest" and
                          m.path == path and m.value("name") in (name, None))
            judge_kernel(verdict, name, module, initrd if initrd != "-" else None, (memory, pool))
        elif record[0] == "memory":
            free, left, largest = (int(n) >> 10 for n in record[1:])
            verdict.notes.append(f"memory: of {ram >> 20} MiB {free} are free for guests, "
                                 f"{left} stay free, {largest} of them in one piece")
            if left < 40:
                verdict.warnings.append(f"only {left} MiB of memory stay free; firmware with UEFI "
                                        "takes up to 40 MiB more than a BIOS")
    return verdict
