# SPDX-License-Identifier: GPL-2.0-or-later
"""Test guests: what their main.c asks for, and whether a boot's log grants it."""
import copy
import os
import re

import media
from qemu import CLEAN, GUEST_DIED, Failed, Guest, command, expect, modules

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# What a bystander guest is told, so that it ends by itself, but after what it stands by.
BYSTANDER_CMDLINES = {"clock": "period_ms=100 tick_us=2000 count=10"}

COMMENT = re.compile(r"^/\* (expect|expect-log|guest-line|cmdline|bystander|icount|bochs|typed|cases|cpu|"
                     r"words|alone|ramdisk|peer|drive|drive-after|nic): (.*?) \*/")
REPEATED = ("ramdisk", "peer", "drive", "drive-after")
EXPECT = re.compile(r'(success)?( or )?(?:dead "(.*)")?$')


class GuestTest:
    """One ELF of build/test/guests."""

    def __init__(self, build, folder, name, case=None):
        self.build, self.case = build, case
        self.name = name if case is None else f"{name}.{case}"
        self.elf = os.path.join(build, "test/guests", name + ".elf")
        self.comments = {key: [] for key in REPEATED}
        with open(os.path.join(folder, "main.c"), encoding="utf-8") as f:
            for line in f:
                match = COMMENT.match(line)
                if match and match.group(1) in REPEATED:
                    self.comments[match.group(1)].append(match.group(2))
                elif re.match(r"/\* [a-z-]+: (?!.*\*/$)", line):
                    raise SystemExit(f"{folder}/main.c: a comment of more than a line: {line}")
                elif match:
                    self.comments[match.group(1)] = match.group(2)
        match = EXPECT.match(self.comments.get("expect", ""))
        if not match or not match.group(1) and match.group(3) is None:
            raise SystemExit(f"{folder}/main.c: no comment that says what to expect")
        self.may_succeed = bool(match.group(1))
        self.may_die = unescaped(match.group(3)) if match.group(3) is not None else None
        log = self.comments.get("expect-log")
        self.expect_log = unescaped(log.strip('"')) if log else None
        self.bystander = self.comments.get("bystander")

    def arguments(self, first=""):
        """A guest's command line: what is said of it, and the case."""
        return " ".join(filter(None, [first, f"case={self.case}" if self.case is not None else ""]))

    def with_words(self, words):
        """The same test with further words on the guest's line."""
        other = copy.copy(self)
        line = self.comments.get("guest-line", "")
        other.comments = {**self.comments, "guest-line": f"{line} {words}".strip()}
        return other

    def guests(self, name="test"):
        """The guest under test, and who stands by."""
        found = [Guest(self.elf, name, self.comments.get("guest-line", ""),
                       self.arguments(self.comments.get("cmdline", "")))]
        if self.bystander:
            path = os.path.join(self.build, "guests", self.bystander + ".elf")
            if not os.path.exists(path):
                path = os.path.join(self.build, "test/guests", self.bystander + ".elf")
            found.append(Guest(path, "bystander",
                               cmdline=BYSTANDER_CMDLINES.get(self.bystander, "")))
        return found + self.peers()

    def peers(self):
        """Further guests with lines of their own: peer0, peer1 and so on."""
        found = []
        for number, text in enumerate(self.comments["peer"]):
            words, _, cmdline = text.partition(" -- ")
            folder, _, line = words.partition(" ")
            found.append(Guest(os.path.join(self.build, "test/guests", folder + ".elf"),
                               f"peer{number}", line, self.arguments(cmdline)))
        return found

    def command(self, machine=()):
        words = " ".join(filter(None, ["test on-idle=poweroff", self.comments.get("words", "")]))
        disks = [media.ramdisk(self.build, text) for text in self.comments["ramdisk"]]
        machine = modules(self.build, self.guests() + disks, words) + list(machine)
        for number, text in enumerate(self.comments["drive"]):
            machine += media.drive_options(self.drive_path(number), number, text)
        if "nic" in self.comments:
            machine += media.nic_options(self.comments["nic"])
        if self.comments.get("icount") == "yes":
            machine += ["-icount", "shift=0,sleep=off"]
        if "cpu" in self.comments and "-cpu" not in machine:
            machine += ["-cpu", self.comments["cpu"]]
        return command(machine)

    def drive_path(self, number):
        return os.path.join(self.build, "boot", "drive", f"{self.name}.{number}.img")

    def expectation(self):
        return self.comments["expect"]


def unescaped(text):
    """The comments are written like C strings."""
    return text.replace('\\"', '"').replace("\\\\", "\\")


def variants(build, folder, name):
    """The test, or with `cases: N` the N of it."""
    test = GuestTest(build, folder, name)
    cases = int(test.comments.get("cases", "0"))
    return [GuestTest(build, folder, name, case) for case in range(cases)] or [test]


def find(build, top):
    """All test guests that were built, by name."""
    found = []
    parent = os.path.join(top, "test/guests")
    for folder in sorted(os.listdir(parent)):
        if not os.path.isfile(os.path.join(parent, folder, "main.c")) or folder == "lib":
            continue
        names = [n for n in (folder, folder + "-pae")
                 if os.path.exists(os.path.join(build, "test/guests", n + ".elf"))]
        if not names:
            raise SystemExit(f"{build}/test/guests/{folder}.elf is missing: make test-guests")
        for name in names:
            if name == folder or not os.path.isdir(os.path.join(parent, name)):
                found += variants(build, os.path.join(parent, folder), name)
    return found


def verdict(log, name):
    """(kind, text) of the guest's last verdict, or None."""
    found = None
    for line in log:
        match = re.match(rf"{re.escape(name)}\| VERDICT: (\w+): ?(.*)", line)
        if match:
            found = match.groups()
    return found


def death(log, name):
    for line in log:
        match = re.search(rf'guest "{re.escape(name)}": dead: (.*)', line)
        if match:
            return match.group(1)
    return None


def check_host(log):
    """Nothing in the log that no guest may bring about."""
    for line in log:
        expect("panic:" not in line, f"the hypervisor panicked: {line}")
        match = re.search(r'audit: guest "([^"]*)"(?:: (\d+) findings| maps)', line)
        if match:
            expect(match.group(2) == "0", f"the audit found something: {line}")


def check_memory(log):
    """Whatever guests had is free again in the end: theirs, and what was taken for them."""
    for line in log:
        match = re.search(r"test: memory: (\d+) of (\d+) pages .* guests hold (\d+)", line)
        if match:
            expect(match.group(1) == match.group(2) and match.group(3) == "0",
                   f"not all memory came back: {line}")
            return
    raise Failed("no line says that all memory came back")


MAX_OFF_NS = 100_000  # design section 3: nothing a guest asks for may take longer


def check_interrupts_off(run):
    """I6, where time is counted in instructions and nobody else's time is in it."""
    if not any("icount" in word for word in run.command):
        return
    for line in run.log:
        match = re.search(r"test: interrupts off for at most (\d+) ns", line)
        if match:
            expect(int(match.group(1)) <= MAX_OFF_NS,
                   f"interrupts were off for {match.group(1)} instructions at one time")


def check_reason(reason):
    """It says what was seen, in figures, and in words what was wrong with it or is allowed."""
    expect(re.search(r"\d", reason) and len(re.findall(r"[a-zA-Z]{2,}", reason)) >= 4,
           f"a reason that does not say what was seen and what is allowed: {reason}")


def check_guest(test, log, name="test"):
    """None, or the reason why it was skipped; raises Failed."""
    said, reason = verdict(log, name), death(log, name)
    if reason is not None:
        expect(test.may_die is not None, f"the guest died: {reason}")
        check_reason(reason)
        expect(re.search(test.may_die, reason), f"it died of another reason: {reason}")
        expect(said is None or said[0] == "SUCCESS", f"a verdict, then death: {said}")
        expect(said or "on-crash=restart" not in test.comments.get("guest-line", ""),
               f"no life came to a verdict; the first one's end: {reason}")
    else:
        expect(said is not None, "neither a verdict nor a death")
        kind, text = said
        if kind == "SKIP":
            return text
        expect(test.may_succeed, f"it should have died; {kind}: {text}")
        expect(kind == "SUCCESS", f"{kind}: {text}")
        expect(any(f'audit: guest "{name}": 0 findings' in line for line in log),
               "no audit line for it")
    if test.expect_log:
        expect(any(re.search(test.expect_log, line) for line in log),
               f"no line in the log matches /{test.expect_log}/")
    return None


def check_bystander(log, name, speaks=False):
    """speaks: it gives a verdict of its own."""
    reason = death(log, name)
    expect(reason is None, f"the {name} died: {reason}")
    expect(any(re.search(rf'guest "{name}": powered off', line) for line in log),
           f"the {name} did not come to its end")
    said = verdict(log, name)
    expect(said[0] in ("SUCCESS", "SKIP") if said else not speaks, f"the {name}'s verdict: {said}")


def judge(test, run):
    """None for a pass, or the reason why the test was skipped; raises Failed."""
    check_host(run.log)
    check_interrupts_off(run)
    expect(run.status is not None, f"still running after {run.seconds:.0f} s")
    check_memory(run.log)
    skipped = check_guest(test, run.log)
    if test.bystander:
        check_bystander(run.log, "bystander")
    for peer in test.peers():
        check_bystander(run.log, peer.name)
    for number, text in enumerate(test.comments["drive"]):
        if skipped is None:
            media.check_drive(test.drive_path(number), text, test.comments["drive-after"], number)
    wanted = CLEAN if death(run.log, "test") is None else GUEST_DIED
    expect(run.status == wanted, f"QEMU's exit status is {run.status}, not {wanted}")
    return skipped
