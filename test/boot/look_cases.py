# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the monitor's looking commands: what they say is compared with what is known."""
import os
import re
import subprocess

import media
from qemu import Guest, expect, modules

MONITOR = "\x1dm"
PROMPT = "gatehouse> "


class Looker:
    """The monitor of a running machine: ask() returns the lines of an answer."""

    def __init__(self, m):
        self.m = m
        m.type(MONITOR)
        m.wait_for("the monitor: ")
        m.wait_for(PROMPT)

    def ask(self, line):
        m = self.m
        start = m.seen
        m.type(line + "\r")
        while True:
            found = m.wait_for(rf"-- more: |\n[^\n]*{PROMPT}")
            if found.group(0).startswith(b"--"):
                m.type(" ")
                continue
            text = m.raw[start:m.seen].decode(errors="replace")
            text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
            lines = [re.sub(r"^.*\r(?=.)", "", one.rstrip("\r")) for one in text.split("\n")]
            return [one for one in lines if "-- more:" not in one and PROMPT not in one]

    def expect(self, line, *patterns):
        """Each pattern fits a line of the answer, behind the last one's; returns the matches."""
        answer = self.ask(line)
        found, rest = [], list(answer)
        for pattern in patterns:
            match = None
            while rest and not match:
                match = re.search(pattern, rest.pop(0))
            text = "\n  ".join(answer)
            expect(match, f"`{line}` does not say /{pattern}/, or too early:\n  {text}")
            found.append(match)
        return found
