# SPDX-License-Identifier: GPL-2.0-or-later
"""Packs: several test guests in one boot, and two bystanders that must not notice them."""
import os
import re
import select
import subprocess
import time

import guest_tests
import media
from qemu import (CLEAN, GUEST_DIED, ICOUNT_TIMEOUT, Failed, Guest, Run, clean_log, command, expect,
                  modules)

GUESTS_MAX = 10  # under test, in one boot
MEMORY = 512  # MiB of the machine
MEMORY_USED = 400  # of it, by guests under test with their shadow tables
TIMEOUT = 120  # seconds; the machine may be busy with other things

# Comments of a test guest that want a boot of its own.
ALONE = ("words", "drive", "nic", "icount", "typed", "cpu", "alone")
# Who else may be asked for to stand by: those whose work the bystanders here do as well.
REPLACED = (None, "clock", "hello")

BYSTANDERS = ("bystander", "bystander-pae")
DISKS = ("disk0=64K", "disk1=64K")
# They end when a q is typed, or after this time.
LONGEST_MS = 100000
# To the first bystander, who has the keyboard, and to the second (Ctrl-], then its number).
END_KEYS = b"q\x1d2q"

# Instructions are counted, each a nanosecond: the same figures in every run.
ICOUNT = ("-icount", "shift=0,sleep=off")
MEASURED_MS = 150


def fits(test):
    return not any(test.comments.get(word) for word in ALONE) and test.bystander in REPLACED


def resources(test):
    """What only one guest of a boot can have: names of RAM disks, the networks, peers' names."""
    found = {text.partition("=")[0] for text in test.comments["ramdisk"]}
    if "net=" in test.comments.get("guest-line", "") or test.comments["peer"]:
        found.add("net")
    return found


def mib(test):
    match = re.search(r"\bmem=(\d+)M", test.comments.get("guest-line", ""))
    return (int(match.group(1)) if match else 16) + 4 + 20 * len(test.comments["peer"])


def batches(tests):
    """The tests dealt out to boots of at most GUESTS_MAX, alike ones to different boots."""
    boots = [[] for _ in range(-(-len(tests) // GUESTS_MAX))]
    for number, test in enumerate(tests):
        first = number % len(boots)
        for boot in boots[first:] + boots[:first]:
            if (len(boot) < GUESTS_MAX and sum(map(mib, boot)) + mib(test) <= MEMORY_USED and
                    not any(resources(test) & resources(other) for other in boot)):
                boot.append(test)
                break
        else:
            boots.append([test])
    return [boot for boot in boots if boot]


def bystanders(build, milliseconds):
    """Their line is the same wherever they stand by; a disk each is in DISKS. They share a network
    with the test whose cards are on `lan`, if there is one."""
    return [Guest(os.path.join(build, "test/guests", name + ".elf"), f"b{number}",
                  f"tsc=on disk=disk{number} net=lan,mac=02:00:00:00:00:{8 + number:02}",
                  f"ms={milliseconds}", mem="6M")
            for number, name in enumerate(BYSTANDERS)]


def check_bystanders(log):
    for number in range(len(BYSTANDERS)):
        guest_tests.check_bystander(log, f"b{number}", speaks=True)


class Typed(Run):
    """A boot to its end, in which keys are typed once these guests have ended."""

    def __init__(self, words, names, keys, timeout):  # pylint: disable=super-init-not-called
        self.command, self.keys = words, keys
        self.waits_for = {name: re.compile(rb'guest "%s": (?:dead|powered off)' % name.encode())
                          for name in names}
        started = time.monotonic()
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, bufsize=0) as process:
            self.raw = b""
            self.status = self._follow(process, started + timeout)
        self.seconds = time.monotonic() - started
        self.log = clean_log(self.raw)

    def _follow(self, process, end):
        while time.monotonic() < end:
            if not select.select([process.stdout], [], [], 1)[0]:
                continue
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return process.wait()
            self.raw += data
            self._type_at_the_end(process)
        process.kill()
        return None

    def _type_at_the_end(self, process):
        if not self.keys:
            return
        self.waits_for = {name: regex for name, regex in self.waits_for.items()
                          if not regex.search(self.raw)}
        if not self.waits_for:
            os.write(process.stdin.fileno(), self.keys)
            self.keys = b""


class Pack:
    """One boot of these tests with the bystanders: what it did, and who passed. Measured, with
    instructions counted, for a while, or until the tests have ended."""

    def __init__(self, build, tests, machine=(), measured=False):
        self.tests, self.names = tests, [f"t{number}" for number in range(len(tests))]
        guests, disks = bystanders(build, MEASURED_MS if measured else LONGEST_MS), []
        disks += [media.ramdisk(build, text) for text in DISKS]
        for test, name in zip(tests, self.names):
            guests += test.guests(name)[:1] + test.peers()
            disks += [media.ramdisk(build, text) for text in test.comments["ramdisk"]]
        words = command(["-m", str(MEMORY), *machine, *(ICOUNT if measured else ())] +
                        modules(build, guests + disks, "test on-idle=poweroff"))
        self.run = Typed(words, self.names, b"" if measured else END_KEYS,
                         ICOUNT_TIMEOUT if measured else TIMEOUT)

    def judge_all(self):
        """What cannot be laid at one guest's door; raises Failed."""
        guest_tests.check_host(self.run.log)
        expect(self.run.status is not None, f"still running after {self.run.seconds:.0f} s")
        guest_tests.check_memory(self.run.log)
        check_bystanders(self.run.log)
        expect(self.run.status in (CLEAN, GUEST_DIED), f"QEMU's exit status is {self.run.status}")

    def judge(self, number):
        """None for a pass, or the reason why the test was skipped; raises Failed."""
        test, name = self.tests[number], self.names[number]
        own = [line for line in self.run.log if line.startswith(f"{name}|") or f'"{name}"' in line]
        skipped = guest_tests.check_guest(test, own, name)
        for peer in test.peers():
            guest_tests.check_bystander(self.run.log, peer.name)
        return skipped


def verdict(pack, number):
    """(outcome, text)"""
    try:
        skipped = pack.judge(number)
    except Failed as failure:
        return "failed", f"{failure}\nexpected: {pack.tests[number].expectation()}"
    return ("passed", "") if skipped is None else ("skipped", skipped)


def whole(pack):
    """None, or what was wrong with the boot as such."""
    try:
        pack.judge_all()
    except Failed as failure:
        return str(failure)
    return None


def run(tests, machine=()):
    """Yields (test, outcome, text, run). Who fails in company is run again with the bystanders
    alone, so that the guilty one is named, with a boot that shows it."""
    pack = Pack(tests[0].build, tests, machine)
    wrong = whole(pack)
    hung = pack.run.waits_for if pack.run.status is None else {}
    for number, test in enumerate(tests):
        outcome, text = verdict(pack, number)
        # where some did not end, the others need not be asked again
        if outcome == "failed" or wrong and (not hung or pack.names[number] in hung):
            yield again(test, machine, pack, wrong or text)
        else:
            yield test, outcome, text, pack.run


def again(test, machine, pack, before):
    if len(pack.tests) == 1:
        return test, "failed", before, pack.run
    single = Pack(test.build, [test], machine)
    wrong = whole(single)
    outcome, text = verdict(single, 0)
    if wrong or outcome == "failed":
        return test, "failed", wrong or text, single.run
    return test, "failed", f"only together with others: {before}", pack.run


def figures(log):
    """Interrupts off for at most so many ns; us that a bystander's clock was late, 99 % and all."""
    off = re.search(r"test: interrupts off for at most (\d+) ns", log)
    late = [(int(most), int(worst)) for most, worst in
            re.findall(r"b\d\| bystander: .* 99 % below (\d+) us, max (\d+) us", log)]
    expect(off and len(late) == len(BYSTANDERS), "no figures in the log")
    return (int(off.group(1)), *map(max, zip(*late)))


def measure(build, test):
    """The figures beside this test, or beside nobody (None); raises Failed."""
    pack = Pack(build, [test] if test else [], measured=True)
    pack.judge_all()
    if test:
        pack.judge(0)
    return figures("\n".join(pack.run.log))
