# SPDX-License-Identifier: GPL-2.0-or-later
"""The isolation tests under Bochs, the second opinion: several guests in one boot from an ISO."""
import os
import subprocess
import sys
import time

import guest_tests
import media
import packs
from qemu import Guest, clean_log, expect

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../tools/iso"))
import make_iso  # pylint: disable=wrong-import-position

CPU = "core_duo_t2400_yonah"
GUESTS_MAX = 45  # in one boot
MEMORY = 1024  # MiB; a guest takes about 18
TIMEOUT = 300  # seconds
BYSTANDERS_MS = 600  # of the machine's time, which does not depend on what runs beside Bochs

FIRMWARE = ["/usr/share/bochs/BIOS-bochs-latest", "/usr/share/vgabios/vgabios.bin"]

CONFIG = """config_interface: textconfig
display_library: rfb, options="timeout=0"
megs: {memory}
romimage: file={bios}
vgaromimage: file={vgabios}
cpu: model={cpu}, count=1, ips=100000000, reset_on_triple_fault=0
clock: sync=none, time0=1577836800
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={serial}
sound: driver=dummy
log: {log}
panic: action=report
error: action=ignore
info: action=ignore
"""

MENU = """serial --unit=0 --speed=115200
set timeout=0
menuentry "test" {{
	multiboot2 /boot/gatehouse.elf test on-idle=poweroff
	set gfxpayload=text
{modules}
}}
"""


def batches(tests):
    """The tests dealt out to as few boots as can hold them beside the bystanders."""
    boots = -(-sum(len(own_guests(test)) for test in tests) // GUESTS_MAX)
    return [tests[n::boots] for n in range(boots)]


def own_guests(test, number=0):
    """The guest under test, and who stands by it if the common bystanders do not do that work."""
    guests = test.guests(f"t{number}")
    if test.bystander in packs.REPLACED:
        return guests[:1]
    return [guests[0], Guest(guests[1].path, f"s{number}")]


def write_files(build, folder, tests, bystanders_ms=BYSTANDERS_MS):
    """ISO and configuration of one boot, with two bystanders; returns the serial log's path."""
    os.makedirs(folder, exist_ok=True)
    files, lines = {os.path.join(build, "gatehouse.elf"): "gatehouse.elf"}, []
    guests = packs.bystanders(build, bystanders_ms)
    for number, test in enumerate(tests):
        guests += own_guests(test, number)
    for guest in guests + [media.ramdisk(build, text) for text in packs.DISKS]:
        name = files.setdefault(guest.path, os.path.relpath(guest.path, build))
        words = " ".join(f"'{word}'" for word in guest.line.split())
        lines.append(f"\tmodule2 /boot/{name} {words}")
    return write_machine(folder, files, lines, memory=MEMORY)


def write_machine(folder, files, lines, memory, cpu=CPU):
    """The same of files, {path: name in /boot}, and the menu's lines with modules."""
    os.makedirs(folder, exist_ok=True)
    paths = {"iso": "test.iso", "serial": "serial.log", "log": "bochs.log"}
    paths = {key: os.path.join(folder, name) for key, name in paths.items()}
    make_iso.make(paths["iso"], MENU.format(modules="\n".join(lines)),
                  [f"{path}={name}" for path, name in files.items()])
    with open(os.path.join(folder, "bochsrc"), "w", encoding="utf-8") as f:
        f.write(CONFIG.format(memory=memory, cpu=cpu, bios=FIRMWARE[0], vgabios=FIRMWARE[1],
                              **paths))
    with open(os.path.join(folder, "commands"), "w", encoding="utf-8") as f:
        f.write("c\n")
    return paths["serial"]


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def run(build, folder, tests):
    """(log lines, [command], None or what went wrong with the whole boot)"""
    missing = [path for path in FIRMWARE if not os.path.exists(path)]
    if missing:
        return [], [], f"{missing[0]} is missing (tools/setup test)"
    return execute(folder, write_files(build, folder, tests))


def execute(folder, serial):
    """Runs the machine of that folder to its end; as run()."""
    if os.path.exists(serial):
        os.remove(serial)
    command = ["bochs", "-q", "-f", os.path.join(folder, "bochsrc"),
               "-rc", os.path.join(folder, "commands")]
    failure = f"Bochs still ran after {TIMEOUT} s"
    end = time.monotonic() + TIMEOUT
    with open(os.path.join(folder, "output"), "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT)
    while time.monotonic() < end:
        # its exit status says nothing, so that is not looked at
        if b"test: exit code" in read(serial) or process.poll() is not None:
            failure = None
            break
        time.sleep(0.1)
    time.sleep(0.3)
    process.kill()
    process.wait()
    log = clean_log(read(serial))
    if not failure and not any("test: exit code 0x2" in line for line in log):
        failure = "the run did not come to its end; see bochs.log and output in " + folder
    return log, [command], failure


def judge(test, number, log):
    """As guest_tests.judge(), from the log alone."""
    guest_tests.check_host(log)
    guest_tests.check_memory(log)
    expect(any("test: exit code 0x22" in line or "test: exit code 0x21" in line for line in log),
           "the hypervisor's own exit code is neither 0x21 nor 0x22")
    packs.check_bystanders(log)
    skipped = guest_tests.check_guest(test, log, f"t{number}")
    if len(own_guests(test)) > 1:
        guest_tests.check_bystander(log, f"s{number}")
    return skipped
