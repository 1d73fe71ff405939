# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases with broken hardware: disks, cards, interrupt lines, serial lines, little memory."""
import concurrent.futures
import json
import os
import re
import time

import media
import pages
from debugger import Debugger
from monitor_cases import Asker
from qemu import CLEAN, Guest, deaf_line, expect, modules

DISK_BYTES = 1 << 20
FREE, HOST = 0, 2  # core/frames.h
SLOW = {"bps_rd": 0, "bps_wr": 0, "iops": 0, "iops_rd": 0, "iops_wr": 0}
KINDS = {"virtio": ["virtio-blk-pci,drive=d0,werror=report,rerror=report"],
         "ide": ["ide-hd,drive=d0,werror=report,rerror=report"],
         "ahci": ["ahci,id=ahci0", "ide-hd,drive=d0,bus=ahci0.0,werror=report,rerror=report"]}


def bystander(c):
    return c.guest("clock", mem="4M", cmdline="period_ms=200")


def goes_on(m, rounds=5):
    """The clock's next periods come, without long gaps."""
    m.wait_for(r"clock\| clock: period \d+,")
    began = time.monotonic()
    for _ in range(rounds):
        m.wait_for(r"clock\| clock: period \d+,", timeout=10)
    took = time.monotonic() - began
    expect(took < rounds * 0.2 + 5, f"{rounds} periods of 200 ms took {took:.1f} s")


def healthy(m):
    expect(b"panic:" not in m.raw, "panic")
    expect(b"clock\" dead" not in m.raw, "the bystander died")


def drive(c, name, kind, errors=()):
    """A drive of which QEMU lets requests fail: errors are blkdebug's rules."""
    path = os.path.join(c.build, "boot", name + ".img")
    media.create(path, DISK_BYTES // media.SECTOR)
    image = {"driver": "file", "filename": path}
    node = {"driver": "raw", "node-name": "d0", "file": image}
    if errors:
        node["file"] = {"driver": "blkdebug", "image": image, "inject-error": list(errors)}
    options = ["-blockdev", json.dumps(node)]
    for device in KINDS[kind]:
        options += ["-device", device]
    return options


def rule(kind, sector, errno, **more):
    where = {"sector": sector} if sector is not None else {}
    return {"event": "none", "iotype": kind, "errno": errno, "immediately": False, **where, **more}


def worker(c):
    return Guest(c.test_guest("blk_faults").path, "worker", "disk=hd0", "forever", "8M")


def monitor(m):
    m.type("\x1dm")
    m.wait_for(r"gatehouse> ")


def disk_error_case(name, kind, line):
    """Reads, writes and flushes that fail, and a disk that is full: the guest gets an error each."""
    def case(c):
        errors = [rule("read", 5, 5), rule("write", 9, 28), rule("flush", None, 5)]
        options = drive(c, name, kind, errors)
        with c.machine(modules(c.build, [worker(c), bystander(c)], "disks=on") + options) as m:
            for text in ("flush 0: status 1", "read 5: status 1", "write 9: status 1"):
                m.seen = 0
                m.wait_for(rf"worker\| {text} after \d+ ms")
            m.seen = 0
            m.wait_for(line)
            m.wait_for(r"worker\| round \d{3,}, \d+ errors")
            monitor(m)
            m.type("devices\r")
            m.wait_for(r"requests that failed: \d+")
            goes_on(m)
            healthy(m)
            expect(b'"worker": dead' not in m.raw, "the worker died of it")
            expect(b"read 6:" not in m.raw and b"write 8:" not in m.raw, "others failed, too")
    return case


def stuck_case(name, kind, line, seconds, bps):
    """A disk that takes a request and does not end it: a timeout, then it works again. At that rate
    it ends at last: without that an ATA reset would hold up QEMU."""
    def case(c):
        path = os.path.join(c.build, "boot", name + ".img")
        media.create(path, DISK_BYTES // media.SECTOR)
        options = ["-drive", f"file={path},if=none,id=d0,format=raw,throttling.bps-total=1000000"]
        for device in KINDS[kind]:
            options += ["-device", device]
        with c.machine(modules(c.build, [worker(c), bystander(c)], "") + options) as m:
            m.wait_for(r"worker\| round \d+, 0 errors")
            m.execute("block_set_io_throttle", device="d0", bps=bps, **SLOW)
            goes_on(m)
            m.wait_for(line, timeout=seconds + 20)
            m.wait_for(r"worker\| \w+ \d+: status 1 after \d+ ms")
            m.execute("block_set_io_throttle", device="d0", bps=0, **SLOW)
            errors = int(m.wait_for(r"worker\| round \d+, (\d+) errors").group(1))
            expect(errors > 0, "no error")
            m.wait_for(r"worker\| round \d+, %d errors" % errors)
            goes_on(m)
            healthy(m)
    return case


def side_by_side(*parts):
    """What is mostly waiting, in one case's time."""
    def case(c):
        with concurrent.futures.ThreadPoolExecutor(len(parts)) as pool:
            for done in [pool.submit(part, c) for part in parts]:
                done.result()
    return case


def flap_case(card):
    """A link that goes and comes fifty times: traffic goes on, nothing is lost for good."""
    def case(c):
        guest = c.guest("net", mem="8M", words="net=lan",
                        cmdline="addr=10.0.2.15/24 ping=10.0.2.2 period_ms=50")
        options = ["-netdev", "user,id=n0", "-device", f"{card},netdev=n0,id=card"]
        with c.machine(modules(c.build, [guest, bystander(c)], "uplink=lan") + options) as m:
            m.wait_for(r"net\| 64 bytes from 10.0.2.2")
            for n in range(50):
                m.monitor("set_link card off")
                time.sleep(0.01 * (n % 3))
                m.monitor("set_link card on")
                time.sleep(0.01 * (n % 4))
            m.monitor("set_link card off")
            monitor(m)
            m.type("devices\r")
            m.wait_for(r"eth0: .*, link down")
            m.monitor("set_link card on")
            m.wait_for(r"net\| 64 bytes from 10.0.2.2")
            time.sleep(0.3)
            m.type("devices\r")
            m.wait_for(r"eth0: .*, link up")
            for _ in range(5):
                m.wait_for(r"net\| 64 bytes from 10.0.2.2")
            goes_on(m)
            healthy(m)
    return case


BUS_MASTER = 4  # of the command register


def card_stuck(c):
    """An e1000 that reaches no memory any more: its ring fills; it is begun anew until it answers.
    A bystander does not notice."""
    guest = c.guest("net", mem="8M", words="net=lan",
                    cmdline="addr=10.0.2.15/24 ping=10.0.2.2 period_ms=20")
    options = ["-netdev", "user,id=n0", "-device", "e1000,netdev=n0,addr=4"]
    with c.machine(modules(c.build, [guest, bystander(c)], "uplink=lan") + options) as m:
        m.wait_for(r"net\| 64 bytes from 10.0.2.2")
        m.monitor("o /w 0xcf8 0x80002004")
        command = int(m.monitor("i /h 0xcfc").split("=")[1], 16)
        m.monitor(f"o /h 0xcfc {command & ~BUS_MASTER:#x}")
        m.wait_for(r"warning: eth0: nothing was sent for 2 s")
        goes_on(m)
        m.monitor("o /w 0xcf8 0x80002004")
        m.monitor(f"o /h 0xcfc {command:#x}")
        m.seen = len(m.raw)
        for _ in range(5):
            m.wait_for(r"net\| 64 bytes from 10.0.2.2")
        goes_on(m)
        healthy(m)
        expect(m.raw.count(b"nothing was sent for") == 1, "said more than once")


def storm_case(words, *machine):
    """A device without a driver holds a shared line: the line is given up, its disk is polled;
    when it lets go, the line is used again."""
    def case(c):
        options = drive(c, "storm" + words, "virtio")
        # slots 5 and 9 share a line on a PC's PCI bus
        options[-1] += ",addr=5"
        options += ["-device", "pci-serial,addr=9,chardev=null", "-chardev", "null,id=null"]
        with c.machine(modules(c.build, [worker(c), bystander(c)], words) + options +
                       list(machine)) as m:
            m.wait_for(r"worker\| round \d+, 0 errors")
            bar = re.search(r"Bus +0, device +9, function 0:(?:.*\r?\n)+?.*I/O at 0x([0-9a-f]+)",
                            m.monitor("info pci"))
            expect(bar, "no port of the serial card")
            port = int(bar.group(1), 16)
            m.monitor(f"o /b {port + 1:#x} 2")  # "transmitter empty", for ever
            m.wait_for(r"warning: interrupts: line \d+ stays off")
            for _ in range(3):
                m.wait_for(r"worker\| round \d+, 0 errors")
            goes_on(m)
            m.monitor(f"o /b {port + 1:#x} 0")
            m.wait_for(r"interrupts: line \d+ is quiet again", timeout=40)
            m.wait_for(r"worker\| round \d+, 0 errors")
            goes_on(m)
            healthy(m)
    return case


def line_deaf(c):
    """A serial line that takes nothing: the guests do their work and end."""
    with deaf_line() as serial, c.machine(modules(c.build, c.demo()), serial=serial) as m:
        expect(m.wait_end() == CLEAN, "the machine did not end well")


def line_floods(c):
    """Input without end, most of it for a guest that does not read: the others go on."""
    guests = [c.guest("hello", mem="4M", cmdline="stay"), bystander(c)]
    with c.machine(modules(c.build, guests, "")) as m:
        m.wait_for(r"staying")
        began = time.monotonic()
        for _ in range(100):
            m.type("flood " * 341)
        goes_on(m)
        m.type("\x1ds")
        m.wait_for(r"1 hello +halted")
        expect(time.monotonic() - began < 30, "it took too long")
        healthy(m)


def memory_full(c):
    """More guests than fit: each that does not gets a reason, the others live, also again."""
    path = os.path.join(c.build, "guests/hello.elf")
    guests = [c.test_guest("trap_no_handler", words="on-crash=restart restarts=any"), bystander(c)]
    guests += [Guest(path, f"h{n}", mem="4M", cmdline="stay") for n in range(16)]
    with c.machine(modules(c.build, guests, "") + ["-m", "40"]) as m:
        m.wait_for(r'guest "h\d+": dead: no \d+ KiB of memory in one piece')
        m.wait_for(r'"trap_no_handler": started, .* life 20, ')
        goes_on(m)
        started = set(re.findall(rb'guest "(h\d+)": started', m.raw))
        refused = re.findall(rb'guest "(h\d+)": dead: no \d+ KiB', m.raw)
        expect(len(started) >= 2 and len(refused) >= 5, f"{len(started)}, {len(refused)} refused")
        expect(len(refused) == len(set(refused)) and not started & set(refused), "said twice")
        expect(len(started) + len(refused) == 16, "some are neither started nor refused")
        pages = set(re.findall(rb'trap_no_handler": started, .* life \d+, (\d+) pages left',
                               m.raw.split(b"life 5,", 1)[1]))
        expect(len(pages) == 1, f"free pages from life to life: {sorted(pages)}")
        healthy(m)


class FrameMap:
    """The owners of all page frames, in the machine's memory: none is free, until put_back()."""

    def __init__(self, c, m):
        self.m = m
        host_frames = pages.symbols(c.build)["host_frames"]
        words = re.findall(r"0x(\w+)", m.monitor(f"xp /2wx {host_frames:#x}"))
        self.at, self.count = (int(word, 16) for word in words[-2:])
        self.write({FREE: HOST}, lambda n, now: now == FREE)

    def read(self):
        path = os.path.join(self.m.folder.name, "frames")
        self.m.execute("pmemsave", val=self.at, size=self.count, filename=path)
        with open(path, "rb") as f:
            return f.read()

    def write(self, change, is_meant):
        """While the machine stands still, in pieces that QEMU's debugger takes."""
        debugger = Debugger(self.m)
        owners = bytearray(self.read())
        self.changed = [n for n, now in enumerate(owners) if is_meant(n, now)]
        for n in self.changed:
            owners[n] = change[owners[n]]
        for first in range(0, self.count, 1024):
            debugger.write_physical(self.at + first, owners[first:first + 1024])
        debugger.go_on()

    def put_back(self):
        taken = set(self.changed)
        self.write({HOST: FREE}, lambda n, now: n in taken)


def memory_gone(c):
    """Not a page is left when a core, the trace, the log are asked for: said plainly, nobody
    suffers; with memory again all of it works."""
    dead = c.test_guest("hcall_unknown", mem="2M", words="on-crash=stop")
    with c.machine(modules(c.build, [dead, bystander(c)], "") + ["-m", "32"]) as m:
        m.wait_for(r'end of the report of guest "hcall_unknown"')
        ask = Asker(m)
        frames = FrameMap(c, m)
        ask.expect("core hcall_unknown", r"no \d+ KiB of memory left for it")
        ask.expect("core clock", r"no \d+ KiB of memory left for it")
        ask.expect("core", r"no core is being written")
        ask.expect("trace on", r"no memory left for the ring of 256 KiB", r"tracing: off")
        ask.expect("log 3", r"no \d+ KiB of memory are left to take the log apart")
        ask.ask("stop hcall_unknown")
        goes_on(m)
        frames.put_back()
        ask.expect("trace on", r"tracing: guest,calls")
        ask.expect("log 3", r"hcall_unknown")
        ask.expect("core clock", r"the guest is paused meanwhile")
        m.wait_for(r"core: end lines=\d+ crc=\w+\r")
        goes_on(m)
        healthy(m)


CASES = {
    "disk_errors_virtio": disk_error_case(
        "errv", "virtio", r"warning: disk hd0: request of type 0 failed with status 1, sector 5"),
    "disk_errors_ide": disk_error_case("erri", "ide", r"warning: disk hd0: read .*sector 5"),
    "disk_errors_ahci": disk_error_case("erra", "ahci", r"warning: disk hd0: read .*sector 5"),
    "disk_stuck": side_by_side(
        stuck_case("stuckv", "virtio", r"no answer for 30 s", 30, 10),
        stuck_case("stucki", "ide", r"warning: disk hd0: ", 10, 35),
        stuck_case("stucka", "ahci", r"warning: disk hd0: ", 10, 35)),
    "link_flaps": side_by_side(flap_case("e1000"), flap_case("virtio-net-pci")),
    "card_stuck": card_stuck,
    "storm": side_by_side(storm_case("ioapic=off"), storm_case("ioapic=on")),
    "line_deaf": line_deaf,
    "line_floods": line_floods,
    "memory_full": memory_full,
    "memory_gone": memory_gone,
}
