# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of crashes, restarts within limits, and the watchdog."""
import os
import re
import struct
import time

import media
from monitor_cases import Asker, wait_for_all
from qemu import GUEST_DIED, Guest, Run, command, expect, modules

# A disk that is slow to write, so that much is under way when its guest dies.
SLOW = "throttling.iops-write=80"
DISKS = {
    "virtio_blk": ("virtio-blk", "disk=hd0"),
    "ahci": ("ahci", "disk=hd0"),
    "ide": ("ide", "disk=hd0"),
    "overlay": ("virtio-blk", "disk=hd0,snapshot"),
    "overlay_ahci": ("ahci", "disk=hd0,snapshot"),
    "ramdisk": (None, "disk=data"),
}


def crashing(c, words, name="h"):
    return Guest(os.path.join(c.build, "test/guests/hcall_unknown.elf"), name, words, mem="2M")


def times(run, name, what):
    """When these log lines came, in seconds."""
    found = (re.match(rf'\[ *([\d.]+)\] (?:error: )?guest "{name}": {what}', line) for line in run.log)
    return [float(f.group(1)) for f in found if f]


def restarts_limited(c):
    """Exactly so many restarts, with growing pauses, then dead; a bystander does not notice."""
    guests = [crashing(c, "on-crash=restart"), c.guest("clock", cmdline="period_ms=100 tick_us=2000 count=20")]
    run = c.boot(guests, words="test on-idle=poweroff")
    started, died = times(run, "h", "started"), times(run, "h", "dead: hypercall 20")
    expect(len(started) == 6 and len(died) == 6, f"started {len(started)} times, died {len(died)} times")
    pauses = [round((s - d) * 1000) for s, d in zip(started[1:], died)]
    expect(all(p >= least for p, least in zip(pauses, (0, 100, 200, 400, 800))), f"pauses of {pauses} ms")
    expect(run.has("restarted 5 times within a minute, which is the limit: it stays dead"), "not said")
    expect(run.has('"clock": powered off: clock is done'), "the clock did not end")


def restarts_then_poweroff(c):
    """restarts=2,poweroff: the third death ends the machine, though another runs."""
    guests = [crashing(c, "on-crash=restart restarts=2,poweroff"), c.guest("hello", cmdline="stay")]
    run = c.boot(guests, words="test")
    expect(len(times(run, "h", "started")) == 3, "not three lives")
    expect(run.status == GUEST_DIED, f"QEMU's exit status is {run.status}, not {GUEST_DIED}")


def restarts_asked_for(c):
    """A guest that asks for a restart in each life is limited, too; on-crash=restart does not help it."""
    for policy in ("stop", "restart"):
        guest = Guest(os.path.join(c.build, "test/guests/blk_lives.elf"), "h",
                      f"on-crash={policy} disk=data restarts=3", mem="4M")
        disk = media.ramdisk(c.build, "data=1M")
        run = c.boot([guest, disk], words="test on-idle=poweroff")
        expect(run.count('"h": restarts: with reads') == 3, f"on-crash={policy}: not three restarts")
        expect(run.has('"h": dead: asks for one restart more than the 3 within a minute '
                       'that restarts= allows: with reads under way'), f"on-crash={policy}: not refused")
        expect(len(times(run, "h", "started")) == 4, f"on-crash={policy}: not four lives")


def bzimage(c, text):
    """A kernel in the form of Linux 2.6.31 that makes SHUTDOWN 1 with that text at once."""
    code = b"\xb8\x02\0\0\0" + b"\xbb\x40\0\x10\0" + b"\xb9\x01\0\0\0" + b"\xcd\x1f"  # eax, ebx, ecx
    payload = code.ljust(0x40, b"\x90") + text.encode() + b"\0"
    setup = bytearray(0x400)
    for at, form, value in ((0x1F1, "<B", 1), (0x1F4, "<I", (len(payload) + 15) // 16), (0x1FE, "<H", 0xAA55),
                            (0x202, "4s", b"HdrS"), (0x206, "<H", 0x207), (0x211, "<B", 1),
                            (0x214, "<I", 0x100000)):
        struct.pack_into(form, setup, at, value)
    path = os.path.join(c.build, "boot", "media", f"bzimage-{len(text)}")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(setup + payload)
    return path


def linux_panics(c):
    """A Linux that powers off with another message than `Power down` panicked: a crash, and restarted."""
    guests = [Guest(bzimage(c, text), name, "on-crash=restart restarts=1", mem="2M")
              for name, text in (("good", "Power down"), ("bad", "Fatal exception"))]
    run = c.boot(guests, words="test on-idle=poweroff")
    expect(run.has('"good": powered off: Power down'), "it did not power off")
    expect(run.count('"bad": dead: kernel panic: Fatal exception') == 2, "it did not die twice")


def restart_not_loaded(c):
    """A guest that cannot be loaded is not tried again, whatever is allowed."""
    path = os.path.join(c.build, "boot", "media", "no_kernel")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(b"\x7fELF" + bytes(4096))
    run = c.boot([Guest(path, "h", "on-crash=restart restarts=any")])
    expect(run.count('guest "h": dead: cannot be loaded') == 1, "not once")


def restart_without_memory(c):
    """Stopped, its memory taken by another, and started: dead once, and not tried over and over."""
    path = os.path.join(c.build, "guests/hello.elf")
    guests = [Guest(path, name, "on-crash=restart restarts=any", "stay", mem="100M") for name in ("a", "b", "c")]
    with c.machine(modules(c.build, guests, "log=warn")) as m:
        m.wait_for(r'"c": dead: no \d+ KiB of memory')
        wait_for_all(m, r"a\| staying", r"b\| staying")
        look = Asker(m)
        look.ask("stop a")
        time.sleep(0.3)
        look.ask("start c")
        time.sleep(1)
        look.ask("start a")
        time.sleep(1)
        look.expect("health a", '"a": dead, life 1, 1 crashes, 0 by its watchdog; 0 restarts')


def watchdog_restarts(c):
    """A guest hung with interrupts off is restarted, and bitten again; its neighbour keeps time."""
    guests = [Guest(os.path.join(c.build, "test/guests/watchdog_silent.elf"), "h",
                    "watchdog=200 on-crash=restart restarts=2", "case=0", mem="4M"),
              c.guest("clock", cmdline="period_ms=100 tick_us=2000 count=15")]
    with c.machine(modules(c.build, guests, "trace=sched")) as m:
        for _ in range(3):
            m.wait_for(r'"h": dead: watchdog: no interrupt taken and no HALT for 2\d\d ms, watchdog=200 '
                       r"allows no more; eip 0x\w+, interrupts off, pending 0x1, blocked 0x0")
            m.wait_for(r"end of the report of guest \"h\"")
        m.wait_for("restarted 2 times within a minute")
        look = Asker(m)
        look.expect("health", r'"h": dead, life 3, 3 crashes, 3 by its watchdog; 2 restarts, 1 refused',
                    r"died of: watchdog: ", r"restarts: 2 of 2 within a minute, then stop; the limit is reached",
                    r"watchdog: 200 ms, fed by interrupts and HALT; the longest silence was 2\d\d ms",
                    r'"clock": \w+, life 1, 0 crashes')
        look.expect("counters h raw", r"guest.h.health.bites 3", r"guest.h.health.refused 1")
        look.expect("start h", "is being started")
        m.wait_for(r"dead: watchdog: ")
        m.wait_for(r"restart 1 of 2 within a minute, in 0 ms")


def watchdog_paused(c):
    """Neither a pause nor a wait for the CPU is silence."""
    guests = [Guest(os.path.join(c.build, "test/guests/spin_for.elf"), "h", "watchdog=1000 tsc=on", "ms=100000", mem="2M"),
              Guest(os.path.join(c.build, "test/guests/spin_for.elf"), "busy", "weight=900 tsc=on", "ms=100000", mem="2M")]
    with c.machine(modules(c.build, guests, "")) as m:
        wait_for_all(m, r'"busy": started', r'"h": started')
        look = Asker(m)
        time.sleep(3)  # of which it has the CPU for 300 ms
        look.expect("health h", '"h": running, life 1, 0 crashes')
        look.ask("kill busy")
        look.ask("pause h")
        time.sleep(3)
        look.expect("health h", '"h": running, life 1, 0 crashes')
        look.ask("resume h")
        m.wait_for(r"dead: watchdog: no interrupt taken and no HALT for 1\d\d\d ms")


def waiting_for_restart(c):
    """Orders to a guest that waits for its pause: start at once, stop, kill."""
    with c.machine(modules(c.build, [crashing(c, "on-crash=restart restarts=30", "h"),
                                     c.guest("hello", cmdline="stay")], "on-idle=poweroff")) as m:
        m.wait_for(r"hello\| staying")
        look = Asker(m)
        for order, after in (("stop", "off"), ("kill", "dead")):
            m.wait_for(r"restart 6 of 30 within a minute, in 1000 ms", timeout=60)
            look.expect("health h", "waits to be restarted")
            look.ask(f"{order} h")
            time.sleep(1.5)
            look.expect("health h", f'"h": {after}, ')
            look.expect("start h", "is being started")
            m.wait_for(r"restart 1 of 30 within a minute, in 0 ms")


def disk_case(kind, words):
    """Seven lives that die with writes under way, of a disk that is slow to write."""
    def case(c):
        guest = c.test_guest("dies_writing", mem="2M", cmdline=f"case={len(kind or '') & 1}",
                             words=f"on-crash=restart restarts=any {words}")
        guests, machine = [guest], []
        if kind:
            path = os.path.join(c.build, "boot", "media", f"lives-{kind}{len(words)}.img")
            machine = media.drive_options(path, 0, f"{kind} 1M")
            machine[1] += "," + SLOW
        else:
            guests.append(media.ramdisk(c.build, "data=1M"))
        run = Run(command(modules(c.build, guests, "test on-idle=poweroff") + machine))
        expect(run.has(r"VERDICT: SUCCESS"), "\n".join(run.log[-30:]))
        expect(run.count('"dies_writing": started') == 7, "not seven lives")
    return case


def thousand_lives(c):
    """A guest with a disk and a card at work ends 1,000 times, of which it dies 125: every page stays."""
    guests = [c.test_guest("dies_writing", mem="2M", cmdline="often case=0",
                           words="on-crash=restart restarts=any disk=data net=lan"),
              c.guest("clock", cmdline="period_ms=60000"), media.ramdisk(c.build, "data=256K")]
    with c.machine(modules(c.build, guests, "")) as m:
        m.wait_for(r"life 1000, \d+ pages left", timeout=240)
        pages = set(re.findall(rb"life \d+, (\d+) pages left", m.raw.split(b"life 2,", 1)[1]))
        expect(len(pages) == 1, f"free pages while it lived: {sorted(pages)}")
        expect(b"panic" not in m.raw, "Gatehouse panicked")


CASES = {
    "restarts_limited": restarts_limited,
    "restarts_then_poweroff": restarts_then_poweroff,
    "restarts_asked_for": restarts_asked_for,
    "restart_not_loaded": restart_not_loaded,
    "linux_panics": linux_panics,
    "restart_without_memory": restart_without_memory,
    "watchdog_restarts": watchdog_restarts,
    "watchdog_paused": watchdog_paused,
    "waiting_for_restart": waiting_for_restart,
    "thousand_lives": thousand_lives,
    **{f"lives_{name}": disk_case(*what) for name, what in DISKS.items()},
}
